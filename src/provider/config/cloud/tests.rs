//! Each way to name a cloud, and what names none.

use framework::{Diagnostics, Path};

use super::*;
use crate::config::tests::settle;

const EXPORTED_ENDPOINT: (&str, &str) =
    ("ARM_RESOURCE_MANAGER_ENDPOINT", "https://exported.example");
const EXPORTED_AUTHORITY: (&str, &str) =
    ("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", "login.exported.example");
const EXPORTED_AUDIENCE: (&str, &str) =
    ("ARM_RESOURCE_MANAGER_AUDIENCE", "https://audience.exported.example");
const EXPORTED_HOST: (&str, &str) = ("ARM_METADATA_HOSTNAME", "metadata.exported.example");

/// A block with these arguments, those of the block `endpoint` among them.
fn block(written: &[(&str, &str)]) -> Config {
    let find = |name: &str| written.iter().find(|(argument, _)| *argument == name);
    let text = |name: &str| find(name).map_or(Attr::Null, |(_, text)| (*text).into());
    let endpoint = Endpoint {
        resource_manager_endpoint: text("resource_manager_endpoint"),
        resource_manager_audience: text("resource_manager_audience"),
        active_directory_authority_host: text("active_directory_authority_host"),
    };
    let has_endpoint = parts(&endpoint).iter().any(|(_, _, written)| !written.is_null());
    Config {
        environment: text("environment"),
        metadata_host: text("metadata_host"),
        endpoint: if has_endpoint { endpoint.into() } else { Attr::Null },
        ..Config::default()
    }
}

/// What validation refuses of a block, and whether the rest is refused when it is configured.
fn refused(config: &Config, variables: &[(&str, &str)]) -> (Vec<Diagnostic>, Option<Diagnostic>) {
    let mut found = Diagnostics::new();
    validate(config, &mut found);
    (found.iter().cloned().collect(), settle(config, variables).err())
}

/// Where Resource Manager is, whom its tokens are for and who issues them: as the block says, as
/// the environment says, and the block before the environment.
#[test]
fn each_way_to_name_a_cloud_gives_its_endpoints() {
    let written = ("resource_manager_endpoint", "https://written.example/");
    let audience = ("resource_manager_audience", "api://written");
    let authority = ("active_directory_authority_host", "login.written.example");
    let (china, custom) = (("environment", "china"), ("environment", "custom"));
    let public = "https://login.microsoftonline.com/";
    for (arguments, variables, expected) in [
        (
            &[][..],
            &[][..],
            ["https://management.azure.com/", "https://management.azure.com", public],
        ),
        (
            &[china],
            &[("ARM_ENVIRONMENT", "usgovernment")],
            [
                "https://management.chinacloudapi.cn/",
                "https://management.chinacloudapi.cn",
                "https://login.chinacloudapi.cn/",
            ],
        ),
        (
            &[],
            &[("ARM_ENVIRONMENT", "USGovernment")],
            [
                "https://management.usgovcloudapi.net/",
                "https://management.usgovcloudapi.net",
                "https://login.microsoftonline.us/",
            ],
        ),
        (&[written], &[], ["https://written.example/", "https://written.example", public]),
        (&[audience], &[], ["https://management.azure.com/", "api://written", public]),
        (
            &[authority],
            &[],
            [
                "https://management.azure.com/",
                "https://management.azure.com",
                "https://login.written.example/",
            ],
        ),
        (
            &[written, audience, authority, custom],
            &[],
            ["https://written.example/", "api://written", "https://login.written.example/"],
        ),
        (
            &[written, audience, authority],
            &[EXPORTED_ENDPOINT, EXPORTED_AUDIENCE],
            ["https://written.example/", "api://written", "https://login.written.example/"],
        ),
        (
            &[china],
            &[EXPORTED_ENDPOINT, EXPORTED_AUDIENCE, EXPORTED_AUTHORITY],
            [
                "https://exported.example/",
                "https://audience.exported.example",
                "https://login.exported.example/",
            ],
        ),
        (
            &[written, china],
            &[EXPORTED_AUTHORITY],
            [
                "https://written.example/",
                "https://written.example",
                "https://login.exported.example/",
            ],
        ),
    ] {
        let case = format!("{arguments:?} {variables:?}");
        let (at_validate, at_configure) = refused(&block(arguments), variables);
        assert!(at_validate.is_empty() && at_configure.is_none(), "{case}: {at_configure:?}");
        let cloud = settle(&block(arguments), variables).expect("settings").cloud;
        let Place::Named(place) = cloud.place else { panic!("{case}: {cloud:?}") };
        let cloud = place.with_endpoints(cloud.endpoints);
        let [endpoint, audience, authority] = expected;
        assert_eq!(cloud.endpoint().as_str(), endpoint, "{case}");
        assert_eq!(cloud.scope(), format!("{audience}/.default"), "{case}");
        assert_eq!(cloud.authority().as_str(), authority, "{case}");
    }
}

/// The metadata host comes before the name, the block before the environment; and where single
/// endpoints say all of it, nobody is asked.
#[test]
fn a_metadata_host_is_asked_unless_the_block_says_more() {
    let host = ("metadata_host", "metadata.written.example");
    let written = ("resource_manager_endpoint", "https://written.example/");
    let authority = ("active_directory_authority_host", "login.written.example");
    let (written_host, exported_host) = (Some(host.1), Some(EXPORTED_HOST.1));
    for (arguments, variables, expected) in [
        (&[host][..], &[][..], written_host),
        (&[host], &[EXPORTED_HOST], written_host),
        (&[], &[EXPORTED_HOST], exported_host),
        (&[], &[EXPORTED_HOST, ("ARM_ENVIRONMENT", "AzureStack")], exported_host),
        (&[host, ("environment", "AzureStack")], &[], written_host),
        (&[("environment", "china")], &[EXPORTED_HOST], None),
        (&[written], &[EXPORTED_HOST], exported_host),
        (&[written, authority], &[EXPORTED_HOST], None),
        (&[host, written, authority], &[], None),
        (&[], &[EXPORTED_HOST, EXPORTED_ENDPOINT, EXPORTED_AUTHORITY], None),
    ] {
        let case = format!("{arguments:?} {variables:?}");
        let (at_validate, at_configure) = refused(&block(arguments), variables);
        assert!(at_validate.is_empty() && at_configure.is_none(), "{case}: {at_configure:?}");
        let place = settle(&block(arguments), variables).expect("settings").cloud.place;
        let expected = expected.map(|host| MetadataHost::parse(host).expect(host));
        match place {
            Place::Described { host, .. } => assert_eq!(Some(host), expected, "{case}"),
            Place::Named(_) => assert_eq!(None, expected, "{case}"),
        }
    }
}

/// What is written is refused when it is validated, what is exported when it is needed: on the
/// same argument, and without a password that may stand in it.
#[test]
fn what_names_no_cloud_is_told_on_its_argument() {
    let at_endpoint = |name: &str| Path::from("endpoint").attribute(name);
    for (argument, variable, path, wrong) in [
        ("environment", "ARM_ENVIRONMENT", Path::from("environment"), &["mars", "publik"][..]),
        (
            "metadata_host",
            "ARM_METADATA_HOSTNAME",
            Path::from("metadata_host"),
            &[
                "http://metadata.example",
                "metadata.example/metadata/endpoints",
                "user:hunter2@metadata.example",
                "https://metadata.example?hunter2",
            ],
        ),
        (
            "resource_manager_endpoint",
            "ARM_RESOURCE_MANAGER_ENDPOINT",
            at_endpoint("resource_manager_endpoint"),
            &[
                "http://arm.example",
                "arm.example",
                "https://user:hunter2@arm.example",
                "https://arm.example/path",
                "https://arm.example?hunter2",
            ],
        ),
        (
            "resource_manager_audience",
            "ARM_RESOURCE_MANAGER_AUDIENCE",
            at_endpoint("resource_manager_audience"),
            &["two words", "https://arm.example/.default"],
        ),
        (
            "active_directory_authority_host",
            "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST",
            at_endpoint("active_directory_authority_host"),
            &["http://login.example", "user:hunter2@login.example", "https://l.example?hunter2"],
        ),
    ] {
        for text in wrong {
            let (at_validate, at_configure) = refused(&block(&[(argument, text)]), &[]);
            let [told] = &at_validate[..] else { panic!("{text}: {at_validate:?}") };
            let exported = refused(&Config::default(), &[(variable, text)]);
            assert!(exported.0.is_empty());
            let exported = exported.1.expect(text);
            for told in [told, &at_configure.expect(text), &exported] {
                assert_eq!(told.path, Some(path.clone()), "{text}");
                assert!(told.detail.contains(variable), "{}", told.detail);
                let shown = format!("{}{}", told.summary, told.detail);
                assert!(!shown.contains("hunter2"), "{shown}");
            }
        }
    }
}

#[test]
fn a_name_that_is_misspelt_is_told_with_the_one_that_is_meant() {
    for (name, expected) in [
        ("usgoverment", "Did you mean \"usgovernment\"?"),
        ("chna", "Did you mean \"china\"?"),
        ("Publc", "Did you mean \"public\"?"),
        ("german", "Write \"public\" or \"usgovernment\" or \"china\"."),
    ] {
        let (at_validate, _) = refused(&block(&[("environment", name)]), &[]);
        assert!(at_validate[0].detail.contains(expected), "{}", at_validate[0].detail);
    }
    // azapi's name of what `endpoint` describes.
    let custom = ("environment", "custom");
    let audience = ("resource_manager_audience", "https://arm.example");
    for arguments in [&[custom][..], &[custom, audience]] {
        let told = refused(&block(arguments), &[]).1.expect("endpoints are missing");
        assert!(told.detail.contains("`active_directory_authority_host`"), "{}", told.detail);
    }
}

/// What is not known yet is refused by nobody.
#[test]
fn what_is_unknown_is_not_judged() {
    let config = Config {
        environment: "mars".into(),
        metadata_host: Attr::Unknown,
        endpoint: Attr::Unknown,
        ..Config::default()
    };
    let mut found = Diagnostics::new();
    validate(&config, &mut found);
    assert_eq!(found.iter().count(), 0);
}
