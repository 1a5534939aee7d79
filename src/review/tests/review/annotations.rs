//! Warnings at the lines of a configuration, as GitHub and GitLab read them.

use serde_json::{Value, json};

use crate::command::run;
use crate::plans::{compute, extension, limits, plan};
use crate::support::path;

/// The folder with the files.
fn source() -> String {
    path("fixtures", "configuration").to_str().unwrap().to_owned()
}

/// A plan with a warning in each place where a block can be.
fn warned() -> Value {
    let side = |cpu: &str| {
        let types = json!({ "a,b:c%\n::error::x": limits(json!({ "cpu": cpu })) });
        json!({ "name": "training", "instance_types": types })
    };
    let gone = json!({ "name": "e", "side_resources": [] });
    let at = |address: &str, mut change: Value| {
        change["address"] = json!(address);
        change
    };
    let of_cluster = json!({ "name": "small", "cluster_id": "/clusters/edge", "node_selector": null,
        "resources": { "limits": { "cpu": "2" }, "requests": null } });
    let mut smaller = of_cluster.clone();
    smaller["resources"]["limits"]["cpu"] = json!("1");
    let small =
        crate::plans::change("azureml_instance_type", "small", &["update"], &of_cluster, &smaller);
    let leaves = |address| at(address, extension(&["delete"], &gone, &Value::Null));
    let mut plan = plan(vec![
        at("azureml_kubernetes_compute.training[0]", compute(&["update"], &side("2"), &side("1"))),
        leaves("module.edge[\"a.b\"].azureml_arc_extension.this"),
        leaves("module.bought.azureml_arc_extension.this"),
        leaves("azureml_arc_extension.commented"),
        at("module.edge[\"a.b\"].azureml_instance_type.small", small),
    ]);
    plan["configuration"] = json!({ "root_module": { "module_calls": {
        "edge": { "source": "./modules/edge", "module": {} },
        "bought": { "source": "app.example.com/acme/edge/azureml" },
    } } });
    plan
}

#[test]
fn github_shows_warnings_at_their_blocks() {
    let arguments = ["--format", "github-annotations", "--source", &source()];
    let ran = run(&arguments, warned().to_string().as_bytes());
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 5, "{}", ran.out);
    let starts = [
        ("modules/edge/types.tf,line=5", "module.edge[\"a.b\"].azureml_arc_extension.this"),
        ("main.tf,line=13", "module.bought.azureml_arc_extension.this"),
        ("", "azureml_arc_extension.commented"),
        ("main.tf,line=20", "azureml_kubernetes_compute.training[0]"),
        ("modules/edge/types.tf,line=1", "module.edge[\"a.b\"].azureml_instance_type.small"),
    ];
    for (line, (place, address)) in lines.iter().zip(starts) {
        let place = match place {
            "" => String::new(),
            place => format!("file={}/{place},", source()),
        };
        let start = format!("::warning {place}title=Azure ML::{address}: ");
        assert!(line.starts_with(&start), "{start}\n{line}");
    }
    assert!(lines[3].contains("a,b:c%25\\n::error::x gets lower limits"), "{}", lines[3]);
}

#[test]
fn a_root_module_has_a_folder_of_its_own() {
    let plan = crate::support::fixture("written/update");
    let own = format!("prod={}", source());
    let arguments = ["--format=gitlab", "--source", &own, "prod=-"];
    let ran = run(&arguments, &plan);
    assert!(ran.out.contains("/main.tf"), "{}{}", ran.out, ran.err);
    let ran = run(&["--format=gitlab", "--source", "other=.", "prod=-"], &plan);
    assert!(ran.err.contains("--source other=…: no plan has this name"), "{}", ran.err);
    let ran = run(&["--format=gitlab", "--source", "/no/such/folder"], &plan);
    assert!(ran.err.contains("--source /no/such/folder: "), "{}", ran.err);
}

#[test]
fn gitlab_gets_its_report() {
    let report = |arguments: &[&str], plan: &Value| -> Value {
        let ran = run(arguments, plan.to_string().as_bytes());
        serde_json::from_str(&ran.out).unwrap()
    };
    let with_places = report(&["--format", "gitlab", "--source", &source()], &warned());
    let findings = with_places.as_array().unwrap();
    assert_eq!(findings.len(), 5);
    let told = |n: usize| {
        let one = &findings[n];
        let place = one["location"]["path"].as_str().unwrap();
        let place = place.strip_prefix(&format!("{}/", source())).unwrap().to_owned();
        let lines = one["location"]["lines"]["begin"].as_u64().unwrap();
        let text = |key: &str| one[key].as_str().unwrap().to_owned();
        (place, lines, text("severity"), text("check_name"))
    };
    let expected = |place: &str, line, severity: &str, check: &str| {
        (place.to_owned(), line, severity.to_owned(), check.to_owned())
    };
    let gone = "azureml_arc_extension";
    assert_eq!(told(0), expected("modules/edge/types.tf", 5, "critical", gone));
    assert_eq!(told(2), expected("main.tf", 1, "critical", gone), "it has no block any more");
    let types = "azureml_kubernetes_compute.instance_types";
    assert_eq!(told(3), expected("main.tf", 20, "major", types));
    let fingerprints = |report: &Value| -> Vec<String> {
        let all = report.as_array().unwrap().iter();
        all.map(|one| one["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let mut own = fingerprints(&with_places);
    let elsewhere = path("fixtures", "written").to_str().unwrap().to_owned();
    let without_places = report(&["--format", "gitlab", "--source", &elsewhere], &warned());
    assert_eq!(fingerprints(&without_places), own, "a block that moves is no other finding");
    own.sort();
    own.dedup();
    assert_eq!(own.len(), 5, "each has its own");
}

#[test]
fn no_warning_is_no_annotation() {
    let plan = crate::support::fixture("terraform-1.11.4/empty");
    let ran = run(&["--format", "github-annotations"], &plan);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    assert_eq!(run(&["--format", "gitlab"], &plan).out, "[]\n");
}
