//! Scripted faults and the control interface.

use std::time::Duration;

use serde_json::{Value, json};

use super::kit::{
    Azure, GROUP, arc, compute, compute_url, extension, extension_id, extension_url, url_of,
};
use crate::delivery::{Break, Delivery};
use crate::http::Body;

fn group() -> String {
    url_of(GROUP)
}

fn rule(when: Value, then: Value) -> Value {
    json!({"when": when, "then": then})
}

#[tokio::test(start_paused = true)]
async fn a_status_is_answered_instead_of_the_request() {
    let azure = Azure::new();
    let url = extension_url(&arc("amlarc-cluster"));
    let body = json!({"error": {"code": "Busy", "message": "later"}});
    let then = json!({"status": 503, "headers": {"Retry-After": "7"}, "body": body});
    azure.script(rule(json!({"method": "put", "path": "EXTENSIONS/"}), then)).await;
    let response = azure.put(&url, extension()).await;
    assert_eq!((response.status, response.header("retry-after")), (503, Some("7")));
    assert_eq!(response.content(), body);
    assert!(response.header("x-ms-request-id").is_some());
    assert_eq!(azure.get(&url).await.status, 404, "it was not carried out");
    assert_eq!(azure.put(&url, extension()).await.status, 201, "once is the default");
}

#[tokio::test(start_paused = true)]
async fn a_text_body_is_sent_as_it_is() {
    let azure = Azure::new();
    azure.script(rule(json!({}), json!({"status": 502, "body": "<html>"}))).await;
    let response = azure.get(&group()).await;
    assert_eq!(
        (&response.body, response.header("content-type")),
        (&Body::Text("<html>".into()), None)
    );
    azure.script(rule(json!({}), json!({"status": 500}))).await;
    assert_eq!(azure.get(&group()).await.body, Body::Empty);
    azure.script(rule(json!({}), json!({"status": 200, "body": null}))).await;
    assert_eq!(azure.get(&group()).await.body, Body::Json(Value::Null));
}

#[tokio::test(start_paused = true)]
async fn headers_and_body_alone_dress_the_true_answer() {
    let azure = Azure::new();
    let url = extension_url(&arc("amlarc-cluster"));
    let then = json!({"headers": {"azure-asyncoperation": "https://evil.example/o"}});
    azure.script(rule(json!({"method": "PUT"}), then)).await;
    let response = azure.put(&url, extension()).await;
    assert_eq!(
        (response.status, response.header("Azure-AsyncOperation")),
        (201, Some("https://evil.example/o"))
    );
    assert_eq!(azure.get(&url).await.status, 200, "it was carried out");
}

#[tokio::test(start_paused = true)]
async fn after_and_times_count_matching_requests() {
    let azure = Azure::new();
    let path = "rg-arc";
    azure
        .script(json!([{"when": {"path": path}, "then": {"status": 500}, "after": 1, "times": 2}]))
        .await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        azure.get(&url_of("/subscriptions")).await;
        statuses.push(azure.get(&group()).await.status);
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    azure.script(json!({"then": {"status": 418}, "times": 0})).await;
    for _ in 0..5 {
        assert_eq!(azure.get(&group()).await.status, 418);
    }
    assert_eq!(azure.delete("/emulator/faults").await.status, 204);
    assert_eq!(azure.get(&group()).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn the_first_due_rule_decides_and_a_query_must_match_as_sent() {
    let azure = Azure::new();
    azure
        .script(json!([
            {"when": {"query": "2022-09-01"}, "then": {"status": 500}},
            {"when": {}, "then": {"status": 501}, "times": 0},
            {"when": {"query": "API"}, "then": {"status": 502}},
        ]))
        .await;
    assert_eq!(azure.get(&group()).await.status, 500);
    assert_eq!(azure.get(&group()).await.status, 501);
}

#[tokio::test(start_paused = true)]
async fn a_delay_passes_in_virtual_time() {
    let azure = Azure::new();
    azure.script(rule(json!({}), json!({"delay_ms": 90_000}))).await;
    let before = tokio::time::Instant::now();
    assert_eq!(azure.get(&group()).await.status, 200);
    assert_eq!(before.elapsed(), Duration::from_secs(90));
}

#[tokio::test(start_paused = true)]
async fn a_reset_comes_before_or_after_the_work() {
    let azure = Azure::new();
    let url = extension_url(&arc("amlarc-cluster"));
    azure.script(rule(json!({}), json!({"reset": true}))).await;
    assert_eq!(azure.deliver("PUT", &url, extension()).await, Delivery::Broken(Break::Exchange));
    assert_eq!(azure.get(&url).await.status, 404);
    azure.script(rule(json!({}), json!({"accept_then_reset": true}))).await;
    assert_eq!(azure.deliver("PUT", &url, extension()).await, Delivery::Broken(Break::Exchange));
    assert_eq!(azure.get(&url).await.status, 200);
}

/// Waits until there are so many exchanges, the last of which is held; gives what of it waits.
async fn meets_barrier(azure: &Azure, number: usize) -> Value {
    let mut changes = azure.cloud.state().log.changes();
    let barrier = async {
        loop {
            let log = azure.get("/emulator/requests?pending=true").await.content();
            let log = log.as_array().unwrap();
            match log.last() {
                Some(last) if log.len() == number && !last["held"].is_null() => {
                    return last["held"].clone();
                }
                _ => changes.changed().await.unwrap(),
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), barrier).await.expect("it is held")
}

#[tokio::test(start_paused = true)]
async fn an_exchange_is_held_before_or_after_the_work() {
    let azure = Azure::new();
    let (url, id) = (extension_url(&arc("amlarc-cluster")), extension_id(&arc("amlarc-cluster")));
    for (place, is_there) in [("request", false), ("response", true)] {
        azure.script(rule(json!({"method": "PUT"}), json!({"hold": place}))).await;
        let (answer, ()) = tokio::join!(azure.put(&url, extension()), async {
            assert_eq!(meets_barrier(&azure, 1).await, place);
            tokio::time::sleep(Duration::from_hours(24)).await;
            assert_eq!(azure.get("/emulator/requests").await.content(), json!([]), "unfinished");
            assert_eq!(azure.stored(&id).await.is_object(), is_there, "{place}");
            assert_eq!(azure.post("/emulator/held/release", Value::Null).await.status, 204);
        });
        assert_eq!(answer.status, 201);
        assert_eq!(azure.get("/emulator/requests").await.content()[0]["held"], Value::Null);
        azure.delete(&url).await;
        azure.post("/emulator/operations/end", Value::Null).await;
        azure.delete("/emulator/requests").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_release_is_of_what_is_held_then() {
    let azure = Azure::new();
    let hold = json!({"when": {}, "then": {"hold": "request"}, "after": 1, "times": 2});
    azure.script(hold).await;
    let group = group();
    let ask = async || {
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(azure.get(&group).await.status);
        }
        statuses
    };
    let (statuses, ()) = tokio::join!(ask(), async {
        for number in [2, 3] {
            meets_barrier(&azure, number).await;
            azure.post("/emulator/held/release", Value::Null).await;
        }
    });
    assert_eq!(statuses, [200; 4]);
}

#[tokio::test(start_paused = true)]
async fn clearing_faults_releases_too_and_the_rest_of_the_fault_follows() {
    let azure = Azure::new();
    let group = group();
    azure.script(json!({"then": {"hold": "request", "status": 418}, "times": 0})).await;
    let (first, second, ()) = tokio::join!(azure.get(&group), azure.get(&group), async {
        meets_barrier(&azure, 2).await;
        azure.delete("/emulator/faults").await;
    });
    assert_eq!((first.status, second.status), (418, 418));
    azure.script(json!({"then": {"hold": "response", "delay_ms": 1_000}, "times": 0})).await;
    let (late, ()) = tokio::join!(azure.get(&group), async {
        azure.delete("/emulator/faults").await;
    });
    assert_eq!(late.status, 200, "what a rule was still to hold is not held without it");
}

#[tokio::test(start_paused = true)]
async fn an_operation_can_be_made_to_fail() {
    let azure = Azure::new();
    let failure = json!({"code": "ExtensionOperationFailed", "message": "timed out waiting"});
    azure.script(rule(json!({"method": "PUT"}), json!({"fail_operation": failure}))).await;
    let accepted = azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    let operation = azure.poll(&accepted).await.content();
    assert_eq!((&operation["status"], &operation["error"]), (&json!("Failed"), &failure));
    let shown = azure.get(&extension_url(&arc("amlarc-cluster"))).await.content();
    assert_eq!(shown["properties"]["errorInfo"], failure);
    azure.script(rule(json!({"method": "PUT"}), json!({"fail_operation": failure}))).await;
    let accepted = azure.put(&compute_url(), compute(&arc("amlarc-cluster"), json!({}))).await;
    assert_eq!(azure.poll(&accepted).await.content()["error"]["message"], "timed out waiting");
    azure.script(rule(json!({"method": "DELETE"}), json!({"fail_operation": failure}))).await;
    let accepted = azure.delete(&extension_url(&arc("amlarc-cluster"))).await;
    assert_eq!(azure.poll(&accepted).await.content()["status"], "Failed");
    assert_eq!(azure.get(&extension_url(&arc("amlarc-cluster"))).await.state(), "Failed");
}

#[tokio::test(start_paused = true)]
async fn an_operation_can_be_made_to_hang() {
    let azure = Azure::new();
    azure.script(rule(json!({"method": "PUT"}), json!({"stick_operation": true}))).await;
    let accepted = azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    tokio::time::advance(Duration::from_hours(24)).await;
    assert_eq!(azure.poll(&accepted).await.content()["status"], "Creating");
    assert_eq!(azure.get(&extension_url(&arc("amlarc-cluster"))).await.state(), "Creating");
    let ended = azure.post("/emulator/operations/end", Value::Null).await;
    assert_eq!(ended.status, 204);
    assert_eq!(azure.poll(&accepted).await.content()["status"], "Succeeded");
    let made = azure.get(&extension_url(&arc("amlarc-cluster"))).await;
    assert_eq!(made.state(), "Succeeded");
    assert!(made.content()["properties"]["currentVersion"].is_string());
}

#[tokio::test(start_paused = true)]
async fn reads_can_lag_behind_a_write() {
    let azure = Azure::new();
    let url = extension_url(&arc("amlarc-cluster"));
    let list = url.replace("/amlarc-compute?", "?");
    azure.script(rule(json!({"method": "PUT"}), json!({"lag_ms": 5_000}))).await;
    azure.put(&url, extension()).await;
    assert_eq!(azure.get(&url).await.status, 404);
    assert_eq!(azure.get(&list).await.content()["value"], json!([]));
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(azure.get(&url).await.status, 200);
    azure.script(rule(json!({"method": "DELETE"}), json!({"lag_ms": 5_000}))).await;
    azure.delete(&url).await;
    assert_eq!(azure.get(&url).await.status, 200);
    assert_eq!(azure.get(&list).await.content()["value"].as_array().unwrap().len(), 1);
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(azure.get(&url).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_body_can_be_cut() {
    let azure = Azure::new();
    azure.script(rule(json!({}), json!({"truncate": 3}))).await;
    match azure.deliver("GET", &group(), Value::Null).await {
        Delivery::Truncated(response, 3) => assert_eq!(response.status, 200),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn sign_in_meets_faults_too() {
    let azure = Azure::new();
    azure.script(rule(json!({"path": "/oauth2/"}), json!({"status": 429}))).await;
    assert_eq!(azure.post("/t/oauth2/v2.0/token", Value::Null).await.status, 429);
}

#[tokio::test(start_paused = true)]
async fn a_rule_with_a_mistake_is_refused() {
    let azure = Azure::new();
    for wrong in [
        json!({"then": {"stauts": 500}}),
        json!({"then": {"hold": "nothing"}}),
        json!({"when": {}}),
        json!([1]),
    ] {
        let response = azure.post("/emulator/faults", wrong).await;
        assert_eq!(response.status, 400);
        assert!(!response.message().is_empty());
    }
    assert_eq!(azure.get("/emulator/other").await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn every_exchange_is_logged_in_order() {
    let azure = Azure::new();
    azure.get(&url_of("/subscriptions/x")).await;
    azure.script(rule(json!({}), json!({"reset": true}))).await;
    azure.deliver("PUT", &extension_url(&arc("amlarc-cluster")), extension()).await;
    azure.deliver("PUT", &extension_url(&arc("amlarc-cluster")), extension()).await;
    let log = azure.get("/emulator/requests").await.content();
    let log = log.as_array().unwrap();
    assert_eq!(log.len(), 3, "control requests are not in it");
    assert_eq!(log[0]["query"], "api-version=2022-09-01");
    assert_eq!((&log[0]["method"], &log[0]["status"]), (&json!("GET"), &json!(404)));
    assert_eq!(log[0]["response"]["error"]["code"], "SubscriptionNotFound");
    assert!(log[0]["headers"]["authorization"].as_str().unwrap().starts_with("Bearer "));
    assert_eq!((&log[1]["status"], &log[1]["response"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&log[2]["body"], &log[2]["path"]),
        (&extension(), &json!(extension_id(&arc("amlarc-cluster"))))
    );
    assert_eq!(azure.delete("/emulator/requests").await.status, 204);
    azure.get(&group()).await;
    assert_eq!(azure.get("/emulator/requests").await.content().as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_being_worked_on_is_logged_on_request() {
    let azure = Azure::new();
    azure.script(rule(json!({}), json!({"delay_ms": 5_000}))).await;
    let group = group();
    let (slow, ()) = tokio::join!(azure.get(&group), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(azure.get("/emulator/requests").await.content(), json!([]));
        let pending = azure.get("/emulator/requests?pending=true").await.content();
        assert_eq!((&pending[0]["method"], &pending[0]["status"]), (&json!("GET"), &Value::Null));
    });
    assert_eq!(slow.status, 200);
    azure.get(&group).await;
    let log = azure.get("/emulator/requests").await.content();
    assert_eq!(log[0]["status"], 200);
    let came = |at: usize| log[at]["at_ms"].as_u64().unwrap();
    assert_eq!(came(1) - came(0), 5_000, "the times of arrival, of the emulator's own clock");
}

#[tokio::test(start_paused = true)]
async fn objects_are_shown_whole_and_changed_from_outside() {
    let azure = Azure::new();
    let id = extension_id(&arc("amlarc-cluster"));
    azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    let mut object = azure.stored(&id).await;
    let secrets = &object["properties"]["configurationProtectedSettings"];
    assert_eq!(secrets["relayserver.relayConnectionString"], "Endpoint=sb://r");
    object["properties"]["configurationSettings"]["drift"] = json!("1");
    let control = format!("/emulator/objects?id={}", id.replace('/', "%2F"));
    assert_eq!(azure.put(&control, object).await.status, 204);
    let shown = azure.get(&extension_url(&arc("amlarc-cluster"))).await.content();
    assert_eq!(shown["properties"]["configurationSettings"]["drift"], "1");
    assert_eq!(azure.delete(&control).await.status, 204);
    assert_eq!(azure.get(&extension_url(&arc("amlarc-cluster"))).await.status, 404);
    assert_eq!(azure.put("/emulator/objects", json!({})).await.status, 400);
    assert_eq!(azure.put(&control, json!(1)).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn an_object_set_from_outside_gets_its_name_and_type() {
    let azure = Azure::new();
    azure
        .put(&format!("/emulator/objects?id={}", arc("other")), json!({"location": "westus"}))
        .await;
    let shown = azure.get(&url_of(arc("other"))).await.content();
    assert_eq!(
        shown,
        json!({
            "id": arc("other"),
            "name": "other",
            "type": "Microsoft.Kubernetes/connectedClusters",
            "location": "westus",
        })
    );
}
