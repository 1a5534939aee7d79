//! Which types of objects there are: API versions and the shape of their IDs, one file per resource
//! provider.

mod container_service;
mod kubernetes;
mod kubernetes_configuration;
mod machine_learning_services;
mod operational_insights;
mod relay;
mod resources;
mod service_bus;

pub use container_service::MANAGED_CLUSTERS;
pub use kubernetes::CONNECTED_CLUSTERS;
pub use kubernetes_configuration::{
    EXTENSION_LOCATIONS, EXTENSION_TYPE_VERSIONS, EXTENSION_TYPES, EXTENSION_TYPES_IN_LOCATION,
    EXTENSIONS,
};
pub use machine_learning_services::{COMPUTES, WORKSPACES};
pub use operational_insights::{LOG_ANALYTICS_SHARED_KEYS, LOG_ANALYTICS_WORKSPACES};
pub use relay::{HYBRID_CONNECTION_RULES, HYBRID_CONNECTIONS, RELAY_NAMESPACES};
pub use resources::{PROVIDERS, RESOURCE_GROUPS, SUBSCRIPTIONS};
pub use service_bus::{
    SERVICE_BUS_NAMESPACES, SERVICE_BUS_RULES, SERVICE_BUS_SUBSCRIPTIONS, SERVICE_BUS_TOPICS,
};

use crate::id::{Id, IdError};

/// Every type known here; what canonical casing is taken from.
const KINDS: &[&ResourceType] = &[
    &COMPUTES,
    &CONNECTED_CLUSTERS,
    &EXTENSIONS,
    &EXTENSION_LOCATIONS,
    &EXTENSION_TYPES,
    &EXTENSION_TYPES_IN_LOCATION,
    &EXTENSION_TYPE_VERSIONS,
    &HYBRID_CONNECTIONS,
    &HYBRID_CONNECTION_RULES,
    &LOG_ANALYTICS_WORKSPACES,
    &MANAGED_CLUSTERS,
    &RELAY_NAMESPACES,
    &SERVICE_BUS_NAMESPACES,
    &SERVICE_BUS_RULES,
    &SERVICE_BUS_SUBSCRIPTIONS,
    &SERVICE_BUS_TOPICS,
    &WORKSPACES,
];

/// Segments whose casing does not come from a type.
const KEYWORDS: [&str; 3] = ["subscriptions", "resourceGroups", "providers"];

/// One type of objects.
#[derive(Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// What a message calls one of them, such as "extension".
    pub noun: &'static str,
    /// The full type, such as `Microsoft.Relay/namespaces/hybridConnections`.
    pub name: &'static str,
    /// The API version spoken.
    pub api_version: &'static str,
    /// What an ID is appended to.
    pub(crate) place: Place,
}

/// Where objects of a kind stand in an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// `{parent}/providers/{namespace}/{type}/{name}`: in a group, or as an extension of another
    /// object.
    Provided,
    /// `{parent}/{last part of the type}/{name}`.
    Child,
    /// `{parent}/{key}/{name}`, above all resources.
    Scope,
}

/// Why an ID is not one of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceIdError {
    /// Not an ID at all.
    #[error(transparent)]
    Id(#[from] IdError),
    /// The ID of something else.
    #[error("{id} is the ID of a {found}, not of a {wanted}")]
    Other {
        /// The ID as given.
        id: Id,
        /// Its type.
        found: String,
        /// The type that was expected.
        wanted: &'static str,
    },
}

impl ResourceType {
    /// The ID of the object of this name below `parent`: a group, the object that is extended, or
    /// the object it is part of.
    pub fn id(&self, parent: &Id, name: &str) -> Result<Id, IdError> {
        parent.child(&self.key(), name)
    }

    /// Takes an ID apart into parent and name. Any casing and a trailing slash are accepted; the
    /// parent comes back with the canonical casing of every key that is known.
    pub fn split_id(&self, id: &str) -> Result<(Id, String), ResourceIdError> {
        let id = self.canonicalize(id.parse()?)?;
        let parent = id.parent().ok_or(IdError::Start)?;
        Ok((parent, id.name().to_owned()))
    }

    /// The ID in its canonical casing, if it is one of this kind.
    pub fn canonicalize(&self, id: Id) -> Result<Id, ResourceIdError> {
        if self.is_of(&id) {
            return Ok(canonicalize(&id));
        }
        let found = id.resource_type();
        Err(ResourceIdError::Other { id, found, wanted: self.name })
    }

    /// Whether an ID is one of this kind, in any casing.
    pub fn is_of(&self, id: &Id) -> bool {
        self.matches(&id.resource_type()) || (self.place == Place::Scope && self.is_scope(id))
    }

    /// Whether this is the name of the type, in any casing.
    pub fn matches(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether the service answers 201 to a PUT that makes one and 200 where there was one. Others
    /// answer 200 to both.
    pub(crate) fn is_created_with_201(&self) -> bool {
        [&EXTENSIONS, &COMPUTES].contains(&self)
    }

    /// What stands between parent and name.
    pub(crate) fn key(&self) -> String {
        match self.place {
            Place::Provided => format!("providers/{}", self.name),
            Place::Child | Place::Scope => self.last_type().to_owned(),
        }
    }

    /// The last part of the type.
    fn last_type(&self) -> &'static str {
        self.name.rsplit('/').next().unwrap_or(self.name)
    }

    fn is_scope(&self, id: &Id) -> bool {
        let keys = id.segments().len().checked_sub(2).and_then(|at| id.segments().get(at));
        keys.is_some_and(|key| key.eq_ignore_ascii_case(self.last_type()))
    }
}

/// The ID with each known key in its canonical casing; names and unknown keys stay as they are.
pub fn canonicalize(id: &Id) -> Id {
    let segments = id.segments();
    id.map_keys(|at, segment| {
        if at % 2 == 0 {
            return known_key(segment);
        }
        segments[at - 1]
            .eq_ignore_ascii_case("providers")
            .then(|| known_namespace(segment))
            .flatten()
    })
}

fn known_key(segment: &str) -> Option<String> {
    let types = KINDS.iter().map(|kind| kind.last_type());
    let found = KEYWORDS.into_iter().chain(types).find(|known| known.eq_ignore_ascii_case(segment));
    found.map(str::to_owned)
}

fn known_namespace(segment: &str) -> Option<String> {
    let mut namespaces = KINDS.iter().filter_map(|kind| kind.name.split('/').next());
    namespaces.find(|known| known.eq_ignore_ascii_case(segment)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "/subscriptions/s/resourceGroups/rg";

    #[test]
    fn ids_are_built_from_parent_and_name() {
        let group: Id = GROUP.parse().unwrap();
        let cluster = CONNECTED_CLUSTERS.id(&group, "c").unwrap();
        let workspace = WORKSPACES.id(&group, "ws").unwrap();
        let namespace = RELAY_NAMESPACES.id(&group, "n").unwrap();
        let connection = HYBRID_CONNECTIONS.id(&namespace, "h").unwrap();
        for (id, expected) in [
            (cluster.clone(), "/providers/Microsoft.Kubernetes/connectedClusters/c"),
            (
                EXTENSIONS.id(&cluster, "e").unwrap(),
                "/providers/Microsoft.Kubernetes/connectedClusters/c/providers/Microsoft.KubernetesConfiguration/extensions/e",
            ),
            (
                COMPUTES.id(&workspace, "k").unwrap(),
                "/providers/Microsoft.MachineLearningServices/workspaces/ws/computes/k",
            ),
            (
                HYBRID_CONNECTION_RULES.id(&connection, "r").unwrap(),
                "/providers/Microsoft.Relay/namespaces/n/hybridConnections/h/authorizationRules/r",
            ),
        ] {
            assert_eq!(id.to_string(), format!("{GROUP}{expected}"));
        }
        let subscription = Id::of_subscription("s").unwrap();
        let location = EXTENSION_LOCATIONS.id(&subscription, "eastus").unwrap();
        assert_eq!(
            EXTENSION_TYPES_IN_LOCATION.id(&location, "t").unwrap().to_string(),
            "/subscriptions/s/providers/Microsoft.KubernetesConfiguration/locations/eastus/extensionTypes/t"
        );
        let provider = PROVIDERS.id(&subscription, "Microsoft.Relay").unwrap();
        assert_eq!(provider.to_string(), "/subscriptions/s/providers/Microsoft.Relay");
        assert_eq!(
            PROVIDERS.split_id("/subscriptions/s/providers/Microsoft.Relay").unwrap().1,
            "Microsoft.Relay"
        );
        assert_eq!(RESOURCE_GROUPS.id(&subscription, "rg").unwrap().to_string(), GROUP);
    }

    #[test]
    fn keys_accept_any_casing_and_give_the_canonical_one() {
        let given = "/SUBSCRIPTIONS/s/resourcegroups/Rg/Providers/microsoft.kubernetes/CONNECTEDCLUSTERS/C/providers/MICROSOFT.KubernetesConfiguration/Extensions/E/";
        let (parent, name) = EXTENSIONS.split_id(given).unwrap();
        let expected =
            "/subscriptions/s/resourceGroups/Rg/providers/Microsoft.Kubernetes/connectedClusters/C";
        assert_eq!((parent.to_string().as_str(), name.as_str()), (expected, "E"));
    }

    #[test]
    fn keys_refuse_ids_of_other_types() {
        let cluster = format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/c");
        let error = MANAGED_CLUSTERS.split_id(&cluster).unwrap_err();
        assert!(
            error.to_string().contains("Microsoft.ContainerService/managedClusters"),
            "{error}"
        );
        assert!(matches!(EXTENSIONS.split_id(&cluster), Err(ResourceIdError::Other { .. })));
        assert!(matches!(
            EXTENSIONS.split_id("nonsense"),
            Err(ResourceIdError::Id(IdError::Start))
        ));
        assert!(matches!(SUBSCRIPTIONS.split_id(GROUP), Err(ResourceIdError::Other { .. })));
    }

    #[test]
    fn every_kind_has_an_api_version_that_is_a_date() {
        for kind in KINDS {
            let digits = |at: usize| kind.api_version.as_bytes()[at].is_ascii_digit();
            assert!((0..10).all(|at| digits(at) != [4, 7].contains(&at)), "{kind:?}");
        }
    }
}
