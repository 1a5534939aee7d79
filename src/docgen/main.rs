//! `cargo docgen` writes `docs/`; `cargo docgen --check` shows what it would change.

use std::env;
use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo docgen [--check]";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            // Nothing is left to do about a standard error that cannot be written.
            let _ = writeln!(stderr(), "docgen: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let check = match arguments.as_slice() {
        [] => false,
        [only] if only == "--check" => true,
        _ => return Err(USAGE.into()),
    };
    let outdated = docgen::check_docs()?;
    let mut out = stdout();
    for difference in &outdated {
        if check {
            write!(out, "{difference}")?;
        } else {
            difference.write()?;
            writeln!(out, "{}", difference.path().display())?;
        }
    }
    if check && !outdated.is_empty() {
        return Err("docs/ is out of date. Run: cargo docgen".into());
    }
    Ok(ExitCode::SUCCESS)
}
