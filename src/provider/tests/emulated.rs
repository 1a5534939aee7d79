//! The emulator as a transport, without a socket.

use azure::{Request, Response, TransportError};
use emulator::InProcess;

/// Of an answer, all that the client goes by.
const HEADERS: [&str; 8] = [
    "azure-asyncoperation",
    "content-type",
    "location",
    "retry-after",
    "x-ms-ratelimit-remaining-subscription-deletes",
    "x-ms-ratelimit-remaining-subscription-reads",
    "x-ms-ratelimit-remaining-subscription-writes",
    "x-ms-request-id",
];

pub(super) async fn send(
    emulator: &InProcess, request: &Request,
) -> Result<Response, TransportError> {
    let target = format!("{}?{}", request.url.path(), request.url.query().unwrap_or_default());
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect();
    let body = request.body.clone().unwrap_or_default();
    let answer = emulator.exchange(request.method.as_str(), &target, headers, body).await;
    let answer = answer.ok_or_else(|| TransportError::Interrupted("it was reset".to_owned()))?;
    let mut response = Response::new(answer.status, answer.body);
    for (name, value) in &answer.headers {
        let known = HEADERS.iter().find(|known| known.eq_ignore_ascii_case(name));
        if let Some(known) = known {
            response.headers.insert(*known, value.parse().expect("it is a header"));
        }
    }
    Ok(response)
}
