//! Many findings of one kind, told as one.

use vocabulary::{Problem, Step};

/// So many of a kind stand each where it is.
pub(in crate::settings) const EACH: usize = 3;
/// So many are named where all are told as one.
const NAMED: usize = 12;

/// Tells findings of one kind in one map as one, on the map, where there are more than a few.
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
    let told = |(_, alike): (_, Vec<Problem>)| {
        if alike.len() > EACH { vec![as_one(&alike)] } else { alike }
    };
    kinds.into_iter().flat_map(told).collect()
}

/// What findings have in common: weight, map, and what is said of the key.
#[derive(PartialEq)]
struct Kind {
    is_error: bool,
    map: String,
    said: String,
}

impl Kind {
    /// `None`: it is about no entry of a map.
    fn of(problem: &Problem) -> Option<Self> {
        let [Step::Attribute(map), Step::Key(key)] = problem.path.steps() else { return None };
        let said = match problem.cause.strip_prefix('"').and_then(|text| text.split_once("\" ")) {
            Some((_, said)) => said.to_owned(),
            None => problem.cause.replace(key.as_str(), ""),
        };
        Some(Kind { is_error: problem.is_error(), map: map.clone(), said })
    }
}

fn as_one(alike: &[Problem]) -> Problem {
    let first = &alike[0];
    let keys = alike.iter().filter_map(key);
    let others = list(keys.skip(1).map(|key| format!("{key:?}")), NAMED);
    let cause = format!("{}; the same holds for {others}", first.cause);
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

fn key(problem: &Problem) -> Option<&str> {
    match problem.path.steps() {
        [_, Step::Key(key)] => Some(key),
        _ => None,
    }
}

/// The first of these, and how many more there are.
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
    fn twelve_of_a_kind_are_one() {
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
        for (of, told) in [(0, 0), (1, 1), (3, 3), (4, 1), (12, 1), (40, 1)] {
            let all = [found(of), vec![alone.clone()]].concat();
            let folded = fold(all.clone());
            assert_eq!(folded.len(), told + 1, "{of}");
            assert_eq!(folded == all, of <= 3, "a few stand where they are");
        }
        let one = &fold(found(14))[0];
        assert_eq!(one.path.reference(), "configuration_settings");
        let said = r#""key0" has an attribute of its own; the same holds for "key1", "#;
        assert!(one.cause.starts_with(said), "{}", one.cause);
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
    }
}
