//! What exists at the start.

use std::io;

use serde_json::{Value, json};

use crate::store::Store;

/// The subscription that everything lies in.
pub(crate) const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
/// The tenant that signs in.
pub(crate) const TENANT: &str = "00000000-0000-0000-0000-00000000000a";
/// Identity of what has a system-assigned one from the start.
const PRINCIPAL: &str = "00000000-0000-0000-0000-0000000000e1";

const PROVIDERS: [&str; 9] = [
    "Microsoft.ContainerService",
    "Microsoft.ExtendedLocation",
    "Microsoft.Kubernetes",
    "Microsoft.KubernetesConfiguration",
    "Microsoft.MachineLearningServices",
    "Microsoft.ManagedIdentity",
    "Microsoft.OperationalInsights",
    "Microsoft.Relay",
    "Microsoft.ServiceBus",
];

/// The default objects.
pub(crate) fn default_objects() -> Store {
    let mut store = Store::default();
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    store.put(
        &subscription,
        json!({
            "subscriptionId": SUBSCRIPTION,
            "tenantId": TENANT,
            "displayName": "Emulator",
            "state": "Enabled",
        }),
    );
    for namespace in PROVIDERS {
        store.put(
            &format!("{subscription}/providers/{namespace}"),
            json!({
                "namespace": namespace,
                "registrationPolicy": "RegistrationRequired",
                "registrationState": "Registered",
            }),
        );
    }
    let group = format!("{subscription}/resourceGroups/rg-arc");
    add(
        &mut store,
        &group,
        json!({
            "location": "eastus",
            "properties": {"provisioningState": "Succeeded"},
        }),
    );
    let arc = format!("{group}/providers/Microsoft.Kubernetes/connectedClusters");
    add(&mut store, &format!("{arc}/amlarc-cluster"), connected("Connected", 3));
    add(&mut store, &format!("{arc}/amlarc-small"), connected("Connected", 1));
    add(&mut store, &format!("{arc}/amlarc-offline"), connected("Offline", 3));
    let aks = format!("{group}/providers/Microsoft.ContainerService/managedClusters/aks-cluster");
    add(&mut store, &aks, managed());
    let ml = format!("{group}/providers/Microsoft.MachineLearningServices/workspaces/ws");
    add(&mut store, &ml, workspace());
    store
}

/// Lays a seed over the store: objects by ARM ID, null for one that shall not exist.
pub(crate) fn sow(store: &mut Store, seed: &Value) -> io::Result<()> {
    let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
    let Value::Object(seed) = seed else {
        return Err(wrong("the seed is no JSON object of objects by ARM ID".into()));
    };
    for (id, object) in seed {
        match object {
            Value::Null => store.remove(id),
            Value::Object(_) if id.starts_with('/') => add(store, id, object.clone()),
            _ => {
                return Err(wrong(format!("the seed's entry `{id}` is no object under an ARM ID")));
            }
        }
    }
    Ok(())
}

/// Puts an object in place, with the `name` and `type` that follow from its ID.
pub(crate) fn add(store: &mut Store, id: &str, mut object: Value) {
    let id = id.trim_end_matches('/');
    let (name, types) = named(id);
    for (field, value) in [("id", Some(id.to_owned())), ("name", name), ("type", types)] {
        if let (None, Some(value)) = (object.get(field), value) {
            object[field] = json!(value);
        }
    }
    store.put(id, object);
}

/// Name and type of what an ID stands for: of its last provider, or a resource group.
fn named(id: &str) -> (Option<String>, Option<String>) {
    let lower = id.to_ascii_lowercase();
    let Some(at) = lower.rfind("/providers/").map(|at| at + "/providers/".len()) else {
        let group = lower
            .contains("/resourcegroups/")
            .then(|| "Microsoft.Resources/resourceGroups".to_owned());
        return (group.as_ref().and(id.rsplit('/').next()).map(str::to_owned), group);
    };
    let mut segments = id.get(at..).unwrap_or_default().split('/');
    let mut types = segments.next().unwrap_or_default().to_owned();
    let mut name = None;
    while let (Some(kind), Some(called)) = (segments.next(), segments.next()) {
        types = format!("{types}/{kind}");
        name = Some(called.to_owned());
    }
    let types = name.is_some().then_some(types);
    (name, types)
}

fn connected(state: &str, nodes: u32) -> Value {
    json!({
        "location": "eastus",
        "tags": {},
        "identity": {"type": "SystemAssigned", "principalId": PRINCIPAL, "tenantId": TENANT},
        "properties": {
            "agentPublicKeyCertificate": "",
            "agentVersion": "1.20.2",
            "azureHybridBenefit": "NotApplicable",
            "connectivityStatus": state,
            "distribution": "k3s",
            "distributionVersion": "1.29.4+k3s1",
            "infrastructure": "generic",
            "kubernetesVersion": "1.29.4",
            "lastConnectivityTime": "2026-11-01T00:00:00.000Z",
            "managedIdentityCertificateExpirationTime": "2027-02-01T00:00:00.000Z",
            "offering": "",
            "privateLinkState": "Disabled",
            "provisioningState": "Succeeded",
            "totalCoreCount": nodes * 4,
            "totalNodeCount": nodes,
        },
    })
}

fn managed() -> Value {
    json!({
        "location": "eastus",
        "tags": {},
        "identity": {"type": "SystemAssigned", "principalId": PRINCIPAL, "tenantId": TENANT},
        "sku": {"name": "Base", "tier": "Free"},
        "properties": {
            "agentPoolProfiles": [{
                "name": "nodepool1",
                "count": 3,
                "mode": "System",
                "osType": "Linux",
                "vmSize": "Standard_D4s_v5",
                "provisioningState": "Succeeded",
            }],
            "currentKubernetesVersion": "1.29.4",
            "disableLocalAccounts": false,
            "dnsPrefix": "aks-cluster",
            "kubernetesVersion": "1.29.4",
            "powerState": {"code": "Running"},
            "provisioningState": "Succeeded",
        },
    })
}

fn workspace() -> Value {
    json!({
        "location": "eastus",
        "tags": {},
        "kind": "Default",
        "sku": {"name": "Basic", "tier": "Basic"},
        "identity": {"type": "SystemAssigned", "principalId": PRINCIPAL, "tenantId": TENANT},
        "properties": {
            "friendlyName": "ws",
            "hbiWorkspace": false,
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Enabled",
            "v1LegacyMode": false,
        },
    })
}
