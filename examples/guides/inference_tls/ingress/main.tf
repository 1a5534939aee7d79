resource "azureml_arc_extension" "inference" {
  name             = "azureml"
  cluster_id       = var.cluster_id
  enable_inference = true

  # Reached from within the cluster alone, by HTTP: the ingress in front of it has the certificate.
  inference_router_service_type = "clusterIP"
  allow_insecure_connections    = true
}
