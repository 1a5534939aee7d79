//! The API server that other tests stand on.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use emulator::Options;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use yaml_rust2::YamlLoader;

use crate::support::azure::GROUP;
use crate::support::cluster::{
    Cluster, Kind, node, node_as_large_as_a_real_one, pod, unique, wait_until,
};

/// The application for which the API servers of AKS take tokens.
const AKS_SERVER: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";
const INSTANCE_TYPES: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";

#[test]
fn the_server_says_which_version_it_is() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let version = cluster.get("/version");
    assert_eq!((&version["major"], &version["minor"]), (&json!("1"), &json!("37")), "{version}");
    assert_eq!(version["gitVersion"], "v1.37.2");
}

#[test]
fn nodes_and_pods_are_as_they_were_written() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let (name, namespace) = (unique("node"), cluster.add_namespace());
    let written = node_as_large_as_a_real_one(&name);
    cluster.add_node(&written);
    let read = cluster.get(&format!("/api/v1/nodes/{name}"));
    assert_eq!(read["status"]["allocatable"]["cpu"], "4");
    assert_eq!(read["spec"]["taints"], Value::Null, "no controller takes a taint away again");
    assert!(read.to_string().len() > 30_000, "{} bytes", read.to_string().len());
    let pod = cluster.add_pod(&namespace, &pod("gateway", &name));
    assert_eq!(
        (&pod["status"]["phase"], &pod["spec"]["nodeName"]),
        (&json!("Running"), &json!(name))
    );
}

#[test]
fn an_account_may_do_what_its_role_says_and_nothing_else() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let rules = json!([{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list"]}]);
    let account = cluster.add_account(&rules);
    assert_eq!(account.send(Method::GET, "/api/v1/nodes", None).0, StatusCode::OK);
    let new = node(&unique("node"));
    for (method, path, body) in [
        (Method::POST, "/api/v1/nodes", Some(&new)),
        (Method::GET, "/api/v1/pods", None),
        (Method::GET, "/api/v1/namespaces/kube-system/secrets", None),
    ] {
        let (status, answer) = account.send(method, path, body);
        assert_eq!(
            (status, &answer["reason"]),
            (StatusCode::FORBIDDEN, &json!("Forbidden")),
            "{path}"
        );
    }
}

#[test]
fn a_token_is_believed_until_it_expires() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let account = cluster.add_account(&json!([]));
    let answer = |token: &str| cluster.send_with_token(token, Method::GET, "/api", None).0;
    assert_eq!(answer(&account.token()), StatusCode::OK);
    assert_eq!(answer(&account.expired_token()), StatusCode::UNAUTHORIZED);
    assert_eq!(answer("made up"), StatusCode::UNAUTHORIZED);
}

#[test]
fn a_certificate_says_which_user_of_which_group_comes() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    for (group, expected) in
        [("system:masters", StatusCode::OK), ("somebody", StatusCode::FORBIDDEN)]
    {
        let certificate = cluster.client_certificate("clusterUser", group);
        assert_eq!(
            cluster.get_with_certificate(certificate, "/api/v1/nodes").0,
            expected,
            "{group}"
        );
    }
}

#[test]
fn a_token_that_azure_signs_for_aks_is_believed() {
    let Some((azure, cluster)) = Cluster::start_in_azure(Kind::Bare, Options::default()) else {
        return;
    };
    let reads = json!([{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}]);
    let principal = "00000000-0000-0000-0000-0000000000e4";
    cluster.grant(&json!({"kind": "User", "name": principal}), &reads);
    let token = azure.sign_in(AKS_SERVER);
    let status =
        |token: &str, path: &str| cluster.send_with_token(token, Method::GET, path, None).0;
    // The server reads the keys of an issuer in the background.
    wait_until("the token is believed", || status(&token, "/api/v1/nodes") == StatusCode::OK);
    assert_eq!(status(&token, "/api/v1/pods"), StatusCode::FORBIDDEN, "it has no rule for that");
    let (signed, signature) = token.rsplit_once('.').expect("a token has three parts");
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    let arm = azure.environment()["AZUREML_ACCESS_TOKEN"].clone();
    for other in [forged, arm] {
        assert_eq!(status(&other, "/api/v1/nodes"), StatusCode::UNAUTHORIZED);
    }
    let id = format!("{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-cluster");
    let answer = azure.send(Method::POST, &format!("{id}/listClusterUserCredential"), None);
    let kubeconfig = answer["kubeconfigs"][0]["value"].as_str().expect("there is one");
    let kubeconfig = STANDARD.decode(kubeconfig).expect("it is base64");
    let kubeconfig = String::from_utf8(kubeconfig).expect("it is text");
    assert!(kubeconfig.contains(&cluster.endpoint()), "{kubeconfig}");
}

#[test]
fn a_kubeconfig_says_where_the_server_is_and_who_comes() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let account = cluster.add_account(&json!([]));
    let certificate = cluster.client_certificate("clusterUser", "system:masters");
    let exec = json!({"exec": {"command": "token"}});
    for (text, user) in [
        (cluster.kubeconfig(), "token"),
        (account.kubeconfig(), "token"),
        (cluster.kubeconfig_with_certificate(&certificate), "client-key-data"),
        (cluster.kubeconfig_with(&exec), "exec"),
    ] {
        let read = &YamlLoader::load_from_str(&text).expect("it is YAML")[0];
        let server = read["clusters"][0]["cluster"]["server"].as_str();
        assert_eq!(server, Some(cluster.endpoint().as_str()));
        assert!(!read["users"][0]["user"][user].is_badvalue(), "{text}");
    }
}

#[test]
fn objects_outlive_a_server_that_is_killed() {
    let Some(cluster) = Cluster::start(Kind::Bare) else { return };
    let namespace = cluster.add_namespace();
    cluster.stop();
    let refused = std::net::TcpStream::connect(cluster.endpoint().trim_start_matches("https://"));
    refused.expect_err("nobody listens");
    cluster.restart();
    let path = format!("/api/v1/namespaces/{namespace}");
    assert_eq!(cluster.get(&path)["metadata"]["name"], namespace.as_str());
}

#[test]
fn clusters_have_nothing_in_common() {
    let (Some(one), Some(other)) = (Cluster::shared(Kind::Bare), Cluster::shared(Kind::Strict))
    else {
        return;
    };
    let namespace = one.add_namespace();
    assert_eq!(other.find(&format!("/api/v1/namespaces/{namespace}")), None);
    assert_eq!(one.find(INSTANCE_TYPES), None, "this one has no definition of instance types");
    let token = one.add_account(&json!([])).token();
    assert_eq!(
        other.send_with_token(&token, Method::GET, "/api", None).0,
        StatusCode::UNAUTHORIZED
    );
}

#[test]
fn a_namespace_is_filled_and_deleted_by_the_controllers() {
    let Some(cluster) = Cluster::shared(Kind::Controlled) else { return };
    let namespace = format!("/api/v1/namespaces/{}", cluster.add_namespace());
    for path in ["serviceaccounts/default", "configmaps/kube-root-ca.crt"] {
        let path = format!("{namespace}/{path}");
        wait_until(&path, || cluster.find(&path).is_some());
    }
    cluster.delete(&namespace);
    wait_until("the namespace is gone", || cluster.find(&namespace).is_none());
}

/// What an instance type has, and what each definition makes of it: the `spec` that the server keeps, or a part of its
/// refusal.
#[test]
fn each_definition_of_instance_types_has_its_rules() {
    let amounts = json!({"cpu": "1", "memory": "4Gi"});
    let whole = json!({"resources": {"requests": amounts, "limits": amounts}});
    let defaulted = json!({
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "resources": {"requests": amounts, "limits": {"cpu": "1", "memory": "4Gi", "nvidia.com/gpu": 0}},
    });
    let with_limits = |limits: Value| json!({"resources": {"requests": amounts, "limits": limits}});
    let zero = with_limits(json!({"cpu": "0", "memory": "4Gi"}));
    let number = with_limits(json!({"cpu": 1, "memory": "4Gi"}));
    let text_gpu = with_limits(json!({"cpu": "1", "memory": "4Gi", "nvidia.com/gpu": "1"}));
    let too_high = json!({"resources": null, "limits": amounts});
    for (kind, spec, expected) in [
        (Kind::Strict, &whole, Ok(&whole)),
        (Kind::Atomic, &whole, Ok(&whole)),
        (Kind::Defaulting, &whole, Ok(&defaulted)),
        (Kind::Lax, &whole, Ok(&whole)),
        (Kind::Strict, &zero, Err("must be a quantity above zero")),
        (Kind::Strict, &number, Err("must be of type string")),
        (Kind::Strict, &text_gpu, Err("must be of type integer")),
        (Kind::Strict, &too_high, Err("spec.resources")),
        (Kind::Lax, &number, Ok(&number)),
        (Kind::Lax, &too_high, Ok(&json!({"resources": null}))),
    ] {
        let Some(cluster) = Cluster::shared(kind) else { return };
        let object = json!({
            "apiVersion": "amlarc.azureml.com/v1alpha1", "kind": "InstanceType",
            "metadata": {"name": unique("type")}, "spec": spec,
        });
        let (status, answer) =
            cluster.send(Method::POST, INSTANCE_TYPES, "application/json", Some(&object));
        match expected {
            Ok(kept) => assert_eq!(&answer["spec"], kept, "{kind:?} {status}: {answer}"),
            Err(part) => {
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{kind:?}: {answer}");
                assert!(answer["message"].as_str().is_some_and(|it| it.contains(part)), "{answer}");
            }
        }
    }
}

#[test]
fn a_map_that_is_atomic_has_one_owner() {
    let amounts = json!({"cpu": "1", "memory": "4Gi"});
    let with = |name: &str, selector: Value| {
        json!({
            "apiVersion": "amlarc.azureml.com/v1alpha1", "kind": "InstanceType",
            "metadata": {"name": name},
            "spec": {"nodeSelector": selector, "resources": {"requests": amounts, "limits": amounts}},
        })
    };
    for (kind, expected) in
        [(Kind::Strict, json!({"a": "1", "b": "2"})), (Kind::Atomic, json!({"b": "2"}))]
    {
        let Some(cluster) = Cluster::shared(kind) else { return };
        let name = unique("type");
        let path = format!("{INSTANCE_TYPES}/{name}");
        cluster.apply_as("one", &path, &with(&name, json!({"a": "1"})));
        let applied = cluster.apply_as("other", &path, &with(&name, json!({"b": "2"})));
        assert_eq!(applied["spec"]["nodeSelector"], expected, "{kind:?}");
    }
}
