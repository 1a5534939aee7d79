//! The way through a proxy.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::server::{Authority, TestServer, VERSION, ask, locally, read_head};
use crate::connection::{Identity, Proxy, Server, Token};

/// An HTTP proxy that leads everybody to one server, whatever they ask for.
async fn http_proxy(to: std::net::SocketAddr) -> TestServer {
    TestServer::serve(async move |mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>| {
        let head = read_head(&mut stream).await;
        seen.lock().expect("no panic").push(head);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        let mut target = TcpStream::connect(to).await.expect("a server");
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut target).await;
    })
    .await
}

/// A SOCKS5 proxy that leads everybody to one server.
async fn socks_proxy(to: std::net::SocketAddr) -> TestServer {
    TestServer::serve(async move |mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>| {
        let mut greeting = [0; 3];
        let _ = stream.read_exact(&mut greeting).await;
        let _ = stream.write_all(&[5, 0]).await;
        let mut head = [0; 5];
        let _ = stream.read_exact(&mut head).await;
        let mut name = vec![0; usize::from(head[4]) + 2];
        let _ = stream.read_exact(&mut name).await;
        name.truncate(usize::from(head[4]));
        seen.lock().expect("no panic").push(String::from_utf8_lossy(&name).into_owned());
        let _ = stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await;
        let mut target = TcpStream::connect(to).await.expect("a server");
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut target).await;
    })
    .await
}

fn same(certificate: Vec<u8>) -> Vec<u8> {
    certificate
}

#[tokio::test]
async fn a_cluster_is_reached_through_an_http_proxy_that_sees_no_token() {
    locally(async {
        let authority = Authority::new();
        let tls = authority.server("cluster.example", same);
        let target = TestServer::start(Some(tls), VERSION).await;
        let proxy = http_proxy(target.address).await;
        let server = Server::new("https://cluster.example:6443", authority.roots()).unwrap();
        let url = format!("http://user:p%40ss@{}", proxy.address);
        // The proxy's own address on the list of NO_PROXY says nothing of the cluster.
        let way = Proxy::from_environment("HTTPS_PROXY", url, "127.0.0.1,".to_owned());
        let token = Identity::from(Token::Fixed("token-1".into()));
        ask(server, token, Some(way)).await.unwrap();
        let head = proxy.heads().remove(0);
        assert!(head.starts_with("CONNECT cluster.example:6443 HTTP/1.1\r\n"), "{head}");
        assert!(head.to_lowercase().contains("proxy-authorization: basic dxnlcjpwqhnz"), "{head}");
        assert!(!head.contains("token-1"), "{head}");
        assert!(target.heads()[0].contains("Bearer token-1"));
    })
    .await;
}

#[tokio::test]
async fn a_cluster_is_reached_through_a_socks_proxy_that_resolves_its_name() {
    locally(async {
        let authority = Authority::new();
        let tls = authority.server("cluster.example", same);
        let target = TestServer::start(Some(tls), VERSION).await;
        let proxy = socks_proxy(target.address).await;
        let server = Server::new("https://cluster.example:6443", authority.roots()).unwrap();
        let way = Proxy::explicit("proxy_url", format!("socks5h://{}", proxy.address));
        ask(server, Identity::default(), Some(way)).await.unwrap();
        assert_eq!(proxy.heads(), ["cluster.example"]);
    })
    .await;
}

/// A SOCKS5 proxy that asks for user and password, notes them, and leads nowhere.
async fn guarded_socks_proxy() -> TestServer {
    TestServer::serve(async move |mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>| {
        let mut greeting = [0; 2];
        let _ = stream.read_exact(&mut greeting).await;
        let mut methods = vec![0; usize::from(greeting[1])];
        let _ = stream.read_exact(&mut methods).await;
        let _ = stream.write_all(&[5, if methods.contains(&2) { 2 } else { 0xff }]).await;
        let _version = stream.read_u8().await;
        let mut told = Vec::new();
        for _ in 0..2 {
            let mut text = vec![0; usize::from(stream.read_u8().await.unwrap_or_default())];
            let _ = stream.read_exact(&mut text).await;
            told.push(String::from_utf8_lossy(&text).into_owned());
        }
        seen.lock().expect("no panic").push(told.join(" "));
        let _ = stream.write_all(&[1, 1]).await;
    })
    .await
}

#[tokio::test]
async fn a_socks_proxy_is_told_user_and_password() {
    locally(async {
        let proxy = guarded_socks_proxy().await;
        let server = Server::new("https://cluster.example", Authority::new().roots()).unwrap();
        let way = Proxy::explicit("proxy_url", format!("socks5://us:p%40ss@{}", proxy.address));
        let error =
            ask(server, Identity::default(), Some(way)).await.expect_err("no way").to_string();
        assert_eq!(proxy.heads()[0], "us p@ss");
        assert!(!error.contains("p@ss") && !error.contains("p%40ss"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_server_on_this_machine_is_asked_directly() {
    locally(async {
        let authority = Authority::new();
        let tls = authority.server("127.0.0.1", same);
        let target = TestServer::start(Some(tls), VERSION).await;
        let address = format!("https://{}", target.address);
        let server = || Server::new(&address, authority.roots()).unwrap();
        let nowhere = "http://127.0.0.1:1".to_owned();
        let environment = Proxy::from_environment("HTTPS_PROXY", nowhere.clone(), String::new());
        ask(server(), Identity::default(), Some(environment)).await.unwrap();
        let explicit = Proxy::explicit("proxy_url", nowhere);
        let error = ask(server(), Identity::default(), Some(explicit)).await.expect_err("no proxy");
        assert!(error.to_string().contains("refused"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_proxy_that_wants_other_credentials_is_said_to_be_the_cause() {
    locally(async {
        let answer = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        let proxy = TestServer::start(None, answer).await;
        let server = Server::new("https://cluster.example", Authority::new().roots()).unwrap();
        let way = Proxy::explicit("proxy_url", format!("http://u:canary@{}", proxy.address));
        let error =
            ask(server, Identity::default(), Some(way)).await.expect_err("no way").to_string();
        assert!(error.contains("the proxy asks for other credentials (407)"), "{error}");
        assert!(!error.contains("canary"), "{error}");
        assert_eq!(proxy.heads().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_there_and_half_an_answer_are_tried_again_until_the_deadline() {
    locally(async {
        let half = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"git";
        let cut = TestServer::start(None, half).await;
        let gone = TestServer::start(None, half).await.address;
        for (address, expected) in [(cut.address, "end of file"), (gone, "refused")] {
            let server =
                Server::new(&format!("http://{address}"), crate::connection::Roots::Platform);
            let asked = ask(server.unwrap(), Identity::default(), None).await;
            let error = asked.expect_err("no answer").to_string();
            assert!(error.starts_with("the time for get /version is over"), "{error}");
            assert!(error.contains(expected), "{error}");
        }
        assert!(cut.heads().len() > 1);
    })
    .await;
}
