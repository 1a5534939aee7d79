//! Lists of objects, as the host asks for them and reads them.

use framework::calls;
use tonic::Status;
use tonic::codegen::{BoxStream, tokio_stream};

use super::diagnostic::diagnostics;
use super::request::{from_wire, now};
use super::response::{identity, to_wire};
use crate::proto::tfplugin6::{list_resource, validate_list_resource_config};

/// Objects on their way into a stream.
pub(crate) struct Events(Vec<list_resource::Event>);

impl Events {
    pub(crate) fn stream(self) -> BoxStream<list_resource::Event> {
        Box::pin(tokio_stream::iter(self.0.into_iter().map(Ok::<_, Status>)))
    }
}

impl From<Vec<calls::list_resource::Event>> for Events {
    fn from(own: Vec<calls::list_resource::Event>) -> Self {
        Self(own.into_iter().map(event).collect())
    }
}

fn event(own: calls::list_resource::Event) -> list_resource::Event {
    list_resource::Event {
        identity: identity(own.identity),
        display_name: own.display_name,
        resource_object: own.resource_object.map(to_wire),
        diagnostic: diagnostics(own.diagnostics),
    }
}

impl From<list_resource::Request> for calls::list_resource::Request {
    fn from(wire: list_resource::Request) -> Self {
        Self {
            type_name: wire.type_name,
            config: from_wire(wire.config),
            include_resource_object: wire.include_resource_object,
            limit: wire.limit,
            began: now(),
        }
    }
}

impl From<validate_list_resource_config::Request>
    for calls::validate_list_resource_config::Request
{
    fn from(wire: validate_list_resource_config::Request) -> Self {
        Self { type_name: wire.type_name, config: from_wire(wire.config) }
    }
}

impl From<calls::validate_list_resource_config::Response>
    for validate_list_resource_config::Response
{
    fn from(own: calls::validate_list_resource_config::Response) -> Self {
        Self { diagnostics: diagnostics(own.diagnostics) }
    }
}
