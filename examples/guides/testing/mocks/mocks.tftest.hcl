mock_provider "azureml" {}
