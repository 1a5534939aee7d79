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
