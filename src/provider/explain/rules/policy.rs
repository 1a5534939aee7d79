//! Policies of the organisation that refuse an object (Azure/azure-cli#26656). What each kind of
//! object can do to meet one differs: an extension takes no tags.

use azure::ResourceType;
use azure::resource_types::{
    HYBRID_CONNECTION_RULES, HYBRID_CONNECTIONS, LOG_ANALYTICS_WORKSPACES, RELAY_NAMESPACES,
    SERVICE_BUS_NAMESPACES, SERVICE_BUS_RULES, SERVICE_BUS_SUBSCRIPTIONS, SERVICE_BUS_TOPICS,
};

use super::{ALWAYS, Case, Condition, OF_COMPUTE, OF_EXTENSION, Rule};

/// Code or text, as operations repeat either. Not a policy: `RequestDisallowedByAzure`, and
/// Helm's recommendation to look for policies.
const TEXTS: &[&[&str]] =
    &[&["requestdisallowedbypolicy"], &["policyviolation:"], &["disallowed by policy"]];
const WHY: &str = "A policy of the organisation, named above, refuses the {noun}.";

pub(super) const RULES: &[Rule] = &[
    rule(
        OF_EXTENSION,
        "An extension has no tags, so a policy that asks for them cannot be met here. Have the \
         owner of the policy exempt the cluster, or leave out the type \
         Microsoft.KubernetesConfiguration/extensions:\n\n  \
         az policy exemption create --name <name> --exemption-category Waiver --policy-assignment \
         <ID of the assignment> --scope {parent}",
    ),
    rule(
        OF_COMPUTE,
        "Meet the policy: if it asks for tags, set `tags`. Otherwise ask its owner for an exemption.",
    ),
    rule(
        OF_RELAY,
        "Meet the policy: if it asks for tags, set `tags` in `relay`. Or let somebody who may create \
         a relay do so, and use theirs with `relay = { mode = \"existing\", hybrid_connection_id = \
         \"…\" }`.",
    ),
    rule(
        OF_SERVICE_BUS,
        "Meet the policy: if it asks for tags, set `tags` in `service_bus`. Or let somebody who may \
         create a namespace do so, and use theirs with `service_bus = { mode = \"existing\", \
         namespace_id = \"…\" }`.",
    ),
    rule(
        OF_LOG_ANALYTICS,
        "Meet the policy: if it asks for tags, set `tags` in `log_analytics`. Or let somebody who \
         may create a workspace do so, and use theirs with `log_analytics = { mode = \"existing\", \
         workspace_id = \"…\" }`.",
    ),
    rule(ALWAYS, "Ask the owner of the policy for an exemption."),
];

const fn rule(when: Condition, then: &'static str) -> Rule {
    Rule { codes: &[], texts: TEXTS, printed: "RequestDisallowedByPolicy", when, why: WHY, then }
}

const OF_RELAY: Condition = Condition { of: "a relay", holds: is_of_relay };
const OF_SERVICE_BUS: Condition = Condition { of: "a Service Bus", holds: is_of_service_bus };
const OF_LOG_ANALYTICS: Condition =
    Condition { of: "a Log Analytics workspace", holds: is_of_log_analytics };

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
