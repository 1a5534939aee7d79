//! ARM IDs that users write: checked for their type, with the expected shape in the message.

use azure::{Id, Kind};
use framework::{Attr, Diagnostic, Diagnostics};

/// The ID that is written, if it is known and one of these kinds; what is wrong is added to `found`.
pub(crate) fn check(
    attribute: &'static str, written: &Attr<String>, kinds: &[&Kind], found: &mut Diagnostics,
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
    if let Some(id) = kinds.iter().find_map(|kind| kind.check(id.clone()).ok()) {
        return Some(id);
    }
    let nouns: Vec<_> = kinds.iter().map(|kind| kind.noun).collect();
    let told = format!("it is the ID of a {}, not of a {}", id.resource_type(), nouns.join(" or "));
    found.push(wrong(attribute, text, &told, kinds));
    None
}

/// A text that is no ARM ID at all.
pub(crate) fn malformed(attribute: &str, text: &str, told: &str) -> Diagnostic {
    Diagnostic::error(format!("Invalid {attribute}"))
        .detail(format!("{text:?} is not an ARM ID: {told}."))
}

fn wrong(attribute: &'static str, text: &str, told: &str, kinds: &[&Kind]) -> Diagnostic {
    let shapes: Vec<_> = kinds.iter().map(|kind| format!("  {}", shape(kind))).collect();
    Diagnostic::error(format!("Invalid {attribute}"))
        .detail(format!("{text:?} cannot be used: {told}.\n\nExpected:\n\n{}", shapes.join("\n")))
        .at(attribute)
}

/// What an ID of this kind looks like.
pub(crate) fn shape(kind: &Kind) -> String {
    let group = "/subscriptions/<subscription>/resourceGroups/<group>";
    let mut parts = kind.resource_type.split('/');
    let namespace = parts.next().unwrap_or_default();
    let cluster = if kind == &azure::rp::EXTENSIONS {
        "/providers/Microsoft.Kubernetes/connectedClusters/<cluster>"
    } else {
        ""
    };
    parts.fold(format!("{group}{cluster}/providers/{namespace}"), |id, key| {
        format!("{id}/{key}/<{}>", key.trim_end_matches('s'))
    })
}
