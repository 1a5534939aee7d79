//! Whole documents, for a reader: `golden/NAME.md` is what `fixtures/NAME.json` gives. To accept
//! what changed, run the tests with `REVIEW_ACCEPT=1` and look at the difference.

use review::{Frame, Reviews, document, review};

use crate::support::{SCHEMAS, check_golden, fixture, rendered};

fn check(name: &str) {
    check_golden(name, &rendered(&fixture(name)));
}

#[test]
fn plans_of_terraform() {
    for name in ["create", "empty", "one-quantity", "replace", "move-and-recreate", "capacity"] {
        check(&format!("terraform-1.11.4/{name}"));
    }
}

#[test]
fn plans_of_opentofu() {
    for name in ["empty", "one-quantity", "replace"] {
        check(&format!("tofu-1.12.6/{name}"));
    }
}

#[test]
fn pictures() {
    let reviews =
        Reviews::One(Box::new(review(&fixture("terraform-1.11.4/capacity"), &SCHEMAS).unwrap()));
    let document = document(&reviews, &Frame::default().with_pictures());
    check_golden("terraform-1.11.4/capacity-mermaid", &document);
}

#[test]
fn plans_written_by_hand() {
    let names = [
        "create", "update", "replace", "unclear", "errored", "nothing", "others", "hostile",
        "cluster",
    ];
    for name in names {
        check(&format!("written/{name}"));
    }
}
