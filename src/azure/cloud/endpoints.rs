//! Endpoints that somebody wrote, and what is wrong with them.

use url::Url;

use super::is_loopback;

/// Single endpoints that replace those of a cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    pub(super) resource_manager: Option<Url>,
    pub(super) audience: Option<String>,
    pub(super) authority: Option<Url>,
}

/// Why an endpoint cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloudError {
    /// The text is no absolute URL with a host.
    #[error("{0:?} is not an absolute URL")]
    NotAUrl(String),
    /// Plain http, or another scheme, to a host that is not this machine.
    #[error("{0} must be https: plain http is accepted for loopback hosts only")]
    Insecure(Url),
    /// The URL names a user, a query or a fragment, or a path where none belongs.
    #[error("the URL of {0:?} must be a scheme, a host and at most a port")]
    ExtraParts(String),
    /// The text cannot be the audience of a token.
    #[error("{0:?} is not the audience of a token, such as \"https://management.azure.com\"")]
    NoAudience(String),
    /// No cloud of this name is known.
    #[error("{0:?} is not a known cloud")]
    UnknownName(String),
}

impl Endpoints {
    /// Where Resource Manager is: `https://{host}`, at most with a port. Plain http is for this
    /// machine alone.
    pub fn with_resource_manager(self, text: &str) -> Result<Self, CloudError> {
        Ok(Self { resource_manager: Some(parse_origin(text)?), ..self })
    }

    /// Whom its tokens are for: a URI or an application's ID.
    pub fn with_audience(self, text: &str) -> Result<Self, CloudError> {
        let is_plain = |letter: char| letter.is_ascii_graphic() && letter != '"';
        let base = text.trim_end_matches('/');
        if base.is_empty() || base.ends_with("/.default") || !text.chars().all(is_plain) {
            return Err(CloudError::NoAudience(text.to_owned()));
        }
        Ok(Self { audience: Some(text.to_owned()), ..self })
    }

    /// Where tokens are issued: a host, as azapi writes it, or its URL, which may have a path.
    pub fn with_authority(self, text: &str) -> Result<Self, CloudError> {
        Ok(Self { authority: Some(parse_url(&add_scheme(text))?), ..self })
    }

    /// Whether nothing of another cloud is left.
    pub fn is_complete(&self) -> bool {
        self.resource_manager.is_some() && self.authority.is_some()
    }
}

/// A URL without a path.
pub(super) fn parse_origin(text: &str) -> Result<Url, CloudError> {
    let url = parse_url(text)?;
    if url.path() != "/" {
        return Err(CloudError::ExtraParts(url.host_str().unwrap_or_default().to_owned()));
    }
    Ok(url)
}

/// azapi's `active_directory_authority_host` and azurerm's `metadata_host` are hosts; a whole URL is
/// accepted too.
pub(super) fn add_scheme(host: &str) -> String {
    if host.contains("://") { host.to_owned() } else { format!("https://{host}") }
}

pub(super) fn parse_url(text: &str) -> Result<Url, CloudError> {
    let text = text.trim();
    let url = Url::parse(text).map_err(|_| CloudError::NotAUrl(without_user(text)))?;
    let Some(host) = url.host_str() else {
        return Err(CloudError::NotAUrl(without_user(text)));
    };
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        // The text is not quoted: it may hold a password.
        return Err(CloudError::ExtraParts(host.to_owned()));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(CloudError::Insecure(url)),
    }
}

/// What stands before the last `@` may be a password.
fn without_user(text: &str) -> String {
    text.rsplit('@').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource_manager(text: &str) -> Result<Endpoints, CloudError> {
        Endpoints::default().with_resource_manager(text)
    }

    fn authority(text: &str) -> Result<Endpoints, CloudError> {
        Endpoints::default().with_authority(text)
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for loopback in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"] {
            assert!(
                resource_manager(loopback).is_ok() && authority(loopback).is_ok(),
                "{loopback}"
            );
        }
        for refused in [
            "http://arm.example",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "ftp://localhost",
            "https://",
            "file:///etc",
            "",
            " ",
        ] {
            assert!(resource_manager(refused).is_err() && authority(refused).is_err(), "{refused}");
        }
        assert!(resource_manager("arm.example").is_err(), "a host is none");
    }

    #[test]
    fn an_endpoint_has_no_user_query_or_fragment_and_resource_manager_no_path() {
        for (text, is_authority) in [
            ("https://arm.example", true),
            ("https://arm.example/", true),
            ("https://arm.example:8443", true),
            ("https://arm.example/adfs", true),
            ("https://user@arm.example", false),
            ("https://user:hunter2@arm.example", false),
            ("https://:hunter2@arm.example", false),
            ("https://user:hunter2@", false),
            ("https://arm.example?hunter2", false),
            ("https://arm.example/#hunter2", false),
        ] {
            assert_eq!(authority(text).is_ok(), is_authority, "{text}");
            let is_origin = is_authority && !text.ends_with("adfs");
            assert_eq!(resource_manager(text).is_ok(), is_origin, "{text}");
            for error in [authority(text).err(), resource_manager(text).err()] {
                let told = error.map(|error| error.to_string()).unwrap_or_default();
                assert!(!told.contains("hunter2"), "{told}");
            }
        }
    }

    #[test]
    fn an_authority_is_a_host_or_its_url() {
        for text in
            ["login.example", "login.example/", "https://login.example", "https://login.example/"]
        {
            let given = authority(text).unwrap().authority.unwrap();
            assert_eq!(given.as_str(), "https://login.example/", "{text}");
        }
    }

    #[test]
    fn an_audience_is_one_word() {
        for (text, is_one) in [
            ("https://management.core.windows.net/", true),
            ("api://arm", true),
            ("00000000-0000-0000-0000-00000000000a", true),
            ("", false),
            ("/", false),
            ("https://arm.example other", false),
            ("https://arm.example\n", false),
            // A scope, of which the audience is a part.
            ("https://arm.example/.default", false),
        ] {
            assert_eq!(Endpoints::default().with_audience(text).is_ok(), is_one, "{text:?}");
        }
    }
}
