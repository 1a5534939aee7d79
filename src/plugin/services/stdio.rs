//! `plugin.GRPCStdio`: what was printed. Nothing ever is: logs go to stderr itself.

use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::pending_stream::pending_stream;
use crate::proto::google::protobuf::Empty;
use crate::proto::plugin::StdioData;
use crate::proto::plugin::grpc_stdio_server::GrpcStdio;
use crate::shutdown::ShutdownSwitch;

/// Keeps the host's stream open until the end.
pub(crate) struct Stdio {
    pub(crate) switch: ShutdownSwitch,
}

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(
        &self, _: Request<Empty>,
    ) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(pending_stream(&self.switch)))
    }
}
