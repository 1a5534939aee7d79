//! Lists, page by page.

use std::ops::ControlFlow;

use serde_json::Value;
use url::Url;

use super::{Arm, build_url, into_resource, parse_json, require_success, unusable_response};
use crate::arm_resource::ArmResource;
use crate::call_options::CallOptions;
use crate::error::Error;
use crate::id::Id;
use crate::resource_types::ResourceType;
use crate::transport::{Method, Request};
use crate::url_trust::{Trust, classify};

impl Arm {
    /// Lists the objects of a kind below a parent, over all pages.
    pub async fn list(
        &self, kind: &ResourceType, parent: &Id, options: &CallOptions<'_>,
    ) -> Result<Vec<ArmResource>, Error> {
        self.list_with_query(kind, parent, &[], options).await
    }

    /// Lists like [`Arm::list`], with query parameters that filter the result.
    pub async fn list_with_query(
        &self, kind: &ResourceType, parent: &Id, query: &[(&str, &str)], options: &CallOptions<'_>,
    ) -> Result<Vec<ArmResource>, Error> {
        self.collect_pages(kind, parent, query, options, |_| true).await
    }

    /// Lists like [`Arm::list`] the objects that `is_wanted`. Of all others nothing is held once
    /// their page is read.
    pub async fn list_where(
        &self, kind: &ResourceType, parent: &Id, options: &CallOptions<'_>,
        is_wanted: impl Fn(&ArmResource) -> bool + Send + Sync,
    ) -> Result<Vec<ArmResource>, Error> {
        self.collect_pages(kind, parent, &[], options, is_wanted).await
    }

    /// One page is in memory at a time, and of those before it what `is_wanted`.
    async fn collect_pages(
        &self, kind: &ResourceType, parent: &Id, query: &[(&str, &str)], options: &CallOptions<'_>,
        is_wanted: impl Fn(&ArmResource) -> bool + Send + Sync,
    ) -> Result<Vec<ArmResource>, Error> {
        let mut found = Vec::new();
        let collect = |objects: Vec<ArmResource>| {
            found.extend(objects.into_iter().filter(&is_wanted));
            ControlFlow::Continue(())
        };
        self.visit_pages(kind, parent, query, options, collect).await?;
        Ok(found)
    }

    /// Hands the objects of each page to `visit`, until that says break.
    pub(super) async fn visit_pages(
        &self, kind: &ResourceType, parent: &Id, query: &[(&str, &str)], options: &CallOptions<'_>,
        mut visit: impl FnMut(Vec<ArmResource>) -> ControlFlow<()> + Send,
    ) -> Result<(), Error> {
        let endpoint = self.endpoint(options).await?;
        let mut url = list_url(endpoint, kind, parent, query);
        let mut circle = Circle::from(&url);
        loop {
            let (request, response) = self.send(Method::GET, url, options).await?;
            let page = parse_json(&request, &require_success(&request, response)?)?;
            let next = next_page_url(endpoint, &request, &page)?;
            let goes_on = visit(parse_page(&request, page)?).is_continue();
            let Some(next) = next.filter(|_| goes_on) else { return Ok(()) };
            if circle.is_closed_by(&next) {
                return Err(unusable_response(
                    &Request::new(Method::GET, next),
                    "the list links back to a page that was already read",
                ));
            }
            url = next;
        }
    }
}

/// Notices links that lead in a circle, however long, and remembers one page alone: another one
/// after 1, 2, 4, 8, … pages, until it is one of the circle and the circle shorter than the way to
/// the next (Brent's algorithm).
struct Circle {
    remembered: Url,
    since: u64,
    limit: u64,
}

impl From<&Url> for Circle {
    fn from(first: &Url) -> Self {
        Self { remembered: first.clone(), since: 0, limit: 1 }
    }
}

impl Circle {
    fn is_closed_by(&mut self, next: &Url) -> bool {
        if *next == self.remembered {
            return true;
        }
        self.since += 1;
        if self.since == self.limit {
            (self.remembered, self.since, self.limit) = (next.clone(), 0, self.limit * 2);
        }
        false
    }
}

fn list_url(endpoint: &Url, kind: &ResourceType, parent: &Id, query: &[(&str, &str)]) -> Url {
    let key = kind.key();
    let segments = parent.segments().iter().map(String::as_str);
    build_url(endpoint, segments.chain(key.split('/')), kind, query)
}

fn next_page_url(endpoint: &Url, request: &Request, page: &Value) -> Result<Option<Url>, Error> {
    let Some(link) = page["nextLink"].as_str().filter(|link| !link.is_empty()) else {
        return Ok(None);
    };
    match classify(link, &request.url, endpoint) {
        Trust::SameOrigin(url) => Ok(Some(url)),
        Trust::Foreign(_) | Trust::Malformed => Err(unusable_response(
            request,
            "the link to the next page leads to another host or nowhere, and is not followed",
        )),
    }
}

/// The objects of a page. A page without a list is no page of an empty list: something else has
/// answered.
fn parse_page(request: &Request, mut page: Value) -> Result<Vec<ArmResource>, Error> {
    let items = page.get_mut("value").map(Value::take);
    let Some(Value::Array(items)) = items else {
        return Err(unusable_response(request, "the answer has no list `value`"));
    };
    let objects: Option<Vec<_>> = items.into_iter().map(into_resource).collect();
    objects
        .ok_or_else(|| unusable_response(request, "the list holds something that is not an object"))
}
