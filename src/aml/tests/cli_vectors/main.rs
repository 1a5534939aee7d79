//! The settings against what Microsoft's CLI makes of the same inputs: vectors computed by running
//! `azure-cli-extensions`' `AzureMLKubernetes.py` (the fixtures name its commits).
//!
//! A case holds when we send the same maps, or refuse the same input for the same reason. In what a
//! case marks as a bug of the CLI anything goes; every other difference is listed with its reason.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod case;
mod compare;

use std::collections::BTreeMap;

use aml::settings::{self, Era};

use case::Case;

/// Cases in which we differ on purpose.
///
/// Beside these, once for all: an update that changes no secret leaves the protected map out, where
/// the CLI sends an empty one.
const CREATE: &[(&str, &str)] = &[
    ("appliance-openshift", APPLIANCE),
    ("insecure-not-truthy-empty", NO_FLAG),
    ("insecure-not-truthy-one", NO_FLAG),
    ("insecure-not-truthy-yes", NO_FLAG),
    ("logs-empty", NO_FLAG),
    ("logs-yes", NO_FLAG),
    ("small-ha-empty-kept", NO_FLAG),
    ("training-not-truthy-empty", NO_FLAG),
    ("training-not-truthy-space", NO_FLAG),
    ("training-not-truthy-yes", NO_FLAG),
    ("names-digits-first", "no relay can have the name that follows, so it is refused first"),
    ("scope-namespace", SCOPE),
    ("scope-namespace-before-flags", SCOPE),
    ("scope-namespace-no-target", SCOPE),
    ("scope-namespace-release-namespace", SCOPE),
    ("scope-none-release-namespace", SCOPE),
    ("small-ha-other-case-is-another-key", "a known key in the wrong case breaks the install"),
    ("tls-files-empty-file", NOT_PEM),
    ("tls-files-not-pem-is-accepted", NOT_PEM),
    ("tls-missing-file-insecure", NOT_PEM),
];

const UPDATE: &[(&str, &str)] =
    &[("cname-protected-only", WARNED), ("node-selector-protected-only", WARNED)];

const CREATE_2021: &[(&str, &str)] = &[
    ("release-namespace-given", "the namespace is always azureml, as it is today"),
    ("scope-namespace", SCOPE),
];

const APPLIANCE: &str = "the provider installs on connected and managed clusters only";
const NO_FLAG: &str = "a typed flag cannot carry the text";
const SCOPE: &str = "there is no such argument: the scope is always cluster";
const NOT_PEM: &str = "the provider takes the text of a file, and only if it is PEM";
const WARNED: &str = "we warn of a setting in the protected map too";

#[test]
fn creates_are_those_of_the_cli() {
    let cases = Case::all(include_str!("../fixtures/cli-create.json"));
    held(&cases, CREATE, |case| compare::create(case, Era::Today), 248);
}

/// A mode stands for the CLI's word for it.
#[test]
fn creates_by_arguments_are_those_of_the_cli() {
    let cases = Case::all(include_str!("../fixtures/cli-create.json"));
    let said = |case: &&Case| case.declared().ok().and_then(case::by_arguments).is_some();
    assert_eq!(cases.iter().filter(said).count(), 40);
    let digits = [("names-digits-first", "no relay can have the name that follows")];
    held(&cases, &digits, compare::create_by_arguments, 248);
}

#[test]
fn updates_are_those_of_the_cli() {
    let cases = Case::all(include_str!("../fixtures/cli-update.json"));
    held(&cases, UPDATE, compare::update, 74);
}

#[test]
fn creates_of_2021_are_those_of_its_cli() {
    let cases = Case::all(include_str!("../fixtures/cli-create-2021.json"));
    held(&cases, CREATE_2021, |case| compare::create(case, Era::Y2021), 35);
}

/// What the CLI sends in the place of what a user wrote, we refuse by name.
#[test]
fn what_the_cli_overwrites_is_named() {
    let cases = Case::all(include_str!("../fixtures/cli-create.json"));
    let named = cases.iter().map(|case| {
        compare::overwritten(case).unwrap_or_else(|why| panic!("{}: {why}", case.name()))
    });
    assert_eq!(named.filter(|found| *found > 0).count(), 4);
}

/// Every case holds but the listed ones, and each of those really differs.
fn held(
    cases: &[Case], deviations: &[(&str, &str)], compare: impl Fn(&Case) -> Result<(), String>,
    count: usize,
) {
    assert_eq!(cases.len(), count);
    let deviations: BTreeMap<&str, &str> = deviations.iter().copied().collect();
    let mut differing = BTreeMap::new();
    for case in cases {
        if let Err(difference) = compare(case) {
            differing.insert(case.name(), difference);
        }
    }
    let surprises: Vec<_> =
        differing.iter().filter(|(name, _)| !deviations.contains_key(*name)).collect();
    assert!(surprises.is_empty(), "{} differ: {surprises:#?}", surprises.len());
    let held: Vec<_> = deviations.keys().filter(|name| !differing.contains_key(*name)).collect();
    assert!(held.is_empty(), "these do not differ: {held:?}");
    assert_eq!(differing.len(), deviations.len());
}

/// A key of the CLI by the name of our attribute.
fn key_of(attribute: &str) -> &str {
    match attribute {
        "ssl_cert_pem" => "sslCertPemFile",
        "ssl_key_pem" => "sslKeyPemFile",
        "auto_upgrade_minor_version" => "auto_upgrade",
        "cluster_id" => "cluster_type",
        _ => {
            let known = settings::KEYS.iter().find(|key| key.attribute == attribute);
            known.map_or(attribute, |key| key.key)
        }
    }
}
