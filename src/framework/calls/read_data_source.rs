//! `ReadDataSource`: what a configuration asks for.

use std::time::Instant;

use super::deadline::deadline;
use super::{Capabilities, DynamicValue};
use crate::apply::reconcile::reconcile;
use crate::context::{Failure, Private};
use crate::dyn_types::{CallContext, panic};
use crate::plan::mark_computed_unknown;
use crate::schema::timeouts::Operation;
use crate::secrets::Secrets;
use crate::server::Server;
use vocabulary::Diagnostics;

/// The configuration of one data source, wholly known.
#[derive(Clone, Debug)]
pub struct Request {
    /// Full name of the data source.
    pub type_name: String,
    /// As the user wrote it.
    pub config: DynamicValue,
    /// What the client can do.
    pub capabilities: Capabilities,
    /// When the call began.
    pub began: Instant,
}

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The configuration with everything filled in; null with errors.
    pub state: DynamicValue,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Server {
    /// Answers `ReadDataSource`.
    pub async fn read_data_source(&self, request: Request) -> Response {
        let secrets = self.secrets_of_reading();
        let answer = panic::catch_async(self.try_read_data_source(request, &secrets)).await;
        let response = answer.unwrap_or_else(|failure| Response {
            diagnostics: failure.into_diagnostics(),
            ..Response::default()
        });
        Response { diagnostics: secrets.redact_all(response.diagnostics), ..response }
    }

    async fn try_read_data_source(
        &self, request: Request, secrets: &Secrets,
    ) -> Result<Response, Failure> {
        let data_source = self.data_source(&request.type_name)?;
        let config = request.config.decode(data_source.schema())?;
        secrets.collect(data_source.schema().body(), &config);
        let deadline = deadline(data_source.schema(), Operation::Read, &config, request.began);
        let private = Private::default();
        let call = CallContext { private, deadline, stop: self.token(), replaced: false };
        let mut outcome = data_source.read(call, config.clone()).await;
        outcome.redact(data_source.schema(), secrets);
        let mut diagnostics = outcome.diagnostics;
        diagnostics.extend(outcome.failure.into_iter().flat_map(Failure::into_diagnostics));
        let answered = outcome.saved.filter(|_| !diagnostics.has_errors());
        // What is computed and not written is asked for: an answer of nothing is empty, and not null.
        let mut asked = config.clone();
        mark_computed_unknown(data_source.schema(), &config, None, &mut asked, &[]);
        let settled =
            answered.map(|it| reconcile(data_source.schema().body(), [Some(&asked), None], &it));
        let state = settled
            .map(|settled| DynamicValue::encode(&settled, data_source.schema()))
            .transpose()?;
        Ok(Response { state: state.unwrap_or_default(), diagnostics })
    }
}
