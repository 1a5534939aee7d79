//! The objects that the calls are about: how they are written, and what there is before a call.

use std::path::Path;

use emulator::Options;
use serde_json::{Value, json};

use super::table::{Kind, Row, Verb};
use crate::support::REQUIRED_PROVIDERS;
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::cluster::{self, Cluster, unique};
use crate::{arc_extension, kubernetes_compute};

pub(super) const INSTANCE_TYPES: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";
/// Its relay would be written beside it.
const EXTENSION: &str = "  enable_training = true\n  install_nvidia_device_plugin = false\n  relay = { mode = \"none\" }\n";

/// What the configuration has of an object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Written {
    First,
    Changed,
    Nothing,
}

/// What there is before the calls of one kind by one program, made by one apply.
pub(super) struct Ground {
    /// In Azure, by ARM ID.
    objects: Value,
    state: Value,
    /// Where the instance types are, and their names: one for each row.
    pub(super) cluster: Option<&'static Cluster>,
    names: Vec<String>,
}

impl Written {
    pub(super) fn after(verb: Verb) -> Self {
        match verb {
            Verb::Create => Self::First,
            Verb::Update => Self::Changed,
            Verb::Delete => Self::Nothing,
        }
    }
}

impl Kind {
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Extension => "azureml_arc_extension",
            Self::Compute => "azureml_kubernetes_compute",
            Self::InstanceType => "azureml_instance_type",
        }
    }

    pub(super) fn address(self) -> String {
        format!("{}.this", self.type_name())
    }

    /// Where the service has the object.
    pub(super) fn path(self, name: &str) -> String {
        match self {
            Self::Extension => arc_extension::id(),
            Self::Compute => kubernetes_compute::id(),
            Self::InstanceType => format!("{INSTANCE_TYPES}/{name}"),
        }
    }

    /// The configuration of one object. `kubeconfig` leads to the cluster of an instance type.
    pub(super) fn configuration(self, name: &str, written: Written, kubeconfig: &Path) -> String {
        let is_changed = matches!(written, Written::Changed);
        match (self, written) {
            (Self::InstanceType, Written::Nothing) => provider(kubeconfig),
            (_, Written::Nothing) => REQUIRED_PROVIDERS.to_owned(),
            (Self::Extension, _) => {
                let flag = format!("plugin = {is_changed}");
                arc_extension::resource(&EXTENSION.replace("plugin = false", &flag))
            }
            (Self::Compute, _) => {
                let limits = if is_changed {
                    "limits   = { cpu = \"8\""
                } else {
                    "limits   = { cpu = \"4\""
                };
                let types =
                    kubernetes_compute::FILE_IN_HCL.replace("limits   = { cpu = \"4\"", limits);
                let extension = format!("  extension_id = {:?}\n", arc_extension::id());
                kubernetes_compute::resource(&(extension + &types))
            }
            (Self::InstanceType, _) => {
                let cpu = if is_changed { "4" } else { "2" };
                provider(kubeconfig) + &instance_type("this", name, cpu)
            }
        }
    }
}

fn provider(kubeconfig: &Path) -> String {
    format!(
        "{REQUIRED_PROVIDERS}
provider \"azureml\" {{
  kubernetes {{
    config_path = {}
    cluster_ids = [{:?}]
  }}
}}
",
        json!(kubeconfig),
        arc_extension::cluster()
    )
}

fn instance_type(label: &str, name: &str, cpu: &str) -> String {
    format!(
        "resource \"azureml_instance_type\" {label:?} {{
  name       = {name:?}
  cluster_id = {:?}
  resources = {{
    requests = {{ cpu = \"1\", memory = \"4Gi\" }}
    limits   = {{ cpu = {cpu:?}, memory = \"4Gi\" }}
  }}
}}
",
        arc_extension::cluster()
    )
}

impl Ground {
    /// `None` is a skip that has been reported.
    pub(super) fn prepare(rows: &[Row]) -> Option<Self> {
        let Row { kind, program, .. } = rows[0];
        let azure = Azure::start();
        let cli = Cli::new(program, &azure)?;
        let cluster = match kind {
            Kind::InstanceType => Some(Cluster::shared(cluster::Kind::Strict)?),
            _ => None,
        };
        let names: Vec<_> = rows.iter().map(|_| unique("type")).collect();
        cli.write(&match (kind, cluster) {
            (_, Some(cluster)) => {
                cli.write_file("kubeconfig", &cluster.kubeconfig());
                let known = rows.iter().zip(&names).filter(|(row, _)| row.verb != Verb::Create);
                let types = known.map(|(_, name)| instance_type(name, name, "2"));
                provider(&cli.path("kubeconfig")) + &types.collect::<String>()
            }
            (Kind::Compute, None) => {
                kubernetes_compute::with_extension(kubernetes_compute::FILE_IN_HCL)
            }
            (_, None) => kind.configuration("", Written::First, Path::new("")),
        });
        cli.apply().succeeds();
        let state = serde_json::from_str(&cli.read_file("terraform.tfstate"));
        let state = state.expect("a state is JSON");
        Some(Self { objects: json!(azure.objects()), state, cluster, names })
    }

    pub(super) fn name(&self, row: usize) -> &str {
        &self.names[row]
    }

    /// An Azure with what is there before the call.
    pub(super) fn azure(&self, row: &Row) -> Azure {
        let mut objects = self.objects.clone();
        if row.verb == Verb::Create && row.kind != Kind::InstanceType {
            let new = row.kind.path("");
            let members = objects.as_object_mut().expect("objects are by ID");
            members.retain(|id, _| !id.eq_ignore_ascii_case(&new));
        }
        Azure::with(Options { seed: Some(objects), ..Options::default() })
    }

    /// The state before the call: the object alone, at the address of each row.
    pub(super) fn state(&self, row: &Row, name: &str) -> String {
        let mut state = self.state.clone();
        let resources = state["resources"].as_array_mut().expect("a state has resources");
        resources.retain(|it| {
            let is_it = row.kind != Kind::InstanceType || it["name"] == name;
            row.verb != Verb::Create && is_it && it["type"] == row.kind.type_name()
        });
        for resource in resources {
            resource["name"] = json!("this");
        }
        state.to_string()
    }
}
