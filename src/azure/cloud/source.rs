//! A cloud that is known, or that its metadata host describes when it is first needed.

use std::sync::Arc;

use tokio::sync::OnceCell;
use url::Url;

use super::metadata::API_VERSIONS;
use super::{Cloud, Endpoints, MetadataHost};
use crate::call_options::CallOptions;
use crate::credential::{IdentityTransport, Patience};
use crate::error::{Error, snippet};
use crate::transport::{Method, Request, Response, Transport};

/// A cloud that is known, or that its metadata host describes. The host is asked when the cloud is
/// first needed, and once. Clones share what it said.
#[derive(Clone)]
pub struct CloudSource {
    inner: Arc<Inner>,
}

enum Inner {
    Known(Cloud),
    Described(Box<Description>),
}

/// What is asked, and what it said.
struct Description {
    host: MetadataHost,
    environment: Option<String>,
    endpoints: Endpoints,
    transport: IdentityTransport,
    cloud: OnceCell<Cloud>,
}

impl From<Cloud> for CloudSource {
    fn from(cloud: Cloud) -> Self {
        Self { inner: Arc::new(Inner::Known(cloud)) }
    }
}

impl From<&Cloud> for CloudSource {
    fn from(cloud: &Cloud) -> Self {
        cloud.clone().into()
    }
}

impl From<&CloudSource> for CloudSource {
    fn from(source: &CloudSource) -> Self {
        source.clone()
    }
}

impl CloudSource {
    /// The cloud that `host` describes, with these endpoints in the place of what it says. Where it
    /// lists several clouds, `environment` names one of them.
    pub fn described_by(
        host: MetadataHost, environment: Option<String>, endpoints: Endpoints,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let transport = IdentityTransport::new(transport);
        let cloud = OnceCell::new();
        let description = Description { host, environment, endpoints, transport, cloud };
        Self { inner: Arc::new(Inner::Described(Box::new(description))) }
    }

    /// The cloud; the host is asked if it was not yet. Who calls sets the limit of time. The error is
    /// one line.
    pub(crate) async fn cloud(&self) -> Result<&Cloud, String> {
        match &*self.inner {
            Inner::Known(cloud) => Ok(cloud),
            Inner::Described(description) => {
                description.cloud.get_or_try_init(|| description.ask()).await
            }
        }
    }

    /// The Resource Manager endpoint.
    pub(crate) async fn endpoint(&self, options: &CallOptions<'_>) -> Result<&Url, Error> {
        if let Inner::Known(cloud) = &*self.inner {
            return Ok(cloud.endpoint());
        }
        match options.run(self.cloud()).await {
            Ok(Ok(cloud)) => Ok(cloud.endpoint()),
            Ok(Err(reason)) => Err(Error::CloudUnknown { reason }),
            Err(error) => Err(error.with_details(|deadline| {
                let unknown = |reason| Box::new(Error::CloudUnknown { reason });
                deadline.last_error = self.waits_for().map(unknown);
            })),
        }
    }

    /// What a question that is under way waits for.
    pub(crate) fn waits_for(&self) -> Option<String> {
        match &*self.inner {
            Inner::Known(_) => None,
            Inner::Described(description) => description.transport.waits_for(),
        }
    }
}

impl Description {
    async fn ask(&self) -> Result<Cloud, String> {
        let answer = self.fetch().await?;
        let read = require_description(&answer)
            .and_then(|body| self.host.read(&body, self.environment.as_deref()));
        let cloud = read.map_err(|reason| format!("{}: {reason}", self.host.origin()))?;
        tracing::debug!(host = self.host.origin(), endpoint = %cloud.endpoint, "the cloud is known");
        Ok(cloud.with_endpoints(self.endpoints.clone()))
    }

    /// The answer in the newest version that the host knows. Nothing of ours is in the request.
    async fn fetch(&self) -> Result<Response, String> {
        let mut last = Err("no version is known".to_owned());
        for api_version in API_VERSIONS {
            let mut request = Request::new(Method::GET, self.host.url(api_version));
            request.set_header("accept", "application/json");
            let answer = self.transport.send(&request, Patience::ORDINARY).await?;
            if !matches!(answer.status, 400 | 404) {
                return Ok(answer);
            }
            last = Ok(answer);
        }
        last
    }
}

/// The body of an answer that may be a description.
fn require_description(answer: &Response) -> Result<serde_json::Value, String> {
    let status = answer.status_text();
    if (300..400).contains(&answer.status) {
        return Err(format!("the answer is a redirect ({status}), and redirects are not followed"));
    }
    if !answer.is_success() {
        return Err(format!("the answer of /metadata/endpoints is {status}"));
    }
    answer.json().map_err(|_| {
        let text = String::from_utf8_lossy(&answer.body);
        format!("the answer of /metadata/endpoints is not JSON: {:?}", snippet(&text))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::scripted_arm::{Script, Step, answer, lost, ok};
    use crate::transport::TransportError;

    const DESCRIPTION: &str = r#"{"name":"AzureStack","resourceManager":"https://arm.local.example",
        "authentication":{"loginEndpoint":"https://login.local.example/","audiences":[]}}"#;

    fn described(steps: Vec<Step>) -> (CloudSource, Arc<Script>) {
        let host = MetadataHost::parse("metadata.example").unwrap();
        let script = Script::new(steps, None);
        let endpoints = Endpoints::default();
        (CloudSource::described_by(host, None, endpoints, script.clone()), script)
    }

    #[tokio::test(start_paused = true)]
    async fn a_metadata_host_is_asked_once_and_without_anything_of_ours() {
        let (source, script) = described(vec![ok(DESCRIPTION)]);
        assert!(script.seen().is_empty(), "nobody needs the cloud yet");
        let both = (source.clone(), source);
        let (one, other) = tokio::join!(both.0.cloud(), both.1.cloud());
        assert_eq!(one, other);
        assert_eq!(one.unwrap().scope(), "https://arm.local.example/.default");
        let [seen] = &script.seen()[..] else { panic!("one request") };
        let url = "https://metadata.example/metadata/endpoints?api-version=2022-09-01";
        assert_eq!(seen.request.url.as_str(), url);
        assert_eq!(seen.request.headers.len(), 1, "accept alone");
    }

    #[tokio::test(start_paused = true)]
    async fn an_older_version_is_asked_for_where_a_newer_one_is_not_known() {
        for status in [400, 404] {
            let unknown = || answer(status, r#"{"error":"unrecognized api-version"}"#);
            let (source, script) = described(vec![unknown(), unknown(), ok(DESCRIPTION)]);
            assert!(source.cloud().await.is_ok());
            let asked = script
                .seen()
                .into_iter()
                .map(|seen| seen.request.url.query().unwrap()[12..].to_owned());
            assert_eq!(asked.collect::<Vec<_>>(), API_VERSIONS);
            let (source, _) = described(vec![unknown(), unknown(), unknown()]);
            let reason = source.cloud().await.unwrap_err();
            assert!(reason.contains(&status.to_string()), "{reason}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn single_endpoints_take_the_place_of_what_is_described() {
        let host = MetadataHost::parse("metadata.example").unwrap();
        let script = Script::new(vec![ok(DESCRIPTION)], None);
        let endpoints = Endpoints::default().with_resource_manager("https://mine.example").unwrap();
        let source = CloudSource::described_by(host, None, endpoints, script);
        let cloud = source.cloud().await.unwrap();
        assert_eq!(cloud.endpoint().as_str(), "https://mine.example/");
        assert_eq!(cloud.scope(), "https://mine.example/.default");
        assert_eq!(cloud.authority().as_str(), "https://login.local.example/");
    }

    /// Answers that describe no cloud: each is one line that names the host, after one request.
    #[tokio::test(start_paused = true)]
    async fn a_metadata_host_that_describes_no_cloud_is_named_with_what_it_answered() {
        let page = "<html><body>Sign in to the\nnetwork</body></html>";
        let other = json!([{"name": "AzureCloud"}, {"name": "AzureChinaCloud"}]).to_string();
        let moved = |status| answer(status, "").with("location", "https://evil.example/");
        let tls = || lost(TransportError::Tls("invalid peer certificate: UnknownIssuer".into()));
        for (step, expected) in [
            (ok(page), "is not JSON: \"Sign in to the network\""),
            (ok(""), "is not JSON"),
            (ok(&other), "AzureCloud, AzureChinaCloud"),
            (answer(401, ""), "401 Unauthorized"),
            (answer(403, page), "403 Forbidden"),
            (moved(301), "redirect (301"),
            (moved(302), "redirect (302"),
            (moved(303), "redirect (303"),
            (moved(307), "redirect (307"),
            (moved(308), "redirect (308"),
            (tls(), "UnknownIssuer"),
            (lost(TransportError::UnknownHost("no such host".into())), "no such host"),
        ] {
            let (source, script) = described(vec![step]);
            let reason = source.cloud().await.unwrap_err();
            let named = reason.starts_with("https://metadata.example: ");
            assert!(named && reason.contains(expected), "{expected}: {reason}");
            assert!(!reason.contains('\n') && !reason.contains("evil"), "{reason}");
            assert_eq!(script.seen().len(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_metadata_host_that_hangs_is_waited_for_until_the_deadline_and_a_stop() {
        for stops in [false, true] {
            let hangs = || ok(DESCRIPTION).after(600);
            let (source, _) = described(vec![hangs(), hangs(), hangs(), hangs()]);
            let stop = CancellationToken::new();
            if stops {
                stop.cancel();
            }
            let began = Instant::now();
            let options = CallOptions::new((began + Duration::from_secs(70)).into_std(), &stop);
            let error = source.endpoint(&options).await.unwrap_err();
            if stops {
                assert!(matches!(error, Error::Stopped), "{error}");
                continue;
            }
            assert_eq!(began.elapsed().as_secs(), 70);
            let told = error.to_string();
            assert!(told.contains("metadata.example"), "{told}");
            assert!(matches!(error, Error::DeadlineExceeded(_)) && !error.may_have_arrived());
        }
    }

    /// What failed is asked again by the next call.
    #[tokio::test(start_paused = true)]
    async fn a_host_that_did_not_answer_is_asked_again() {
        let (source, script) = described(vec![answer(403, ""), ok(DESCRIPTION)]);
        assert!(source.cloud().await.is_err());
        assert!(source.cloud().await.is_ok());
        assert_eq!(script.seen().len(), 2);
    }
}
