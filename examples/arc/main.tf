# The whole job on an Arc-enabled cluster: find it, install the extension with its relay, attach it with instance types.
#
# The cluster was connected with `az connectedk8s connect`. An `azurerm_arc_kubernetes_cluster` is the object of such a
# cluster in Azure: its ID can stand here as well, once the agents run in the cluster.

data "azureml_connected_cluster" "onprem" {
  id = "${data.azurerm_resource_group.arc.id}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"

  lifecycle {
    postcondition {
      condition     = self.connected
      error_message = "The cluster is ${self.connectivity_status}, last heard of at ${self.last_connectivity_time}."
    }
  }
}

resource "azureml_arc_extension" "training" {
  name            = "amlarc-compute"
  cluster_id      = data.azureml_connected_cluster.onprem.id
  enable_training = true

  # An upgrade is a change here, reviewed as any other. Without it, minor versions are installed as they come.
  version = "1.1.39"

  # The cluster has the GPU operator, which brings the device plugin.
  install_nvidia_device_plugin = false
}

resource "azureml_kubernetes_compute" "training" {
  name         = "onprem"
  workspace_id = data.azurerm_machine_learning_workspace.ml.id
  cluster_id   = azureml_arc_extension.training.cluster_id
  extension_id = azureml_arc_extension.training.id # attaches after the extension runs
  description  = "Cluster in our own data centre"

  # With this identity, jobs read data and images.
  identity {
    type = "SystemAssigned"
  }

  # Jobs that name no instance type run on this one.
  default_instance_type = "cpu"

  instance_types = {
    cpu = {
      resources = {
        requests = { cpu = "2", memory = "8Gi" }
        limits   = { cpu = "4", memory = "16Gi" }
      }
    }

    gpu = {
      node_selector = { accelerator = "nvidia-tesla-k80" }
      resources = {
        requests = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = "1" }
        limits   = { cpu = "4", memory = "32Gi", "nvidia.com/gpu" = "1" }
      }
    }
  }
}

# Roles on storage and registry are given to this identity.
output "principal_id" {
  value       = azureml_kubernetes_compute.training.principal_id
  description = "Object ID of the compute's identity."
}

# What costs money beside the cluster.
output "side_resources" {
  value       = azureml_arc_extension.training.side_resources
  description = "Azure resources that stand beside the extension."
}
