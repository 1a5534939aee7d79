//! Settings as Helm reads them: a dot nests, `\` takes the next character as it is, `[0]` is a place in a list.

use serde_json::{Map, Value, json};

/// Places of a list that Helm takes.
const LONGEST_LIST: usize = 65_536;

/// One step down into the values.
#[derive(Debug, PartialEq)]
enum Step {
    Member(String),
    Place(usize),
}

/// Why a chart cannot be rendered from these properties of an extension, in Helm's words.
pub(super) fn check(properties: &Value) -> Option<String> {
    match values(properties) {
        Ok(values) => unusable_selector(&values),
        Err(problem) => Some(format!("failed parsing --set data: {problem}")),
    }
}

/// What the charts get, of both maps of settings.
fn values(properties: &Value) -> Result<Value, String> {
    let mut values = json!({});
    for map in ["configurationSettings", "configurationProtectedSettings"] {
        for (key, value) in properties[map].as_object().into_iter().flatten() {
            set(&mut values, &steps(key)?, value)?;
        }
    }
    Ok(values)
}

/// Takes the name of a setting apart.
fn steps(key: &str) -> Result<Vec<Step>, String> {
    let no_value = || format!("key \"{key}\" has no value");
    let (mut steps, mut name, mut after_place) = (Vec::new(), String::new(), false);
    let mut rest = key.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => name.push(rest.next().ok_or_else(no_value)?),
            '.' | '[' => {
                if !after_place {
                    steps.push(Step::Member(std::mem::take(&mut name)));
                }
                after_place = next == '[';
                if after_place {
                    steps.push(Step::Place(place(&mut rest)?));
                }
            }
            other if after_place => {
                return Err(format!("unexpected data at end of array index: {other}"));
            }
            other => name.push(other),
        }
    }
    if !after_place {
        steps.push(Step::Member(name));
    }
    Ok(steps)
}

/// Reads what stands between brackets.
fn place(rest: &mut std::str::Chars<'_>) -> Result<usize, String> {
    let text: String = rest.by_ref().take_while(|it| *it != ']').collect();
    let wrong = || format!("error parsing index: strconv.Atoi: parsing \"{text}\": invalid syntax");
    let place = text.parse().map_err(|_| wrong())?;
    if place > LONGEST_LIST {
        return Err(format!(
            "index of {place} is greater than maximum supported index of {LONGEST_LIST}"
        ));
    }
    Ok(place)
}

/// Puts a value in its place; what lies on the way must have the form that the name gives it.
fn set(values: &mut Value, steps: &[Step], value: &Value) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        *values = value.clone();
        return Ok(());
    };
    match step {
        Step::Member(name) => {
            let inner = member(values)?.entry(name.clone()).or_insert(Value::Null);
            set(inner, rest, value)
        }
        Step::Place(place) => {
            let list = list(values)?;
            list.resize((place + 1).max(list.len()), Value::Null);
            set(&mut list[*place], rest, value)
        }
    }
}

fn member(value: &mut Value) -> Result<&mut Map<String, Value>, String> {
    if value.is_null() {
        *value = json!({});
    }
    let kind = kind(value);
    value.as_object_mut().ok_or_else(|| misshapen(kind, "map[string]interface {}"))
}

fn list(value: &mut Value) -> Result<&mut Vec<Value>, String> {
    if value.is_null() {
        *value = json!([]);
    }
    let kind = kind(value);
    value.as_array_mut().ok_or_else(|| misshapen(kind, "[]interface {}"))
}

fn misshapen(is: &str, wanted: &str) -> String {
    format!("unable to parse key: interface conversion: interface {{}} is {is}, not {wanted}")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "map[string]interface {}",
        Value::Array(_) => "[]interface {}",
        _ => "string",
    }
}

/// The pods' node selector is a map of texts; the cluster refuses any other.
fn unusable_selector(values: &Value) -> Option<String> {
    let at = "Deployment.spec.template.spec.nodeSelector";
    let wrong = |at: &str, got: &str, expected: &str| {
        Some(format!(
            "unable to build kubernetes objects from release manifest: error validating \"\": error \
             validating data: ValidationError({at}): invalid type for \
             io.k8s.api.core.v1.PodSpec.nodeSelector: got \"{got}\", expected \"{expected}\""
        ))
    };
    match &values["nodeSelector"] {
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
        values(&json!({"configurationSettings": settings}))
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
