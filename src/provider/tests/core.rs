//! Terraform's half of the conversation, as far as the tests need it: bytes in, bytes out.

use std::time::{Duration, Instant};

use framework::calls::{
    Capabilities, apply_resource_change, import_resource_state, move_resource_state,
    plan_resource_change, read_resource, validate_resource_config,
};
use framework::{Diagnostics, DynamicValue, Number, Path, Schema, Server, Type, Value};
use serde_json::{Value as Json, json};

use super::Memory;

/// A client with one object in its state.
pub(crate) struct Core {
    pub(crate) tainted: bool,
    server: Server,
    type_name: String,
    state: Value,
    private: Vec<u8>,
}

/// A plan and what it is for.
#[derive(Clone)]
pub(crate) struct Planned {
    pub(crate) replaces: Vec<String>,
    pub(crate) found: Diagnostics,
    config: Value,
    state: Value,
    private: Vec<u8>,
}

impl Planned {
    /// The attributes that are not known yet.
    pub(crate) fn unknowns(&self) -> Vec<String> {
        let Value::Map(fields) = &self.state else { return Vec::new() };
        let unknown = fields.iter().filter(|(_, value)| value.is_unknown());
        unknown.map(|(name, _)| name.clone()).collect()
    }

    /// What the plan promised and a `later` one of the same object does not keep: a value that was
    /// known must stay.
    pub(crate) fn broken_by(&self, later: &Planned) -> Vec<String> {
        let mut found = Vec::new();
        broken(&self.state, &later.state, &Path::root(), &mut found);
        found
    }
}

impl Core {
    pub(crate) fn new(resource: &str, memory: &Memory) -> Core {
        let server = Server::with(memory.provider());
        let (type_name, state) = (format!("azureml_{resource}"), Value::Null);
        Core { tainted: false, server, type_name, state, private: Vec::new() }
    }

    /// The same client and provider with another object.
    pub(crate) fn beside(&self) -> Core {
        let (server, type_name) = (self.server.clone(), self.type_name.clone());
        Core { tainted: false, server, type_name, state: Value::Null, private: Vec::new() }
    }

    /// The state as JSON.
    pub(crate) fn state(&self) -> Json {
        let json = self.state.to_json(self.schema().shape()).expect("a state has a type");
        serde_json::from_slice(&json).expect("JSON")
    }

    /// The messages of a validation.
    pub(crate) async fn validate(&self, config: &Json) -> Vec<String> {
        let request = validate_resource_config::Request {
            type_name: self.type_name.clone(),
            config: self.close(&self.written(config)),
            capabilities: Capabilities {
                write_only_attributes_allowed: true,
                ..Capabilities::default()
            },
        };
        told(&self.server.validate_resource_config(request).await.diagnostics)
    }

    pub(crate) async fn plan(&self, config: &Json) -> Planned {
        let prior = if self.tainted { Value::Null } else { self.state.clone() };
        self.plan_from(&prior, self.private.clone(), self.written(config)).await
    }

    /// The attributes that a plan shows as changed, those that are not known yet aside.
    pub(crate) async fn shows(&self, config: &Json) -> Vec<String> {
        let plan = self.plan(config).await;
        assert!(!plan.found.has_errors(), "{:?}", told(&plan.found));
        let mut found = Vec::new();
        differences(&self.state, &plan.state, &Path::root(), &mut found);
        found
    }

    /// The attributes that a plan shows, those that are not known yet too.
    pub(crate) async fn changes(&self, config: &Json) -> Vec<String> {
        let plan = self.plan(config).await;
        assert!(!plan.found.has_errors(), "{:?}", told(&plan.found));
        let mut found = Vec::new();
        differences(&self.state, &plan.state, &Path::root(), &mut found);
        let Value::Map(planned) = &plan.state else { return found };
        let open = planned.iter().filter(|(_, value)| value.is_unknown());
        found.extend(open.map(|(name, _)| name.clone()));
        found
    }

    /// What a plan says.
    pub(crate) async fn says(&self, config: &Json) -> Vec<String> {
        told(&self.plan(config).await.found)
    }

    /// Whether a plan calls for an update at all.
    pub(crate) async fn is_settled(&self, config: &Json) -> bool {
        self.plan(config).await.state == self.state
    }

    /// Plans and applies, as a replacement where the plan says so; what the apply says.
    pub(crate) async fn apply(&mut self, config: &Json) -> Vec<String> {
        let plan = self.plan(config).await;
        assert!(!plan.found.has_errors(), "{:?}", told(&plan.found));
        if plan.replaces.is_empty() {
            return self.applied(plan).await;
        }
        self.in_two_halves(plan).await
    }

    /// Replaces a tainted object, whose plan is that of a create: what the apply says.
    pub(crate) async fn replace(&mut self, config: &Json) -> Vec<String> {
        let create = self.plan_from(&Value::Null, Vec::new(), self.written(config)).await;
        assert!(!create.found.has_errors(), "{:?}", told(&create.found));
        self.tainted = false;
        let gone = Planned { state: Value::Null, config: Value::Null, ..create.clone() };
        let first = self.applied(gone).await;
        first.into_iter().chain(self.applied(create).await).collect()
    }

    async fn in_two_halves(&mut self, plan: Planned) -> Vec<String> {
        let second = self.plan_from(&Value::Null, plan.private, plan.config).await;
        let gone = Planned { state: Value::Null, config: Value::Null, ..second.clone() };
        let first = self.applied(gone).await;
        first.into_iter().chain(self.applied(second).await).collect()
    }

    /// The first half of a replacement alone, as core leaves it where the delete fails.
    pub(crate) async fn replacement_fails(&mut self, config: &Json) -> Vec<String> {
        let plan = self.plan(config).await;
        assert!(!plan.replaces.is_empty(), "it is no replacement");
        let second = self.plan_from(&Value::Null, plan.private, plan.config).await;
        let gone = Planned { state: Value::Null, config: Value::Null, ..second };
        self.applied(gone).await
    }

    /// An apply that must say nothing.
    pub(crate) async fn run(&mut self, config: &Json) {
        assert_eq!(self.apply(config).await, [""; 0]);
    }

    pub(crate) async fn destroy(&mut self) {
        assert_eq!(self.destroyed().await, [""; 0]);
    }

    /// Destroys; what the apply says.
    pub(crate) async fn destroyed(&mut self) -> Vec<String> {
        self.tainted = false;
        let plan = self.plan_from(&self.state, self.private.clone(), Value::Null).await;
        self.applied(plan).await
    }

    /// Interrupts the calls in flight after this long.
    pub(crate) fn stop_after(&self, span: Duration) {
        let server = self.server.clone();
        tokio::spawn(async move {
            tokio::time::sleep(span).await;
            server.stop();
        });
    }

    /// Loses what the provider remembers of the object, and keeps the state.
    pub(crate) fn forgets(&mut self) {
        self.private.clear();
    }

    pub(crate) async fn read(&mut self) -> Vec<String> {
        let request = read_resource::Request {
            type_name: self.type_name.clone(),
            current_state: self.close(&self.state),
            private: self.private.clone(),
            current_identity: None,
            capabilities: Capabilities::default(),
            began: now(),
        };
        let response = self.server.read_resource(request).await;
        self.state = self.open(&response.new_state);
        self.private = response.private;
        told(&response.diagnostics)
    }

    pub(crate) async fn import(&mut self, id: &str) -> Vec<String> {
        let request = import_resource_state::Request {
            type_name: self.type_name.clone(),
            id: id.to_owned(),
            identity: None,
            capabilities: Capabilities::default(),
        };
        let response = self.server.import_resource_state(request).await;
        for imported in response.imported_resources {
            self.state = self.open(&imported.state);
            self.private = imported.private;
        }
        told(&response.diagnostics)
    }

    /// Takes the object of another provider's type over; what the move says.
    pub(crate) async fn move_state(
        &mut self, provider: &str, from: &str, state: &Json,
    ) -> Vec<String> {
        let request = move_resource_state::Request {
            source_provider_address: format!("registry.opentofu.org/{provider}"),
            source_type_name: from.to_owned(),
            source_state: state.to_string().into_bytes(),
            target_type_name: self.type_name.clone(),
            ..Default::default()
        };
        let response = self.server.move_resource_state(request).await;
        self.state = self.open(&response.target_state);
        self.private = response.target_private;
        told(&response.diagnostics)
    }

    async fn plan_from(&self, prior: &Value, private: Vec<u8>, config: Value) -> Planned {
        let request = plan_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: self.close(prior),
            proposed_new_state: self.close(&config),
            config: self.close(&config),
            prior_private: private,
            prior_identity: None,
            capabilities: Capabilities::default(),
            began: now(),
        };
        let response = self.server.plan_resource_change(request).await;
        Planned {
            replaces: response.requires_replace.iter().map(shown).collect(),
            found: response.diagnostics,
            config,
            state: self.open(&response.planned_state),
            private: response.planned_private,
        }
    }

    async fn applied(&mut self, plan: Planned) -> Vec<String> {
        let prior = if self.tainted { Value::Null } else { self.state.clone() };
        let request = apply_resource_change::Request {
            type_name: self.type_name.clone(),
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
        told(&response.diagnostics)
    }

    fn schema(&self) -> &Schema {
        &self.server.schemas().resources[&self.type_name]
    }

    fn written(&self, json: &Json) -> Value {
        written(json, self.schema().shape())
    }

    fn close(&self, value: &Value) -> DynamicValue {
        let msgpack = value.to_msgpack(self.schema().shape()).expect("the value fits");
        DynamicValue { msgpack, json: Vec::new() }
    }

    fn open(&self, closed: &DynamicValue) -> Value {
        Value::from_wire(&closed.msgpack, &closed.json, self.schema().shape()).expect("it fits")
    }
}

/// An attribute that a test leaves unknown.
pub(crate) fn unknown() -> Json {
    json!({ "$": "unknown" })
}

/// Each message as `severity path: summary | detail`.
fn told(found: &Diagnostics) -> Vec<String> {
    let each = found.iter().map(|message| {
        let severity = if message.is_error() { "error" } else { "warning" };
        let path = message.path.as_ref().map(shown).unwrap_or_default();
        format!("{severity} {path}: {} | {}", message.summary, message.detail)
    });
    each.collect()
}

/// The clock of virtual time, which the deadlines of calls are held against.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn shown(path: &Path) -> String {
    path.to_string().trim_start_matches('.').to_owned()
}

/// A value as a test writes it: what an object does not have is null.
fn written(json: &Json, ty: &Type) -> Value {
    match (json, ty) {
        (Json::Null, _) => Value::Null,
        (Json::Object(fields), _) if fields.contains_key("$") => Value::UNKNOWN,
        (Json::Object(fields), Type::Object(types)) => {
            let surplus = fields.keys().find(|name| !types.contains_key(*name));
            assert_eq!(surplus, None, "the type has no such attribute");
            let of = |name: &String| fields.get(name).unwrap_or(&Json::Null);
            Value::map(types.iter().map(|(name, ty)| (name, written(of(name), ty))))
        }
        (Json::Object(fields), Type::Map(ty)) => {
            Value::map(fields.iter().map(|(key, json)| (key, written(json, ty))))
        }
        (Json::Array(elements), Type::List(ty)) => {
            Value::List(elements.iter().map(|json| written(json, ty)).collect())
        }
        (Json::String(text), Type::String) => text.as_str().into(),
        (Json::Bool(flag), Type::Bool) => (*flag).into(),
        (Json::Number(number), Type::Number) => {
            Value::Number(Number::parse(&number.to_string()).expect("a number"))
        }
        (json, ty) => panic!("{json} is no {ty:?}"),
    }
}

fn differences(before: &Value, after: &Value, at: &Path, found: &mut Vec<String>) {
    match (before, after) {
        (before, after) if before == after || after.is_unknown() => {}
        (Value::Map(before), Value::Map(after)) => {
            let names = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
            for name in names {
                let side = |side: &std::collections::BTreeMap<String, Value>| {
                    side.get(name).cloned().unwrap_or_default()
                };
                differences(&side(before), &side(after), &at.clone().attribute(name), found);
            }
        }
        _ => found.push(shown(at)),
    }
}

/// Core's rule for a plan that is made again: what was unknown may become anything.
fn broken(before: &Value, after: &Value, at: &Path, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Unknown(_), _) => {}
        (Value::Map(before), Value::Map(after)) if before.keys().eq(after.keys()) => {
            for (name, before) in before {
                broken(before, &after[name], &at.clone().attribute(name), found);
            }
        }
        (Value::List(before), Value::List(after)) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                broken(before, after, &at.clone().index(index), found);
            }
        }
        (before, after) if before == after => {}
        _ => found.push(shown(at)),
    }
}
