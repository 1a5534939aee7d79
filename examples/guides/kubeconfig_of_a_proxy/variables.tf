variable "cluster_id" {
  type = string
}

variable "kubeconfig" {
  type = string
}
