//! Whoever is logged in to the Azure CLI.

use std::ffi::OsStr;
use std::io;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_identity::{AzureCliCredential, AzureCliCredentialOptions, Executor, new_executor};

use super::{FetchedToken, TokenSource, describe_error, fetched_token};

/// Longest wait for `az`: it takes seconds on a slow machine, and must not take the whole timeout
/// of a resource.
const AZ_CLI_TIMEOUT: Duration = Duration::from_mins(1);

/// The account of `az login`.
pub struct AzureCli {
    tenant: Option<String>,
    subscription: Option<String>,
    executor: Arc<dyn Executor>,
}

impl AzureCli {
    /// The logged in account, in a tenant and of a subscription where they are given.
    pub fn new(tenant: Option<String>, subscription: Option<String>) -> Self {
        Self { tenant, subscription, executor: new_executor() }
    }
}

#[async_trait::async_trait]
impl TokenSource for AzureCli {
    fn name(&self) -> &'static str {
        "Azure CLI"
    }

    async fn fetch_token(&self, scope: &str) -> Result<FetchedToken, String> {
        let options = AzureCliCredentialOptions {
            tenant_id: self.tenant.clone(),
            subscription: self.subscription.clone(),
            executor: Some(Arc::new(CheckedExecutor(self.executor.clone()))),
        };
        let describe = |error: azure_core::Error| describe_error(&error, &[]);
        let credential = AzureCliCredential::new(Some(options)).map_err(describe)?;
        match tokio::time::timeout(AZ_CLI_TIMEOUT, credential.get_token(&[scope], None)).await {
            Ok(outcome) => outcome.map(fetched_token).map_err(describe),
            Err(_) => Err(format!(
                "`az account get-access-token` did not answer within {} s",
                AZ_CLI_TIMEOUT.as_secs()
            )),
        }
    }
}

/// Runs `az` and looks at what it printed, so that nobody has to read a parser's words, which may
/// quote a token.
#[derive(Debug)]
struct CheckedExecutor(Arc<dyn Executor>);

#[async_trait::async_trait]
impl Executor for CheckedExecutor {
    async fn run(&self, program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        let output = self.0.run(program, arguments).await?;
        if output.status.success() && !is_token_output(&output.stdout) {
            return Err(io::Error::other(
                "`az account get-access-token` printed something else than a JSON object with the \
                 members `accessToken`, `expires_on` and `tokenType`, which the Azure CLI prints \
                 from version 2.54.0 on. Run it by hand: az account get-access-token --output json",
            ));
        }
        Ok(output)
    }
}

fn is_token_output(stdout: &[u8]) -> bool {
    let Ok(printed) = serde_json::from_slice::<serde_json::Value>(stdout) else { return false };
    let is_text = |name: &str| printed[name].as_str().is_some_and(|text| !text.is_empty());
    is_text("accessToken") && is_text("tokenType") && printed["expires_on"].is_i64()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;
    use std::sync::Mutex;

    use super::*;

    /// Stands for the shell in which `az` is run.
    #[derive(Debug)]
    struct Shell {
        takes: Duration,
        prints: &'static str,
        complains: &'static str,
        ran: Mutex<Vec<String>>,
    }

    #[async_trait::async_trait]
    impl Executor for Shell {
        async fn run(&self, _program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
            self.ran.lock().unwrap().push(arguments[1].to_string_lossy().into_owned());
            tokio::time::sleep(self.takes).await;
            let status = ExitStatus::from_raw(if self.prints.is_empty() { 256 } else { 0 });
            Ok(Output { status, stdout: self.prints.into(), stderr: self.complains.into() })
        }
    }

    fn shell(takes: u64, prints: &'static str, complains: &'static str) -> (AzureCli, Arc<Shell>) {
        let takes = Duration::from_secs(takes);
        let shell = Arc::new(Shell { takes, prints, complains, ran: Mutex::default() });
        let tenant = Some("tenant".to_owned());
        (AzureCli { tenant, subscription: None, executor: shell.clone() }, shell)
    }

    const TOKEN: &str =
        r#"{"accessToken":"canary-token","expires_on":32503680000,"tokenType":"Bearer"}"#;

    #[tokio::test(start_paused = true)]
    async fn the_logged_in_account_gives_a_token() {
        let (az, shell) = shell(2, TOKEN, "WARNING: noise");
        let fresh = az.fetch_token("https://arm.example/.default").await.ok().unwrap();
        assert_eq!(fresh.token.secret(), "canary-token");
        assert!(fresh.lifetime.unwrap() > Duration::from_hours(1));
        let ran = shell.ran.lock().unwrap();
        assert!(
            ran[0].contains("az account get-access-token") && ran[0].contains("--tenant tenant"),
            "{ran:?}"
        );
        assert_eq!(ran.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_az_that_fails_or_hangs_is_one_reason() {
        let (az, _) = shell(1, "", "ERROR: Please run 'az login' to setup account.\n");
        let reason = az.fetch_token("scope").await.err().unwrap();
        assert!(reason.contains("az login") && !reason.contains('\n'), "{reason}");
        let (az, _) = shell(3600, TOKEN, "");
        assert!(
            az.fetch_token("scope").await.err().unwrap().contains("did not answer within 60 s")
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_az_printed_is_never_shown_and_what_was_expected_is() {
        for printed in [
            "canary, no JSON",
            "WARNING: canary\n{}",
            "[]",
            "\"canary\"",
            r#"{"accessToken": "canary", "tokenType": "Bearer"}"#,
            r#"{"accessToken": {"canary": 1}, "expires_on": 32503680000, "tokenType": "Bearer"}"#,
            r#"{"accessToken": "", "expires_on": 32503680000, "tokenType": "Bearer"}"#,
            r#"{"accessToken": "canary", "expires_on": "canary", "tokenType": "Bearer"}"#,
            r#"{"accessToken": "canary", "expires_on": 32503680000, "tokenType": 7}"#,
        ] {
            let (az, _) = shell(1, printed, "");
            let reason = az.fetch_token("scope").await.err().unwrap();
            assert!(reason.contains("`accessToken`"), "{printed}: {reason}");
            for word in ["canary", "line 1", "column", "invalid type"] {
                assert!(!reason.contains(word), "{printed}: {reason}");
            }
        }
    }
}
