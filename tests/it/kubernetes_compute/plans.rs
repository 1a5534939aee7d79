//! What a plan shows of types, and what it warns of.

use serde_json::json;

use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::{with_every_program, with_terraform};

use super::{ADDRESS, FILE_IN_HCL, with_extension};

with_every_program!(
    a_reviewer_is_warned_of_each_kind,
    the_notice_of_many_computes_is_one_block,
    one_quantity_is_one_line,
);
with_terraform!(
    respelling_plans_nothing,
    what_is_known_only_later_is_applied_as_it_was_planned,
    one_of_twenty_types_prints_its_own_lines,
    many_types_are_told_of_in_a_few_lines,
);

fn respelling_plans_nothing(_: &Azure, cli: &mut Cli) {
    let hcl = r#"
      default_instance_type = "small"
      instance_types = { small = { resources = {
        requests = { cpu = "2", memory = "16Gi" }
        limits   = { cpu = "2", memory = "16Gi" }
      } } }
    "#;
    cli.write(&with_extension(hcl));
    cli.apply().succeeds();
    for (from, to) in [
        ("16Gi", "16384Mi"),
        ("cpu = \"2\"", "cpu = \"2000m\""),
        ("memory = \"16Gi\"", "memory = \"16Gi\", \"nvidia.com/gpu\" = \"0\""),
        ("small = {", "small = { node_selector = {}, "),
    ] {
        cli.write(&with_extension(&hcl.replace(from, to)));
        settled(cli);
    }
}

/// A quantity, a label and a default that an apply makes known: the host holds the result to the plan.
fn what_is_known_only_later_is_applied_as_it_was_planned(_: &Azure, cli: &mut Cli) {
    let later = "resource \"terraform_data\" \"later\" {\n  input = { cpu = \"2000m\", pool = \"x\", name = \"a\" }\n}\n";
    let types = r#"
      default_instance_type = terraform_data.later.output.name
      instance_types = {
        a = {
          node_selector = { pool = terraform_data.later.output.pool }
          resources = { limits = { cpu = terraform_data.later.output.cpu, memory = "4096Mi" } }
        }
      }
    "#;
    cli.write(&(with_extension(types) + later));
    cli.apply().succeeds();
    settled(cli);
    let limits = |cli: &Cli| {
        cli.state(ADDRESS).expect("state")["instance_types"]["a"]["resources"]["limits"].clone()
    };
    assert_eq!(limits(cli), json!({"cpu": "2000m", "memory": "4096Mi"}));
    cli.write(&(with_extension(&types.replace("4096Mi", "4Gi")) + &later.replace("2000m", "3")));
    cli.apply().succeeds();
    settled(cli);
    assert_eq!(limits(cli), json!({"cpu": "3", "memory": "4Gi"}));
}

/// What a reviewer reads: besides what Azure will answer, one line.
fn one_quantity_is_one_line(_: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    cli.write(&with_extension(
        &FILE_IN_HCL.replace("limits   = { cpu = \"4\"", "limits   = { cpu = \"8\""),
    ));
    let plan = cli.plan(&[]);
    let changed = plan.text().lines().filter(|line| line.contains("\" -> \""));
    let changed: Vec<_> =
        changed.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(changed, ["~ \"cpu\" = \"4\" -> \"8\""], "{}", plan.text());
}

/// One warning for each kind of change, whose names it lists: hosts print the whole map for one that stands on it.
fn a_reviewer_is_warned_of_each_kind(_: &Azure, cli: &mut Cli) {
    let one = |name: &str, pool: &str, cpu: &str| {
        format!(
            "    {name} = {{\n      node_selector = {{ pool = \"{pool}\" }}\n      resources = {{ limits = {{ cpu = \"{cpu}\" }} }}\n    }}\n"
        )
    };
    let written = |default: &str, types: &[String]| {
        let types = types.concat();
        with_extension(&format!(
            "  default_instance_type = \"{default}\"\n  instance_types = {{\n{types}  }}"
        ))
    };
    let kept = one("kept", "x", "1");
    let four =
        [("a", "4"), ("b", "5"), ("c", "6"), ("d", "7")].map(|(name, cpu)| one(name, "x", cpu));
    cli.write(&written("a", &[&[kept.clone()][..], &four].concat()));
    cli.apply().succeeds();
    cli.write(&written("kept", &[kept, one("a", "y", "2"), one("New_B", "x", "5")]));
    let plan = cli.plan(&[]);
    plan.plans("update", ADDRESS);
    let told = plan.ran();
    for (summary, line) in [
        ("Compute amlarc-compute: b is renamed to New_B: Jobs that name the old", "resource"),
        ("Compute amlarc-compute: c, d are removed: Jobs that name these", "resource"),
        ("Compute amlarc-compute: a gets lower limits: cpu from 4 to 2", "resource"),
        ("Compute amlarc-compute: a selects other nodes", "resource"),
        ("Compute amlarc-compute: New_B is not a valid name in the cluster", "resource"),
        ("Compute amlarc-compute: a is no longer the default: kept is", "default_instance_type"),
    ] {
        let found = told.warns_of(summary).at(line);
        assert_eq!(found.code.lines().count(), 1, "{found:#?}");
    }
    cli.write(
        &written("a", &[one("a", "x", "4")])
            .replace("  default_i", "  namespace = \"jobs\"\n  default_i"),
    );
    let plan = cli.plan(&[]);
    plan.plans("replace", ADDRESS);
    plan.ran()
        .warns_of("Changing namespace replaces")
        .says("the namespace of an attached cluster cannot be changed")
        .at("namespace");
    plan.ran().warns_of("b, c, d, kept are removed").at("resource");
}

/// Three clusters have one notice, which names the way out.
fn the_notice_of_many_computes_is_one_block(_: &Azure, cli: &mut Cli) {
    let types = "for_each = toset([\"a\", \"b\", \"c\"])\n  default_instance_type = \"cpu\"\n  instance_types = { cpu = {} }";
    cli.write(&with_extension(types).replace(
        "\"azureml_kubernetes_compute\" \"this\" {\n  name         = \"amlarc-compute\"",
        "\"azureml_kubernetes_compute\" \"this\" {\n  name         = \"compute-${each.key}\"",
    ));
    let text = cli.plan_text();
    assert_eq!(
        text.matches("Warning: Instance types may not be what jobs see").count(),
        1,
        "{text}"
    );
    assert!(text.contains("instance_type_manifest"), "{text}");
    let others =
        text.matches("Warning: ").count() - text.matches("development overrides").count().min(1);
    assert_eq!(others, 1, "{text}");
}

/// Whoever takes one of twenty types away, or renames it, reads of that type alone.
fn one_of_twenty_types_prints_its_own_lines(_: &Azure, cli: &mut Cli) {
    let one = |name: &str| {
        format!(
            "    {name} = {{\n      node_selector = {{ pool = \"{name}\" }}\n      resources = {{\n        requests = {{ cpu = \"1\", memory = \"2Gi\" }}\n        limits   = {{ cpu = \"2\", memory = \"4Gi\" }}\n      }}\n    }}\n"
        )
    };
    let written = |names: &[String]| {
        let types = names.iter().map(|name| one(name)).collect::<String>();
        with_extension(&format!(
            "  default_instance_type = \"t00\"\n  instance_types = {{\n{types}  }}"
        ))
    };
    let names: Vec<String> = (0..20).map(|number| format!("t{number:02}")).collect();
    cli.write(&written(&names));
    cli.apply().succeeds();
    let renamed: Vec<String> = names.iter().map(|name| name.replace("t07", "big")).collect();
    for (what, after) in [("is removed", without(&names, "t07")), ("is renamed to big", renamed)] {
        cli.write(&written(&after).replace("pool = \"big\"", "pool = \"t07\""));
        let text = cli.plan_text();
        assert!(text.contains(&format!("Compute amlarc-compute: t07 {what}")), "{text}");
        let (plan, warnings) = text.split_once("Plan: ").expect("it changes something");
        let warned = warnings.lines().skip_while(|line| !line.contains("Compute amlarc")).count();
        assert!(warned <= 12, "{warned} lines: {warnings}");
        assert!(!plan.contains("\"t08\""), "{plan}");
    }
}

/// However many types a plan removes, renames or changes: beside their own lines one warning, which names some
/// and counts the others.
fn many_types_are_told_of_in_a_few_lines(_: &Azure, cli: &mut Cli) {
    let written = |names: &[String], cpu: &str, pool: &str| {
        let one = |name: &String| {
            let label = name.trim_start_matches(char::is_alphabetic);
            format!(
                "    {name} = {{\n      node_selector = {{ pool = \"{pool}{label}\" }}\n      resources = {{ limits = {{ cpu = \"{cpu}\" }} }}\n    }}\n"
            )
        };
        let types = names.iter().map(one).collect::<String>();
        with_extension(&format!(
            "  default_instance_type = \"keep\"\n  instance_types = {{\n    keep = {{}}\n{types}  }}"
        ))
    };
    let named = |prefix: &str, count| {
        (0..count).map(|number| format!("{prefix}{number:03}")).collect::<Vec<_>>()
    };
    for count in [20, 1_000] {
        let before = named("t", count);
        cli.write(&written(&before, "2", "p"));
        cli.apply().succeeds();
        for (what, after) in [
            ("are removed", written(&[], "2", "p")),
            ("are renamed", written(&named("n", count), "2", "p")),
            ("get lower limits", written(&before, "1", "p")),
            ("select other nodes", written(&before, "2", "q")),
        ] {
            cli.write(&after);
            let text = cli.plan_text();
            let (_, below) = text.split_once("\nPlan: ").expect("it changes something");
            let warnings = below.split("\n───").next().unwrap_or_default();
            assert!(warnings.contains(&format!("and {} more {what}", count - 3)), "{warnings}");
            let blocks = warnings.split("Warning: ").skip(1);
            let (of_compute, of_all): (Vec<_>, Vec<_>) =
                blocks.partition(|block| block.starts_with("Compute amlarc-compute: "));
            let lines = |blocks: &[&str]| blocks.iter().map(|it| it.lines().count()).sum::<usize>();
            assert!(lines(&of_compute) <= 12 && of_all.len() <= 1, "{warnings}");
            // The notice is the same for every compute, and stands there once.
            assert!(lines(&of_all) <= 14 && warnings.len() < 1_500, "{warnings}");
        }
        cli.destroy().succeeds();
    }
}

fn without(names: &[String], gone: &str) -> Vec<String> {
    names.iter().filter(|name| *name != gone).cloned().collect()
}
