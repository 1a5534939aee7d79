//! Whoever is logged in to the Azure CLI.

use super::{Fresh, TokenMethod, reason, received};
use azure_core::credentials::TokenCredential;
use azure_identity::{AzureCliCredential, AzureCliCredentialOptions, Executor, new_executor};
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for `az`: it takes seconds on a slow machine, and must not take the whole timeout of a resource.
const PATIENCE: Duration = Duration::from_mins(1);

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
impl TokenMethod for AzureCli {
    fn name(&self) -> &'static str {
        "Azure CLI"
    }

    async fn fetch(&self, scope: &str) -> Result<Fresh, String> {
        let options = AzureCliCredentialOptions {
            tenant_id: self.tenant.clone(),
            subscription: self.subscription.clone(),
            executor: Some(self.executor.clone()),
        };
        let told = |error: azure_core::Error| reason(&error, &[]);
        let credential = AzureCliCredential::new(Some(options)).map_err(told)?;
        match tokio::time::timeout(PATIENCE, credential.get_token(&[scope], None)).await {
            Ok(outcome) => outcome.map(received).map_err(told),
            Err(_) => Err(format!(
                "`az account get-access-token` did not answer within {} s",
                PATIENCE.as_secs()
            )),
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::io;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{ExitStatus, Output};
    use std::sync::Mutex;

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
    async fn a17_the_logged_in_account_gives_a_token() {
        let (az, shell) = shell(2, TOKEN, "WARNING: noise");
        let fresh = az.fetch("https://arm.example/.default").await.ok().unwrap();
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
    async fn a17_an_az_that_fails_or_hangs_is_one_reason() {
        let (az, _) = shell(1, "", "ERROR: Please run 'az login' to setup account.\n");
        let reason = az.fetch("scope").await.err().unwrap();
        assert!(reason.contains("az login") && !reason.contains('\n'), "{reason}");
        let (az, _) = shell(3600, TOKEN, "");
        assert!(az.fetch("scope").await.err().unwrap().contains("did not answer within 60 s"));
    }
}
