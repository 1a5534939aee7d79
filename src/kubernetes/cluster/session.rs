//! The transport and the credential that requests go out with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{AUTHORIZATION, HeaderValue, USER_AGENT};
use tokio::sync::Mutex;
use tokio::time::Instant;
use vocabulary::Sensitive;

use super::exchange::{self, Answer};
use super::failure::Failure;
use super::request::Request;
use super::transport::{HttpTransport, Transport};
use crate::connection::{ClientCertificate, Connection, Credential, Proof};
use crate::error::Error;

/// What makes the transport of a certificate: the connection, or a script in tests.
type Connect =
    Box<dyn Fn(Option<&ClientCertificate>) -> Result<Arc<dyn Transport>, Error> + Send + Sync>;

/// Is called with each secret that a request is to carry: whoever shows an error keeps these out of
/// it.
pub type SecretObserver = Arc<dyn Fn(&str) + Send + Sync>;

/// Makes sessions: one at a time, and another when the credential is to be renewed.
pub(super) struct Sessions {
    credential: Credential,
    connect: Connect,
    user_agent: String,
    on_secret: SecretObserver,
    // Held while a credential is asked for, so that a hundred callers run one plugin.
    current: Mutex<Option<Arc<Session>>>,
}

/// A transport with the credential that its requests carry.
pub(super) struct Session {
    transport: Arc<dyn Transport>,
    certificate: Option<ClientCertificate>,
    token: Option<Sensitive<String>>,
    /// When the credential is to be asked for again.
    renew_at: Option<Instant>,
    /// How many there were before.
    number: u64,
    /// Whether the credential was renewed because the last one was refused, and has not been
    /// accepted since. Sessions with the same credential share it.
    is_doubtful: Arc<AtomicBool>,
}

impl Sessions {
    pub(super) fn new(
        connection: Connection, user_agent: String, on_secret: SecretObserver,
    ) -> Self {
        let credential = Credential::new(connection.identity.clone(), &connection.server);
        let connect = move |certificate: Option<&ClientCertificate>| {
            let transport = HttpTransport::new(&connection, certificate)?;
            Ok(Arc::new(transport) as Arc<dyn Transport>)
        };
        Self::with(credential, Box::new(connect), user_agent, on_secret)
    }

    pub(super) fn with(
        credential: Credential, connect: Connect, user_agent: String, on_secret: SecretObserver,
    ) -> Self {
        Self { credential, connect, user_agent, on_secret, current: Mutex::default() }
    }

    /// Sends once; where the API server does not know who asks, once more with a renewed credential.
    pub(super) async fn send(&self, request: &Request) -> Result<Answer, Failure> {
        let session = self.session(None).await?;
        let answer = self.send_in(&session, request).await?;
        // A credential that was just renewed and is refused all the same will be the next time.
        let is_doubtful = session.is_doubtful.load(Ordering::Relaxed);
        if answer.status != 401 || is_doubtful || !self.credential.is_renewable() {
            return Ok(answer);
        }
        let session = self.session(Some(&session)).await?;
        self.send_in(&session, request).await
    }

    async fn send_in(&self, session: &Session, request: &Request) -> Result<Answer, Failure> {
        let mut http = request.to_http()?;
        if let Ok(agent) = HeaderValue::from_str(&self.user_agent) {
            http.headers_mut().insert(USER_AGENT, agent);
        }
        if let Some(token) = &session.token {
            http.headers_mut().insert(AUTHORIZATION, bearer(token)?);
        }
        let answer = exchange::send(&*session.transport, http).await?;
        if answer.status != 401 {
            session.is_doubtful.store(false, Ordering::Relaxed);
        }
        Ok(answer)
    }

    /// The current session; another one than the `rejected`, whose credential was not accepted.
    async fn session(&self, rejected: Option<&Session>) -> Result<Arc<Session>, Error> {
        let mut current = self.current.lock().await;
        let known = current
            .as_ref()
            .filter(|session| session.renew_at.is_none_or(|at| Instant::now() < at));
        match known {
            Some(session) if rejected.is_none_or(|rejected| rejected.number < session.number) => {
                Ok(session.clone())
            }
            _ => {
                let next = Arc::new(self.next_session(current.as_deref(), rejected).await?);
                *current = Some(next.clone());
                Ok(next)
            }
        }
    }

    /// A session with the credential as it is now. A connection outlives a token, and not a
    /// certificate.
    async fn next_session(
        &self, before: Option<&Session>, rejected: Option<&Session>,
    ) -> Result<Session, Error> {
        let proof = self.prove(before, rejected).await?;
        self.report(&proof);
        let known = before.filter(|before| before.certificate == proof.certificate);
        let transport = match known {
            Some(before) => before.transport.clone(),
            None => (self.connect)(proof.certificate.as_ref())?,
        };
        let same = known.filter(|before| before.token == proof.token && rejected.is_none());
        Ok(Session {
            transport,
            is_doubtful: match same {
                Some(before) => before.is_doubtful.clone(),
                None => Arc::new(AtomicBool::new(rejected.is_some())),
            },
            certificate: proof.certificate,
            token: proof.token,
            renew_at: proof.renew_at,
            number: before.map_or(0, |before| before.number + 1),
        })
    }

    /// The credential as it is now. A token that was not rejected stays where its source cannot be
    /// read for the moment, as in Kubernetes' own clients.
    async fn prove(
        &self, before: Option<&Session>, rejected: Option<&Session>,
    ) -> Result<Proof, Error> {
        let token = rejected.and_then(|session| session.token.as_ref());
        match (self.credential.prove(token).await, before) {
            (Err(error), Some(before)) if rejected.is_none() => {
                let kept = self.credential.keep(before.certificate.as_ref(), before.token.as_ref());
                kept.inspect(|_| tracing::warn!(%error, "the last token stays in use")).ok_or(error)
            }
            (proof, _) => proof,
        }
    }

    fn report(&self, proof: &Proof) {
        let key = proof.certificate.as_ref().map(|certificate| &certificate.key);
        for secret in [key, proof.token.as_ref()].into_iter().flatten() {
            (self.on_secret)(secret.expose());
        }
    }
}

fn bearer(token: &Sensitive<String>) -> Result<HeaderValue, Error> {
    let text = format!("Bearer {}", token.expose().trim());
    let mut value = HeaderValue::from_str(&text).map_err(|_| Error::Credential {
        why: "it holds characters that cannot be sent".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}
