terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}
