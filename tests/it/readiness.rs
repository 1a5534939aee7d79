//! Whether the extension runs: `wait_for_pods` and `azureml_extension_health`, by real programs in a real API server.

use std::net::TcpListener;
use std::time::Duration;

use emulator::Options;
use serde_json::{Value, json};
use yaml_rust2::{Yaml, YamlLoader};

use crate::aks::aks;
use crate::arc_extension::{cluster as cluster_id, id, resource};
use crate::docs::docs;
use crate::examples::{examples, read};
use crate::support::azure::Azure;
use crate::support::cli::{Cli, Ran};
use crate::support::cluster::{Cluster, Kind, node, wait_until};
use crate::support::lifecycle::settled;
use crate::support::running::Running;
use crate::support::tools::{Program, TERRAFORM_1_11};
use crate::support::{REQUIRED_PROVIDERS, with_terraform};

/// What depends on the program: one test with each kind of it.
macro_rules! with_both_programs {
    ($($test:ident),+ $(,)?) => {
        $($crate::support::tests! {
            $test, $crate::readiness::stage,
            terraform_1_11 = TERRAFORM_1_11, tofu_1_12 = TOFU_1_12
        })+
    };
}

with_both_programs!(an_apply_ends_when_the_pods_run, the_health_of_an_extension_is_looked_up);
with_terraform!(
    a_cluster_of_arc_without_a_connection_is_told_the_command,
    a_change_of_the_wait_alone_asks_nobody,
);

const ADDRESS: &str = "azureml_arc_extension.this";
const APPLY: [&str; 3] = ["apply", "-json", "-auto-approve"];
const PODS: &str = "/api/v1/namespaces/azureml/pods";
const ALONE: &str = "  enable_training = true\n  relay           = { mode = \"none\" }\n  install_prom_op = false\n";
const WAITING: &str = "  wait_for_pods   = true\n";
/// What the settings above install.
const NUMBER_OF_PODS: usize = 7;

const TYPES: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";

/// Everything about a cluster in one apply: its pods are waited for, and one `local` is for Azure and for the cluster.
#[test]
fn the_demo_of_a_cluster_works() {
    stage(TERRAFORM_1_11, |_, cluster, cli| {
        cli.write(&read(&examples().join("demo/cluster/main.tf")));
        let kubeconfig = json!(cli.path("kubeconfig"));
        cli.write_file("terraform.tfvars", &format!("kubeconfig = {kubeconfig}\n"));
        let types = ["cpu", "gpu"].map(|name| format!("{TYPES}/{name}"));
        cli.apply().succeeds();
        settled(cli);
        assert!(types.iter().all(|path| cluster.find(path).is_some()));
        cli.destroy().succeeds();
        assert!(types.iter().all(|path| cluster.find(path).is_none()));
    });
}

// === the wait ===

fn an_apply_ends_when_the_pods_run(azure: &Azure, _: &Cluster, cli: &mut Cli) {
    late(azure, "PUT");
    cli.write(&config(cli, &format!("{ALONE}{WAITING}")));
    let running = start_and_see(cli, &format!("0 of {NUMBER_OF_PODS} pods ready"));
    azure.ends_operations();
    running.end().succeeds();
    let all = format!("{NUMBER_OF_PODS} of {NUMBER_OF_PODS} pods ready");
    assert!(cli.read_file("log").contains(&all));
    settled(cli);
}

#[test]
fn an_interrupted_wait_is_gone_on_with() {
    stage(TERRAFORM_1_11, |azure, _, cli| {
        late(azure, "PUT");
        cli.write(&config(cli, &format!("{ALONE}{WAITING}")));
        let running = start_and_see(cli, "pods ready");
        running.interrupt();
        let ran = running.end();
        ran.warns_of("Pods of the extension are still to be waited for").at("wait_for_pods");
        assert_eq!(ran.code(), Some(1), "the program itself says that it was interrupted: {ran}");
        assert_eq!(in_state(cli)["provisioning_state"], "Succeeded");
        let plan = cli.plan(&[]);
        plan.plans("update", ADDRESS).changes_only(ADDRESS, &["statuses"]);
        plan.ran().warns_of("Extension amlarc-compute: its pods were not ready");
        azure.ends_operations();
        resumes(azure, cli);
    });
}

/// The service has taken it and goes on, so nobody has looked for the pods yet.
#[test]
fn an_interrupted_installation_that_has_ended_since_is_still_waited_for() {
    let hour = Options { operation_duration: Duration::from_hours(1), ..Options::default() };
    stage_with(hour, TERRAFORM_1_11, |azure, cluster, cli| {
        azure.fails(&writes("PUT"), &json!({ "pod_status": crashing() }));
        cli.write(&config(cli, &format!("{ALONE}{WAITING}")));
        cli.apply_interrupted(|| azure.waits_for("PUT", &id())).warns_of("interrupted");
        azure.ends_operations();
        cli.plan(&[]).plans("update", ADDRESS);
        cli.apply().fails_with("Pods of the extension are not ready");
        run_all(cluster);
        resumes(azure, cli);
    });
}

#[test]
fn an_api_server_that_goes_and_comes_back_is_waited_for() {
    stage(TERRAFORM_1_11, |azure, cluster, cli| {
        late(azure, "PUT");
        cli.write(&config(cli, &format!("{ALONE}{WAITING}")));
        let running = start_and_see(cli, "pods ready");
        cluster.stop();
        let address = cluster.endpoint().replace("https://", "");
        let nobody = TcpListener::bind(&address).expect("the server has left its port");
        nobody.accept().expect("the provider looks again");
        drop(nobody);
        cluster.restart();
        azure.ends_operations();
        running.end().succeeds();
        assert_eq!(azure.count("PUT", &id()), 1);
    });
}

// === pods that do not run ===

#[test]
fn a_crash_loop_ends_a_create_early_and_untainted_it_is_gone_on_with() {
    stage(TERRAFORM_1_11, |azure, cluster, cli| {
        let finding = json!({ "name": "network", "code": "E45003", "message": "mcr is blocked" });
        let effect = json!({ "pod_status": crashing(), "health_check": finding });
        azure.fails(&writes("PUT"), &effect);
        cli.write(&config(cli, &format!("{ALONE}{WAITING}")));
        let ran = cli.apply();
        let error = ran.fails_with("Pods of the extension are not ready");
        error.at("wait_for_pods").says("0 of 7 pods are ready").says("CrashLoopBackOff");
        error.says("5 restarts").says("terraform untaint ADDRESS");
        error.says("network, E45003: Mcr is blocked. The cluster cannot reach network endpoints");
        assert_eq!(in_state(cli)["provisioning_state"], "Succeeded");
        cli.run(&["untaint", ADDRESS]).succeeds();
        cli.plan(&[]).plans("update", ADDRESS).changes_only(ADDRESS, &["statuses"]);
        cli.apply().fails_with("Pods of the extension are not ready").never_says("untaint");
        run_all(cluster);
        resumes(azure, cli);
    });
}

#[test]
fn a_crash_loop_ends_an_update_early_and_it_is_gone_on_with() {
    stage(TERRAFORM_1_11, |azure, cluster, cli| {
        cli.write(&config(cli, &format!("{ALONE}{WAITING}")));
        cli.apply().succeeds();
        azure.fails(&writes("PATCH"), &json!({ "pod_status": crashing() }));
        let changed = format!("{ALONE}{WAITING}  install_dcgm_exporter = true\n");
        cli.write(&config(cli, &changed));
        let error = cli.apply();
        let error = error.fails_with("Pods of the extension are not ready");
        error.says("CrashLoopBackOff").never_says("untaint");
        assert_eq!(in_state(cli)["install_dcgm_exporter"], true);
        cli.plan(&[]).plans("update", ADDRESS);
        run_all(cluster);
        resumes(azure, cli);
    });
}

#[test]
fn a_timeout_lists_the_pods_with_what_happened_to_them() {
    stage(TERRAFORM_1_11, |azure, cluster, cli| {
        let waiting = json!({ "reason": "ImagePullBackOff", "message": "Back-off pulling image" });
        let status = json!({ "phase": "Pending", "containerStatuses": [{
            "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": { "waiting": waiting },
        }] });
        azure.fails(&writes("PUT"), &json!({ "pod_status": not_ready(status) }));
        cli.write(&config(cli, &format!("{ALONE}{WAITING}")));
        let running = start_and_see(cli, "0 of 7 pods ready");
        let pods = pods(cluster);
        event(cluster, &pods[0], "Failed", "Failed to pull image \"mcr.example/x\"");
        let condition = json!({
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/1 nodes are available: 1 Insufficient cpu.",
        });
        set_status(cluster, &pods[1], &json!({ "conditions": [condition] }));
        running.interrupt();
        running.end().warns_of("still to be waited for");
        let short = "  timeouts {\n    update = \"8s\"\n  }\n";
        cli.write(&config(cli, &format!("{ALONE}{WAITING}{short}")));
        let ran = cli.apply();
        let error = ran.fails_with("Pods of the extension are not ready").at("wait_for_pods");
        error.says("The time for the pods to run is over: 0 of 7 pods are ready");
        error.says("container volcano-scheduler: ImagePullBackOff (Back-off pulling image)");
        error.says("Pending: Unschedulable (0/1 nodes are available: 1 Insufficient cpu.)");
        error.says("Failed: Failed to pull image \"mcr.example/x\"").never_says("untaint");
    });
}

// === the report of an installation that failed ===

#[test]
fn the_report_of_a_failed_installation_is_in_its_error() {
    stage(TERRAFORM_1_11, |azure, _, cli| {
        let failure = json!({ "code": "ExtensionOperationFailed", "message": "it did not work" });
        let finding = json!({ "name": "azureml-fe", "code": "E40005", "message": "late" });
        let effect = json!({ "fail_operation": failure, "health_check": finding });
        let expected = "azureml-fe, E40005: Late. The replicas of the inference router did not";
        // By the connection that is written, and by that which is asked for.
        for arguments in [ALONE.to_owned(), format!("{ALONE}{WAITING}")] {
            azure.fails(&writes("PUT"), &effect);
            cli.write(&config(cli, &arguments));
            cli.apply()
                .fails_with("Extension was not created")
                .says(expected)
                .never_says("waits for the pods");
            cli.destroy().succeeds();
        }
        // What the service quotes is not told twice.
        azure.fails(&writes("PUT"), &json!({ "health_check": finding }));
        cli.write(&config(cli, ALONE));
        let ran = cli.apply();
        ran.fails_with("E40005").never_says("The extension's health check found");
    });
}

#[test]
fn without_the_wait_and_a_connection_a_failure_asks_nobody_for_the_way() {
    let Some((azure, _cluster)) = Cluster::start_in_azure(Kind::Bare, Options::default()) else {
        return;
    };
    let Some(cli) = Cli::new(TERRAFORM_1_11, &azure) else { return };
    let finding = json!({ "name": "azureml-fe", "code": "E40005", "message": "late" });
    azure.fails(&writes("PUT"), &json!({ "health_check": finding }));
    cli.write(&resource(ALONE).replace(&cluster_id(), &aks()));
    cli.apply().fails_with("E40005");
    assert_eq!(credentials_asked(&azure), 0);
}

// === before anything is written ===

#[test]
fn a_missing_right_is_told_before_anything_is_written() {
    stage(TERRAFORM_1_11, |azure, cluster, cli| {
        let few = json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"] }]);
        let account = cluster.add_account(&few);
        cli.write(&config(cli, &format!("enable_training = true\n{WAITING}")));
        cli.write_file("kubeconfig", &account.kubeconfig());
        let ran = cli.apply();
        let error = ran.fails_with("Right to see the pods is missing").at("wait_for_pods");
        error.says("Role in namespace \"azureml\"").says("resources: [pods] verbs: [list]");
        assert!(azure.writes().is_empty(), "{:#?}", azure.writes());

        let of_the_guide = cluster.add_account(&rules_of_the_guide());
        cli.write_file("kubeconfig", &of_the_guide.kubeconfig());
        azure.fails(&writes("PUT"), &json!({ "pod_status": crashing() }));
        cli.write(&config(cli, &format!("{ALONE}{WAITING}")));
        cli.apply().fails_with("Pods of the extension are not ready").never_says("is missing");
        cli.write(&(config(cli, &format!("{ALONE}{WAITING}")) + &data_source()));
        cli.run(&["untaint", ADDRESS]).succeeds();
        run_all(cluster);
        cli.apply().succeeds();
    });
}

/// The rules of the role that the guide gives to copy.
fn rules_of_the_guide() -> Value {
    let guide = read(&docs().join("guides/cluster_readiness.md"));
    let block = guide.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    let documents = YamlLoader::load_from_str(block.expect("the guide has a role"));
    let documents = documents.expect("the role is YAML");
    to_json(&documents[0]["rules"])
}

fn to_json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) => json!(text),
        Yaml::Array(items) => items.iter().map(to_json).collect(),
        Yaml::Hash(members) => members
            .iter()
            .map(|(name, value)| (name.as_str().unwrap_or_default().to_owned(), to_json(value)))
            .collect(),
        other => panic!("a rule has no {other:?}"),
    }
}

#[test]
fn an_api_server_that_does_not_answer_is_told_before_anything_is_written() {
    stage(TERRAFORM_1_11, |azure, cluster, cli| {
        cluster.stop();
        let short = "  timeouts {\n    create = \"5s\"\n  }\n";
        cli.write(&config(cli, &format!("enable_training = true\n{WAITING}{short}")));
        let ran = cli.apply();
        ran.fails_with("Cluster cannot be reached").at("wait_for_pods").says("that was not done");
        assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
        assert_eq!(cli.state(ADDRESS), None);
    });
}

fn a_cluster_of_arc_without_a_connection_is_told_the_command(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(&format!("enable_training = true\n{WAITING}")));
    let ran = cli.apply();
    let error = ran.fails_with("No way to the cluster").at("wait_for_pods");
    error.says("az connectedk8s proxy -n amlarc-cluster -g rg-arc --file FILE");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
}

/// Neither the cluster, to which there is no way, nor Azure.
fn a_change_of_the_wait_alone_asks_nobody(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(ALONE));
    cli.apply().succeeds();
    cli.write(&resource(&format!("{ALONE}{WAITING}")));
    cli.plan(&[]).plans("update", ADDRESS).changes_only(ADDRESS, &["wait_for_pods"]);
    azure.forget();
    cli.run(&["apply", "-json", "-auto-approve", "-refresh=false"]).succeeds();
    assert!(azure.exchanges().is_empty(), "{:#?}", azure.exchanges());
    settled(cli);
}

#[test]
fn a_block_that_is_not_known_at_plan_is_no_obstacle() {
    stage(TERRAFORM_1_11, |_, _, cli| {
        let path = json!(cli.path("kubeconfig")).to_string();
        let config = config(cli, &format!("{ALONE}{WAITING}"));
        let config = config.replace(&path, "terraform_data.path.output");
        let source = format!("resource \"terraform_data\" \"path\" {{\n  input = {path}\n}}\n");
        cli.write(&(config + &source));
        cli.plan(&[]).plans("create", ADDRESS);
        cli.apply().succeeds();
        settled(cli);
    });
}

// === AKS ===

#[test]
fn on_aks_azure_tells_the_way() {
    let Some((azure, cluster)) = Cluster::start_in_azure(Kind::Bare, Options::default()) else {
        return;
    };
    cluster.add_node(&node("one"));
    let user = json!({ "kind": "User", "name": "00000000-0000-0000-0000-0000000000e4" });
    cluster.grant(&user, &rules_of_the_guide());
    let Some(mut cli) = Cli::new(TERRAFORM_1_11, &azure) else { return };
    cli.unset("AZUREML_ACCESS_TOKEN");
    azure.drift(&aks(), |object| object["properties"]["aadProfile"] = json!({}));
    let on_aks = |text: &str| text.replace(&cluster_id(), &aks());
    cli.write(&on_aks(&resource(&format!("{ALONE}{WAITING}"))));
    cli.apply().succeeds();
    assert!(credentials_asked(&azure) > 0, "Azure tells the way");
    settled(&cli);
    cli.write(&on_aks(&(resource(&format!("{ALONE}{WAITING}")) + &data_source())));
    cli.apply().succeeds();
    assert_eq!(health(&cli)["ready"], true);
}

// === the data source ===

fn the_health_of_an_extension_is_looked_up(azure: &Azure, cluster: &Cluster, cli: &mut Cli) {
    // Nothing is there, not even the namespace.
    let look = |cli: &Cli| {
        cli.write(&(provider(cli) + REQUIRED_PROVIDERS + &data_source()));
        cli.apply().succeeds();
        health(cli)
    };
    let absent = look(cli);
    assert_eq!(
        (&absent["ready"], &absent["pods"], &absent["checks"]),
        (&json!(false), &json!([]), &json!([]))
    );
    assert_eq!(absent["summary"], "No pod of the extension is there.");

    let finding = json!({ "name": "prometheus", "code": "E45002", "message": "twice" });
    let effect = json!({ "pod_status": crashing(), "health_check": finding });
    azure.fails(&writes("PUT"), &effect);
    cli.write(&config(cli, ALONE));
    cli.apply().succeeds();
    cli.forget(ADDRESS).succeeds();
    let ill = look(cli);
    assert_eq!(ill["ready"], false);
    let pods = ill["pods"].as_array().expect("a list");
    assert_eq!(pods.len(), NUMBER_OF_PODS);
    let expected = json!({
        "name": pods[0]["name"], "phase": "Running", "ready": false, "restarts": 5,
        "reason": "CrashLoopBackOff", "message": "back-off 5m0s",
    });
    assert_eq!(pods[0], expected);
    let check = &ill["checks"][0];
    assert_eq!((&check["stage"], &check["status"]), (&json!("pre-install"), &json!("Failed")));
    assert_eq!((&check["code"], &check["message"]), (&json!("E45002"), &json!("twice")));
    assert_eq!(check["fix"], "Set `install_prom_op = false`.");
    let summary = ill["summary"].as_str().expect("a text");
    assert!(summary.starts_with("0 of 7 pods are ready.\n"), "{summary}");
    assert!(summary.contains("prometheus, E45002: Twice."), "{summary}");

    run_all(cluster);
    let well = look(cli);
    assert_eq!((&well["ready"], &well["pods"][0]["ready"]), (&json!(true), &json!(true)));
    assert_eq!(well["pods"][0]["reason"], Value::Null);
}

#[test]
fn the_example_of_a_check_warns_and_the_guides_condition_stops() {
    stage(TERRAFORM_1_11, |_, cluster, cli| {
        let example =
            read(&examples().join("data-sources/azureml_extension_health/data-source.tf"));
        cli.write(&(provider(cli) + REQUIRED_PROVIDERS + &example));
        let ran = cli.apply();
        ran.succeeds();
        ran.warns_of("Check block assertion failed").says("No pod of the extension is there.");
        let gated = data_source().replace("\n}", "\n  lifecycle {\n    postcondition {\n      condition = self.ready\n      error_message = self.summary\n    }\n  }\n}");
        cli.write(&(provider(cli) + REQUIRED_PROVIDERS + &gated));
        cli.apply().fails_with("No pod of the extension is there.");
        cluster.stop();
        let short = "\n  timeouts {\n    read = \"2s\"\n  }\n}";
        cli.write(&(provider(cli) + REQUIRED_PROVIDERS + &data_source().replace("\n}", short)));
        cli.apply().fails_with("Health of the extension cannot be read");
    });
}

// === steps ===

fn stage(program: Program, test: impl FnOnce(&Azure, &Cluster, &mut Cli)) {
    stage_with(Options::default(), program, test);
}

fn stage_with(options: Options, program: Program, test: impl FnOnce(&Azure, &Cluster, &mut Cli)) {
    let Some((azure, cluster)) = Cluster::start_in_azure(Kind::Bare, options) else { return };
    cluster.add_node(&node("one"));
    let Some(mut cli) = Cli::new(program, &azure) else { return };
    cli.write_file("kubeconfig", &cluster.kubeconfig());
    test(&azure, &cluster, &mut cli);
}

/// The provider with the kubeconfig of the working folder.
fn provider(cli: &Cli) -> String {
    let (path, cluster) = (json!(cli.path("kubeconfig")), cluster_id());
    format!(
        "provider \"azureml\" {{\n  kubernetes {{\n    config_path = {path}\n    cluster_ids = \
         [{cluster:?}]\n  }}\n}}\n"
    )
}

fn config(cli: &Cli, arguments: &str) -> String {
    provider(cli) + &resource(arguments)
}

fn data_source() -> String {
    format!(
        "data \"azureml_extension_health\" \"this\" {{\n  cluster_id = {:?}\n}}\n",
        cluster_id()
    )
}

#[track_caller]
fn health(cli: &Cli) -> Value {
    cli.state("data.azureml_extension_health.this").expect("it was looked up")
}

#[track_caller]
fn in_state(cli: &Cli) -> Value {
    cli.state(ADDRESS).expect("what Azure took is in the state")
}

/// The pods of the next operation are not ready before [`Azure::ends_operations`].
fn late(azure: &Azure, method: &str) {
    azure.fails(&writes(method), &json!({ "pods_delay_ms": 3_600_000 }));
}

fn writes(method: &str) -> Value {
    json!({ "method": method, "path": "extensions/" })
}

/// Starts an apply and waits until the provider's log has this text.
fn start_and_see(cli: &mut Cli, text: &str) -> Running {
    let log = cli.path("log");
    cli.set("TF_LOG_PROVIDER", "INFO");
    cli.set("TF_LOG_PATH", &log.to_string_lossy());
    let running = cli.start(&APPLY);
    wait_until(text, || std::fs::read_to_string(&log).is_ok_and(|log| log.contains(text)));
    running
}

/// An apply that has nothing to send succeeds, and leaves nothing to do.
#[track_caller]
fn resumes(azure: &Azure, cli: &Cli) {
    azure.forget();
    let ran: Ran = cli.apply();
    ran.succeeds();
    assert!(azure.writes().is_empty(), "the pods alone are waited for: {:#?}", azure.writes());
    settled(cli);
}

/// How often Azure was asked for the way to a cluster.
fn credentials_asked(azure: &Azure) -> usize {
    let asked = azure.exchanges();
    asked.iter().filter(|seen| seen.path.ends_with("/listClusterUserCredential")).count()
}

/// The status of a pod whose container ends again and again.
fn crashing() -> Value {
    let waiting = json!({ "reason": "CrashLoopBackOff", "message": "back-off 5m0s" });
    not_ready(json!({ "containerStatuses": [{
        "image": "", "imageID": "", "ready": false, "restartCount": 5, "state": { "waiting": waiting },
    }] }))
}

fn not_ready(mut status: Value) -> Value {
    status["conditions"] = json!([{ "type": "Ready", "status": "False" }]);
    status
}

fn pods(cluster: &Cluster) -> Vec<Value> {
    cluster.get(PODS)["items"].as_array().expect("a list").clone()
}

/// Lets every pod run.
fn run_all(cluster: &Cluster) {
    let running = json!({
        "phase": "Running",
        "conditions": [{ "type": "Ready", "status": "True" }],
        "containerStatuses": [],
    });
    for pod in &pods(cluster) {
        set_status(cluster, pod, &running);
    }
}

fn set_status(cluster: &Cluster, pod: &Value, status: &Value) {
    let name = pod["metadata"]["name"].as_str().expect("a pod has a name");
    cluster.merge(&format!("{PODS}/{name}/status"), &json!({ "status": status }));
}

/// Tells of something that happened to a pod.
fn event(cluster: &Cluster, pod: &Value, reason: &str, message: &str) {
    let of = json!({
        "kind": "Pod", "namespace": "azureml", "name": pod["metadata"]["name"],
        "uid": pod["metadata"]["uid"],
    });
    let event = json!({
        "metadata": { "name": "pulled" }, "involvedObject": of, "reason": reason,
        "message": message, "type": "Warning", "lastTimestamp": "2026-11-01T00:00:00Z",
    });
    cluster.create("/api/v1/namespaces/azureml/events", &event);
}
