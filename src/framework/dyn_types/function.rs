//! A [`Function`] without its types.

use std::marker::PhantomData;
use std::sync::Arc;

use super::panic;
use crate::traits::{Function, FunctionError, Signature};
use crate::value::{Value, ValueError, model};

pub(crate) trait DynFunction: Send + Sync {
    fn signature(&self) -> &Arc<Signature>;
    /// `arguments` are by the names of their parameters, each in the shape of its own.
    fn call(&self, arguments: &Value) -> Result<Value, FunctionError>;
    /// Whether the arguments can be read at all.
    fn check_arguments(&self, arguments: &Value) -> Result<(), ValueError>;
}

pub(crate) struct FunctionAdapter<F> {
    signature: Arc<Signature>,
    function: PhantomData<fn() -> F>,
}

impl<F: Function> FunctionAdapter<F> {
    pub(crate) fn new() -> Self {
        Self { signature: Arc::new(F::signature()), function: PhantomData }
    }
}

impl<F: Function> DynFunction for FunctionAdapter<F> {
    fn signature(&self) -> &Arc<Signature> {
        &self.signature
    }

    fn call(&self, arguments: &Value) -> Result<Value, FunctionError> {
        let arguments: F::Arguments = model::from_value(arguments)?;
        let output = panic::catch(|| F::call(arguments))??;
        model::to_value(&output, &self.signature.returns).map_err(|mismatch| {
            let why = "which is a bug in the provider";
            FunctionError::new(format!("the result does not fit its type ({mismatch}), {why}"))
        })
    }

    fn check_arguments(&self, arguments: &Value) -> Result<(), ValueError> {
        model::from_value::<F::Arguments>(arguments).map(drop)
    }
}
