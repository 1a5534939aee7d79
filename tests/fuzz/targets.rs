//! What is fuzzed: functions of bytes that must not panic, whatever the bytes are.
//!
//! `make fuzz` searches for bytes that break one of them; `tests/it/fuzz.rs` replays the corpus.

use std::future::Future;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, UNIX_EPOCH};

use aml::settings::{Declared, Era, check, check_certificate, check_validity};
use aml::{AttachConfiguration, Quantity};
use azure::credential::{CertificateBundle, FetchedToken, TokenRequest, TokenSource};
use azure::{
    Arm, ArmConfig, CallOptions, CancellationToken, Cloud, Credential, Error, Id, ResourceType,
    resource_types,
};
use azure::{Request, Response, ServiceError, Transport, TransportError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use framework::calls::{call_function, upgrade_resource_state};
use framework::{Attr, DynamicValue, Sensitive, Server, Type, Value};
use kubernetes::capacity::Usage;
use kubernetes::instance_type::{LiveInstanceType, differences};
use kubernetes::inventory::Controller;
use kubernetes::node::Node;
use kubernetes::pod::{LONGEST_MESSAGE, Pod};
use kubernetes::pool::Pools;
use kubernetes::readiness::ReadinessJudge;

static SERVER: LazyLock<Server> = LazyLock::new(Server::new::<provider::AzureMl>);

/// A value in msgpack. The first line is its type, the name of one of ours or JSON.
///
/// What is read is written, and read again as the same.
pub fn msgpack(data: &[u8]) {
    let Some((ty, bytes)) = typed(data) else { return };
    let Ok(read) = Value::from_msgpack(bytes, &ty) else { return };
    let written = read.to_msgpack(&ty).expect("what was read can be written");
    let again = Value::from_msgpack(&written, &ty).expect("what was written can be read");
    assert_eq!(again, read);
    assert_eq!(again.to_msgpack(&ty).as_ref(), Ok(&written));
}

/// A stored state. The first line is its type, as in [`msgpack`].
///
/// What is read is written, and read again by the strict rules that configurations are held to.
pub fn state(data: &[u8]) {
    let Some((ty, json)) = typed(data) else { return };
    if let Ok(read) = Value::from_state(json, &ty) {
        let written = read.to_json(&ty).expect("a state holds nothing unknown");
        let again = Value::from_json(&written, &ty).expect("what was written can be read");
        assert_eq!(again.to_json(&ty), Ok(written));
    }
    if let Some((name, json)) = line(data) {
        upgrade(name, json);
    }
}

/// A quantity. Its canonical text means the same and is its own canonical text.
pub fn quantity(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    called("quantity_equal", [text, "1Gi"]);
    let Ok(read) = text.parse::<Quantity>() else {
        for meant in Quantity::did_you_mean(text) {
            assert!(meant.parse::<Quantity>().is_ok(), "{meant}");
        }
        assert!(!Quantity::fix(text).is_empty());
        return;
    };
    assert_eq!(read.as_str(), text);
    let canonical: Quantity = read.canonical().parse().expect("a quantity");
    assert_eq!(canonical, read);
    assert_eq!(canonical.canonical(), read.canonical());
    assert_eq!(read.whole().is_some(), read.is_whole());
}

/// An object of a cluster, in JSON: an instance type, a node, a pod, a deployment or a config map.
///
/// It is equal to itself, its managers hand over what they manage, and no text is longer than allowed.
pub fn cluster_object(data: &[u8]) {
    let Ok(object) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    let live = LiveInstanceType::new(object.clone());
    let instance_type = &live.spec.instance_type;
    assert_eq!(differences(instance_type, instance_type), []);
    for entry in live.managed_fields.handed_over("ours", &["kubectl"]).into_iter().flatten() {
        let is_left = entry["manager"] == "kubectl" && entry["subresource"].is_null();
        assert!(!is_left || entry["fieldsV1"].get("f:spec").is_none(), "{entry}");
    }
    if let Ok(pod) = serde_json::from_value::<Pod>(object.clone()) {
        let reasons = pod.containers.iter().flat_map(|it| [&it.waiting, &it.terminated]);
        for reason in reasons.chain([&pod.reason, &pod.unschedulable]).flatten() {
            assert!(reason.message.len() <= LONGEST_MESSAGE);
        }
        Usage::default().add(&pod);
        ReadinessJudge::default().judge(&[pod], &Pools::Unknown, Duration::ZERO);
    }
    if let Ok(node) = serde_json::from_value::<Node>(object.clone()) {
        Usage::default().free(&node);
    }
    if let Ok(controller) = serde_json::from_value::<Controller>(object.clone()) {
        controller.component();
    }
    let data = serde_json::from_value(object["data"].clone()).unwrap_or_default();
    for check in kubernetes::health_report::read(&data).iter().flat_map(|report| &report.checks) {
        assert!(!(check.has_passed && check.is_critical()));
    }
}

/// An ARM ID. It is shown as it was given, equal in any casing, and inside of each of its parents.
pub fn resource_id(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    called("parse_resource_id", [text]);
    let Ok(id) = text.parse::<Id>() else { return };
    assert_eq!(id.to_string(), text.strip_suffix('/').unwrap_or(text));
    assert_eq!(text.to_ascii_uppercase().parse(), Ok(id.clone()));
    let canonical = resource_types::canonicalize(&id);
    assert_eq!(canonical, id);
    assert_eq!(resource_types::canonicalize(&canonical).to_string(), canonical.to_string());
    for kind in kinds() {
        let checked = kind.canonicalize(id.clone());
        assert!(checked.is_err() || checked == Ok(id.clone()), "{}", kind.noun);
    }
    let mut below = id;
    while let Some(parent) = below.parent() {
        let inside = below.to_string().strip_prefix(&parent.to_string()).map(str::to_owned);
        assert!(inside.is_some_and(|rest| rest.len() > 1 && rest.starts_with('/')));
        below = parent;
    }
}

/// A certificate or a private key: a PEM text, or the DER of what would stand in one.
///
/// What is said of it holds nothing of it.
pub fn certificate(data: &[u8]) {
    let text = match std::str::from_utf8(data) {
        Ok(text) if text.contains("-----BEGIN ") => text.to_owned(),
        _ => {
            let body = STANDARD.encode(data);
            ["CERTIFICATE", "RSA PRIVATE KEY"]
                .map(|label| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"))
                .concat()
        }
    };
    let pem = || Attr::Known(Sensitive::new(text.clone()));
    let declared = Declared { ssl_cert_pem: pem(), ssl_key_pem: pem(), ..Declared::default() };
    let mut found = check(&declared, Attr::Unknown, Era::Today);
    found.extend(check_certificate(&declared));
    found.extend(check_validity(&declared, UNIX_EPOCH));
    let said = format!("{found:?}");
    for line in text.lines().filter(|line| line.len() >= 60 && !line.contains(' ')) {
        assert!(!said.contains(line), "{said}");
    }
}

/// The studio's file. What is read is written, and read again as the same.
pub fn attach_configuration(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    called("attach_configuration_decode", [text]);
    match AttachConfiguration::from_file(text) {
        Ok(read) => {
            let again = AttachConfiguration::from_file(&read.to_file()).expect("a file");
            assert_eq!(again, read);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    // The service's answer of the same shape is read leniently, and what is unknown in it survives.
    let Ok(answer) = serde_json::from_str(text) else { return };
    if let Ok(read) = AttachConfiguration::from_json(&answer) {
        let body = read.overlay(&answer, []);
        let again = AttachConfiguration::from_json(&body).expect("an answer");
        assert_eq!(again.to_json(), read.to_json());
    }
}

/// The JSON of a plan. A review fits its comment, holds nothing invisible and has its facts.
pub fn review(data: &[u8]) {
    match review::review(data, &review::Schemas::new()) {
        Ok(facts) => {
            let markdown = review::markdown(&facts);
            assert!(markdown.starts_with(review::MARKER));
            assert!(markdown.chars().count() <= 65_536);
            assert_eq!(markdown.chars().find(|c| is_invisible(*c)), None);
            assert!(serde_json::to_string(&facts).is_ok());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// The body of an answer of ARM; the first line is its status. An error can be shown on a terminal.
pub fn arm_error(data: &[u8]) {
    let Some((status, body)) = line(data) else { return };
    // Other statuses are tried again, by rules that do not depend on the body.
    let Some(status) = status.parse().ok().filter(|it| [200, 400, 403, 404].contains(it)) else {
        return;
    };
    let Err(error) = finished(got(Answer(Response::new(status, body)))) else { return };
    assert_eq!(error.to_string().chars().find(|c| is_invisible(*c)), None);
    let told = error.service_error().into_iter().flat_map(ServiceError::walk);
    for part in told {
        assert!(part.message.chars().count() <= 5000);
        assert_eq!(part.message.chars().find(|c| is_invisible(*c)), None);
    }
}

// === values ===

/// The first line, and what follows it.
fn line(data: &[u8]) -> Option<(&str, &[u8])> {
    let end = data.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&data[..end]).ok()?, &data[end + 1..]))
}

/// A type on the first line, and what follows it.
fn typed(data: &[u8]) -> Option<(Type, &[u8])> {
    let (name, value) = line(data)?;
    let schema = SERVER.schemas().resources.get(name);
    let ty = match schema {
        Some(schema) => schema.shape().clone(),
        None => Type::from_json(name.as_bytes()).ok()?,
    };
    Some((ty, value))
}

/// Reads the state of a managed type as a plan does: it is a value or an error.
fn upgrade(name: &str, json: &[u8]) {
    let Some(schema) = SERVER.schemas().resources.get(name) else { return };
    let request = upgrade_resource_state::Request {
        type_name: name.to_owned(),
        version: schema.stored_version(),
        raw_state: json.to_vec(),
    };
    let response = finished(SERVER.upgrade_resource_state(request));
    assert_eq!(
        response.upgraded_state == DynamicValue::default(),
        response.diagnostics.has_errors()
    );
    let panicked = response.diagnostics.iter().find(|it| it.summary == PANICKED);
    assert_eq!(panicked, None);
}

/// A certificate with its key. The first line is its password.
pub fn certificate_bundle(data: &[u8]) {
    let Some((password, bundle)) = line(data) else { return };
    let password = Sensitive::from(password.to_owned());
    let read = CertificateBundle::read(bundle, &password);
    if let Ok(text) = std::str::from_utf8(bundle) {
        let of_text = CertificateBundle::read_text(&Sensitive::from(text.to_owned()), &password);
        assert!(read.is_err() || of_text.is_ok(), "PEM is PEM in either way");
    }
}

/// What a service asks of the next token when it refuses one: it is an error in the end, whatever it asks.
pub fn claims_challenge(data: &[u8]) {
    let mut answer = Response::new(401, "");
    let Ok(challenge) = data.try_into() else { return };
    answer.headers.insert("www-authenticate", challenge);
    let error = finished(got(Answer(answer))).expect_err("it is refused");
    assert!(error.is_unauthenticated(), "{error}");
}

// === functions ===

/// How a call begins to tell that it caught a panic, which is a failure here all the same.
const PANICKED: &str = "Provider panicked";

/// Calls a function of the provider with texts: it has a result or an error.
fn called<const N: usize>(name: &str, arguments: [&str; N]) {
    let closed = |text: &str| {
        let msgpack = Value::from(text).to_msgpack(&Type::String).expect("a text");
        DynamicValue { msgpack, json: Vec::new() }
    };
    let arguments = arguments.map(closed).to_vec();
    let request = call_function::Request { name: name.to_owned(), arguments };
    let response = finished(SERVER.call_function(request));
    match response.error {
        Some(error) => assert!(!error.text.starts_with(PANICKED), "{}", error.text),
        None => assert_ne!(response.result, DynamicValue::default()),
    }
}

// === Azure ===

fn kinds() -> [&'static ResourceType; 5] {
    [
        &resource_types::CONNECTED_CLUSTERS,
        &resource_types::EXTENSIONS,
        &resource_types::WORKSPACES,
        &resource_types::COMPUTES,
        &resource_types::RESOURCE_GROUPS,
    ]
}

/// A service that has one answer to everything.
struct Answer(Response);

#[async_trait::async_trait]
impl Transport for Answer {
    async fn send(&self, _: &Request) -> Result<Response, TransportError> {
        Ok(self.0.clone())
    }
}

/// A way to sign in that always works.
struct SignedIn;

#[async_trait::async_trait]
impl TokenSource for SignedIn {
    fn name(&self) -> &'static str {
        "none"
    }

    async fn fetch_token(&self, _: &TokenRequest<'_>) -> Result<FetchedToken, String> {
        Ok(FetchedToken::new(Sensitive::from("token"), None))
    }
}

/// Reads an extension from that service.
async fn got(answer: Answer) -> Result<(), Error> {
    let cloud = Cloud::public();
    let arm = Arm::new(ArmConfig {
        credential: Credential::new(cloud.scope(), vec![Box::new(SignedIn)]),
        cloud: cloud.into(),
        transport: Arc::new(answer),
        user_agent: "fuzz".to_owned(),
        correlation_id: None,
        on_secret: Arc::new(|_: &str| {}),
    });
    let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Kubernetes/connectedClusters/c\
              /providers/Microsoft.KubernetesConfiguration/extensions/e";
    let id: Id = id.parse().expect("an ID");
    let stop = CancellationToken::new();
    let options = CallOptions::new(Instant::now() + Duration::from_mins(1), &stop);
    arm.get(&resource_types::EXTENSIONS, &id, &options).await.map(|_| ())
}

/// What comes out in the end; no time passes meanwhile.
fn finished<F: Future>(call: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(call)
}

/// What moves a terminal's cursor or turns the direction of what follows.
fn is_invisible(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\n')
}
