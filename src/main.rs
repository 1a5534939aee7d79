//! The provider's program: what a human asks for, else the plugin that Terraform and OpenTofu drive.

mod completion;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use plugin::{Command, ProgramInfo, Server};

const PROGRAM: ProgramInfo = ProgramInfo {
    address: provider::ADDRESS,
    version: env!("CARGO_PKG_VERSION"),
    purpose: "Azure Machine Learning on Kubernetes, for Terraform and OpenTofu",
    commands: &[
        Command {
            name: REVIEW,
            arguments: "[options] [PLAN.json]",
            summary: "writes what a plan changes as Markdown for a pull request",
        },
        Command {
            name: COMPLETION,
            arguments: "SHELL",
            summary: "prints a script that completes all this in bash, zsh or fish",
        },
        Command { name: VERSION, arguments: "", summary: "prints the version" },
        Command { name: HELP, arguments: "[COMMAND]", summary: "this text, or that of a command" },
    ],
};

const REVIEW: &str = "review";
const COMPLETION: &str = "completion";
const VERSION: &str = "version";
const HELP: &str = "help";

/// The exit code where it is not known what was asked for.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let texts: Vec<_> = arguments.iter().map(|it| it.to_string_lossy()).collect();
    let texts: Vec<_> = texts.iter().map(AsRef::as_ref).collect();
    match texts.as_slice() {
        [] => plugin::serve(server(), &PROGRAM),
        [VERSION | "--version" | "-version"] => print(&PROGRAM.version()),
        [HELP | "--help" | "-help" | "-h", asked @ ..] => help(asked),
        ["-debug" | "--debug"] => plugin::debug(server(), &PROGRAM),
        [REVIEW, ..] => review(arguments.into_iter().skip(1)),
        [COMPLETION, shell @ ..] => completion(shell),
        // A host that gives arguments is a host all the same.
        _ if plugin::is_launched() => plugin::serve(server(), &PROGRAM),
        [VERSION | "--version" | "-version" | "-debug" | "--debug", extra, ..] => {
            refuse_arguments(&explain_extra(extra))
        }
        [unknown, ..] => refuse_arguments(&PROGRAM.explain_unknown(unknown)),
    }
}

/// The text of the program, or that of a command.
fn help(asked: &[&str]) -> ExitCode {
    match asked {
        [] | [VERSION | HELP] => print(&PROGRAM.help()),
        [REVIEW] => review(["--help".into()].into_iter()),
        [COMPLETION] => print(completion::HELP),
        [VERSION | HELP | REVIEW | COMPLETION, extra, ..] => {
            refuse_arguments(&explain_extra(extra))
        }
        [unknown, ..] => refuse_arguments(&PROGRAM.explain_unknown(unknown)),
    }
}

fn explain_extra(argument: &str) -> String {
    format!("unexpected argument `{}`\n", argument.escape_debug())
}

fn completion(arguments: &[&str]) -> ExitCode {
    match arguments {
        ["--help" | "-help" | "-h"] => print(completion::HELP),
        [shell] => match completion::script(shell, &PROGRAM) {
            Some(script) => print(&script),
            None => refuse_arguments(&completion::explain_unknown(shell)),
        },
        _ => refuse_arguments("completion needs one shell: bash, zsh or fish\n"),
    }
}

fn server() -> Server {
    Server::new::<provider::AzureMl>()
}

fn review(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    review::run(&schemas(), arguments, &mut io::stdin(), &mut io::stdout(), &mut io::stderr())
}

/// What the provider's schemas say, for the review, which knows no provider.
fn schemas() -> review::Schemas {
    let server = server();
    let resources = server.schemas().resources.iter().map(|(name, schema)| {
        let mut state_only = schema.body().paths(&|attribute| attribute.state_only);
        state_only.extend(schema.timeouts().map(|_| "timeouts".to_owned()));
        let schema = review::ResourceSchema {
            read_only: schema.body().paths(&|attribute| attribute.is_read_only()),
            state_only,
            maps: schema.body().paths(&|attribute| attribute.is_map()),
        };
        (name.clone(), schema)
    });
    resources.collect()
}

fn print(text: &str) -> ExitCode {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Says on stderr what is wrong with the command line, and nothing on stdout.
fn refuse_arguments(why: &str) -> ExitCode {
    // Where nobody reads the error there is nobody left to tell.
    let _ = io::stderr().lock().write_all(why.as_bytes());
    ExitCode::from(MISUSED)
}
