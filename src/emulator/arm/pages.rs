//! Lists in pages, each with the link to the next.

use serde_json::{Value, json};

use super::Site;
use crate::http::{Answer, Request};

/// How many entries a page has: few, so that whoever reads only the first page is found out.
const PAGE: usize = 3;

/// The page of a list that a request asks for by the parameter `token`.
pub(super) fn page(all: Vec<Value>, token: &str, request: &Request, site: &Site<'_>) -> Answer {
    let asked = request.parameter(token).and_then(|token| token.parse().ok());
    let begins = asked.unwrap_or_default();
    let rest = all.len().saturating_sub(begins) > PAGE;
    let value: Vec<_> = all.into_iter().skip(begins).take(PAGE).collect();
    let next = rest.then(|| {
        let query = request.query.split('&').filter(|pair| !is(pair, token));
        let query = query.collect::<Vec<_>>().join("&");
        format!("{}{}?{query}&{token}={}", site.origin, request.path, begins + PAGE)
    });
    Answer::json(200, json!({"value": value, "nextLink": next}))
}

/// Whether a pair of a query gives that parameter; its `$` may be encoded.
fn is(pair: &str, token: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().replace("%24", "$");
    name.eq_ignore_ascii_case(token)
}
