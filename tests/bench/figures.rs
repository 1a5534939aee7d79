//! What one launch of the provider costs, as JSON on stdout: `cargo bench --bench figures -- PROGRAM`.
//!
//! Plays the host as Terraform does, mutual TLS included. `tests/bench/run` builds, calls this and prints a table.

use std::fs;
use std::io::{Write, stdout};
use std::path::Path;
use std::time::{Duration, Instant};

use plugin::proto::plugin::Empty;
use plugin::proto::tfplugin6::get_provider_schema;
use serde_json::{Value, json};
use tokio::process::Command;

use host::{Environment, Identity, Line, Process, Transport, connect, environment};

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
    let program = std::env::args_os().skip(1).rfind(|argument| argument != "--bench");
    let program = program.expect("the path of the provider to measure");
    let identity = Identity::go(1);
    let environment = environment(Some(&identity));
    let mut launches = Vec::new();
    let mut floor = Vec::new();
    for _ in 0..LAUNCHES {
        launches.push(launch(Path::new(&program), &environment, &identity).await);
        floor.push(echo(&environment).await);
    }
    let figures = json!({
        "floor_ms": spread(floor),
        "line_ms": spread(launches.iter().map(|launch| launch.line).collect()),
        "schema_ms": spread(launches.iter().map(|launch| launch.schema).collect()),
        "exit_ms": spread(launches.iter().map(|launch| launch.exit).collect()),
        "rss_kb": launches.iter().map(|launch| launch.rss).max(),
    });
    writeln!(stdout(), "{figures}").expect("stdout is open");
}

async fn launch(program: &Path, environment: &Environment, identity: &Identity) -> Launch {
    let began = Instant::now();
    let mut process = Process::start(Command::new(program), environment);
    let line = process.line().await;
    let line_at = began.elapsed();
    let channel = connect(&Line::parse(&line), &Transport::go(identity))
        .await
        .expect("the provider lets its host in");
    let request = get_provider_schema::Request::default();
    channel.provider().get_provider_schema(request).await.expect("the schema is served");
    let schema_at = began.elapsed();
    let rss = resident(process.id());
    let asked = Instant::now();
    channel.controller().shutdown(Empty {}).await.expect("the provider shuts down");
    let output = process.end(PATIENCE).await;
    assert!(output.status.success(), "{output:?}");
    Launch { line: line_at, schema: schema_at, exit: asked.elapsed(), rss }
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
