//! HTTP/2, as Azure Resource Manager speaks it, and what breaks on it: a life is the same, and so is what is sent again.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::arc_extension;
use crate::data_sources;
use crate::kubernetes_compute::{self, FILE_IN_HCL, with_extension};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::stage_in;
use crate::support::tools::TERRAFORM_1_11;

/// How often each request to each object was sent, and how it was answered.
type Sent = BTreeMap<String, Vec<Option<u16>>>;

#[test]
fn an_extension_lives_over_http2() {
    over_http2(arc_extension::lives);
}

#[test]
fn a_compute_lives_over_http2() {
    over_http2(kubernetes_compute::lives);
}

#[test]
fn what_is_there_is_found_over_http2() {
    over_http2(data_sources::what_is_there_is_found);
}

fn over_http2(lives: fn(&Azure, &mut Cli)) {
    stage_in(&Azure::over_tls(), TERRAFORM_1_11, |azure, cli| {
        lives(azure, cli);
        speaks(azure, "HTTP/2.0");
    });
}

// === what breaks ===

#[test]
fn a_stream_that_is_reset_has_the_outcome_of_a_connection_that_is() {
    has_the_outcome_of_http_1_1(&json!({ "reset": true }));
}

#[test]
fn a_stream_that_is_reset_after_the_work_has_it_too() {
    has_the_outcome_of_http_1_1(&json!({ "accept_then_reset": true }));
}

#[test]
fn a_body_that_is_cut_on_a_stream_has_it_too() {
    has_the_outcome_of_http_1_1(&json!({ "truncate": 5 }));
}

#[test]
fn a_stream_that_is_refused_has_it_too() {
    has_the_outcome_of_http_1_1(&json!({ "connection": "refuse" }));
}

#[test]
fn a_connection_that_is_dropped_has_it_too() {
    has_the_outcome_of_http_1_1(&json!({ "connection": "drop" }));
}

#[test]
fn a_connection_that_goes_away_has_it_too() {
    has_the_outcome_of_http_1_1(&json!({ "connection": "go-away" }));
}

fn has_the_outcome_of_http_1_1(fault: &Value) {
    let in_each = std::thread::scope(|scope| {
        let lives = [("HTTP/1.1", Azure::start as fn() -> Azure), ("HTTP/2.0", Azure::over_tls)]
            .map(|(version, start)| scope.spawn(move || life_with(fault, version, &start())));
        lives.map(|life| life.join().expect("it is lived"))
    });
    let [http_1, http_2] = in_each;
    for what in http_1.keys().chain(http_2.keys()) {
        assert_eq!(http_1.get(what), http_2.get(what), "{fault}: {what}");
    }
}

/// What is sent by the life of an extension and its compute, in which the first request of each kind meets the fault.
fn life_with(fault: &Value, version: &str, azure: &Azure) -> Sent {
    let mut all = Sent::new();
    stage_in(azure, TERRAFORM_1_11, |azure, cli| {
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            for path in ["/extensions/amlarc-compute", "/computes/amlarc-compute", "perations"] {
                azure.fails(&json!({ "method": method, "path": path }), fault);
            }
        }
        cli.write(&with_extension(FILE_IN_HCL));
        cli.apply().succeeds();
        let changed = with_extension(
            &FILE_IN_HCL.replace("limits   = { cpu = \"4\"", "limits   = { cpu = \"8\""),
        );
        cli.write(&changed.replace(
            "enable_training = true",
            "enable_training = true\n  install_prom_op = false",
        ));
        cli.apply().succeeds();
        settled(cli);
        cli.destroy().succeeds();
        for id in [arc_extension::id(), kubernetes_compute::id()] {
            assert_eq!(azure.object(&id), None, "{version} {fault}");
        }
        speaks(azure, version);
        all = sent(azure);
    });
    all
}

/// Six computes are created at once; the last request to come takes the connection with it, and with it the answers of
/// all others, which have been carried out. Over HTTP/1.1 each request has a connection of its own to break.
#[test]
fn a_connection_that_is_dropped_with_many_streams_is_as_many_that_are() {
    let (all_but_one, one) = (json!({ "accept_then_reset": true }), json!({ "reset": true }));
    let http_1 = creates_six(&Azure::start(), "HTTP/1.1", &all_but_one, &one);
    let (waits, drops) = (json!({ "hold": "response" }), json!({ "connection": "drop" }));
    let http_2 = creates_six(&Azure::over_tls(), "HTTP/2.0", &waits, &drops);
    assert_eq!(http_1, http_2);
}

/// How the requests to the six computes were answered, of which five meet one fault and the last one another.
fn creates_six(azure: &Azure, version: &str, five: &Value, last: &Value) -> Vec<Vec<Option<u16>>> {
    let mut statuses = Vec::new();
    stage_in(azure, TERRAFORM_1_11, |azure, cli| {
        let puts = json!({ "method": "PUT", "path": "/computes/" });
        installs(azure);
        azure.fails_times(5, &puts, five);
        azure.script(&json!({ "when": puts, "then": last, "after": 5 }));
        cli.write(&six_computes());
        cli.apply().succeeds();
        azure.clears_faults();
        azure.waits_until("the answers that nobody waits for", |seen| {
            seen.iter().filter(|it| it.method == "PUT" && it.status == Some(201)).count() == 6
        });
        settled(cli);
        speaks(azure, version);
        let computes = sent(azure).into_iter().filter(|(what, _)| what.contains("/computes/"));
        statuses.extend(computes.map(|(what, statuses)| {
            assert!(!what.starts_with("PUT") || statuses.len() == 2, "{what}: {statuses:?}");
            statuses
        }));
        // Which of the six is the last differs.
        statuses.sort();
    });
    statuses
}

/// An extension that somebody else has installed.
fn installs(azure: &Azure) {
    let properties = json!({
        "extensionType": "microsoft.azureml.kubernetes",
        "provisioningState": "Succeeded",
        "configurationSettings": { "enableTraining": "True", "relayserver.enabled": "True" },
        "configurationProtectedSettings": { "relayserver.relayConnectionString": "Endpoint=sb://elsewhere.example/" },
    });
    azure.put(&arc_extension::id(), &json!({ "properties": properties }));
}

fn six_computes() -> String {
    kubernetes_compute::resource("  count = 6")
        .replace("\"amlarc-compute\"", "\"compute${count.index}\"")
}

/// That everything that was asked since the start, or since it was forgotten, was asked in this protocol.
#[track_caller]
fn speaks(azure: &Azure, version: &str) {
    let seen = azure.exchanges();
    let versions: Vec<_> = seen.iter().map(|seen| &*seen.http_version).collect();
    assert!(!versions.is_empty() && versions.iter().all(|it| *it == version), "{versions:?}");
}

/// What Resource Manager was asked. Each operation has an ID of its own.
fn sent(azure: &Azure) -> Sent {
    let mut sent = Sent::new();
    for seen in azure.exchanges() {
        let segments = seen.path.split('/').scan(false, |below, segment| {
            let shown = if *below { "" } else { segment };
            *below = segment.to_lowercase().contains("operation");
            Some(shown)
        });
        let path: Vec<_> = segments.collect();
        let what = format!("{} {}", seen.method, path.join("/"));
        sent.entry(what).or_default().push(seen.status);
    }
    sent.retain(|what, _| what.contains(" /subscriptions/"));
    sent
}
