resource "azureml_arc_extension" "training" {
  name            = "amlarc-compute"
  cluster_id      = var.cluster_id
  enable_training = true
}

variable "cluster_id" {
  type = string
}
