//! One context of one or several kubeconfig files.

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{self, AuthInfo, Cluster, ExecConfig, ExecInteractiveMode};
use secrecy::ExposeSecret;
use vocabulary::Sensitive;

use super::arguments::Arguments;
use super::exec::ExecPlugin;
use super::proxy::Proxy;

/// Where a kubeconfig tells an exec plugin what is special about a cluster.
const EXEC_EXTENSION: &str = "client.authentication.k8s.io/exec";
/// How many names a message lists.
const MAX_NAMES: usize = 10;

/// One or several kubeconfig files, read together. The first file that says something counts.
pub struct Kubeconfig {
    config: config::Kubeconfig,
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
        let mut config = config::Kubeconfig::default();
        for path in &found {
            let name = path.display().to_string();
            let next =
                config::Kubeconfig::read_from(path).map_err(|error| unreadable(&name, &error))?;
            config = config.merge(next).map_err(|error| unreadable(&name, &error))?;
        }
        let mut name = join(found.iter().map(|path| path.display()));
        if !missing.is_empty() {
            let missing = join(missing.iter().map(|path| path.display()));
            name = format!("{name} (without {missing}, which does not exist)");
        }
        Ok(Self { config, name })
    }

    /// The text of a file. `name` is what a message calls it.
    pub fn parse(name: &str, text: &str) -> Result<Self, KubeconfigError> {
        let config =
            config::Kubeconfig::from_yaml(text).map_err(|error| unreadable(name, &error))?;
        Ok(Self { config, name: name.to_owned() })
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
        &self, cluster: &Cluster, user: Option<&AuthInfo>, policy: &ExecPolicy,
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
    ) -> Result<(&Cluster, Option<&AuthInfo>), KubeconfigError> {
        let config = &self.config;
        let current = config.current_context.as_deref().filter(|name| !name.is_empty());
        let wanted = context
            .or(current)
            .ok_or_else(|| self.refuse(format!("has no current context; {}", self.contexts())))?;
        let named = config.contexts.iter().find(|context| context.name == wanted);
        let context = named.and_then(|named| named.context.as_ref()).ok_or_else(|| {
            self.refuse(format!("has no context {wanted:?}; {}", self.contexts()))
        })?;
        let cluster = config.clusters.iter().find(|cluster| cluster.name == context.cluster);
        let cluster = cluster.and_then(|named| named.cluster.as_ref()).ok_or_else(|| {
            self.refuse(format!(
                "has no cluster {:?}, which its context {wanted:?} names",
                context.cluster
            ))
        })?;
        let Some(name) = context.user.as_deref().filter(|name| !name.is_empty()) else {
            return Ok((cluster, None));
        };
        let user = config.auth_infos.iter().find(|user| user.name == name).ok_or_else(|| {
            self.refuse(format!("has no user {name:?}, which its context {wanted:?} names"))
        })?;
        Ok((cluster, user.auth_info.as_ref()))
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
        &self, user: &AuthInfo, cluster: &Cluster, policy: &ExecPolicy,
    ) -> Result<Arguments, KubeconfigError> {
        self.refuse_unsupported(user)?;
        let certificate = self.data_or_file(
            "client-certificate",
            user.client_certificate_data.as_deref(),
            user.client_certificate.as_deref(),
        )?;
        let key = user.client_key_data.as_ref().map(ExposeSecret::expose_secret);
        let token = user.token.as_ref().map(ExposeSecret::expose_secret);
        let exec = user.exec.as_ref().map(|exec| self.exec(exec, cluster, policy)).transpose()?;
        Ok(Arguments {
            client_certificate: certificate.map(|pem| pem.expose().clone()),
            client_key: self.data_or_file("client-key", key, user.client_key.as_deref())?,
            token: token.filter(|token| !token.is_empty()).map(Sensitive::from),
            token_file: user.token_file.clone().filter(|file| !file.is_empty()).map(PathBuf::from),
            exec,
            ..Arguments::default()
        })
    }

    /// What would make the call somebody else's if it were passed over.
    fn refuse_unsupported(&self, user: &AuthInfo) -> Result<(), KubeconfigError> {
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
        &self, exec: &ExecConfig, cluster: &Cluster, policy: &ExecPolicy,
    ) -> Result<ExecPlugin, KubeconfigError> {
        let command = exec.command.as_deref().unwrap_or_default();
        let ExecPolicy::Allowed { removed, withheld } = policy else {
            return Err(self.refuse(format!(
                "signs in by running {command:?}, which `allow_exec = false` forbids"
            )));
        };
        if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
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
                Some((variable.get("name")?.clone(), variable.get("value")?.as_str().into()))
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
        let names: Vec<_> = self.config.contexts.iter().map(|context| &context.name).collect();
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

/// Why a file cannot be read, without its text: that may be a secret.
fn unreadable(name: &str, error: &config::KubeconfigError) -> KubeconfigError {
    use config::KubeconfigError as Kube;
    let why = match error {
        Kube::Parse(error) => match error.location() {
            Some(place) => format!(
                "is no kubeconfig: what stands at line {}, column {} is not expected there",
                place.line(),
                place.column()
            ),
            None => "is no kubeconfig".to_owned(),
        },
        Kube::ReadConfig(error, _) => format!("cannot be read: {error}"),
        Kube::KindMismatch | Kube::ApiVersionMismatch => {
            "is of another `kind` or `apiVersion` than the file before".to_owned()
        }
        _ => "cannot be read".to_owned(),
    };
    KubeconfigError::new(name, why)
}

fn join(names: impl Iterator<Item = impl fmt::Display>) -> String {
    names.map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{Connection, Roots, Token};

    const ALLOWED: ExecPolicy = ExecPolicy::Allowed { removed: Vec::new(), withheld: Vec::new() };

    fn parse(text: &str) -> Result<Connection, String> {
        let kubeconfig = Kubeconfig::parse("FILE", text).map_err(|error| error.to_string())?;
        let arguments = kubeconfig.arguments(None, &ALLOWED).map_err(|error| error.to_string())?;
        arguments.connection(None).map_err(|error| error.to_string())
    }

    /// A file with one context, of these members of its cluster and its user.
    fn one(cluster: &str, user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: one\n\
             contexts: [{{name: one, context: {{cluster: k, user: u}}}}]\n\
             clusters: [{{name: k, cluster: {{server: \"https://one.example\"{cluster}}}}}]\n\
             users: [{{name: u, user: {{{user}}}}}]\n"
        )
    }

    fn exec(members: &str) -> String {
        format!("exec: {{apiVersion: client.authentication.k8s.io/v1, command: plugin{members}}}")
    }

    #[test]
    fn a_context_says_where_and_as_whom() {
        let connection = parse(&one(", tls-server-name: name", "token: t-1")).unwrap();
        assert_eq!(connection.server.url(), "https://one.example/");
        assert_eq!(connection.server.tls_server_name.as_deref(), Some("name"));
        assert!(
            matches!(connection.identity.token, Token::Fixed(token) if token.expose() == "t-1")
        );
        let insecure =
            parse(&one(", insecure-skip-tls-verify: true", &exec(", args: [a]"))).unwrap();
        assert!(insecure.server.insecure);
        assert!(matches!(insecure.identity.token, Token::Exec(plugin) if plugin.args == ["a"]));
    }

    #[test]
    fn what_cannot_be_used_is_said_without_repeating_it() {
        let impersonation = "token: canary, as: admin";
        let old = "auth-provider: {name: gcp}";
        let always = exec(", interactiveMode: Always");
        let alpha = "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: plugin}";
        for (text, expected) in [
            (String::new(), "has no current context; it has none"),
            ("token: [canary".to_owned(), "is no kubeconfig: what stands at line 1, column "),
            ("users: canary".to_owned(), "is no kubeconfig: what stands at line 1, column "),
            ("- canary".to_owned(), "is no kubeconfig"),
            (
                one("", "").replace("current-context: one", "current-context: two"),
                "has no context \"two\"; it has \"one\"",
            ),
            (
                one("", "").replace("name: k", "name: other"),
                "has no cluster \"k\", which its context \"one\" names",
            ),
            (
                one("", "").replace("name: u", "name: other"),
                "has no user \"u\", which its context \"one\" names",
            ),
            (one("", "").replace("server:", "address:"), "has a cluster without `server`"),
            (
                one(", certificate-authority-data: '%%canary'", ""),
                "has a `certificate-authority-data` that is no base64",
            ),
            (
                one(", certificate-authority: /nowhere/ca", ""),
                "names as `certificate-authority` the file /nowhere/ca, which cannot be read",
            ),
            (one("", "client-key-data: '%%canary'"), "has a `client-key-data` that is no base64"),
            (
                one("", "client-certificate: /nowhere/c"),
                "the file /nowhere/c, which cannot be read",
            ),
            (one("", impersonation), "acts as another user (`as`)"),
            (one("", "username: u, password: canary"), "`username` and `password`"),
            (one("", old), "the auth provider \"gcp\""),
            (one("", &always), "always asks a person"),
            (one("", alpha), "speaks \"client.authentication.k8s.io/v1alpha1\""),
        ] {
            let error = parse(&text).expect_err(expected);
            assert!(error.contains(expected) && !error.contains("canary"), "{expected}: {error}");
            assert!(error.starts_with("the kubeconfig FILE "), "{error}");
        }
    }

    #[test]
    fn a_program_is_run_only_where_that_is_allowed() {
        let kubeconfig = Kubeconfig::parse("FILE", &one("", &exec(""))).unwrap();
        let error = kubeconfig.arguments(None, &ExecPolicy::Forbidden).expect_err("forbidden");
        assert!(error.to_string().contains("`allow_exec = false` forbids"), "{error}");
        let policy = ExecPolicy::Allowed { removed: vec!["A".into()], withheld: vec!["B".into()] };
        let plugin = kubeconfig.arguments(None, &policy).unwrap().exec.unwrap();
        assert_eq!(
            (plugin.removed_variables, plugin.withheld_variables),
            (vec!["A".into()], vec!["B".into()])
        );
    }

    #[test]
    fn files_are_named_from_the_folder_of_the_file_and_data_count_before_them() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        write("ca.crt", pem);
        write("client.crt", "from file");
        write("client.key", "key");
        let data = STANDARD.encode("from data");
        let user = format!(
            "client-certificate: client.crt, client-key: client.key, tokenFile: token, client-certificate-data: {data}"
        );
        write("config", &one(", certificate-authority: ca.crt", &user));
        let kubeconfig = Kubeconfig::read(&folder.path().join("config")).unwrap();
        let arguments = kubeconfig.arguments(None, &ALLOWED).unwrap();
        assert_eq!(arguments.ca_certificate.as_deref(), Some(pem));
        assert_eq!(arguments.client_certificate.as_deref(), Some("from data"));
        assert_eq!(arguments.client_key.as_ref().map(|key| key.expose().as_str()), Some("key"));
        assert_eq!(arguments.token_file, Some(folder.path().join("token")));
        let roots = arguments.connection(None).unwrap().server.roots;
        assert_eq!(roots, Roots::Only(vec![vec![0; 3]]));
    }

    #[test]
    fn of_several_files_the_first_that_says_something_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a"), one("", "token: a")).unwrap();
        let two = one("", "token: b").replace("one", "two").replace("name: k", "name: k2");
        let two = two.replace("cluster: k,", "cluster: k2,");
        std::fs::write(path("b"), two).unwrap();
        let read = |names: &[&str]| {
            Kubeconfig::read_all(&names.iter().map(|name| path(name)).collect::<Vec<_>>())
        };
        let both = read(&["a", "missing", "b"]).unwrap();
        let address =
            |context| both.arguments(context, &ALLOWED).map(|found| found.address.unwrap());
        assert_eq!(address(None).unwrap(), "https://one.example");
        assert_eq!(address(Some("two")).unwrap(), "https://two.example");
        let error = address(Some("three")).expect_err("no such context").to_string();
        assert!(
            error.contains("it has \"one\", \"two\"")
                && error.contains("missing, which does not exist"),
            "{error}"
        );
        // Of a user in both files the first one counts, whole.
        let token = both.arguments(Some("two"), &ALLOWED).unwrap().token.unwrap();
        assert_eq!(token.expose(), "a");
        assert!(
            read(&["missing"]).expect_err("none").to_string().ends_with("missing does not exist")
        );
    }
}
