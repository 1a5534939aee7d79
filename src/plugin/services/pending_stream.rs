//! A stream that says nothing until the process ends.

use std::pin::Pin;
use std::task::{Context, Poll};

use tonic::Status;
use tonic::codegen::BoxStream;
use tonic::codegen::tokio_stream::Stream;

use crate::shutdown::ShutdownSwitch;

/// An open stream keeps the host from closing a connection that is idle for half an hour.
pub(crate) fn pending_stream<T: 'static>(switch: &ShutdownSwitch) -> BoxStream<T> {
    let switch = switch.clone();
    let end = async move {
        switch.wait().await;
    };
    Box::pin(PendingStream { end: Box::pin(end), nothing: std::marker::PhantomData })
}

struct PendingStream<T> {
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    nothing: std::marker::PhantomData<fn() -> T>,
}

impl<T> Stream for PendingStream<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.end.as_mut().poll(context).map(|()| None)
    }
}
