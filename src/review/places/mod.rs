//! Where a resource stands in the files of a configuration.

mod address;
mod blocks;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use address::Address;
use blocks::{Header, headers};

use crate::plan::ModuleCalls;

/// A larger file is not read: nobody wrote it.
const MOST_BYTES: u64 = 4 << 20;

/// A line of a file. The path is as the folder of the configuration was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: String,
    /// Counted from one.
    pub(crate) line: usize,
}

/// The blocks of a configuration, read where they are asked for.
pub(crate) struct Places<'a> {
    root: PathBuf,
    calls: &'a ModuleCalls,
    folders: BTreeMap<PathBuf, Vec<(Header, Place)>>,
}

impl<'a> Places<'a> {
    /// The configuration in a folder, with the modules that its plan knows.
    pub(crate) fn of(root: &Path, calls: &'a ModuleCalls) -> Result<Places<'a>, String> {
        fs::read_dir(root).map_err(|error| format!("--source {}: {error}", root.display()))?;
        Ok(Places { root: normalise(root), calls, folders: BTreeMap::new() })
    }

    /// The block of a resource. Of a module from elsewhere, the block that calls it.
    pub(crate) fn find(&mut self, address: &str) -> Option<Place> {
        let Address { modules, kind, name } = Address::parse(address)?;
        let (mut folder, mut calls, mut called) = (self.root.clone(), self.calls, None);
        for module in &modules {
            called = self.block(&folder, &["module", module]).or(called);
            let call = calls.get(module)?;
            let is_local = call.source.starts_with("./") || call.source.starts_with("../");
            if !is_local {
                return called;
            }
            folder = normalise(&folder.join(&call.source));
            calls = &call.module.module_calls;
        }
        self.block(&folder, &["resource", &kind, &name]).or(called)
    }

    /// The beginning of the configuration, for what has no block any more.
    pub(crate) fn beginning(&mut self) -> Place {
        let files = configuration_files(&self.root);
        let file = files.into_iter().next().unwrap_or_else(|| self.root.join("main.tf"));
        Place { file: display_path(&file), line: 1 }
    }

    fn block(&mut self, folder: &Path, words: &[&str]) -> Option<Place> {
        let blocks = self.folders.entry(folder.to_owned()).or_insert_with(|| read_blocks(folder));
        let found = blocks.iter().find(|(header, _)| header.words == words);
        found.map(|(_, place)| place.clone())
    }
}

fn read_blocks(folder: &Path) -> Vec<(Header, Place)> {
    let mut blocks = Vec::new();
    for file in configuration_files(folder) {
        let is_small = fs::metadata(&file).is_ok_and(|found| found.len() <= MOST_BYTES);
        let Some(text) = fs::read(&file).ok().filter(|_| is_small) else { continue };
        let name = display_path(&file);
        blocks.extend(headers(&text).into_iter().map(|header| {
            let place = Place { file: name.clone(), line: header.line };
            (header, place)
        }));
    }
    blocks
}

/// The files of a module in the order of their names. What is written as JSON has no lines to point at.
fn configuration_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_configuration = |file: &PathBuf| {
        file.extension().is_some_and(|it| it == "tf" || it == "tofu") && file.is_file()
    };
    let mut files: Vec<_> = entries.map(|entry| entry.path()).filter(is_configuration).collect();
    files.sort();
    files
}

/// The path without `.` and without a folder that `..` leaves again.
fn normalise(path: &Path) -> PathBuf {
    let mut short = PathBuf::new();
    for part in path.components() {
        let is_inside = matches!(short.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::CurDir => {}
            Component::ParentDir if is_inside => _ = short.pop(),
            other => short.push(other),
        }
    }
    if short.as_os_str().is_empty() { PathBuf::from(".") } else { short }
}

/// With slashes, as hosts write it.
fn display_path(file: &Path) -> String {
    let text = normalise(file).to_string_lossy().into_owned();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{display_path, normalise};

    #[test]
    fn a_path_is_as_short_as_it_can_be() {
        for (path, short) in [
            ("./infra/../modules/edge/", "modules/edge"),
            ("../a/./b", "../a/b"),
            ("../../a", "../../a"),
            ("/a/../b", "/b"),
            (".", "."),
        ] {
            assert_eq!(normalise(Path::new(path)), Path::new(short), "{path}");
        }
        assert_eq!(display_path(Path::new("./main.tf")), "main.tf");
    }
}
