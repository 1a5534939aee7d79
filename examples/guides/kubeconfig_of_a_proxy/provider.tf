provider "azureml" {
  kubernetes {
    config_path = var.kubeconfig
    cluster_ids = [var.cluster_id]
  }
}
