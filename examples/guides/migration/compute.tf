resource "azureml_kubernetes_compute" "training" {
  name         = "amlarc-compute"
  workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = azureml_arc_extension.training.cluster_id
  extension_id = azureml_arc_extension.training.id
  namespace    = "amlarc-testing"

  default_instance_type = "gpu_instance"

  instance_types = {
    gpu_instance = {
      node_selector = { accelerator = "nvidia-tesla-k80" }
      resources = {
        requests = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = "1" }
        limits   = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = "1" }
      }
    }
  }
}
