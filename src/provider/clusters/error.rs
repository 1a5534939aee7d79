//! Why a cluster cannot be reached, and what to do.

use azure::Id;
use azure::resource_types::MANAGED_CLUSTERS;
use framework::{Diagnostic, Path};
use vocabulary::to_sentence;

use crate::explain::{self, Action, Error};
use crate::message::Message;

/// What to do where a cluster does not answer.
pub(crate) const WITHOUT_CLUSTER: &str = "Check the block `kubernetes` of the provider. An apply needs the cluster. To plan without it, \
     add `-refresh=false`, or write `on_unreachable = \"keep_state\"` in the provider block.";

/// Why there is no way to a cluster.
#[derive(Debug)]
pub(crate) enum ClusterError {
    /// An argument of the block `kubernetes` is not known before something is applied.
    NotKnownYet { argument: Path },
    /// The cluster is not of AKS and no connection is written for it.
    NoWay { id: Id, is_bound: bool },
    /// The connection leads to another cluster than the one that is meant.
    AnotherCluster { id: Id, host: String, why: String },
    /// Azure Resource Manager says that the cluster does not exist.
    Gone { id: Id },
    /// Azure Resource Manager does not tell the way.
    Azure { id: Id, error: Box<azure::Error> },
    /// The way is told and cannot be used.
    Cluster(Box<kubernetes::Error>),
}

impl ClusterError {
    pub(super) fn of_arm(id: &Id, error: azure::Error) -> Self {
        let id = id.clone();
        match error {
            error if error.is_not_found() => Self::Gone { id },
            error => Self::Azure { id, error: Box::new(error) },
        }
    }

    /// Whether the cluster is surely gone: what it held is too.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Gone { .. })
    }
}

impl From<kubernetes::Error> for ClusterError {
    fn from(error: kubernetes::Error) -> Self {
        Self::Cluster(Box::new(error))
    }
}

impl From<ClusterError> for Error {
    fn from(error: ClusterError) -> Error {
        match error {
            ClusterError::Azure { id, error } => explain::with_request_context(
                Action::Read,
                &MANAGED_CLUSTERS,
                &id,
            )(*error)
            .hinting(
                "The provider asks Azure for the way to the cluster, for which its sign-in needs \
                     the role Azure Kubernetes Service Cluster User Role on it.",
            ),
            other => other.diagnostic().into(),
        }
    }
}

impl ClusterError {
    pub(crate) fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::NotKnownYet { argument } => {
                let argument = argument.to_string();
                NOT_KNOWN_YET.error(&[("argument", argument.trim_start_matches('.'))])
            }
            Self::NoWay { id, is_bound } => no_way(id, *is_bound),
            Self::AnotherCluster { id, host, why } => {
                ANOTHER_CLUSTER.error(&[("host", host), ("cluster", &id.to_string()), ("why", why)])
            }
            Self::Gone { id } => GONE.error(&[("cluster", &id.to_string())]),
            Self::Azure { error, .. } => {
                Diagnostic::error("Azure does not tell the way to the cluster")
                    .detail(to_sentence(&error.to_string()))
            }
            Self::Cluster(error) => UNREACHED.error(&[("why", &to_sentence(&error.to_string()))]),
        }
    }
}

fn no_way(id: &Id, is_bound: bool) -> Diagnostic {
    let why = if is_bound {
        "is not among `cluster_ids` of the block `kubernetes` of the provider"
    } else {
        "can only be reached by a block `kubernetes` of the provider"
    };
    let (name, group) = (id.name(), id.resource_group().unwrap_or_default());
    NO_WAY.error(&[("cluster", &id.to_string()), ("why", why), ("name", name), ("group", group)])
}

/// The messages, for the guide to troubleshooting.
pub(crate) const MESSAGES: [Message; 5] = [NOT_KNOWN_YET, NO_WAY, ANOTHER_CLUSTER, GONE, UNREACHED];

const NOT_KNOWN_YET: Message = Message {
    summary: "Cluster is not known yet",
    of: "",
    detail: "`{argument}` of the provider is not known before something is applied, and this needs \
             the cluster. Apply what it comes from first, by `-target`, or leave the block \
             out for AKS, which is reached by its ID.",
    fix: "",
};
const NO_WAY: Message = Message {
    summary: "No way to the cluster",
    of: "",
    detail: "{cluster} {why}: Azure does not lead to Arc-enabled clusters by itself. Write its connection \
             in such a block. From outside its network, run this beside Terraform, in a terminal of its \
             own, and write config_path = \"FILE\":",
    fix: "  az connectedk8s proxy -n {name} -g {group} --file FILE",
};
const ANOTHER_CLUSTER: Message = Message {
    summary: "Another cluster",
    of: "",
    detail: "The block `kubernetes` of the provider leads to {host}, and that is not {cluster}: {why}. \
             Correct the connection. If it is right all the same, as through a \
             tunnel, write cluster_ids = [\"{cluster}\"] in the block.",
    fix: "",
};
const GONE: Message = Message {
    summary: "Cluster does not exist",
    of: "",
    detail: "Azure Resource Manager has no cluster {cluster}. Check the ID.",
    fix: "",
};
const UNREACHED: Message =
    Message { summary: "Cluster cannot be reached", of: "", detail: "{why}", fix: WITHOUT_CLUSTER };
