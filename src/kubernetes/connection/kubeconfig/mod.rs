//! One context of one or several kubeconfig files.

mod file;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vocabulary::Sensitive;

use super::arguments::Arguments;
use super::exec::ExecPlugin;
use super::proxy::Proxy;
pub(super) use file::{Cluster, User};
use file::{Exec, File, FileError, InteractiveMode};

/// Where a kubeconfig tells an exec plugin what is special about a cluster.
const EXEC_EXTENSION: &str = "client.authentication.k8s.io/exec";
/// How many names a message lists.
const MAX_NAMES: usize = 10;

/// One or several kubeconfig files, read together. The first file that says something counts.
pub struct Kubeconfig {
    file: File,
    /// What a message calls them.
    name: String,
}

/// Why a kubeconfig cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the kubeconfig {file} {why}")]
pub struct KubeconfigError {
    /// The file, or the files that were read together.
    pub file: String,
    /// What is wrong with it, as the rest of a sentence.
    pub why: String,
}

/// Whether programs may be run to get a credential, and what they do not inherit.
#[derive(Clone, Debug)]
pub enum ExecPolicy {
    /// None may be run.
    Forbidden,
    /// They may be, without these variables.
    Allowed {
        /// What is none of their business.
        removed: Vec<String>,
        /// Secrets, which a failure names.
        withheld: Vec<String>,
    },
}

impl Kubeconfig {
    /// The one file that is named.
    pub fn read(path: &Path) -> Result<Self, KubeconfigError> {
        Self::read_all(&[path.to_owned()])
    }

    /// Several files together. Those that do not exist are passed over, as by kubectl, unless none
    /// does.
    pub fn read_all(paths: &[PathBuf]) -> Result<Self, KubeconfigError> {
        let (found, missing): (Vec<_>, Vec<_>) = paths.iter().partition(|path| path.exists());
        if found.is_empty() {
            let name = join(paths.iter().map(|path| path.display()));
            return Err(KubeconfigError::new(&name, "does not exist"));
        }
        let mut file = File::default();
        for path in &found {
            let merged = File::read(path).and_then(|next| file.merge(next));
            file = merged.map_err(|error| unusable(&path.display().to_string(), &error))?;
        }
        let mut name = join(found.iter().map(|path| path.display()));
        if !missing.is_empty() {
            let missing = join(missing.iter().map(|path| path.display()));
            name = format!("{name} (without {missing}, which does not exist)");
        }
        Ok(Self { file, name })
    }

    /// The text of a file. `name` is what a message calls it.
    pub fn parse(name: &str, text: &str) -> Result<Self, KubeconfigError> {
        let file = File::parse(text).map_err(|error| unusable(name, &error))?;
        Ok(Self { file, name: name.to_owned() })
    }

    /// The base64 of the text of a file.
    pub(super) fn decode(name: &str, encoded: &str) -> Result<Self, KubeconfigError> {
        let bytes = STANDARD.decode(encoded.trim()).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| KubeconfigError::new(name, "is no base64 of a text"))?;
        Self::parse(name, &text)
    }

    /// What a context says: the current one, or another by its name.
    pub fn arguments(
        &self, context: Option<&str>, policy: &ExecPolicy,
    ) -> Result<Arguments, KubeconfigError> {
        let (cluster, user) = self.resolve(context)?;
        self.arguments_of(cluster, user, policy)
    }

    pub(super) fn arguments_of(
        &self, cluster: &Cluster, user: Option<&User>, policy: &ExecPolicy,
    ) -> Result<Arguments, KubeconfigError> {
        let server = self.server(cluster)?;
        Ok(match user {
            Some(user) => self.user(user, cluster, policy)?.or(server),
            None => server,
        })
    }

    /// The cluster and the user of a context.
    pub(super) fn resolve(
        &self, context: Option<&str>,
    ) -> Result<(&Cluster, Option<&User>), KubeconfigError> {
        let file = &self.file;
        let current = file.current_context.as_deref().filter(|name| !name.is_empty());
        let wanted = context
            .or(current)
            .ok_or_else(|| self.refuse(format!("has no current context; {}", self.contexts())))?;
        let named = file.contexts.iter().find(|context| context.name == wanted);
        let context = named.and_then(|named| named.context.as_ref()).ok_or_else(|| {
            self.refuse(format!("has no context {wanted:?}; {}", self.contexts()))
        })?;
        let cluster = file.clusters.iter().find(|cluster| cluster.name == context.cluster);
        let cluster = cluster.and_then(|named| named.cluster.as_ref()).ok_or_else(|| {
            self.refuse(format!(
                "has no cluster {:?}, which its context {wanted:?} names",
                context.cluster
            ))
        })?;
        let Some(name) = context.user.as_deref().filter(|name| !name.is_empty()) else {
            return Ok((cluster, None));
        };
        let user = file.users.iter().find(|user| user.name == name).ok_or_else(|| {
            self.refuse(format!("has no user {name:?}, which its context {wanted:?} names"))
        })?;
        Ok((cluster, user.user.as_ref()))
    }

    fn server(&self, cluster: &Cluster) -> Result<Arguments, KubeconfigError> {
        let address = cluster.server.clone().filter(|address| !address.is_empty());
        let ca = self.data_or_file(
            "certificate-authority",
            cluster.certificate_authority_data.as_deref(),
            cluster.certificate_authority.as_deref(),
        )?;
        let proxy = cluster.proxy_url.clone().filter(|url| !url.is_empty());
        Ok(Arguments {
            address: Some(address.ok_or_else(|| self.refuse("has a cluster without `server`"))?),
            ca_certificate: ca.map(|pem| pem.expose().clone()),
            insecure: cluster.insecure_skip_tls_verify.filter(|insecure| *insecure),
            tls_server_name: cluster.tls_server_name.clone().filter(|name| !name.is_empty()),
            proxy: proxy.map(|url| Proxy::explicit("`proxy-url` of the kubeconfig", url)),
            ..Arguments::default()
        })
    }

    fn user(
        &self, user: &User, cluster: &Cluster, policy: &ExecPolicy,
    ) -> Result<Arguments, KubeconfigError> {
        self.refuse_unsupported(user)?;
        let certificate = self.data_or_file(
            "client-certificate",
            user.client_certificate_data.as_deref(),
            user.client_certificate.as_deref(),
        )?;
        let key = user.client_key_data.as_ref().map(|key| key.expose().as_str());
        let exec = user.exec.as_ref().map(|exec| self.exec(exec, cluster, policy)).transpose()?;
        Ok(Arguments {
            client_certificate: certificate.map(|pem| pem.expose().clone()),
            client_key: self.data_or_file("client-key", key, user.client_key.as_deref())?,
            token: user.token.clone().filter(|token| !token.expose().is_empty()),
            token_file: user.token_file.clone().filter(|file| !file.is_empty()).map(PathBuf::from),
            exec,
            ..Arguments::default()
        })
    }

    /// What would make the call somebody else's if it were passed over.
    fn refuse_unsupported(&self, user: &User) -> Result<(), KubeconfigError> {
        let has_extra = user.impersonate_user_extra.is_some() || user.impersonate_groups.is_some();
        if user.impersonate.is_some() || user.impersonate_uid.is_some() || has_extra {
            return Err(self.refuse("acts as another user (`as`), which is not supported"));
        }
        if user.username.is_some() || user.password.is_some() {
            return Err(self.refuse(
                "signs in by `username` and `password`, which Kubernetes does not know since 1.19",
            ));
        }
        let provider = user.auth_provider.as_ref().map(|provider| &provider.name);
        provider.map_or(Ok(()), |name| {
            Err(self.refuse(format!(
                "signs in by the auth provider {name:?}, which Kubernetes does not know since 1.26; \
                 `kubelogin convert-kubeconfig` writes an exec plugin in its place"
            )))
        })
    }

    fn exec(
        &self, exec: &Exec, cluster: &Cluster, policy: &ExecPolicy,
    ) -> Result<ExecPlugin, KubeconfigError> {
        let command = exec.command.as_deref().unwrap_or_default();
        let ExecPolicy::Allowed { removed, withheld } = policy else {
            return Err(self.refuse(format!(
                "signs in by running {command:?}, which `allow_exec = false` forbids"
            )));
        };
        if exec.interactive_mode == Some(InteractiveMode::Always) {
            return Err(self.refuse(format!(
                "signs in by {command:?}, which always asks a person (`interactiveMode: Always`): \
                 nobody can answer here"
            )));
        }
        // A relative command already begins in the folder of its file.
        let api_version = exec.api_version.as_deref().unwrap_or_default();
        let plugin = ExecPlugin::new(command, api_version, None);
        let mut plugin = plugin.map_err(|error| self.refuse(format!("cannot be used: {error}")))?;
        plugin.args = exec.args.clone().unwrap_or_default();
        let variables = exec.env.iter().flatten();
        plugin.env = variables
            .filter_map(|variable| {
                Some((variable.get("name")?.expose().clone(), variable.get("value")?.clone()))
            })
            .collect();
        plugin.provide_cluster_info = exec.provide_cluster_info;
        let extensions = cluster.extensions.iter().flatten();
        let own = extensions.into_iter().find(|extension| extension.name == EXEC_EXTENSION);
        plugin.cluster_config = own.map(|extension| extension.extension.clone());
        plugin.install_hint.clone_from(&exec.install_hint);
        plugin.removed_variables.clone_from(removed);
        plugin.withheld_variables.clone_from(withheld);
        Ok(plugin)
    }

    /// What is embedded, in base64, else what is in a file.
    fn data_or_file(
        &self, what: &str, data: Option<&str>, file: Option<&str>,
    ) -> Result<Option<Sensitive<String>>, KubeconfigError> {
        if let Some(data) = data.filter(|data| !data.is_empty()) {
            let bytes = STANDARD.decode(data.trim()).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            let text = text.ok_or_else(|| {
                self.refuse(format!("has a `{what}-data` that is no base64 of a text"))
            })?;
            return Ok(Some(text.into()));
        }
        let Some(file) = file.filter(|file| !file.is_empty()) else { return Ok(None) };
        let read = std::fs::read_to_string(file);
        let text = read.map_err(|error| {
            self.refuse(format!("names as `{what}` the file {file}, which cannot be read: {error}"))
        })?;
        Ok(Some(text.into()))
    }

    fn contexts(&self) -> String {
        let names: Vec<_> = self.file.contexts.iter().map(|context| &context.name).collect();
        if names.is_empty() {
            return "it has none".to_owned();
        }
        let more = if names.len() > MAX_NAMES { ", …" } else { "" };
        format!(
            "it has {}{more}",
            join(names.iter().take(MAX_NAMES).map(|name| format!("{name:?}")))
        )
    }

    pub(super) fn refuse(&self, why: impl Into<String>) -> KubeconfigError {
        KubeconfigError::new(&self.name, why)
    }
}

impl KubeconfigError {
    fn new(file: &str, why: impl Into<String>) -> Self {
        Self { file: file.to_owned(), why: why.into() }
    }
}

impl fmt::Debug for Kubeconfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kubeconfig").field("name", &self.name).finish_non_exhaustive()
    }
}

fn unusable(name: &str, error: &FileError) -> KubeconfigError {
    KubeconfigError::new(name, error.to_string())
}

fn join(names: impl Iterator<Item = impl fmt::Display>) -> String {
    names.map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}
