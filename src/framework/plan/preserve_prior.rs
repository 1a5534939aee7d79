//! Whose spelling a plan shows: the state's, where it means what the configuration says.
//!
//! Core accepts the prior value of a schema attribute only if it and the configured one are both
//! non-null, and never element by element of a map of strings (author's law of planning). So the
//! largest attribute comes first, then those nested in it.

use crate::schema::semantic_equality::semantically_equal;
use crate::schema::walk::{Member, Object};
use crate::schema::{Body, Node};
use crate::value::Value;

/// How much of a map of objects may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PreserveScope {
    /// Each attribute of each object.
    EachAttribute,
    /// Only the whole map: Terraform before 1.1 cannot bear one that is partly prior.
    WholeMaps,
}

impl PreserveScope {
    /// What the client of that version can bear. `tofu` goes on from Terraform 1.5.
    pub(crate) fn for_terraform(terraform_version: &str) -> Self {
        let mut parts = terraform_version.split('.').map(str::parse::<u32>);
        match (parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor))) if (major, minor) < (1, 1) => Self::WholeMaps,
            _ => Self::EachAttribute,
        }
    }
}

/// Puts the text of `prior` into `planned` wherever `config` is set and means the same.
pub(crate) fn preserve_prior(
    body: &Body, config: &Value, prior: &Value, planned: &mut Value, scope: PreserveScope,
) {
    preserve_object(&Object::root(body, [Some(config), Some(prior)]), planned, scope);
}

fn preserve_object(object: &Object<'_, 2>, planned: &mut Value, scope: PreserveScope) {
    object.members_mut(planned, |each, planned| preserve_member(each, planned, scope));
}

/// Leaves alone what the configuration or the state does not have.
fn preserve_member(member: &Member<'_, 2>, planned: &mut Value, scope: PreserveScope) {
    let [Some(config), Some(prior)] = member.values else { return };
    if let Node::Attribute(attribute) = member.node {
        if prior.is_null() || planned.is_null() || attribute.write_only {
            return;
        }
        if (!config.is_null() || attribute.is_computed())
            && semantically_equal(attribute, prior, planned)
        {
            planned.clone_from(prior);
            return;
        }
        if scope == PreserveScope::WholeMaps && attribute.is_object_map() {
            return;
        }
    }
    member.objects_mut(planned, |each, planned| preserve_object(each, planned, scope));
}
