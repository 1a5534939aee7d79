//! What stands in a kubeconfig file, as far as it is looked at.
//!
//! The names are those of <https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/>.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use vocabulary::Sensitive;

/// The documents of a file, or of several, read together.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct File {
    #[serde(rename = "apiVersion")]
    api_version: Option<String>,
    kind: Option<String>,
    pub(super) current_context: Option<String>,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) contexts: Vec<NamedContext>,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) clusters: Vec<NamedCluster>,
    #[serde(deserialize_with = "null_as_empty")]
    pub(super) users: Vec<NamedUser>,
}

#[derive(Deserialize)]
pub(super) struct NamedContext {
    pub(super) name: String,
    pub(super) context: Option<Context>,
}

#[derive(Deserialize)]
pub(super) struct Context {
    pub(super) cluster: String,
    pub(super) user: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct NamedCluster {
    pub(super) name: String,
    pub(super) cluster: Option<Cluster>,
}

/// Where an API server is, and what proves that it is the right one.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(in crate::connection) struct Cluster {
    pub(super) server: Option<String>,
    pub(in crate::connection) certificate_authority: Option<String>,
    pub(in crate::connection) certificate_authority_data: Option<String>,
    pub(in crate::connection) insecure_skip_tls_verify: Option<bool>,
    pub(super) tls_server_name: Option<String>,
    pub(in crate::connection) proxy_url: Option<String>,
    pub(super) extensions: Option<Vec<Extension>>,
}

#[derive(Deserialize)]
pub(super) struct Extension {
    pub(super) name: String,
    pub(super) extension: Value,
}

#[derive(Deserialize)]
pub(super) struct NamedUser {
    pub(super) name: String,
    pub(super) user: Option<User>,
}

/// As whom an API server is asked.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(in crate::connection) struct User {
    pub(super) client_certificate: Option<String>,
    pub(in crate::connection) client_certificate_data: Option<String>,
    pub(super) client_key: Option<String>,
    pub(in crate::connection) client_key_data: Option<Sensitive<String>>,
    pub(in crate::connection) token: Option<Sensitive<String>>,
    #[serde(rename = "tokenFile")]
    pub(super) token_file: Option<String>,
    pub(in crate::connection) exec: Option<Exec>,
    pub(in crate::connection) auth_provider: Option<AuthProvider>,
    // What follows is not supported: that it is written is enough.
    #[serde(rename = "as")]
    pub(super) impersonate: Option<String>,
    #[serde(rename = "as-uid")]
    pub(super) impersonate_uid: Option<String>,
    #[serde(rename = "as-groups")]
    pub(super) impersonate_groups: Option<Vec<String>>,
    #[serde(rename = "as-user-extra")]
    pub(super) impersonate_user_extra: Option<BTreeMap<String, Vec<String>>>,
    pub(super) username: Option<String>,
    pub(super) password: Option<Sensitive<String>>,
}

/// A program that prints a credential.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connection) struct Exec {
    pub(super) api_version: Option<String>,
    pub(super) command: Option<String>,
    pub(in crate::connection) args: Option<Vec<String>>,
    pub(super) env: Option<Vec<BTreeMap<String, Sensitive<String>>>>,
    pub(super) install_hint: Option<String>,
    pub(super) interactive_mode: Option<InteractiveMode>,
    #[serde(default)]
    pub(super) provide_cluster_info: bool,
}

#[derive(PartialEq, Eq, Deserialize)]
pub(super) enum InteractiveMode {
    Never,
    IfAvailable,
    Always,
}

#[derive(Deserialize)]
pub(in crate::connection) struct AuthProvider {
    pub(super) name: String,
    #[serde(default)]
    pub(in crate::connection) config: BTreeMap<String, String>,
}

/// Why files cannot be read. None repeats their text: that may be a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("is no kubeconfig: what stands at line {line}, column {column} is not expected there")]
    Unexpected { line: u64, column: u64 },
    #[error("is no kubeconfig")]
    Malformed,
    #[error("is of another `kind` or `apiVersion` than the file before")]
    Mismatch,
}

impl File {
    /// The file that is named. What it names itself begins in its folder.
    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        let mut file = Self::parse(&decode(&std::fs::read(path)?)?)?;
        if let Some(folder) = path.parent() {
            file.begin_paths_in(folder);
        }
        Ok(file)
    }

    /// The documents of a text, together.
    pub(super) fn parse(text: &str) -> Result<Self, FileError> {
        let documents = serde_saphyr::from_multiple::<Self>(text).map_err(|error| {
            error.location().map_or(FileError::Malformed, |place| FileError::Unexpected {
                line: place.line(),
                column: place.column(),
            })
        })?;
        documents.into_iter().try_fold(Self::default(), Self::merge)
    }

    /// Both, where the first that says something counts, as kubectl merges files.
    pub(super) fn merge(self, next: Self) -> Result<Self, FileError> {
        let differ = |one: &Option<String>, other: &Option<String>| {
            one.is_some() && other.is_some() && one != other
        };
        if differ(&self.kind, &next.kind) || differ(&self.api_version, &next.api_version) {
            return Err(FileError::Mismatch);
        }
        Ok(Self {
            api_version: self.api_version.or(next.api_version),
            kind: self.kind.or(next.kind),
            current_context: self.current_context.or(next.current_context),
            contexts: merge_named(self.contexts, next.contexts, |context| &context.name),
            clusters: merge_named(self.clusters, next.clusters, |cluster| &cluster.name),
            users: merge_named(self.users, next.users, |user| &user.name),
        })
    }

    fn begin_paths_in(&mut self, folder: &Path) {
        let begin = |path: &mut Option<String>| {
            if let Some(path) = path.as_mut().filter(|path| !path.is_empty()) {
                *path = folder.join(&path).display().to_string();
            }
        };
        for cluster in self.clusters.iter_mut().filter_map(|named| named.cluster.as_mut()) {
            begin(&mut cluster.certificate_authority);
        }
        for user in self.users.iter_mut().filter_map(|named| named.user.as_mut()) {
            begin(&mut user.client_certificate);
            begin(&mut user.client_key);
            begin(&mut user.token_file);
            // A bare name is looked for on PATH.
            let exec = user.exec.as_mut();
            if let Some(exec) = exec.filter(|exec| exec.command.as_deref().is_some_and(is_path)) {
                begin(&mut exec.command);
            }
        }
    }
}

fn is_path(command: &str) -> bool {
    command.contains(std::path::MAIN_SEPARATOR)
}

fn merge_named<T>(mut first: Vec<T>, next: Vec<T>, name: impl Fn(&T) -> &String) -> Vec<T> {
    let count = first.len();
    for entry in next {
        if !first[..count].iter().any(|known| name(known) == name(&entry)) {
            first.push(entry);
        }
    }
    first
}

/// The text of a file. Shells of Windows write UTF-16, and mark it.
fn decode(bytes: &[u8]) -> io::Result<String> {
    let text = match bytes {
        [0xFF, 0xFE, text @ ..] => decode_utf16(text, u16::from_le_bytes),
        [0xFE, 0xFF, text @ ..] => decode_utf16(text, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, text @ ..] | text => String::from_utf8(text.to_vec()).ok(),
    };
    text.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is no text in UTF-8"))
}

fn decode_utf16(text: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = text.as_chunks();
    let units: Vec<_> = units.iter().copied().map(unit).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}

fn null_as_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
