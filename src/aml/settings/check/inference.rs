//! What inference requires: a certificate, and a Service through which its router is reached.

use vocabulary::{Attr, Problem};

use super::at;
use crate::settings::declared::{ClusterKind, Declared, is_true};
use crate::settings::keys::Era;
use crate::settings::{tls, wire};

/// Checks the settings of the router, if inference is on.
pub(super) fn check(declared: &Declared, kind: Attr<ClusterKind>, era: Era) -> Vec<Problem> {
    let inference = declared.get(wire::ENABLE_INFERENCE);
    if !inference.known().is_some_and(|value| is_true(value)) {
        return Vec::new();
    }
    let mut found = check_encryption(declared, era);
    found.extend(check_router(declared, kind, era));
    found
}

/// Inference answers over HTTPS, or the user says that it need not.
fn check_encryption(declared: &Declared, era: Era) -> Vec<Problem> {
    let mut found = Vec::new();
    // Where only the name is written, the extension may have the certificate: `check_installation`
    // decides that.
    found.extend(
        check_certificate_or_http(declared, era).filter(|_| !may_have_certificate(declared)),
    );
    let is_encrypted = is_certificate_given(declared, era);
    if is_encrypted == Some(true) && !is_named(declared) && era == Era::Today {
        let cause = "a certificate needs the DNS name that it is for";
        found.push(Problem::error(
            at("ssl_cname"),
            cause,
            "set ssl_cname to the DNS name in the certificate",
        ));
    }
    if is_encrypted == Some(true) && is_http_allowed(declared) == Some(true) {
        let cause = "endpoints are served over plain HTTP, so the certificate is not used";
        let fix = "set it to false, or remove the certificate";
        found.push(Problem::warning(at("allow_insecure_connections"), cause, fix));
    }
    if tls::is_given(declared) == Some(true) && is_secret_given(declared, era) == Some(true) {
        let cause = "ssl_secret is not used with ssl_cert_pem and ssl_key_pem";
        found.push(Problem::warning(
            at("ssl_secret"),
            cause,
            "remove ssl_secret, or ssl_cert_pem and ssl_key_pem",
        ));
    }
    found
}

/// Inference with neither a certificate nor plain HTTP allowed.
pub(super) fn check_certificate_or_http(declared: &Declared, era: Era) -> Option<Problem> {
    let inference =
        declared.get(wire::ENABLE_INFERENCE).known().is_some_and(|value| is_true(value));
    let is_closed = is_certificate_given(declared, era) == Some(false)
        && is_http_allowed(declared) == Some(false);
    if !inference || !is_closed {
        return None;
    }
    let cause = "inference needs a certificate, unless plain HTTP is allowed";
    let fix = "set ssl_secret, or ssl_cert_pem and ssl_key_pem; or set allow_insecure_connections \
               to true";
    Some(Problem::error(at("allow_insecure_connections"), cause, fix))
}

/// Whether plain HTTP is allowed. `None`: not known yet.
fn is_http_allowed(declared: &Declared) -> Option<bool> {
    match declared.get(wire::ALLOW_INSECURE_CONNECTIONS) {
        Attr::Unknown => None,
        insecure => Some(insecure.known().is_some_and(|value| is_true(value))),
    }
}

/// Whether only the name of a certificate is written: an installed extension may have the certificate.
pub(super) fn may_have_certificate(declared: &Declared) -> bool {
    is_named(declared) && tls::is_left_out(declared)
}

/// Whether the name of a certificate is written, known or not.
fn is_named(declared: &Declared) -> bool {
    match declared.get(wire::SSL_CNAME) {
        Attr::Unknown => true,
        name => name.known().is_some_and(|name| !name.is_empty()),
    }
}

/// Whether a certificate is given. `None`: not known yet.
fn is_certificate_given(declared: &Declared, era: Era) -> Option<bool> {
    match (tls::is_given(declared), is_secret_given(declared, era)) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// Whether a Secret of the cluster is named, which the extension of 2021 did not read. `None`: not
/// known yet.
fn is_secret_given(declared: &Declared, era: Era) -> Option<bool> {
    if era == Era::Y2021 {
        return Some(false);
    }
    let names = [wire::SSL_SECRET, wire::ROUTER_SSL_SECRET].map(|key| declared.get(key));
    let is_named = |name: &Attr<String>| name.known().is_some_and(|name| !name.is_empty());
    match names {
        names if names.iter().any(is_named) => Some(true),
        names if names.iter().any(Attr::is_unknown) => None,
        _ => Some(false),
    }
}

/// Checks the Service of the router and its load balancer.
fn check_router(declared: &Declared, kind: Attr<ClusterKind>, era: Era) -> Vec<Problem> {
    if era == Era::Y2021 {
        return check_private_endpoint_2021(declared).into_iter().collect();
    }
    let mut found = Vec::new();
    let service = declared.get(wire::INFERENCE_ROUTER_SERVICE_TYPE);
    let place = at("inference_router_service_type");
    let fix = "set it to loadBalancer, nodePort or clusterIP";
    match &service {
        Attr::Null => {
            let cause = "inference requires the type of its router's Service";
            found.push(Problem::error(place, cause, fix));
        }
        Attr::Known(value) if !is_service_type(value) => {
            let cause = format!("{value:?} is not a type of Service that the router can have");
            found.push(Problem::error(place, cause, fix));
        }
        Attr::Known(_) | Attr::Unknown => {}
    }
    found.extend(check_internal_load_balancer(declared, &service, kind));
    found
}

fn is_service_type(value: &str) -> bool {
    let types = ["loadbalancer", "nodeport", "clusterip"];
    types.contains(&value.to_ascii_lowercase().as_str())
}

fn check_internal_load_balancer(
    declared: &Declared, service: &Attr<String>, kind: Attr<ClusterKind>,
) -> Option<Problem> {
    let is = |word: &str| service.known().is_some_and(|value| value.eq_ignore_ascii_case(word));
    let provider = declared.get(wire::INTERNAL_LOAD_BALANCER_PROVIDER);
    let place = at("internal_load_balancer_provider");
    let provider = provider.known().filter(|provider| !provider.is_empty())?;
    if !provider.eq_ignore_ascii_case("azure") {
        let cause = format!("{provider:?} is not a supported provider; azure is the only one");
        return Some(Problem::warning(place, cause, "set it to azure, or remove it"));
    }
    let fix = "remove it, or set inference_router_service_type to loadBalancer";
    if is("nodePort") {
        let cause = "a nodePort Service has no load balancer";
        return Some(Problem::error(place, cause, fix));
    }
    if is("clusterIP") {
        // The CLI takes it, and sets up the load balancer.
        let cause = "a clusterIP Service has no load balancer, and this setting adds one";
        return Some(Problem::warning(place, cause, fix));
    }
    if kind == Attr::Known(ClusterKind::Connected) {
        let cause = "Azure's internal load balancer works on AKS only";
        return Some(Problem::warning(place, cause, "remove it on other clusters"));
    }
    None
}

fn check_private_endpoint_2021(declared: &Declared) -> Option<Problem> {
    let on = |key: &str| declared.get(key).known().is_some_and(|value| is_true(value));
    if !(on(wire::PRIVATE_ENDPOINT_NODE_PORT) && on(wire::PRIVATE_ENDPOINT_INTERNAL_LOAD_BALANCER))
    {
        return None;
    }
    let at = at("configuration_settings").key(wire::PRIVATE_ENDPOINT_INTERNAL_LOAD_BALANCER);
    let cause = "a nodePort Service has no load balancer";
    Some(Problem::error(at, cause, "remove privateEndpointILB or privateEndpointNodeport"))
}
