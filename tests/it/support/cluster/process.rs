//! A program that ends with this process, however this process ends.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Far more than any server takes to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
/// Between two looks at what a server has not done yet.
const PAUSE: Duration = Duration::from_millis(50);

/// Starts a program, reads one line, and kills the program. The system ends the input when the process at its other
/// end is gone, and then nobody needs the folder any more. Only the program keeps the output open.
const WATCHDOG: &str = r#"
folder=$1; shift
exec 3>&1 > /dev/null
"$@" < /dev/null >> "$folder/log" 2>&1 &
program=$!
exec 3>&-
read -r line
kill -KILL "$program"
wait
[ "$line" ] || rm -rf "$folder"
"#;

/// A running program. Dropping it kills the program and removes its folder.
pub(super) struct Process {
    watchdog: Child,
    folder: PathBuf,
    has_ended: Arc<AtomicBool>,
}

impl Process {
    /// `folder` takes what the program says.
    pub(super) fn start(folder: &Path, program: &Path, arguments: &[String]) -> Self {
        let mut watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(folder)
            .arg(program)
            .args(arguments)
            // Ctrl-C is not for the watchdog, which has work to do then.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`sh` starts");
        let mut output = watchdog.stdout.take().expect("there is a pipe");
        let has_ended = Arc::new(AtomicBool::new(false));
        let tell = Arc::clone(&has_ended);
        std::thread::spawn(move || {
            // Nothing is written there; the end is what is waited for.
            let _ = output.read_to_end(&mut Vec::new());
            tell.store(true, Ordering::Relaxed);
        });
        Self { watchdog, folder: folder.to_owned(), has_ended }
    }

    /// Kills the program and leaves its folder.
    pub(super) fn stop(mut self) {
        let mut input = self.watchdog.stdin.take().expect("its input was not closed yet");
        input.write_all(b"stop\n").expect("the watchdog reads");
        self.watchdog.wait().expect("the watchdog ends");
    }

    /// Waits until the program has done it; shows what it said if it does not.
    pub(super) fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let mut so = false;
        let over = comes_true(|| {
            so = is_so();
            so || self.has_ended.load(Ordering::Relaxed)
        });
        if !so {
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            let lines: Vec<_> = log.lines().collect();
            let last = lines[lines.len().saturating_sub(20)..].join("\n");
            let why = if over { "the program has ended" } else { "it takes too long" };
            panic!("{what}: {why}\n{last}");
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        // There is nobody to tell.
        let _ = self.watchdog.wait();
    }
}

/// Waits until something is so that takes a server some time.
pub(crate) fn wait_until(what: &str, is_so: impl FnMut() -> bool) {
    assert!(comes_true(is_so), "{what}: not within {PATIENCE:?}");
}

fn comes_true(mut is_so: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    loop {
        if is_so() {
            return true;
        }
        if began.elapsed() > PATIENCE {
            return false;
        }
        sleep(PAUSE);
    }
}

/// A folder that is left to [`Process`] to remove.
pub(super) fn new_folder() -> PathBuf {
    tempfile::tempdir().expect("a temporary folder can be made").keep()
}

pub(super) fn write(file: &Path, text: &str) {
    let written = File::create(file).and_then(|mut file| file.write_all(text.as_bytes()));
    written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

/// A port below those that the system gives to whoever asks for any: nobody takes it while its server is stopped.
pub(super) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Another run of the tests may be under way.
    let first = u16::try_from(std::process::id() % 180 * 100).expect("it is below 18,000");
    let free = (0..18_000).find_map(|_| {
        let port = 12_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 18_000;
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok().then_some(port)
    });
    free.expect("a port is free")
}

#[test]
fn a_program_and_its_folder_go_when_nobody_holds_them() {
    let folder = new_folder();
    let file = folder.join("id");
    let script = format!("echo $$ > '{}'; exec tail -f /dev/null", file.display());
    let process = Process::start(&folder, Path::new("sh"), &["-c".to_owned(), script]);
    process.wait_until("it runs", || file.metadata().is_ok_and(|file| file.len() > 1));
    let id = std::fs::read_to_string(&file).expect("it wrote its ID");
    let runs = || {
        let run = Command::new("ps").args(["-p", id.trim()]).stdout(Stdio::null()).status();
        run.expect("`ps` starts").success()
    };
    assert!(runs());
    drop(process);
    assert!(!runs() && !folder.exists());
}

#[test]
fn a_program_that_ends_by_itself_is_not_waited_for() {
    let folder = new_folder();
    let script = ["-c".to_owned(), "echo no such option".to_owned()];
    let process = Process::start(&folder, Path::new("sh"), &script);
    let waits = std::panic::AssertUnwindSafe(|| process.wait_until("it is ready", || false));
    let why = std::panic::catch_unwind(waits).expect_err("it will never be");
    let why = why.downcast_ref::<String>().expect("a panic has a text");
    assert_eq!(why, "it is ready: the program has ended\nno such option");
}
