terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}

data "azureml_connected_cluster" "onprem" {
  id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
}

resource "azureml_arc_extension" "training" {
  name            = "amlarc-compute"
  cluster_id      = data.azureml_connected_cluster.onprem.id
  enable_training = true
}

resource "azureml_kubernetes_compute" "training" {
  name         = "onprem"
  workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = azureml_arc_extension.training.cluster_id
  extension_id = azureml_arc_extension.training.id

  default_instance_type = "cpu"

  instance_types = {
    cpu = {
      resources = {
        requests = { cpu = "2", memory = "8Gi" }
        limits   = { cpu = "4", memory = "16Gi" }
      }
    }
  }
}
