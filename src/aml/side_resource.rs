//! The resources beside the extension: relay, service bus and log workspace, named and filled as
//! Microsoft's CLI does it (`azure-cli-extensions`, `AzureMLKubernetes.py`). They live in the
//! cluster's subscription, resource group and region.

use std::collections::BTreeMap;
use std::fmt::Write;

use md5::{Digest, Md5};
use serde_json::{Value, json};
use vocabulary::{Path, Problem};

/// Name and value of the CLI's tag on every side resource.
pub const TAG: (&str, &str) = ("created_by", "Azure Arc-enabled ML");
/// Name of the tag that says for which extension a side resource was made; see [`owner`].
pub const OWNER: &str = "terraform_provider_azureml";
/// The longest value that a tag may have ("Use tags to organize your Azure resources", limits).
const LONGEST_TAG: usize = 256;
/// The authorization rule of the hybrid connection whose key the cluster gets.
pub const RELAY_RULE: &str = "azureml_rw";
/// Topics of the service bus, each with its one subscription.
pub const TOPICS: [(&str, &str); 2] = [
    ("computestate-updatedby-computeprovider", "compute-scheduler-computestate"),
    ("jobstate-updatedby-computeprovider", "compute-scheduler-jobstate"),
];

// The kinds of side resources, as Terraform's state lists them.
pub const RELAY_NAMESPACE: &str = "relay_namespace";
pub const HYBRID_CONNECTION: &str = "hybrid_connection";
pub const SERVICE_BUS_NAMESPACE: &str = "service_bus_namespace";
pub const LOG_ANALYTICS_WORKSPACE: &str = "log_analytics_workspace";

/// An argument that says who manages a side resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    pub name: &'static str,
    /// The kinds of what it stands for, the one in use first.
    pub kinds: &'static [&'static str],
    /// What Azure bills of it, in words.
    pub billed: &'static str,
}

pub const RELAY: Argument = Argument {
    name: "relay",
    kinds: &[HYBRID_CONNECTION, RELAY_NAMESPACE],
    billed: "relay namespace",
};
pub const SERVICE_BUS: Argument = Argument {
    name: "service_bus",
    kinds: &[SERVICE_BUS_NAMESPACE],
    billed: "service bus namespace",
};
pub const LOG_ANALYTICS: Argument = Argument {
    name: "log_analytics",
    kinds: &[LOG_ANALYTICS_WORKSPACE],
    billed: "Log Analytics workspace",
};

/// A kind of side resource in words.
pub fn noun_of(kind: &str) -> String {
    match kind {
        LOG_ANALYTICS_WORKSPACE => LOG_ANALYTICS.billed.to_owned(),
        kind => kind.replace('_', " "),
    }
}

/// The names that belong to one cluster. The hybrid connection is named like the cluster itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// `Microsoft.Relay/namespaces`.
    pub relay_namespace: String,
    /// `Microsoft.ServiceBus/namespaces`.
    pub service_bus_namespace: String,
    /// `Microsoft.OperationalInsights/workspaces`.
    pub log_analytics_workspace: String,
}

/// The names for a cluster, as the CLI makes them, so that what it made before is found again.
pub fn names(cluster: &str, subscription: &str, resource_group: &str) -> Names {
    let base = format!("{cluster}-{subscription}-{resource_group}");
    Names {
        relay_namespace: shorten(&format!("{base}-relay"), 50),
        service_bus_namespace: shorten(&format!("{base}-service-bus"), 50),
        log_analytics_workspace: shorten(&base, 63),
    }
}

/// The names for the cluster of an ARM ID. `None`: it is in no resource group.
pub fn names_of_cluster_id(id: &str) -> Option<Names> {
    let segments: Vec<&str> = id.split('/').collect();
    let after = |word: &str| {
        let at = segments.iter().position(|segment| segment.eq_ignore_ascii_case(word))?;
        segments.get(at + 1).copied()
    };
    Some(names(segments.last()?, after("subscriptions")?, after("resourceGroups")?))
}

/// Why no relay or service bus can be named after this cluster. The place is the attribute that
/// names the cluster.
pub fn check_cluster(cluster: &str) -> Option<Problem> {
    let first = cluster.chars().find(char::is_ascii_alphanumeric);
    if first.is_some_and(|first| first.is_ascii_alphabetic()) {
        return None;
    }
    let cause = format!(
        "relay and service bus are named after their cluster, and must begin with a letter, which \
         {cluster:?} does not"
    );
    let fix = "bring a relay of your own with `relay = { mode = \"existing\", … }`";
    Some(Problem::error(Path::root(), cause, fix))
}

/// Letters and digits of `text`; what is too long ends in six digits of the whole text's MD5.
fn shorten(text: &str, most: usize) -> String {
    let mut name: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if name.len() <= most {
        return name;
    }
    name.truncate(most - 6);
    name + &hex(&Md5::digest(text)[..3])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Tags by name.
pub type Tags = BTreeMap<String, String>;

/// The value of [`OWNER`]: the extension's ARM ID in lower case. One that is too long for a tag ends
/// in the MD5 of the whole.
pub fn owner(extension: &str) -> String {
    let mut owner = extension.to_lowercase();
    if owner.chars().count() > LONGEST_TAG {
        let hash = hex(&Md5::digest(&owner));
        owner = owner.chars().take(LONGEST_TAG - hash.len() - 1).collect();
        owner = format!("{owner}#{hash}");
    }
    owner
}

/// The tags of one that is made: those that are written, beside the CLI's and ours. Azure compares
/// names of tags without case.
pub fn tags(owner: &str, written: &Tags) -> Tags {
    let mut tags = Tags::from([(OWNER.to_owned(), owner.to_owned())]);
    if !written.keys().any(|name| name.eq_ignore_ascii_case(TAG.0)) {
        tags.insert(TAG.0.to_owned(), TAG.1.to_owned());
    }
    tags.extend(written.clone());
    tags
}

/// Whether a tag is one that every side resource has, and nobody has written.
pub fn is_own_tag(name: &str, value: &str) -> bool {
    name.eq_ignore_ascii_case(OWNER) || (name.eq_ignore_ascii_case(TAG.0) && value == TAG.1)
}

/// Body of the relay namespace and of the log workspace.
pub fn tagged_body(location: &str, tags: &Tags) -> Value {
    json!({ "location": location, "tags": tags })
}

/// Body of the hybrid connection.
pub fn hybrid_connection_body() -> Value {
    json!({ "properties": { "requiresClientAuthorization": true } })
}

/// Body of [`RELAY_RULE`].
pub fn relay_rule_body() -> Value {
    json!({ "properties": { "rights": ["Manage", "Send", "Listen"] } })
}

/// Body of the service bus namespace.
pub fn service_bus_body(location: &str, tags: &Tags) -> Value {
    json!({ "location": location, "tags": tags, "sku": { "name": "Standard" } })
}

/// Body of each of the [`TOPICS`].
pub fn topic_body() -> Value {
    json!({ "properties": { "maxSizeInMegabytes": 5120, "defaultMessageTimeToLive": "P60D" } })
}

/// Body of each subscription of the [`TOPICS`].
pub fn subscription_body() -> Value {
    let properties = json!({
        "maxDeliveryCount": 1, "defaultMessageTimeToLive": "P14D", "lockDuration": "PT30S",
    });
    json!({ "properties": properties })
}

#[cfg(test)]
mod tests {
    use super::{OWNER, Tags, check_cluster, names, names_of_cluster_id, owner, tags};

    /// The names that the CLI's own code makes of these.
    #[test]
    fn names_are_those_of_the_cli() {
        let made = names("amlarc-cluster", "00000000-0000-0000-0000-000000000001", "rg-arc");
        assert_eq!(made.relay_namespace, "amlarccluster000000000000000000000000000000089c931");
        assert_eq!(
            made.service_bus_namespace,
            "amlarccluster00000000000000000000000000000002aa5c3"
        );
        let workspace = "amlarccluster00000000000000000000000000000001rgarc";
        assert_eq!(made.log_analytics_workspace, workspace);
    }

    #[test]
    fn names_follow_from_the_id_of_the_cluster() {
        let below = "Microsoft.Kubernetes/connectedClusters/amlarc-cluster";
        let id = format!("/subscriptions/s/resourcegroups/rg-arc/providers/{below}");
        assert_eq!(names_of_cluster_id(&id), Some(names("amlarc-cluster", "s", "rg-arc")));
        assert_eq!(names_of_cluster_id("amlarc-cluster"), None);
    }

    #[test]
    fn the_owner_fits_into_a_tag_and_is_told_from_others() {
        assert_eq!(owner("/Subscriptions/S/extensions/Aml"), "/subscriptions/s/extensions/aml");
        let long = "a".repeat(300);
        let [one, other] = [owner(&(long.clone() + "1")), owner(&(long + "2"))];
        assert!(one != other && one.len() == 256 && other.len() == 256);
    }

    #[test]
    fn tags_that_are_written_win_over_those_of_the_cli() {
        let text = |text: &str| text.to_owned();
        let written = Tags::from([(text("Created_By"), text("me")), (text("cost"), text("1"))]);
        let made = tags("o", &written);
        let names: Vec<_> = made.keys().map(String::as_str).collect();
        assert_eq!(names, ["Created_By", "cost", OWNER]);
        assert_eq!(tags("o", &Tags::new())["created_by"], "Azure Arc-enabled ML");
    }

    #[test]
    fn a_cluster_that_begins_with_a_digit_cannot_name_a_relay() {
        assert!(check_cluster("arc-1").is_none() && check_cluster("_arc").is_none());
        assert!(check_cluster("1arc").is_some() && check_cluster("-1").is_some());
    }
}
