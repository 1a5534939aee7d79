locals {
  # The file that the studio takes where a cluster is attached.
  attach = provider::azureml::attach_configuration_decode(file("${path.module}/attach-config.json"))
}

resource "azureml_kubernetes_compute" "training" {
  name         = "amlarc-compute"
  workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"

  namespace             = local.attach.namespace
  default_instance_type = local.attach.default_instance_type
  instance_types        = local.attach.instance_types
}
