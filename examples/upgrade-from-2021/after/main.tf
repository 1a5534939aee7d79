# The same for the product of today: what it no longer knows is gone, and nothing else changes.

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

  enable_training  = true
  log_analytics_ws = true

  # The product of 2021 installed the plugin by default, that of today does not: whoever needs it says so.
  install_nvidia_device_plugin = true
}
