//! `plugin.GRPCBroker`: further connections between host and plugin. A provider has none.

use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use super::pending_stream::pending_stream;
use crate::proto::plugin::ConnInfo;
use crate::proto::plugin::grpc_broker_server::GrpcBroker;
use crate::shutdown::ShutdownSwitch;

/// Keeps the host's stream open until the end, whatever comes in.
pub(crate) struct Broker {
    pub(crate) switch: ShutdownSwitch,
}

#[tonic::async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(
        &self, _: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(Response::new(pending_stream(&self.switch)))
    }
}
