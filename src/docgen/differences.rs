//! Pages against a folder: what to write and what to delete, or to show.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use similar::TextDiff;

use crate::Pages;

/// A file that is not what its page says.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    path: PathBuf,
    /// What it must hold; `None`: it must not be there.
    expected: Option<String>,
    /// What it holds; `None`: it is not there.
    actual: Option<String>,
}

/// Where `folder` is not `pages`, in order. A file that no page is for is a difference too.
pub fn differences(pages: &Pages, folder: &Path) -> io::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for (path, page) in pages {
        let path = folder.join(path);
        let actual = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if actual.as_ref() != Some(page) {
            differences.push(Difference { path, expected: Some(page.clone()), actual });
        }
    }
    // The registry's pages are Markdown; any other file is not one of them.
    let markdown = list_files(folder)?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|it| it == "md"));
    for path in markdown {
        if !path.strip_prefix(folder).is_ok_and(|path| pages.contains_key(path)) {
            let actual = Some(fs::read_to_string(&path)?);
            differences.push(Difference { path, expected: None, actual });
        }
    }
    Ok(differences)
}

impl Difference {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file what it must be.
    pub fn write(&self) -> io::Result<()> {
        let Some(expected) = &self.expected else { return fs::remove_file(&self.path) };
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.path, expected)
    }
}

/// A unified diff from the file to its page.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [actual, expected] =
            [&self.actual, &self.expected].map(|text| text.as_deref().unwrap_or_default());
        let path = self.path.display().to_string();
        write!(f, "{}", TextDiff::from_lines(actual, expected).unified_diff().header(&path, &path))
    }
}

/// Every file in the folder and in the folders in it, in order; none where there is no folder.
fn list_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            // A link is a file here, so that the walk ends.
            let list = if entry.file_type()?.is_dir() { &mut folders } else { &mut files };
            list.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages() -> Pages {
        let page = |path: &str, text: &str| (PathBuf::from(path), text.to_owned());
        Pages::from([page("index.md", "a\nb\n"), page("guides/c.md", "c\n")])
    }

    #[test]
    fn what_is_settled_differs_no_more() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("old")).unwrap();
        fs::write(folder.path().join("old/gone.md"), "x\n").unwrap();
        fs::write(folder.path().join("index.md"), "a\n").unwrap();
        let actual = differences(&pages(), folder.path()).unwrap();
        let names: Vec<_> =
            actual.iter().map(|it| it.path().strip_prefix(&folder).unwrap()).collect();
        assert_eq!(names, ["guides/c.md", "index.md", "old/gone.md"].map(Path::new));
        for difference in &actual {
            difference.write().unwrap();
        }
        assert_eq!(differences(&pages(), folder.path()).unwrap(), []);
        assert_eq!(fs::read_to_string(folder.path().join("index.md")).unwrap(), "a\nb\n");
        assert!(!folder.path().join("old/gone.md").exists());
    }

    #[test]
    fn a_folder_that_is_not_there_lacks_every_page() {
        let folder = tempfile::tempdir().unwrap();
        let actual = differences(&pages(), &folder.path().join("docs")).unwrap();
        assert_eq!(actual.len(), 2);
    }

    #[test]
    fn a_difference_shows_what_it_would_change() {
        // As GNU diff shows them.
        for (actual, expected, hunks) in [
            ("a\n", "b\n", "@@ -1 +1 @@\n-a\n+b\n"),
            ("", "1\n", "@@ -0,0 +1 @@\n+1\n"),
            ("1\n", "", "@@ -1 +0,0 @@\n-1\n"),
            (
                "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
                "1\n2\n3\n4\nfive\nmore\n6\n7\n8\n9\n",
                "@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+more\n 6\n 7\n 8\n",
            ),
            (
                "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
                "2\n3\n4\n5\n6\n7\n8\n9\n10\n",
                "@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -7,3 +6,4 @@\n 7\n 8\n 9\n+10\n",
            ),
        ] {
            let (expected, actual) = (Some(expected.to_owned()), Some(actual.to_owned()));
            let shown = Difference { path: "p".into(), expected, actual }.to_string();
            assert_eq!(shown, format!("--- p\n+++ p\n{hunks}"));
        }
    }
}
