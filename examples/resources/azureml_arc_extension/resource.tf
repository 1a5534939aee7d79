resource "azureml_arc_extension" "training" {
  name       = "amlarc-compute"
  cluster_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"

  enable_training = true

  # The cluster has these already: installing them again can make the installation fail.
  install_nvidia_device_plugin = false
  install_prom_op              = false

  # Pods of the extension run on these nodes.
  node_selector = {
    pool = "ml"
  }
}
