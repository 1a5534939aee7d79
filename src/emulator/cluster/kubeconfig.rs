//! Files by which clients find a cluster: the one that the emulator is given, and those that AKS
//! answers.

use std::fs;
use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use yaml_rust2::yaml::Hash;
use yaml_rust2::{Yaml, YamlEmitter, YamlLoader};

use crate::seed::TENANT;

/// The application of every AKS cluster, for which its API server takes tokens.
pub(crate) const AKS_SERVER: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";
/// The application with which people sign in to AKS clusters.
const AKS_CLIENT: &str = "80faf920-1908-4b52-b5ef-a8e7bedfc67a";
/// A cluster that is not there: nobody listens on this port.
const NOWHERE: &str = "https://127.0.0.1:1";

/// `cluster` and `user` of a kubeconfig's current context, with the content of files in their place.
#[derive(Clone, Debug)]
pub(crate) struct Kubeconfig {
    pub(crate) cluster: Value,
    pub(crate) user: Value,
}

/// How a kubeconfig of AKS has a client sign in to Entra.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// By a block that clients have dropped.
    AuthProvider,
    /// By the program `kubelogin`.
    Exec,
}

impl Kubeconfig {
    pub(crate) fn read(file: &Path) -> io::Result<Self> {
        let wrong = |problem: String| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {problem}", file.display()))
        };
        let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
        let config = parse(&text).map_err(wrong)?;
        let named = |list: &str, name: &Value, member: &str| {
            let found = config[list].as_array().into_iter().flatten();
            found.filter(|it| it["name"] == *name).map(|it| it[member].clone()).next()
        };
        let current = &config["current-context"];
        let context = named("contexts", current, "context")
            .ok_or_else(|| wrong(format!("there is no context {current}")))?;
        let cluster = named("clusters", &context["cluster"], "cluster");
        let user = named("users", &context["user"], "user");
        let (Some(mut cluster), Some(mut user)) = (cluster, user) else {
            return Err(wrong(format!(
                "the cluster or the user of the context {current} is not there"
            )));
        };
        let folder = file.parent().unwrap_or(Path::new(""));
        embed(&mut cluster, "certificate-authority", folder)?;
        embed(&mut user, "client-certificate", folder)?;
        embed(&mut user, "client-key", folder)?;
        Ok(Self { cluster, user })
    }

    /// Of a cluster that is not there.
    pub(crate) fn of_no_cluster() -> Self {
        let user = json!({"token": "emulator"});
        Self { cluster: json!({"server": NOWHERE}), user }
    }

    pub(crate) fn server(&self) -> &str {
        self.cluster["server"].as_str().unwrap_or_default()
    }

    /// The host of the server.
    pub(crate) fn host(&self) -> &str {
        let authority = self.server().split('/').nth(2).unwrap_or_default();
        authority.rsplit_once(':').map_or(authority, |(host, _)| host)
    }

    /// As YAML, under the names that AKS gives.
    pub(crate) fn print(&self, cluster: &str, context: &str, user: &str) -> String {
        emit(&json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": self.cluster}],
            "contexts": [{"name": context, "context": {"cluster": cluster, "user": user}}],
            "current-context": context,
            "preferences": {},
            "users": [{"name": user, "user": self.user}],
        }))
    }

    /// The same cluster, and a user who signs in to Entra.
    pub(crate) fn with_entra(&self, sign_in: SignIn) -> Self {
        let user = match sign_in {
            SignIn::AuthProvider => json!({"auth-provider": {"name": "azure", "config": {
                "apiserver-id": AKS_SERVER,
                "client-id": AKS_CLIENT,
                "config-mode": "1",
                "environment": "AzurePublicCloud",
                "tenant-id": TENANT,
            }}}),
            SignIn::Exec => json!({"exec": {
                "apiVersion": "client.authentication.k8s.io/v1beta1",
                "command": "kubelogin",
                "args": [
                    "get-token", "--environment", "AzurePublicCloud", "--server-id", AKS_SERVER,
                    "--client-id", AKS_CLIENT, "--tenant-id", TENANT, "--login", "devicecode",
                ],
                "env": null,
                "installHint": "kubelogin is not installed",
                "provideClusterInfo": false,
            }}),
        };
        Self { cluster: self.cluster.clone(), user }
    }
}

/// Puts the content of the file that a member names into the member `...-data`.
fn embed(object: &mut Value, member: &str, folder: &Path) -> io::Result<()> {
    let Some(file) = object[member].as_str().map(|file| folder.join(file)) else { return Ok(()) };
    let content = fs::read(&file)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))?;
    if let Some(members) = object.as_object_mut() {
        members.remove(member);
        members.insert(format!("{member}-data"), json!(STANDARD.encode(content)));
    }
    Ok(())
}

/// The first document of a YAML text.
fn parse(text: &str) -> Result<Value, String> {
    let documents = YamlLoader::load_from_str(text).map_err(|error| error.to_string())?;
    documents.first().map(to_json).ok_or_else(|| "it is empty".to_owned())
}

fn to_json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) | Yaml::Real(text) => json!(text),
        Yaml::Integer(number) => json!(number),
        Yaml::Boolean(value) => json!(value),
        Yaml::Array(items) => items.iter().map(to_json).collect(),
        Yaml::Hash(members) => members
            .iter()
            .map(|(name, value)| (name.as_str().unwrap_or_default().to_owned(), to_json(value)))
            .collect(),
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}

fn emit(value: &Value) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = YamlEmitter::new(&mut text).dump(&to_yaml(value));
    format!("{}\n", text.trim_start_matches("---").trim_start())
}

fn to_yaml(value: &Value) -> Yaml {
    match value {
        Value::Null => Yaml::Null,
        Value::Bool(value) => Yaml::Boolean(*value),
        Value::Number(number) => Yaml::Real(number.to_string()),
        Value::String(text) => Yaml::String(text.clone()),
        Value::Array(items) => Yaml::Array(items.iter().map(to_yaml).collect()),
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, it)| (Yaml::String(name.clone()), to_yaml(it)));
            Yaml::Hash(members.collect::<Hash>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Kubeconfig, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.crt"), "authority").unwrap();
        let file = folder.path().join("config");
        fs::write(&file, text).unwrap();
        let remove =
            |error: io::Error| error.to_string().replace(&folder.path().display().to_string(), "");
        Kubeconfig::read(&file).map_err(remove)
    }

    const CONFIG: &str = "
clusters:
- name: other
  cluster: {server: 'https://other.example'}
- name: one
  cluster:
    server: https://one.example:6443
    certificate-authority: ca.crt
contexts:
- {name: first, context: {cluster: one, user: me}}
- {name: dangling, context: {cluster: one, user: nobody}}
current-context: first
users:
- name: me
  user: {token: secret}
";

    #[test]
    fn the_current_context_counts_and_files_are_embedded() {
        let read = read(CONFIG).unwrap();
        assert_eq!((read.server(), read.host()), ("https://one.example:6443", "one.example"));
        assert_eq!(read.cluster["certificate-authority-data"], STANDARD.encode("authority"));
        assert_eq!(read.cluster["certificate-authority"], Value::Null);
        assert_eq!(read.user, json!({"token": "secret"}));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        for (text, problem) in [
            ("", "/config: it is empty"),
            ("current-context: x", "/config: there is no context \"x\""),
            (
                &CONFIG.replace("current-context: first", "current-context: dangling"),
                "/config: the cluster or the user of the context \"dangling\" is not there",
            ),
            (
                &CONFIG.replace("ca.crt", "no.crt"),
                "/no.crt: No such file or directory (os error 2)",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), problem, "{text}");
        }
    }

    #[test]
    fn what_is_printed_reads_the_same() {
        let config = read(CONFIG).unwrap();
        for config in
            [config.with_entra(SignIn::Exec), config.with_entra(SignIn::AuthProvider), config]
        {
            let text = config.print("aks", "aks-admin", "user");
            assert!(text.starts_with("apiVersion: v1\n"), "{text}");
            let again = read(&text).unwrap();
            assert_eq!((again.cluster, again.user), (config.cluster, config.user));
        }
    }
}
