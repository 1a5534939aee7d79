//! What fits as a flowchart of Mermaid, which GitHub and GitLab draw.
//!
//! A name of somebody else's stands in quotes and has no character that means anything there: letters and
//! digits of ASCII and spaces are written as they are, all else by its number (`#34;`). The names of the
//! chart's own nodes are numbers.

use std::fmt::Write;

use super::escape::{shorten, visible};
use crate::TypeRoom;

/// More types would be no picture.
const MOST_TYPES: usize = 20;
/// More reasons or pools of one type either.
const MOST_TARGETS: usize = 4;
/// A longer name is cut.
const LONGEST: usize = 80;

/// The picture as a block of code: each type with how many jobs fit, the pools that can grow for it, and
/// what keeps the next job away.
pub(super) fn picture(types: &[&TypeRoom]) -> String {
    let mut chart = String::from("```mermaid\nflowchart LR\n");
    for (number, one) in types.iter().take(MOST_TYPES).enumerate() {
        add_type(&mut chart, number, one);
    }
    // Writing to a string cannot fail.
    let more = types.len().saturating_sub(MOST_TYPES);
    if more > 0 {
        _ = writeln!(chart, "  more[{}]", label(&format!("{more} more")));
    }
    chart + "```\n"
}

fn add_type(chart: &mut String, number: usize, one: &TypeRoom) {
    let room = &one.training;
    _ = writeln!(chart, "  t{number}[{}]", label(&one.name));
    let count = match room.fits {
        Some(1) => "1 job fits".to_owned(),
        Some(count) => format!("{count} jobs fit"),
        None => "not told".to_owned(),
    };
    _ = writeln!(chart, "  t{number} --> n{number}({})", label(&format!("nodes: {count} now")));
    for (n, pool) in room.can_grow.iter().take(MOST_TARGETS).enumerate() {
        let pool = label(&format!("pool {pool}"));
        _ = writeln!(chart, "  t{number} -.->|\"can grow\"| p{number}x{n}([{pool}])");
    }
    for (n, why) in room.blocked_by.iter().take(MOST_TARGETS).enumerate() {
        _ = writeln!(chart, "  t{number} -.-x b{number}x{n}[{}]", label(why));
    }
}

/// A text in quotes.
fn label(text: &str) -> String {
    let (text, cut) = shorten(text, LONGEST);
    let mut label = String::from("\"");
    for c in visible(text).chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' => label.push(c),
            c => _ = write!(label, "#{};", u32::from(c)),
        }
    }
    label + if cut { "#8230;\"" } else { "\"" }
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn only_letters_digits_and_spaces_stand_as_they_are() {
        for (text, expected) in [
            ("gpu", "\"gpu\""),
            ("end", "\"end\""),
            ("a\"]", "\"a#34;#93;\""),
            ("#quot;", "\"#35;quot#59;\""),
            ("`x`", "\"#96;x#96;\""),
            ("a\nb", "\"a#92;nb\""),
            ("fa:fa-car", "\"fa#58;fa#45;car\""),
            ("機械", "\"#27231;#26800;\""),
        ] {
            assert_eq!(label(text), expected, "{text:?}");
        }
        assert!(label(&"x".repeat(500)).len() < 100);
    }
}
