//! What to do about an error of Azure: one list, and what the errors without a code need.

use azure::rp::{COMPUTES, CONNECTED_CLUSTERS, EXTENSIONS, MANAGED_CLUSTERS, WORKSPACES};
use azure::{Attempt, Deadline, Error, TransportError};

use super::findings::causes;
use super::{Doing, Trouble};

/// Why one of these codes comes, and what to do.
///
/// In both texts `{id}`, `{name}`, `{noun}`, `{parent}`, `{subscription}`, `{group}`, `{namespace}`
/// and `{role}` stand for those of the object that was asked for.
struct Fix {
    codes: &'static [&'static str],
    why: &'static str,
    then: &'static str,
}

/// The first whose code stands anywhere in the service's error counts.
const FIXES: &[Fix] = &[
    Fix {
        codes: &["MissingSubscriptionRegistration"],
        why: "The subscription is not registered for the resource provider {namespace}.",
        then: "Register it, which takes a minute or two, then apply again:\n\n  \
              az provider register --namespace {namespace} --subscription {subscription} --wait",
    },
    Fix {
        codes: &[
            "AuthorizationFailed",
            "LinkedAuthorizationFailed",
            "AuthorizationPermissionMismatch",
        ],
        why: "The identity that the provider signs in with lacks the action named above. An \
              assignment made in the last minutes may not have arrived yet.",
        then: "Have a role assigned that has the action, then apply again:\n\n  \
              az role assignment create --assignee <object or client ID> --role \"{role}\" --scope {parent}",
    },
    Fix {
        codes: &["SubscriptionNotFound", "InvalidSubscriptionId"],
        why: "There is no subscription {subscription} in the tenant that the provider signs in to.",
        then: "Check the ID and the provider's `tenant_id`:\n\n  az account list --output table",
    },
    Fix {
        codes: &["ResourceGroupNotFound"],
        why: "There is no resource group {group} in subscription {subscription}, or the provider \
              signs in to another tenant.",
        then: "Check the ID:\n\n  az group show --name {group} --subscription {subscription}",
    },
    Fix {
        codes: &["ParentResourceNotFound"],
        why: "What the {noun} is part of does not exist, or was deleted: {parent}",
        then: "Check the ID:\n\n  az resource show --ids {parent}",
    },
    Fix {
        codes: &["ScopeLocked"],
        why: "A lock forbids the change.",
        then: "Find the lock, and remove it if the change is meant:\n\n  \
              az lock list --resource-group {group} --subscription {subscription} --output table",
    },
    Fix {
        codes: &["RequestDisallowedByPolicy"],
        why: "A policy of the organisation refuses the {noun}.",
        then: "Meet the policy named above, by tags for example, or ask its owner for an exemption.",
    },
    Fix {
        codes: &[
            "NoRegisteredProviderFound",
            "InvalidApiVersionParameter",
            "InvalidResourceType",
            "LocationNotAvailableForResourceType",
        ],
        why: "This cloud or region does not offer what the provider asks for.",
        then: "Check the provider's `environment` and the region; a newer version of the provider \
              may speak another API version.",
    },
    Fix {
        codes: &["InvalidAuthenticationTokenTenant"],
        why: "The token is one of another tenant than the subscription's.",
        then: "Set the provider's `tenant_id` (ARM_TENANT_ID) to the tenant of subscription \
              {subscription}.",
    },
    Fix {
        codes: &[
            "ExpiredAuthenticationToken",
            "InvalidAuthenticationToken",
            "AuthenticationFailed",
        ],
        why: "Azure does not accept the token.",
        then: "If the provider's `access_token` (AZUREML_ACCESS_TOKEN) is set, get a new one:\n\n  \
              az account get-access-token --query accessToken --output tsv",
    },
    Fix {
        codes: &["ClusterNotReachable", "ClusterNotFound", "ClusterServiceNotFound"],
        why: "Azure Machine Learning does not reach the cluster or its extension.",
        then: "See that the cluster is connected and that its extension is Succeeded:\n\n  \
              az k8s-extension list --cluster-name <cluster> --cluster-type connectedClusters \
              --resource-group <group> --output table",
    },
    Fix {
        codes: &["ClusterUnauthorized", "ComputeNotAccessible"],
        why: "The workspace's identity may not look at the cluster.",
        then: "Give the workspace's identity the roles Reader, Kubernetes Extension Contributor and \
              Azure Kubernetes Service Cluster Admin on the cluster.",
    },
    Fix {
        codes: &["InvalidComputeNoKubernetesConfiguration", "InvalidComputeInformation"],
        why: "The service lacks something about the cluster, its extension or the configuration.",
        then: "Look at `namespace` and `instance_types`, and whether the extension was installed \
              with its relay, as `azureml_arc_extension` and the Azure CLI do. Then apply again.",
    },
    Fix {
        codes: &["RefreshExtensionIdentityNotSet"],
        why: "The extension was installed again after the cluster had been attached.",
        then: "Attach the compute anew with -replace=ADDRESS.",
    },
    Fix {
        codes: &["ExtensionCreationFailed", "ResourceOperationFailure"],
        why: "The Arc agents of the cluster do not answer.",
        then: "See that the cluster is connected and its agents run:\n\n  kubectl get pods -n azure-arc",
    },
    Fix {
        codes: &["ExtensionOperationFailed", "InstallationFailed"],
        why: "Helm could not install the extension in the cluster.",
        then: "Look at its pods and at the report of its health check:\n\n  \
              kubectl get pods -n azureml\n  \
              kubectl get configmap arcml-healthcheck -n azureml -o yaml\n\n\
              What the codes mean: https://aka.ms/arcmltsg",
    },
    Fix {
        codes: &["Conflict", "AnotherOperationInProgress", "UpdateFailed", "OperationNotAllowed"],
        why: "Another operation holds the {noun}, or its state forbids this.",
        then: "Wait until it has ended, then apply again.",
    },
];

/// Why it happened and what to do.
pub(super) fn advice(trouble: &Trouble) -> String {
    let known = decoded(trouble).or_else(|| coded(trouble));
    match (known, &trouble.error) {
        // What becomes of the object is to be known too.
        (known, Error::Failed(_)) => {
            let then = fill(failed(trouble.doing), trouble);
            known.into_iter().chain([then]).collect::<Vec<_>>().join("\n\n")
        }
        (Some(known), _) => known,
        (None, _) => without_code(trouble),
    }
}

/// What the report of the extension's health check, or Helm's text, is known to mean.
fn decoded(trouble: &Trouble) -> Option<String> {
    let is_extension = trouble.kind == &EXTENSIONS;
    is_extension.then(|| causes(&trouble.error.to_string())).flatten()
}

fn coded(trouble: &Trouble) -> Option<String> {
    let known = FIXES.iter().find(|fix| fix.codes.iter().any(|code| trouble.error.has_code(code)));
    known.map(|fix| fill(&format!("{}\n\n{}", fix.why, fix.then), trouble))
}

fn without_code(trouble: &Trouble) -> String {
    match trouble.root() {
        Error::Credential { tried } => sign_in(tried),
        Error::Transport { source, .. } => network(source).to_owned(),
        Error::Stopped if !trouble.accepted => {
            "The call was interrupted before the service had answered. Apply again; what the \
             service took nevertheless is found then."
                .to_owned()
        }
        Error::Stopped => interrupted(trouble.doing).to_owned(),
        Error::Deadline(deadline) if !trouble.accepted => not_taken(trouble.doing, deadline),
        Error::Deadline(deadline) => late(trouble.doing, deadline),
        Error::Failed(_) => fill(failed(trouble.doing), trouble),
        Error::Unusable { .. } => {
            "Something between the provider and Azure answers in its place. Check the provider's \
             block `endpoint` and any proxy (HTTPS_PROXY, NO_PROXY)."
                .to_owned()
        }
        error if error.is_unauthenticated() => {
            "Azure does not accept the token. Check the provider's `tenant_id` and, if it is set, \
             that `access_token` (AZUREML_ACCESS_TOKEN) is not too old."
                .to_owned()
        }
        error if error.is_forbidden() => fill(
            "The identity that the provider signs in with may not do this. Have the role \
             \"{role}\" assigned on {parent}.",
            trouble,
        ),
        error if error.is_parent_missing() => fill(
            "What the {noun} is part of does not exist, or the provider signs in to another \
             tenant or subscription. Check the ID:\n\n  az resource show --ids {parent}",
            trouble,
        ),
        error if error.is_conflict() => fill(
            "Another operation holds the {noun}. Wait until it has ended, then apply again.",
            trouble,
        ),
        Error::Refused(_) => {
            "Correct what the service names above and apply again; the IDs let Azure's support \
              find the request."
                .to_owned()
        }
    }
}

/// The attribute of the resource that the error is about.
pub(super) fn attribute(trouble: &Trouble) -> Option<&'static str> {
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

fn sign_in(tried: &[Attempt]) -> String {
    let ways = "Give the provider one of\n\n  \
                access_token (AZUREML_ACCESS_TOKEN)\n  \
                tenant_id, client_id and client_secret (ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET)\n  \
                use_cli = true, after az login";
    if tried.is_empty() {
        return format!("No way to sign in is configured. {ways}");
    }
    ways.to_owned()
}

fn network(source: &TransportError) -> &'static str {
    match source {
        TransportError::Tls(_) => {
            "The server's certificate is not trusted. If a proxy or a private cloud has its own \
             certificate authority, set the provider's `ca_certificate_path` \
             (AZUREML_CA_CERTIFICATE_PATH)."
        }
        TransportError::Proxy(_) => "Check the proxy in HTTPS_PROXY, and NO_PROXY.",
        _ => {
            "Check the network, the proxy (HTTPS_PROXY, NO_PROXY), and the provider's \
             `environment` and `endpoint { resource_manager_endpoint }` (ARM_ENVIRONMENT, \
             ARM_RESOURCE_MANAGER_ENDPOINT)."
        }
    }
}

fn interrupted(doing: Doing) -> &'static str {
    match doing {
        Doing::Create => {
            "The call was interrupted; Azure goes on with what it accepted. The object is in the \
             state, and the next apply waits for it and finishes the work."
        }
        Doing::Update | Doing::Delete => {
            "The call was interrupted; Azure goes on with what it accepted. The next apply waits \
             for it and finishes the work."
        }
        Doing::Read => "The call was interrupted. Run it again.",
    }
}

/// What kept a call from its end, if that is known.
fn blocked(deadline: &Deadline) -> String {
    match deadline.last.as_deref() {
        Some(Error::Transport { source, .. }) => format!("{} ", network(source)),
        Some(last) if last.service().is_some() => {
            "What the service said last stands above. ".to_owned()
        }
        _ => String::new(),
    }
}

/// The time was over before the service had taken the request.
fn not_taken(doing: Doing, deadline: &Deadline) -> String {
    let timeout = match doing {
        Doing::Read => "read",
        Doing::Create => "create",
        Doing::Update => "update",
        Doing::Delete => "delete",
    };
    format!(
        "{}The service has not taken the request. Apply again, or give it more time with `timeouts \
         {{ {timeout} = \"…\" }}`.",
        blocked(deadline)
    )
}

fn late(doing: Doing, deadline: &Deadline) -> String {
    let blocked = blocked(deadline);
    match doing {
        Doing::Create => format!(
            "{blocked}Azure may still finish it. To keep the object, take the mark off it and \
             apply again, which waits for it:\n\n  terraform untaint ADDRESS\n\n\
             Give it more time with `timeouts {{ create = \"…\" }}`."
        ),
        Doing::Update => format!(
            "{blocked}Azure may still finish it; the next apply waits for it. Give it more time \
             with `timeouts {{ update = \"…\" }}`."
        ),
        Doing::Delete => format!(
            "{blocked}If the cluster or its extension is gone for good, take the object out of the \
             state:\n\n  terraform state rm ADDRESS\n\n\
             Otherwise apply again, or give it more time with `timeouts {{ delete = \"…\" }}`."
        ),
        Doing::Read => format!(
            "{blocked}Run it again, or give it more time with `timeouts {{ read = \"…\" }}`."
        ),
    }
}

fn failed(doing: Doing) -> &'static str {
    match doing {
        Doing::Create => {
            "The {noun} is in the state and marked for replacement: mend the cause, and the next \
             apply makes it anew."
        }
        Doing::Update => {
            "Mend the cause and apply again, which sends it again. If that fails too, make it \
             anew:\n\n  terraform apply -replace=ADDRESS"
        }
        Doing::Delete => {
            "Mend the cause and apply again. If what it stood in is gone for good, take it out of \
             the state:\n\n  terraform state rm ADDRESS"
        }
        Doing::Read => "Mend the cause in Azure, then plan again.",
    }
}

// === placeholders ===

fn fill(text: &str, trouble: &Trouble) -> String {
    let id = &trouble.id;
    // Of a list only the ID of what it is part of is known.
    let itself = trouble.kind.is_type(&id.resource_type());
    let parent = id.parent().filter(|_| itself).unwrap_or_else(|| id.clone()).to_string();
    [
        ("{id}", id.to_string().as_str()),
        ("{name}", id.name()),
        ("{noun}", trouble.kind.noun),
        ("{parent}", &parent),
        ("{subscription}", id.subscription().unwrap_or("<subscription>")),
        ("{group}", id.resource_group().unwrap_or("<group>")),
        ("{namespace}", &namespace(trouble)),
        ("{role}", role(trouble)),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value))
}

/// The namespace that the service names in quotes, else the object's own.
fn namespace(trouble: &Trouble) -> String {
    let messages = trouble.error.service().into_iter().flat_map(azure::ServiceError::walk);
    let named = messages.filter_map(|error| {
        let mut quoted = error.message.split(['\'', '"']);
        quoted.find(|part| part.starts_with("Microsoft.") && !part.contains([' ', '/']))
    });
    let own = trouble.kind.resource_type.split('/').next().unwrap_or_default();
    named.map(str::to_owned).next().unwrap_or_else(|| own.to_owned())
}

/// A built-in role that has the actions on objects of this kind.
fn role(trouble: &Trouble) -> &'static str {
    let texts = trouble.error.service().into_iter().flat_map(azure::ServiceError::walk);
    let mut texts = texts.map(|error| error.message.to_lowercase());
    // Reader may read, and not have keys listed.
    let lists_keys = texts.any(|text| text.contains("keys/action"));
    match (trouble.doing, trouble.kind == &EXTENSIONS) {
        (Doing::Read, _) if !lists_keys => "Reader",
        (_, true) => "Kubernetes Extension Contributor",
        (_, false) => "Contributor",
    }
}
