//! What the block and the environment come to.

use std::ffi::OsString;

use framework::{Attr, Diagnostic, Diagnostics};

use super::{Config, Settings, attributes, environment, validate};

/// Settles a block in an environment of these variables.
pub(super) fn settle(config: &Config, variables: &[(&str, &str)]) -> Result<Settings, Diagnostic> {
    let lookup = |name: &str| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| OsString::from(value))
    };
    Settings::resolve(config, &lookup)
}

#[test]
fn what_the_block_says_wins_over_the_environment() {
    let config = Config { tenant_id: "written".into(), ..Config::default() };
    let variables = [("ARM_TENANT_ID", "exported"), ("ARM_SUBSCRIPTION_ID", "exported")];
    let sign_in = settle(&config, &variables).expect("settings").sign_in;
    assert_eq!(sign_in.tenant_id.as_deref(), Some("written"));
    assert_eq!(sign_in.subscription_id.as_deref(), Some("exported"));
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
fn a_switch_that_is_neither_is_named() {
    for (value, expected) in [("true", true), ("1", true), ("False", false), ("0", false)] {
        let settings = settle(&Config::default(), &[("ARM_USE_CLI", value)]).expect(value);
        let uses_cli = settings.sign_in.method.is_some();
        assert_eq!(uses_cli, expected, "{value}");
    }
    let error = settle(&Config::default(), &[("ARM_USE_CLI", "perhaps")]).expect_err("no switch");
    assert!(error.detail.contains("ARM_USE_CLI is \"perhaps\""), "{}", error.detail);
}

/// A file with this content, in a folder that goes with the test.
pub(super) fn file(content: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    std::fs::write(&path, content).expect("a file");
    let path = path.to_str().expect("UTF-8").to_owned();
    (folder, path)
}

#[test]
fn a_file_that_is_not_there_or_empty_is_named() {
    let (folder, path) = file(" \n");
    let config = Config { ca_certificate_path: path.as_str().into(), ..Config::default() };
    let error = settle(&config, &[]).expect_err("it is empty");
    assert!(error.detail.contains("the file is empty"), "{}", error.detail);
    drop(folder);
    let error = settle(&config, &[]).expect_err("it is gone");
    assert_eq!(error.path, Some("ca_certificate_path".into()));
}

#[test]
fn a_partner_is_a_guid() {
    let guid = "0123abcd-0000-0000-0000-0000000000AA";
    let written = |partner: &str| Config { partner_id: partner.into(), ..Config::default() };
    for partner in [guid, ""] {
        let headers = settle(&written(partner), &[]).expect(partner).headers;
        assert_eq!(headers.partner.as_deref().unwrap_or_default(), partner);
    }
    for junk in [
        "junk",
        "0123abcd00000000000000000000aaaa",
        "{0123abcd-0000-0000-0000-0000000000aa}",
        "pid-0123abcd-0000-0000-0000-0000000000aa",
        "0123abcd-0000-0000-0000-0000000000ag",
        " 0123abcd-0000-0000-0000-0000000000aa",
    ] {
        let mut found = Diagnostics::new();
        validate(&written(junk), &mut found);
        let paths: Vec<_> = found.iter().map(|each| each.path.clone().expect("a path")).collect();
        assert_eq!(paths, ["partner_id".into()], "{junk}");
        let error = settle(&Config::default(), &[("ARM_PARTNER_ID", junk)]).expect_err(junk);
        assert!(error.detail.contains("ARM_PARTNER_ID"), "{}", error.detail);
    }
}

#[test]
fn what_is_not_supported_is_refused_on_its_attribute() {
    let config = Config { resource_provider_registrations: "core".into(), ..Config::default() };
    let mut found = Diagnostics::new();
    validate(&config, &mut found);
    let paths: Vec<_> = found.iter().map(|each| each.path.clone().expect("a path")).collect();
    assert_eq!(paths, ["resource_provider_registrations".into()]);
}

#[test]
fn every_argument_that_has_variables_says_so() {
    for attribute in attributes() {
        for variable in environment::variables(attribute.name) {
            assert!(attribute.help.contains(variable), "{}: {variable}", attribute.name);
        }
    }
}
