check "azureml_runs" {
  data "azureml_extension_health" "edge" {
    cluster_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  }

  assert {
    condition     = data.azureml_extension_health.edge.ready
    error_message = data.azureml_extension_health.edge.summary
  }
}
