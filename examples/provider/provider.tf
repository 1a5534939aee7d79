terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}

# Signs in as the azurerm and azapi providers do: the same arguments, and the same ARM_* variables.
# Without any of them, the account of the Azure CLI is used.
provider "azureml" {
  subscription_id = "00000000-0000-0000-0000-000000000001"
}
