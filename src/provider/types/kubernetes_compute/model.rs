//! A compute in Rust, one field per attribute of the schema.

use azure::resource_types::{COMPUTES, canonicalize};
use azure::{Id, ProvisioningState};
use framework::{Attr, AttrList, AttrMap};
use serde::{Deserialize, Serialize};

use crate::explain::Result;
use crate::types::instance_type::InstanceType;

/// A compute as Terraform sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "these are the schema's names")]
pub(crate) struct Compute {
    pub(crate) name: Attr<String>,
    pub(crate) workspace_id: Attr<String>,
    pub(crate) cluster_id: Attr<String>,
    pub(crate) extension_id: Attr<String>,
    pub(crate) namespace: Attr<String>,
    pub(crate) create_namespace: Attr<bool>,
    pub(crate) delete_namespace_on_destroy: Attr<bool>,
    pub(crate) default_instance_type: Attr<String>,
    pub(crate) instance_types: AttrMap<InstanceType>,
    pub(crate) description: Attr<String>,
    pub(crate) tags: AttrMap<String>,
    pub(crate) disable_local_auth: Attr<bool>,
    pub(crate) cluster_checks: Attr<String>,
    pub(crate) identity: Attr<Identity>,
    pub(crate) id: Attr<String>,
    pub(crate) location: Attr<String>,
    pub(crate) provisioning_state: Attr<String>,
    pub(crate) provisioning_errors: AttrList<ProvisioningError>,
    pub(crate) created_on: Attr<String>,
    pub(crate) is_attached_compute: Attr<bool>,
    pub(crate) principal_id: Attr<String>,
    pub(crate) tenant_id: Attr<String>,
    pub(crate) extension_release_train: Attr<String>,
    pub(crate) extension_principal_id: Attr<String>,
    pub(crate) effective_instance_types: AttrMap<InstanceType>,
}

impl Compute {
    /// What tells it from all others; nothing else is known.
    pub(crate) fn keys(workspace: &Id, name: String) -> Self {
        Self { workspace_id: Attr::text(workspace), name: name.into(), ..Self::default() }
    }

    pub(super) fn id(&self) -> Result<Id> {
        let workspace: Id = self.workspace_id.require()?.parse()?;
        Ok(COMPUTES.id(&canonicalize(&workspace), self.name.require()?)?)
    }

    /// The state of its last operation, as Terraform's state has it.
    pub(super) fn provisioning(&self) -> ProvisioningState {
        ProvisioningState::parse(self.provisioning_state.known().map_or("", String::as_str))
    }

    pub(super) fn set_extension(&mut self, id: Option<Id>) {
        self.extension_id = id.map(|id| canonicalize(&id).to_string()).into();
    }
}

/// The ARM objects of a compute that is to be written.
pub(super) struct Target {
    pub(super) id: Id,
    pub(super) workspace: Id,
    pub(super) cluster: Id,
}

impl Target {
    pub(super) fn of(planned: &Compute) -> Result<Target> {
        Ok(Target {
            id: planned.id()?,
            workspace: planned.workspace_id.require()?.parse()?,
            cluster: planned.cluster_id.require()?.parse()?,
        })
    }
}

/// The block `identity`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    #[serde(rename = "type")]
    pub(crate) kind: Attr<String>,
    pub(crate) identity_ids: AttrList<String>,
}

/// One of the service's complaints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProvisioningError {
    pub(crate) code: Attr<String>,
    pub(crate) message: Attr<String>,
}

/// A type of identity, compared without case and spaces: `SystemAssigned,UserAssigned` is the
/// wire's spelling of what azurerm writes with a space.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct IdentityKind(String);

impl IdentityKind {
    /// The spellings of the wire.
    const ALL: [&str; 4] =
        ["None", "SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned"];

    pub(super) fn new(text: &str) -> IdentityKind {
        IdentityKind(text.to_owned())
    }

    /// As it goes over the wire; `None` if there is no such type.
    pub(super) fn wire(&self) -> Option<&'static str> {
        let folded = self.lower_case();
        IdentityKind::ALL.into_iter().find(|known| known.to_lowercase() == folded)
    }

    fn lower_case(&self) -> String {
        self.0.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase()
    }
}

impl PartialEq for IdentityKind {
    fn eq(&self, other: &IdentityKind) -> bool {
        self.lower_case() == other.lower_case()
    }
}
