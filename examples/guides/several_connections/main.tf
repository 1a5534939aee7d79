# Instance types in two clusters behind two kubeconfigs, and an extension in another tenant.

terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}

# Azure, and clusters of AKS: these need no connection.
provider "azureml" {}

provider "azureml" {
  alias = "plant"

  kubernetes {
    config_path = "/run/secrets/plant"
    cluster_ids = [var.cluster_ids.plant]
  }
}

provider "azureml" {
  alias = "branch"

  kubernetes {
    config_path = "/run/secrets/branch"
    cluster_ids = [var.cluster_ids.branch]
  }
}

provider "azureml" {
  alias     = "partner"
  tenant_id = "11111111-1111-1111-1111-111111111111"
}

locals {
  instance_types = {
    small = { requests = { cpu = "1", memory = "4Gi" }, limits = { cpu = "2", memory = "8Gi" } }
    large = { requests = { cpu = "8", memory = "32Gi" }, limits = { cpu = "8", memory = "32Gi" } }
  }
}

resource "azureml_instance_type" "plant" {
  for_each = local.instance_types
  provider = azureml.plant

  name       = each.key
  cluster_id = var.cluster_ids.plant
  resources  = each.value
}

resource "azureml_instance_type" "branch" {
  for_each = local.instance_types
  provider = azureml.branch

  name       = each.key
  cluster_id = var.cluster_ids.branch
  resources  = each.value
}

resource "azureml_arc_extension" "partner" {
  provider = azureml.partner

  name            = "azureml"
  cluster_id      = var.cluster_ids.partner
  enable_training = true
}

variable "cluster_ids" {
  type = object({ plant = string, branch = string, partner = string })
}
