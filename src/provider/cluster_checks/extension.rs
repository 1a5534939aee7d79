//! What the extension on a cluster means for where jobs run, as Azure tells it.

use std::collections::BTreeMap;

use aml::settings::Settings;
use aml::settings::tolerations::{OF_WORKLOADS, read_tolerations};
use aml::workload::ComputeNames;
use azure::Id;
use azure::resource_types::EXTENSIONS;
use kubernetes::capacity::workload_tolerations;
use kubernetes::scheduling::{Labels, Toleration};
use serde_json::Value;

use crate::arm::list_below;
use crate::arm::preflight::is_azureml;
use crate::context::Context;

/// The extension on a cluster, as far as it decides where jobs run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct InstalledExtension {
    /// Its own selector, which is combined with that of every instance type.
    pub(crate) node_selector: Labels,
    /// Taints that jobs tolerate by its settings. `None`: it is not there, or Azure does not say.
    workload_tolerations: Option<Vec<Toleration>>,
}

impl InstalledExtension {
    /// Taints that jobs tolerate: those of one compute, or of any. Where the extension is not known
    /// they may tolerate everything.
    pub(crate) fn tolerations(&self, names: Option<&ComputeNames>) -> Vec<Toleration> {
        let Some(settings) = &self.workload_tolerations else {
            return vec![tolerate_any("")];
        };
        let mut all = workload_tolerations(names, settings);
        if names.is_none() {
            let keys = ["resource-group", "workspace", "compute"];
            all.extend(keys.map(|key| tolerate_any(&format!("ml.azure.com/{key}"))));
        }
        all
    }

    fn new(settings: &Value) -> InstalledExtension {
        let settings: BTreeMap<String, String> = settings
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(key, text)| Some((key.clone(), text.as_str()?.to_owned())))
            .collect();
        let labels = Settings::read(&settings).node_selector;
        let labels = labels.known_elements().map(|(key, label)| (key.clone(), label.clone()));
        let tolerations = read_tolerations(&settings, OF_WORKLOADS).into_iter();
        InstalledExtension {
            node_selector: labels.collect(),
            workload_tolerations: Some(tolerations.map(Toleration::from).collect()),
        }
    }
}

/// Tolerates every value of a key; an empty key stands for all.
fn tolerate_any(key: &str) -> Toleration {
    Toleration { key: key.to_owned(), operator: "Exists".to_owned(), ..Toleration::default() }
}

/// The extension on a cluster. Where Azure does not say, nothing is known of it: that is no finding.
pub(super) async fn read_extension(context: &Context<'_>, cluster: &Id) -> InstalledExtension {
    let extensions = list_below(context, &EXTENSIONS, cluster).await.unwrap_or_default();
    let found = extensions.iter().find(|(_, extension)| is_azureml(extension));
    let settings = found.map(|(_, extension)| &extension.properties()["configurationSettings"]);
    settings.map(InstalledExtension::new).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use kubernetes::scheduling::{Taint, first_untolerated};
    use serde_json::json;

    use super::InstalledExtension;

    #[test]
    fn jobs_tolerate_what_the_settings_say_and_anything_where_they_are_not_known() {
        let settings = json!({
            "nodeSelector.disk": "ssd", "workLoadToleration[0].key": "sku",
            "workLoadToleration[0].operator": "Exists", "toleration[0].key": "other",
        });
        let known = InstalledExtension::new(&settings);
        assert_eq!(known.node_selector, [("disk".to_owned(), "ssd".to_owned())].into());
        for (key, is_tolerated) in
            [("sku", true), ("other", false), ("ml.azure.com/workspace", true), ("x", false)]
        {
            let taint = Taint { key: key.into(), value: "v".into(), effect: "NoSchedule".into() };
            let taints = [taint];
            let found = first_untolerated(&taints, &known.tolerations(None));
            assert_eq!(found.is_none(), is_tolerated, "{key}");
            let unknown = InstalledExtension::default().tolerations(None);
            assert!(first_untolerated(&taints, &unknown).is_none(), "{key}");
        }
    }
}
