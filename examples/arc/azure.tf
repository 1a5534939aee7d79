# What is there already.

data "azurerm_resource_group" "arc" {
  name = "rg-arc"
}

data "azurerm_machine_learning_workspace" "ml" {
  name                = "amlarc-workspace"
  resource_group_name = "rg-ml"
}
