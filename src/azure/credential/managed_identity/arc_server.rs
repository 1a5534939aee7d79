//! The identity of a server that Azure Arc manages. Its agent asks a caller to show that it may read
//! a file of the agent.
//!
//! <https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication>

use std::path::{Path, PathBuf};

use tokio::io::AsyncReadExt as _;
use url::Url;
use vocabulary::Sensitive;

use super::{read_identity_token, token_request};
use crate::cloud::is_loopback;
use crate::credential::identity_transport::{IdentityTransport, Patience};
use crate::credential::{FetchedToken, strike};
use crate::headers;
use crate::transport::Response;

const API_VERSION: &str = "2020-06-01";
/// A larger file is none of the agent's keys.
const MAX_KEY_BYTES: u64 = 4096;

pub(super) async fn fetch_token(
    url: &Url, key_folder: &Path, resource: &str, client: Option<&str>,
    transport: &IdentityTransport,
) -> Result<FetchedToken, String> {
    if let Some(client) = client {
        return Err(format!(
            "a server of Azure Arc has the system's identity alone; `client_id` is {client}"
        ));
    }
    if !is_loopback(url) {
        return Err("the agent of Azure Arc is on this machine, and its endpoint is not".to_owned());
    }
    let mut request = token_request(url, API_VERSION, resource, None);
    request.set_header("metadata", "true");
    let challenge = transport.send(&request, Patience::ORDINARY).await?;
    if challenge.status != 401 {
        let told = challenge.status_text();
        return Err(format!("the agent of Azure Arc did not ask for a key first: {told}"));
    }
    let key = read_key(&challenge, key_folder).await?;
    request.set_secret_header(headers::AUTHORIZATION, &format!("Basic {}", key.expose()));
    let answer = transport.send(&request, Patience::ORDINARY).await?;
    read_identity_token(&answer).map_err(|reason| strike(&reason, &[&key]))
}

/// The key of the file that the challenge names, if it is one of the agent's.
async fn read_key(challenge: &Response, folder: &Path) -> Result<Sensitive<String>, String> {
    let path = named_file(challenge).ok_or("the agent of Azure Arc names no file with its key")?;
    let refused = |why: &str| format!("the key file {}: {why}", path.display());
    if path.extension().is_none_or(|extension| extension != "key") {
        return Err(refused("it is no .key file"));
    }
    // Links and dots are resolved, so that the file read is the file looked at.
    let resolve = |path: PathBuf| async move { tokio::fs::canonicalize(path).await };
    let file = resolve(path.clone()).await.map_err(|error| refused(&error.to_string()))?;
    let folder = resolve(folder.to_owned()).await.map_err(|error| refused(&error.to_string()))?;
    if file.parent() != Some(&folder) {
        return Err(refused("it is not in the folder of the agent's keys"));
    }
    let mut key = String::new();
    let open = tokio::fs::File::open(&file).await.map_err(|error| refused(&error.to_string()))?;
    let read = open.take(MAX_KEY_BYTES + 1).read_to_string(&mut key).await;
    read.map_err(|error| refused(&error.to_string()))?;
    if key.len() as u64 > MAX_KEY_BYTES {
        return Err(refused("it is larger than 4096 bytes"));
    }
    match key.trim() {
        "" => Err(refused("it is empty")),
        key => Ok(Sensitive::from(key.to_owned())),
    }
}

/// The path in `WWW-Authenticate: Basic realm=PATH`.
fn named_file(challenge: &Response) -> Option<PathBuf> {
    let header = challenge.header(headers::WWW_AUTHENTICATE)?;
    let (scheme, realm) = header.trim().split_once(' ')?;
    let (name, path) = realm.trim().split_once('=')?;
    let is_basic = scheme.eq_ignore_ascii_case("Basic") && name.eq_ignore_ascii_case("realm");
    let path = PathBuf::from(path.trim_matches('"'));
    (is_basic && path.is_absolute()).then_some(path)
}
