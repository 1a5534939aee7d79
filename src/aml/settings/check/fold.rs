//! Merges many similar problems into one.

use vocabulary::{Problem, Step};

/// Up to this many similar problems are reported one by one; more are merged.
pub(in crate::settings) const EACH: usize = 3;
/// How many keys a merged problem names.
const NAMED: usize = 12;

/// Merges similar problems on entries of one map into one problem on the map, if there are more
/// than [`EACH`].
pub fn fold(found: Vec<Problem>) -> Vec<Problem> {
    let mut kinds: Vec<(Option<Kind>, Vec<Problem>)> = Vec::new();
    for problem in found {
        let kind = Kind::of(&problem);
        let known = kinds.iter_mut().find(|(known, _)| kind.is_some() && *known == kind);
        match known {
            Some((_, alike)) => alike.push(problem),
            None => kinds.push((kind, vec![problem])),
        }
    }
    let merged = |(_, alike): (_, Vec<Problem>)| {
        if alike.len() > EACH { vec![merge(&alike)] } else { alike }
    };
    kinds.into_iter().flat_map(merged).collect()
}

/// What similar problems share: severity, map, and the cause without its key.
#[derive(PartialEq)]
struct Kind {
    is_error: bool,
    map: String,
    cause: String,
}

impl Kind {
    /// `None`: the problem is not on an entry of a map.
    fn of(problem: &Problem) -> Option<Self> {
        let [Step::Attribute(map), Step::Key(key)] = problem.path.steps() else { return None };
        let cause = match problem.cause.strip_prefix('"').and_then(|text| text.split_once("\" ")) {
            Some((_, cause)) => cause.to_owned(),
            None => problem.cause.replace(key.as_str(), ""),
        };
        Some(Kind { is_error: problem.is_error(), map: map.clone(), cause })
    }
}

fn merge(alike: &[Problem]) -> Problem {
    let first = &alike[0];
    let keys = alike.iter().filter_map(key);
    let others = list(keys.skip(1).map(|key| format!("{key:?}")), NAMED);
    let cause = format!("{}; the same holds for {others}", cause_with_key(first));
    let is_same = alike.iter().all(|problem| problem.fix == first.fix);
    let fix = if is_same {
        first.fix.clone()
    } else {
        let each = alike.iter().map(|it| format!("{:?}: {}", key(it).unwrap_or_default(), it.fix));
        format!("for each of them:\n\n  {}", each.collect::<Vec<_>>().join("\n  "))
    };
    let path = first.path.steps().first().cloned().into_iter().collect();
    Problem { severity: first.severity, path, cause, fix }
}

/// The cause, with its key where it names only the value.
fn cause_with_key(problem: &Problem) -> String {
    let key = key(problem).unwrap_or_default();
    let names_key =
        [key.to_owned(), format!("{key:?}")].iter().any(|name| problem.cause.starts_with(name));
    if names_key { problem.cause.clone() } else { format!("{} (at {key:?})", problem.cause) }
}

fn key(problem: &Problem) -> Option<&str> {
    match problem.path.steps() {
        [_, Step::Key(key)] => Some(key),
        _ => None,
    }
}

/// Lists up to `most` names, and how many more there are.
pub(in crate::settings) fn list(names: impl Iterator<Item = String>, most: usize) -> String {
    let names: Vec<_> = names.collect();
    let more = names.len().saturating_sub(most);
    let shown = names[..names.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

#[cfg(test)]
mod tests {
    use vocabulary::{Path, Problem};

    use super::fold;

    #[test]
    fn more_than_three_of_a_kind_are_merged() {
        let found = |of: usize| -> Vec<Problem> {
            (0..of)
                .map(|key| {
                    let at = Path::root().attribute("configuration_settings");
                    let cause = format!("\"key{key}\" has an attribute of its own");
                    Problem::error(
                        at.key(format!("key{key}")),
                        cause,
                        format!("set a{key} instead"),
                    )
                })
                .collect()
        };
        let alone = Problem::error(Path::root().attribute("relay"), "it is wrong", "mend it");
        for (of, merged) in [(0, 0), (1, 1), (3, 3), (4, 1), (12, 1), (40, 1)] {
            let all = [found(of), vec![alone.clone()]].concat();
            let folded = fold(all.clone());
            assert_eq!(folded.len(), merged + 1, "{of}");
            assert_eq!(folded == all, of <= 3, "a few stand where they are");
        }
        let one = &fold(found(14))[0];
        assert_eq!(one.path.to_reference(), "configuration_settings");
        let cause = r#""key0" has an attribute of its own; the same holds for "key1", "#;
        assert!(one.cause.starts_with(cause), "{}", one.cause);
        assert!(one.cause.ends_with(r#""key12" and 1 more"#), "{}", one.cause);
        assert!(one.fix.contains(r#""key13": set a13 instead"#), "{}", one.fix);
    }

    #[test]
    fn findings_of_several_kinds_stay_apart() {
        let at = |map: &str, key: &str| Path::root().attribute(map).key(key);
        let of = |map: &str, cause: &str| {
            let one = |key: &str| {
                Problem::error(at(map, key), cause.replace("KEY", key), "look at the nodes")
            };
            ["a b", "c d", "e f", "g h"].map(one).to_vec()
        };
        let found = [
            of("node_selector", "\"KEY\" is not a label key"),
            of("node_selector", "\"x y\" is not a label value"),
            of("configuration_settings", "KEY is a secret"),
        ]
        .concat();
        let folded = fold(found);
        assert_eq!(folded.len(), 3, "{folded:#?}");
        assert!(folded.iter().all(|one| one.fix == "look at the nodes"));
        let value = r#""x y" is not a label value (at "a b"); the same holds for "c d","#;
        assert!(folded[1].cause.starts_with(value), "{}", folded[1].cause);
        let key = r#""a b" is not a label key; the same holds for "c d","#;
        assert!(folded[0].cause.starts_with(key), "{}", folded[0].cause);
    }
}
