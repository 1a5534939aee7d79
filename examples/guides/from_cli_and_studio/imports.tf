import {
  to = azureml_arc_extension.training
  id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster/providers/Microsoft.KubernetesConfiguration/extensions/amlarc-compute"
}

import {
  to = azureml_kubernetes_compute.training
  id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace/computes/amlarc-compute"
}
