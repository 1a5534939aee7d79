//! What `make test` holds the recorded exchanges to: that the check finds what is wrong, takes Microsoft's own traffic
//! for right, and stands on whole specifications.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::tools::OAV;

// === the check ===

/// What the check said of a folder.
struct Verdict {
    passed: bool,
    text: String,
}

/// What it says of these exchanges; `None` is a skip.
fn judge(exchanges: &[Value], deviations: Option<&Value>, whole: bool) -> Option<Verdict> {
    OAV.find()?;
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let recordings = folder.path().join("recordings");
    fs::create_dir_all(recordings.join("test")).expect("a folder can be made");
    for (number, exchange) in exchanges.iter().enumerate() {
        write(&recordings.join(format!("test/{number}.json")), exchange);
    }
    let mut command = Command::new("python3");
    command.arg(home().join("check")).args(whole.then_some("--all")).arg(&recordings);
    if let Some(deviations) = deviations {
        write(&folder.path().join("deviations.json"), deviations);
        command.arg("--deviations").arg(folder.path().join("deviations.json"));
    }
    let ran = command.output().expect("python3 starts");
    let text = [ran.stdout, ran.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    Some(Verdict { passed: ran.status.success(), text: text.concat() })
}

/// A change of a compute's description, as it may be.
fn sound() -> Value {
    let resource = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/\
                    Microsoft.MachineLearningServices/workspaces/work/computes/arc";
    json!({
        "scripted": false,
        "liveRequest": {
            "headers": {"content-type": "application/json"},
            "method": "PUT",
            "url": format!("http://127.0.0.1:1{resource}?api-version=2025-12-01"),
            "query": {"api-version": "2025-12-01"},
            "body": {"location": "eastus", "properties": {"computeType": "Kubernetes", "description": "d"}},
        },
        "liveResponse": {
            "statusCode": "200",
            "headers": {"content-type": "application/json"},
            "body": {
                "id": resource,
                "name": "arc",
                "type": "Microsoft.MachineLearningServices/workspaces/computes",
                "location": "eastus",
                "properties": {"computeType": "Kubernetes", "description": "d"},
            },
        },
    })
}

/// A member too many in the request, and a wrong type in the answer.
fn unsound() -> Value {
    let mut exchange = sound();
    exchange["liveRequest"]["body"]["surplus"] = json!(true);
    exchange["liveResponse"]["body"]["properties"]["description"] = json!(7);
    exchange
}

#[test]
fn what_differs_is_found_on_both_sides_and_in_both_versions() {
    let none = json!([]);
    let Some(right) = judge(&[sound()], Some(&none), true) else { return };
    assert!(right.passed, "{}", right.text);
    let Some(wrong) = judge(&[sound(), unsound()], Some(&none), false) else { return };
    assert!(!wrong.passed, "{}", wrong.text);
    for words in [
        "2 exchanges, 2 of them also read as an older version: 4 findings",
        "OBJECT_ADDITIONAL_PROPERTIES",
        "\"side\": \"request\"",
        "INVALID_TYPE",
        "\"at\": \"$.properties.description\"",
        "\"version\": \"2025-12-01\"",
        "\"specification\": \"assembled\"",
        "\"version\": \"2024-04-01\"",
        "\"file\": \"test/1.json\"",
    ] {
        assert!(wrong.text.contains(words), "{words:?} is not in {}", wrong.text);
    }
}

#[test]
fn what_is_said_in_another_version_is_held_to_the_nearest() {
    let in_version = |exchange: Value, version: &str| {
        let text = exchange.to_string().replace("2025-12-01", version);
        serde_json::from_str::<Value>(&text).expect("a version leaves it JSON")
    };
    let Some(right) = judge(&[in_version(sound(), "2099-01-01")], Some(&json!([])), true) else {
        return;
    };
    assert!(right.passed, "{}", right.text);
    let wrong = in_version(unsound(), "2099-01-01");
    let Some(verdict) = judge(&[wrong], Some(&json!([])), false) else { return };
    for words in [
        "2 findings",
        "\"version\": \"2099-01-01\",\n \"read_as\": \"2024-04-01\"",
        "OBJECT_ADDITIONAL_PROPERTIES",
        "INVALID_TYPE",
    ] {
        assert!(verdict.text.contains(words), "{words:?} is not in {}", verdict.text);
    }
    let mut elsewhere = in_version(sound(), "2099-01-01");
    let url =
        elsewhere["liveRequest"]["url"].as_str().expect("a text").replace("/computes/", "/moons/");
    elsewhere["liveRequest"]["url"] = json!(url);
    let Some(unknown) = judge(&[elsewhere], Some(&json!([])), false) else { return };
    assert!(unknown.text.contains("NO_SPECIFICATION"), "{}", unknown.text);
    assert!(!unknown.text.contains("read_as"), "{}", unknown.text);
}

#[test]
fn of_a_scripted_exchange_only_the_request_is_read() {
    let mut exchange = unsound();
    exchange["scripted"] = json!(true);
    let Some(verdict) = judge(&[exchange], Some(&json!([])), false) else { return };
    assert!(verdict.text.contains("2 findings"), "{}", verdict.text);
    assert!(!verdict.text.contains("\"side\": \"response\""), "{}", verdict.text);
}

#[test]
fn a_known_deviation_must_be_met_by_all_tests() {
    let surplus = json!({"reason": "r", "side": "request", "code": "OBJECT_ADDITIONAL_PROPERTIES"});
    let number = json!({"reason": "r", "status": ["200", "201"], "code": "INVALID_TYPE"});
    let other = json!({"reason": "r", "status": "404", "code": "INVALID_TYPE"});
    let Some(covered) = judge(&[unsound()], Some(&json!([surplus, number])), true) else { return };
    assert!(covered.passed, "{}", covered.text);
    let list = json!([surplus, number, other]);
    let Some(stale) = judge(&[unsound()], Some(&list), true) else { return };
    assert!(!stale.passed && stale.text.contains("must leave the list"), "{}", stale.text);
    let Some(partly) = judge(&[unsound()], Some(&list), false) else { return };
    assert!(partly.passed, "{}", partly.text);
}

#[test]
fn nothing_recorded_is_no_success() {
    let Some(verdict) = judge(&[], None, false) else { return };
    assert!(!verdict.passed && verdict.text.contains("nothing was recorded"), "{}", verdict.text);
}

/// What the service itself answered passes by the list that is in force.
#[test]
fn recorded_traffic_is_sound() {
    let names = ["put_201", "get_200", "list_200", "list_empty_200", "delete_force_200"];
    let folder = root().join("src/emulator/tests/fixtures");
    let traffic = names.map(|name| read(&folder.join(format!("extension_{name}.json"))));
    let Some(verdict) = judge(&traffic, None, false) else { return };
    assert!(verdict.passed && verdict.text.contains("5 exchanges"), "{}", verdict.text);
}

#[test]
fn every_deviation_says_why() {
    let known = ["reason", "side", "method", "resource", "version", "status", "code", "at"];
    let list = read(&home().join("deviations.json"));
    for one in list.as_array().expect("a list") {
        let members = one.as_object().expect("a list of objects");
        assert!(members.keys().all(|name| known.contains(&name.as_str())), "{one:#}");
        assert!(members["reason"].as_str().is_some_and(|it| it.len() > 20), "{one:#}");
        assert!(members.contains_key("code"), "{one:#}");
    }
}

// === the specifications ===

#[test]
fn every_reference_of_the_specifications_resolves() {
    let mut files = BTreeMap::new();
    collect(&home().join("specification"), &mut files);
    let mut seen = 0;
    for (path, content) in &files {
        references(content, &mut |reference| {
            seen += 1;
            let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
            let target = if file.is_empty() { path.clone() } else { join(path, file) };
            let found = files.get(&target).and_then(|content| content.pointer(pointer));
            assert!(found.is_some(), "{}: {reference}", path.display());
        });
    }
    assert!(seen > 1000, "only {seen} references in {} files", files.len());
}

fn collect(folder: &Path, into: &mut BTreeMap<PathBuf, Value>) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|it| it == "json") {
            into.insert(path.clone(), read(&path));
        }
    }
}

/// Examples are left out of the copies, and what refers to them is not followed.
fn references(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| references(one, visit)),
        Value::Object(all) => {
            for (name, one) in all.iter().filter(|(name, _)| *name != "x-ms-examples") {
                match one.as_str() {
                    Some(reference) if name == "$ref" => visit(reference),
                    _ => references(one, visit),
                }
            }
        }
        _ => {}
    }
}

/// A path relative to a file, without the dots.
fn join(file: &Path, relative: &str) -> PathBuf {
    let mut path = file.parent().expect("a file is in a folder").to_owned();
    for part in relative.split('/') {
        match part {
            "." => {}
            ".." => drop(path.pop()),
            part => path.push(part),
        }
    }
    path
}

fn home() -> PathBuf {
    root().join("tests/specifications")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn write(path: &Path, value: &Value) {
    fs::write(path, value.to_string()).expect("the folder takes files");
}

#[track_caller]
fn read(path: &Path) -> Value {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
