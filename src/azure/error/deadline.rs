//! The error of a call whose time is over.

use super::Error;
use std::fmt;
use std::time::Duration;

/// What is known when a deadline has passed.
#[derive(Debug, Default)]
pub struct Deadline {
    /// Since the call began.
    pub waited: Duration,
    /// The last state of the operation, as the service spells it.
    pub status: Option<String>,
    /// What was asked last, without the query.
    pub url: Option<String>,
    /// What the last try met.
    pub last: Option<Box<Error>>,
    /// Whether a write was sent and not answered, or answered so that it may have been carried out.
    pub may_have_arrived: bool,
    /// The pause the service demanded, where that alone is longer than what was left.
    pub demanded: Option<Duration>,
}

impl Deadline {
    /// The deadline has passed and nothing else is known.
    pub(crate) fn passed() -> Error {
        Error::Deadline(Box::default())
    }
}

impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.demanded {
            Some(pause) => write!(
                f,
                "the service asks to wait {} s, longer than the timeout allows",
                pause.as_secs()
            )?,
            None => write!(f, "not finished after {} s", self.waited.as_secs())?,
        }
        if let Some(status) = &self.status {
            write!(f, "; the last state was {status:?}")?;
        }
        if let Some(url) = &self.url {
            write!(f, "; asked {url}")?;
        }
        match &self.last {
            Some(last) => write!(f, "; the last answer was: {last}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Deadline {}
