//! What becomes of a response on its way to the client.

use crate::http::Response;

/// What the listener does with a response.
#[derive(Debug, PartialEq)]
pub(crate) enum Delivery {
    Whole(Response),
    /// The last one on its connection.
    Last(Response),
    /// Only so many bytes of the body.
    Truncated(Response, usize),
    Broken(Break),
}

/// How an exchange ends without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    /// It alone, as far as the protocol has it.
    Exchange,
    /// It alone, and the client is told that the request was not looked at.
    Refused,
    /// With all others on its connection.
    Connection,
}
