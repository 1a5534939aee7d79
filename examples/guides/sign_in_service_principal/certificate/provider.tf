provider "azureml" {
  tenant_id               = "00000000-0000-0000-0000-00000000000a"
  client_id               = "00000000-0000-0000-0000-00000000000b"
  client_certificate_path = "terraform.pfx"
}
