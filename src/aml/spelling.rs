//! Near misses: which known word a misspelt one probably was.

use std::borrow::Cow;

use vocabulary::{Path, Problem};

/// The known word that `word` is most like, at most two edits away and never itself.
///
/// Short words must be closer: one edit up to five letters, none below three.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = match word.chars().count() {
        0..3 => 0,
        3..6 => 1,
        _ => 2,
    };
    let word = Word::new(word);
    // Each edit changes the length by one at most, so that most words need no closer look.
    let is_as_long = |other: &Word<'_>| other.length.abs_diff(word.length) <= most;
    let near = known.into_iter().map(Word::new).filter(is_as_long);
    let (distance, other) = near.map(|other| (distance(&word, &other), other.written)).min()?;
    (distance <= most && other != word.written).then_some(other)
}

/// A word and what is compared of it.
struct Word<'a> {
    written: &'a str,
    lower: Cow<'a, str>,
    /// Of `lower`, in characters.
    length: usize,
}

impl<'a> Word<'a> {
    fn new(written: &'a str) -> Self {
        let is_lower = written.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        let lower = if is_lower { written.into() } else { Cow::Owned(written.to_lowercase()) };
        let length = if lower.is_ascii() { lower.len() } else { lower.chars().count() };
        Self { written, lower, length }
    }
}

/// What is wrong with a text that is to be one of these words. The place is the text itself.
pub fn check_word(written: &str, words: &[&str]) -> Option<Problem> {
    if words.contains(&written) {
        return None;
    }
    let all: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    let fix = match nearest(written, words.iter().copied()) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => format!("write {}", all.join(" or ")),
    };
    let cause = format!("{written:?} is none of {}", all.join(", "));
    Some(Problem::error(Path::root(), cause, fix))
}

/// Edits between two words, a swap of neighbours counting as one and case as none.
fn distance(a: &Word<'_>, b: &Word<'_>) -> usize {
    strsim::osa_distance(&a.lower, &b.lower)
}

#[cfg(test)]
mod tests {
    use super::{Word, check_word, distance, nearest};

    #[test]
    fn a_word_is_one_of_some_or_a_near_miss_of_one() {
        for (written, fix) in [
            ("warn", None),
            ("eror", Some("did you mean \"error\"?")),
            ("Warn", Some("did you mean \"warn\"?")),
            ("yes", Some("write \"off\" or \"warn\" or \"error\"")),
        ] {
            let found = check_word(written, &["off", "warn", "error"]);
            assert_eq!(found.map(|problem| problem.fix).as_deref(), fix, "{written}");
        }
    }

    #[test]
    fn a_near_miss_is_found_and_a_stranger_is_not() {
        let known = ["memory", "cpu", "nvidia.com/gpu"];
        assert_eq!(nearest("memroy", known), Some("memory"));
        assert_eq!(nearest("CPU", known), Some("cpu"));
        assert_eq!(nearest("nvidia.com/gpus", known), Some("nvidia.com/gpu"));
        assert_eq!(nearest("nvidiacom/gpu", known), Some("nvidia.com/gpu"));
        assert_eq!(nearest("cpu", known), None);
        assert_eq!(nearest("disk", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn edits_are_counted_with_swaps_as_one_and_without_case() {
        for (a, b, edits) in [
            ("", "", 0),
            ("", "cpu", 3),
            ("CPU", "cpu", 0),
            ("cpu", "gpu", 1),
            ("memroy", "memory", 1),
            ("memory", "memory ", 1),
            ("ca", "abc", 3),
            ("nvidiacom/gpus", "nvidia.com/gpu", 2),
            ("enableTraning", "enableTraining", 1),
            ("größe", "grösse", 2),
            ("ab", "ba", 1),
            ("abcdef", "badcfe", 3),
        ] {
            let (one, other) = (Word::new(a), Word::new(b));
            assert_eq!(distance(&one, &other), edits, "{a} {b}");
            assert_eq!(distance(&other, &one), edits, "{b} {a}");
        }
    }
}
