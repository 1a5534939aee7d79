data "azureml_extension_health" "gate" {
  cluster_id = azureml_arc_extension.example.cluster_id
  depends_on = [azureml_arc_extension.example]

  lifecycle {
    postcondition {
      condition     = self.ready
      error_message = self.summary
    }
  }
}
