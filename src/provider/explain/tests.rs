//! Each error of Azure names its object, what the service says, why, and what to do.

use azure::resource_types::{COMPUTES, EXTENSIONS};
use azure::{DeadlineExceeded, Error as Azure, Method, ResourceType, TokenFailure, TransportError};
use framework::{Diagnostics, Failure};
use serde_json::json;

use super::{Action, Error, with_context};
use crate::arm::operation;
use crate::tests::{Core, GROUP, Memory, Rule};

const COMPUTE: &str = "Microsoft.MachineLearningServices/workspaces/ws/computes/edge";

/// The one message about a compute as `path: summary | detail`.
fn told(doing: Action, error: Azure) -> String {
    let id = format!("{GROUP}/{COMPUTE}").parse().expect("an ID");
    let failure = Failure::from(with_context(doing, &COMPUTES, &id)(error));
    let found: Diagnostics = failure.into_diagnostics();
    let message = found.iter().next().expect("a message");
    format!("{} | {}", message.summary, message.detail)
}

/// What a read says when the service answers so.
async fn refused(status: u16, word: &str, message: &str) -> String {
    let memory = Memory::default();
    memory.rule(Rule {
        method: Method::GET,
        path: "/edge",
        status,
        body: json!({ "error": { "code": word, "message": message, "details": [
            { "code": "Inner", "message": "the reason behind it" },
        ] } }),
        times: 1,
    });
    let mut core = Core::new("kubernetes_compute", &memory);
    core.import(&format!("{GROUP}/{COMPUTE}")).await;
    core.read().await.join("\n")
}

#[tokio::test]
async fn a_code_has_its_command() {
    let cases = [
        (
            409,
            "MissingSubscriptionRegistration",
            "The subscription is not registered to use namespace 'Microsoft.Relay'.",
            "az provider register --namespace Microsoft.Relay --subscription s --wait",
        ),
        (
            409,
            "MissingSubscriptionRegistration",
            "no name in it",
            "az provider register --namespace Microsoft.MachineLearningServices --subscription s",
        ),
        (
            403,
            "AuthorizationFailed",
            "does not have authorization to perform action",
            "--role \"Reader\" --scope /subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws",
        ),
        (409, "ScopeLocked", "a lock", "az lock list --resource-group rg --subscription s"),
        (400, "NoRegisteredProviderFound", "version", "`environment`"),
        (403, "RequestDisallowedByPolicy", "policy", "exemption"),
        (400, "InvalidAuthenticationTokenTenant", "tenant", "ARM_TENANT_ID"),
        (400, "ClusterNotReachable", "cluster", "kubectl get nodes"),
        (409, "ResourceGroupBeingDeleted", "going", "The resource group rg is being deleted"),
        (409, "Conflict", "the name is taken", "Correct what the service names above"),
        (403, "RequestDisallowedByAzure", "region", "Correct what the service names above"),
        (403, "Forbidden", "no", "Have the role \"Reader\" assigned"),
        (400, "Unheard", "of", "Correct what the service names above"),
    ];
    for (status, code, message, expected) in cases {
        let told = refused(status, code, message).await;
        assert!(told.starts_with("error : Compute cannot be read | /subscriptions/s/"), "{told}");
        for part in [code, message.trim_end_matches('.'), "Inner: the reason behind it", expected] {
            assert!(told.contains(part), "{code}: {part:?} is not in {told}");
        }
        assert!(told.contains("client request ID"), "{told}");
    }
}

#[test]
fn a_sign_in_that_fails_names_the_ways_and_why_each_failed() {
    let failures = vec![TokenFailure { source: "Azure CLI", reason: "az is not there".to_owned() }];
    let text = told(Action::Read, Azure::Credential { failures });
    assert!(text.starts_with("Cannot sign in to Azure"), "{text}");
    for part in ["Azure CLI: az is not there", "access_token", "ARM_CLIENT_SECRET", "use_cli"] {
        assert!(text.contains(part), "{text}");
    }
    let text = told(Action::Create, Azure::Credential { failures: Vec::new() });
    assert!(text.contains("No way to sign in is configured"), "{text}");
}

#[test]
fn a_cloud_that_nobody_describes_names_the_argument_that_says_who_should() {
    let unknown = || Azure::CloudUnknown { reason: "https://metadata.example: 404".to_owned() };
    let late = Azure::DeadlineExceeded(Box::new(DeadlineExceeded {
        last_error: Some(Box::new(unknown())),
        ..DeadlineExceeded::default()
    }));
    for error in [unknown(), late] {
        let text = told(Action::Read, error);
        assert!(text.starts_with("The Azure cloud is not known"), "{text}");
        for part in ["https://metadata.example: 404", "`metadata_host`", "ARM_METADATA_HOSTNAME"] {
            assert!(text.contains(part), "{text}");
        }
    }
}

#[test]
fn an_endpoint_that_is_down_names_the_providers_attribute() {
    let transport = |source| Azure::Transport { origin: "https://arm.example".to_owned(), source };
    let down = || transport(TransportError::Unreachable("connection refused".to_owned()));
    let late = Azure::DeadlineExceeded(Box::new(DeadlineExceeded {
        last_error: Some(Box::new(down())),
        ..DeadlineExceeded::default()
    }));
    for error in [down(), late] {
        let text = told(Action::Read, error);
        assert!(text.starts_with("Azure cannot be reached"), "{text}");
        assert!(text.contains("resource_manager_endpoint") && text.contains("refused"), "{text}");
    }
    let text = told(Action::Read, transport(TransportError::Tls("unknown issuer".to_owned())));
    assert!(text.contains("ca_certificate_path"), "{text}");
    let text = told(Action::Read, transport(TransportError::Proxy("407".to_owned())));
    assert!(text.contains("HTTPS_PROXY"), "{text}");
}

#[test]
fn a_deadline_tells_how_to_go_on() {
    let late = || Azure::DeadlineExceeded(Box::default());
    assert!(told(Action::Create, late()).contains("terraform untaint ADDRESS"));
    assert!(told(Action::Update, late()).contains("timeouts { update"));
    assert!(told(Action::Delete, late()).contains("terraform state rm ADDRESS"));
    assert!(told(Action::Read, late()).contains("timeouts { read"));
}

#[test]
fn only_an_interruption_can_be_resumed() {
    let id = format!("{GROUP}/{COMPUTE}").parse().expect("an ID");
    let resumable =
        |error| Failure::from(with_context(Action::Create, &COMPUTES, &id)(error)).is_resumable();
    assert!(resumable(Azure::Stopped));
    assert!(!resumable(Azure::DeadlineExceeded(Box::default())));
    assert!(!resumable(Azure::Credential { failures: Vec::new() }));
}

#[tokio::test]
async fn a_missing_parent_stands_on_its_attribute() {
    let cases: [(&'static ResourceType, &str, &str); 2] = [
        (&COMPUTES, COMPUTE, "workspace_id"),
        (
            &EXTENSIONS,
            "Microsoft.Kubernetes/connectedClusters/c/providers/Microsoft.KubernetesConfiguration/extensions/edge",
            "cluster_id",
        ),
    ];
    for (kind, id, attribute) in cases {
        let memory = Memory::default();
        memory.rule(Rule {
            method: Method::GET,
            path: "/edge",
            status: 404,
            body: json!({ "error": { "code": "ResourceGroupNotFound", "message": "no rg" } }),
            times: 1,
        });
        let provider = memory.provider();
        let deadline = (tokio::time::Instant::now() + std::time::Duration::from_mins(1)).into_std();
        let context = crate::context::Context::new(
            &provider,
            deadline,
            tokio_util::sync::CancellationToken::new(),
        );
        let id = format!("{GROUP}/{id}").parse().expect("an ID");
        let error: Error = operation::find(&context, kind, &id).await.expect_err("no group");
        let found = Failure::from(error).into_diagnostics();
        let message = found.iter().next().expect("a message");
        assert_eq!(message.path, Some(attribute.into()));
        assert!(message.detail.contains("az group show --name rg"), "{}", message.detail);
    }
}
