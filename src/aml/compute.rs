//! What a change of an attached compute means for those who use it.

use vocabulary::{Attr, Path};

use crate::instance_type::{
    default_change, impacts, lost_impact, of_others, service_notice, set_types,
};
use crate::{Drafts, Impact};

/// A compute as far as it is known, before or after a change.
#[derive(Clone, Debug, Default)]
pub struct Compute {
    pub extension_id: Attr<String>,
    pub instance_types: Attr<Drafts>,
    /// All instance types that the service has, as far as they differ from the declared ones.
    pub effective_instance_types: Drafts,
    pub default_instance_type: Attr<String>,
    /// Of these it only matters whether they are declared.
    pub description: Attr<()>,
    pub tags: Attr<()>,
    pub identity: Attr<()>,
}

/// How a compute changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Create,
    Update,
    /// It is detached and attached again. `by_extension`: because it gets another extension.
    Replace {
        by_extension: bool,
    },
}

/// What a change means, in the order in which it is reported.
#[derive(Clone, Debug, Default)]
pub struct Consequences {
    /// Its path is relative to the resource.
    pub extension: Option<Impact>,
    /// Their paths are relative to the argument `instance_types`.
    pub instance_types: Vec<Impact>,
    /// Its path is relative to the argument `default_instance_type`.
    pub default_instance_type: Option<Impact>,
    /// Arguments that are no longer declared keep their values in Azure. Their paths are relative
    /// to the resource.
    pub unmanaged: Vec<Impact>,
}

impl Compute {
    /// What the change from this compute to `after` means. Where a compute is created, `self` is
    /// the default, with nothing set.
    pub fn consequences(&self, after: &Compute, change: Change) -> Consequences {
        Consequences {
            extension: self.extension_change(after, change),
            instance_types: self.instance_type_changes(after, change),
            default_instance_type: default_change(
                self.default_instance_type.known().map(String::as_str),
                after.default_instance_type.as_ref().map(String::as_str),
            ),
            unmanaged: match change {
                Change::Update => self.unmanaged_arguments(after),
                Change::Create | Change::Replace { .. } => Vec::new(),
            },
        }
    }

    /// The notice about instance types in the cluster, once for all computes, where a change adds
    /// an instance type or redefines one.
    pub fn notice(&self, after: &Compute) -> Option<Impact> {
        (!self.set_types(after).is_empty()).then(service_notice)
    }

    /// The instance types that a change adds or redefines.
    pub fn set_types<'a>(&self, after: &'a Compute) -> Vec<&'a str> {
        let none = Drafts::new();
        let before = self.instance_types.known().unwrap_or(&none);
        let Some(after) = after.instance_types.known() else { return Vec::new() };
        set_types(before, &self.effective_instance_types, after)
    }

    /// The instance types of the service that are declared neither before nor after the change.
    pub fn types_of_others(&self, after: &Compute) -> Vec<&str> {
        let is_declared = |name: &str| {
            let mut sides =
                [self, after].into_iter().filter_map(|side| side.instance_types.known());
            sides.any(|types| types.get(name).is_some_and(|one| !one.is_null()))
        };
        of_others(self.effective_instance_types.keys().map(String::as_str), is_declared)
    }

    fn extension_change(&self, after: &Compute, change: Change) -> Option<Impact> {
        let may_change_extension = after.extension_id.is_unknown() && !self.extension_id.is_null();
        match change {
            Change::Replace { by_extension: true } => {
                Some(extension_replacement_impact(!after.extension_id.is_unknown()))
            }
            Change::Update if may_change_extension => Some(extension_unknown_impact()),
            _ => None,
        }
    }

    fn instance_type_changes(&self, after: &Compute, change: Change) -> Vec<Impact> {
        let none = Drafts::new();
        let before = self.instance_types.known().unwrap_or(&none);
        let is_replaced = matches!(change, Change::Replace { .. });
        let (held, types) = (&self.effective_instance_types, after.instance_types.clone());
        let mut found = impacts(before, held, types, is_replaced);
        found.extend(lost_impact(&self.types_of_others(after)).filter(|_| is_replaced));
        found
    }

    fn unmanaged_arguments(&self, after: &Compute) -> Vec<Impact> {
        let is_dropped = |before: bool, after: bool| !before && after;
        let default_stays = after.instance_types.is_null()
            && is_dropped(
                self.default_instance_type.is_null(),
                after.default_instance_type.is_null(),
            );
        let dropped = [
            (
                "description",
                "`description = \"\"`",
                is_dropped(self.description.is_null(), after.description.is_null()),
            ),
            ("tags", "`tags = {}`", is_dropped(self.tags.is_null(), after.tags.is_null())),
            (
                "identity",
                "`identity { type = \"None\" }`",
                is_dropped(self.identity.is_null(), after.identity.is_null()),
            ),
            ("default_instance_type", "another one of the instance types", default_stays),
        ];
        let dropped = dropped.into_iter().filter(|(.., is_dropped)| *is_dropped);
        dropped.map(|(attribute, instead, _)| unmanaged_impact(attribute, instead)).collect()
    }
}

/// A compute that gets another extension is attached again. If the new ID is not known yet
/// (`is_known` is false), it may turn out the same, since an ID consists of names.
fn extension_replacement_impact(is_known: bool) -> Impact {
    let means = if is_known {
        "a compute works only with the extension through which it was attached"
    } else {
        "its extension is installed again, or its ID is known only after apply, and a compute does \
         not survive the extension through which it was attached. If the ID comes from a data \
         source that is read during the apply, use `azureml_arc_extension.NAME.id`"
    };
    extension_impact("replaces the compute", means)
}

/// The extension ID is not known until the apply, and the current one was found and not written, so
/// it may well stay the same.
fn extension_unknown_impact() -> Impact {
    let means = "the configuration did not name the current extension, the provider found it, so \
                 the compute stays as it is. If this apply installs the extension again, attach \
                 the compute again with it: add -replace=ADDRESS with the address of the compute";
    extension_impact("is known only after apply", means)
}

fn extension_impact(what: &str, means: &str) -> Impact {
    Impact::new(Path::root().attribute("extension_id"), "extension_id", what, means)
}

fn unmanaged_impact(attribute: &str, instead: &str) -> Impact {
    let means = format!("it stays in Azure as it is; write {instead} to change that");
    let place = Path::root().attribute(attribute);
    let several = "they stay in Azure as they are; to change that, write";
    Impact::new(place, attribute, "is no longer managed", means)
        .among(attribute, "are no longer managed", several)
        .instead(instead)
}

#[cfg(test)]
mod tests {
    use vocabulary::Attr;

    use super::{Change, Compute};
    use crate::Drafts;

    fn summaries(before: &Compute, after: &Compute, change: Change) -> Vec<String> {
        let found = before.consequences(after, change);
        let one = found.extension.into_iter().chain(found.instance_types);
        let all = one.chain(found.default_instance_type).chain(found.unmanaged);
        all.map(|impact| impact.to_string()).collect()
    }

    fn types(names: &[&str]) -> Drafts {
        names
            .iter()
            .map(|name| ((*name).to_owned(), Attr::Known(crate::Draft::default())))
            .collect()
    }

    #[test]
    fn an_update_changes_extension_types_default_and_what_is_managed() {
        let before = Compute {
            extension_id: Attr::Known("a".to_owned()),
            instance_types: Attr::Known(types(&["small", "big"])),
            default_instance_type: Attr::Known("small".to_owned()),
            tags: Attr::Known(()),
            ..Compute::default()
        };
        let after = Compute {
            extension_id: Attr::Unknown,
            instance_types: Attr::Known(types(&["big"])),
            default_instance_type: Attr::Known("big".to_owned()),
            ..Compute::default()
        };
        let expected = [
            "extension_id is known only after apply",
            "small is removed",
            "small is no longer the default: big is",
            "tags is no longer managed",
        ];
        assert_eq!(summaries(&before, &after, Change::Update), expected);
    }

    #[test]
    fn a_replacement_loses_the_types_of_others() {
        let before = Compute {
            instance_types: Attr::Known(types(&["ours"])),
            effective_instance_types: types(&["ours", "theirs", "defaultinstancetype"]),
            tags: Attr::Known(()),
            ..Compute::default()
        };
        let after = Compute { tags: Attr::Null, ..before.clone() };
        assert_eq!(before.types_of_others(&after), ["theirs"]);
        let expected = ["instance types theirs are lost"];
        let change = Change::Replace { by_extension: false };
        assert_eq!(summaries(&before, &after, change), expected);
    }

    #[test]
    fn the_notice_is_due_where_types_are_set() {
        let with = |names: &[&str]| Compute {
            instance_types: Attr::Known(types(names)),
            ..Compute::default()
        };
        assert!(Compute::default().notice(&with(&["a"])).is_some());
        assert!(with(&["a", "b"]).notice(&with(&["a"])).is_none());
        assert!(with(&["a"]).notice(&Compute::default()).is_none());
    }
}
