//! What inference asks for: a certificate and a way in.

use super::at;
use crate::settings::declared::{ClusterKind, Declared, is_true};
use crate::settings::keys::Era;
use crate::{Given, Problem};

/// Checks the settings of the router, if inference is on.
pub(super) fn check(declared: &Declared, kind: Given<ClusterKind>, era: Era) -> Vec<Problem> {
    let inference = declared.get("enableInference");
    if !inference.known().is_some_and(|value| is_true(value)) {
        return Vec::new();
    }
    let mut found = unencrypted(declared, era);
    found.extend(router(declared, kind, era));
    found
}

/// Inference answers over HTTPS, or the user says that it need not.
fn unencrypted(declared: &Declared, era: Era) -> Vec<Problem> {
    let mut found = Vec::new();
    let encrypted = encrypted(declared, era);
    let insecure = match declared.get("allowInsecureConnections") {
        Given::Unknown => None,
        insecure => Some(insecure.known().is_some_and(|value| is_true(value))),
    };
    if encrypted == Some(false) && insecure == Some(false) {
        let cause = "inference needs a certificate, unless plain HTTP is allowed";
        let fix = "set ssl_secret, or ssl_cert_pem and ssl_key_pem; or set \
                   allow_insecure_connections to true";
        found.push(Problem::error(at("allow_insecure_connections"), cause, fix));
    }
    let nameless = match declared.get("sslCname") {
        Given::Unknown => false,
        name => name.known().is_none_or(String::is_empty),
    };
    if encrypted == Some(true) && nameless && era == Era::Today {
        let cause = "a certificate is given, but not the name that it is for";
        found.push(Problem::error(at("ssl_cname"), cause, "set ssl_cname"));
    }
    if encrypted == Some(true) && insecure == Some(true) {
        let cause = "endpoints answer over plain HTTP, so the certificate is not used";
        let fix = "set it to false, or leave the certificate out";
        found.push(Problem::warning(at("allow_insecure_connections"), cause, fix));
    }
    if files(declared) == Some(true) && secret(declared, era) == Some(true) {
        let cause = "ssl_secret is not used beside a certificate and its key";
        found.push(Problem::warning(at("ssl_secret"), cause, "leave one of the two out"));
    }
    found
}

/// Whether a certificate is given. `None`: not known yet.
fn encrypted(declared: &Declared, era: Era) -> Option<bool> {
    match (files(declared), secret(declared, era)) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// Whether a certificate and its key are given as texts. `None`: not known yet.
fn files(declared: &Declared) -> Option<bool> {
    let pems = [&declared.ssl_cert_pem, &declared.ssl_key_pem];
    let given = pems.map(|pem| match pem {
        Given::Unknown => None,
        pem => Some(pem.known().is_some_and(|pem| !pem.expose().is_empty())),
    });
    match given {
        [Some(certificate), Some(key)] => Some(certificate && key),
        [Some(false), None] | [None, Some(false)] => Some(false),
        _ => None,
    }
}

/// Whether a secret of the cluster is named, which 2021 did not know. `None`: not known yet.
fn secret(declared: &Declared, era: Era) -> Option<bool> {
    match declared.get("sslSecret") {
        _ if era == Era::Y2021 => Some(false),
        Given::Unknown => None,
        secret => Some(secret.known().is_some_and(|secret| !secret.is_empty())),
    }
}

/// How the router is reached.
fn router(declared: &Declared, kind: Given<ClusterKind>, era: Era) -> Vec<Problem> {
    if era == Era::Y2021 {
        return endpoint_2021(declared).into_iter().collect();
    }
    let mut found = Vec::new();
    let service = declared.get("inferenceRouterServiceType");
    let place = at("inference_router_service_type");
    let fix = "set it to LoadBalancer, NodePort or ClusterIP";
    match &service {
        Given::Unset => {
            let cause = "inference needs to know how its router is reached";
            found.push(Problem::error(place, cause, fix));
        }
        Given::Set(value) if !is_service_type(value) => {
            let cause = format!("{value:?} is not a type of service");
            found.push(Problem::error(place, cause, fix));
        }
        Given::Set(_) | Given::Unknown => {}
    }
    let node_port = service.known().is_some_and(|value| value.eq_ignore_ascii_case("nodePort"));
    found.extend(internal_balancer(declared, node_port, kind));
    found
}

fn is_service_type(value: &str) -> bool {
    let types = ["loadbalancer", "nodeport", "clusterip"];
    types.contains(&value.to_ascii_lowercase().as_str())
}

fn internal_balancer(
    declared: &Declared, node_port: bool, kind: Given<ClusterKind>,
) -> Option<Problem> {
    let provider = declared.get("internalLoadBalancerProvider");
    let place = at("internal_load_balancer_provider");
    let provider = provider.known().filter(|provider| !provider.is_empty())?;
    if !provider.eq_ignore_ascii_case("azure") {
        let cause = format!("{provider:?} is not a provider of load balancers; only azure is");
        return Some(Problem::warning(place, cause, "set it to azure, or leave it out"));
    }
    if node_port {
        let cause = "a node port has no load balancer in front of it";
        let fix = "leave it out, or set inference_router_service_type to LoadBalancer";
        return Some(Problem::error(place, cause, fix));
    }
    if kind == Given::Set(ClusterKind::Connected) {
        let cause = "Azure's internal load balancer works on AKS only";
        return Some(Problem::warning(place, cause, "leave it out on other clusters"));
    }
    None
}

fn endpoint_2021(declared: &Declared) -> Option<Problem> {
    let on = |key: &str| declared.get(key).known().is_some_and(|value| is_true(value));
    if !(on("privateEndpointNodeport") && on("privateEndpointILB")) {
        return None;
    }
    let at = at("configuration_settings").key("privateEndpointILB");
    let cause = "a node port has no load balancer in front of it";
    Some(Problem::error(at, cause, "leave privateEndpointILB or privateEndpointNodeport out"))
}
