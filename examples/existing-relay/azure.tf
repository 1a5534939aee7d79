# The relay, in a resource group and under a name of your own.

resource "azurerm_relay_namespace" "ml" {
  name                = "relay-ml-example"
  resource_group_name = "rg-network"
  location            = "eastus"
  sku_name            = "Standard"
}

resource "azurerm_relay_hybrid_connection" "ml" {
  name                          = "amlarc-cluster"
  resource_group_name           = azurerm_relay_namespace.ml.resource_group_name
  relay_namespace_name          = azurerm_relay_namespace.ml.name
  requires_client_authorization = true
}

# The keys of the rule of this name are the ones that are fetched.
resource "azurerm_relay_hybrid_connection_authorization_rule" "azureml_rw" {
  name                   = "azureml_rw"
  resource_group_name    = azurerm_relay_namespace.ml.resource_group_name
  namespace_name         = azurerm_relay_namespace.ml.name
  hybrid_connection_name = azurerm_relay_hybrid_connection.ml.name
  listen                 = true
  send                   = true
  manage                 = true
}
