//! Keeps pages of other servers away from the emulator's own page and from its control interface: one
//! that sends a request to loopback, and one whose name leads here.

use std::net::IpAddr;

use crate::http::{Body, Request, Response};

/// What may change something or give secrets is for programs, and for the emulator's own page.
pub(crate) fn check(own: &str, request: &Request) -> Result<(), Response> {
    check_host(request).and_then(|()| check_origin(own, request))
}

/// Refuses a host that is no name of loopback: a foreign name that leads here is one that a foreign page
/// has rebound.
pub(crate) fn check_host(request: &Request) -> Result<(), Response> {
    if request.host.is_empty() || is_loopback(&request.host) {
        return Ok(());
    }
    Err(refuse(
        "the emulator's page and control interface are there for `localhost`, `127.0.0.1` and `[::1]` \
         alone: ask by one of these names",
    ))
}

/// Refuses what a browser sends for a page of another origin. Who says nothing of an origin is no
/// browser, and `none` is the user.
fn check_origin(own: &str, request: &Request) -> Result<(), Response> {
    let scheme = own.split_once("://").map_or("http", |(scheme, _)| scheme);
    let expected = format!("{scheme}://{}", request.host);
    let header = |name: &str| request.headers.get(name);
    let is_own = header("origin").is_none_or(|it| it.eq_ignore_ascii_case(&expected))
        && header("sec-fetch-site").is_none_or(|it| it == "same-origin" || it == "none");
    if is_own {
        return Ok(());
    }
    Err(refuse(
        "the request comes from another page than the emulator's own: open `/` and use the forms there",
    ))
}

/// Whether a host, with or without a port, is a name of loopback.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

fn refuse(message: &str) -> Response {
    let response = Response::empty(403).with("content-type", "text/plain; charset=utf-8");
    Response { body: Body::Text(format!("{message}\n")), ..response }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_loopback_are_known() {
        for host in [
            "localhost",
            "LocalHost:80",
            "127.0.0.1",
            "127.0.0.1:8080",
            "127.1.2.3:1",
            "[::1]",
            "[::1]:443",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "x",
            "rebound.example:8080",
            "localhost.example",
            "127.0.0.1.example",
            "10.0.0.1:80",
            "[::2]:80",
            "0.0.0.0",
            "127.0.0.1:x",
            "user@127.0.0.1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
