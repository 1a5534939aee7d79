//! Why something of a cluster was not looked at.

use azure::Id;
use framework::Diagnostic;
use kubernetes::{Error as ClusterFailure, Forbidden};
use vocabulary::to_sentence;

use crate::cluster_access::describe_rule;
use crate::clusters::ClusterError;

/// Why something was not looked at. It is never a reason to refuse a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unchecked {
    /// Nobody may say how things are: the cluster does not answer, or is not known.
    Why(String),
    /// A right is missing.
    Right(Box<Forbidden>),
}

impl Unchecked {
    /// The warning. Hosts fold those of several resources into one: its summary has no names.
    pub(super) fn warning(&self, cluster: &Id) -> Diagnostic {
        match self {
            Unchecked::Why(why) => unchecked_warning(&format!("{cluster}\n\n{}", to_sentence(why))),
            Unchecked::Right(missing) => {
                Diagnostic::warning("Cluster was checked in part").detail(format!(
                    "{cluster}\n\n{}\n\nWhat depends on it was not checked. {}",
                    to_sentence(&missing.to_string()),
                    describe_rule(missing)
                ))
            }
        }
    }
}

/// The warning where nothing was looked at.
pub(super) fn unchecked_warning(why: &str) -> Diagnostic {
    Diagnostic::warning("Cluster was not checked").detail(format!(
        "{why}\n\nThe plan says nothing of how the cluster takes the change. `cluster_checks` has no \
         say in the plan itself, so that an apply works as without it."
    ))
}

impl From<ClusterFailure> for Unchecked {
    fn from(error: ClusterFailure) -> Self {
        match error {
            ClusterFailure::Forbidden(missing) => Unchecked::Right(missing),
            other => Unchecked::Why(other.to_string()),
        }
    }
}

impl From<ClusterError> for Unchecked {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::Cluster(error) => Unchecked::from(*error),
            other => Unchecked::Why(other.diagnostic().detail),
        }
    }
}
