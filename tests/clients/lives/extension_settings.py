"""What `az k8s-extension create` sends for a training-only extension on an Arc cluster."""

from sign_in import GROUP_ID, LOCATION

EXTENSION_TYPE = "microsoft.azureml.kubernetes"


def settings(cluster, cluster_id=None):
    cluster_id = cluster_id or f"{GROUP_ID}/providers/Microsoft.Kubernetes/connectedClusters/{cluster}"
    return {
        "enableTraining": "True",
        "enableInference": "False",
        "cluster_name": cluster_id,
        "cluster_name_friendly": cluster,
        "clusterId": cluster_id,
        "domain": f"{LOCATION}.cloudapp.azure.com",
        "location": LOCATION,
        "jobSchedulerLocation": LOCATION,
        "prometheus.prometheusSpec.externalLabels.cluster_name": cluster_id,
        "nginxIngress.enabled": "false",
        "relayserver.enabled": "true",
        "servicebus.enabled": "false",
    }


def protected_settings(cluster, connection_string=None):
    made_up = (
        f"Endpoint=sb://elsewhere.servicebus.windows.net/;SharedAccessKeyName=azureml_rw;"
        f"SharedAccessKey=AAAA;EntityPath={cluster}"
    )
    string = connection_string or made_up
    return {"relayServerConnectionString": string, "relayserver.relayConnectionString": string}


def training_extension(cluster, connection_string=None, more={}):
    """The body of the whole."""
    return {
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "extensionType": EXTENSION_TYPE,
            "autoUpgradeMinorVersion": True,
            "releaseTrain": "stable",
            "scope": {"cluster": {"releaseNamespace": "azureml"}},
            "configurationSettings": settings(cluster) | more,
            "configurationProtectedSettings": protected_settings(cluster, connection_string),
        },
    }
