//! Which version runs: train, pinned version, upgrades.

use vocabulary::{Attr, Path, Problem};

/// The train to send: `stable` where none is written.
pub fn release_train(written: Option<&str>) -> &str {
    written.unwrap_or("stable")
}

/// Whether minor versions upgrade themselves. It is always sent: the service's default is true, and
/// it refuses true beside a version (2023-05-01).
pub fn auto_upgrade(written: Option<bool>, version: Option<&str>) -> bool {
    written.unwrap_or(version.is_none())
}

/// A pinned version and automatic upgrades exclude each other.
pub fn check_release(version: Attr<&str>, auto_upgrade: Attr<bool>) -> Option<Problem> {
    if version.is_null() || auto_upgrade != Attr::Known(true) {
        return None;
    }
    let at = Path::root().attribute("auto_upgrade_minor_version");
    let cause = "the extension cannot stay at `version` and upgrade itself as well";
    Some(Problem::error(at, cause, "set it to false, or leave `version` out"))
}

#[cfg(test)]
mod tests {
    use vocabulary::Attr;

    use super::{auto_upgrade, check_release, release_train};

    #[test]
    fn a_pinned_version_does_not_upgrade() {
        assert!(auto_upgrade(None, None) && auto_upgrade(Some(true), None));
        assert!(!auto_upgrade(None, Some("1.1.60")) && !auto_upgrade(Some(false), None));
        assert!(check_release(Attr::Known("1.1.60"), Attr::Known(true)).is_some());
        assert!(check_release(Attr::Unknown, Attr::Known(true)).is_some());
        assert!(check_release(Attr::Known("1.1.60"), Attr::Unknown).is_none());
        assert!(check_release(Attr::Null, Attr::Known(true)).is_none());
        assert_eq!(release_train(None), "stable");
    }
}
