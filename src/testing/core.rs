//! The life of one object: its configurations and its state, and what is asked of them.

use std::time::Duration;

use framework::calls::{
    Capabilities, apply_resource_change, import_resource_state, list_resource, move_resource_state,
    plan_resource_change, read_resource, upgrade_resource_identity, upgrade_resource_state,
    validate_list_resource_config, validate_resource_config,
};
use framework::{Diagnostics, DynamicValue, Schema, Server, Value};
use serde_json::Value as Json;

use crate::differences::{Difference, broken_promises, differences};
use crate::value::{close, encode, json, open, value};
use crate::{describe, format_path, now};

/// A host with one object in its state. What a call says comes as [`describe`] words it. A clone has a
/// state of its own and the same provider.
#[derive(Clone, Debug)]
pub struct Core {
    pub server: Server,
    /// What the provider remembers of the object.
    pub private: Vec<u8>,
    pub identity: Option<DynamicValue>,
    pub tainted: bool,
    /// What the host can do. It knows write-only attributes.
    pub capabilities: Capabilities,
    type_name: String,
    state: Value,
}

/// A plan and what it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    pub state: Value,
    pub identity: Option<DynamicValue>,
    pub replaces: Vec<String>,
    pub found: Diagnostics,
    config: Value,
    private: Vec<u8>,
}

impl Planned {
    /// The attributes that are not known yet.
    pub fn unknowns(&self) -> Vec<String> {
        let fields = self.state.as_map().into_iter().flatten();
        fields.filter(|(_, value)| value.is_unknown()).map(|(name, _)| name.clone()).collect()
    }

    /// What the plan promised and a `later` one of the same object does not keep: a value that was
    /// known must stay.
    pub fn broken_by(&self, later: &Planned) -> Vec<String> {
        broken_promises(&self.state, &later.state)
    }

    /// The first half of a replacement.
    fn delete_half(&self) -> Planned {
        Planned { state: Value::Null, config: Value::Null, ..self.clone() }
    }
}

impl Core {
    /// A host of a type, by the name that follows the provider's, and of no object yet.
    pub fn new(resource: &str, server: impl Into<Server>) -> Core {
        let server = server.into();
        let type_name = format!("{}_{resource}", server.name());
        Core {
            server,
            private: Vec::new(),
            identity: None,
            tainted: false,
            capabilities: Capabilities {
                write_only_attributes_allowed: true,
                ..Capabilities::default()
            },
            type_name,
            state: Value::Null,
        }
    }

    /// The same host and provider with another object.
    pub fn beside(&self) -> Core {
        Core {
            server: self.server.clone(),
            private: Vec::new(),
            identity: None,
            tainted: false,
            capabilities: self.capabilities,
            type_name: self.type_name.clone(),
            state: Value::Null,
        }
    }

    /// The state as JSON.
    pub fn state(&self) -> Json {
        json(&self.state, self.schema().shape())
    }

    /// A configuration or a state as a host has it: no block of a list is an empty list.
    pub fn value(&self, json: &Json) -> Value {
        let mut value = value(json, self.schema().shape());
        if let Value::Map(fields) = &mut value {
            for block in self.schema().blocks().iter().filter(|block| block.is_list()) {
                let blocks = fields.entry(block.name.to_owned()).or_default();
                if blocks.is_null() {
                    *blocks = Value::List(Vec::new());
                }
            }
        }
        value
    }

    pub async fn validate(&self, config: &Json) -> Vec<String> {
        let request = validate_resource_config::Request {
            type_name: self.type_name.clone(),
            config: self.close(&self.value(config)),
            capabilities: self.capabilities,
        };
        describe(&self.server.validate_resource_config(request).await.diagnostics)
    }

    // === plans ===

    /// Plans a change, or the end of the object where the configuration is null.
    pub async fn plan(&self, config: &Json) -> Planned {
        let config = self.value(config);
        if self.tainted {
            return self.plan_from(&Value::Null, Vec::new(), config).await;
        }
        self.plan_from(&self.state, self.private.clone(), config).await
    }

    /// Plans from a state that nobody made.
    pub async fn plan_over(&self, prior: &Json, config: &Json) -> Planned {
        self.plan_from(&self.value(prior), Vec::new(), self.value(config)).await
    }

    /// The attributes that a plan shows as changed, those that are not known yet aside.
    pub async fn planned_changes(&self, config: &Json) -> Vec<String> {
        self.differences(config)
            .await
            .into_iter()
            .filter(|it| it.is_known)
            .map(|it| it.at)
            .collect()
    }

    /// The attributes that a plan shows as changed, those that are not known yet too.
    pub async fn changes(&self, config: &Json) -> Vec<String> {
        self.differences(config).await.into_iter().map(|it| it.at).collect()
    }

    /// What a plan says.
    pub async fn plan_diagnostics(&self, config: &Json) -> Vec<String> {
        describe(&self.plan(config).await.found)
    }

    /// Whether a plan calls for no update at all.
    pub async fn plans_nothing(&self, config: &Json) -> bool {
        self.plan(config).await.state == self.state
    }

    async fn differences(&self, config: &Json) -> Vec<Difference> {
        differences(&self.state, &self.sound_plan(config).await.state)
    }

    async fn sound_plan(&self, config: &Json) -> Planned {
        let plan = self.plan(config).await;
        assert!(!plan.found.has_errors(), "{:?}", describe(&plan.found));
        plan
    }

    async fn plan_from(&self, prior: &Value, private: Vec<u8>, config: Value) -> Planned {
        let request = plan_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: self.close(prior),
            proposed_new_state: self.close(&config),
            config: self.close(&config),
            prior_private: private,
            prior_identity: self.identity.clone().filter(|_| !prior.is_null()),
            capabilities: self.capabilities,
            began: now(),
        };
        let again = self.server.plan_resource_change(request.clone()).await;
        let response = self.server.plan_resource_change(request).await;
        assert_eq!(response.planned_state, again.planned_state, "the plan is not pure");
        Planned {
            state: self.open(&response.planned_state),
            identity: response.planned_identity,
            replaces: response.requires_replace.iter().map(format_path).collect(),
            found: response.diagnostics,
            config,
            private: response.planned_private,
        }
    }

    // === applies ===

    /// Plans and applies, as a replacement where the plan says so; what the apply says.
    pub async fn apply(&mut self, config: &Json) -> Vec<String> {
        let plan = self.sound_plan(config).await;
        if plan.replaces.is_empty() {
            return self.apply_plan(plan).await;
        }
        let create = self.plan_from(&Value::Null, plan.private, plan.config).await;
        self.apply_halves(create).await
    }

    /// Replaces a tainted object, whose plan is that of a create: what the apply says.
    pub async fn replace(&mut self, config: &Json) -> Vec<String> {
        self.tainted = true;
        let create = self.sound_plan(config).await;
        self.tainted = false;
        self.apply_halves(create).await
    }

    /// The first half of a replacement alone, as core leaves it where the delete fails.
    pub async fn replacement_fails(&mut self, config: &Json) -> Vec<String> {
        let plan = self.plan(config).await;
        assert!(!plan.replaces.is_empty(), "it is no replacement");
        let create = self.plan_from(&Value::Null, plan.private, plan.config).await;
        self.apply_plan(create.delete_half()).await
    }

    /// An apply that must say nothing.
    pub async fn run(&mut self, config: &Json) {
        assert_eq!(self.apply(config).await, [""; 0]);
    }

    pub async fn destroy(&mut self) {
        assert_eq!(self.destroy_diagnostics().await, [""; 0]);
    }

    /// Destroys; what the apply says.
    pub async fn destroy_diagnostics(&mut self) -> Vec<String> {
        self.tainted = false;
        let plan = self.plan(&Json::Null).await;
        self.apply_plan(plan).await
    }

    /// Interrupts the calls in flight after this long.
    pub fn stop_after(&self, span: Duration) {
        let server = self.server.clone();
        tokio::spawn(async move {
            tokio::time::sleep(span).await;
            server.stop();
        });
    }

    async fn apply_halves(&mut self, create: Planned) -> Vec<String> {
        let deleted = self.apply_plan(create.delete_half()).await;
        [deleted, self.apply_plan(create).await].concat()
    }

    /// Applies what was planned before.
    pub async fn apply_plan(&mut self, plan: Planned) -> Vec<String> {
        let request = self.apply_request(plan);
        let is_create = self.tainted || self.state.is_null();
        let response = self.server.apply_resource_change(request).await;
        self.tainted = is_create && response.diagnostics.has_errors();
        self.keep(&response.new_state, response.private, response.new_identity);
        describe(&response.diagnostics)
    }

    /// What applies it: for whoever sends it another way.
    pub fn apply_request(&self, plan: Planned) -> apply_resource_change::Request {
        let prior = if self.tainted { &Value::Null } else { &self.state };
        apply_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: self.close(prior),
            planned_state: self.close(&plan.state),
            config: self.close(&plan.config),
            planned_private: plan.private,
            planned_identity: plan.identity,
            began: now(),
        }
    }

    // === reads and imports ===

    pub async fn read(&mut self) -> Vec<String> {
        let request = read_resource::Request {
            type_name: self.type_name.clone(),
            current_state: self.close(&self.state),
            private: self.private.clone(),
            current_identity: self.identity.clone(),
            capabilities: self.capabilities,
            began: now(),
        };
        let response = self.server.read_resource(request).await;
        self.keep(&response.new_state, response.private, response.new_identity);
        describe(&response.diagnostics)
    }

    pub async fn import(&mut self, id: &str) -> Vec<String> {
        self.import_by(id, None).await
    }

    pub async fn import_by_identity(&mut self, identity: DynamicValue) -> Vec<String> {
        self.import_by("", Some(identity)).await
    }

    async fn import_by(&mut self, id: &str, identity: Option<DynamicValue>) -> Vec<String> {
        let request = import_resource_state::Request {
            type_name: self.type_name.clone(),
            id: id.to_owned(),
            identity,
            capabilities: self.capabilities,
        };
        let response = self.server.import_resource_state(request).await;
        assert!(response.imported_resources.len() <= 1, "one object is imported");
        for imported in response.imported_resources {
            self.keep(&imported.state, imported.private, imported.identity);
        }
        describe(&response.diagnostics)
    }

    /// Takes the object of another provider's type over; `provider` is its full address.
    pub async fn move_state(&mut self, provider: &str, from: &str, state: &Json) -> Vec<String> {
        let request = move_resource_state::Request {
            source_provider_address: provider.to_owned(),
            source_type_name: from.to_owned(),
            source_state: state.to_string().into_bytes(),
            target_type_name: self.type_name.clone(),
            ..Default::default()
        };
        let response = self.server.move_resource_state(request).await;
        self.keep(&response.target_state, response.target_private, response.target_identity);
        describe(&response.diagnostics)
    }

    /// Takes a state that was stored under that version.
    pub async fn upgrade(&mut self, version: i64, stored: &str) -> Vec<String> {
        let request = upgrade_resource_state::Request {
            type_name: self.type_name.clone(),
            version,
            raw_state: stored.as_bytes().to_vec(),
        };
        let response = self.server.upgrade_resource_state(request).await;
        self.state = self.open(&response.upgraded_state);
        describe(&response.diagnostics)
    }

    /// Takes an identity that was stored under the first version.
    pub async fn upgrade_identity(&mut self, stored: &str) -> Vec<String> {
        let request = upgrade_resource_identity::Request {
            type_name: self.type_name.clone(),
            version: 0,
            raw_identity: stored.as_bytes().to_vec(),
        };
        let response = self.server.upgrade_resource_identity(request).await;
        self.identity = response.upgraded_identity;
        describe(&response.diagnostics)
    }

    // === lists ===

    pub async fn validate_list(&self, config: &Json) -> Vec<String> {
        let (type_name, config) = (self.type_name.clone(), self.list_config(config));
        let request = validate_list_resource_config::Request { type_name, config };
        describe(&self.server.validate_list_resource_config(request).await.diagnostics)
    }

    /// Lists objects of the type; no limit is 0.
    pub async fn list(
        &self, config: &Json, include_resource_object: bool, limit: i64,
    ) -> Vec<list_resource::Event> {
        let (type_name, config) = (self.type_name.clone(), self.list_config(config));
        let began = now();
        let request =
            list_resource::Request { type_name, config, include_resource_object, limit, began };
        self.server.list_resource(request).await
    }

    fn list_config(&self, config: &Json) -> DynamicValue {
        encode(config, self.server.schemas().lists[&self.type_name].shape())
    }

    // === bytes ===

    fn keep(&mut self, state: &DynamicValue, private: Vec<u8>, identity: Option<DynamicValue>) {
        self.state = self.open(state);
        (self.private, self.identity) = (private, identity);
    }

    fn schema(&self) -> &Schema {
        &self.server.schemas().resources[&self.type_name]
    }

    fn close(&self, value: &Value) -> DynamicValue {
        close(value, self.schema().shape())
    }

    /// An object of the type as it crossed the wire.
    pub fn open(&self, closed: &DynamicValue) -> Value {
        open(closed, self.schema().shape())
    }
}
