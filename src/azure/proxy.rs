//! The proxy of the environment: named where it fails, refused where it is none.

use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::transport::TransportError;

/// A proxy as a variable of the environment names it. reqwest reads the same variables and goes
/// through it; a value that it cannot read it passes over in silence, which is not what was meant.
#[derive(Clone)]
pub struct Proxy {
    variable: &'static str,
    value: String,
    /// The hosts that are asked directly, as `NO_PROXY` lists them.
    bypass: String,
}

impl Proxy {
    /// The value of `variable`, and the hosts that are asked directly all the same.
    pub fn new(variable: &'static str, value: String, bypass: String) -> Self {
        Self { variable, value, bypass }
    }

    /// What a message calls it, without credentials, where a request to this URL goes through it.
    pub(crate) fn name_for(&self, url: &Url) -> Result<Option<String>, TransportError> {
        if !self.applies_to(url) {
            return Ok(None);
        }
        match parse_address(&self.value) {
            Some(address) => Ok(Some(format!("{address} ({})", self.variable))),
            None => Err(TransportError::Proxy(format!(
                "{} names no proxy: it is to be http://host:port or https://host:port, with user and \
                 password before the host if need be",
                self.variable
            ))),
        }
    }

    /// The rules of `NO_PROXY` are those of the library that reqwest leaves this to.
    fn applies_to(&self, url: &Url) -> bool {
        let any = Matcher::builder().all("http://proxy").no(self.bypass.as_str()).build();
        url.as_str().parse().is_ok_and(|url| any.intercept(&url).is_some())
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("variable", &self.variable).finish_non_exhaustive()
    }
}

/// Scheme, host and port of a proxy's URL, in which the scheme may be left out.
fn parse_address(value: &str) -> Option<String> {
    let value = value.trim();
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let is_known = ["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "/?#\\".contains(c);
    if !is_known || authority.contains(is_odd) {
        return None;
    }
    let url = Url::parse(&format!("{scheme}://{authority}")).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let port = url.port_or_known_default()?;
    Some(format!("{}://{host}:{port}", url.scheme()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // A file of seeds beside the crates would be taken for a crate.
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_no_proxy_is_harmless(text in "\\PC{0,60}", host in "[a-z]{1,8}\\.[a-z]{2,5}") {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            let address = || "http://proxy.example:8080".to_owned();
            let name = |bypass: String| Proxy::new("HTTPS_PROXY", address(), bypass).name_for(&url);
            name(text.clone()).unwrap();
            prop_assert_eq!(name(format!("{text},{host}")).unwrap(), None, "the host is named");
        }
    }

    #[test]
    fn a_proxy_is_named_without_credentials_or_refused() {
        for (value, expected) in [
            ("http://proxy.example:8080", Some("http://proxy.example:8080")),
            ("http://user:canary@proxy.example:8080/", Some("http://proxy.example:8080")),
            ("https://proxy.example", Some("https://proxy.example:443")),
            ("proxy.example:3128", Some("http://proxy.example:3128")),
            ("user:canary@proxy.example:3128", Some("http://proxy.example:3128")),
            ("HTTP://10.0.0.1:8080", Some("http://10.0.0.1:8080")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://", None),
            ("http:/proxy.example:8080", None),
            ("http//proxy.example:8080", None),
            ("://proxy.example", None),
            ("http://proxy.example:port", None),
            ("http://proxy.example:99999", None),
            ("http://user:canary@", None),
            ("http://proxy example:8080", None),
            ("http://proxy.example:8080/path", None),
            ("socks5://proxy.example:1080", None),
            ("ftp://proxy.example", None),
            ("canary\u{0}", None),
        ] {
            let proxy = Proxy::new("HTTPS_PROXY", value.to_owned(), String::new());
            let url = Url::parse("https://management.azure.com/subscriptions").unwrap();
            match (proxy.name_for(&url), expected) {
                (Ok(Some(named)), Some(expected)) => {
                    assert_eq!(named, format!("{expected} (HTTPS_PROXY)"));
                }
                (Err(error), None) => {
                    let text = error.to_string();
                    assert!(text.contains("HTTPS_PROXY") && !text.contains("canary"), "{text}");
                }
                (named, _) => panic!("{value}: {named:?}"),
            }
            assert!(!format!("{proxy:?}").contains("canary"));
        }
    }

    #[test]
    fn what_no_proxy_names_is_not_asked_of_it() {
        for (no_proxy, meant) in [
            ("", true),
            ("other.example", true),
            ("azure.com", false),
            (".azure.com", false),
            ("*", false),
            ("10.0.0.0/8, management.azure.com", false),
        ] {
            let proxy = Proxy::new("https_proxy", "nonsense://".to_owned(), no_proxy.to_owned());
            let url = Url::parse("https://management.azure.com/").unwrap();
            assert_eq!(proxy.name_for(&url).is_err(), meant, "{no_proxy}");
        }
    }
}
