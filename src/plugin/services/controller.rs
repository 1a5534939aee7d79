//! `plugin.GRPCController`: the host's word that it needs the process no more.

use tonic::{Request, Response, Status};

use crate::proto::plugin::Empty;
use crate::proto::plugin::grpc_controller_server::GrpcController;
use crate::shutdown::{ShutdownReason, ShutdownSwitch};

/// Ends the process after the answer, unless hosts come and go here.
pub(crate) struct Controller {
    pub(crate) switch: ShutdownSwitch,
    pub(crate) reattach: bool,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        if !self.reattach {
            self.switch.end(ShutdownReason::Requested);
        }
        Ok(Response::new(Empty {}))
    }
}
