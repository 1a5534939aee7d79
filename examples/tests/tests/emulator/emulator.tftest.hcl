# Against the emulator of Azure: here the provider itself plans, creates, reads and destroys. Build it from a checkout of
# the provider; it starts, runs the command in an environment where the provider finds it, and ends with its code:
#
#   cargo build --package emulator
#   target/debug/azureml-emulator -- terraform test -test-directory=tests/emulator

variables {
  cluster_id   = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
}

run "attaches" {
  assert {
    condition     = output.compute_id == "${var.workspace_id}/computes/training"
    error_message = "The compute is not in the workspace."
  }

  assert {
    condition     = azureml_arc_extension.training.provisioning_state == "Succeeded"
    error_message = "The extension is not installed."
  }
}

run "takes_the_gpus_away" {
  variables {
    gpus = 0
  }

  assert {
    condition     = !contains(keys(coalesce(azureml_kubernetes_compute.training.effective_instance_types, {})), "gpu")
    error_message = "The service still has the instance type `gpu`."
  }
}
