import {
  to = azureml_instance_type.gpu
  identity = {
    name       = "gpu-instance"
    cluster_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  }
}
