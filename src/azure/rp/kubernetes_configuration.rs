//! Microsoft.KubernetesConfiguration: extensions of clusters, and the catalogue of their types.

use super::{Kind, Place};

/// Extensions of a cluster of any kind. 2024-11-01 rejects `version` together with `autoUpgradeMinorVersion`.
pub const EXTENSIONS: Kind = Kind {
    noun: "extension",
    resource_type: "Microsoft.KubernetesConfiguration/extensions",
    api_version: "2024-11-01",
    place: Place::Provided,
};

/// Types of extensions that a cluster can have.
pub const EXTENSION_TYPES: Kind = Kind {
    noun: "extension type",
    resource_type: "Microsoft.KubernetesConfiguration/extensionTypes",
    api_version: "2024-11-01-preview",
    place: Place::Provided,
};

/// Versions of an extension type.
pub const EXTENSION_TYPE_VERSIONS: Kind = Kind {
    noun: "extension type version",
    resource_type: "Microsoft.KubernetesConfiguration/extensionTypes/versions",
    api_version: "2024-11-01-preview",
    place: Place::Child,
};
