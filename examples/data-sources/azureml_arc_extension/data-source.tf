data "azureml_arc_extension" "training" {
  name       = "amlarc-compute"
  cluster_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
}

output "extension_version" {
  value = data.azureml_arc_extension.training.current_version
}
