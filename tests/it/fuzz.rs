//! The corpus of `make fuzz`, replayed.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[expect(unreachable_pub, reason = "the programs of `make fuzz` use the same file as a crate")]
#[path = "../fuzz/targets.rs"]
mod targets;

type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 11] = [
    ("arm_error", targets::arm_error),
    ("attach_configuration", targets::attach_configuration),
    ("certificate", targets::certificate),
    ("certificate_bundle", targets::certificate_bundle),
    ("claims_challenge", targets::claims_challenge),
    ("cluster_object", targets::cluster_object),
    ("msgpack", targets::msgpack),
    ("quantity", targets::quantity),
    ("resource_id", targets::resource_id),
    ("review", targets::review),
    ("state", targets::state),
];

#[test]
fn msgpack() {
    replay("msgpack");
}

#[test]
fn state() {
    replay("state");
}

#[test]
fn quantity() {
    replay("quantity");
}

#[test]
fn resource_id() {
    replay("resource_id");
}

#[test]
fn arm_error() {
    replay("arm_error");
}

#[test]
fn attach_configuration() {
    replay("attach_configuration");
}

#[test]
fn certificate() {
    replay("certificate");
}

#[test]
fn certificate_bundle() {
    replay("certificate_bundle");
}

#[test]
fn claims_challenge() {
    replay("claims_challenge");
}

#[test]
fn cluster_object() {
    replay("cluster_object");
}

#[test]
fn review() {
    replay("review");
}

/// What `make fuzz` runs is what is replayed here, and each has a corpus to begin with.
#[test]
fn every_target_has_a_program_and_a_corpus() {
    let here: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).expect("a manifest");
    let programs = manifest.split("[[bin]]\nname = \"").skip(1);
    let programs = programs.filter_map(|it| it.split('"').next()).map(str::to_owned).collect();
    assert_eq!(here, programs);
    assert_eq!(here, files(&folder().join("corpus")).iter().map(|it| name(it)).collect());
}

/// Hands every file to its target, and beginnings of it: what breaks off must not break us.
fn replay(target: &str) {
    let (_, run) = TARGETS.iter().find(|(name, _)| *name == target).expect("a target");
    let files = files(&folder().join("corpus").join(target));
    assert!(files.len() >= 5, "the corpus of {target} has {} files", files.len());
    for file in files {
        let input = fs::read(&file).expect("a readable file");
        let ends = (0..input.len()).step_by(1 + input.len() / 64).chain([input.len()]);
        for end in ends {
            let ran = catch_unwind(|| run(&input[..end]));
            assert!(ran.is_ok(), "{target} panics on the first {end} bytes of {}", file.display());
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}
