provider "azureml" {
  ca_certificate_path = "azure-ca.pem"

  endpoint {
    resource_manager_endpoint       = "https://management.local.example"
    resource_manager_audience       = "https://management.local.example" # defaults to resource_manager_endpoint
    active_directory_authority_host = "https://login.local.example"
  }
}
