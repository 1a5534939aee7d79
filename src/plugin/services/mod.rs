//! What is served on the socket, and how a request finds its service.

mod broker;
mod controller;
mod health;
mod pending_stream;
mod stdio;
mod tfplugin;

use std::convert::Infallible;
use std::pin::Pin;

use http::{Request, Response};
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service as _;
use tonic::server::NamedService;

use self::broker::Broker;
use self::controller::Controller;
use self::health::Health;
use self::stdio::Stdio;
use self::tfplugin::Provider;
use crate::proto::grpc::health::v1::health_server::HealthServer;
use crate::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use crate::proto::plugin::grpc_controller_server::GrpcControllerServer;
use crate::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use crate::proto::tfplugin6::provider_server::ProviderServer;
use crate::shutdown::{InFlight, ShutdownSwitch};

/// Go's providers take and give messages of this size; tonic alone would stop at 4 MiB.
const LARGEST_MESSAGE: usize = 256 << 20;

/// All services of a plugin process.
#[derive(Clone)]
pub(crate) struct Services {
    provider: ProviderServer<Provider>,
    controller: GrpcControllerServer<Controller>,
    stdio: GrpcStdioServer<Stdio>,
    broker: GrpcBrokerServer<Broker>,
    health: HealthServer<Health>,
}

impl Services {
    /// `calls` counts what is at work; `switch` is thrown by the host's request to end.
    pub(crate) fn new(
        server: framework::Server, calls: InFlight, switch: &ShutdownSwitch, reattach: bool,
    ) -> Self {
        let switch = || switch.clone();
        Self {
            provider: ProviderServer::new(Provider { server, calls })
                .max_decoding_message_size(LARGEST_MESSAGE)
                .max_encoding_message_size(LARGEST_MESSAGE),
            controller: GrpcControllerServer::new(Controller { switch: switch(), reattach }),
            stdio: GrpcStdioServer::new(Stdio { switch: switch() }),
            broker: GrpcBrokerServer::new(Broker { switch: switch() }),
            health: HealthServer::new(Health),
        }
    }
}

impl hyper::service::Service<Request<Incoming>> for Services {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        match request.uri().path().split('/').nth(1) {
            Some(ProviderServer::<Provider>::NAME) => self.provider.clone().call(request),
            Some(GrpcControllerServer::<Controller>::NAME) => self.controller.clone().call(request),
            Some(GrpcStdioServer::<Stdio>::NAME) => self.stdio.clone().call(request),
            Some(GrpcBrokerServer::<Broker>::NAME) => self.broker.clone().call(request),
            Some(HealthServer::<Health>::NAME) => self.health.clone().call(request),
            _ => Box::pin(async { Ok(Status::unimplemented("no such service").into_http()) }),
        }
    }
}
