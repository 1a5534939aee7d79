//! Kubernetes label keys and values, and DNS labels (`k8s.io/apimachinery/pkg/api/validate/content`).

/// Why `key` is no label key. `None`: it is one.
///
/// A key is a name of at most 63 characters, optionally after a DNS subdomain and a slash.
pub fn key_fault(key: &str) -> Option<String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if prefix.is_some_and(|prefix| !is_dns_subdomain(prefix)) {
        let rule = "the part before the slash must be a DNS subdomain in lower case";
        return Some(format!("{key:?} is not a label key: {rule}"));
    }
    if is_name(name) {
        return None;
    }
    Some(format!("{key:?} is not a label key: {NAME_RULE}"))
}

/// The label key that a text which is none may have meant, where there is one.
pub fn key_meant(key: &str) -> Option<String> {
    let (prefix, name) = match key.rsplit_once('/') {
        Some((prefix, name)) => (format!("{}/", prefix.trim().to_lowercase()), name),
        None => (String::new(), key),
    };
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let meant = prefix + &name.split_whitespace().collect::<Vec<_>>().join("-");
    (meant != key && key_fault(&meant).is_none()).then_some(meant)
}

/// Why `value` is no label value. `None`: it is one. An empty value is.
pub fn value_fault(value: &str) -> Option<String> {
    if value.is_empty() || is_name(value) {
        return None;
    }
    Some(format!("{value:?} is not a label value: {NAME_RULE}"))
}

/// True for an RFC 1123 label: 1 to 63 of `a-z`, `0-9` and `-`, no `-` at either end.
pub fn is_dns_label(text: &str) -> bool {
    let inside = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(inside)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// True for an RFC 1123 subdomain: labels joined by dots, at most 253 characters.
pub fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}

const NAME_RULE: &str = "it has at most 63 letters, digits, `-`, `_` and `.`, and begins and ends \
                         with a letter or a digit";

fn is_name(text: &str) -> bool {
    let inside = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    let edge = |c: Option<&u8>| c.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && bytes.iter().all(|c| inside(*c))
        && edge(bytes.first())
        && edge(bytes.last())
}

#[cfg(test)]
mod tests {
    use super::{is_dns_label, is_dns_subdomain, key_fault, value_fault};

    #[test]
    fn keys() {
        let long = "a".repeat(63);
        for good in ["accelerator", "VMSizes", "a", "9", "a_b.c-d", "example.com/name", &long] {
            assert_eq!(key_fault(good), None, "{good}");
        }
        let longer = "a".repeat(64);
        for bad in ["", "-a", "a-", "a b", "/a", "a/", "Example.com/a", "a/b/c", "ü", &longer] {
            assert!(key_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn values() {
        for good in ["", "nvidia-tesla-k80", "VM-64vCPU-256GB", "1"] {
            assert_eq!(value_fault(good), None, "{good}");
        }
        for bad in ["a b", "-", "a/b", ".", "x_"] {
            assert!(value_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn dns_names() {
        assert!(is_dns_label("amlarc-testing") && is_dns_label("0"));
        assert!(!is_dns_label("") && !is_dns_label("A") && !is_dns_label("a.b"));
        assert!(is_dns_subdomain("a.b-c.d") && !is_dns_subdomain("a..b"));
        assert!(!is_dns_subdomain(&"a.".repeat(127).repeat(2)));
    }
}
