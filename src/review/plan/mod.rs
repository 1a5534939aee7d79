//! The JSON of a plan, as `terraform show -json` and `tofu show -json` write it.
//!
//! Only what a review needs is read, and everything is optional but the format version: a minor
//! version may add properties, and an older one may lack them.

mod error;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

pub use error::Error;
pub use value::{SensitiveValue, Value};

/// The largest input that is read, in bytes.
pub(crate) const MOST_BYTES: u64 = 64 << 20;

/// A plan of any format version 1.x.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct Plan {
    pub(crate) format_version: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) terraform_version: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) resource_changes: Vec<ResourceChange>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) resource_drift: Vec<ResourceChange>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) deferred_changes: Vec<DeferredChange>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) output_changes: BTreeMap<String, OutputChange>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) checks: Vec<Check>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) configuration: Configuration,
    #[serde(deserialize_with = "or_default")]
    pub(crate) prior_state: State,
    /// Since Terraform 1.8.
    pub(crate) applyable: Option<bool>,
    /// Since Terraform 1.8.
    pub(crate) complete: Option<bool>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) errored: bool,
}

/// The state before, where data sources stand that were read for the plan.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct State {
    #[serde(deserialize_with = "or_default")]
    pub(crate) values: StateValues,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct StateValues {
    #[serde(deserialize_with = "or_default")]
    pub(crate) root_module: StateModule,
}

/// A module of a state.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct StateModule {
    #[serde(deserialize_with = "or_default")]
    pub(crate) resources: Vec<StateResource>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) child_modules: Vec<StateModule>,
}

/// An object of a state, as far as it may tell what fits on the nodes of a cluster.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct StateResource {
    #[serde(deserialize_with = "or_default")]
    pub(crate) address: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) mode: String,
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub(crate) kind: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) provider_name: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) values: CapacityValues,
    #[serde(deserialize_with = "or_default")]
    pub(crate) sensitive_values: CapacityValues,
}

/// The attributes of the data source `azureml_cluster_capacity`. Those of other objects are not kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct CapacityValues {
    pub(crate) cluster_id: Json,
    pub(crate) compute_id: Json,
    pub(crate) instance_types: Json,
    pub(crate) capacity: Json,
}

/// What was written, as far as a plan tells.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct Configuration {
    #[serde(deserialize_with = "or_default")]
    pub(crate) root_module: Module,
}

/// A module as it is written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct Module {
    #[serde(deserialize_with = "or_default")]
    pub(crate) module_calls: ModuleCalls,
}

/// The modules that a module calls, by the names of its blocks.
pub(crate) type ModuleCalls = BTreeMap<String, ModuleCall>;

/// A `module` block.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct ModuleCall {
    #[serde(deserialize_with = "or_default")]
    pub(crate) source: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) module: Module,
}

/// One resource of a plan.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct ResourceChange {
    pub(crate) address: String,
    pub(crate) previous_address: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) mode: String,
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub(crate) kind: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) provider_name: String,
    pub(crate) deposed: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) change: Change,
    pub(crate) action_reason: Option<String>,
}

/// What happens to it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct Change {
    #[serde(deserialize_with = "or_default")]
    pub(crate) actions: Vec<String>,
    pub(crate) before: Json,
    pub(crate) after: Json,
    pub(crate) after_unknown: Json,
    pub(crate) before_sensitive: Json,
    pub(crate) after_sensitive: Json,
    #[serde(deserialize_with = "or_default")]
    pub(crate) replace_paths: Vec<Json>,
    pub(crate) importing: Option<Importing>,
}

/// What it is imported from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct Importing {
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) unknown: bool,
    pub(crate) identity: Json,
}

/// A change that has to wait for another round.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct DeferredChange {
    #[serde(deserialize_with = "or_default")]
    pub(crate) reason: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) resource_change: ResourceChange,
}

/// An output value.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct OutputChange {
    #[serde(deserialize_with = "or_default")]
    pub(crate) actions: Vec<String>,
}

/// A check, or the conditions of one object.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct Check {
    #[serde(deserialize_with = "or_default")]
    pub(crate) address: CheckAddress,
    #[serde(deserialize_with = "or_default")]
    pub(crate) status: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) instances: Vec<CheckInstance>,
}

/// One instance of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct CheckInstance {
    #[serde(deserialize_with = "or_default")]
    pub(crate) address: CheckAddress,
    #[serde(deserialize_with = "or_default")]
    pub(crate) status: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) problems: Vec<CheckProblem>,
}

/// Where it stands.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct CheckAddress {
    #[serde(deserialize_with = "or_default")]
    pub(crate) to_display: String,
}

/// Why it fails.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a plan")]
pub(crate) struct CheckProblem {
    #[serde(deserialize_with = "or_default")]
    pub(crate) message: String,
}

impl Plan {
    /// Reads a plan: UTF-8, or UTF-16 with a byte order mark as some shells redirect it.
    pub(crate) fn read(input: &[u8]) -> Result<Plan, Error> {
        let text = text_of(input)?;
        let kind: Kind = first_value(&text)?;
        kind.check()?;
        Ok(serde_json::from_str(&text)?)
    }
}

impl Change {
    /// The values before and after. Their JSON is taken out of the change.
    pub(crate) fn sides(&mut self) -> (Value, Value) {
        let (before, after) = (self.before.take(), self.after.take());
        (
            Value::from_change(before, &Json::Null, &self.before_sensitive),
            Value::from_change(after, &self.after_unknown, &self.after_sensitive),
        )
    }
}

/// What tells a plan from other JSON of the same programs.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "a plan")]
struct Kind {
    format_version: Json,
    #[serde(rename = "@level")]
    level: Json,
    values: Option<serde::de::IgnoredAny>,
    planned_values: Option<serde::de::IgnoredAny>,
    resource_changes: Option<serde::de::IgnoredAny>,
    errored: Option<serde::de::IgnoredAny>,
}

impl Kind {
    fn check(self) -> Result<(), Error> {
        if !self.level.is_null() {
            return Err(Error::Log);
        }
        let Json::String(version) = self.format_version else { return Err(Error::NotAPlan) };
        if version.split_once('.').map_or(version.as_str(), |(major, _)| major) != "1" {
            return Err(Error::Version(version));
        }
        let planned = self.planned_values.or(self.resource_changes).or(self.errored);
        if planned.is_none() {
            return Err(if self.values.is_some() { Error::State } else { Error::NotAPlan });
        }
        Ok(())
    }
}

/// The first of the JSON values in a text: a log is one after another.
fn first_value(text: &str) -> Result<Kind, Error> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Kind>();
    match values.next() {
        Some(kind) => Ok(kind?),
        None => Err(Error::Empty),
    }
}

fn text_of(input: &[u8]) -> Result<Cow<'_, str>, Error> {
    match input {
        [] => Err(Error::Empty),
        [b'P', b'K', 3, 4, ..] => Err(Error::Saved),
        [0xFF, 0xFE, text @ ..] => utf_16(text, u16::from_le_bytes),
        [0xFE, 0xFF, text @ ..] => utf_16(text, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, text @ ..] | text => utf_8(text),
    }
}

fn utf_8(text: &[u8]) -> Result<Cow<'_, str>, Error> {
    std::str::from_utf8(text).map(Cow::Borrowed).map_err(|_| Error::NotText)
}

fn utf_16(text: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, Error> {
    let (pairs, _) = text.as_chunks::<2>();
    let units = pairs.iter().copied().map(unit);
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.map(Cow::Owned).map_err(|_| Error::NotText)
}

/// Null is as good as absent.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
