provider "azureml" {
  kubernetes {
    config_path = "/run/secrets/kubeconfig"
    cluster_ids = [var.cluster_id]
  }
}
