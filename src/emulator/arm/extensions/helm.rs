//! Settings as Helm reads keys of `--set`: a dot nests, `\` escapes a character, `[0]` is an index.

use crate::names::property;
use serde_json::{Map, Value, json};

const MAX_INDEX: usize = 65_536;

#[derive(Debug, PartialEq)]
enum KeyPart {
    Name(String),
    Index(usize),
}

/// Why a chart cannot be rendered with these properties of an extension, in Helm's words.
pub(super) fn check_settings(properties: &Value) -> Option<String> {
    match chart_values(properties) {
        Ok(values) => check_node_selector(&values),
        Err(problem) => Some(format!("failed parsing --set data: {problem}")),
    }
}

/// The values of both maps of settings.
fn chart_values(properties: &Value) -> Result<Value, String> {
    let mut values = json!({});
    for map in [property::CONFIGURATION_SETTINGS, property::CONFIGURATION_PROTECTED_SETTINGS] {
        for (key, value) in properties[map].as_object().into_iter().flatten() {
            set_value(&mut values, &parse_key(key)?, value)?;
        }
    }
    Ok(values)
}

fn parse_key(key: &str) -> Result<Vec<KeyPart>, String> {
    let no_value = || format!("key \"{key}\" has no value");
    let (mut parts, mut name, mut after_index) = (Vec::new(), String::new(), false);
    let mut rest = key.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => name.push(rest.next().ok_or_else(no_value)?),
            '.' | '[' => {
                if !after_index {
                    parts.push(KeyPart::Name(std::mem::take(&mut name)));
                }
                after_index = next == '[';
                if after_index {
                    parts.push(KeyPart::Index(parse_index(&mut rest)?));
                }
            }
            other if after_index => {
                return Err(format!("unexpected data at end of array index: {other}"));
            }
            other => name.push(other),
        }
    }
    if !after_index {
        parts.push(KeyPart::Name(name));
    }
    Ok(parts)
}

/// Reads up to the closing bracket.
fn parse_index(rest: &mut std::str::Chars<'_>) -> Result<usize, String> {
    let text: String = rest.by_ref().take_while(|it| *it != ']').collect();
    let wrong = || format!("error parsing index: strconv.Atoi: parsing \"{text}\": invalid syntax");
    let index = text.parse().map_err(|_| wrong())?;
    if index > MAX_INDEX {
        return Err(format!(
            "index of {index} is greater than maximum supported index of {MAX_INDEX}"
        ));
    }
    Ok(index)
}

fn set_value(values: &mut Value, parts: &[KeyPart], value: &Value) -> Result<(), String> {
    let Some((part, rest)) = parts.split_first() else {
        *values = value.clone();
        return Ok(());
    };
    match part {
        KeyPart::Name(name) => {
            let inner = entry_map(values)?.entry(name.clone()).or_insert(Value::Null);
            set_value(inner, rest, value)
        }
        KeyPart::Index(index) => {
            let list = entry_list(values)?;
            list.resize((index + 1).max(list.len()), Value::Null);
            set_value(&mut list[*index], rest, value)
        }
    }
}

fn entry_map(value: &mut Value) -> Result<&mut Map<String, Value>, String> {
    if value.is_null() {
        *value = json!({});
    }
    let found = go_type(value);
    value.as_object_mut().ok_or_else(|| type_mismatch(found, "map[string]interface {}"))
}

fn entry_list(value: &mut Value) -> Result<&mut Vec<Value>, String> {
    if value.is_null() {
        *value = json!([]);
    }
    let found = go_type(value);
    value.as_array_mut().ok_or_else(|| type_mismatch(found, "[]interface {}"))
}

fn type_mismatch(is: &str, wanted: &str) -> String {
    format!("unable to parse key: interface conversion: interface {{}} is {is}, not {wanted}")
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "map[string]interface {}",
        Value::Array(_) => "[]interface {}",
        _ => "string",
    }
}

/// The node selector of pods must be a map of strings.
fn check_node_selector(values: &Value) -> Option<String> {
    let at = "Deployment.spec.template.spec.nodeSelector";
    let wrong = |at: &str, got: &str, expected: &str| {
        Some(format!(
            "unable to build kubernetes objects from release manifest: error validating \"\": error \
             validating data: ValidationError({at}): invalid type for \
             io.k8s.api.core.v1.PodSpec.nodeSelector: got \"{got}\", expected \"{expected}\""
        ))
    };
    match &values[property::NODE_SELECTOR] {
        Value::Null => None,
        Value::Object(labels) => {
            let (label, found) = labels.iter().find(|(_, it)| !it.is_string())?;
            wrong(
                &format!("{at}.{label}"),
                if found.is_array() { "array" } else { "map" },
                "string",
            )
        }
        Value::Array(_) => wrong(at, "array", "map"),
        _ => wrong(at, "string", "map"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &Value) -> Result<Value, String> {
        chart_values(&json!({"configurationSettings": settings}))
    }

    #[test]
    fn names_nest_and_escape_as_in_helm() {
        for (name, expected) in [
            ("a", json!({"a": "v"})),
            ("a.b.c", json!({"a": {"b": {"c": "v"}}})),
            (r"a\.b.c", json!({"a.b": {"c": "v"}})),
            (r"nodeSelector.kubernetes\.io/os", json!({"nodeSelector": {"kubernetes.io/os": "v"}})),
            (
                "nodeSelector.kubernetes.io/os",
                json!({"nodeSelector": {"kubernetes": {"io/os": "v"}}}),
            ),
            (r"a\\b", json!({r"a\b": "v"})),
            ("a[1].b", json!({"a": [null, {"b": "v"}]})),
            ("a[0][1]", json!({"a": [[null, "v"]]})),
            (r"a\[0]", json!({"a[0]": "v"})),
        ] {
            assert_eq!(read(&json!({name: "v"})), Ok(expected), "{name}");
        }
        let both = read(&json!({"a.b": "1", "a.c": "2", "l[0].x": "3", "l[0].y": "4"}));
        assert_eq!(both, Ok(json!({"a": {"b": "1", "c": "2"}, "l": [{"x": "3", "y": "4"}]})));
    }

    #[test]
    fn names_that_helm_refuses_are_refused() {
        for (settings, part) in [
            (json!({r"a\": "v"}), "has no value"),
            (json!({"a[x]": "v"}), "error parsing index"),
            (json!({"a[-1]": "v"}), "error parsing index"),
            (json!({"a[99999]": "v"}), "maximum supported index"),
            (json!({"a[0]b": "v"}), "end of array index"),
            (json!({"a": "v", "a.b": "v"}), "is string, not map"),
            (json!({"a.b": "v", "a[0]": "v"}), "is map[string]interface {}, not []interface {}"),
        ] {
            let refused = read(&settings).expect_err("it is refused");
            assert!(refused.contains(part), "{settings}: {refused}");
        }
    }
}
