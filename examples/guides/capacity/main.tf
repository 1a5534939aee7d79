data "azureml_cluster_capacity" "edge" {
  cluster_id = azureml_arc_extension.edge.cluster_id
}

output "room" {
  value = { for name, type in data.azureml_cluster_capacity.edge.capacity : name => type.training }
}
