//! An extension as Rust sees it.

use azure::resource_types::{EXTENSIONS, canonicalize};
use azure::{Id, ProvisioningState};
use framework::{Attr, AttrList, AttrMap, Sensitive};
use serde::{Deserialize, Serialize};

use crate::connections::{LogAnalytics, Relay, ServiceBus, SideResource};
use crate::explain::Result;

aml::with_typed_settings! {
    /// An extension as Terraform sees it: one field per attribute of the schema, the typed settings of
    /// `aml` among them.
    #[derive(Clone, Debug, Default, Serialize, Deserialize)]
    #[expect(clippy::struct_field_names, reason = "fields are named like their attributes")]
    pub(crate) struct Extension {
        pub(crate) name: Attr<String>,
        pub(crate) cluster_id: Attr<String>,
        pub(crate) ssl_cert_pem: Attr<Sensitive<String>>,
        pub(crate) ssl_key_pem: Attr<Sensitive<String>>,
        pub(crate) ssl_cert_pem_wo: Attr<Sensitive<String>>,
        pub(crate) ssl_key_pem_wo: Attr<Sensitive<String>>,
        pub(crate) ssl_pem_wo_version: Attr<i64>,
        pub(crate) configuration_settings: AttrMap<String>,
        pub(crate) configuration_settings_version: Attr<i64>,
        pub(crate) configuration_protected_settings: AttrMap<Sensitive<String>>,
        pub(crate) configuration_protected_settings_wo: AttrMap<Sensitive<String>>,
        pub(crate) configuration_protected_settings_wo_version: Attr<i64>,
        pub(crate) release_train: Attr<String>,
        pub(crate) version: Attr<String>,
        pub(crate) auto_upgrade_minor_version: Attr<bool>,
        pub(crate) relay: Attr<Relay>,
        pub(crate) service_bus: Attr<ServiceBus>,
        pub(crate) log_analytics: Attr<LogAnalytics>,
        pub(crate) force_delete: Attr<bool>,
        pub(crate) wait_for_pods: Attr<bool>,
        pub(crate) cluster_checks: Attr<String>,
        pub(crate) id: Attr<String>,
        pub(crate) extension_type: Attr<String>,
        pub(crate) release_namespace: Attr<String>,
        pub(crate) current_version: Attr<String>,
        pub(crate) provisioning_state: Attr<String>,
        pub(crate) statuses: AttrList<Status>,
        pub(crate) identity: Attr<Identity>,
        pub(crate) side_resources: AttrList<SideResource>,
        pub(crate) effective_configuration_settings: AttrMap<String>,
    }
}

impl Extension {
    /// Only what identifies it.
    pub(crate) fn keys(cluster: &Id, name: String) -> Self {
        Self { cluster_id: Attr::text(cluster), name: name.into(), ..Self::default() }
    }

    /// ARM IDs of the extension and, in its canonical casing, of its cluster.
    pub(super) fn arm_ids(&self) -> Result<(Id, Id)> {
        let cluster = canonicalize(&self.cluster_id.require()?.parse()?);
        Ok((EXTENSIONS.id(&cluster, self.name.require()?)?, cluster))
    }

    /// The state of its last operation, as Terraform's state has it.
    pub(super) fn provisioning(&self) -> ProvisioningState {
        ProvisioningState::parse(self.provisioning_state.known().map_or("", String::as_str))
    }

    pub(super) fn known_side_resources(&self) -> Vec<SideResource> {
        let entries = self.side_resources.known().into_iter().flatten();
        entries.filter_map(|entry| entry.known().cloned()).collect()
    }

    pub(super) fn with_side_resources(self, entries: &[SideResource]) -> Self {
        Self { side_resources: entries.iter().cloned().collect(), ..self }
    }

    /// `Extension <name>`, for messages.
    pub(super) fn subject(&self) -> String {
        format!("Extension {}", self.name.known().map_or("", String::as_str))
    }
}

/// What the cluster's agent reports, without its time, so that a refresh is quiet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "fields are named like their attributes")]
pub(crate) struct Status {
    pub(crate) code: Attr<String>,
    pub(crate) display_status: Attr<String>,
    pub(crate) level: Attr<String>,
    pub(crate) message: Attr<String>,
}

/// The managed identity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) principal_id: Attr<String>,
    pub(crate) tenant_id: Attr<String>,
}

/// A word, compared without case.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Word(String);

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

/// A setting without an attribute of its own. Where it is a flag, the service reads it in any case.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Setting(String);

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        let is_flag = ["true", "false"].iter().any(|flag| self.0.eq_ignore_ascii_case(flag));
        self.0 == other.0 || is_flag && self.0.eq_ignore_ascii_case(&other.0)
    }
}
