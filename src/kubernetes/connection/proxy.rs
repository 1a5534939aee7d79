//! The proxy on the way to an API server.

use std::fmt;

use http::Uri;
use vocabulary::Sensitive;

use super::server::is_loopback;
use crate::error::Error;

/// A proxy that requests go through. Nothing shows its user and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    url: Sensitive<String>,
    /// Where it is said, such as `HTTPS_PROXY`.
    said_by: &'static str,
    bypass: Option<String>,
}

impl Proxy {
    /// The proxy that is meant for this cluster: nothing bypasses it. `said_by` is what a message
    /// calls the place where it is written.
    pub fn explicit(said_by: &'static str, url: String) -> Self {
        Self { url: url.into(), said_by, bypass: None }
    }

    /// The proxy of a variable of the environment, and the hosts that are asked directly, as
    /// `NO_PROXY` lists them. This machine is always asked directly.
    pub fn from_environment(said_by: &'static str, url: String, bypass: String) -> Self {
        Self { url: url.into(), said_by, bypass: Some(bypass) }
    }

    /// The proxy's address with its credentials, where a request to `server` goes through it.
    pub(crate) fn address_for(&self, server: &Uri) -> Result<Option<Uri>, Error> {
        match &self.bypass {
            Some(bypass) if is_bypassed(bypass, server) => Ok(None),
            _ => self.parse().map(Some),
        }
    }

    /// `https` is refused: `kube` would offer such a proxy the cluster's certificates.
    fn parse(&self) -> Result<Uri, Error> {
        let refused = |why: &str| Error::Configuration { why: format!("{} {why}", self.said_by) };
        let value = self.url.expose().trim();
        let full = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let (scheme, rest) = full.split_once("://").unwrap_or_default();
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => "http",
            "socks5" | "socks5h" => "socks5",
            "https" => {
                return Err(refused(
                    "names a proxy that is itself called by https, which is not supported: write \
                     http://host:port or socks5://host:port",
                ));
            }
            _ => return Err(refused(FORMS)),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let parsed = Uri::builder().scheme(scheme).authority(authority).path_and_query("/").build();
        let url = parsed.map_err(|_| refused(FORMS))?;
        if url.host().is_none_or(str::is_empty) { Err(refused(FORMS)) } else { Ok(url) }
    }
}

const FORMS: &str = "names no proxy: it is to be http://host:port or socks5://host:port, with user \
                     and password before the host if need be";

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy of {}", self.said_by)
    }
}

/// The rules of `NO_PROXY` as Go's programs have them, kubectl among them: names and their
/// subdomains, addresses, ranges, each with a port if need be.
fn is_bypassed(bypass: &str, server: &Uri) -> bool {
    use hyper_util::client::proxy::matcher::Matcher;
    let host = server.host().unwrap_or_default();
    let port =
        server.port_u16().unwrap_or(if server.scheme_str() == Some("http") { 80 } else { 443 });
    // The library knows no ports: an entry for this one counts, one for another does not.
    let entries = bypass.split(',').map(str::trim).filter_map(|entry| match split_port(entry) {
        Some((name, of)) => (of == port).then_some(name),
        None => Some(entry),
    });
    let entries: Vec<_> = entries
        .map(|entry| entry.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(entry))
        .filter(|entry| !entry.is_empty())
        .collect();
    let matcher = Matcher::builder().all("http://proxy").no(entries.join(",")).build();
    is_loopback(host) || matcher.intercept(server).is_none()
}

/// A name or address and its port; `None` where there is no port, as in a bare IPv6 address.
fn split_port(entry: &str) -> Option<(&str, u16)> {
    let (name, port) = entry.rsplit_once(':')?;
    let is_bare_v6 = name.contains(':') && !name.ends_with(']');
    if is_bare_v6 { None } else { Some((name, port.parse().ok()?)) }
}
