//! Microsoft.KubernetesConfiguration: extensions of clusters, and the catalogue of their types.

use super::{Kind, Place};

/// Extensions of a cluster of any kind. 2024-11-01 rejects `version` together with `autoUpgradeMinorVersion`.
pub const EXTENSIONS: Kind = Kind {
    noun: "extension",
    resource_type: "Microsoft.KubernetesConfiguration/extensions",
    api_version: "2024-11-01",
    place: Place::Provided,
};

/// Regions, seen by this provider: the parent is the subscription.
pub const EXTENSION_LOCATIONS: Kind = Kind {
    noun: "location",
    resource_type: "Microsoft.KubernetesConfiguration/locations",
    api_version: "2024-11-01-preview",
    place: Place::Provided,
};

/// Types of extensions that clusters in a region can have.
pub const EXTENSION_TYPES_IN_LOCATION: Kind = Kind {
    noun: "extension type",
    resource_type: "Microsoft.KubernetesConfiguration/locations/extensionTypes",
    api_version: "2024-11-01-preview",
    place: Place::Child,
};

/// Types of extensions that a cluster can have.
pub const EXTENSION_TYPES: Kind = Kind {
    noun: "extension type",
    resource_type: "Microsoft.KubernetesConfiguration/extensionTypes",
    api_version: "2024-11-01-preview",
    place: Place::Provided,
};

/// Versions of an extension type, of a cluster's or of a region's. A list is picked from by `releaseTrain` (without it:
/// `stable`), `majorVersion`, `showLatest` and, in a region, `clusterType`.
pub const EXTENSION_TYPE_VERSIONS: Kind = Kind {
    noun: "extension type version",
    resource_type: "Microsoft.KubernetesConfiguration/extensionTypes/versions",
    api_version: "2024-11-01-preview",
    place: Place::Child,
};
