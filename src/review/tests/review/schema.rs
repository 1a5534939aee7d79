//! The facts against their JSON Schema in `docs/`.

use std::path::Path;

use review::{Reviews, RootModule, RootModules};
use serde_json::{Value, json};

use crate::support::{SCHEMAS, fixture, path};

/// The part of JSON Schema that ours uses. A keyword that is not here is refused, so that none goes
/// unchecked.
struct Schema {
    root: Value,
}

impl Schema {
    fn read() -> Schema {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/review-format.schema.json");
        Schema { root: serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap() }
    }

    /// What is wrong with a value, with the place where it stands.
    fn check(&self, value: &Value) -> Result<(), String> {
        self.at(&self.root, value, "$")
    }

    fn at(&self, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        for (keyword, rule) in schema.as_object().unwrap() {
            let holds = match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" | "pattern" | "minimum" => true,
                "$ref" => {
                    let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                    self.at(&self.root["$defs"][name], value, place)?;
                    true
                }
                "type" => kinds(rule).iter().any(|kind| is(kind, value)),
                "enum" => rule.as_array().unwrap().contains(value),
                "const" => rule == value,
                "required" => rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|key| value.get(key.as_str().unwrap()).is_some()),
                "oneOf" => {
                    let fits = |one: &&Value| self.at(one, value, place).is_ok();
                    rule.as_array().unwrap().iter().filter(fits).count() == 1
                }
                "properties" | "additionalProperties" | "propertyNames" => {
                    self.entries(schema, value, place)?;
                    true
                }
                "items" => {
                    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.at(rule, item, &format!("{place}[{n}]"))?;
                    }
                    true
                }
                other => return Err(format!("{place}: keyword {other} is not checked")),
            };
            if !holds {
                return Err(format!("{place}: {keyword} does not hold of {value}"));
            }
        }
        Ok(())
    }

    fn entries(&self, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        for (key, entry) in value.as_object().into_iter().flatten() {
            let names = &schema["propertyNames"]["enum"];
            if names.as_array().is_some_and(|names| !names.contains(&json!(key))) {
                return Err(format!("{place}: {key} is no name"));
            }
            let place = format!("{place}.{key}");
            match (&schema["properties"][key], &schema["additionalProperties"]) {
                (Value::Null, Value::Bool(false)) => {
                    return Err(format!("{place}: not in the schema"));
                }
                (Value::Null, other) => self.at(other, entry, &place)?,
                (own, _) => self.at(own, entry, &place)?,
            }
        }
        Ok(())
    }
}

fn kinds(rule: &Value) -> Vec<&str> {
    match rule {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_u64().is_some(),
        "array" => value.is_array(),
        _ => value.is_object(),
    }
}

#[test]
fn the_facts_follow_their_schema() {
    let schema = Schema::read();
    for folder in ["terraform-1.11.4", "tofu-1.12.6", "written"] {
        let files = std::fs::read_dir(path("fixtures", folder)).unwrap();
        let mut count = 0;
        for file in files {
            let name = file.unwrap().path();
            let name = format!("{folder}/{}", name.file_stem().unwrap().to_str().unwrap());
            let facts =
                serde_json::to_value(review::review(&fixture(&name), &SCHEMAS).unwrap()).unwrap();
            schema.check(&facts).map_err(|why| format!("{name}: {why}")).unwrap();
            count += 1;
        }
        assert!(count >= 3, "{folder} has {count} plans");
    }
}

/// The facts of several plans have a shape of their own.
#[test]
fn the_facts_of_several_plans_follow_it_too() {
    let module = |name: &str| RootModule {
        name: name.to_owned(),
        review: review::review(&fixture(name), &SCHEMAS).unwrap(),
    };
    let several = RootModules(vec![module("written/update"), module("written/cluster")]);
    let mut facts = serde_json::to_value(Reviews::Several(several)).unwrap();
    Schema::read().check(&facts).unwrap();
    facts["root_modules"][1]["review"]["worst"] = json!("bad");
    assert!(Schema::read().check(&facts).is_err());
}

#[test]
fn the_schema_refuses_what_is_not_in_it() {
    let schema = Schema::read();
    let facts = serde_json::to_value(review::review(&fixture("written/update"), &SCHEMAS).unwrap())
        .unwrap();
    let spoil: [fn(&mut Value); 5] = [
        |facts| facts["more"] = json!(1),
        |facts| facts["result"] = json!("fine"),
        |facts| _ = facts.as_object_mut().unwrap().remove("drift"),
        |facts| facts["resources"][0]["name"]["state"] = json!("secret"),
        |facts| facts["others"]["actions"]["explode"] = json!(1),
    ];
    for spoil in spoil {
        let mut facts = facts.clone();
        spoil(&mut facts);
        assert!(schema.check(&facts).is_err());
    }
}
