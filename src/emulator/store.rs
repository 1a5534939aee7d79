//! The objects by ARM ID, the operations on them, and the older objects that delayed reads see.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::faults::Failure;
use crate::names::state;

/// IDs are compared without regard to case.
#[derive(Debug, Default)]
pub(crate) struct Store {
    objects: BTreeMap<String, Value>,
    operations: BTreeMap<String, Operation>,
    stale_reads: BTreeMap<String, StaleRead>,
    /// Operations that nobody has taken note of yet.
    started: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// A GUID.
    pub(crate) name: String,
    /// The ID of its object.
    pub(crate) target: String,
    /// Its status while it runs: one of [`RUNNING_STATUSES`].
    pub(crate) running_status: &'static str,
    /// Path and query under which alone it can be polled; empty: any query.
    pub(crate) poll_urls: Vec<String>,
    pub(crate) started_at: Instant,
    /// `None`: it never ends.
    pub(crate) ends_at: Option<Instant>,
    pub(crate) status: Status,
    /// Merged into the object once half of the time has passed.
    pub(crate) halfway_change: Value,
    pub(crate) success: Outcome,
    /// Merged into the object if the operation fails.
    pub(crate) failed: Value,
    /// `None`: it will succeed.
    pub(crate) failure: Option<Failure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Succeeded,
    Failed,
}

/// What a successful operation does to its object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Merge(Value),
    /// Together with everything below it.
    Remove,
}

/// An older object that reads see until then; `None`: reads see none.
#[derive(Debug)]
struct StaleRead {
    until: Instant,
    object: Option<Value>,
}

impl Store {
    pub(crate) fn get(&self, id: &str) -> Option<&Value> {
        self.objects.get(&normalize_id(id))
    }

    /// The object as a read sees it, which may be delayed.
    pub(crate) fn visible(&self, id: &str, now: Instant) -> Option<&Value> {
        match self.stale_reads.get(&normalize_id(id)) {
            Some(stale) if now < stale.until => stale.object.as_ref(),
            _ => self.get(id),
        }
    }

    /// Adds or replaces an object, with its `id`.
    pub(crate) fn put(&mut self, id: &str, mut object: Value) {
        if object.get("id").is_none() && object.is_object() {
            object["id"] = json!(id);
        }
        self.objects.insert(normalize_id(id), object);
    }

    /// See [`merge`]. Does nothing when there is no such object.
    pub(crate) fn merge(&mut self, id: &str, over: &Value) {
        if let Some(object) = self.objects.get_mut(&normalize_id(id)) {
            merge(object, over);
        }
    }

    /// Removes an object with everything below it, and ends its operations.
    pub(crate) fn remove(&mut self, id: &str) {
        let (id_key, below) = (normalize_id(id), format!("{}/", normalize_id(id)));
        self.objects.retain(|it, _| *it != id_key && !it.starts_with(&below));
        for operation in self.operations.values_mut().filter(|it| it.target == id_key) {
            if operation.status == Status::Running && operation.success == Outcome::Remove {
                operation.status = Status::Succeeded;
            }
        }
        self.operations.retain(|_, it| it.target != id_key || it.status != Status::Running);
    }

    /// The objects of a type below an ID as reads see them, ordered by ID.
    pub(crate) fn list(&self, id: &str, types: &str, now: Instant) -> Vec<&Value> {
        let prefix = format!("{}/", normalize_id(id));
        let stored = below(&self.objects, &prefix).map(|(id, _)| id);
        let stale = below(&self.stale_reads, &prefix).map(|(id, _)| id);
        let ids: BTreeSet<_> = stored.chain(stale).collect();
        let seen = ids.into_iter().filter_map(|id| self.visible(id, now));
        seen.filter(|it| has_type(it, types)).collect()
    }

    /// The objects of a type below an ID as they are.
    pub(crate) fn descendants<'a>(
        &'a self, id: &str, types: &'a str,
    ) -> impl Iterator<Item = &'a Value> {
        let all = below(&self.objects, &format!("{}/", normalize_id(id)));
        all.map(|(_, object)| object).filter(move |it| has_type(it, types))
    }

    /// All objects by their `id`.
    pub(crate) fn objects(&self) -> Value {
        self.each_object().map(|(id, object)| (id.to_owned(), object.clone())).collect()
    }

    /// Each object after its `id`.
    pub(crate) fn each_object(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.objects
            .iter()
            .map(|(id_key, object)| (object["id"].as_str().unwrap_or(id_key), object))
    }

    /// The operations, those that have ended too.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    pub(crate) fn running_operation(&self, id: &str) -> Option<&Operation> {
        let id_key = normalize_id(id);
        let mut all = self.operations.values();
        all.find(|it| it.status == Status::Running && it.target == id_key)
    }

    pub(crate) fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(&name.to_ascii_lowercase())
    }

    pub(crate) fn start(&mut self, mut operation: Operation) {
        operation.target = normalize_id(&operation.target);
        self.started.push(operation.name.clone());
        self.operations.insert(operation.name.clone(), operation);
    }

    /// The operations that were started since the last call, each with its object.
    pub(crate) fn take_started(&mut self) -> Vec<(Operation, Value)> {
        let names = std::mem::take(&mut self.started).into_iter();
        let operations = names.filter_map(|name| self.operation(&name).cloned());
        let running: Vec<_> = operations.filter(|it| it.status == Status::Running).collect();
        running
            .into_iter()
            .filter_map(|it| self.get(&it.target).cloned().map(|object| (it, object)))
            .collect()
    }

    /// Until then, reads see the object as it was before.
    pub(crate) fn delay_reads(&mut self, id: &str, before: Option<Value>, until: Instant) {
        self.stale_reads.insert(normalize_id(id), StaleRead { until, object: before });
    }

    /// Ends every operation, also those that would never end.
    pub(crate) fn end_operations(&mut self, now: Instant) {
        let running = self.operations.values_mut().filter(|it| it.status == Status::Running);
        running.for_each(|operation| operation.ends_at = Some(now));
        self.advance_to(now);
    }

    /// Applies everything that is due by now.
    pub(crate) fn advance_to(&mut self, now: Instant) {
        self.stale_reads.retain(|_, stale| now < stale.until);
        let running = self.operations.values_mut().filter(|it| it.status == Status::Running);
        let due: Vec<_> =
            running.filter_map(|it| Some((it.target.clone(), it.due_outcome(now)?))).collect();
        for (target, ending) in due {
            match ending {
                Outcome::Merge(over) => self.merge(&target, &over),
                Outcome::Remove => self.remove(&target),
            }
        }
    }

    /// The content of the state file.
    pub(crate) fn save(&self, now: Instant) -> Value {
        let operations: Vec<_> = self.operations.values().map(|it| it.save(now)).collect();
        json!({"objects": self.objects(), "operations": operations})
    }

    pub(crate) fn load(saved: &Value, now: Instant) -> Self {
        let none = Map::new();
        let mut store = Self::default();
        for (id, object) in saved["objects"].as_object().unwrap_or(&none) {
            store.put(id, object.clone());
        }
        let operations = saved["operations"].as_array().map(Vec::as_slice).unwrap_or_default();
        for operation in operations {
            store.start(Operation::load(operation, now));
        }
        store
    }
}

impl Operation {
    /// The change of the object that is due by now.
    fn due_outcome(&mut self, now: Instant) -> Option<Outcome> {
        let ends_at = self.ends_at?;
        let half = self.started_at + ends_at.duration_since(self.started_at) / 2;
        if now < half {
            return None;
        }
        let halfway_change = std::mem::replace(&mut self.halfway_change, json!({}));
        if now < ends_at {
            return Some(Outcome::Merge(halfway_change));
        }
        if self.failure.is_some() {
            self.status = Status::Failed;
            return Some(Outcome::Merge(self.failed.clone()));
        }
        self.status = Status::Succeeded;
        Some(match &self.success {
            Outcome::Remove => Outcome::Remove,
            Outcome::Merge(over) => {
                let mut both = halfway_change;
                merge(&mut both, over);
                Outcome::Merge(both)
            }
        })
    }

    fn save(&self, now: Instant) -> Value {
        let left = self.ends_at.map(|ends_at| ends_at.saturating_duration_since(now).as_secs_f64());
        json!({
            "name": self.name,
            "target": self.target,
            "verb": self.running_status,
            "polled": self.poll_urls,
            "secondsLeft": left,
            "status": match self.status {
                Status::Running => "Running",
                Status::Succeeded => state::SUCCEEDED,
                Status::Failed => state::FAILED,
            },
            "midway": self.halfway_change,
            "success": match &self.success {
                Outcome::Merge(over) => over.clone(),
                Outcome::Remove => Value::Null,
            },
            "failed": self.failed,
            "failure": self.failure,
        })
    }

    fn load(saved: &Value, now: Instant) -> Self {
        let text = |name: &str| saved[name].as_str().unwrap_or_default().to_owned();
        let left =
            saved["secondsLeft"].as_f64().and_then(|it| Duration::try_from_secs_f64(it).ok());
        Self {
            name: text("name"),
            target: text("target"),
            running_status: RUNNING_STATUSES
                .into_iter()
                .find(|running_status| *running_status == saved["verb"])
                .unwrap_or_default(),
            poll_urls: serde_json::from_value(saved["polled"].clone()).unwrap_or_default(),
            started_at: now,
            ends_at: left.map(|left| now + left),
            status: match saved["status"].as_str() {
                Some(state::SUCCEEDED) => Status::Succeeded,
                Some(state::FAILED) => Status::Failed,
                _ => Status::Running,
            },
            halfway_change: saved["midway"].clone(),
            success: match &saved["success"] {
                Value::Null => Outcome::Remove,
                over => Outcome::Merge(over.clone()),
            },
            failed: saved["failed"].clone(),
            failure: serde_json::from_value(saved["failure"].clone()).unwrap_or_default(),
        }
    }
}

pub(crate) const RUNNING_STATUSES: [&str; 5] =
    [state::CREATING, state::UPDATING, state::DELETING, "Registering", "InProgress"];

fn has_type(object: &Value, types: &str) -> bool {
    object["type"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(types))
}

/// The entries whose keys begin with `prefix`.
fn below<'a, V>(
    map: &'a BTreeMap<String, V>, prefix: &str,
) -> impl Iterator<Item = (&'a String, &'a V)> + use<'a, V> {
    let prefix = prefix.to_owned();
    map.range(prefix.clone()..).take_while(move |(id, _)| id.starts_with(&prefix))
}

/// Lower case, without a slash at the end.
pub(crate) fn normalize_id(id: &str) -> String {
    id.trim_end_matches('/').to_ascii_lowercase()
}

/// Merges objects member by member; any other value, null too, replaces the old one.
pub(crate) fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                merge(base.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}
