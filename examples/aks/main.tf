# The whole job on AKS, from an empty subscription to a compute in one apply. azure.tf has the cluster and the workspace.

resource "azureml_arc_extension" "training" {
  name            = "azureml"
  cluster_id      = azurerm_kubernetes_cluster.ml.id
  enable_training = true

  # The GPU nodes of this cluster come without the device plugin.
  install_nvidia_device_plugin = true

  # AKS needs no relay and gets none: Azure reaches the cluster by itself.
}

resource "azureml_kubernetes_compute" "training" {
  name         = "aks"
  workspace_id = azurerm_machine_learning_workspace.ml.id
  cluster_id   = azureml_arc_extension.training.cluster_id
  extension_id = azureml_arc_extension.training.id # attaches after the extension runs

  # Jobs that name no instance type run on this one.
  default_instance_type = "cpu"

  instance_types = {
    cpu = {
      resources = {
        requests = { cpu = "1", memory = "4Gi" }
        limits   = { cpu = "2", memory = "8Gi" }
      }
    }

    gpu = {
      node_selector = azurerm_kubernetes_cluster_node_pool.gpu.node_labels
      resources = {
        requests = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = "1" }
        limits   = { cpu = "3", memory = "20Gi", "nvidia.com/gpu" = "1" }
      }
    }
  }
}
