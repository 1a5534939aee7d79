//! Signing in to Azure: token sources, tried in order, behind one cache.

mod access_token;
mod azure_cli;
mod client_secret;
mod identity_transport;
#[cfg(test)]
mod tests;

pub use access_token::AccessToken;
pub use azure_cli::AzureCli;
pub use client_secret::ClientSecret;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use azure_core::credentials::Secret;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::call_options::CallOptions;
use crate::error::{Error, TokenFailure};

/// A token is renewed this long before it expires.
const RENEW_BEFORE_EXPIRY: Duration = Duration::from_mins(5);
/// How long after any fetch, failed or not, no early renewal is tried.
const RENEWAL_RETRY_INTERVAL: Duration = Duration::from_secs(30);
/// An early renewal delays its caller no longer than this: the old token still works.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(10);

/// One way of getting a token.
#[async_trait::async_trait]
pub trait TokenSource: Send + Sync {
    /// What a message calls it, such as "client secret".
    fn name(&self) -> &'static str;

    /// Gets a new token for a scope and never caches it: [`Credential`] does that. The error
    /// is a reason without any secret.
    async fn fetch_token(&self, scope: &str) -> Result<FetchedToken, String>;
}

/// A token as it was received.
pub struct FetchedToken {
    /// The token.
    pub token: Secret,
    /// How long it is good for, counted from its receipt; `None` where nobody knows.
    pub lifetime: Option<Duration>,
}

/// The sources that are configured, and the token they gave. Clones share the token. Nothing is
/// fetched before the first request needs it.
#[derive(Clone)]
pub struct Credential {
    inner: Arc<Inner>,
}

struct Inner {
    scope: String,
    sources: Vec<Box<dyn TokenSource>>,
    // A std lock: held for a look, never across an await.
    cached: RwLock<Option<CachedToken>>,
    // Held while a token is fetched, so that a hundred callers cause one request.
    fetching: Mutex<LastFetch>,
}

struct CachedToken {
    token: Arc<Secret>,
    expires: Option<Instant>,
}

#[derive(Default)]
struct LastFetch {
    started: Option<Instant>,
    /// When and why it failed, for those who waited for it.
    failed: Option<(Instant, Vec<TokenFailure>)>,
}

enum CacheState {
    Fresh(Arc<Secret>),
    RenewalDue(Arc<Secret>),
    Missing,
}

impl Credential {
    /// The sources in the order in which they are tried. `scope` is the cloud's
    /// ([`crate::Cloud::scope`]).
    pub fn new(scope: String, sources: Vec<Box<dyn TokenSource>>) -> Self {
        let (cached, fetching) = (RwLock::new(None), Mutex::default());
        Self { inner: Arc::new(Inner { scope, sources, cached, fetching }) }
    }

    /// The current token; fetched, or renewed before it expires, by one caller for all.
    pub(crate) async fn token(&self, options: &CallOptions<'_>) -> Result<Arc<Secret>, Error> {
        options.run(self.bearer_token(None)).await?
    }

    /// The current token, for another service than Resource Manager: one in place of it where it is
    /// the one that this service has `rejected`. Who calls sets the limit of time.
    pub async fn bearer_token(&self, rejected: Option<&str>) -> Result<Arc<Secret>, Error> {
        if let Some(rejected) = rejected {
            let mut cached = self.inner.cached.write().unwrap_or_else(PoisonError::into_inner);
            cached.take_if(|cached| cached.token.secret() == rejected);
        }
        match self.inner.check_cache() {
            CacheState::Fresh(token) => Ok(token),
            CacheState::RenewalDue(token) => Ok(self.inner.renew(token).await),
            CacheState::Missing => self.inner.fetch_once().await,
        }
    }

    /// Drops a token that the service did not accept, unless another has taken its place.
    pub(crate) fn forget(&self, token: &Arc<Secret>) {
        let mut cached = self.inner.cached.write().unwrap_or_else(PoisonError::into_inner);
        cached.take_if(|cached| Arc::ptr_eq(&cached.token, token));
    }
}

impl Inner {
    fn check_cache(&self) -> CacheState {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner);
        let Some(cached) = &*cached else { return CacheState::Missing };
        let token = cached.token.clone();
        match cached.expires.map(|expires| expires.saturating_duration_since(Instant::now())) {
            Some(Duration::ZERO) => CacheState::Missing,
            Some(left) if left <= RENEW_BEFORE_EXPIRY => CacheState::RenewalDue(token),
            _ => CacheState::Fresh(token),
        }
    }

    async fn fetch_once(&self) -> Result<Arc<Secret>, Error> {
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
    async fn renew(&self, old: Arc<Secret>) -> Arc<Secret> {
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

    async fn fetch_from_sources(&self, last: &mut LastFetch) -> Result<Arc<Secret>, Error> {
        *last = LastFetch { started: Some(Instant::now()), failed: None };
        let mut failures = Vec::new();
        for source in &self.sources {
            match source.fetch_token(&self.scope).await {
                Ok(fresh) => return Ok(self.store(fresh)),
                Err(reason) => failures.push(TokenFailure { source: source.name(), reason }),
            }
        }
        last.failed = Some((Instant::now(), failures.clone()));
        Err(Error::Credential { failures })
    }

    fn store(&self, fresh: FetchedToken) -> Arc<Secret> {
        let token = Arc::new(fresh.token);
        let expires = fresh.lifetime.and_then(|lifetime| Instant::now().checked_add(lifetime));
        *self.cached.write().unwrap_or_else(PoisonError::into_inner) =
            Some(CachedToken { token: token.clone(), expires });
        token
    }
}

/// A reason fit to be shown: no control characters, none of the given secrets, and one line, in
/// which each line of the error becomes a sentence.
fn describe_error(error: &azure_core::Error, secrets: &[&Secret]) -> String {
    let mut text = crate::error::clean_text(&error.to_string());
    for secret in secrets.iter().map(|secret| secret.secret()).filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "(sensitive)");
    }
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines = text.lines().map(words).filter(|line| !line.is_empty());
    let whole = lines.reduce(|before, line| {
        // `azure_identity` ends with a line "To troubleshoot, visit …".
        let begins = line.starts_with(char::is_uppercase);
        let is_open = !before.ends_with(['.', '!', '?', ':', ';', ',']);
        format!("{before}{} {line}", if begins && is_open { "." } else { "" })
    });
    whole.unwrap_or_default()
}

/// What `azure_identity` returns, with its lifetime counted from now.
fn fetched_token(token: azure_core::credentials::AccessToken) -> FetchedToken {
    let left = token.expires_on - azure_core::time::OffsetDateTime::now_utc();
    FetchedToken {
        token: token.token,
        lifetime: Some(Duration::try_from(left).unwrap_or_default()),
    }
}
