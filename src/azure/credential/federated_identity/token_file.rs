//! A file that somebody keeps writing new tokens to: Kubernetes, or a pipeline.

use std::path::PathBuf;

use tokio::io::AsyncReadExt as _;
use vocabulary::Sensitive;

use super::IdTokenSource;

/// No token is larger.
const MAX_BYTES: u64 = 64 << 10;

/// The file of a token of another issuer. It is read anew for each exchange.
pub struct IdTokenFile(PathBuf);

impl IdTokenFile {
    /// The file at this path.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    async fn read(&self) -> std::io::Result<String> {
        let mut text = String::new();
        let file = tokio::fs::File::open(&self.0).await?;
        file.take(MAX_BYTES + 1).read_to_string(&mut text).await?;
        Ok(text)
    }
}

#[async_trait::async_trait]
impl IdTokenSource for IdTokenFile {
    async fn fetch_id_token(&self) -> Result<Sensitive<String>, String> {
        let told = |why: &str| format!("the token file {}: {why}", self.0.display());
        let text = self.read().await.map_err(|error| told(&error.to_string()))?;
        match text.trim() {
            "" => Err(told("it is empty")),
            _ if text.len() as u64 > MAX_BYTES => Err(told("it is larger than any token")),
            token => Ok(Sensitive::from(token.to_owned())),
        }
    }
}
