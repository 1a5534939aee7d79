mock_provider "azureml" {
  mock_resource "azureml_arc_extension" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster/providers/Microsoft.KubernetesConfiguration/extensions/training"
    }
  }
}
