data "azureml_extension_versions" "edge" {
  cluster_id = var.cluster_id
}

check "extension_is_up_to_date" {
  assert {
    condition     = !data.azureml_extension_versions.edge.update_available
    error_message = "The extension can be upgraded to ${coalesce(data.azureml_extension_versions.edge.latest_supported, "nothing")}."
  }
}
