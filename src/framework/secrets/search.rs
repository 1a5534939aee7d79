//! Where a secret stands in a text.

use std::ops::Range;

use super::decoded_text::DecodedText;
use super::encoded_forms::Form;

/// A shorter secret is not looked for across white space.
const BREAKABLE: usize = 12;
/// A shorter part of a secret, beside the place where a text was cut off, is none.
const SHORTEST_PART: usize = 4;
/// What stands for the part of a text that was cut off.
const CUT: char = '…';

/// A text, ready to be searched.
pub(super) struct SearchedText {
    views: Vec<DecodedText>,
    squeezed: Vec<DecodedText>,
}

impl SearchedText {
    pub(super) fn of(text: &str) -> Self {
        let views = DecodedText::all_of(text);
        let squeezed = views.iter().map(DecodedText::without_white_space).collect();
        Self { views, squeezed }
    }

    /// Adds every place of one form.
    pub(super) fn find(&self, form: &Form, ranges: &mut Vec<Range<usize>>) {
        for view in &self.views {
            let places = occurrences(&view.text, &form.text);
            if !form.anywhere {
                let words = places.filter(|place| is_word(&view.text, place));
                ranges.extend(words.map(|place| view.place(&place)));
                continue;
            }
            let beginnings = cut_off_beginnings(&view.text, &form.text);
            let ends = cut_off_ends(&view.text, &form.text);
            ranges.extend(places.chain(beginnings).chain(ends).map(|it| view.place(&it)));
        }
        let squeezed: String = form.text.split_whitespace().collect();
        if form.anywhere && squeezed.chars().count() >= BREAKABLE {
            for view in &self.squeezed {
                ranges.extend(occurrences(&view.text, &squeezed).map(|place| view.place(&place)));
            }
        }
    }
}

fn occurrences<'a>(text: &'a str, secret: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    text.match_indices(secret).map(|(at, found)| at..at + found.len())
}

/// The beginnings of the secret that cuts have left.
fn cut_off_beginnings<'a>(
    text: &'a str, secret: &'a str,
) -> impl Iterator<Item = Range<usize>> + 'a {
    text.match_indices(CUT).filter_map(|(cut, _)| {
        let before = &text[..cut];
        let longest = secret.len().min(before.len());
        let lengths = (SHORTEST_PART..=longest).rev();
        let mut beginnings = lengths.filter_map(|length| secret.get(..length));
        let found = beginnings.find(|beginning| before.ends_with(beginning))?;
        Some(cut - found.len()..cut)
    })
}

/// The ends of the secret whose beginnings a cut has taken.
fn cut_off_ends<'a>(text: &'a str, secret: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    text.match_indices(CUT).filter_map(|(cut, mark)| {
        let begin = cut + mark.len();
        let after = &text[begin..];
        let longest = secret.len().min(after.len());
        let lengths = (SHORTEST_PART..=longest).rev();
        let mut ends = lengths.filter_map(|length| secret.get(secret.len() - length..));
        let found = ends.find(|end| after.starts_with(end))?;
        Some(begin..begin + found.len())
    })
}

fn is_word(text: &str, place: &Range<usize>) -> bool {
    let digits = text[place.clone()].chars().all(|c| c.is_ascii_digit());
    // A number in an ID is part of the ID.
    let part = |c: char| c.is_alphanumeric() || c == '_' || (digits && c == '-');
    let before = text[..place.start].chars().next_back();
    let after = text[place.end..].chars().next();
    !before.is_some_and(part) && !after.is_some_and(part)
}
