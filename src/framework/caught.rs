//! A panic in an author's code, caught and turned into a failure.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::failure::Failure;
use vocabulary::Diagnostic;

/// A future behind a twin.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs `call`; a panic in it is a failure.
pub(crate) fn sync<T>(call: impl FnOnce() -> T) -> Result<T, Failure> {
    // What the call leaves half done is either dropped or, like what was saved, true as it stands.
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| bug(&*panic))
}

/// Runs a call that waits; a panic in it, whenever it comes, is a failure.
pub(crate) async fn caught<F: Future + Send>(call: F) -> Result<F::Output, Failure> {
    Caught(Box::pin(call)).await
}

struct Caught<F>(Pin<Box<F>>);

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match sync(|| self.0.as_mut().poll(cx)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(failure) => Poll::Ready(Err(failure)),
        }
    }
}

fn bug(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    let detail = format!(
        "The provider gave up on this call: {text}\n\n\
         This is a bug in the provider, which should be reported in its issue tracker."
    );
    Diagnostic::error("Provider panicked").detail(detail).into()
}
