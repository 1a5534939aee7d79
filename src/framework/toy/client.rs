//! Terraform's half of a conversation, as far as the toy needs it: bytes in, bytes out.

use tokio::time::Instant;

use serde_json::{Value as Json, json};

use super::{Service, Toy, value_from_json};
use crate::calls::{
    Capabilities, apply_resource_change, configure_provider, import_resource_state,
    plan_resource_change, read_resource, validate_resource_config,
};
use crate::value::Value;
use crate::{Diagnostics, DynamicValue, Path, Schema, Server};

pub(crate) const THING: &str = "toy_thing";

/// The time that tests pause.
pub(crate) fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// A client with one object in its state.
pub(crate) struct Core {
    pub(crate) server: Server,
    pub(crate) service: std::sync::Arc<Service>,
    pub(crate) state: Value,
    pub(crate) private: Vec<u8>,
    pub(crate) tainted: bool,
}

/// A plan and what it is for.
#[derive(Clone)]
pub(crate) struct Planned {
    pub(crate) config: Value,
    pub(crate) state: Value,
    pub(crate) private: Vec<u8>,
    pub(crate) replaces: Vec<Path>,
    pub(crate) diagnostics: Diagnostics,
}

impl Core {
    /// A client of the service of that name.
    pub(crate) async fn of(service: &str) -> Self {
        Self::under(service, "1.11.4").await
    }

    pub(crate) async fn under(service: &str, version: &str) -> Self {
        let server = Server::new::<Toy>();
        let schema = &server.schemas().provider;
        let config = DynamicValue::encode(
            &value_from_json(&json!({ "service": service }), schema.shape()),
            schema,
        );
        let request = configure_provider::Request {
            terraform_version: version.to_owned(),
            config: config.expect("the block fits"),
            capabilities: Capabilities::default(),
        };
        assert!(server.configure_provider(request).await.diagnostics.is_empty());
        let (service, state) = (Service::named(service), Value::Null);
        Self { server, service, state, private: Vec::new(), tainted: false }
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.server.schemas().resources[THING]
    }

    /// A configuration or a state as a client has it: no block of a list is an empty list.
    pub(crate) fn value(&self, json: &Json) -> Value {
        let mut json = json.clone();
        if json.is_object() && json.get("rule").is_none() {
            json["rule"] = json!([]);
        }
        value_from_json(&json, self.schema().shape())
    }

    pub(crate) fn close(&self, value: &Value) -> DynamicValue {
        DynamicValue::encode(value, self.schema()).expect("the value fits")
    }

    pub(crate) fn open(&self, closed: &DynamicValue) -> Value {
        closed.decode(self.schema()).expect("the bytes fit")
    }

    pub(crate) async fn validate(&self, config: &Json, write_only: bool) -> Diagnostics {
        let capabilities =
            Capabilities { write_only_attributes_allowed: write_only, ..Capabilities::default() };
        let config = self.close(&self.value(config));
        let type_name = THING.to_owned();
        let request = validate_resource_config::Request { type_name, config, capabilities };
        self.server.validate_resource_config(request).await.diagnostics
    }

    pub(crate) async fn plan(&self, config: &Json) -> Planned {
        let prior = if self.tainted { Value::Null } else { self.state.clone() };
        let private = if self.tainted { Vec::new() } else { self.private.clone() };
        self.plan_from(&prior, private, self.value(config)).await
    }

    /// A null configuration plans a destroy.
    pub(crate) async fn plan_from(
        &self, prior: &Value, private: Vec<u8>, config: Value,
    ) -> Planned {
        let request = plan_resource_change::Request {
            type_name: THING.to_owned(),
            prior_state: self.close(prior),
            proposed_new_state: self.close(&config),
            config: self.close(&config),
            prior_private: private,
            prior_identity: None,
            capabilities: Capabilities::default(),
            began: now(),
        };
        let again = self.server.plan_resource_change(request.clone()).await;
        let response = self.server.plan_resource_change(request).await;
        assert_eq!(response.planned_state, again.planned_state, "the plan is not pure");
        Planned {
            config,
            state: self.open(&response.planned_state),
            private: response.planned_private,
            replaces: response.requires_replace,
            diagnostics: response.diagnostics,
        }
    }

    pub(crate) async fn apply(&mut self, plan: Planned) -> Diagnostics {
        let prior = if self.tainted { Value::Null } else { self.state.clone() };
        let request = apply_resource_change::Request {
            type_name: THING.to_owned(),
            prior_state: self.close(&prior),
            planned_state: self.close(&plan.state),
            config: self.close(&plan.config),
            planned_private: plan.private,
            planned_identity: None,
            began: now(),
        };
        let response = self.server.apply_resource_change(request).await;
        self.state = self.open(&response.new_state);
        self.tainted = prior.is_null() && response.diagnostics.has_errors();
        self.private = response.private;
        response.diagnostics
    }

    /// Plans and applies, as a replacement where the plan says so.
    pub(crate) async fn run(&mut self, config: &Json) -> Diagnostics {
        let plan = self.plan(config).await;
        assert!(!plan.diagnostics.has_errors(), "{:?}", plan.diagnostics);
        if plan.replaces.is_empty() {
            return self.apply(plan).await;
        }
        let second = self.plan_from(&Value::Null, plan.private, plan.config).await;
        let gone = Planned { state: Value::Null, config: Value::Null, ..second.clone() };
        assert!(self.apply(gone).await.is_empty());
        self.apply(second).await
    }

    pub(crate) async fn read(&mut self) -> Diagnostics {
        let request = read_resource::Request {
            type_name: THING.to_owned(),
            current_state: self.close(&self.state),
            private: self.private.clone(),
            current_identity: None,
            capabilities: Capabilities::default(),
            began: now(),
        };
        let response = self.server.read_resource(request).await;
        self.state = self.open(&response.new_state);
        self.private = response.private;
        response.diagnostics
    }

    pub(crate) async fn import(&mut self, id: &str) -> Diagnostics {
        let request = import_resource_state::Request {
            type_name: THING.to_owned(),
            id: id.to_owned(),
            identity: None,
            capabilities: Capabilities::default(),
        };
        let response = self.server.import_resource_state(request).await;
        for imported in response.imported_resources {
            self.state = self.open(&imported.state);
            self.private = imported.private;
        }
        response.diagnostics
    }

    /// The names of the attributes that the plan shows as changed.
    pub(crate) async fn shows(&self, config: &Json) -> Vec<String> {
        let plan = self.plan(config).await;
        assert!(!plan.diagnostics.has_errors(), "{:?}", plan.diagnostics);
        let mut found = Vec::new();
        differences(&self.state, &plan.state, &Path::root(), &mut found);
        found
    }
}

fn differences(before: &Value, after: &Value, at: &Path, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Map(before), Value::Map(after)) => {
            let names = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
            for name in names {
                let of = |side: &std::collections::BTreeMap<String, Value>| {
                    side.get(name).cloned().unwrap_or_default()
                };
                differences(&of(before), &of(after), &at.clone().attribute(name), found);
            }
        }
        (before, after) if before == after => {}
        _ => found.push(at.to_string().trim_start_matches('.').to_owned()),
    }
}
