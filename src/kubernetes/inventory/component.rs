//! Components that somebody else installed and that the extension would install too.

use serde::Deserialize;

/// A deployment or a daemon set, with no more of it than tells what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "wire::Controller")]
pub struct Controller {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Names of its images, without registry, path and tag.
    pub images: Vec<String>,
}

/// What a deployment or a daemon set is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Component {
    /// NVIDIA's device plugin.
    NvidiaDevicePlugin,
    /// NVIDIA's exporter of metrics of GPUs.
    DcgmExporter,
    /// The Prometheus operator.
    PrometheusOperator,
    /// The Volcano scheduler.
    Volcano,
    /// The Blobfuse Flexvolume, which the extension had in 2021.
    BlobfuseFlexvolume,
    /// Blobfuse itself, which the extension had in 2021.
    Blobfuse,
    /// The inference router of Azure ML's older inference on AKS.
    OldInferenceRouter,
}

/// How a component is known: by a part of its name, or by one of its images.
const SIGNS: [(Component, &str, &[&str]); 7] = [
    (Component::NvidiaDevicePlugin, "nvidia-device-plugin", &["k8s-device-plugin"]),
    (Component::DcgmExporter, "dcgm-exporter", &["dcgm-exporter"]),
    (Component::PrometheusOperator, "prometheus-operator", &["prometheus-operator"]),
    (
        Component::Volcano,
        "volcano-",
        &["vc-controller-manager", "vc-scheduler", "vc-webhook-manager"],
    ),
    (Component::BlobfuseFlexvolume, "blobfuse-flexvol", &["blobfuse-flexvolume"]),
    (Component::Blobfuse, "blobfuse", &["blobfuse"]),
    (Component::OldInferenceRouter, "azureml-fe", &[]),
];

impl Component {
    /// Every component that is known.
    pub const ALL: [Component; 7] = [
        Component::NvidiaDevicePlugin,
        Component::DcgmExporter,
        Component::PrometheusOperator,
        Component::Volcano,
        Component::BlobfuseFlexvolume,
        Component::Blobfuse,
        Component::OldInferenceRouter,
    ];
}

impl Controller {
    /// The component that it is. `None`: it is something else.
    pub fn component(&self) -> Option<Component> {
        let is = |(_, part, images): &&(Component, &str, &[&str])| {
            let is_image = self.images.iter().any(|image| images.contains(&image.as_str()));
            is_image || self.name.contains(part)
        };
        SIGNS.iter().find(is).map(|(component, _, _)| *component)
    }
}

/// The name of an image, without registry, path, tag and digest.
fn image_name(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or_default();
    last.split([':', '@']).next().unwrap_or_default()
}

/// The object as it is on the wire.
mod wire {
    use serde::Deserialize;

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub(super) struct Controller {
        pub(super) metadata: Metadata,
        pub(super) spec: Spec,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub(super) struct Metadata {
        pub(super) namespace: String,
        pub(super) name: String,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub(super) struct Spec {
        pub(super) template: Template,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub(super) struct Template {
        pub(super) spec: PodSpec,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub(super) struct PodSpec {
        pub(super) containers: Vec<Container>,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub(super) struct Container {
        pub(super) image: String,
    }
}

impl From<wire::Controller> for Controller {
    fn from(wire::Controller { metadata, spec }: wire::Controller) -> Controller {
        let containers = spec.template.spec.containers;
        Controller {
            namespace: metadata.namespace,
            name: metadata.name,
            images: containers.iter().map(|it| image_name(&it.image).to_owned()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Component, Controller};

    #[test]
    fn components_are_known_by_their_name_or_image() {
        use Component::{
            Blobfuse, BlobfuseFlexvolume, DcgmExporter, NvidiaDevicePlugin, OldInferenceRouter,
            PrometheusOperator, Volcano,
        };
        for (name, image, expected) in [
            ("nvidia-device-plugin-daemonset", "x", Some(NvidiaDevicePlugin)),
            ("gpu", "nvcr.io/nvidia/k8s-device-plugin:v0.17.0@sha256:ab", Some(NvidiaDevicePlugin)),
            ("nvidia-dcgm-exporter", "x", Some(DcgmExporter)),
            (
                "kps-operator",
                "quay.io:443/prometheus-operator/prometheus-operator:v1",
                Some(PrometheusOperator),
            ),
            ("volcano-scheduler", "x", Some(Volcano)),
            ("batch", "docker.io/volcanosh/vc-scheduler", Some(Volcano)),
            ("blobfuse-flexvol-installer", "x", Some(BlobfuseFlexvolume)),
            ("install-blobfuse", "x", Some(Blobfuse)),
            ("azureml-fe", "x", Some(OldInferenceRouter)),
            ("prometheus", "quay.io/prometheus/prometheus:v3", None),
            ("csi-blob-node", "mcr.microsoft.com/oss/kubernetes-csi/blob-csi:v1", None),
            ("web", "nginx", None),
        ] {
            let controller: Controller = serde_json::from_value(json!({
                "metadata": { "namespace": "n", "name": name },
                "spec": { "template": { "spec": { "containers": [{ "image": image }] } } },
            }))
            .unwrap();
            assert_eq!(controller.component(), expected, "{name} {image}");
        }
    }
}
