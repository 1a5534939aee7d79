//! Whole documents, for a reader: `golden/NAME.md` is what `fixtures/NAME.json` gives. To accept
//! what changed, run the tests with `REVIEW_ACCEPT=1` and look at the difference.

use crate::support::{fixture, path, rendered};

fn check(name: &str) {
    let golden = path("golden", &format!("{name}.md"));
    let document = rendered(&fixture(name));
    if std::env::var_os("REVIEW_ACCEPT").is_some() {
        std::fs::write(&golden, &document).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    assert!(document == expected, "{} differs from:\n{document}", golden.display());
}

#[test]
fn create() {
    check("create");
}

#[test]
fn update() {
    check("update");
}

#[test]
fn replace() {
    check("replace");
}

#[test]
fn unclear() {
    check("unclear");
}

#[test]
fn errored() {
    check("errored");
}

#[test]
fn nothing() {
    check("nothing");
}

#[test]
fn others() {
    check("others");
}

#[test]
fn hostile() {
    check("hostile");
}
