//! What a long list keeps in memory, measured: a binary of its own, since it counts what the whole
//! process holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use azure::credential::AccessToken;
use azure::resource_types::COMPUTES;
use azure::{
    Arm, ArmConfig, CallOptions, CancellationToken, Cloud, Credential, Request, Response,
    Transport, TransportError,
};
use peak_alloc::PeakAlloc;
use serde_json::json;
use vocabulary::Sensitive;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const PAGES: u32 = 10_000;
/// What each page has beside its object: a link as long as those of the service.
const LINK_BYTES: usize = 600;
/// What may be held at a time: a few pages, whatever their number.
const LIMIT_BYTES: usize = 64 << 10;

/// Links each page to the next; every thousandth has an object that is wanted.
struct Pages(AtomicU32);

#[async_trait::async_trait]
impl Transport for Pages {
    async fn send(&self, _: &Request) -> Result<Response, TransportError> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let name = if number.is_multiple_of(1_000) { "wanted" } else { "other" };
        let mut page = json!({"value": [{"name": name, "properties": {"a": "x".repeat(100)}}]});
        if number < PAGES {
            page["nextLink"] = format!("/p?{number}{}", "t".repeat(LINK_BYTES)).into();
        }
        Ok(Response::new(200, page.to_string()))
    }
}

#[tokio::test]
async fn ten_thousand_pages_are_read_in_the_memory_of_a_few() {
    let token = AccessToken::new(&Sensitive::from("token"));
    let pages = Arc::new(Pages(AtomicU32::new(0)));
    let arm = Arm::new(ArmConfig {
        cloud: Cloud::public().into(),
        credential: Credential::new("scope".to_owned(), vec![Box::new(token)]),
        transport: pages.clone(),
        user_agent: "test".to_owned(),
        correlation_id: None,
        on_secret: Arc::new(|_: &str| {}),
    });
    let stop = CancellationToken::new();
    let options = CallOptions::new(Instant::now() + Duration::from_mins(10), &stop);
    let workspace = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";
    let workspace = workspace.parse().expect("an ID");
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let is_wanted = |object: &azure::ArmResource| object.name() == Some("wanted");
    let found = arm.list_where(&COMPUTES, &workspace, &options, is_wanted).await.expect("a list");
    let held = MEMORY.peak_usage() - before;
    assert_eq!((found.len(), pages.0.load(Ordering::Relaxed)), (10, PAGES));
    assert!(held < LIMIT_BYTES, "{held} bytes at a time");
}
