//! `quantity_equal`: whether two spellings are the same amount.

use aml::Quantity;
use framework::{Function, FunctionError, Signature, Type, text};
use serde::Deserialize;

use super::with_fix;

pub(crate) struct QuantityEqual;

#[derive(Deserialize)]
pub(crate) struct Arguments {
    a: String,
    b: String,
}

impl Function for QuantityEqual {
    const NAME: &'static str = "quantity_equal";
    type Arguments = Arguments;
    type Output = bool;

    fn signature() -> Signature {
        Signature::new("Says whether two Kubernetes quantities are the same amount.", Type::Bool)
            .help(
                "Says whether two Kubernetes quantities are the same amount: `1000m` is `1`, and \
                 `16Gi` is `16384Mi`.",
            )
            .with([
                text("a").required().help("A quantity, such as `500m` or `16Gi`."),
                text("b").required().help("Another quantity."),
            ])
    }

    fn call(Arguments { a, b }: Arguments) -> Result<bool, FunctionError> {
        Ok(quantity("a", &a)? == quantity("b", &b)?)
    }
}

fn quantity(parameter: &str, text: &str) -> Result<Quantity, FunctionError> {
    text.parse().map_err(|error: aml::QuantityError| {
        FunctionError::at(parameter, with_fix(&error.to_string(), &Quantity::fix(text)))
    })
}
