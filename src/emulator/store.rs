//! Everything that exists: objects by ARM ID, operations under way, and what lagging reads see.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::faults::Failure;

/// The objects and operations of one emulator. IDs are compared without regard to case.
#[derive(Debug, Default)]
pub(crate) struct Store {
    objects: BTreeMap<String, Value>,
    operations: BTreeMap<String, Operation>,
    shadows: BTreeMap<String, Shadow>,
}

/// A long-running operation on one object.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// Its GUID.
    pub(crate) name: String,
    /// The object it works on.
    pub(crate) target: String,
    /// Its status word while it runs.
    pub(crate) verb: &'static str,
    /// Path and query under which it may be polled, byte for byte as given out.
    pub(crate) polled: Vec<String>,
    pub(crate) began: Instant,
    /// `None`: it never ends.
    pub(crate) ends: Option<Instant>,
    pub(crate) status: Status,
    /// Laid over the object once half of the time has passed.
    pub(crate) midway: Value,
    /// What success does to the object.
    pub(crate) success: Ending,
    /// Laid over the object if the operation fails.
    pub(crate) failed: Value,
    /// Why it will fail; `None`: it will succeed.
    pub(crate) failure: Option<Failure>,
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Succeeded,
    Failed,
}

/// What a successful operation does to its object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    /// Lay this over it.
    Merge(Value),
    /// Remove it with everything below it.
    Remove,
}

/// An older state of an object that reads still get.
#[derive(Debug)]
struct Shadow {
    until: Instant,
    object: Option<Value>,
}

impl Store {
    /// The object as it is.
    pub(crate) fn get(&self, id: &str) -> Option<&Value> {
        self.objects.get(&key(id))
    }

    /// The object as a read sees it.
    pub(crate) fn seen(&self, id: &str, now: Instant) -> Option<&Value> {
        match self.shadows.get(&key(id)) {
            Some(shadow) if now < shadow.until => shadow.object.as_ref(),
            _ => self.get(id),
        }
    }

    /// Puts an object in place and completes its `id`.
    pub(crate) fn put(&mut self, id: &str, mut object: Value) {
        if object.get("id").is_none() && object.is_object() {
            object["id"] = json!(id);
        }
        self.objects.insert(key(id), object);
    }

    /// Lays a value over an object, maps deeply; nothing happens when it is gone.
    pub(crate) fn merge(&mut self, id: &str, over: &Value) {
        if let Some(object) = self.objects.get_mut(&key(id)) {
            merge(object, over);
        }
    }

    /// Removes an object and everything below it.
    pub(crate) fn remove(&mut self, id: &str) {
        let (key, below) = (key(id), format!("{}/", key(id)));
        self.objects.retain(|it, _| *it != key && !it.starts_with(&below));
        for operation in self.operations.values_mut().filter(|it| it.target == key) {
            if operation.status == Status::Running && operation.success == Ending::Remove {
                operation.status = Status::Succeeded;
            }
        }
        self.operations.retain(|_, it| it.target != key || it.status != Status::Running);
    }

    /// What reads see below an ID that is of this type, in the order of IDs.
    pub(crate) fn list(&self, below: &str, types: &str, now: Instant) -> Vec<&Value> {
        let prefix = format!("{}/", key(below));
        let mut ids: Vec<_> = self.objects.keys().chain(self.shadows.keys()).collect();
        ids.sort_unstable();
        ids.dedup();
        let seen = ids.into_iter().filter(|id| id.starts_with(&prefix));
        let seen = seen.filter_map(|id| self.seen(id, now));
        seen.filter(|it| is_of(it, types)).collect()
    }

    /// What there truly is below an ID that is of this type.
    pub(crate) fn below<'a>(&'a self, id: &str, types: &'a str) -> impl Iterator<Item = &'a Value> {
        let prefix = format!("{}/", key(id));
        let all = self.objects.iter().filter(move |(id, _)| id.starts_with(&prefix));
        all.map(|(_, object)| object).filter(move |it| is_of(it, types))
    }

    /// All objects by the ID they carry.
    pub(crate) fn objects(&self) -> Value {
        let name = |key: &String, object: &Value| {
            object["id"].as_str().map_or_else(|| key.clone(), str::to_owned)
        };
        self.objects.iter().map(|(key, object)| (name(key, object), object.clone())).collect()
    }

    /// The operation that runs on an object.
    pub(crate) fn running(&self, id: &str) -> Option<&Operation> {
        let key = key(id);
        let mut all = self.operations.values();
        all.find(|it| it.status == Status::Running && it.target == key)
    }

    pub(crate) fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(&name.to_ascii_lowercase())
    }

    pub(crate) fn begin(&mut self, mut operation: Operation) {
        operation.target = key(&operation.target);
        self.operations.insert(operation.name.clone(), operation);
    }

    /// From now until then, reads see an object as it was before.
    pub(crate) fn lag(&mut self, id: &str, before: Option<Value>, until: Instant) {
        self.shadows.insert(key(id), Shadow { until, object: before });
    }

    /// Ends every operation that runs, those that would never end of themselves too.
    pub(crate) fn end(&mut self, now: Instant) {
        let running = self.operations.values_mut().filter(|it| it.status == Status::Running);
        running.for_each(|operation| operation.ends = Some(now));
        self.settle(now);
    }

    /// Ends what is due.
    pub(crate) fn settle(&mut self, now: Instant) {
        self.shadows.retain(|_, shadow| now < shadow.until);
        let running = self.operations.values_mut().filter(|it| it.status == Status::Running);
        let due: Vec<_> =
            running.filter_map(|it| Some((it.target.clone(), it.advance(now)?))).collect();
        for (target, ending) in due {
            match ending {
                Ending::Merge(over) => self.merge(&target, &over),
                Ending::Remove => self.remove(&target),
            }
        }
    }

    /// Everything that outlives a restart.
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
            store.begin(Operation::load(operation, now));
        }
        store
    }
}

impl Operation {
    /// What has become due for the object.
    fn advance(&mut self, now: Instant) -> Option<Ending> {
        let ends = self.ends?;
        let half = self.began + ends.duration_since(self.began) / 2;
        if now < half {
            return None;
        }
        let midway = std::mem::replace(&mut self.midway, json!({}));
        if now < ends {
            return Some(Ending::Merge(midway));
        }
        if self.failure.is_some() {
            self.status = Status::Failed;
            return Some(Ending::Merge(self.failed.clone()));
        }
        self.status = Status::Succeeded;
        Some(match &self.success {
            Ending::Remove => Ending::Remove,
            Ending::Merge(over) => {
                let mut both = midway;
                merge(&mut both, over);
                Ending::Merge(both)
            }
        })
    }

    fn save(&self, now: Instant) -> Value {
        let left = self.ends.map(|ends| ends.saturating_duration_since(now).as_secs_f64());
        json!({
            "name": self.name,
            "target": self.target,
            "verb": self.verb,
            "polled": self.polled,
            "secondsLeft": left,
            "status": match self.status {
                Status::Running => "Running",
                Status::Succeeded => "Succeeded",
                Status::Failed => "Failed",
            },
            "midway": self.midway,
            "success": match &self.success {
                Ending::Merge(over) => over.clone(),
                Ending::Remove => Value::Null,
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
            verb: VERBS.into_iter().find(|verb| *verb == saved["verb"]).unwrap_or_default(),
            polled: serde_json::from_value(saved["polled"].clone()).unwrap_or_default(),
            began: now,
            ends: left.map(|left| now + left),
            status: match saved["status"].as_str() {
                Some("Succeeded") => Status::Succeeded,
                Some("Failed") => Status::Failed,
                _ => Status::Running,
            },
            midway: saved["midway"].clone(),
            success: match &saved["success"] {
                Value::Null => Ending::Remove,
                over => Ending::Merge(over.clone()),
            },
            failed: saved["failed"].clone(),
            failure: serde_json::from_value(saved["failure"].clone()).unwrap_or_default(),
        }
    }
}

/// The status words of running operations.
pub(crate) const VERBS: [&str; 5] =
    ["Creating", "Updating", "Deleting", "Registering", "InProgress"];

fn is_of(object: &Value, types: &str) -> bool {
    object["type"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(types))
}

/// The form of an ID in which two casings of it are one.
pub(crate) fn key(id: &str) -> String {
    id.trim_end_matches('/').to_ascii_lowercase()
}

/// Lays `over` over `base`: maps deeply, anything else (null too) as a whole.
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
