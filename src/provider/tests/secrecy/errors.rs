//! Each class of errors of Azure Resource Manager, at each step of an object's life.

use std::time::Duration;

use azure::Method;
use serde_json::{Value as Json, json};
use testing::canaries::find_leak;
use testing::read_data_source;

use super::repeater::{Answer, half, lost, operation, page, redirect, refuse};
use super::{
    ACCESS_TOKEN, AKS, ARC, BUS_KEY, BY_SECRET, CLIENT_SECRET, KUBECONFIG_TOKEN, LOGS_KEY, PASSING,
    PROTECTED, RELAY_KEY, Scene, extension, extension_id, id,
};

const EXTENSION: &str = "/extensions/aml?";

/// What may come in place of an answer.
const ERRORS: [(&str, Answer); 22] = [
    ("400", refuse::<400>),
    ("401", refuse::<401>),
    ("403", refuse::<403>),
    ("409", refuse::<409>),
    ("412", refuse::<412>),
    ("429", refuse::<429>),
    ("500", refuse::<500>),
    ("503", refuse::<503>),
    ("a page", page::<200>),
    ("a page that refuses", page::<403>),
    ("a page of a gateway", page::<502>),
    ("a redirect", redirect),
    ("half", half),
    ("a reset", lost::<0>),
    ("no answer in time", lost::<1>),
    ("no such host", lost::<2>),
    ("no connection", lost::<3>),
    ("a bad certificate", lost::<4>),
    ("a proxy that refuses", lost::<5>),
    ("no HTTP", lost::<6>),
    ("too large", lost::<7>),
    // The last, since nothing is left then.
    ("404", refuse::<404>),
];

/// A step of an object's life, and what is asked in it.
const STEPS: [(&str, Method); 4] = [
    ("create", Method::PUT),
    ("read", Method::GET),
    ("update", Method::PATCH),
    ("delete", Method::DELETE),
];

#[tokio::test(start_paused = true)]
async fn no_error_of_azure_shows_a_secret() {
    let timed =
        json!({ "timeouts": { "create": "30s", "read": "30s", "update": "30s", "delete": "30s" } });
    let mut alone = timed.clone();
    (alone["service_bus"], alone["log_analytics"]) = (Json::Null, Json::Null);
    for (step, method) in STEPS {
        let scene = Scene::new(BY_SECRET);
        let mut core = scene.core("arc_extension");
        if step != "create" {
            assert_eq!(core.apply(&extension(1, timed.clone())).await, [""; 0], "{step}");
        }
        for (error, answer) in ERRORS {
            let case = format!("{step}: {error}");
            scene.azure.fails(method.clone(), EXTENSION, answer);
            let told = match step {
                "create" => {
                    core = scene.core("arc_extension");
                    core.apply(&extension(1, alone.clone())).await
                }
                "read" => core.read().await,
                "update" => core.apply(&extension(2, timed.clone())).await,
                _ => core.destroy_diagnostics().await,
            };
            // What is not there is deleted, and read as gone after some looks.
            let is_fine = error == "404" && ["read", "delete"].contains(&step);
            assert!(
                is_fine || told.iter().any(|text| text.starts_with("error ")),
                "{case}: {told:#?}"
            );
            scene.keeps(&case, &core, &told);
        }
        scene.knows(step, &[CLIENT_SECRET, ACCESS_TOKEN, RELAY_KEY, PROTECTED, PASSING]);
        let fetched = [BUS_KEY, LOGS_KEY];
        scene.knows(step, if step == "create" { &[] } else { &fetched });
    }
}

/// The operation goes as this answer says, and the object says what it was told.
#[tokio::test(start_paused = true)]
async fn no_end_of_an_operation_shows_or_stores_a_secret() {
    for (end, answer) in [
        ("failed", operation::<0> as Answer),
        ("canceled", operation::<1>),
        ("no end in time", operation::<2>),
        ("interrupted", operation::<2>),
        ("looked at in vain", refuse::<403>),
        ("lost", lost::<0>),
    ] {
        for name in ["create", "update"] {
            let case = format!("{name}: {end}");
            let scene = Scene::new(BY_SECRET);
            let mut core = scene.core("arc_extension");
            let timed = json!({
                "timeouts": { "create": "30s", "update": "30s" },
                "relay": { "mode": "none" }, "service_bus": null, "log_analytics": null,
            });
            if name == "update" {
                assert_eq!(core.apply(&extension(1, timed.clone())).await, [""; 0], "{case}");
            }
            scene.azure.memory.leaves(Some("Updating"));
            scene.azure.memory.polls(Some(200));
            scene.azure.fails(Method::GET, "/operations/", answer);
            if end == "interrupted" {
                core.stop_after(Duration::from_secs(10));
            }
            let mut changed = timed;
            changed["install_prom_op"] = json!(false);
            let told = core.apply(&extension(2, changed)).await;
            assert!(!told.is_empty(), "{case}");
            scene.keeps(&case, &core, &told);
        }
    }
}

/// What an object says of itself is stored, without any secret, also by a provider that knows none of them.
#[tokio::test(start_paused = true)]
async fn no_text_of_an_object_brings_a_secret_into_the_state() {
    let scene = Scene::new(BY_SECRET);
    let mut core = scene.core("arc_extension");
    assert_eq!(core.apply(&extension(1, json!({}))).await, [""; 0]);
    let said: Vec<_> =
        scene.azure.known().iter().flat_map(|secret| testing::canaries::forms(secret)).collect();
    let said = format!("helm failed: {}", said.join(", "));
    let mut object = scene.azure.memory.get(&extension_id()).expect("it was made");
    object["properties"]["statuses"] =
        json!([{ "code": said, "level": "Error", "displayStatus": said, "message": said }]);
    object["properties"]["errorInfo"] = json!({ "code": "x", "message": said });
    scene.azure.memory.set(&extension_id(), object);
    let told = core.read().await;
    assert!(core.state()["statuses"].to_string().contains("helm failed: (sensitive)"));
    scene.keeps("after a read", &core, &told);
    // Another process, which was never told what is only passed on.
    let other = Scene::new(BY_SECRET);
    other
        .azure
        .memory
        .set(&extension_id(), scene.azure.memory.get(&extension_id()).expect("it is there"));
    core.server = other.server.clone();
    let told = core.read().await;
    assert!(core.state()["statuses"].to_string().contains("helm failed: (sensitive)"));
    scene.keeps("after a read by another process", &core, &told);
}

/// What looks like a secret is struck by who knows none: an import, and a data source.
#[tokio::test(start_paused = true)]
async fn no_key_of_any_shape_comes_into_a_state() {
    let shapes = [
        ("a key", "canary5hape+Kz0="),
        ("a PEM block", "canaryPemKz0canaryPemKz0canaryPemKz0"),
        ("a token", "eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOiIxIn0.Y2FuYXJ5"),
    ];
    let [(_, key), (_, block), (_, token)] = shapes;
    let said = format!(
        "helm failed: Endpoint=sb://x.example/;SharedAccessKey={key}, -----BEGIN PRIVATE KEY-----\n{block}\n\
         -----END PRIVATE KEY-----, {token}: see the pods"
    );
    let scene = Scene::new(BY_SECRET);
    let mut core = scene.core("arc_extension");
    assert_eq!(core.apply(&extension(1, json!({}))).await, [""; 0]);
    let mut object = scene.azure.memory.get(&extension_id()).expect("it was made");
    let named = format!("a key: SharedAccessKey={key}");
    object["properties"]["statuses"] =
        json!([{ "code": named, "level": "Error", "displayStatus": said, "message": said }]);
    scene.azure.memory.set(&extension_id(), object);
    let mut imported = scene.core("arc_extension");
    let told = [imported.import(&extension_id()).await, imported.read().await].concat();
    let data = json!({ "name": "aml", "cluster_id": id(ARC) });
    let data = read_data_source(&scene.server, "arc_extension", &data).await.expect("it is there");
    for text in [told.concat(), imported.state().to_string(), data.to_string()] {
        assert_eq!(find_leak(&text, shapes), None, "{text}");
    }
    for state in [imported.state(), data] {
        assert!(state.to_string().contains("see the pods"), "{state}");
    }
}

/// What Azure gives to reach a cluster of AKS is as secret as what the cluster then gets.
#[tokio::test(start_paused = true)]
async fn no_error_shows_what_azure_gave_to_reach_a_cluster() {
    let scene = Scene::new(BY_SECRET);
    let mut core = scene.core("instance_type");
    let amounts = json!({ "cpu": "2", "memory": "4Gi" });
    let config = json!({
        "name": "gpu", "cluster_id": id(AKS),
        "resources": { "requests": amounts, "limits": amounts },
    });
    let told = core.apply(&config).await;
    assert!(told[0].starts_with("error "), "it has no authority: {told:#?}");
    scene.knows("AKS", &[KUBECONFIG_TOKEN]);
    scene.keeps("AKS", &core, &told);
    scene.azure.fails(Method::PUT, EXTENSION, refuse::<403>);
    let mut core = scene.core("arc_extension");
    let told = core.apply(&extension(1, json!({}))).await;
    assert!(told.concat().contains("(sensitive)"), "{told:#?}");
    scene.keeps("an extension", &core, &told);
}
