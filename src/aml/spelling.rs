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
    let [a, b] = [a, b].map(|word| word.to_lowercase().chars().collect::<Vec<char>>());
    let mut above = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut fewest = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                let swapped: &Vec<usize> = &above;
                fewest = fewest.min(swapped[j - 2] + 1);
            }
            row.push(fewest);
        }
        above = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

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
}
