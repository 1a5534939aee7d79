//! The provider's program: what a human asks for, else the plugin that Terraform and OpenTofu drive.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::process::ExitCode;

use plugin::{ProgramInfo, Server};

const PROGRAM: ProgramInfo = ProgramInfo {
    address: provider::ADDRESS,
    version: env!("CARGO_PKG_VERSION"),
    purpose: "Azure Machine Learning on Kubernetes, for Terraform and OpenTofu",
    commands: "\
Command: review, which writes what a plan changes as Markdown for a pull request. See
`terraform-provider-azureml review --help`.
",
};

fn main() -> ExitCode {
    let argument = std::env::args_os().nth(1);
    match argument.as_deref().and_then(OsStr::to_str) {
        Some("--version" | "-version") => print(&PROGRAM.version()),
        Some("--help" | "-help" | "-h") => print(&PROGRAM.help()),
        Some("-debug" | "--debug") => plugin::debug(server(), &PROGRAM),
        Some("review") => review(),
        _ => plugin::serve(server(), &PROGRAM),
    }
}

fn server() -> Server {
    Server::new::<provider::AzureMl>()
}

fn review() -> ExitCode {
    let arguments = std::env::args_os().skip(2);
    review::run(arguments, &mut io::stdin(), &mut io::stdout(), &mut io::stderr())
}

fn print(text: &str) -> ExitCode {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
