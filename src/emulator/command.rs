//! A command that runs beside an emulator: `azureml-emulator -- terraform test`.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, stdin};
use std::process::ExitStatus;

use signals::Signals;
use tokio::process::{Child, Command};

/// Prefixes of variables that choose an account or a cloud, as the azurerm provider documents them.
/// The command must not use the account of the pipeline that it runs in.
const ACCOUNT_VARIABLES: &[&str] = &[
    "ARM_ADO_",
    "ARM_AUXILIARY_",
    "ARM_CLIENT_",
    "ARM_ENVIRONMENT",
    "ARM_METADATA_HOST",
    "ARM_MSI_",
    "ARM_OIDC_",
    "ARM_USE_",
];

/// Runs a command with `environment` over its own, and returns the exit code that a shell would:
/// its own, or 128 plus the number of the signal that killed it. An error means that it cannot be
/// run.
///
/// Signals to this process are passed on, so that the command can end in its own way.
pub async fn run(command: &[OsString], environment: &BTreeMap<String, String>) -> io::Result<u8> {
    // On a terminal, the command must be in the terminal's own group to read from it, and the
    // keyboard's signals come to both. Elsewhere a signal to our whole group must not come twice:
    // Terraform takes the second as an order to drop everything.
    let shares_keyboard = stdin().is_terminal();
    let signals = Signals::listen()?;
    let child = spawn(command, environment, shares_keyboard)?;
    signals.forward(child, shares_keyboard).await.map(exit_code)
}

fn spawn(
    command: &[OsString], environment: &BTreeMap<String, String>, shares_keyboard: bool,
) -> io::Result<Child> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
    let mut spawned = Command::new(program);
    spawned.args(arguments).kill_on_drop(true);
    for (name, _) in env::vars_os().filter(|(name, _)| selects_account(&name.to_string_lossy())) {
        spawned.env_remove(name);
    }
    spawned.envs(environment);
    #[cfg(unix)]
    if !shares_keyboard {
        spawned.process_group(0);
    }
    #[cfg(not(unix))]
    let _ = shares_keyboard;
    spawned.spawn()
}

fn selects_account(name: &str) -> bool {
    ACCOUNT_VARIABLES.iter().any(|beginning| name.starts_with(beginning))
}

#[cfg(unix)]
fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;

    let killed = || status.signal().map(|signal| signal + 128);
    status.code().or_else(killed).and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(not(unix))]
fn exit_code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(unix)]
mod signals {
    use std::future::poll_fn;
    use std::task::Poll;

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::signal::unix::{SignalKind, signal};

    use super::{Child, ExitStatus, io};

    /// The signals that would end this process, caught from now on.
    pub(super) struct Signals(Vec<(Signal, tokio::signal::unix::Signal)>);

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            let all = [
                (Signal::INT, SignalKind::interrupt()),
                (Signal::QUIT, SignalKind::quit()),
                (Signal::TERM, SignalKind::terminate()),
                (Signal::HUP, SignalKind::hangup()),
                (Signal::USR1, SignalKind::user_defined1()),
                (Signal::USR2, SignalKind::user_defined2()),
            ];
            all.into_iter()
                .map(|(it, kind)| Ok((it, signal(kind)?)))
                .collect::<io::Result<_>>()
                .map(Self)
        }

        /// Waits for the child and sends it each signal. With a shared terminal it already has
        /// those of the keyboard.
        pub(super) async fn forward(
            mut self, mut child: Child, shares_keyboard: bool,
        ) -> io::Result<ExitStatus> {
            loop {
                let received = tokio::select! {
                    ended = child.wait() => return ended,
                    received = self.next() => received,
                };
                let has_it = shares_keyboard && [Signal::INT, Signal::QUIT].contains(&received);
                if !has_it {
                    send(&child, received);
                }
            }
        }

        async fn next(&mut self) -> Signal {
            poll_fn(|context| {
                let mut received = self.0.iter_mut().filter_map(|(signal, heard)| {
                    heard.poll_recv(context).is_ready().then_some(*signal)
                });
                received.next().map_or(Poll::Pending, Poll::Ready)
            })
            .await
        }
    }

    fn send(child: &Child, signal: Signal) {
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(id) = id {
            // The only error is that it has ended in this moment, which the next look finds.
            let _ = kill_process(id, signal);
        }
    }
}

#[cfg(not(unix))]
mod signals {
    use super::{Child, ExitStatus, io};

    /// The console sends its signals to every process itself; this process must survive them.
    pub(super) struct Signals;

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(super) async fn forward(self, mut child: Child, _: bool) -> io::Result<ExitStatus> {
            loop {
                tokio::select! {
                    ended = child.wait() => return ended,
                    received = tokio::signal::ctrl_c() => received?,
                }
            }
        }
    }
}
