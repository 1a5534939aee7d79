//! Functions as the host reads them, and what it reads of their calls.

use framework::schema::Attribute;
use framework::{Signature, calls};

use super::request::from_wire;
use super::response::to_wire;
use super::text::printable;
use crate::proto::tfplugin6::function as wire;
use crate::proto::tfplugin6::{Function, FunctionError, StringKind, call_function};

/// The signature of one function.
pub(crate) fn function(own: &Signature) -> Function {
    Function {
        parameters: own.parameters.iter().map(parameter).collect(),
        variadic_parameter: None,
        r#return: Some(wire::Return { r#type: own.returns.to_json() }),
        summary: own.summary.to_owned(),
        description: own.help.clone(),
        description_kind: StringKind::Markdown.into(),
        deprecation_message: String::new(),
    }
}

fn parameter(own: &Attribute) -> wire::Parameter {
    wire::Parameter {
        name: own.name.to_owned(),
        r#type: Signature::argument(own).to_json(),
        allow_null_value: own.may_be_null(),
        // A host then answers by itself that the result is not known either.
        allow_unknown_values: false,
        description: own.help.clone(),
        description_kind: StringKind::Markdown.into(),
    }
}

impl From<call_function::Request> for calls::call_function::Request {
    fn from(wire: call_function::Request) -> Self {
        let arguments = wire.arguments.into_iter().map(|argument| from_wire(Some(argument)));
        Self { name: wire.name, arguments: arguments.collect() }
    }
}

impl From<calls::call_function::Response> for call_function::Response {
    fn from(own: calls::call_function::Response) -> Self {
        let error = own.error.map(|error| FunctionError {
            // Hosts put a full stop behind it.
            text: printable(error.text.trim_end_matches('.')),
            function_argument: error.argument.and_then(|at| i64::try_from(at).ok()),
        });
        // A host opens the result of a call that failed not at all.
        let result = error.is_none().then(|| to_wire(own.result));
        Self { result, error }
    }
}
