//! `CallFunction`: arguments become a result.

use super::DynamicValue;
use crate::dyn_types::{DynFunction, panic};
use crate::schema::Attribute;
use crate::server::Server;
use crate::traits::{FunctionError, Signature};
use crate::value::{Value, ValueError};
use vocabulary::Step;

/// A call of one function.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Name of the function.
    pub name: String,
    /// One value per parameter, of the type that [`Signature::argument`] says.
    pub arguments: Vec<DynamicValue>,
}

/// What the function gives back.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Null with an error.
    pub result: DynamicValue,
    /// Why there is no result.
    pub error: Option<Refusal>,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The argument at fault, counted from zero.
    pub argument: Option<usize>,
    /// What is wrong, without a full stop at its end.
    pub text: String,
}

impl Server {
    #[expect(clippy::unused_async, reason = "every call of the protocol is awaited alike")]
    /// Answers `CallFunction`. A function needs no configured provider.
    pub async fn call_function(&self, request: Request) -> Response {
        let result = match panic::catch(|| self.try_call(&request)) {
            Ok(result) => result,
            Err(panic) => Err(self.refusal(&request.name, panic.into())),
        };
        match result {
            Ok(result) => Response { result, error: None },
            Err(error) => Response { result: DynamicValue::default(), error: Some(error) },
        }
    }

    fn try_call(&self, request: &Request) -> Result<DynamicValue, Refusal> {
        let refuse = |error: FunctionError| self.refusal(&request.name, error);
        let Some(function) = self.function(&request.name) else {
            return Err(refuse(FunctionError::new("the provider has no function of that name")));
        };
        let signature = function.signature();
        let arguments = arguments(signature, &request.arguments).map_err(refuse)?;
        let result = function.call(&arguments).map_err(refuse)?;
        DynamicValue::encode_as(&result, &signature.returns).map_err(|error| refuse(error.into()))
    }

    fn refusal(&self, name: &str, error: FunctionError) -> Refusal {
        let signature = self.function(name).map(DynFunction::signature);
        let position = |name: String| signature.and_then(|it| it.position(&name));
        Refusal { argument: error.parameter.and_then(position), text: error.text }
    }
}

/// The arguments by the names of their parameters, each in its shape.
fn arguments(signature: &Signature, values: &[DynamicValue]) -> Result<Value, FunctionError> {
    let parameters = &signature.parameters;
    if values.len() != parameters.len() {
        let text = format!("{} arguments are required, not {}", parameters.len(), values.len());
        return Err(FunctionError::new(text));
    }
    let named = parameters.iter().zip(values).map(|(parameter, value)| {
        let under = |error: ValueError| error.prepend(Step::Attribute(parameter.name.to_owned()));
        Ok((parameter.name, argument(parameter, value).map_err(under)?))
    });
    Ok(Value::map(named.collect::<Result<Vec<_>, ValueError>>()?))
}

fn argument(parameter: &Attribute, value: &DynamicValue) -> Result<Value, ValueError> {
    let value = value.decode_as(&Signature::argument(parameter))?.conform(&parameter.shape())?;
    if value.is_null() && !parameter.may_be_null() {
        return Err(ValueError::new("it must not be null"));
    }
    Ok(value)
}
