# Azure ML on an Arc cluster, from nothing to a compute target: what `make demo` applies to the emulator.

terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}

provider "azureml" {}

locals {
  group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc"
}

resource "azureml_arc_extension" "training" {
  name            = "amlarc-compute"
  cluster_id      = "${local.group}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  enable_training = true
}

resource "azureml_kubernetes_compute" "training" {
  name         = "amlarc-compute"
  workspace_id = "${local.group}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = azureml_arc_extension.training.cluster_id
  extension_id = azureml_arc_extension.training.id
  namespace    = "amlarc-testing"

  default_instance_type = "gpu-instance"

  instance_types = {
    gpu-instance = {
      node_selector = { accelerator = "nvidia-tesla-k80" }
      resources = {
        requests = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = "1" }
        limits   = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = "1" }
      }
    }

    big-cpu = {
      node_selector = { VMSizes = "VM-64vCPU-256GB" }
      resources = {
        requests = { cpu = "4", memory = "16Gi" }
        limits   = { cpu = "4", memory = "16Gi" }
      }
    }
  }
}
