# Instance types in Azure and in the cluster, from one `local`: what `make demo CLUSTER=1` applies to the emulator and
# to a Kubernetes API server.

terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}

variable "kubeconfig" {
  description = "A file that leads to the cluster. AKS needs none."
  type        = string
}

provider "azureml" {
  kubernetes {
    config_path = var.kubeconfig
    cluster_ids = [local.cluster_id]
  }
}

locals {
  group      = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc"
  cluster_id = "${local.group}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"

  instance_types = {
    cpu = {
      node_selector = { pool = "cpu" }
      resources = {
        requests = { cpu = "2", memory = "8Gi" }
        limits   = { cpu = "4", memory = "8Gi" }
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

resource "azureml_arc_extension" "training" {
  name            = "amlarc-compute"
  cluster_id      = local.cluster_id
  enable_training = true
  wait_for_pods   = true
}

resource "azureml_kubernetes_compute" "training" {
  name         = "amlarc-compute"
  workspace_id = "${local.group}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = azureml_arc_extension.training.cluster_id
  extension_id = azureml_arc_extension.training.id

  default_instance_type = "cpu"
  instance_types        = local.instance_types
}

resource "azureml_instance_type" "training" {
  for_each = local.instance_types

  name          = each.key
  cluster_id    = azureml_arc_extension.training.cluster_id
  node_selector = each.value.node_selector
  resources     = each.value.resources
}

data "azureml_cluster_capacity" "training" {
  cluster_id     = azureml_arc_extension.training.cluster_id
  instance_types = local.instance_types
}

output "jobs_that_fit_now" {
  value = { for name, type in data.azureml_cluster_capacity.training.capacity : name => type.training.fits }
}
