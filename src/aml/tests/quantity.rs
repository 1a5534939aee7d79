//! Quantities against the vectors of Kubernetes' own tests (`kubernetes/apimachinery@eed236c`,
//! `pkg/api/resource/quantity_test.go`).

use aml::Quantity;
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn every_vector_of_kubernetes_holds() {
    let vectors: Value = serde_json::from_str(include_str!("fixtures/k8s-quantity.json")).unwrap();
    let list = |name: &str| vectors[name].as_array().unwrap().clone();
    let canonical = list("canonical");
    for pair in &canonical {
        let (text, expected) = (pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
        let read: Quantity = text.parse().unwrap();
        assert_eq!(read.canonical(), expected, "{text}");
        assert_eq!(read, expected.parse().unwrap(), "{text}");
    }
    let accepted = list("accepted");
    for text in accepted.iter().filter_map(Value::as_str) {
        assert!(text.parse::<Quantity>().is_ok(), "{text}");
    }
    let rejected = list("rejected");
    for text in rejected.iter().filter_map(Value::as_str) {
        assert!(text.parse::<Quantity>().is_err(), "{text}");
        let fix = Quantity::fix(text);
        assert!(fix.starts_with("did you mean `") || fix.starts_with("write a number"), "{fix}");
    }
    assert_eq!((canonical.len(), accepted.len(), rejected.len()), (55, 96, 12));
}

proptest! {
    // A failing case is in the message; a file beside the sources would be taken for a crate.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_canonical_text_means_the_same(text in "[+-]?[0-9]{0,22}\\.?[0-9]{0,14}(n|u|m|k|M|G|T|Ki|Mi|Gi|Ei|e-?[0-9]{1,2})?") {
        if let Ok(read) = text.parse::<Quantity>() {
            prop_assert_eq!(&read.canonical().parse::<Quantity>().unwrap(), &read);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        let read = text.parse::<Quantity>();
        prop_assert!(read.is_err() || read.unwrap().as_str() == text);
        Quantity::did_you_mean(&text);
    }

    #[test]
    fn whole_numbers_compare_as_such(a in any::<u32>(), b in any::<u32>(), unit in "(Ki|Mi|k|m)?") {
        let read = |number: u32| format!("{number}{unit}").parse::<Quantity>().unwrap();
        prop_assert_eq!(read(a).cmp(&read(b)), a.cmp(&b));
    }
}
