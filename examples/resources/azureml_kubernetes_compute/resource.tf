resource "azureml_arc_extension" "training" {
  name            = "amlarc-compute"
  cluster_id      = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  enable_training = true
}

resource "azureml_kubernetes_compute" "training" {
  name         = "amlarc-compute"
  workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = azureml_arc_extension.training.cluster_id

  # Attaches only after the extension runs.
  extension_id = azureml_arc_extension.training.id

  # Must exist in the cluster unless it is `default`.
  namespace = "amlarc-testing"

  default_instance_type = "gpu-instance"

  instance_types = {
    gpu-instance = {
      node_selector = {
        accelerator = "nvidia-tesla-k80"
      }
      resources = {
        requests = {
          cpu              = "2"
          memory           = "16Gi"
          "nvidia.com/gpu" = "1"
        }
        limits = {
          cpu              = "2"
          memory           = "16Gi"
          "nvidia.com/gpu" = "1"
        }
      }
    }

    big-cpu = {
      node_selector = {
        VMSizes = "VM-64vCPU-256GB"
      }
      resources = {
        requests = {
          cpu              = "4"
          memory           = "16Gi"
          "nvidia.com/gpu" = "0"
        }
        limits = {
          cpu              = "4"
          memory           = "16Gi"
          "nvidia.com/gpu" = "0"
        }
      }
    }
  }
}
