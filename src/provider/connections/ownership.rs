//! Who owns a side resource, and which tags it has.
//!
//! A resource that the provider creates names its extension in a tag, so that an apply knows it
//! after an earlier one was killed.

use aml::side_resource::{self, OWNER, Tags};
use azure::resource_types::EXTENSIONS;
use azure::{ArmResource, Id, ResourceType};
use serde_json::json;

use super::get;
use crate::arm::operation;
use crate::context::Context;
use crate::explain::{Action, Result};

/// The value of the tag that names the extension.
pub(super) fn owner_tag(extension: &Id) -> String {
    side_resource::owner(&extension.to_string())
}

/// Whether it was created for this extension, or for an earlier one of the same cluster that is
/// gone: a replacement that was interrupted between its halves leaves it so.
pub(super) async fn is_owned(
    context: &Context<'_>, extension: &Id, found: &ArmResource,
) -> Result<bool> {
    let Some(owner) = owner_of(found) else { return Ok(false) };
    if owner.eq_ignore_ascii_case(&owner_tag(extension)) {
        return Ok(true);
    }
    let Ok(other) = owner.parse::<Id>() else { return Ok(false) };
    let Ok(other) = EXTENSIONS.canonicalize(other) else { return Ok(false) };
    if other.parent() != extension.parent() {
        return Ok(false);
    }
    Ok(get(context, &EXTENSIONS, &other).await?.is_none())
}

/// As [`is_owned`], by ID. Without the right to read it, it counts as not owned.
pub(super) async fn is_owned_by_id(
    context: &Context<'_>, extension: &Id, kind: &'static ResourceType, id: &Id,
) -> Result<bool> {
    match get(context, kind, id).await {
        Err(error) if error.azure().is_some_and(azure::Error::is_forbidden) => Ok(false),
        found => match found? {
            Some(found) => is_owned(context, extension, &found).await,
            None => Ok(false),
        },
    }
}

fn owner_of(found: &ArmResource) -> Option<&str> {
    let tags = found.tags()?;
    tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(OWNER))?.1.as_str()
}

/// The tags that are neither the CLI's nor ours.
pub(super) fn tags_of_user(found: &ArmResource) -> Tags {
    let mut tags = all_tags(found);
    tags.retain(|name, value| !side_resource::is_own_tag(name, value));
    tags
}

fn all_tags(found: &ArmResource) -> Tags {
    let tags = found.tags().into_iter().flatten();
    tags.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// Replaces the tags of `before` by those of `after`; others stay. A resource that does not exist
/// yet is created with its tags.
pub(super) async fn replace_tags(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, before: &Tags, after: &Tags,
) -> Result<()> {
    let Some(found) = get(context, kind, id).await? else { return Ok(()) };
    let current = all_tags(&found);
    let mut tags = current.clone();
    let is = |name: &str, other: &Tags| other.keys().any(|it| it.eq_ignore_ascii_case(name));
    tags.retain(|name, _| !is(name, before) && !is(name, after));
    tags.extend(after.clone());
    if tags != current {
        operation::patch(context, Action::Update, kind, id, &json!({ "tags": tags })).await?;
    }
    Ok(())
}
