//! What an update changes of them, and what must be known then.

use std::collections::BTreeMap;

use aml::Given;
use aml::settings::Mode;
use azure::Id;
use framework::{Attr, AttrMap, Diagnostic, Path, Plan, Sensitive};

use super::arguments::{ALL, Argument, Beside, CUSTOMER_ID, LOG_ANALYTICS, RELAY};
use crate::connections::{Place, SideResource};
use crate::types::arc_extension::create::stands;
use crate::types::arc_extension::model::Extension;
use crate::types::arc_extension::secret_decision::held;

/// Whether an update sends the secrets of one of them: it is another one, or its keys are new.
/// `fresh`: what the configuration says of versions is taken to be what Azure holds.
pub(crate) fn is_sent(prior: &Extension, planned: &Extension, fresh: bool) -> bool {
    // What is turned off needs no secret, and the one that it had does no harm.
    let mut in_use = ALL.iter().filter(|beside| beside.mode(planned) != Given::Set(Mode::None));
    let sends = |beside: &&Beside| {
        changes(beside, prior, planned) || (!fresh && is_renewed(beside, prior, planned))
    };
    logs_begin(prior, planned) || in_use.any(sends)
}

/// Whether all of them stay what they are, by what is known of them.
pub(crate) fn stay(prior: &Extension, planned: &Extension) -> bool {
    let (held, entries) = (held(prior), stands(prior));
    let is_known = |beside: &&Beside| {
        let is_written = (beside.of)(planned).known().is_some_and(|it| !it.string.is_null());
        let is_named = (beside.of)(planned).known().is_some_and(|it| !it.customer_id.is_null());
        !beside.is_on(&held)
            || is_written
            || is_named
            || beside.used(&held, &entries).is_some_and(|used| has(&entries, &used))
    };
    let stays = |beside: &&Beside| !changes(beside, prior, planned) && is_known(beside);
    !logs_begin(prior, planned) && ALL.iter().all(stays)
}

fn has(entries: &[SideResource], id: &Id) -> bool {
    let mut ids = entries.iter().filter_map(|entry| entry.id.known()?.parse::<Id>().ok());
    ids.any(|other| other == *id)
}

/// Whether one of them brings a secret of its own.
pub(crate) fn brings_secrets(written: &Extension) -> bool {
    let arguments = ALL.iter().filter_map(|beside| (beside.of)(written).into_known());
    let mut strings = arguments.map(|it| !it.string.is_null() || !it.string_version.is_null());
    strings.any(|brings| brings)
}

/// Whether one of its versions is another one. One that is no longer written says nothing.
fn is_renewed(beside: &Beside, prior: &Extension, planned: &Extension) -> bool {
    let (before, after) = (versions(beside, prior), versions(beside, planned));
    before.iter().zip(after).any(|(before, after)| *before != after && !after.is_null())
}

/// Whether the one that is written is another one than the service holds.
fn changes(beside: &Beside, prior: &Extension, planned: &Extension) -> bool {
    let written = match (beside.of)(planned) {
        Attr::Known(argument) => argument,
        Attr::Unknown => return true,
        Attr::Null => return false,
    };
    let before = (beside.of)(prior).into_known();
    before.map(|it| identity(&it)) != Some(identity(&written)) && !is_held(beside, &written, prior)
}

/// What tells one from another.
fn identity(argument: &Argument) -> (Attr<String>, Attr<Id>, Attr<String>) {
    let id = argument.id.as_ref();
    let id = id.and_then(|id| id.parse().ok().into());
    (argument.mode.clone(), id, argument.customer_id.clone())
}

fn is_held(beside: &Beside, argument: &Argument, prior: &Extension) -> bool {
    let (held, entries) = (held(prior), stands(prior));
    let (on, used) = (beside.is_on(&held), beside.used(&held, &entries));
    // The service has no word for which workspace an import found.
    let found = on && used.is_none() && beside.held_id.is_none();
    match argument.mode() {
        Given::Set(Mode::None) => !on,
        Given::Set(Mode::Managed) => {
            found || (on && used.is_some() && used == managed(beside, prior))
        }
        Given::Set(Mode::Existing) => match argument.customer_id.known() {
            Some(id) => on && held.get(CUSTOMER_ID).is_some_and(|it| it.eq_ignore_ascii_case(id)),
            None => found || (on && used == identity(argument).1.into_known()),
        },
        // Without a mode, what there is anyway.
        Given::Unset => true,
        Given::Unknown => false,
    }
}

fn managed(beside: &Beside, of: &Extension) -> Option<Id> {
    let cluster: Id = of.cluster_id.known()?.parse().ok()?;
    (beside.managed)(&Place { cluster, location: String::new() }).ok()
}

fn versions(beside: &Beside, of: &Extension) -> [Attr<i64>; 2] {
    match (beside.of)(of) {
        Attr::Known(argument) => [argument.string_version, argument.keys_version],
        Attr::Null => [Attr::Null; 2],
        Attr::Unknown => [Attr::Unknown; 2],
    }
}

/// Logs that begin without the argument need the workspace's key.
fn logs_begin(prior: &Extension, planned: &Extension) -> bool {
    let on = |of: &Extension| of.log_analytics_ws.known() == Some(&true);
    let began = held(prior).get(LOG_ANALYTICS.switch).is_some_and(|on| is_true(on));
    on(planned) && !on(prior) && !began
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

/// The versions that a fresh import takes to be what Azure holds.
pub(crate) fn taken_on_trust(prior: &Extension, planned: &Extension) -> Vec<Path> {
    let new = ALL.into_iter().filter(|beside| {
        let [before, after] = [prior, planned].map(|of| versions(beside, of)[0]);
        before.is_null() && !after.is_null()
    });
    let version = |beside: &Beside| format!("{}_version", beside.string);
    new.map(|beside| Path::from(beside.argument).attribute(version(beside))).collect()
}

/// What of them a complete protected map would need and nobody has written: the argument, and what
/// to write.
pub(crate) fn lacks_keys(prior: &Extension, written: &Extension) -> Vec<(&'static str, String)> {
    let held = held(prior);
    let lacking = ALL.into_iter().filter(|beside| {
        let says = beside.mode(written) != Given::Unset;
        let string = protected_maps(written)
            .iter()
            .any(|map| map.is_unknown() || map.contains_key(beside.secret));
        beside.is_on(&held) && !says && !string && !can_fetch(beside, prior, written, &held)
    });
    let fix = |beside: &Beside| {
        let (argument, noun) = (beside.argument, beside.noun);
        format!(
            "Where the secret of its {noun} comes from is not written. Set `{argument} = {{ mode = \
             \"existing\", … }}`."
        )
    };
    lacking.map(|beside| (beside.argument, fix(beside))).collect()
}

/// Whether its keys can be fetched without a word on it.
fn can_fetch(
    beside: &Beside, prior: &Extension, written: &Extension, held: &BTreeMap<String, String>,
) -> bool {
    let logs = beside.held_id.is_none() && written.log_analytics_ws.known() == Some(&true);
    logs || beside.used(held, &stands(prior)).is_some()
}

fn protected_maps(of: &Extension) -> [&AttrMap<Sensitive<String>>; 2] {
    [&of.configuration_protected_settings, &of.configuration_protected_settings_wo]
}

// === what a reviewer is told ===

/// What happens to those in use when others are written, or none.
pub(crate) fn tell(plan: &mut Plan<'_, Extension>, prior: &Extension, subject: &str) {
    for beside in ALL {
        let told = told(beside, prior, plan.planned(), subject);
        plan.diagnostics.extend(told.map(|told| told.at(beside.argument)));
    }
}

fn told(
    beside: &Beside, prior: &Extension, planned: &Extension, subject: &str,
) -> Option<Diagnostic> {
    let (argument, noun) = ((beside.of)(planned), beside.noun);
    if argument.is_unknown() || !beside.is_on(&held(prior)) {
        return None;
    }
    if changes(beside, prior, planned) {
        let title = format!("{subject}: its {noun} changes");
        return Some(Diagnostic::warning(title).detail(stays(beside, prior)));
    }
    let left = beside.mode(prior) != Given::Unset && argument.is_null();
    let title = format!("{subject}: its {noun} is no longer managed");
    let detail = format!(
        "The extension stays connected to the {noun} that it has. Write `{}` to change that.",
        beside.argument
    );
    left.then(|| Diagnostic::warning(title).detail(detail))
}

/// The one that is in use and stays in Azure.
fn stays(beside: &Beside, prior: &Extension) -> String {
    let entries = stands(prior).into_iter().filter(|entry| {
        entry.kind.known().is_some_and(|kind| beside.kinds.contains(&kind.as_str()))
    });
    let ids: String =
        entries.filter_map(|entry| Some(format!("\n\n  {}", entry.id.known()?))).collect();
    let cut = "A cluster that is attached is cut off when its relay changes, until it is attached \
               again.";
    let cut = if beside.argument == RELAY.argument { cut } else { "" };
    format!(
        "The {} that it uses until now stays in Azure; if this resource created it, it goes when \
         the extension is destroyed. {cut}{ids}",
        beside.noun
    )
}
