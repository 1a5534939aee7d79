//! The extension on AKS and a compute on it: no relay, no identity, and the settings of Microsoft's CLI.

use emulator::Options;
use serde_json::{Value, json};

use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::cluster::{Cluster, Kind};
use crate::support::lifecycle::{Case, lifecycle, settled};
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{stage_in, with_terraform};
use crate::{arc_extension, kubernetes_compute};

with_terraform!(the_extension_lives, a_compute_lives_on_it);

const EXTENSION: &str = "azureml_arc_extension.this";
const COMPUTE: &str = "azureml_kubernetes_compute.this";

const INFERENCE: &str = r#"
  enable_training                 = true
  enable_inference                = true
  allow_insecure_connections      = true
  inference_router_service_type   = "loadBalancer"
  internal_load_balancer_provider = "azure"
  configuration_settings          = { "amloperator.skipResourceValidation" = "true" }
"#;

// === two lives ===

fn the_extension_lives(azure: &Azure, cli: &mut Cli) {
    let respelt = INFERENCE.replace("\"azure\"", "\"Azure\"");
    let respelt = respelt.replace("\"loadBalancer\"", "\"LoadBalancer\"");
    let respelt = respelt.replace("\"true\"", "\"True\"");
    let case = Case {
        address: EXTENSION,
        id: &on_aks(&arc_extension::id()),
        created: &on_aks(&arc_extension::resource(INFERENCE)),
        respelt: &on_aks(&arc_extension::resource(&respelt)),
        changed: &on_aks(&arc_extension::resource(&format!(
            "{INFERENCE}  install_dcgm_exporter = true\n"
        ))),
        change: &["install_dcgm_exporter"],
        drift: |object| {
            object["properties"]["configurationSettings"]["enableTraining"] = json!("False");
        },
        drifted: &["enable_training"],
        import_ignores: &[],
    };
    lifecycle(azure, cli, &case);
    assert!(azure.exchanges().iter().all(|seen| !seen.path.contains("Microsoft.Relay")));
}

fn a_compute_lives_on_it(azure: &Azure, cli: &mut Cli) {
    let types = kubernetes_compute::FILE_IN_HCL;
    let with = |types: &str| on_aks(&kubernetes_compute::with_extension(types));
    let case = Case {
        address: COMPUTE,
        id: &kubernetes_compute::id(),
        created: &with(types),
        respelt: &with(&types.replace("16Gi", "16384Mi")),
        changed: &with(&types.replace("limits   = { cpu = \"4\"", "limits   = { cpu = \"8\"")),
        change: &["instance_types.big_cpu_sku.resources.limits.cpu"],
        drift: |object| {
            object["properties"]["properties"]["defaultInstanceType"] = json!("big_cpu_sku");
        },
        drifted: &["default_instance_type"],
        import_ignores: &kubernetes_compute::IMPORT_IGNORES,
    };
    lifecycle(azure, cli, &case);
}

// === what goes over the wire ===

/// Cases of the vectors by their names, and what a user writes for each.
const CASES: &[(&str, &str)] = &[
    ("aks-training-defaults", "enable_training = true"),
    ("aks-pools-one-one", "enable_training = true"),
    ("aks-pools-zero-two", "enable_training = true"),
    ("aks-pools-absent", "enable_training = true"),
    (
        "ilb-azure-lower",
        r#"
  enable_inference                = true
  allow_insecure_connections      = true
  inference_router_service_type   = "LoadBalancer"
  internal_load_balancer_provider = "azure"
"#,
    ),
    (
        "small-inference-aks",
        r#"
  enable_inference              = true
  allow_insecure_connections    = true
  inference_router_service_type = "LoadBalancer"
"#,
    ),
    (
        "migration-title",
        r#"
  enable_inference              = true
  allow_insecure_connections    = true
  inference_router_service_type = "LoadBalancer"
  configuration_settings        = { isAKSMigration = "True" }
"#,
    ),
    (
        "namespace-without-migration-kept",
        r#"
  enable_inference              = true
  allow_insecure_connections    = true
  inference_router_service_type = "LoadBalancer"
  configuration_settings        = { "scoringFe.namespace" = "mine" }
"#,
    ),
    (
        "nginx-aks-false",
        r#"
  enable_training        = true
  configuration_settings = { "nginxIngress.enabled" = "false" }
"#,
    ),
];

/// Each on the cluster of its vector, all in one apply.
#[test]
fn sends_what_the_cli_sends() {
    let vectors = vectors();
    let clusters = CASES.iter().enumerate().map(|(number, (name, _))| {
        let object = vector(&vectors, name)["input"]["cluster"].clone();
        (cluster(number), object)
    });
    let seed = Some(Value::Object(clusters.collect()));
    stage_in(&Azure::with(Options { seed, ..Options::default() }), TERRAFORM_1_11, installs_each);
}

fn installs_each(azure: &Azure, cli: &mut Cli) {
    let each = |(number, (_, arguments)): (usize, &(&str, &str))| {
        let config = arc_extension::resource(arguments);
        let config = config.replace(&arc_extension::cluster(), &cluster(number));
        let (head, block) = config.split_once("resource ").expect("it has one resource");
        let head = if number == 0 { head } else { "" };
        format!("{head}resource {}", block.replace("\"this\"", &format!("\"n{number}\"")))
    };
    cli.write(&CASES.iter().enumerate().map(each).collect::<String>());
    cli.apply().succeeds();
    let vectors = vectors();
    for (number, (name, _)) in CASES.iter().enumerate() {
        let id = arc_extension::id().replace(&arc_extension::cluster(), &cluster(number));
        is_that_of_the_cli(&azure.last_body("PUT", &id), &vector(&vectors, name)["output"], number);
    }
    settled(cli);
}

#[track_caller]
fn is_that_of_the_cli(body: &Value, output: &Value, number: usize) {
    let name = CASES[number].0;
    let told = output["settings"].to_string().replace("$GROUP", GROUP);
    let told = told.replace("aks-one", &format!("aks-{number}"));
    let told: Value = serde_json::from_str(&told).expect("it stays JSON");
    let sent = &body["properties"];
    assert_eq!(lower(&sent["configurationSettings"]), lower(&told), "{name}");
    assert_eq!(sent["configurationProtectedSettings"], output["protected"], "{name}");
    assert_eq!(sent["releaseTrain"], output["release_train"], "{name}");
    let namespace = &sent["scope"]["cluster"]["releaseNamespace"];
    assert_eq!(*namespace, output["release_namespace"], "{name}");
    assert_eq!(json!(body["identity"].is_object()), output["create_identity"], "{name}");
}

/// What Microsoft's CLI made of the same inputs; the first entry says how that was computed.
fn vectors() -> Vec<Value> {
    let text = include_str!("../../src/aml/tests/fixtures/cli-create.json");
    serde_json::from_str(text).expect("the fixture is JSON")
}

fn vector<'a>(vectors: &'a [Value], name: &str) -> &'a Value {
    vectors.iter().find(|case| case["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

/// Values are compared without case: the CLI sends a flag as it was typed.
fn lower(settings: &Value) -> Value {
    let entries = settings.as_object().expect("settings are a map").iter();
    entries
        .map(|(key, value)| (key.clone(), json!(value.as_str().map(str::to_lowercase))))
        .collect()
}

fn cluster(number: usize) -> String {
    format!("{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-{number}")
}

/// The same text about the AKS cluster that every emulator has.
fn on_aks(text: &str) -> String {
    text.replace(&arc_extension::cluster(), &aks())
}

pub(crate) fn aks() -> String {
    format!("{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-cluster")
}

/// Extension and instance type in one apply, by the provider's own sign-in and without any kubeconfig.
#[test]
fn an_instance_type_needs_no_connection() {
    let Some((azure, cluster)) = Cluster::start_in_azure(Kind::Bare, Options::default()) else {
        return;
    };
    let rules = json!([
        {"apiGroups": ["amlarc.azureml.com"], "resources": ["instancetypes"], "verbs": ["*"]},
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
    ]);
    let user = json!({"kind": "User", "name": "00000000-0000-0000-0000-0000000000e4"});
    cluster.grant(&user, &rules);
    let Some(mut cli) = Cli::new(TERRAFORM_1_11, &azure) else { return };
    cli.unset("AZUREML_ACCESS_TOKEN");
    azure.drift(&aks(), |object| object["properties"]["aadProfile"] = json!({}));
    let extension = on_aks(&arc_extension::resource("enable_training = true"));
    let of_type = |cpu: &str| {
        let amounts = format!("{{ cpu = \"{cpu}\", memory = \"4Gi\" }}");
        format!(
            "resource \"azureml_instance_type\" \"this\" {{\n  name = \"small\"\n  \
             cluster_id = {EXTENSION}.cluster_id\n  \
             resources = {{ requests = {amounts}, limits = {amounts} }}\n}}\n"
        )
    };
    cli.write(&(extension.clone() + &of_type("1")));
    cli.apply().succeeds();
    settled(&cli);
    cli.write(&(extension + &of_type("2")));
    cli.apply().succeeds();
    let path = "/apis/amlarc.azureml.com/v1alpha1/instancetypes/small";
    assert_eq!(cluster.get(path)["spec"]["resources"]["limits"]["cpu"], "2");
    cli.destroy().succeeds();
    assert!(cluster.find(path).is_none());
    let asked = azure.exchanges();
    let asked = asked.iter().filter(|it| it.path.ends_with("listClusterUserCredential"));
    assert!(asked.count() > 0, "Azure tells the way");
}
