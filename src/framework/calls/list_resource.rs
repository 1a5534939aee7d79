//! `ListResource`: the objects of a type that there are, managed or not.

use std::time::Instant;

use super::deadline::deadline;
use super::{DynamicValue, identity};
use crate::apply::reconcile::{NOTHING_KNOWN, reconcile};
use crate::context::{Failure, Private};
use crate::dyn_types::{CallContext, DynResource, panic};
use crate::schema::timeouts::Operation;
use crate::secrets::Secrets;
use crate::server::Server;
use crate::value::Value;
use vocabulary::Diagnostics;

/// Which objects.
#[derive(Clone, Debug)]
pub struct Request {
    /// Full name of the type.
    pub type_name: String,
    /// As the user wrote it, wholly known.
    pub config: DynamicValue,
    /// Whether the whole objects are wanted, beyond their identities.
    pub include_resource_object: bool,
    /// How many at most; zero and less: all.
    pub limit: i64,
    /// When the call began.
    pub began: Instant,
}

/// One object, or what is to be said where there is none.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// Its identity; absent only beside an error, and beside the warnings of a list that found
    /// nothing: a client takes those without an object.
    pub identity: Option<DynamicValue>,
    /// What a person calls it.
    pub display_name: String,
    /// The object as an import of it would store it, if that was wanted.
    pub resource_object: Option<DynamicValue>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `ListResource`.
    pub async fn list_resource(&self, request: Request) -> Vec<Event> {
        let secrets = self.secrets_of_reading();
        let answer = panic::catch_async(self.try_list(request, &secrets)).await;
        let events = answer.unwrap_or_else(|failure| {
            vec![Event { diagnostics: failure.into_diagnostics(), ..Event::default() }]
        });
        let redacted =
            |event: Event| Event { diagnostics: secrets.redact_all(event.diagnostics), ..event };
        events.into_iter().map(redacted).collect()
    }

    async fn try_list(&self, request: Request, secrets: &Secrets) -> Result<Vec<Event>, Failure> {
        let (list, resource) = (self.list(&request.type_name)?, self.resource(&request.type_name)?);
        let config = request.config.decode(list.schema())?;
        secrets.collect(list.schema().body(), &config);
        let call = || self.read_context(resource, request.began);
        let found = list.list(call(), config).await;
        let wanted = usize::try_from(request.limit).ok().filter(|&limit| limit > 0);
        let mut events = Vec::new();
        for (display_name, keys) in found.objects?.into_iter().take(wanted.unwrap_or(usize::MAX)) {
            let keys = reconcile(resource.schema().body(), NOTHING_KNOWN, &keys);
            let identity = identity::from_state(resource.schema(), &keys, None);
            let event = Event { identity, display_name, ..Event::default() };
            if !request.include_resource_object {
                events.push(event);
                continue;
            }
            events.extend(with_object(resource, call(), keys, event, secrets).await?);
        }
        match events.first_mut() {
            Some(first) => first.diagnostics.extend(found.diagnostics),
            None if found.diagnostics.is_empty() => {}
            None => events.push(Event { diagnostics: found.diagnostics, ..Event::default() }),
        }
        Ok(events)
    }

    fn read_context(&self, resource: &dyn DynResource, began: Instant) -> CallContext {
        let deadline = deadline(resource.schema(), Operation::Read, &Value::Null, began);
        CallContext { private: Private::default(), deadline, stop: self.token(), replaced: false }
    }
}

/// The event with its object; `None`: gone since it was listed.
async fn with_object(
    resource: &dyn DynResource, call: CallContext, keys: Value, event: Event, secrets: &Secrets,
) -> Result<Option<Event>, Failure> {
    let mut outcome = resource.read(call, keys).await;
    outcome.redact(resource.schema(), secrets);
    let diagnostics = outcome.diagnostics;
    if let Some(failure) = outcome.failure {
        // The object is there all the same, and so are the others.
        let mut diagnostics = diagnostics;
        diagnostics.extend(failure.into_diagnostics());
        return Ok(Some(Event { diagnostics, ..event }));
    }
    let Some(object) = outcome.saved else { return Ok(None) };
    let state = reconcile(resource.schema().body(), NOTHING_KNOWN, &object);
    let resource_object = Some(DynamicValue::encode(&state, resource.schema())?);
    Ok(Some(Event { resource_object, diagnostics, ..event }))
}
