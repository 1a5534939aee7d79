//! The way of a request: one policy per file, in one order.

mod authorize;
mod correlation;
mod log;
mod retry;
mod send;
mod throttle_gate;
mod user_agent;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::call_options::CallOptions;
use crate::cloud::CloudSource;
use crate::credential::Credential;
use crate::error::Error;
use crate::secrets::SecretObserver;
use crate::transport::{Request, Response, Transport};

/// A request on its way, with what decides how it is treated.
pub(crate) struct Call<'a> {
    pub(crate) request: Request,
    pub(crate) options: CallOptions<'a>,
    /// Whether an earlier try may have been carried out: it was sent, and its answer was lost or
    /// left it open.
    pub(crate) may_have_arrived: bool,
}

/// One step of the way. It may look at the call, change it, answer itself, or pass it on, more than
/// once.
#[async_trait::async_trait]
trait Policy: Send + Sync {
    async fn send(&self, call: &mut Call<'_>, next: Next<'_>) -> Result<Response, Error>;
}

/// The rest of the way.
#[derive(Clone, Copy)]
struct Next<'a> {
    policies: &'a [Box<dyn Policy>],
    transport: &'a dyn Transport,
}

impl Next<'_> {
    async fn send(self, call: &mut Call<'_>) -> Result<Response, Error> {
        match self.policies.split_first() {
            Some((policy, policies)) => policy.send(call, Next { policies, ..self }).await,
            None => send::send(self.transport, call).await,
        }
    }
}

/// The policies, in order, and what is behind the last.
pub(crate) struct Pipeline {
    policies: Vec<Box<dyn Policy>>,
    transport: Arc<dyn Transport>,
}

/// What the policies need to know.
pub(crate) struct Parts {
    pub(crate) cloud: CloudSource,
    pub(crate) credential: Credential,
    pub(crate) user_agent: String,
    pub(crate) correlation_id: Option<String>,
    pub(crate) on_secret: SecretObserver,
}

impl Pipeline {
    /// Each try of a retried request passes everything behind the retry policy again.
    pub(crate) fn new(parts: Parts, transport: Arc<dyn Transport>) -> Self {
        let Parts { cloud, credential, user_agent, correlation_id, on_secret } = parts;
        let policies: Vec<Box<dyn Policy>> = vec![
            Box::new(user_agent::UserAgent(user_agent)),
            Box::new(correlation::Correlation(correlation_id)),
            Box::new(retry::Retry::default()),
            Box::new(throttle_gate::ThrottleGate::default()),
            Box::new(authorize::Authorize { cloud, credential, on_secret }),
            Box::new(log::Log),
        ];
        Self { policies, transport }
    }

    /// Sends a call all the way. Any answer that is not to be retried is an answer, errors of the
    /// service included.
    pub(crate) async fn send(&self, call: &mut Call<'_>) -> Result<Response, Error> {
        Next { policies: &self.policies, transport: &*self.transport }.send(call).await
    }
}
