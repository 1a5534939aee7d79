locals {
  compute = provider::azureml::parse_resource_id("/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg-arc/providers/microsoft.machinelearningservices/workspaces/amlarc-workspace/computes/amlarc-compute")
}

# "amlarc-workspace"
output "workspace" {
  value = local.compute.parent_resources["workspaces"]
}

# "Microsoft.MachineLearningServices/workspaces/computes"
output "type" {
  value = local.compute.full_resource_type
}
