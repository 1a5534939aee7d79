//! Pages against a folder: what to write and what to delete, or to show.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use crate::Pages;
use crate::unified::diff;

/// A file that is not what its page says.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    path: PathBuf,
    /// What it must hold; `None`: it must not be there.
    wanted: Option<String>,
    /// What it holds; `None`: it is not there.
    found: Option<String>,
}

/// Where `folder` is not `pages`, in order. A file that no page is for is a difference too.
pub fn differences(pages: &Pages, folder: &Path) -> io::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for (path, page) in pages {
        let path = folder.join(path);
        let found = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if found.as_ref() != Some(page) {
            differences.push(Difference { path, wanted: Some(page.clone()), found });
        }
    }
    // The registry's pages are Markdown; any other file is not one of them.
    let there =
        files(folder)?.into_iter().filter(|path| path.extension().is_some_and(|it| it == "md"));
    for path in there {
        if !path.strip_prefix(folder).is_ok_and(|path| pages.contains_key(path)) {
            let found = Some(fs::read_to_string(&path)?);
            differences.push(Difference { path, wanted: None, found });
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
    pub fn settle(&self) -> io::Result<()> {
        let Some(wanted) = &self.wanted else { return fs::remove_file(&self.path) };
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.path, wanted)
    }
}

/// A unified diff, from what is there to what must be.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |side: &'_ Option<String>| side.clone().unwrap_or_default();
        let hunks = diff(&text(&self.found), &text(&self.wanted));
        write!(f, "--- {0}\n+++ {0}\n{hunks}", self.path.display())
    }
}

/// Every file in the folder and in the folders in it, in order; none where there is no folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
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
        let found = differences(&pages(), folder.path()).unwrap();
        let names: Vec<_> =
            found.iter().map(|it| it.path().strip_prefix(&folder).unwrap()).collect();
        assert_eq!(names, ["guides/c.md", "index.md", "old/gone.md"].map(Path::new));
        for difference in &found {
            difference.settle().unwrap();
        }
        assert_eq!(differences(&pages(), folder.path()).unwrap(), []);
        assert_eq!(fs::read_to_string(folder.path().join("index.md")).unwrap(), "a\nb\n");
        assert!(!folder.path().join("old/gone.md").exists());
    }

    #[test]
    fn a_folder_that_is_not_there_lacks_every_page() {
        let folder = tempfile::tempdir().unwrap();
        let found = differences(&pages(), &folder.path().join("docs")).unwrap();
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_difference_shows_what_it_would_change() {
        let (wanted, found) = (Some("b\n".to_owned()), Some("a\n".to_owned()));
        let shown = Difference { path: "p".into(), wanted, found }.to_string();
        assert_eq!(shown, "--- p\n+++ p\n@@ -1,1 +1,1 @@\n-a\n+b\n");
    }
}
