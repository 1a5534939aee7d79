//! Objects that another provider's type managed until now.

use serde_json::{Value as Json, json};

use super::Toy;
use super::client::THING;
use crate::calls::move_resource_state::{Request, Response};
use crate::value::Value;
use crate::{Private, Server};

async fn move_state(address: &str, type_name: &str, state: &Json) -> Response {
    // Nobody configured it: a move comes before that.
    let server = Server::new::<Toy>();
    let request = Request {
        source_provider_address: address.to_owned(),
        source_type_name: type_name.to_owned(),
        source_state: state.to_string().into_bytes(),
        target_type_name: THING.to_owned(),
        ..Request::default()
    };
    server.move_resource_state(request).await
}

#[tokio::test]
async fn an_object_of_another_type_is_taken_over_from_any_registry() {
    let state = json!({ "title": "a", "rest": [1] });
    for host in ["registry.terraform.io", "registry.opentofu.org", "mirror.example.com"] {
        let response = move_state(&format!("{host}/acme/old"), "old_thing", &state).await;
        assert!(response.diagnostics.is_empty(), "{:?}", response.diagnostics);
        let schema = &Server::new::<Toy>().schemas().resources[THING].clone();
        let state = response.target_state.decode(schema).expect("it fits");
        assert_eq!(state.get("name"), Some(&Value::from("a")));
        assert_eq!(state.get("note"), Some(&Value::from("old")));
        assert_eq!(state.get("timeouts"), Some(&Value::Null));
        assert!(response.target_identity.is_some());
        assert_eq!(Private::from_bytes(response.target_private).get("moved"), Some(true));
    }
}

#[tokio::test]
async fn what_cannot_be_taken_over_says_what_can() {
    let named = json!({ "title": "a" });
    for (address, type_name, state) in [
        ("registry.terraform.io/acme/other", "old_thing", &named),
        ("registry.terraform.io/acme/old", "old_other", &named),
        ("old", "old_thing", &named),
        ("registry.terraform.io/acme/old", "old_thing", &json!({})),
    ] {
        let response = move_state(address, type_name, state).await;
        let [found] = &response.diagnostics.iter().collect::<Vec<_>>()[..] else {
            panic!("one error: {:?}", response.diagnostics)
        };
        assert_eq!(found.summary, "Move is not supported");
        assert!(found.detail.contains("takes over old_thing"), "{}", found.detail);
        assert!(response.target_state.is_null());
    }
    let response =
        move_state("registry.terraform.io/acme/old", "old_thing", &json!("secret")).await;
    let found = response.diagnostics.iter().next().expect("an error");
    assert_eq!(found.summary, "State to be moved cannot be read");
    assert!(!found.detail.contains("secret"), "{}", found.detail);
}
