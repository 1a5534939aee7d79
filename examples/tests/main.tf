# A module as a team might keep it: a cluster that becomes a place to train. Its tests are in tests/.

terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}

variable "cluster_id" {
  type        = string
  description = "ARM ID of an Arc-enabled cluster."
}

variable "workspace_id" {
  type        = string
  description = "ARM ID of the workspace."
}

variable "gpus" {
  type        = number
  description = "GPUs of each job; 0 leaves out the instance type `gpu`."
  default     = 1
}

locals {
  cpu = {
    resources = {
      requests = { cpu = "2", memory = "8Gi" }
      limits   = { cpu = "4", memory = "16Gi" }
    }
  }

  gpu = {
    resources = {
      requests = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = tostring(var.gpus) }
      limits   = { cpu = "4", memory = "32Gi", "nvidia.com/gpu" = tostring(var.gpus) }
    }
  }
}

resource "azureml_arc_extension" "training" {
  name            = "training"
  cluster_id      = var.cluster_id
  enable_training = true
}

resource "azureml_kubernetes_compute" "training" {
  name         = "training"
  workspace_id = var.workspace_id
  cluster_id   = azureml_arc_extension.training.cluster_id
  extension_id = azureml_arc_extension.training.id

  default_instance_type = "cpu"
  instance_types        = merge({ cpu = local.cpu }, var.gpus > 0 ? { gpu = local.gpu } : {})
}

output "compute_id" {
  value       = azureml_kubernetes_compute.training.id
  description = "ARM ID of the compute that jobs name."
}
