# Every instance type of the cluster.
list "azureml_instance_type" "all" {
  provider         = azureml
  include_resource = true

  config {
    cluster_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  }
}
