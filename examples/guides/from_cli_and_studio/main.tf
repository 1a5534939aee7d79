locals {
  group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc"

  # The file that the studio was given where the cluster was attached.
  attach = provider::azureml::attach_configuration_decode(file("${path.module}/attach-config.json"))
}

resource "azureml_arc_extension" "training" {
  name            = "amlarc-compute"
  cluster_id      = "${local.group}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  enable_training = true
}

resource "azureml_kubernetes_compute" "training" {
  name         = "amlarc-compute"
  workspace_id = "${local.group}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = azureml_arc_extension.training.cluster_id
  extension_id = azureml_arc_extension.training.id

  namespace             = local.attach.namespace
  default_instance_type = local.attach.default_instance_type
  instance_types        = local.attach.instance_types
}

# The other way round: the file, as the studio takes it, of what stands here.
output "attach_configuration" {
  value = provider::azureml::attach_configuration_encode({
    namespace             = azureml_kubernetes_compute.training.namespace
    default_instance_type = azureml_kubernetes_compute.training.default_instance_type
    instance_types        = azureml_kubernetes_compute.training.instance_types
  })
}
