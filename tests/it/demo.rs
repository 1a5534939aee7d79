//! What `make` says where a program that it needs is missing.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A PATH with nothing on it but these programs.
fn only(programs: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for program in programs {
        symlink(find(program), folder.path().join(program)).expect("a link can be made");
    }
    folder
}

/// The program itself: a version manager's stand-in needs more than itself.
fn find(program: &str) -> PathBuf {
    if program == "python3" {
        let asked =
            Command::new(program).args(["-c", "import sys; print(sys.executable)"]).output();
        let path = String::from_utf8(asked.expect("python3 starts").stdout).expect("a path");
        return PathBuf::from(path.trim());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program));
    found.into_iter().find(|path| path.exists()).expect("it is on PATH")
}

fn make(target: &str, programs: &[&str]) -> Output {
    let path = only(programs);
    let mut make = Command::new(find("make"));
    make.args(["--silent", "--directory", env!("CARGO_MANIFEST_DIR"), target]);
    make.env("PATH", path.path()).output().expect("make starts")
}

#[track_caller]
fn stops(ran: &Output, words: &[&str]) {
    let said = [&ran.stdout, &ran.stderr].map(|it| String::from_utf8_lossy(it)).concat();
    assert!(!ran.status.success(), "{said}");
    assert!(!said.contains("Traceback"), "{said}");
    for words in words {
        assert!(said.contains(words), "{words:?} is not in {said}");
    }
}

#[test]
fn the_demo_without_cargo_says_what_to_install() {
    stops(&make("demo", &["python3"]), &["the demo stopped", "cargo is not on PATH", "rustup"]);
}

#[test]
fn every_target_without_its_program_says_what_to_install() {
    for target in ["demo", "clients", "tools"] {
        stops(&make(target, &[]), &[&format!("make {target} needs python3"), "install"]);
    }
    for target in ["build", "install", "test", "lint", "deny", "fmt", "docs", "bench", "fuzz"] {
        stops(&make(target, &["python3"]), &["needs cargo, which is not on PATH", "rustup"]);
    }
}

#[test]
fn the_scripts_themselves_say_it_too() {
    let path = only(&["python3"]);
    for script in ["examples/demo/run", "tests/run", "tests/clients/run"] {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
        let mut run = Command::new(find("python3"));
        let ran = run.arg(script).env("PATH", path.path()).output();
        stops(&ran.expect("python3 starts"), &["cargo is not on PATH", "rustup"]);
    }
}

#[test]
fn a_program_of_that_name_must_exist() {
    let mut run = Command::new("make");
    run.args(["--silent", "--directory", env!("CARGO_MANIFEST_DIR"), "demo"]);
    let ran = run.arg("CLI=/nowhere/terraform").output().expect("make starts");
    stops(&ran, &["CLI=/nowhere/terraform is no program"]);
}
