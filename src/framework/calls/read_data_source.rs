//! `ReadDataSource`: what a configuration asks for.

use std::time::Instant;

use super::Capabilities;
use super::deadline::deadline;
use crate::answer;
use crate::caught::caught;
use crate::dynamic_value::DynamicValue;
use crate::erased::Call;
use crate::failure::Failure;
use crate::private::Private;
use crate::secrets::Secrets;
use crate::server::Server;
use crate::timeouts::Operation;
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
        let answer = caught(self.looked_up(request, &secrets)).await.and_then(|answer| answer);
        let response = answer.unwrap_or_else(|failure| Response {
            diagnostics: failure.into_diagnostics(),
            ..Response::default()
        });
        Response { diagnostics: secrets.redact_all(response.diagnostics), ..response }
    }

    async fn looked_up(&self, request: Request, secrets: &Secrets) -> Result<Response, Failure> {
        let twin = self.data_source(&request.type_name)?;
        let config = request.config.open(twin.schema())?;
        secrets.collect(twin.schema().body(), &config);
        let deadline = deadline(twin.schema(), Operation::Read, &config, request.began);
        let private = Private::default();
        let call = Call { private, deadline, stop: self.token(), replaced: false };
        let mut ended = twin.read(call, config.clone()).await;
        ended.redact(twin.schema(), secrets);
        let mut diagnostics = ended.diagnostics;
        diagnostics.extend(ended.failure.into_iter().flat_map(Failure::into_diagnostics));
        let answered = ended.saved.filter(|_| !diagnostics.has_errors());
        let settled =
            answered.map(|it| answer::settle(twin.schema().body(), [Some(&config), None], &it));
        let state = settled.map(|settled| DynamicValue::of(&settled, twin.schema())).transpose()?;
        Ok(Response { state: state.unwrap_or_default(), diagnostics })
    }
}
