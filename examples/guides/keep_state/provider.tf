provider "azureml" {
  on_unreachable = "keep_state"
}
