//! The tags of managed resources: written at creation, and changed in place.

use aml::settings::Mode;
use aml::side_resource::Tags;
use framework::{Attr, Diagnostic};

use super::arguments::ConnectionArguments;
use super::connection::{CONNECTIONS, Connection};
use super::ownership;
use crate::context::Context;
use crate::explain::Result;

/// Updates the tags of managed resources where the configuration changed them.
pub(crate) async fn update_tags(
    context: &Context<'_>, prior: Option<&ConnectionArguments>, planned: &ConnectionArguments,
) -> Result<()> {
    let Some(cluster_id) = &planned.cluster_id else { return Ok(()) };
    for connection in CONNECTIONS {
        let before = prior.and_then(|prior| written_tags(connection, prior));
        let after = written_tags(connection, planned);
        let Some(after) = after.filter(|after| Some(after) != before.as_ref()) else { continue };
        if matches!(connection.mode(planned), Attr::Known(Mode::Managed) | Attr::Null) {
            let (kind, id) = connection.tagged_id(cluster_id)?;
            ownership::replace_tags(context, kind, &id, &before.unwrap_or_default(), &after)
                .await?;
        }
    }
    Ok(())
}

/// `None`: the argument leaves the tags alone.
pub(super) fn written_tags(
    connection: &Connection, arguments: &ConnectionArguments,
) -> Option<Tags> {
    let tags = (connection.argument_of)(arguments).known()?.tags.known()?;
    let known = tags.iter().filter_map(|(name, tag)| Some((name.clone(), tag.known()?.clone())));
    Some(known.collect())
}

/// Warnings of tags that are not managed any more.
pub(crate) fn warn_of_abandoned_tags(
    prior: &ConnectionArguments, planned: &ConnectionArguments, subject: &str,
) -> Vec<Diagnostic> {
    let abandoned = CONNECTIONS.into_iter().filter_map(|connection| {
        let tags = written_tags(connection, prior).filter(|tags| !tags.is_empty())?;
        let is_null = match (connection.argument_of)(planned) {
            Attr::Null => true,
            Attr::Unknown => false,
            Attr::Known(argument) => argument.tags.is_null(),
        };
        is_null.then(|| abandoned(connection, tags, subject))
    });
    abandoned.collect()
}

fn abandoned(connection: &Connection, tags: Tags, subject: &str) -> Diagnostic {
    let (argument, noun) = (connection.argument, connection.noun);
    let names: Vec<_> = tags.into_keys().collect();
    Diagnostic::warning(format!("{subject}: tags of its {noun} are no longer managed"))
        .detail(format!(
            "They stay in Azure: {}. To remove them, set `{argument} = {{ tags = {{}} }}`.",
            names.join(", ")
        ))
        .at(argument)
}
