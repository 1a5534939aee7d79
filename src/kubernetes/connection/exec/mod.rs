//! Exec plugins: programs that print a credential, as kubeconfig files name them.
//!
//! A plugin runs without a terminal or an input, with a limit of time, of output and of what it
//! inherits, and ends with everything that it started.

mod answer;
mod redaction;
mod secrets;
#[cfg(unix)]
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use program::{Ending, Program};
use serde_json::{Map, Value, json};
use tokio::time::Duration;
use vocabulary::Sensitive;

pub(crate) use answer::Printed;

use super::server::{Roots, Server};

/// The longest that a plugin may take: some ask an identity provider, none is worth the whole
/// timeout of a resource.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Carries what a plugin is asked for.
const INFO_VARIABLE: &str = "KUBERNETES_EXEC_INFO";
/// The versions of the interface that Kubernetes' own clients still speak.
const API_VERSIONS: [&str; 2] =
    ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/// A program that prints a credential. `Debug` shows neither arguments nor variables.
#[derive(Clone)]
pub struct ExecPlugin {
    command: String,
    api_version: String,
    /// The arguments of the program.
    pub args: Vec<String>,
    /// Variables beyond those that it inherits.
    pub env: Vec<(String, Sensitive<String>)>,
    /// Variables that it does not inherit.
    pub removed_variables: Vec<String>,
    /// Variables that it does not inherit because they are secrets: a failure names them.
    pub withheld_variables: Vec<String>,
    /// Whether it is told about the cluster.
    pub provide_cluster_info: bool,
    /// What it is told of the cluster beyond its address.
    pub cluster_config: Option<Value>,
    /// How to get the program, for a message.
    pub install_hint: Option<String>,
}

/// Why an exec plugin gave no credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the exec plugin {command:?} {why}{}", withheld_text(.withheld))]
pub struct ExecError {
    /// The program.
    pub command: String,
    /// What happened, as the rest of a sentence.
    pub why: String,
    /// Variables that it was not given.
    pub withheld: Vec<String>,
}

impl ExecPlugin {
    /// The program `command` that speaks `api_version` of the interface. A path that is not absolute
    /// begins in `folder`, that of the file which names it; a bare name is looked for on PATH.
    pub fn new(
        command: &str, api_version: &str, folder: Option<PathBuf>,
    ) -> Result<Self, ExecError> {
        if !API_VERSIONS.contains(&api_version) {
            return Err(ExecError::new(
                command,
                format!(
                    "speaks {api_version:?}; {} are supported",
                    API_VERSIONS.map(|version| format!("{version:?}")).join(" and ")
                ),
            ));
        }
        if command.trim().is_empty() {
            return Err(ExecError::new(command, "has no `command`".to_owned()));
        }
        let is_path = command.contains(['/', std::path::MAIN_SEPARATOR]);
        let path = folder.filter(|_| is_path).map(|folder| folder.join(command));
        Ok(Self {
            command: path.map_or_else(|| command.to_owned(), |path| path.display().to_string()),
            api_version: api_version.to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            removed_variables: Vec::new(),
            withheld_variables: Vec::new(),
            provide_cluster_info: false,
            cluster_config: None,
            install_hint: None,
        })
    }

    /// Runs the program once.
    pub(crate) async fn run(&self, server: &Server) -> Result<Printed, ExecError> {
        let ended =
            self.program(server).run(TIMEOUT).await.map_err(|error| self.start_error(&error))?;
        let said = redaction::last_lines(&ended.stderr, &self.hidden_texts());
        let failed = |why: &str| {
            let mut error = ExecError::new(&self.command, format!("{why}{said}"));
            error.withheld.clone_from(&self.withheld_variables);
            error
        };
        match ended.ending {
            Ending::Success(stdout) => {
                Printed::parse(&stdout, &self.api_version).map_err(|why| failed(&why))
            }
            Ending::Failure(status) => Err(failed(&format!("ends with {status}"))),
            Ending::TooLong => Err(failed(&format!(
                "does not answer within {} s; it may wait for an answer that nobody can give it, so \
                 sign in by hand first or let it sign in without a person",
                TIMEOUT.as_secs()
            ))),
            Ending::TooMuch => Err(failed("prints far more than a credential")),
        }
    }

    fn program(&self, server: &Server) -> Program {
        let mut variables: Vec<_> =
            self.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        variables.push((INFO_VARIABLE.to_owned(), self.info(server).to_string().into()));
        let removed = [self.removed_variables.as_slice(), &self.withheld_variables].concat();
        Program { command: self.command.clone(), args: self.args.clone(), variables, removed }
    }

    /// What the plugin is asked for: a credential, without asking anybody.
    fn info(&self, server: &Server) -> Value {
        let mut spec = json!({"interactive": false});
        if self.provide_cluster_info {
            spec["cluster"] = self.cluster_info(server);
        }
        json!({"apiVersion": self.api_version, "kind": "ExecCredential", "spec": spec})
    }

    fn cluster_info(&self, server: &Server) -> Value {
        let mut cluster = Map::new();
        let address = server.url();
        cluster.insert("server".to_owned(), address.trim_end_matches('/').into());
        if let Some(name) = &server.tls_server_name {
            cluster.insert("tls-server-name".to_owned(), name.as_str().into());
        }
        if server.insecure {
            cluster.insert("insecure-skip-tls-verify".to_owned(), true.into());
        }
        if let Roots::Only(certificates) = &server.roots {
            let pem = STANDARD.encode(to_pem(certificates));
            cluster.insert("certificate-authority-data".to_owned(), pem.into());
        }
        if let Some(config) = &self.cluster_config {
            cluster.insert("config".to_owned(), config.clone());
        }
        cluster.into()
    }

    fn start_error(&self, error: &std::io::Error) -> ExecError {
        let mut why = format!("cannot be started: {error}");
        if let Some(hint) = &self.install_hint {
            why = format!("{why}; {}", hint.trim());
        }
        ExecError::new(&self.command, why)
    }
}

impl std::fmt::Debug for ExecPlugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExecPlugin").field("command", &self.command).finish_non_exhaustive()
    }
}

impl ExecError {
    pub(super) fn new(command: &str, why: String) -> Self {
        Self { command: command.to_owned(), why, withheld: Vec::new() }
    }
}

/// Certificates as text, of which a line has 64 characters.
fn to_pem(certificates: &[Vec<u8>]) -> String {
    let mut pem = String::new();
    for der in certificates {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let text: Vec<char> = STANDARD.encode(der).chars().collect();
        for line in text.chunks(64) {
            pem.extend(line);
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    pem
}

fn withheld_text(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!(
            "; it is not given {}, which `env` of the exec block may pass on",
            names.join(", ")
        ),
    }
}
