variable "instance_types" {
  type = map(object({
    node_selector = optional(map(string))
    resources = optional(object({
      requests = optional(map(string))
      limits   = optional(map(string))
    }))
  }))
}
