//! `ImportResourceState`: an ID or an identity becomes the keys of a state, which the next read fills.

use super::Capabilities;
use crate::answer;
use crate::caught::caught;
use crate::dynamic_value::DynamicValue;
use crate::failure::Failure;
use crate::identity;
use crate::private::Private;
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
        let answer = caught(async { self.imported(&request) }).await;
        match answer.and_then(|answer| answer) {
            Ok(imported) => {
                Response { imported_resources: vec![imported], diagnostics: Diagnostics::new() }
            }
            Err(failure) => Response {
                imported_resources: Vec::new(),
                diagnostics: self.secrets().redact_all(failure.into_diagnostics()),
            },
        }
    }

    fn imported(&self, request: &Request) -> Result<Imported, Failure> {
        let twin = self.resource(&request.type_name)?;
        if let Some(unready) = self.provider().unready() {
            return Err(unready.into());
        }
        let schema = twin.schema();
        let given = request.identity.as_ref().filter(|identity| !identity.is_null());
        let keys = match given {
            Some(identity) => identity::keys(twin, identity)?,
            None => twin.import(&request.id)?,
        };
        let keys = answer::settle(schema.body(), answer::NOTHING, &keys);
        Ok(Imported {
            type_name: request.type_name.clone(),
            identity: identity::of(schema, &keys, given),
            state: DynamicValue::of(&keys, schema)?,
            private: Private::imported().close(),
        })
    }
}
