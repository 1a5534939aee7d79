//! Resource Manager itself: who may ask, in which version, and what is registered.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Azure, GROUP, arc, extension, extension_url, request};
use crate::exchange::Answer;
use crate::options::Options;
use crate::world::Delivery;

const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";

async fn as_bearer(azure: &Azure, token: Option<&str>) -> Answer {
    let url = format!("{}?api-version=2024-01-01", arc("amlarc-cluster"));
    let mut request = request("GET", &url, &Value::Null);
    if let Some(token) = token {
        request.headers.insert("authorization".into(), token.into());
    }
    match azure.world.exchange(request).await {
        Delivery::Whole(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_needed_and_must_be_known() {
    let azure = Azure::new();
    let answer = as_bearer(&azure, None).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "AuthenticationFailed"));
    assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer authorization_uri="));
    for token in ["Bearer foreign", "Basic abc", ""] {
        let answer = as_bearer(&azure, Some(token)).await;
        assert_eq!(answer.status, 401, "{token}");
        assert!(answer.header("www-authenticate").is_some());
    }
    let answer = as_bearer(&azure, Some(&format!("bearer {}", azure.token))).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_version_is_needed_and_must_be_served() {
    let azure = Azure::new();
    let url = arc("amlarc-cluster");
    for (query, code) in [
        ("", "MissingApiVersionParameter"),
        ("?api-version=2024", "InvalidApiVersionParameter"),
        ("?api-version=2024-99-99x", "InvalidApiVersionParameter"),
        ("?api-version=2000-01-01", "NoRegisteredProviderFound"),
    ] {
        let answer = azure.get(&format!("{url}{query}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{query}");
    }
    let answer = azure.get(&format!("{GROUP}?api-version=2000-01-01")).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidApiVersionParameter"));
    assert_eq!(azure.get(&format!("{url}?API-Version=2024-01-01")).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn paths_are_read_in_any_casing_and_answered_in_one() {
    let azure = Azure::new();
    let url = format!("{}?api-version=2024-01-01", arc("AMLARC-cluster").to_uppercase());
    assert_eq!(azure.get(&url).await.content()["id"], arc("amlarc-cluster"));
    let put = azure.put(&extension_url(&arc("amlarc-cluster")).to_lowercase(), extension()).await;
    let expected = super::extension_id(&arc("amlarc-cluster"));
    assert_eq!(put.content()["id"], expected);
}

#[tokio::test(start_paused = true)]
async fn e09_escaped_paths_are_the_same_paths() {
    let azure = Azure::new();
    let url = format!("{}?api-version=2024-01-01", arc("amlarc%2Dcluster"));
    assert_eq!(azure.get(&url).await.content()["id"], arc("amlarc-cluster"));
    let url = extension_url(&arc("amlarc-cluster")).replace("Configuration", "%43onfiguration");
    let put = azure.put(&url.replace("amlarc-compute", "%61mlarc-compute"), extension()).await;
    assert_eq!(put.content()["id"], super::extension_id(&arc("amlarc-cluster")));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_named() {
    let azure = Azure::new();
    for (url, code) in [
        (arc("gone"), "ResourceNotFound"),
        (arc("amlarc-cluster").replace("rg-arc", "gone"), "ResourceGroupNotFound"),
        (arc("amlarc-cluster").replace("0001", "0002"), "SubscriptionNotFound"),
        (arc("c").replace("connectedClusters", "clusters"), "InvalidResourceType"),
        (
            arc("c").replace("Microsoft.Kubernetes", "Contoso.Kubernetes"),
            "InvalidResourceNamespace",
        ),
        ("/tenants".to_owned(), "NotFound"),
    ] {
        let answer = azure.get(&format!("{url}?api-version=2024-01-01")).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, code), "{url}");
    }
}

#[tokio::test(start_paused = true)]
async fn clusters_are_only_read() {
    let azure = Azure::new();
    let url = format!("{}?api-version=2024-01-01", arc("amlarc-cluster"));
    for method in ["PUT", "PATCH", "DELETE", "POST"] {
        assert_eq!(azure.send(method, &url, json!({})).await.status, 405, "{method}");
    }
    let offline = azure.get(&url.replace("amlarc-cluster", "amlarc-offline")).await.content();
    assert_eq!(offline["properties"]["connectivityStatus"], "Offline");
    let small = azure.get(&url.replace("amlarc-cluster", "amlarc-small")).await.content();
    assert_eq!(small["properties"]["totalNodeCount"], 1);
    let list =
        format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters?api-version=2024-01-01");
    assert_eq!(azure.get(&list).await.content()["value"].as_array().unwrap().len(), 3);
    let list = list.replace("/resourceGroups/rg-arc", "");
    assert_eq!(azure.get(&list).await.content()["value"].as_array().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn subscriptions_groups_and_providers_are_read() {
    let azure = Azure::new();
    let version = "?api-version=2022-09-01";
    let found = azure.get(&format!("{SUBSCRIPTION}{version}")).await.content();
    assert_eq!(found["tenantId"], "00000000-0000-0000-0000-00000000000a");
    let all = azure.get(&format!("/subscriptions{version}")).await.content();
    assert_eq!(all["value"].as_array().unwrap().len(), 1);
    let group = azure.get(&format!("{GROUP}{version}")).await.content();
    assert_eq!((&group["name"], &group["location"]), (&json!("rg-arc"), &json!("eastus")));
    let groups = azure.get(&format!("{SUBSCRIPTION}/resourceGroups{version}")).await.content();
    assert_eq!(groups["value"][0]["name"], "rg-arc");
    let one =
        azure.get(&format!("{SUBSCRIPTION}/providers/microsoft.relay{version}")).await.content();
    assert_eq!(
        (&one["namespace"], &one["registrationState"]),
        (&json!("Microsoft.Relay"), &json!("Registered"))
    );
    assert!(
        one["resourceTypes"][0]["apiVersions"].as_array().unwrap().contains(&json!("2021-11-01"))
    );
    let all = azure.get(&format!("{SUBSCRIPTION}/providers{version}")).await.content();
    assert_eq!(all["value"].as_array().unwrap().len(), 9);
    let unknown = azure.get(&format!("{SUBSCRIPTION}/providers/Contoso.None{version}")).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "InvalidResourceNamespace"));
}

#[tokio::test(start_paused = true)]
async fn a_write_needs_a_registered_provider() {
    let provider = format!("{SUBSCRIPTION}/providers/Microsoft.Relay");
    let seed = json!({provider.clone(): null});
    let operation_duration = Duration::from_secs(10);
    let azure = Azure::with(Options { seed: Some(seed), operation_duration, ..Options::default() });
    let namespace =
        format!("{GROUP}/providers/Microsoft.Relay/namespaces/relay-one?api-version=2021-11-01");
    let refused = azure.put(&namespace, json!({"location": "eastus"})).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "MissingSubscriptionRegistration"));
    assert_eq!(refused.content()["error"]["details"][0]["target"], "Microsoft.Relay");
    assert_eq!(azure.get(&namespace).await.status, 404, "reading needs none");
    let state = |answer: &Answer| answer.content()["registrationState"].clone();
    let version = "?api-version=2022-09-01";
    assert_eq!(state(&azure.get(&format!("{provider}{version}")).await), "NotRegistered");
    let answer = azure.send("POST", &format!("{provider}/register{version}"), Value::Null).await;
    assert_eq!((answer.status, state(&answer)), (200, json!("Registering")));
    assert_eq!(azure.put(&namespace, json!({"location": "eastus"})).await.status, 409);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(state(&azure.get(&format!("{provider}{version}")).await), "Registered");
    assert_eq!(azure.put(&namespace, json!({"location": "eastus"})).await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn the_token_bucket_empties_and_fills() {
    let azure = Azure::with(Options { throttle: true, ..Options::default() });
    let url = format!("{}?api-version=2024-01-01", arc("amlarc-cluster"));
    let first = azure.get(&url).await;
    assert_eq!(first.header("x-ms-ratelimit-remaining-subscription-reads"), Some("249"));
    for _ in 1..250 {
        assert_eq!(azure.get(&url).await.status, 200);
    }
    let refused = azure.get(&url).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    assert_eq!(
        azure.put(&extension_url(&arc("gone")), json!({})).await.status,
        404,
        "writes have their own"
    );
    tokio::time::advance(Duration::from_secs(1)).await;
    for _ in 0..25 {
        assert_eq!(azure.get(&url).await.status, 200);
    }
    assert_eq!(azure.get(&url).await.status, 429);
}

#[tokio::test(start_paused = true)]
async fn latency_delays_every_answer() {
    let azure = Azure::with(Options { latency: Duration::from_millis(250), ..Options::default() });
    let before = tokio::time::Instant::now();
    azure.get(&format!("{GROUP}?api-version=2022-09-01")).await;
    assert_eq!(before.elapsed(), Duration::from_millis(250));
}

#[tokio::test(start_paused = true)]
async fn retry_after_can_be_left_out() {
    let azure = Azure::with(Options { retry_after: false, ..Options::default() });
    let answer = azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (201, None));
}

#[tokio::test(start_paused = true)]
async fn answers_carry_identifiers() {
    let azure = Azure::new();
    let url = format!("{GROUP}?api-version=2022-09-01");
    let mut request = request("GET", &url, &Value::Null);
    request.headers.insert("x-ms-correlation-request-id".into(), "mine".into());
    let Delivery::Whole(answer) = azure.world.exchange(request).await else { panic!("no answer") };
    assert_eq!(answer.header("x-ms-correlation-request-id"), Some("mine"));
    assert!(answer.header("x-ms-request-id").is_some());
    assert!(answer.header("x-ms-routing-request-id").is_some());
}

#[test]
fn a_seed_of_the_wrong_form_is_refused() {
    let strange = json!({"/subscriptions/s": {"properties": 1}});
    for seed in [json!([]), json!({"no-id": {}}), json!({"/subscriptions/s": 1}), strange] {
        let options = Options { seed: Some(seed), ..Options::default() };
        assert!(crate::world::World::new(options, String::new()).is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_seed_brings_its_subscription_and_group_along() {
    let cluster = arc("far").replace("0001/resourceGroups/rg-arc", "0002/resourceGroups/rg-far");
    let gone = arc("amlarc-offline");
    let relay = "/subscriptions/00000000-0000-0000-0000-000000000002/providers/Microsoft.Relay";
    let seed = json!({cluster.clone(): {"location": "westus"}, gone.clone(): null, relay: null});
    let azure = Azure::with(Options { seed: Some(seed), ..Options::default() });
    let version = "?api-version=2024-01-01";
    assert_eq!(azure.get(&format!("{cluster}{version}")).await.content()["location"], "westus");
    assert_eq!(azure.get(&format!("{gone}{version}")).await.status, 404);
    let relay = azure.get(&format!("{relay}?api-version=2022-09-01")).await;
    assert_eq!(relay.content()["registrationState"], "NotRegistered");
    assert_eq!(azure.get(&format!("{}{version}", arc("amlarc-cluster"))).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_body_of_any_form_is_answered() {
    let azure = Azure::new();
    let relay =
        format!("{GROUP}/providers/Microsoft.Relay/namespaces/relay-one?api-version=2021-11-01");
    let urls = [extension_url(&arc("amlarc-cluster")), super::compute_url(), relay];
    let odd = [json!(1), json!("x"), json!([{}]), json!(true)];
    for (url, odd) in urls.iter().flat_map(|url| odd.iter().map(move |odd| (url, odd))) {
        for name in ["location", "tags", "sku", "identity", "properties"] {
            for method in ["PUT", "PATCH"] {
                let usual =
                    json!({"location": "eastus", "properties": {"computeType": "Kubernetes"}});
                let answer =
                    azure.send(method, url, super::changed(usual, json!({name: odd}))).await;
                assert!(
                    [200, 201, 400, 404, 405].contains(&answer.status),
                    "{method} {name} {odd}"
                );
            }
        }
        for name in [
            "scope",
            "statuses",
            "configurationSettings",
            "properties",
            "resourceId",
            "instanceTypes",
        ] {
            let body =
                json!({"location": "eastus", "properties": {name: odd, "extensionType": "x.y"}});
            assert!([200, 201, 400].contains(&azure.put(url, body).await.status), "{name} {odd}");
            azure.get(url).await;
        }
    }
}
