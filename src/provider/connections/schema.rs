//! The arguments of the connections of an extension.

use azure::Id;
use framework::{Attribute, flag, number, object, text, text_map};

/// The three arguments.
pub(crate) fn arguments() -> [Attribute; 3] {
    [relay(), service_bus(), log_analytics()]
}

fn relay() -> Attribute {
    object(
        "relay",
        [
            text("mode").optional().help(
                "`managed`: a relay in the cluster's resource group, created where there is none. \
                 `existing`: the one of `hybrid_connection_id` or `connection_string_wo`. `none`. \
                 Defaults to `managed` on Arc and to `none` on AKS.",
            ),
            text("hybrid_connection_id")
                .optional()
                .semantic_equality::<Id>()
                .help("ARM ID of an existing hybrid connection, whose keys are fetched."),
            connection_string("relay"),
            version("connection_string_wo_version", "connection_string_wo"),
            keys_version(),
            delete_on_destroy(),
            tags(),
        ],
    )
    .optional()
    .help(
        "The Azure Relay that carries the communication with an Arc cluster. Changing or removing \
         it cuts the attached cluster off.",
    )
}

fn service_bus() -> Attribute {
    object(
        "service_bus",
        [
            text("mode").optional().help(
                "`managed`: a service bus in the cluster's resource group, with the topics that \
                 the extension of 2021 uses, created where there is none. `existing`: the one of \
                 `namespace_id` or `connection_string_wo`. `none`. Defaults to `none`.",
            ),
            text("namespace_id").optional().semantic_equality::<Id>().help(
                "ARM ID of an existing namespace. The key of its first authorization rule is \
                 fetched.",
            ),
            connection_string("namespace"),
            version("connection_string_wo_version", "connection_string_wo"),
            keys_version(),
            delete_on_destroy(),
            tags(),
        ],
    )
    .optional()
    .help(
        "The Service Bus that the extension of 2021 needed. The extension does not use it since \
         its version 1.1.5 of June 2022, and it costs money: leave it out for newer ones.",
    )
}

fn log_analytics() -> Attribute {
    object(
        "log_analytics",
        [
            text("mode").optional().help(
                "`managed`: a workspace in the cluster's resource group, created where there is \
                 none. `existing`: the one of `workspace_id`, or of `customer_id` and \
                 `shared_key_wo`. `none`. Defaults to `managed` where `log_analytics_ws` is \
                 `true`, else to `none`.",
            ),
            text("workspace_id")
                .optional()
                .semantic_equality::<Id>()
                .help("ARM ID of an existing workspace, whose customer ID and key are fetched."),
            text("customer_id").optional().help(
                "Customer ID of an existing workspace, which the portal calls its workspace ID; \
                 with `shared_key_wo`.",
            ),
            text("shared_key_wo").optional().sensitive().write_only().help(
                "Key of an existing workspace, never stored. Sent again when \
                 `shared_key_wo_version` changes.",
            ),
            version("shared_key_wo_version", "shared_key_wo"),
            keys_version(),
            delete_on_destroy(),
            tags(),
        ],
    )
    .optional()
    .help("The Log Analytics workspace that takes the extension's logs. It may cost money.")
}

fn connection_string(of: &str) -> Attribute {
    text("connection_string_wo").optional().sensitive().write_only().help(format!(
        "Connection string of an existing {of}, never stored. Sent again when \
         `connection_string_wo_version` changes."
    ))
}

/// The attribute that tells of a secret which is not stored that it changed.
fn version(name: &'static str, of: &str) -> Attribute {
    number(name).optional().help(format!("Change it to send `{of}` again."))
}

fn keys_version() -> Attribute {
    number("keys_version")
        .optional()
        .help("Change it after the keys were rotated to fetch and send them again.")
}

fn delete_on_destroy() -> Attribute {
    flag("delete_on_destroy").optional().state_only().help(
        "Whether destroying the extension also deletes what it created here. Defaults to `true`. \
         What it did not create is never deleted.",
    )
}

fn tags() -> Attribute {
    text_map("tags").optional().help(
        "Tags of the one that is `managed`, as a policy may require them, beside those that it \
         carries anyway. They are changed in place; what somebody else changes of them is not seen.",
    )
}
