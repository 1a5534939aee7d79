provider "azureml" {
  # An Arc-enabled cluster needs this block; an AKS cluster is reached by its ID.
  kubernetes {
    config_path = "~/.kube/config"
  }
}

resource "azureml_arc_extension" "training" {
  name            = "amlarc-compute"
  cluster_id      = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  enable_training = true
}

resource "azureml_instance_type" "gpu" {
  name = "gpu-instance"

  # From the extension: created after it, destroyed before it.
  cluster_id = azureml_arc_extension.training.cluster_id

  node_selector = {
    accelerator = "nvidia-tesla-k80"
  }

  resources = {
    requests = {
      cpu    = "2"
      memory = "16Gi"
    }
    limits = {
      cpu              = "2"
      memory           = "16Gi"
      "nvidia.com/gpu" = "1"
    }
  }
}
