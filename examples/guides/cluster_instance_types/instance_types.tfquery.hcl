list "azureml_instance_type" "all" {
  provider         = azureml
  include_resource = true

  config {
    cluster_id = var.cluster_id
  }
}
