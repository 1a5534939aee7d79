//! One plan, as its exit code, its JSON and its text tell it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::cli::Ran;

/// A plan of a real program. Only what a test asks for is read: each `show` starts the program again.
pub(crate) struct Planned {
    ran: Ran,
    show: Box<dyn Fn(&str) -> String>,
    changes: OnceCell<BTreeMap<String, Value>>,
    text: OnceCell<String>,
}

impl Planned {
    /// `show` gives what the program shows of the plan with an option; nothing of a plan that failed.
    pub(super) fn new(ran: Ran, show: impl Fn(&str) -> String + 'static) -> Self {
        let (changes, text) = (OnceCell::new(), OnceCell::new());
        Self { ran, show: Box::new(show), changes, text }
    }

    /// What the command reported besides the plan.
    pub(crate) fn ran(&self) -> &Ran {
        &self.ran
    }

    /// The plan as a person reads it.
    pub(crate) fn text(&self) -> &str {
        self.text.get_or_init(|| (self.show)("-no-color"))
    }

    /// That nothing changes: no resource, no output.
    #[track_caller]
    pub(crate) fn plans_nothing(&self) -> &Self {
        let code = self.ran.code();
        assert_eq!(code, Some(0), "the plan should be empty\n{}\n{}", self.ran, self.text());
        self
    }

    /// That `address` is planned for `action` (`create`, `update`, `delete`, `no-op`, or `replace`).
    #[track_caller]
    pub(crate) fn plans(&self, action: &str, address: &str) -> &Self {
        if self.reported(address).is_some_and(|reported| reported == action) {
            return self;
        }
        let actions = self.change(address)["actions"].as_array().cloned().unwrap_or_default();
        let names: Vec<_> = actions.iter().filter_map(Value::as_str).collect();
        let planned = if names.len() == 2 { "replace" } else { names[0] };
        assert_eq!(planned, action, "{address}\n{}", self.text());
        self
    }

    /// The action that the command itself reported; it does not report everything.
    fn reported(&self, address: &str) -> Option<String> {
        let mut changes = self.ran.messages().filter(|line| line["type"] == "planned_change");
        let change = changes.find(|line| line["change"]["resource"]["addr"] == address)?;
        change["change"]["action"].as_str().map(str::to_owned)
    }

    /// That exactly these attributes of `address` get other known values, by path: `tags.team`.
    #[track_caller]
    pub(crate) fn changes_only(&self, address: &str, paths: &[&str]) -> &Self {
        let changed = self.changed(address);
        let wanted = paths.iter().map(|&path| path.to_owned()).collect();
        assert_eq!(changed, wanted, "what changes in {address}\n{}", self.text());
        self
    }

    /// That only these attributes of `address` change, with everything inside them.
    #[track_caller]
    pub(crate) fn changes_within(&self, address: &str, attributes: &[&str]) -> &Self {
        let outside = |path: &String| {
            let root = path.split('.').next().unwrap_or_default();
            !attributes.contains(&root)
        };
        let others: Vec<_> = self.changed(address).into_iter().filter(outside).collect();
        assert!(others.is_empty(), "{others:?} of {address} change too\n{}", self.text());
        self
    }

    /// The paths at which an attribute gets another value, one that is not known yet included.
    fn changed(&self, address: &str) -> BTreeSet<String> {
        let change = self.change(address);
        let (before, after) = (leaves(&change["before"]), leaves(&change["after"]));
        let unknown = leaves(&change["after_unknown"]);
        let all: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
        let is_unknown = |path: &str| {
            unknown.iter().any(|(at, flag)| {
                *flag == &Value::Bool(true) && (path == at || path.starts_with(&format!("{at}.")))
            })
        };
        let known =
            all.into_iter().filter(|path| before.get(path) != after.get(path) && !is_unknown(path));
        let open = unknown.iter().filter(|(_, flag)| **flag == &Value::Bool(true));
        known.chain(open.map(|(path, _)| path.clone())).collect()
    }

    #[track_caller]
    fn change(&self, address: &str) -> &Value {
        match self.changes().get(address) {
            Some(change) => change,
            None => panic!("{address} is not in the plan\n{}\n{}", self.ran, self.text()),
        }
    }

    fn changes(&self) -> &BTreeMap<String, Value> {
        self.changes.get_or_init(|| {
            let json: Value = serde_json::from_str(&(self.show)("-json")).unwrap_or_default();
            let changes = json["resource_changes"].as_array().into_iter().flatten();
            let address =
                |change: &Value| change["address"].as_str().unwrap_or_default().to_owned();
            changes.map(|change| (address(change), change["change"].clone())).collect()
        })
    }
}

/// Every value that is neither null nor a container, by its path.
fn leaves(value: &Value) -> BTreeMap<String, &Value> {
    let mut found = BTreeMap::new();
    collect(String::new(), value, &mut found);
    found
}

fn collect<'a>(path: String, value: &'a Value, found: &mut BTreeMap<String, &'a Value>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Null => {}
        Value::Object(map) => map.iter().for_each(|(key, value)| collect(below(key), value, found)),
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(index, value)| collect(below(&index.to_string()), value, found));
        }
        leaf => {
            found.insert(path, leaf);
        }
    }
}

#[test]
fn what_is_not_known_yet_counts_as_changed() {
    let json = serde_json::json!({"resource_changes": [{"address": "a.b", "change": {
        "actions": ["update"],
        "before": {"kept": "1", "moved": {"deep": "1", "same": "2"}, "gone": "x", "later": {"deep": "1"}},
        "after": {"kept": "1", "moved": {"deep": "3", "same": "2"}, "gone": null},
        "after_unknown": {"later": true},
    }}]});
    let planned = Planned::new(Ran::for_test(2), move |_| json.to_string());
    planned.plans("update", "a.b").changes_only("a.b", &["moved.deep", "gone", "later"]);
}
