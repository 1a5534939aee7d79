//! Makes a document fit: blocks give up detail, the last ones first, and it says so.

/// What hosts take as one comment, in UTF-16 units; GitHub's limit is 65,536 characters.
pub(super) const LIMIT: usize = 65_536;
/// Kept free for what a workflow adds, such as a link to its run.
const RESERVE: usize = 1_536;

/// A part of the document in several forms, each shorter than the one before. The last resort, to
/// leave a block out, needs no form.
pub(super) struct Block {
    forms: Vec<String>,
    needed: bool,
}

impl Block {
    /// A block that is never left out and has but one form.
    pub(super) fn needed(text: String) -> Block {
        Block { forms: vec![text], needed: true }
    }

    /// A block in its forms, the longest first.
    pub(super) fn of(forms: Vec<String>) -> Block {
        Block { forms, needed: false }
    }
}

/// Puts the blocks together, each in the longest form for which there is room.
pub(super) fn fit(blocks: &[Block]) -> String {
    let room = LIMIT - RESERVE;
    let mut chosen = vec![0; blocks.len()];
    let mut total: usize = blocks.iter().map(|block| length(block, 0)).sum();
    let most = blocks.iter().map(|block| block.forms.len()).max().unwrap_or_default();
    for form in 1..=most {
        for (block, chosen) in blocks.iter().zip(&mut chosen).rev() {
            let last = if block.needed { block.forms.len() - 1 } else { block.forms.len() };
            if total <= room || form > last {
                continue;
            }
            total = total - length(block, *chosen) + length(block, form);
            *chosen = form;
        }
    }
    let texts = blocks.iter().zip(&chosen).filter_map(|(block, form)| block.forms.get(*form));
    let document: Vec<&str> = texts.map(String::as_str).collect();
    let document = document.join("\n") + &left_out(blocks, &chosen);
    // No text of others holds a line end, so none of theirs is lost here.
    document.replace("\n\n\n\n", "\n\n").replace("\n\n\n", "\n\n").trim_end().to_owned() + "\n"
}

fn length(block: &Block, form: usize) -> usize {
    block.forms.get(form).map_or(0, |text| text.encode_utf16().count() + 1)
}

/// Says what there was no room for.
fn left_out(blocks: &[Block], chosen: &[usize]) -> String {
    let pairs = || blocks.iter().zip(chosen);
    let gone = pairs().filter(|(block, form)| **form >= block.forms.len()).count();
    let short = pairs().filter(|(_, form)| **form > 0).count() - gone;
    if short + gone == 0 {
        return String::new();
    }
    format!(
        "\n**Left out to fit into one comment:** details of {short} sections, and {gone} sections \
         altogether. `--format json` gives everything.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{Block, LIMIT, fit};

    #[test]
    fn what_fits_is_told_in_full() {
        let blocks = [Block::needed("head".into()), Block::of(vec!["long".into(), "s".into()])];
        assert_eq!(fit(&blocks), "head\nlong\n");
    }

    #[test]
    fn the_last_blocks_give_up_detail_first() {
        let big = |short: &str| Block::of(vec!["x".repeat(40_000), short.into()]);
        let document = fit(&[Block::needed("head".into()), big("a"), big("b")]);
        assert!(document.starts_with("head\nxxx") && document.contains("x\nb"));
        assert!(document.contains("details of 1 sections, and 0 sections altogether"));
        assert!(document.len() <= LIMIT);
    }

    #[test]
    fn what_has_no_short_form_is_left_out() {
        let big = || Block::of(vec!["x".repeat(70_000)]);
        let document = fit(&[Block::needed("head".into()), big(), big()]);
        assert!(document.starts_with("head") && document.contains("and 2 sections altogether"));
        assert!(document.len() <= LIMIT);
    }
}
