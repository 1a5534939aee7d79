locals {
  instance_types = {
    cpu-small = {
      node_selector = { pool = "cpu" }
      resources = {
        requests = { cpu = "1", memory = "4Gi" }
        limits   = { cpu = "2", memory = "8Gi" }
      }
    }
    gpu = {
      node_selector = { pool = "gpu" }
      resources = {
        requests = { cpu = "4", memory = "16Gi", "nvidia.com/gpu" = "1" }
        limits   = { cpu = "8", memory = "32Gi", "nvidia.com/gpu" = "1" }
      }
    }
  }
}

resource "azureml_arc_extension" "this" {
  name            = "azureml"
  cluster_id      = var.cluster_id
  enable_training = true
}

resource "azureml_kubernetes_compute" "this" {
  name                  = "edge"
  workspace_id          = var.workspace_id
  cluster_id            = var.cluster_id
  extension_id          = azureml_arc_extension.this.id
  default_instance_type = "cpu-small"
  instance_types        = local.instance_types
}

resource "azureml_instance_type" "this" {
  for_each = local.instance_types

  name          = each.key
  cluster_id    = azureml_arc_extension.this.cluster_id
  node_selector = each.value.node_selector
  resources     = each.value.resources
}
