//! HTML: the frame of the page and its tables. Whatever goes into them as text is escaped here.

use std::fmt::{self, Display, Write};

use super::address;

const CSS: &str = include_str!("page.css");

/// Beyond this, a text in a table is cut: a scripted body can have megabytes.
const MAX_CELL_CHARS: usize = 2_000;

/// Links to the sections.
const SECTIONS: &str = "<a href=\"#objects\">Objects</a> <a href=\"#operations\">Operations</a> \
    <a href=\"#faults\">Faults</a> <a href=\"#requests\">Requests</a> ";

/// What is said around the sections.
pub(super) struct Page<'a> {
    /// Whether it loads itself again.
    pub(super) refreshes: bool,
    /// Why a form was not taken.
    pub(super) wrong: Option<&'a str>,
}

/// Text as HTML, also within the quotes of an attribute.
pub(super) struct Escaped<'a>(pub(super) &'a str);

/// Rows of text. The first column has what may be long.
pub(super) struct Table<'a> {
    pub(super) columns: &'a [&'a str],
    pub(super) rows: Vec<Row>,
    /// What stands in place of a table without a row.
    pub(super) none: &'a str,
    /// How many rows there would be, were the page not bounded.
    pub(super) of: usize,
}

pub(super) struct Row {
    pub(super) cells: Vec<String>,
    /// Whether it tells of something that went wrong.
    pub(super) is_failure: bool,
}

impl Page<'_> {
    pub(super) fn render(&self, sections: &str) -> String {
        let refresh =
            if self.refreshes { "<meta http-equiv=\"refresh\" content=\"2\">\n" } else { "" };
        let (target, link) = if self.refreshes {
            (address(false), "Stop loading again")
        } else {
            (address(true), "Load again every 2 s")
        };
        let wrong = self.wrong.map_or(String::new(), |wrong| {
            format!(
                "<p role=\"alert\" class=\"failure\">Nothing was done: {}.</p>\n",
                Escaped(wrong)
            )
        });
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n{refresh}\
             <title>Emulator of Azure</title>\n<link rel=\"icon\" href=\"data:,\">\n\
             <style>\n{CSS}</style>\n</head>\n<body>\n<header>\n<h1>Emulator of Azure</h1>\n\
             <nav>{SECTIONS}<a href=\"{}\">Load again</a> <a href=\"{target}\">{link}</a></nav>\n</header>\n\
             <main>\n{wrong}{sections}</main>\n</body>\n</html>\n",
            address(self.refreshes)
        )
    }

    /// A form that is one button.
    pub(super) fn button(&self, form: &str, label: &str) -> String {
        format!(
            "<form method=\"post\" action=\"{}\"><button>{label}</button></form>\n",
            self.action(form)
        )
    }

    /// Where a form goes, so that the page comes back as it is.
    pub(super) fn action(&self, form: &str) -> String {
        let query = address(self.refreshes).trim_start_matches('/');
        format!("{}{form}{query}", super::FORMS)
    }
}

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|it| match it {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            other => f.write_char(other),
        })
    }
}

impl Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.is_empty() {
            return writeln!(f, "<p>{}</p>", Escaped(self.none));
        }
        write!(f, "<table>\n<thead><tr>")?;
        self.columns
            .iter()
            .try_for_each(|it| write!(f, "<th scope=\"col\">{}</th>", Escaped(it)))?;
        write!(f, "</tr></thead>\n<tbody>\n")?;
        self.rows.iter().try_for_each(|row| write!(f, "{row}"))?;
        write!(f, "</tbody>\n</table>\n")?;
        if self.rows.len() < self.of {
            writeln!(f, "<p>{} of {}.</p>", self.rows.len(), self.of)?;
        }
        Ok(())
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", if self.is_failure { "<tr class=\"failure\">" } else { "<tr>" })?;
        self.cells.iter().try_for_each(|it| write!(f, "<td>{}</td>", cell(it)))?;
        writeln!(f, "</tr>")
    }
}

/// Text of any length as HTML of a bounded one. A long ID breaks between its segments.
fn cell(text: &str) -> String {
    let cut = text.char_indices().nth(MAX_CELL_CHARS).map(|(end, _)| &text[..end]);
    let html = Escaped(cut.unwrap_or(text)).to_string().replace('/', "/<wbr>");
    if cut.is_some() { html + "\u{2026}" } else { html }
}
