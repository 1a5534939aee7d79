//! What an author writes for one function.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::Failure;
use crate::schema::Attribute;
use crate::value::{Type, ValueError};
use vocabulary::{Path, Step};

/// One function. It is pure: the same arguments give the same result, without a configured
/// provider, network or clock.
pub trait Function: Sized + Send + Sync + 'static {
    /// Name, as users write it after the provider's: `provider::toy::repeat`.
    const NAME: &'static str;
    /// One field per parameter. Nothing in it is unknown: hosts answer such a call themselves.
    type Arguments: DeserializeOwned;
    /// What the call gives back; it must fit [`Signature::returns`].
    type Output: Serialize;

    /// What users may hand over and what they are given.
    fn signature() -> Signature;

    /// The result, or why there is none.
    fn call(arguments: Self::Arguments) -> Result<Self::Output, FunctionError>;
}

/// What a function takes and gives.
#[derive(Clone, Debug)]
pub struct Signature {
    /// A sentence, without Markdown.
    pub summary: &'static str,
    /// What it does, in Markdown.
    pub help: String,
    /// In the order of the arguments. One that is required is never null.
    pub parameters: Vec<Attribute>,
    /// The type of the result.
    pub returns: Type,
}

impl Signature {
    /// A function without parameters.
    pub fn new(summary: &'static str, returns: Type) -> Self {
        Self { summary, help: String::new(), parameters: Vec::new(), returns }
    }

    /// Says what the function does, in Markdown.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }

    /// Adds parameters.
    #[must_use]
    pub fn with(mut self, parameters: impl IntoIterator<Item = Attribute>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// The type that hosts are told for a parameter.
    ///
    /// Hosts want every attribute of an object that is an argument to be written. So that users may
    /// leave some out, as in a resource, a parameter with objects in it takes a value of any type,
    /// which is brought into its shape here.
    pub fn argument(parameter: &Attribute) -> Type {
        let shape = parameter.shape();
        if has_objects(&shape) { Type::Dynamic } else { shape }
    }

    /// The position of a parameter.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|parameter| parameter.name == name)
    }
}

fn has_objects(shape: &Type) -> bool {
    match shape {
        Type::Object(_) => true,
        Type::List(element) | Type::Set(element) | Type::Map(element) => has_objects(element),
        Type::Tuple(elements) => elements.iter().any(has_objects),
        Type::Bool | Type::Number | Type::String | Type::Dynamic => false,
    }
}

/// Why a function gives no result. Hosts show it after "Call to function … failed", or "Invalid
/// value for … parameter", and put a full stop behind it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// The parameter whose argument is at fault.
    pub parameter: Option<String>,
    /// What is wrong, where in the argument, and what to do: without a full stop at its end.
    pub text: String,
}

impl FunctionError {
    /// An error of no argument alone.
    pub fn new(text: impl Into<String>) -> Self {
        Self { parameter: None, text: text.into() }
    }

    /// An error of the argument of that parameter.
    pub fn at(parameter: &str, text: impl Into<String>) -> Self {
        Self { parameter: Some(parameter.to_owned()), text: text.into() }
    }
}

/// The first step of the error's path is the parameter.
impl From<ValueError> for FunctionError {
    fn from(ValueError { path, message }: ValueError) -> Self {
        let mut steps = path.steps().iter();
        let Some(Step::Attribute(parameter)) = steps.next() else { return Self::new(message) };
        let inside = steps.cloned().fold(Path::root(), Path::step).to_string();
        match inside.trim_start_matches('.') {
            "" => Self::at(parameter, message),
            inside => Self::at(parameter, format!("{inside}: {message}")),
        }
    }
}

/// A panic.
impl From<Failure> for FunctionError {
    fn from(failure: Failure) -> Self {
        let found = failure.into_diagnostics();
        let texts = found.iter().map(|it| format!("{}: {}", it.summary, it.detail));
        Self::new(texts.collect::<Vec<_>>().join("\n").trim_end_matches('.'))
    }
}
