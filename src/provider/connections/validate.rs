//! What is wrong with the arguments, each finding on its attribute. Anything may be unknown.

use aml::Given;
use aml::settings::Mode;
use aml::side_resource::OWNER;
use azure::Id;
use azure::resource_types::MANAGED_CLUSTERS;
use framework::{Attr, AttrMap, Diagnostic, Diagnostics, Path, Sensitive};

use super::arguments::{ALL, Argument, Beside, mode_of};
use crate::arm::ids::{may_be_made_up, shape};
use crate::types::arc_extension::model::Extension;

/// What a mock makes up passes [`check`], and a plan knows no mocks.
pub(crate) fn check_made_up(planned: &Extension, found: &mut Diagnostics) {
    for beside in ALL {
        if let Some(argument) = (beside.of)(planned).into_known() {
            One { beside, argument, mapped: None }.check_ids(found, &|_| false);
        }
    }
}

/// Checks the three arguments.
pub(crate) fn check(config: &Extension, found: &mut Diagnostics) {
    for beside in ALL {
        if let Some(argument) = (beside.of)(config).into_known() {
            let one = One { beside, argument, mapped: mapped(beside, config) };
            one.check(found);
            one.check_tags(is_managed_anyway(beside, config), found);
        }
    }
}

/// Whether the protected maps bring its secret: `None` where that is not known yet.
fn mapped(beside: &Beside, config: &Extension) -> Option<bool> {
    type Protected = AttrMap<Sensitive<String>>;
    let maps: [&Protected; 2] =
        [&config.configuration_protected_settings, &config.configuration_protected_settings_wo];
    if maps.iter().any(|map| map.contains_key(beside.secret)) {
        return Some(true);
    }
    if maps.iter().any(|map| map.is_unknown()) { None } else { Some(false) }
}

/// Whether one is managed where its mode is not written, as far as that is known.
fn is_managed_anyway(beside: &Beside, config: &Extension) -> bool {
    let on_aks = || {
        let id = config.cluster_id.known().and_then(|id| id.parse::<Id>().ok());
        id.is_some_and(|id| MANAGED_CLUSTERS.canonicalize(id).is_ok())
    };
    match beside.argument {
        "relay" => !on_aks(),
        "log_analytics" => !matches!(config.log_analytics_ws, Attr::Null | Attr::Known(false)),
        _ => false,
    }
}

/// One argument with what else says something of it.
struct One {
    beside: &'static Beside,
    argument: Argument,
    mapped: Option<bool>,
}

impl One {
    fn check(&self, found: &mut Diagnostics) {
        let mode = &self.argument.mode;
        self.check_ids(found, &may_be_made_up);
        match mode.known().map(|word| mode_of(word)) {
            Some(None) => {
                found
                    .push(self.wrong("mode", "`mode` is one of `managed`, `existing` and `none`."));
            }
            Some(Some(Mode::Existing)) => self.check_existing(found),
            Some(Some(Mode::Managed | Mode::None)) => self.brings_nothing(found),
            None if mode.is_null() => self.brings_nothing(found),
            None => {}
        }
    }

    /// Tags are for one that is managed, and one of them is ours.
    fn check_tags(&self, managed_anyway: bool, found: &mut Diagnostics) {
        let Some(tags) = self.argument.tags.known() else { return };
        let managed = match self.argument.mode() {
            Given::Set(mode) => mode == Mode::Managed,
            Given::Unset => managed_anyway || !self.argument.mode.is_null(),
            Given::Unknown => true,
        };
        if !managed {
            let told = "Only one that is managed gets tags. Write `mode = \"managed\"`, or leave \
                        them out.";
            found.push(self.wrong("tags", told));
        }
        if tags.keys().any(|name| name.eq_ignore_ascii_case(OWNER)) {
            let told = format!("The provider writes {OWNER} itself. Leave it out.");
            found.push(self.wrong("tags", &told));
        }
    }

    fn check_ids(&self, found: &mut Diagnostics, passes: &dyn Fn(&str) -> bool) {
        let Argument { id, customer_id, .. } = &self.argument;
        let [id, customer_id] = [id, customer_id].map(|it| it.known().filter(|it| !passes(it)));
        found.extend(id.and_then(|id| self.other_kind(id)));
        found.extend(customer_id.and_then(|id| self.no_customer_id(id)));
    }

    /// What only an existing one has.
    fn brings_nothing(&self, found: &mut Diagnostics) {
        let Argument { id, customer_id, string, .. } = &self.argument;
        let brought = [
            (self.beside.id, id.known().is_some()),
            (self.beside.string, string.known().is_some()),
            ("customer_id", customer_id.known().is_some()),
        ];
        for (attribute, _) in brought.into_iter().filter(|(_, is)| *is) {
            let told =
                "It has a meaning only with `mode = \"existing\"`. Set that, or leave it out.";
            found.push(self.wrong(attribute, told));
        }
    }

    /// Either an ID, whose keys are fetched, or everything that connects it.
    fn check_existing(&self, found: &mut Diagnostics) {
        let Argument { id, customer_id, string, .. } = &self.argument;
        let is_workspace = self.beside.held_id.is_none();
        let Beside { id: id_name, string: string_name, secret, .. } = self.beside;
        let fetched = format!("The keys of `{id_name}` are fetched. Leave one of the two out.");
        if id.is_null() && string.is_null() && self.mapped == Some(false) {
            let told = if is_workspace {
                format!("An existing one needs `{id_name}`, or `customer_id` and `{string_name}`.")
            } else {
                format!("An existing one needs `{id_name}` or `{string_name}`.")
            };
            found.push(self.wrong("mode", &told));
        }
        if string.known().is_some() && (id.known().is_some() || self.mapped == Some(true)) {
            let told = match self.mapped {
                Some(true) => format!("{secret} is given as well. Leave one of the two out."),
                _ => fetched,
            };
            found.push(self.wrong(string_name, &told));
        } else if id.known().is_some() && self.mapped == Some(true) {
            let told =
                format!("Its keys are fetched, and {secret} is given. Leave one of the two out.");
            found.push(self.wrong(id_name, &told));
        }
        if is_workspace && id.known().is_some() && customer_id.known().is_some() {
            let told = format!("That of `{id_name}` is fetched. Leave one of the two out.");
            found.push(self.wrong("customer_id", &told));
        }
        let brings = string.known().is_some() || self.mapped == Some(true);
        if is_workspace && brings && id.is_null() && customer_id.is_null() {
            let told = format!("`{string_name}` is the key of a workspace: say of which one.");
            found.push(self.wrong("customer_id", &told));
        }
    }

    fn other_kind(&self, text: &str) -> Option<Diagnostic> {
        let Beside { id: attribute, kind, .. } = self.beside;
        let parsed: Result<Id, _> = text.parse();
        let told = match parsed {
            Ok(id) => kind.canonicalize(id).err()?.to_string(),
            Err(error) => error.to_string(),
        };
        let expected = shape(kind);
        let told = format!("{text:?} cannot be used: {told}.\n\nExpected:\n\n  {expected}");
        Some(self.wrong(attribute, &told))
    }

    /// The service calls the GUID of a workspace so; what else is called ID is none.
    fn no_customer_id(&self, text: &str) -> Option<Diagnostic> {
        let lengths: Vec<_> = text.split('-').map(str::len).collect();
        let hex = text.chars().all(|each| each == '-' || each.is_ascii_hexdigit());
        let told = format!(
            "{text:?} is no GUID, which the customer ID of a workspace is. The ARM ID of a \
             workspace goes into `{}`. To look it up:\n\n  az monitor log-analytics workspace show \
             --resource-group <group> --workspace-name <name> --query customerId --output tsv",
            self.beside.id
        );
        (lengths != [8, 4, 4, 4, 12] || !hex).then(|| self.wrong("customer_id", &told))
    }

    fn wrong(&self, attribute: &str, detail: &str) -> Diagnostic {
        let argument = self.beside.argument;
        let path = Path::from(argument).attribute(attribute);
        Diagnostic::error(format!("Invalid {argument}.{attribute}")).detail(detail).at(path)
    }
}
