//! Whether a URL that a server gave may be used.

use url::Url;

/// A URL from a header or a body, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Of the configured endpoint's origin: used as it is.
    SameOrigin(Url),
    /// Of another origin: never contacted.
    Foreign(Url),
    /// Not a URL.
    Malformed,
}

/// Resolves a URL given in the answer to `asked`, and judges its origin.
pub(crate) fn classify(text: &str, asked: &Url, endpoint: &Url) -> Trust {
    match asked.join(text.trim()) {
        Ok(url) if is_same_origin(&url, endpoint) => Trust::SameOrigin(url),
        Ok(url) => Trust::Foreign(url),
        Err(_) => Trust::Malformed,
    }
}

/// Scheme, host and effective port are equal, and nobody is named before the host.
pub(crate) fn is_same_origin(url: &Url, endpoint: &Url) -> bool {
    url.scheme() == endpoint.scheme()
        && url.host() == endpoint.host()
        && url.port_or_known_default() == endpoint.port_or_known_default()
        && url.username().is_empty()
        && url.password().is_none()
}

/// The same path and query on the configured endpoint, where the path is ARM's.
pub(crate) fn rebase(foreign: &Url, endpoint: &Url) -> Option<Url> {
    let below = foreign.path().get(.."/subscriptions/".len())?;
    if !below.eq_ignore_ascii_case("/subscriptions/") {
        return None;
    }
    let mut url = endpoint.clone();
    url.set_path(foreign.path());
    url.set_query(foreign.query());
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> &'static str {
        let endpoint = Url::parse("https://management.azure.com/").unwrap();
        let asked = endpoint.join("/subscriptions/s/x?api-version=1").unwrap();
        match classify(text, &asked, &endpoint) {
            Trust::SameOrigin(_) => "ours",
            Trust::Foreign(_) => "foreign",
            Trust::Malformed => "malformed",
        }
    }

    #[test]
    fn origins_are_classified() {
        for (text, expected) in [
            ("https://management.azure.com/a?b=c", "ours"),
            ("https://management.azure.com:443/a", "ours"),
            ("HTTPS://MANAGEMENT.AZURE.COM/a", "ours"),
            ("/operations/1", "ours"),
            ("1?x=y", "ours"),
            ("https://management.azure.com.evil/a", "foreign"),
            ("https://management.azure.com@evil/a", "foreign"),
            ("https://user@management.azure.com/a", "foreign"),
            ("https://:pass@management.azure.com/a", "foreign"),
            ("http://management.azure.com/a", "foreign"),
            ("http://management.azure.com:443/a", "foreign"),
            ("https://management.azure.com\\@evil/a", "ours"),
            ("https:\\\\evil\\a", "foreign"),
            ("/\\evil/a", "foreign"),
            ("/\t/evil/a", "foreign"),
            ("ht\ntps://evil/a", "foreign"),
            ("https://manage%6Dent.azure.com/a", "ours"),
            ("https://management.azure.com%2eevil/a", "foreign"),
            ("https://management。azure。com.evil/a", "foreign"),
            ("https://management.azure.com:8443/a", "foreign"),
            ("https://management.azure.com./a", "foreign"),
            ("https://[::1]/a", "foreign"),
            ("https://xn--mnagement-y2a.azure.com/a", "foreign"),
            ("//evil/a", "foreign"),
            ("javascript:alert(1)", "foreign"),
            ("https://", "malformed"),
        ] {
            assert_eq!(verdict(text), expected, "{text}");
        }
    }

    #[test]
    fn a_url_of_ours_is_kept_byte_for_byte() {
        let endpoint = Url::parse("https://management.azure.com/").unwrap();
        let long = format!(
            "https://management.azure.com/Op?api-Version=2021-09-01&t={}&d=a%2fb+c",
            "x".repeat(5000)
        );
        assert_eq!(
            classify(&long, &endpoint, &endpoint),
            Trust::SameOrigin(Url::parse(&long).unwrap())
        );
        assert_eq!(Url::parse(&long).unwrap().as_str(), long);
    }

    #[test]
    fn only_arm_paths_are_rebased() {
        let endpoint = Url::parse("https://arm.local:8443/").unwrap();
        let rebased =
            |text: &str| rebase(&Url::parse(text).unwrap(), &endpoint).map(|url| url.to_string());
        let expected = "https://arm.local:8443/Subscriptions/s/operations/1?api-Version=1";
        assert_eq!(
            rebased("https://evil/Subscriptions/s/operations/1?api-Version=1").as_deref(),
            Some(expected)
        );
        assert_eq!(rebased("https://evil/elsewhere/1"), None);
        assert_eq!(rebased("https://evil/"), None);
    }
}
