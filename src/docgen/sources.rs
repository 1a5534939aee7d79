//! What pages are made of beside schemas: examples and prose, as files of the checkout.

use std::fs;
use std::path::Path;

/// The files of a checkout, and what is wrong with those that were asked for.
pub(crate) struct Sources<'a> {
    root: &'a Path,
    pub(crate) problems: Vec<String>,
}

/// The command of an `import.sh`.
#[derive(Default)]
pub(crate) struct Import {
    pub(crate) address: String,
    pub(crate) id: String,
    /// As a shell needs it.
    pub(crate) quoted_id: String,
}

impl<'a> Sources<'a> {
    pub(crate) fn new(root: &'a Path) -> Self {
        Self { root, problems: Vec::new() }
    }

    /// The text of a file, without the white space around it. One that is missing or empty is a
    /// fault.
    pub(crate) fn text(&mut self, path: &str) -> String {
        let text = match fs::read_to_string(self.root.join(path)) {
            Ok(text) => text.trim().to_owned(),
            Err(error) => {
                self.problems.push(format!("{path}: {error}"));
                return String::new();
            }
        };
        if text.is_empty() {
            self.problems.push(format!("{path}: it is empty"));
        }
        text
    }

    /// The one command of an `import.sh`.
    pub(crate) fn import_command(&mut self, path: &str) -> Import {
        let text = self.text(path);
        let words: Vec<_> = text.split_whitespace().collect();
        if let ["terraform", "import", address, quoted_id] = words[..] {
            let (address, quoted_id) = (address.to_owned(), quoted_id.to_owned());
            let id = quoted_id.trim_matches('\'').to_owned();
            return Import { address, id, quoted_id };
        }
        self.problems.push(format!("{path}: it is not `terraform import ADDRESS ID`"));
        Import::default()
    }

    /// The names of the Markdown files in a folder, without their ending, in order.
    pub(crate) fn names(&mut self, folder: &str) -> Vec<String> {
        let files = match fs::read_dir(self.root.join(folder)) {
            Ok(files) => files,
            Err(error) => {
                self.problems.push(format!("{folder}: {error}"));
                return Vec::new();
            }
        };
        let names = files.filter_map(|file| {
            let name = file.ok()?.file_name().into_string().ok()?;
            name.strip_suffix(".md").map(str::to_owned)
        });
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}
