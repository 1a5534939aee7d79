//! The Markdown of a review, taken apart by a parser.

use std::path::PathBuf;
use std::sync::LazyLock;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use review::{ResourceSchema, Schemas};

/// The provider's own, as the binary hands them to a review.
pub(crate) static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let server = framework::Server::new::<provider::AzureMl>();
    let resources = server.schemas().resources.iter().map(|(name, schema)| {
        let body = schema.body();
        let mut state_only = body.paths(&|attribute| attribute.state_only);
        state_only.insert("timeouts".to_owned());
        let read_only = body.paths(&|attribute| attribute.is_read_only());
        let maps = body.paths(&|attribute| attribute.is_map());
        (name.clone(), ResourceSchema { read_only, state_only, maps })
    });
    resources.collect()
});

/// A document as its reader sees it.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// The headings, of any level.
    pub(crate) headings: Vec<String>,
    /// The paragraphs.
    pub(crate) paragraphs: Vec<String>,
    /// The items of lists.
    pub(crate) items: Vec<String>,
    /// The tables.
    pub(crate) tables: Vec<Table>,
    /// Every piece of HTML.
    pub(crate) html: Vec<String>,
    /// Images, rules, quotes, blocks of code, and links: there should be none but the one to the run.
    pub(crate) strange: Vec<String>,
    /// Text outside of code.
    pub(crate) plain: String,
}

/// A table; a line break in a cell is a space.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// True inside of `<details>`.
    pub(crate) folded: bool,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A file of this crate's tests.
pub(crate) fn path(folder: &str, name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder).join(name)
}

/// A plan of `fixtures/`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(path("fixtures", &format!("{name}.json"))).unwrap()
}

/// The Markdown of a plan.
pub(crate) fn rendered(plan: &[u8]) -> String {
    review::markdown(&review::review(plan, &SCHEMAS).unwrap())
}

/// Holds a document to `golden/NAME.md`.
#[track_caller]
pub(crate) fn check_golden(name: &str, document: &str) {
    let golden = path("golden", &format!("{name}.md"));
    if std::env::var_os("REVIEW_ACCEPT").is_some() {
        std::fs::write(&golden, document).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    assert!(document == expected, "{} differs from:\n{document}", golden.display());
}

/// The Markdown of a plan of `fixtures/`, taken apart.
pub(crate) fn reviewed(name: &str) -> Document {
    Document::read(&rendered(&fixture(name)))
}

impl Document {
    /// Reads `CommonMark` with tables.
    pub(crate) fn read(markdown: &str) -> Document {
        let mut document = Document::default();
        let (mut text, mut folded, mut code) = (String::new(), false, false);
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
            match event {
                Event::Text(part) => {
                    text += &part;
                    if !code {
                        document.plain += &part;
                    }
                }
                Event::Code(part) => text += &part,
                Event::SoftBreak | Event::HardBreak => text.push(' '),
                Event::InlineHtml(html) | Event::Html(html) => {
                    match &*html {
                        "<code>" => code = true,
                        "</code>" => code = false,
                        "<br>" => text.push(' '),
                        _ if html.starts_with("<details>") => folded = true,
                        _ if html.starts_with("</details>") => folded = false,
                        _ => {}
                    }
                    document.html.push(html.trim().to_owned());
                }
                Event::Start(tag) => document.start(&tag, &mut text, folded),
                Event::End(tag) => document.end(tag, &text),
                other => document.strange.push(format!("{other:?}")),
            }
        }
        document
    }

    fn start(&mut self, tag: &Tag<'_>, text: &mut String, folded: bool) {
        match tag {
            Tag::Table(_) => self.tables.push(Table { folded, ..Table::default() }),
            Tag::TableRow => self.tables.last_mut().unwrap().rows.push(Vec::new()),
            Tag::Heading { .. } | Tag::Paragraph | Tag::Item | Tag::TableCell => text.clear(),
            Tag::TableHead | Tag::List(None) | Tag::HtmlBlock | Tag::Strong | Tag::Emphasis => {}
            other => self.strange.push(format!("{other:?}")),
        }
    }

    fn end(&mut self, tag: TagEnd, text: &str) {
        let said = || text.trim().to_owned();
        match tag {
            TagEnd::Heading(_) => self.headings.push(said()),
            TagEnd::Paragraph => self.paragraphs.push(said()),
            TagEnd::Item => self.items.push(said()),
            TagEnd::TableCell => {
                let table = self.tables.last_mut().unwrap();
                table.rows.last_mut().unwrap_or(&mut table.head).push(said());
            }
            _ => {}
        }
    }

    /// The rows of every open table with that first column.
    pub(crate) fn rows(&self, first: &str) -> Vec<Vec<&str>> {
        let tables = self.tables.iter().filter(|table| !table.folded && table.head[0] == first);
        let rows = tables.flat_map(|table| &table.rows);
        rows.map(|row| row.iter().map(String::as_str).collect()).collect()
    }

    /// The same of folded tables.
    pub(crate) fn folded_rows(&self) -> Vec<Vec<&str>> {
        let rows = self.tables.iter().filter(|table| table.folded).flat_map(|table| &table.rows);
        rows.map(|row| row.iter().map(String::as_str).collect()).collect()
    }
}
