//! One request and its complete answer.

use std::io;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use tokio::time::Duration;

use super::body::Body;
use super::failure::Failure;
use super::transport::{Request, Transport};
use crate::error::Error;

/// The longest that one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(30);
/// No answer of an API server is larger: pages are limited.
const MAX_BODY_BYTES: usize = 64 << 20;

/// A complete answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Sends once and reads the whole answer.
pub(super) async fn send(transport: &dyn Transport, request: Request) -> Result<Answer, Failure> {
    match tokio::time::timeout(TRY_TIMEOUT, send_and_read(transport, request)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::interrupted(format!(
            "no complete answer within {} s",
            TRY_TIMEOUT.as_secs()
        ))),
    }
}

async fn send_and_read(transport: &dyn Transport, request: Request) -> Result<Answer, Failure> {
    let answer = transport.send(request).await.map_err(|error| Failure::classify(&*error))?;
    let (head, mut incoming) = answer.into_parts();
    let mut body = Body::new(&head.headers, MAX_BODY_BYTES);
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Failure::classify(&*error))?;
        if let Some(part) = frame.data_ref() {
            body = body.add(part).map_err(|error| unreadable(&error))?;
        }
    }
    let body = body.finish().map_err(|error| unreadable(&error))?;
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
}

fn unreadable(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Failure::final_error(Error::Unreachable {
            why: format!("an answer is larger than {} MiB", MAX_BODY_BYTES >> 20),
        }),
        _ => Failure::interrupted(format!("an answer cannot be decompressed: {error}")),
    }
}

impl Answer {
    /// The body of a success.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| Error::Unreachable {
            why: format!("an answer is not what an API server sends: {}", place(&error)),
        })
    }

    /// The pause that the server asks for.
    pub(super) fn requested_pause(&self) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = httpdate::parse_http_date(text).ok()?;
        let date = self.headers.get(http::header::DATE).and_then(|date| date.to_str().ok());
        let now = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let now = now.unwrap_or_else(std::time::SystemTime::now);
        Some(until.duration_since(now).unwrap_or_default())
    }
}

/// Where and why JSON cannot be read, without a word of it.
fn place(error: &serde_json::Error) -> String {
    let why = match error.classify() {
        serde_json::error::Category::Data => "an unexpected member",
        serde_json::error::Category::Eof => "it ends early",
        _ => "no JSON",
    };
    format!("{why} at line {}, column {}", error.line(), error.column())
}
