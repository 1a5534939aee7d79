# A cluster and a Terraform behind an outbound proxy. Three things go out, and each is told of its proxy elsewhere.
#
# 1. Terraform, and this provider with it, honour the variables of the environment:
#
#      export HTTPS_PROXY=http://proxy.example:3128
#      export NO_PROXY=.internal.example
#
#    In the public cloud the provider calls management.azure.com and login.microsoftonline.com, on port 443.
#
# 2. The cluster's way out is a setting of its Arc agents, given when it is connected:
#
#      az connectedk8s connect --name amlarc-cluster --resource-group rg-arc \
#        --proxy-https https://proxy.example:3128 --proxy-http http://proxy.example:3128 \
#        --proxy-skip-range 10.0.0.0/16,kubernetes.default.svc,.svc.cluster.local,.svc --proxy-cert proxy-ca.pem
#
# 3. The extension itself has no settings for a proxy: none are below.

terraform {
  required_providers {
    azureml = {
      source  = "azureml/azureml"
      version = "~> 0.1.0"
    }
  }
}

provider "azureml" {
  # The authority of a proxy that opens TLS. Others need no such line.
  ca_certificate_path = "proxy-ca.pem"
}

resource "azureml_arc_extension" "training" {
  name            = "amlarc-compute"
  cluster_id      = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
  enable_training = true

  # A slow way out makes the installation slow.
  timeouts {
    create = "2h"
  }
}

resource "azureml_kubernetes_compute" "training" {
  name         = "onprem"
  workspace_id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = azureml_arc_extension.training.cluster_id
  extension_id = azureml_arc_extension.training.id
}
