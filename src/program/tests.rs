//! Programs that behave and programs that do not, run by the shell.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::*;

/// Far more than anything here takes; what waits longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

fn shell(script: &str) -> Program {
    Program {
        command: "sh".to_owned(),
        args: ["-c", script, "sh"].map(str::to_owned).to_vec(),
        variables: Vec::new(),
        removed: Vec::new(),
    }
}

async fn ended(program: &Program) -> Ended {
    program.run(PATIENCE).await.unwrap()
}

async fn printed(program: &Program) -> Vec<u8> {
    match ended(program).await.ending {
        Ending::Success(printed) => printed.expose().clone(),
        other => panic!("{}", name_of(&other)),
    }
}

fn name_of(ending: &Ending) -> String {
    match ending {
        Ending::Success(printed) => format!("success with {} bytes", printed.expose().len()),
        Ending::Failure(status) => status.to_string(),
        Ending::TooLong => "too long".to_owned(),
        Ending::TooMuch => "too much".to_owned(),
    }
}

#[tokio::test]
async fn each_end_is_told_with_what_was_printed() {
    for (script, expected, complaint) in [
        ("true", "success with 0 bytes", ""),
        ("echo out; echo noise >&2", "success with 4 bytes", "noise\n"),
        ("echo out; echo why >&2; exit 3", "exit status: 3", "why\n"),
        ("kill -9 $$", "signal: 9 (SIGKILL)", ""),
        // Nothing that it reads comes from whoever started it.
        ("cat; echo read >&2", "success with 0 bytes", "read\n"),
        ("head -c 1048576 /dev/zero", "success with 1048576 bytes", ""),
        ("head -c 1048577 /dev/zero", "too much", ""),
        ("exec cat /dev/zero", "too much", ""),
        // The trap keeps it alive when nobody reads any more.
        ("trap '' PIPE; while :; do echo yyyyyyyyyyyyyyyy; done 2>/dev/null", "too much", ""),
    ] {
        let ended = ended(&shell(script)).await;
        assert_eq!(name_of(&ended.ending), expected, "{script}");
        assert_eq!(String::from_utf8_lossy(&ended.stderr), complaint, "{script}");
    }
}

#[tokio::test]
async fn what_is_no_text_comes_as_it_is() {
    let ended = ended(&shell("printf 'a\\377\\0b'; printf '\\376!' >&2")).await;
    assert!(matches!(&ended.ending, Ending::Success(printed) if printed.expose() == b"a\xff\0b"));
    assert_eq!(ended.stderr, b"\xfe!");
}

#[tokio::test]
async fn of_a_long_complaint_the_end_is_kept() {
    let ended = ended(&shell("head -c 200000 /dev/zero >&2; printf end >&2; exit 1")).await;
    assert_eq!(ended.stderr.len(), MAX_STDERR_BYTES);
    assert!(ended.stderr.ends_with(b"\0end"));
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    std::fs::write(&script, "#!/bin/sh\n").unwrap();
    for (command, expected) in [
        ("no-such-program-anywhere".to_owned(), ErrorKind::NotFound),
        (folder.path().join("missing").display().to_string(), ErrorKind::NotFound),
        (script.display().to_string(), ErrorKind::PermissionDenied),
        (folder.path().display().to_string(), ErrorKind::PermissionDenied),
    ] {
        let program = Program { command, ..shell("") };
        let error = program.run(PATIENCE).await.map(|_| ()).expect_err(&program.command);
        assert_eq!(error.kind(), expected, "{}", program.command);
    }
}

#[tokio::test]
async fn arguments_are_passed_as_they_are() {
    let mut program = shell("printf '%s|' \"$@\"");
    program.args.extend(["a b", "$HOME", "", "*", "\"'"].map(str::to_owned));
    assert_eq!(printed(&program).await, b"a b|$HOME||*|\"'|");
}

/// Cargo sets these variables for whatever it runs.
#[tokio::test]
async fn variables_are_passed_on_but_for_those_that_are_removed() {
    let all = "printf %s \"${CARGO_PKG_NAME-none} ${CARGO_PKG_VERSION_MAJOR-none} \
               ${CARGO_MANIFEST_DIR+set} ${OWN-none}\"";
    for (removed, variables, expected) in [
        (&[][..], &[][..], "program 0 set none"),
        (&["CARGO_PKG_NAME"], &[("OWN", "own")], "none 0 set own"),
        (&["CARGO_PKG"], &[], "program 0 set none"),
        (&["CARGO_PKG_*"], &[], "none none set none"),
        (&["*"], &[], "none none  none"),
        // What is set counts, also where it is not inherited.
        (&["CARGO_*"], &[("CARGO_PKG_NAME", "named")], "named none  none"),
    ] {
        let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.into()));
        let program = Program {
            command: "/bin/sh".to_owned(),
            removed: removed.iter().map(|&name| name.to_owned()).collect(),
            variables: variables.collect(),
            ..shell(all)
        };
        let printed = printed(&program).await;
        assert_eq!(String::from_utf8_lossy(&printed), expected, "{removed:?}");
    }
}

// === what it started ===

#[tokio::test]
async fn what_a_program_leaves_running_is_not_waited_for() {
    let left = Pipe::new("echo out; sleep 600 > \"$PIPE\" &");
    let (printed, file) = tokio::join!(printed(&left.program), left.opened());
    assert_eq!(printed, b"out\n");
    // It serves a cache, for all that is known: it lives on, until this test ends it.
    let group = rustix::process::Pid::from_raw(left.leader()).unwrap();
    assert!(rustix::process::test_kill_process_group(group).is_ok());
    rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
    assert_is_closed(file);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_hangs_is_killed_with_what_it_started() {
    let hanging = Pipe::new("echo waiting >&2; sleep 600 > \"$PIPE\" & wait");
    // Time stands still until the pipe is open.
    let (ended, file) = tokio::join!(ended(&hanging.program), hanging.opened());
    assert_eq!(name_of(&ended.ending), "too long");
    assert_eq!(ended.stderr, b"waiting\n");
    assert_is_closed(file);
}

#[tokio::test]
async fn a_program_that_fails_is_killed_with_what_it_started() {
    let failing = Pipe::new("sleep 600 > \"$PIPE\" & read -r _ < \"$PIPE.go\"; exit 1");
    let (ended, file) = tokio::join!(ended(&failing.program), async {
        let file = failing.opened().await;
        failing.lets_go();
        file
    });
    assert_eq!(name_of(&ended.ending), "exit status: 1");
    assert_is_closed(file);
}

#[tokio::test]
async fn a_program_that_nobody_waits_for_is_killed_with_what_it_started() {
    let dropped = Pipe::new("sleep 600 > \"$PIPE\" & wait");
    let file = tokio::select! {
        _ = dropped.program.run(PATIENCE) => panic!("it waits"),
        file = dropped.opened() => file,
    };
    assert_is_closed(file);
}

/// A program whose child holds a pipe open as long as it lives.
struct Pipe {
    program: Program,
    path: PathBuf,
    folder: TempDir,
}

impl Pipe {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let script = format!("echo $$ > \"$PIPE.pid\"; mkfifo \"$PIPE.go\" \"$PIPE\"; {script}");
        let variables = vec![("PIPE".to_owned(), path.display().to_string().into())];
        Self { program: Program { variables, ..shell(&script) }, path, folder }
    }

    /// The pipe, once somebody has opened it for writing.
    async fn opened(&self) -> File {
        open_once_made(self.path.clone()).await.unwrap()
    }

    /// Lets the program go on that reads a line.
    fn lets_go(&self) {
        std::fs::write(self.folder.path().join("pipe.go"), "\n").unwrap();
    }

    /// The number of the program, which is that of its group.
    fn leader(&self) -> i32 {
        let pid = std::fs::read_to_string(self.folder.path().join("pipe.pid")).unwrap();
        pid.trim().parse().unwrap()
    }
}

/// Opens a pipe for reading, which lasts until somebody has opened it for writing.
fn open_once_made(pipe: PathBuf) -> JoinHandle<File> {
    tokio::task::spawn_blocking(move || {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Ok(file) = File::open(Path::new(&pipe)) {
                return file;
            }
            std::thread::yield_now();
        }
        panic!("no pipe")
    })
}

/// Everybody who held the pipe open is gone, or is in a moment.
fn assert_is_closed(mut file: File) {
    let mut rest = Vec::new();
    file.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
}
