//! What is wrong with the block whatever the environment and the cluster say.

use framework::{Diagnostic, Diagnostics, Path};
use kubernetes::connection::{ExecPlugin, Proxy};

use super::{Kubernetes, OnUnreachable};
use crate::config::Config;

/// Refuses contradictions and what this provider does not have.
pub(in crate::config) fn validate(config: &Config, found: &mut Diagnostics) {
    let on_unreachable = config.on_unreachable.known();
    if let Some(refused) = on_unreachable.and_then(|text| OnUnreachable::parse(text).err()) {
        found.push(refused);
    }
    let Some(block) = config.kubernetes.known() else { return };
    refuse_lacking(block, found);
    refuse_two_ways(block, found);
    refuse_exec(block, found);
    warn_of_insecure(block, found);
    let proxy = block.proxy_url.known().map(|url| Proxy::explicit("`proxy_url`", url.clone()));
    if let Some(Err(error)) = proxy.map(|proxy| proxy.check()) {
        found.push(refused("proxy_url").detail(format!("{error}.")));
    }
}

fn refuse_lacking(block: &Kubernetes, found: &mut Diagnostics) {
    const TOKEN: &str = "Sign in by `token`, a client certificate or `exec`";
    const CONTEXT: &str = "Name a context of the kubeconfig by `config_context`";
    for (name, is_written, instead) in [
        ("username", !block.username.is_null(), TOKEN),
        ("password", !block.password.is_null(), TOKEN),
        ("config_context_auth_info", !block.config_context_auth_info.is_null(), CONTEXT),
        ("config_context_cluster", !block.config_context_cluster.is_null(), CONTEXT),
    ] {
        if is_written {
            found.push(refused(name).detail(format!(
                "`{name}` of the kubernetes provider does not exist here. {instead}."
            )));
        }
    }
}

/// Arguments of which one would silently win.
fn refuse_two_ways(block: &Kubernetes, found: &mut Diagnostics) {
    let written = block.connection_arguments();
    let is_written = |name: &str| written.iter().any(|each| each.name == name && !each.is_null);
    for (one, other) in [
        ("config_path", "config_paths"),
        ("token", "exec"),
        ("token", "client_certificate"),
        ("client_certificate", "exec"),
        ("cluster_ca_certificate", "insecure"),
    ] {
        let both = is_written(one) && is_written(other);
        if both && !(other == "insecure" && block.insecure.known() == Some(&false)) {
            found.push(refused(one).detail(format!(
                "`{one}` and `{other}` contradict each other. Write one of them."
            )));
        }
    }
    let beside = written.iter().find(|each| each.name != "in_cluster" && !each.is_null);
    if let (Some(true), Some(beside)) = (block.in_cluster.known(), beside) {
        found.push(refused("in_cluster").detail(format!(
            "`in_cluster` is the whole way to the cluster, and `{}` is another. Write one of them.",
            beside.name
        )));
    }
}

fn refuse_exec(block: &Kubernetes, found: &mut Diagnostics) {
    let Some(exec) = block.exec.known() else { return };
    if block.allow_exec.known() == Some(&false) {
        found.push(refused("exec").detail("`allow_exec = false` forbids it. Write one of them."));
    }
    if let (Some(command), Some(version)) = (exec.command.known(), exec.api_version.known())
        && let Err(error) = ExecPlugin::new(command, version, None)
    {
        let detail = format!("{}.", vocabulary::capitalize(&error.to_string()));
        found.push(
            Diagnostic::error("Invalid block kubernetes").detail(detail).at(Path::from(
                "kubernetes",
            )
            .attribute("exec")
            .attribute("api_version")),
        );
    }
}

fn warn_of_insecure(block: &Kubernetes, found: &mut Diagnostics) {
    if block.insecure.known() == Some(&true) {
        found.push(insecure_warning("`insecure = true`").at(argument("insecure")));
    }
}

/// What to know of a connection that checks no certificate; `by` is what asks for that.
pub(crate) fn insecure_warning(by: &str) -> Diagnostic {
    Diagnostic::warning("Certificate of the cluster is not checked").detail(format!(
        "With {by}, whoever stands between this machine and the cluster can read the credentials \
         and answer in its place. Set `cluster_ca_certificate` instead."
    ))
}

pub(super) fn refused(name: &str) -> Diagnostic {
    Diagnostic::error("Invalid block kubernetes").at(argument(name))
}

fn argument(name: &str) -> Path {
    Path::from("kubernetes").attribute(name)
}
