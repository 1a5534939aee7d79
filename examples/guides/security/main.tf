# Secrets that no state and no plan holds, from a variable that Terraform keeps nowhere.

terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}

provider "azureml" {}

variable "relay_connection_string" {
  description = "Of a relay that somebody else looks after."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = "Endpoint=sb://relay-ml-example.servicebus.windows.net/;SharedAccessKeyName=azureml_rw;SharedAccessKey=ZXhhbXBsZQ==;EntityPath=amlarc-cluster"
}

locals {
  group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc"
}

resource "azureml_arc_extension" "ml" {
  name            = "amlarc-compute"
  cluster_id      = "${local.group}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  enable_training = true

  relay = {
    mode                         = "existing"
    connection_string_wo         = var.relay_connection_string
    connection_string_wo_version = 1 # raise it when the key was rotated
  }
}
