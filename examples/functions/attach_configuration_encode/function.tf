output "attach_configuration" {
  value = provider::azureml::attach_configuration_encode({
    namespace             = "amlarc-testing"
    default_instance_type = "small"

    instance_types = {
      small = {
        resources = {
          requests = { cpu = "1", memory = "4Gi" }
          limits   = { cpu = "1", memory = "4Gi" }
        }
      }
    }
  })
}
