variable "cluster_id" {
  type = string
}

variable "hybrid_connection_id" {
  type = string
}

variable "log_analytics_workspace_id" {
  type = string
}
