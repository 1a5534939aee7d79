//! Whose a side resource is, by its tag, and which tags it carries.

use azure::Method;
use serde_json::{Value as Json, json};

use super::{
    CONNECTION, NAMESPACE, alone, any_contains, config, create_object, extension, healthy_azure,
    id, imported, kinds,
};
use crate::tests::{Core, Memory, Rule};

const BUS: &str = "Microsoft.ServiceBus/namespaces/csrgservicebus";
const LOGS: &str = "Microsoft.OperationalInsights/workspaces/csrg";
const TAGGED: [&str; 3] = [NAMESPACE, BUS, LOGS];
const OWNER: &str = "terraform_provider_azureml";

fn all(tags: &Json) -> Json {
    let managed = json!({ "mode": "managed", "tags": tags });
    config(json!({ "relay": managed, "service_bus": managed, "log_analytics": managed }))
}

fn untagged() -> Json {
    all(&Json::Null)
}

fn tags(memory: &Memory, of: &str) -> Json {
    memory.get(&id(of)).expect("it is there")["tags"].clone()
}

fn left(memory: &Memory) -> Vec<&'static str> {
    let there = |one: &&str| memory.get(&id(one)).is_some();
    [NAMESPACE, CONNECTION, BUS, LOGS].into_iter().filter(there).collect()
}

fn all_created(core: &Core) -> bool {
    let kinds = kinds(core);
    kinds.len() == 4 && kinds.iter().all(|(_, created)| *created)
}

#[tokio::test]
async fn what_is_made_says_for_which_extension() {
    let memory = healthy_azure();
    create_object(&memory, &untagged()).await;
    let expected =
        json!({ "created_by": "Azure Arc-enabled ML", OWNER: extension("aml").to_lowercase() });
    for one in TAGGED {
        assert_eq!(tags(&memory, one), expected, "{one}");
    }
    let connection = memory.get(&id(CONNECTION)).expect("it is there");
    assert_eq!(connection["tags"], Json::Null, "a child has none");
}

/// A create that dies leaves no state; the next one knows what it has made.
#[tokio::test]
async fn what_a_killed_create_made_is_known_by_its_tag() {
    let steps = [LOGS, NAMESPACE, CONNECTION, BUS];
    for done in 0..=steps.len() {
        let memory = healthy_azure();
        create_object(&memory, &untagged()).await;
        memory.remove(&extension("aml"));
        steps[done..].iter().for_each(|later| memory.remove(&id(later)));
        let mut next = create_object(&memory, &untagged()).await;
        assert!(all_created(&next), "{done}: {:?}", kinds(&next));
        next.destroy().await;
        assert_eq!(left(&memory), [""; 0], "{done}");
    }
}

/// The delete half is through, and no create half has begun.
#[tokio::test]
async fn a_replacement_that_died_between_its_halves_is_taken_up() {
    for name in ["aml", "renamed"] {
        let memory = healthy_azure();
        create_object(&memory, &untagged()).await;
        memory.remove(&extension("aml"));
        let mut renamed = untagged();
        renamed["name"] = json!(name);
        let mut next = create_object(&memory, &renamed).await;
        assert!(all_created(&next), "{name}: {:?}", kinds(&next));
        next.destroy().await;
        assert_eq!(left(&memory), [""; 0], "{name}");
    }
}

#[tokio::test]
async fn what_is_somebody_elses_is_adopted_and_kept() {
    let elsewhere = extension("aml").replace("connectedClusters/c/", "connectedClusters/d/");
    let cases = [
        (json!({}), false),
        (json!({ "created_by": "Azure Arc-enabled ML" }), false),
        (json!({ OWNER: elsewhere.to_lowercase() }), false),
        (json!({ OWNER: "somebody" }), false),
        (json!({ OWNER: extension("aml") }), true),
        (json!({ "Terraform_Provider_AzureML": extension("aml").to_lowercase() }), true),
    ];
    for (tags, ours) in cases {
        let memory = healthy_azure();
        create_object(&memory, &untagged()).await;
        memory.remove(&extension("aml"));
        for one in TAGGED {
            super::drift(&memory, &id(one), |object| object["tags"] = tags.clone());
        }
        let mut core = create_object(&memory, &untagged()).await;
        assert!(kinds(&core).iter().all(|(_, created)| *created == ours), "{tags}");
        let told = core.destroy_diagnostics().await;
        let kept = if ours { 0 } else { 4 };
        assert_eq!((told.len(), left(&memory).len()), (kept, kept), "{tags}: {told:#?}");
    }
}

/// The name of the cluster is that of a relay to which the provider may not look up.
#[tokio::test]
async fn a_namespace_that_may_not_be_read_is_adopted() {
    let memory = healthy_azure();
    create_object(&memory, &config(json!({}))).await;
    memory.remove(&extension("aml"));
    let denied = json!({ "error": { "code": "AuthorizationFailed", "message": "no" } });
    let path = "/namespaces/csrgrelay";
    memory.rule(Rule { method: Method::GET, path, status: 403, body: denied, times: 1 });
    let core = create_object(&memory, &config(json!({}))).await;
    assert!(kinds(&core).iter().all(|(_, created)| !*created));
}

#[tokio::test]
async fn tags_are_written_with_what_is_made_and_changed_in_place() {
    let memory = healthy_azure();
    let protected = json!({ "a": "1" });
    let with = |tags: &Json| {
        let mut with = all(tags);
        with["configuration_protected_settings"] = protected.clone();
        with
    };
    let first = with(&json!({ "cost": "one", "team": "ml" }));
    let mut core = create_object(&memory, &first).await;
    let writes = memory.writes();
    assert!(!writes.iter().any(|write| write.starts_with("PATCH")), "{writes:?}");
    for one in TAGGED {
        assert_eq!(tags(&memory, one)["cost"], "one");
        super::drift(&memory, &id(one), |object| object["tags"]["other"] = json!("stays"));
    }
    core.read().await;
    assert!(core.plans_nothing(&first).await);
    let second = with(&json!({ "cost": "two" }));
    let shows = core.planned_changes(&second).await;
    assert!(shows.len() == 6 && shows.iter().all(|at| at.contains(".tags.")), "{shows:?}");
    assert_eq!(core.plan(&second).await.unknowns(), [""; 0]);
    core.run(&second).await;
    let sent = memory.sent();
    assert_eq!(memory.writes(), ["PATCH csrgrelay", "PATCH csrgservicebus", "PATCH csrg"]);
    let expected = json!({
        "created_by": "Azure Arc-enabled ML", OWNER: extension("aml").to_lowercase(),
        "cost": "two", "other": "stays",
    });
    assert_eq!(sent, json!({ "tags": expected }));
    assert_eq!(tags(&memory, BUS), expected);
    core.read().await;
    assert!(core.plans_nothing(&second).await);
    // The same again changes nothing.
    let told = core.plan_diagnostics(&with(&Json::Null)).await;
    assert!(
        any_contains(&told, "tags of its relay are no longer managed")
            && any_contains(&told, "cost")
    );
    core.run(&with(&Json::Null)).await;
    core.run(&second).await;
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test]
async fn tags_of_one_that_was_there_are_added() {
    let memory = healthy_azure();
    memory.set(
        &id(LOGS),
        json!({
            "name": "csrg", "tags": { "theirs": "1", "Cost": "0" },
            "properties": { "customerId": "a5e5e5e5-0000-4000-8000-000000000001" },
        }),
    );
    let logs = json!({ "mode": "managed", "tags": { "cost": "one" } });
    let mut core = create_object(&memory, &alone(json!({ "log_analytics": logs }))).await;
    assert_eq!(tags(&memory, LOGS)["cost"], "one");
    assert_eq!(kinds(&core), [("log_analytics_workspace".to_owned(), false)]);
    core.destroy_diagnostics().await;
    assert!(memory.get(&id(LOGS)).is_some());
}

#[tokio::test]
async fn tags_that_somebody_wrote_are_imported() {
    let memory = healthy_azure();
    let tagged = all(&json!({ "cost": "one" }));
    create_object(&memory, &tagged).await;
    let mut core = imported(&memory).await;
    for argument in ["relay", "service_bus", "log_analytics"] {
        let expected = json!({ "cost": "one" });
        assert_eq!(core.state()[argument]["tags"], expected, "{argument}");
    }
    assert!(
        core.plans_nothing(&{
            let mut written = tagged.clone();
            written["log_analytics_ws"] = json!(true);
            written
        })
        .await
    );
    core.destroy_diagnostics().await;
}

#[tokio::test]
async fn a_workspace_is_found_by_an_import_and_kept() {
    for written in [
        json!({ "log_analytics_ws": true }),
        json!({ "service_bus": { "mode": "managed" }, "log_analytics": { "mode": "managed" } }),
    ] {
        let memory = healthy_azure();
        let core = create_object(&memory, &config(written.clone())).await;
        let before = kinds(&core);
        let mut core = imported(&memory).await;
        let found = kinds(&core);
        assert!(found.iter().all(|(_, created)| !*created), "{found:?}");
        let names = |kinds: &[(String, bool)]| {
            kinds.iter().map(|(kind, _)| kind.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&found), names(&before));
        core.read().await;
        assert_eq!(kinds(&core), found);
        let told = core.destroy_diagnostics().await;
        assert_eq!(told.len(), found.len(), "each is told: {told:#?}");
        assert!(memory.get(&id(LOGS)).is_some());
    }
}

/// One that the extension does not use is none of its side resources.
#[tokio::test]
async fn a_workspace_that_is_not_used_is_not_found() {
    let memory = healthy_azure();
    create_object(&memory, &alone(json!({ "log_analytics_ws": true }))).await;
    super::drift(&memory, &id(LOGS), |logs| {
        logs["properties"]["customerId"] = json!("b5e5e5e5-0000-4000-8000-000000000002");
    });
    assert_eq!(kinds(&imported(&memory).await), []);
}

#[tokio::test]
async fn tags_are_for_what_is_managed() {
    let own = json!({ "cost": "1" });
    let aks = id(super::AKS);
    let hybrid = id(CONNECTION);
    let cases = [
        (json!({ "relay": { "mode": "none", "tags": own } }), "relay.tags"),
        (
            json!({ "relay": { "mode": "existing", "hybrid_connection_id": hybrid, "tags": own } }),
            "relay.tags",
        ),
        (json!({ "cluster_id": aks, "relay": { "tags": own } }), "relay.tags"),
        (json!({ "service_bus": { "tags": own } }), "service_bus.tags"),
        (json!({ "log_analytics": { "tags": own } }), "log_analytics.tags"),
        (json!({ "relay": { "tags": { "TERRAFORM_provider_azureml": "x" } } }), "relay.tags"),
    ];
    let core = Core::new("arc_extension", &healthy_azure());
    for (written, at) in cases {
        let told = core.validate(&config(written.clone())).await;
        let start = format!("error {at}: ");
        assert!(told.len() == 1 && told[0].starts_with(&start), "{written}: {told:#?}");
    }
    for written in [
        json!({ "relay": { "tags": own } }),
        json!({ "log_analytics_ws": true, "log_analytics": { "tags": own } }),
        json!({ "service_bus": { "mode": crate::tests::unknown(), "tags": own } }),
    ] {
        assert_eq!(core.validate(&config(written.clone())).await, [""; 0], "{written}");
    }
}

/// The framework holds an apply to what its plan knew, as Terraform does.
#[tokio::test]
async fn a_plan_shows_what_will_stand_beside_the_extension() {
    let own = "Microsoft.Relay/namespaces/own/hybridConnections/edge";
    let unknown = crate::tests::unknown;
    let cases = [
        (config(json!({})), true),
        (untagged(), true),
        (alone(json!({ "log_analytics_ws": true })), true),
        (alone(json!({ "cluster_id": id(super::AKS) })), true),
        (config(json!({ "relay": { "mode": "existing", "connection_string_wo": "s" } })), true),
        (config(json!({ "relay": { "mode": "existing", "hybrid_connection_id": id(own) } })), true),
        (config(json!({ "relay": { "mode": unknown() } })), false),
        (config(json!({ "cluster_id": unknown() })), false),
        (config(json!({ "log_analytics_ws": unknown() })), false),
        (config(json!({ "configuration_protected_settings": unknown() })), false),
    ];
    for (written, is_known) in cases {
        let memory = healthy_azure();
        memory.set(&id(own), json!({ "name": "edge" }));
        memory.set(&id(&format!("{own}/authorizationRules/azureml_rw")), json!({}));
        let mut core = Core::new("arc_extension", &memory);
        let plan = core.plan(&written).await;
        let unknown = plan.unknowns().contains(&"side_resources".to_owned());
        assert_eq!(unknown, !is_known, "{written}");
        if is_known {
            core.run(&written).await;
            let before = core.state();
            core.read().await;
            assert_eq!(core.state(), before, "{written}");
            assert!(core.plans_nothing(&written).await, "{written}");
        }
    }
}

/// A tainted extension has more than its plan can know of: nothing of it is lost.
#[tokio::test]
async fn what_a_plan_could_not_know_is_remembered() {
    for refresh in [true, false] {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &untagged()).await;
        core.tainted = true;
        core.replace(&config(json!({}))).await;
        assert_eq!(kinds(&core).len(), 2);
        if refresh {
            core.read().await;
            assert!(all_created(&core), "{:?}", kinds(&core));
            assert!(core.plans_nothing(&config(json!({}))).await);
        }
        core.destroy().await;
        assert_eq!(left(&memory), [""; 0]);
    }
}
