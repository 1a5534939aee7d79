//! Where a cloud's Resource Manager and login endpoints are.

use url::{Host, Url};

/// The endpoints of one Azure cloud.
///
/// Hosts of the named clouds: `hashicorp/go-azure-sdk`, `sdk/environments`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    endpoint: Url,
    audience: String,
    authority: Url,
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
    /// The URL names a user, a query or a fragment.
    #[error("{0:?} must be a scheme, a host and at most a port and a path")]
    ExtraParts(String),
    /// No cloud of this name is known.
    #[error("{0:?} is not a known cloud: use \"public\", \"usgovernment\" or \"china\"")]
    UnknownName(String),
}

impl Cloud {
    /// The public cloud.
    pub fn public() -> Self {
        Self::from_hosts("management.azure.com", "login.microsoftonline.com")
    }

    /// Azure US Government.
    pub fn government() -> Self {
        Self::from_hosts("management.usgovcloudapi.net", "login.microsoftonline.us")
    }

    /// Azure in China.
    pub fn china() -> Self {
        Self::from_hosts("management.chinacloudapi.cn", "login.chinacloudapi.cn")
    }

    /// The cloud of a name as azurerm and azapi write it, in any casing.
    pub fn from_name(name: &str) -> Result<Self, CloudError> {
        match name.to_ascii_lowercase().as_str() {
            "" | "public" => Ok(Self::public()),
            "usgovernment" | "usgovernmentcloud" | "azureusgovernmentcloud" => {
                Ok(Self::government())
            }
            "china" | "azurechinacloud" => Ok(Self::china()),
            _ => Err(CloudError::UnknownName(name.to_owned())),
        }
    }

    /// A cloud with its own endpoints. The audience defaults to the Resource Manager endpoint, the
    /// authority to the public one.
    pub fn from_endpoint(
        resource_manager: &str, audience: Option<&str>, authority: Option<&str>,
    ) -> Result<Self, CloudError> {
        let endpoint = parse_endpoint(resource_manager)?;
        let authority = match authority {
            Some(authority) => parse_endpoint(&add_scheme(authority))?,
            None => Self::public().authority,
        };
        let audience = audience.map_or_else(|| endpoint.to_string(), str::to_owned);
        Ok(Self { endpoint, audience, authority })
    }

    /// The same cloud with single endpoints replaced; `None` keeps the one there is.
    pub fn with_endpoints(
        self, resource_manager: Option<&str>, audience: Option<&str>, authority: Option<&str>,
    ) -> Result<Self, CloudError> {
        let endpoint = resource_manager.map(parse_endpoint).transpose()?;
        let authority = authority.map(|host| parse_endpoint(&add_scheme(host))).transpose()?;
        let audience = match (audience, &endpoint) {
            (Some(audience), _) => audience.to_owned(),
            (None, Some(endpoint)) => endpoint.to_string(),
            (None, None) => self.audience,
        };
        Ok(Self {
            endpoint: endpoint.unwrap_or(self.endpoint),
            audience,
            authority: authority.unwrap_or(self.authority),
        })
    }

    /// The Resource Manager endpoint.
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// The login endpoint.
    pub fn authority(&self) -> &Url {
        &self.authority
    }

    /// The scope a token is asked for: `{audience}/.default`.
    pub fn scope(&self) -> String {
        format!("{}/.default", self.audience.trim_end_matches('/'))
    }

    fn from_hosts(resource_manager: &str, authority: &str) -> Self {
        let endpoint = https_url(resource_manager);
        Self { audience: endpoint.to_string(), endpoint, authority: https_url(authority) }
    }
}

/// Whether requests to this URL stay on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[expect(
    clippy::expect_used,
    reason = "called with the literals above only; the tests parse each of them"
)]
fn https_url(host: &str) -> Url {
    Url::parse(&format!("https://{host}/")).expect("a literal host makes a URL")
}

/// azurerm's `active_directory_authority_host` is a host; a whole URL is accepted too.
fn add_scheme(host: &str) -> String {
    if host.contains("://") { host.to_owned() } else { format!("https://{host}") }
}

fn parse_endpoint(text: &str) -> Result<Url, CloudError> {
    let url = Url::parse(text).map_err(|_| CloudError::NotAUrl(text.to_owned()))?;
    if url.host().is_none() {
        return Err(CloudError::NotAUrl(text.to_owned()));
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        // The text is not quoted: it may hold a password.
        return Err(CloudError::ExtraParts(url.host_str().unwrap_or_default().to_owned()));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(CloudError::Insecure(url)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_clouds_have_their_endpoints_and_scopes() {
        for (name, arm, login) in [
            ("public", "https://management.azure.com/", "https://login.microsoftonline.com/"),
            (
                "USGovernment",
                "https://management.usgovcloudapi.net/",
                "https://login.microsoftonline.us/",
            ),
            ("china", "https://management.chinacloudapi.cn/", "https://login.chinacloudapi.cn/"),
        ] {
            let cloud = Cloud::from_name(name).unwrap();
            assert_eq!(cloud.endpoint().as_str(), arm);
            assert_eq!(cloud.authority().as_str(), login);
            assert_eq!(cloud.scope(), format!("{arm}.default"));
        }
        assert_eq!(Cloud::from_name("mars"), Err(CloudError::UnknownName("mars".into())));
    }

    #[test]
    fn custom_endpoints_keep_what_is_not_given() {
        let cloud =
            Cloud::from_endpoint("https://arm.local:8443", None, Some("login.local")).unwrap();
        assert_eq!(cloud.scope(), "https://arm.local:8443/.default");
        assert_eq!(cloud.authority().as_str(), "https://login.local/");
        let cloud = Cloud::china().with_endpoints(None, Some("https://audience/"), None).unwrap();
        assert_eq!(cloud.endpoint().as_str(), "https://management.chinacloudapi.cn/");
        assert_eq!(cloud.scope(), "https://audience/.default");
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for loopback in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"] {
            assert!(Cloud::from_endpoint(loopback, None, None).is_ok(), "{loopback}");
        }
        for refused in [
            "http://arm.example",
            "http://127.0.0.1.example",
            "ftp://localhost",
            "arm.example",
            "https://",
        ] {
            assert!(Cloud::from_endpoint(refused, None, None).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_refused_endpoint_does_not_print_its_password() {
        let error =
            Cloud::from_endpoint("https://user:hunter2@arm.example", None, None).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
