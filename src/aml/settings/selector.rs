//! Node labels on the wire: one key for each, with the label as Helm reads a key.
//!
//! Helm takes a dot for nesting, `=`, `,` and `[` for the end of a key, and a backslash for the sign
//! that the next character is part of it (`helm.sh/helm`, `pkg/strvals/parser.go`). Microsoft
//! documents `nodeSelector.kubernetes\.io/os` for extensions of this platform (Dapr's settings).

/// Node labels are spread over keys with this prefix.
pub(super) const NODE_SELECTOR: &str = "nodeSelector.";

/// What ends a key or nests it, and the sign that keeps it from doing so.
const SPECIAL: [char; 5] = ['\\', '.', '=', ',', '['];

/// The wire key of a label.
pub(super) fn selector_key(label: &str) -> String {
    let mut key = NODE_SELECTOR.to_owned();
    for letter in label.chars() {
        if SPECIAL.contains(&letter) {
            key.push('\\');
        }
        key.push(letter);
    }
    key
}

/// The label of a wire key, with or without the escape. `None`: it is the key of something else.
pub(super) fn label_of(key: &str) -> Option<String> {
    key.strip_prefix(NODE_SELECTOR).map(unescape)
}

/// The label that a text stands for, as Helm reads it. A label itself has nothing to undo.
pub(super) fn unescape(text: &str) -> String {
    let mut label = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let next = if letter == '\\' { letters.next() } else { None };
        label.push(next.unwrap_or(letter));
    }
    label
}

/// The key as it is written here: the same setting has one spelling.
pub(super) fn canonical(key: &str) -> String {
    label_of(key).map_or_else(|| key.to_owned(), |label| selector_key(&label))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{canonical, label_of, selector_key};

    #[test]
    fn a_label_and_its_key() {
        for (label, key) in [
            ("disk", "nodeSelector.disk"),
            ("Pool_a-b", "nodeSelector.Pool_a-b"),
            ("kubernetes.io/os", r"nodeSelector.kubernetes\.io/os"),
            ("kubernetes.azure.com/mode", r"nodeSelector.kubernetes\.azure\.com/mode"),
            (
                "node.kubernetes.io/instance-type",
                r"nodeSelector.node\.kubernetes\.io/instance-type",
            ),
            ("topology.kubernetes.io/zone", r"nodeSelector.topology\.kubernetes\.io/zone"),
            ("a.b", r"nodeSelector.a\.b"),
            // None of these is a label, so none is written; they are read all the same.
            ("a,b", r"nodeSelector.a\,b"),
            ("a=b", r"nodeSelector.a\=b"),
            ("a[0]", r"nodeSelector.a\[0]"),
            (r"a\b", r"nodeSelector.a\\b"),
            (r"a\.b", r"nodeSelector.a\\\.b"),
            ("", "nodeSelector."),
        ] {
            assert_eq!(selector_key(label), key, "{label}");
            assert_eq!(label_of(key).as_deref(), Some(label), "{key}");
        }
    }

    #[test]
    fn both_spellings_of_a_key_are_one() {
        let written = r"nodeSelector.kubernetes\.io/os";
        for key in [written, "nodeSelector.kubernetes.io/os", r"nodeSelector.kubernetes\.io\/os"] {
            assert_eq!(canonical(key), written, "{key}");
        }
        assert_eq!(canonical(r"nodeSelector.a\"), r"nodeSelector.a\\", "nothing follows the sign");
        for other in ["nodeSelector", "nodeselector.a.b", r"foo.a\.b", "domain"] {
            assert_eq!(label_of(other), None, "{other}");
            assert_eq!(canonical(other), other);
        }
    }

    proptest! {
        #[test]
        fn any_label_comes_back(label in ".*") {
            prop_assert_eq!(label_of(&selector_key(&label)), Some(label));
        }
    }
}
