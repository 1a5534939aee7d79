//! What the extension on a cluster means for where jobs run, as Azure tells it.

use aml::workload::ComputeNames;
use azure::Id;
use kubernetes::capacity::workload_tolerations;
use kubernetes::scheduling::{Labels, Toleration};

use crate::context::Context;
use crate::placement::Placement;

/// Where the extension on a cluster lets jobs run. `None`: it is not there, or Azure does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct InstalledExtension(Option<Placement>);

impl InstalledExtension {
    /// What Azure tells. Where it does not say, nothing is known: that is no finding.
    pub(super) async fn read(context: &Context<'_>, cluster: &Id) -> InstalledExtension {
        InstalledExtension(Placement::read(context, cluster).await.unwrap_or_default())
    }

    /// Its own selector, which is combined with that of every instance type.
    pub(crate) fn node_selector(&self) -> Labels {
        self.0.as_ref().map(|placement| placement.node_selector.clone()).unwrap_or_default()
    }

    /// Taints that jobs tolerate: those of one compute, or of any. Where the extension is not known
    /// they may tolerate everything.
    pub(crate) fn tolerations(&self, names: Option<&ComputeNames>) -> Vec<Toleration> {
        let Some(placement) = &self.0 else {
            return vec![tolerate_any("")];
        };
        let mut all = workload_tolerations(names, &placement.tolerations);
        if names.is_none() {
            let keys = ["resource-group", "workspace", "compute"];
            all.extend(keys.map(|key| tolerate_any(&format!("ml.azure.com/{key}"))));
        }
        all
    }
}

/// Tolerates every value of a key; an empty key stands for all.
fn tolerate_any(key: &str) -> Toleration {
    Toleration { key: key.to_owned(), operator: "Exists".to_owned(), ..Toleration::default() }
}

#[cfg(test)]
mod tests {
    use kubernetes::scheduling::{Taint, first_untolerated};
    use serde_json::json;

    use super::InstalledExtension;
    use crate::placement::Placement;

    #[test]
    fn jobs_tolerate_what_the_settings_say_and_anything_where_they_are_not_known() {
        let settings = json!({
            "nodeSelector.disk": "ssd", "workLoadToleration[0].key": "sku",
            "workLoadToleration[0].operator": "Exists", "toleration[0].key": "other",
        });
        let known = InstalledExtension(Some(Placement::of_settings(&settings)));
        assert_eq!(known.node_selector(), [("disk".to_owned(), "ssd".to_owned())].into());
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
