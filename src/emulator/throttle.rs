//! Azure Resource Manager's token bucket: per principal and region, one each for reads, writes
//! and deletes.

use std::collections::BTreeMap;

use serde_json::json;
use tokio::time::Instant;

use crate::http::{Request, Response};
use crate::names::error_code;

/// The buckets by principal (its token) and kind of request.
#[derive(Debug, Default)]
pub(crate) struct Throttle(BTreeMap<(String, &'static str), Bucket>);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    refilled_at: Instant,
}

/// The limit of one kind of request, as the documentation of Resource Manager gives it.
struct RateLimit {
    kind: &'static str,
    burst: f64,
    per_second: f64,
}

impl Throttle {
    /// Takes a token. Returns the header with the remaining number, or the refusal.
    pub(crate) fn take(
        &mut self, request: &Request, now: Instant,
    ) -> Result<(String, String), Response> {
        let limit = rate_limit(&request.method);
        let principal = request.headers.get("authorization").cloned().unwrap_or_default();
        let full = Bucket { tokens: limit.burst, refilled_at: now };
        let bucket = self.0.entry((principal, limit.kind)).or_insert(full);
        let elapsed = now.duration_since(bucket.refilled_at).as_secs_f64();
        bucket.tokens = (bucket.tokens + elapsed * limit.per_second).min(limit.burst);
        bucket.refilled_at = now;
        let header = format!("x-ms-ratelimit-remaining-subscription-{}", limit.kind);
        if bucket.tokens < 1.0 {
            return Err(too_many_requests(limit.kind).with(&header, "0"));
        }
        bucket.tokens -= 1.0;
        Ok((header, format!("{:.0}", bucket.tokens.floor())))
    }
}

fn rate_limit(method: &str) -> RateLimit {
    match method {
        "GET" | "HEAD" => RateLimit { kind: "reads", burst: 250.0, per_second: 25.0 },
        "DELETE" => RateLimit { kind: "deletes", burst: 200.0, per_second: 10.0 },
        _ => RateLimit { kind: "writes", burst: 200.0, per_second: 10.0 },
    }
}

/// The next token comes within a tenth of a second, but `Retry-After` counts whole seconds.
fn too_many_requests(kind: &str) -> Response {
    let message = format!(
        "Number of '{kind}' requests exceeded the limit for the subscription. \
         Please try again after '1' seconds."
    );
    let error =
        json!({"error": {"code": error_code::SUBSCRIPTION_REQUESTS_THROTTLED, "message": message}});
    Response::json(429, error).with("retry-after", "1")
}
