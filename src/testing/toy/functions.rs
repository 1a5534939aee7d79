//! `repeat`: a function with every kind of parameter.

use framework::{Attr, Function, FunctionError, Signature, Type, number, object, text, text_map};
use serde::{Deserialize, Serialize};

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
        assert!(text != "panic", "this toy\nis broken");
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
