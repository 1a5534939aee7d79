//! What the settings of the extension on the cluster mean for where jobs run.

use std::collections::BTreeMap;

use aml::settings::Settings;
use aml::settings::tolerations::{OF_WORKLOADS, read_tolerations};
use azure::resource_types::EXTENSIONS;
use azure::{ArmResource, Id};
use framework::Diagnostic;
use kubernetes::scheduling::{Labels, Toleration};

use crate::arm::list_below;
use crate::arm::preflight::is_azureml;
use crate::context::Context;
use crate::explain::{Error, Result};

/// What the settings of an extension mean for where jobs run. Without an extension nothing is set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Placement {
    /// Labels of the nodes on which everything of Azure ML runs.
    pub(super) node_selector: Labels,
    /// Taints that jobs and deployments tolerate.
    pub(super) tolerations: Vec<Toleration>,
}

impl Placement {
    /// Reads it from Azure. Who may not look at extensions is warned.
    pub(super) async fn read(context: &mut Context<'_>, cluster: &Id) -> Result<Placement> {
        match list_below(context, &EXTENSIONS, cluster).await {
            Err(Error::Azure(failure)) if failure.error.is_forbidden() => {
                context.diagnostics.push(warn_of_unread_extension(&failure.error));
                Ok(Placement::default())
            }
            extensions => {
                let extensions = extensions?;
                let found = extensions.iter().find(|(_, extension)| is_azureml(extension));
                Ok(found.map(|(_, extension)| Placement::of(extension)).unwrap_or_default())
            }
        }
    }

    fn of(extension: &ArmResource) -> Placement {
        let settings = extension.properties()["configurationSettings"].as_object();
        let settings: BTreeMap<String, String> = settings
            .into_iter()
            .flatten()
            .filter_map(|(key, text)| Some((key.clone(), text.as_str()?.to_owned())))
            .collect();
        let labels = Settings::read(&settings).node_selector;
        let labels = labels.known_elements().map(|(key, label)| (key.clone(), label.clone()));
        let tolerations = read_tolerations(&settings, OF_WORKLOADS).into_iter();
        Placement {
            node_selector: labels.collect(),
            tolerations: tolerations.map(Toleration::from).collect(),
        }
    }
}

fn warn_of_unread_extension(error: &azure::Error) -> Diagnostic {
    Diagnostic::warning("Extension was not looked at")
        .detail(format!(
            "The provider may not read the extensions of the cluster, so that the node selector and \
             the tolerations of Azure Machine Learning's own are taken to be empty:\n\n{error}\n\nIf \
             its node selector is set, write it in `node_selector` here."
        ))
        .at("cluster_id")
}
