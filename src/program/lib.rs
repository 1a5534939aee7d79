//! A program that is run to its end, with limits.
//!
//! It has no input, a limit of time and of output, and ends with all that it started: whoever asks a
//! helper for a credential must not hang because the helper does, nor leave it behind.

#[cfg(unix)]
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::time::Duration;
use vocabulary::Sensitive;

/// No credential is larger.
const MAX_STDOUT_BYTES: usize = 1 << 20;
/// The end of what it complains of.
const MAX_STDERR_BYTES: usize = 16 << 10;
/// How long what it started may hold its output open after it has ended.
const OUTPUT_GRACE: Duration = Duration::from_secs(2);

/// A program to run.
pub struct Program {
    /// A path, or a name that is looked for on PATH.
    pub command: String,
    /// What follows it.
    pub args: Vec<String>,
    /// Variables that are set, over what is inherited.
    pub variables: Vec<(String, Sensitive<String>)>,
    /// Variables that are not inherited. A name that ends with `*` stands for all that begin so.
    pub removed: Vec<String>,
}

/// How a program ended, and the end of what it wrote to stderr.
pub struct Ended {
    /// How.
    pub ending: Ending,
    /// No more than 16 KiB.
    pub stderr: Vec<u8>,
}

/// How a program ended.
pub enum Ending {
    /// With what it printed.
    Success(Sensitive<Vec<u8>>),
    /// With a status that is no success.
    Failure(ExitStatus),
    /// It was killed when its time was over.
    TooLong,
    /// It was killed when it had printed too much.
    TooMuch,
}

/// Kills a process with everything that it started, once it is dropped.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Program {
    /// Runs it for no longer than `timeout`. Dropped meanwhile, it is killed. An error means that it
    /// cannot be started or waited for.
    pub async fn run(&self, timeout: Duration) -> io::Result<Ended> {
        let mut child = self.command().spawn()?;
        let group = Group::of(&child);
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut complaint = Vec::new();
        let ending = {
            let work = finish(&mut child, stdout, stderr, &mut complaint);
            tokio::time::timeout(timeout, work).await.unwrap_or(Ok(Ending::TooLong))
        };
        if matches!(ending, Ok(Ending::Success(_))) {
            group.release();
        }
        Ok(Ended { ending: ending?, stderr: complaint })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.command);
        command.args(&self.args);
        let inherited = std::env::vars_os().map(|(name, _)| name);
        for name in inherited.filter(|name| self.is_removed(name)) {
            command.env_remove(name);
        }
        for (name, value) in &self.variables {
            command.env(name, value.expose());
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        command
    }

    fn is_removed(&self, name: &OsString) -> bool {
        self.removed.iter().any(|removed| match removed.strip_suffix('*') {
            Some(prefix) => name.as_encoded_bytes().starts_with(prefix.as_bytes()),
            None => name == OsStr::new(removed),
        })
    }
}

/// Waits for the end of the program and of its output.
async fn finish(
    child: &mut Child, stdout: Option<impl AsyncRead + Unpin>,
    stderr: Option<impl AsyncRead + Unpin>, complaint: &mut Vec<u8>,
) -> io::Result<Ending> {
    let mut printed = Vec::new();
    let status = {
        let output = async {
            tokio::try_join!(read_all(stdout, &mut printed), read_tail(stderr, complaint))
        };
        tokio::pin!(output);
        tokio::select! {
            read = &mut output => match read {
                Ok(_) => child.wait().await,
                Err(error) => Err(error),
            },
            status = child.wait() => {
                // What it has started may hold its output open.
                let _ = tokio::time::timeout(OUTPUT_GRACE, &mut output).await;
                status
            }
        }
    };
    let printed = Sensitive::new(printed);
    if printed.expose().len() > MAX_STDOUT_BYTES {
        return Ok(Ending::TooMuch);
    }
    let status = status?;
    Ok(if status.success() { Ending::Success(printed) } else { Ending::Failure(status) })
}

/// Reads to the end; beyond the limit it stops with an error.
async fn read_all(stdout: Option<impl AsyncRead + Unpin>, printed: &mut Vec<u8>) -> io::Result<()> {
    let Some(stdout) = stdout else { return Ok(()) };
    let limit = u64::try_from(MAX_STDOUT_BYTES + 1).unwrap_or(u64::MAX);
    stdout.take(limit).read_to_end(printed).await?;
    if printed.len() > MAX_STDOUT_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
}

/// Reads to the end and keeps the last bytes, also when it is dropped before.
async fn read_tail(stderr: Option<impl AsyncRead + Unpin>, tail: &mut Vec<u8>) -> io::Result<()> {
    let Some(mut stderr) = stderr else { return Ok(()) };
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = stderr.read(&mut part).await {
        tail.extend_from_slice(&part[..length]);
        tail.drain(..tail.len().saturating_sub(MAX_STDERR_BYTES));
    }
    Ok(())
}

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Self {
        Self {}
    }

    /// Leaves alone what the program has started: it has ended well, and may serve a cache.
    #[cfg_attr(not(unix), expect(clippy::unused_self, reason = "there are no groups"))]
    fn release(self) {
        #[cfg(unix)]
        {
            let mut group = self;
            group.leader = None;
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.leader {
            // Fails where nothing of it is left.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}
