//! Names that Azure ML gives rules for. Places count from the attribute that holds the name.

use vocabulary::{Path, Problem};

use crate::label::is_dns_label;

/// What is wrong with the name of a compute.
///
/// Public sources disagree (the API description says 3 to 24 characters and no `-digits` at the end,
/// the naming rules say 2 to 16), so only what all of them refuse is an error.
pub fn check_compute(name: &str) -> Vec<Problem> {
    let length = name.chars().count();
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let problem = if !(2..=24).contains(&length) {
        let cause = format!("{name:?} has {length} characters; a compute's name has 2 to 24");
        Problem::error(Path::root(), cause, "choose a name of 3 to 16 characters")
    } else if !name.chars().all(letters) || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let cause = format!("{name:?} is not a name for a compute");
        let fix = "begin with a letter and use only letters, digits and hyphens";
        Problem::error(Path::root(), cause, fix)
    } else if !(3..=16).contains(&length) {
        let cause =
            format!("{name:?} has {length} characters; some of the service's rules allow 3 to 16");
        Problem::warning(Path::root(), cause, "choose a name of 3 to 16 characters to be safe")
    } else if ends_in_number(name) {
        let cause =
            format!("{name:?} ends in a hyphen and digits, which newer API versions refuse");
        Problem::warning(Path::root(), cause, "leave the hyphen before the digits out to be safe")
    } else {
        return Vec::new();
    };
    vec![problem]
}

fn ends_in_number(name: &str) -> bool {
    let before = name.trim_end_matches(|c: char| c.is_ascii_digit());
    before.len() < name.len() && before.ends_with('-')
}

/// What is wrong with the namespace that jobs run in: an RFC 1123 label.
pub fn check_namespace(name: &str) -> Option<Problem> {
    if is_dns_label(name) {
        return None;
    }
    let fix = "use 1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end";
    Some(Problem::error(Path::root(), format!("{name:?} is not a Kubernetes namespace"), fix))
}

/// What is wrong with the name of an extension: `^[a-zA-Z0-9][a-zA-Z0-9-.]{0,252}$`.
pub fn check_extension(name: &str) -> Option<Problem> {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && name.len() <= 253 && name.chars().all(letters) {
        return None;
    }
    let fix =
        "begin with a letter or a digit and use at most 253 letters, digits, hyphens and dots";
    Some(Problem::error(Path::root(), format!("{name:?} is not a name for an extension"), fix))
}

#[cfg(test)]
mod tests {
    use vocabulary::Severity::{self, Error, Warning};

    use super::{check_compute, check_extension, check_namespace};

    #[test]
    fn computes() {
        let cases: [(&str, Option<Severity>); 13] = [
            ("amlarc-compute", None),
            ("abc", None),
            ("gpu2", None),
            ("pool-", None),
            ("", Some(Error)),
            ("a", Some(Error)),
            ("ab", Some(Warning)),
            ("abcdefghijklmnopq", Some(Warning)),
            ("abcdefghijklmnopqrstuvwx", Some(Warning)),
            ("abcdefghijklmnopqrstuvwxy", Some(Error)),
            ("pool-2", Some(Warning)),
            ("2pool", Some(Error)),
            ("a_b", Some(Error)),
        ];
        for (name, severity) in cases {
            let found = check_compute(name).first().map(|problem| problem.severity);
            assert_eq!(found, severity, "{name:?}");
        }
    }

    #[test]
    fn namespaces() {
        assert!(check_namespace("amlarc-testing").is_none());
        assert!(check_namespace("Default").is_some() && check_namespace("").is_some());
    }

    #[test]
    fn extensions() {
        assert!(check_extension("amlarc-compute").is_none() && check_extension("1.a").is_none());
        for bad in ["", "-a", "a_b", &"a".repeat(254)] {
            assert!(check_extension(bad).is_some(), "{bad:?}");
        }
    }
}
