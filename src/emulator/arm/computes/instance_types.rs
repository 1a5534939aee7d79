//! Instance types in the body of a compute: what the service refuses and fills in.

use crate::names::property;
use serde_json::{Value, json};

/// The type that a compute gets when the body gives none.
const DEFAULT: &str = "defaultInstanceType";

/// A default without instance types is one of the cluster.
pub(super) fn validate(properties: &Value) -> Result<(), String> {
    let default = &properties[property::DEFAULT_INSTANCE_TYPE];
    let types = match &properties[property::INSTANCE_TYPES] {
        Value::Null => {
            return match default {
                Value::Null | Value::String(_) => Ok(()),
                _ => Err("defaultInstanceType must be a string".to_owned()),
            };
        }
        Value::Object(types) => types,
        _ => return Err("instanceTypes must be an object".to_owned()),
    };
    for (name, instance_type) in types {
        validate_type(instance_type)
            .map_err(|problem| format!("instance type '{name}': {problem}"))?;
    }
    match default {
        Value::Null | Value::String(_) if types.is_empty() => Ok(()),
        Value::Null => Err("defaultInstanceType is required with instanceTypes".to_owned()),
        name if name.as_str().is_some_and(|name| types.contains_key(name)) => Ok(()),
        name => Err(format!("the default instance type {name} is not among instanceTypes")),
    }
}

fn validate_type(instance_type: &Value) -> Result<(), String> {
    reject_unknown_members(instance_type, "the type", &[property::NODE_SELECTOR, "resources"])?;
    reject_non_strings(&instance_type[property::NODE_SELECTOR], property::NODE_SELECTOR)?;
    if instance_type["resources"].is_null() {
        return Ok(());
    }
    reject_unknown_members(&instance_type["resources"], "resources", &["requests", "limits"])?;
    reject_non_strings(&instance_type["resources"]["requests"], "requests")?;
    reject_non_strings(&instance_type["resources"]["limits"], "limits")
}

fn reject_unknown_members(value: &Value, what: &str, known: &[&str]) -> Result<(), String> {
    let Some(object) = value.as_object() else { return Err(format!("{what} must be an object")) };
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("could not find member '{name}' in {what}")),
        None => Ok(()),
    }
}

/// Null passes, for a value too.
fn reject_non_strings(value: &Value, what: &str) -> Result<(), String> {
    match value {
        Value::Null => Ok(()),
        Value::Object(map) => match map.iter().find(|(_, it)| !it.is_string() && !it.is_null()) {
            Some((name, _)) => Err(format!("the value of '{name}' in {what} must be a string")),
            None => Ok(()),
        },
        _ => Err(format!("{what} must be an object")),
    }
}

/// Fills in the default configuration of the product, or its resources for a type without any.
pub(super) fn complete(properties: &mut Value) {
    let given =
        properties[property::INSTANCE_TYPES].as_object().is_some_and(|types| !types.is_empty());
    if !given && properties[property::DEFAULT_INSTANCE_TYPE].is_null() {
        properties[property::INSTANCE_TYPES] =
            json!({DEFAULT: {property::NODE_SELECTOR: null, "resources": default_resources("0")}});
        properties[property::DEFAULT_INSTANCE_TYPE] = json!(DEFAULT);
        return;
    }
    let types = properties[property::INSTANCE_TYPES].as_object_mut().into_iter().flatten();
    for (_, instance_type) in types {
        if instance_type[property::NODE_SELECTOR].is_null() {
            instance_type[property::NODE_SELECTOR] = Value::Null;
        }
        if instance_type["resources"].is_null() {
            instance_type["resources"] = default_resources("0");
        }
    }
}

/// Adds the instance type that every cluster has, as clients list it.
pub(super) fn add_cluster_types(types: &mut Value) {
    if !(types.is_object() || types.is_null()) {
        return;
    }
    types["defaultinstancetype"] = json!({
        property::NODE_SELECTOR: null,
        "resources": {
            "requests": {"cpu": "100m", "memory": "2Gi"},
            "limits": {"cpu": "2", "memory": "2Gi", "nvidia.com/gpu": null},
        },
    });
}

fn default_resources(gpu: &str) -> Value {
    let instance_type = json!({"cpu": "1", "memory": "4Gi", "nvidia.com/gpu": gpu});
    json!({"requests": instance_type, "limits": instance_type})
}
