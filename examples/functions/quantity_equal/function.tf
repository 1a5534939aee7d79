# true
output "equal" {
  value = provider::azureml::quantity_equal("16Gi", "16384Mi")
}
