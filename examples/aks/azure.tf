# A cluster and a workspace with what it needs, in one resource group.

data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "ml" {
  name     = "rg-ml"
  location = "eastus"
}

resource "azurerm_kubernetes_cluster" "ml" {
  name                = "aks-cluster"
  resource_group_name = azurerm_resource_group.ml.name
  location            = azurerm_resource_group.ml.location
  dns_prefix          = "ml"

  default_node_pool {
    name       = "system"
    vm_size    = "Standard_D4s_v5"
    node_count = 3
  }

  node_provisioning_profile {
    mode = "Manual"
  }

  # Azure ML does not take clusters that run as a service principal.
  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_kubernetes_cluster_node_pool" "gpu" {
  name                  = "gpu"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.ml.id
  vm_size               = "Standard_NC4as_T4_v3"
  node_count            = 1
  node_labels           = { pool = "gpu" }
}

resource "azurerm_storage_account" "ml" {
  name                     = "stmlexample"
  resource_group_name      = azurerm_resource_group.ml.name
  location                 = azurerm_resource_group.ml.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_key_vault" "ml" {
  name                       = "kv-ml-example"
  resource_group_name        = azurerm_resource_group.ml.name
  location                   = azurerm_resource_group.ml.location
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
}

resource "azurerm_application_insights" "ml" {
  name                = "appi-ml"
  resource_group_name = azurerm_resource_group.ml.name
  location            = azurerm_resource_group.ml.location
  application_type    = "web"
}

# In the subscription of the cluster: AKS in another one cannot be attached.
resource "azurerm_machine_learning_workspace" "ml" {
  name                    = "ml-workspace"
  resource_group_name     = azurerm_resource_group.ml.name
  location                = azurerm_resource_group.ml.location
  storage_account_id      = azurerm_storage_account.ml.id
  key_vault_id            = azurerm_key_vault.ml.id
  application_insights_id = azurerm_application_insights.ml.id

  identity {
    type = "SystemAssigned"
  }
}
