//! How the built provider and a host meet and part: processes, sockets, certificates, signals.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use plugin::proto::plugin::Empty;
use plugin::proto::tfplugin6::get_provider_schema;
use rustls::ProtocolVersion;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use crate::support::plugin::{
    Channel, Environment, Identity, Launched, Line, Process, Transport, connect, dial, environment,
    handshake, launch, program, signal,
};

/// What a host without TLS 1.3 offers.
const TLS12: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS12];
/// An end that is waited for; what really ends takes a few milliseconds.
const SOON: Duration = Duration::from_secs(10);

/// A provider and the identity it was told to expect.
async fn started() -> (Launched, Identity) {
    let identity = Identity::go(1);
    (launch(&environment(Some(&identity))).await, identity)
}

async fn connected() -> (Launched, Channel) {
    let (launched, identity) = started().await;
    let channel = connect(&launched.line, &Transport::go(&identity)).await.unwrap();
    (launched, channel)
}

/// Connects and ends a provider that serves anybody, so that nothing of it stays.
async fn shut_down(launched: Launched) {
    let channel = connect(&launched.line, &Transport::anonymous()).await.unwrap();
    channel.controller().shutdown(Empty {}).await.unwrap();
    assert!(launched.process.end(SOON).await.status.success());
}

/// Starts a provider that cannot serve and gives what it said on stderr.
async fn complaint(environment: &Environment) -> String {
    let output = Process::start(Command::new(program()), environment).end(SOON).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    String::from_utf8(output.stderr).unwrap()
}

// === started by whom ===

#[tokio::test]
async fn a_human_is_told_what_the_program_is() {
    let wrong = [(plugin::COOKIE.into(), "yes".into())].into();
    for environment in [Environment::new(), wrong] {
        let told = complaint(&environment).await;
        assert!(told.contains(env!("CARGO_PKG_VERSION")), "{told}");
        assert!(told.contains("source = \"azureml/azureml\""), "{told}");
        assert!(told.contains("terraform init"), "{told}");
    }
}

#[tokio::test]
async fn the_version_and_the_help_need_no_host() {
    let version = ("--version", env!("CARGO_PKG_VERSION"));
    for (option, part) in [version, ("--help", "-debug"), ("--help", "review")] {
        let mut command = Command::new(program());
        command.arg(option);
        let output = Process::start(command, &Environment::new()).end(SOON).await;
        assert!(output.status.success());
        assert!(String::from_utf8(output.stdout).unwrap().contains(part));
    }
}

#[tokio::test]
async fn six_is_spoken_whatever_is_offered() {
    for offered in ["5,6", "6,5", "6", "5", "x,,6 ,", ""] {
        let mut environment = environment(None);
        environment.insert("PLUGIN_PROTOCOL_VERSIONS".into(), offered.into());
        assert_eq!(launch(&environment).await.line.fields[..2], ["1", "6"], "{offered}");
    }
    let mut environment = environment(None);
    environment.remove(&OsString::from("PLUGIN_PROTOCOL_VERSIONS"));
    assert_eq!(launch(&environment).await.line.fields[..2], ["1", "6"]);
}

#[tokio::test]
async fn the_line_has_six_fields_and_the_certificate_that_is_presented() {
    let (launched, identity) = started().await;
    let line = &launched.line;
    assert_eq!(line.fields.len(), 6);
    assert_eq!((line.fields[0].as_str(), line.fields[4].as_str()), ("1", "grpc"));
    assert_eq!(line.network, "unix");
    let (_, negotiated) = handshake(line, &Transport::go(&identity)).await.unwrap();
    assert_eq!(negotiated.presented, [line.certificate.clone().unwrap()]);
}

#[tokio::test]
async fn a_host_that_multiplexes_reads_a_seventh_field() {
    let mut environment = environment(None);
    environment.insert(plugin::MULTIPLEX.into(), "true".into());
    let line = launch(&environment).await.line;
    assert_eq!((line.fields.len(), line.fields[6].as_str()), (7, "false"));
}

#[tokio::test]
async fn an_environment_that_is_not_utf8_is_no_trouble() {
    let strange = OsString::from_vec(vec![b'x', 0xff, 0xfe]);
    let mut environment = environment(None);
    for name in ["AZUREML_STRANGE", "TF_LOG", "PLUGIN_PROTOCOL_VERSIONS", "TMPDIR"] {
        environment.insert(name.into(), strange.clone());
    }
    environment.insert(strange.clone(), strange);
    shut_down(launch(&environment).await).await;
}

// === mutual TLS ===

#[tokio::test]
async fn the_hosts_own_certificate_is_accepted() {
    let (_launched, channel) = connected().await;
    let request = get_provider_schema::Request {};
    let schema = channel.provider().get_provider_schema(request).await.unwrap().into_inner();
    assert!(schema.provider.is_some());
}

#[tokio::test]
async fn nobody_else_is_let_in() {
    let (launched, identity) = started().await;
    let other = Identity::go(2);
    for (who, stranger) in [
        ("no certificate", None),
        ("another key under the same subject", Some(other.clone())),
        ("a P-256 certificate", Some(Identity::p256())),
        ("the right certificate without its key", Some(identity.stolen_by(&other))),
        ("the right key in an expired certificate", Some(Identity::expired(1))),
        ("the right key in a certificate of other bytes", Some(identity.changed())),
        ("the right certificate before another", Some(identity.followed_by(&other))),
        ("the right certificate behind another", Some(other.followed_by(&identity))),
    ] {
        for versions in [rustls::ALL_VERSIONS, TLS12] {
            let transport = Transport { identity: stranger.clone(), versions };
            let let_in = connect(&launched.line, &transport).await.is_ok();
            assert!(!let_in, "{who} was let in by {versions:?}");
        }
    }
    let plain = Line { certificate: None, ..launched.line.clone() };
    assert!(connect(&plain, &Transport::anonymous()).await.is_err(), "plaintext was let in");
    assert!(connect(&launched.line, &Transport::go(&identity)).await.is_ok());
}

#[tokio::test]
async fn an_expired_certificate_is_refused_even_if_it_was_announced() {
    let identity = Identity::expired(1);
    let launched = launch(&environment(Some(&identity))).await;
    assert!(connect(&launched.line, &Transport::go(&identity)).await.is_err());
}

#[tokio::test]
async fn http2_is_negotiated_in_tls_1_3_and_in_1_2() {
    let (launched, identity) = started().await;
    for (versions, spoken) in
        [(rustls::ALL_VERSIONS, ProtocolVersion::TLSv1_3), (TLS12, ProtocolVersion::TLSv1_2)]
    {
        let transport = Transport { versions, ..Transport::go(&identity) };
        let (_, negotiated) = handshake(&launched.line, &transport).await.unwrap();
        assert_eq!(negotiated.alpn.as_deref(), Some(&b"h2"[..]));
        assert_eq!(negotiated.version, Some(spoken));
        connect(&launched.line, &transport).await.unwrap();
    }
}

#[tokio::test]
async fn tls_1_1_is_refused() {
    let (launched, _) = started().await;
    for older in [0, 1, 2] {
        refuses_version(&launched.line, older).await;
    }
}

/// Greets as SSL 3.0, TLS 1.0 or TLS 1.1 do, which call themselves 3.0 to 3.2.
async fn refuses_version(line: &Line, minor: u8) {
    let mut hello = vec![3, minor];
    hello.extend([7; 32]);
    // No session, one cipher suite of that time, no compression.
    hello.extend([0, 0, 2, 0xc0, 0x09, 1, 0]);
    // One extension: signatures by ECDSA on P-256 with SHA-256.
    hello.extend([0, 8, 0, 13, 0, 4, 0, 2, 4, 3]);
    let length = u8::try_from(hello.len()).unwrap();
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(hello);
    let mut stream = dial(line).await.unwrap();
    stream.write_all(&record).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    // A fatal alert: the protocol version.
    assert_eq!((answer[0], &answer[5..]), (21, &[2, 70][..]), "3.{minor}");
}

#[tokio::test]
async fn the_certificate_is_for_localhost_on_p256() {
    let (launched, identity) = started().await;
    // The client trusts only what the line says and asks for `localhost`.
    handshake(&launched.line, &Transport::go(&identity)).await.unwrap();
    let p256 = rustls::pki_types::alg_id::ECDSA_P256;
    let certificate = launched.line.certificate.unwrap();
    assert!(certificate.windows(p256.len()).any(|bytes| bytes == p256.as_ref()));
}

#[tokio::test]
async fn a_malformed_certificate_ends_the_start() {
    let cut = Identity::go(1).pem().replace("MII", "AAA");
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for certificate in
        ["nonsense", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", &cut, &key, " "]
    {
        let mut environment = environment(None);
        environment.insert(plugin::CLIENT_CERTIFICATE.into(), certificate.into());
        let told = complaint(&environment).await;
        assert!(told.contains(plugin::CLIENT_CERTIFICATE), "{told}");
    }
}

#[tokio::test]
async fn without_a_certificate_tls_is_off() {
    let mut empty = environment(None);
    empty.insert(plugin::CLIENT_CERTIFICATE.into(), "".into());
    for environment in [environment(None), empty] {
        let launched = launch(&environment).await;
        assert_eq!(launched.line.certificate, None);
        is_out_of_reach(&launched.line);
        connect(&launched.line, &Transport::anonymous()).await.unwrap();
    }
}

#[tokio::test]
async fn a_client_that_never_finishes_its_handshake_holds_nobody_up() {
    let (launched, identity) = started().await;
    let _silent = dial(&launched.line).await.unwrap();
    let mut half = dial(&launched.line).await.unwrap();
    half.write_all(&[22, 3, 1]).await.unwrap();
    connect(&launched.line, &Transport::go(&identity)).await.unwrap();
}

// === the socket ===

#[tokio::test]
async fn the_socket_is_out_of_reach_of_other_users() {
    let (launched, _) = started().await;
    is_out_of_reach(&launched.line);
}

/// The socket lies in a directory of its own, which nobody else may enter.
#[track_caller]
fn is_out_of_reach(line: &Line) {
    let folder = Path::new(&line.address).parent().unwrap();
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(folder.read_dir().unwrap().count(), 1, "the socket alone");
}

#[tokio::test]
async fn the_hosts_directory_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut environment = environment(None);
    environment.insert(plugin::SOCKET_DIRECTORY.into(), folder.path().into());
    let launched = launch(&environment).await;
    assert!(Path::new(&launched.line.address).starts_with(folder.path()));
    is_out_of_reach(&launched.line);
    shut_down(launched).await;
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "what is the host's stays, empty");
}

#[tokio::test]
async fn a_directory_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("x".repeat(120));
    std::fs::create_dir(&long).unwrap();
    for unusable in [folder.path().join("missing"), long] {
        let mut environment = environment(None);
        environment.insert(plugin::SOCKET_DIRECTORY.into(), unusable.clone().into());
        let told = complaint(&environment).await;
        assert!(told.contains(unusable.to_str().unwrap()), "{told}");
    }
}

#[tokio::test]
async fn a_deep_temporary_directory_is_left_aside() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("x".repeat(120));
    std::fs::create_dir(&deep).unwrap();
    let mut environment = environment(None);
    environment.insert("TMPDIR".into(), deep.into());
    shut_down(launch(&environment).await).await;
}

// === the end ===

#[tokio::test]
async fn shutdown_ends_the_process_and_removes_the_socket() {
    let (launched, channel) = connected().await;
    channel.controller().shutdown(Empty {}).await.unwrap();
    let output = launched.process.end(SOON).await;
    assert!(output.status.success());
    assert!(!Path::new(&launched.line.address).parent().unwrap().exists());
    assert!(dial(&launched.line).await.is_err(), "nobody is there");
}

#[tokio::test]
async fn sigterm_ends_the_process_and_removes_the_socket() {
    let (launched, _channel) = connected().await;
    launched.process.signal("TERM").await;
    let output = launched.process.end(SOON).await;
    assert!(output.status.success());
    assert!(!Path::new(&launched.line.address).parent().unwrap().exists());
}

#[tokio::test]
async fn stdout_stays_silent_behind_the_line() {
    let mut environment = environment(None);
    environment.insert(plugin::LOG.into(), "trace".into());
    let launched = launch(&environment).await;
    let channel = connect(&launched.line, &Transport::anonymous()).await.unwrap();
    let request = get_provider_schema::Request {};
    channel.provider().get_provider_schema(request).await.unwrap();
    channel.controller().shutdown(Empty {}).await.unwrap();
    let output = launched.process.end(SOON).await;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[tokio::test]
async fn sigint_is_the_hosts_business() {
    let (launched, channel) = connected().await;
    launched.process.signal("INT").await;
    launched.process.signal("INT").await;
    let request = get_provider_schema::Request {};
    channel.provider().get_provider_schema(request).await.unwrap();
}

/// A host in a process of its own, which starts the provider and waits.
fn host(environment: &Environment) -> Process {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg("\"$0\" & wait").arg(program());
    Process::start(shell, environment)
}

#[tokio::test]
async fn a_provider_does_not_survive_a_host_that_never_connected() {
    let mut host = host(&environment(None));
    let line = Line::parse(&host.line().await);
    signal(host.id(), "KILL").await;
    host.closed(SOON).await;
    assert!(!Path::new(&line.address).exists());
}

#[tokio::test]
async fn an_idle_provider_does_not_survive_its_host() {
    let identity = Identity::go(1);
    let mut host = host(&environment(Some(&identity)));
    let line = Line::parse(&host.line().await);
    let channel = connect(&line, &Transport::go(&identity)).await.unwrap();
    signal(host.id(), "KILL").await;
    drop(channel);
    host.closed(SOON).await;
    assert!(!Path::new(&line.address).exists());
}

// === logs ===

#[tokio::test]
async fn each_line_of_the_log_is_as_the_host_reads_it() {
    let identity = Identity::go(1);
    let mut environment = environment(Some(&identity));
    environment.insert("TF_LOG_PROVIDER_AZUREML".into(), "trace".into());
    let launched = launch(&environment).await;
    assert!(connect(&launched.line, &Transport::go(&Identity::go(2))).await.is_err());
    let channel = connect(&launched.line, &Transport::go(&identity)).await.unwrap();
    channel.provider().get_provider_schema(get_provider_schema::Request {}).await.unwrap();
    channel.controller().shutdown(Empty {}).await.unwrap();
    let log = String::from_utf8(launched.process.end(SOON).await.stderr).unwrap();
    assert!(log.contains("a client was refused"), "{log}");
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for key in ["@level", "@message", "@module", "@timestamp"] {
            assert!(line[key].is_string(), "{line}");
        }
        let time = line["@timestamp"].as_str().unwrap();
        let form: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(form, "0000-00-00T00:00:00.000000Z");
    }
}

#[tokio::test]
async fn nothing_is_logged_that_nobody_reads() {
    let identity = Identity::go(1);
    for level in [None, Some("off")] {
        let mut environment = environment(Some(&identity));
        environment.extend(level.map(|level| (plugin::LOG.into(), level.into())));
        let launched = launch(&environment).await;
        assert!(connect(&launched.line, &Transport::anonymous()).await.is_err());
        let channel = connect(&launched.line, &Transport::go(&identity)).await.unwrap();
        channel.controller().shutdown(Empty {}).await.unwrap();
        let output = launched.process.end(SOON).await;
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

// === attached by a developer ===

#[tokio::test]
async fn one_process_serves_any_number_of_attached_hosts() {
    let mut command = Command::new(program());
    command.arg("-debug");
    let mut process = Process::start(command, &Environment::new());
    let line = reattach(&mut process).await;
    // Terraform looks whether anybody is there before it connects in earnest.
    drop(dial(&line).await.unwrap());
    let [first, second, third] = [&line; 3].map(|line| connect(line, PLAIN));
    let (first, second, third) = tokio::try_join!(first, second, third).unwrap();
    first.controller().shutdown(Empty {}).await.unwrap();
    drop(first);
    for channel in [second, third, connect(&line, PLAIN).await.unwrap()] {
        channel.provider().get_provider_schema(get_provider_schema::Request {}).await.unwrap();
    }
    process.signal("INT").await;
    assert!(process.end(SOON).await.status.success());
    let gone = dial(&line).await.err().map(|error| error.kind());
    assert_eq!(gone, Some(ErrorKind::NotFound));
}

const PLAIN: &Transport = &Transport { identity: None, versions: rustls::ALL_VERSIONS };

/// Reads the variable that a developer is told to set.
async fn reattach(process: &mut Process) -> Line {
    const START: &str = "\tTF_REATTACH_PROVIDERS='";
    let mut line = String::new();
    while !line.starts_with(START) {
        line = process.line().await;
        assert_ne!(line, "", "the variable is printed");
    }
    let value = line[START.len()..].trim_end().trim_end_matches('\'');
    let providers: Value = serde_json::from_str(value).unwrap();
    let provider = &providers["registry.terraform.io/azureml/azureml"];
    assert_eq!(provider["Protocol"], "grpc");
    assert_eq!(provider["ProtocolVersion"], 6);
    assert_eq!(provider["Pid"], process.id());
    assert_eq!(provider["Test"], true);
    let text = |key: &str| provider["Addr"][key].as_str().unwrap().to_owned();
    Line {
        fields: Vec::new(),
        network: text("Network"),
        address: text("String"),
        certificate: None,
    }
}
