# An extension that uses a relay of your own, where policy has names, tags or regions of its own or forbids to create one.
# azure.tf has the relay. The provider fetches its keys, creates nothing beside it, and never deletes it.

resource "azureml_arc_extension" "training" {
  name            = "amlarc-compute"
  cluster_id      = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  enable_training = true

  relay = {
    mode                 = "existing"
    hybrid_connection_id = azurerm_relay_hybrid_connection.ml.id

    # Change it after the keys of the relay were rotated: they are fetched and sent again.
    keys_version = 1
  }

  depends_on = [azurerm_relay_hybrid_connection_authorization_rule.azureml_rw]
}

resource "azureml_kubernetes_compute" "training" {
  name         = "onprem"
  workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = azureml_arc_extension.training.cluster_id
  extension_id = azureml_arc_extension.training.id
}
