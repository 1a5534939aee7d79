//! Near misses: which known word a misspelt one probably was.

use crate::{Path, Problem};

/// The known word that `word` is most like, at most two edits away and never itself.
///
/// Short words must be closer: one edit up to five letters, none below three.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = match word.chars().count() {
        0..3 => 0,
        3..6 => 1,
        _ => 2,
    };
    let near = known.into_iter().filter(|other| may_be_near(word, other, most));
    let lower = word.to_lowercase();
    let scored = near.map(|other| (distance(&lower, other), other));
    let (distance, other) = scored.min()?;
    (distance <= most && other != word).then_some(other)
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

/// False if two words are certainly further apart than `most` edits: each edit adds and takes away one
/// letter at most. Most words need no closer look.
fn may_be_near(one: &str, other: &str, most: usize) -> bool {
    if !one.is_ascii() || !other.is_ascii() {
        return true;
    }
    if one.len().abs_diff(other.len()) > most {
        return false;
    }
    let mut counts = [0_i32; 128];
    one.bytes().for_each(|byte| counts[usize::from(byte.to_ascii_lowercase())] += 1);
    other.bytes().for_each(|byte| counts[usize::from(byte.to_ascii_lowercase())] -= 1);
    let added: i32 = counts.iter().map(|count| count.max(&0)).sum();
    let taken: i32 = counts.iter().map(|count| count.min(&0)).sum();
    usize::try_from(added.max(-taken)).is_ok_and(|edits| edits <= most)
}

/// Edits between two words, a swap of neighbours counting as one and the case of the second as none.
fn distance(lower: &str, other: &str) -> usize {
    strsim::osa_distance(lower, &other.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{check_word, distance, may_be_near, nearest};

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
    fn what_is_certainly_no_near_miss_is_seen_at_a_glance() {
        for (one, other) in [
            ("relayserver.unknown1.x", "relayserver.enable"),
            ("relayserver.unknown1.x", "scoringFe.sslCertX.yzk"),
            ("memory", "nvidia.com/gpu"),
            ("disk", "memory"),
        ] {
            assert!(!may_be_near(one, other, 2) && !may_be_near(other, one, 2), "{one} {other}");
        }
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
            assert_eq!(distance(&a.to_lowercase(), b), edits, "{a} {b}");
            assert_eq!(distance(&b.to_lowercase(), a), edits, "{b} {a}");
            assert!(may_be_near(a, b, edits) && may_be_near(b, a, edits), "{a} {b}");
        }
    }
}
