//! `azureml_connected_cluster`: an Arc connected cluster.

mod data_source;

pub(crate) use data_source::ConnectedClusterData;
