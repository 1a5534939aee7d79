//! Calls that are cut short, wherever that can be: each request that a verb of a type sends is a seam, before it is
//! carried out and after, and at each seam whatever can cut a call short does. What Azure has is then in the state, or
//! the next apply says how to import it; and the next apply converges.

mod azure;
mod row;

use serde_json::{Value as Json, json};

use azure::Exchange;
use row::Row;

const GROUP: &str =
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers";

/// A type, its object, and two configurations of it.
#[derive(Clone, Debug)]
struct Subject {
    resource: &'static str,
    id: String,
    old: Json,
    new: Json,
    /// An extension that has to be there before.
    needs: Option<Json>,
    /// Requests to what has this in its path are those that no other subject sends.
    own: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Create,
    Read,
    Update,
    Delete,
}

/// Where a request waits when the event comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It was received, and is not carried out.
    Request,
    /// It is carried out, and its answer waits.
    Response,
}

/// What cuts a call short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// The host asks to stop, and hears the answer.
    Stop,
    /// The process dies. A host that goes leaves the same: its calls are stopped, after which nobody is asked, and
    /// their answers are not heard.
    Killed,
    /// From the seam on Azure answers nothing, until the time of `timeouts` is over.
    Deadline,
    /// The connection to Azure breaks, and the next one holds.
    Reset,
}

const EVENTS: [Event; 4] = [Event::Stop, Event::Killed, Event::Deadline, Event::Reset];

impl Place {
    fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

fn cluster() -> String {
    format!("{GROUP}/Microsoft.Kubernetes/connectedClusters/amlarc-cluster")
}

fn with_timeouts(mut config: Json) -> Json {
    let time = "5m";
    config["timeouts"] = json!({ "create": time, "read": time, "update": time, "delete": time });
    config
}

fn extension(relay: &str) -> Subject {
    let config = |on: bool| {
        with_timeouts(json!({
            "name": "aml", "cluster_id": cluster(), "enable_training": true,
            "relay": { "mode": relay }, "install_prom_op": on,
        }))
    };
    let extensions = "Microsoft.KubernetesConfiguration/extensions";
    Subject {
        resource: "arc_extension",
        id: format!("{}/providers/{extensions}/aml", cluster()),
        old: config(false),
        new: config(true),
        needs: None,
        own: if relay == "managed" { "/Microsoft.Relay/" } else { "" },
    }
}

fn compute() -> Subject {
    let workspace =
        format!("{GROUP}/Microsoft.MachineLearningServices/workspaces/amlarc-workspace");
    let config = |text: &str| {
        with_timeouts(json!({
            "name": "edge", "workspace_id": workspace, "cluster_id": cluster(), "description": text,
        }))
    };
    Subject {
        resource: "kubernetes_compute",
        id: format!("{workspace}/computes/edge"),
        old: config("old"),
        new: config("new"),
        needs: Some(extension("managed").old),
        own: "",
    }
}

/// The rows of a verb: every request that it sends undisturbed, in both places, with every event.
fn rows(subject: &Subject, verb: Verb) -> Vec<Row> {
    let undisturbed = row::record_requests(subject, verb);
    let mut rows = Vec::new();
    for (number, exchange) in undisturbed.iter().enumerate() {
        for place in [Place::Request, Place::Response] {
            for event in EVENTS {
                let before = &undisturbed[..number];
                if left_out(subject, before, exchange, place, event).is_none() {
                    let exchange = exchange.clone();
                    rows.push(Row {
                        subject: subject.clone(),
                        verb,
                        number,
                        exchange,
                        place,
                        event,
                    });
                }
            }
        }
    }
    assert!(!rows.is_empty(), "{verb:?} asks nobody");
    rows
}

/// Why a row cannot exist, or is another one. `None`: it is played.
fn left_out(
    subject: &Subject, before: &[Exchange], exchange: &Exchange, place: Place, event: Event,
) -> Option<&'static str> {
    let is_read = |it: &Exchange| it.method == "GET";
    let last = before.last();
    if !is_own(subject, exchange) {
        return Some("another subject sends the same");
    }
    if !is_read(exchange) {
        return None;
    }
    if place == Place::Request {
        return Some("a read changes nothing, so that both of its places are one");
    }
    if last.is_some_and(|last| is_read(last) && last.path == exchange.path) {
        return Some("it is the poll before, once more");
    }
    if event == Event::Killed {
        return Some("Azure is as after the write before, which is a row");
    }
    if event != Event::Stop && last.is_some_and(is_read) {
        return Some("the pipeline asks again for this read as for the one before");
    }
    None
}

/// What is done to the object itself is always its own.
fn is_own(subject: &Subject, exchange: &Exchange) -> bool {
    exchange.path.contains(subject.own)
        || (exchange.method != "GET" && exchange.path.eq_ignore_ascii_case(&subject.id))
}

/// Plays the rows of a verb; all that fail are told.
fn plays(subject: &Subject, verb: Verb) {
    let rows = rows(subject, verb);
    let failures: Vec<_> = rows.iter().filter_map(|row| row.play().err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} rows:\n\n{}",
        failures.len(),
        rows.len(),
        failures.join("\n\n")
    );
}

// === the tests ===

#[test]
fn the_create_of_an_extension_is_cut_short() {
    plays(&extension("none"), Verb::Create);
}

#[test]
fn the_read_of_an_extension_is_cut_short() {
    plays(&extension("none"), Verb::Read);
}

#[test]
fn the_update_of_an_extension_is_cut_short() {
    plays(&extension("none"), Verb::Update);
}

#[test]
fn the_delete_of_an_extension_is_cut_short() {
    plays(&extension("none"), Verb::Delete);
}

#[test]
fn the_create_of_a_relay_is_cut_short() {
    plays(&extension("managed"), Verb::Create);
}

#[test]
fn the_delete_of_a_relay_is_cut_short() {
    plays(&extension("managed"), Verb::Delete);
}

#[test]
fn the_create_of_a_compute_is_cut_short() {
    plays(&compute(), Verb::Create);
}

#[test]
fn the_read_of_a_compute_is_cut_short() {
    plays(&compute(), Verb::Read);
}

#[test]
fn the_update_of_a_compute_is_cut_short() {
    plays(&compute(), Verb::Update);
}

#[test]
fn the_delete_of_a_compute_is_cut_short() {
    plays(&compute(), Verb::Delete);
}
