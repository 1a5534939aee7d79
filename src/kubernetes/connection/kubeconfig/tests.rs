//! Files that can be used and files that cannot.

use proptest::prelude::*;

use super::*;
use crate::connection::{Connection, Roots, Token};

const ALLOWED: ExecPolicy = ExecPolicy::Allowed { removed: Vec::new(), withheld: Vec::new() };

fn parse(text: &str) -> Result<Connection, String> {
    let kubeconfig = Kubeconfig::parse("FILE", text).map_err(|error| error.to_string())?;
    let arguments = kubeconfig.arguments(None, &ALLOWED).map_err(|error| error.to_string())?;
    arguments.connection(None).map_err(|error| error.to_string())
}

/// A file with one context, of these members of its cluster and its user.
fn one(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: one\n\
         contexts: [{{name: one, context: {{cluster: k, user: u}}}}]\n\
         clusters: [{{name: k, cluster: {{server: \"https://one.example\"{cluster}}}}}]\n\
         users: [{{name: u, user: {{{user}}}}}]\n"
    )
}

fn exec(members: &str) -> String {
    format!("exec: {{apiVersion: client.authentication.k8s.io/v1, command: plugin{members}}}")
}

#[test]
fn a_context_says_where_and_as_whom() {
    let connection = parse(&one(", tls-server-name: name", "token: t-1")).unwrap();
    assert_eq!(connection.server.url(), "https://one.example/");
    assert_eq!(connection.server.tls_server_name.as_deref(), Some("name"));
    assert!(matches!(connection.identity.token, Token::Fixed(token) if token.expose() == "t-1"));
    let insecure = parse(&one(", insecure-skip-tls-verify: true", &exec(", args: [a]"))).unwrap();
    assert!(insecure.server.insecure);
    assert!(matches!(insecure.identity.token, Token::Exec(plugin) if plugin.args == ["a"]));
}

#[test]
fn what_cannot_be_used_is_said_without_repeating_it() {
    let impersonation = "token: canary, as: admin";
    let old = "auth-provider: {name: gcp}";
    let always = exec(", interactiveMode: Always");
    let alpha = "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: plugin}";
    for (text, expected) in [
        (String::new(), "has no current context; it has none"),
        ("token: [canary".to_owned(), "is no kubeconfig: what stands at line 1, column "),
        ("users: canary".to_owned(), "is no kubeconfig: what stands at line 1, column "),
        ("- canary".to_owned(), "is no kubeconfig"),
        (
            one("", "").replace("current-context: one", "current-context: two"),
            "has no context \"two\"; it has \"one\"",
        ),
        (
            one("", "").replace("name: k", "name: other"),
            "has no cluster \"k\", which its context \"one\" names",
        ),
        (
            one("", "").replace("name: u", "name: other"),
            "has no user \"u\", which its context \"one\" names",
        ),
        (one("", "").replace("server:", "address:"), "has a cluster without `server`"),
        (
            one(", certificate-authority-data: '%%canary'", ""),
            "has a `certificate-authority-data` that is no base64",
        ),
        (
            one(", certificate-authority: /nowhere/ca", ""),
            "names as `certificate-authority` the file /nowhere/ca, which cannot be read",
        ),
        (one("", "client-key-data: '%%canary'"), "has a `client-key-data` that is no base64"),
        (one("", "client-certificate: /nowhere/c"), "the file /nowhere/c, which cannot be read"),
        (one("", impersonation), "acts as another user (`as`)"),
        (one("", "username: u, password: canary"), "`username` and `password`"),
        (one("", old), "the auth provider \"gcp\""),
        (one("", &always), "always asks a person"),
        (one("", alpha), "speaks \"client.authentication.k8s.io/v1alpha1\""),
    ] {
        let error = parse(&text).expect_err(expected);
        assert!(error.contains(expected) && !error.contains("canary"), "{expected}: {error}");
        assert!(error.starts_with("the kubeconfig FILE "), "{error}");
    }
}

#[test]
fn a_program_is_run_only_where_that_is_allowed() {
    let kubeconfig = Kubeconfig::parse("FILE", &one("", &exec(""))).unwrap();
    let error = kubeconfig.arguments(None, &ExecPolicy::Forbidden).expect_err("forbidden");
    assert!(error.to_string().contains("`allow_exec = false` forbids"), "{error}");
    let policy = ExecPolicy::Allowed { removed: vec!["A".into()], withheld: vec!["B".into()] };
    let plugin = kubeconfig.arguments(None, &policy).unwrap().exec.unwrap();
    assert_eq!(
        (plugin.removed_variables, plugin.withheld_variables),
        (vec!["A".into()], vec!["B".into()])
    );
}

#[test]
fn files_are_named_from_the_folder_of_the_file_and_data_count_before_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    write("ca.crt", pem);
    write("client.crt", "from file");
    write("client.key", "key");
    let data = STANDARD.encode("from data");
    let user = format!(
        "client-certificate: client.crt, client-key: client.key, tokenFile: token, client-certificate-data: {data}"
    );
    write("config", &one(", certificate-authority: ca.crt", &user));
    let kubeconfig = Kubeconfig::read(&folder.path().join("config")).unwrap();
    let arguments = kubeconfig.arguments(None, &ALLOWED).unwrap();
    assert_eq!(arguments.ca_certificate.as_deref(), Some(pem));
    assert_eq!(arguments.client_certificate.as_deref(), Some("from data"));
    assert_eq!(arguments.client_key.as_ref().map(|key| key.expose().as_str()), Some("key"));
    assert_eq!(arguments.token_file, Some(folder.path().join("token")));
    let roots = arguments.connection(None).unwrap().server.roots;
    assert_eq!(roots, Roots::Only(vec![vec![0; 3]]));
}

#[test]
fn of_several_files_the_first_that_says_something_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a"), one("", "token: a")).unwrap();
    let two = one("", "token: b").replace("one", "two").replace("name: k", "name: k2");
    let two = two.replace("cluster: k,", "cluster: k2,");
    std::fs::write(path("b"), two).unwrap();
    let read = |names: &[&str]| {
        Kubeconfig::read_all(&names.iter().map(|name| path(name)).collect::<Vec<_>>())
    };
    let both = read(&["a", "missing", "b"]).unwrap();
    let address = |context| both.arguments(context, &ALLOWED).map(|found| found.address.unwrap());
    assert_eq!(address(None).unwrap(), "https://one.example");
    assert_eq!(address(Some("two")).unwrap(), "https://two.example");
    let error = address(Some("three")).expect_err("no such context").to_string();
    assert!(
        error.contains("it has \"one\", \"two\"")
            && error.contains("missing, which does not exist"),
        "{error}"
    );
    // Of a user in both files the first one counts, whole.
    let token = both.arguments(Some("two"), &ALLOWED).unwrap().token.unwrap();
    assert_eq!(token.expose(), "a");
    assert!(read(&["missing"]).expect_err("none").to_string().ends_with("missing does not exist"));
}

#[test]
fn a_file_is_written_in_any_way_that_yaml_knows() {
    let json = r#"{"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k"}}],
                   "clusters": [{"name": "k", "cluster": {"server": "https://one.example"}}], "users": null}"#;
    let anchors = "current-context: &c one # a comment\n\
                   clusters:\n- {name: &k k, cluster: {server: \"https://one.example\"}}\n\
                   contexts:\n- name: *c\n  context: {cluster: *k}\n";
    let documents = "current-context: c\n---\nclusters: [{name: k, cluster: {server: \"https://one.example\"}}]\n\
                     ---\ncontexts: [{name: c, context: {cluster: k, namespace: n}}]\nother: {}\n";
    for text in [json, anchors, documents] {
        let connection = parse(text).expect(text);
        assert_eq!(connection.server.url(), "https://one.example/");
        assert!(matches!(connection.identity.token, Token::None));
    }
    let twice = one("", "token: a, token: canary");
    let error = parse(&twice).expect_err("a key twice");
    assert!(error.contains("is no kubeconfig: what stands at line 6, column "), "{error}");
    assert!(!error.contains("canary"), "{error}");
}

#[test]
fn a_file_is_written_in_the_encodings_of_windows_too() {
    let text = one("", "token: t-ö");
    let units = || text.encode_utf16();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    for bytes in [
        text.clone().into_bytes(),
        [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        [vec![0xFF, 0xFE], units().flat_map(u16::to_le_bytes).collect()].concat(),
        [vec![0xFE, 0xFF], units().flat_map(u16::to_be_bytes).collect()].concat(),
    ] {
        std::fs::write(&path, &bytes).unwrap();
        let kubeconfig = Kubeconfig::read(&path).unwrap();
        let token = kubeconfig.arguments(None, &ALLOWED).unwrap().token.unwrap();
        assert_eq!(token.expose(), "t-ö");
    }
    for bytes in [&b"token: \xFF"[..], b"\xFF\xFE\x00"] {
        std::fs::write(&path, bytes).unwrap();
        let error = Kubeconfig::read(&path).expect_err("no text").to_string();
        assert!(error.ends_with("config cannot be read: it is no text in UTF-8"), "{error}");
    }
}

#[test]
fn files_of_different_kinds_are_not_read_together() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    std::fs::write(&paths[0], one("", "")).unwrap();
    std::fs::write(&paths[1], "apiVersion: v2\nkind: Config\n").unwrap();
    let error = Kubeconfig::read_all(&paths).expect_err("two versions").to_string();
    assert!(error.contains("is of another `kind` or `apiVersion`"), "{error}");
}

proptest! {
    // A file of seeds beside the crates would be taken for a crate.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_kubeconfig_is_read_or_refused_without_repeating_it(
        text in "\\PC{0,40}", at: prop::sample::Index, instead in "[ -~\n]{0,4}",
    ) {
        let _ = parse(&text);
        let whole = one("", "token: canary-5d1f");
        prop_assert!(parse(&whole).is_ok());
        let (before, after) = whole.split_at(at.index(whole.len()));
        let cut = parse(before).err().unwrap_or_default();
        let damaged = parse(&format!("{before}{instead}{}", &after[1..])).err().unwrap_or_default();
        prop_assert!(!cut.contains("canary-5d1f"), "{cut}");
        prop_assert!(!damaged.contains("canary-5d1f"), "{damaged}");
    }
}
