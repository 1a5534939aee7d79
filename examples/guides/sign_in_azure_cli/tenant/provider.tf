provider "azureml" {
  tenant_id = "00000000-0000-0000-0000-00000000000a" # if the account has several
}
