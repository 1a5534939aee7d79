//! Near misses: which known word a misspelt one probably was.

/// The known word that `word` is most like, at most two edits away and never itself.
///
/// Short words must be closer: one edit up to five letters, none below three.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = match word.chars().count() {
        0..3 => 0,
        3..6 => 1,
        _ => 2,
    };
    let scored = known.into_iter().map(|other| (distance(word, other), other));
    let (distance, other) = scored.min()?;
    (distance <= most && other != word).then_some(other)
}

/// Edits between two words, a swap of neighbours counting as one and case as none.
fn distance(a: &str, b: &str) -> usize {
    strsim::osa_distance(&a.to_lowercase(), &b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

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
            assert_eq!(distance(a, b), edits, "{a} {b}");
            assert_eq!(distance(b, a), edits, "{b} {a}");
        }
    }
}
