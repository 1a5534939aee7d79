//! Guides in Japanese: `ja/NAME.md` beside `NAME.md`, with the same headings, code and links.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::Pages;
use crate::lint::anchor_of;
use crate::page::{GUIDES, TROUBLESHOOTING, front_matter, join_parts, split_title};
use crate::sources::Sources;

/// Where the translated guides stand.
const FOLDER: &str = "src/provider/guides/ja";

/// What the registry lists them under.
const SUBCATEGORY: &str = "日本語";

/// The guides of one language, by name.
type Guides = BTreeMap<String, String>;

/// A page for each translated guide, and a line on each page of either language that leads to the other.
pub(crate) fn add_pages(pages: &mut Pages, sources: &mut Sources<'_>) {
    let (english, japanese) = (read(GUIDES, sources), read(FOLDER, sources));
    for (name, text) in &japanese {
        let Some((title, _)) = split_title(text) else {
            sources
                .problems
                .push(format!("{FOLDER}/{name}.md: the first line must be `# ` and a title"));
            continue;
        };
        let mut shown = resolve_links(name, text, &english, &japanese);
        if let Some(twin) = english.get(name) {
            let differs = |what| format!("{FOLDER}/{name}.md: {what}");
            sources.problems.extend(differences(twin, text).into_iter().map(differs));
            let (english_title, _) = split_title(twin).unwrap_or_default();
            let line = format!("English: [{english_title}]({name}.md)　[用語集](glossary_ja.md)");
            shown = with_line(&shown, &line);
            if let Some(page) = pages.get_mut(&path(name)) {
                *page = with_line(page, &format!("{SUBCATEGORY}: [{title}]({name}_ja.md)"));
            }
        }
        let pointer = if name == TROUBLESHOOTING { POINTER } else { "" };
        let matter = front_matter(title, Some(SUBCATEGORY), title);
        pages.insert(path(&format!("{name}_ja")), join_parts(&[&matter, &shown, pointer]));
    }
}

fn read(folder: &str, sources: &mut Sources<'_>) -> Guides {
    let names = sources.names(folder);
    names
        .into_iter()
        .map(|name| (name.clone(), sources.text(&format!("{folder}/{name}.md"))))
        .collect()
}

/// The lists are made of the provider's own words, which are English.
const POINTER: &str = "\
一覧は、プロバイダー自身の文言のまま、英語のページにあります。

| 一覧 | 内容 |
|---|---|
| [Errors of Azure](troubleshooting.md#errors-of-azure) | Azure のエラー。コード順です。コードだけではわからないものは文言で引けます |
| [Codes of the extension's health check](troubleshooting.md#codes-of-the-extensions-health-check) | 拡張機能の正常性チェックのコード (E40000 など) |
| [Errors of Helm](troubleshooting.md#errors-of-helm) | 拡張機能をクラスターにインストールする Helm のエラー |
| [Errors of Entra ID](troubleshooting.md#errors-of-entra-id) | サインインのときの Entra ID のエラー (AADSTS で始まるもの) |
| [Signing in](troubleshooting.md#signing-in) | Azure に問い合わせる前にわかる、サインインの設定の誤り |
| [Calling Azure](troubleshooting.md#calling-azure) | Azure が説明しないエラー。接続、証明書、応答しないホストなど |
| [Clusters](troubleshooting.md#clusters) | クラスターを読み書きするときのエラー |";

fn path(name: &str) -> PathBuf {
    PathBuf::from("guides").join(format!("{name}.md"))
}

/// Puts a line below the title.
fn with_line(page: &str, line: &str) -> String {
    let matter = "\n---\n\n";
    let at = page.find(matter).map_or(0, |at| at + matter.len());
    let end = page[at..].find('\n').map_or(page.len(), |length| at + length);
    format!("{}\n\n{line}{}", &page[..end], &page[end..])
}

/// What is not the same in the two languages.
fn differences(english: &str, japanese: &str) -> Vec<String> {
    let (english, japanese) = (Outline::new(english), Outline::new(japanese));
    let levels = |outline: &Outline<'_>| -> Vec<String> {
        outline.headings.iter().map(|it| level(it).to_owned()).collect()
    };
    let owned = |list: &[&str]| -> Vec<String> { list.iter().map(|it| (*it).to_owned()).collect() };
    [
        difference("headings", &levels(&english), &levels(&japanese)),
        difference("blocks of code", &english.fences, &japanese.fences),
        difference("links", &owned(&english.links), &owned(&japanese.links)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn level(heading: &str) -> &str {
    heading.split(' ').next().unwrap_or_default()
}

fn difference(what: &str, english: &[String], japanese: &[String]) -> Option<String> {
    if english == japanese {
        return None;
    }
    let at = english.iter().zip(japanese).take_while(|(one, other)| one == other).count();
    let shown = |list: &[String]| list.get(at).map_or("nothing".to_owned(), |it| format!("{it:?}"));
    let (one, other) = (shown(english), shown(japanese));
    Some(format!("the {what} differ: {one} in English, {other} in Japanese"))
}

/// What two languages share of a page.
#[derive(Default)]
struct Outline<'a> {
    headings: Vec<&'a str>,
    /// Each with its fence.
    fences: Vec<String>,
    /// In the order of the alphabet, since a sentence has another order in another language.
    links: Vec<&'a str>,
}

impl<'a> Outline<'a> {
    fn new(page: &'a str) -> Self {
        let mut outline = Self::default();
        let mut fence: Option<String> = None;
        for line in page.lines() {
            match &mut fence {
                Some(open) => {
                    *open += line;
                    open.push('\n');
                    if line == "```" {
                        outline.fences.extend(fence.take());
                    }
                }
                None if line.starts_with("```") => fence = Some(format!("{line}\n")),
                None if line.starts_with('#') => outline.headings.push(line),
                None => outline.links.extend(links(line)),
            }
        }
        outline.links.sort_unstable();
        outline
    }
}

/// The targets of `](…)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// Leads to the translation of what is translated. An anchor becomes that of the heading in the same place.
fn resolve_links(name: &str, text: &str, english: &Guides, japanese: &Guides) -> String {
    let mut resolved = String::new();
    for (number, part) in text.split("](").enumerate() {
        let (target, rest) = match part.split_once(')') {
            Some((target, rest)) if number > 0 => (target, rest),
            _ => {
                resolved += part;
                continue;
            }
        };
        let target =
            find_translation(name, target, english, japanese).unwrap_or_else(|| target.to_owned());
        resolved += &["](", &target, ")", rest].concat();
    }
    resolved
}

/// The translated target of a link on the page of that name; `None` where it is not translated.
fn find_translation(
    name: &str, target: &str, english: &Guides, japanese: &Guides,
) -> Option<String> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let page = if file.is_empty() { name } else { file.strip_suffix(".md")? };
    let other = japanese.get(page)?;
    let file = if file.is_empty() { String::new() } else { format!("{page}_ja.md") };
    if anchor.is_empty() {
        return Some(file);
    }
    let headings = Outline::new(english.get(page)?).headings;
    let place = headings.iter().position(|heading| anchor_of(heading) == anchor)?;
    let heading = *Outline::new(other).headings.get(place)?;
    Some(format!("{file}#{}", anchor_of(heading)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str =
        "# Start\n\nSee [b](b.md) and [a](a.md#two-words).\n\n## Go\n\n```sh\nx\n```";

    #[test]
    fn the_same_in_other_words_is_no_difference() {
        let japanese = "# 開始\n\n[あ](a.md#two-words) と [い](b.md)。\n\n## 実行\n\n```sh\nx\n```";
        assert_eq!(differences(ENGLISH, japanese), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_named() {
        for (from, to, expected) in [
            ("## Go", "### Go", "the headings differ: \"##\" in English, \"###\" in Japanese"),
            ("## Go\n", "", "the headings differ: \"##\" in English, nothing in Japanese"),
            (
                "sh\nx",
                "sh\ny",
                "the blocks of code differ: \"```sh\\nx\\n```\\n\" in English, \"```sh\\ny\\n```\\n\" in Japanese",
            ),
            (
                "```sh\nx\n```",
                "",
                "the blocks of code differ: \"```sh\\nx\\n```\\n\" in English, nothing in Japanese",
            ),
            ("(b.md)", "(c.md)", "the links differ: \"b.md\" in English, \"c.md\" in Japanese"),
            ("[b](b.md)", "b", "the links differ: \"b.md\" in English, nothing in Japanese"),
        ] {
            assert!(ENGLISH.contains(from), "{from}");
            assert_eq!(differences(ENGLISH, &ENGLISH.replace(from, to)), [expected]);
        }
    }

    #[test]
    fn links_lead_to_the_same_language_where_it_is_there() {
        let guide = |pairs: &[(&str, &str)]| -> Guides {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let english = guide(&[("a", "# A\n## Two words\n"), ("b", "# B\n"), ("start", ENGLISH)]);
        let japanese =
            guide(&[("a", "# あ\n## 二つの語（例）\n"), ("start", "# 開始\n\n## 実行\n")]);
        for (target, expected) in [
            ("a.md", Some("a_ja.md")),
            ("a.md#two-words", Some("a_ja.md#二つの語例")),
            ("#go", Some("#実行")),
            ("b.md", None),
            ("b.md#b", None),
            ("../index.md", None),
            ("https://example.com/a.md", None),
        ] {
            let found = find_translation("start", target, &english, &japanese);
            assert_eq!(found.as_deref(), expected, "{target}");
        }
        let text = "[い](b.md)、[あ](a.md)。";
        assert_eq!(
            resolve_links("start", text, &english, &japanese),
            "[い](b.md)、[あ](a_ja.md)。"
        );
    }

    #[test]
    fn a_line_stands_below_the_title() {
        let page = "---\n# a comment\ntitle: x\n---\n\n# Title\n\nText.\n";
        let with = "---\n# a comment\ntitle: x\n---\n\n# Title\n\nL\n\nText.\n";
        assert_eq!(with_line(page, "L"), with);
        assert_eq!(with_line("# Title\n\nText.\n", "L"), "# Title\n\nL\n\nText.\n");
    }
}
