locals {
  instance_types = {
    small = {
      resources = {
        requests = { cpu = "1", memory = "4Gi" }
        limits   = { cpu = "2", memory = "8Gi" }
      }
    }
  }
}
