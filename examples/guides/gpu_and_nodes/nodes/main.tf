resource "azureml_arc_extension" "edge" {
  name            = "azureml"
  cluster_id      = var.cluster_id
  enable_training = true

  # Jobs run on these nodes alone, too.
  node_selector = { pool = "ml" }

  install_nvidia_device_plugin = true # false where the GPU operator or the node image brings it
  install_dcgm_exporter        = true

  # A taint of one's own on the nodes with GPUs, which the device plugin and jobs must tolerate.
  configuration_settings = {
    "toleration[0].key"              = "sku"
    "toleration[0].operator"         = "Equal"
    "toleration[0].value"            = "gpu"
    "toleration[0].effect"           = "NoSchedule"
    "workLoadToleration[0].key"      = "sku"
    "workLoadToleration[0].operator" = "Equal"
    "workLoadToleration[0].value"    = "gpu"
    "workLoadToleration[0].effect"   = "NoSchedule"
  }

  cluster_checks = "warn"
}

locals {
  instance_types = {
    cpu = {
      node_selector = { gpu = "none" }
      resources = {
        requests = { cpu = "1", memory = "4Gi" }
        limits   = { cpu = "2", memory = "8Gi" }
      }
    }
    t4 = {
      node_selector = { gpu = "t4" }
      resources = {
        requests = { cpu = "2", memory = "8Gi" }
        limits   = { cpu = "4", memory = "8Gi", "nvidia.com/gpu" = "1" }
      }
    }
  }
}

resource "azureml_instance_type" "edge" {
  for_each = local.instance_types

  name           = each.key
  cluster_id     = azureml_arc_extension.edge.cluster_id
  node_selector  = each.value.node_selector
  resources      = each.value.resources
  cluster_checks = "warn"
}

data "azureml_cluster_capacity" "edge" {
  cluster_id     = azureml_arc_extension.edge.cluster_id
  instance_types = local.instance_types
  depends_on     = [azureml_arc_extension.edge] # whose selector and tolerations count
}

output "room" {
  value = { for name, type in data.azureml_cluster_capacity.edge.capacity : name => type.training }
}
