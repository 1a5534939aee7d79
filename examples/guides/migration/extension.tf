resource "azureml_arc_extension" "training" {
  name                         = "amlarc-compute"
  cluster_id                   = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  enable_training              = true
  log_analytics_ws             = true
  install_nvidia_device_plugin = false
}
