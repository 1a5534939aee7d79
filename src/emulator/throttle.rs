//! Azure Resource Manager's token buckets: per subscription and principal, one each for reads, writes and deletes. "Understand
//! how Azure Resource Manager throttles requests" has the numbers. One region answers everything here.

use std::collections::BTreeMap;

use serde_json::json;
use tokio::time::Instant;

use crate::http::{Request, Response};
use crate::names::error_code;

/// How many times the bucket of one principal all of them have together.
const ALL_PRINCIPALS: f64 = 15.0;

/// The buckets by subscription, which is empty for the tenant, and kind of request. Everybody is one principal, whatever
/// token he has: a new token is no new bucket.
#[derive(Debug, Default)]
pub(crate) struct Throttle(BTreeMap<(String, &'static str), Buckets>);

/// That of the principal, and that of all of them.
#[derive(Debug)]
struct Buckets {
    own: Bucket,
    global: Bucket,
}

#[derive(Debug)]
struct Bucket {
    limit: RateLimit,
    tokens: f64,
    refilled_at: Instant,
}

/// The limit of one kind of request.
#[derive(Clone, Copy, Debug)]
struct RateLimit {
    kind: &'static str,
    burst: f64,
    per_second: f64,
}

impl Throttle {
    /// Takes a token. Returns the headers with the remaining numbers, or the refusal.
    pub(crate) fn take(
        &mut self, request: &Request, now: Instant,
    ) -> Result<Vec<(String, String)>, Response> {
        let (subscription, limit) = (subscription(request), rate_limit(&request.method));
        let scope = if subscription.is_empty() { "tenant" } else { "subscription" };
        let buckets = self.0.entry((subscription, limit.kind));
        let buckets = buckets.or_insert_with(|| Buckets::full(limit, now));
        buckets.own.refill(now);
        buckets.global.refill(now);
        let is_empty = buckets.own.tokens < 1.0 || buckets.global.tokens < 1.0;
        if !is_empty {
            buckets.own.tokens -= 1.0;
            buckets.global.tokens -= 1.0;
        }
        let headers = [("", &buckets.own), ("global-", &buckets.global)].map(|(of, bucket)| {
            let name = format!("x-ms-ratelimit-remaining-{scope}-{of}{}", limit.kind);
            (name, format!("{:.0}", bucket.tokens.floor()))
        });
        if is_empty {
            let refusal = too_many_requests(limit.kind);
            return Err(headers.into_iter().fold(refusal, |it, (name, left)| it.with(&name, left)));
        }
        Ok(headers.into())
    }
}

impl Buckets {
    fn full(limit: RateLimit, now: Instant) -> Self {
        let burst = limit.burst * ALL_PRINCIPALS;
        let global = RateLimit { burst, per_second: limit.per_second * ALL_PRINCIPALS, ..limit };
        let [own, global] =
            [limit, global].map(|limit| Bucket { limit, tokens: limit.burst, refilled_at: now });
        Self { own, global }
    }
}

impl Bucket {
    fn refill(&mut self, now: Instant) {
        let elapsed = now.duration_since(self.refilled_at).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.limit.per_second).min(self.limit.burst);
        self.refilled_at = now;
    }
}

/// Its name in the path; empty where there is none.
fn subscription(request: &Request) -> String {
    let path = request.path.to_ascii_lowercase();
    let mut segments = path.split('/').skip_while(|it| *it != "subscriptions").skip(1);
    segments.next().unwrap_or_default().to_owned()
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
