# Three clusters and their computes from one map.

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
  group     = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc"
  workspace = "${local.group}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"

  clusters = {
    plant = {
      id    = "${local.group}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
      teams = ["vision", "audio"]
    }
    branch = {
      id    = "${local.group}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-small"
      teams = ["vision"]
    }
    cloud = {
      id    = "${local.group}/providers/Microsoft.ContainerService/managedClusters/aks-cluster"
      teams = ["vision", "audio"]
    }
  }

  # One compute for each team on each cluster: "plant-vision" and so on.
  computes = merge([
    for cluster, of in local.clusters : {
      for team in of.teams : "${cluster}-${team}" => { cluster = cluster, team = team }
    }
  ]...)

  instance_types = {
    small = {
      resources = {
        requests = { cpu = "1", memory = "4Gi" }
        limits   = { cpu = "2", memory = "8Gi" }
      }
    }
    large = {
      resources = {
        requests = { cpu = "8", memory = "32Gi" }
        limits   = { cpu = "8", memory = "32Gi" }
      }
    }
  }
}

resource "azureml_arc_extension" "this" {
  for_each = local.clusters

  name            = "azureml"
  cluster_id      = each.value.id
  enable_training = true
}

resource "azureml_kubernetes_compute" "this" {
  for_each = local.computes

  name                  = each.key
  workspace_id          = local.workspace
  cluster_id            = azureml_arc_extension.this[each.value.cluster].cluster_id
  extension_id          = azureml_arc_extension.this[each.value.cluster].id
  namespace             = each.value.team
  default_instance_type = "small"
  instance_types        = local.instance_types
}
