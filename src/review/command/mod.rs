//! The command `review`: arguments in, exit code out.

mod flags;
mod help;
mod input;
mod options;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::ExitCode;

pub use flags::{Flag, Takes, flags};
use options::{Format, Options};

use crate::annotations::{annotations, code_quality, workflow_commands};
use crate::{PlanResult, Reviews, Schemas, document};

/// Runs the command with the arguments after its name.
///
/// Exits with 0 when the review was written and with 1 when it could not be; with
/// `--detailed-exitcode` also with 2 when a plan changes something, and with 1 when planning failed.
pub fn run(
    schemas: &Schemas, arguments: impl Iterator<Item = OsString>, stdin: &mut dyn Read,
    stdout: &mut dyn Write, stderr: &mut dyn Write,
) -> ExitCode {
    match write_review(schemas, arguments, stdin, stdout) {
        Ok(code) => ExitCode::from(code),
        Err(why) => {
            // Where nobody reads the error there is nobody left to tell.
            let _ = writeln!(stderr, "review: {why}");
            ExitCode::FAILURE
        }
    }
}

fn write_review(
    schemas: &Schemas, arguments: impl Iterator<Item = OsString>, stdin: &mut dyn Read,
    stdout: &mut dyn Write,
) -> Result<u8, String> {
    let options = Options::parse(arguments).map_err(|error| error.to_string())?;
    if options.help {
        return print(stdout, &help::help()).map(|()| 0);
    }
    let reviews = input::read(&options.inputs, stdin, schemas)?;
    print(stdout, &render(&reviews, &options)?)?;
    Ok(if options.detailed_exitcode { exit_code(&reviews) } else { 0 })
}

fn render(reviews: &Reviews, options: &Options) -> Result<String, String> {
    Ok(match options.format {
        Format::Markdown => document(reviews, &options.frame),
        Format::Digest => reviews.digest() + "\n",
        Format::GithubAnnotations => workflow_commands(&annotations(reviews, &options.sources)?),
        Format::Gitlab => code_quality(&annotations(reviews, &options.sources)?)?,
        Format::Json => {
            serde_json::to_string_pretty(reviews).map_err(|error| error.to_string())? + "\n"
        }
    })
}

fn exit_code(reviews: &Reviews) -> u8 {
    match reviews.result() {
        PlanResult::Errored => 1,
        _ if reviews.has_changes() => 2,
        _ => 0,
    }
}

fn print(stdout: &mut dyn Write, text: &str) -> Result<(), String> {
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|error| format!("the review cannot be written: {error}"))
}
