locals {
  instance_types = {
    small = {
      resources = {
        requests = { cpu = "1", memory = "4Gi" }
        limits   = { cpu = "2", memory = "8Gi" }
      }
    }
    gpu = {
      node_selector = { pool = "gpu" }
      resources = {
        requests = { cpu = "4", memory = "16Gi" }
        limits   = { cpu = "4", memory = "16Gi", "nvidia.com/gpu" = "1" }
      }
    }
  }
}

# What would fit of these types, which need not be in the cluster yet.
data "azureml_cluster_capacity" "edge" {
  cluster_id     = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  instance_types = local.instance_types
}

output "jobs_that_fit" {
  value = { for name, type in data.azureml_cluster_capacity.edge.capacity : name => type.training.fits }
}

# Warns in every plan while there is no room for another job, and says why.
check "room_for_gpu_jobs" {
  assert {
    condition     = data.azureml_cluster_capacity.edge.capacity["gpu"].training.fits > 0
    error_message = "No GPU job fits: ${join("; ", data.azureml_cluster_capacity.edge.capacity["gpu"].training.blocked_by)}."
  }
}
