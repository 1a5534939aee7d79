//! What the block and the environment come to.

use std::ffi::OsString;
use std::path::PathBuf;

use framework::{Attr, Diagnostic, Diagnostics, Sensitive};
use kubernetes::connection::{Arguments, ExecPolicy, Token};

use super::{ClusterConnection, ClusterSettings, Exec, Kubernetes, OnUnreachable};
use crate::config::environment::Source;
use crate::config::{Config, validate};

const V1: &str = "client.authentication.k8s.io/v1";

/// Settles a block in an environment of these variables.
fn settle(block: Kubernetes, variables: &[(&str, &str)]) -> Result<ClusterSettings, Diagnostic> {
    let config = Config { kubernetes: Attr::Known(block), ..Config::default() };
    let lookup = |name: &str| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| OsString::from(value))
    };
    ClusterSettings::resolve(&config, &Source { lookup: &lookup })
}

/// The files, the context and the arguments of a connection that is written.
fn written(
    block: Kubernetes, variables: &[(&str, &str)],
) -> (Vec<PathBuf>, Option<String>, Arguments) {
    match settle(block, variables).expect("settings").connection {
        Some(ClusterConnection::Written { kubeconfig, context, arguments, .. }) => {
            (kubeconfig, context, *arguments)
        }
        other => panic!("no connection is written: {other:?}"),
    }
}

fn found(block: Kubernetes) -> Vec<String> {
    let config = Config { kubernetes: Attr::Known(block), ..Config::default() };
    let mut found = Diagnostics::new();
    validate(&config, &mut found);
    let path = |each: &Diagnostic| each.path.as_ref().map(ToString::to_string).unwrap_or_default();
    found.iter().map(path).collect()
}

fn exec() -> Attr<Exec> {
    Attr::Known(Exec { api_version: V1.into(), command: "plugin".into(), ..Exec::default() })
}

#[test]
fn a_block_without_a_connection_argument_is_no_connection() {
    let variables = [("KUBE_HOST", "https://a"), ("KUBE_CONFIG_PATH", "/k"), ("KUBE_TOKEN", "t")];
    let ids = vec![Attr::Known(
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"
            .to_owned(),
    )];
    for block in [
        Kubernetes::default(),
        Kubernetes { allow_exec: Attr::Known(false), ..Kubernetes::default() },
        Kubernetes { in_cluster: Attr::Known(false), ..Kubernetes::default() },
        Kubernetes { cluster_ids: Attr::Known(ids), ..Kubernetes::default() },
    ] {
        assert!(settle(block, &variables).unwrap().connection.is_none());
    }
    let config = Config::default();
    let lookup =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|it| it.1.into());
    let settings = ClusterSettings::resolve(&config, &Source { lookup: &lookup }).unwrap();
    assert!(settings.connection.is_none() && settings.unknown.is_none());
}

#[test]
fn variables_complete_a_connection_and_the_block_wins() {
    let variables = [
        ("KUBE_HOST", "https://exported"),
        ("KUBE_CLUSTER_CA_CERT_DATA", "ca"),
        ("KUBE_CTX", "exported"),
        ("KUBE_CONFIG_PATH", "/exported"),
        ("KUBE_TLS_SERVER_NAME", "name"),
        ("KUBE_PROXY_URL", "http://proxy:1"),
        ("KUBE_CLIENT_CERT_DATA", "certificate"),
        ("KUBE_CLIENT_KEY_DATA", "key"),
        ("KUBECONFIG", "/never"),
    ];
    let block = Kubernetes { config_context: "written".into(), ..Kubernetes::default() };
    let (files, context, arguments) = written(block, &variables);
    assert_eq!((files, context.as_deref()), (vec!["/exported".into()], Some("written")));
    assert_eq!(arguments.address.as_deref(), Some("https://exported"));
    assert_eq!(arguments.ca_certificate.as_deref(), Some("ca"));
    assert_eq!(arguments.tls_server_name.as_deref(), Some("name"));
    assert_eq!(arguments.client_certificate.as_deref(), Some("certificate"));
    assert_eq!(arguments.client_key.map(|key| key.expose().clone()).as_deref(), Some("key"));
    assert!(arguments.proxy.is_some());
    let block = Kubernetes { host: "https://written".into(), ..Kubernetes::default() };
    let (_, context, arguments) = written(block, &variables);
    assert_eq!(context.as_deref(), Some("exported"));
    assert_eq!(arguments.address.as_deref(), Some("https://written"));
}

#[test]
fn an_identity_of_the_block_is_not_mixed_with_one_of_the_environment() {
    let variables = [
        ("KUBE_TOKEN", "exported"),
        ("KUBE_CLIENT_CERT_DATA", "certificate"),
        ("KUBE_CLIENT_KEY_DATA", "key"),
    ];
    let host = || Kubernetes { host: "https://a".into(), ..Kubernetes::default() };
    let token = Kubernetes { token: Attr::Known("written".into()), ..host() };
    let certificate = Kubernetes {
        client_certificate: "own".into(),
        client_key: Attr::Known("own".into()),
        ..host()
    };
    let plugin = Kubernetes { exec: exec(), ..host() };
    for (block, expected) in
        [(host(), "exported"), (token, "written"), (certificate, "none"), (plugin, "plugin")]
    {
        let (_, _, arguments) = written(block, &variables);
        let has_certificate = arguments.client_certificate.is_some();
        assert_eq!(has_certificate, expected == "none", "{expected}");
        let identity = arguments.connection(None).unwrap().identity;
        match (identity.token, expected) {
            (Token::Fixed(token), expected) => assert_eq!(token.expose(), expected),
            (Token::Exec(_), "plugin") | (Token::None, "none") => {}
            (token, expected) => panic!("{expected}: {token:?}"),
        }
    }
}

#[test]
fn paths_may_begin_at_home_and_be_several() {
    let home = [("HOME", "/home/user"), ("KUBE_CONFIG_PATHS", "~/a:/b::~other/c")];
    let one = Kubernetes { config_path: "~/.kube/config".into(), ..Kubernetes::default() };
    assert_eq!(written(one, &home).0, [PathBuf::from("/home/user/.kube/config")]);
    let paths = ["~".to_owned(), "/x".to_owned()].into_iter().collect();
    let several = Kubernetes { config_paths: paths, ..Kubernetes::default() };
    assert_eq!(written(several, &home).0, [PathBuf::from("/home/user/"), PathBuf::from("/x")]);
    let none = Kubernetes { config_context: "c".into(), ..Kubernetes::default() };
    let expected = ["/home/user/a", "/b", "~other/c"].map(PathBuf::from);
    assert_eq!(written(none.clone(), &home).0, expected);
    let both = [("KUBE_CONFIG_PATH", "/one"), ("KUBE_CONFIG_PATHS", "/two")];
    assert_eq!(written(none, &both).0, [PathBuf::from("/one")]);
}

#[test]
fn a_pod_is_used_where_that_is_written() {
    let variables = [("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("KUBERNETES_SERVICE_PORT", "443")];
    let block = Kubernetes { in_cluster: Attr::Known(true), ..Kubernetes::default() };
    let connection = settle(block, &variables).unwrap().connection;
    let Some(ClusterConnection::InCluster { host, port }) = connection else { panic!("no pod") };
    assert_eq!((host.as_deref(), port.as_deref()), (Some("10.0.0.1"), Some("443")));
}

#[test]
fn programs_are_started_without_our_secrets_or_not_at_all() {
    let variables = [
        ("ARM_CLIENT_SECRET", "canary"),
        ("AZUREML_ACCESS_TOKEN", ""),
        ("KUBE_CLIENT_KEY_DATA", "canary"),
        ("TF_VAR_password", "canary"),
    ];
    let mut block = Kubernetes { exec: exec(), ..Kubernetes::default() };
    let (_, _, arguments) = written(block.clone(), &variables);
    let plugin = arguments.exec.unwrap();
    assert_eq!(plugin.withheld_variables, ["ARM_CLIENT_SECRET", "KUBE_CLIENT_KEY_DATA"]);
    for name in ["TF_PLUGIN_MAGIC_COOKIE", "TF_VAR_*"] {
        assert!(plugin.removed_variables.iter().any(|removed| removed == name), "{name}");
    }
    block.allow_exec = Attr::Known(false);
    let refused = settle(block, &variables).expect_err("forbidden");
    assert!(refused.detail.contains("allow_exec"), "{}", refused.detail);
    let files = Kubernetes {
        config_path: "/k".into(),
        allow_exec: Attr::Known(false),
        ..Kubernetes::default()
    };
    let connection = settle(files, &variables).unwrap().connection;
    let Some(ClusterConnection::Written { exec, .. }) = connection else { panic!("no files") };
    assert!(matches!(exec, ExecPolicy::Forbidden));
}

#[test]
fn what_is_not_known_yet_is_named_and_nothing_of_the_block_is_used() {
    let unknown_args = Attr::Known(vec![Attr::Known("a".to_owned()), Attr::Unknown]);
    let exec = Exec { args: unknown_args, ..exec().into_known().unwrap() };
    for (block, expected) in [
        (Kubernetes { host: Attr::Unknown, ..Kubernetes::default() }, ".kubernetes.host"),
        (
            Kubernetes { host: "https://a".into(), token: Attr::Unknown, ..Kubernetes::default() },
            ".kubernetes.token",
        ),
        (Kubernetes { exec: Attr::Known(exec), ..Kubernetes::default() }, ".kubernetes.exec"),
        (
            Kubernetes { cluster_ids: Attr::Known(vec![Attr::Unknown]), ..Kubernetes::default() },
            ".kubernetes.cluster_ids",
        ),
    ] {
        let settings = settle(block, &[]).unwrap();
        assert_eq!(settings.unknown.map(|path| path.to_string()).as_deref(), Some(expected));
        assert!(settings.connection.is_none());
    }
    let config = Config { kubernetes: Attr::Unknown, ..Config::default() };
    let settings = ClusterSettings::resolve(&config, &Source { lookup: &|_| None }).unwrap();
    assert_eq!(settings.unknown.map(|path| path.to_string()).as_deref(), Some(".kubernetes"));
}

#[test]
fn clusters_are_named_by_their_ids() {
    let named = |id: &str| Kubernetes {
        host: "https://a".into(),
        cluster_ids: Attr::Known(vec![Attr::Known(id.to_owned())]),
        ..Kubernetes::default()
    };
    let arc =
        "/subscriptions/S/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/C";
    let settings = settle(named(arc), &[]).unwrap();
    assert_eq!(settings.cluster_ids, Some(vec![arc.to_lowercase()]));
    for wrong in ["cluster", "", "/subscriptions/s/resourceGroups/g"] {
        let refused = settle(named(wrong), &[]).expect_err(wrong);
        assert!(
            refused.detail.contains("no ARM ID of an Arc-enabled or AKS"),
            "{}",
            refused.detail
        );
    }
}

#[test]
fn contradictions_and_what_is_lacking_are_refused_on_their_argument() {
    let none = Kubernetes::default;
    let secret = || Attr::Known(Sensitive::from("x"));
    let alpha = Exec { api_version: "v1".into(), command: "plugin".into(), ..Exec::default() };
    for (block, expected) in [
        (none(), vec![]),
        (
            Kubernetes { username: "u".into(), password: secret(), ..none() },
            vec![".kubernetes.username", ".kubernetes.password"],
        ),
        (
            Kubernetes { config_context_cluster: Attr::Unknown, ..none() },
            vec![".kubernetes.config_context_cluster"],
        ),
        (Kubernetes { token: secret(), exec: exec(), ..none() }, vec![".kubernetes.token"]),
        (
            Kubernetes {
                config_path: "a".into(),
                config_paths: ["b".to_owned()].into_iter().collect(),
                ..none()
            },
            vec![".kubernetes.config_path"],
        ),
        (
            Kubernetes {
                cluster_ca_certificate: "c".into(),
                insecure: Attr::Known(true),
                ..none()
            },
            vec![".kubernetes.cluster_ca_certificate", ".kubernetes.insecure"],
        ),
        (
            Kubernetes {
                cluster_ca_certificate: "c".into(),
                insecure: Attr::Known(false),
                ..none()
            },
            vec![],
        ),
        (
            Kubernetes { in_cluster: Attr::Known(true), host: "a".into(), ..none() },
            vec![".kubernetes.in_cluster"],
        ),
        (
            Kubernetes { exec: exec(), allow_exec: Attr::Known(false), ..none() },
            vec![".kubernetes.exec"],
        ),
        (Kubernetes { exec: Attr::Known(alpha), ..none() }, vec![".kubernetes.exec.api_version"]),
        (Kubernetes { proxy_url: "https://p".into(), ..none() }, vec![".kubernetes.proxy_url"]),
    ] {
        assert_eq!(found(block.clone()), expected, "{block:?}");
    }
}

#[test]
fn a_connection_that_checks_no_certificate_is_warned_of() {
    for (insecure, expected) in [
        (Attr::Null, ""),
        (Attr::Known(false), ""),
        (Attr::Unknown, ""),
        (Attr::Known(true), "Certificate of the cluster is not checked"),
    ] {
        let block = Kubernetes { host: "h".into(), insecure, ..Kubernetes::default() };
        let config = Config { kubernetes: Attr::Known(block), ..Config::default() };
        let mut found = Diagnostics::new();
        validate(&config, &mut found);
        assert!(!found.has_errors());
        let told: Vec<_> = found.iter().map(|each| each.summary.as_str()).collect();
        assert_eq!(told.concat(), expected);
    }
}

#[test]
fn what_a_refresh_does_without_an_answer_is_one_of_two() {
    for (text, expected) in
        [("error", OnUnreachable::Error), ("keep_state", OnUnreachable::KeepState)]
    {
        let config = Config { on_unreachable: text.into(), ..Config::default() };
        let settings = ClusterSettings::resolve(&config, &Source { lookup: &|_| None }).unwrap();
        assert_eq!(settings.on_unreachable, expected);
    }
    let config = Config { on_unreachable: "ignore".into(), ..Config::default() };
    let mut found = Diagnostics::new();
    validate(&config, &mut found);
    assert!(found.iter().any(|each| each.detail.contains("`error` or `keep_state`")));
}
