//! Azure Resource Manager's token bucket: per principal and region, one each for reads, writes
//! and deletes.

use std::collections::BTreeMap;

use serde_json::json;
use tokio::time::Instant;

use crate::http::{Answer, Request};

/// The buckets of one emulator, by principal (its token) and kind.
#[derive(Debug, Default)]
pub(crate) struct Throttle(BTreeMap<(String, &'static str), Bucket>);

#[derive(Debug)]
struct Bucket {
    left: f64,
    seen: Instant,
}

/// What one kind of request may use, as the service's documentation gives it.
struct Allowance {
    kind: &'static str,
    burst: f64,
    per_second: f64,
}

impl Throttle {
    /// Takes a token: the header that says how many are left, or the refusal.
    pub(crate) fn take(
        &mut self, request: &Request, now: Instant,
    ) -> Result<(String, String), Answer> {
        let allowance = allowance(&request.method);
        let principal = request.headers.get("authorization").cloned().unwrap_or_default();
        let full = Bucket { left: allowance.burst, seen: now };
        let bucket = self.0.entry((principal, allowance.kind)).or_insert(full);
        let passed = now.duration_since(bucket.seen).as_secs_f64();
        bucket.left = (bucket.left + passed * allowance.per_second).min(allowance.burst);
        bucket.seen = now;
        let header = format!("x-ms-ratelimit-remaining-subscription-{}", allowance.kind);
        if bucket.left < 1.0 {
            return Err(refusal(allowance.kind).with(&header, "0"));
        }
        bucket.left -= 1.0;
        Ok((header, format!("{:.0}", bucket.left.floor())))
    }
}

fn allowance(method: &str) -> Allowance {
    match method {
        "GET" | "HEAD" => Allowance { kind: "reads", burst: 250.0, per_second: 25.0 },
        "DELETE" => Allowance { kind: "deletes", burst: 200.0, per_second: 10.0 },
        _ => Allowance { kind: "writes", burst: 200.0, per_second: 10.0 },
    }
}

/// A token is there within a tenth of a second; `Retry-After` knows only whole seconds.
fn refusal(kind: &str) -> Answer {
    let message = format!(
        "Number of '{kind}' requests exceeded the limit for the subscription. \
         Please try again after '1' seconds."
    );
    let error = json!({"error": {"code": "SubscriptionRequestsThrottled", "message": message}});
    Answer::json(429, error).with("retry-after", "1")
}
