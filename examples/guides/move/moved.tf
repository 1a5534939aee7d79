moved {
  from = azapi_resource.training
  to   = azureml_arc_extension.training
}
