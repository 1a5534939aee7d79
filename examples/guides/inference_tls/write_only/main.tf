resource "azureml_arc_extension" "inference" {
  name             = "azureml"
  cluster_id       = var.cluster_id
  enable_inference = true

  inference_router_service_type = "loadBalancer"

  # A name of the certificate, and of the DNS record.
  ssl_cname = "edge.example"

  # Neither is in the plan nor in the state. The next number sends them again.
  ssl_cert_pem_wo    = var.certificate
  ssl_key_pem_wo     = var.key
  ssl_pem_wo_version = 1
}
