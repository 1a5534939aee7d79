//! What `/metadata/endpoints` of a cloud says of it, in each of its shapes.
//!
//! Microsoft's own answers are in `hashicorp/go-azure-sdk`, `sdk/internal/metadata/client_test.go`:
//! an object since 2022-09-01, a list of clouds in 2019-05-01, and before that an object that does not
//! name its Resource Manager, as old Azure Stack Hubs answer.

use serde_json::Value;
use url::Url;

use super::endpoints::{add_scheme, parse_origin, parse_url};
use super::names::NamedCloud;
use super::{Cloud, CloudError, is_loopback};
use crate::error::excerpt;

/// The versions in the order in which they are asked for. A host that does not know one answers 400
/// or 404.
pub(super) const API_VERSIONS: [&str; 3] = ["2022-09-01", "2019-05-01", "2015-01-01"];
/// The most clouds that a message lists.
const MAX_LISTED: usize = 8;

/// The host of a cloud that describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataHost(Url);

impl MetadataHost {
    /// A host, at most with a port, as azurerm writes it; or its URL without a path. It is asked by
    /// https, on this machine by http too.
    pub fn parse(text: &str) -> Result<Self, CloudError> {
        parse_origin(&add_scheme(text.trim())).map(Self)
    }

    /// Where the description is, in this version.
    pub(super) fn url(&self, api_version: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path("/metadata/endpoints");
        url.query_pairs_mut().append_pair("api-version", api_version);
        url
    }

    /// Scheme, host and port.
    pub(super) fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The cloud that the answer describes; of a list, the one of this name.
    pub(super) fn read(&self, answer: &Value, environment: Option<&str>) -> Result<Cloud, String> {
        let described = match answer {
            Value::Array(clouds) => self.choose(clouds, environment)?,
            cloud => check_name(cloud, environment)?,
        };
        self.read_cloud(described)
    }

    /// The cloud of this name; without one, the one that is here, or the only one.
    fn choose<'a>(
        &self, clouds: &'a [Value], environment: Option<&str>,
    ) -> Result<&'a Value, String> {
        let is_wanted = |cloud: &&Value| match environment {
            Some(name) => is_same_cloud(name_of(cloud), name),
            None => clouds.len() == 1 || self.is_here(cloud),
        };
        clouds.iter().find(is_wanted).ok_or_else(|| {
            let names = clouds.iter().take(MAX_LISTED).map(|cloud| excerpt(name_of(cloud)));
            let names = names.collect::<Vec<_>>().join(", ");
            match environment {
                Some(name) => format!("it lists no cloud {name:?}, but {names}"),
                None => format!("it lists {names}, and `environment` names none of them"),
            }
        })
    }

    fn is_here(&self, cloud: &Value) -> bool {
        let manager = cloud["resourceManager"].as_str().and_then(|text| Url::parse(text).ok());
        manager.is_some_and(|url| url.origin() == self.0.origin())
    }

    fn read_cloud(&self, cloud: &Value) -> Result<Cloud, String> {
        let login = cloud["authentication"]["loginEndpoint"].as_str();
        let login = login.ok_or("it names no `authentication.loginEndpoint`")?;
        let authority = self.check_url("loginEndpoint", parse_url(login))?;
        let endpoint = match cloud["resourceManager"].as_str() {
            Some(text) => self.check_url("resourceManager", parse_origin(text))?,
            None => self.0.clone(),
        };
        let audience = audience(&cloud["authentication"]["audiences"], &endpoint)?;
        Ok(Cloud { endpoint, audience, authority })
    }

    /// Only what is on this machine itself may lead to this machine without TLS.
    fn check_url(&self, what: &str, url: Result<Url, CloudError>) -> Result<Url, String> {
        match url {
            Ok(url) if url.scheme() == "https" || is_loopback(&self.0) => Ok(url),
            Ok(url) => Err(format!("its `{what}` {url} is not https")),
            Err(error) => {
                Err(format!("its `{what}` cannot be used: {}", excerpt(&error.to_string())))
            }
        }
    }
}

/// The audience that is the endpoint itself, as the named clouds have it, else the first.
fn audience(audiences: &Value, endpoint: &Url) -> Result<String, String> {
    let mut told = audiences.as_array().into_iter().flatten().filter_map(Value::as_str);
    let own = |text: &str| Url::parse(text).is_ok_and(|url| url == *endpoint);
    let first = told.clone().next();
    let Some(audience) = told.find(|text| own(text)).or(first) else {
        return Ok(endpoint.to_string());
    };
    let checked = super::Endpoints::default().with_audience(audience);
    checked.map(|_| audience.to_owned()).map_err(|error| excerpt(&error.to_string()))
}

/// A description of one cloud counts whatever its name, as in azurerm; but not that of another cloud
/// of Microsoft's than the one that is asked for.
fn check_name<'a>(cloud: &'a Value, environment: Option<&str>) -> Result<&'a Value, String> {
    let told = name_of(cloud);
    match (NamedCloud::parse(told), environment.and_then(NamedCloud::parse)) {
        (Some(found), Some(wanted)) if found != wanted => Err(format!(
            "it describes {told}, and `environment` is {:?}",
            environment.unwrap_or_default()
        )),
        _ => Ok(cloud),
    }
}

fn name_of(cloud: &Value) -> &str {
    cloud["name"].as_str().unwrap_or_default()
}

fn is_same_cloud(found: &str, wanted: &str) -> bool {
    let same_name = found.eq_ignore_ascii_case(wanted);
    same_name
        || NamedCloud::parse(found).is_some_and(|cloud| NamedCloud::parse(wanted) == Some(cloud))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Microsoft's answers, without what is not about Resource Manager.
    fn microsoft(api_version: &str) -> Value {
        let cloud = |name: &str, manager: &str, login: &str, audiences: [&str; 2]| {
            json!({
                "portal": "https://portal.azure.com", "name": name, "resourceManager": manager,
                "graphAudience": "https://graph.windows.net/",
                "authentication": {
                    "loginEndpoint": login, "audiences": audiences, "tenant": "common",
                    "identityProvider": "AAD",
                },
            })
        };
        let public = cloud(
            "AzureCloud",
            "https://management.azure.com/",
            "https://login.microsoftonline.com",
            ["https://management.core.windows.net/", "https://management.azure.com/"],
        );
        let china = cloud(
            "AzureChinaCloud",
            "https://management.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
            ["https://management.core.chinacloudapi.cn", "https://management.chinacloudapi.cn"],
        );
        match api_version {
            "2022-09-01" => public,
            "2019-05-01" => json!([public, china]),
            _ => json!({
                "galleryEndpoint": "https://gallery.azure.com/",
                "graphEndpoint": "https://graph.windows.net/",
                "portalEndpoint": "https://portal.azure.com/",
                "authentication": public["authentication"],
            }),
        }
    }

    fn host(text: &str) -> MetadataHost {
        MetadataHost::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_metadata_host_is_a_host_or_its_url_without_a_path() {
        for (text, expected) in [
            ("management.azure.com", "https://management.azure.com"),
            ("management.azure.com:8443", "https://management.azure.com:8443"),
            ("https://Management.Azure.com/", "https://management.azure.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("127.0.0.1:8080", "https://127.0.0.1:8080"),
        ] {
            assert_eq!(host(text).origin(), expected, "{text}");
        }
        for refused in [
            "http://arm.example",
            "arm.example/metadata",
            "https://arm.example/metadata/endpoints?api-version=2022-09-01",
            "arm.example?x",
            "user:hunter2@arm.example",
            "ftp://arm.example",
            "arm example",
            "",
            "https://",
        ] {
            let error = MetadataHost::parse(refused).expect_err(refused);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let url = host("arm.example").url("2022-09-01");
        assert_eq!(url.as_str(), "https://arm.example/metadata/endpoints?api-version=2022-09-01");
    }

    #[test]
    fn each_shape_of_the_answer_is_read() {
        let public = Some(["https://management.azure.com/", "https://login.microsoftonline.com/"]);
        let china =
            Some(["https://management.chinacloudapi.cn/", "https://login.chinacloudapi.cn/"]);
        for (version, asked, environment, expected) in [
            ("2022-09-01", "management.azure.com", None, public),
            ("2022-09-01", "management.azure.com", Some("public"), public),
            ("2022-09-01", "elsewhere.example", Some("AzureStack"), public),
            ("2022-09-01", "management.azure.com", Some("china"), None),
            ("2019-05-01", "management.azure.com", None, public),
            ("2019-05-01", "management.chinacloudapi.cn", None, china),
            ("2019-05-01", "management.azure.com", Some("China"), china),
            ("2019-05-01", "management.azure.com", Some("AzureChinaCloud"), china),
            ("2019-05-01", "management.azure.com", Some("mars"), None),
            ("2019-05-01", "elsewhere.example", None, None),
            ("2015-01-01", "management.azure.com", None, public),
            ("2015-01-01", "management.azure.com", Some("public"), public),
        ] {
            let case = format!("{version} {asked} {environment:?}");
            let found = host(asked).read(&microsoft(version), environment);
            let Some([endpoint, authority]) = expected else {
                let reason = found.expect_err(&case);
                assert!(
                    reason.contains("AzureCloud") && !reason.contains('\n'),
                    "{case}: {reason}"
                );
                continue;
            };
            let found = found.unwrap_or_else(|reason| panic!("{case}: {reason}"));
            assert_eq!(found.endpoint.as_str(), endpoint, "{case}");
            assert_eq!(found.authority.as_str(), authority, "{case}");
            assert_eq!(found.scope(), format!("{endpoint}.default"), "{case}");
        }
    }

    proptest::proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever is described, tokens go by https, to a host and nothing more.
        #[test]
        fn any_description_is_a_cloud_that_is_safe_or_a_reason(
            url in "(https?|ftp|)(://|:|)(u@|)(127.0.0.1|\\[::1\\]|localhost|a.example|)(:1|)(/|/p|)\\PC{0,3}",
            login in "(https?|)://(u:p@|)(localhost|l.example)(/|/adfs|)", audience in "\\PC{0,8}",
        ) {
            let answer = json!({
                "resourceManager": url,
                "authentication": {"loginEndpoint": login, "audiences": [audience]},
            });
            match host("metadata.example").read(&answer, None) {
                Ok(cloud) => for url in [cloud.endpoint(), cloud.authority()] {
                    let is_safe = url.scheme() == "https" && url.username().is_empty();
                    prop_assert!(is_safe && url.query().is_none(), "{url}");
                    prop_assert!(cloud.endpoint().path() == "/" && !cloud.scope().contains(' '));
                },
                Err(reason) => prop_assert!(!reason.contains('\n') && !reason.is_empty()),
            }
        }
    }

    /// An Azure Stack Hub has one audience, which is no endpoint.
    #[test]
    fn an_audience_that_is_no_endpoint_is_taken_as_it_is() {
        let audience = "https://management.contoso.onmicrosoft.com/0000000a";
        for (audiences, expected) in [
            (json!([audience]), format!("{audience}/.default")),
            (json!([]), "https://management.local.example/.default".to_owned()),
            (json!(null), "https://management.local.example/.default".to_owned()),
        ] {
            let answer = json!({"authentication": {
                "loginEndpoint": "https://adfs.local.example/adfs", "audiences": audiences,
            }});
            let cloud = host("management.local.example").read(&answer, None).unwrap();
            assert_eq!(cloud.scope(), expected);
            assert_eq!(cloud.authority.as_str(), "https://adfs.local.example/adfs");
        }
    }

    #[test]
    fn what_describes_no_cloud_is_told_with_its_member() {
        let good = json!({
            "resourceManager": "https://arm.example",
            "authentication": {"loginEndpoint": "https://login.example", "audiences": []},
        });
        assert!(host("arm.example").read(&good, None).is_ok());
        for (pointer, value, expected) in [
            ("/authentication/loginEndpoint", json!(null), "`authentication.loginEndpoint`"),
            ("/authentication/loginEndpoint", json!("login.example"), "`loginEndpoint`"),
            ("/authentication/loginEndpoint", json!("http://127.0.0.1:1"), "is not https"),
            ("/resourceManager", json!("http://arm.example"), "`resourceManager`"),
            ("/resourceManager", json!("http://127.0.0.1:1/"), "is not https"),
            ("/resourceManager", json!("https://u:hunter2@arm.example"), "`resourceManager`"),
            ("/resourceManager", json!("https://arm.example/path"), "`resourceManager`"),
            ("/authentication/audiences", json!(["a b"]), "audience"),
        ] {
            let mut answer = good.clone();
            *answer.pointer_mut(pointer).unwrap() = value;
            let reason = host("arm.example").read(&answer, None).expect_err(expected);
            assert!(reason.contains(expected) && !reason.contains("hunter2"), "{reason}");
        }
        for nonsense in [json!(null), json!(7), json!([]), json!({}), json!([7, "x"])] {
            assert!(host("arm.example").read(&nonsense, None).is_err(), "{nonsense}");
        }
    }
}
