//! Who manages which fields of an object: `metadata.managedFields` of server-side apply.

use serde_json::{Map, Value, json};

/// The entries of `metadata.managedFields`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ManagedFields(Vec<Value>);

impl ManagedFields {
    /// Those of an object.
    pub fn of(object: &Value) -> ManagedFields {
        let entries = object["metadata"]["managedFields"].as_array();
        ManagedFields(entries.cloned().unwrap_or_default())
    }

    /// All managers; one may have several entries.
    pub(super) fn managers(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|entry| entry["manager"].as_str().unwrap_or_default())
    }

    /// The managers of the field that these names lead to, each once, in their order.
    pub fn managers_of(&self, segments: &[&str]) -> Vec<&str> {
        let mut managers: Vec<&str> = Vec::new();
        for entry in self.0.iter().filter(|entry| self.manages(entry, segments)) {
            let manager = entry["manager"].as_str().unwrap_or_default();
            if !managers.contains(&manager) {
                managers.push(manager);
            }
        }
        managers
    }

    /// Whether a map is managed as a whole: whoever applies one key drops the keys of others.
    pub fn is_atomic(&self, segments: &[&str]) -> bool {
        let nodes = || self.0.iter().filter_map(|entry| node(&entry["fieldsV1"], segments));
        nodes().next().is_some() && nodes().all(Map::is_empty)
    }

    fn manages(&self, entry: &Value, segments: &[&str]) -> bool {
        if let Some(node) = node(&entry["fieldsV1"], segments) {
            return node.is_empty() || node.contains_key(".");
        }
        let above = (1..segments.len()).map(|length| &segments[..length]);
        let mut above = above.filter(|above| self.is_atomic(above));
        above.any(|above| node(&entry["fieldsV1"], above).is_some())
    }

    /// The entries with what `predecessors` manage below `spec` moved to an entry of `manager`, and with
    /// what `manager` has created moved to what it applies: an apply conflicts with either. `None`: there
    /// is nothing of that.
    ///
    /// Their labels and annotations stay theirs, since a manager that applies without them would remove
    /// them.
    pub fn handed_over(&self, manager: &str, predecessors: &[&str]) -> Option<Vec<Value>> {
        let (mut moved, mut api_version) = (Vec::new(), Value::Null);
        let mut entries = Vec::new();
        for entry in &self.0 {
            let mut entry = entry.clone();
            if (is_one_of(&entry, predecessors) || is_created_by(&entry, manager))
                && let Some(fields) = entry["fieldsV1"].as_object_mut()
                && let Some(spec) = fields.remove(SPEC)
            {
                let is_left = !fields.is_empty();
                moved.push(spec);
                api_version = entry["apiVersion"].clone();
                if !is_left {
                    continue;
                }
            }
            entries.push(entry);
        }
        if moved.is_empty() {
            return None;
        }
        let own = entries.iter().position(|entry| is_applied_by(entry, manager));
        let own = own.unwrap_or_else(|| {
            entries.push(empty_entry(manager, &api_version));
            entries.len() - 1
        });
        for spec in moved {
            unite(&mut entries[own]["fieldsV1"], &json!({ SPEC: spec }));
        }
        Some(entries)
    }
}

const SPEC: &str = "f:spec";

fn empty_entry(manager: &str, api_version: &Value) -> Value {
    json!({
        "manager": manager,
        "operation": "Apply",
        "apiVersion": api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": {},
    })
}

fn is_one_of(entry: &Value, managers: &[&str]) -> bool {
    is_of_the_object(entry) && entry["manager"].as_str().is_some_and(|it| managers.contains(&it))
}

fn is_applied_by(entry: &Value, manager: &str) -> bool {
    is_of_the_object(entry) && entry["manager"] == manager && entry["operation"] == "Apply"
}

fn is_created_by(entry: &Value, manager: &str) -> bool {
    is_of_the_object(entry) && entry["manager"] == manager && entry["operation"] == "Update"
}

/// Not of a subresource such as `status`.
fn is_of_the_object(entry: &Value) -> bool {
    entry["subresource"].as_str().is_none_or(str::is_empty)
}

/// The set of fields below the field that these names lead to. `None`: it is not in the set.
fn node<'a>(fields: &'a Value, segments: &[&str]) -> Option<&'a Map<String, Value>> {
    let step = |at: &'a Value, name: &&str| at.get(format!("f:{name}"));
    segments.iter().try_fold(fields, step)?.as_object()
}

/// Adds a set of fields to another. What is no set is none.
fn unite(fields: &mut Value, more: &Value) {
    let Some(more) = more.as_object() else { return };
    if !fields.is_object() {
        *fields = json!({});
    }
    for (name, below) in more {
        unite(&mut fields[name.as_str()], below);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ManagedFields;

    #[test]
    fn the_managers_of_a_field_are_named() {
        let granular = managed(&[
            entry("kubectl", "Update", &json!({ "f:nodeSelector": { ".": {}, "f:a.b/c": {} } })),
            entry("ours", "Apply", &json!({ "f:nodeSelector": { "f:a.b/c": {}, "f:d": {} } })),
        ]);
        let atomic = managed(&[entry("kubectl", "Apply", &json!({ "f:nodeSelector": {} }))]);
        for (managed, segments, expected) in [
            (&granular, vec!["spec", "nodeSelector", "a.b/c"], vec!["kubectl", "ours"]),
            (&granular, vec!["spec", "nodeSelector", "d"], vec!["ours"]),
            (&granular, vec!["spec", "nodeSelector", "e"], vec![]),
            (&granular, vec!["spec", "nodeSelector"], vec!["kubectl"]),
            (&atomic, vec!["spec", "nodeSelector", "any"], vec!["kubectl"]),
            (&atomic, vec!["spec", "resources", "limits", "cpu"], vec![]),
        ] {
            assert_eq!(managed.managers_of(&segments), expected, "{segments:?}");
        }
        assert!(atomic.is_atomic(&["spec", "nodeSelector"]));
        assert!(!granular.is_atomic(&["spec", "nodeSelector"]));
        assert!(!granular.is_atomic(&["spec", "resources"]));
    }

    #[test]
    fn the_fields_of_a_predecessor_change_hands_and_its_labels_do_not() {
        let mut terraform =
            entry("Terraform", "Apply", &json!({ "f:nodeSelector": { "f:a": {} } }));
        terraform["fieldsV1"]["f:metadata"] = json!({ "f:labels": { "f:team": {} } });
        let kubectl = entry("kubectl", "Update", &json!({ "f:resources": { "f:limits": {} } }));
        let other = entry("other", "Apply", &json!({ "f:nodeSelector": { "f:z": {} } }));
        let managed = managed(&[terraform, kubectl, other.clone()]);
        let entries = managed.handed_over("ours", &["Terraform", "kubectl"]).unwrap();
        let left = json!({ "f:metadata": { "f:labels": { "f:team": {} } } });
        assert_eq!(entries[0]["fieldsV1"], left);
        assert_eq!(entries[1], other);
        let united = json!({ "f:nodeSelector": { "f:a": {} }, "f:resources": { "f:limits": {} } });
        assert_eq!(entries[2], entry("ours", "Apply", &united));
        assert_eq!(entries.len(), 3);
    }

    #[test]
    fn an_entry_that_is_there_takes_the_fields_up() {
        let ours = entry("ours", "Apply", &json!({ "f:nodeSelector": { "f:a": {} } }));
        let theirs =
            entry("kubectl", "Update", &json!({ "f:nodeSelector": { ".": {}, "f:b": {} } }));
        let entries = managed(&[ours, theirs]).handed_over("ours", &["kubectl"]).unwrap();
        let united = json!({ "f:nodeSelector": { "f:a": {}, ".": {}, "f:b": {} } });
        assert_eq!(entries, [entry("ours", "Apply", &united)]);
    }

    #[test]
    fn nothing_changes_hands_where_a_predecessor_manages_nothing() {
        let mut status = entry("kubectl", "Update", &json!({ "f:a": {} }));
        status["subresource"] = json!("status");
        let other = entry("other", "Apply", &json!({ "f:a": {} }));
        let metadata = json!({
            "manager": "kubectl", "operation": "Update", "fieldsV1": { "f:metadata": {} } });
        for entries in [vec![], vec![status], vec![other], vec![metadata]] {
            assert_eq!(managed(&entries).handed_over("ours", &["kubectl"]), None, "{entries:?}");
        }
    }

    #[test]
    fn entries_of_no_known_form_are_passed_over() {
        let theirs = entry("kubectl", "Update", &json!({ "f:a": {} }));
        for odd in [json!("x"), json!(7), json!([]), json!({ "f:spec": "x" }), json!(null)] {
            let mut ours = entry("ours", "Apply", &json!({}));
            ours["fieldsV1"] = odd.clone();
            let managed = managed(&[ours, theirs.clone(), odd.clone()]);
            assert_eq!(managed.managers_of(&["spec", "a"]), ["kubectl"], "{odd}");
            let entries = managed.handed_over("ours", &["kubectl"]).unwrap();
            assert_eq!(entries[0]["fieldsV1"]["f:spec"], json!({ "f:a": {} }), "{odd}");
        }
    }

    fn entry(manager: &str, operation: &str, spec: &Value) -> Value {
        json!({
            "manager": manager,
            "operation": operation,
            "apiVersion": "amlarc.azureml.com/v1alpha1",
            "fieldsType": "FieldsV1",
            "fieldsV1": { "f:spec": spec },
        })
    }

    fn managed(entries: &[Value]) -> ManagedFields {
        ManagedFields::of(&json!({ "metadata": { "managedFields": entries } }))
    }
}
