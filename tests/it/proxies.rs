//! Proxies of the environment: a real one, which notes who asks it for what, and refuses.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::arc_extension::resource;
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::with_terraform;

with_terraform!(
    the_proxy_of_the_environment_is_asked,
    what_no_proxy_names_is_asked_directly,
    what_is_on_this_machine_is_asked_directly,
    a_proxy_that_wants_other_credentials_is_named_without_them,
    a_malformed_proxy_is_an_error,
    a_proxy_that_refuses_is_named,
);

/// A name that nobody has: what is not asked by the proxy is not found.
const ENDPOINT: &str = "https://arm.azure.invalid";
const PASSWORD: &str = "canary-Pr0xy-4e";
/// `user:` and the password in base64.
const BASIC: &str = "Basic dXNlcjpjYW5hcnktUHIweHktNGU=";

/// A proxy that answers every request with this status line.
struct Proxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn answering(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = heads.clone();
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
                noted.lock().expect("nobody panics").push(head.join("\n"));
                // A client that has gone is no fault of a proxy.
                let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            }
        });
        Self { port, heads }
    }

    fn url(&self) -> String {
        format!("http://user:{PASSWORD}@127.0.0.1:{}", self.port)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("nobody panics").clone()
    }
}

fn the_proxy_of_the_environment_is_asked(_: &Azure, cli: &mut Cli) {
    cli.set("ARM_RESOURCE_MANAGER_ENDPOINT", ENDPOINT);
    cli.write(&extension());
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = Proxy::answering("502 Bad Gateway");
        cli.set(variable, &proxy.url());
        cli.apply().never_says(PASSWORD).fails_with("HTTPS_PROXY");
        let heads = proxy.heads();
        assert!(heads.len() > 1, "{variable}: it is asked again, as after a 502: {heads:?}");
        assert!(heads[0].starts_with("CONNECT arm.azure.invalid:443 "), "{variable}: {heads:?}");
        assert!(heads[0].contains(BASIC), "{variable}: {heads:?}");
        cli.unset(variable);
    }
}

fn what_no_proxy_names_is_asked_directly(_: &Azure, cli: &mut Cli) {
    let proxy = Proxy::answering("502 Bad Gateway");
    cli.set("HTTPS_PROXY", &proxy.url());
    cli.write(&extension());
    for (endpoint, no_proxy) in [
        (ENDPOINT, "arm.azure.invalid"),
        (ENDPOINT, "other.example, .azure.invalid"),
        (ENDPOINT, "azure.invalid"),
        (ENDPOINT, "*"),
        ("https://240.0.0.1", "240.0.0.0/4"),
        ("https://240.0.0.1", "240.0.0.1"),
    ] {
        cli.set("ARM_RESOURCE_MANAGER_ENDPOINT", endpoint);
        for variable in ["NO_PROXY", "no_proxy"] {
            cli.set(variable, no_proxy);
            cli.apply().fails_with("cannot be");
            cli.unset(variable);
        }
        assert_eq!(proxy.heads(), [""; 0], "{no_proxy}");
    }
    cli.set("ARM_RESOURCE_MANAGER_ENDPOINT", ENDPOINT);
    cli.set("NO_PROXY", "azure.example,240.0.0.0/4");
    cli.apply().fails_with("HTTPS_PROXY");
    assert!(!proxy.heads().is_empty(), "only what is named is left out");
}

fn what_is_on_this_machine_is_asked_directly(_: &Azure, cli: &mut Cli) {
    let proxy = Proxy::answering("502 Bad Gateway");
    for variable in ["HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        cli.set(variable, &proxy.url());
    }
    cli.write(&extension());
    cli.apply().succeeds();
    assert_eq!(proxy.heads(), [""; 0]);
}

fn a_proxy_that_wants_other_credentials_is_named_without_them(_: &Azure, cli: &mut Cli) {
    let proxy = Proxy::answering("407 Proxy Authentication Required");
    cli.set("ARM_RESOURCE_MANAGER_ENDPOINT", ENDPOINT);
    cli.set("HTTPS_PROXY", &proxy.url());
    cli.set("TF_LOG", "TRACE");
    cli.write(&extension());
    let ran = cli.apply();
    ran.never_says(PASSWORD).never_says(BASIC).fails_with("proxy").says("407").says("HTTPS_PROXY");
    ran.fails_with(&format!("http://127.0.0.1:{} (HTTPS_PROXY)", proxy.port));
    assert_eq!(proxy.heads().len(), 1, "it is asked once: {:?}", proxy.heads());
}

fn a_malformed_proxy_is_an_error(_: &Azure, cli: &mut Cli) {
    cli.write(&extension());
    cli.set("HTTPS_PROXY", &format!("http//user:{PASSWORD}@proxy:8080"));
    cli.set("ARM_RESOURCE_MANAGER_ENDPOINT", ENDPOINT);
    let ran = cli.apply();
    ran.never_says(PASSWORD).fails_with("HTTPS_PROXY names no proxy").says("http://host:port");
    cli.set("NO_PROXY", "azure.invalid");
    cli.apply().fails_with("unknown host");
}

fn a_proxy_that_refuses_is_named(_: &Azure, cli: &mut Cli) {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = free.local_addr().expect("it is bound").port();
    drop(free);
    cli.write(&extension());
    cli.set("ALL_PROXY", &format!("http://user:{PASSWORD}@127.0.0.1:{port}"));
    cli.set("ARM_RESOURCE_MANAGER_ENDPOINT", ENDPOINT);
    let ran = cli.apply();
    let named = format!("through the proxy http://127.0.0.1:{port} (ALL_PROXY)");
    ran.never_says(PASSWORD).fails_with(&named).says("refused");
}

fn extension() -> String {
    resource("  enable_training = true\n  timeouts {\n    create = \"4s\"\n  }\n")
}
