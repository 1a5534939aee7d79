//! `azureml-emulator`: serves until it is interrupted, or until the command that it was given has
//! ended.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write, stderr, stdout};
use std::process::ExitCode;

use emulator::{Emulator, Invocation};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            print_error(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode, Box<dyn Error>> {
    let Some(Invocation { options, command }) = emulator::parse(env::args_os().skip(1))? else {
        stdout().write_all(emulator::usage().as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    };
    let emulator = emulator::serve(options).await?;
    let code = match &command {
        None => {
            print_environment(&emulator)?;
            tokio::signal::ctrl_c().await?;
            ExitCode::SUCCESS
        }
        Some(command) => {
            let ended = emulator::run(command, &emulator.environment()).await;
            ExitCode::from(ended.unwrap_or_else(|error| shell_exit_code(command, &error)))
        }
    };
    emulator.stop().await;
    Ok(code)
}

/// The exit code of a shell for a command that it cannot run.
fn shell_exit_code(command: &[OsString], error: &io::Error) -> u8 {
    let program = command.first().map(|it| it.to_string_lossy()).unwrap_or_default();
    print_error(&format!("{program}: {error}"));
    if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 }
}

/// Prints the variables for a shell. An empty line tells a script that the output is complete.
fn print_environment(emulator: &Emulator) -> io::Result<()> {
    let mut out = stdout();
    writeln!(out, "# Azure is at {}", emulator.endpoint())?;
    for (name, value) in emulator.environment() {
        writeln!(out, "export {name}='{value}'")?;
    }
    writeln!(out)?;
    out.flush()
}

fn print_error(text: &str) {
    // Nothing is left to do about a standard error that cannot be written.
    let _ = writeln!(stderr(), "azureml-emulator: {text}");
}
