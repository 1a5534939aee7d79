provider "azureml" {
  use_oidc = true
  use_cli  = true # where the pipeline's token is not there
}
