provider "azureml" {
  metadata_host       = "management.local.azurestack.external"
  ca_certificate_path = "azure-stack-ca.pem" # if no public authority signed its certificates
}
