output "instance_type" {
  value = provider::azureml::instance_type_manifest("gpu-instance", {
    node_selector = { accelerator = "nvidia-tesla-k80" }
    resources = {
      requests = { cpu = "2", memory = "16Gi" }
      limits   = { cpu = "2", memory = "16Gi", "nvidia.com/gpu" = "1" }
    }
  })
}
