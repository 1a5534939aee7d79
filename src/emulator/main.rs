//! `azureml-emulator`: serves until it is interrupted.

use std::env;
use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do about a standard error that cannot be written.
            let _ = writeln!(stderr(), "azureml-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let Some(options) = emulator::parse(env::args_os().skip(1))? else {
        stdout().write_all(emulator::USAGE.as_bytes())?;
        return Ok(());
    };
    let emulator = emulator::serve(options).await?;
    let mut out = stdout();
    writeln!(out, "# Azure is at {}", emulator.endpoint())?;
    for (name, value) in emulator.environment() {
        writeln!(out, "export {name}='{value}'")?;
    }
    // The empty line tells a script that reads this through a pipe that it has everything.
    writeln!(out)?;
    out.flush()?;
    tokio::signal::ctrl_c().await?;
    emulator.stop().await;
    Ok(())
}
