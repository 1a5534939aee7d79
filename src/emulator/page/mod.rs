//! A page for browsers at `/`: what there is, what happens, and faults at a click. It needs no
//! JavaScript.

mod forms;
mod html;
mod sections;

use tokio::time::Instant;

use crate::cloud::{Cloud, CloudState};
use crate::guard;
use crate::http::{Body, Request, Response};
use html::Page;

/// Where the forms of the page go.
const FORMS: &str = "/emulator/page/";
/// The parameter with which the page loads itself again.
const REFRESH: &str = "refresh";

/// The page comes from the emulator alone, goes nowhere else and is no part of another page.
const HEADERS: [(&str, &str); 5] = [
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
    ),
    // With a stricter policy a browser hides the origin of the forms.
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
];

/// `None` for any other path. As those of the control interface, these requests need no token, and are
/// neither logged nor subject to faults.
pub(crate) fn handle(cloud: &Cloud, request: &Request) -> Option<Response> {
    let is_page = request.path == "/" && matches!(&*request.method, "GET" | "HEAD");
    let form = request.path.strip_prefix(FORMS).filter(|_| request.method == "POST");
    if !is_page && form.is_none() {
        return None;
    }
    let checked = match form {
        None => guard::check_host(request),
        Some(_) => guard::check(&cloud.origin, request),
    };
    if let Err(refused) = checked {
        return Some(refused);
    }
    let mut state = cloud.state();
    state.store.advance_to(Instant::now());
    Some(match form {
        None => show(&state, request, None),
        Some(form) => submit(cloud, &mut state, request, form),
    })
}

/// Does what the form says, and leads back to its section of the page, so that loading it again does nothing twice.
fn submit(cloud: &Cloud, state: &mut CloudState, request: &Request, form: &str) -> Response {
    match forms::submit(cloud, state, request, form) {
        Ok(()) => {
            let section = form.split('/').next().unwrap_or_default();
            let back = format!("{}#{section}", address(refreshes(request)));
            Response::empty(303).with("location", back)
        }
        Err(wrong) => show(state, request, Some(&wrong)),
    }
}

/// The page; with what is wrong, under status 400.
fn show(state: &CloudState, request: &Request, wrong: Option<&str>) -> Response {
    let page = Page { refreshes: refreshes(request), wrong };
    let text = page.render(&sections::render(state, Instant::now(), &page));
    let status = if wrong.is_some() { 400 } else { 200 };
    let response = Response { status, headers: Vec::new(), body: Body::Text(text) };
    HEADERS.into_iter().fold(response, |response, (name, value)| response.with(name, value))
}

fn refreshes(request: &Request) -> bool {
    request.parameter(REFRESH).is_some()
}

fn address(refreshes: bool) -> &'static str {
    if refreshes { "/?refresh" } else { "/" }
}
