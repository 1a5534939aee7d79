//! The names of the protected settings. Their values never come back; of their names the service
//! shows all, with empty values (`azure-cli-extensions#3661`), or none. None says nothing.

use std::collections::BTreeSet;

use azure::ArmResource;
use framework::{Diagnostic, Diagnostics, Private};

use super::request::PROTECTED_SETTINGS;

pub(super) type Names = BTreeSet<String>;

/// In private state: what the service showed at last.
const SHOWN: &str = "protected_names_shown";
/// In private state: what was sent from here at last.
const SENT: &str = "protected_names_sent";
/// In private state: what was missing and was sent again.
const SENT_AGAIN: &str = "protected_names_sent_again";
/// In private state: what is not written here, and a warning has named.
const TOLD: &str = "protected_names_told";

/// What private state knows.
pub(super) struct ProtectedNames {
    /// What the service showed at last; empty where it shows none.
    pub(super) shown: Names,
    /// What was sent from here at last.
    pub(super) sent: Names,
    /// What was missing and was sent again.
    sent_again: Names,
}

impl ProtectedNames {
    pub(super) fn load(private: &Private) -> Self {
        Self {
            shown: load(private, SHOWN),
            sent: load(private, SENT),
            sent_again: load(private, SENT_AGAIN),
        }
    }

    /// What was sent, is not shown, and was not sent again yet.
    pub(super) fn missing(&self) -> Names {
        without(&self.not_shown(), &self.sent_again)
    }

    /// What is not shown although it was sent again.
    pub(super) fn dropped(&self) -> Names {
        without(&self.not_shown(), &self.missing())
    }

    fn not_shown(&self) -> Names {
        if self.shown.is_empty() { Names::new() } else { without(&self.sent, &self.shown) }
    }
}

/// Saves what the service shows, and warns once of what is not written here.
pub(super) fn save_shown(
    private: &mut Private, object: &ArmResource, subject: &str, diagnostics: &mut Diagnostics,
) {
    let settings = object.properties()[PROTECTED_SETTINGS].as_object();
    let shown: Names = settings.into_iter().flatten().map(|(name, _)| name.clone()).collect();
    save(private, SHOWN, &shown);
    let names = ProtectedNames::load(private);
    if shown.is_empty() || names.sent.is_empty() {
        return;
    }
    if names.not_shown().is_empty() {
        private.forget(SENT_AGAIN);
    }
    let unmanaged = without(&shown, &names.sent);
    let news = without(&unmanaged, &load(private, TOLD));
    save(private, TOLD, &unmanaged);
    if !news.is_empty() {
        diagnostics.push(unmanaged_settings(subject, &news));
    }
}

/// Saves what a request sent, `again` where it was missing. What the service showed before says
/// nothing any more.
pub(super) fn save_sent(private: &mut Private, sent: &Names, again: &Names) {
    save(private, SENT, sent);
    save(private, SENT_AGAIN, again);
    private.forget(SHOWN);
}

/// The first without the second, in any case.
pub(super) fn without(names: &Names, others: &Names) -> Names {
    let is_there = |name: &String| others.iter().any(|other| other.eq_ignore_ascii_case(name));
    names.iter().filter(|name| !is_there(name)).cloned().collect()
}

pub(super) fn join(names: &Names) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn load(private: &Private, key: &str) -> Names {
    private.get(key).unwrap_or_default()
}

fn save(private: &mut Private, key: &str, names: &Names) {
    if names.is_empty() {
        private.forget(key);
    } else {
        private.set(key, names);
    }
}

fn unmanaged_settings(subject: &str, names: &Names) -> Diagnostic {
    let names = join(names);
    Diagnostic::warning(format!("{subject} holds protected settings that are not written here"))
        .detail(format!(
            "{names}\n\nNothing is changed about that. The service replaces protected settings as \
             a whole: the next change of them takes away what is not written. To keep it, write it \
             in `configuration_protected_settings` or its `_wo` twin. This is told until the next \
             apply."
        ))
        .at("configuration_protected_settings")
}

#[cfg(test)]
mod tests {
    use azure::ArmResource;
    use framework::{Diagnostics, Private};
    use serde_json::{Map, Value, json};

    use super::{Names, ProtectedNames, save_sent, save_shown};

    /// What the service shows after `a` and `b` were sent.
    #[test]
    fn what_is_shown_and_what_that_says() {
        for (answered, lost, told) in [
            (json!({}), &[][..], 0),
            (Value::Null, &[], 0),
            (json!({ "a": "", "b": "" }), &[], 0),
            (json!({ "A": "", "b": null }), &[], 0),
            (json!({ "a": "" }), &["b"], 0),
            (json!({ "a": "", "b": "", "c": "" }), &[], 1),
            (json!({ "b": "", "c": "" }), &["a"], 1),
            (json!("odd"), &[], 0),
        ] {
            let mut memory = Private::default();
            save_sent(&mut memory, &names(&["a", "b"]), &Names::new());
            assert_eq!(look(&mut memory, &answered), told, "{answered}");
            assert_eq!(ProtectedNames::load(&memory).missing(), names(lost), "{answered}");
            assert_eq!(look(&mut memory, &answered), 0, "told once: {answered}");
            // It is sent once, and not again.
            save_sent(&mut memory, &names(&["a", "b"]), &names(lost));
            assert_eq!(
                (ProtectedNames::load(&memory).missing(), ProtectedNames::load(&memory).shown),
                (Names::new(), Names::new())
            );
            look(&mut memory, &answered);
            assert_eq!(ProtectedNames::load(&memory).missing(), Names::new());
            assert_eq!(ProtectedNames::load(&memory).dropped(), names(lost), "{answered}");
            // It came, and goes another time.
            look(&mut memory, &json!({ "a": "", "b": "" }));
            assert_eq!(ProtectedNames::load(&memory).dropped(), Names::new());
            look(&mut memory, &answered);
            assert_eq!(ProtectedNames::load(&memory).missing(), names(lost), "{answered}");
        }
    }

    #[test]
    fn what_was_never_sent_from_here_is_not_missed() {
        let mut memory = Private::default();
        assert_eq!(look(&mut memory, &json!({ "a": "" })), 0);
        assert_eq!(
            (ProtectedNames::load(&memory).shown, ProtectedNames::load(&memory).missing()),
            (names(&["a"]), Names::new())
        );
        look(&mut memory, &json!({}));
        assert!(memory.is_empty(), "nothing shown is nothing known");
    }

    fn look(memory: &mut Private, answered: &Value) -> usize {
        let properties = json!({ "configurationProtectedSettings": answered });
        let object = ArmResource::new(Map::from_iter([("properties".to_owned(), properties)]));
        let mut found = Diagnostics::new();
        save_shown(memory, &object, "Extension aml", &mut found);
        found.iter().count()
    }

    fn names(of: &[&str]) -> Names {
        of.iter().map(|name| (*name).to_owned()).collect()
    }
}
