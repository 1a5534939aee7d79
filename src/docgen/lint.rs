//! Checks that every description is a sentence, and that every link between pages has a target.

use std::path::{Component, Path, PathBuf};

use framework::schema::{Attribute, Block, Body, Schema};
use framework::{Path as AttributePath, Schemas, Signature};

use crate::Pages;

/// What is wrong in the schemas of a provider, one sentence each.
pub(crate) fn check_schemas(schemas: &Schemas) -> Vec<String> {
    let mut problems = check_schema("provider", &schemas.provider);
    for (name, each) in schemas.resources.iter().chain(&schemas.data_sources).chain(&schemas.lists)
    {
        problems.extend(check_schema(name, each));
    }
    for (name, each) in &schemas.functions {
        problems.extend(check_function(name, each));
    }
    problems
}

fn check_function(name: &str, function: &Signature) -> Vec<String> {
    let mut problems = Vec::new();
    check_description(&function.help, &AttributePath::root(), &mut problems);
    for each in &function.parameters {
        check_attribute(each, &AttributePath::root().attribute(each.name), &mut problems);
    }
    problems.iter().map(|problem| format!("function {name}{problem}")).collect()
}

fn check_schema(name: &str, schema: &Schema) -> Vec<String> {
    let mut problems = schema.faults();
    check_description(schema.help(), &AttributePath::root(), &mut problems);
    check_body(schema.body(), &AttributePath::root(), &mut problems);
    problems.iter().map(|problem| format!("{name}{problem}")).collect()
}

fn check_body(body: &Body, at: &AttributePath, problems: &mut Vec<String>) {
    for each in &body.attributes {
        check_attribute(each, &at.clone().attribute(each.name), problems);
    }
    for each in &body.blocks {
        check_block(each, &at.clone().attribute(each.name), problems);
    }
}

fn check_block(block: &Block, at: &AttributePath, problems: &mut Vec<String>) {
    check_description(&block.help, at, problems);
    check_body(&block.body, at, problems);
}

fn check_attribute(attribute: &Attribute, at: &AttributePath, problems: &mut Vec<String>) {
    check_description(&attribute.help, at, problems);
    if let Some(why) = attribute.deprecated {
        check_sentence("deprecation", why, at, problems);
    }
    // The page makes a sentence of the reason.
    if attribute.replace.is_some_and(|why| why.ends_with('.')) {
        problems.push(format!("{at}: the reason of a replacement ends with a full stop"));
    }
    if attribute.default.is_some() && attribute.help.contains("Default") {
        problems.push(format!("{at}: the description repeats the default, which the schema has"));
    }
    for nested in attribute.nested_attributes() {
        check_attribute(nested, &at.clone().attribute(nested.name), problems);
    }
}

fn check_description(text: &str, at: &AttributePath, problems: &mut Vec<String>) {
    check_sentence("description", text, at, problems);
}

/// A text is one line that ends with a full stop, since a page adds sentences to it.
fn check_sentence(what: &str, text: &str, at: &AttributePath, problems: &mut Vec<String>) {
    if !text.ends_with('.') {
        problems.push(format!("{at}: the {what} does not end with a full stop: {text:?}"));
    }
    if text.contains('\n') {
        problems.push(format!("{at}: the {what} has more than one line"));
    }
}

/// Links between pages without a target.
pub(crate) fn check_links(pages: &Pages) -> Vec<String> {
    let broken_links = |(path, text): (&PathBuf, &String)| {
        let path = path.clone();
        let broken = relative_links(text).filter(|link| !page_exists(pages, &path, link));
        broken.map(|link| format!("{}: the link {link:?} has no target", path.display())).collect()
    };
    pages.iter().flat_map(|page| -> Vec<String> { broken_links(page) }).collect()
}

/// The targets of `](…)`, except other sites.
fn relative_links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://"))
}

fn page_exists(pages: &Pages, from: &Path, link: &str) -> bool {
    let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
    let mut path = from.parent().map(Path::to_path_buf).unwrap_or_default();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => _ = path.pop(),
            Component::CurDir => {}
            other => path.push(other),
        }
    }
    let page = if target.is_empty() { pages.get(from) } else { pages.get(&path) };
    page.is_some_and(|page| anchor.is_empty() || has_anchor(page, anchor))
}

/// Whether a page has an anchor: one that is written out, or that of a heading.
fn has_anchor(page: &str, anchor: &str) -> bool {
    let mut headings = page.lines().filter(|line| line.starts_with('#'));
    page.contains(&format!("id=\"{anchor}\""))
        || headings.any(|heading| anchor_of(heading) == anchor)
}

/// The anchor of a heading as the registries and GitHub make it, in whatever script.
pub(crate) fn anchor_of(heading: &str) -> String {
    let is_kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | ' ');
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(is_kept);
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use framework::{Type, block, object, text};

    use super::*;

    fn check(it: &Schema, expected: &[&str]) {
        assert_eq!(check_schema("toy_thing", it), expected);
    }

    #[test]
    fn a_complete_schema_has_no_problem() {
        let complete = Schema::new("A thing.")
            .with([
                object("a", [text("b").replace("it stays").help("B.")]).help("A."),
                text("c").default("x").deprecated("Use `a`.").help("C."),
            ])
            .with_blocks([block("d", [text("e").help("E.")]).help("D.")])
            .minutes(1, 2, 3, 4);
        check(&complete, &[]);
    }

    #[test]
    fn what_is_left_out_is_named() {
        let with = |attribute| Schema::new("A thing.").with([attribute]);
        check(
            &Schema::new("A thing"),
            &["toy_thing: the description does not end with a full stop: \"A thing\""],
        );
        check(
            &with(object("a", [text("b").help("B")]).help("A.")),
            &["toy_thing.a.b: the description does not end with a full stop: \"B\""],
        );
        check(
            &with(text("a").help("A.\nB.")),
            &["toy_thing.a: the description has more than one line"],
        );
        check(
            &with(text("a").replace("It stays.").help("A.")),
            &["toy_thing.a: the reason of a replacement ends with a full stop"],
        );
        check(
            &with(text("a").default("x").help("Default: `y`.")),
            &["toy_thing.a: the description repeats the default, which the schema has"],
        );
        let block = Schema::new("A thing.").with_blocks([block("d", [text("e").help("E.")])]);
        check(&block, &["toy_thing.d: the description does not end with a full stop: \"\""]);
    }

    #[test]
    fn functions_are_told_in_whole_sentences_too() {
        let it = Signature::new("Says hello", Type::String).with([text("name").help("Name")]);
        assert_eq!(
            check_function("hello", &it),
            [
                "function hello: the description does not end with a full stop: \"\"",
                "function hello.name: the description does not end with a full stop: \"Name\"",
            ]
        );
    }

    #[test]
    fn links_lead_to_pages() {
        let page = |path: &str, text: &str| (PathBuf::from(path), text.to_owned());
        let pages = Pages::from([
            page("index.md", "[a](guides/a.md) [b](resources/b.md#x) [c](https://c.example)"),
            page("guides/a.md", "[b](../resources/b.md#a-b_c) [x](#x) [gone](gone.md)\n## X!\n"),
            page("resources/b.md", "[up](../../README.md) [y](#y)\n## `A` b_c?\n<a id=\"x\">"),
        ]);
        assert_eq!(
            check_links(&pages),
            [
                "guides/a.md: the link \"gone.md\" has no target",
                "resources/b.md: the link \"../../README.md\" has no target",
                "resources/b.md: the link \"#y\" has no target",
            ]
        );
    }
}
