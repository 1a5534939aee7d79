# Without Azure, an account or a network: the program makes up what Azure would answer, and the provider checks the
# arguments. Needs Terraform 1.7 or OpenTofu 1.8. `terraform test` or `tofu test` runs it.

mock_provider "azureml" {}

variables {
  cluster_id   = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
}

run "gpus_are_requested_and_limited_alike" {
  command = plan

  variables {
    gpus = 2
  }

  assert {
    condition = alltrue([
      for amounts in azureml_kubernetes_compute.training.instance_types["gpu"].resources : amounts["nvidia.com/gpu"] == "2"
    ])
    error_message = "Kubernetes takes GPUs only with requests equal to limits."
  }
}

run "no_gpu_no_type" {
  command = plan

  variables {
    gpus = 0
  }

  assert {
    condition     = keys(azureml_kubernetes_compute.training.instance_types) == tolist(["cpu"])
    error_message = "Without GPUs only the type `cpu` is left."
  }
}

# What the module makes of a value that only Azure knows.
run "the_id_is_an_output" {
  override_resource {
    target = azureml_kubernetes_compute.training
    values = {
      id = "the ID that Azure gave it"
    }
  }

  assert {
    condition     = output.compute_id == "the ID that Azure gave it"
    error_message = "The output is the ID of the compute."
  }
}
