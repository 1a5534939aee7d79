//! `plugin.GRPCController`: the host's word that it needs the process no more.

use tonic::{Request, Response, Status};

use crate::proto::plugin::Empty;
use crate::proto::plugin::grpc_controller_server::GrpcController;
use crate::shutdown::{Ending, Switch};

/// Ends the process after the answer, unless hosts come and go here.
pub(crate) struct Controller {
    pub(crate) switch: Switch,
    pub(crate) lasting: bool,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        if !self.lasting {
            self.switch.end(Ending::Shutdown);
        }
        Ok(Response::new(Empty {}))
    }
}
