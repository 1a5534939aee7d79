//! What nobody can know: whether a write was carried out whose end was not heard.

use azure::Error;
use azure::resource_types::{COMPUTES, EXTENSIONS};

use super::{Action, AzureFailure};
use crate::message::{Entry, Explanation};

/// What the next apply makes of a write of which nothing is known.
struct Next {
    /// What was written.
    of: &'static str,
    when: fn(&AzureFailure) -> bool,
    then: &'static str,
}

/// The first that holds.
const NEXT: &[Next] = &[
    Next {
        of: "a create that Azure had accepted",
        when: |it| it.doing == Action::Create && it.accepted,
        then: "The next apply looks at the object first and finishes the work.",
    },
    Next {
        of: "a create of an extension or a compute",
        when: |it| it.doing == Action::Create && [&EXTENSIONS, &COMPUTES].contains(&it.kind),
        then: "Apply again: if the object was made, the next apply says that it already exists, \
               and gives the import block that takes it over.",
    },
    Next {
        of: "a create of something beside them, such as a relay",
        when: |it| it.doing == Action::Create,
        then: "Apply again: if the object was made, the next apply finds it and uses it.",
    },
    Next {
        of: "a delete",
        when: |it| it.doing == Action::Delete,
        then: "Apply again: what is gone by then counts as deleted.",
    },
    Next {
        of: "an update",
        when: |_| true,
        then: "Apply again: the next apply looks at the object first and sends again what it does \
               not show, secrets included.",
    },
];
const ACCEPTED: &str = "Azure had accepted the request, and goes on with it.";
const SENT: &str =
    "The request was sent, so that Azure may have carried it out, and no answer says so.";

/// The same as the guide to troubleshooting lists it.
pub(crate) fn entries() -> Vec<Entry> {
    let why = [("a request that is accepted", ACCEPTED), ("a request without an answer", SENT)];
    let texts = why.into_iter().chain(NEXT.iter().map(|next| (next.of, next.then)));
    let explain = |(of, text): (&'static str, &str)| {
        let (cause, fix) = (text.to_owned(), String::new());
        ("It is not known whether …", Explanation { of, known_by: String::new(), cause, fix })
    };
    Entry::group(texts.map(explain))
}

impl AzureFailure {
    /// Whether it is not known if the object was written.
    pub(super) fn is_in_doubt(&self) -> bool {
        match &self.error {
            Error::OutcomeUnknown(_) => true,
            // It was stopped, ended badly or took too long, and says so itself.
            Error::Stopped | Error::OperationFailed(_) => false,
            Error::DeadlineExceeded(_) if self.accepted => false,
            _ if self.doing == Action::Read => false,
            error => self.accepted || error.may_have_arrived(),
        }
    }

    pub(super) fn doubt(&self) -> String {
        let done = match self.doing {
            Action::Read => "read",
            Action::Create => "created",
            Action::Update => "updated",
            Action::Delete => "deleted",
        };
        format!("It is not known whether the {} was {done}", self.kind.noun)
    }

    /// What may have happened, and what the next apply makes of it.
    pub(super) fn next(&self) -> Option<String> {
        if !self.is_in_doubt() {
            return None;
        }
        let why = if self.accepted { ACCEPTED } else { SENT };
        let then = NEXT.iter().find(|next| (next.when)(self))?.then;
        Some(format!("{why} {then}"))
    }

    /// Where a right that is missing has to be given: on what the object is part of, unless the URL
    /// that was refused lies elsewhere. The status of a compute's operation, for one, belongs to the
    /// subscription.
    pub(super) fn scope(&self) -> String {
        let id = self.id.to_string();
        let itself = self.kind.matches(&self.id.resource_type());
        let parent = self.id.parent().filter(|_| itself).map_or(id, |parent| parent.to_string());
        let Some(path) = self.error.error_response().and_then(|refusal| path_of(&refusal.url))
        else {
            return parent;
        };
        let lower = path.to_lowercase();
        if lower == parent.to_lowercase() || lower.starts_with(&format!("{parent}/").to_lowercase())
        {
            return parent;
        }
        parent_path(path).unwrap_or(parent)
    }

    /// Whether what was refused is a look at something, whatever it was for.
    pub(super) fn is_look_refused(&self) -> bool {
        self.error.error_response().is_some_and(|refusal| refusal.method == "GET")
    }
}

fn path_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.find('/').map(|at| &rest[at..])
}

/// The resource group or the subscription that a path lies in.
fn parent_path(path: &str) -> Option<String> {
    let mut segments = path.trim_start_matches('/').split('/');
    let mut after = |key: &str| {
        segments.next().filter(|found| found.eq_ignore_ascii_case(key)).and(segments.next())
    };
    let subscription = after("subscriptions")?;
    Some(match after("resourceGroups") {
        Some(group) => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
        None => format!("/subscriptions/{subscription}"),
    })
}

#[cfg(test)]
mod tests {
    use azure::{DeadlineExceeded, Error as Azure, ResourceType, TransportError};
    use framework::{Diagnostics, Failure};

    use super::super::{with_context, with_request_context};
    use super::*;
    use crate::tests::GROUP;

    const COMPUTE: &str = "Microsoft.MachineLearningServices/workspaces/ws/computes/edge";

    fn detail_of(doing: Action, kind: &'static ResourceType, error: Azure) -> String {
        let id = format!("{GROUP}/{COMPUTE}").parse().expect("an ID");
        let failure = Failure::from(with_request_context(doing, kind, &id)(error));
        let found: Diagnostics = failure.into_diagnostics();
        let message = found.iter().next().expect("a message");
        format!("{} | {}", message.summary, message.detail)
    }

    fn timeout(may_have_arrived: bool) -> Azure {
        Azure::DeadlineExceeded(Box::new(DeadlineExceeded {
            may_have_arrived,
            ..DeadlineExceeded::default()
        }))
    }

    fn connection_lost(source: TransportError) -> Azure {
        Azure::Transport { origin: "https://arm.example".to_owned(), source }
    }

    #[test]
    fn only_what_cannot_have_arrived_is_said_to_be_not_taken() {
        for (doing, word, next) in [
            (Action::Create, "created", "the import block that takes it over"),
            (Action::Update, "updated", "sends again what it does not show, secrets included"),
            (Action::Delete, "deleted", "gone by then counts as deleted"),
        ] {
            let text = detail_of(doing, &COMPUTES, timeout(false));
            let claim = "The service has not taken the request.";
            assert!(text.starts_with(&format!("Compute was not {word} |")), "{text}");
            assert!(text.contains(claim) && !text.contains(next), "{text}");
            for error in [
                timeout(true),
                connection_lost(TransportError::Interrupted("reset by peer".to_owned())),
                connection_lost(TransportError::TimedOut(60)),
                connection_lost(TransportError::Malformed("invalid HTTP header parsed".to_owned())),
                Azure::UnusableResponse {
                    method: "PUT".to_owned(),
                    url: "https://arm.example/x".to_owned(),
                    reason: "the answer is not JSON".to_owned(),
                },
            ] {
                let text = detail_of(doing, &COMPUTES, error);
                let begins = format!("It is not known whether the compute was {word} |");
                assert!(text.starts_with(&begins) && text.contains(next), "{text}");
                assert!(!text.contains(claim), "{text}");
            }
        }
        let text =
            detail_of(Action::Create, &azure::resource_types::RELAY_NAMESPACES, timeout(true));
        assert!(text.contains("finds it and uses it") && !text.contains("import"), "{text}");
    }

    #[test]
    fn a_read_leaves_nothing_in_doubt() {
        let text = detail_of(Action::Read, &COMPUTES, timeout(true));
        assert!(text.starts_with("Compute cannot be read |"), "{text}");
    }

    #[test]
    fn what_fails_after_it_was_accepted_is_not_said_to_have_failed() {
        let id = format!("{GROUP}/{COMPUTE}").parse().expect("an ID");
        let error = Azure::Credential { failures: Vec::new() };
        let failure = Failure::from(with_context(Action::Create, &COMPUTES, &id)(error));
        let found = failure.into_diagnostics();
        let message = found.iter().next().expect("a message");
        assert_eq!(message.summary, "It is not known whether the compute was created");
        assert!(message.detail.contains("had accepted the request"), "{}", message.detail);
    }

    #[test]
    fn the_scope_of_a_path_is_the_group_or_the_subscription() {
        for (path, expected) in [
            (
                "/subscriptions/s/providers/N/locations/eastus/computeOperationsStatus/1",
                "/subscriptions/s",
            ),
            (
                "/SUBSCRIPTIONS/s/resourcegroups/g/providers/N/ops/1",
                "/subscriptions/s/resourceGroups/g",
            ),
            ("/subscriptions/s", "/subscriptions/s"),
        ] {
            assert_eq!(parent_path(path).as_deref(), Some(expected));
        }
        assert_eq!(parent_path("/providers/N/ops/1"), None);
    }
}
