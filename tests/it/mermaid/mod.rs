//! `review --mermaid`: whatever an instance type, a label or a pool is called, Mermaid reads the picture that
//! was meant.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::arc_extension;
use crate::support::tools::{MERMAID, on_path};

/// Names that break a flowchart, or do something in one, where they are written into it as they are.
const HOSTILE: [&str; 34] = [
    "end",
    "subgraph",
    "click t0 href \"https://example.com\"",
    "graph",
    "style t0 fill:#f00;",
    "classDef x fill:#f00;",
    "a\"] --> evil[\"b",
    "a]",
    "a)",
    "a}",
    "[(\"a\")]",
    "`a`",
    "``` a",
    "a\n  evil --> t0",
    "a\r\n%% b",
    "%%{init: {\"securityLevel\": \"loose\"}}%%",
    "---\nconfig:\n  theme: dark\n---",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</div><b>a</b>",
    "javascript:alert(1)",
    "#quot;",
    "#34;",
    "&quot; &#34;",
    "fa:fa-car",
    "1. a",
    "- a",
    "# a",
    "**a** _b_ ~c~",
    "$$a$$",
    "a|b",
    "a;b:::c@{shape: circle}",
    "機械 \u{202e}abc",
    "ﬂ°°34¶ß \\",
];

#[test]
fn a_name_stays_a_name_whatever_it_is() {
    let (Some(mermaid), Some(node)) = (MERMAID.find(), on_path("node")) else { return };
    let charts: Vec<String> = HOSTILE.iter().map(|name| chart(name)).collect();
    let found = read(&node, &mermaid, &json!(charts));
    for ((name, chart), found) in HOSTILE.iter().zip(&charts).zip(found.as_array().expect("a list"))
    {
        assert_eq!(found["diagramType"], "flowchart-v2", "{name:?}: {found}\n{chart}");
        assert_eq!(found["groups"], 0, "{name:?}: {found}");
        assert_eq!(
            found["edges"],
            json!([["t0", "n0"], ["t0", "p0x0"], ["t0", "b0x0"]]),
            "{name:?}"
        );
        let shown = review_shows(name);
        let expected = [
            ("t0", shown.clone()),
            ("n0", "nodes: 3 jobs fit now".to_owned()),
            ("p0x0", format!("pool {shown}")),
            ("b0x0", shown),
        ];
        let nodes = found["nodes"].as_array().expect("a list");
        assert_eq!(nodes.len(), expected.len(), "{name:?}: {found}");
        for (node, (id, label)) in nodes.iter().zip(expected) {
            assert_eq!((&node["id"], &node["label"]), (&json!(id), &json!(label)), "{name:?}");
            // Nothing of it is markup, and nothing happens where it is clicked.
            assert_eq!((&node["markup"], &node["acts"]), (&json!(0), &json!(false)), "{name:?}");
            assert_ne!(node["labelType"], "markdown", "{name:?}");
        }
    }
}

/// The reader must be able to fail: the same names as they are break a chart, or become something else.
#[test]
fn most_of_these_names_would_break_a_chart() {
    let (Some(mermaid), Some(node)) = (MERMAID.find(), on_path("node")) else { return };
    let raw = |name: &&str| format!("flowchart LR\n  t0[{name}]\n  t0 --> n0\n");
    let charts: Vec<String> = HOSTILE.iter().map(raw).collect();
    let found = read(&node, &mermaid, &json!(charts));
    let found = found.as_array().expect("a list");
    let intact = HOSTILE.iter().zip(found).filter(|(name, found)| {
        found["nodes"][0]["label"] == **name && found["nodes"][0]["markup"] == 0
    });
    let intact: Vec<_> = intact.map(|(name, _)| name).collect();
    assert!(intact.len() < HOSTILE.len() / 2, "{intact:?}");
}

/// What a reader sees of a name: what cannot be seen is spelled out.
fn review_shows(name: &str) -> String {
    name.replace('\n', "\\n").replace('\r', "\\r").replace('\u{202e}', "\\u{202E}")
}

/// The picture in the review of a plan in which a type, a pool and a reason have this name.
fn chart(name: &str) -> String {
    let mut review = Command::new(env!("CARGO_BIN_EXE_terraform-provider-azureml"));
    review.args(["review", "--mermaid"]);
    let told = pipe(&mut review, &plan(name).to_string());
    let (_, rest) = told.split_once("\n```mermaid\n").expect("a block of code");
    let (chart, rest) = rest.split_once("\n```\n").expect("it ends");
    assert!(!rest.contains("```mermaid"), "{told}");
    chart.to_owned()
}

fn plan(name: &str) -> Value {
    let amounts = json!({ "cpu": "1", "memory": "4Gi" });
    let written = json!({ "resources": { "requests": amounts, "limits": amounts } });
    let room = json!({ "fits": 3, "blocked_by": [name], "can_grow": [name] });
    let provider = "registry.terraform.io/azureml/azureml";
    json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": [{
            "address": "azureml_kubernetes_compute.this",
            "mode": "managed",
            "type": "azureml_kubernetes_compute",
            "provider_name": provider,
            "change": {
                "actions": ["create"],
                "before": null,
                "after": {
                    "name": "amlarc-compute",
                    "cluster_id": arc_extension::cluster(),
                    "instance_types": { name: written },
                },
            },
        }],
        "prior_state": { "values": { "root_module": { "resources": [{
            "address": "data.azureml_cluster_capacity.this",
            "mode": "data",
            "type": "azureml_cluster_capacity",
            "provider_name": provider,
            "values": {
                "cluster_id": arc_extension::cluster(),
                "instance_types": { name: written },
                "capacity": { name: { "training": room, "deployment": room } },
            },
        }] } } },
    })
}

fn read(node: &Path, mermaid: &Path, charts: &Value) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mermaid/read.mjs");
    let found = pipe(Command::new(node).arg(script).arg(mermaid), &charts.to_string());
    serde_json::from_str(&found).unwrap_or_else(|error| panic!("{error}: {found}"))
}

/// What a program prints of what it is given.
fn pipe(command: &mut Command, input: &str) -> String {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = pipes.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(input.as_bytes()).expect("it is read");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("a text")
}
