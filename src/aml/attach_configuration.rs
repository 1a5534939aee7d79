//! The configuration of an attached cluster: the JSON of the studio and of the compute's
//! `properties.properties` (`Microsoft.MachineLearningServices/workspaces/computes`, 2026-05-01).

mod file;

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

pub use file::FileError;

use crate::instance_type::{Amounts, InstanceType, Labels, Resources, Types};

/// Where jobs run and what they may ask for. `None` everywhere: not written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachConfiguration {
    /// Kubernetes namespace of the jobs; the service takes `default`.
    pub namespace: Option<String>,
    /// The type of a job that names none; one of `instance_types`.
    pub default_instance_type: Option<String>,
    /// What jobs may ask for, by name.
    pub instance_types: Option<Types>,
}

/// The JSON has not the shape of an attach configuration.
#[derive(Debug, thiserror::Error)]
#[error("this is not an attach configuration: {0}")]
pub struct Malformed(#[from] serde_json::Error);

impl AttachConfiguration {
    /// The body to send where nothing was before. What is not written is left out, a null amount or
    /// label too; everything else goes exactly as it was written.
    pub fn to_json(&self) -> Value {
        self.overlay(&Value::Null, [])
    }

    /// Reads an answer of the service or a file of the studio. Null is the empty configuration, and
    /// keys that are not known here are passed over.
    pub fn from_json(json: &Value) -> Result<Self, Malformed> {
        if json.is_array() {
            return Err(Malformed(serde_json::Error::custom("it is a list")));
        }
        Ok(Option::<Wire>::deserialize(json)?.unwrap_or_default().into())
    }

    /// The body to send over `read`, the fresh answer of the service.
    ///
    /// Only what is written here changes: a type that is not named, a part of a type that is not
    /// written and every unknown key stay byte for byte as they were read. `dropped` names the types
    /// that used to be written and are to go.
    pub fn overlay<'a>(&self, read: &Value, dropped: impl IntoIterator<Item = &'a str>) -> Value {
        let mut body = object(read);
        put(&mut body, "namespace", self.namespace.clone());
        put(&mut body, "defaultInstanceType", self.default_instance_type.clone());
        if let Some(declared) = &self.instance_types {
            let mut types = object(body.get("instanceTypes").unwrap_or(&Value::Null));
            for name in dropped {
                types.remove(name);
            }
            for (name, declared) in declared {
                let over = typed(declared, types.get(name).unwrap_or(&Value::Null));
                types.insert(name.clone(), over);
            }
            body.insert("instanceTypes".to_owned(), types.into());
        }
        body.into()
    }
}

/// One type over what was read of it.
fn typed(declared: &InstanceType, read: &Value) -> Value {
    let mut body = object(read);
    put(&mut body, "nodeSelector", declared.node_selector.as_ref().map(|l| texts(l.iter())));
    if let Some(Resources { requests, limits }) = &declared.resources {
        let mut resources = object(read.get("resources").unwrap_or(&Value::Null));
        put(&mut resources, "requests", requests.as_ref().map(|a| texts(a.iter())));
        put(&mut resources, "limits", limits.as_ref().map(|a| texts(a.iter())));
        body.insert("resources".to_owned(), resources.into());
    }
    body.into()
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn put(object: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), value.into());
    }
}

fn texts<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Map<String, Value> {
    entries.map(|(key, value)| (key.to_owned(), value.into())).collect()
}

/// The wire's spelling, for reading.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wire {
    namespace: Option<String>,
    default_instance_type: Option<String>,
    instance_types: Option<BTreeMap<String, Option<WireType>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireType {
    node_selector: Option<BTreeMap<String, Text>>,
    resources: Option<WireResources>,
}

#[derive(Deserialize)]
struct WireResources {
    requests: Option<BTreeMap<String, Text>>,
    limits: Option<BTreeMap<String, Text>>,
}

/// A text or null; a file written by hand may hold a number instead.
struct Text(Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Text(Some(text))),
            Value::Number(number) => Ok(Text(Some(number.to_string()))),
            Value::Null => Ok(Text(None)),
            other => Err(D::Error::custom(format!("{other} is not a text"))),
        }
    }
}

impl From<Wire> for AttachConfiguration {
    fn from(wire: Wire) -> Self {
        let types = wire.instance_types.map(|types| {
            let typed =
                |(name, one): (String, Option<WireType>)| (name, one.unwrap_or_default().into());
            types.into_iter().map(typed).collect()
        });
        AttachConfiguration {
            namespace: wire.namespace,
            default_instance_type: wire.default_instance_type,
            instance_types: types,
        }
    }
}

impl From<WireType> for InstanceType {
    fn from(wire: WireType) -> Self {
        let resources = wire.resources.map(|resources| Resources {
            requests: resources.requests.map(|map| non_null(map).collect::<Amounts>()),
            limits: resources.limits.map(|map| non_null(map).collect::<Amounts>()),
        });
        let node_selector = wire.node_selector.map(|map| non_null(map).collect::<Labels>());
        InstanceType { node_selector, resources }
    }
}

fn non_null(map: BTreeMap<String, Text>) -> impl Iterator<Item = (String, String)> {
    map.into_iter().filter_map(|(key, Text(text))| Some((key, text?)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use vocabulary::Attr;

    use super::AttachConfiguration;
    use crate::InstanceType;
    use crate::instance_type::{check, check_default, drafts};

    #[test]
    fn the_first_file_of_the_document_goes_out_as_it_is() {
        let file = json!({
            "namespace": "amlarc-testing",
            "defaultInstanceType": "gpu_instance",
            "instanceTypes": {
                "gpu_instance": {
                    "nodeSelector": { "accelerator": "nvidia-tesla-k80" },
                    "resources": resources("2", "16Gi", "1"),
                },
                "big_cpu_sku": {
                    "nodeSelector": { "VMSizes": "VM-64vCPU-256GB" },
                    "resources": resources("4", "16Gi", "0"),
                },
            },
        });
        let read = read_valid(&file);
        assert_eq!(read.to_json(), file);
        let types = read.instance_types.unwrap();
        let limits = types["big_cpu_sku"].resources.as_ref().unwrap().limits.as_ref().unwrap();
        assert_eq!(limits.get("nvidia.com/gpu"), Some("0"));
    }

    #[test]
    fn the_default_file_of_the_document_goes_out_without_its_null_selector() {
        let file = |selector: Value| {
            let mut one = json!({ "resources": resources("1", "4Gi", "0") });
            if !selector.is_string() {
                one["nodeSelector"] = selector;
            }
            json!({
                "namespace": "default",
                "defaultInstanceType": "defaultInstanceType",
                "instanceTypes": { "defaultInstanceType": one },
            })
        };
        assert_eq!(read_valid(&file(Value::Null)).to_json(), file(json!("left out")));
    }

    #[test]
    fn the_types_of_the_sdk_sample_go_out_as_they_are() {
        let types = json!({
            "gpu_instance": {
                "nodeSelector": { "accelerator": "nvidia-tesla-k80" },
                "resources": resources("2", "16Gi", "1"),
            },
            "big_cpu_sku": { "nodeSelector": { "VMSizes": "VM-64vCPU-256GB" } },
        });
        let sample = json!({
            "namespace": "amlarc-testing", "defaultInstanceType": "gpu_instance", "instanceTypes": types,
        });
        assert_eq!(read_valid(&sample).to_json(), sample);
    }

    #[test]
    fn nothing_written_sends_nothing() {
        assert_eq!(AttachConfiguration::default().to_json(), json!({}));
        let read = AttachConfiguration::from_json(&Value::Null).unwrap();
        assert_eq!(read, AttachConfiguration::default());
    }

    #[test]
    fn null_amounts_never_go_out() {
        let written =
            json!({ "resources": { "requests": { "cpu": "1", "nvidia.com/gpu": null } } });
        let one: InstanceType = serde_json::from_value(written).unwrap();
        let declared = AttachConfiguration {
            instance_types: Some([("a".to_owned(), one)].into()),
            ..AttachConfiguration::default()
        };
        let sent =
            json!({ "instanceTypes": { "a": { "resources": { "requests": { "cpu": "1" } } } } });
        assert_eq!(declared.to_json(), sent);
    }

    #[test]
    fn an_overlay_touches_only_what_is_written() {
        let foreign =
            json!({ "resources": { "requests": { "cpu": 1, "x": null } }, "new": [1.50] });
        let read = json!({
            "namespace": "default",
            "vcName": null,
            "defaultInstanceType": "own",
            "instanceTypes": {
                "foreign": foreign,
                "gone": {},
                "own": { "new": 1, "nodeSelector": { "a": "b" },
                         "resources": { "requests": { "cpu": "1" }, "limits": { "cpu": "2" } } },
            },
        });
        let own = json!({ "resources": { "limits": { "cpu": "3000m" } } });
        let declared = AttachConfiguration {
            instance_types: Some([("own".to_owned(), serde_json::from_value(own).unwrap())].into()),
            ..AttachConfiguration::default()
        };
        let mut expected = read.clone();
        expected["instanceTypes"]["own"]["resources"]["limits"] = json!({ "cpu": "3000m" });
        expected["instanceTypes"].as_object_mut().unwrap().remove("gone");
        assert_eq!(declared.overlay(&read, ["gone"]), expected);

        let unmanaged = AttachConfiguration::default();
        assert_eq!(unmanaged.overlay(&read, []).to_string(), read.to_string());
    }

    #[test]
    fn an_empty_part_empties() {
        let read = json!({ "instanceTypes": { "a": { "nodeSelector": { "a": "b" } } } });
        let empty = json!({ "node_selector": {} });
        let declared = AttachConfiguration {
            instance_types: Some([("a".to_owned(), serde_json::from_value(empty).unwrap())].into()),
            ..AttachConfiguration::default()
        };
        let sent = declared.overlay(&read, []);
        assert_eq!(sent, json!({ "instanceTypes": { "a": { "nodeSelector": {} } } }));
    }

    #[test]
    fn another_shape_is_refused() {
        for wrong in [
            json!([]),
            json!({ "instanceTypes": [] }),
            json!({ "namespace": 1 }),
            requests(&json!([])),
        ] {
            assert!(AttachConfiguration::from_json(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_amount_may_be_a_number() {
        let read = AttachConfiguration::from_json(&requests(&json!(1.5))).unwrap();
        assert_eq!(read.to_json(), requests(&json!("1.5")));
    }

    fn requests(cpu: &Value) -> Value {
        json!({ "instanceTypes": { "a": { "resources": { "requests": { "cpu": cpu } } } } })
    }

    fn read_valid(file: &Value) -> AttachConfiguration {
        let read = AttachConfiguration::from_json(file).unwrap();
        let types = drafts(read.instance_types.as_ref().unwrap());
        assert_eq!(check(&types), []);
        let default = Attr::from(read.default_instance_type.as_deref());
        assert_eq!(check_default(default, Attr::Known(&types)), None);
        read
    }

    fn resources(cpu: &str, memory: &str, gpu: &str) -> Value {
        let amounts = json!({ "cpu": cpu, "memory": memory, "nvidia.com/gpu": gpu });
        json!({ "requests": amounts, "limits": amounts })
    }
}
