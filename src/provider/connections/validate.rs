//! Checks the arguments. Anything may be unknown.

use aml::settings::Mode;
use aml::side_resource::OWNER;
use azure::Id;
use azure::resource_types::MANAGED_CLUSTERS;
use framework::{Attr, Diagnostic, Diagnostics, Path};

use super::arguments::{Argument, ConnectionArguments, parse_mode};
use super::connection::{CONNECTIONS, Connection};
use crate::arm::ids::{may_be_made_up, shape};

/// Checks only the IDs. A plan knows no mocks, so what a mock may have made up is refused here,
/// which [`validate`] lets pass.
pub(crate) fn check_ids(planned: &ConnectionArguments, found: &mut Diagnostics) {
    for connection in CONNECTIONS {
        if let Some(argument) = (connection.argument_of)(planned).known() {
            One { connection, argument, is_mapped: None }.check_ids(found, &|_| false);
        }
    }
}

pub(crate) fn validate(config: &ConnectionArguments, found: &mut Diagnostics) {
    for connection in CONNECTIONS {
        if let Some(argument) = (connection.argument_of)(config).known() {
            let is_mapped = config.has_protected_setting(connection.secret_setting);
            let one = One { connection, argument, is_mapped };
            one.check(found);
            one.check_tags(is_managed_by_default(connection, config), found);
        }
    }
}

/// Whether one is managed where its mode is not written, as far as that is known.
fn is_managed_by_default(connection: &Connection, config: &ConnectionArguments) -> bool {
    let is_aks = || {
        let id = config.cluster_id.clone();
        id.is_some_and(|id| MANAGED_CLUSTERS.canonicalize(id).is_ok())
    };
    match connection.argument {
        "relay" => !is_aks(),
        "log_analytics" => !matches!(config.log_analytics_ws, Attr::Null | Attr::Known(false)),
        _ => false,
    }
}

/// One argument with what else says something of it.
struct One<'a> {
    connection: &'static Connection,
    argument: &'a Argument,
    /// Whether a protected setting brings its secret. `None`: not known yet.
    is_mapped: Option<bool>,
}

impl One<'_> {
    fn check(&self, found: &mut Diagnostics) {
        let mode = &self.argument.mode;
        self.check_ids(found, &may_be_made_up);
        match mode.known().map(|word| parse_mode(word)) {
            Some(None) => {
                found.push(
                    self.invalid("mode", "`mode` is one of `managed`, `existing` and `none`."),
                );
            }
            Some(Some(Mode::Existing)) => self.check_existing(found),
            Some(Some(Mode::Managed | Mode::None)) => self.check_not_existing(found),
            None if mode.is_null() => self.check_not_existing(found),
            None => {}
        }
    }

    /// Tags are for one that is managed, and one of them is ours.
    fn check_tags(&self, managed_by_default: bool, found: &mut Diagnostics) {
        let Some(tags) = self.argument.tags.known() else { return };
        let managed = match self.argument.mode() {
            Attr::Known(mode) => mode == Mode::Managed,
            Attr::Null => managed_by_default || !self.argument.mode.is_null(),
            Attr::Unknown => true,
        };
        if !managed {
            let told = "Only one that is managed gets tags. Write `mode = \"managed\"`, or leave \
                        them out.";
            found.push(self.invalid("tags", told));
        }
        if tags.keys().any(|name| name.eq_ignore_ascii_case(OWNER)) {
            let told = format!("The provider writes {OWNER} itself. Leave it out.");
            found.push(self.invalid("tags", &told));
        }
    }

    fn check_ids(&self, found: &mut Diagnostics, passes: &dyn Fn(&str) -> bool) {
        let Argument { id, customer_id, .. } = self.argument;
        let [id, customer_id] = [id, customer_id].map(|it| it.known().filter(|it| !passes(it)));
        found.extend(id.and_then(|id| self.check_resource_type(id)));
        found.extend(customer_id.and_then(|id| self.check_customer_id(id)));
    }

    /// Refuses what only `mode = "existing"` takes.
    fn check_not_existing(&self, found: &mut Diagnostics) {
        let Argument { id, customer_id, secret, .. } = self.argument;
        let brought = [
            (self.connection.id_attribute, id.known().is_some()),
            (self.connection.secret_attribute, secret.known().is_some()),
            ("customer_id", customer_id.known().is_some()),
        ];
        for (attribute, _) in brought.into_iter().filter(|(_, is)| *is) {
            let told =
                "It has a meaning only with `mode = \"existing\"`. Set that, or leave it out.";
            found.push(self.invalid(attribute, told));
        }
    }

    /// Either an ID, whose keys are fetched, or everything that connects it.
    fn check_existing(&self, found: &mut Diagnostics) {
        let Argument { id, customer_id, secret, .. } = self.argument;
        let is_workspace = self.connection.id_setting.is_none();
        let Connection { id_attribute: id_name, secret_attribute: secret_name, .. } =
            self.connection;
        let secret_setting = self.connection.secret_setting;
        let fetched = format!("The keys of `{id_name}` are fetched. Leave one of the two out.");
        if id.is_null() && secret.is_null() && self.is_mapped == Some(false) {
            let told = if is_workspace {
                format!("An existing one needs `{id_name}`, or `customer_id` and `{secret_name}`.")
            } else {
                format!("An existing one needs `{id_name}` or `{secret_name}`.")
            };
            found.push(self.invalid("mode", &told));
        }
        if secret.known().is_some() && (id.known().is_some() || self.is_mapped == Some(true)) {
            let told = match self.is_mapped {
                Some(true) => {
                    format!("{secret_setting} is given as well. Leave one of the two out.")
                }
                _ => fetched,
            };
            found.push(self.invalid(secret_name, &told));
        } else if id.known().is_some() && self.is_mapped == Some(true) {
            let told = format!(
                "Its keys are fetched, and {secret_setting} is given. Leave one of the two out."
            );
            found.push(self.invalid(id_name, &told));
        }
        if is_workspace && id.known().is_some() && customer_id.known().is_some() {
            let told = format!("That of `{id_name}` is fetched. Leave one of the two out.");
            found.push(self.invalid("customer_id", &told));
        }
        let brings = secret.known().is_some() || self.is_mapped == Some(true);
        if is_workspace && brings && id.is_null() && customer_id.is_null() {
            let told = format!("`{secret_name}` is the key of a workspace: say of which one.");
            found.push(self.invalid("customer_id", &told));
        }
    }

    fn check_resource_type(&self, text: &str) -> Option<Diagnostic> {
        let Connection { id_attribute: attribute, resource_type, .. } = self.connection;
        let parsed: Result<Id, _> = text.parse();
        let told = match parsed {
            Ok(id) => resource_type.canonicalize(id).err()?.to_string(),
            Err(error) => error.to_string(),
        };
        let expected = shape(resource_type);
        let told = format!("{text:?} cannot be used: {told}.\n\nExpected:\n\n  {expected}");
        Some(self.invalid(attribute, &told))
    }

    /// The service calls the GUID of a workspace so; what else is called ID is none.
    fn check_customer_id(&self, text: &str) -> Option<Diagnostic> {
        let lengths: Vec<_> = text.split('-').map(str::len).collect();
        let hex = text.chars().all(|each| each == '-' || each.is_ascii_hexdigit());
        let told = format!(
            "{text:?} is no GUID, which the customer ID of a workspace is. The ARM ID of a \
             workspace goes into `{}`. To look it up:\n\n  az monitor log-analytics workspace show \
             --resource-group <group> --workspace-name <name> --query customerId --output tsv",
            self.connection.id_attribute
        );
        (lengths != [8, 4, 4, 4, 12] || !hex).then(|| self.invalid("customer_id", &told))
    }

    fn invalid(&self, attribute: &str, detail: &str) -> Diagnostic {
        let argument = self.connection.argument;
        let path = Path::from(argument).attribute(attribute);
        Diagnostic::error(format!("Invalid {argument}.{attribute}")).detail(detail).at(path)
    }
}
