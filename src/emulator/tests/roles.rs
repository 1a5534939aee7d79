//! What a role lets whoever signed in do.

use serde_json::{Value, json};

use super::kit::{Azure, GROUP, aks, arc, compute_url, extension, extension_url, url_of};
use crate::options::Options;
use crate::role::Role;

#[tokio::test(start_paused = true)]
async fn a_role_refuses_what_it_does_not_have() {
    let role = |actions: &[&str]| {
        let definition = json!({ "Actions": actions });
        let role = Role::from_definition(&definition).expect("a role");
        Azure::with(Options { role: Some(role), ..Options::default() })
    };
    let azure = role(&["Microsoft.Kubernetes/connectedClusters/read"]);
    assert_eq!(azure.get(&url_of(arc("amlarc-cluster"))).await.status, 200);
    let url = extension_url(&arc("amlarc-cluster"));
    for (method, body, action) in [
        ("GET", Value::Null, "Microsoft.KubernetesConfiguration/extensions/read"),
        ("PUT", extension(), "Microsoft.KubernetesConfiguration/extensions/write"),
        ("PATCH", extension(), "Microsoft.KubernetesConfiguration/extensions/write"),
        ("DELETE", Value::Null, "Microsoft.KubernetesConfiguration/extensions/delete"),
    ] {
        let refused = azure.send(method, &url, body).await;
        assert_eq!((refused.status, &*refused.code()), (403, "AuthorizationFailed"), "{method}");
        let expected = format!("does not have authorization to perform action '{action}' over");
        assert!(refused.message().contains(&expected), "{}", refused.message());
    }
    let url = url_of(aks() + "/listClusterUserCredential");
    let action = "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action";
    let refused = azure.post(&url, Value::Null).await;
    assert!(refused.message().contains(&format!("'{action}'")), "{}", refused.message());
    assert_eq!(role(&[action]).post(&url, Value::Null).await.status, 200);
}

/// Whoever gives an identity away must be allowed to.
#[tokio::test(start_paused = true)]
async fn a_role_must_let_identities_be_assigned() {
    let write = "Microsoft.MachineLearningServices/workspaces/computes/*";
    let assign = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";
    let identity = format!(
        "{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/amlarc-identity"
    );
    let body = json!({ "identity": {
        "type": "UserAssigned", "userAssignedIdentities": { identity.clone(): {} }
    } });
    for (actions, code) in [(&[write][..], "LinkedAuthorizationFailed"), (&[write, assign], "")] {
        let definition = json!({ "Actions": actions });
        let role = Role::from_definition(&definition).expect("a role");
        let azure = Azure::with(Options { role: Some(role), ..Options::default() });
        let response = azure.put(&compute_url(), body.clone()).await;
        let linked = response.code() == "LinkedAuthorizationFailed";
        assert_eq!(linked, !code.is_empty(), "{actions:?}: {}", response.message());
        assert_eq!(linked, response.message().contains(&identity), "{}", response.message());
    }
}
