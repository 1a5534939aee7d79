//! What the host asks, in the framework's words. A message that is absent is null.

use std::time::Instant;

use framework::calls::{self, Capabilities};

use crate::proto::tfplugin6::{
    ClientCapabilities, DynamicValue, RawState, ResourceIdentityData, apply_resource_change,
    configure_provider, import_resource_state, move_resource_state, plan_resource_change,
    read_data_source, read_resource, upgrade_resource_identity, upgrade_resource_state,
    validate_data_resource_config, validate_provider_config, validate_resource_config,
};

/// The clock that tests can pause. Deadlines count from here.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

pub(super) fn from_wire(value: Option<DynamicValue>) -> framework::DynamicValue {
    value
        .map(|DynamicValue { msgpack, json }| framework::DynamicValue { msgpack, json })
        .unwrap_or_default()
}

fn identity(data: Option<ResourceIdentityData>) -> Option<framework::DynamicValue> {
    data.map(|data| from_wire(data.identity_data))
}

fn raw_json(state: Option<RawState>) -> Vec<u8> {
    // The other form is of Terraform before 0.12, which knows no protocol 6.
    state.map(|state| state.json).unwrap_or_default()
}

fn capabilities(wire: Option<ClientCapabilities>) -> Capabilities {
    let wire = wire.unwrap_or_default();
    Capabilities {
        write_only_attributes_allowed: wire.write_only_attributes_allowed,
        deferral_allowed: wire.deferral_allowed,
    }
}

impl From<validate_provider_config::Request> for calls::validate_provider_config::Request {
    fn from(wire: validate_provider_config::Request) -> Self {
        Self { config: from_wire(wire.config) }
    }
}

impl From<configure_provider::Request> for calls::configure_provider::Request {
    fn from(wire: configure_provider::Request) -> Self {
        Self {
            terraform_version: wire.terraform_version,
            config: from_wire(wire.config),
            capabilities: capabilities(wire.client_capabilities),
        }
    }
}

impl From<validate_resource_config::Request> for calls::validate_resource_config::Request {
    fn from(wire: validate_resource_config::Request) -> Self {
        Self {
            type_name: wire.type_name,
            config: from_wire(wire.config),
            capabilities: capabilities(wire.client_capabilities),
        }
    }
}

impl From<upgrade_resource_state::Request> for calls::upgrade_resource_state::Request {
    fn from(wire: upgrade_resource_state::Request) -> Self {
        Self {
            type_name: wire.type_name,
            version: wire.version,
            raw_state: raw_json(wire.raw_state),
        }
    }
}

impl From<upgrade_resource_identity::Request> for calls::upgrade_resource_identity::Request {
    fn from(wire: upgrade_resource_identity::Request) -> Self {
        let raw_identity = raw_json(wire.raw_identity);
        Self { type_name: wire.type_name, version: wire.version, raw_identity }
    }
}

impl From<read_resource::Request> for calls::read_resource::Request {
    fn from(wire: read_resource::Request) -> Self {
        Self {
            type_name: wire.type_name,
            current_state: from_wire(wire.current_state),
            private: wire.private,
            current_identity: identity(wire.current_identity),
            capabilities: capabilities(wire.client_capabilities),
            began: now(),
        }
    }
}

impl From<plan_resource_change::Request> for calls::plan_resource_change::Request {
    fn from(wire: plan_resource_change::Request) -> Self {
        Self {
            type_name: wire.type_name,
            prior_state: from_wire(wire.prior_state),
            proposed_new_state: from_wire(wire.proposed_new_state),
            config: from_wire(wire.config),
            prior_private: wire.prior_private,
            prior_identity: identity(wire.prior_identity),
            capabilities: capabilities(wire.client_capabilities),
            began: now(),
        }
    }
}

impl From<apply_resource_change::Request> for calls::apply_resource_change::Request {
    fn from(wire: apply_resource_change::Request) -> Self {
        Self {
            type_name: wire.type_name,
            prior_state: from_wire(wire.prior_state),
            planned_state: from_wire(wire.planned_state),
            config: from_wire(wire.config),
            planned_private: wire.planned_private,
            planned_identity: identity(wire.planned_identity),
            began: now(),
        }
    }
}

impl From<import_resource_state::Request> for calls::import_resource_state::Request {
    fn from(wire: import_resource_state::Request) -> Self {
        Self {
            type_name: wire.type_name,
            id: wire.id,
            identity: identity(wire.identity),
            capabilities: capabilities(wire.client_capabilities),
        }
    }
}

impl From<move_resource_state::Request> for calls::move_resource_state::Request {
    fn from(wire: move_resource_state::Request) -> Self {
        Self {
            source_provider_address: wire.source_provider_address,
            source_type_name: wire.source_type_name,
            source_schema_version: wire.source_schema_version,
            source_state: raw_json(wire.source_state),
            source_private: wire.source_private,
            target_type_name: wire.target_type_name,
        }
    }
}

impl From<validate_data_resource_config::Request>
    for calls::validate_data_resource_config::Request
{
    fn from(wire: validate_data_resource_config::Request) -> Self {
        Self { type_name: wire.type_name, config: from_wire(wire.config) }
    }
}

impl From<read_data_source::Request> for calls::read_data_source::Request {
    fn from(wire: read_data_source::Request) -> Self {
        Self {
            type_name: wire.type_name,
            config: from_wire(wire.config),
            capabilities: capabilities(wire.client_capabilities),
            began: now(),
        }
    }
}
