//! The names of the protected settings. Their values never come back; of their names the service
//! shows all, with empty values (`azure-cli-extensions#3661`), or none. None says nothing.

use std::collections::BTreeSet;

use azure::ArmResource;
use framework::{Diagnostic, Diagnostics, Private};

/// Names of settings.
pub(super) type Names = BTreeSet<String>;

/// In the object's memory: what the service showed at last.
const SHOWN: &str = "protected_names_shown";
/// In the object's memory: what was sent from here at last.
const SENT: &str = "protected_names_sent";
/// In the object's memory: what was missing and was sent again.
const SENT_AGAIN: &str = "protected_names_sent_again";
/// In the object's memory: what nothing here writes, and the user was told of.
const TOLD: &str = "protected_names_told";

/// What the service showed at last; nothing where it shows none.
pub(super) fn shown(memory: &Private) -> Names {
    names(memory, SHOWN)
}

/// What was sent from here at last.
pub(super) fn sent(memory: &Private) -> Names {
    names(memory, SENT)
}

/// What was sent and is missing, and was not sent again yet.
pub(super) fn missing(memory: &Private) -> Names {
    without(&lost(memory), &names(memory, SENT_AGAIN))
}

/// What is missing although it was sent again.
pub(super) fn refused(memory: &Private) -> Names {
    without(&lost(memory), &missing(memory))
}

/// Notes what the service shows, and tells once of what nothing here writes.
pub(super) fn observe(
    memory: &mut Private, object: &ArmResource, subject: &str, found: &mut Diagnostics,
) {
    let settings = object.properties()["configurationProtectedSettings"].as_object();
    let shown: Names = settings.into_iter().flatten().map(|(name, _)| name.clone()).collect();
    note(memory, SHOWN, &shown);
    let sent = sent(memory);
    if shown.is_empty() || sent.is_empty() {
        return;
    }
    if lost(memory).is_empty() {
        memory.forget(SENT_AGAIN);
    }
    let others = without(&shown, &sent);
    let news = without(&others, &names(memory, TOLD));
    note(memory, TOLD, &others);
    if !news.is_empty() {
        found.push(others_than_ours(subject, &news));
    }
}

/// Notes what a request sent, `again` where it was missing. What the service showed before says
/// nothing any more.
pub(super) fn record(memory: &mut Private, sent: &Names, again: &Names) {
    note(memory, SENT, sent);
    note(memory, SENT_AGAIN, again);
    memory.forget(SHOWN);
}

/// The first without the second, in any case.
pub(super) fn without(names: &Names, others: &Names) -> Names {
    let is_there = |name: &String| others.iter().any(|other| other.eq_ignore_ascii_case(name));
    names.iter().filter(|name| !is_there(name)).cloned().collect()
}

/// `a, b and c`, for a sentence.
pub(super) fn listed(names: &Names) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn lost(memory: &Private) -> Names {
    let shown = shown(memory);
    if shown.is_empty() { Names::new() } else { without(&sent(memory), &shown) }
}

fn names(memory: &Private, note: &str) -> Names {
    memory.get(note).unwrap_or_default()
}

fn note(memory: &mut Private, name: &str, names: &Names) {
    if names.is_empty() {
        memory.forget(name);
    } else {
        memory.set(name, names);
    }
}

fn others_than_ours(subject: &str, names: &Names) -> Diagnostic {
    let names = listed(names);
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

    use super::{Names, missing, observe, record, refused, shown};

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
            record(&mut memory, &names(&["a", "b"]), &Names::new());
            assert_eq!(look(&mut memory, &answered), told, "{answered}");
            assert_eq!(missing(&memory), names(lost), "{answered}");
            assert_eq!(look(&mut memory, &answered), 0, "told once: {answered}");
            // It is sent once, and not again.
            record(&mut memory, &names(&["a", "b"]), &names(lost));
            assert_eq!((missing(&memory), shown(&memory)), (Names::new(), Names::new()));
            look(&mut memory, &answered);
            assert_eq!(missing(&memory), Names::new());
            assert_eq!(refused(&memory), names(lost), "{answered}");
            // It came, and goes another time.
            look(&mut memory, &json!({ "a": "", "b": "" }));
            assert_eq!(refused(&memory), Names::new());
            look(&mut memory, &answered);
            assert_eq!(missing(&memory), names(lost), "{answered}");
        }
    }

    #[test]
    fn what_was_never_sent_from_here_is_not_missed() {
        let mut memory = Private::default();
        assert_eq!(look(&mut memory, &json!({ "a": "" })), 0);
        assert_eq!((shown(&memory), missing(&memory)), (names(&["a"]), Names::new()));
        look(&mut memory, &json!({}));
        assert!(memory.is_empty(), "nothing shown is nothing known");
    }

    fn look(memory: &mut Private, answered: &Value) -> usize {
        let properties = json!({ "configurationProtectedSettings": answered });
        let object = ArmResource::new(Map::from_iter([("properties".to_owned(), properties)]));
        let mut found = Diagnostics::new();
        observe(memory, &object, "Extension aml", &mut found);
        found.iter().count()
    }

    fn names(of: &[&str]) -> Names {
        of.iter().map(|name| (*name).to_owned()).collect()
    }
}
