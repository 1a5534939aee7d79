//! A cluster that repeats the credential that it was asked with, and programs that print what they are given.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use framework::Server;
use serde_json::{Value as Json, json};
use testing::canaries::{find_leak, forms};
use testing::{Core, LoggedLines, configure_provider};

use super::{ARC, id};
use crate::context::AzureMl;

const TOKEN: &str = "2cT0kenForTheCluster6x";
const PRINTED: &str = "7vT0kenThatIsPrinted1q";
const VARIABLE: &str = "4jVariableOf+The/Program8s";
const KEY: &str = "6yF1rstLineOfAKeyOfTheProgram3e\n9uS3condLineOfAKeyOfTheProgram5r";
const FLAG: &str = "1aFlagOfTheProgram7d";
const PASSWORD: &str = "5fPassw0rdOfTheProxy2g";

const NEVER: [(&str, &str); 6] = [
    ("the token", TOKEN),
    ("the token of the program", PRINTED),
    ("a variable of the program", VARIABLE),
    ("a key of the program", KEY),
    ("a flag of the program", FLAG),
    ("the password of the proxy", PASSWORD),
];
const VERSION: &str = "client.authentication.k8s.io/v1";

/// A status with a body, made of what is to be repeated.
type Answer = fn(&str) -> (u16, String);

fn status<const CODE: u16>(said: &str) -> (u16, String) {
    let reason = match CODE {
        401 => "Unauthorized",
        403 => "Forbidden",
        409 => "Conflict",
        422 => "Invalid",
        _ => "InternalError",
    };
    let causes = json!([{ "field": said, "message": said, "reason": "FieldManagerConflict" }]);
    let body = json!({ "kind": "Status", "apiVersion": "v1", "reason": reason, "message": said,
        "code": CODE, "details": { "name": said, "kind": said, "causes": causes } });
    (CODE, body.to_string())
}

/// Cut at its two hundredth letter, which is in the middle of a secret.
fn page<const CODE: u16>(said: &str) -> (u16, String) {
    (CODE, format!("{}{said}", "x".repeat(190)))
}

fn denied(said: &str) -> (u16, String) {
    let message = format!("admission webhook \"{said}\" denied the request: {said}");
    (403, json!({ "kind": "Status", "apiVersion": "v1", "message": message }).to_string())
}

const ANSWERS: [(&str, Answer); 12] = [
    ("401", status::<401>),
    ("403", status::<403>),
    ("409", status::<409>),
    ("422", status::<422>),
    ("an admission that is denied", denied),
    ("a page that is no JSON", page::<200>),
    ("a page of 401", page::<401>),
    ("a page of 403", page::<403>),
    ("a page of 404", page::<404>),
    ("a redirect", page::<302>),
    ("half of a refusal", |said| (403, format!("{{\"message\": \"{}", &said[..15]))),
    ("half of an object", |said| (200, format!("{{\"kind\": \"{said}"))),
];

/// A server that repeats in each answer, in every form, the proof that it was sent.
fn server(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    // It ends with the process of the tests.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let length = stream.read(&mut head).unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            let proof = head
                .lines()
                .find_map(|line| line.split_once("uthorization: ")?.1.split(' ').nth(1));
            let proof = proof.unwrap_or_default();
            let plain = STANDARD.decode(proof).ok().and_then(|text| String::from_utf8(text).ok());
            let all = [proof.to_owned(), plain.unwrap_or_default()];
            let said: Vec<_> =
                all.iter().filter(|one| !one.is_empty()).flat_map(|one| forms(one)).collect();
            let (status, body) = answer(&format!("{} {}", proof, said.join(" ")));
            let head = format!(
                "HTTP/1.1 {status} X\r\nlocation: http://elsewhere.example/?{proof}\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            // A client that has gone is no fault of a server.
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    address.to_string()
}

fn kubeconfig(folder: &std::path::Path, address: &str, user: &Json) -> String {
    let path = folder.join("kubeconfig");
    let text = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "contexts": [{ "name": "c", "context": { "cluster": "k", "user": "u" } }],
        "clusters": [{ "name": "k", "cluster": { "server": format!("http://{address}") } }],
        "users": [{ "name": "u", "user": user }],
    });
    std::fs::write(&path, text.to_string()).expect("a file");
    path.display().to_string()
}

/// A user of a kubeconfig who runs this script.
fn running(script: &str) -> Json {
    let args = json!(["-c", script, "sh", "--client-secret", FLAG]);
    let env = json!([{ "name": "SECRET", "value": VARIABLE }, { "name": "KEY", "value": KEY }]);
    json!({ "exec": { "apiVersion": VERSION, "command": "sh", "args": args, "env": env } })
}

fn printing(token: &str) -> String {
    let credential =
        json!({ "apiVersion": VERSION, "kind": "ExecCredential", "status": { "token": token } });
    format!("echo '{credential}'")
}

/// What is said of an instance type in the cluster of this block, in which no secret is.
async fn apply(case: &str, mut block: Json) -> String {
    let log = LoggedLines::catch();
    block["cluster_ids"] = json!([id(ARC)]);
    let provider = Server::new::<AzureMl>();
    let config = json!({ "use_cli": false, "kubernetes": block });
    assert_eq!(configure_provider(&provider, "1.11.4", &config).await, [""; 0], "{case}");
    let mut core = Core::new("instance_type", provider.clone());
    let amounts = json!({ "cpu": "2", "memory": "4Gi" });
    let config = json!({
        "name": "gpu", "cluster_id": id(ARC),
        "resources": { "requests": amounts, "limits": amounts },
        "timeouts": { "create": "1s" },
    });
    let told = core.apply(&config).await.join("\n");
    let log = log.lines().iter().map(|line| framework::redact_active(line)).collect::<Vec<_>>();
    for (place, text) in [
        ("the diagnostics", told.clone()),
        ("the log", log.join("\n")),
        ("the state", core.state().to_string()),
    ] {
        let lines = KEY.lines().map(|line| ("a line of a key", line));
        assert_eq!(
            find_leak(&text, NEVER.into_iter().chain(lines)),
            None,
            "{case}: {place}: {text}"
        );
    }
    assert!(told.starts_with("error "), "{case}: {told}");
    told
}

#[tokio::test]
async fn no_error_of_a_cluster_shows_the_credential() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, TOKEN).expect("a file");
    for (name, answer) in ANSWERS {
        let address = server(answer);
        let users = [
            json!({ "token": TOKEN }),
            json!({ "tokenFile": file.display().to_string() }),
            running(&printing(PRINTED)),
        ];
        for user in users {
            let path = kubeconfig(folder.path(), &address, &user);
            let told = apply(&format!("{name}: {user}"), json!({ "config_path": path })).await;
            let is_repeated = told.contains("(sensitive)");
            assert!(
                is_repeated || told.contains("is not what an API server sends"),
                "{name}: {told}"
            );
        }
        let host = format!("http://{address}");
        apply(name, json!({ "host": host, "token": TOKEN })).await;
    }
}

#[tokio::test]
async fn no_proxy_of_a_cluster_shows_its_password() {
    for (scheme, answer) in
        [("http", page::<407> as Answer), ("http", page::<403>), ("socks5", page::<200>)]
    {
        let proxy = format!("{scheme}://user:{PASSWORD}@{}", server(answer));
        let block = json!({ "host": "https://cluster.example", "proxy_url": proxy });
        let told = apply(scheme, block).await;
        assert!(told.contains("cannot be reached") || told.contains("is over"), "{told}");
    }
}

#[tokio::test]
async fn no_program_shows_what_it_is_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let everything = "env; env >&2; echo \"$0 $*\" >&2; printf %s \"$SECRET\" | base64 >&2";
    for (script, expected) in [
        (format!("{everything}; exit 3"), "ends with exit status: 3"),
        (everything.to_owned(), "prints no ExecCredential"),
        (
            format!("echo \"$KEY\" >&2; {}", printing("")),
            "neither a token nor a client certificate",
        ),
        ("echo \"$SECRET\" >&2; head -c 2000000 /dev/zero".to_owned(), "prints far more"),
        (format!("{everything}; exec sleep 600"), "is over"),
        (format!("head -c 3000 /dev/zero | tr '\\0' ' ' >&2; {everything}; exit 1"), "exit status"),
    ] {
        let path = kubeconfig(folder.path(), "127.0.0.1:9", &running(&script));
        let told = apply(&script, json!({ "config_path": path })).await;
        assert!(told.contains(expected), "{script}: {told}");
    }
}
