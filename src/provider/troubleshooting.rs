//! What the provider says of errors that it knows, as the guide to troubleshooting lists it: the same
//! tables that its diagnostics are made of.

use azure::credential::{CertificateError, ENTRA_ERRORS};
use vocabulary::to_sentence;

pub use crate::message::Topic as TroubleshootingTopic;
pub use crate::message::{
    Entry as TroubleshootingEntry, Explanation as TroubleshootingExplanation,
};
use crate::message::{Entry, Explanation, Message};
use crate::{cluster_access, clusters, config, explain};

/// Everything that is explained, by topic.
pub fn troubleshooting() -> Vec<TroubleshootingTopic> {
    let topic =
        |title, introduction, entries| TroubleshootingTopic { title, introduction, entries };
    vec![
        topic(
            "Errors of Azure",
            "By their code, or by their text where the code says nothing. Where one error stands in \
             another, the innermost is explained.",
            explain::service_entries(),
        ),
        topic(
            "Codes of the extension's health check",
            "The extension checks the cluster before it is installed, changed or removed. \
             [`azureml_extension_health`](../data-sources/extension_health.md) reads its report.",
            explain::health_entries(),
        ),
        topic(
            "Errors of Helm",
            "Helm installs the extension in the cluster.",
            explain::helm_entries(),
        ),
        topic(
            "Errors of Entra ID",
            "They stand in the message *Cannot sign in to Azure*.",
            entra(),
        ),
        topic("Signing in", "Found before anything is asked of Azure.", signing_in()),
        topic(
            "Calling Azure",
            "What the provider says of errors that Azure does not explain.",
            explain::general_entries(),
        ),
        topic("Clusters", "Of what is read or written in a cluster.", of_clusters()),
    ]
}

fn signing_in() -> Vec<Entry> {
    let mut entries = Entry::group(config::MESSAGES.iter().map(Message::row));
    let certificate = entries.iter_mut().find(|entry| entry.printed == config::CERTIFICATE);
    if let Some(entry) = certificate {
        entry.explanations.splice(
            ..0,
            CertificateError::examples().iter().map(|error| {
                let (cause, fix) = (to_sentence(&error.to_string()), String::new());
                Explanation { of: "", known_by: String::new(), cause, fix }
            }),
        );
    }
    entries
}

fn entra() -> Vec<Entry> {
    let explain = |known: &'static azure::credential::EntraError| {
        let (cause, fix) = (known.cause.to_owned(), known.fix.to_owned());
        let explanation = Explanation { of: "", known_by: String::new(), cause, fix };
        known.codes.iter().map(move |code| (*code, explanation.clone()))
    };
    Entry::group(ENTRA_ERRORS.iter().flat_map(explain))
}

fn of_clusters() -> Vec<Entry> {
    let mut entries = Entry::group(clusters::MESSAGES.iter().map(Message::row));
    entries.extend(cluster_access::entries());
    entries
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn everything_that_is_printed_is_explained_once() {
        let topics = troubleshooting();
        let mut seen = BTreeSet::new();
        for entry in topics.iter().flat_map(|topic| &topic.entries) {
            assert!(seen.insert(entry.printed.to_lowercase()), "{} stands twice", entry.printed);
            assert!(!entry.printed.is_empty() && !entry.explanations.is_empty(), "{entry:?}");
            for explanation in &entry.explanations {
                assert!(!explanation.cause.is_empty(), "{}", entry.printed);
            }
        }
        assert!(seen.len() > 80, "{}", seen.len());
    }
}
