provider "azureml" {
  kubernetes {
    config_path = "~/.kube/config" # for Arc; an AKS cluster is reached by its ID, without this block
    cluster_ids = [var.cluster_id]
  }
}

resource "azureml_arc_extension" "edge" {
  name            = "amlarc-compute"
  cluster_id      = var.cluster_id
  enable_training = true
  wait_for_pods   = true
}
