//! What a change does to the people who use the cluster.

use std::fmt;

use vocabulary::{Diagnostic, Path, to_sentence};

/// What a change means for those who use the cluster.
///
/// Hosts fold warnings that share a summary into one, so `name` and `what` together are unlike those
/// of any other impact of the same plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// Where it is. Whoever finds it says from where the path counts.
    pub path: Path,
    /// What changes: an instance type, an attribute, a key.
    pub name: String,
    /// How it changes, to be read after `name`: "is removed".
    pub what: String,
    /// What follows from it: a lower-case sentence without a full stop.
    pub means: String,
    /// How it is told among others of its kind.
    among: Option<Among>,
}

/// One of several impacts of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Among {
    /// Its own part in the list of them: "a to b".
    entry: String,
    /// To be read after the list: "are renamed".
    what: String,
    means: String,
    /// What to write for it, to be read after `means` together with those of the others.
    instead: Option<String>,
}

impl Impact {
    /// Puts the four together.
    pub fn new(
        path: Path, name: impl Into<String>, what: impl Into<String>, means: impl Into<String>,
    ) -> Self {
        let (name, what, means) = (name.into(), what.into(), means.into());
        Impact { path, name, what, means, among: None }
    }

    /// The same with how it is told among others: its own part in the list of them, what is read after
    /// the list, and what follows. Those that share the last two are of one kind.
    #[must_use]
    pub fn among(
        self, entry: impl Into<String>, what: impl Into<String>, means: impl Into<String>,
    ) -> Self {
        let (entry, what, means) = (entry.into(), what.into(), means.into());
        Impact { among: Some(Among { entry, what, means, instead: None }), ..self }
    }

    /// Adds what to write for this one to what follows from several.
    #[must_use]
    pub fn instead(mut self, text: impl Into<String>) -> Self {
        if let Some(among) = &mut self.among {
            among.instead = Some(text.into());
        }
        self
    }

    /// A warning about a change of `subject`, such as `Compute edge`. Hosts fold warnings that share
    /// a summary, so it names the subject and what changes.
    pub fn warning(self, subject: &str) -> Diagnostic {
        let summary = format!("{subject}: {self}");
        Diagnostic::warning(summary).detail(to_sentence(&self.means)).at(self.path)
    }

    fn is_kind_of(&self, other: &Impact) -> bool {
        let kind = |impact: &Impact| {
            impact.among.as_ref().map(|among| (among.what.clone(), among.means.clone()))
        };
        self.among.is_some() && kind(self) == kind(other)
    }
}

/// One impact for all of a kind, in the order of the first of each.
pub fn fold(impacts: Vec<Impact>) -> Vec<Impact> {
    let mut kinds: Vec<Vec<Impact>> = Vec::new();
    for impact in impacts {
        match kinds.iter_mut().find(|kind| kind[0].is_kind_of(&impact)) {
            Some(kind) => kind.push(impact),
            None => kinds.push(vec![impact]),
        }
    }
    kinds.into_iter().filter_map(merge_impacts).collect()
}

/// `None` for no impact at all.
fn merge_impacts(mut kind: Vec<Impact>) -> Option<Impact> {
    let first = kind.first()?.among.clone();
    match first {
        Some(Among { what, means, .. }) if kind.len() > 1 => {
            let entries = || kind.iter().filter_map(|one| one.among.as_ref());
            let list = list(entries().map(|among| among.entry.as_str()));
            let instead: Vec<&str> = entries().filter_map(|one| one.instead.as_deref()).collect();
            let means =
                if instead.is_empty() { means } else { format!("{means} {}", instead.join(", ")) };
            Some(Impact::new(Path::root(), list, what, means))
        }
        _ => kind.pop(),
    }
}

/// The names of many in one line: `a, b, c and 17 more`.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 4;
    let names: Vec<&str> = names.into_iter().collect();
    if names.len() <= MOST {
        return names.join(", ");
    }
    let shown = MOST - 1;
    format!("{} and {} more", names[..shown].join(", "), names.len() - shown)
}

/// As a summary line: the name and what happens to it.
impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.what)
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::Path;

    use super::{Impact, fold, list};

    #[test]
    fn a_line_lists_few_names_and_counts_the_rest() {
        let names: Vec<String> = (b'a'..b'u').map(|letter| char::from(letter).into()).collect();
        let listed = |count: usize| list(names[..count].iter().map(String::as_str));
        for (count, expected) in [
            (1, "a"),
            (3, "a, b, c"),
            (4, "a, b, c, d"),
            (5, "a, b, c and 2 more"),
            (20, "a, b, c and 17 more"),
        ] {
            assert_eq!(listed(count), expected);
        }
    }

    #[test]
    fn impacts_of_a_kind_are_one() {
        let impact = |name: &str, kind: &str| {
            let one = Impact::new(Path::root().key(name), name, format!("is {kind}"), "x");
            one.among(name, format!("are {kind}"), "they go")
        };
        let alone = Impact::new(Path::root(), "tags", "change", "y");
        let all = vec![impact("a", "removed"), alone, impact("b", "new"), impact("c", "removed")];
        let told: Vec<_> = fold(all).iter().map(|one| format!("{one}: {}", one.means)).collect();
        assert_eq!(told, ["a, c are removed: they go", "tags change: y", "b is new: x"]);
    }
}
