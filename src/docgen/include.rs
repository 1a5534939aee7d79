//! Files of `examples/` that a page shows: what a reader copies is what the tests run.

use crate::sources::Sources;

/// Fills each fence that names a file after its language and has no body:
///
/// ````text
/// ```terraform examples/guides/several_clusters/main.tf
/// ```
/// ````
pub(crate) fn include_files(page: &str, sources: &mut Sources<'_>) -> String {
    let mut filled = String::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((language, path)) = named_file(line) else {
            filled += line;
            filled.push('\n');
            continue;
        };
        if lines.peek() != Some(&"```") {
            sources.problems.push(format!("{path}: a fence that names a file has no body"));
        }
        filled += &["```", language, "\n", &sources.text(path), "\n"].concat();
    }
    filled
}

/// The language and the file of a fence.
fn named_file(line: &str) -> Option<(&str, &str)> {
    let (language, path) = line.strip_prefix("```")?.split_once(' ')?;
    path.starts_with("examples/").then_some((language, path))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn fill(page: &str) -> (String, Vec<String>) {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir(root.path().join("examples")).expect("a folder");
        fs::write(root.path().join("examples/a.tf"), "a = 1\n").expect("a file");
        let mut sources = Sources::new(root.path());
        let filled = include_files(page, &mut sources);
        (filled, sources.problems)
    }

    #[test]
    fn a_fence_shows_the_file_that_it_names() {
        let page = "# A\n\n```terraform examples/a.tf\n```\n\nText.\n\n```hcl\nb = 2\n```\n";
        let shown = "# A\n\n```terraform\na = 1\n```\n\nText.\n\n```hcl\nb = 2\n```\n";
        assert_eq!(fill(page), (shown.to_owned(), Vec::new()));
    }

    #[test]
    fn a_fence_that_shows_nothing_is_reported() {
        for (page, problem) in [
            ("```terraform examples/gone.tf\n```\n", "examples/gone.tf: No such file"),
            ("```terraform examples/a.tf\nb = 2\n```\n", "examples/a.tf: a fence that names"),
        ] {
            let (_, problems) = fill(page);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].starts_with(problem), "{problems:?}");
        }
    }
}
