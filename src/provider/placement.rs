//! Where the extension on a cluster lets jobs run, as Azure tells it.

use std::collections::BTreeMap;

use aml::settings::Settings;
use aml::settings::tolerations::{OF_WORKLOADS, read_tolerations};
use azure::Id;
use azure::resource_types::EXTENSIONS;
use kubernetes::scheduling::{Labels, Toleration};
use serde_json::Value;

use crate::arm::list_below;
use crate::arm::preflight::is_azureml;
use crate::context::Context;
use crate::explain::Result;

/// What the settings of an extension say about where jobs run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Placement {
    /// The extension's own selector, which is combined with that of every instance type.
    pub(crate) node_selector: Labels,
    /// Taints that jobs and deployments tolerate by these settings.
    pub(crate) tolerations: Vec<Toleration>,
}

impl Placement {
    /// That of the extension on a cluster. `None`: there is none.
    pub(crate) async fn read(context: &Context<'_>, cluster: &Id) -> Result<Option<Placement>> {
        let extensions = list_below(context, &EXTENSIONS, cluster).await?;
        let found = extensions.iter().find(|(_, extension)| is_azureml(extension));
        Ok(found.map(|(_, extension)| {
            Self::of_settings(&extension.properties()["configurationSettings"])
        }))
    }

    /// That of the settings in the body of an extension.
    pub(crate) fn of_settings(settings: &Value) -> Placement {
        let settings: BTreeMap<String, String> = settings
            .as_object()
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
