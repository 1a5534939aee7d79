//! The command `review`: arguments in, exit code out.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::Arg::{Long, Short, Value};
use lexopt::{Parser, ValueExt};

use crate::plan::MOST_BYTES;
use crate::{Error, PlanResult, Review, Schemas, markdown, review};

const HELP: &str = "\
Usage: terraform-provider-azureml review [options] [PLAN.json]

Reads the JSON of a plan, made by `terraform show -json PLAN` or `tofu show -json PLAN`, from a file
or from standard input, and writes what it does to Azure ML for a pull request.

Options:
  --format markdown     Markdown of at most 65,536 characters (the default)
  --format json         the same facts for policy checks (docs/review-format.schema.json)
  --detailed-exitcode   exit with 0: the plan is empty, 2: it changes something, 1: it failed
  --help                this text
";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    json: bool,
    detailed_exitcode: bool,
    help: bool,
    file: Option<PathBuf>,
}

/// Runs the command with the arguments after its name.
///
/// Exits with 0 when the review was written and with 1 when it could not be; with
/// `--detailed-exitcode` also with 2 when the plan changes something, and with 1 when planning failed.
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
    let options = parse_options(arguments).map_err(|error| error.to_string())?;
    if options.help {
        return print(stdout, HELP).map(|()| 0);
    }
    let input = read(&options, stdin)?;
    let review = review(&input, schemas).map_err(|error| error.to_string())?;
    let output = if options.json {
        serde_json::to_string_pretty(&review).map_err(|error| error.to_string())? + "\n"
    } else {
        markdown(&review)
    };
    print(stdout, &output)?;
    Ok(if options.detailed_exitcode { exit_code(&review) } else { 0 })
}

fn exit_code(review: &Review) -> u8 {
    match review.result {
        PlanResult::Errored => 1,
        _ if review.has_changes => 2,
        _ => 0,
    }
}

fn print(stdout: &mut dyn Write, text: &str) -> Result<(), String> {
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|error| format!("the review cannot be written: {error}"))
}

fn parse_options(arguments: impl Iterator<Item = OsString>) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    let mut parser = Parser::from_args(arguments.map(with_two_hyphens));
    while let Some(argument) = parser.next()? {
        match argument {
            Long("detailed-exitcode") => options.detailed_exitcode = true,
            Long("help") | Short('h') => options.help = true,
            Long("format") => options.json = parser.value()?.parse_with(is_json)?,
            Value(file) if options.file.is_none() => options.file = Some(file.into()),
            other => return Err(format!("{}: see `review --help`", other.unexpected()).into()),
        }
    }
    Ok(options)
}

/// Terraform's options begin with one hyphen, everybody else's with two.
fn with_two_hyphens(argument: OsString) -> OsString {
    match argument.to_str() {
        Some(text) if text.len() > 2 && text.starts_with('-') && !text.starts_with("--") => {
            format!("-{text}").into()
        }
        _ => argument,
    }
}

fn is_json(format: &str) -> Result<bool, &'static str> {
    match format {
        "json" => Ok(true),
        "markdown" => Ok(false),
        _ => Err("the formats are `markdown` and `json`"),
    }
}

/// The input, from a file or from standard input; `-` is standard input.
fn read(options: &Options, stdin: &mut dyn Read) -> Result<Vec<u8>, String> {
    let file = options.file.as_ref().filter(|file| file.as_os_str() != "-");
    let Some(file) = file else {
        return read_all(stdin).map_err(|why| format!("standard input: {why}"));
    };
    let named = |why: String| format!("{}: {why}", file.display());
    let mut open = File::open(file).map_err(|error| named(error.to_string()))?;
    read_all(&mut open).map_err(named)
}

fn read_all(from: &mut dyn Read) -> Result<Vec<u8>, String> {
    let mut input = Vec::new();
    let read: io::Result<usize> = from.take(MOST_BYTES + 1).read_to_end(&mut input);
    match read {
        Err(error) => Err(error.to_string()),
        Ok(_) if input.len() as u64 > MOST_BYTES => Err(Error::TooLarge(MOST_BYTES).to_string()),
        Ok(_) => Ok(input),
    }
}
