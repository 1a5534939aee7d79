//! `azureml-emulator -- COMMAND`, as a program.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// An emulator with a script beside it, in a process group of its own, with pipes for its input and
/// output.
fn start(options: &[&str], script: &str) -> Child {
    let arguments = options.iter().copied().chain(["--", "sh", "-c", script]);
    spawn(&arguments.collect::<Vec<_>>())
}

fn spawn(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_azureml-emulator"))
        .args(arguments)
        .env("ARM_CLIENT_ID", "of-the-pipeline")
        .env("ARM_USE_OIDC", "true")
        .env("ARM_ACCESS_KEY", "of-a-backend")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("it starts")
}

/// The code it ends with, and what was said on standard output and standard error.
fn end(child: Child) -> (Option<i32>, String, String) {
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn line(out: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    out.read_line(&mut line).expect("it says something");
    line.trim_end().to_owned()
}

#[test]
fn the_code_is_that_of_the_command() {
    for (script, code) in [
        ("exit 0", 0),
        ("exit 3", 3),
        ("exit 255", 255),
        ("kill -KILL $$", 137),
        ("kill -TERM $$", 143),
        ("kill -INT $$", 130),
    ] {
        assert_eq!(end(start(&[], script)), (Some(code), String::new(), String::new()), "{script}");
    }
}

#[test]
fn a_command_that_cannot_run_is_named() {
    let here = env!("CARGO_MANIFEST_DIR");
    for (program, code) in [("no-such-program-here", 127), (here, 126)] {
        let (ended, out, err) = end(spawn(&["--", program]));
        assert_eq!((ended, out.as_str()), (Some(code), ""), "{err}");
        assert!(err.starts_with(&format!("azureml-emulator: {program}: ")), "{err}");
    }
    let (ended, _, err) = end(spawn(&["--"]));
    assert_eq!(
        (ended, err.as_str()),
        (Some(1), "azureml-emulator: `--` needs a command after it\n")
    );
}

#[test]
fn the_emulator_answers_while_the_command_runs_and_not_after() {
    let mut running = start(&[], "echo $ARM_RESOURCE_MANAGER_ENDPOINT; read line; exit 7");
    let endpoint = line(&mut BufReader::new(running.stdout.take().expect("there is a pipe")));
    let address = endpoint.strip_prefix("http://").expect("it is in the clear").to_owned();
    let mut stream = TcpStream::connect(&address).expect("it listens");
    let request = "GET /metadata/endpoints?api-version=2022-09-01 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("it takes a request");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("it answers");
    assert!(
        response.starts_with("HTTP/1.1 200 OK\r\n") && response.contains(&endpoint),
        "{response}"
    );
    running.stdin.take().expect("there is a pipe").write_all(b"go on\n").expect("it reads");
    assert_eq!(end(running).0, Some(7));
    TcpStream::connect(address).expect_err("it has stopped");
}

#[test]
fn the_environment_is_the_emulators_and_not_the_pipelines() {
    let (code, out, _) = end(start(&[], "env"));
    assert_eq!(code, Some(0));
    let value = |name: &str| {
        out.lines().find_map(|line| line.strip_prefix(&format!("{name}=")).map(str::to_owned))
    };
    assert!(
        value("ARM_RESOURCE_MANAGER_ENDPOINT")
            .is_some_and(|it| it.starts_with("http://127.0.0.1:"))
    );
    assert!(value("AZUREML_ACCESS_TOKEN").is_some_and(|it| it.starts_with("emulator.")));
    assert_eq!(value("ARM_CLIENT_ID"), None, "an account that is not the emulator's");
    assert_eq!(value("ARM_USE_OIDC"), None);
    assert_eq!(value("ARM_ACCESS_KEY").as_deref(), Some("of-a-backend"), "no account");
    let folder = tempfile::tempdir().expect("a folder");
    let tls = folder.path().to_str().expect("it is text");
    let (_, out, _) =
        end(start(&["--tls", tls], "echo $ARM_CLIENT_ID; cat $AZUREML_CA_CERTIFICATE_PATH"));
    assert!(
        out.starts_with("00000000-0000-0000-0000-00000000000c\n-----BEGIN CERTIFICATE-----"),
        "{out}"
    );
}

/// A command that says each signal it gets, and ends with 9 at the last of them. It counts while it
/// waits: a shell's `wait` may miss a signal that comes just before.
const TRAPS: &str = "
    for name in INT HUP QUIT USR1 USR2; do trap \"echo $name\" $name; done
    trap 'echo TERM; exit 9' TERM
    echo ready
    left=50000000; while [ $left -gt 0 ]; do left=$((left - 1)); done";

#[test]
fn each_signal_reaches_the_command_once() {
    let others = [
        ("INT", Signal::INT),
        ("HUP", Signal::HUP),
        ("QUIT", Signal::QUIT),
        ("USR1", Signal::USR1),
        ("USR2", Signal::USR2),
        ("INT", Signal::INT),
    ];
    for whole_group in [false, true] {
        let mut running = start(&[], TRAPS);
        let id = Pid::from_child(&running);
        let send = |signal| {
            let sent =
                if whole_group { kill_process_group(id, signal) } else { kill_process(id, signal) };
            sent.expect("it takes a signal");
        };
        let mut out = BufReader::new(running.stdout.take().expect("there is a pipe"));
        assert_eq!(line(&mut out), "ready");
        for (name, signal) in others {
            send(signal);
            assert_eq!(line(&mut out), name);
        }
        send(Signal::TERM);
        assert_eq!(line(&mut out), "TERM", "and none came twice");
        assert_eq!(end(running).0, Some(9));
    }
}

#[test]
fn the_certificate_is_found_from_any_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_azureml-emulator"));
    command.current_dir(folder.path()).args(["--tls", "certificates", "--", "sh", "-c"]);
    let output = command.arg("cd / && cat $AZUREML_CA_CERTIFICATE_PATH").output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("it is text");
    assert!(text.starts_with("-----BEGIN CERTIFICATE-----"), "{text}");
}
