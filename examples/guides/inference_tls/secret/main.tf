resource "azureml_arc_extension" "inference" {
  name             = "azureml"
  cluster_id       = var.cluster_id
  enable_inference = true

  inference_router_service_type = "nodePort"

  ssl_cname  = "edge.example"
  ssl_secret = "router-tls" # in namespace azureml, with cert.pem and key.pem

  # The next number makes the extension read the secret again.
  configuration_settings_version = 1
}
