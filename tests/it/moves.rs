//! Objects that azapi, azurerm, kubernetes or kubectl managed until now, taken over by `moved` blocks.
//!
//! The states are written as those providers store them; what the emulator or the cluster holds is what they would have
//! made.

use serde_json::{Value, json};

use crate::arc_extension::{self, TRAINING};
use crate::kubernetes_compute::{self, FILE_IN_HCL, with_extension};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::cluster::{Cluster, Kind, unique};
use crate::support::lifecycle::settled;
use crate::support::peers::Peer;
use crate::support::{REQUIRED_PROVIDERS, with_every_program, with_terraform};

with_every_program!(an_extension_of_azapi, an_extension_of_azurerm);
with_terraform!(
    an_extension_of_azurerm_for_aks,
    a_compute_of_azapi,
    an_instance_type_of_kubernetes,
    an_instance_type_of_kubectl,
);

const EXTENSION: &str = "azureml_arc_extension.this";
const COMPUTE: &str = "azureml_kubernetes_compute.this";

pub(crate) fn an_extension_of_azapi(azure: &Azure, cli: &mut Cli) {
    let peer = Peer::azapi();
    cli.set("TF_REATTACH_PROVIDERS", peer.attach());
    let config = arc_extension::resource(TRAINING);
    cli.write(&config);
    cli.apply().succeeds();
    let settings = json!({
        "enableTraining": "True",
        "installNvidiaDevicePlugin": "False",
        "nodeSelector.pool": "ml",
        "amloperator.skipResourceValidation": "true",
    });
    let body = json!({ "properties": {
        "extensionType": "Microsoft.AzureML.Kubernetes",
        "releaseTrain": "stable",
        "configurationSettings": settings,
    } });
    for body in stored(&body) {
        let attributes = azapi(&arc_extension::id(), &body);
        let source = Source { provider: "azure/azapi", address: "azapi_resource.old", attributes };
        takes_over(azure, cli, EXTENSION, &config, &source);
    }
}

fn an_extension_of_azurerm(azure: &Azure, cli: &mut Cli) {
    of_azurerm(azure, cli, "azurerm_arc_kubernetes_cluster_extension.old");
}

fn an_extension_of_azurerm_for_aks(azure: &Azure, cli: &mut Cli) {
    of_azurerm(azure, cli, "azurerm_kubernetes_cluster_extension.old");
}

fn of_azurerm(azure: &Azure, cli: &mut Cli, address: &'static str) {
    let peer = Peer::azurerm();
    cli.set("TF_REATTACH_PROVIDERS", peer.attach());
    let config = arc_extension::resource(TRAINING);
    cli.write(&config);
    cli.apply().succeeds();
    let object = azure.object(&arc_extension::id()).expect("the extension exists");
    let attributes = json!({
        "id": arc_extension::id(),
        "name": "amlarc-compute",
        "cluster_id": arc_extension::cluster(),
        "extension_type": "microsoft.azureml.kubernetes",
        "configuration_settings": object["properties"]["configurationSettings"],
        "configuration_protected_settings": {},
        "current_version": object["properties"]["currentVersion"],
        "release_namespace": "azureml",
        "release_train": "stable",
        "target_namespace": "",
        "timeouts": null,
        "version": "",
    });
    let source = Source { provider: "hashicorp/azurerm", address, attributes };
    takes_over(azure, cli, EXTENSION, &config, &source);
}

fn a_compute_of_azapi(azure: &Azure, cli: &mut Cli) {
    let peer = Peer::azapi();
    cli.set("TF_REATTACH_PROVIDERS", peer.attach());
    let config = with_extension(FILE_IN_HCL);
    cli.write(&config);
    cli.apply().succeeds();
    let object = azure.object(&kubernetes_compute::id()).expect("the compute exists");
    let attached = &object["properties"];
    let body = json!({ "properties": {
        "computeType": "Kubernetes",
        "resourceId": attached["resourceId"],
        "properties": {
            "namespace": "amlarc-testing",
            "defaultInstanceType": "gpu_instance",
            "instanceTypes": attached["properties"]["instanceTypes"],
        },
    } });
    for body in stored(&body) {
        let attributes = azapi(&kubernetes_compute::id(), &body);
        let source = Source { provider: "azure/azapi", address: "azapi_resource.old", attributes };
        takes_over(azure, cli, COMPUTE, &config, &source);
    }
}

fn an_instance_type_of_kubernetes(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let (peer, name) = (Peer::kubernetes(), unique("type"));
    let object = object_of_a_type(&name);
    cluster.apply_as("Terraform", &path_of_a_type(&name), &object);
    let manifest = json!({ "type": type_of(&object), "value": object });
    let attributes = json!({
        "manifest": manifest,
        "object": manifest,
        "computed_fields": null,
        "field_manager": [],
        "timeouts": [],
        "wait": [],
        "wait_for": null,
    });
    let source =
        Source { provider: "hashicorp/kubernetes", address: "kubernetes_manifest.old", attributes };
    takes_a_type_over(cli, cluster, &peer, &name, &source);
}

fn an_instance_type_of_kubectl(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let (peer, name) = (Peer::kubectl(), unique("type"));
    let object = object_of_a_type(&name);
    let created =
        cluster.create(&format!("{TYPES}?fieldManager=kubectl-client-side-apply"), &object);
    let attributes = json!({
        "api_version": "amlarc.azureml.com/v1alpha1",
        "kind": "InstanceType",
        "name": name,
        "namespace": null,
        "uid": created["metadata"]["uid"],
        "yaml_body": object.to_string(),
        "field_manager": "kubectl",
        "id": format!("{TYPES}/{name}"),
    });
    let source =
        Source { provider: "gavinbunney/kubectl", address: "kubectl_manifest.old", attributes };
    takes_a_type_over(cli, cluster, &peer, &name, &source);
}

const TYPES: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";

fn path_of_a_type(name: &str) -> String {
    format!("{TYPES}/{name}")
}

fn object_of_a_type(name: &str) -> Value {
    let amounts = json!({ "cpu": "2", "memory": "4Gi" });
    json!({
        "apiVersion": "amlarc.azureml.com/v1alpha1",
        "kind": "InstanceType",
        "metadata": { "name": name },
        "spec": { "nodeSelector": { "pool": "a" }, "resources": { "requests": amounts, "limits": amounts } },
    })
}

/// The type of a dynamic value, as a state notes it.
fn type_of(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), type_of(value)));
            json!(["object", members.collect::<serde_json::Map<_, _>>()])
        }
        _ => json!("string"),
    }
}

/// The state does not say which cluster it is: the next apply writes that, and the fields change hands.
#[track_caller]
fn takes_a_type_over(cli: &mut Cli, cluster: &Cluster, peer: &Peer, name: &str, source: &Source) {
    cli.set("TF_REATTACH_PROVIDERS", peer.attach());
    cli.write_file("kubeconfig", &cluster.kubeconfig());
    let id = arc_extension::cluster();
    let config = format!(
        "{REQUIRED_PROVIDERS}
provider \"azureml\" {{
  kubernetes {{
    config_path = {}
    cluster_ids = [{id:?}]
  }}
}}
resource \"azureml_instance_type\" \"this\" {{
  name          = {name:?}
  cluster_id    = {id:?}
  node_selector = {{ pool = \"a\" }}
  resources     = {{
    requests = {{ cpu = \"2\", memory = \"4Gi\" }}
    limits   = {{ cpu = \"2\", memory = \"4Gi\" }}
  }}
}}
",
        json!(cli.path("kubeconfig"))
    );
    cli.write(&config);
    let address = "azureml_instance_type.this";
    let before = cluster.get(&path_of_a_type(name));
    cli.import(address, &format!("{id}|{name}")).succeeds();
    rewrite(cli, address, source);
    let (label, provider) =
        (source.provider.rsplit('/').next().unwrap_or_default(), source.provider);
    let required = format!("required_providers {{\n    {label} = {{ source = \"{provider}\" }}");
    let config = config.replacen("required_providers {", &required, 1);
    let moved = format!("moved {{\n  from = {}\n  to   = {address}\n}}\n", source.address);
    cli.write(&format!("{config}{moved}"));
    cli.plan(&[]).plans("update", address);
    cli.apply().succeeds();
    settled(cli);
    let after = cluster.get(&path_of_a_type(name));
    assert_eq!(
        (&after["metadata"]["uid"], &after["spec"]),
        (&before["metadata"]["uid"], &before["spec"])
    );
    let managers = after["metadata"]["managedFields"].as_array().expect("it has managers");
    let of_spec = managers.iter().filter(|it| it["fieldsV1"].get("f:spec").is_some());
    let of_spec: Vec<_> = of_spec.map(|it| it["manager"].as_str().expect("a name")).collect();
    assert_eq!(of_spec, ["terraform-provider-azureml"], "{after:#}");
    cli.destroy().succeeds();
}

/// A body as the state of azapi holds it: an object since version 2, a text before.
fn stored(body: &Value) -> [Value; 2] {
    [json!({ "type": "dynamic", "value": body }), json!(body.to_string())]
}

/// What is in the state until now.
struct Source {
    provider: &'static str,
    address: &'static str,
    attributes: Value,
}

#[track_caller]
fn takes_over(azure: &Azure, cli: &Cli, address: &str, config: &str, source: &Source) {
    rewrite(cli, address, source);
    let (name, provider) =
        (source.provider.rsplit('/').next().unwrap_or_default(), source.provider);
    let required = format!("required_providers {{\n    {name} = {{ source = \"{provider}\" }}");
    let config = config.replacen("required_providers {", &required, 1);
    let moved = format!("moved {{\n  from = {}\n  to   = {address}\n}}\n", source.address);
    cli.write(&format!("{config}{moved}"));
    azure.forget();
    cli.plan(&[]).plans("no-op", address);
    cli.apply().succeeds();
    assert!(azure.writes().is_empty(), "a move writes nothing: {:#?}", azure.writes());
    settled(cli);
}

/// Puts the other provider's object in the place of ours.
fn rewrite(cli: &Cli, address: &str, source: &Source) {
    let mut state: Value = serde_json::from_str(&cli.read_file("terraform.tfstate")).expect("JSON");
    let (kind, name) = source.address.split_once('.').expect("type and name");
    let resources = state["resources"].as_array_mut().expect("a list");
    let ours = |it: &&mut Value| address.starts_with(it["type"].as_str().expect("a type"));
    let resource = resources.iter_mut().find(ours).expect("it is in the state");
    let provider = resource["provider"].as_str().expect("an address");
    *resource = json!({
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider": provider.replace("azureml/azureml", source.provider),
        "instances": [{ "schema_version": 0, "attributes": source.attributes }],
    });
    cli.write_file("terraform.tfstate", &state.to_string());
}

fn azapi(id: &str, body: &Value) -> Value {
    json!({ "id": id, "name": "amlarc-compute", "body": body, "tags": null, "identity": [] })
}
