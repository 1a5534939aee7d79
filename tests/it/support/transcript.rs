//! What the programs reported and what they left in the state, kept in files for `tests/behavior`.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::cli::{Diagnostic, Ran};

/// A folder for the commands of all tests, those of each working folder in a folder of its own.
const TRANSCRIPT: &str = "AZUREML_TEST_TRANSCRIPT";

/// The commands of one working folder, in their order. It keeps nothing where nobody asks for it.
pub(crate) struct Transcript {
    folder: Option<PathBuf>,
    commands: AtomicUsize,
}

impl Transcript {
    pub(crate) fn new() -> Self {
        Self { folder: folder_of_test(TRANSCRIPT), commands: AtomicUsize::new(0) }
    }

    /// Keeps the exit code, where each diagnostic points, and the state that the command left.
    pub(crate) fn note(&self, arguments: &[&str], ran: &Ran, state: &Path) {
        let Some(folder) = &self.folder else { return };
        let state = std::fs::read(state).ok();
        let state: Value =
            state.and_then(|state| serde_json::from_slice(&state).ok()).unwrap_or_default();
        let diagnostics: Vec<_> = ran.diagnostics().iter().map(place).collect();
        let command = json!({
            "command": arguments,
            "code": ran.code(),
            "diagnostics": diagnostics,
            "state": state["resources"],
        });
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        std::fs::create_dir_all(folder).expect("the folder of transcripts takes folders");
        std::fs::write(folder.join(format!("{number:03}.json")), format!("{command:#}\n"))
            .expect("the folder of transcripts takes files");
    }
}

/// Severity and line of configuration: the words may change.
fn place(diagnostic: &Diagnostic) -> Value {
    json!({ "severity": diagnostic.severity, "code": diagnostic.code })
}

/// A folder for what this test keeps next, below the one that the variable names.
pub(crate) fn folder_of_test(variable: &str) -> Option<PathBuf> {
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let folder = PathBuf::from(std::env::var_os(variable)?);
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("unnamed").replace("::", ".");
    Some(folder.join(format!("{test}-{}", STARTED.fetch_add(1, Ordering::Relaxed))))
}
