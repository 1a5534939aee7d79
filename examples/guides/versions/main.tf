# A pinned version, and a check that says when there is a newer one for this cluster.

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
  cluster_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
}

resource "azureml_arc_extension" "ml" {
  name            = "amlarc-compute"
  cluster_id      = local.cluster_id
  enable_training = true

  version = "1.1.31"
}

data "azureml_extension_versions" "ml" {
  cluster_id    = local.cluster_id
  release_train = "stable"
}

check "extension_is_up_to_date" {
  assert {
    condition     = data.azureml_extension_versions.ml.latest_supported == azureml_arc_extension.ml.version
    error_message = "The cluster could run ${coalesce(data.azureml_extension_versions.ml.latest_supported, "nothing")}."
  }
}

output "current_version" {
  value = azureml_arc_extension.ml.current_version
}
