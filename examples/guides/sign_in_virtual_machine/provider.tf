provider "azureml" {
  use_msi   = true
  client_id = "00000000-0000-0000-0000-00000000000b" # of a user-assigned identity; without it the system's
}
