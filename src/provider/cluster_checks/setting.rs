//! The attribute `cluster_checks`.

use framework::{Attr, Attribute, Diagnostics, text};
use vocabulary::check_word;

/// Its name, the same on every type.
const NAME: &str = "cluster_checks";

/// How findings in the cluster are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClusterChecks {
    /// The cluster is not looked at.
    Off,
    /// As warnings.
    Warn,
    /// As errors, which refuse the plan.
    Error,
}

const WORDS: [&str; 3] = ["off", "warn", "error"];

/// The attribute. `what` completes "Whether plans that change it look at the live cluster, for …".
pub(crate) fn attribute(what: &str) -> Attribute {
    text(NAME).optional().state_only().help(format!(
        "Whether a plan that changes something looks at the live cluster, for {what}: `off`, `warn` \
         for warnings, or `error` to refuse the plan because of them. A cluster that does not answer \
         within 30 seconds, or is not known yet, is one warning in either case. An apply looks again. \
         Defaults to `off`: plans call no cluster."
    ))
}

/// Refuses what is none of its words.
pub(crate) fn validate(written: &Attr<String>, found: &mut Diagnostics) {
    found.report(NAME, written.known().and_then(|word| check_word(word, &WORDS)));
}

impl ClusterChecks {
    /// What is written. What is not known yet asks for nothing.
    pub(crate) fn read(written: &Attr<String>) -> ClusterChecks {
        match written.known().map(String::as_str) {
            Some("warn") => ClusterChecks::Warn,
            Some("error") => ClusterChecks::Error,
            _ => ClusterChecks::Off,
        }
    }

    /// Whether the cluster is looked at.
    pub(crate) fn is_on(self) -> bool {
        self != ClusterChecks::Off
    }
}

#[cfg(test)]
mod tests {
    use framework::{Attr, Diagnostics};

    use super::{ClusterChecks, WORDS, validate};

    #[test]
    fn every_word_is_taken_and_a_near_miss_is_told() {
        let read = WORDS.map(|word| ClusterChecks::read(&Attr::text(word)));
        assert_eq!(read, [ClusterChecks::Off, ClusterChecks::Warn, ClusterChecks::Error]);
        assert_eq!(ClusterChecks::read(&Attr::Null), ClusterChecks::Off);
        let mut found = Diagnostics::new();
        for written in [Attr::Null, Attr::Unknown, Attr::text("off"), Attr::text("eror")] {
            validate(&written, &mut found);
        }
        let found: Vec<_> = found.into_iter().collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].detail.contains("Did you mean \"error\"?"), "{found:?}");
    }
}
