terraform {
  required_providers {
    azureml = {
      source = "azureml/azureml"
    }
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.0"
    }
  }
}

# Both sign in alike: with the account of `az login`, or with ARM_* variables.
provider "azureml" {}

provider "azurerm" {
  # Those of the two objects of azureml are the last two.
  resource_providers_to_register = [
    "Microsoft.ContainerService",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.Storage",
    "Microsoft.KubernetesConfiguration",
    "Microsoft.MachineLearningServices",
  ]

  features {}
}
