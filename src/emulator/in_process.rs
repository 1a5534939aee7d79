//! The emulated Azure without a socket: for tests of a client in virtual time, in which a socket would
//! have its own.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use tokio::sync::watch;

use crate::cloud::Cloud;
use crate::delivery::Delivery;
use crate::http::{Request, Response};
use crate::options::Options;

/// An emulated Azure that is asked by calling [`InProcess::exchange`].
#[derive(Clone, Debug)]
pub struct InProcess {
    cloud: Arc<Cloud>,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in any casing.
    pub headers: Vec<(String, String)>,
    /// Empty where there is none.
    pub body: Vec<u8>,
}

impl InProcess {
    /// An Azure whose own URLs start with `endpoint`: `https://arm.example`. Of the options, those of
    /// the socket have no effect.
    ///
    /// Fails where [`crate::serve`] would.
    pub fn new(options: Options, endpoint: &str) -> io::Result<Self> {
        Ok(Self { cloud: Arc::new(Cloud::new(options, endpoint.to_owned())?) })
    }

    /// A token that is good without signing in.
    pub fn token(&self) -> String {
        self.cloud.environment().remove("AZUREML_ACCESS_TOKEN").unwrap_or_default()
    }

    /// Changes whenever an exchange has begun, is held, is released or is over.
    pub fn exchanges_changed(&self) -> watch::Receiver<()> {
        self.cloud.state().log.changes()
    }

    /// How many exchanges are held now.
    pub fn held(&self) -> usize {
        self.cloud.state().log.count_held()
    }

    /// How many exchanges are not over, those that are held among them.
    pub fn pending(&self) -> usize {
        self.cloud.state().log.count_pending()
    }

    /// Sends a request to a path with its query, of Azure or of the control interface. `None`: the
    /// connection broke. What has arrived is carried out even if nobody waits for the answer any more.
    pub async fn exchange(
        &self, method: &str, target: &str, headers: BTreeMap<String, String>, body: Vec<u8>,
    ) -> Option<Answer> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
        let request = Request { method, path, query, headers, body, ..Request::default() };
        let cloud = Arc::clone(&self.cloud);
        match tokio::spawn(async move { cloud.respond(request).await }).await {
            Ok(Delivery::Whole(response) | Delivery::Last(response)) => {
                Some(Answer::from(response))
            }
            Ok(Delivery::Truncated(..) | Delivery::Broken(_)) | Err(_) => None,
        }
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let body = response.bytes();
        Self { status: response.status, headers: response.headers, body }
    }
}
