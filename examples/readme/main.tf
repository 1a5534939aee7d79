terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}

resource "azureml_arc_extension" "training" {
  name            = "amlarc-compute"
  cluster_id      = var.cluster_id # Arc-enabled, or AKS
  enable_training = true
}

resource "azureml_kubernetes_compute" "training" {
  name                  = "amlarc-compute"
  workspace_id          = var.workspace_id
  cluster_id            = azureml_arc_extension.training.cluster_id
  extension_id          = azureml_arc_extension.training.id
  default_instance_type = "gpu"
  instance_types = {
    gpu = {
      node_selector = { accelerator = "nvidia-tesla-k80" }
      resources = {
        requests = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = "1" }
        limits   = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = "1" }
      }
    }
  }
}

variable "cluster_id" {
  type = string
}

variable "workspace_id" {
  type = string
}
