//! The block `kubernetes`: how clusters are reached that the provider does not reach by itself.
//!
//! Names and variables are those of the kubernetes provider. A variable only completes a connection
//! that the block begins: without one, an AKS cluster is reached by its ID alone.

mod settings;
#[cfg(test)]
mod tests;
mod validate;

use framework::{
    Attr, AttrList, AttrMap, Attribute, Block, Sensitive, block, flag, text, text_map, texts,
};
use serde::{Deserialize, Serialize};

use super::with_variables;
pub(crate) use settings::{ClusterConnection, ClusterSettings, OnUnreachable};
pub(crate) use validate::insecure_warning;
pub(super) use validate::validate;

/// What precedes the names of the block's arguments where variables are listed.
const PREFIX: &str = "kubernetes.";

// === schema ===

/// The block.
pub(crate) fn block_of_kubernetes() -> Block {
    block("kubernetes", [files(), server(), identity(), bounds(), lacking()].concat())
        .with_blocks([exec()])
        .help(
            "How to reach the API server of a cluster, with the names and variables of the \
             `kubernetes` provider. An AKS cluster needs no such block: the provider asks Azure for \
             the way to it and signs in with its own credential. The block is a connection once a \
             connection argument is written in it; only then do the variables complete it. \
             `KUBECONFIG` and `~/.kube/config` are never read by themselves.",
        )
}

/// What happens where a cluster does not answer: an attribute of the provider, since it is about
/// clusters without such a block as well.
pub(crate) fn on_unreachable() -> Attribute {
    text("on_unreachable").optional().help(
        "What a refresh does if a cluster does not answer: `error` fails, `keep_state` keeps the \
         state of its objects with a warning. Defaults to `error`.",
    )
}

fn files() -> Vec<Attribute> {
    vec![
        setting("config_path", "Path of a kubeconfig file."),
        texts("config_paths").optional().help(help_of(
            "config_paths",
            "Paths of kubeconfig files that are read together; the first that says something counts.",
        )),
        setting("config_context", "Context of the kubeconfig. Defaults to its current context."),
    ]
}

fn server() -> Vec<Attribute> {
    vec![
        setting("host", "Address of the API server, such as `https://10.0.0.1:6443`."),
        setting("cluster_ca_certificate", "PEM of the certificate authority of the cluster."),
        setting("tls_server_name", "Name that the server's certificate has, if not the host's."),
        switch("insecure", "Whether any certificate of the server will do. Defaults to `false`."),
        setting(
            "proxy_url",
            "Proxy to the API server, by `http://` or `socks5://`; `NO_PROXY` does not concern it. \
             Defaults to the proxy of the environment.",
        ),
        switch(
            "in_cluster",
            "Whether to use the service account of the pod that Terraform runs in. Defaults to \
             `false`.",
        ),
    ]
}

fn identity() -> Vec<Attribute> {
    vec![
        setting("token", "Token to sign in with.").sensitive(),
        setting("client_certificate", "PEM of the client certificate to sign in with."),
        setting("client_key", "PEM of its private key.").sensitive(),
    ]
}

fn bounds() -> Vec<Attribute> {
    vec![
        texts("cluster_ids").optional().help(
            "ARM IDs of the clusters that this connection is for. Other clusters are reached as \
             without the block. Without it the connection is for every cluster, and whether it leads \
             to the right one is checked.",
        ),
        switch(
            "allow_exec",
            "Whether programs may be run that print a credential, as `exec` and kubeconfig files \
             name them. Defaults to `true`.",
        ),
    ]
}

/// Arguments of the kubernetes provider that this one does not have, so that they are refused with
/// what to write instead.
fn lacking() -> Vec<Attribute> {
    let refused = |name, help: &str| text(name).optional().help(format!("Not supported: {help}"));
    vec![
        refused("username", "Kubernetes has no passwords since 1.19."),
        refused("password", "Kubernetes has no passwords since 1.19.").sensitive(),
        refused("config_context_auth_info", "name a context by `config_context`."),
        refused("config_context_cluster", "name a context by `config_context`."),
    ]
}

fn exec() -> Block {
    block(
        "exec",
        [
            text("api_version").required().help(
                "Version of the interface: `client.authentication.k8s.io/v1` or `…/v1beta1`.",
            ),
            text("command").required().help("The program. A bare name is looked for on `PATH`."),
            texts("args").optional().help("Its arguments."),
            text_map("env").optional().sensitive().help(
                "Variables that it gets beyond those of Terraform's. Secrets of this provider, such \
                 as `ARM_CLIENT_SECRET`, and Terraform's input variables (`TF_VAR_…`) are passed on \
                 only if they are named here.",
            ),
        ],
    )
    .help(
        "A program that prints a credential, as `kubelogin` does. It runs without a terminal, for \
         no longer than a minute.",
    )
}

fn setting(name: &'static str, help: &str) -> Attribute {
    text(name).optional().help(help_of(name, help))
}

fn switch(name: &'static str, help: &str) -> Attribute {
    flag(name).optional().help(help_of(name, help))
}

fn help_of(name: &str, help: &str) -> String {
    with_variables(&format!("{PREFIX}{name}"), help)
}

// === as written ===

/// The block `kubernetes`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kubernetes {
    pub(crate) config_path: Attr<String>,
    pub(crate) config_paths: AttrList<String>,
    pub(crate) config_context: Attr<String>,
    pub(crate) host: Attr<String>,
    pub(crate) cluster_ca_certificate: Attr<String>,
    pub(crate) tls_server_name: Attr<String>,
    pub(crate) insecure: Attr<bool>,
    pub(crate) proxy_url: Attr<String>,
    pub(crate) in_cluster: Attr<bool>,
    pub(crate) token: Attr<Sensitive<String>>,
    pub(crate) client_certificate: Attr<String>,
    pub(crate) client_key: Attr<Sensitive<String>>,
    pub(crate) cluster_ids: AttrList<String>,
    pub(crate) allow_exec: Attr<bool>,
    pub(crate) username: Attr<String>,
    pub(crate) password: Attr<Sensitive<String>>,
    pub(crate) config_context_auth_info: Attr<String>,
    pub(crate) config_context_cluster: Attr<String>,
    pub(crate) exec: Attr<Exec>,
}

/// The block `exec` in it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Exec {
    pub(crate) api_version: Attr<String>,
    pub(crate) command: Attr<String>,
    pub(crate) args: AttrList<String>,
    pub(crate) env: AttrMap<Sensitive<String>>,
}

/// An argument that begins a connection, as it is written.
pub(super) struct Written {
    pub(super) name: &'static str,
    pub(super) is_null: bool,
    pub(super) is_unknown: bool,
}

impl Kubernetes {
    /// The arguments that begin a connection. `in_cluster` does where it is true.
    fn connection_arguments(&self) -> [Written; 13] {
        fn written<T>(name: &'static str, attr: &Attr<T>) -> Written {
            Written { name, is_null: attr.is_null(), is_unknown: attr.is_unknown() }
        }
        let in_cluster =
            if self.in_cluster.known() == Some(&false) { Attr::Null } else { self.in_cluster };
        [
            written("config_path", &self.config_path),
            written("config_paths", &self.config_paths),
            written("config_context", &self.config_context),
            written("host", &self.host),
            written("cluster_ca_certificate", &self.cluster_ca_certificate),
            written("tls_server_name", &self.tls_server_name),
            written("insecure", &self.insecure),
            written("proxy_url", &self.proxy_url),
            written("in_cluster", &in_cluster),
            written("token", &self.token),
            written("client_certificate", &self.client_certificate),
            written("client_key", &self.client_key),
            written("exec", &self.exec),
        ]
    }

    /// The first argument that is not known yet.
    fn first_unknown(&self) -> Option<&'static str> {
        let has_unknown = |elements: &AttrList<String>| {
            elements.known().is_some_and(|elements| elements.iter().any(Attr::is_unknown))
        };
        let exec_is_unknown = self.exec.known().is_some_and(|exec| {
            let env = exec.env.known().map(|env| env.values().any(Attr::is_unknown));
            exec.api_version.is_unknown()
                || exec.command.is_unknown()
                || exec.args.is_unknown()
                || exec.env.is_unknown()
                || has_unknown(&exec.args)
                || env.unwrap_or_default()
        });
        let arguments = self.connection_arguments();
        let simple =
            arguments.iter().find(|written| written.is_unknown).map(|written| written.name);
        let ids = self.cluster_ids.is_unknown() || has_unknown(&self.cluster_ids);
        simple
            .or(has_unknown(&self.config_paths).then_some("config_paths"))
            .or(exec_is_unknown.then_some("exec"))
            .or(ids.then_some("cluster_ids"))
            .or(self.allow_exec.is_unknown().then_some("allow_exec"))
    }
}
