data "azureml_kubernetes_compute" "training" {
  name         = "amlarc-compute"
  workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
}

# What a job may name as its instance type.
output "instance_types" {
  value = keys(data.azureml_kubernetes_compute.training.effective_instance_types)
}
