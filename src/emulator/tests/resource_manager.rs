//! Resource Manager itself: who may ask, in which version, and what is registered.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::kit::{
    Azure, GROUP, SUBSCRIPTION, aks, arc, changed, compute_url, extension, extension_id,
    extension_url, request, url_in, url_of,
};
use crate::http::Response;
use crate::options::Options;

async fn as_bearer(azure: &Azure, token: Option<&str>) -> Response {
    let url = url_of(arc("amlarc-cluster"));
    let mut request = request("GET", &url, &Value::Null);
    if let Some(token) = token {
        request.headers.insert("authorization".into(), token.into());
    }
    azure.answer(request).await
}

#[tokio::test(start_paused = true)]
async fn a_token_is_needed_and_must_be_known() {
    let azure = Azure::new();
    let response = as_bearer(&azure, None).await;
    assert_eq!((response.status, response.code().as_str()), (401, "AuthenticationFailed"));
    assert!(response.header("www-authenticate").unwrap().starts_with("Bearer authorization_uri="));
    for token in ["Bearer foreign", "Basic abc", ""] {
        let response = as_bearer(&azure, Some(token)).await;
        assert_eq!(response.status, 401, "{token}");
        assert!(response.header("www-authenticate").is_some());
    }
    let response = as_bearer(&azure, Some(&format!("bearer {}", azure.token))).await;
    assert_eq!(response.status, 200);
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
        let response = azure.get(&format!("{url}{query}")).await;
        assert_eq!((response.status, response.code().as_str()), (400, code), "{query}");
    }
    let response = azure.get(&url_in(GROUP, "2000-01-01")).await;
    assert_eq!((response.status, response.code().as_str()), (400, "InvalidApiVersionParameter"));
    assert_eq!(azure.get(&format!("{url}?API-Version=2024-01-01")).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn paths_are_read_in_any_casing_and_answered_in_one() {
    let azure = Azure::new();
    let url = url_of(arc("AMLARC-cluster").to_uppercase());
    assert_eq!(azure.get(&url).await.content()["id"], arc("amlarc-cluster"));
    let put = azure.put(&extension_url(&arc("amlarc-cluster")).to_lowercase(), extension()).await;
    let expected = extension_id(&arc("amlarc-cluster"));
    assert_eq!(put.content()["id"], expected);
}

#[tokio::test(start_paused = true)]
async fn escaped_paths_are_the_same_paths() {
    let azure = Azure::new();
    let url = url_of(arc("amlarc%2Dcluster"));
    assert_eq!(azure.get(&url).await.content()["id"], arc("amlarc-cluster"));
    let url = extension_url(&arc("amlarc-cluster")).replace("Configuration", "%43onfiguration");
    let put = azure.put(&url.replace("amlarc-compute", "%61mlarc-compute"), extension()).await;
    assert_eq!(put.content()["id"], extension_id(&arc("amlarc-cluster")));
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
        ("/tenants/t".to_owned(), "NotFound"),
    ] {
        let response = azure.get(&url_of(&url)).await;
        assert_eq!((response.status, response.code().as_str()), (404, code), "{url}");
    }
}

#[tokio::test(start_paused = true)]
async fn managed_clusters_are_not_made() {
    let azure = Azure::new();
    let aks =
        url_of(format!("{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-cluster"));
    for method in ["PUT", "DELETE", "POST"] {
        assert_eq!(azure.send(method, &aks, json!({})).await.status, 405, "{method}");
    }
    let url = url_of(arc("amlarc-cluster"));
    let offline = azure.get(&url.replace("amlarc-cluster", "amlarc-offline")).await.content();
    assert_eq!(offline["properties"]["connectivityStatus"], "Offline");
    let small = azure.get(&url.replace("amlarc-cluster", "amlarc-small")).await.content();
    assert_eq!(small["properties"]["totalNodeCount"], 1);
    let list = url_of(format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters"));
    assert_eq!(azure.get(&list).await.content()["value"].as_array().unwrap().len(), 3);
    let list = list.replace("/resourceGroups/rg-arc", "");
    assert_eq!(azure.get(&list).await.content()["value"].as_array().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn subscriptions_groups_and_providers_are_read() {
    let azure = Azure::new();
    let found = azure.get(&url_of(SUBSCRIPTION)).await.content();
    assert_eq!(found["tenantId"], "00000000-0000-0000-0000-00000000000a");
    let all = azure.get(&url_of("/subscriptions")).await.content();
    assert_eq!(all["value"].as_array().unwrap().len(), 1);
    let group = azure.get(&url_of(GROUP)).await.content();
    assert_eq!((&group["name"], &group["location"]), (&json!("rg-arc"), &json!("eastus")));
    let groups = azure.get(&url_of(format!("{SUBSCRIPTION}/resourceGroups"))).await.content();
    assert_eq!(groups["value"][0]["name"], "rg-arc");
    let one =
        azure.get(&url_of(format!("{SUBSCRIPTION}/providers/microsoft.relay"))).await.content();
    assert_eq!(
        (&one["namespace"], &one["registrationState"]),
        (&json!("Microsoft.Relay"), &json!("Registered"))
    );
    assert!(
        one["resourceTypes"][0]["apiVersions"].as_array().unwrap().contains(&json!("2021-11-01"))
    );
    let all = azure.get(&url_of(format!("{SUBSCRIPTION}/providers"))).await.content();
    assert_eq!(all["value"].as_array().unwrap().len(), 9);
    let unknown = azure.get(&url_of(format!("{SUBSCRIPTION}/providers/Contoso.None"))).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "InvalidResourceNamespace"));
}

#[tokio::test(start_paused = true)]
async fn versions_of_the_specifications_are_served_and_no_others() {
    let azure = Azure::new();
    let of = |kind: &str| format!("{GROUP}/providers/{kind}");
    let relay = of("Microsoft.Relay/namespaces");
    let bus = of("Microsoft.ServiceBus/namespaces");
    let logs = of("Microsoft.OperationalInsights/workspaces");
    let ml = of("Microsoft.MachineLearningServices/workspaces/amlarc-workspace/computes");
    let (aks, arc) = (aks(), arc("amlarc-cluster"));
    let extensions = format!("{arc}/providers/Microsoft.KubernetesConfiguration/extensions");
    for (url, served, refused) in [
        (GROUP, &["2016-09-01", "2024-11-01", "2025-04-01"][..], &["2014-04-01", "2099-01-01"][..]),
        (SUBSCRIPTION, &["2016-06-01", "2022-12-01", "2025-04-01"], &["2099-01-01"]),
        (&relay, &["2016-07-01", "2017-04-01", "2024-01-01", "2026-01-01"], &["2020-01-01"]),
        (&bus, &["2017-04-01", "2022-10-01-preview", "2026-01-01"], &["2022-10-01", "2017-04-02"]),
        (&logs, &["2020-08-01", "2021-12-01-preview", "2025-07-01"], &["2021-12-01"]),
        (&ml, &["2020-08-01", "2022-05-01", "2024-10-01-preview", "2026-05-01"], &["2024-10-02"]),
        (
            &aks,
            &["2022-11-01", "2024-09-01", "2025-10-01", "2026-06-01"],
            &["2024-11-01", "1999-01-01"],
        ),
        (&arc, &["2021-10-01", "2024-07-15-preview", "2026-05-01"], &["2024-07-15"]),
        (&extensions, &["2021-09-01", "2022-03-01", "2025-03-01"], &["2020-07-01"]),
    ] {
        for version in served {
            let response = azure.get(&url_in(url, version)).await;
            assert_eq!(response.status, 200, "{url} {version}");
        }
        for version in refused {
            let response = azure.get(&url_in(url, version)).await;
            assert_eq!(response.status, 400, "{url} {version}");
            let text = response.message();
            assert!(text.contains(served[0]), "{version}: {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_newest_version_of_each_type_comes_first() {
    let azure = Azure::new();
    let url = url_of(format!("{SUBSCRIPTION}/providers/Microsoft.Relay"));
    let found = azure.get(&url).await.content();
    let types = found["resourceTypes"].as_array().unwrap();
    let first = |kind: &str| {
        let is = |it: &&Value| it["resourceType"].as_str().unwrap().eq_ignore_ascii_case(kind);
        types.iter().find(is).unwrap()["apiVersions"][0].clone()
    };
    assert_eq!(first("namespaces"), "2026-01-01");
    assert_eq!(first("namespaces/hybridConnections"), "2026-01-01");
}

#[tokio::test(start_paused = true)]
async fn head_tells_whether_something_is_there() {
    let azure = Azure::new();
    for (url, status) in [
        (url_of(GROUP), 204),
        (url_of(format!("{GROUP}-none")), 404),
        (url_of(arc("amlarc-cluster")), 204),
        (url_of(arc("gone")), 404),
        (extension_url(&arc("amlarc-cluster")), 404),
        (compute_url(), 404),
        (url_of(SUBSCRIPTION), 200),
        (url_of(format!("{SUBSCRIPTION}/resourceGroups")), 200),
        (url_in(arc("amlarc-cluster"), "2000-01-01"), 400),
    ] {
        let response = azure.send("HEAD", &url, Value::Null).await;
        assert_eq!((response.status, response.content()), (status, Value::Null), "{url}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_is_made_changed_and_removed() {
    let azure = Azure::slow();
    let id = format!("{SUBSCRIPTION}/resourceGroups/rg-new");
    let url = url_of(&id);
    let body = json!({"location": "East US", "tags": {"team": "ml"}});
    let made = azure.put(&url, body.clone()).await;
    assert_eq!((made.status, &made.content()["location"]), (201, &json!("eastus")));
    assert_eq!(azure.put(&url, body).await.status, 200);
    let moved = azure.put(&url, json!({"location": "westus"})).await;
    assert_eq!((moved.status, moved.code().as_str()), (409, "InvalidResourceGroupLocation"));
    assert_eq!(azure.put(&url, json!({})).await.code(), "LocationRequired");
    let patched = azure.patch(&url, json!({"tags": {"a": "b"}})).await;
    assert_eq!(patched.content()["tags"], json!({"a": "b"}));
    let relay = url_of(format!("{id}/providers/Microsoft.Relay/namespaces/relay-one"));
    assert_eq!(azure.put(&relay, json!({"location": "eastus"})).await.status, 201);
    let accepted = azure.delete(&url).await;
    assert_eq!(accepted.status, 202);
    let poll = azure.path_in(&accepted, "location");
    assert_eq!(azure.get(&poll).await.status, 202);
    assert_eq!(azure.get(&url).await.state(), "Deleting");
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(azure.get(&poll).await.status, 200);
    assert_eq!(azure.get(&relay).await.code(), "ResourceGroupNotFound");
    assert_eq!(azure.delete(&url).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn resources_are_listed_and_filtered() {
    let azure = Azure::new();
    azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    let all = async |scope: &str, filter: &str| {
        let url = url_of(format!("{scope}/resources"));
        let pages = azure.pages(&format!("{url}&$filter={filter}")).await;
        let name = |object: &Value| {
            assert!(object.get("properties").is_none(), "{object}");
            object["name"].as_str().unwrap().to_owned()
        };
        pages.iter().flatten().map(name).collect::<Vec<_>>()
    };
    let expected = [
        "aks-cluster",
        "amlarc-cluster",
        "amlarc-offline",
        "amlarc-small",
        "amlarc-workspace",
        "amlarc-identity",
        "amlarc-identity-2",
    ];
    for scope in [SUBSCRIPTION, GROUP] {
        let mut found = all(scope, "").await;
        let mut wanted = expected.map(str::to_owned).to_vec();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "no extension, which is no resource of its own");
    }
    let filter = "resourceType%20eq%20'microsoft.kubernetes/connectedclusters'";
    assert_eq!(all(GROUP, filter).await.len(), 3);
    let filter = format!("{filter}%20and%20name%20eq%20'amlarc-small'");
    assert_eq!(all(SUBSCRIPTION, &filter).await, ["amlarc-small"]);
    let url = url_of(format!("{GROUP}/resources")) + "&$filter=color%20eq%20'red'";
    assert_eq!(azure.get(&url).await.code(), "InvalidFilterInQueryString");
}

#[tokio::test(start_paused = true)]
async fn tenants_locations_and_permissions_are_read() {
    let azure = Azure::new();
    let tenants = azure.get(&url_of("/tenants")).await.content();
    assert_eq!(tenants["value"][0]["tenantId"], "00000000-0000-0000-0000-00000000000a");
    let url = url_of(format!("{SUBSCRIPTION}/locations"));
    let locations = azure.get(&url).await.content();
    assert_eq!(locations["value"][0]["displayName"], "East US");
    for scope in [GROUP.to_owned(), arc("amlarc-cluster"), SUBSCRIPTION.to_owned()] {
        let url = url_of(format!("{scope}/providers/Microsoft.Authorization/permissions"));
        let permissions = azure.get(&url).await.content();
        assert_eq!(permissions["value"][0]["actions"], json!(["*"]), "{scope}");
    }
}

#[tokio::test(start_paused = true)]
async fn locks_are_listed_and_hold() {
    let azure = Azure::new();
    azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    azure.get(&extension_url(&arc("amlarc-cluster"))).await;
    let locks = format!("{GROUP}/providers/Microsoft.Authorization/locks");
    assert_eq!(azure.get(&url_of(&locks)).await.content()["value"], json!([]));
    let lock = url_of(format!("{locks}/mine"));
    let level = |level: &str| json!({"properties": {"level": level}});
    azure.put(&lock, level("CanNotDelete")).await;
    assert_eq!(azure.get(&url_of(&locks)).await.content()["value"][0]["name"], "mine");
    let url = extension_url(&arc("amlarc-cluster"));
    let change = json!({"properties": {"configurationSettings": {"a": "b"}}});
    let response = azure.delete(&url).await;
    assert_eq!((response.status, response.code().as_str()), (409, "ScopeLocked"));
    assert_eq!(azure.patch(&url, change.clone()).await.status, 202);
    azure.get(&url).await;
    azure.put(&lock, level("ReadOnly")).await;
    assert_eq!(azure.patch(&url, change).await.code(), "ScopeLocked");
    assert_eq!(azure.get(&url).await.status, 200);
    assert_eq!(azure.delete(&lock).await.status, 200);
    assert_eq!(azure.delete(&url).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn a_connected_cluster_is_tagged_and_gives_credentials() {
    let azure = Azure::new();
    let url = url_of(arc("amlarc-cluster"));
    let change = json!({"tags": {"a": "b"}, "properties": {"distribution": "rke2"}});
    let patched = azure.patch(&url, change).await;
    assert_eq!((patched.status, &patched.content()["tags"]), (200, &json!({"a": "b"})));
    let shown = azure.get(&url).await.content();
    assert_eq!(shown["properties"]["distribution"], "rke2");
    assert_eq!(shown["properties"]["totalNodeCount"], 3, "what is left out stays");
    for body in [
        json!({"tags": {"a": 1}}),
        json!({"properties": {"azureHybridBenefit": "Perhaps"}}),
        json!({"properties": {"totalNodeCount": 9}}),
    ] {
        assert_eq!(azure.patch(&url, body.clone()).await.status, 400, "{body}");
    }
    let url = url_of(format!("{}/listClusterUserCredential", arc("amlarc-cluster")));
    for (method, proxy) in [("AAD", true), ("Token", false)] {
        let body = json!({"authenticationMethod": method, "clientProxy": proxy});
        let response = azure.post(&url, body).await.content();
        let config = response["kubeconfigs"][0]["value"].as_str().unwrap();
        let config = STANDARD.decode(config).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&config).unwrap()["kind"], "Config");
        assert_eq!(response["hybridConnectionConfig"]["token"].is_string(), proxy);
    }
    for body in [json!({}), json!({"authenticationMethod": "Key", "clientProxy": true})] {
        assert_eq!(azure.post(&url, body).await.status, 400);
    }
    let gone = url.replace("amlarc-cluster", "gone");
    let body = json!({"authenticationMethod": "AAD", "clientProxy": true});
    assert_eq!(azure.post(&gone, body).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_is_connected_and_disconnected() {
    let azure = Azure::new();
    let url = url_of(arc("new-cluster"));
    let body = json!({
        "location": "eastus",
        "identity": {"type": "SystemAssigned"},
        "properties": {"agentPublicKeyCertificate": "MIICYzCC", "distribution": "k3s"},
    });
    for (without, status) in [
        ("/location", 400),
        ("/identity/type", 400),
        ("/properties/agentPublicKeyCertificate", 400),
    ] {
        let mut lacking = body.clone();
        *lacking.pointer_mut(without).unwrap() = Value::Null;
        assert_eq!(azure.send("PUT", &url, lacking).await.status, status, "{without}");
    }
    let made = azure.send("PUT", &url, body.clone()).await;
    assert_eq!(
        (made.status, &made.content()["type"]),
        (201, &json!("Microsoft.Kubernetes/connectedClusters"))
    );
    assert_eq!(azure.poll(&made).await.content()["status"], "Succeeded");
    let shown = azure.get(&url).await.content();
    let properties = &shown["properties"];
    assert_eq!(
        (&properties["provisioningState"], &properties["connectivityStatus"]),
        (&json!("Succeeded"), &json!("Connecting")),
    );
    assert!(shown["identity"]["principalId"].is_string(), "{shown}");
    let again = azure.send("PUT", &url, body.clone()).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.content()["identity"]["principalId"], shown["identity"]["principalId"]);
    let mut elsewhere = body;
    elsewhere["location"] = json!("westus");
    assert_eq!(azure.send("PUT", &url, elsewhere).await.status, 409);
    let gone = azure.delete(&url).await;
    assert_eq!(gone.status, 202);
    let outcome = azure.path_in(&gone, "location");
    assert_eq!(azure.get(&outcome).await.status, 200);
    assert_eq!((azure.get(&url).await.status, azure.delete(&url).await.status), (404, 204));
}

#[tokio::test(start_paused = true)]
async fn a_body_is_json_by_its_header() {
    let azure = Azure::new();
    let url = extension_url(&arc("amlarc-cluster"));
    for (kind, status) in [
        (Some("text/plain"), 415),
        (Some("application/x-www-form-urlencoded"), 415),
        (None, 415),
        (Some("Application/JSON; charset=utf-8"), 201),
    ] {
        let mut request = request("PUT", &url, &extension());
        request.headers.insert("authorization".into(), format!("Bearer {}", azure.token));
        match kind {
            Some(kind) => drop(request.headers.insert("content-type".into(), kind.into())),
            None => drop(request.headers.remove("content-type")),
        }
        let response = azure.answer(request).await;
        assert_eq!(response.status, status, "{kind:?}");
        if status == 415 {
            assert_eq!(response.code(), "UnsupportedMediaType");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_needs_a_registered_provider() {
    let provider = format!("{SUBSCRIPTION}/providers/Microsoft.Relay");
    let seed = json!({provider.clone(): null});
    let operation_duration = Duration::from_secs(10);
    let azure = Azure::with(Options { seed: Some(seed), operation_duration, ..Options::default() });
    let namespace = url_of(format!("{GROUP}/providers/Microsoft.Relay/namespaces/relay-one"));
    let refused = azure.put(&namespace, json!({"location": "eastus"})).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "MissingSubscriptionRegistration"));
    assert_eq!(refused.content()["error"]["details"][0]["target"], "Microsoft.Relay");
    assert_eq!(azure.get(&namespace).await.status, 404, "reading needs none");
    let state = |response: &Response| response.content()["registrationState"].clone();
    assert_eq!(state(&azure.get(&url_of(&provider)).await), "NotRegistered");
    let response = azure.post(&url_of(format!("{provider}/register")), Value::Null).await;
    assert_eq!((response.status, state(&response)), (200, json!("Registering")));
    assert_eq!(azure.put(&namespace, json!({"location": "eastus"})).await.status, 409);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(state(&azure.get(&url_of(&provider)).await), "Registered");
    assert_eq!(azure.put(&namespace, json!({"location": "eastus"})).await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn the_token_bucket_empties_and_fills() {
    let azure = Azure::with(Options { throttle: true, ..Options::default() });
    let url = url_of(arc("amlarc-cluster"));
    let first = azure.get(&url).await;
    let left = ["", "global-"].map(|of| {
        let name = format!("x-ms-ratelimit-remaining-subscription-{of}reads");
        first.header(&name).unwrap_or_default().to_owned()
    });
    assert_eq!(left, ["249", "3749"]);
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
    let elsewhere = url.replace("0001/resourceGroups", "0002/resourceGroups");
    assert_ne!(azure.get(&elsewhere).await.status, 429, "every subscription has its own");
    tokio::time::advance(Duration::from_secs(1)).await;
    for _ in 0..25 {
        assert_eq!(azure.get(&url).await.status, 200);
    }
    let mut renewed = request("GET", &url, &Value::Null);
    renewed.headers.insert("authorization".into(), "Bearer another".into());
    assert_eq!(azure.answer(renewed).await.status, 429, "a new token is no new bucket");
}

#[tokio::test(start_paused = true)]
async fn latency_delays_every_answer() {
    let azure = Azure::with(Options { latency: Duration::from_millis(250), ..Options::default() });
    let before = tokio::time::Instant::now();
    azure.get(&url_of(GROUP)).await;
    assert_eq!(before.elapsed(), Duration::from_millis(250));
}

#[tokio::test(start_paused = true)]
async fn retry_after_can_be_left_out() {
    let azure = Azure::with(Options { retry_after: false, ..Options::default() });
    let response = azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    assert_eq!((response.status, response.header("retry-after")), (201, None));
}

#[tokio::test(start_paused = true)]
async fn answers_carry_identifiers() {
    let azure = Azure::new();
    let url = url_of(GROUP);
    let mut request = request("GET", &url, &Value::Null);
    request.headers.insert("x-ms-correlation-request-id".into(), "mine".into());
    let response = azure.answer(request).await;
    assert_eq!(response.header("x-ms-correlation-request-id"), Some("mine"));
    assert!(response.header("x-ms-request-id").is_some());
    assert!(response.header("x-ms-routing-request-id").is_some());
}

#[test]
fn a_seed_of_the_wrong_form_is_refused() {
    let strange = json!({"/subscriptions/s": {"properties": 1}});
    for seed in [json!([]), json!({"no-id": {}}), json!({"/subscriptions/s": 1}), strange] {
        let options = Options { seed: Some(seed), ..Options::default() };
        assert!(crate::cloud::Cloud::new(options, String::new()).is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_seed_brings_its_subscription_and_group_along() {
    let cluster = arc("far").replace("0001/resourceGroups/rg-arc", "0002/resourceGroups/rg-far");
    let gone = arc("amlarc-offline");
    let relay = "/subscriptions/00000000-0000-0000-0000-000000000002/providers/Microsoft.Relay";
    let seed = json!({cluster.clone(): {"location": "westus"}, gone.clone(): null, relay: null});
    let azure = Azure::with(Options { seed: Some(seed), ..Options::default() });
    assert_eq!(azure.get(&url_of(&cluster)).await.content()["location"], "westus");
    assert_eq!(azure.get(&url_of(&gone)).await.status, 404);
    let relay = azure.get(&url_of(relay)).await;
    assert_eq!(relay.content()["registrationState"], "NotRegistered");
    assert_eq!(azure.get(&url_of(arc("amlarc-cluster"))).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_body_of_any_form_is_answered() {
    let azure = Azure::new();
    let relay = url_of(format!("{GROUP}/providers/Microsoft.Relay/namespaces/relay-one"));
    let urls = [extension_url(&arc("amlarc-cluster")), compute_url(), relay];
    let odd = [json!(1), json!("x"), json!([{}]), json!(true)];
    for (url, odd) in urls.iter().flat_map(|url| odd.iter().map(move |odd| (url, odd))) {
        for name in ["location", "tags", "sku", "identity", "properties"] {
            for method in ["PUT", "PATCH"] {
                let usual =
                    json!({"location": "eastus", "properties": {"computeType": "Kubernetes"}});
                let response = azure.send(method, url, changed(usual, json!({name: odd}))).await;
                assert!(
                    [200, 201, 400, 404, 405, 409].contains(&response.status),
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
