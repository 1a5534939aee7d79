//! Policies of the organisation that refuse an object (Azure/azure-cli#26656). What each kind of
//! object can do to meet one differs: an extension takes no tags.

use azure::ResourceType;
use azure::resource_types::{
    HYBRID_CONNECTION_RULES, HYBRID_CONNECTIONS, LOG_ANALYTICS_WORKSPACES, RELAY_NAMESPACES,
    SERVICE_BUS_NAMESPACES, SERVICE_BUS_RULES, SERVICE_BUS_SUBSCRIPTIONS, SERVICE_BUS_TOPICS,
};

use super::{Case, Rule, always, is_of_compute, is_of_extension};

/// Code or text, as operations repeat either. Not a policy: `RequestDisallowedByAzure`, and
/// Helm's recommendation to look for policies.
const TEXTS: &[&[&str]] =
    &[&["requestdisallowedbypolicy"], &["policyviolation:"], &["disallowed by policy"]];
const WHY: &str = "A policy of the organisation, named above, refuses the {noun}.";

pub(super) const RULES: &[Rule] = &[
    rule(
        is_of_extension,
        "An extension has no tags, so a policy that asks for them cannot be met here. Have the \
         owner of the policy exempt the cluster, or leave out the type \
         Microsoft.KubernetesConfiguration/extensions:\n\n  \
         az policy exemption create --name <name> --exemption-category Waiver --policy-assignment \
         <ID of the assignment> --scope {parent}",
    ),
    rule(
        is_of_compute,
        "Meet the policy: if it asks for tags, set `tags`. Otherwise ask its owner for an exemption.",
    ),
    rule(
        is_of_relay,
        "Meet the policy: if it asks for tags, set `tags` in `relay`. Or let somebody who may create \
         a relay do so, and use theirs with `relay = { mode = \"existing\", hybrid_connection_id = \
         \"…\" }`.",
    ),
    rule(
        is_of_service_bus,
        "Meet the policy: if it asks for tags, set `tags` in `service_bus`. Or let somebody who may \
         create a namespace do so, and use theirs with `service_bus = { mode = \"existing\", \
         namespace_id = \"…\" }`.",
    ),
    rule(
        is_of_log_analytics,
        "Meet the policy: if it asks for tags, set `tags` in `log_analytics`. Or let somebody who \
         may create a workspace do so, and use theirs with `log_analytics = { mode = \"existing\", \
         workspace_id = \"…\" }`.",
    ),
    rule(always, "Ask the owner of the policy for an exemption."),
];

const fn rule(when: fn(&Case<'_>) -> bool, then: &'static str) -> Rule {
    Rule { codes: &[], texts: TEXTS, when, why: WHY, then }
}

fn is_one_of(case: &Case<'_>, kinds: &[&ResourceType]) -> bool {
    kinds.contains(&case.trouble.kind)
}

fn is_of_relay(case: &Case<'_>) -> bool {
    is_one_of(case, &[&RELAY_NAMESPACES, &HYBRID_CONNECTIONS, &HYBRID_CONNECTION_RULES])
}

fn is_of_service_bus(case: &Case<'_>) -> bool {
    is_one_of(
        case,
        &[
            &SERVICE_BUS_NAMESPACES,
            &SERVICE_BUS_RULES,
            &SERVICE_BUS_TOPICS,
            &SERVICE_BUS_SUBSCRIPTIONS,
        ],
    )
}

fn is_of_log_analytics(case: &Case<'_>) -> bool {
    is_one_of(case, &[&LOG_ANALYTICS_WORKSPACES])
}
