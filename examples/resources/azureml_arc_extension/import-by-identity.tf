import {
  to = azureml_arc_extension.training
  identity = {
    name       = "amlarc-compute"
    cluster_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  }
}
