resource "azureml_arc_extension" "example" {
  name            = "amlarc-compute"
  cluster_id      = var.cluster_id
  enable_training = true

  relay = {
    mode                 = "existing"
    hybrid_connection_id = var.hybrid_connection_id
  }
  log_analytics = {
    mode         = "existing"
    workspace_id = var.log_analytics_workspace_id
  }
}
