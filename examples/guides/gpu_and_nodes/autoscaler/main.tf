resource "azureml_arc_extension" "aks" {
  name            = "azureml"
  cluster_id      = var.cluster_id
  enable_training = true

  configuration_settings = {
    "volcanoScheduler.schedulerConfigMap" = "scheduler-without-gang" # in namespace azureml
    "amloperator.skipResourceValidation"  = "true"
  }
}
