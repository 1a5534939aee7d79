//! What needs a new object, and why.

use super::computed::Modified;
use crate::schema::semantic_equality::semantically_equal;
use crate::schema::walk::{Object, Pairing};
use crate::schema::{Body, Node};
use crate::value::Value;
use vocabulary::{Diagnostic, Path};

/// A change that only a new object can bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replacement {
    /// The attribute; it is there before or after.
    pub(crate) path: Path,
    /// Why, as the author of the type says it.
    pub(crate) why: String,
}

impl Replacement {
    pub(crate) fn of_attribute(name: &str, why: &str) -> Self {
        Self { path: Path::from(name), why: why.to_owned() }
    }
}

/// Every attribute that says `.replace` and whose meaning changes.
pub(crate) fn replacements(
    body: &Body, config: &Value, prior: &Value, planned: &Value, modified: Modified<'_>,
) -> Vec<Replacement> {
    let mut found = Vec::new();
    let root = Object::root(body, [config, prior, planned].map(Some));
    collect_replacements(&root, &mut found);
    for each in body.attributes.iter().filter(|each| modified.contains(&each.name)) {
        // A value that the author of the type modified counts, though the user did not write it.
        let values = (prior.get(each.name), planned.get(each.name));
        let (Some(why), (Some(prior), Some(planned))) = (each.replace, values) else { continue };
        let replacement = Replacement::of_attribute(each.name, why);
        if !semantically_equal(each, prior, planned) && !found.contains(&replacement) {
            found.push(replacement);
        }
    }
    found
}

/// The warning that shows the reason on the attribute. Core folds warnings of one summary into
/// one, so the summary names the attribute.
pub(crate) fn replacement_warning(type_name: &str, replacement: &Replacement) -> Diagnostic {
    let at = replacement.path.to_string();
    let at = at.trim_start_matches('.');
    Diagnostic::warning(format!("Changing {at} replaces the {type_name}"))
        .detail(format!("The plan destroys it and makes a new one: {}.", replacement.why))
        .at(replacement.path.clone())
}

/// Looks at the objects that the configuration, the state and the plan all have.
fn collect_replacements(object: &Object<'_, 3>, found: &mut Vec<Replacement>) {
    for member in object.members() {
        let [Some(config), Some(prior), Some(planned)] = member.values else { continue };
        if let Node::Attribute(attribute) = member.node {
            if semantically_equal(attribute, prior, planned) {
                continue;
            }
            // An object that was moved here may not have its whole identity yet: to write the rest of
            // it makes no other object.
            if attribute.identifies && prior.is_null() {
                continue;
            }
            // A value that the provider sets is no reason: it moves because of another one.
            let is_written =
                !config.is_null() || attribute.default.is_some() || !attribute.is_computed();
            if let Some(why) = attribute.replace.filter(|_| is_written) {
                found.push(Replacement { path: member.path(), why: why.to_owned() });
            }
        }
        for nested in member.objects(Pairing::Common) {
            collect_replacements(&nested, found);
        }
    }
}
