//! Functions as a host calls them, on a provider that nobody configured.

use framework::Server;
use framework::calls::call_function::Refusal;
use serde_json::{Value as Json, json};
use testing::call_function;

use crate::context::AzureMl;

async fn result(name: &str, arguments: &[Json]) -> Json {
    call_function(&Server::new::<AzureMl>(), name, arguments).await.expect(name)
}

async fn refusal(name: &str, arguments: &[Json]) -> (Option<usize>, String) {
    let called = call_function(&Server::new::<AzureMl>(), name, arguments).await;
    let Refusal { argument, text } = called.expect_err("an error");
    (argument, text)
}

fn amounts(cpu: &str, memory: &str, gpu: &str) -> Json {
    let amounts = json!({ "cpu": cpu, "memory": memory, "nvidia.com/gpu": gpu });
    json!({ "requests": amounts, "limits": amounts })
}

// === the studio's file ===

const DECODE: &str = "attach_configuration_decode";
const ENCODE: &str = "attach_configuration_encode";

/// A file of the studio, and the same as arguments.
async fn goes_around(file: &Json, object: &Json, written: &Json) {
    let decoded = result(DECODE, &[json!(file.to_string())]).await;
    assert_eq!(&decoded, object);
    let encoded = result(ENCODE, std::slice::from_ref(&decoded)).await;
    let encoded = encoded.as_str().unwrap();
    assert_eq!(&serde_json::from_str::<Json>(encoded).unwrap(), written);
    assert_eq!(result(DECODE, &[json!(encoded)]).await, decoded);
}

#[tokio::test]
async fn the_first_file_of_the_documentation_goes_around() {
    let file = json!({
        "namespace": "amlarc-testing",
        "defaultInstanceType": "gpu_instance",
        "instanceTypes": {
            "gpu_instance": {
                "nodeSelector": { "accelerator": "nvidia-tesla-k80" },
                "resources": amounts("2", "16Gi", "1"),
            },
            "big_cpu_sku": {
                "nodeSelector": { "VMSizes": "VM-64vCPU-256GB" },
                "resources": amounts("4", "16Gi", "0"),
            },
        },
    });
    let object = json!({
        "namespace": "amlarc-testing",
        "default_instance_type": "gpu_instance",
        "instance_types": {
            "gpu_instance": {
                "node_selector": { "accelerator": "nvidia-tesla-k80" },
                "resources": amounts("2", "16Gi", "1"),
            },
            "big_cpu_sku": {
                "node_selector": { "VMSizes": "VM-64vCPU-256GB" },
                "resources": amounts("4", "16Gi", "0"),
            },
        },
    });
    goes_around(&file, &object, &file).await;
}

#[tokio::test]
async fn the_default_file_of_the_documentation_goes_around() {
    let types = |selector: &str, one: Json| {
        let mut one = one;
        one[selector] = Json::Null;
        json!({ "defaultInstanceType": one })
    };
    let one = json!({ "resources": amounts("1", "4Gi", "0") });
    let file = json!({
        "namespace": "default",
        "defaultInstanceType": "defaultInstanceType",
        "instanceTypes": types("nodeSelector", one.clone()),
    });
    let object = json!({
        "namespace": "default",
        "default_instance_type": "defaultInstanceType",
        "instance_types": types("node_selector", one.clone()),
    });
    let mut written = file.clone();
    written["instanceTypes"]["defaultInstanceType"] = one;
    goes_around(&file, &object, &written).await;
}

#[tokio::test]
async fn an_object_may_leave_everything_out() {
    assert_eq!(result(ENCODE, &[json!({})]).await, "{}");
    let numbers = json!({ "resources": { "limits": { "cpu": 2 } } });
    let some = json!({ "default_instance_type": "a", "instance_types": { "a": numbers, "b": {} } });
    let encoded = result(ENCODE, &[some]).await;
    let limits = json!({ "resources": { "limits": { "cpu": "2" } } });
    let expected = json!({ "defaultInstanceType": "a", "instanceTypes": { "a": limits, "b": {} } });
    assert_eq!(serde_json::from_str::<Json>(encoded.as_str().unwrap()).unwrap(), expected);
}

#[tokio::test]
async fn a_bad_file_is_refused_with_its_line() {
    let file = json!("{\n  \"nameSpace\": \"a\"\n}");
    let (argument, text) = refusal(DECODE, &[file]).await;
    assert_eq!(argument, Some(0));
    assert!(text.contains("unknown field `nameSpace`") && text.contains("line 2 column"), "{text}");
}

#[tokio::test]
async fn a_bad_object_is_refused_with_all_its_places() {
    let limits = json!({ "limits": { "cpu": "4gb", "gpu": "1" } });
    let object = json!({
        "namespace": "No",
        "default_instance_type": "smal",
        "instance_types": { "small": { "resources": limits } , "none": null },
    });
    let (argument, text) = refusal(ENCODE, &[object]).await;
    assert_eq!(argument, Some(0));
    let places: Vec<_> = text.lines().map(|line| line.split(": ").next().unwrap()).collect();
    let expected = [
        "namespace",
        "default_instance_type",
        r#"instance_types["small"].resources.limits["gpu"]"#,
        r#"instance_types["small"].resources.limits["cpu"]"#,
        r#"instance_types["none"]"#,
    ];
    assert_eq!(places, expected, "{text}");
    let misspelt = json!({ "instance_types": { "a": { "nodeSelector": {} } } });
    let (_, text) = refusal(ENCODE, &[misspelt]).await;
    let told = r#"instance_types["a"].nodeSelector: there is no such attribute"#;
    assert!(text.starts_with(told), "{text}");
}

// === the others ===

#[tokio::test]
async fn an_instance_type_becomes_an_object_of_the_cluster() {
    let one = json!({ "resources": amounts("2", "16Gi", "1") });
    let yaml = result("instance_type_manifest", &[json!("gpu-instance"), one.clone()]).await;
    let yaml = yaml.as_str().unwrap();
    assert!(yaml.starts_with("apiVersion: amlarc.azureml.com/v1alpha1\nkind: InstanceType\n"));
    assert_eq!(yaml.matches("nvidia.com/gpu\": 1").count(), 1, "{yaml}");
    let (argument, text) = refusal("instance_type_manifest", &[json!("gpu_instance"), one]).await;
    assert_eq!(argument, Some(0));
    assert!(text.contains("such as \"gpu-instance\""), "{text}");
    let (argument, text) = refusal("instance_type_manifest", &[json!("a"), json!({})]).await;
    assert_eq!((argument, text.lines().count()), (Some(1), 4), "{text}");
}

#[tokio::test]
async fn quantities_are_equal_by_amount() {
    for (a, b, equal) in [
        ("1000m", "1", true),
        ("16Gi", "16384Mi", true),
        ("1e3", "1k", true),
        ("16G", "16Gi", false),
    ] {
        assert_eq!(result("quantity_equal", &[json!(a), json!(b)]).await, equal, "{a} {b}");
    }
    let (argument, text) = refusal("quantity_equal", &[json!("1"), json!("4gb")]).await;
    let told = "\"4gb\" is not a Kubernetes quantity (did you mean `4G` or `4Gi`?)";
    assert_eq!((argument, text.as_str()), (Some(1), told));
    for illegal in ["", ".", "Gi", " 1", "1 Gi", "1,5", "1..5", "1e", "0x10", "16Gib", "1KI", "--1"]
    {
        let (argument, text) = refusal("quantity_equal", &[json!(illegal), json!("1")]).await;
        assert_eq!(argument, Some(0));
        let told = format!("{illegal:?} is not a Kubernetes quantity");
        let why = text.strip_prefix(&told).unwrap_or_default();
        assert!(why.starts_with(": ") || why.starts_with(" (did you mean "), "{text}");
    }
}

#[tokio::test]
async fn an_id_is_taken_apart_in_any_casing() {
    let parts = |id: &'static str| async move { result("parse_resource_id", &[json!(id)]).await };
    let group = "/subscriptions/S/resourceGroups/rg";
    let compute = parts(
        "/SUBSCRIPTIONS/S/resourcegroups/rg/PROVIDERS/microsoft.machinelearningservices/WORKSPACES/ws\
         /COMPUTES/K8s/",
    );
    let expected = json!({
        "full_resource_type": "Microsoft.MachineLearningServices/workspaces/computes",
        "parent_resources": { "workspaces": "ws" },
        "resource_group_name": "rg",
        "resource_name": "K8s",
        "resource_provider": "Microsoft.MachineLearningServices",
        "resource_scope": "",
        "resource_type": "computes",
        "subscription_id": "S",
    });
    assert_eq!(compute.await, expected);
    let extension = parts(
        "/subscriptions/S/resourceGroups/rg/providers/microsoft.kubernetes/connectedclusters/c\
         /providers/microsoft.kubernetesconfiguration/extensions/e",
    );
    let extension = extension.await;
    let cluster = format!("{group}/providers/Microsoft.Kubernetes/connectedClusters/c");
    assert_eq!(extension["resource_scope"], cluster);
    assert_eq!(extension["full_resource_type"], "Microsoft.KubernetesConfiguration/extensions");
    assert_eq!(extension["parent_resources"], json!({}));
}

#[tokio::test]
async fn ids_of_others_are_taken_apart_as_azurerm_does() {
    let id = "/subscriptions/12345678-1234-9876-4563-123456789012/resourceGroups/resGroup1/providers\
              /Microsoft.ApiManagement/service/service1/gateways/gateway1/hostnameConfigurations\
              /config1";
    let expected = json!({
        "full_resource_type": "Microsoft.ApiManagement/service/gateways/hostnameConfigurations",
        "parent_resources": { "gateways": "gateway1", "service": "service1" },
        "resource_group_name": "resGroup1",
        "resource_name": "config1",
        "resource_provider": "Microsoft.ApiManagement",
        "resource_scope": "",
        "resource_type": "hostnameConfigurations",
        "subscription_id": "12345678-1234-9876-4563-123456789012",
    });
    assert_eq!(result("parse_resource_id", &[json!(id)]).await, expected);
    let group = result("parse_resource_id", &[json!("/subscriptions/S/resourcegroups/rg")]).await;
    assert_eq!(group["full_resource_type"], "Microsoft.Resources/resourceGroups");
    assert_eq!(
        (&group["resource_name"], &group["resource_group_name"]),
        (&json!("rg"), &json!("rg"))
    );
    for bad in ["", "rg", "/subscriptions/S/resourceGroups", "https://portal.azure.com/x"] {
        let (argument, text) = refusal("parse_resource_id", &[json!(bad)]).await;
        assert_eq!(argument, Some(0));
        assert!(text.contains("is not an ARM ID: "), "{text}");
    }
}
