list "azureml_kubernetes_compute" "all" {
  provider         = azureml
  include_resource = true

  config {
    workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  }
}
