//! The protocol with a toy behind it: what holds for any provider that `plugin` serves.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

use std::sync::Arc;
use std::time::Duration;

use framework::Server;
use http::Uri;
use plugin::proto::google::protobuf::Empty as Nothing;
use plugin::proto::plugin::{ConnInfo, Empty};
use plugin::proto::tfplugin6::{
    ClientCapabilities, Diagnostic, DynamicValue, apply_resource_change, call_function,
    configure_provider, function, get_functions, get_metadata, get_provider_schema,
    get_resource_identity_schemas, import_resource_state, move_resource_state,
    open_ephemeral_resource, plan_resource_change, read_data_source, read_resource, stop_provider,
    upgrade_resource_state, validate_data_resource_config, validate_provider_config,
    validate_resource_config,
};
use plugin::{Endpoint, Launch, ShutdownReason};
use serde_json::{Value as Json, json};
use testing::toy::{Mood, Service, Toy};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::Code;
use tonic::codegen::tokio_stream;

use crate::support::plugin::{Channel, Identity, Line, Transport, connect, dial};
use crate::support::served::{SOON, Served};

fn value(json: &Json) -> DynamicValue {
    DynamicValue { msgpack: Vec::new(), json: json.to_string().into_bytes() }
}

/// A configuration of the toy.
fn config(name: &str) -> DynamicValue {
    value(&json!({ "name": name, "rule": [] }))
}

async fn plan(channel: &Channel, config: DynamicValue) -> plan_resource_change::Response {
    let request = plan_resource_change::Request {
        type_name: "toy_thing".to_owned(),
        proposed_new_state: Some(config.clone()),
        config: Some(config),
        ..plan_resource_change::Request::default()
    };
    channel.provider().plan_resource_change(request).await.unwrap().into_inner()
}

async fn configure(channel: &Channel, service: &str) -> Vec<Diagnostic> {
    let request = configure_provider::Request {
        terraform_version: "1.11.4".to_owned(),
        config: Some(value(&json!({ "service": service }))),
        client_capabilities: None,
    };
    let answer = channel.provider().configure_provider(request).await.unwrap();
    answer.into_inner().diagnostics
}

/// The service of that name in that mood.
fn service(name: &str, mood: Mood) -> Arc<Service> {
    let service = Service::named(name);
    service.feel(mood);
    service
}

/// Creates a toy of a service of that name, in a provider that is configured for it first.
async fn create(channel: Channel, name: &'static str) -> apply_resource_change::Response {
    assert_eq!(configure(&channel, name).await, []);
    let config = config(name);
    let planned = plan(&channel, config.clone()).await;
    assert_eq!(planned.diagnostics, []);
    let request = apply_resource_change::Request {
        type_name: "toy_thing".to_owned(),
        planned_state: planned.planned_state,
        planned_private: planned.planned_private,
        config: Some(config),
        ..apply_resource_change::Request::default()
    };
    channel.provider().apply_resource_change(request).await.unwrap().into_inner()
}

fn summaries(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
}

fn contains(value: Option<&DynamicValue>, text: &str) -> bool {
    value.unwrap().msgpack.windows(text.len()).any(|bytes| bytes == text.as_bytes())
}

// === sockets ===

#[tokio::test]
async fn a_busy_port_is_passed_over() {
    let busy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let first = busy.local_addr().unwrap().port();
    let ports = Some(first..=first.saturating_add(50));
    let served = Served::launch(&Launch { tcp: true, ports, ..Launch::default() }).await;
    let port = served.line.address.strip_prefix("127.0.0.1:").unwrap().parse::<u16>().unwrap();
    assert_eq!(served.line.network, "tcp");
    assert!(port > first && port <= first.saturating_add(50), "{port} after {first}");
}

#[tokio::test]
async fn without_a_free_port_there_is_a_clear_error() {
    let busy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = busy.local_addr().unwrap().port();
    let launch = Launch { tcp: true, ports: Some(port..=port), ..Launch::default() };
    let error = Endpoint::bind(Server::new::<Toy>(), &launch).await.err().unwrap().to_string();
    assert!(error.contains(&format!("from {port} to {port}")), "{error}");
}

#[tokio::test]
async fn tls_works_over_tcp_too() {
    let identity = Identity::go(1);
    let client_certificate = Some(identity.pem().into_bytes());
    let launch = Launch { tcp: true, client_certificate, ..Launch::default() };
    let endpoint = Endpoint::bind(Server::new::<Toy>(), &launch).await.unwrap();
    let line = Line::parse(&endpoint.line());
    tokio::spawn(endpoint.run(std::future::pending()));
    assert!(connect(&line, &Transport::anonymous()).await.is_err());
    connect(&line, &Transport::go(&identity)).await.unwrap();
}

#[tokio::test]
async fn after_the_end_nobody_can_connect() {
    for tcp in [false, true] {
        let served = Served::launch(&Launch { tcp, ..Launch::default() }).await;
        let line = served.line.clone();
        connect(&line, &Transport::anonymous()).await.unwrap();
        served.shut_down().await;
        served.ended().await;
        assert!(dial(&line).await.is_err(), "tcp: {tcp}");
    }
}

// === messages ===

#[tokio::test]
async fn messages_of_twelve_megabytes_pass_both_ways() {
    let served = Served::start().await;
    let payload = "x".repeat(12 << 20);
    let config = value(&json!({ "name": "large", "note": payload, "rule": [] }));
    let planned = plan(&served.channel, config).await;
    assert_eq!(planned.diagnostics, []);
    assert!(contains(planned.planned_state.as_ref(), &payload));
}

#[tokio::test]
async fn a_hundred_applies_run_side_by_side() {
    const COUNT: u32 = 100;
    let served = Served::start().await;
    let service = service("crowd", Mood::Waits);
    let mut creates = JoinSet::new();
    for _ in 0..COUNT {
        creates.spawn(create(served.channel.clone(), "crowd"));
    }
    // None goes on before all have begun.
    timeout(SOON, service.begun.acquire_many(COUNT)).await.unwrap().unwrap().forget();
    service.go.add_permits(COUNT as usize);
    let answers = timeout(SOON, creates.join_all()).await.unwrap();
    assert!(answers.iter().all(|answer| answer.diagnostics.is_empty()));
}

#[tokio::test]
async fn absent_messages_are_null() {
    let served = Served::start().await;
    let mut provider = served.channel.provider();
    let thing = || "toy_thing".to_owned();

    let request = configure_provider::Request::default();
    provider.configure_provider(request).await.unwrap();
    let request = validate_provider_config::Request::default();
    provider.validate_provider_config(request).await.unwrap();
    let request = validate_resource_config::Request { type_name: thing(), ..Default::default() };
    provider.validate_resource_config(request).await.unwrap();
    let request = upgrade_resource_state::Request { type_name: thing(), ..Default::default() };
    provider.upgrade_resource_state(request).await.unwrap();
    let request = read_resource::Request { type_name: thing(), ..Default::default() };
    provider.read_resource(request).await.unwrap();
    let request = plan_resource_change::Request { type_name: thing(), ..Default::default() };
    provider.plan_resource_change(request).await.unwrap();
    let request = apply_resource_change::Request { type_name: thing(), ..Default::default() };
    provider.apply_resource_change(request).await.unwrap();
    let request = import_resource_state::Request { type_name: thing(), ..Default::default() };
    provider.import_resource_state(request).await.unwrap();
    let request = move_resource_state::Request::default();
    let moved = provider.move_resource_state(request).await.unwrap().into_inner();
    assert_eq!(moved.diagnostics.len(), 1, "{moved:?}");
    let request = validate_data_resource_config::Request::default();
    let validated = provider.validate_data_resource_config(request).await.unwrap().into_inner();
    assert_eq!(validated.diagnostics.len(), 1, "an unknown type is an error: {validated:?}");
    let request = read_data_source::Request::default();
    let read = provider.read_data_source(request).await.unwrap().into_inner();
    assert_eq!(read.diagnostics.len(), 1, "an unknown type is an error: {read:?}");
}

#[tokio::test]
async fn the_oldest_and_the_newest_client_plan_the_same() {
    let served = Served::start().await;
    let config = config("any age");
    let old = plan(&served.channel, config.clone()).await;
    let newest = plan_resource_change::Request {
        type_name: "toy_thing".to_owned(),
        proposed_new_state: Some(config.clone()),
        config: Some(config),
        client_capabilities: Some(ClientCapabilities {
            deferral_allowed: true,
            write_only_attributes_allowed: true,
            store_planned_private: true,
            computed_blocks_allowed: true,
        }),
        planned_private: b"{}".to_vec(),
        ..plan_resource_change::Request::default()
    };
    let new = served.channel.provider().plan_resource_change(newest).await.unwrap().into_inner();
    assert_eq!((new.deferred.as_ref(), new.legacy_type_system), (None, false));
    assert_eq!(new, old);
}

#[tokio::test]
async fn what_is_not_served_is_unimplemented() {
    let served = Served::start().await;
    let request = open_ephemeral_resource::Request::default();
    let answer = served.channel.provider().open_ephemeral_resource(request).await;
    assert_eq!(answer.unwrap_err().code(), Code::Unimplemented);
    let mut grpc = tonic::client::Grpc::with_origin(
        served.channel.clone(),
        Uri::from_static("http://localhost"),
    );
    grpc.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static("/grpc.reflection.v1.ServerReflection/Any");
    let codec = tonic_prost::ProstCodec::<Empty, Empty>::default();
    let answer = grpc.unary(tonic::Request::new(Empty {}), path, codec).await;
    assert_eq!(answer.unwrap_err().code(), Code::Unimplemented);
}

#[tokio::test]
async fn the_types_of_the_provider_are_listed() {
    let served = Served::start().await;
    let mut provider = served.channel.provider();
    let request = get_provider_schema::Request {};
    let schema = provider.get_provider_schema(request).await.unwrap().into_inner();
    assert_eq!(schema.resource_schemas.keys().collect::<Vec<_>>(), ["toy_thing"]);
    let capabilities = schema.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    let block = schema.data_source_schemas["toy_count"].block.as_ref().unwrap();
    let names: Vec<_> = block.attributes.iter().map(|each| each.name.as_str()).collect();
    assert_eq!(names, ["name", "types", "type_names"]);

    let metadata = provider.get_metadata(get_metadata::Request {}).await.unwrap().into_inner();
    assert_eq!(metadata.resources[0].type_name, "toy_thing");
    assert_eq!(metadata.data_sources[0].type_name, "toy_count");
    let request = get_resource_identity_schemas::Request {};
    let identities = provider.get_resource_identity_schemas(request).await.unwrap().into_inner();
    let identity = &identities.identity_schemas["toy_thing"].identity_attributes;
    assert_eq!(identity.iter().map(|each| each.name.as_str()).collect::<Vec<_>>(), ["name"]);
    let functions = provider.get_functions(get_functions::Request {}).await.unwrap().into_inner();
    assert_eq!(functions.functions, schema.functions);
    assert_eq!(metadata.functions[0].name, "repeat");
    let repeat = &functions.functions["repeat"];
    let parameters: Vec<_> = repeat.parameters.iter().map(signature).collect();
    let expected = [
        ("text", br#""string""#.as_slice(), false, false),
        ("times", br#""number""#, true, false),
        ("style", br#""dynamic""#, true, false),
    ];
    assert_eq!(parameters, expected);
    let returns = br#"["object",{"marks":"number","text":"string"}]"#;
    assert_eq!(repeat.r#return.as_ref().unwrap().r#type, returns);
}

fn signature(of: &function::Parameter) -> (&str, &[u8], bool, bool) {
    (&of.name, &of.r#type, of.allow_null_value, of.allow_unknown_values)
}

#[tokio::test]
async fn a_function_is_called_without_a_configuration() {
    let served = Served::start().await;
    let call = |text: &str, times: Json| {
        let arguments = [json!(text), times, Json::Null].iter().map(value).collect();
        let request = call_function::Request { name: "repeat".to_owned(), arguments };
        let provider = served.channel.provider();
        async move { { provider }.call_function(request).await.unwrap().into_inner() }
    };
    let repeated = call("Rex", json!(2)).await;
    // An object of a null and a text of six bytes in msgpack.
    assert_eq!(repeated.result.unwrap().msgpack, b"\x82\xa5marks\xc0\xa4text\xa6RexRex");
    assert_eq!(repeated.error, None);
    let error = call("Rex", json!(0)).await.error.unwrap();
    let refused = (error.text.as_str(), error.function_argument);
    assert_eq!(refused, ("nothing is repeated no times", Some(1)));
    let error = call("panic", Json::Null).await.error.unwrap();
    assert!(error.text.contains("is broken") && error.function_argument.is_none(), "{error:?}");
    assert!(call("Rex", Json::Null).await.error.is_none());
}

#[tokio::test]
async fn one_process_can_be_configured_again_by_another_client() {
    let served = Served::launch(&Launch { reattach: true, ..Launch::default() }).await;
    let other = connect(&served.line, &Transport::anonymous()).await.unwrap();
    assert_eq!(configure(&served.channel, "one").await, []);
    assert_eq!(summaries(&configure(&other, "closed").await), ["Service is closed"]);
    assert_eq!(configure(&other, "two").await, []);
    served.shut_down().await;
    drop(served.channel);
    assert_eq!(plan(&other, config("lasting")).await.diagnostics, []);
}

// === calls that end early, late, or badly ===

#[tokio::test]
async fn a_panic_is_a_diagnostic_and_what_was_made_is_kept() {
    let served = Served::start().await;
    service("broken", Mood::Panics);
    let answer = create(served.channel.clone(), "broken").await;
    assert_eq!(answer.diagnostics.len(), 1);
    assert!(answer.diagnostics[0].detail.contains("this toy"), "{answer:?}");
    assert!(contains(answer.new_state.as_ref(), "broken"), "the state is kept: {answer:?}");
    let answer = create(served.channel.clone(), "sound").await;
    assert_eq!(answer.diagnostics, []);
}

#[tokio::test]
async fn stopping_cancels_calls_in_flight_and_no_others() {
    let served = Served::start().await;
    let service = service("stopped", Mood::Hangs);
    for _ in 0..2 {
        let create = tokio::spawn(create(served.channel.clone(), "stopped"));
        timeout(SOON, service.begun.acquire()).await.unwrap().unwrap().forget();
        let request = stop_provider::Request {};
        let answer = served.channel.provider().stop_provider(request).await.unwrap().into_inner();
        assert_eq!(answer.error, "");
        let answer = timeout(SOON, create).await.unwrap().unwrap();
        assert_eq!(summaries(&answer.diagnostics), ["Interrupted"]);
        assert!(contains(answer.new_state.as_ref(), "stopped"));
    }
    let after = create(served.channel.clone(), "after").await;
    assert_eq!(after.diagnostics, []);
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_call_that_does_not_end() {
    let served = Served::start().await;
    let service = service("deaf", Mood::Deaf);
    let deaf = tokio::spawn(create(served.channel.clone(), "deaf"));
    timeout(SOON, service.begun.acquire()).await.unwrap().unwrap().forget();
    for _ in 0..2 {
        let stopped = served.channel.provider().stop_provider(stop_provider::Request {}).await;
        assert_eq!(stopped.unwrap().into_inner().error, "");
    }
    assert!(!deaf.is_finished());
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_still_ends() {
    let served = Served::start().await;
    let service = service("abandoned", Mood::Waits);
    let abandoned = tokio::spawn(create(served.channel.clone(), "abandoned"));
    timeout(SOON, service.begun.acquire()).await.unwrap().unwrap().forget();
    abandoned.abort();
    assert!(abandoned.await.unwrap_err().is_cancelled());
    // The server has seen that the call is given up once it has answered a later one.
    assert_eq!(plan(&served.channel, config("later")).await.diagnostics, []);
    service.go.add_permits(1);
    timeout(SOON, service.done.acquire()).await.expect("the work goes on").unwrap().forget();
}

// === the end ===

#[tokio::test]
async fn an_idle_server_ends_at_once() {
    let served = Served::start().await;
    served.shut_down().await;
    tokio::time::pause();
    // No timer was waited for: the clock only moves when one is.
    assert!(served.ended().await < Duration::from_millis(20));
}

#[tokio::test]
async fn calls_in_flight_are_interrupted_by_the_end() {
    let served = Served::start().await;
    let service = service("ended", Mood::Hangs);
    let create = tokio::spawn(create(served.channel.clone(), "ended"));
    timeout(SOON, service.begun.acquire()).await.unwrap().unwrap().forget();
    served.shut_down().await;
    let answer = timeout(SOON, create).await.unwrap().unwrap();
    assert_eq!(summaries(&answer.diagnostics), ["Interrupted"]);
    served.ended().await;
}

#[tokio::test]
async fn a_call_that_hangs_holds_the_end_for_less_than_two_seconds() {
    let served = Served::start().await;
    let service = service("hung", Mood::Deaf);
    let hung = tokio::spawn(create(served.channel.clone(), "hung"));
    timeout(SOON, service.begun.acquire()).await.unwrap().unwrap().forget();
    served.shut_down().await;
    tokio::time::pause();
    let took = served.ended().await;
    assert!(took > Duration::from_secs(1) && took < Duration::from_secs(2), "{took:?}");
    assert!(!hung.is_finished());
}

/// What answers before the host has stopped it is done as far as the host knows.
#[tokio::test]
async fn after_a_signal_the_host_stops_its_calls_first() {
    for (stops, name) in [(true, "stopped-by-host"), (false, "left-alone")] {
        let (signal, signalled) = tokio::sync::oneshot::channel();
        let terminated = async move {
            signalled.await.unwrap();
            ShutdownReason::Terminated
        };
        let served = Served::until(&Launch::default(), terminated).await;
        let service = service(name, Mood::Hangs);
        let create = tokio::spawn(create(served.channel.clone(), name));
        timeout(SOON, service.begun.acquire()).await.unwrap().unwrap().forget();
        signal.send(()).unwrap();
        if stops {
            let request = get_provider_schema::Request {};
            served.channel.provider().get_provider_schema(request).await.unwrap();
            assert!(!create.is_finished());
            let request = stop_provider::Request {};
            served.channel.provider().stop_provider(request).await.unwrap();
            served.ended().await;
        } else {
            tokio::time::pause();
            let took = served.ended().await;
            assert!(took > Duration::from_secs(1) && took < Duration::from_secs(3), "{took:?}");
            tokio::time::resume();
        }
        let answer = timeout(SOON, create).await.unwrap().unwrap();
        assert_eq!(summaries(&answer.diagnostics), ["Interrupted"]);
    }
}

#[tokio::test]
async fn without_a_host_work_is_waited_for_but_not_for_ever() {
    let (host, gone) = tokio::sync::oneshot::channel();
    let orphaned = async move {
        gone.await.unwrap();
        ShutdownReason::Orphaned
    };
    let served = Served::until(&Launch::default(), orphaned).await;
    let service = service("orphaned", Mood::Deaf);
    let hung = tokio::spawn(create(served.channel.clone(), "orphaned"));
    timeout(SOON, service.begun.acquire()).await.unwrap().unwrap().forget();
    host.send(()).unwrap();
    tokio::time::pause();
    let took = served.ended().await;
    assert!(took > Duration::from_secs(5) && took < Duration::from_secs(15), "{took:?}");
    assert!(!hung.is_finished());
}

#[tokio::test]
async fn the_hosts_streams_stay_open_and_silent_until_the_end() {
    let served = Served::start().await;
    let stdio = served.channel.stdio().stream_stdio(Nothing {}).await.unwrap();
    let knocks = tokio_stream::iter([ConnInfo::default()]);
    let broker = served.channel.broker().start_stream(knocks).await.unwrap();
    let (mut stdio, mut broker) = (stdio.into_inner(), broker.into_inner());
    tokio::time::pause();
    let hour = Duration::from_hours(1);
    assert!(timeout(hour, stdio.message()).await.is_err());
    assert!(timeout(hour, broker.message()).await.is_err());
    tokio::time::resume();
    served.shut_down().await;
    assert_eq!(timeout(SOON, stdio.message()).await.unwrap().unwrap(), None);
    assert_eq!(timeout(SOON, broker.message()).await.unwrap().unwrap(), None);
    served.ended().await;
}
