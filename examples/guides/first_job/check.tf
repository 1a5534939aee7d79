# Each is a warning of every plan while something is missing.

check "extension" {
  data "azureml_extension_health" "edge" {
    cluster_id = azureml_arc_extension.edge.cluster_id
  }

  assert {
    condition     = data.azureml_extension_health.edge.ready
    error_message = data.azureml_extension_health.edge.summary
  }
}

check "compute" {
  data "azureml_kubernetes_compute" "edge" {
    name         = azureml_kubernetes_compute.edge.name
    workspace_id = azureml_kubernetes_compute.edge.workspace_id
  }

  assert {
    condition     = data.azureml_kubernetes_compute.edge.provisioning_state == "Succeeded"
    error_message = "The compute is ${data.azureml_kubernetes_compute.edge.provisioning_state}."
  }
}

check "room" {
  data "azureml_cluster_capacity" "edge" {
    cluster_id     = azureml_arc_extension.edge.cluster_id
    compute_id     = azureml_kubernetes_compute.edge.id
    instance_types = { small = local.small }
  }

  assert {
    condition     = data.azureml_cluster_capacity.edge.capacity["small"].training.fits > 0
    error_message = "No job fits: ${join("; ", data.azureml_cluster_capacity.edge.capacity["small"].training.blocked_by)}."
  }
}
