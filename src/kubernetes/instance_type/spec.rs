//! The `spec` of an instance type on the wire, and back.
//!
//! Amounts of CPU and memory are texts, those of devices whole numbers that stand in the limits only.

use std::collections::BTreeMap;

use aml::instance_type::custom_resource::{API_VERSION, KIND, cluster_form};
use aml::instance_type::is_extended;
use aml::{Amounts, InstanceType, Labels, Quantity, Resources};
use serde_json::{Map, Value, json};

use super::field::Field;

/// What an object's `spec` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    /// The instance type.
    pub instance_type: InstanceType,
    /// Fields that an instance type does not have, or that are of another kind than it has, as
    /// `spec.tolerations`: whoever reads it should know that they are there.
    pub other_fields: Vec<String>,
}

/// The object that declares an instance type, for server-side apply.
///
/// Server-side apply compares texts, so that `1` conflicts with `1000m`: where `live` means the same,
/// its own text is sent.
pub(super) fn object(name: &str, declared: &InstanceType, live: Option<&Value>) -> Value {
    json!({
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": { "name": name },
        "spec": spec(&cluster_form(declared), live),
    })
}

fn spec(declared: &InstanceType, live: Option<&Value>) -> Value {
    let mut spec = Map::new();
    if let Some(labels) = &declared.node_selector {
        let labels = labels.iter().map(|(key, value)| (key.to_owned(), Value::from(value)));
        spec.insert("nodeSelector".to_owned(), Value::Object(labels.collect()));
    }
    if let Some(Resources { requests, limits }) = &declared.resources {
        let mut resources = Map::new();
        let mut write = |side: &str, amounts: Option<&Amounts>, field: fn(String) -> Field| {
            let Some(amounts) = amounts else { return };
            let of = |(resource, text): (&str, &str)| {
                let there = live.and_then(|live| live_value(live, &field(resource.to_owned())));
                (resource.to_owned(), amount(resource, text, there))
            };
            resources.insert(side.to_owned(), Value::Object(amounts.iter().map(of).collect()));
        };
        write("requests", requests.as_ref(), Field::Request);
        write("limits", limits.as_ref(), Field::Limit);
        spec.insert("resources".to_owned(), Value::Object(resources));
    }
    Value::Object(spec)
}

/// The value of a field in an object, unless there is none.
pub(super) fn live_value<'a>(object: &'a Value, field: &Field) -> Option<&'a Value> {
    let found = field.segments().into_iter().try_fold(object, |at, name| at.get(name))?;
    Some(found).filter(|value| !value.is_null())
}

/// An amount as it is sent: the live value where it means the same.
fn amount(resource: &str, text: &str, live: Option<&Value>) -> Value {
    let quantity = text.parse::<Quantity>().ok();
    if let (Some(live), Some(quantity)) = (live, &quantity)
        && text_of(live).and_then(|text| text.parse().ok()).as_ref() == Some(quantity)
    {
        return live.clone();
    }
    let whole = quantity.filter(|_| is_extended(resource)).and_then(|amount| amount.whole());
    match whole.and_then(|whole| i64::try_from(whole).ok()) {
        Some(whole) => Value::from(whole),
        None => Value::from(text),
    }
}

/// A text, or a number as a text. `None`: it is neither.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Reads the `spec` of an object, whoever wrote it.
pub(super) fn read(object: &Value) -> Spec {
    let mut reader = Reader::default();
    let mut instance_type = InstanceType::default();
    for (name, value) in reader.fields(&object["spec"], "spec") {
        match name {
            "nodeSelector" => {
                let labels = reader.texts(value, "spec.nodeSelector");
                instance_type.node_selector = labels.map(Labels::from_iter);
            }
            "resources" => instance_type.resources = reader.resources(value),
            _ => reader.other(&format!("spec.{name}"), value),
        }
    }
    Spec { instance_type: cluster_form(&instance_type), other_fields: reader.other_fields }
}

#[derive(Default)]
struct Reader {
    other_fields: Vec<String>,
}

impl Reader {
    fn resources(&mut self, value: &Value) -> Option<Resources> {
        let mut resources = Resources::default();
        for (name, value) in self.fields(value, "spec.resources") {
            let at = format!("spec.resources.{name}");
            let side = match name {
                "requests" => &mut resources.requests,
                "limits" => &mut resources.limits,
                _ => {
                    self.other(&at, value);
                    continue;
                }
            };
            *side = self.texts(value, &at).map(Amounts::from_iter);
        }
        (!value.is_null()).then_some(resources)
    }

    /// The fields of an object; of anything else none.
    fn fields<'a>(&mut self, value: &'a Value, at: &str) -> Vec<(&'a str, &'a Value)> {
        let Value::Object(fields) = value else {
            self.other(at, value);
            return Vec::new();
        };
        fields.iter().map(|(name, value)| (name.as_str(), value)).collect()
    }

    /// A map of texts, in which null is absent. `None`: it is null or no map.
    fn texts(&mut self, value: &Value, at: &str) -> Option<BTreeMap<String, String>> {
        let entries = self.fields(value, at);
        let mut texts = BTreeMap::new();
        for (key, value) in entries {
            match text_of(value) {
                Some(text) => _ = texts.insert(key.to_owned(), text),
                None => self.other(&format!("{at}.{key}"), value),
            }
        }
        value.is_object().then_some(texts)
    }

    /// Notes a field that is not understood. Null says nothing.
    fn other(&mut self, at: &str, value: &Value) {
        if !value.is_null() {
            self.other_fields.push(at.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use aml::InstanceType;
    use serde_json::{Value, json};

    use super::{object, read};

    #[test]
    fn an_object_has_texts_for_amounts_and_whole_numbers_for_devices() {
        let declared = instance_type(&json!({
            "node_selector": { "pool": "gpu", "gone": null },
            "resources": {
                "requests": { "cpu": "500m", "memory": "4Gi", "nvidia.com/gpu": "2" },
                "limits": { "cpu": "1", "memory": "4Gi", "nvidia.com/gpu": "2", "amd.com/gpu": "0" },
            },
        }));
        let expected = json!({
            "apiVersion": "amlarc.azureml.com/v1alpha1",
            "kind": "InstanceType",
            "metadata": { "name": "gpu" },
            "spec": {
                "nodeSelector": { "pool": "gpu" },
                "resources": {
                    "requests": { "cpu": "500m", "memory": "4Gi" },
                    "limits": { "cpu": "1", "memory": "4Gi", "nvidia.com/gpu": 2 },
                },
            },
        });
        assert_eq!(object("gpu", &declared, None), expected);
    }

    #[test]
    fn what_is_not_written_is_not_sent() {
        for (declared, spec) in [
            (json!({}), json!({})),
            (json!({ "node_selector": {} }), json!({ "nodeSelector": {} })),
            (
                json!({ "resources": { "limits": { "nvidia.com/gpu": "0" } } }),
                json!({ "resources": { "limits": {} } }),
            ),
        ] {
            assert_eq!(object("a", &instance_type(&declared), None)["spec"], spec, "{declared}");
        }
    }

    #[test]
    fn the_text_of_the_live_object_is_sent_where_it_means_the_same() {
        for (resource, live, written, sent) in [
            ("cpu", json!("1"), "1000m", json!("1")),
            ("cpu", json!(1), "1000m", json!(1)),
            ("memory", json!("16384Mi"), "16Gi", json!("16384Mi")),
            ("memory", json!("8Gi"), "16Gi", json!("16Gi")),
            ("cpu", json!(null), "1", json!("1")),
            ("cpu", json!({}), "1", json!("1")),
            ("nvidia.com/gpu", json!("2"), "2", json!("2")),
            ("nvidia.com/gpu", json!(2), "2", json!(2)),
            ("nvidia.com/gpu", json!(1), "2", json!(2)),
            ("nvidia.com/gpu", json!(null), "1k", json!(1000)),
        ] {
            let declared = json!({ "resources": { "limits": { resource: written } } });
            let live = json!({ "spec": { "resources": { "limits": { resource: live } } } });
            let object = object("a", &instance_type(&declared), Some(&live));
            assert_eq!(object["spec"]["resources"]["limits"][resource], sent, "{live}");
        }
    }

    #[test]
    fn what_was_sent_is_read_back() {
        for declared in [
            json!({}),
            json!({ "node_selector": { "a.b/c": "" } }),
            json!({ "node_selector": {}, "resources": { "requests": { "cpu": "1" }, "limits": {} } }),
            json!({ "resources": { "limits": { "cpu": "1", "nvidia.com/gpu": "4" } } }),
        ] {
            let declared = instance_type(&declared);
            let spec = read(&object("a", &declared, None));
            assert_eq!((spec.instance_type, spec.other_fields), (declared, vec![]));
        }
    }

    #[test]
    fn objects_of_others_are_read_as_far_as_they_go() {
        for (spec, expected, other) in [
            (json!(null), json!({}), vec![]),
            (json!("odd"), json!({}), vec!["spec"]),
            (
                json!({ "nodeSelector": null, "resources": { "limits": {
                    "cpu": 2, "memory": "1Gi", "nvidia.com/gpu": null, "amd.com/gpu": 0 } } }),
                json!({ "resources": { "limits": { "cpu": "2", "memory": "1Gi" } } }),
                vec![],
            ),
            // The values that a user of 2023 wrote one level too high.
            (
                json!({ "resources": null, "limits": { "cpu": "1" }, "tolerations": [] }),
                json!({}),
                vec!["spec.limits", "spec.tolerations"],
            ),
            (
                json!({ "nodeSelector": { "a": { "b": "c" } }, "resources": { "requests": [], "claims": [] } }),
                json!({ "node_selector": {} }),
                vec!["spec.nodeSelector.a", "spec.resources.claims", "spec.resources.requests"],
            ),
        ] {
            let read = read(&json!({ "spec": spec }));
            assert_eq!(read.instance_type, instance_type(&expected), "{spec}");
            let mut found = read.other_fields;
            found.sort();
            assert_eq!(found, other, "{spec}");
        }
    }

    fn instance_type(json: &Value) -> InstanceType {
        serde_json::from_value(json.clone()).unwrap()
    }
}
