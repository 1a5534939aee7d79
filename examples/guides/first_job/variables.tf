variable "cluster_id" {
  type = string
}

variable "workspace_id" {
  type = string
}
