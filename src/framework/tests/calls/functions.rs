//! What is told of the arguments of a function.

use framework::calls::call_function::Refusal;
use framework::{Server, Signature, Type};
use serde_json::{Value as Json, json};
use testing::call_function;
use testing::toy::Toy;

async fn repeated(arguments: &[Json]) -> Json {
    call_function(&Server::new::<Toy>(), "repeat", arguments).await.expect("a result")
}

async fn refused(name: &str, arguments: &[Json]) -> (Option<usize>, String) {
    let called = call_function(&Server::new::<Toy>(), name, arguments).await;
    let Refusal { argument, text } = called.expect_err("an error");
    (argument, text)
}

#[tokio::test]
async fn arguments_may_be_null_and_attributes_left_out() {
    let none = repeated(&[json!("a"), Json::Null, Json::Null]).await;
    assert_eq!(none, json!({ "text": "a", "marks": null }));
    let dashed = repeated(&[json!("a"), json!(3), json!({ "between": "-" })]).await;
    assert_eq!(dashed, json!({ "text": "a-a-a", "marks": null }));
    let marked = json!({ "marks": { "x": "1", "y": 2 } });
    let marked = repeated(&[json!("a"), json!(1), marked]).await;
    assert_eq!(marked, json!({ "text": "a", "marks": 2 }));
}

#[tokio::test]
async fn an_error_says_which_argument_and_where_in_it() {
    let other = |style: Json| [json!("a"), Json::Null, style];
    for (arguments, argument, text) in [
        ([json!("a"), json!(0), Json::Null], 1, "nothing is repeated no times"),
        ([json!("a"), json!(1.5), Json::Null], 1, "a whole number from 0 to 255 is required"),
        ([Json::Null, Json::Null, Json::Null], 0, "it must not be null"),
        (
            other(json!({ "betwen": "-" })),
            2,
            "betwen: there is no such attribute, only between, marks",
        ),
        (
            other(json!({ "marks": { "x": [] } })),
            2,
            "marks[\"x\"]: a string is required, not a list",
        ),
    ] {
        assert_eq!(refused("repeat", &arguments).await, (Some(argument), text.to_owned()));
    }
}

#[tokio::test]
async fn what_is_no_call_at_all_is_an_error_of_no_argument() {
    let few = (None, "3 arguments are required, not 0".to_owned());
    assert_eq!(refused("repeat", &[]).await, few);
    let (_, text) = refused("reverse", &[]).await;
    assert_eq!(text, "the provider has no function of that name");
    let (argument, text) = refused("repeat", &[json!("panic"), Json::Null, Json::Null]).await;
    assert!(argument.is_none() && text.contains("is broken"), "{text}");
}

#[test]
fn hosts_are_told_any_type_where_attributes_may_be_left_out() {
    let server = Server::new::<Toy>();
    let parameters = server.schemas().functions["repeat"].parameters.iter();
    let told: Vec<_> = parameters.map(Signature::argument).collect();
    assert_eq!(told, [Type::String, Type::Number, Type::Dynamic]);
}
