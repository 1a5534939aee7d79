//! What is wrong with a configuration, all at once, each finding on its attribute. Anything may be
//! unknown: then the rules that need it wait.

use aml::settings::{self, ClusterKind, Mode};
use aml::{Given, name};
use azure::rp::{CONNECTED_CLUSTERS, HYBRID_CONNECTIONS, MANAGED_CLUSTERS};
use azure::{Id, Kind};
use framework::{Diagnostic, Diagnostics, Path};

use super::declared::mode_of;
use super::findings::findings;
use super::model::{Extension, Relay};
use crate::arm_id::{self, shape};
use crate::explain::Report;
use crate::instance_type_object::given;

const CLUSTERS: [&Kind; 2] = [&CONNECTED_CLUSTERS, &MANAGED_CLUSTERS];

/// What a mock makes up passes [`check`], and a plan knows no mocks.
pub(super) fn check_made_up(planned: &Extension, found: &mut Diagnostics) {
    arm_id::check("cluster_id", &planned.cluster_id, &CLUSTERS, found);
}

pub(super) fn check(config: &Extension, found: &mut Diagnostics) {
    if let Some(name) = config.name.known() {
        found.report("name", name::check_extension(name));
    }
    let cluster = arm_id::validate("cluster_id", &config.cluster_id, &CLUSTERS, found);
    let kind = cluster.and_then(|id| ClusterKind::of(&id.resource_type()));
    let kind = kind.map_or(Given::Unknown, Given::Set);
    found.report("", findings(config, kind));
    let version = given(&config.version).map(String::as_str);
    let automatic = given(&config.auto_upgrade_minor_version).map(|flag| *flag);
    found.report("", settings::check_release(version, automatic));
    check_twins(config, found);
    check_service_bus(config, found);
    if let Some(relay) = config.relay.known() {
        check_relay(relay, found);
    }
}

/// A service bus of one's own is connected by its string; none is made here.
fn check_service_bus(config: &Extension, found: &mut Diagnostics) {
    const STRING: &str = "serviceBusConnectionString";
    let settings = config.configuration_settings.known();
    let on = settings.and_then(|settings| settings.get("servicebus.enabled")?.known());
    let secrets =
        [&config.configuration_protected_settings, &config.configuration_protected_settings_wo];
    let given = secrets.iter().any(|map| map.is_unknown() || map.has(STRING));
    if on.is_some_and(|on| !on.eq_ignore_ascii_case("false")) && !given {
        found.push(
            Diagnostic::error("Invalid configuration_settings")
                .detail(format!(
                    "A service bus is wanted, but not its connection string. Set {STRING} in \
                     `configuration_protected_settings`, or leave servicebus.enabled out: the \
                     extension does not use it since version 1.1.5."
                ))
                .at(Path::from("configuration_settings").key("servicebus.enabled")),
        );
    }
}

/// What is stored and what is never stored exclude each other.
fn check_twins(config: &Extension, found: &mut Diagnostics) {
    let twins = [
        ("ssl_cert_pem", config.ssl_cert_pem.known().and(config.ssl_cert_pem_wo.known()).is_some()),
        ("ssl_key_pem", config.ssl_key_pem.known().and(config.ssl_key_pem_wo.known()).is_some()),
    ];
    for (attribute, _) in twins.into_iter().filter(|(_, both)| *both) {
        let detail = format!("{attribute} and {attribute}_wo are both set. Leave one of them out.");
        found.push(Diagnostic::error(format!("Invalid {attribute}")).detail(detail).at(attribute));
    }
    let stored = config.configuration_protected_settings.known();
    let passing = config.configuration_protected_settings_wo.known();
    let (Some(stored), Some(passing)) = (stored, passing) else { return };
    for key in stored.keys().filter(|key| passing.contains_key(*key)) {
        let path = Path::from("configuration_protected_settings").key(key);
        found.push(
            Diagnostic::error("Invalid configuration_protected_settings")
                .detail(format!(
                    "{key} is set here and in configuration_protected_settings_wo. Leave one of \
                     the two out."
                ))
                .at(path),
        );
    }
}

fn check_relay(relay: &Relay, found: &mut Diagnostics) {
    let mode = relay.mode.known().map(|word| mode_of(word));
    if mode == Some(None) {
        found.push(wrong("mode", "It is one of managed, existing and none."));
    }
    if let Some(text) = relay.hybrid_connection_id.known() {
        found.extend(no_connection(text));
    }
    let (id, string) = (&relay.hybrid_connection_id, &relay.connection_string_wo);
    let brought = [
        ("hybrid_connection_id", id.known().is_some()),
        ("connection_string_wo", string.known().is_some()),
    ];
    let wants_none =
        matches!(mode.flatten(), Some(Mode::Managed | Mode::None)) || relay.mode.is_null();
    if mode.flatten() == Some(Mode::Existing) {
        if id.is_null() && string.is_null() {
            let told = "An existing relay needs `hybrid_connection_id` or `connection_string_wo`.";
            found.push(wrong("mode", told));
        }
        if brought.iter().all(|(_, is)| *is) {
            let told = "The keys of `hybrid_connection_id` are fetched. Leave one of the two out.";
            found.push(wrong("connection_string_wo", told));
        }
    }
    for (attribute, _) in brought.iter().filter(|(_, is)| *is && wants_none) {
        let told = "It has a meaning only with `mode = \"existing\"`. Set that, or leave it out.";
        found.push(wrong(attribute, told));
    }
}

fn no_connection(text: &str) -> Option<Diagnostic> {
    let parsed: Result<Id, _> = text.parse();
    let told = match parsed {
        Ok(id) => HYBRID_CONNECTIONS.check(id).err()?.to_string(),
        Err(error) => error.to_string(),
    };
    let expected = shape(&HYBRID_CONNECTIONS);
    let told = format!("{text:?} cannot be used: {told}.\n\nExpected:\n\n  {expected}");
    Some(wrong("hybrid_connection_id", &told))
}

fn wrong(attribute: &str, detail: &str) -> Diagnostic {
    let path = Path::from("relay").attribute(attribute);
    Diagnostic::error(format!("Invalid relay.{attribute}")).detail(detail).at(path)
}
