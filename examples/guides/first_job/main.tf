locals {
  small = {
    resources = {
      requests = { cpu = "500m", memory = "2Gi" }
      limits   = { cpu = "1", memory = "4Gi" }
    }
  }
}

resource "azureml_arc_extension" "edge" {
  name            = "azureml"
  cluster_id      = var.cluster_id
  enable_training = true # without it every job fails with E45004
}

# What the job names.
resource "azureml_instance_type" "small" {
  name       = "small"
  cluster_id = azureml_arc_extension.edge.cluster_id
  resources  = local.small.resources
}

resource "azureml_kubernetes_compute" "edge" {
  name             = "edge"
  workspace_id     = var.workspace_id
  cluster_id       = azureml_arc_extension.edge.cluster_id
  extension_id     = azureml_arc_extension.edge.id
  namespace        = "ml-jobs"
  create_namespace = true

  # With it, jobs reach the storage account and the registry.
  identity {
    type = "SystemAssigned"
  }
}

output "principal_id" {
  value       = azureml_kubernetes_compute.edge.principal_id
  description = "Who is given the roles on storage account and registry."
}
