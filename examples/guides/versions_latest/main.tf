data "azureml_extension_versions" "edge" {
  cluster_id = var.cluster_id
}

resource "azureml_arc_extension" "edge" {
  name            = "amlarc-compute"
  cluster_id      = var.cluster_id
  enable_training = true
  version         = data.azureml_extension_versions.edge.latest_supported
}
