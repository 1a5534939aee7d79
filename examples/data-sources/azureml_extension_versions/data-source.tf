# For one cluster: what runs there, and whether there is something newer for it.
data "azureml_extension_versions" "edge" {
  cluster_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
}

output "extension_update" {
  value = data.azureml_extension_versions.edge.update_available ? data.azureml_extension_versions.edge.latest_supported : null
}

# For a region, before there is a cluster.
data "azureml_extension_versions" "eastus" {
  subscription_id = "00000000-0000-0000-0000-000000000001"
  location        = "eastus"
  cluster_type    = "connectedClusters"
  release_train   = "stable"
  major_version   = 1
}

output "extension_latest" {
  value = data.azureml_extension_versions.eastus.latest
}
