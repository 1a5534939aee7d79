//! Which version runs: train, pinned version, upgrades.

use crate::{Given, Place, Problem};

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
pub fn check_release(version: Given<&str>, auto_upgrade: Given<bool>) -> Option<Problem> {
    if version.is_unset() || auto_upgrade != Given::Set(true) {
        return None;
    }
    let at = Place::itself().attribute("auto_upgrade_minor_version");
    let cause = "the extension cannot stay at `version` and upgrade itself as well";
    Some(Problem::error(at, cause, "set it to false, or leave `version` out"))
}

#[cfg(test)]
mod tests {
    use super::{auto_upgrade, check_release, release_train};
    use crate::Given;

    #[test]
    fn a_pinned_version_does_not_upgrade() {
        assert!(auto_upgrade(None, None) && auto_upgrade(Some(true), None));
        assert!(!auto_upgrade(None, Some("1.1.60")) && !auto_upgrade(Some(false), None));
        assert!(check_release(Given::Set("1.1.60"), Given::Set(true)).is_some());
        assert!(check_release(Given::Unknown, Given::Set(true)).is_some());
        assert!(check_release(Given::Set("1.1.60"), Given::Unknown).is_none());
        assert!(check_release(Given::Unset, Given::Set(true)).is_none());
        assert_eq!(release_train(None), "stable");
    }
}
