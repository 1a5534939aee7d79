//! What Terraform refuses in a schema when it loads it (`configschema/internal_validate.go`).

use std::collections::BTreeSet;

use super::{Attribute, Block, Body, Nesting, Node, Presence, Schema};
use crate::value::Type;
use vocabulary::Path;

/// Names that Terraform itself uses at the root of a managed type or data source.
const RESERVED: [&str; 7] =
    ["count", "for_each", "depends_on", "lifecycle", "provider", "provisioner", "connection"];

pub(super) fn faults(schema: &Schema) -> Vec<String> {
    let mut found = Vec::new();
    if schema.version < 0 {
        found.push("the version is negative".to_owned());
    }
    for name in names(&schema.body).filter(|name| RESERVED.contains(name)) {
        found.push(format!(".{name}: Terraform keeps this name for itself"));
    }
    for key in schema.identity().filter(|key| !is_key(key)) {
        let fault = "identifies, but is no required, public primitive whose change replaces";
        found.push(format!(".{}: {fault}", key.name));
    }
    for attribute in &schema.body.attributes {
        let is_declared =
            |name: &str| schema.body.attribute(name).is_some() || schema.body.block(name).is_some();
        for followed in attribute.depends_on.iter().filter(|name| !is_declared(name)) {
            found.push(format!(".{}: follows {followed}, which is not there", attribute.name));
        }
    }
    check_body(&schema.body, &Path::root(), &mut found);
    found
}

/// Whether it never moves in the life of an object, and everybody may see it.
fn is_key(attribute: &Attribute) -> bool {
    attribute.presence == Presence::Required
        && attribute.replace.is_some()
        && !attribute.sensitive
        && matches!(attribute.shape(), Type::String | Type::Number | Type::Bool)
}

fn names(body: &Body) -> impl Iterator<Item = &'static str> {
    body.nodes().map(Node::name)
}

fn check_body(body: &Body, at: &Path, found: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for name in names(body) {
        let here = at.clone().attribute(name);
        if !seen.insert(name) {
            found.push(format!("{here}: the name stands twice"));
        }
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(legal) {
            found.push(format!("{here}: a name has lower-case letters, digits and _ only"));
        }
    }
    for node in body.nodes() {
        let at = at.clone().attribute(node.name());
        match node {
            Node::Attribute(attribute) => check_attribute(attribute, &at, found),
            Node::Block(block) => check_block(block, &at, found),
        }
        if let Some((_, nested)) = node.nested() {
            check_body(nested, &at, found);
        }
    }
}

fn check_block(block: &Block, at: &Path, found: &mut Vec<String>) {
    if block.nesting == Nesting::Map {
        found.push(format!("{at}: a block has no name of its own: use an attribute of objects"));
    }
}

fn check_attribute(attribute: &Attribute, at: &Path, found: &mut Vec<String>) {
    let mut fault = |text: &str| found.push(format!("{at}: {text}"));
    let computed = attribute.is_computed();
    if attribute.help.is_empty() {
        fault("has no help");
    }
    if attribute.replace.is_some_and(|why| why.trim().is_empty()) {
        fault("replaces without a reason");
    }
    if attribute.replace.is_some() && attribute.presence == Presence::Computed {
        fault("replaces, but only the provider sets it");
    }
    if !computed && (attribute.stable || !attribute.depends_on.is_empty()) {
        fault("is stable or follows another, but is not computed");
    }
    if attribute.service_text.is_some() && attribute.presence != Presence::Computed {
        fault("is the service's own text, but not only the provider sets it");
    }
    if attribute.write_only && computed {
        fault("is write-only and computed");
    }
    if attribute.write_only && attribute.replace.is_some() {
        fault("is write-only and replaces: nobody knows whether it changed");
    }
    if attribute.ignore_undeclared_keys && !matches!(attribute.shape(), Type::Map(_)) {
        fault("is for declared keys only, but no map");
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::{Attribute, Schema, block, flag, number, object, text, text_map};

    fn check(attributes: Vec<Attribute>, expected: &[&str]) {
        assert_eq!(Schema::new("A thing.").with(attributes).faults(), expected);
    }

    #[test]
    fn a_well_formed_schema_has_no_fault() {
        let schema = Schema::new("A thing.")
            .with([
                text("name").required().replace("names stay").help("Name."),
                text_map("tags").optional().ignore_undeclared_keys().help("Tags."),
                text("id").computed().stable().help("ID."),
                flag("on").default(true).help("Whether it runs."),
                text("secret").optional().write_only().help("A secret."),
            ])
            .with_blocks([block("identity", [text("type").required().help("Kind.")])])
            .minutes(1, 2, 3, 4);
        assert_eq!(schema.faults(), Vec::<String>::new());
    }

    #[test]
    fn what_terraform_refuses_is_named() {
        check(vec![text("count").help("x")], &[".count: Terraform keeps this name for itself"]);
        check(vec![text("a").help("x"), flag("a").help("x")], &[".a: the name stands twice"]);
        check(
            vec![text("aB").help("x")],
            &[".aB: a name has lower-case letters, digits and _ only"],
        );
        check(
            vec![text("a").computed().write_only().help("x")],
            &[".a: is write-only and computed"],
        );
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        check(vec![object("a", [text("b")]).help("x")], &[".a.b: has no help"]);
        check(vec![text("a").replace(" ").help("x")], &[".a: replaces without a reason"]);
        check(
            vec![text("a").computed().replace("y").help("x")],
            &[".a: replaces, but only the provider sets it"],
        );
        check(
            vec![text("a").computed().depends_on("b").help("x")],
            &[".a: follows b, which is not there"],
        );
        check(
            vec![number("a").stable().help("x")],
            &[".a: is stable or follows another, but is not computed"],
        );
        check(
            vec![text("a").ignore_undeclared_keys().help("x")],
            &[".a: is for declared keys only, but no map"],
        );
        check(
            vec![text("a").required().identifies().help("x")],
            &[".a: identifies, but is no required, public primitive whose change replaces"],
        );
        check(
            vec![text("a").write_only().replace("y").help("x")],
            &[".a: is write-only and replaces: nobody knows whether it changed"],
        );
    }
}
