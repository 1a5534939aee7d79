//! Several plans in one document, and what stands around a review.

use review::{Frame, Reviews, RootModule, RootModules, document};
use serde_json::json;

use crate::plans::{compute, limits, of, plan};
use crate::support::{Document, SCHEMAS, check_golden, fixture};

fn module(name: &str, plan: &str) -> RootModule {
    let review = review::review(&fixture(plan), &SCHEMAS).unwrap();
    RootModule { name: name.to_owned(), review }
}

/// Root modules of which one changes nothing, one destroys and one loses instance types.
fn several() -> Reviews {
    Reviews::Several(RootModules(vec![
        module("envs/test", "terraform-1.11.4/empty"),
        module("envs/stage", "written/update"),
        module("envs/prod", "written/replace"),
    ]))
}

fn framed() -> Frame {
    let frame = Frame::default().title("edge").unwrap().commit("0123abc").unwrap();
    frame.run_url("https://example.com/runs/1?attempt=2").unwrap()
}

#[test]
fn several_root_modules_are_one_document() {
    let document = document(&several(), &framed());
    check_golden("several", &document);
    let read = Document::read(&document);
    let expected = [
        ["envs/prod", "azureml_kubernetes_compute.gone is deleted"],
        ["envs/stage", "instance type old and 1 more is lost"],
        ["envs/test", "–"],
    ];
    let rows = read.rows("Root module");
    assert_eq!(rows.iter().map(|row| [row[0], row[2]]).collect::<Vec<_>>(), expected);
}

#[test]
fn a_title_and_a_run_stand_around_one_plan() {
    let review = review::review(&fixture("written/nothing"), &SCHEMAS).unwrap();
    let digest = review.digest.clone();
    let document = document(&Reviews::One(Box::new(review)), &framed());
    let lines: Vec<&str> = document.lines().collect();
    assert_eq!(lines[0], "<!-- terraform-provider-azureml review: edge -->");
    assert_eq!(lines[1], "## Azure ML, edge: no changes");
    let run = "[Run](https://example.com/runs/1?attempt=2)";
    let last = format!("Commit `0123abc` · {run} · Digest `{digest}`");
    assert_eq!(lines.last(), Some(&last.as_str()));
}

/// Cut to what a comment takes, the worst outlasts the rest wherever it stands.
#[test]
fn many_root_modules_fit() {
    let side = |cpu: &str| {
        let one = |n: usize| (format!("type_{n:03}"), limits(json!({ "cpu": cpu })));
        let types: serde_json::Map<_, _> = (0..20).map(one).collect();
        json!({ "name": "c", "instance_types": types })
    };
    let small = of(&plan(vec![compute(&["update"], &side("1"), &side("2"))]));
    let gone = of(&plan(vec![compute(&["delete"], &side("1"), &json!(null))]));
    let mut modules: Vec<RootModule> = (0..300)
        .map(|n| RootModule { name: format!("module{n}"), review: small.clone() })
        .collect();
    modules.push(RootModule { name: "last".to_owned(), review: gone });
    let reviews = Reviews::Several(RootModules(modules));
    for most in [8_192, 65_536, 150_000, 1_000_000] {
        let frame = framed().max_length(most).unwrap();
        let document = document(&reviews, &frame);
        assert!(document.encode_utf16().count() <= most, "{most}: {}", document.len());
        assert!(document.lines().last().unwrap().starts_with("Commit `0123abc`"));
        let headings = Document::read(&document).headings;
        let first = "Azure ML, edge: 301 root modules, 300 to update, 1 to delete";
        assert_eq!(headings[0], first, "{most}");
        assert_eq!(headings[1..3], ["last: 1 to delete", "Delete azureml_kubernetes_compute.c"]);
        let is_cut = document.contains("**Left out to fit into one comment:**");
        assert_eq!(is_cut, most < 1_000_000, "{most}");
        assert_eq!(document.contains("The whole text is with [the run]"), is_cut, "{most}");
    }
}
