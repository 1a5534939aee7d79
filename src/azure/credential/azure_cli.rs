//! Whoever is logged in to the Azure CLI.

use std::io;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use program::{Ending, Program};
use serde_json::Value;
use vocabulary::Sensitive;

use super::{FetchedToken, TokenRequest, TokenSource, unix_seconds};
use crate::cloud::cli_name_of_scope;

/// What the command line program is called. On Windows it is a script.
const AZ: &str = if cfg!(windows) { "az.cmd" } else { "az" };
/// Longest wait for `az`: it takes seconds on a slow machine, and must not take the whole timeout
/// of a resource.
const TIMEOUT: Duration = Duration::from_mins(1);
/// What to run to see what the provider does not show.
const BY_HAND: &str = "Run it by hand: az account get-access-token --output json";

/// The account of `az login`. What `az` prints is never shown: it may hold a token.
pub struct AzureCli {
    tenant: Option<String>,
    subscription: Option<String>,
    program: String,
    withheld: Vec<String>,
}

impl AzureCli {
    /// The logged in account: in a tenant, or else of a subscription, where they are given. `az`
    /// takes one of them only.
    pub fn new(tenant: Option<String>, subscription: Option<String>) -> Self {
        Self { tenant, subscription, program: AZ.to_owned(), withheld: Vec::new() }
    }

    /// The same, whose program does not inherit these variables. A name that ends with `*` stands
    /// for all that begin so.
    pub fn without_variables(self, withheld: Vec<String>) -> Self {
        Self { withheld, ..self }
    }

    /// The same by another program in the place of `az`.
    pub fn with_program(self, program: String) -> Self {
        Self { program, ..self }
    }

    fn program(&self, request: &TokenRequest<'_>) -> Result<Program, String> {
        let mut args: Vec<_> = ["account", "get-access-token", "--output", "json", "--scope"]
            .map(str::to_owned)
            .into();
        args.push(request.scope.to_owned());
        let tenant = request.tenant.or(self.tenant.as_deref());
        let chosen = match (tenant, &self.subscription) {
            (Some(tenant), _) => Some(("--tenant", "tenant_id", tenant)),
            (None, Some(subscription)) => {
                Some(("--subscription", "subscription_id", subscription.as_str()))
            }
            (None, None) => None,
        };
        if let Some((option, argument, value)) = chosen {
            // It is a word of a command line, on Windows of a script's.
            let is_plain = |letter: char| letter.is_alphanumeric() || " ._-()".contains(letter);
            if value.is_empty() || value.starts_with('-') || !value.chars().all(is_plain) {
                return Err(format!("`{argument}` is {value:?}, which `az` cannot be given"));
            }
            args.extend([option.to_owned(), value.to_owned()]);
        }
        let (command, removed) = (self.program.clone(), self.withheld.clone());
        let variables = Vec::new();
        Ok(Program { command, args, variables, removed })
    }
}

#[async_trait::async_trait]
impl TokenSource for AzureCli {
    fn name(&self) -> &'static str {
        "Azure CLI"
    }

    async fn fetch_token(&self, request: &TokenRequest<'_>) -> Result<FetchedToken, String> {
        if let Some(claims) = request.claims {
            let challenge = STANDARD.encode(claims);
            return Err(format!(
                "the service asks for a new login: az login --claims-challenge {challenge}"
            ));
        }
        let ended = self.program(request)?.run(TIMEOUT).await.map_err(|error| refusal(&error))?;
        match ended.ending {
            Ending::Success(printed) => read_token(printed.expose()).ok_or_else(|| {
                format!(
                    "`az account get-access-token` printed something else than a JSON object with \
                     the members `accessToken`, `expires_on` and `tokenType`, which the Azure CLI \
                     prints from version 2.54.0 on. {BY_HAND}"
                )
            }),
            Ending::Failure(status) => {
                let stderr = String::from_utf8_lossy(&ended.stderr);
                Err(explain_failure(&status.to_string(), &stderr, request))
            }
            Ending::TooLong => Err(format!(
                "`az account get-access-token` did not answer within {} s, and was ended. {BY_HAND}",
                TIMEOUT.as_secs()
            )),
            Ending::TooMuch => {
                Err(format!("`az account get-access-token` printed without end. {BY_HAND}"))
            }
        }
    }

    fn waits_for(&self) -> Option<String> {
        Some("`az account get-access-token` had not answered".to_owned())
    }
}

fn refusal(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => {
            "`az` is not on PATH. Install the Azure CLI and run `az login`, or sign in another way"
                .to_owned()
        }
        _ => format!("`az` cannot be run: {error}"),
    }
}

/// The token that was printed, after any warnings before it.
fn read_token(printed: &[u8]) -> Option<FetchedToken> {
    let is_begin = |at: &usize| printed[*at] == b'{' && (*at == 0 || printed[*at - 1] == b'\n');
    let begin = (0..printed.len()).find(is_begin)?;
    let mut values = serde_json::Deserializer::from_slice(&printed[begin..]).into_iter::<Value>();
    let printed = values.next()?.ok()?;
    let text = |name: &str| printed[name].as_str().filter(|text| !text.is_empty());
    text("tokenType")?;
    let token = Sensitive::from(text("accessToken")?.to_owned());
    let ends = u64::try_from(printed["expires_on"].as_i64()?).ok()?;
    let lifetime = Duration::from_secs(ends.saturating_sub(unix_seconds()));
    Some(FetchedToken::new(token, Some(lifetime)))
}

/// What a failure is about, by words of `az` that are known. The others stay with it.
fn explain_failure(status: &str, stderr: &str, request: &TokenRequest<'_>) -> String {
    let says = |words: &[&str]| words.iter().any(|word| stderr.contains(word));
    let login = login_commands(request);
    let number = find_number(stderr).map(|number| format!(" ({number})")).unwrap_or_default();
    if says(&["az login", "AADSTS", "Interactive authentication is needed"]) {
        return format!(
            "nobody is logged in to the Azure CLI, or the login is not good for this{number}. Run \
             {login}"
        );
    }
    if says(&["doesn't exist in cloud", "not found. Check the spelling", "Subscription '"]) {
        return "the Azure CLI does not know the subscription. Check `subscription_id` \
                (ARM_SUBSCRIPTION_ID) against `az account list`"
            .to_owned();
    }
    format!("`az account get-access-token` ended with {status}. {BY_HAND}")
}

/// What to run to be logged in where the token is for.
fn login_commands(request: &TokenRequest<'_>) -> String {
    let login = match request.tenant {
        Some(tenant) => format!("`az login --tenant {tenant}`"),
        None => "`az login`".to_owned(),
    };
    match cli_name_of_scope(request.scope) {
        Some(cloud) => format!("`az cloud set --name {cloud}` and {login}"),
        None => login,
    }
}

/// The number of an error of Entra ID.
fn find_number(text: &str) -> Option<&str> {
    let begin = text.find("AADSTS")?;
    let digits = text[begin + 6..].bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| &text[begin..begin + 6 + digits])
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A script in the place of `az`, in a folder that goes with the test.
    fn az(script: &str) -> (AzureCli, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("az");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let program = path.to_str().unwrap().to_owned();
        (AzureCli::new(None, None).with_program(program), folder)
    }

    const REQUEST: TokenRequest<'_> =
        TokenRequest { scope: "https://arm.example/.default", tenant: None, claims: None };
    const TOKEN: &str =
        r#"{"accessToken":"canary-token","expires_on":32503680000,"tokenType":"Bearer"}"#;

    async fn reason_of(script: &str) -> String {
        let (az, _folder) = az(script);
        az.fetch_token(&REQUEST).await.err().unwrap()
    }

    #[tokio::test]
    async fn the_logged_in_account_gives_a_token_whatever_is_said_before_it() {
        for script in [
            format!("echo '{TOKEN}'"),
            format!("echo WARNING: noise; echo '{{brace}} noise' >&2; echo '{TOKEN}'"),
            format!("printf 'WARNING: an update\\n\\n'; echo '{TOKEN}'; echo more"),
            // What it leaves behind holds its output open.
            format!("sleep 600 & echo '{TOKEN}'"),
        ] {
            let (az, _folder) = az(&script);
            let fresh = az.fetch_token(&REQUEST).await;
            let fresh = fresh.unwrap_or_else(|reason| panic!("{script}: {reason}"));
            assert_eq!(fresh.token.expose(), "canary-token");
            assert!(fresh.lifetime.unwrap() > Duration::from_hours(1));
        }
    }

    /// `az` refuses a tenant beside a subscription.
    #[tokio::test]
    async fn a_tenant_or_else_a_subscription_is_asked_for() {
        let asked = "account get-access-token --output json --scope https://arm.example/.default";
        let some = |text: &str| Some(text.to_owned());
        for (tenant, subscription, auxiliary, expected) in [
            (None, None, None, String::new()),
            (some("t"), some("s"), None, " --tenant t".to_owned()),
            (None, some("My Sub (dev)"), None, " --subscription My Sub (dev)".to_owned()),
            (some("t"), None, Some("aux.example"), " --tenant aux.example".to_owned()),
        ] {
            let script = format!("echo \"$*\" > \"$0.asked\"; echo '{TOKEN}'");
            let (az, folder) = az(&script);
            let az = AzureCli { tenant, subscription, ..az };
            let request = TokenRequest { tenant: auxiliary, ..REQUEST };
            assert!(az.fetch_token(&request).await.is_ok());
            let ran = fs::read_to_string(folder.path().join("az.asked")).unwrap();
            assert_eq!(ran.trim_end(), format!("{asked}{expected}"));
        }
        for bad in ["", "--debug", "a;b", "a&b", "a\"b", "a%b", "a\nb", "$(x)"] {
            let az = AzureCli::new(Some(bad.to_owned()), None).with_program("/bin/false".into());
            let reason = az.fetch_token(&REQUEST).await.err().unwrap();
            assert!(reason.starts_with("`tenant_id` is"), "{bad}: {reason}");
        }
    }

    #[tokio::test]
    async fn each_failure_of_az_is_one_reason_with_its_fix_and_none_of_its_words() {
        for (script, expected) in [
            (
                "echo \"ERROR: canary Please run 'az login' to setup account.\" >&2; exit 1",
                "`az login`",
            ),
            ("echo 'ERROR: AADSTS50076: canary Trace' >&2; exit 1", "(AADSTS50076)"),
            ("echo \"ERROR: Subscription 'canary' not found.\" >&2; exit 1", "`az account list`"),
            ("echo 'canary Traceback' >&2; exit 7", "ended with exit status: 7. Run it by hand"),
            ("kill -9 $$", "ended with signal: 9"),
            ("exec cat /dev/zero", "printed without end"),
        ] {
            let reason = reason_of(script).await;
            assert!(reason.contains(expected), "{script}: {reason}");
            assert!(!reason.contains("canary") && !reason.contains('\n'), "{reason}");
        }
        let (elsewhere, _folder) = az("echo 'ERROR: AADSTS90002: canary' >&2; exit 1");
        let request = TokenRequest { tenant: Some("aux.example"), ..REQUEST };
        let reason = elsewhere.fetch_token(&request).await.err().unwrap();
        assert!(reason.ends_with("(AADSTS90002). Run `az login --tenant aux.example`"), "{reason}");
        let gone = AzureCli::new(None, None).with_program("/no/such/az".to_owned());
        let reason = gone.fetch_token(&REQUEST).await.err().unwrap();
        assert!(reason.contains("not on PATH") && reason.contains("az login"), "{reason}");
        let claims = TokenRequest { claims: Some("{}"), ..REQUEST };
        let reason = gone.fetch_token(&claims).await.err().unwrap();
        assert!(reason.ends_with("az login --claims-challenge e30="), "{reason}");
    }

    /// The Azure CLI is logged in to one cloud at a time.
    #[tokio::test]
    async fn a_login_in_another_cloud_is_told_with_the_cloud_to_set() {
        let failed = "echo 'ERROR: AADSTS500011: the resource principal was not found' >&2; exit 1";
        for (host, expected) in [
            ("management.azure.com", "Run `az login`"),
            ("arm.local.example", "Run `az login`"),
            (
                "management.usgovcloudapi.net",
                "Run `az cloud set --name AzureUSGovernment` and `az login`",
            ),
            (
                "management.chinacloudapi.cn",
                "Run `az cloud set --name AzureChinaCloud` and `az login`",
            ),
        ] {
            let (az, _folder) = az(failed);
            let scope = format!("https://{host}/.default");
            let request = TokenRequest { scope: &scope, ..REQUEST };
            let reason = az.fetch_token(&request).await.err().unwrap();
            assert!(reason.ends_with(expected), "{reason}");
        }
    }

    #[tokio::test]
    async fn what_az_printed_is_never_shown_and_what_was_expected_is() {
        for printed in [
            "canary, no JSON",
            "WARNING: canary\n{}",
            "[]",
            "\"canary\"",
            "{\"canary\"",
            r#"{"accessToken": "canary", "tokenType": "Bearer"}"#,
            r#"{"accessToken": {"canary": 1}, "expires_on": 32503680000, "tokenType": "Bearer"}"#,
            r#"{"accessToken": "", "expires_on": 32503680000, "tokenType": "Bearer"}"#,
            r#"{"accessToken": "canary", "expires_on": "canary", "tokenType": "Bearer"}"#,
            r#"{"accessToken": "canary", "expires_on": 32503680000, "tokenType": 7}"#,
        ] {
            let reason = reason_of(&format!("cat <<'END'\n{printed}\nEND")).await;
            assert!(reason.contains("`accessToken`"), "{printed}: {reason}");
            for word in ["canary", "line 1", "column", "invalid type"] {
                assert!(!reason.contains(word), "{printed}: {reason}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_az_that_hangs_is_given_up_after_a_minute() {
        let begun = tokio::time::Instant::now();
        let reason = reason_of("exec sleep 600").await;
        assert!(reason.contains("did not answer within 60 s, and was ended"), "{reason}");
        assert_eq!(begun.elapsed().as_secs(), 60);
    }

    /// Cargo sets these two for whatever it runs.
    #[tokio::test]
    async fn az_inherits_the_environment_but_for_what_is_withheld() {
        let script =
            "echo \"${CARGO_PKG_NAME-none} ${CARGO_MANIFEST_DIR+set}\" > \"$0.env\"; exit 1";
        let (az, folder) = az(script);
        az.without_variables(vec!["CARGO_PKG_*".to_owned()])
            .fetch_token(&REQUEST)
            .await
            .map(drop)
            .unwrap_err();
        let inherited = fs::read_to_string(folder.path().join("az.env")).unwrap();
        assert_eq!(inherited, "none set\n");
    }

    #[tokio::test]
    async fn an_az_that_is_no_longer_waited_for_ends_with_what_it_started() {
        let (az, folder) = az("(echo $$ > \"$0.pid\"; exec sleep 600) & wait");
        let pid_file = folder.path().join("az.pid");
        let waiting = tokio::spawn(async move { az.fetch_token(&REQUEST).await.map(|_| ()) });
        let started = async {
            while fs::read_to_string(&pid_file).unwrap_or_default().trim().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), started).await.expect("it starts");
        let leader = fs::read_to_string(&pid_file).unwrap().trim().parse().unwrap();
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        let group = rustix::process::Pid::from_raw(leader).unwrap();
        let gone = async {
            while rustix::process::test_kill_process_group(group).is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), gone).await.expect("all of it ends");
    }
}
