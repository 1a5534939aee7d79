import {
  to = azureml_kubernetes_compute.training
  identity = {
    name         = "amlarc-compute"
    workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  }
}
