//! Plugins that behave and plugins that do not, run by the shell.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::connection::ClientCertificate;
use crate::connection::server::Server;

const V1: &str = "client.authentication.k8s.io/v1";
/// What a test waits for at most.
const PATIENCE: Duration = Duration::from_secs(20);

fn server() -> Server {
    Server::new("https://cluster.example:6443", Roots::Platform).unwrap()
}

fn plugin(script: &str) -> ExecPlugin {
    let mut plugin = ExecPlugin::new("sh", V1, None).unwrap();
    plugin.args = vec!["-c".to_owned(), script.to_owned()];
    plugin
}

fn printing(status: &Value) -> String {
    let credential = json!({"apiVersion": V1, "kind": "ExecCredential", "status": status});
    format!("cat <<'END'\n{credential}\nEND\n")
}

async fn failure(plugin: &ExecPlugin) -> String {
    let outcome = tokio::time::timeout(PATIENCE, plugin.run(&server())).await.expect("in time");
    outcome.expect_err("no credential").to_string()
}

async fn token(plugin: &ExecPlugin) -> String {
    let outcome = tokio::time::timeout(PATIENCE, plugin.run(&server())).await.expect("in time");
    outcome.expect("a credential").token.expect("a token").expose().clone()
}

/// A plugin that prints the output of a command as its token.
fn telling(command: &str) -> ExecPlugin {
    plugin(&format!(
        "printf '{{\"apiVersion\":\"{V1}\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"%s\"}}}}' \
         \"$({command})\""
    ))
}

#[tokio::test]
async fn tokens_and_certificates_are_taken() {
    assert_eq!(token(&plugin(&printing(&json!({"token": "t-1"})))).await, "t-1");
    let both = json!({"clientCertificateData": "CERT", "clientKeyData": "KEY"});
    let printed = plugin(&printing(&both)).run(&server()).await.unwrap();
    let expected = ClientCertificate { certificate: "CERT".to_owned(), key: "KEY".into() };
    assert!(printed.certificate == Some(expected) && printed.token.is_none());
}

#[tokio::test]
async fn what_is_printed_otherwise_is_refused_without_repeating_it() {
    let other = "client.authentication.k8s.io/v1beta1";
    for (script, expected) in [
        ("echo canary".to_owned(), "prints no ExecCredential (line 1, column 1)"),
        ("true".to_owned(), "prints no ExecCredential"),
        ("echo '{\"token\": \"canary\"}'".to_owned(), "is no ExecCredential"),
        (printing(&Value::Null), "has no `status`"),
        (printing(&json!({"token": ""})), "neither a token nor a client certificate"),
        (printing(&json!({"clientKeyData": "canary"})), "only one of client certificate and key"),
        (
            printing(&json!({"token": "canary", "expirationTimestamp": "soon"})),
            "no time of RFC 3339",
        ),
        (
            printing(&json!({"token": "canary"})).replace(V1, other),
            "prints a credential of \"client.authentication.k8s.io/v1beta1\" instead of",
        ),
        ("echo canary; exit 3".to_owned(), "ends with exit status: 3"),
    ] {
        let error = failure(&plugin(&script)).await;
        assert!(error.contains(expected) && !error.contains("canary"), "{script}: {error}");
        assert!(error.starts_with("the exec plugin \"sh\" "), "{error}");
    }
}

#[tokio::test]
async fn a_credential_is_asked_for_again_before_it_ends() {
    let now = k8s_openapi::jiff::Timestamp::now();
    for (left, expected) in [(3600, 3540), (100, 90), (-5, 0)] {
        let end = now.checked_add(k8s_openapi::jiff::SignedDuration::from_secs(left)).unwrap();
        let status = json!({"token": "t", "expirationTimestamp": end.to_string()});
        let printed = plugin(&printing(&status)).run(&server()).await.unwrap();
        let until = printed.renew_at.expect("a time") - tokio::time::Instant::now();
        let expected = Duration::from_secs(expected);
        assert!(until <= expected && until + PATIENCE >= expected, "{left}: {until:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_hangs_is_killed_with_what_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    // Whoever is left alive holds the pipe open.
    let script = "mkfifo \"$PIPE\"; sleep 1000 > \"$PIPE\" & echo waiting >&2; wait";
    let mut plugin = plugin(script);
    plugin.env = vec![("PIPE".to_owned(), pipe.display().to_string().into())];
    // Time stands still until the pipe is open.
    let opened = open_once_made(pipe.clone());
    let error = failure_once(&plugin, opened).await;
    assert!(error.contains("does not answer within 60 s"), "{error}");
    assert!(error.ends_with(": waiting"), "{error}");
}

/// Opens a pipe for reading, which lasts until somebody has opened it for writing.
fn open_once_made(pipe: std::path::PathBuf) -> tokio::task::JoinHandle<std::fs::File> {
    tokio::task::spawn_blocking(move || {
        let begun = std::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Ok(file) = std::fs::File::open(&pipe) {
                return file;
            }
            std::thread::yield_now();
        }
        panic!("no pipe")
    })
}

/// Everybody who held the pipe open is gone, or is in a moment.
fn assert_is_closed(file: &mut std::fs::File) {
    let mut rest = Vec::new();
    file.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
}

/// The failure of a plugin whose time runs once the pipe is open.
async fn failure_once(
    plugin: &ExecPlugin, opened: tokio::task::JoinHandle<std::fs::File>,
) -> String {
    let server = server();
    let outcome = plugin.run(&server).await;
    let mut file = opened.await.unwrap();
    assert_is_closed(&mut file);
    outcome.expect_err("it hangs").to_string()
}

#[tokio::test]
async fn nothing_is_read_from_the_hosts_input() {
    let error = failure(&plugin("printf 'Password: ' >&2; read -r answer && exit 0; exit 9")).await;
    assert!(error.contains("exit status: 9") && error.contains("Password:"), "{error}");
}

#[tokio::test]
async fn output_without_end_is_cut_off() {
    // The trap keeps it alive when nobody reads any more.
    let error =
        failure(&plugin("trap '' PIPE; while :; do echo yyyyyyyyyyyyyyyy; done 2>/dev/null")).await;
    assert!(error.contains("prints far more than a credential"), "{error}");
    let error = failure(&plugin("yes complaint | head -n 20000 >&2; exit 1")).await;
    assert!(error.len() < 300 && error.ends_with("complaint"), "{error}");
}

#[tokio::test]
async fn a_plugin_is_told_what_is_asked_of_it() {
    let told = telling("printf %s \"$KUBERNETES_EXEC_INFO\" | base64 -w0");
    let read = async |plugin: &ExecPlugin, server: &Server| -> Value {
        let printed = plugin.run(server).await.unwrap().token.unwrap();
        serde_json::from_slice(&STANDARD.decode(printed.expose()).unwrap()).unwrap()
    };
    let spec = json!({"interactive": false});
    let expected = json!({"apiVersion": V1, "kind": "ExecCredential", "spec": spec});
    assert_eq!(read(&told, &server()).await, expected);

    let mut told = told;
    told.provide_cluster_info = true;
    told.cluster_config = Some(json!({"audience": "a"}));
    let mut server = server();
    server.tls_server_name = Some("name".to_owned());
    server.roots = Roots::Only(vec![vec![7; 60]]);
    let info = read(&told, &server).await;
    let cluster = &info["spec"]["cluster"];
    assert_eq!(cluster["server"], "https://cluster.example:6443");
    assert_eq!(cluster["tls-server-name"], "name");
    assert_eq!(cluster["config"], json!({"audience": "a"}));
    let pem = STANDARD.decode(cluster["certificate-authority-data"].as_str().unwrap()).unwrap();
    assert_eq!(Roots::from_pem(&pem).unwrap(), server.roots);
}

#[tokio::test]
async fn variables_are_passed_on_but_for_those_that_are_taken_out() {
    // Cargo sets these two for whatever it runs.
    let both = "printf %s \"${CARGO_PKG_NAME-none} ${CARGO_MANIFEST_DIR-none} $OWN\"";
    let mut told = telling(both);
    told.env = vec![("OWN".to_owned(), "own".into())];
    let here = env!("CARGO_MANIFEST_DIR");
    assert_eq!(token(&told).await, format!("kubernetes {here} own"));
    told.removed_variables = vec!["CARGO_PKG_NAME".to_owned()];
    told.withheld_variables = vec!["CARGO_MANIFEST_DIR".to_owned()];
    assert_eq!(token(&told).await, "none none own");
    told.env.push(("CARGO_MANIFEST_DIR".to_owned(), "named".into()));
    assert_eq!(token(&told).await, "none named own");
}

#[tokio::test]
async fn a_failure_shows_no_variable_and_names_what_was_withheld() {
    let mut printing = plugin("env >&2; echo \"secret is $SECRET\" >&2; exit 1");
    printing.env = vec![("SECRET".to_owned(), "canary-canary".into())];
    printing.withheld_variables = vec!["ARM_CLIENT_SECRET".to_owned()];
    let error = failure(&printing).await;
    assert!(error.contains("secret is (sensitive)") && !error.contains("canary"), "{error}");
    assert!(
        error.ends_with(
            "it is not given ARM_CLIENT_SECRET, which `env` of the exec block may pass on"
        )
    );
    assert!(!format!("{printing:?}").contains("canary"));
}

#[tokio::test]
async fn a_relative_command_begins_in_the_folder_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    std::os::unix::fs::symlink("/bin/sh", folder.path().join("bin/plugin")).unwrap();
    let from = |command: &str, folder: &Path| {
        let mut plugin = ExecPlugin::new(command, V1, Some(folder.to_owned())).unwrap();
        plugin.args = vec!["-c".to_owned(), printing(&json!({"token": "t-1"}))];
        plugin
    };
    for command in ["bin/plugin", "./bin/plugin", "sh", "/bin/sh"] {
        assert_eq!(token(&from(command, folder.path())).await, "t-1", "{command}");
    }
    let mut missing = from("./missing", folder.path());
    missing.install_hint = Some("Install it.\n".to_owned());
    let error = failure(&missing).await;
    assert!(
        error.contains("cannot be started: No such file") && error.ends_with("; Install it."),
        "{error}"
    );
}

#[test]
fn versions_that_are_gone_are_refused() {
    for version in ["client.authentication.k8s.io/v1alpha1", "v1", ""] {
        let error = ExecPlugin::new("sh", version, None).expect_err(version).to_string();
        assert!(error.contains("client.authentication.k8s.io/v1\""), "{error}");
    }
    assert!(ExecPlugin::new(" ", V1, None).is_err());
}
