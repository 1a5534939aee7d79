//! Who is trusted, and what is shown to whom.

use super::server::{Authority, TestServer, VERSION, ask, locally};
use crate::connection::{Identity, Roots, Server, Token};
use crate::error::Error;

fn at(server: &TestServer, roots: Roots) -> Server {
    Server::new(&format!("https://{}", server.address), roots).unwrap()
}

fn same(certificate: Vec<u8>) -> Vec<u8> {
    certificate
}

fn tls_error(outcome: Result<crate::cluster::ServerVersion, Error>) -> String {
    match outcome.expect_err("no trust") {
        error @ Error::Tls { .. } => error.to_string(),
        other => panic!("another failure: {other:?}"),
    }
}

#[tokio::test]
async fn the_authority_of_the_cluster_and_nobody_else_is_trusted() {
    locally(async {
        let (authority, other) = (Authority::new(), Authority::new());
        let server = TestServer::start(Some(authority.server("127.0.0.1", same)), VERSION).await;
        let version = ask(at(&server, authority.roots()), Identity::default(), None).await.unwrap();
        assert_eq!(version.git_version, "v1.37.2-x1");

        let token = || Identity::from(Token::Fixed("canary".into()));
        let error = tls_error(ask(at(&server, other.roots()), token(), None).await);
        assert!(error.contains("invalid peer certificate"), "{error}");
        let mut unchecked = at(&server, Roots::Platform);
        unchecked.insecure = true;
        ask(unchecked, Identity::default(), None).await.unwrap();
        // Who is not trusted is told nothing.
        assert!(server.heads().iter().all(|head| !head.contains("canary")));
    })
    .await;
}

#[tokio::test]
async fn a_certificate_has_the_name_of_the_host_or_the_one_that_is_said() {
    locally(async {
        let authority = Authority::new();
        let server = TestServer::start(Some(authority.server("kubernetes", same)), VERSION).await;
        let error = tls_error(ask(at(&server, authority.roots()), Identity::default(), None).await);
        assert!(error.contains("not valid for name"), "{error}");
        let mut named = at(&server, authority.roots());
        named.tls_server_name = Some("kubernetes".to_owned());
        ask(named, Identity::default(), None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_token_and_a_certificate_reach_the_server_with_our_name() {
    locally(async {
        let authority = Authority::new();
        let server = TestServer::start(Some(authority.server("127.0.0.1", same)), VERSION).await;
        let identity = Identity {
            certificate: Some(authority.client()),
            token: Token::Fixed("token-1".into()),
        };
        ask(at(&server, authority.roots()), identity, None).await.unwrap();
        let head = server.heads().remove(0);
        assert!(head.starts_with("with a certificate\nGET /version HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("authorization: Bearer token-1\r\n"), "{head}");
        assert!(head.contains("user-agent: tester/1\r\n"), "{head}");
    })
    .await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_not_repeated() {
    locally(async {
        let authority = Authority::new();
        let server = TestServer::start(Some(authority.server("127.0.0.1", same)), VERSION).await;
        let mut halves = authority.client();
        halves.key = "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n".into();
        let mut words = authority.client();
        words.certificate = "canary".to_owned();
        for certificate in [halves, words] {
            let asked = ask(at(&server, authority.roots()), certificate.into(), None).await;
            let error = asked.expect_err("no certificate").to_string();
            assert!(!error.contains("canary") && !error.contains("Y2Fu"), "{error}");
            assert!(error.contains("private key") || error.contains("certificate"), "{error}");
        }
    })
    .await;
}

/// Go signs with SHA-512 where the authority's key is on the curve P-521. This certificate says that
/// it is signed so.
#[tokio::test]
async fn a_signature_that_cannot_be_checked_is_explained() {
    locally(async {
        let authority = Authority::new();
        let sha_512 = |mut certificate: Vec<u8>| {
            // The end of `ecdsa-with-SHA384`, 1.2.840.10045.4.3.3.
            const OID: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3];
            let places: Vec<_> = (0..certificate.len() - 8)
                .filter(|at| certificate[*at..].starts_with(&OID) && certificate[at + 7] == 3)
                .collect();
            assert_eq!(places.len(), 2);
            for at in places {
                certificate[at + 7] = 4;
            }
            certificate
        };
        let server = TestServer::start(Some(authority.server("127.0.0.1", sha_512)), VERSION).await;
        let error = tls_error(ask(at(&server, authority.roots()), Identity::default(), None).await);
        assert!(error.contains("P-521"), "{error}");
    })
    .await;
}
