//! What every type of the provider is held to: its contract, and a life against an ARM in memory.

mod data_sources;
mod emulated;
mod interruption;
mod lists;
mod memory;
mod secrecy;
mod throttled;
mod unheard;

pub(crate) use memory::{Memory, Rule, provider_over};
use serde_json::Value as Json;
pub(crate) use testing::{Core, unknown};

use crate::context::AzureMl;

pub(crate) const GROUP: &str = "/subscriptions/s/resourceGroups/rg/providers";

/// Whether one of the texts has this part.
pub(crate) fn any_contains(texts: &[String], part: &str) -> bool {
    texts.iter().any(|text| text.contains(part))
}

/// The life of one type.
pub(crate) struct Case {
    /// Name after the provider's.
    pub(crate) resource: &'static str,
    /// What is there before.
    pub(crate) memory: Memory,
    pub(crate) config: Json,
    /// The same in other words.
    pub(crate) same: Json,
    pub(crate) changed: Json,
    /// What the plan of `changed` shows, values that are not known yet aside.
    pub(crate) planned_changes: &'static [&'static str],
    pub(crate) import: String,
    /// What an import leaves null, which the configuration declares then without a call.
    pub(crate) import_ignores: &'static [&'static str],
}

/// Made, planned again, read, planned again, respelt, changed, imported, planned, deleted.
pub(crate) async fn lifecycle(case: Case) -> Core {
    let mut core = Core::new(case.resource, &case.memory);
    core.run(&case.config).await;
    assert_eq!(core.planned_changes(&case.config).await, [""; 0], "after the create");
    core.read().await;
    assert_eq!(core.planned_changes(&case.config).await, [""; 0], "after a refresh");
    assert_eq!(core.planned_changes(&case.same).await, [""; 0], "in other words");
    assert_eq!(core.planned_changes(&case.changed).await, case.planned_changes, "changed");
    core.run(&case.changed).await;
    core.read().await;
    assert_eq!(core.planned_changes(&case.changed).await, [""; 0], "after the change");
    core.import(&case.import).await;
    core.read().await;
    assert_eq!(core.planned_changes(&case.changed).await, case.import_ignores, "after the import");
    case.memory.writes();
    core.run(&case.changed).await;
    assert_eq!(case.memory.writes(), [""; 0], "to declare what is there calls nothing");
    assert_eq!(core.planned_changes(&case.changed).await, [""; 0], "after that");
    core.destroy().await;
    core.import(&case.import).await;
    core.read().await;
    assert!(core.state().is_null(), "after the destroy");
    core
}

#[test]
fn every_type_conforms() {
    assert_eq!(framework::conformance::<AzureMl>(), Vec::<String>::new());
}
