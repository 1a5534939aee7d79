//! A panic in an author's code, caught and turned into a failure.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::context::Failure;
use vocabulary::Diagnostic;

/// Runs `call`; a panic in it is a failure.
pub(crate) fn catch<T>(call: impl FnOnce() -> T) -> Result<T, Failure> {
    // What the call leaves half done is either dropped or, like what was saved, true as it stands.
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| failure(&*panic))
}

/// Runs `call`; a panic in it is a failure beside its own.
pub(crate) fn catch_result<T, E: Into<Failure>>(
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, Failure> {
    flatten(catch(call))
}

/// Runs a call that waits; a panic in it, whenever it comes, is a failure beside its own.
pub(crate) async fn catch_async<T, E: Into<Failure>>(
    call: impl Future<Output = Result<T, E>> + Send,
) -> Result<T, Failure> {
    flatten(CatchPanic(Box::pin(call)).await)
}

fn flatten<T, E: Into<Failure>>(result: Result<Result<T, E>, Failure>) -> Result<T, Failure> {
    result.and_then(|result| result.map_err(Into::into))
}

struct CatchPanic<F>(Pin<Box<F>>);

impl<F: Future> Future for CatchPanic<F> {
    type Output = Result<F::Output, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match catch(|| self.0.as_mut().poll(context)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(failure) => Poll::Ready(Err(failure)),
        }
    }
}

fn failure(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    let detail = format!(
        "The provider gave up on this call: {text}\n\n\
         This is a bug in the provider, which should be reported in its issue tracker."
    );
    Diagnostic::error("Provider panicked").detail(detail).into()
}
