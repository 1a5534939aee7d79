terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.0"
    }
  }
}

# Both sign in alike: with the account of `az login`, or with ARM_* variables. azurerm wants ARM_SUBSCRIPTION_ID as well.
provider "azureml" {}

provider "azurerm" {
  features {}
}
