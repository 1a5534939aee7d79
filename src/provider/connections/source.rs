//! Where the secrets of side resources come from.

use aml::Secret;
use aml::side_resource::Tags;
use azure::Id;

/// Where the secret of one side resource comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The one that is named after the cluster.
    Managed,
    /// One of the user's, by its ID.
    Existing(Id),
    /// The secret itself.
    Given(Secret),
}

/// Where all of them come from.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    /// The connection string of a hybrid connection.
    pub(crate) relay: Source,
    /// The connection string of a service bus.
    pub(crate) service_bus: Source,
    /// The key of a workspace.
    pub(crate) log_analytics: Source,
    /// The customer ID of the workspace, as far as it is known before: one with another is another.
    pub(crate) customer_id: Option<String>,
    /// What is written of the tags of those that are made.
    pub(crate) tags: SideTags,
}

/// The tags that are written, by kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct SideTags {
    /// Of the relay namespace.
    pub(crate) relay: Tags,
    /// Of the service bus namespace.
    pub(crate) service_bus: Tags,
    /// Of the workspace.
    pub(crate) log_analytics: Tags,
}
