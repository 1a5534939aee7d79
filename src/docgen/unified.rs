//! What changes between two texts, line by line, in the unified format.

use std::ops::Range;

/// How many equal lines are shown around a change.
const CONTEXT: usize = 3;

/// A line, and whether it stays (` `), goes (`-`) or comes (`+`).
type Edit<'a> = (char, &'a str);

/// The hunks from the old text to the new one; none where they are equal.
pub(crate) fn diff(old: &str, new: &str) -> String {
    let old: Vec<_> = old.lines().collect();
    let new: Vec<_> = new.lines().collect();
    let edits = edits(&old, &new);
    windows(&edits).into_iter().map(|window| hunk(&edits, &window)).collect()
}

/// The shortest way from one to the other, which keeps the longest common subsequence.
fn edits<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Edit<'a>> {
    let common = common(old, new);
    let (mut edits, mut at, mut to) = (Vec::new(), 0, 0);
    while at < old.len() || to < new.len() {
        if at < old.len() && to < new.len() && old[at] == new[to] {
            edits.push((' ', old[at]));
            (at, to) = (at + 1, to + 1);
        } else if at < old.len() && (to == new.len() || common[at + 1][to] >= common[at][to + 1]) {
            edits.push(('-', old[at]));
            at += 1;
        } else {
            edits.push(('+', new[to]));
            to += 1;
        }
    }
    edits
}

/// How many lines what follows line `i` of the old and line `j` of the new has in common, at
/// `[i][j]`.
fn common(old: &[&str], new: &[&str]) -> Vec<Vec<usize>> {
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    common
}

/// The changes with the lines around them; those that touch are one.
fn windows(edits: &[Edit<'_>]) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    for (at, _) in edits.iter().enumerate().filter(|(_, (sign, _))| *sign != ' ') {
        let window = at.saturating_sub(CONTEXT)..(at + 1 + CONTEXT).min(edits.len());
        match windows.last_mut() {
            Some(last) if last.end >= window.start => last.end = window.end,
            _ => windows.push(window),
        }
    }
    windows
}

fn hunk(edits: &[Edit<'_>], window: &Range<usize>) -> String {
    let (before, within) = (&edits[..window.start], &edits[window.clone()]);
    let (old, new) = (span(before, within, '+'), span(before, within, '-'));
    let lines = within.iter().map(|(sign, line)| format!("{sign}{line}\n"));
    std::iter::once(format!("@@ -{old} +{new} @@\n")).chain(lines).collect()
}

/// First line and number of lines on one side, which the lines of the sign `other` are not on.
fn span(before: &[Edit<'_>], within: &[Edit<'_>], other: char) -> String {
    let count = |edits: &[Edit<'_>]| edits.iter().filter(|(sign, _)| *sign != other).count();
    let (skipped, length) = (count(before), count(within));
    // An empty side is named after the line before it.
    format!("{},{length}", if length == 0 { skipped } else { skipped + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_what_is_around_it() {
        assert_eq!(
            diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\nmore\n6\n7\n8\n9\n"),
            "@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+more\n 6\n 7\n 8\n"
        );
    }

    #[test]
    fn changes_far_apart_are_hunks_of_their_own() {
        assert_eq!(
            diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "2\n3\n4\n5\n6\n7\n8\n9\n10\n"),
            "@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -7,3 +6,4 @@\n 7\n 8\n 9\n+10\n"
        );
    }

    #[test]
    fn an_empty_side_has_no_lines() {
        assert_eq!(diff("", "1\n"), "@@ -0,0 +1,1 @@\n+1\n");
        assert_eq!(diff("1\n", ""), "@@ -1,1 +0,0 @@\n-1\n");
        assert_eq!(diff("1\n", "1\n"), "");
    }
}
