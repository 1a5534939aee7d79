//! `grpc.health.v1.Health`: go-plugin documents that a plugin answers it.

use tonic::{Request, Response, Status};

use crate::proto::grpc::health::v1::health_check_response::ServingStatus;
use crate::proto::grpc::health::v1::health_server::Health as Service;
use crate::proto::grpc::health::v1::{HealthCheckRequest, HealthCheckResponse};

/// The name under which go-plugin asks; the empty one means the whole server.
const NAMES: [&str; 2] = ["plugin", ""];

/// A process that can answer is well.
pub(crate) struct Health;

#[tonic::async_trait]
impl Service for Health {
    async fn check(
        &self, request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if !NAMES.contains(&request.get_ref().service.as_str()) {
            return Err(Status::not_found("no such service is watched"));
        }
        Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() }))
    }
}
