check "azureml_runs" {
  data "azureml_extension_health" "edge" {
    cluster_id = azureml_arc_extension.edge.cluster_id
  }

  assert {
    condition     = data.azureml_extension_health.edge.ready
    error_message = data.azureml_extension_health.edge.summary
  }
}
