//! Whose a side resource is, and which tags it carries.
//!
//! One that we make says by a tag for which extension it was made, so that an apply knows its own
//! after an earlier one was killed.

use aml::side_resource::{self, OWNER, Tags};
use azure::resource_types::EXTENSIONS;
use azure::{ArmResource, Id, ResourceType};
use serde_json::json;

use super::get;
use crate::arm::operation;
use crate::context::Context;
use crate::explain::{Action, Result};

/// The value of our tag.
pub(super) fn owner(extension: &Id) -> String {
    side_resource::owner(&extension.to_string())
}

/// Whether what was found was made for this extension, or for an earlier one of the same cluster
/// that is gone: a replacement that was cut off between its halves leaves it so.
pub(super) async fn is_ours(
    context: &Context<'_>, extension: &Id, found: &ArmResource,
) -> Result<bool> {
    let Some(named) = named(found) else { return Ok(false) };
    if named.eq_ignore_ascii_case(&owner(extension)) {
        return Ok(true);
    }
    let Ok(other) = named.parse::<Id>() else { return Ok(false) };
    let Ok(other) = EXTENSIONS.canonicalize(other) else { return Ok(false) };
    if other.parent() != extension.parent() {
        return Ok(false);
    }
    Ok(get(context, &EXTENSIONS, &other).await?.is_none())
}

/// The same by ID. Who may not look does not own it.
pub(super) async fn is_known_as_ours(
    context: &Context<'_>, extension: &Id, kind: &'static ResourceType, id: &Id,
) -> Result<bool> {
    match get(context, kind, id).await {
        Err(error) if error.azure().is_some_and(azure::Error::is_forbidden) => Ok(false),
        found => match found? {
            Some(found) => is_ours(context, extension, &found).await,
            None => Ok(false),
        },
    }
}

fn named(found: &ArmResource) -> Option<&str> {
    let tags = found.tags()?;
    tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(OWNER))?.1.as_str()
}

/// The tags of one that somebody has written.
pub(crate) fn written_tags(found: &ArmResource) -> Tags {
    let mut tags = all_tags(found);
    tags.retain(|name, value| !side_resource::is_own_tag(name, value));
    tags
}

fn all_tags(found: &ArmResource) -> Tags {
    let tags = found.tags().into_iter().flatten();
    tags.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// Gives one the tags that are written, and takes those that were; others stay. One that is not
/// there is made with its tags.
pub(crate) async fn retag(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, before: &Tags, after: &Tags,
) -> Result<()> {
    let Some(found) = get(context, kind, id).await? else { return Ok(()) };
    let held = all_tags(&found);
    let mut tags = held.clone();
    let is = |name: &str, other: &Tags| other.keys().any(|it| it.eq_ignore_ascii_case(name));
    tags.retain(|name, _| !is(name, before) && !is(name, after));
    tags.extend(after.clone());
    if tags != held {
        operation::patch(context, Action::Update, kind, id, &json!({ "tags": tags })).await?;
    }
    Ok(())
}
