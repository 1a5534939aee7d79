provider "azureml" {
  environment = "usgovernment"
}
