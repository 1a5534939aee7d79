variable "kubeconfig" {
  type = string
}

variable "cluster_id" {
  type = string
}
