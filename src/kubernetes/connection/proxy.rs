//! The proxy on the way to an API server.

use std::fmt;

use http::Uri;
use percent_encoding::percent_decode_str;
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

    /// Whether it can be used.
    pub fn check(&self) -> Result<(), Error> {
        self.parse().map(drop)
    }

    /// The password as it is written and as it is sent, with the user too: what a header has the
    /// base64 of. A user without a password is a token.
    pub fn secrets(&self) -> Vec<Sensitive<String>> {
        let url = self.url.expose().as_str();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let Some((user_info, _)) = authority.rsplit_once('@') else { return Vec::new() };
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let password = user_info.split_once(':').map_or(user_info, |(_, password)| password);
        let mut secrets = vec![password.to_owned(), decode(password), decode(user_info)];
        secrets.dedup();
        secrets.into_iter().map(Sensitive::new).collect()
    }

    /// The proxy's address with its credentials, where a request to `server` goes through it.
    pub(crate) fn address_for(&self, server: &Uri) -> Result<Option<Uri>, Error> {
        match &self.bypass {
            Some(bypass) if is_bypassed(bypass, server) => Ok(None),
            _ => self.parse().map(Some),
        }
    }

    /// `https` is refused: what proves such a proxy is written nowhere, and must not be what proves
    /// the cluster.
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
    let bracketed = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    if bracketed.is_none() && name.contains(':') {
        return None;
    }
    Some((bracketed.unwrap_or(name), port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(proxy: &Proxy, server: &str) -> Result<Option<String>, String> {
        let found = proxy.address_for(&server.parse().unwrap());
        found.map(|url| url.map(|url| url.to_string())).map_err(|error| error.to_string())
    }

    #[test]
    fn no_proxy_is_about_the_cluster_and_not_about_the_proxy() {
        // The proxy itself is on the list, and so are its address and a comma too many.
        let bypass = "proxy.example, 10.9.9.9,,";
        let proxy = Proxy::from_environment(
            "HTTPS_PROXY",
            "http://proxy.example:3128".into(),
            bypass.into(),
        );
        let through = Ok(Some("http://proxy.example:3128/".to_owned()));
        assert_eq!(address(&proxy, "https://cluster.example:6443"), through);
    }

    #[test]
    fn hosts_of_no_proxy_are_asked_directly() {
        for (bypass, server, is_direct) in [
            ("", "https://cluster.example", false),
            ("", "https://127.0.0.1:6443", true),
            ("", "https://[::1]:6443", true),
            ("", "https://localhost:6443", true),
            ("", "https://localhost.example:6443", false),
            ("*", "https://cluster.example", true),
            ("cluster.example", "https://cluster.example:6443", true),
            ("example", "https://cluster.example", true),
            (".example", "https://cluster.example", true),
            ("*.example", "https://cluster.example", true),
            ("ample", "https://cluster.example", false),
            ("other.example,", "https://cluster.example", false),
            (",", "https://cluster.example", false),
            (" , cluster.example , ", "https://cluster.example", true),
            ("10.0.0.0/8", "https://10.1.2.3:6443", true),
            ("10.0.0.0/8", "https://11.1.2.3:6443", false),
            ("10.1.2.3", "https://10.1.2.3:6443", true),
            ("fd00::/8", "https://[fd00::1]:6443", true),
            ("fd00::1", "https://[fd00::1]:6443", true),
            ("[fd00::1]:6443", "https://[fd00::1]:6443", true),
            ("cluster.example:6443", "https://cluster.example:6443", true),
            ("cluster.example:443", "https://cluster.example:6443", false),
            ("cluster.example:443", "https://cluster.example", true),
            ("10.1.2.3:6443", "https://10.1.2.3:6443", true),
        ] {
            let proxy = Proxy::from_environment("HTTPS_PROXY", "http://p:1".into(), bypass.into());
            let found = address(&proxy, server).unwrap();
            assert_eq!(found.is_none(), is_direct, "{bypass:?} {server}");
        }
    }

    #[test]
    fn an_explicit_proxy_is_never_bypassed() {
        let proxy = Proxy::explicit("proxy_url", "socks5://127.0.0.1:1080".to_owned());
        for server in ["https://cluster.example", "https://127.0.0.1:6443"] {
            let expected = Ok(Some("socks5://127.0.0.1:1080/".to_owned()));
            assert_eq!(address(&proxy, server), expected);
        }
    }

    #[test]
    fn a_proxy_is_named_or_refused() {
        for (value, expected) in [
            ("http://proxy.example:3128", Ok("http://proxy.example:3128/")),
            ("proxy.example:3128/", Ok("http://proxy.example:3128/")),
            ("HTTP://user:canary@proxy.example", Ok("http://user:canary@proxy.example/")),
            ("socks5h://proxy.example:1080", Ok("socks5://proxy.example:1080/")),
            ("https://user:canary@proxy.example", Err("called by https, which is not supported")),
            ("ftp://proxy.example", Err("names no proxy")),
            ("http://", Err("names no proxy")),
            ("", Err("names no proxy")),
            ("http://user:canary@", Err("names no proxy")),
            ("http://proxy.example/canary", Err("names no proxy")),
            ("canary proxy", Err("names no proxy")),
        ] {
            let proxy = Proxy::explicit("proxy_url", value.to_owned());
            match (address(&proxy, "https://cluster.example"), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.as_deref(), Some(expected)),
                (Err(error), Err(expected)) => {
                    assert!(error.starts_with("proxy_url ") && error.contains(expected), "{error}");
                    assert!(!error.contains("canary"), "{error}");
                }
                (found, _) => panic!("{value}: {found:?}"),
            }
            assert!(!format!("{proxy:?}").contains("canary"));
        }
    }
}
