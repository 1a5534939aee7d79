//! The maps of a create as the CLI of June 2021 derived them (`Create` @0076dcff), for Arc only.

use super::connections::Connections;
use super::declared::{Cluster, Declared, is_false};
use super::derive::{BUS_COPY, Derived, RELAY_COPY, copy};

/// Completes the maps, whose flags are set already.
pub(super) fn derive(
    maps: &mut Derived, declared: &Declared, cluster: &Cluster, connections: &Connections,
) {
    if maps.is_on("enableInference") {
        inference(maps, declared);
    }
    maps.place(cluster);
    maps.connect(connections);
    copy(&mut maps.protected, RELAY_COPY);
    copy(&mut maps.protected, ("relayServerConnectionString", "RelayConnectionString"));
    copy(&mut maps.protected, BUS_COPY);
    maps.copy_values();
}

fn inference(maps: &mut Derived, declared: &Declared) {
    let single = maps.get("inferenceLoadBalancerHA").is_some_and(is_false);
    maps.set("clusterPurpose", if single { "DevTest" } else { "FastProd" });
    if maps.is_on("privateEndpointNodeport") {
        maps.set("scoringFe.serviceType.nodePort", "True");
    }
    if maps.is_on("privateEndpointILB") {
        maps.set("scoringFe.serviceType.internalLoadBalancer", "True");
    }
    if !maps.is_on("allowInsecureConnections") {
        maps.files(declared);
    }
}
