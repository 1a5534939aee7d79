//! The twin of a function: values become arguments here.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::caught::sync;
use crate::function::{Function, FunctionError, Signature};
use crate::value::{Value, ValueError, model};

pub(crate) trait FunctionTwin: Send + Sync {
    fn signature(&self) -> &Arc<Signature>;
    /// `arguments` are by the names of their parameters, each in the shape of its own.
    fn call(&self, arguments: &Value) -> Result<Value, FunctionError>;
    /// Whether the arguments can be read at all.
    fn reads(&self, arguments: &Value) -> Result<(), ValueError>;
}

/// A function behind its twin.
pub(crate) struct ErasedFunction<F> {
    signature: Arc<Signature>,
    author: PhantomData<fn() -> F>,
}

impl<F: Function> ErasedFunction<F> {
    pub(crate) fn new() -> Self {
        Self { signature: Arc::new(F::signature()), author: PhantomData }
    }
}

impl<F: Function> FunctionTwin for ErasedFunction<F> {
    fn signature(&self) -> &Arc<Signature> {
        &self.signature
    }

    fn call(&self, arguments: &Value) -> Result<Value, FunctionError> {
        let arguments: F::Arguments = model::from_value(arguments)?;
        let output = sync(|| F::call(arguments))??;
        model::to_value(&output, &self.signature.returns).map_err(|misfit| {
            let told = "which is a bug in the provider";
            FunctionError::new(format!("the result does not fit its type ({misfit}), {told}"))
        })
    }

    fn reads(&self, arguments: &Value) -> Result<(), ValueError> {
        model::from_value::<F::Arguments>(arguments).map(drop)
    }
}
