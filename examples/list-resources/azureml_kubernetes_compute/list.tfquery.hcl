# Every cluster that is attached to the workspace.
list "azureml_kubernetes_compute" "all" {
  provider         = azureml
  include_resource = true

  config {
    workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  }
}

# One cluster, and only what an import of it needs to know.
list "azureml_kubernetes_compute" "edge" {
  provider = azureml

  config {
    workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
    cluster_id   = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  }
}
