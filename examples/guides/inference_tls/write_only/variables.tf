variable "cluster_id" {
  type = string
}

# Server, intermediate and root, as PEM text.
variable "certificate" {
  type      = string
  ephemeral = true
}

# RSA, as PEM text without a passphrase.
variable "key" {
  type      = string
  ephemeral = true
  sensitive = true
}
