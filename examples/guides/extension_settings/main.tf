# Settings of the extension that have no argument, and its pods on nodes of their own.

terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}

provider "azureml" {}

locals {
  group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc"

  # Taints that the pods of the extension tolerate, and those that jobs and deployments do.
  of_extension = [
    { key = "dedicated", operator = "Equal", value = "azureml", effect = "NoSchedule" },
  ]
  of_workloads = [
    { key = "sku", operator = "Equal", value = "gpu", effect = "NoSchedule" },
    { key = "preemptible", operator = "Exists", effect = "NoSchedule" },
  ]

  # toleration[0].key = "dedicated" and so on: a list on the wire is a key for each field of each entry.
  tolerations = merge([
    for list, entries in { toleration = local.of_extension, workLoadToleration = local.of_workloads } : merge([
      for number, entry in entries : {
        for field, value in entry : "${list}[${number}].${field}" => value if value != null
      }
    ]...)
  ]...)
}

resource "azureml_arc_extension" "ml" {
  name            = "amlarc-compute"
  cluster_id      = "${local.group}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  enable_training = true

  # Settings with an argument of their own.
  install_nvidia_device_plugin = false
  node_selector                = { "kubernetes.io/os" = "linux" }

  # Those without one, by their key on the wire.
  configuration_settings = merge(local.tolerations, {
    "amloperator.custom_ip_interface_enabled" = "True"
    "amloperator.custom_ip_interface"         = "ens192"
    "volcanoScheduler.schedulerConfigMap"     = "azureml-scheduler"
  })

  # Raise it to send all of them again.
  configuration_settings_version = 1
}

output "settings_beyond_those_written" {
  value = azureml_arc_extension.ml.effective_configuration_settings
}
