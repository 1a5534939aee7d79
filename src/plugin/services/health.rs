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

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[tokio::test]
    async fn whoever_asks_for_the_plugin_or_the_server_is_told_that_it_serves() {
        let ask = async |service: &str| {
            let request = HealthCheckRequest { service: service.to_owned() };
            let answer = Health.check(Request::new(request)).await;
            answer.map(|answer| answer.into_inner().status()).map_err(|error| error.code())
        };
        for service in ["plugin", ""] {
            assert_eq!(ask(service).await, Ok(ServingStatus::Serving), "{service:?}");
        }
        assert_eq!(ask("another").await, Err(Code::NotFound));
    }
}
