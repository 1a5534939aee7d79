variable "cluster_id" {
  type = string
}
