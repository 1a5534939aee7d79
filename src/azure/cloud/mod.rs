//! Where a cloud's Resource Manager and login endpoints are.

mod endpoints;
mod metadata;
mod names;
mod source;

pub use endpoints::{CloudError, Endpoints};
pub use metadata::MetadataHost;
pub(crate) use names::cli_name_of_scope;
pub use source::CloudSource;

use url::{Host, Url};

use names::NamedCloud;

/// The endpoints of one Azure cloud.
///
/// Hosts of the named clouds: `hashicorp/go-azure-sdk`, `sdk/environments`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    endpoint: Url,
    audience: String,
    authority: Url,
}

impl Cloud {
    /// The public cloud.
    pub fn public() -> Self {
        Self::of(NamedCloud::Public)
    }

    /// The cloud of a name as azurerm and azapi write it, in any casing, or as the Azure CLI does.
    pub fn from_name(name: &str) -> Result<Self, CloudError> {
        let named = NamedCloud::parse(name);
        named.map(Self::of).ok_or_else(|| CloudError::UnknownName(name.to_owned()))
    }

    /// A cloud with its own endpoints. The audience defaults to the Resource Manager endpoint, the
    /// authority to the public one.
    pub fn from_endpoint(
        resource_manager: &str, audience: Option<&str>, authority: Option<&str>,
    ) -> Result<Self, CloudError> {
        let endpoints = Endpoints::default().with_resource_manager(resource_manager)?;
        let endpoints = match audience {
            Some(audience) => endpoints.with_audience(audience)?,
            None => endpoints,
        };
        let endpoints = match authority {
            Some(authority) => endpoints.with_authority(authority)?,
            None => endpoints,
        };
        Ok(Self::public().with_endpoints(endpoints))
    }

    /// The same cloud with single endpoints replaced. A Resource Manager that is replaced is the
    /// audience of its tokens too, unless another is given.
    pub fn with_endpoints(self, endpoints: Endpoints) -> Self {
        let Endpoints { resource_manager, audience, authority } = endpoints;
        let audience = match (audience, &resource_manager) {
            (Some(audience), _) => audience,
            (None, Some(endpoint)) => endpoint.to_string(),
            (None, None) => self.audience,
        };
        Self {
            endpoint: resource_manager.unwrap_or(self.endpoint),
            audience,
            authority: authority.unwrap_or(self.authority),
        }
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

    fn of(named: NamedCloud) -> Self {
        let (endpoint, authority) = (https_url(named.resource_manager()), https_url(named.login()));
        Self { audience: endpoint.to_string(), endpoint, authority }
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
    reason = "called with the hosts of the named clouds only; the tests parse each of them"
)]
fn https_url(host: &str) -> Url {
    Url::parse(&format!("https://{host}/")).expect("a literal host makes a URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_clouds_have_their_endpoints_and_scopes() {
        let public = ("https://management.azure.com/", "https://login.microsoftonline.com/");
        let government =
            ("https://management.usgovcloudapi.net/", "https://login.microsoftonline.us/");
        let china = ("https://management.chinacloudapi.cn/", "https://login.chinacloudapi.cn/");
        for (names, (arm, login), in_cli) in [
            ("public Public global AzureCloud AzurePublicCloud", public, None),
            (
                "usgovernment USGovernment usgovernmentl4 usgovernmentl5 dod AzureUSGovernment \
                 USGovernmentCloud AzureUSGovernmentCloud",
                government,
                Some("AzureUSGovernment"),
            ),
            ("china China ChinaCloud AzureChinaCloud", china, Some("AzureChinaCloud")),
        ] {
            for name in names.split_whitespace() {
                let cloud = Cloud::from_name(name).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(cloud.endpoint().as_str(), arm, "{name}");
                assert_eq!(cloud.authority().as_str(), login, "{name}");
                assert_eq!(cloud.scope(), format!("{arm}.default"), "{name}");
                assert_eq!(cli_name_of_scope(&cloud.scope()), in_cli, "{name}");
            }
        }
        for unknown in ["mars", "german", "azure", "cloud", "public "] {
            assert_eq!(Cloud::from_name(unknown), Err(CloudError::UnknownName(unknown.into())));
        }
        assert_eq!(cli_name_of_scope("6dae42f8-4368-4678-94ff-3960e28e3630/.default"), None);
    }

    #[test]
    fn custom_endpoints_keep_what_is_not_given() {
        let given = |text: &'static str| (!text.is_empty()).then_some(text);
        for (manager, audience, authority, expected) in [
            (
                "https://arm.local:8443",
                "",
                "login.local",
                [
                    "https://arm.local:8443/",
                    "https://arm.local:8443/.default",
                    "https://login.local/",
                ],
            ),
            (
                "https://ARM.local/",
                "https://audience/",
                "",
                [
                    "https://arm.local/",
                    "https://audience/.default",
                    "https://login.chinacloudapi.cn/",
                ],
            ),
            (
                "",
                "https://audience/",
                "",
                [
                    "https://management.chinacloudapi.cn/",
                    "https://audience/.default",
                    "https://login.chinacloudapi.cn/",
                ],
            ),
            (
                "",
                "",
                "https://login.local/adfs/",
                [
                    "https://management.chinacloudapi.cn/",
                    "https://management.chinacloudapi.cn/.default",
                    "https://login.local/adfs/",
                ],
            ),
            (
                "https://arm.local",
                "api://arm",
                "https://login.local/",
                ["https://arm.local/", "api://arm/.default", "https://login.local/"],
            ),
        ] {
            let mut endpoints = Endpoints::default();
            if let Some(text) = given(manager) {
                endpoints = endpoints.with_resource_manager(text).unwrap();
            }
            if let Some(text) = given(audience) {
                endpoints = endpoints.with_audience(text).unwrap();
            }
            if let Some(text) = given(authority) {
                endpoints = endpoints.with_authority(text).unwrap();
            }
            let cloud = Cloud::from_name("china").unwrap().with_endpoints(endpoints);
            let found = [cloud.endpoint().as_str(), &cloud.scope(), cloud.authority().as_str()];
            assert_eq!(found, expected);
        }
    }
}
