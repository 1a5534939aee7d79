//! The page at `/` and its forms.

use std::time::Duration;

use serde_json::{Value, json};

use super::kit::{
    Azure, GROUP, arc, compute, compute_id, compute_url, extension, extension_url, request, url_of,
};
use crate::delivery::{Break, Delivery};
use crate::http::{Body, Request, Response};

/// What a browser sends for a form of the page.
fn form(name: &str, fields: &[(&str, &str)]) -> Request {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    let mut request = request("POST", &format!("/emulator/page/{name}"), &Value::Null);
    request.body = body.finish().into_bytes();
    request.host = "127.0.0.1:1".to_owned();
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "http://127.0.0.1:1"),
        ("sec-fetch-site", "same-origin"),
    ];
    request.headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    request
}

fn text(response: &Response) -> &str {
    match &response.body {
        Body::Text(text) => text,
        other => panic!("no text: {other:?}"),
    }
}

/// The page without a token, as a browser asks for it.
async fn page(azure: &Azure) -> String {
    let response = azure.answer(request("GET", "/", &Value::Null)).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"));
    plain(&response)
}

/// The text without the places where a browser may break a line.
fn plain(response: &Response) -> String {
    text(response).replace("<wbr>", "")
}

/// The text of the section under a heading.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("<h2>{heading}</h2>")).expect("it has the section");
    rest.split_once("</section>").expect("it ends").0
}

async fn submits(azure: &Azure, name: &str, fields: &[(&str, &str)]) {
    let response = azure.answer(form(name, fields)).await;
    let section = format!("/#{}", name.split_once('/').unwrap().0);
    assert_eq!(
        (response.status, response.header("location")),
        (303, Some(&*section)),
        "{response:?}"
    );
    assert!(page(azure).await.contains(&format!("<section id=\"{}\">", &section[2..])));
}

#[tokio::test(start_paused = true)]
async fn the_page_has_what_is_there() {
    let azure = Azure::slow();
    let empty = page(&azure).await;
    for (heading, none) in [
        ("Operations", "There was no operation."),
        ("Faults", "No fault is scripted."),
        ("Requests", "There was no request."),
    ] {
        assert!(section(&empty, heading).contains(none), "{heading}");
    }
    let row = |id: &str, state: &str| format!("<td>{id}</td><td>{state}</td>");
    assert!(section(&empty, "Objects").contains(&row(&arc("amlarc-cluster"), "Succeeded")));
    assert!(section(&empty, "Objects").contains(&row(GROUP, "Succeeded")));
    assert!(!empty.contains(&compute_id()));
    let cluster = arc("amlarc-cluster");
    azure.put(&extension_url(&cluster), extension()).await;
    azure.put(&compute_url(), compute(&cluster, json!({}))).await;
    let full = page(&azure).await;
    assert!(section(&full, "Objects").contains("/extensions/amlarc-compute</td><td>Creating</td>"));
    assert_eq!(page(&azure).await, full, "it is not in its own log");
}

#[tokio::test(start_paused = true)]
async fn operations_are_shown_as_they_run() {
    let azure = Azure::slow();
    let failure = json!({"code": "Broken", "message": "no node"});
    azure
        .script(json!({"when": {"path": "amlarc-small"}, "then": {"fail_operation": failure}}))
        .await;
    azure.put(&extension_url(&arc("amlarc-small")), extension()).await;
    tokio::time::advance(Duration::from_secs(4)).await;
    azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    tokio::time::advance(Duration::from_millis(2_500)).await;
    let rows = async || -> Vec<String> {
        let page = page(&azure).await;
        let rows =
            section(&page, "Operations").lines().filter(|line| line.contains("/extensions/"));
        rows.map(str::to_owned).collect()
    };
    let running = rows().await;
    assert!(running[0].contains("/amlarc-cluster/") && running[1].contains("/amlarc-small/"));
    assert!(
        running[0].ends_with("<td>Creating</td><td>Running</td><td>2.5 s</td></tr>"),
        "{running:?}"
    );
    assert!(
        running[1].ends_with("<td>Creating</td><td>Running</td><td>6.5 s</td></tr>"),
        "{running:?}"
    );
    tokio::time::advance(Duration::from_secs(4)).await;
    let failed = rows().await;
    assert!(failed[0].contains("<td>Running</td>"), "what runs comes first: {failed:?}");
    assert!(failed[1].starts_with("<tr class=\"failure\">"), "{failed:?}");
    assert!(
        failed[1].contains("(Broken: no node)</td><td>Creating</td><td>Failed</td>"),
        "{failed:?}"
    );
    submits(&azure, "operations/end", &[]).await;
    assert!(rows().await[0].contains("<td>Succeeded</td>"));
}

#[tokio::test(start_paused = true)]
async fn text_of_others_is_escaped() {
    const ATTACK: &str = "<script>alert('x')</script>\"&";
    let azure = Azure::new();
    let id = format!("{GROUP}/providers/Microsoft.Relay/Namespaces/{ATTACK}");
    let object = json!({"id": id, "properties": {"provisioningState": ATTACK}});
    azure.cloud.state().store.put(&id, object);
    azure
        .script(json!({"when": {"path": "amlarc-small"}, "then": {"status": 500, "body": ATTACK}}))
        .await;
    let failure = json!({"code": ATTACK, "message": ATTACK});
    azure.script(json!({"then": {"fail_operation": failure}})).await;
    azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    azure.get(&format!("/{ATTACK}")).await;
    let wrong = azure.answer(form("faults/add", &[("kind", ATTACK)])).await;
    assert_eq!(wrong.status, 400);
    let page = &plain(&wrong);
    assert!(!page.contains("<script"), "{page}");
    assert!(!page.contains("alert('x')"), "{page}");
    let escaped = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;";
    for heading in ["Objects", "Operations", "Faults", "Requests"] {
        assert!(section(page, heading).contains(escaped), "{heading}");
    }
    let (before, _) = page.split_once("<section").unwrap();
    assert!(
        before.contains(&format!("role=\"alert\" class=\"failure\">Nothing was done: `{escaped}"))
    );
}

#[tokio::test(start_paused = true)]
async fn secrets_of_requests_are_not_shown() {
    let azure = Azure::slow();
    let cluster = arc("amlarc-cluster");
    let mut put = azure.request("PUT", &extension_url(&cluster), &extension());
    put.query.push_str("&code=secret-of-the-query");
    put.headers.insert("x-ms-secret".to_owned(), "secret-of-a-header".to_owned());
    assert_eq!(azure.answer(put).await.status, 201);
    let page = page(&azure).await;
    assert!(section(&page, "Requests").contains("amlarc-compute</td><td>201</td>"), "{page}");
    for secret in [&*azure.token, "secret-of-the-query", "secret-of-a-header", "sb://r"] {
        assert!(!page.contains(secret), "{secret}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_adds_a_fault_to_the_next_request_that_matches() {
    let azure = Azure::new();
    let url = url_of(arc("amlarc-cluster"));
    for (kind, expected) in [
        ("429", 429),
        ("500", 500),
        ("503", 503),
        ("401", 401),
        ("403", 403),
        ("404", 404),
        ("409", 409),
    ] {
        let fields = [
            ("kind", kind),
            ("method", "GET"),
            ("path", " AMLARC-cluster "),
            ("message", "on purpose"),
            ("times", "1"),
        ];
        submits(&azure, "faults/add", &fields).await;
        let shown = page(&azure).await;
        let fault = "<td>{&quot;method&quot;:&quot;GET&quot;,&quot;path&quot;:&quot;AMLARC-cluster&quot;} \u{2192} ";
        assert!(section(&shown, "Faults").contains(fault), "{shown}");
        assert!(section(&shown, "Faults").contains("<td>1 left</td>"), "{shown}");
        assert_eq!(azure.get(&url_of(GROUP)).await.status, 200, "it does not match");
        let response = azure.get(&url).await;
        assert_eq!((response.status, response.message().as_str()), (expected, "on purpose"));
        assert_eq!(azure.get(&url).await.status, 200, "it was for one request");
        let spent = page(&azure).await;
        assert!(section(&spent, "Faults").contains("No fault is scripted."), "{spent}");
    }
    for (kind, how) in [("reset", Break::Exchange), ("refuse", Break::Refused)] {
        submits(&azure, "faults/add", &[("kind", kind)]).await;
        assert_eq!(azure.deliver("GET", &url, Value::Null).await, Delivery::Broken(how));
    }
    let broken = page(&azure).await;
    assert!(section(&broken, "Requests").contains("<td>broken off</td>"), "{broken}");
}

#[tokio::test(start_paused = true)]
async fn a_form_clears_faults_or_releases_or_clears_the_log() {
    let azure = Azure::new();
    let url = url_of(GROUP);
    submits(&azure, "faults/add", &[("kind", "500"), ("times", "0")]).await;
    assert!(page(&azure).await.contains("<td>always</td>"));
    assert_eq!(azure.get(&url).await.status, 500);
    assert_eq!(azure.get(&url).await.status, 500);
    submits(&azure, "faults/clear", &[]).await;
    assert_eq!(azure.get(&url).await.status, 200);
    submits(&azure, "faults/add", &[("kind", "hold-request")]).await;
    let (held, ()) = tokio::join!(azure.get(&url), async {
        let page = page(&azure).await;
        assert!(section(&page, "Requests").contains("<td>request held</td>"), "{page}");
        submits(&azure, "faults/release", &[]).await;
    });
    assert_eq!(held.status, 200);
    submits(&azure, "requests/clear", &[]).await;
    assert!(page(&azure).await.contains("There was no request."));
}

#[tokio::test(start_paused = true)]
async fn a_form_that_is_wrong_does_nothing_and_says_why() {
    let azure = Azure::new();
    for (name, fields, why) in [
        ("faults/add", &[][..], "`` is no fault of this page: choose one from the list."),
        ("faults/add", &[("kind", "500"), ("times", "-1")], "`-1` is no number of times"),
        ("faults/add", &[("kind", "500"), ("times", "4294967296")], "is no number of times"),
        ("nothing", &[], "there is no form `nothing`: use those of this page."),
    ] {
        let response = azure.answer(form(name, fields)).await;
        assert_eq!(response.status, 400, "{name} {fields:?}");
        assert!(text(&response).contains(why), "{why}");
    }
    assert_eq!(azure.get(&url_of(GROUP)).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn forms_of_other_origins_are_refused() {
    let azure = Azure::new();
    let asked = async |host: &str, headers: &[(&str, &str)]| {
        let mut request = form("faults/add", &[("kind", "500")]);
        request.host = host.to_owned();
        request.headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        azure.answer(request).await.status
    };
    let own = "127.0.0.1:1";
    for (host, headers, expected) in [
        (own, &[][..], 303),
        (own, &[("origin", "http://127.0.0.1:1")], 303),
        (own, &[("sec-fetch-site", "same-origin")], 303),
        (own, &[("sec-fetch-site", "none")], 303),
        (
            "localhost:1",
            &[("origin", "http://localhost:1"), ("sec-fetch-site", "same-origin")],
            303,
        ),
        (own, &[("origin", "https://foreign.example")], 403),
        (own, &[("origin", "http://127.0.0.1:2")], 403),
        (own, &[("origin", "https://127.0.0.1:1")], 403),
        (own, &[("origin", "http://localhost:1")], 403),
        (own, &[("origin", "null")], 403),
        (own, &[("sec-fetch-site", "cross-site")], 403),
        (own, &[("sec-fetch-site", "same-site")], 403),
        (own, &[("origin", "http://127.0.0.1:1"), ("sec-fetch-site", "cross-site")], 403),
        (
            "foreign.example:1",
            &[("origin", "http://foreign.example:1"), ("sec-fetch-site", "same-origin")],
            403,
        ),
    ] {
        assert_eq!(asked(host, headers).await, expected, "{host} {headers:?}");
        let is_scripted = azure.cloud.state().faults.due().count() > 0;
        assert_eq!(is_scripted, expected == 303, "{host} {headers:?}");
        azure.cloud.state().faults.clear();
    }
}

#[tokio::test(start_paused = true)]
async fn the_control_interface_is_not_for_foreign_pages_either() {
    let azure = Azure::new();
    for (host, headers, is_refused) in [
        ("", &[][..], false),
        ("127.0.0.1:1", &[], false),
        ("127.0.0.1:1", &[("sec-fetch-site", "none")], false),
        ("127.0.0.1:1", &[("origin", "http://127.0.0.1:1")], false),
        ("127.0.0.1:1", &[("origin", "https://foreign.example")], true),
        ("127.0.0.1:1", &[("sec-fetch-site", "cross-site")], true),
        ("rebound.example:1", &[("sec-fetch-site", "same-origin")], true),
    ] {
        let fault = json!({"then": {"status": 500}});
        for (method, url, body) in [
            ("POST", "/emulator/faults", fault),
            ("DELETE", "/emulator/requests", Value::Null),
            ("GET", "/emulator/objects", Value::Null),
        ] {
            let mut request = request(method, url, &body);
            request.host = host.to_owned();
            let sent = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            request.headers.extend(sent);
            let status = azure.answer(request).await.status;
            assert_eq!(status == 403, is_refused, "{method} {host} {headers:?}");
        }
        assert_eq!(azure.cloud.state().faults.due().count(), usize::from(!is_refused), "{host}");
        azure.cloud.state().faults.clear();
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_is_for_names_of_loopback() {
    let azure = Azure::new();
    for (host, expected) in
        [("127.0.0.1:1", 200), ("[::1]:1", 200), ("rebound.example", 403), ("10.0.0.1:1", 403)]
    {
        let mut request = request("GET", "/", &Value::Null);
        request.host = host.to_owned();
        let response = azure.answer(request).await;
        assert_eq!(response.status, expected, "{host}");
        assert_eq!(plain(&response).contains(GROUP), expected == 200, "{host}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_is_bounded_and_the_newest_comes_first() {
    let azure = Azure::new();
    for number in 0..250 {
        azure.get(&format!("/subscriptions/{number}?api-version=2022-09-01")).await;
    }
    let page = page(&azure).await;
    let log = section(&page, "Requests");
    let rows: Vec<_> = log.lines().filter(|line| line.contains("GET /subscriptions/")).collect();
    assert_eq!(rows.len(), 100);
    assert!(rows[0].contains("<td>GET /subscriptions/249</td>"), "{}", rows[0]);
    assert!(rows[99].contains("<td>GET /subscriptions/150</td>"), "{}", rows[99]);
    assert!(log.contains("<p>100 of 250.</p>"), "{log}");
}

#[tokio::test(start_paused = true)]
async fn objects_and_long_texts_are_bounded_too() {
    let azure = Azure::new();
    let (long, shown) = ("\u{e9}".repeat(100_000), "\u{e9}".repeat(1_900));
    azure.script(json!({"when": {"path": "none"}, "then": {"status": 500, "body": long}})).await;
    for number in 0..1_100 {
        let id = format!("{GROUP}/providers/Microsoft.Relay/Namespaces/n{number}");
        azure.cloud.state().store.put(&id, json!({}));
    }
    let page = page(&azure).await;
    let faults = section(&page, "Faults");
    assert!(faults.contains(&shown) && faults.contains("\u{e9}\u{2026}</td>"), "{faults}");
    assert!(faults.len() < 10_000, "{}", faults.len());
    let objects = section(&page, "Objects").split_once("<details>").unwrap().0;
    assert_eq!(objects.matches("<tr>").count(), 1_001, "with the headings");
    assert!(objects.contains("<p>1000 of 11"), "{objects}");
}

#[tokio::test(start_paused = true)]
async fn the_page_loads_itself_again_where_it_is_asked_to() {
    let azure = Azure::new();
    let refresh = "<meta http-equiv=\"refresh\" content=\"2\">";
    assert!(!page(&azure).await.contains(refresh));
    let response = azure.answer(request("GET", "/?refresh", &Value::Null)).await;
    assert!(text(&response).contains(refresh));
    let mut clear = form("faults/clear", &[]);
    assert!(text(&response).contains("action=\"/emulator/page/faults/clear?refresh\""));
    clear.query = "refresh".to_owned();
    assert_eq!(azure.answer(clear).await.header("location"), Some("/?refresh#faults"));
}

#[tokio::test(start_paused = true)]
async fn other_requests_to_these_paths_are_answered_as_before() {
    let azure = Azure::new();
    for (method, url, expected) in [
        ("POST", "/", 404),
        ("PUT", "/", 404),
        ("GET", "/index.html", 404),
        ("GET", "//", 404),
        ("GET", "/emulator/page/faults/add", 404),
        ("GET", "/emulator/page", 404),
    ] {
        assert_eq!(azure.send(method, url, Value::Null).await.status, expected, "{method} {url}");
    }
}
