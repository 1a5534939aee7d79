//! As whom requests are sent, and what renews it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use vocabulary::Sensitive;

use crate::cluster::Lookup;
use crate::connection::{BearerTokenSource, Identity, Token};
use crate::error::Error;
use crate::resource_type::ResourceType;
use crate::scripted_cluster::{Reply, ScriptedCluster, Seen, status, unhurried};

const NODES: ResourceType = ResourceType::NODES;

/// Gives `t-1`, and the next one when the current was rejected.
#[derive(Default)]
struct Tokens {
    current: AtomicUsize,
    asked: AtomicUsize,
}

#[async_trait::async_trait]
impl BearerTokenSource for Tokens {
    async fn bearer_token(
        &self, rejected: Option<&Sensitive<String>>,
    ) -> Result<Sensitive<String>, String> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let token = |number: usize| format!("t-{}", number + 1);
        let current = self.current.load(Ordering::Relaxed);
        if rejected.is_some_and(|rejected| *rejected.expose() == token(current)) {
            self.current.fetch_add(1, Ordering::Relaxed);
        }
        Ok(token(self.current.load(Ordering::Relaxed)).into())
    }
}

fn node() -> Value {
    json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n"}})
}

/// Answers those whose token is accepted.
fn guarded(accepts: impl Fn(&str) -> bool) -> impl Fn(&Seen, usize) -> Reply {
    move |seen, _| match seen.authorization.as_deref() {
        Some(sent) if accepts(sent) => Reply::Json(200, node()),
        _ => status(401, "Unauthorized", "Unauthorized", json!({})),
    }
}

async fn read(cluster: &ScriptedCluster) -> Result<Lookup<Value>, Error> {
    unhurried(async |options| cluster.cluster.get(&NODES, None, "n", options).await).await
}

fn tokens(cluster: &ScriptedCluster) -> Vec<String> {
    cluster.requests().into_iter().map(|seen| seen.authorization.unwrap_or_default()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ended_meanwhile_is_replaced_once() {
    let source = Arc::new(Tokens::default());
    let identity = Identity::from(Token::Source(source.clone()));
    let cluster = ScriptedCluster::with_identity(identity, guarded(|sent| sent == "Bearer t-2"));
    assert_eq!(read(&cluster).await, Ok(Lookup::Found(node())));
    assert_eq!(read(&cluster).await, Ok(Lookup::Found(node())));
    assert_eq!(tokens(&cluster), ["Bearer t-1", "Bearer t-2", "Bearer t-2"]);
}

#[tokio::test(start_paused = true)]
async fn many_callers_with_one_old_token_cause_one_renewal() {
    let source = Arc::new(Tokens::default());
    let identity = Identity::from(Token::Source(source.clone()));
    let cluster = ScriptedCluster::with_identity(identity, guarded(|sent| sent == "Bearer t-2"));
    let (a, b, c) = tokio::join!(read(&cluster), read(&cluster), read(&cluster));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(source.current.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_never_accepted_is_not_asked_without_end() {
    let source = Arc::new(Tokens::default());
    let identity = Identity::from(Token::Source(source.clone()));
    let cluster = ScriptedCluster::with_identity(identity, guarded(|_| false));
    for _ in 0..10 {
        let error = read(&cluster).await.expect_err("nobody is let in");
        assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
    }
    assert_eq!(source.current.load(Ordering::Relaxed), 1);
    assert_eq!(cluster.requests().len(), 11);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_cannot_change_is_sent_once() {
    let identity = Identity::from(Token::Fixed("fixed".into()));
    let cluster = ScriptedCluster::with_identity(identity, guarded(|_| false));
    read(&cluster).await.expect_err("refused");
    assert_eq!(tokens(&cluster), ["Bearer fixed"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_file_is_read_again_after_a_minute_and_when_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "first\n").unwrap();
    let identity = Identity::from(Token::File(file.clone(), None));
    let cluster = ScriptedCluster::with_identity(identity, |seen, before| match before {
        3 => status(401, "Unauthorized", "Unauthorized", json!({"sent": seen.path})),
        _ => Reply::Json(200, node()),
    });
    read(&cluster).await.unwrap();
    std::fs::write(&file, "second").unwrap();
    read(&cluster).await.unwrap();
    tokio::time::advance(Duration::from_secs(61)).await;
    read(&cluster).await.unwrap();
    std::fs::write(&file, "third").unwrap();
    read(&cluster).await.unwrap();
    let expected = ["first", "first", "second", "second", "third"].map(|it| format!("Bearer {it}"));
    assert_eq!(tokens(&cluster), expected);
}

/// The file is replaced by its owner, and may not be there for a moment.
#[tokio::test(start_paused = true)]
async fn a_token_file_that_is_gone_for_the_moment_leaves_its_last_token() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "first").unwrap();
    let identity = Identity::from(Token::File(file.clone(), None));
    let cluster = ScriptedCluster::with_identity(identity, |seen, before| match before {
        4 => status(401, "Unauthorized", "Unauthorized", json!({"sent": seen.path})),
        _ => Reply::Json(200, node()),
    });
    read(&cluster).await.unwrap();
    for content in [None, Some(""), Some("second")] {
        std::fs::remove_file(&file).unwrap();
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        tokio::time::advance(Duration::from_secs(61)).await;
        read(&cluster).await.unwrap();
        std::fs::write(&file, content.unwrap_or_default()).unwrap();
    }
    // One that is refused does not stay.
    std::fs::remove_file(&file).unwrap();
    let error = read(&cluster).await.expect_err("no token").to_string();
    assert!(error.contains("cannot be used"), "{error}");
    let expected = ["first", "first", "first", "second", "second"];
    assert_eq!(tokens(&cluster), expected.map(|it| format!("Bearer {it}")));
}

#[tokio::test(start_paused = true)]
async fn a_token_file_that_is_missing_is_named() {
    let missing = std::path::PathBuf::from("/nowhere/token");
    let identity = Identity::from(Token::File(missing.clone(), None));
    let cluster = ScriptedCluster::with_identity(identity, guarded(|_| true));
    let error = read(&cluster).await.expect_err("no token").to_string();
    assert!(error.contains("/nowhere/token cannot be used"), "{error}");
    let identity = Identity::from(Token::File(missing, Some("beside".into())));
    let cluster = ScriptedCluster::with_identity(identity, guarded(|_| true));
    read(&cluster).await.unwrap();
    assert_eq!(tokens(&cluster), ["Bearer beside"]);
}

#[tokio::test(start_paused = true)]
async fn a_source_without_a_token_says_why() {
    struct Empty;
    #[async_trait::async_trait]
    impl BearerTokenSource for Empty {
        async fn bearer_token(
            &self, _: Option<&Sensitive<String>>,
        ) -> Result<Sensitive<String>, String> {
            Err("nobody is signed in".to_owned())
        }
    }
    let identity = Identity::from(Token::Source(Arc::new(Empty)));
    let cluster = ScriptedCluster::with_identity(identity, guarded(|_| true));
    let error = read(&cluster).await.expect_err("no token").to_string();
    assert_eq!(error, "no token for the cluster: nobody is signed in");
    assert!(cluster.requests().is_empty());
}

#[cfg(unix)]
mod exec {
    use super::*;
    use crate::connection::ExecPlugin;

    /// A plugin that counts its runs in a file and prints the count as its token.
    fn counting(folder: &std::path::Path, lifetime: Option<&str>) -> Identity {
        let version = "client.authentication.k8s.io/v1";
        let end =
            lifetime.map(|end| format!(",\"expirationTimestamp\":\"{end}\"")).unwrap_or_default();
        let script = format!(
            "echo x >> runs; printf '{{\"apiVersion\":\"{version}\",\"kind\":\"ExecCredential\",\
             \"status\":{{\"token\":\"t-%s\"{end}}}}}' \"$(wc -l < runs | tr -d ' ')\""
        );
        let mut plugin = ExecPlugin::new("sh", version, None).unwrap();
        let script = format!("cd '{}'; {script}", folder.display());
        plugin.args = vec!["-c".to_owned(), script];
        Identity::from(Token::Exec(Box::new(plugin)))
    }

    #[tokio::test]
    async fn a_plugin_runs_once_and_once_more_when_its_token_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let identity = counting(folder.path(), None);
        let cluster =
            ScriptedCluster::with_identity(identity, guarded(|sent| sent == "Bearer t-2"));
        for _ in 0..3 {
            read(&cluster).await.unwrap();
        }
        assert_eq!(tokens(&cluster), ["Bearer t-1", "Bearer t-2", "Bearer t-2", "Bearer t-2"]);
        // A connection outlives a token.
        assert_eq!(cluster.connections(), 1);
    }

    #[tokio::test]
    async fn a_plugin_runs_again_when_its_token_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let identity = counting(folder.path(), Some("2001-01-01T00:00:00Z"));
        let cluster = ScriptedCluster::with_identity(identity, guarded(|_| true));
        for _ in 0..2 {
            read(&cluster).await.unwrap();
        }
        assert_eq!(tokens(&cluster), ["Bearer t-1", "Bearer t-2"]);
    }

    #[tokio::test]
    async fn callers_side_by_side_run_one_plugin() {
        let folder = tempfile::tempdir().unwrap();
        let cluster =
            ScriptedCluster::with_identity(counting(folder.path(), None), guarded(|_| true));
        let (a, b) = tokio::join!(read(&cluster), read(&cluster));
        assert!(a.is_ok() && b.is_ok());
        assert_eq!(tokens(&cluster), ["Bearer t-1", "Bearer t-1"]);
    }

    #[tokio::test]
    async fn a_certificate_that_was_renewed_gets_a_connection_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut identity = counting(folder.path(), None);
        let Token::Exec(plugin) = &mut identity.token else { panic!("a plugin") };
        let pair = "\"clientKeyData\":\"k\",\"clientCertificateData\":";
        plugin.args[1] = plugin.args[1].replace("\"token\":", pair);
        let cluster = ScriptedCluster::with_identity(identity, |_, before| match before {
            1 => status(401, "Unauthorized", "Unauthorized", json!({})),
            _ => Reply::Json(200, node()),
        });
        read(&cluster).await.unwrap();
        assert_eq!(cluster.connections(), 1);
        read(&cluster).await.unwrap();
        assert_eq!((cluster.connections(), tokens(&cluster)), (2, vec![String::new(); 3]));
    }
}
