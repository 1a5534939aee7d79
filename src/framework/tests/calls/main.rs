//! What the calls of a server answer: a toy provider, asked as a host asks.

mod checks;
mod functions;
mod identities;
mod lifecycle;
mod lists;
mod moves;
mod other_calls;
mod plans;

use testing::toy::Toy;

/// Messages without their details.
fn summaries(told: &[String]) -> Vec<&str> {
    told.iter().map(|text| text.split_once(" | ").map_or(text.as_str(), |(head, _)| head)).collect()
}

#[test]
fn a_provider_that_holds_the_contract_is_found_to() {
    assert_eq!(framework::conformance::<Toy>(), [""; 0]);
}
