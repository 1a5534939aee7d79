//! The built provider as a process, started as a host does.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

use super::Identity;

/// Far more than anything here takes; what waits longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Variables for a process, by name.
pub(crate) type Environment = BTreeMap<OsString, OsString>;

/// The built provider.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_terraform-provider-azureml"))
}

/// What Terraform 1.11 sets, with `identity` as the host's certificate.
pub(crate) fn environment(identity: Option<&Identity>) -> Environment {
    let mut variables = vec![
        (plugin::COOKIE, plugin::COOKIE_VALUE.to_owned()),
        ("PLUGIN_PROTOCOL_VERSIONS", "5,6".to_owned()),
        (plugin::FIRST_PORT, "10000".to_owned()),
        (plugin::LAST_PORT, "25000".to_owned()),
    ];
    variables.extend(identity.map(|identity| (plugin::CLIENT_CERTIFICATE, identity.pem())));
    variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// Starts the provider and reads its line.
pub(crate) async fn launch(environment: &Environment) -> Launched {
    let folder = tempfile::tempdir().expect("a folder for the socket");
    let mut environment = environment.clone();
    environment.entry("TMPDIR".into()).or_insert_with(|| folder.path().into());
    let mut process = Process::start(Command::new(program()), &environment);
    let line = process.line().await;
    Launched { line: Line::parse(&line), process, _folder: folder }
}

/// A provider that said where it is.
pub(crate) struct Launched {
    pub(crate) line: Line,
    pub(crate) process: Process,
    /// Takes the socket along: a provider that is killed cannot.
    _folder: TempDir,
}

/// What a provider's one line says.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) fields: Vec<String>,
    pub(crate) network: String,
    pub(crate) address: String,
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

impl Line {
    pub(crate) fn parse(line: &str) -> Self {
        let text = line.strip_suffix('\n').expect("the line ends");
        let fields: Vec<_> = text.split('|').map(str::to_owned).collect();
        assert!(fields.len() >= 6, "{line}");
        let certificate = (!fields[5].is_empty())
            .then(|| STANDARD_NO_PAD.decode(&fields[5]).expect("base64 without padding").into());
        Self { network: fields[2].clone(), address: fields[3].clone(), certificate, fields }
    }
}

/// A running process. It is killed when the test drops it.
pub(crate) struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Process {
    /// Starts `command` with nothing but `environment`.
    pub(crate) fn start(mut command: Command, environment: &Environment) -> Self {
        let mut child = command
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        let stderr = BufReader::new(child.stderr.take().expect("stderr is a pipe"));
        Self { child, stdout, stderr }
    }

    /// Waits for the next line of stdout.
    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.stdout.read_line(&mut line);
        timeout(PATIENCE, read).await.expect("a line in time").expect("readable");
        line
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("the process runs")
    }

    /// Sends a signal by its name, as `TERM`.
    pub(crate) async fn signal(&self, name: &str) {
        signal(self.id(), name).await;
    }

    /// Waits for the end, at most `within`, and gives what was still written.
    pub(crate) async fn end(mut self, within: Duration) -> Output {
        let status: ExitStatus =
            timeout(within, self.child.wait()).await.expect("an end in time").expect("waitable");
        let mut output = Output { status, stdout: Vec::new(), stderr: Vec::new() };
        self.stdout.read_to_end(&mut output.stdout).await.expect("readable");
        self.stderr.read_to_end(&mut output.stderr).await.expect("readable");
        output
    }

    /// Waits until stdout is closed, at most `within`: by then the process is gone, whose ever child.
    pub(crate) async fn closed(&mut self, within: Duration) {
        let mut rest = Vec::new();
        let read = self.stdout.read_to_end(&mut rest);
        timeout(within, read).await.expect("an end in time").expect("readable");
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }
}

/// Sends a signal by its name to a process.
pub(crate) async fn signal(id: u32, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(id.to_string()).status().await;
    assert!(sent.expect("`kill` starts").success(), "the process {id} runs");
}
