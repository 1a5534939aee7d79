//! What errors of Azure are known to mean, and what to do about each.
//!
//! The error that stands deepest and that a rule knows explains the whole, and of the rules that know
//! it the first. Rules that read the text stand before those that read the code alone, and the codes
//! of wrappers (`ExtensionOperationFailed`, `ResourceOperationFailure`, `BadRequest`, `Conflict`,
//! `InternalServerError`, …) are in none of the latter: where nothing else is known, nothing is
//! guessed.
//!
//! Facts are from Microsoft's pages on troubleshooting the extension, Kubernetes computes and cluster
//! extensions of AKS, and from public reports, which each rule names.

mod arm;
mod compute;
mod extension;
mod policy;
#[cfg(test)]
mod tests;

use aml::settings::ClusterKind;
use azure::resource_types::{COMPUTES, EXTENSIONS};
use azure::{Error, Id, ServiceError};

use super::health::describe_health;
use super::{Action, AzureFailure};
use crate::message::{Entry, Explanation};

/// One thing that is known.
///
/// In its texts `{id}`, `{name}`, `{noun}`, `{parent}`, `{subscription}`, `{group}`, `{namespace}`,
/// `{role}` stand for those of the object that was asked for, and `{cluster}`, `{cluster_name}`,
/// `{cluster_group}`, `{cluster_type}` for those of its cluster.
struct Rule {
    /// It is about errors of one of these codes; none: whatever the code.
    codes: &'static [&'static str],
    /// It is about errors whose text has all parts of one of these, in lower case; none: whatever the
    /// text.
    texts: &'static [&'static [&'static str]],
    /// Such an error as the service writes it, where no code of `codes` tells it; else empty.
    printed: &'static str,
    /// What else must be so.
    when: Condition,
    /// Why the error comes.
    why: &'static str,
    /// What to do.
    then: &'static str,
}

/// What else must be so for a rule to be about an error.
#[derive(Clone, Copy)]
struct Condition {
    /// What the error is of then, as the guide to troubleshooting has it; empty: of anything.
    of: &'static str,
    holds: fn(&Case<'_>) -> bool,
}

/// One error, and what was done when it came.
struct Case<'a> {
    trouble: &'a AzureFailure,
    error: &'a ServiceError,
}

/// For a rule about codes, to say the rest.
const BY_CODE: Rule = Rule { codes: &[], texts: &[], printed: "", when: ALWAYS, why: "", then: "" };

/// What is known of a kind of objects is more than what is known of all.
const RULES: [&[Rule]; 4] = [extension::RULES, compute::RULES, policy::RULES, arm::RULES];

/// What the service's error is known to mean and what to do, with placeholders.
pub(super) fn explanation(trouble: &AzureFailure) -> Option<String> {
    deepest_first(&trouble.error).find_map(|error| {
        let case = Case { trouble, error };
        health(&case).or_else(|| {
            let rule = RULES.into_iter().flatten().find(|rule| rule.matches(&case))?;
            Some(format!("{}\n\n{}", rule.why, rule.then))
        })
    })
}

/// The rules as the guide to troubleshooting lists them: by each code, or else by what is printed.
pub(crate) fn entries() -> Vec<Entry> {
    let rows = RULES.into_iter().flatten().flat_map(|rule| {
        let signs =
            if rule.codes.is_empty() { std::slice::from_ref(&rule.printed) } else { rule.codes };
        signs.iter().map(move |sign| (*sign, rule.explain()))
    });
    Entry::group(rows)
}

/// Where to look when nothing is known, with placeholders.
pub(super) fn where_to_look(trouble: &AzureFailure) -> &'static str {
    if trouble.kind == &EXTENSIONS {
        "Where to look:\n\n  \
         az k8s-extension show --name {name} --cluster-name {cluster_name} --cluster-type \
         {cluster_type} --resource-group {cluster_group}\n  \
         kubectl get pods -n azureml\n  \
         kubectl get events -n azureml --sort-by=.lastTimestamp\n\n\
         Causes that Microsoft knows: https://aka.ms/arcmltsg"
    } else if trouble.kind == &COMPUTES {
        "Where to look:\n\n  \
         az ml compute show --name {name} --workspace-name {workspace} --resource-group {group}\n\n\
         Causes that Microsoft knows: \
         https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-kubernetes-compute"
    } else {
        "Where to look:\n\n  az monitor activity-log list --resource-id {id} --offset 1d"
    }
}

impl Rule {
    fn explain(&self) -> Explanation {
        let Rule { when, why, then, .. } = self;
        let (cause, fix) = ((*why).to_owned(), (*then).to_owned());
        Explanation { of: when.of, known_by: self.known_by(), cause, fix }
    }

    /// The texts by which an error is known, in words; empty: its code tells.
    fn known_by(&self) -> String {
        let quote = |parts: &&[&str]| {
            let parts: Vec<_> = parts.iter().map(|part| format!("`{part}`")).collect();
            parts.join(" with ")
        };
        self.texts.iter().map(quote).collect::<Vec<_>>().join(", ")
    }

    fn matches(&self, case: &Case<'_>) -> bool {
        let code = case.error.code.as_deref().unwrap_or_default();
        let is_code = |known: &&str| known.eq_ignore_ascii_case(code);
        let text = text_of(case.error);
        let is_text = |parts: &&[&str]| parts.iter().all(|part| text.contains(part));
        (self.codes.is_empty() || self.codes.iter().any(is_code))
            && (self.texts.is_empty() || self.texts.iter().any(is_text))
            && (self.when.holds)(case)
    }
}

/// What the report of the extension's health check, or Helm, says in an error.
fn health(case: &Case<'_>) -> Option<String> {
    is_of_extension(case).then(|| describe_health(&text_of(case.error))).flatten()
}

/// Everything that the service says, the deepest first, and of one depth the first.
fn deepest_first(error: &Error) -> impl Iterator<Item = &ServiceError> {
    let mut found: Vec<(usize, &ServiceError)> = Vec::new();
    let mut waiting: Vec<_> =
        error.service_errors().into_iter().rev().map(|error| (0, error)).collect();
    while let Some((depth, error)) = waiting.pop() {
        found.push((depth, error));
        waiting.extend(error.details.iter().rev().map(|inner| (depth + 1, inner)));
    }
    found.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
    found.into_iter().map(|(_, error)| error)
}

/// Code and message in lower case, in one line.
fn text_of(error: &ServiceError) -> String {
    let code = error.code.as_deref().unwrap_or_default();
    let text = format!("{code}: {}", error.message).to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

// === conditions ===

const ALWAYS: Condition = Condition { of: "", holds: |_| true };
const REFUSED: Condition = Condition { of: "a request that Azure refuses", holds: is_refused };
const FAILED: Condition = Condition { of: "an operation that has failed", holds: has_failed };
const OF_EXTENSION: Condition = Condition { of: "an extension", holds: is_of_extension };
const OF_COMPUTE: Condition = Condition { of: "a compute", holds: is_of_compute };
const ATTACH: Condition = Condition { of: "a compute that is attached", holds: is_attach };

/// Azure refused the request itself, so it judged the identity that the provider signs in with.
fn is_refused(case: &Case<'_>) -> bool {
    case.trouble.error.error_response().is_some()
}

/// The request was taken, and an operation failed over it: other identities were at work.
fn has_failed(case: &Case<'_>) -> bool {
    !is_refused(case)
}

fn is_of_extension(case: &Case<'_>) -> bool {
    case.trouble.kind == &EXTENSIONS
}

fn is_of_compute(case: &Case<'_>) -> bool {
    case.trouble.kind == &COMPUTES
}

fn is_attach(case: &Case<'_>) -> bool {
    is_of_compute(case) && matches!(case.trouble.doing, Action::Create | Action::Update)
}

fn is_on(case: &Case<'_>, kind: ClusterKind) -> bool {
    case.trouble.cluster().and_then(|cluster| ClusterKind::of(&cluster.resource_type()))
        == Some(kind)
}

fn is_on_arc(case: &Case<'_>) -> bool {
    is_on(case, ClusterKind::Connected)
}

fn is_on_aks(case: &Case<'_>) -> bool {
    is_on(case, ClusterKind::Managed)
}

/// The cluster's last key: `connectedClusters` or `managedClusters`.
pub(super) fn cluster_type(cluster: &Id) -> String {
    let full = cluster.resource_type();
    full.rsplit('/').next().unwrap_or_default().to_owned()
}
