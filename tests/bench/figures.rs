//! What one launch of each provider costs, in turn, as JSON on stdout: `cargo bench --bench figures -- PROGRAM…`.
//!
//! Plays the host as Terraform does, mutual TLS included. `tests/bench/run` builds, calls this and prints a table.

use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use plugin::proto::plugin::Empty;
use serde_json::{Value, json};
use tokio::process::Command;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

use any_server::connect;
use host::channel::Channel;
use host::{Environment, Identity, Line, Process, environment};

mod any_server;
/// The side of the host, as the tests play it.
#[path = "../it/support/plugin/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests need more of it than one launch")]
mod host;

const LAUNCHES: usize = 40;

/// More than a launch takes on any machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// The times of one launch, from the moment before the process was started.
struct Launch {
    line: Duration,
    schema: Duration,
    exit: Duration,
    rss: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let programs = std::env::args_os().skip(1).filter(|argument| argument != "--bench");
    let programs: Vec<_> = programs.map(PathBuf::from).collect();
    assert!(!programs.is_empty(), "the paths of the providers to measure");
    let identity = Identity::go(1);
    let environment = environment(Some(&identity));
    let mut launches: Vec<_> = programs.iter().map(|_| Vec::new()).collect();
    let mut floor = Vec::new();
    for _ in 0..LAUNCHES {
        for (program, launches) in programs.iter().zip(&mut launches) {
            launches.push(launch(program, &environment, &identity).await);
        }
        floor.push(echo(&environment).await);
    }
    let programs: Vec<_> = launches.iter().map(|launches| summary(launches)).collect();
    let figures = json!({ "floor_ms": spread(floor), "programs": programs });
    writeln!(stdout(), "{figures}").expect("stdout is open");
}

fn summary(launches: &[Launch]) -> Value {
    let of = |time: fn(&Launch) -> Duration| spread(launches.iter().map(time).collect());
    json!({
        "line_ms": of(|launch| launch.line),
        "schema_ms": of(|launch| launch.schema),
        "exit_ms": of(|launch| launch.exit),
        "rss_kb": launches.iter().map(|launch| launch.rss).max(),
    })
}

async fn launch(program: &Path, environment: &Environment, identity: &Identity) -> Launch {
    let folder = tempfile::tempdir().expect("a folder for the socket");
    let mut environment = environment.clone();
    environment.insert("TMPDIR".into(), folder.path().into());
    let began = Instant::now();
    let mut process = Process::start(Command::new(program), &environment);
    let line = process.line().await;
    let line_at = began.elapsed();
    let line = Line::parse(&line);
    let channel = connect(&line, identity).await.expect("the provider lets its host in");
    get_schema(&line, &channel).await.expect("the schema is served");
    let schema_at = began.elapsed();
    let rss = resident(process.id());
    let asked = Instant::now();
    // A provider of go-plugin's may be gone before its answer.
    let _ = channel.controller().shutdown(Empty {}).await;
    let output = process.end(PATIENCE).await;
    assert!(output.status.success(), "{output:?}");
    Launch { line: line_at, schema: schema_at, exit: asked.elapsed(), rss }
}

/// Asks for the schema in the version of the protocol that the line names, and reads past the answer.
async fn get_schema(line: &Line, channel: &Channel) -> Result<(), Status> {
    let path = match line.fields[1].as_str() {
        "5" => "/tfplugin5.Provider/GetSchema",
        _ => "/tfplugin6.Provider/GetProviderSchema",
    };
    let mut client = Grpc::with_origin(channel.clone(), "http://localhost".parse().expect("a URL"));
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let codec = ProstCodec::<Empty, Empty>::default();
    let path = PathAndQuery::from_static(path);
    client.unary(Request::new(Empty {}), path, codec).await.map(drop)
}

/// What starting any program and reading a line from it takes here.
async fn echo(environment: &Environment) -> Duration {
    let began = Instant::now();
    let mut command = Command::new("/bin/echo");
    command.arg("1|6|unix|/tmp/socket|grpc|");
    let mut process = Process::start(command, environment);
    process.line().await;
    began.elapsed()
}

/// Kilobytes in memory; 0 where the system does not say.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn spread(mut times: Vec<Duration>) -> Value {
    times.sort();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    json!({"min": milliseconds(times[0]), "median": milliseconds(times[times.len() / 2])})
}
