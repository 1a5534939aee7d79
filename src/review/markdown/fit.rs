//! Makes a document fit: blocks give up detail, the least bad first, and it says so.

use super::frame::Frame;
use crate::Severity;

/// Kept free for the paragraph that says what was left out, and for what a workflow adds.
const RESERVE: usize = 1_536;

/// A part of the document in several forms, each shorter than the one before. The last resort, to
/// leave a block out, needs no form.
pub(super) struct Block {
    forms: Vec<String>,
    needed: bool,
    severity: Severity,
}

impl Block {
    /// A block that is never left out, in its forms.
    pub(super) fn needed(forms: Vec<String>) -> Block {
        Block { forms, needed: true, severity: Severity::Destroys }
    }

    /// A block in its forms, the longest first.
    pub(super) fn of(severity: Severity, forms: Vec<String>) -> Block {
        Block { forms, needed: false, severity }
    }
}

/// Puts the blocks together, each in the longest form for which there is room. What is worse keeps
/// its detail longer, and of what is equally bad the first.
pub(super) fn fit(blocks: &[Block], frame: &Frame, footer: &str) -> String {
    let room = frame.limit() - RESERVE - footer.encode_utf16().count();
    let mut chosen = vec![0; blocks.len()];
    let mut total: usize = blocks.iter().map(|block| length(block, 0)).sum();
    let most = blocks.iter().map(|block| block.forms.len()).max().unwrap_or_default();
    let mut best_last: Vec<usize> = (0..blocks.len()).rev().collect();
    best_last.sort_by_key(|n| std::cmp::Reverse(blocks[*n].severity));
    for form in 1..=most {
        for n in best_last.iter().copied() {
            let block = &blocks[n];
            let last = if block.needed { block.forms.len() - 1 } else { block.forms.len() };
            if total <= room || form > last {
                continue;
            }
            total = total - length(block, chosen[n]) + length(block, form);
            chosen[n] = form;
        }
    }
    let texts = blocks.iter().zip(&chosen).filter_map(|(block, form)| block.forms.get(*form));
    let document: Vec<&str> = texts.map(String::as_str).collect();
    let document = document.join("\n") + &left_out(blocks, &chosen, frame) + footer;
    // No text of others holds a line end, so none of theirs is lost here.
    document.replace("\n\n\n\n", "\n\n").replace("\n\n\n", "\n\n").trim_end().to_owned() + "\n"
}

fn length(block: &Block, form: usize) -> usize {
    block.forms.get(form).map_or(0, |text| text.encode_utf16().count() + 1)
}

/// Says what there was no room for, and where it stands.
fn left_out(blocks: &[Block], chosen: &[usize], frame: &Frame) -> String {
    let pairs = || blocks.iter().zip(chosen);
    let gone: Vec<&Block> = pairs()
        .filter(|(block, form)| **form >= block.forms.len())
        .map(|(block, _)| block)
        .collect();
    let short = pairs().filter(|(_, form)| **form > 0).count() - gone.len();
    if short + gone.len() == 0 {
        return String::new();
    }
    format!(
        "\n**Left out to fit into one comment:** details of {short} sections, and {} sections \
         altogether{}. {}\n",
        gone.len(),
        kinds(&gone),
        frame.whole()
    )
}

/// How bad the sections are that were left out.
fn kinds(gone: &[&Block]) -> String {
    let told = [
        (Severity::Destroys, "of what is deleted or replaced"),
        (Severity::LosesInstanceTypes, "of lost instance types"),
        (Severity::Warns, "with warnings"),
        (Severity::Changes, "of other changes"),
        (Severity::Nothing, "of notes"),
    ];
    let count = |severity| gone.iter().filter(|block| block.severity == severity).count();
    let told = told.into_iter().map(|(severity, words)| (count(severity), words));
    let told = told.filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, words)| format!("{count} {words}")).collect();
    if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::super::frame::{Frame, MAX_LENGTH};
    use super::{Block, fit};
    use crate::Severity;

    fn whole(blocks: &[Block]) -> String {
        fit(blocks, &Frame::default(), "")
    }

    fn head() -> Block {
        Block::needed(vec!["head".into()])
    }

    fn big(severity: Severity, short: &str) -> Block {
        Block::of(severity, vec!["x".repeat(40_000), short.into()])
    }

    #[test]
    fn what_fits_is_told_in_full() {
        let blocks = [head(), Block::of(Severity::Changes, vec!["long".into(), "s".into()])];
        assert_eq!(whole(&blocks), "head\nlong\n");
    }

    #[test]
    fn the_last_blocks_give_up_detail_first() {
        let document = whole(&[head(), big(Severity::Changes, "a"), big(Severity::Changes, "b")]);
        assert!(document.starts_with("head\nxxx") && document.contains("x\nb"));
        assert!(document.contains("details of 1 sections, and 0 sections altogether"));
        assert!(document.len() <= MAX_LENGTH);
    }

    #[test]
    fn what_is_worse_keeps_its_detail_wherever_it_stands() {
        let document = whole(&[head(), big(Severity::Warns, "a"), big(Severity::Destroys, "b")]);
        assert!(document.starts_with("head\na\nxxx"), "{}", &document[..20]);
    }

    #[test]
    fn what_has_no_short_form_is_left_out() {
        let big = |severity| Block::of(severity, vec!["x".repeat(70_000)]);
        let document = whole(&[head(), big(Severity::Destroys), big(Severity::Changes)]);
        assert!(document.starts_with("head") && document.contains("and 2 sections altogether"));
        let kinds = "(1 of what is deleted or replaced, 1 of other changes)";
        assert!(document.contains(kinds), "{document}");
        assert!(document.len() <= MAX_LENGTH);
    }

    #[test]
    fn the_footer_and_the_place_of_the_whole_are_never_cut() {
        let frame = Frame::default().run_url("https://e.com/1").unwrap();
        let frame = frame.max_length(10_000).unwrap();
        let document = fit(&[head(), big(Severity::Changes, "a")], &frame, "\nfooter\n");
        assert!(document.ends_with("with [the run](https://e.com/1).\n\nfooter\n"), "{document}");
    }
}
