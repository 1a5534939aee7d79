//! Signing in to Azure: token sources, tried in order, behind one cache.

mod access_token;
mod azure_cli;
mod certificate_bundle;
mod claims_challenge;
mod client_certificate;
mod client_secret;
pub mod federated_identity;
mod identity_transport;
pub mod managed_identity;
#[cfg(test)]
mod redirects;
mod reporting_transport;
#[cfg(test)]
mod tests;
mod token_endpoint;

pub use access_token::AccessToken;
pub use azure_cli::AzureCli;
pub use certificate_bundle::{CertificateBundle, CertificateError};
pub(crate) use claims_challenge::find_claims;
pub use client_certificate::ClientCertificate;
pub use client_secret::ClientSecret;
pub use federated_identity::FederatedIdentity;
pub(crate) use identity_transport::{IdentityTransport, Patience};
pub use managed_identity::{IdentityEndpoint, ManagedIdentity};
pub use reporting_transport::ReportingTransport;
pub use token_endpoint::{ENTRA_ERRORS, EntraError, Principal};

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Mutex;
use tokio::time::Instant;
use vocabulary::Sensitive;

use crate::call_options::CallOptions;
use crate::cloud::CloudSource;
use crate::error::{Error, TokenFailure};

/// A token is renewed this long before it expires.
const RENEW_BEFORE_EXPIRY: Duration = Duration::from_mins(5);
/// How long after any fetch, failed or not, no early renewal is tried.
const RENEWAL_RETRY_INTERVAL: Duration = Duration::from_secs(30);
/// A shorter secret is not looked for in a text.
const MIN_STRUCK_CHARS: usize = 8;
/// An early renewal delays its caller no longer than this: the old token still works.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(10);

/// What a token is asked for.
#[derive(Clone, Copy, Debug)]
pub struct TokenRequest<'a> {
    /// `{audience}/.default`.
    pub scope: &'a str,
    /// The tenant to ask in place of the source's own.
    pub tenant: Option<&'a str>,
    /// The claims that a service asked for when it refused a token, as JSON.
    pub claims: Option<&'a str>,
}

/// One way of getting a token.
#[async_trait::async_trait]
pub trait TokenSource: Send + Sync {
    /// What a message calls it, such as "client secret".
    fn name(&self) -> &'static str;

    /// Gets a new token and never caches it: [`Credential`] does that. The error is a reason
    /// without any secret.
    async fn fetch_token(&self, request: &TokenRequest<'_>) -> Result<FetchedToken, String>;

    /// What a fetch that is under way waits for, for whoever has no more time.
    fn waits_for(&self) -> Option<String> {
        None
    }
}

/// A token as it was received.
pub struct FetchedToken {
    /// The token.
    pub token: Sensitive<String>,
    /// How long it is good for, counted from its receipt; `None` where nobody knows.
    pub lifetime: Option<Duration>,
    /// When it should be renewed, counted from its receipt, where its issuer says so.
    pub renew_after: Option<Duration>,
}

impl FetchedToken {
    /// A token whose issuer does not say when it should be renewed.
    pub fn new(token: Sensitive<String>, lifetime: Option<Duration>) -> Self {
        Self { token, lifetime, renew_after: None }
    }
}

/// The sources that are configured, and the token they gave. Clones share the token. Nothing is
/// fetched before the first request needs it.
#[derive(Clone)]
pub struct Credential {
    inner: Arc<Inner>,
    /// The same in other tenants.
    auxiliary: Arc<[Credential]>,
}

struct Inner {
    scope: Scope,
    /// `None`: the sources' own.
    tenant: Option<String>,
    sources: Arc<[Box<dyn TokenSource>]>,
    // Std locks: held for a look, never across an await.
    cached: RwLock<Option<CachedToken>>,
    /// What the next token must have, as a service has said that refused the last.
    claims: RwLock<Option<String>>,
    // Held while a token is fetched, so that a hundred callers cause one request.
    fetching: Mutex<LastFetch>,
}

/// What tokens are asked for.
#[derive(Clone)]
enum Scope {
    Fixed(String),
    OfCloud(CloudSource),
}

struct CachedToken {
    token: Arc<Sensitive<String>>,
    expires: Option<Instant>,
    renewal_due: Option<Instant>,
}

#[derive(Default)]
struct LastFetch {
    started: Option<Instant>,
    /// When and why it failed, for those who waited for it.
    failed: Option<(Instant, Vec<TokenFailure>)>,
}

enum CacheState {
    Fresh(Arc<Sensitive<String>>),
    RenewalDue(Arc<Sensitive<String>>),
    Missing,
}

impl Credential {
    /// The sources in the order in which they are tried, for a scope such as
    /// [`crate::Cloud::scope`].
    pub fn new(scope: String, sources: Vec<Box<dyn TokenSource>>) -> Self {
        Self { inner: Inner::new(Scope::Fixed(scope), None, sources), auxiliary: Arc::new([]) }
    }

    /// The same for the scope of a cloud that may not be known yet.
    pub fn of_cloud(cloud: CloudSource, sources: Vec<Box<dyn TokenSource>>) -> Self {
        Self { inner: Inner::new(Scope::OfCloud(cloud), None, sources), auxiliary: Arc::new([]) }
    }

    /// The same, and for each request a token of each of these tenants besides.
    pub fn with_auxiliary_tenants(self, tenants: &[String]) -> Self {
        let in_tenant = |tenant: &String| {
            let (scope, sources) = (self.inner.scope.clone(), self.inner.sources.clone());
            let inner = Inner::new(scope, Some(tenant.clone()), sources);
            Self { inner, auxiliary: Arc::new([]) }
        };
        Self { auxiliary: tenants.iter().map(in_tenant).collect(), ..self }
    }

    /// The current token; fetched, or renewed before it expires, by one caller for all.
    pub(crate) async fn token(
        &self, options: &CallOptions<'_>,
    ) -> Result<Arc<Sensitive<String>>, Error> {
        match options.run(self.bearer_token(None)).await {
            Ok(outcome) => outcome,
            Err(error) => Err(self.inner.explain_deadline(error)),
        }
    }

    /// The current tokens of the auxiliary tenants.
    pub(crate) async fn auxiliary_tokens(
        &self, options: &CallOptions<'_>,
    ) -> Result<Vec<Arc<Sensitive<String>>>, Error> {
        let mut tokens = Vec::new();
        for credential in &*self.auxiliary {
            tokens.push(Box::pin(credential.token(options)).await?);
        }
        Ok(tokens)
    }

    /// The current token, for another service than Resource Manager: one in place of it where it is
    /// the one that this service has `rejected`. Who calls sets the limit of time.
    pub async fn bearer_token(
        &self, rejected: Option<&str>,
    ) -> Result<Arc<Sensitive<String>>, Error> {
        if let Some(rejected) = rejected {
            let mut cached = self.inner.cached.write().unwrap_or_else(PoisonError::into_inner);
            cached.take_if(|cached| cached.token.expose() == rejected);
        }
        match self.inner.check_cache() {
            CacheState::Fresh(token) => Ok(token),
            CacheState::RenewalDue(token) => Ok(self.inner.renew(token).await),
            CacheState::Missing => self.inner.fetch_once().await,
        }
    }

    /// Drops a token that the service did not accept, and those of the auxiliary tenants, unless
    /// another has taken its place. `claims` is what the service asks of the next one.
    pub(crate) fn forget(&self, token: &Arc<Sensitive<String>>, claims: Option<String>) {
        let mut cached = self.inner.cached.write().unwrap_or_else(PoisonError::into_inner);
        if cached.take_if(|cached| Arc::ptr_eq(&cached.token, token)).is_none() {
            return;
        }
        *self.inner.claims.write().unwrap_or_else(PoisonError::into_inner) = claims;
        for credential in &*self.auxiliary {
            credential.inner.cached.write().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

impl Scope {
    async fn read(&self) -> Result<String, Error> {
        match self {
            Self::Fixed(scope) => Ok(scope.clone()),
            Self::OfCloud(cloud) => match cloud.cloud().await {
                Ok(cloud) => Ok(cloud.scope()),
                Err(reason) => Err(Error::CloudUnknown { reason }),
            },
        }
    }
}

impl Inner {
    fn new(
        scope: Scope, tenant: Option<String>, sources: impl Into<Arc<[Box<dyn TokenSource>]>>,
    ) -> Arc<Self> {
        let (cached, claims) = (RwLock::default(), RwLock::default());
        let sources = sources.into();
        Arc::new(Self { scope, tenant, sources, cached, claims, fetching: Mutex::default() })
    }

    /// Names what was waited for when the time was over.
    fn explain_deadline(&self, error: Error) -> Error {
        let waiting = self.sources.iter().filter_map(|source| {
            Some(TokenFailure { source: source.name(), reason: source.waits_for()? })
        });
        let failures: Vec<_> = waiting.collect();
        error.with_details(|deadline| {
            if !failures.is_empty() {
                deadline.last_error = Some(Box::new(Error::Credential { failures }));
            }
        })
    }

    fn check_cache(&self) -> CacheState {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner);
        let Some(cached) = &*cached else { return CacheState::Missing };
        let (token, now) = (cached.token.clone(), Instant::now());
        if cached.expires.is_some_and(|expires| expires <= now) {
            CacheState::Missing
        } else if cached.renewal_due.is_some_and(|due| due <= now) {
            CacheState::RenewalDue(token)
        } else {
            CacheState::Fresh(token)
        }
    }

    async fn fetch_once(&self) -> Result<Arc<Sensitive<String>>, Error> {
        let asked = Instant::now();
        let mut last = self.fetching.lock().await;
        // Whoever held the lock before may have brought one.
        if let CacheState::Fresh(token) | CacheState::RenewalDue(token) = self.check_cache() {
            return Ok(token);
        }
        // Or may have failed: that failure counts for everyone who waited, and nobody tries in turn.
        match &last.failed {
            Some((at, failures)) if *at > asked => {
                Err(Error::Credential { failures: failures.clone() })
            }
            _ => self.fetch_from_sources(&mut last).await,
        }
    }

    /// Renews early. Failing is harmless while the old token is good, and another caller's renewal
    /// is not waited for.
    async fn renew(&self, old: Arc<Sensitive<String>>) -> Arc<Sensitive<String>> {
        let Ok(mut last) = self.fetching.try_lock() else { return old };
        if last.started.is_some_and(|at| at.elapsed() < RENEWAL_RETRY_INTERVAL) {
            return old;
        }
        match tokio::time::timeout(RENEWAL_TIMEOUT, self.fetch_from_sources(&mut last)).await {
            Ok(Ok(token)) => token,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the token could not be renewed early");
                old
            }
            Err(_) => old,
        }
    }

    async fn fetch_from_sources(
        &self, last: &mut LastFetch,
    ) -> Result<Arc<Sensitive<String>>, Error> {
        *last = LastFetch { started: Some(Instant::now()), failed: None };
        let mut failures = Vec::new();
        let claims = self.claims.read().unwrap_or_else(PoisonError::into_inner).clone();
        let scope = self.scope.read().await?;
        let tenant = self.tenant.as_deref();
        let request = TokenRequest { scope: &scope, tenant, claims: claims.as_deref() };
        for source in &*self.sources {
            match source.fetch_token(&request).await.and_then(require_sendable) {
                Ok(fresh) => return Ok(self.store(fresh)),
                Err(reason) => failures.push(TokenFailure { source: source.name(), reason }),
            }
        }
        last.failed = Some((Instant::now(), failures.clone()));
        Err(Error::Credential { failures })
    }

    fn store(&self, fresh: FetchedToken) -> Arc<Sensitive<String>> {
        let token = Arc::new(fresh.token);
        let now = Instant::now();
        let expires = fresh.lifetime.and_then(|lifetime| now.checked_add(lifetime));
        let by_lifetime =
            fresh.lifetime.map(|lifetime| lifetime.saturating_sub(RENEW_BEFORE_EXPIRY));
        let due = [fresh.renew_after, by_lifetime].into_iter().flatten().min();
        let renewal_due = due.and_then(|due| now.checked_add(due));
        *self.cached.write().unwrap_or_else(PoisonError::into_inner) =
            Some(CachedToken { token: token.clone(), expires, renewal_due });
        // They were asked for once.
        *self.claims.write().unwrap_or_else(PoisonError::into_inner) = None;
        token
    }
}

/// A token that no header can carry would leave requests without one.
fn require_sendable(fresh: FetchedToken) -> Result<FetchedToken, String> {
    let token = fresh.token.expose();
    if !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(fresh);
    }
    Err("the token is empty, or holds white space or characters beyond ASCII".to_owned())
}

/// A text with a mark in the place of each secret. A shorter one would riddle it; whoever shows the
/// text knows how to strike it.
fn strike(text: &str, secrets: &[&Sensitive<String>]) -> String {
    let secrets = secrets.iter().map(|secret| secret.expose());
    let secrets = secrets.filter(|secret| secret.chars().count() >= MIN_STRUCK_CHARS);
    secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "(sensitive)"))
}

/// The time of day, in seconds since 1970.
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
