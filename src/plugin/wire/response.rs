//! What the framework answers, as the host reads it. Nothing is ever deferred, and no answer
//! claims the old type system's leniency.

use framework::calls;

use super::diagnostic::{diagnostics, path};
use crate::proto::tfplugin6::import_resource_state::ImportedResource;
use crate::proto::tfplugin6::{
    DynamicValue, ResourceIdentityData, apply_resource_change, configure_provider,
    import_resource_state, move_resource_state, plan_resource_change, read_data_source,
    read_resource, upgrade_resource_identity, upgrade_resource_state,
    validate_data_resource_config, validate_provider_config, validate_resource_config,
};

pub(super) fn to_wire(value: framework::DynamicValue) -> DynamicValue {
    DynamicValue { msgpack: value.msgpack, json: value.json }
}

pub(super) fn identity(data: Option<framework::DynamicValue>) -> Option<ResourceIdentityData> {
    data.map(|data| ResourceIdentityData { identity_data: Some(to_wire(data)) })
}

impl From<calls::validate_provider_config::Response> for validate_provider_config::Response {
    fn from(own: calls::validate_provider_config::Response) -> Self {
        Self { diagnostics: diagnostics(own.diagnostics) }
    }
}

impl From<calls::configure_provider::Response> for configure_provider::Response {
    fn from(own: calls::configure_provider::Response) -> Self {
        Self { diagnostics: diagnostics(own.diagnostics) }
    }
}

impl From<calls::validate_resource_config::Response> for validate_resource_config::Response {
    fn from(own: calls::validate_resource_config::Response) -> Self {
        Self { diagnostics: diagnostics(own.diagnostics) }
    }
}

impl From<calls::upgrade_resource_state::Response> for upgrade_resource_state::Response {
    fn from(own: calls::upgrade_resource_state::Response) -> Self {
        Self {
            upgraded_state: Some(to_wire(own.upgraded_state)),
            diagnostics: diagnostics(own.diagnostics),
        }
    }
}

impl From<calls::upgrade_resource_identity::Response> for upgrade_resource_identity::Response {
    fn from(own: calls::upgrade_resource_identity::Response) -> Self {
        Self {
            upgraded_identity: identity(own.upgraded_identity),
            diagnostics: diagnostics(own.diagnostics),
        }
    }
}

impl From<calls::read_resource::Response> for read_resource::Response {
    fn from(own: calls::read_resource::Response) -> Self {
        Self {
            new_state: Some(to_wire(own.new_state)),
            diagnostics: diagnostics(own.diagnostics),
            private: own.private,
            deferred: None,
            new_identity: identity(own.new_identity),
        }
    }
}

impl From<calls::plan_resource_change::Response> for plan_resource_change::Response {
    fn from(own: calls::plan_resource_change::Response) -> Self {
        Self {
            planned_state: Some(to_wire(own.planned_state)),
            requires_replace: own.requires_replace.into_iter().map(path).collect(),
            planned_private: own.planned_private,
            diagnostics: diagnostics(own.diagnostics),
            legacy_type_system: false,
            deferred: None,
            planned_identity: identity(own.planned_identity),
        }
    }
}

impl From<calls::apply_resource_change::Response> for apply_resource_change::Response {
    fn from(own: calls::apply_resource_change::Response) -> Self {
        Self {
            new_state: Some(to_wire(own.new_state)),
            private: own.private,
            diagnostics: diagnostics(own.diagnostics),
            legacy_type_system: false,
            new_identity: identity(own.new_identity),
        }
    }
}

impl From<calls::import_resource_state::Response> for import_resource_state::Response {
    fn from(own: calls::import_resource_state::Response) -> Self {
        Self {
            imported_resources: own
                .imported_resources
                .into_iter()
                .map(imported_resource_to_wire)
                .collect(),
            diagnostics: diagnostics(own.diagnostics),
            deferred: None,
        }
    }
}

fn imported_resource_to_wire(own: calls::import_resource_state::Imported) -> ImportedResource {
    ImportedResource {
        type_name: own.type_name,
        state: Some(to_wire(own.state)),
        private: own.private,
        identity: identity(own.identity),
    }
}

impl From<calls::move_resource_state::Response> for move_resource_state::Response {
    fn from(own: calls::move_resource_state::Response) -> Self {
        Self {
            target_state: Some(to_wire(own.target_state)),
            diagnostics: diagnostics(own.diagnostics),
            target_private: own.target_private,
            target_identity: identity(own.target_identity),
        }
    }
}

impl From<calls::validate_data_resource_config::Response>
    for validate_data_resource_config::Response
{
    fn from(own: calls::validate_data_resource_config::Response) -> Self {
        Self { diagnostics: diagnostics(own.diagnostics) }
    }
}

impl From<calls::read_data_source::Response> for read_data_source::Response {
    fn from(own: calls::read_data_source::Response) -> Self {
        Self {
            state: Some(to_wire(own.state)),
            diagnostics: diagnostics(own.diagnostics),
            deferred: None,
        }
    }
}
