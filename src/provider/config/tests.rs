//! What the block and the environment come to.

use std::ffi::OsString;

use framework::{Attr, Diagnostic, Diagnostics, Sensitive};

use super::{Config, Endpoint, Settings, attributes, environment, refuse_unsupported};

/// Settles a block in an environment of these variables.
fn settle(config: &Config, variables: &[(&str, &str)]) -> Result<Settings, Diagnostic> {
    let lookup = |name: &str| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| OsString::from(value))
    };
    Settings::settle(config, &lookup)
}

#[test]
fn what_the_block_says_wins_over_the_environment() {
    let config = Config { tenant_id: "written".into(), ..Config::default() };
    let variables = [("ARM_TENANT_ID", "exported"), ("ARM_CLIENT_ID", "exported")];
    let sign_in = settle(&config, &variables).expect("settings").sign_in;
    assert_eq!(sign_in.tenant_id.as_deref(), Some("written"));
    assert_eq!(sign_in.client_id.as_deref(), Some("exported"));
    assert!(sign_in.use_cli, "it is on by default");
    let empty = Config { tenant_id: "".into(), ..Config::default() };
    let sign_in = settle(&empty, &variables).expect("settings").sign_in;
    assert_eq!(sign_in.tenant_id.as_deref(), Some("exported"), "an empty text is none");
}

#[test]
fn an_empty_variable_counts_as_not_set_and_the_first_that_is_set_counts() {
    let lookup = |name: &str| match name {
        "ARM_OIDC_REQUEST_URL" => Some(OsString::new()),
        "ACTIONS_ID_TOKEN_REQUEST_URL" => Some("second".into()),
        _ => None,
    };
    let source = environment::Source { lookup: &lookup };
    let found = source.text("oidc_request_url", &Attr::Null).expect("a text");
    assert_eq!(found.as_deref(), Some("second"));
}

#[test]
fn the_endpoint_comes_from_its_block_or_the_environment() {
    let endpoint =
        Endpoint { resource_manager_endpoint: "https://a".into(), ..Endpoint::default() };
    let config = Config { endpoint: endpoint.into(), ..Config::default() };
    let variables = [
        ("ARM_RESOURCE_MANAGER_ENDPOINT", "https://b"),
        ("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", "https://c"),
    ];
    let cloud = settle(&config, &variables).expect("settings").cloud;
    assert_eq!(cloud.resource_manager_endpoint.as_deref(), Some("https://a"));
    assert_eq!(cloud.active_directory_authority_host.as_deref(), Some("https://c"));
}

#[test]
fn a_switch_that_is_neither_is_named() {
    for (value, expected) in [("true", true), ("1", true), ("False", false), ("0", false)] {
        let settings = settle(&Config::default(), &[("ARM_USE_CLI", value)]).expect(value);
        assert_eq!(settings.sign_in.use_cli, expected, "{value}");
    }
    let error = settle(&Config::default(), &[("ARM_USE_CLI", "perhaps")]).expect_err("no switch");
    assert!(error.detail.contains("ARM_USE_CLI is \"perhaps\""), "{}", error.detail);
}

#[test]
fn a_secret_may_stand_in_a_file_and_a_file_that_is_not_there_is_named() {
    let folder = std::env::temp_dir().join(format!("azureml-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("secret");
    std::fs::write(&path, "hunter2\n").expect("a file");
    let text = path.to_str().expect("UTF-8");
    let config = Config { client_secret_file_path: text.into(), ..Config::default() };
    let secret = settle(&config, &[]).expect("settings").sign_in.client_secret;
    std::fs::remove_dir_all(&folder).expect("it was there");
    assert_eq!(secret.as_ref().map(Sensitive::expose).map(String::as_str), Some("hunter2"));
    assert!(!format!("{secret:?}").contains("hunter2"));
    let error = settle(&config, &[]).expect_err("it is gone");
    assert_eq!(error.path, Some("client_secret_file_path".into()));
}

#[test]
fn what_is_not_supported_is_refused_on_its_attribute_all_at_once() {
    let config = Config {
        use_oidc: true.into(),
        use_msi: false.into(),
        use_aks_workload_identity: Attr::Unknown,
        client_certificate_path: "x".into(),
        auxiliary_tenant_ids: ["t".to_owned()].into_iter().collect(),
        resource_provider_registrations: "core".into(),
        ..Config::default()
    };
    let mut found = Diagnostics::new();
    refuse_unsupported(&config, &mut found);
    let paths: Vec<_> = found.iter().map(|each| each.path.clone().expect("a path")).collect();
    let expected = [
        "use_oidc",
        "client_certificate_path",
        "auxiliary_tenant_ids",
        "resource_provider_registrations",
    ];
    assert_eq!(paths, expected.map(Into::into));
}

#[test]
fn a_method_that_the_environment_chooses_is_not_passed_over() {
    let exported = [("ARM_USE_OIDC", "true")];
    let error = settle(&Config::default(), &exported).expect_err("not supported");
    assert!(error.detail.contains("ARM_USE_OIDC"), "{}", error.detail);
    let better = [("ARM_USE_OIDC", "true"), ("AZUREML_ACCESS_TOKEN", "token")];
    assert!(settle(&Config::default(), &better).is_ok(), "a token is given");
}

#[test]
fn every_argument_that_has_variables_says_so() {
    for attribute in attributes() {
        for variable in environment::variables(attribute.name) {
            assert!(attribute.help.contains(variable), "{}: {variable}", attribute.name);
        }
    }
}
