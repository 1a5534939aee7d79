//! Objects that another provider's type managed until now.

use framework::Server;
use serde_json::{Value as Json, json};
use testing::Core;
use testing::toy::Toy;

use crate::summaries;

/// Nobody configured it: a move comes before that.
fn core() -> Core {
    Core::new("thing", Server::new::<Toy>())
}

#[tokio::test]
async fn an_object_of_another_type_is_taken_over_from_any_registry() {
    let source = json!({ "title": "a", "rest": [1] });
    let hosts = ["registry.terraform.io", "registry.opentofu.org", "mirror.example.com"];
    let addresses = hosts.map(|host| format!("{host}/acme/old"));
    // OpenTofu 1.10 sends no more than that.
    for address in addresses.iter().map(String::as_str).chain(["old"]) {
        let mut core = core();
        let told = core.move_state(address, "old_thing", &source).await;
        assert_eq!(told, [""; 0]);
        let state = core.state();
        assert_eq!((&state["name"], &state["note"]), (&json!("a"), &json!("old")));
        assert_eq!(state["timeouts"], Json::Null);
        assert!(core.identity.is_some());
        assert_eq!(core.private, br#"{"moved":true}"#);
    }
}

#[tokio::test]
async fn what_cannot_be_taken_over_says_what_can() {
    let named = json!({ "title": "a" });
    let mut core = core();
    for (address, type_name, state) in [
        ("registry.terraform.io/acme/other", "old_thing", &named),
        ("registry.terraform.io/acme/old", "old_other", &named),
        ("other", "old_thing", &named),
        ("registry.terraform.io/acme/old", "old_thing", &json!({})),
    ] {
        let told = core.move_state(address, type_name, state).await;
        assert_eq!(summaries(&told), ["error : Move is not supported"]);
        assert!(told[0].contains("takes over old_thing"), "{told:#?}");
        assert!(core.state().is_null());
    }
    let junk = json!("secret");
    let told = core.move_state("registry.terraform.io/acme/old", "old_thing", &junk).await;
    assert_eq!(summaries(&told), ["error : State to be moved cannot be read"]);
    assert!(!told[0].contains("secret"), "{told:#?}");
}
