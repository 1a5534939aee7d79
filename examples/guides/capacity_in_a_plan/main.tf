data "azureml_cluster_capacity" "edge" {
  cluster_id     = var.cluster_id
  instance_types = local.instance_types
}

resource "azureml_kubernetes_compute" "edge" {
  name                  = "edge"
  workspace_id          = var.workspace_id
  cluster_id            = azureml_arc_extension.edge.cluster_id
  instance_types        = local.instance_types
  default_instance_type = "small"

  lifecycle {
    precondition {
      condition     = data.azureml_cluster_capacity.edge.capacity["small"].training.fits > 0
      error_message = "No job of small fits: ${join("; ", data.azureml_cluster_capacity.edge.capacity["small"].training.blocked_by)}."
    }
  }
}
