//! `azureml_extension_versions`: the versions of the extension that a cluster or a region offers.

mod data_source;

pub(crate) use data_source::ExtensionVersionsData;
