//! What to do about an error of Azure: what is known of the service's own, and what the errors need
//! that the service did not make.

use azure::resource_types::{
    COMPUTES, CONNECTED_CLUSTERS, EXTENSIONS, MANAGED_CLUSTERS, WORKSPACES,
};
use azure::{DeadlineExceeded, Error, Id, TokenFailure, TransportError};

use super::{Action, AzureFailure, rules};
use crate::config::describe_methods;

/// Why it happened and what to do.
pub(super) fn advise(trouble: &AzureFailure) -> String {
    let known = explanation(trouble);
    let then = match (&known, trouble.root()) {
        // What becomes of the object is to be known too.
        (Some(_), Error::OperationFailed(_) | Error::DeadlineExceeded(_)) => {
            Some(general_advice(trouble))
        }
        (Some(_), _) => None,
        (None, Error::OperationFailed(_)) => {
            let look = fill(rules::where_to_look(trouble), trouble);
            Some(format!("{look}\n\n{}", general_advice(trouble)))
        }
        (None, _) => Some(general_advice(trouble)),
    };
    known.into_iter().chain(then).collect::<Vec<_>>().join("\n\n")
}

/// What the service's error is known to mean, and what to do about it.
pub(super) fn explanation(trouble: &AzureFailure) -> Option<String> {
    Some(fill(&rules::explanation(trouble)?, trouble))
}

fn general_advice(trouble: &AzureFailure) -> String {
    match trouble.root() {
        Error::Credential { failures } => sign_in(failures),
        Error::CloudUnknown { .. } => UNKNOWN_CLOUD.to_owned(),
        Error::Transport { source, .. } => network(source).to_owned(),
        Error::Stopped if !trouble.accepted => {
            "The operation was interrupted before the service had answered. Apply again; what the \
             service may have done already is found then."
                .to_owned()
        }
        Error::Stopped => advise_after_interruption(trouble.doing).to_owned(),
        Error::DeadlineExceeded(deadline) if !trouble.accepted => {
            advise_not_accepted(trouble.doing, deadline)
        }
        Error::DeadlineExceeded(deadline) => advise_after_timeout(trouble.doing, deadline),
        Error::OperationFailed(_) => fill(failed(trouble.doing), trouble),
        Error::UnusableResponse { .. } => IN_BETWEEN.to_owned(),
        error if error.is_unauthenticated() => {
            "Azure does not accept the token. Check the provider's `tenant_id` and, if it is set, \
             that `access_token` (AZUREML_ACCESS_TOKEN) is not too old."
                .to_owned()
        }
        error if error.is_forbidden() && is_plain(error) => fill(
            "The identity that the provider signs in with may not do this. Have the role \
             \"{role}\" assigned on {scope}.",
            trouble,
        ),
        error if error.is_parent_missing() => fill(
            "The parent of the {noun} does not exist, or the provider signs in to another \
             tenant or subscription. Check the ID:\n\n  az resource show --ids {parent}",
            trouble,
        ),
        error if error.is_transient() => advise_retry(trouble),
        Error::ErrorResponse(_) | Error::OutcomeUnknown(_) => advise_correction(trouble),
    }
}

/// The attribute of the resource that the error is about.
pub(super) fn attribute(trouble: &AzureFailure) -> Option<&'static str> {
    let missing = ["ResourceGroupNotFound", "SubscriptionNotFound", "ParentResourceNotFound"];
    let missing = missing.iter().any(|code| trouble.error.has_code(code));
    if !missing && !trouble.error.is_parent_missing() {
        return None;
    }
    [
        (&COMPUTES, "workspace_id"),
        (&WORKSPACES, "workspace_id"),
        (&EXTENSIONS, "cluster_id"),
        (&CONNECTED_CLUSTERS, "cluster_id"),
        (&MANAGED_CLUSTERS, "cluster_id"),
    ]
    .into_iter()
    .find_map(|(kind, attribute)| (kind == trouble.kind).then_some(attribute))
}

// === without a code ===

fn sign_in(failures: &[TokenFailure]) -> String {
    let failed: Vec<_> = failures.iter().map(|failure| failure.source).collect();
    let ways = describe_methods(&failed);
    if failed.is_empty() {
        return format!("No way to sign in is configured. Give the provider one of\n\n{ways}");
    }
    format!(
        "The provider signs in by the first of these that is configured, and by no other in its \
         place:\n\n{ways}"
    )
}

/// The metadata host did not tell.
const UNKNOWN_CLOUD: &str = "Check the provider's `metadata_host` (ARM_METADATA_HOSTNAME) and `environment` \
     (ARM_ENVIRONMENT), the network and any proxy (HTTPS_PROXY, NO_PROXY). Where its certificate is of \
     a private authority, set `ca_certificate_path` (AZUREML_CA_CERTIFICATE_PATH). The block \
     `endpoint` says the same without a metadata host.";

/// What answers is not the service.
const IN_BETWEEN: &str = "Something between the provider and Azure, such as a proxy, answered \
                          instead of Azure. Check the provider's block \
                          `endpoint` and any proxy (HTTPS_PROXY, NO_PROXY).";

fn network(source: &TransportError) -> &'static str {
    match source {
        source if source.is_invalid_response() => IN_BETWEEN,
        TransportError::Tls(_) => {
            "The server's certificate is not trusted. If a proxy or a private cloud has its own \
             certificate authority, set the provider's `ca_certificate_path` \
             (AZUREML_CA_CERTIFICATE_PATH)."
        }
        TransportError::Proxy(_) => {
            "Check the proxy in HTTPS_PROXY (or ALL_PROXY) with its user and password, and NO_PROXY, \
             which lists the hosts to reach without the proxy."
        }
        _ => {
            "Check the network, the proxy (HTTPS_PROXY, NO_PROXY), and the provider's \
             `environment` and `endpoint { resource_manager_endpoint }` (ARM_ENVIRONMENT, \
             ARM_RESOURCE_MANAGER_ENDPOINT)."
        }
    }
}

/// A refusal of which nothing is known.
fn advise_correction(trouble: &AzureFailure) -> String {
    let correct = "Correct what the service names above and apply again; the IDs let Azure's support \
                   find the request.";
    if trouble.doing == Action::Read {
        return correct.to_owned();
    }
    format!("{correct}\n\n{}", fill(rules::where_to_look(trouble), trouble))
}

/// Whether the service says no more than that it refuses.
fn is_plain(error: &Error) -> bool {
    error.code().is_none_or(|code| code.eq_ignore_ascii_case("Forbidden"))
}

/// The service was too busy, or down, for the whole time allowed.
fn advise_retry(trouble: &AzureFailure) -> String {
    match timeout(trouble.doing) {
        "read" => {
            "The service was too busy to answer, or down, for the whole time allowed. Run it \
             again, or give it more time with `timeouts { read = \"…\" }`."
                .to_owned()
        }
        timeout => format!(
            "The service was too busy to answer, or down, for the whole time allowed. Apply \
             again, or give it more time with `timeouts {{ {timeout} = \"…\" }}`."
        ),
    }
}

fn advise_after_interruption(doing: Action) -> &'static str {
    match doing {
        Action::Create => {
            "The operation was interrupted; Azure goes on with what it accepted. The object is in the \
             state, and the next apply waits for it and finishes the work."
        }
        Action::Update | Action::Delete => {
            "The operation was interrupted; Azure goes on with what it accepted. The next apply waits \
             for it and finishes the work."
        }
        Action::Read => "The operation was interrupted. Run it again.",
    }
}

/// What kept a call from its end, if that is known.
fn advise_after_block(deadline: &DeadlineExceeded) -> String {
    match deadline.last_error.as_deref() {
        Some(Error::Transport { source, .. }) => format!("{} ", network(source)),
        Some(last) if last.service_error().is_some() => {
            "What the service said last stands above. ".to_owned()
        }
        _ => String::new(),
    }
}

/// The argument of `timeouts` that limits it.
fn timeout(doing: Action) -> &'static str {
    match doing {
        Action::Read => "read",
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}

/// The time was over before the service had taken the request.
fn advise_not_accepted(doing: Action, deadline: &DeadlineExceeded) -> String {
    let timeout = timeout(doing);
    let taken =
        if deadline.may_have_arrived { "" } else { "The service has not taken the request. " };
    format!(
        "{}{taken}Apply again, or give it more time with `timeouts {{ {timeout} = \"…\" }}`.",
        advise_after_block(deadline)
    )
}

fn advise_after_timeout(doing: Action, deadline: &DeadlineExceeded) -> String {
    let blocked = advise_after_block(deadline);
    match doing {
        Action::Create => format!(
            "{blocked}Azure may still finish it. Terraform will replace the object; to keep it, untaint \
             it and \
             apply again, which waits for it:\n\n  terraform untaint ADDRESS\n\n\
             Give it more time with `timeouts {{ create = \"…\" }}`."
        ),
        Action::Update => format!(
            "{blocked}Azure may still finish it; the next apply waits for it. Give it more time \
             with `timeouts {{ update = \"…\" }}`."
        ),
        Action::Delete => format!(
            "{blocked}If the cluster or its extension is gone for good, take the object out of the \
             state:\n\n  terraform state rm ADDRESS\n\n\
             Otherwise apply again, or give it more time with `timeouts {{ delete = \"…\" }}`."
        ),
        Action::Read => format!(
            "{blocked}Run it again, or give it more time with `timeouts {{ read = \"…\" }}`."
        ),
    }
}

fn failed(doing: Action) -> &'static str {
    match doing {
        Action::Create => {
            "The {noun} is in the state and marked for replacement: mend the cause, and the next \
             apply replaces it."
        }
        Action::Update => {
            "Remove the cause and apply again, which repeats the update. If that fails too, \
             replace it:\n\n  terraform apply -replace=ADDRESS"
        }
        Action::Delete => {
            "Remove the cause and apply again. If its parent is gone for good, take it out of \
             the state:\n\n  terraform state rm ADDRESS"
        }
        Action::Read => "Mend the cause in Azure, then plan again.",
    }
}

// === placeholders ===

fn fill(text: &str, trouble: &AzureFailure) -> String {
    let id = &trouble.id;
    // Of a list only the ID of what it is part of is known.
    let itself = trouble.kind.matches(&id.resource_type());
    let parent = id.parent().filter(|_| itself).unwrap_or_else(|| id.clone());
    let cluster = trouble.cluster();
    let of_cluster = |part: fn(&Id) -> String, none: &str| {
        cluster.as_ref().map_or_else(|| none.to_owned(), part)
    };
    [
        ("{id}", id.to_string().as_str()),
        ("{name}", id.name()),
        ("{noun}", trouble.kind.noun),
        ("{parent}", parent.to_string().as_str()),
        ("{scope}", &trouble.scope()),
        ("{workspace}", parent.name()),
        ("{cluster}", &of_cluster(Id::to_string, "<ID of the cluster>")),
        ("{cluster_name}", &of_cluster(|id| id.name().to_owned(), "<cluster>")),
        ("{cluster_group}", &of_cluster(group_of, "<group>")),
        (
            "{cluster_type}",
            &of_cluster(rules::cluster_type, "<connectedClusters or managedClusters>"),
        ),
        ("{subscription}", id.subscription().unwrap_or("<subscription>")),
        ("{group}", id.resource_group().unwrap_or("<group>")),
        ("{namespace}", &namespace(trouble)),
        ("{role}", role(trouble)),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value))
}

fn group_of(id: &Id) -> String {
    id.resource_group().unwrap_or("<group>").to_owned()
}

/// The namespace that the service names in quotes, else the object's own.
fn namespace(trouble: &AzureFailure) -> String {
    let messages = trouble.error.service_error().into_iter().flat_map(azure::ServiceError::walk);
    let named = messages.filter_map(|error| {
        let mut quoted = error.message.split(['\'', '"']);
        quoted.find(|part| part.starts_with("Microsoft.") && !part.contains([' ', '/']))
    });
    let own = trouble.kind.name.split('/').next().unwrap_or_default();
    named.map(str::to_owned).next().unwrap_or_else(|| own.to_owned())
}

/// A built-in role that has the actions on objects of this kind.
fn role(trouble: &AzureFailure) -> &'static str {
    let texts = trouble.error.service_error().into_iter().flat_map(azure::ServiceError::walk);
    let mut texts = texts.map(|error| error.message.to_lowercase());
    // Reader may read, and not have keys listed.
    let lists_keys = texts.any(|text| text.contains("keys/action"));
    match (trouble.doing, trouble.kind == &EXTENSIONS) {
        (Action::Read, _) if !lists_keys => "Reader",
        _ if trouble.is_look_refused() && !lists_keys => "Reader",
        (_, true) => "Kubernetes Extension Contributor",
        (_, false) => "Contributor",
    }
}
