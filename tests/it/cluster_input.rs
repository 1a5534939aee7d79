//! What a user may get wrong on the way to a cluster, and what an apply says then; and clusters that do not stay as
//! they are.

use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use emulator::Options;
use serde_json::{Value, json};
use yaml_rust2::{Yaml, YamlLoader};

use crate::aks;
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::{Cli, Ran};
use crate::support::cluster::{Account, Cluster, Kind, unique, wait_until};
use crate::support::lifecycle::settled;
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{REQUIRED_PROVIDERS, with_terraform};

with_terraform!(
    a_kubeconfig_that_cannot_be_used_says_why,
    an_exec_plugin_that_gives_nothing_says_why_and_shows_no_secret,
    whoever_is_not_let_in_is_told,
    each_right_that_is_missing_is_printed_as_the_rule_to_grant,
    another_version_of_the_type_is_named,
    numbers_may_be_written_without_quotes,
    a_name_that_is_not_legal_is_told_with_a_legal_one,
    two_types_of_one_name_make_one_object,
    a_plugin_is_asked_again_when_its_token_has_expired,
    a_server_that_stops_and_starts_is_waited_for,
    a_type_of_kubectl_changes_hands_under_every_definition,
    force_takes_nothing_that_is_there_before_the_create,
);

const PATH: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";
const ADDRESS: &str = "azureml_instance_type.this";
/// Stands where a secret does.
const CANARY: &str = "canary-7f3a9c51";

fn cluster_id() -> String {
    format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster")
}

/// A type of this name, by the file `kubeconfig`, with `more` in the block.
fn config(cli: &Cli, name: &str, more: &str) -> String {
    format!("{}{}", provider(cli, more), instance_type("this", name, "\"2\""))
}

fn provider(cli: &Cli, more: &str) -> String {
    format!(
        "{REQUIRED_PROVIDERS}
provider \"azureml\" {{
  kubernetes {{
    config_path = {}
    cluster_ids = [{:?}]
    {more}
  }}
}}
",
        json!(cli.path("kubeconfig")),
        cluster_id()
    )
}

fn instance_type(label: &str, name: &str, cpu: &str) -> String {
    let amounts = format!("{{ cpu = {cpu}, memory = \"4Gi\" }}");
    format!(
        "resource \"azureml_instance_type\" {label:?} {{
  name       = {name:?}
  cluster_id = {:?}
  resources  = {{ requests = {amounts}, limits = {amounts} }}
  timeouts {{
    create = \"20s\"
  }}
}}
",
        cluster_id()
    )
}

// === the way there ===

fn a_kubeconfig_that_cannot_be_used_says_why(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let whole = cluster.kubeconfig();
    let broken = whole.replace("contexts:", &format!("contexts: [{CANARY}"));
    let empty = whole.replace("current-context: test", "current-context: \"\"");
    for (file, more, expected) in [
        (None, "", "kubeconfig"),
        (Some(broken.as_str()), "", "is no kubeconfig"),
        (Some(""), "", "has no current context"),
        (Some(empty.as_str()), "", "has no current context"),
        (
            Some(whole.as_str()),
            "config_context = \"other\"",
            "has no context \"other\"; it has \"test\"",
        ),
    ] {
        // What is left of the case before goes.
        let _ = std::fs::remove_file(cli.path("kubeconfig"));
        if let Some(text) = file {
            cli.write_file("kubeconfig", text);
        }
        cli.write(&config(cli, &unique("type"), more));
        cli.plan(&[]).plans("create", ADDRESS);
        let ran = cli.apply();
        ran.never_says(CANARY)
            .fails_with("Cluster cannot be reached")
            .says(expected)
            .says("Check the block `kubernetes` of the provider.");
    }
}

/// A kubeconfig whose user is a program that does this.
fn write_plugin(cli: &Cli, cluster: &Cluster, script: &str) {
    let plugin = cli.path("plugin.sh");
    cli.write_file("plugin.sh", &format!("#!/bin/sh\n{script}\n"));
    let all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&plugin, all).expect("its mode can be set");
    let user = json!({ "exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": plugin,
        "interactiveMode": "Never",
        "env": [{ "name": "PLUGIN_SECRET", "value": CANARY }],
    } });
    cli.write_file("kubeconfig", &cluster.kubeconfig_with(&user));
}

fn an_exec_plugin_that_gives_nothing_says_why_and_shows_no_secret(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let credential = format!(
        "{{\"apiVersion\":\"v9\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"{CANARY}\"}}}}"
    );
    for (script, more, expected) in [
        ("echo no account is signed in >&2; exit 3", "", "no account is signed in"),
        ("echo \"the secret is $PLUGIN_SECRET\" >&2; exit 1", "", "(sensitive)"),
        (&*format!("echo {CANARY}"), "", "plugin.sh"),
        (&*format!("echo '{credential}'"), "", "plugin.sh"),
        ("tail -f /dev/null", "", "is over"),
        ("exit 0", "allow_exec = false", "`allow_exec = false` forbids"),
    ] {
        write_plugin(cli, cluster, script);
        cli.write(&config(cli, &unique("type"), more).replace("\"20s\"", "\"3s\""));
        let ran = cli.apply();
        ran.never_says(CANARY);
        let texts: Vec<_> = ran.diagnostics().iter().map(|it| it.text.as_str()).collect();
        assert!(texts.iter().any(|text| text.contains(expected)), "{script}: {ran}");
    }
}

fn whoever_is_not_let_in_is_told(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let Some(other) = Cluster::shared(Kind::Lax) else { return };
    let account = cluster.add_account(&json!([]));
    // The address of one cluster with the authority of another.
    let foreign = other.kubeconfig().replace(&other.endpoint(), &cluster.endpoint());
    for (kubeconfig, expected) in [
        (cluster.kubeconfig_with_token(CANARY), "does not accept the credentials"),
        (
            cluster.kubeconfig_with_token(&account.expired_token()),
            "does not accept the credentials",
        ),
        (foreign, "TLS with the cluster fails"),
    ] {
        cli.write_file("kubeconfig", &kubeconfig);
        cli.write(&config(cli, &unique("type"), ""));
        let ran = cli.apply();
        ran.never_says(CANARY).fails_with(expected).says("Check the block `kubernetes`");
    }
}

// === rights ===

/// Each verb is left out in turn; what is printed, and nothing else, lets the same command succeed.
fn each_right_that_is_missing_is_printed_as_the_rule_to_grant(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    for missing in ["get", "create", "patch", "delete"] {
        let verbs = ["get", "create", "patch", "delete"].into_iter().filter(|it| *it != missing);
        let rule = json!({
            "apiGroups": ["amlarc.azureml.com"],
            "resources": ["instancetypes"],
            "verbs": verbs.collect::<Vec<_>>(),
        });
        let account = cluster.add_account(&json!([rule]));
        let name = unique("type");
        cli.write_file("kubeconfig", &account.kubeconfig());
        cli.write(&config(cli, &name, ""));
        let changed = cli.read_file("main.tf").replace("cpu = \"2\"", "cpu = \"4\"");
        let steps: [&dyn Fn() -> Ran; 3] = [
            &|| cli.apply(),
            &|| {
                cli.write(&changed);
                cli.apply()
            },
            &|| cli.destroy(),
        ];
        let mut refusals = 0;
        for step in steps {
            let mut ran = step();
            if ran.code() != Some(0) {
                refusals += 1;
                grant_what_is_printed(&account, &ran, missing);
                ran = step();
            }
            ran.succeeds();
        }
        assert_eq!(refusals, 1, "without {missing}");
        assert!(cluster.find(&format!("{PATH}/{name}")).is_none());
    }
}

/// Reads the rule in the error as Kubernetes would, and grants exactly that.
#[track_caller]
fn grant_what_is_printed(account: &Account<'_>, ran: &Ran, missing: &str) {
    let details =
        ran.messages().filter_map(|it| Some(it["diagnostic"]["detail"].as_str()?.to_owned()));
    let told = details.last().expect("an error has a detail");
    assert!(told.contains(&format!("right to {missing} instancetypes")), "{told}");
    let rules = told.find("  - apiGroups").expect("a rule is printed");
    let rules = &YamlLoader::load_from_str(&told[rules..]).expect("it is YAML")[0];
    account.grant(&json_of(rules));
}

fn json_of(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) => json!(text),
        Yaml::Array(items) => items.iter().map(json_of).collect(),
        Yaml::Hash(members) => {
            let member = |(name, value): (&Yaml, &Yaml)| {
                (name.as_str().expect("a name is a text").to_owned(), json_of(value))
            };
            Value::Object(members.iter().map(member).collect())
        }
        other => panic!("{other:?} is in no rule"),
    }
}

// === what is asked for ===

fn another_version_of_the_type_is_named(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Bare) else { return };
    let definition = include_str!("../fixtures/instance-types/strict.json");
    let definition = definition.replace("\"v1alpha1\"", "\"v1beta1\"");
    cluster.define(&serde_json::from_str(&definition).expect("it stays JSON"));
    cli.write_file("kubeconfig", &cluster.kubeconfig());
    cli.write(&config(cli, "gpu", ""));
    cli.apply()
        .fails_with("Instance type was not created")
        .says("serves amlarc.azureml.com as v1beta1, not as v1alpha1");
}

fn numbers_may_be_written_without_quotes(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let name = unique("type");
    cli.write_file("kubeconfig", &cluster.kubeconfig());
    let gpu = instance_type("this", &name, "2, \"nvidia.com/gpu\" = 1");
    cli.write(&format!("{}{gpu}", provider(cli, "")));
    cli.apply().succeeds();
    settled(cli);
    let limits = &cluster.get(&format!("{PATH}/{name}"))["spec"]["resources"]["limits"];
    assert_eq!(*limits, json!({ "cpu": "2", "memory": "4Gi", "nvidia.com/gpu": 1 }));
    cli.destroy().succeeds();
}

fn a_name_that_is_not_legal_is_told_with_a_legal_one(_: &Azure, cli: &mut Cli) {
    for (name, legal) in [("gpu_type", "gpu-type"), ("GPU", "gpu"), ("Big_CPU.x", "big-cpu.x")] {
        cli.write(&config(cli, name, ""));
        cli.validate().fails_with("Invalid name").at("name ").says(&format!("{legal:?}"));
    }
}

fn two_types_of_one_name_make_one_object(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let name = unique("type");
    let path = format!("{PATH}/{name}");
    cli.write_file("kubeconfig", &cluster.kubeconfig());
    let provider = provider(cli, "");
    let (one, other) =
        (instance_type("one", &name, "\"1\""), instance_type("other", &name, "\"2\""));
    cli.write(&format!("{provider}{one}{other}"));
    let id = format!("{}|{name}", cluster_id());
    cli.apply().fails_with("Instance type already exists").says("import {").says(&id);
    let there = |label: &str| cli.state(&format!("azureml_instance_type.{label}"));
    let cpu = match (there("one"), there("other")) {
        (Some(_), None) => "1",
        (None, Some(_)) => "2",
        both => panic!("one of the two has the object: {both:?}"),
    };
    let amounts = json!({ "cpu": cpu, "memory": "4Gi" });
    let spec = &cluster.get(&path)["spec"];
    assert_eq!(*spec, json!({ "resources": { "requests": amounts, "limits": amounts } }));
    cli.apply().fails_with("Instance type already exists").says(&id);
}

// === what does not stay as it is ===

/// The plugin prints a token that has expired, and the next time one that has not.
fn a_plugin_is_asked_again_when_its_token_has_expired(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let rules = json!([{
        "apiGroups": ["amlarc.azureml.com"], "resources": ["instancetypes"], "verbs": ["*"],
    }]);
    let account = cluster.add_account(&rules);
    let print = |token: &str| {
        format!(
            "echo '{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\
             \"status\":{{\"token\":\"{token}\"}}}}'"
        )
    };
    let script = format!(
        "echo run >> {runs}\nif [ -e {done} ]; then\n{fresh}\nelse\ntouch {done}\n{old}\nfi",
        runs = cli.path("runs").display(),
        done = cli.path("done").display(),
        fresh = print(&account.token()),
        old = print(&account.expired_token()),
    );
    write_plugin(cli, cluster, &script);
    let name = unique("type");
    cli.write(&config(cli, &name, ""));
    let ran = cli.apply();
    ran.succeeds();
    ran.never_says(&account.token());
    assert_eq!(cli.read_file("runs").lines().count(), 2, "once, and once more when it is refused");
    assert!(cluster.find(&format!("{PATH}/{name}")).is_some());
    cli.destroy().succeeds();
}

fn a_server_that_stops_and_starts_is_waited_for(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    cli.write_file("kubeconfig", &cluster.kubeconfig());
    let some = |count: usize| {
        let types = (0..count).map(|number| {
            let name = format!("type-{number}");
            instance_type(&name, &name, "\"2\"").replace("\"20s\"", "\"2m\"")
        });
        format!("{}{}", provider(cli, ""), types.collect::<String>())
    };
    cli.write(&some(1));
    cli.apply().succeeds();
    // Forty types are four rounds of ten: the server goes in the middle of them.
    cli.write(&some(40));
    let running = cli.start(&["apply", "-json", "-auto-approve"]);
    wait_until("a part of them is there", || {
        let list = cluster.get(PATH);
        list["items"].as_array().is_some_and(|items| items.len() > 1)
    });
    cluster.stop();
    cluster.restart();
    running.end().succeeds();
    let list = cluster.get(PATH);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(40));
    cli.write(&some(40));
    settled(cli);
}

/// `kubectl apply` of old and by default: an `Update` by the manager `kubectl-client-side-apply`, with the annotation of
/// what was applied last.
fn a_type_of_kubectl_changes_hands_under_every_definition(_: &Azure, cli: &mut Cli) {
    for kind in [Kind::Strict, Kind::Lax, Kind::Atomic, Kind::Defaulting] {
        let Some(cluster) = Cluster::shared(kind) else { return };
        let name = unique("type");
        let path = format!("{PATH}/{name}");
        let amounts = json!({ "cpu": "2", "memory": "4Gi" });
        let mut theirs = json!({
            "apiVersion": "amlarc.azureml.com/v1alpha1",
            "kind": "InstanceType",
            "metadata": { "name": name },
            "spec": {
                "nodeSelector": { "pool": "old" },
                "resources": { "requests": amounts, "limits": amounts },
            },
        });
        let last = format!("{theirs}\n");
        let annotation = "kubectl.kubernetes.io/last-applied-configuration";
        theirs["metadata"]["annotations"] = json!({ annotation: last });
        cluster.create(&format!("{PATH}?fieldManager=kubectl-client-side-apply"), &theirs);
        cli.write_file("kubeconfig", &cluster.kubeconfig());
        cli.write(&config(cli, &name, ""));
        cli.import(ADDRESS, &format!("{}|{name}", cluster_id())).succeeds();
        cli.plan(&[]).plans("update", ADDRESS);
        cli.apply().succeeds();
        settled(cli);
        let found = cluster.get(&path);
        assert_eq!(found["spec"]["nodeSelector"].get("pool"), None, "{kind:?}: {found:#}");
        assert_eq!(found["metadata"]["annotations"][annotation], last.as_str(), "{kind:?}");
        let changed = cli.read_file("main.tf").replace("cpu = \"2\"", "cpu = \"4\"");
        cli.write(&changed);
        cli.apply().succeeds();
        settled(cli);
        cli.destroy().succeeds();
        assert!(cluster.find(&path).is_none(), "{kind:?}");
    }
}

fn force_takes_nothing_that_is_there_before_the_create(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let name = unique("type");
    let path = format!("{PATH}/{name}");
    let amounts = json!({ "cpu": "8", "memory": "4Gi" });
    let theirs = json!({
        "apiVersion": "amlarc.azureml.com/v1alpha1",
        "kind": "InstanceType",
        "metadata": { "name": name },
        "spec": { "resources": { "requests": amounts, "limits": amounts } },
    });
    cluster.apply_as("helm", &path, &theirs);
    let before = cluster.get(&path);
    cli.write_file("kubeconfig", &cluster.kubeconfig());
    let forced =
        config(cli, &name, "").replace("  timeouts {", "  force_conflicts = true\n  timeouts {");
    cli.write(&forced);
    cli.apply().fails_with("Instance type already exists").says("import {");
    assert_eq!(cluster.get(&path), before);
}

// === AKS ===

/// The same ARM ID, and behind it another cluster with another address and another authority: in one apply the first
/// type finds the old one, and the next the new one.
#[test]
fn an_aks_cluster_that_is_replaced_is_asked_for_again() {
    let Some((azure, new)) = Cluster::start_in_azure(Kind::Strict, Options::default()) else {
        return;
    };
    let Some(old) = Cluster::start(Kind::Strict) else { return };
    let Some(mut cli) = Cli::new(TERRAFORM_1_11, &azure) else { return };
    cli.unset("AZUREML_ACCESS_TOKEN");
    azure.drift(&aks::aks(), |object| object["properties"]["aadProfile"] = json!({}));
    let rules = json!([
        {"apiGroups": ["amlarc.azureml.com"], "resources": ["instancetypes"], "verbs": ["*"]},
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
    ]);
    let user = json!({"kind": "User", "name": "00000000-0000-0000-0000-0000000000e4"});
    new.grant(&user, &rules);
    let value = STANDARD.encode(old.kubeconfig());
    azure.fails(
        &json!({ "method": "POST", "path": "listClusterUserCredential" }),
        &json!({ "status": 200, "body": { "kubeconfigs": [{ "name": "clusterUser", "value": value }] } }),
    );
    let of = |name: &str| {
        let of = instance_type(name, name, "\"2\"").replace("\"20s\"", "\"2m\"");
        of.replace(&cluster_id(), &aks::aks())
    };
    // What replaces the cluster stands between the two.
    let replacement = r#"
resource "terraform_data" "replacement" {
  depends_on = [azureml_instance_type.first]
  provisioner "local-exec" {
    command = "until [ -e done ]; do sleep 0.1; done"
  }
}
"#;
    let after =
        of("second").replace("  name  ", "  depends_on = [terraform_data.replacement]\n  name  ");
    cli.write(&format!("{REQUIRED_PROVIDERS}{}{replacement}{after}", of("first")));
    let running = cli.start(&["apply", "-json", "-auto-approve"]);
    wait_until("the first is there", || old.find(&format!("{PATH}/first")).is_some());
    old.stop();
    cli.write_file("done", "");
    running.end().succeeds();
    assert!(new.find(&format!("{PATH}/second")).is_some());
    let asked = azure.exchanges();
    let asked = asked.iter().filter(|it| it.path.ends_with("listClusterUserCredential"));
    assert_eq!(asked.count(), 2, "once for each cluster");
}

/// Azure still tells the way to a cluster that is stopped, and nobody answers there.
#[test]
fn an_aks_cluster_that_is_stopped_is_named_with_its_start_command() {
    let azure = Azure::over_tls();
    let Some(mut cli) = Cli::new(TERRAFORM_1_11, &azure) else { return };
    cli.unset("AZUREML_ACCESS_TOKEN");
    let Some(gone) = Cluster::start(Kind::Bare) else { return };
    gone.stop();
    let value = STANDARD.encode(gone.kubeconfig());
    azure.fails_times(
        0,
        &json!({ "method": "POST", "path": "listClusterUserCredential" }),
        &json!({ "status": 200, "body": { "kubeconfigs": [{ "name": "clusterUser", "value": value }] } }),
    );
    let of = instance_type("this", "gpu", "\"2\"").replace("\"20s\"", "\"5s\"");
    cli.write(&format!("{REQUIRED_PROVIDERS}{}", of.replace(&cluster_id(), &aks::aks())));
    cli.apply().fails_with("Instance type cannot be read").says("cannot be reached");
    azure.drift(&aks::aks(), |object| {
        object["properties"]["powerState"] = json!({ "code": "Stopped" });
    });
    cli.apply()
        .fails_with("Cluster is stopped")
        .says("az aks start --name aks-cluster --resource-group rg-arc")
        .at("cluster_id");
}
