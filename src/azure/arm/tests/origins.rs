//! Where the token goes while servers lie about where to go next: the real client against real
//! sockets, with strangers beside it who must hear of nobody.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vocabulary::Sensitive;

use crate::call_options::CallOptions;
use crate::client::Client;
use crate::cloud::Cloud;
use crate::credential::{AccessToken, Credential};
use crate::error::Error;
use crate::id::Id;
use crate::lying_server::{
    Heard, LyingServer, Places, foreign_urls, foreign_urls_of_a_body, own_urls, response,
};
use crate::resource_types::EXTENSIONS;
use crate::scripted_arm::CLUSTER;
use crate::{Arm, ArmConfig};

/// Longest for one call: nothing but a request to a stranger takes so long.
const LIMIT: Duration = Duration::from_secs(20);
/// Where an operation is, on whatever origin.
const OPERATION: &str = "/subscriptions/s/Ops/1";

fn arm(server: &LyingServer) -> Arm {
    let token = AccessToken::new(&Sensitive::from("canary-token"));
    Arm::new(ArmConfig {
        cloud: Cloud::from_endpoint(&server.url(), None, None).unwrap().into(),
        credential: Credential::new("scope".into(), vec![Box::new(token)]),
        transport: std::sync::Arc::new(Client::new(None, None)),
        user_agent: "azureml/test".into(),
        correlation_id: None,
        on_secret: std::sync::Arc::new(|_: &str| {}),
    })
}

/// An extension whose name tells the server how to lie of it.
fn extension(name: &str) -> Id {
    let id = format!("{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/{name}");
    id.parse().unwrap()
}

/// The number in a target such as `/…/async-7?api-version=…`, of which this is the word.
fn number(target: &str, word: &str) -> Option<usize> {
    let (_, rest) = target.split_once(&format!("/{word}-"))?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().ok()
}

/// Which verb is called of an object.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verb {
    Get,
    Put,
    Patch,
    Delete,
    Post,
    List,
}

const VERBS: [Verb; 6] = [Verb::Get, Verb::Put, Verb::Patch, Verb::Delete, Verb::Post, Verb::List];

/// Calls a verb of an object and waits for what it began.
async fn call(arm: Arm, verb: Verb, id: Id) -> Result<(), Error> {
    let (stop, kind) = (CancellationToken::new(), &EXTENSIONS);
    let options = CallOptions::new(Instant::now() + LIMIT, &stop);
    let body = json!({"properties": {"a": 1}});
    let accepted = match verb {
        Verb::Get => return arm.get(kind, &id, &options).await.map(|_| ()),
        Verb::Post => return arm.post(kind, &id, "listKeys", &options).await.map(|_| ()),
        Verb::List => return arm.list(kind, &id, &options).await.map(|_| ()),
        Verb::Delete => {
            let operation = arm.delete(kind, &id, &[], &options).await?;
            return arm.wait_until_gone(kind, &id, operation.as_ref(), &options).await;
        }
        Verb::Put => arm.put(kind, &id, &body, &options).await?,
        Verb::Patch => arm.patch(kind, &id, &body, &options).await?,
    };
    arm.wait_until_done(kind, &id, accepted.operation.as_ref(), &options).await.map(|_| ())
}

/// Calls all at once and gives each outcome with its number.
async fn call_all(
    server: &LyingServer, calls: impl IntoIterator<Item = (Verb, String)>,
) -> Vec<(String, Result<(), Error>)> {
    let (arm, mut all) = (arm(server), JoinSet::new());
    for (verb, name) in calls {
        let (arm, id) = (arm.clone(), extension(&name));
        all.spawn(async move { (format!("{verb:?} {name}"), call(arm, verb, id).await) });
    }
    all.join_all().await
}

/// The object that is asked for, in this state.
fn object(heard: &Heard, state: &str) -> String {
    let (id, _) = heard.target.split_once('?').expect("a version");
    json!({"id": id, "properties": {"provisioningState": state}}).to_string()
}

/// An operation is begun, and its URL is this; it has ended well wherever it is asked here.
fn begin_operation(heard: &Heard, header: &str, url: &str) -> String {
    if heard.target.starts_with(OPERATION) {
        return response(200, "", r#"{"status":"Succeeded"}"#);
    }
    match heard.method.as_str() {
        "GET" if heard.target.contains("gone") => response(404, "", ""),
        "GET" => response(200, "", &object(heard, "Succeeded")),
        // A deletion has no object to show.
        "DELETE" => response(202, &format!("{header}: {url}\r\n"), ""),
        _ => response(202, &format!("{header}: {url}\r\n"), &object(heard, "Creating")),
    }
}

/// Each header that names an operation, with each URL of another origin: the operation is asked of
/// the server itself, or not at all, and the work ends well.
#[tokio::test]
async fn the_url_of_an_operation_takes_the_token_nowhere_else() {
    let lie = |heard: &Heard, places: Places| {
        let urls = foreign_urls(places, OPERATION);
        let (header, at) = match number(&heard.target, "async") {
            Some(at) => ("azure-asyncoperation", at),
            None => ("location", number(&heard.target, "location").unwrap_or_default()),
        };
        begin_operation(heard, header, &urls[at])
    };
    let server = LyingServer::start(lie).await;
    let count = foreign_urls(server.places, "").len();
    let calls = (0..count).flat_map(|at| {
        [
            (Verb::Put, format!("async-{at}-")),
            (Verb::Patch, format!("location-{at}-")),
            (Verb::Delete, format!("async-{at}-gone")),
            (Verb::Delete, format!("location-{at}-gone")),
        ]
    });
    for (case, outcome) in call_all(&server, calls).await {
        assert!(outcome.is_ok(), "{case}: {outcome:?}");
    }
    server.nobody_else_was_asked();
    // What ARM's own header names is asked of ARM; a `Location` of another origin is nothing.
    let operations = server.heard(OPERATION).len();
    assert!(operations > count && operations <= 2 * count, "{operations}");
    assert!(server.heard("/location-0-").len() >= 4, "the object is asked instead");
}

/// What is of the server's own origin, however it is written, is asked as it is.
#[tokio::test]
async fn a_url_of_the_same_origin_is_followed_however_it_is_written() {
    let lie = |heard: &Heard, places: Places| {
        let urls = own_urls(places, OPERATION);
        match number(&heard.target, "page") {
            Some(at) if !heard.target.contains("next") => {
                let link = own_urls(places, &format!("/page-{at}-next"))[at].clone();
                response(200, "", &json!({"value": [], "nextLink": link}).to_string())
            }
            Some(_) => response(200, "", &json!({"value": []}).to_string()),
            None => {
                let at = number(&heard.target, "location").unwrap_or_default();
                begin_operation(heard, "location", &urls[at])
            }
        }
    };
    let server = LyingServer::start(lie).await;
    let count = own_urls(server.places, "").len();
    let calls = (0..count).flat_map(|at| {
        [(Verb::Put, format!("location-{at}-")), (Verb::List, format!("page-{at}-"))]
    });
    for (case, outcome) in call_all(&server, calls).await {
        assert!(outcome.is_ok(), "{case}: {outcome:?}");
    }
    server.nobody_else_was_asked();
    assert_eq!(server.heard(OPERATION).len(), count);
    assert_eq!(server.heard("-next").len(), count);
}

/// An operation moves to another origin while it is polled, and a poll is redirected there.
#[tokio::test]
async fn an_operation_that_moves_away_is_not_followed() {
    let lie = |heard: &Heard, places: Places| {
        let away = |at: usize| {
            format!("location: {}\r\nretry-after: 1\r\n", foreign_urls(places, "/moved")[at])
        };
        if let Some(at) = number(&heard.target, "Moves") {
            return response(202, &away(at), "");
        }
        if let Some(at) = number(&heard.target, "Redirects") {
            return response(307, &away(at), "");
        }
        let own = match (number(&heard.target, "moves"), number(&heard.target, "redirects")) {
            (Some(at), _) => format!("/subscriptions/s/Ops/Moves-{at}-"),
            (_, at) => format!("/subscriptions/s/Ops/Redirects-{}-", at.unwrap_or_default()),
        };
        begin_operation(heard, "location", &own)
    };
    let server = LyingServer::start(lie).await;
    let count = foreign_urls(server.places, "").len();
    let calls = (0..count).map(|at| (Verb::Put, format!("redirects-{at}-")));
    for (case, outcome) in call_all(&server, calls).await {
        let told = outcome.expect_err(&case).to_string();
        assert!(told.contains("redirects are not followed"), "{case}: {told}");
    }
    // One that moves is polled where it was until the time is over: a look at each of them is enough.
    let (arm, stop) = (arm(&server), CancellationToken::new());
    let mut all = JoinSet::new();
    for at in 0..count {
        let (arm, stop, id) = (arm.clone(), stop.clone(), extension(&format!("moves-{at}-")));
        all.spawn(async move {
            let options = CallOptions::new(Instant::now() + Duration::from_secs(4), &stop);
            let put = arm.put(&EXTENSIONS, &id, &json!({}), &options).await?;
            arm.wait_until_done(&EXTENSIONS, &id, put.operation.as_ref(), &options).await
        });
    }
    for outcome in all.join_all().await {
        assert!(matches!(outcome, Err(Error::DeadlineExceeded(_))), "{outcome:?}");
    }
    server.nobody_else_was_asked();
    assert!(server.heard("/Moves-").len() >= 2 * count, "each is polled where it was");
    assert_eq!(server.heard("/moved").len(), 0);
}

#[tokio::test]
async fn the_link_to_a_next_page_takes_the_token_nowhere_else() {
    let lie = |heard: &Heard, places: Places| {
        let at = number(&heard.target, "page").unwrap_or_default();
        let link = &foreign_urls_of_a_body(places, "/next")[at];
        response(200, "", &json!({"value": [], "nextLink": link}).to_string())
    };
    let server = LyingServer::start(lie).await;
    let count = foreign_urls_of_a_body(server.places, "").len();
    let calls = (0..count).map(|at| (Verb::List, format!("page-{at}-")));
    for (case, outcome) in call_all(&server, calls).await {
        let told = outcome.expect_err(&case).to_string();
        assert!(told.contains("leads to another host or nowhere"), "{case}: {told}");
        assert!(!told.contains("canary"), "{told}");
    }
    server.nobody_else_was_asked();
    assert_eq!(server.heard("/page-").len(), count, "one request each");
}

/// Each redirect of each verb, to a stranger and to the server itself, is one request and a clear
/// error.
#[tokio::test]
async fn no_redirect_of_any_verb_is_followed() {
    const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];
    let lie = |heard: &Heard, places: Places| {
        let at = number(&heard.target, "redirect").unwrap_or_default();
        let to = match at % 2 {
            0 => format!("http://127.0.0.1:{}/elsewhere", places.other),
            _ => "/elsewhere".to_owned(),
        };
        response(STATUSES[at / 2], &format!("location: {to}\r\n"), "")
    };
    let server = LyingServer::start(lie).await;
    let calls = VERBS.into_iter().flat_map(|verb| {
        (0..STATUSES.len() * 2).map(move |at| (verb, format!("redirect-{at}-{verb:?}")))
    });
    for (case, outcome) in call_all(&server, calls).await {
        let told = outcome.expect_err(&case).to_string();
        assert!(told.contains("redirects are not followed"), "{case}: {told}");
    }
    server.nobody_else_was_asked();
    assert_eq!(server.heard("/redirect-").len(), VERBS.len() * STATUSES.len() * 2);
    assert_eq!(server.heard("/elsewhere").len(), 0);
}

/// Who is to sign in, and where, is said by the configuration and by no challenge.
#[tokio::test]
async fn a_challenge_takes_the_token_nowhere_else() {
    let lie = |heard: &Heard, places: Places| {
        let at = number(&heard.target, "challenge").unwrap_or_default();
        let url = foreign_urls(places, "/t").swap_remove(at).replace('\t', "");
        let challenge = format!(
            "www-authenticate: Bearer authorization_uri=\"{url}\", authorization=\"{url}\", \
             realm=\"{url}\", resource_id=\"{url}\", resource_metadata=\"{url}\"\r\n"
        );
        response(
            401,
            &challenge,
            r#"{"error":{"code":"InvalidAuthenticationToken","message":"no"}}"#,
        )
    };
    let server = LyingServer::start(lie).await;
    let count = foreign_urls(server.places, "").len();
    let calls = (0..count).map(|at| (Verb::Get, format!("challenge-{at}-")));
    for (case, outcome) in call_all(&server, calls).await {
        let error = outcome.expect_err(&case);
        assert!(error.is_unauthenticated(), "{case}: {error}");
    }
    server.nobody_else_was_asked();
}
