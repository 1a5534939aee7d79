//! The maps of a create as the CLI of June 2021 derived them (`Create` @0076dcff), for Arc only.

use super::connections::Connections;
use super::declared::{Cluster, Declared, is_false};
use super::derive::{BUS_COPY, Derived, RELAY_COPY, copy};
use super::wire;

/// Completes the maps, whose flags are set already.
pub(super) fn derive(
    maps: &mut Derived, declared: &Declared, cluster: &Cluster, connections: &Connections,
) {
    if maps.is_on(wire::ENABLE_INFERENCE) {
        inference(maps, declared);
    }
    maps.place(cluster);
    maps.connect(connections);
    copy(&mut maps.protected, RELAY_COPY);
    copy(&mut maps.protected, (wire::RELAY_CONNECTION_STRING, wire::RELAY_CONNECTION_STRING_2021));
    copy(&mut maps.protected, BUS_COPY);
    maps.copy_values();
}

fn inference(maps: &mut Derived, declared: &Declared) {
    let single = maps.get(wire::INFERENCE_LOAD_BALANCER_HA).is_some_and(is_false);
    maps.set(wire::CLUSTER_PURPOSE, if single { "DevTest" } else { "FastProd" });
    if maps.is_on(wire::PRIVATE_ENDPOINT_NODE_PORT) {
        maps.set(wire::ROUTER_NODE_PORT, "True");
    }
    if maps.is_on(wire::PRIVATE_ENDPOINT_INTERNAL_LOAD_BALANCER) {
        maps.set(wire::ROUTER_INTERNAL_LOAD_BALANCER, "True");
    }
    if !maps.is_on(wire::ALLOW_INSECURE_CONNECTIONS) {
        maps.files(declared);
    }
}
