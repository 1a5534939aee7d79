//! `UpgradeResourceIdentity`: a stored identity becomes one of today's schema.

use super::{DynamicValue, identity};
use crate::context::Failure;
use crate::dyn_types::panic;
use crate::server::Server;
use crate::value::{Value, ValueError};
use vocabulary::{Diagnostic, Diagnostics};

/// A stored identity.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Full name of the type.
    pub type_name: String,
    /// The version of the identity's schema under which it was stored. There is only version 0 yet.
    pub version: i64,
    /// The identity, as JSON.
    pub raw_identity: Vec<u8>,
}

/// The identity in today's shape.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The identity; absent with errors.
    pub upgraded_identity: Option<DynamicValue>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `UpgradeResourceIdentity`.
    pub async fn upgrade_resource_identity(&self, request: Request) -> Response {
        match panic::catch_async(async { self.try_upgrade_identity(&request) }).await {
            Ok(identity) => {
                Response { upgraded_identity: Some(identity), diagnostics: Diagnostics::new() }
            }
            Err(failure) => {
                Response { upgraded_identity: None, diagnostics: failure.into_diagnostics() }
            }
        }
    }

    fn try_upgrade_identity(&self, request: &Request) -> Result<DynamicValue, Failure> {
        let shape = identity::shape(self.resource(&request.type_name)?.schema());
        let stored = || {
            let shape = shape.ok_or_else(|| ValueError::new("the type has none"))?;
            DynamicValue::encode_as(&Value::from_state(&request.raw_identity, &shape)?, &shape)
        };
        Ok(stored().map_err(|error| unreadable_error(&error))?)
    }
}

fn unreadable_error(error: &ValueError) -> Diagnostic {
    Diagnostic::error("Stored identity cannot be read").detail(format!(
        "{error}.\n\nRestore the state from a backup, or remove the object with `terraform state \
         rm` and import it again.",
    ))
}
