resource "azureml_arc_extension" "edge" {
  name            = "amlarc-compute"
  cluster_id      = var.cluster_id
  enable_training = true

  node_selector = {
    "kubernetes.io/os"   = "linux"
    "kubernetes.io/arch" = "amd64"
  }
}
