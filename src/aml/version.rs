//! Versions in their own order, which is not that of their texts: `1.1.9` comes before `1.1.10`.

use std::cmp::Ordering;
use std::str::FromStr;

/// A version in the order of semantic versioning: numbers first, and a pre-release before its
/// release. Missing numbers are zeros; what follows a `+` and a `v` in front do not count.
#[derive(Clone, Debug)]
pub struct Version {
    numbers: Vec<u64>,
    pre_release: Vec<String>,
}

/// A text that is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version is made of numbers with dots between them, such as 1.1.39")]
pub struct NoVersion;

impl Version {
    /// The numbers as they are written, without any zeros that were left out.
    pub(crate) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// The number at this place.
    fn number(&self, at: usize) -> u64 {
        self.numbers.get(at).copied().unwrap_or_default()
    }

    /// The order of the numbers alone.
    pub(crate) fn cmp_numbers(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let pairs = (0..length).map(|at| self.number(at).cmp(&other.number(at)));
        pairs.fold(Ordering::Equal, Ordering::then)
    }
}

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (core, rest) = text.split_once('-').unwrap_or((text, ""));
        let numbers = core.split('.').map(number).collect::<Option<_>>().ok_or(NoVersion)?;
        let rest = rest.split('.').filter(|part| !part.is_empty());
        Ok(Version { numbers, pre_release: rest.map(str::to_owned).collect() })
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let released = |of: &Self| of.pre_release.is_empty();
        let parts = self.pre_release.iter().zip(&other.pre_release);
        self.cmp_numbers(other)
            .then_with(|| released(self).cmp(&released(other)))
            .then_with(|| parts.fold(Ordering::Equal, |so_far, (a, b)| so_far.then(part(a, b))))
            .then_with(|| self.pre_release.len().cmp(&other.pre_release.len()))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Parts of a pre-release: numbers by value and before all else, the rest as texts.
fn part(a: &str, b: &str) -> Ordering {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) if a.is_some() != b.is_some() => b.is_some().cmp(&a.is_some()),
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    fn version(text: &str) -> Version {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// The example of semver.org, item 11, between versions of our own.
    #[test]
    fn each_comes_before_the_next() {
        let ordered = [
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.1.9",
            "1.1.10",
            "1.2",
            "1.2.0.1",
            "2.0.0-preview",
            "2",
            "10.0",
        ];
        for (at, lower) in ordered.iter().enumerate() {
            for higher in &ordered[at + 1..] {
                assert!(version(lower) < version(higher), "{lower} < {higher}");
                assert!(version(higher) > version(lower), "{higher} > {lower}");
            }
        }
    }

    #[test]
    fn the_same_in_other_words() {
        for (one, other) in
            [("1.1", "1.1.0"), ("v1.29.4", "1.29.4+k3s1"), (" 01.2 ", "1.2"), ("1-a+b", "1.0-a")]
        {
            assert_eq!(version(one), version(other));
        }
    }

    #[test]
    fn no_versions() {
        for text in ["", "v", "latest", "1.", ".1", "1..2", "1.x", "+1", "-1", "1 2", "9e9"] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
        assert!("99999999999999999999.0".parse::<Version>().is_err(), "more than fits");
    }
}
