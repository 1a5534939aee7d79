//! What is wrong with a configuration, all at once, each finding on its attribute. Anything may be
//! unknown: then the rules that need it wait.

use aml::name;
use azure::resource_types::{EXTENSIONS, MANAGED_CLUSTERS, WORKSPACES};
use azure::{Id, ResourceType};
use framework::{Attr, Diagnostic, Diagnostics, Path};
use vocabulary::Problem;

use super::model::{Compute, Identity, IdentityKind};
use super::namespace;
use crate::arm::ids;
use crate::cluster_checks;
use crate::types::instance_type;

pub(super) fn validate(config: &Compute, found: &mut Diagnostics) {
    if let Some(name) = config.name.known() {
        found.report("name", name::check_compute(name).into_iter().filter(Problem::is_error));
    }
    if let Some(namespace) = config.namespace.known() {
        found.report("namespace", name::check_namespace(namespace));
    }
    namespace::validate(config, found);
    check_ids(config, found);
    check_instance_types(config, found);
    cluster_checks::validate(&config.cluster_checks, found);
    if let Some(identity) = config.identity.known() {
        check_identity(identity, found);
    }
}

/// What a mock makes up passes [`check`], and a plan knows no mocks.
pub(super) fn validate_mocked_ids(planned: &Compute, found: &mut Diagnostics) {
    for (attribute, id, kinds) in ids(planned) {
        ids::check(attribute, id, kinds, found);
    }
}

/// What is doubtful about the name of a compute that is still to be attached. Nobody can mend that of
/// one that is there without detaching it.
pub(super) fn warn_about_name(prior: Option<&Compute>, planned: &Compute, found: &mut Diagnostics) {
    if let (None, Some(name)) = (prior, planned.name.known()) {
        let doubts = name::check_compute(name).into_iter().filter(|problem| !problem.is_error());
        found.report("name", doubts);
    }
}

type Written<'a> = (&'static str, &'a Attr<String>, &'static [&'static ResourceType]);

fn ids(of: &Compute) -> [Written<'_>; 3] {
    [
        ("workspace_id", &of.workspace_id, &[&WORKSPACES]),
        ("cluster_id", &of.cluster_id, &ids::CLUSTERS),
        ("extension_id", &of.extension_id, &[&EXTENSIONS]),
    ]
}

fn check_ids(config: &Compute, found: &mut Diagnostics) {
    let [workspace, cluster, extension] =
        ids(config).map(|(attribute, id, kinds)| ids::validate(attribute, id, kinds, found));
    if let (Some(workspace), Some(cluster)) = (&workspace, &cluster) {
        found.extend(foreign_aks(workspace, cluster));
    }
    if let (Some(extension), Some(cluster)) = (extension, cluster)
        && extension.parent().is_some_and(|parent| parent != cluster)
    {
        found.push(Diagnostic::error("Invalid extension_id").at("extension_id").detail(
            "The extension is on another cluster than `cluster_id`. Name the extension of the \
             cluster that is attached.",
        ));
    }
}

/// Azure Machine Learning reaches an AKS cluster directly only in its own subscription.
fn foreign_aks(workspace: &Id, cluster: &Id) -> Option<Diagnostic> {
    let (of_workspace, of_cluster) = (workspace.subscription()?, cluster.subscription()?);
    let aks = MANAGED_CLUSTERS.matches(&cluster.resource_type());
    if !aks || of_workspace.eq_ignore_ascii_case(of_cluster) {
        return None;
    }
    Some(Diagnostic::error("Cluster in another subscription").at("cluster_id").detail(format!(
        "An AKS cluster can be attached only to a workspace in its own subscription: the cluster \
         is in {of_cluster}, the workspace in {of_workspace}.\n\nConnect the cluster to Azure Arc \
         in the workspace's subscription and attach the connected cluster."
    )))
}

fn check_instance_types(config: &Compute, found: &mut Diagnostics) {
    let types = instance_type::drafts(&config.instance_types);
    let default = config.default_instance_type.as_ref().map(String::as_str);
    found.report("default_instance_type", aml::check_default(default, types.as_ref()));
    let Some(types) = types.known() else { return };
    found.report("instance_types", aml::check(types));
}

fn check_identity(identity: &Identity, found: &mut Diagnostics) {
    let path = || Path::from("identity");
    for (index, id) in identity.identity_ids.known().into_iter().flatten().enumerate() {
        let Some(text) = id.known() else { continue };
        if let Err(error) = text.parse::<Id>() {
            let at = path().attribute("identity_ids").index(index);
            found.push(ids::malformed("identity_ids", text, &error.to_string()).at(at));
        }
    }
    let Some(written) = identity.kind.known() else { return };
    let Some(kind) = IdentityKind::new(written).wire() else {
        found
            .push(Diagnostic::error("Invalid identity").at(path().attribute("type")).detail(format!(
            "There is no identity of type {written:?}.\n\nUse `SystemAssigned`, `UserAssigned`, \
             `SystemAssigned, UserAssigned` or `None`."
        )));
        return;
    };
    let ids = match &identity.identity_ids {
        Attr::Unknown => return,
        Attr::Null => 0,
        Attr::Known(ids) => ids.len(),
    };
    let fault = match (kind.contains("UserAssigned"), ids) {
        (true, 0) => {
            "needs `identity_ids`: give the ARM ID of at least one user-assigned identity."
        }
        (false, 1..) => {
            "takes no `identity_ids`: leave them out, or add `UserAssigned` to the type."
        }
        _ => return,
    };
    found.push(
        Diagnostic::error("Invalid identity")
            .at(path().attribute("identity_ids"))
            .detail(format!("An identity of type {written} {fault}")),
    );
}
