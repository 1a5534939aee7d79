//! What is sent again, how often, and what ends it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::CancellationToken;
use crate::call_options::CallOptions;
use crate::cluster::{Insertion, Lookup};
use crate::error::Error;
use crate::resource_type::ResourceType;
use crate::scripted_cluster::{Reply, ScriptedCluster, status, unhurried};

const NODES: ResourceType = ResourceType::NODES;

fn node() -> Value {
    json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n"}})
}

/// A cluster that answers with `first` as often as it is said and then with a node.
fn failing(times: usize, first: fn() -> Reply) -> ScriptedCluster {
    ScriptedCluster::new(
        move |_, before| {
            if before < times { first() } else { Reply::Json(200, node()) }
        },
    )
}

fn busy() -> Reply {
    status(503, "ServiceUnavailable", "etcd is away", json!({}))
}

async fn read(cluster: &ScriptedCluster) -> Result<Lookup<Value>, Error> {
    unhurried(async |options| cluster.cluster.get(&NODES, None, "n", options).await).await
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_tried_again() {
    let webhook: fn() -> Reply = || {
        let message = "Internal error occurred: failed calling webhook \"v.example\": refused";
        status(500, "InternalError", message, json!({}))
    };
    let faults: [fn() -> Reply; 6] = [
        busy,
        webhook,
        || Reply::Reset,
        || Reply::Hang,
        || Reply::Text(502, "<html>bad gateway</html>"),
        || status(429, "TooManyRequests", "later", json!({})),
    ];
    for fault in faults {
        let cluster = failing(3, fault);
        assert_eq!(read(&cluster).await, Ok(Lookup::Found(node())));
        assert_eq!(cluster.requests().len(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_are_the_servers_or_double() {
    let begun = Instant::now();
    let asked =
        failing(1, || Reply::Later(429, json!({"kind": "Status", "apiVersion": "v1"}), "40"));
    read(&asked).await.unwrap();
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(40) && waited < Duration::from_secs(41), "{waited:?}");

    let begun = Instant::now();
    read(&failing(4, busy)).await.unwrap();
    let waited = begun.elapsed();
    // 0.5 + 1 + 2 + 4 s, each half to one and a half times.
    assert!(
        waited >= Duration::from_millis(3750) && waited <= Duration::from_millis(11_250),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_try_that_hangs_takes_thirty_seconds() {
    let begun = Instant::now();
    read(&failing(1, || Reply::Hang)).await.unwrap();
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(30) && waited < Duration::from_secs(31), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_a_call_and_tells_of_the_last_failure() {
    let (stop, begun) = (CancellationToken::new(), Instant::now());
    let options = CallOptions::new((begun + Duration::from_secs(90)).into_std(), &stop);
    let cluster = failing(usize::MAX, busy);
    let error = cluster.cluster.get(&NODES, None, "n", options).await.expect_err("never up");
    let text = "the time for get nodes \"n\" is over: 503: etcd is away";
    assert_eq!(error.to_string(), text);
    assert!(error.is_unreachable());
    assert_eq!(begun.elapsed().as_secs(), 90);
    assert!(cluster.requests().len() < 20, "{}", cluster.requests().len());
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_call_at_once() {
    let faults: [fn() -> Reply; 2] = [|| Reply::Hang, busy];
    for fault in faults {
        let (stop, begun) = (CancellationToken::new(), Instant::now());
        let options = CallOptions::new((begun + Duration::from_hours(1)).into_std(), &stop);
        let cluster = failing(usize::MAX, fault);
        let (outcome, ()) = tokio::join!(cluster.cluster.get(&NODES, None, "n", options), async {
            tokio::time::sleep(Duration::from_secs(7)).await;
            stop.cancel();
        });
        let what = "get nodes \"n\"".to_owned();
        assert_eq!(outcome, Err(Error::Cancelled { what }));
        assert_eq!(begun.elapsed().as_secs(), 7);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_the_answer_to_a_write_but_not_for_long() {
    for (span, is_answered) in [(600, true), (900, false)] {
        let cluster =
            ScriptedCluster::new(move |_, _| Reply::Slow(201, node(), Duration::from_millis(span)));
        let (stop, begun) = (CancellationToken::new(), Instant::now());
        let options = CallOptions::new((begun + Duration::from_hours(1)).into_std(), &stop);
        let node = node();
        let (outcome, ()) = tokio::join!(cluster.cluster.insert(&NODES, &node, options), async {
            stop.cancel();
        });
        assert_eq!(outcome.is_ok(), is_answered, "{outcome:?}");
        assert!(begun.elapsed() < Duration::from_secs(1));
        let outcome = cluster.cluster.insert(&NODES, &node, options).await;
        assert!(matches!(outcome, Err(Error::Cancelled { .. })), "{outcome:?}");
        assert_eq!(cluster.requests().len(), 1, "nothing is written after a stop");
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_is_not_tried_again() {
    let refusals: [fn() -> Reply; 5] = [
        || status(403, "Forbidden", "no", json!({})),
        || status(401, "Unauthorized", "who?", json!({})),
        || status(400, "BadRequest", "odd", json!({})),
        || Reply::Text(302, ""),
        || Reply::Text(200, "<html>please sign in</html>"),
    ];
    for refusal in refusals {
        let cluster = failing(usize::MAX, refusal);
        read(&cluster).await.expect_err("a refusal");
        assert_eq!(cluster.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_is_repeated_only_where_it_was_not_carried_out() {
    for (fault, requests) in [
        ((|| Reply::Reset) as fn() -> Reply, 1),
        (busy, 1),
        (|| status(429, "TooManyRequests", "later", json!({})), 2),
    ] {
        let cluster = failing(1, fault);
        let create = async |options: CallOptions<'_>| {
            cluster.cluster.create(&NODES, None, &node(), options).await
        };
        assert_eq!(unhurried(create).await.is_ok(), requests == 2);
        assert_eq!(cluster.requests().len(), requests);
    }
    let cluster = failing(2, busy);
    let review =
        async |options: CallOptions<'_>| cluster.cluster.review(&NODES, &node(), options).await;
    assert_eq!(unhurried(review).await, Ok(node()));
}

#[tokio::test(start_paused = true)]
async fn an_insertion_whose_answer_was_lost_does_not_know_whether_it_made_the_object() {
    let lost = || Reply::Reset;
    for (fault, is_taken, expected) in [
        (None, false, Insertion::Created(node())),
        (None, true, Insertion::Existed),
        (Some(busy as fn() -> Reply), true, Insertion::Unknown),
        (Some(lost), true, Insertion::Unknown),
        (Some(busy), false, Insertion::Created(node())),
        (Some(|| status(429, "TooManyRequests", "later", json!({}))), true, Insertion::Existed),
    ] {
        let cluster = ScriptedCluster::new(move |seen, before| match fault {
            Some(fault) if before == 0 => fault(),
            _ if is_taken => status(409, "AlreadyExists", "taken", json!({})),
            _ => {
                assert!(seen.path.ends_with("&fieldValidation=Strict"), "{}", seen.path);
                Reply::Json(201, node())
            }
        });
        let insert =
            async |options: CallOptions<'_>| cluster.cluster.insert(&NODES, &node(), options).await;
        assert_eq!(unhurried(insert).await, Ok(expected));
    }
}
