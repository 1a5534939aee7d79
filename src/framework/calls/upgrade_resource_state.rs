//! `UpgradeResourceState`: stored JSON becomes a value of today's schema.

use serde_json::{Map, Value as Json};

use super::DynamicValue;
use crate::context::Failure;
use crate::dyn_types::panic;
use crate::schema::walk::{Object, Pairing};
use crate::schema::{Node, Presence, Schema};
use crate::server::Server;
use crate::value::{Value, ValueError};
use vocabulary::{Diagnostic, Diagnostics, Path};

/// Stored state.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Full name of the type.
    pub type_name: String,
    /// The version of the schema under which it was stored.
    pub version: i64,
    /// The attributes, as JSON.
    pub raw_state: Vec<u8>,
}

/// The state in today's shape.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The state; null with errors.
    pub upgraded_state: DynamicValue,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `UpgradeResourceState`, which comes for every object on every plan.
    pub async fn upgrade_resource_state(&self, request: Request) -> Response {
        let answer = panic::catch_async(async { self.try_upgrade_state(&request) }).await;
        match answer {
            Ok(upgraded_state) => Response { upgraded_state, diagnostics: Diagnostics::new() },
            Err(failure) => Response {
                upgraded_state: DynamicValue::default(),
                diagnostics: self.secrets().redact_all(failure.into_diagnostics()),
            },
        }
    }

    fn try_upgrade_state(&self, request: &Request) -> Result<DynamicValue, Failure> {
        let resource = self.resource(&request.type_name)?;
        let schema = resource.schema();
        let value = if request.version == schema.stored_version() {
            decode_stored(&request.raw_state, schema)?
        } else {
            let mut state: Map<String, Json> = serde_json::from_slice(&request.raw_state)
                .map_err(|error| unreadable_error(&error.to_string()))?;
            resource.upgrade(request.version, &mut state)?;
            decode_stored(Json::Object(state).to_string().as_bytes(), schema)?
        };
        Ok(DynamicValue::encode(&value, schema)?)
    }
}

fn decode_stored(state: &[u8], schema: &Schema) -> Result<Value, Diagnostic> {
    let error_at_path = |ValueError { path, message }: ValueError| match path {
        path if path.is_root() => unreadable_error(&message),
        path => {
            let name = path.to_string();
            unreadable_error(&format!("`{}`: {message}", name.trim_start_matches('.'))).at(path)
        }
    };
    let state = Value::from_state(state, schema.shape()).map_err(error_at_path)?;
    match first_missing(&Object::root(schema.body(), [Some(&state)])) {
        Some(at) => {
            let message = "the state has no value, and no apply leaves it without one".to_owned();
            Err(error_at_path(ValueError { path: at, message }))
        }
        None => Ok(state),
    }
}

/// A required attribute without a value: somebody edited the state.
fn first_missing(object: &Object<'_, 1>) -> Option<Path> {
    if object.or_null()[0].is_null() {
        return None;
    }
    object.members().find_map(|member| match member.node {
        Node::Attribute(attribute) => {
            let is_stored = attribute.presence == Presence::Required
                && !(attribute.write_only || attribute.may_be_missing);
            (is_stored && member.or_null()[0].is_null()).then(|| member.path())
        }
        Node::Block(_) => member.objects(Pairing::Of(0)).find_map(|nested| first_missing(&nested)),
    })
}

fn unreadable_error(why: &str) -> Diagnostic {
    Diagnostic::error("Stored state cannot be read").detail(format!(
        "{why}.\n\nThe state was written by something else than this provider, or edited by hand. \
         Restore it from a backup, or remove the object with `terraform state rm` and import it again.",
    ))
}
