# The six settings that the documentation of 2021 had, as they may stand in a configuration until now.

terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}

resource "azureml_arc_extension" "training" {
  name       = "amlarc-compute"
  cluster_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"

  enable_training              = true
  log_analytics_ws             = true
  install_nvidia_device_plugin = true
  install_blobfuse_sysctl      = true
  install_blobfuse_flexvol     = true
  volume_plugin_dir            = "/etc/kubernetes/volumeplugins"
}
