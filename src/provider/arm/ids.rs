//! ARM IDs that users write: checked for their type, with the expected shape in the message.
//!
//! A configuration that is tested with mocks is validated and never planned or read. What only Azure
//! knows is a made-up word there, and it may be the argument of another object: so validation lets
//! such a word pass, and what runs only without mocks refuses it.

use azure::resource_types::{CONNECTED_CLUSTERS, MANAGED_CLUSTERS};
use azure::{Id, ResourceType};
use framework::{Attr, Diagnostic, Diagnostics, Failure};

use crate::explain::Result;

/// What an ID of a cluster may name.
pub(crate) const CLUSTERS: [&ResourceType; 2] = [&CONNECTED_CLUSTERS, &MANAGED_CLUSTERS];

/// What [`check`] finds, save for a word that a mock may have made up.
pub(crate) fn validate(
    attribute: &'static str, written: &Attr<String>, kinds: &[&ResourceType],
    found: &mut Diagnostics,
) -> Option<Id> {
    let made_up = written.known().is_some_and(|text| may_be_made_up(text));
    if made_up { None } else { check(attribute, written, kinds, found) }
}

/// The ID that a read needs; what is wrong with it is the error.
pub(crate) fn need(
    attribute: &'static str, written: &Attr<String>, kinds: &[&ResourceType],
) -> Result<Id> {
    written.require()?;
    let mut found = Diagnostics::new();
    Ok(check(attribute, written, kinds, &mut found).ok_or_else(|| Failure::from(found))?)
}

/// The ID that is written, if it is known and one of these kinds; what is wrong is added to `found`.
pub(crate) fn check(
    attribute: &'static str, written: &Attr<String>, kinds: &[&ResourceType],
    found: &mut Diagnostics,
) -> Option<Id> {
    let text = written.known()?;
    let id: Id = match text.parse() {
        Ok(id) => id,
        Err(error) => {
            let error: azure::IdError = error;
            found.push(wrong(attribute, text, &error.to_string(), kinds));
            return None;
        }
    };
    if let Some(id) = kinds.iter().find_map(|kind| kind.canonicalize(id.clone()).ok()) {
        return Some(id);
    }
    let nouns: Vec<_> = kinds.iter().map(|kind| kind.noun).collect();
    let told = format!("it is the ID of a {}, not of a {}", id.resource_type(), nouns.join(" or "));
    found.push(wrong(attribute, text, &told, kinds));
    None
}

/// Terraform makes up 8 letters and digits for a text, OpenTofu 4 to 15. No ARM ID is like that.
pub(crate) fn may_be_made_up(text: &str) -> bool {
    (4..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A text that is no ARM ID at all.
pub(crate) fn malformed(attribute: &str, text: &str, told: &str) -> Diagnostic {
    Diagnostic::error(format!("Invalid {attribute}"))
        .detail(format!("{text:?} is not an ARM ID: {told}."))
}

fn wrong(attribute: &'static str, text: &str, told: &str, kinds: &[&ResourceType]) -> Diagnostic {
    let shapes: Vec<_> = kinds.iter().map(|kind| format!("  {}", shape(kind))).collect();
    Diagnostic::error(format!("Invalid {attribute}"))
        .detail(format!("{text:?} cannot be used: {told}.\n\nExpected:\n\n{}", shapes.join("\n")))
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

    fn written(text: &str) -> Attr<String> {
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
            assert_eq!(validate("id", &written(text), &[&WORKSPACES], &mut found), None, "{text}");
            assert_eq!(found.has_errors(), refused, "{text}: {found:?}");
        }
    }

    #[test]
    fn whoever_needs_the_id_refuses_them() {
        let mut found = Diagnostics::new();
        check("id", &written("b4gj75yy"), &[&WORKSPACES], &mut found);
        assert!(found.has_errors());
        let Err(error) = need("id", &written("b4gj75yy"), &[&WORKSPACES]) else {
            panic!("it is no ID")
        };
        let told = Failure::from(error).into_diagnostics();
        let told: Vec<_> = told.iter().map(|it| (it.summary.as_str(), it.path.clone())).collect();
        assert_eq!(told, [("Invalid id", Some("id".into()))]);
    }
}
