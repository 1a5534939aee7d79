//! ARM IDs that users write: checked for their type, with the expected shape in the message.
//!
//! With mocks, a configuration is validated and never planned or read. Computed values are random
//! words there, which may be arguments of other objects: so validation accepts such words, and what
//! runs only without mocks refuses them.

use azure::resource_types::{CONNECTED_CLUSTERS, MANAGED_CLUSTERS, canonicalize};
use azure::{Id, ResourceType};
use framework::{Attr, Diagnostic, Diagnostics, Failure};

use crate::explain::Result;

/// What an ID of a cluster may name.
pub(crate) const CLUSTERS: [&ResourceType; 2] = [&CONNECTED_CLUSTERS, &MANAGED_CLUSTERS];

/// Parses an ID like [`check`], but accepts a word that a mock may have generated.
pub(crate) fn validate(
    attribute: &'static str, written: &Attr<String>, kinds: &[&ResourceType],
    found: &mut Diagnostics,
) -> Option<Id> {
    let made_up = written.known().is_some_and(|text| may_be_made_up(text));
    if made_up { None } else { check(attribute, written, kinds, found) }
}

/// Parses an ID that a read needs, and gives it its canonical casing; an invalid one is the error.
pub(crate) fn need(
    attribute: &'static str, written: &Attr<String>, kinds: &[&ResourceType],
) -> Result<Id> {
    written.require()?;
    let mut found = Diagnostics::new();
    let id = check(attribute, written, kinds, &mut found).ok_or_else(|| Failure::from(found))?;
    Ok(canonicalize(&id))
}

/// Parses an ID, as it is written, if it is known and of one of these kinds; problems are added to
/// `found`.
pub(crate) fn check(
    attribute: &'static str, written: &Attr<String>, kinds: &[&ResourceType],
    found: &mut Diagnostics,
) -> Option<Id> {
    let text = written.known()?;
    let id: Id = match text.parse() {
        Ok(id) => id,
        Err(error) => {
            let error: azure::IdError = error;
            found.push(invalid_id(attribute, text, &error.to_string(), kinds));
            return None;
        }
    };
    if kinds.iter().any(|kind| kind.is_of(&id)) {
        return Some(id);
    }
    let nouns: Vec<_> = kinds.iter().map(|kind| kind.noun).collect();
    let reason =
        format!("it is the ID of a {}, not of a {}", id.resource_type(), nouns.join(" or "));
    found.push(invalid_id(attribute, text, &reason, kinds));
    None
}

/// Whether a mock may have generated this text: Terraform generates 8 letters and digits, OpenTofu
/// 4 to 15, to which one is added for safety. No ARM ID looks like that.
pub(crate) fn may_be_made_up(text: &str) -> bool {
    (4..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A text that is no ARM ID at all.
pub(crate) fn malformed(attribute: &str, text: &str, reason: &str) -> Diagnostic {
    Diagnostic::error(format!("Invalid {attribute}"))
        .detail(format!("{text:?} is not an ARM ID: {reason}."))
}

fn invalid_id(
    attribute: &'static str, text: &str, reason: &str, kinds: &[&ResourceType],
) -> Diagnostic {
    let shapes: Vec<_> = kinds.iter().map(|kind| format!("  {}", shape(kind))).collect();
    Diagnostic::error(format!("Invalid {attribute}"))
        .detail(format!("{text:?} cannot be used: {reason}.\n\nExpected:\n\n{}", shapes.join("\n")))
        .at(attribute)
}

/// What an ID of this kind looks like.
pub(crate) fn shape(kind: &ResourceType) -> String {
    let group = "/subscriptions/<subscription>/resourceGroups/<group>";
    let mut parts = kind.name.split('/');
    let namespace = parts.next().unwrap_or_default();
    let cluster = if kind == &azure::resource_types::EXTENSIONS {
        "/providers/Microsoft.Kubernetes/connectedClusters/<cluster>"
    } else {
        ""
    };
    parts.fold(format!("{group}{cluster}/providers/{namespace}"), |id, key| {
        format!("{id}/{key}/<{}>", key.trim_end_matches('s'))
    })
}

#[cfg(test)]
mod tests {
    use azure::resource_types::WORKSPACES;

    use super::*;

    fn text_attr(text: &str) -> Attr<String> {
        Attr::text(text)
    }

    #[test]
    fn validation_lets_only_made_up_words_pass() {
        for (text, refused) in [
            ("b4gj75yy", false),
            ("K3s", true),
            ("Zx81Zx81Zx81Zx81Z", true),
            ("my-workspace", true),
            ("/subscriptions/s", true),
        ] {
            let mut found = Diagnostics::new();
            assert_eq!(
                validate("id", &text_attr(text), &[&WORKSPACES], &mut found),
                None,
                "{text}"
            );
            assert_eq!(found.has_errors(), refused, "{text}: {found:?}");
        }
    }

    #[test]
    fn whoever_needs_the_id_refuses_them() {
        let mut found = Diagnostics::new();
        check("id", &text_attr("b4gj75yy"), &[&WORKSPACES], &mut found);
        assert!(found.has_errors());
        let Err(error) = need("id", &text_attr("b4gj75yy"), &[&WORKSPACES]) else {
            panic!("it is no ID")
        };
        let diagnostics = Failure::from(error).into_diagnostics();
        let refused: Vec<_> =
            diagnostics.iter().map(|it| (it.summary.as_str(), it.path.clone())).collect();
        assert_eq!(refused, [("Invalid id", Some("id".into()))]);
    }
}
