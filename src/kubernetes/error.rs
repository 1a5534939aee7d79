//! What can go wrong with a cluster.

use std::fmt;

use crate::connection::{ExecError, KubeconfigError};

/// Why a call failed. Each text is a lower-case sentence without a full stop and without a secret
/// that this crate knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing answered as an API server does.
    #[error("the cluster cannot be reached: {why}")]
    Unreachable { why: String },
    /// The server's certificate, or ours, is not acceptable.
    #[error("TLS with the cluster fails: {why}")]
    Tls { why: String },
    /// The API server does not know who asks.
    #[error("the cluster does not accept the credentials: {why}")]
    Unauthorized { why: String },
    /// Who asks may not do this.
    #[error("{0}")]
    Forbidden(Box<Forbidden>),
    /// An object that the call needs does not exist, such as its namespace.
    #[error("{resource} {name:?} does not exist in the cluster")]
    Absent { resource: String, name: String },
    /// The API server does not serve the type.
    #[error("the cluster does not serve {resource}")]
    ApiAbsent { resource: String },
    /// The API server serves the group in other versions only.
    #[error("the cluster serves {group} as {}, not as {version}", .served.join(", "))]
    VersionNotServed { group: String, version: String, served: Vec<String> },
    /// An object of the name exists.
    #[error("{message}")]
    AlreadyExists { message: String },
    /// Other managers own fields that were to be applied.
    #[error("{}", conflict_text(.fields))]
    Conflict { fields: Vec<FieldConflict> },
    /// The object is not the one, or not in the version, that the call expects.
    #[error("the object has changed: {message}")]
    Changed { message: String },
    /// The object breaks a rule of its type.
    #[error("the cluster rejects the object: {message}")]
    Invalid { message: String, causes: Vec<Cause> },
    /// A webhook or a policy of the cluster denies the request.
    #[error("{by} denies the request: {message}")]
    Admission { by: String, message: String },
    /// Any other refusal by the API server.
    #[error("the API server answers {status}{}", detail(.message))]
    Refused { status: u16, message: String },
    /// The deadline came first.
    #[error("the time for {what} is over{}", detail(.last.as_deref().unwrap_or_default()))]
    Timeout { what: String, last: Option<String> },
    /// The operation was stopped.
    #[error("stopped before {what} was done")]
    Cancelled { what: String },
    /// The exec plugin gave no credential.
    #[error(transparent)]
    Exec(#[from] ExecError),
    /// A kubeconfig cannot be used.
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigError),
    /// No token could be had.
    #[error("no token for the cluster: {why}")]
    Credential { why: String },
    /// The connection cannot be made as it is described.
    #[error("{why}")]
    Configuration { why: String },
}

/// A right that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// The verb of the API, such as `patch`.
    pub verb: &'static str,
    /// The API group; empty for the core group.
    pub group: String,
    /// The type as rules of access name it.
    pub resource: String,
    /// The object, where the call is about one.
    pub name: Option<String>,
    /// Its namespace.
    pub namespace: Option<String>,
    /// What the API server says, among it who asks.
    pub message: String,
}

/// A field that another manager owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldConflict {
    /// The other manager.
    pub manager: String,
    /// The field as the API server writes it: unescaped, so that dots in keys stay dots.
    pub field: String,
}

/// One rule that an object breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The field, as the API server writes it; empty where it names none.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl Error {
    /// Whether nobody can say how things are in the cluster: it was not asked, or did not answer as
    /// an API server does.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Tls { .. }
                | Self::Unauthorized { .. }
                | Self::Timeout { .. }
                | Self::Exec(_)
                | Self::Kubeconfig(_)
                | Self::Credential { .. }
                | Self::Configuration { .. }
        )
    }
}

impl From<Forbidden> for Error {
    fn from(forbidden: Forbidden) -> Self {
        Self::Forbidden(Box::new(forbidden))
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the right to {} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace:?} is missing")?,
            None => write!(f, " is missing")?,
        }
        f.write_str(&detail(&self.message))
    }
}

fn detail(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

fn conflict_text(fields: &[FieldConflict]) -> String {
    let fields: Vec<_> = fields
        .iter()
        .map(|conflict| format!("{} (owned by {:?})", conflict.field, conflict.manager))
        .collect();
    format!("other managers own fields: {}", fields.join(", "))
}
