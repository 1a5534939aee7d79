//! The tags of those that are managed: written when one is made, and changed in place.

use aml::Given;
use aml::settings::Mode;
use aml::side_resource::Tags;
use framework::{Attr, Diagnostic, Path, Plan};

use super::arguments::{ALL, Beside, LOG_ANALYTICS, RELAY, SERVICE_BUS};
use super::{Place, SideTags, ownership};
use crate::context::Context;
use crate::explain::Result;
use crate::types::arc_extension::cluster;
use crate::types::arc_extension::model::Extension;

/// What is written of the tags; nothing where that is null.
pub(super) fn side_tags(of: &Extension) -> SideTags {
    let [relay, service_bus, log_analytics] =
        [&RELAY, &SERVICE_BUS, &LOG_ANALYTICS].map(|beside| tags(beside, of).unwrap_or_default());
    SideTags { relay, service_bus, log_analytics }
}

fn tags(beside: &Beside, of: &Extension) -> Option<Tags> {
    let written = (beside.of)(of).into_known()?.tags.into_known()?;
    let known = written.into_iter().filter_map(|(name, value)| Some((name, value.into_known()?)));
    Some(known.collect())
}

/// Gives those that are managed the tags that are written, where they are other ones than before.
pub(crate) async fn retag(
    context: &Context<'_>, prior: Option<&Extension>, planned: &Extension,
) -> Result<()> {
    let place = Place { cluster: cluster(planned)?, location: String::new() };
    for beside in ALL {
        let before = prior.and_then(|prior| tags(beside, prior));
        let Some(after) = tags(beside, planned).filter(|after| Some(after) != before.as_ref())
        else {
            continue;
        };
        if matches!(beside.mode(planned), Given::Set(Mode::Managed) | Given::Unset) {
            let (kind, id) = beside.tagged(&place)?;
            ownership::retag(context, kind, &id, &before.unwrap_or_default(), &after).await?;
        }
    }
    Ok(())
}

/// Tells of tags that nobody writes any more.
pub(crate) fn tell_tags(plan: &mut Plan<'_, Extension>, prior: &Extension, subject: &str) {
    for beside in ALL {
        let left = tags(beside, prior).filter(|tags| !tags.is_empty());
        let is_null = match (beside.of)(plan.planned()) {
            Attr::Null => true,
            Attr::Unknown => false,
            Attr::Known(argument) => argument.tags.is_null(),
        };
        if let Some(left) = left.filter(|_| is_null) {
            let names: Vec<_> = left.into_keys().collect();
            let (argument, noun) = (beside.argument, beside.noun);
            let told = format!("{subject}: tags of its {noun} are no longer managed");
            plan.diagnostics.push(
                Diagnostic::warning(told)
                    .detail(format!(
                        "They stay in Azure: {}. Write `{argument} = {{ tags = {{}} }}` to take \
                         them away.",
                        names.join(", ")
                    ))
                    .at(Path::from(argument)),
            );
        }
    }
}
