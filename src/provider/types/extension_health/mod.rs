//! `azureml_extension_health`: whether the extension of a cluster runs.

mod data_source;

pub(crate) use data_source::ExtensionHealthData;
