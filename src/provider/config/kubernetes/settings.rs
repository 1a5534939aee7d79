//! The block, completed from the environment.

use std::path::PathBuf;

use azure::resource_types::{CONNECTED_CLUSTERS, MANAGED_CLUSTERS};
use framework::{Attr, AttrList, Diagnostic, Path};
use kubernetes::connection::{Arguments, ExecPlugin, ExecPolicy, Proxy};
use vocabulary::capitalize;

use super::validate::refused;
use super::{Exec, Kubernetes, PREFIX};
use crate::config::Config;
use crate::config::environment::{Lookup, Resolved, Source, text_of};
use crate::config::programs::{HOST_VARIABLES, SECRET_VARIABLES};
use crate::config::proxy;

/// How clusters are reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClusterSettings {
    /// The connection of the block; `None` where it writes none.
    pub(crate) connection: Option<ClusterConnection>,
    /// The clusters that it is for, in lower case; `None`: for every one.
    pub(crate) cluster_ids: Option<Vec<String>>,
    /// The argument of the block that is not known yet: nothing of it can be used.
    pub(crate) unknown: Option<Path>,
    /// Whether the block itself says `insecure = true`, of which its validation warns.
    pub(crate) is_insecure_written: bool,
    pub(crate) on_unreachable: OnUnreachable,
    /// The proxy of the environment.
    pub(crate) proxy: Option<Proxy>,
}

/// The way to a cluster that a block writes. No file is read before it is needed.
#[derive(Clone, Debug)]
pub(crate) enum ClusterConnection {
    /// The pod that Terraform runs in, with the variables of the pod.
    InCluster { host: Option<String>, port: Option<String> },
    /// A context of kubeconfig files, where there are any, and what is written over it.
    Written {
        kubeconfig: Vec<PathBuf>,
        context: Option<String>,
        exec: ExecPolicy,
        arguments: Box<Arguments>,
    },
}

/// What a refresh does where a cluster does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OnUnreachable {
    #[default]
    Error,
    /// The state stays as it is, with a warning.
    KeepState,
}

impl OnUnreachable {
    pub(super) fn parse(text: &str) -> Resolved<Self> {
        match text {
            "error" => Ok(Self::Error),
            "keep_state" => Ok(Self::KeepState),
            _ => Err(Diagnostic::error("Invalid on_unreachable")
                .detail(format!("`on_unreachable` is {text:?}. Write `error` or `keep_state`."))
                .at("on_unreachable")),
        }
    }
}

impl ClusterSettings {
    /// Completes the block, in which something may be unknown.
    pub(in crate::config) fn resolve(config: &Config, source: &Source<'_>) -> Resolved<Self> {
        let on_unreachable = config.on_unreachable.known().map(|text| OnUnreachable::parse(text));
        let mut settings = Self {
            connection: None,
            cluster_ids: None,
            unknown: config.kubernetes.is_unknown().then(|| "kubernetes".into()),
            is_insecure_written: false,
            on_unreachable: on_unreachable.transpose()?.unwrap_or_default(),
            proxy: proxy::read_for_clusters(source.lookup)?,
        };
        let Some(block) = config.kubernetes.known() else { return Ok(settings) };
        settings.is_insecure_written = block.insecure.known() == Some(&true);
        settings.unknown =
            block.first_unknown().map(|name| Path::from("kubernetes").attribute(name));
        if settings.unknown.is_none() {
            settings.cluster_ids = cluster_ids(&block.cluster_ids)?;
            settings.connection = block.connection(source)?;
        }
        Ok(settings)
    }
}

impl Kubernetes {
    /// The connection that the block begins and the environment completes.
    fn connection(&self, source: &Source<'_>) -> Resolved<Option<ClusterConnection>> {
        if self.connection_arguments().iter().all(|written| written.is_null) {
            return Ok(None);
        }
        if self.in_cluster.known() == Some(&true) {
            return Ok(Some(ClusterConnection::InCluster {
                host: variable(source.lookup, "KUBERNETES_SERVICE_HOST")?,
                port: variable(source.lookup, "KUBERNETES_SERVICE_PORT")?,
            }));
        }
        Ok(Some(ClusterConnection::Written {
            kubeconfig: self.kubeconfig(source)?,
            context: source.text(&key("config_context"), &self.config_context)?,
            exec: self.exec_policy(source.lookup),
            arguments: Box::new(self.arguments(source)?),
        }))
    }

    fn arguments(&self, source: &Source<'_>) -> Resolved<Arguments> {
        let text = |name: &str, written: &Attr<String>| source.text(&key(name), written);
        let secret = |name: &str, written| source.secret(&key(name), written);
        let exec = self.exec.known().map(|exec| exec.plugin(&self.exec_policy(source.lookup)));
        let exec = exec.transpose()?;
        // Another identity in the block is not completed by one of the environment.
        let own =
            [self.token.is_null(), self.client_certificate.is_null(), self.client_key.is_null()];
        let is_said = exec.is_some() || own != [true; 3];
        let token =
            if is_said { self.token.clone().into_known() } else { secret("token", &self.token)? };
        let signs_by_token = token.is_some() || exec.is_some();
        let (client_certificate, client_key) = if signs_by_token {
            (None, None)
        } else {
            let certificate = text("client_certificate", &self.client_certificate)?;
            (certificate, secret("client_key", &self.client_key)?)
        };
        let proxy = text("proxy_url", &self.proxy_url)?;
        Ok(Arguments {
            address: text("host", &self.host)?,
            ca_certificate: text("cluster_ca_certificate", &self.cluster_ca_certificate)?,
            insecure: source.flag(&key("insecure"), self.insecure)?.filter(|insecure| *insecure),
            tls_server_name: text("tls_server_name", &self.tls_server_name)?,
            proxy: proxy.map(|url| Proxy::explicit("`proxy_url`", url)),
            client_certificate,
            client_key,
            token,
            token_file: None,
            exec,
        })
    }

    /// The files, with `~` for the home folder.
    fn kubeconfig(&self, source: &Source<'_>) -> Resolved<Vec<PathBuf>> {
        let home = |path: String| expand_home(path, source.lookup);
        let several = self.config_paths.known().map(|paths| {
            paths.iter().filter_map(|path| path.known().cloned()).map(home).collect::<Vec<_>>()
        });
        if let Some(several) = several.filter(|paths| !paths.is_empty()) {
            return Ok(several);
        }
        if let Some(one) = source.text(&key("config_path"), &self.config_path)? {
            return Ok(vec![home(one)]);
        }
        let listed = source.text(&key("config_paths"), &Attr::Null)?.unwrap_or_default();
        let paths = std::env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty());
        Ok(paths.map(|path| home(path.display().to_string())).collect())
    }

    fn exec_policy(&self, lookup: Lookup<'_>) -> ExecPolicy {
        if self.allow_exec.known() == Some(&false) {
            return ExecPolicy::Forbidden;
        }
        let is_set = |name: &&str| lookup(name).is_some_and(|value| !value.is_empty());
        ExecPolicy::Allowed {
            removed: HOST_VARIABLES.map(str::to_owned).to_vec(),
            withheld: SECRET_VARIABLES.into_iter().filter(is_set).map(str::to_owned).collect(),
        }
    }
}

impl Exec {
    fn plugin(&self, policy: &ExecPolicy) -> Resolved<ExecPlugin> {
        let ExecPolicy::Allowed { removed, withheld } = policy else {
            return Err(refused("exec").detail("`allow_exec = false` forbids it."));
        };
        let text = |attr: &Attr<String>| attr.known().cloned().unwrap_or_default();
        let plugin = ExecPlugin::new(&text(&self.command), &text(&self.api_version), None);
        let mut plugin = plugin.map_err(|error| {
            refused("exec").detail(format!("{}.", capitalize(&error.to_string())))
        })?;
        let args = self.args.known().into_iter().flatten();
        plugin.args = args.filter_map(|argument| argument.known().cloned()).collect();
        let variables = self.env.known_elements();
        plugin.env = variables.map(|(name, value)| (name.clone(), value.clone())).collect();
        plugin.removed_variables.clone_from(removed);
        plugin.withheld_variables.clone_from(withheld);
        Ok(plugin)
    }
}

fn key(name: &str) -> String {
    format!("{PREFIX}{name}")
}

fn variable(lookup: Lookup<'_>, name: &str) -> Resolved<Option<String>> {
    let value = lookup(name).filter(|value| !value.is_empty());
    value.map(|value| text_of(name, value)).transpose()
}

fn expand_home(path: String, lookup: Lookup<'_>) -> PathBuf {
    let rest =
        path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
    let home = lookup("HOME").or_else(|| lookup("USERPROFILE")).filter(|home| !home.is_empty());
    match (rest, home) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest.trim_start_matches(['/', '\\'])),
        _ => PathBuf::from(path),
    }
}

/// The IDs in lower case, in which Azure compares them.
fn cluster_ids(written: &AttrList<String>) -> Resolved<Option<Vec<String>>> {
    let Some(written) = written.known() else { return Ok(None) };
    let ids = written.iter().filter_map(Attr::known).map(|text| {
        let id: Option<azure::Id> = text.parse().ok();
        let kinds = [&CONNECTED_CLUSTERS, &MANAGED_CLUSTERS];
        let id = id.filter(|id| kinds.iter().any(|kind| kind.canonicalize(id.clone()).is_ok()));
        id.map(|id| id.to_string().to_lowercase()).ok_or_else(|| {
            Diagnostic::error("Invalid block kubernetes")
                .detail(format!(
                    "`cluster_ids` holds {text:?}, which is no ARM ID of an Arc-enabled or AKS \
                     cluster. Write `cluster_id` of the extension, or `id` of the cluster."
                ))
                .at(Path::from("kubernetes").attribute("cluster_ids"))
        })
    });
    ids.collect::<Resolved<Vec<_>>>().map(Some)
}
