//! What is sent, and how an answer comes.

use std::io::{ErrorKind, Write as _};
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::server::{TestServer, VERSION, ask, locally, read_head};
use crate::connection::{Identity, Roots, Server, Token};

#[tokio::test]
async fn an_answer_may_come_compressed() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(b"{\"gitVersion\": \"v1.37.2\"}").unwrap();
    let body = encoder.finish().unwrap();
    locally(async {
        let server =
            TestServer::serve(async move |mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>| {
                let head = read_head(&mut stream).await;
                seen.lock().expect("no panic").push(head);
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
            })
            .await;
        let address = Server::new(&format!("http://{}", server.address), Roots::Platform).unwrap();
        let version = ask(address, Identity::default(), None).await.unwrap();
        assert_eq!(version.git_version, "v1.37.2");
        assert!(server.heads()[0].contains("accept-encoding: gzip\r\n"), "{:?}", server.heads());
    })
    .await;
}

#[tokio::test]
async fn a_server_may_lie_below_a_path() {
    locally(async {
        let server = TestServer::start(None, VERSION).await;
        for (path, line) in [
            ("", "GET /version HTTP/1.1\r\n"),
            ("/", "GET /version HTTP/1.1\r\n"),
            ("/k8s/clusters/c-1", "GET /k8s/clusters/c-1/version HTTP/1.1\r\n"),
            ("/k8s/clusters/c-1/", "GET /k8s/clusters/c-1/version HTTP/1.1\r\n"),
        ] {
            let address = format!("http://{}{path}", server.address);
            let address = Server::new(&address, Roots::Platform).unwrap();
            ask(address, Identity::default(), None).await.unwrap();
            let head = server.heads().pop().unwrap();
            assert!(head.starts_with(line), "{head}");
            let host = format!("host: {}\r\n", server.address);
            assert!(head.contains(&host), "{head}");
        }
    })
    .await;
}

/// Whoever is redirected has the answer, and the token stays where it was sent.
#[tokio::test]
async fn a_redirect_of_an_api_server_is_not_followed() {
    let stranger = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    stranger.set_nonblocking(true).unwrap();
    let to = format!("http://{}/elsewhere", stranger.local_addr().unwrap());
    locally(async {
        for status in [301, 302, 303, 307, 308] {
            let answer =
                format!("HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            let server = TestServer::serve(
                async move |mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>| {
                    let head = read_head(&mut stream).await;
                    seen.lock().expect("no panic").push(head);
                    let _ = stream.write_all(answer.as_bytes()).await;
                },
            )
            .await;
            let address =
                Server::new(&format!("http://{}", server.address), Roots::Platform).unwrap();
            let token = Identity::from(Token::Fixed("canary-token".into()));
            let error = ask(address, token, None).await.expect_err("a redirect");
            assert!(error.to_string().contains(&status.to_string()), "{error}");
            assert_eq!(server.heads().len(), 1, "{:?}", server.heads());
            assert!(server.heads()[0].contains("canary-token"));
        }
    })
    .await;
    let came = stranger.accept();
    assert!(came.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "{came:?}");
}
