//! `ImportResourceState`: an ID or an identity becomes the keys of a state, which the next read fills.

use super::{Capabilities, DynamicValue, identity};
use crate::apply::reconcile::{NOTHING_KNOWN, reconcile};
use crate::context::{Failure, Private};
use crate::dyn_types::panic;
use crate::server::Server;
use vocabulary::Diagnostics;

/// Which object.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Full name of the type.
    pub type_name: String,
    /// What the user gave; empty where it is an identity.
    pub id: String,
    /// What the user gave in place of an ID.
    pub identity: Option<DynamicValue>,
    /// What the client can do.
    pub capabilities: Capabilities,
}

/// The keys of its state.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Nothing with errors, else exactly one.
    pub imported_resources: Vec<Imported>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// One imported object.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Full name of the type.
    pub type_name: String,
    /// Its keys; everything else is null.
    pub state: DynamicValue,
    /// The memory of the object.
    pub private: Vec<u8>,
    /// Its identity, if it has one.
    pub identity: Option<DynamicValue>,
}

impl Server {
    /// Answers `ImportResourceState`. The client reads the object next.
    pub async fn import_resource_state(&self, request: Request) -> Response {
        let answer = panic::catch_async(async { self.try_import(&request) }).await;
        match answer {
            Ok(imported) => {
                Response { imported_resources: vec![imported], diagnostics: Diagnostics::new() }
            }
            Err(failure) => Response {
                imported_resources: Vec::new(),
                diagnostics: self.secrets().redact_all(failure.into_diagnostics()),
            },
        }
    }

    fn try_import(&self, request: &Request) -> Result<Imported, Failure> {
        let resource = self.resource(&request.type_name)?;
        if let Some(unready) = self.provider().not_configured() {
            return Err(unready.into());
        }
        let schema = resource.schema();
        let identity = request.identity.as_ref().filter(|identity| !identity.is_null());
        let keys = match identity {
            Some(identity) => identity::keys(resource, identity)?,
            None => resource.import(&request.id)?,
        };
        let keys = reconcile(schema.body(), NOTHING_KNOWN, &keys);
        Ok(Imported {
            type_name: request.type_name.clone(),
            identity: identity::from_state(schema, &keys, identity),
            state: DynamicValue::encode(&keys, schema)?,
            private: Private::for_import().into_bytes(),
        })
    }
}
