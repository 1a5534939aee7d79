//! The objects that exist at the start.

use std::io;

use serde_json::{Value, json};

use crate::catalogue;
use crate::names::{property, resource_type, state};
use crate::store::Store;

pub(crate) const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
pub(crate) const TENANT: &str = "00000000-0000-0000-0000-00000000000a";
/// Another tenant in which the application is known.
pub(crate) const OTHER_TENANT: &str = "00000000-0000-0000-0000-00000000000d";
/// The system-assigned identity of every seeded object that has one.
const PRINCIPAL_ID: &str = "00000000-0000-0000-0000-0000000000e1";

/// Principal and client IDs of the user-assigned identities.
const IDENTITIES: [[&str; 2]; 2] = [
    ["00000000-0000-0000-0000-0000000000e2", "00000000-0000-0000-0000-0000000000c2"],
    ["00000000-0000-0000-0000-0000000000e3", "00000000-0000-0000-0000-0000000000c3"],
];

/// The client IDs of these identities, which a managed identity may be asked for by.
pub(crate) const USER_ASSIGNED_CLIENTS: [&str; 2] = [IDENTITIES[0][1], IDENTITIES[1][1]];

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

/// `host` is that of the API server of the managed cluster.
pub(crate) fn default_objects(host: &str) -> Store {
    let mut store = Store::default();
    add_subscription(&mut store, SUBSCRIPTION);
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-arc");
    add_group(&mut store, &group);
    let arc = format!("{group}/providers/Microsoft.Kubernetes/connectedClusters");
    add(&mut store, &format!("{arc}/amlarc-cluster"), connected_cluster("Connected", 3));
    add(&mut store, &format!("{arc}/amlarc-small"), connected_cluster("Connected", 1));
    add(&mut store, &format!("{arc}/amlarc-offline"), connected_cluster("Offline", 3));
    let aks = format!("{group}/providers/Microsoft.ContainerService/managedClusters/aks-cluster");
    add(&mut store, &aks, managed_cluster(host));
    let ml =
        format!("{group}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace");
    add(&mut store, &ml, workspace());
    let identities = format!("{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities");
    for (name, identity) in ["amlarc-identity", "amlarc-identity-2"].into_iter().zip(IDENTITIES) {
        add(&mut store, &format!("{identities}/{name}"), user_assigned_identity(identity));
    }
    catalogue::seed_versions(&mut store);
    store
}

/// Lays a seed over the default objects: objects by ARM ID, null for one to remove.
pub(crate) fn apply(store: &mut Store, seed: &Value) -> io::Result<()> {
    let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
    let Value::Object(seed) = seed else {
        return Err(wrong("the seed is no JSON object of objects by ARM ID".into()));
    };
    for (id, object) in seed.iter().filter(|(_, object)| !object.is_null()) {
        if !is_arm_object(object) || !id.starts_with('/') {
            return Err(wrong(format!("the seed's entry `{id}` is no object under an ARM ID")));
        }
        add_parents(store, id);
        add(store, id, object.clone());
    }
    // What shall not exist goes last, since what comes before may bring it along.
    for (id, _) in seed.iter().filter(|(_, object)| object.is_null()) {
        store.remove(id);
    }
    Ok(())
}

/// Whether the value is an object, and so are its `properties`, if any.
pub(crate) fn is_arm_object(value: &Value) -> bool {
    value.is_object() && matches!(value["properties"], Value::Object(_) | Value::Null)
}

/// Adds the subscription and the resource group of an ID where they are missing, so that a seed
/// need not name them.
fn add_parents(store: &mut Store, id: &str) {
    let segments: Vec<_> = id.split('/').collect();
    if let ["", "subscriptions", name, ..] = segments[..] {
        add_subscription(store, name);
    }
    if let ["", "subscriptions", _, _, _, "providers", ..] = segments[..] {
        let group = segments[..5].join("/");
        if store.get(&group).is_none() {
            add_group(store, &group);
        }
    }
}

/// Adds a subscription in which every provider is registered, unless it exists.
fn add_subscription(store: &mut Store, name: &str) {
    let subscription = format!("/subscriptions/{name}");
    if store.get(&subscription).is_some() {
        return;
    }
    store.put(
        &subscription,
        json!({
            "subscriptionId": name,
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
                property::REGISTRATION_STATE: "Registered",
            }),
        );
    }
}

fn add_group(store: &mut Store, id: &str) {
    let properties = json!({property::PROVISIONING_STATE: state::SUCCEEDED});
    add(store, id, json!({"location": "eastus", "properties": properties}));
}

/// Adds an object with the `name` and `type` that follow from its ID.
pub(crate) fn add(store: &mut Store, id: &str, mut object: Value) {
    let id = id.trim_end_matches('/');
    let (name, types) = name_and_type(id);
    for (field, value) in [("id", Some(id.to_owned())), ("name", name), ("type", types)] {
        if let (None, Some(value)) = (object.get(field), value) {
            object[field] = json!(value);
        }
    }
    store.put(id, object);
}

/// Name and type of the resource or resource group of an ID.
fn name_and_type(id: &str) -> (Option<String>, Option<String>) {
    let lower = id.to_ascii_lowercase();
    let Some(at) = lower.rfind("/providers/").map(|at| at + "/providers/".len()) else {
        let group =
            lower.contains("/resourcegroups/").then(|| resource_type::RESOURCE_GROUP.to_owned());
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

fn user_assigned_identity([principal, client]: [&str; 2]) -> Value {
    let properties = json!({"tenantId": TENANT, "principalId": principal, "clientId": client});
    json!({"location": "eastus", "tags": {}, "properties": properties})
}

fn connected_cluster(state: &str, nodes: u32) -> Value {
    json!({
        "location": "eastus",
        "tags": {},
        "identity": {"type": "SystemAssigned", "principalId": PRINCIPAL_ID, "tenantId": TENANT},
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
            property::PROVISIONING_STATE: state::SUCCEEDED,
            "totalCoreCount": nodes * 4,
            "totalNodeCount": nodes,
        },
    })
}

fn managed_cluster(host: &str) -> Value {
    json!({
        "location": "eastus",
        "tags": {},
        "identity": {"type": "SystemAssigned", "principalId": PRINCIPAL_ID, "tenantId": TENANT},
        "sku": {"name": "Base", "tier": "Free"},
        "properties": {
            "agentPoolProfiles": [{
                "name": "nodepool1",
                "type": "VirtualMachineScaleSets",
                "mode": "System",
                "count": 3,
                "enableAutoScaling": false,
                "maxPods": 110,
                "orchestratorVersion": "1.29",
                "osDiskSizeGB": 128,
                "osDiskType": "Managed",
                "osSKU": "Ubuntu",
                "osType": "Linux",
                "powerState": {"code": "Running"},
                "vmSize": "Standard_D4s_v5",
                property::PROVISIONING_STATE: state::SUCCEEDED,
            }],
            "currentKubernetesVersion": "1.29.4",
            "disableLocalAccounts": false,
            "dnsPrefix": "aks-cluster",
            "fqdn": host,
            "kubernetesVersion": "1.29.4",
            "powerState": {"code": "Running"},
            property::PROVISIONING_STATE: state::SUCCEEDED,
        },
    })
}

fn workspace() -> Value {
    json!({
        "location": "eastus",
        "tags": {},
        "kind": "Default",
        "sku": {"name": "Basic", "tier": "Basic"},
        "identity": {"type": "SystemAssigned", "principalId": PRINCIPAL_ID, "tenantId": TENANT},
        "properties": {
            "friendlyName": "amlarc-workspace",
            "hbiWorkspace": false,
            property::PROVISIONING_STATE: state::SUCCEEDED,
            "publicNetworkAccess": "Enabled",
            "v1LegacyMode": false,
        },
    })
}
