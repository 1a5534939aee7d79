//! An extension as Rust sees it.

use azure::Id;
use framework::{Attr, AttrList, AttrMap, Sensitive};
use serde::{Deserialize, Serialize};

use crate::side_resources::SideResource;

/// An extension as Terraform sees it: one field per attribute of the schema.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "fields are named like their attributes")]
pub(crate) struct Extension {
    pub(super) name: Attr<String>,
    pub(super) cluster_id: Attr<String>,
    pub(super) enable_training: Attr<bool>,
    pub(super) enable_inference: Attr<bool>,
    pub(super) log_analytics_ws: Attr<bool>,
    pub(super) cluster_purpose: Attr<String>,
    pub(super) node_selector: AttrMap<String>,
    pub(super) install_nvidia_device_plugin: Attr<bool>,
    pub(super) install_prom_op: Attr<bool>,
    pub(super) install_volcano: Attr<bool>,
    pub(super) install_dcgm_exporter: Attr<bool>,
    pub(super) install_blobfuse_sysctl: Attr<bool>,
    pub(super) install_blobfuse_flexvol: Attr<bool>,
    pub(super) volume_plugin_dir: Attr<String>,
    pub(super) allow_insecure_connections: Attr<bool>,
    pub(super) inference_router_service_type: Attr<String>,
    pub(super) inference_router_ha: Attr<bool>,
    pub(super) internal_load_balancer_provider: Attr<String>,
    pub(super) ssl_secret: Attr<String>,
    pub(super) ssl_cname: Attr<String>,
    pub(super) ssl_cert_pem: Attr<Sensitive<String>>,
    pub(super) ssl_key_pem: Attr<Sensitive<String>>,
    pub(super) ssl_cert_pem_wo: Attr<Sensitive<String>>,
    pub(super) ssl_key_pem_wo: Attr<Sensitive<String>>,
    pub(super) ssl_pem_wo_version: Attr<i64>,
    pub(super) configuration_settings: AttrMap<String>,
    pub(super) configuration_protected_settings: AttrMap<Sensitive<String>>,
    pub(super) configuration_protected_settings_wo: AttrMap<Sensitive<String>>,
    pub(super) configuration_protected_settings_wo_version: Attr<i64>,
    pub(super) release_train: Attr<String>,
    pub(super) version: Attr<String>,
    pub(super) auto_upgrade_minor_version: Attr<bool>,
    pub(super) relay: Attr<Relay>,
    pub(super) force_delete: Attr<bool>,
    pub(super) id: Attr<String>,
    pub(super) extension_type: Attr<String>,
    pub(super) release_namespace: Attr<String>,
    pub(super) current_version: Attr<String>,
    pub(super) provisioning_state: Attr<String>,
    pub(super) statuses: AttrList<Status>,
    pub(super) identity: Attr<Identity>,
    pub(super) side_resources: AttrList<SideResource>,
    pub(super) effective_configuration_settings: AttrMap<String>,
}

impl Extension {
    /// What tells it from all others; nothing else is known.
    pub(crate) fn keys(cluster: &Id, name: String) -> Self {
        Self { cluster_id: Attr::text(cluster), name: name.into(), ..Self::default() }
    }
}

/// The argument `relay`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Relay {
    pub(super) mode: Attr<String>,
    pub(super) hybrid_connection_id: Attr<String>,
    pub(super) connection_string_wo: Attr<Sensitive<String>>,
    pub(super) connection_string_wo_version: Attr<i64>,
    pub(super) keys_version: Attr<i64>,
    pub(super) delete_on_destroy: Attr<bool>,
}

/// What the cluster's agent reports, without its time, so that a refresh is quiet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "fields are named like their attributes")]
pub(crate) struct Status {
    pub(super) code: Attr<String>,
    pub(super) display_status: Attr<String>,
    pub(super) level: Attr<String>,
    pub(super) message: Attr<String>,
}

/// The managed identity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(super) principal_id: Attr<String>,
    pub(super) tenant_id: Attr<String>,
}

/// A release train, compared without case.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ReleaseTrain(String);

impl PartialEq for ReleaseTrain {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
