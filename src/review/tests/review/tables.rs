//! What stands in the tables, read as a reader does.

use serde_json::{Value, json};

use crate::plans::{compute, extension, limits, one};
use crate::support::{Document, SCHEMAS, fixture, reviewed};

/// One changed quantity of a real plan is one row with one arrow, whichever program made the plan.
#[test]
fn one_quantity_of_a_real_plan() {
    for plan in ["terraform-1.11.4/one-quantity", "tofu-1.12.6/one-quantity"] {
        let document = reviewed(plan);
        assert_eq!(document.headings[0], "Azure ML: 1 to update", "{plan}");
        let changed = [[
            "big_cpu_sku changed",
            "VMSizes: VM-64vCPU-256GB",
            "cpu: 4 memory: 16Gi",
            "cpu: 4 → 8 memory: 16Gi → 16384Mi (= 16Gi), the same",
            "",
        ]];
        assert_eq!(document.rows("Instance type"), changed, "{plan}");
        let gpu = "cpu: 2 memory: 16Gi nvidia.com/gpu: 1";
        let selector = "accelerator: nvidia-tesla-k80";
        assert_eq!(document.folded_rows(), [["gpu_instance", selector, gpu, gpu, "default"]]);
        assert_eq!(document.rows("Setting"), [[""; 0]; 0], "{plan}");
    }
}

#[test]
fn losses_come_first() {
    let document = reviewed("written/update");
    let rows = document.rows("Instance type");
    let names: Vec<_> = rows.iter().map(|row| (row[0], row[4])).collect();
    let expected = [
        ("old removed", ""),
        ("small → tiny renamed", ""),
        ("gpu changed", "becomes the default"),
        ("cpu written another way", "was the default"),
        ("huge added", ""),
    ];
    assert_eq!(names, expected);
    assert_eq!(rows[2][1], "disk: not set → ssd pool: gpu");
    assert_eq!(rows[2][3], "cpu: 8 → 4000m (= 4) memory: 64Gi nvidia.com/gpu: 1");
    assert_eq!(rows[3][2], "cpu: 1000m (= 1) → 1, the same memory: 4Gi");
    assert_eq!(document.folded_rows(), [["same", "–", "cpu: 3", "cpu: 3", ""]]);
}

#[test]
fn settings_stand_beside_their_impact() {
    let document = reviewed("terraform-1.11.4/replace");
    let impact = "Warning: running jobs may stop, and online endpoints and their deployments may stop \
                  answering";
    let expected = [
        vec!["disable_local_auth", "false", "known after apply"],
        vec!["configuration_protected_settings", "not set", "sensitive", ""],
        vec!["install_nvidia_device_plugin", "not set", "false", impact],
    ];
    assert_eq!(document.rows("Setting"), expected);
    let forced = "Replaced because namespace changes from amlarc-testing to jobs.";
    assert!(document.items.iter().any(|item| item == forced), "{:?}", document.items);
}

/// What changes in text and not in meaning is folded away, however it is spelled.
#[test]
fn meaning_decides_what_changes() {
    let same = [
        (json!({ "cpu": "1000m" }), json!({ "cpu": "1" })),
        (json!({ "memory": "16Gi" }), json!({ "memory": "16384Mi" })),
        (json!({ "cpu": "1", "nvidia.com/gpu": "0" }), json!({ "cpu": "1" })),
        (json!({ "cpu": "1", "nvidia.com/gpu": null }), json!({ "cpu": "1" })),
        (json!({}), json!(null)),
    ];
    for (before, after) in same {
        let document = typed(&before, &after);
        assert_eq!(document.rows("Instance type"), [[""; 0]; 0], "{before} {after}");
        assert_eq!(document.folded_rows().len(), 1, "{before} {after}");
    }
    let unlike = [
        (json!({ "cpu": "1" }), json!({ "cpu": "1001m" }), "cpu: 1 → 1001m"),
        (json!({ "cpu": "0" }), json!({}), "cpu: 0 → not set"),
        (json!({}), json!({ "nvidia.com/gpu": "1" }), "nvidia.com/gpu: not set → 1"),
    ];
    for (before, after, told) in unlike {
        let document = typed(&before, &after);
        assert_eq!(document.rows("Instance type"), [["a changed", "–", "–", told, ""]]);
    }
}

/// The review of a compute whose one type has other limits.
fn typed(before: &Value, after: &Value) -> Document {
    let side = |amounts: &Value| json!({ "name": "c", "instance_types": { "a": limits(amounts.clone()) } });
    let review = one(compute(&["update"], &side(before), &side(after)));
    Document::read(&review::markdown(&review))
}

#[test]
fn types_that_are_no_longer_written_are_not_removed() {
    let before = json!({ "name": "c", "instance_types": { "a": limits(json!({ "cpu": "1" })) } });
    let after = json!({ "name": "c", "instance_types": null });
    let document = Document::read(&review::markdown(&one(compute(&["update"], &before, &after))));
    assert_eq!(document.rows("Instance type"), [[""; 0]; 0]);
    assert_eq!(document.folded_rows()[0][0], "a no longer managed");
    assert!(document.items[0].starts_with("Warning: instance types a are no longer managed"));
}

/// Left out, the default is not managed any more, and the service keeps it.
#[test]
fn a_default_that_is_no_longer_written_stays() {
    let side = |default: Value| {
        let types =
            json!({ "a": limits(json!({ "cpu": "1" })), "b": limits(json!({ "cpu": "2" })) });
        json!({ "name": "c", "instance_types": types, "default_instance_type": default })
    };
    for (after, told) in [
        (json!(null), "default; no longer managed"),
        (json!("b"), "was the default"),
        (json!("a"), "default"),
    ] {
        let (before, after) = (side(json!("a")), side(after));
        let review = one(compute(&["update"], &before, &after));
        let document = Document::read(&review::markdown(&review));
        let rows = [document.rows("Instance type"), document.folded_rows()].concat();
        let row = rows.iter().find(|row| row[0].starts_with('a')).expect("there is a row");
        assert_eq!(row.last().copied(), Some(told), "{after}: {rows:?}");
    }
}

#[test]
fn a_release_is_told_from_and_to() {
    let side = |version: Value, current: &str| json!({ "name": "e", "version": version, "current_version": current });
    let cases = [
        (json!("1.1.40"), json!("1.1.60"), "Version: 1.1.40 → 1.1.60."),
        (json!("1.1.40"), json!(null), "Version: 1.1.40 → the newest, upgraded automatically."),
        (json!(null), json!("1.1.60"), "Version: 1.1.40 → 1.1.60."),
    ];
    for (before, after, told) in cases {
        let (before, after) = (side(before, "1.1.40"), side(after, "1.1.40"));
        let review = one(extension(&["update"], &before, &after));
        assert_eq!(Document::read(&review::markdown(&review)).items, [told]);
    }
}

/// What stands beside an extension costs money, so its outcome is told.
#[test]
fn what_stands_beside_an_extension() {
    let items = |change| Document::read(&review::markdown(&one(change))).items;
    let cluster = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc\
                   /providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster";
    let beside = |created: bool| {
        let relay = json!({ "kind": "relay_namespace", "id": "/relay/r", "created": created });
        json!({ "name": "e", "cluster_id": cluster, "side_resources": [relay] })
    };
    let gone = items(extension(&["delete"], &beside(true), &json!(null)));
    let deleted = "Deleted with it: relay namespace r, which costs money (unless something else \
                   still uses it).";
    assert!(gone.iter().any(|item| item == deleted), "{gone:?}");
    let adopted = items(extension(&["delete"], &beside(false), &json!(null)));
    let kept = "Kept: relay namespace r, which costs money (this resource did not create it).";
    assert!(adopted.iter().any(|item| item == kept), "{adopted:?}");
    let off = json!({ "name": "e", "cluster_id": cluster, "relay": { "mode": "none" } });
    let changed = items(extension(&["update"], &beside(true), &off));
    let name = "amlarccluster000000000000000000000000000000089c931";
    let kept = format!(
        "Kept: relay namespace {name}, which costs money (the extension no longer uses it, and it \
         is not deleted)."
    );
    assert!(changed.contains(&kept), "{changed:?}");
}

/// The notice on where jobs look stands unless the cluster has each type as a resource too.
#[test]
fn a_type_that_the_cluster_has_too_needs_no_notice() {
    let plan: Value = serde_json::from_slice(&fixture("written/cluster")).unwrap();
    let with = |at: &str, value: Value| {
        let mut plan = plan.clone();
        *plan.pointer_mut(at).unwrap() = value;
        plan
    };
    // The last change is the compute's; the fifth declares its type in the cluster.
    let cluster = plan["resource_changes"][8]["change"]["after"]["cluster_id"].as_str().unwrap();
    let name = "/resource_changes/4/change/after/name";
    let id = "/resource_changes/8/change/after/cluster_id";
    for (plan, notices) in [
        (plan.clone(), 0),
        (with(id, json!(cluster.to_uppercase())), 0),
        (with(id, json!(format!("{cluster}-2"))), 1),
        (with(name, json!("other")), 1),
    ] {
        let facts = review::review(plan.to_string().as_bytes(), &SCHEMAS).unwrap();
        assert_eq!(facts.notes.len(), notices, "{plan}");
    }
}

/// What others declared is not taken for removed, and not for kept where the compute is created
/// again.
#[test]
fn types_of_others_are_told() {
    let document = reviewed("written/update");
    let told = "Not managed by this resource, and not changed: of_data_science.";
    assert!(document.paragraphs.iter().any(|it| it == told), "{:?}", document.paragraphs);
    let document = reviewed("written/replace");
    let lost = "Warning: instance types of_data_science are lost: ";
    assert!(document.items.iter().any(|it| it.starts_with(lost)), "{:?}", document.items);
    assert!(!document.plain.contains("and not changed"), "{}", document.plain);
}

/// After an import the service has types that nobody declares: to write one as it is changes nothing.
#[test]
fn a_type_that_the_service_has_is_compared_with_what_is_written() {
    let held = json!({ "resources": { "limits": { "cpu": "4" }, "requests": { "cpu": "1" } } });
    for (written, row) in [
        (limits(json!({ "cpu": "4000m" })), None),
        (limits(json!({ "cpu": "8" })), Some("a changed")),
    ] {
        let before = json!({ "name": "c", "instance_types": null, "effective_instance_types": { "a": held } });
        let after = json!({ "name": "c", "instance_types": { "a": written }, "effective_instance_types": {} });
        let review = one(compute(&["update"], &before, &after));
        let document = Document::read(&review::markdown(&review));
        let rows = document.rows("Instance type");
        assert_eq!(rows.first().map(|row| row[0]), row, "{rows:?}");
        assert_eq!(review.notes.is_empty(), row.is_none(), "{:?}", review.notes);
    }
}

#[test]
fn a_default_that_goes_with_its_types_is_told_to_stay() {
    let side = |default: Value, types: Value| json!({ "name": "c", "default_instance_type": default, "instance_types": types });
    let before = side(json!("a"), json!({ "a": limits(json!({ "cpu": "1" })) }));
    let after = side(json!(null), json!(null));
    let document = Document::read(&review::markdown(&one(compute(&["update"], &before, &after))));
    let told = "Warning: default_instance_type is no longer managed: it stays in Azure as it is; ";
    assert!(document.items.iter().any(|item| item.starts_with(told)), "{:?}", document.items);
}
