//! What a page must not leave out: every attribute told in whole sentences, every link leading
//! somewhere.

use std::path::{Component, Path, PathBuf};

use framework::schema::{Attribute, Block, Body, Schema};
use framework::{Path as At, Schemas, Signature};

use crate::Pages;

/// What is wrong in the schemas of a provider, one sentence each.
pub(crate) fn schemas(of: &Schemas) -> Vec<String> {
    let mut found = schema("provider", &of.provider);
    for (name, each) in of.resources.iter().chain(&of.data_sources).chain(&of.lists) {
        found.extend(schema(name, each));
    }
    for (name, each) in &of.functions {
        found.extend(function(name, each));
    }
    found
}

fn function(name: &str, of: &Signature) -> Vec<String> {
    let mut found = Vec::new();
    sentence(&of.help, &At::root(), &mut found);
    for each in &of.parameters {
        attribute(each, &At::root().attribute(each.name), &mut found);
    }
    found.iter().map(|fault| format!("function {name}{fault}")).collect()
}

fn schema(name: &str, of: &Schema) -> Vec<String> {
    let mut found = of.faults();
    sentence(of.help(), &At::root(), &mut found);
    body(of.body(), &At::root(), &mut found);
    found.iter().map(|fault| format!("{name}{fault}")).collect()
}

fn body(of: &Body, at: &At, found: &mut Vec<String>) {
    for each in &of.attributes {
        attribute(each, &at.clone().attribute(each.name), found);
    }
    for each in &of.blocks {
        block(each, &at.clone().attribute(each.name), found);
    }
}

fn block(of: &Block, at: &At, found: &mut Vec<String>) {
    sentence(&of.help, at, found);
    body(&of.body, at, found);
}

fn attribute(of: &Attribute, at: &At, found: &mut Vec<String>) {
    sentence(&of.help, at, found);
    if let Some(why) = of.deprecated {
        sentence(why, at, found);
    }
    // The page makes a sentence of the reason.
    if of.replace.is_some_and(|why| why.ends_with('.')) {
        found.push(format!("{at}: the reason of a replacement ends with a full stop"));
    }
    if of.default.is_some() && of.help.contains("Default") {
        found.push(format!("{at}: the help repeats the default, which the schema has"));
    }
    for nested in of.nested_attributes() {
        attribute(nested, &at.clone().attribute(nested.name), found);
    }
}

/// Text goes into one line of a list, after which more may follow.
fn sentence(text: &str, at: &At, found: &mut Vec<String>) {
    if !text.ends_with('.') {
        found.push(format!("{at}: the help does not end with a full stop: {text:?}"));
    }
    if text.contains('\n') {
        found.push(format!("{at}: the help has more than one line"));
    }
}

/// Links between pages that lead nowhere.
pub(crate) fn links(pages: &Pages) -> Vec<String> {
    let targets = |(path, text): (&PathBuf, &String)| {
        let path = path.clone();
        let broken = relative_links(text).filter(|link| !leads_to_a_page(pages, &path, link));
        broken.map(|link| format!("{}: the link {link:?} leads nowhere", path.display())).collect()
    };
    pages.iter().flat_map(|page| -> Vec<String> { targets(page) }).collect()
}

/// The targets of `](…)`, save those of other sites and of the same page.
fn relative_links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.starts_with('#'))
}

fn leads_to_a_page(pages: &Pages, from: &Path, link: &str) -> bool {
    let target = link.split('#').next().unwrap_or_default();
    let mut path = from.parent().map(Path::to_path_buf).unwrap_or_default();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => _ = path.pop(),
            Component::CurDir => {}
            other => path.push(other),
        }
    }
    pages.contains_key(&path)
}

#[cfg(test)]
mod tests {
    use framework::{Type, block, object, text};

    use super::*;

    fn check(of: &Schema, expected: &[&str]) {
        assert_eq!(schema("toy_thing", of), expected);
    }

    #[test]
    fn what_is_told_in_whole_sentences_has_no_fault() {
        let well = Schema::new("A thing.")
            .with([
                object("a", [text("b").replace("it stays").help("B.")]).help("A."),
                text("c").default("x").deprecated("Use `a`.").help("C."),
            ])
            .with_blocks([block("d", [text("e").help("E.")]).help("D.")])
            .minutes(1, 2, 3, 4);
        check(&well, &[]);
    }

    #[test]
    fn what_is_left_out_is_named() {
        let with = |attribute| Schema::new("A thing.").with([attribute]);
        check(
            &Schema::new("A thing"),
            &["toy_thing: the help does not end with a full stop: \"A thing\""],
        );
        check(
            &with(object("a", [text("b").help("B")]).help("A.")),
            &["toy_thing.a.b: the help does not end with a full stop: \"B\""],
        );
        check(&with(text("a").help("A.\nB.")), &["toy_thing.a: the help has more than one line"]);
        check(
            &with(text("a").replace("It stays.").help("A.")),
            &["toy_thing.a: the reason of a replacement ends with a full stop"],
        );
        check(
            &with(text("a").default("x").help("Default: `y`.")),
            &["toy_thing.a: the help repeats the default, which the schema has"],
        );
        let block = Schema::new("A thing.").with_blocks([block("d", [text("e").help("E.")])]);
        check(&block, &["toy_thing.d: the help does not end with a full stop: \"\""]);
    }

    #[test]
    fn functions_are_told_in_whole_sentences_too() {
        let of = Signature::new("Says hello", Type::String).with([text("name").help("Name")]);
        assert_eq!(
            function("hello", &of),
            [
                "function hello: the help does not end with a full stop: \"\"",
                "function hello.name: the help does not end with a full stop: \"Name\"",
            ]
        );
    }

    #[test]
    fn links_lead_to_pages() {
        let page = |path: &str, text: &str| (PathBuf::from(path), text.to_owned());
        let pages = Pages::from([
            page("index.md", "[a](guides/a.md) [b](resources/b.md#x) [c](https://c.example)"),
            page("guides/a.md", "[b](../resources/b.md) [x](#x) [gone](gone.md)"),
            page("resources/b.md", "[up](../../README.md)"),
        ]);
        assert_eq!(
            links(&pages),
            [
                "guides/a.md: the link \"gone.md\" leads nowhere",
                "resources/b.md: the link \"../../README.md\" leads nowhere",
            ]
        );
    }
}
