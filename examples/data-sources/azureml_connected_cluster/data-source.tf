data "azureml_connected_cluster" "edge" {
  id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"

  lifecycle {
    postcondition {
      condition     = self.connected
      error_message = "The cluster is ${self.connectivity_status} since ${self.last_connectivity_time}."
    }
  }
}

output "nodes" {
  value = data.azureml_connected_cluster.edge.node_count
}
