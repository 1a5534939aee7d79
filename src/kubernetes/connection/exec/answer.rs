//! What a plugin prints.

use std::fmt;

use k8s_openapi::jiff::Timestamp;
use serde::Deserialize;
use tokio::time::{Duration, Instant};
use vocabulary::Sensitive;

use crate::connection::identity::ClientCertificate;

/// A credential is asked for again so long before it ends.
const RENEW_BEFORE_END: Duration = Duration::from_mins(1);

/// The credential that a plugin has printed.
pub(crate) struct Printed {
    pub(crate) token: Option<Sensitive<String>>,
    pub(crate) certificate: Option<ClientCertificate>,
    /// When the plugin is to be run again.
    pub(crate) renew_at: Option<Instant>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    expiration_timestamp: Option<String>,
    #[serde(default)]
    token: Option<Sensitive<String>>,
    #[serde(default)]
    client_certificate_data: Option<String>,
    #[serde(default)]
    client_key_data: Option<Sensitive<String>>,
}

impl Printed {
    /// The credential in what was printed. The error goes on the sentence "the exec plugin …" and
    /// never repeats what was printed.
    pub(super) fn parse(stdout: &Sensitive<Vec<u8>>, api_version: &str) -> Result<Self, String> {
        let printed: ExecCredential = serde_json::from_slice(stdout.expose()).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("prints no ExecCredential (line {line}, column {column})")
        })?;
        if printed.kind != "ExecCredential" {
            return Err("prints an object that is no ExecCredential".to_owned());
        }
        if printed.api_version != api_version {
            return Err(format!(
                "prints a credential of {:?} instead of {api_version:?}; write the version that it \
                 speaks as `api_version`",
                printed.api_version
            ));
        }
        printed.status.ok_or_else(|| "prints no credential: it has no `status`".to_owned())?.check()
    }
}

impl Status {
    fn check(self) -> Result<Printed, String> {
        let filled =
            |text: Option<Sensitive<String>>| text.filter(|text| !text.expose().trim().is_empty());
        let token = filled(self.token);
        let certificate = self.client_certificate_data.filter(|text| !text.trim().is_empty());
        let certificate = match (certificate, filled(self.client_key_data)) {
            (Some(certificate), Some(key)) => Some(ClientCertificate { certificate, key }),
            (None, None) => None,
            _ => return Err("prints only one of client certificate and key".to_owned()),
        };
        if token.is_none() && certificate.is_none() {
            return Err("prints neither a token nor a client certificate".to_owned());
        }
        let renew_at = self.expiration_timestamp.map(|text| when_to_renew(&text)).transpose()?;
        Ok(Printed { token, certificate, renew_at: renew_at.flatten() })
    }
}

/// Before the end by a minute, or by a tenth of what is left: a plugin may print short-lived
/// credentials. `None` where the end is beyond what a clock holds.
fn when_to_renew(end: &str) -> Result<Option<Instant>, String> {
    let end: Timestamp = end
        .parse()
        .map_err(|_| format!("prints the time {end:?}, which is no time of RFC 3339"))?;
    let left = Duration::try_from(end.duration_since(Timestamp::now())).unwrap_or_default();
    Ok(Instant::now().checked_add(left.saturating_sub(RENEW_BEFORE_END.min(left / 10))))
}

impl fmt::Debug for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a credential")
    }
}
