//! Instance types that the providers `kubernetes` or `kubectl` managed until now.
//!
//! Their states say nothing of the cluster. So the state has no `cluster_id` until the next apply writes
//! it, which moves the fields of the manager before to this provider.

use aml::instance_type::custom_resource::{API_VERSION, KIND};
use framework::{MoveOrigin, MoveSource, Private};
use kubernetes::instance_type::LiveInstanceType;
use serde_json::{Value, json};

use super::cluster::{MANAGER, UNCLAIMED};
use super::model::ClusterType;
use crate::explain::Result;
use crate::types::move_source::unsupported_source;

const MANIFEST: MoveOrigin =
    MoveOrigin { provider: "hashicorp/kubernetes", type_name: "kubernetes_manifest" };
const KUBECTL: MoveOrigin =
    MoveOrigin { provider: "gavinbunney/kubectl", type_name: "kubectl_manifest" };
/// Its fork.
const KUBECTL_FORK: MoveOrigin =
    MoveOrigin { provider: "alekc/kubectl", type_name: "kubectl_manifest" };

pub(super) const MOVE_FROM: &[MoveOrigin] = &[MANIFEST, KUBECTL, KUBECTL_FORK];

pub(super) fn move_state(source: &MoveSource, private: &mut Private) -> Result<ClusterType> {
    let object = object(source);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (api_version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    if api_version != API_VERSION || kind != KIND {
        let why = format!("it is a {kind} of {api_version}, not an {KIND} of {API_VERSION}");
        return Err(unsupported_source(source, &why).into());
    }
    let live = LiveInstanceType::new(object);
    if live.name.is_empty() {
        return Err(unsupported_source(source, "it has no name").into());
    }
    private.set(UNCLAIMED, &true);
    if let Some(manager) = manager(source) {
        private.set(MANAGER, &manager);
    }
    let moved = ClusterType { name: live.name.clone().into(), ..ClusterType::default() };
    // What only names the object leaves the rest to the next apply.
    let has_spec = live.spec.instance_type != aml::InstanceType::default();
    Ok(if has_spec { moved.with_live_type(&live.spec.instance_type) } else { moved })
}

/// What the state says of the object: the manifest, or the names that stand beside its text.
fn object(source: &MoveSource) -> Value {
    let manifest = source.state.get("manifest").unwrap_or(&Value::Null);
    match manifest.get("value").filter(|_| manifest.get("type").is_some()) {
        Some(value) => value.clone(),
        None if manifest.is_object() => manifest.clone(),
        None => json!({
            "apiVersion": source.text("api_version"),
            "kind": source.text("kind"),
            "metadata": { "name": source.text("name") },
        }),
    }
}

/// The manager that the object was applied as, where the configuration named one.
fn manager(source: &MoveSource) -> Option<String> {
    let block = source.state.get("field_manager")?;
    let name = block.as_str().or_else(|| block.get(0)?.get("name")?.as_str())?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use framework::{Attr, Failure, MoveSource, Private};
    use serde_json::{Map, Value, json};

    use super::{KUBECTL, MANIFEST, move_state};
    use crate::types::instance_type::cluster::{MANAGER, UNCLAIMED};

    #[test]
    fn a_manifest_brings_its_name_what_it_declares_and_its_manager() {
        let amounts = json!({ "cpu": "2", "memory": "4Gi" });
        let manifest = json!({
            "apiVersion": "amlarc.azureml.com/v1alpha1",
            "kind": "InstanceType",
            "metadata": { "name": "gpu" },
            "spec": { "nodeSelector": { "pool": "a" }, "resources": { "limits": amounts } },
        });
        let typed = json!({ "type": ["object", {}], "value": manifest });
        for manifest in [manifest, typed] {
            let mut private = Private::default();
            let manager = json!([{ "name": "team", "force_conflicts": false }]);
            let state = json!({ "manifest": manifest, "field_manager": manager });
            let moved = move_state(&source(MANIFEST, &state), &mut private).unwrap();
            assert_eq!(
                (moved.name.known().unwrap().as_str(), &moved.id),
                ("gpu", &Attr::default())
            );
            let pool = moved.declared_type().node_selector.unwrap();
            assert_eq!(pool.get("pool"), Some("a"));
            assert_eq!(private.get::<String>(MANAGER).as_deref(), Some("team"));
            assert_eq!(private.get(UNCLAIMED), Some(true));
        }
    }

    #[test]
    fn a_manifest_as_text_brings_its_name_alone() {
        let state = json!({
            "api_version": "amlarc.azureml.com/v1alpha1", "kind": "InstanceType", "name": "gpu",
            "yaml_body": "kind: InstanceType", "field_manager": "kubectl",
        });
        let moved = move_state(&source(KUBECTL, &state), &mut Private::default()).unwrap();
        assert!(moved.is_bare() && moved.cluster_id.is_null());
        assert_eq!(moved.name.known().map(String::as_str), Some("gpu"));
    }

    #[test]
    fn another_object_is_refused_with_the_reason() {
        for (state, why) in [
            (json!({ "manifest": { "apiVersion": "v1", "kind": "Pod" } }), "it is a Pod of v1"),
            (json!({ "api_version": "amlarc.azureml.com/v1alpha1", "kind": "AmlJob" }), "a AmlJob"),
            (
                json!({ "manifest": { "apiVersion": "amlarc.azureml.com/v1alpha1", "kind": "InstanceType" } }),
                "it has no name",
            ),
            (json!({}), "not an InstanceType"),
        ] {
            let Err(error) = move_state(&source(MANIFEST, &state), &mut Private::default()) else {
                panic!("{state} is taken over")
            };
            let told = Failure::from(error).into_diagnostics();
            assert!(told.iter().any(|it| it.detail.contains(why)), "{state}: {told:?}");
        }
    }

    fn source(origin: framework::MoveOrigin, state: &Value) -> MoveSource {
        let state: Map<String, Value> = state.as_object().cloned().unwrap_or_default();
        MoveSource { origin, schema_version: 0, state }
    }
}
