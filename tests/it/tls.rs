//! The certificate of inference: what is refused and where, what is sent, how it is renewed.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, date_time_ymd};
use serde_json::Value;

use crate::arc_extension::{id, resource};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::with_terraform;

with_terraform!(
    what_does_not_fit_is_refused_where_it_stands,
    an_expired_certificate_is_refused_before_anything_is_written,
    a_certificate_that_expires_soon_is_warned_of,
    a_certificate_is_renewed_and_never_stored,
    a_certificate_that_was_not_used_is_sent_when_it_is,
);

const SERVER: &str = include_str!("../fixtures/tls/server.crt");
const ISSUERS: &str = concat!(
    include_str!("../fixtures/tls/intermediate.crt"),
    include_str!("../fixtures/tls/root.crt")
);
const KEY: &str = include_str!("../fixtures/tls/server.key");

fn what_does_not_fit_is_refused_where_it_stands(_: &Azure, cli: &mut Cli) {
    cli.write_file("other.key", include_str!("../fixtures/tls/other.key"));
    for (from, to, says, at) in [
        ("server.key", "other.key", "does not belong to the certificate", "ssl_key_pem"),
        ("file(\"server.crt\")", "\"server.crt\"", "path of a file", "ssl_cert_pem"),
    ] {
        for twin in ["", "_wo"] {
            write(cli, SERVER, &inference(twin).replace(from, to));
            let ran = cli.validate();
            ran.fails_with(says).at(&format!("{at}{twin} "));
            ran.never_says("MII");
        }
    }
    write(cli, SERVER, &inference("").replace("edge.example", "other.example"));
    cli.validate().succeeds().warns_of("not for other.example").at("ssl_cname");
}

fn an_expired_certificate_is_refused_before_anything_is_written(azure: &Azure, cli: &mut Cli) {
    let expired = include_str!("../fixtures/tls/expired.crt");
    for twin in ["", "_wo"] {
        write(cli, expired, &inference(twin));
        cli.validate().succeeds();
        cli.apply().fails_with("expired on 2021-01-01").at(&format!("ssl_cert_pem{twin} "));
        assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
        assert_eq!(cli.state("azureml_arc_extension.this"), None);
    }
}

fn a_certificate_that_expires_soon_is_warned_of(_: &Azure, cli: &mut Cli) {
    write(cli, &lasting_for(Duration::from_hours(20 * 24)), &inference(""));
    cli.apply().succeeds().warns_of("The certificate expires on").at("ssl_cert_pem");
    settled(cli);
    write(cli, &lasting_for(Duration::from_hours(40 * 24)), &inference(""));
    let warned = cli.apply().succeeds().to_string();
    assert!(!warned.contains("expires"), "{warned}");
}

/// With a file of Windows and its issuers, and with everything else that the service would forget.
fn a_certificate_is_renewed_and_never_stored(azure: &Azure, cli: &mut Cli) {
    write(cli, SERVER, &inference("_wo"));
    cli.apply().succeeds().never_says("MII");
    let state = cli.read_file("terraform.tfstate");
    assert!(!state.contains("BEGIN ") && !state.contains("LS0t"), "{state}");
    settled(cli);

    let renewed = [SERVER, ISSUERS].concat();
    write(cli, &renewed.replace('\n', "\r\n"), &inference("_wo"));
    settled(cli);
    write(
        cli,
        &renewed.replace('\n', "\r\n"),
        &inference("_wo").replace("wo_version = 1", "wo_version = 2"),
    );
    cli.plan(&[]).plans("update", "azureml_arc_extension.this");
    cli.apply().succeeds().never_says("MII");
    let sent = azure.last_body("PATCH", &id())["properties"].clone();
    assert_eq!(sent.get("configurationSettings"), None, "nothing of it changed");
    let secrets = &sent["configurationProtectedSettings"];
    assert_eq!(text(&secrets["scoringFe.sslCert"]), renewed);
    assert_eq!(text(&secrets["scoringFe.sslKey"]), KEY);
    for string in ["relayServerConnectionString", "relayserver.relayConnectionString"] {
        assert!(secrets[string].is_string(), "the protected map is complete: {secrets:#}");
    }
    settled(cli);
}

/// A create that allows plain HTTP sends no certificate, and without one the service's health check fails.
fn a_certificate_that_was_not_used_is_sent_when_it_is(azure: &Azure, cli: &mut Cli) {
    let insecure =
        "ssl_cname                     = \"edge.example\"\n  allow_insecure_connections = true";
    let open = inference("").replace("ssl_cname                     = \"edge.example\"", insecure);
    write(cli, SERVER, &open);
    cli.validate().warns_of("the certificate is not used").at("allow_insecure_connections");
    cli.apply().succeeds();
    let sent = azure.last_body("PUT", &id())["properties"].clone();
    assert_eq!(sent["configurationProtectedSettings"].get("scoringFe.sslCert"), None, "{sent:#}");
    write(cli, SERVER, &open.replace("connections = true", "connections = false"));
    cli.apply().succeeds();
    let sent = azure.last_body("PATCH", &id())["properties"].clone();
    assert_eq!(text(&sent["configurationProtectedSettings"]["scoringFe.sslCert"]), SERVER);
    settled(cli);
}

/// An extension with a certificate from `server.crt` and `server.key`.
fn inference(twin: &str) -> String {
    let version = if twin.is_empty() { "" } else { "ssl_pem_wo_version = 1" };
    resource(&format!(
        r#"
  enable_inference              = true
  inference_router_service_type = "loadBalancer"
  ssl_cname                     = "edge.example"
  ssl_cert_pem{twin} = file("server.crt")
  ssl_key_pem{twin} = file("server.key")
  {version}
"#
    ))
}

fn write(cli: &Cli, certificate: &str, hcl: &str) {
    cli.write_file("server.crt", certificate);
    cli.write_file("server.key", KEY);
    cli.write(hcl);
}

/// A certificate for the key of the fixtures that is valid for so long from now on.
fn lasting_for(span: Duration) -> String {
    let key = KeyPair::from_pkcs8_pem_and_sign_algo(KEY, &PKCS_RSA_SHA256).expect("an RSA key");
    let mut parameters =
        CertificateParams::new(["edge.example".to_owned()]).expect("a host has a name");
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("it is later than 1970");
    parameters.not_before = date_time_ymd(2020, 1, 1);
    parameters.not_after = date_time_ymd(1970, 1, 1) + now + span;
    parameters.self_signed(&key).expect("it can be signed").pem()
}

fn text(base64: &Value) -> String {
    let bytes = STANDARD.decode(base64.as_str().expect("a text")).expect("base64");
    String::from_utf8(bytes).expect("PEM is text")
}
