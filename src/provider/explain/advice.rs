//! What to do about errors that the service did not make, and about those of which nothing is known.

use azure::{DeadlineExceeded, Error, TransportError};

use super::{Action, AzureFailure, fixes};
use crate::config::describe_methods;
use crate::message::{Entry, Explanation};

/// What is said of an error. The first whose `when` holds is the one.
///
/// Beside the placeholders of the rules, `{look}` stands for where to look, `{ways}` for the ways to
/// sign in, `{blocked}` for what kept a call from its end and `{timeout}` for the argument that limits it.
struct Advice {
    /// Words of the message by which the guide to troubleshooting lists it.
    printed: &'static str,
    /// What it is of, where several have these words; else empty.
    of: &'static str,
    when: fn(&AzureFailure) -> bool,
    then: &'static str,
}

/// What is said of a request or an answer that was lost, the first that holds.
struct NetworkAdvice {
    printed: &'static str,
    /// What the error says then, as Markdown.
    known_by: &'static str,
    when: fn(&TransportError) -> bool,
    then: &'static str,
}

const ADVICE: &[Advice] = &[
    Advice {
        printed: "Cannot sign in to Azure",
        of: "a provider without any way to sign in",
        when: |it| matches!(it.root(), Error::Credential { failures } if failures.is_empty()),
        then: "No way to sign in is configured. Give the provider one of\n\n{ways}",
    },
    Advice {
        printed: "Cannot sign in to Azure",
        of: "a way to sign in that fails, which the message names with its reason",
        when: |it| matches!(it.root(), Error::Credential { .. }),
        then: "The provider signs in by the first of these that is configured, and by no other in its \
               place:\n\n{ways}",
    },
    Advice {
        printed: "The Azure cloud is not known",
        of: "",
        when: |it| matches!(it.root(), Error::CloudUnknown { .. }),
        then: "Check the provider's `metadata_host` (ARM_METADATA_HOSTNAME) and `environment` \
               (ARM_ENVIRONMENT), the network and any proxy (HTTPS_PROXY, NO_PROXY). Where its \
               certificate is of a private authority, set `ca_certificate_path` \
               (AZUREML_CA_CERTIFICATE_PATH). The block `endpoint` says the same without a metadata \
               host.",
    },
    Advice {
        printed: "Stopped before it was finished",
        of: "a request that was not answered yet",
        when: |it| is_stopped(it) && !it.accepted,
        then: "The operation was interrupted before the service had answered. Apply again; what the \
               service may have done already is found then.",
    },
    Advice {
        printed: "Stopped before it was finished",
        of: "a create",
        when: |it| is_stopped(it) && it.doing == Action::Create,
        then: "The operation was interrupted; Azure goes on with what it accepted. The object is in the \
               state, and the next apply waits for it and finishes the work.",
    },
    Advice {
        printed: "Stopped before it was finished",
        of: "an update or a delete",
        when: |it| is_stopped(it) && it.doing != Action::Read,
        then: "The operation was interrupted; Azure goes on with what it accepted. The next apply waits \
               for it and finishes the work.",
    },
    Advice {
        printed: "Stopped before it was finished",
        of: "a read",
        when: is_stopped,
        then: "The operation was interrupted. Run it again.",
    },
    Advice {
        printed: NOT_FINISHED,
        of: "a request that may have been carried out",
        when: |it| deadline(it).is_some_and(|it| it.may_have_arrived) && !it.accepted,
        then: "{blocked}Apply again, or give it more time with `timeouts { {timeout} = \"…\" }`.",
    },
    Advice {
        printed: NOT_FINISHED,
        of: "a request that the service has not taken",
        when: |it| deadline(it).is_some() && !it.accepted,
        then: "{blocked}The service has not taken the request. Apply again, or give it more time with \
               `timeouts { {timeout} = \"…\" }`.",
    },
    Advice {
        printed: NOT_FINISHED,
        of: "a create",
        when: |it| deadline(it).is_some() && it.doing == Action::Create,
        then: "{blocked}Azure may still finish it. Terraform will replace the object; to keep it, untaint \
               it and apply again, which waits for it:\n\n  terraform untaint ADDRESS\n\n\
               Give it more time with `timeouts { create = \"…\" }`.",
    },
    Advice {
        printed: NOT_FINISHED,
        of: "an update",
        when: |it| deadline(it).is_some() && it.doing == Action::Update,
        then: "{blocked}Azure may still finish it; the next apply waits for it. Give it more time \
               with `timeouts { update = \"…\" }`.",
    },
    Advice {
        printed: NOT_FINISHED,
        of: "a delete",
        when: |it| deadline(it).is_some() && it.doing == Action::Delete,
        then: "{blocked}If the cluster or its extension is gone for good, take the object out of the \
               state:\n\n  terraform state rm ADDRESS\n\n\
               Otherwise apply again, or give it more time with `timeouts { delete = \"…\" }`.",
    },
    Advice {
        printed: NOT_FINISHED,
        of: "a read",
        when: |it| deadline(it).is_some(),
        then: "{blocked}Run it again, or give it more time with `timeouts { read = \"…\" }`.",
    },
    Advice {
        printed: OPERATION_FAILED,
        of: "a create",
        when: |it| has_failed(it) && it.doing == Action::Create,
        then: "The {noun} is in the state and marked for replacement: mend the cause, and the next \
               apply replaces it.",
    },
    Advice {
        printed: OPERATION_FAILED,
        of: "an update",
        when: |it| has_failed(it) && it.doing == Action::Update,
        then: "Remove the cause and apply again, which repeats the update. If that fails too, \
               replace it:\n\n  terraform apply -replace=ADDRESS",
    },
    Advice {
        printed: OPERATION_FAILED,
        of: "a delete",
        when: |it| has_failed(it) && it.doing == Action::Delete,
        then: "Remove the cause and apply again. If its parent is gone for good, take it out of \
               the state:\n\n  terraform state rm ADDRESS",
    },
    Advice {
        printed: OPERATION_FAILED,
        of: "an object that a plan finds failed",
        when: has_failed,
        then: "Mend the cause in Azure, then plan again.",
    },
    Advice {
        printed: ANSWERED_INSTEAD,
        of: "",
        when: |it| matches!(it.root(), Error::UnusableResponse { .. }),
        then: IN_BETWEEN,
    },
    Advice {
        printed: "401 Unauthorized",
        of: "",
        when: |it| it.root().is_unauthenticated(),
        then: "Azure does not accept the token. Check the provider's `tenant_id` and, if it is set, \
               that `access_token` (AZUREML_ACCESS_TOKEN) is not too old.",
    },
    Advice {
        printed: "403 Forbidden",
        of: "",
        when: |it| it.root().is_forbidden() && is_plain(it.root()),
        then: "The identity that the provider signs in with may not do this. Have the role \
               \"{role}\" assigned on {scope}.",
    },
    Advice {
        printed: "404 Not Found",
        of: "",
        when: |it| it.root().is_parent_missing(),
        then: "The parent of the {noun} does not exist, or the provider signs in to another \
               tenant or subscription. Check the ID:\n\n  az resource show --ids {parent}",
    },
    Advice {
        printed: TOO_BUSY,
        of: "a read",
        when: |it| it.root().is_transient() && it.doing == Action::Read,
        then: "The service was too busy to answer, or down, for the whole time allowed. Run it \
               again, or give it more time with `timeouts { read = \"…\" }`.",
    },
    Advice {
        printed: TOO_BUSY,
        of: "",
        when: |it| it.root().is_transient(),
        then: "The service was too busy to answer, or down, for the whole time allowed. Apply \
               again, or give it more time with `timeouts { {timeout} = \"…\" }`.",
    },
];

const NOT_FINISHED: &str = "Not finished after … s";
const OPERATION_FAILED: &str = "The operation failed";
const TOO_BUSY: &str = "429, 500, 502, 503 or 504";
const ANSWERED_INSTEAD: &str = "Something between the provider and Azure answered instead of Azure";

const NETWORK_ADVICE: &[NetworkAdvice] = &[
    NetworkAdvice {
        printed: ANSWERED_INSTEAD,
        known_by: "`the answer is not HTTP`, `the answer is larger than`",
        when: TransportError::is_invalid_response,
        then: IN_BETWEEN,
    },
    NetworkAdvice {
        printed: "Azure cannot be reached",
        known_by: "`TLS:`",
        when: |source| matches!(source, TransportError::Tls(_)),
        then: "The server's certificate is not trusted. If a proxy or a private cloud has its own \
               certificate authority, set the provider's `ca_certificate_path` \
               (AZUREML_CA_CERTIFICATE_PATH).",
    },
    NetworkAdvice {
        printed: "Azure cannot be reached",
        known_by: "`proxy:`",
        when: |source| matches!(source, TransportError::Proxy(_)),
        then: "Check the proxy in HTTPS_PROXY (or ALL_PROXY) with its user and password, and NO_PROXY, \
               which lists the hosts to reach without the proxy.",
    },
    NetworkAdvice {
        printed: "Azure cannot be reached",
        known_by: "",
        when: |_| true,
        then: "Check the network, the proxy (HTTPS_PROXY, NO_PROXY), and the provider's \
               `environment` and `endpoint { resource_manager_endpoint }` (ARM_ENVIRONMENT, \
               ARM_RESOURCE_MANAGER_ENDPOINT).",
    },
];

/// What answers is not the service.
const IN_BETWEEN: &str = "Something between the provider and Azure, such as a proxy, answered \
                          instead of Azure. Check the provider's block \
                          `endpoint` and any proxy (HTTPS_PROXY, NO_PROXY).";
const CORRECT: &str = "Correct what the service names above and apply again; the IDs let Azure's support \
                       find the request.";

/// What is said of an error in general.
pub(super) fn general_advice(trouble: &AzureFailure) -> String {
    if let Error::Transport { source, .. } = trouble.root() {
        return network_advice(source).to_owned();
    }
    let known = ADVICE.iter().find(|advice| (advice.when)(trouble));
    match known {
        Some(advice) => fixes::fill(advice.then, trouble),
        None if trouble.doing == Action::Read => CORRECT.to_owned(),
        None => fixes::fill(&format!("{CORRECT}\n\n{{look}}"), trouble),
    }
}

fn network_advice(source: &TransportError) -> &'static str {
    let known = NETWORK_ADVICE.iter().find(|advice| (advice.when)(source));
    known.map_or(IN_BETWEEN, |advice| advice.then)
}

/// What is said in general, as the guide to troubleshooting lists it.
pub(crate) fn entries() -> Vec<Entry> {
    let explain = |of, known_by: &str, then: &str| {
        let ways = describe_methods(&[]);
        let cause = then.replace("{blocked}", "").replace("{ways}", &ways);
        Explanation { of, known_by: known_by.to_owned(), cause, fix: String::new() }
    };
    let network = NETWORK_ADVICE.iter();
    let network = network.map(|it| (it.printed, explain("", it.known_by, it.then)));
    let general = ADVICE.iter().map(|it| (it.printed, explain(it.of, "", it.then)));
    Entry::group(network.chain(general))
}

// === placeholders ===

/// The ways to sign in, with those that failed.
pub(super) fn describe_ways(trouble: &AzureFailure) -> String {
    let Error::Credential { failures } = trouble.root() else { return String::new() };
    let failed: Vec<_> = failures.iter().map(|failure| failure.source).collect();
    describe_methods(&failed)
}

/// What kept a call from its end, if that is known.
pub(super) fn describe_block(trouble: &AzureFailure) -> String {
    match deadline(trouble).and_then(|deadline| deadline.last_error.as_deref()) {
        Some(Error::Transport { source, .. }) => format!("{} ", network_advice(source)),
        Some(last) if last.service_error().is_some() => {
            "What the service said last stands above. ".to_owned()
        }
        _ => String::new(),
    }
}

/// The argument of `timeouts` that limits it.
pub(super) fn timeout(doing: Action) -> &'static str {
    match doing {
        Action::Read => "read",
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}

// === conditions ===

fn is_stopped(trouble: &AzureFailure) -> bool {
    matches!(trouble.root(), Error::Stopped)
}

fn has_failed(trouble: &AzureFailure) -> bool {
    matches!(trouble.root(), Error::OperationFailed(_))
}

fn deadline(trouble: &AzureFailure) -> Option<&DeadlineExceeded> {
    match trouble.root() {
        Error::DeadlineExceeded(deadline) => Some(deadline),
        _ => None,
    }
}

/// Whether the service says no more than that it refuses.
fn is_plain(error: &Error) -> bool {
    error.code().is_none_or(|code| code.eq_ignore_ascii_case("Forbidden"))
}
