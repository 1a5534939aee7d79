//! How Terraform calls the provider: go-plugin, gRPC and protobuf, of which nothing else knows.
//!
//! [`serve`] is the whole life of a process that Terraform starts: check that a host is there, bind
//! a socket, print one line, answer, end in order. Bytes of values pass through closed: only
//! [`framework::Server`], which holds the schemas, opens them.

mod cli_help;
mod endpoint;
mod handshake;
mod listener;
mod log;
pub mod proto;
mod services;
mod shutdown;
mod tls;
mod wire;

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};

pub use cli_help::{Command, OPTIONS, ProgramInfo};
pub use endpoint::{Endpoint, Error};
pub use framework::Server;
pub use handshake::{
    CLIENT_CERTIFICATE, COOKIE, COOKIE_VALUE, FIRST_PORT, LAST_PORT, Launch, MULTIPLEX,
    SOCKET_DIRECTORY, is_launched,
};
pub use log::{LOG, LOG_PROVIDER};
pub use shutdown::ShutdownReason;

use shutdown::{Host, Interrupt, signals};

/// Serves the host that started this process until it asks for the end or is gone.
///
/// Started by hand instead, says on stderr what the program is, and fails.
pub fn serve(server: Server, program: &ProgramInfo) -> ExitCode {
    let host = Host::of_this_process();
    if !handshake::is_launched() {
        print_error(program);
        return ExitCode::FAILURE;
    }
    log::install(server.name());
    run_to_exit_code(serve_host(server, host))
}

/// Serves any number of hosts, one after another or at once, until it is interrupted.
///
/// They attach by a variable that is printed first: no certificates, and none of them may end it.
pub fn debug(server: Server, program: &ProgramInfo) -> ExitCode {
    log::install(server.name());
    run_to_exit_code(serve_reattaching(server, program.address))
}

async fn serve_host(server: Server, host: Host) -> Result<(), Failure> {
    let terminated = signals(Interrupt::Ignored)?;
    let endpoint = Endpoint::bind(server, &Launch::from_environment()?).await?;
    handshake::print_to_stdout(&endpoint.line())?;
    let connections = endpoint.connections();
    let ended = async move {
        tokio::select! {
            () = terminated => ShutdownReason::Terminated,
            () = host.wait_until_gone(&connections) => ShutdownReason::Orphaned,
        }
    };
    endpoint.run(ended).await;
    Ok(())
}

async fn serve_reattaching(server: Server, address: &str) -> Result<(), Failure> {
    let interrupted = signals(Interrupt::Terminates)?;
    let launch = Launch { reattach: true, ..Launch::default() };
    let endpoint = Endpoint::bind(server, &launch).await?;
    handshake::print_to_stdout(&endpoint.reattach(address))?;
    let ended = async move {
        interrupted.await;
        ShutdownReason::Terminated
    };
    endpoint.run(ended).await;
    Ok(())
}

/// One thread is enough: the work is waiting for Azure, and a process with one starts sooner.
fn run_to_exit_code(served: impl Future<Output = Result<(), Failure>>) -> ExitCode {
    let outcome = runtime().map_err(Failure::from).and_then(|runtime| {
        let outcome = runtime.block_on(served);
        // What still runs, as a name lookup that hangs, must not hold the process.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print_error(&format_args!("the plugin cannot be served: {failure}\n"));
            ExitCode::FAILURE
        }
    }
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Why the process cannot serve.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
enum Failure {
    Launch(#[from] handshake::Error),
    Endpoint(#[from] Error),
    Io(#[from] std::io::Error),
}

/// There is nobody else to tell when stderr is closed.
fn print_error(what: &dyn Display) {
    let _ = std::io::stderr().lock().write_fmt(format_args!("{what}"));
}
