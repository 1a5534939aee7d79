//! `repeat`: a function with every kind of parameter, and what is told of its arguments.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::Toy;
use crate::calls::call_function::{Refusal, Request, Response};
use crate::{
    Attr, DynamicValue, Function, FunctionError, Server, Signature, Type, number, object, text,
    text_map,
};

pub(crate) struct Repeat;

#[derive(Deserialize)]
pub(crate) struct Arguments {
    text: String,
    times: Option<u8>,
    style: Attr<Style>,
}

#[derive(Deserialize)]
struct Style {
    between: Attr<String>,
    marks: Attr<std::collections::BTreeMap<String, String>>,
}

#[derive(Serialize)]
pub(crate) struct Repeated {
    text: String,
    marks: Attr<i64>,
}

impl Function for Repeat {
    const NAME: &'static str = "repeat";
    type Arguments = Arguments;
    type Output = Repeated;

    fn signature() -> Signature {
        let style = [
            text("between").optional().help("What stands between."),
            text_map("marks").optional().help("Marks."),
        ];
        let returns = Type::object([("text", Type::String), ("marks", Type::Number)]);
        Signature::new("Repeats a text.", returns).help("Repeats a `text`.").with([
            text("text").required().help("The text."),
            number("times").optional().help("How often; once where it is null."),
            object("style", style).optional().help("How."),
        ])
    }

    fn call(Arguments { text, times, style }: Arguments) -> Result<Repeated, FunctionError> {
        assert!(text != "panic", "this toy is broken");
        if times == Some(0) {
            return Err(FunctionError::at("times", "nothing is repeated no times"));
        }
        let between = style.known().and_then(|style| style.between.known().cloned());
        let texts = vec![text; usize::from(times.unwrap_or(1))];
        let marks = style.known().and_then(|style| style.marks.known());
        let marks = marks.and_then(|marks| i64::try_from(marks.len()).ok());
        Ok(Repeated { text: texts.join(&between.unwrap_or_default()), marks: marks.into() })
    }
}

async fn call(name: &str, arguments: &[Json]) -> Response {
    let json = |argument: &Json| DynamicValue {
        json: argument.to_string().into(),
        ..DynamicValue::default()
    };
    let arguments = arguments.iter().map(json).collect();
    Server::new::<Toy>().call_function(Request { name: name.to_owned(), arguments }).await
}

/// An object whose attributes are texts or maps of texts, as it crosses the wire.
fn style(value: &Json, types: &Json) -> Json {
    json!({ "type": ["object", types], "value": value })
}

async fn repeated(arguments: &[Json]) -> Json {
    let answer = call("repeat", arguments).await;
    assert_eq!(answer.error, None);
    let returns = Repeat::signature().returns;
    let result = answer.result.decode_as(&returns).expect("it opens");
    serde_json::from_slice(&result.to_json(&returns).expect("it is known")).expect("JSON")
}

async fn refused(arguments: &[Json]) -> (Option<usize>, String) {
    let Refusal { argument, text } = call("repeat", arguments).await.error.expect("an error");
    (argument, text)
}

#[tokio::test]
async fn arguments_may_be_null_and_attributes_left_out() {
    let none = repeated(&[json!("a"), Json::Null, Json::Null]).await;
    assert_eq!(none, json!({ "text": "a", "marks": null }));
    let dashed = style(&json!({ "between": "-" }), &json!({ "between": "string" }));
    let dashed = repeated(&[json!("a"), json!(3), dashed]).await;
    assert_eq!(dashed, json!({ "text": "a-a-a", "marks": null }));
    let types = json!({ "marks": ["object", { "x": "string", "y": "number" }] });
    let marked = style(&json!({ "marks": { "x": "1", "y": 2 } }), &types);
    let marked = repeated(&[json!("a"), json!(1), marked]).await;
    assert_eq!(marked, json!({ "text": "a", "marks": 2 }));
}

#[tokio::test]
async fn an_error_says_which_argument_and_where_in_it() {
    let other = |style: Json| [json!("a"), Json::Null, style];
    let (misspelt, types) = (json!({ "betwen": "-" }), json!({ "betwen": "string" }));
    let wrong =
        style(&json!({ "marks": { "x": [] } }), &json!({ "marks": ["map", ["list", "string"]] }));
    for (arguments, argument, text) in [
        ([json!("a"), json!(0), Json::Null], 1, "nothing is repeated no times"),
        ([json!("a"), json!(1.5), Json::Null], 1, "a whole number from 0 to 255 is required"),
        ([Json::Null, Json::Null, Json::Null], 0, "it must not be null"),
        (
            other(style(&misspelt, &types)),
            2,
            "betwen: there is no such attribute, only between, marks",
        ),
        (other(wrong), 2, "marks[\"x\"]: a string is required, not a list"),
    ] {
        assert_eq!(refused(&arguments).await, (Some(argument), text.to_owned()));
    }
}

#[tokio::test]
async fn what_is_no_call_at_all_is_an_error_of_no_argument() {
    let few = (None, "3 arguments are required, not 0".to_owned());
    assert_eq!(refused(&[]).await, few);
    let strange = call("reverse", &[]).await.error.expect("an error");
    assert_eq!(strange.text, "the provider has no function of that name");
    let (argument, text) = refused(&[json!("panic"), Json::Null, Json::Null]).await;
    assert!(argument.is_none() && text.contains("this toy is broken"), "{text}");
}

#[test]
fn hosts_are_told_any_type_where_attributes_may_be_left_out() {
    let told: Vec<_> = Repeat::signature().parameters.iter().map(Signature::argument).collect();
    assert_eq!(told, [Type::String, Type::Number, Type::Dynamic]);
}
