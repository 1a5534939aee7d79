//! Lists in pages with a `nextLink`.

use serde_json::{Value, json};

use super::RequestContext;
use crate::http::Response;

/// The page that the query parameter `token` asks for.
pub(super) fn page(all: Vec<Value>, token: &str, context: &RequestContext<'_>) -> Response {
    let (request, size) = (context.request, context.options.page_size);
    let start = request.parameter(token).and_then(|token| token.parse().ok());
    let start = start.unwrap_or_default();
    let has_more = all.len().saturating_sub(start) > size;
    let value: Vec<_> = all.into_iter().skip(start).take(size).collect();
    let next = has_more.then(|| {
        let query = request.query.split('&').filter(|pair| !is_parameter(pair, token));
        let query = query.collect::<Vec<_>>().join("&");
        format!("{}{}?{query}&{token}={}", context.origin, request.path, start + size)
    });
    Response::json(200, json!({"value": value, "nextLink": next}))
}

/// The `$` of the name may be encoded.
fn is_parameter(pair: &str, token: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().replace("%24", "$");
    name.eq_ignore_ascii_case(token)
}
