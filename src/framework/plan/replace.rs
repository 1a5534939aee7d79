//! What needs a new object, and why.

use crate::diagnostic::Diagnostic;
use crate::meaning::same;
use crate::path::Path;
use crate::schema::{Attribute, Body, Kind, Nesting};
use crate::value::Value;

/// A change that only a new object can bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replacement {
    /// The attribute; it is there before or after.
    pub(crate) path: Path,
    /// Why, as the author of the type says it.
    pub(crate) why: String,
}

impl Replacement {
    pub(crate) fn of(name: &str, why: &str) -> Self {
        Self { path: Path::from(name), why: why.to_owned() }
    }
}

/// Every attribute that says `.replace` and whose meaning changes.
pub(crate) fn replacements(
    body: &Body, config: &Value, prior: &Value, planned: &Value, decided: &[&'static str],
) -> Vec<Replacement> {
    let mut found = Vec::new();
    self::body(body, config, prior, planned, &Path::root(), &mut found);
    for each in body.attributes.iter().filter(|each| decided.contains(&each.name)) {
        // A value that the author of the type decided counts, though the user did not write it.
        let sides = (prior.get(each.name), planned.get(each.name));
        let (Some(why), (Some(prior), Some(planned))) = (each.replace, sides) else { continue };
        let replacement = Replacement::of(each.name, why);
        if !same(each, prior, planned) && !found.contains(&replacement) {
            found.push(replacement);
        }
    }
    found
}

/// The warning that shows the reason on the attribute. Core folds warnings of one summary into
/// one, so the summary names the attribute.
pub(crate) fn warn(type_name: &str, replacement: &Replacement) -> Diagnostic {
    let at = replacement.path.to_string();
    let at = at.trim_start_matches('.');
    Diagnostic::warning(format!("Changing {at} replaces the {type_name}"))
        .detail(format!("The plan destroys it and makes a new one: {}.", replacement.why))
        .at(replacement.path.clone())
}

fn body(
    body: &Body, config: &Value, prior: &Value, planned: &Value, at: &Path,
    found: &mut Vec<Replacement>,
) {
    attributes(&body.attributes, config, prior, planned, at, found);
    for block in &body.blocks {
        let sides = (config.get(block.name), prior.get(block.name), planned.get(block.name));
        let (Some(config), Some(prior), Some(planned)) = sides else { continue };
        let at = at.clone().attribute(block.name);
        for ([config, prior, planned], at) in common(block.nesting, [config, prior, planned], &at) {
            self::body(&block.body, config, prior, planned, &at, found);
        }
    }
}

fn attributes(
    attributes: &[Attribute], config: &Value, prior: &Value, planned: &Value, at: &Path,
    found: &mut Vec<Replacement>,
) {
    for each in attributes {
        let sides = (config.get(each.name), prior.get(each.name), planned.get(each.name));
        let (Some(config), Some(prior), Some(planned)) = sides else { continue };
        if same(each, prior, planned) {
            continue;
        }
        let at = at.clone().attribute(each.name);
        // A value that the provider sets is no reason: it moves because of another one.
        let written = !config.is_null() || each.default.is_some() || !each.is_computed();
        if let Some(why) = each.replace.filter(|_| written) {
            found.push(Replacement { path: at.clone(), why: why.to_owned() });
        }
        let Kind::Nested(nesting, nested) = &each.kind else { continue };
        for ([config, prior, planned], at) in common(*nesting, [config, prior, planned], &at) {
            self::attributes(nested, config, prior, planned, &at, found);
        }
    }
}

/// The objects that all three have, with the way to each.
fn common<'a>(nesting: Nesting, sides: [&'a Value; 3], at: &Path) -> Vec<([&'a Value; 3], Path)> {
    match (nesting, sides) {
        (Nesting::Single, sides) => vec![(sides, at.clone())],
        (Nesting::List, [Value::List(config), Value::List(prior), Value::List(planned)]) => {
            let zipped = config.iter().zip(prior).zip(planned).enumerate();
            zipped.map(|(i, ((c, b), p))| ([c, b, p], at.clone().index(i))).collect()
        }
        (Nesting::Map, [Value::Map(config), Value::Map(prior), Value::Map(planned)]) => {
            let sides = |key: &String| Some([config.get(key)?, prior.get(key)?, planned.get(key)?]);
            let found = config.keys().filter_map(|key| Some((sides(key)?, at.clone().key(key))));
            found.collect()
        }
        _ => Vec::new(),
    }
}
