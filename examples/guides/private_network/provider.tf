provider "azureml" {
  # A plan from where the cluster is not reached keeps what the state says of objects in it.
  on_unreachable = "keep_state"

  kubernetes {
    config_path = var.kubeconfig
    cluster_ids = [var.cluster_id]
    proxy_url   = "socks5://127.0.0.1:1080" # of `ssh -D 1080 jump-host`
  }
}
