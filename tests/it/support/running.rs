//! A command of a real program while it runs: interrupted, or killed, and what becomes of it and its provider.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::cli::Ran;

/// Far more than any process takes to end. A provider without a host gives work in flight ten seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program and what it started, in a process group of their own. It is killed when the test drops it.
pub(crate) struct Running {
    /// `None` once its end was waited for.
    child: Option<Child>,
    id: u32,
    arguments: Vec<String>,
}

/// A provider that some program started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Provider(u32);

impl Running {
    pub(super) fn start(mut command: Command, arguments: &[&str]) -> Self {
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the program starts");
        let arguments = arguments.iter().map(|&one| one.to_owned()).collect();
        Self { id: child.id(), child: Some(child), arguments }
    }

    /// Interrupts the program and everything that it started, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        signal("-INT", &format!("-{}", self.id));
    }

    /// Interrupts the program alone.
    pub(crate) fn interrupt_program(&self) {
        signal("-INT", &self.id.to_string());
    }

    /// Interrupts until the program has ended: it takes the first for a request, and the second for an order. Two that
    /// come at once are one.
    pub(crate) fn interrupt_impatiently(&self) {
        self.insist(Self::interrupt);
    }

    /// The same to the program alone.
    pub(crate) fn interrupt_program_impatiently(&self) {
        self.insist(Self::interrupt_program);
    }

    fn insist(&self, interrupt: impl Fn(&Self)) {
        let began = Instant::now();
        while is_there(self.id) {
            interrupt(self);
            assert!(began.elapsed() < PATIENCE, "the program does not end");
        }
    }

    /// Asks the program, and everything that it started, to end.
    pub(crate) fn terminate(&self) {
        signal("-TERM", &format!("-{}", self.id));
    }

    /// Kills the program alone.
    pub(crate) fn kill(&self) {
        signal("-KILL", &self.id.to_string());
    }

    /// The providers that it has started and not ended.
    pub(crate) fn providers(&self) -> Vec<Provider> {
        let table = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output();
        let table = table.expect("`ps` starts").stdout;
        let number = |text: &str| text.parse().ok();
        let lines = String::from_utf8_lossy(&table).into_owned();
        let pairs = lines.lines().filter_map(|line| {
            let mut words = line.split_whitespace().filter_map(number);
            Some((words.next()?, words.next()?))
        });
        pairs.filter(|(_, of)| *of == self.id).map(|(id, _)| Provider(id)).collect()
    }

    /// Waits for its end, and reads what it reported.
    pub(crate) fn end(mut self) -> Ran {
        let arguments: Vec<_> = self.arguments.iter().map(String::as_str).collect();
        let child = self.child.take().expect("its end is waited for once");
        Ran::read(&arguments, &child.wait_with_output().expect("the program ends"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // The test has failed already, with more to say than that this fails too.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Provider {
    pub(crate) fn kill(self) {
        signal("-KILL", &self.0.to_string());
    }

    /// Waits until it is gone.
    pub(crate) fn ends(self) {
        let began = Instant::now();
        while is_there(self.0) {
            assert!(began.elapsed() < PATIENCE, "{self:?} still runs after {PATIENCE:?}");
        }
    }
}

fn signal(signal: &str, whom: &str) {
    let sent = Command::new("kill").args([signal, "--", whom]).status().expect("`kill` starts");
    assert!(sent.success(), "{whom} still runs");
}

/// A process that has ended and that nobody has asked about is not there either.
fn is_there(id: u32) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", &id.to_string()]).output();
    let state = state.expect("`ps` starts").stdout;
    let state = String::from_utf8_lossy(&state).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}
