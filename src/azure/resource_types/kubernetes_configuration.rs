//! Microsoft.KubernetesConfiguration: extensions of clusters, and the catalogue of their types.

use super::{Place, ResourceType};

const EXTENSIONS_API_VERSION: &str = "2024-11-01";
/// Only a preview serves the catalogue of extension types.
const CATALOGUE_API_VERSION: &str = "2024-11-01-preview";

/// Extensions of a cluster of any kind. 2024-11-01 rejects `version` together with
/// `autoUpgradeMinorVersion`.
pub const EXTENSIONS: ResourceType = ResourceType {
    noun: "extension",
    name: "Microsoft.KubernetesConfiguration/extensions",
    api_version: EXTENSIONS_API_VERSION,
    place: Place::Provided,
};

/// Regions, seen by this provider: the parent is the subscription.
pub const EXTENSION_LOCATIONS: ResourceType = ResourceType {
    noun: "location",
    name: "Microsoft.KubernetesConfiguration/locations",
    api_version: CATALOGUE_API_VERSION,
    place: Place::Provided,
};

/// Types of extensions that clusters in a region can have.
pub const EXTENSION_TYPES_IN_LOCATION: ResourceType = ResourceType {
    noun: "extension type",
    name: "Microsoft.KubernetesConfiguration/locations/extensionTypes",
    api_version: CATALOGUE_API_VERSION,
    place: Place::Child,
};

/// Types of extensions that a cluster can have.
pub const EXTENSION_TYPES: ResourceType = ResourceType {
    noun: "extension type",
    name: "Microsoft.KubernetesConfiguration/extensionTypes",
    api_version: CATALOGUE_API_VERSION,
    place: Place::Provided,
};

/// Versions of an extension type, of a cluster's or of a region's. A list is picked from by
/// `releaseTrain` (without it: `stable`), `majorVersion`, `showLatest` and, in a region,
/// `clusterType`.
pub const EXTENSION_TYPE_VERSIONS: ResourceType = ResourceType {
    noun: "extension type version",
    name: "Microsoft.KubernetesConfiguration/extensionTypes/versions",
    api_version: CATALOGUE_API_VERSION,
    place: Place::Child,
};
