//! The files of a release: their names, their hashes, and what they say the program is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use emulator::Options;
use serde_json::{Value, json};

use crate::arc_extension::{TRAINING, resource};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{REQUIRED_PROVIDERS, stage_in, with_every_program};

with_every_program!(a_lock_file_has_the_hash_that_the_release_states);

const LINUX: &str = "x86_64-unknown-linux-musl";
const WINDOWS: &str = "x86_64-pc-windows-gnu";
const MIRRORED: &str = "azureml/azureml";

/// A small file stands for the program of each target: how large it is does not matter here.
fn release(triples: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("program");
    fs::write(&program, "a program").expect("it can be written");
    let packed = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/dist/package"))
        .arg(folder.path())
        .args(triples.iter().map(|triple| format!("{triple}={}", program.display())))
        .output()
        .expect("python3 is on PATH");
    assert!(packed.status.success(), "{packed:?}");
    fs::remove_file(program).expect("it was written");
    folder
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("it is a folder");
    let entries = entries.map(|entry| entry.expect("it can be read"));
    entries
        .map(|entry| {
            let content = fs::read(entry.path()).expect("it is a file");
            (entry.file_name().into_string().expect("a plain name"), content)
        })
        .collect()
}

fn name(rest: &str) -> String {
    format!(concat!("terraform-provider-azureml_", env!("CARGO_PKG_VERSION"), "_{}"), rest)
}

fn read(folder: &Path, rest: &str) -> Value {
    let text = fs::read(folder.join(name(rest))).expect("it is there");
    serde_json::from_slice(&text).expect("it is JSON")
}

#[test]
fn the_same_program_makes_the_same_files_under_the_names_of_the_registry() {
    let [first, second] = [(), ()].map(|()| release(&[LINUX, WINDOWS]));
    let [first, second] = [first, second].map(|folder| files(folder.path()));
    assert!(first == second, "the files differ from one time to the next");
    let rest = [
        "SHA256SUMS",
        "hashes.json",
        "linux_amd64.zip",
        "manifest.json",
        "sbom.cdx.json",
        "windows_amd64.zip",
    ];
    assert_eq!(first.keys().cloned().collect::<Vec<_>>(), rest.map(name));
    let sums = String::from_utf8_lossy(&first[&name("SHA256SUMS")]).into_owned();
    for (name, content) in first.iter().filter(|(name, _)| !name.ends_with("SHA256SUMS")) {
        let hex = hex(ring::digest::digest(&ring::digest::SHA256, content).as_ref());
        let listed = sums.contains(&format!("{hex}  {name}\n"));
        assert_eq!(listed, !name.ends_with("hashes.json"), "{name} in {sums}");
    }
}

/// By which Azure's own logs tell releases apart.
#[test]
fn requests_carry_the_version_that_the_program_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = Some(folder.path().to_owned());
    let azure = Azure::with(Options { record, ..Options::default() });
    stage_in(&azure, TERRAFORM_1_11, |_, cli| {
        cli.write(&resource(TRAINING));
        cli.apply().succeeds();
    });
    let said = Command::new(env!("CARGO_BIN_EXE_terraform-provider-azureml"))
        .arg("--version")
        .output()
        .expect("it starts");
    let said = String::from_utf8(said.stdout).expect("a text");
    let expected = said.trim().replacen(' ', "/", 1);
    let recorded = files(folder.path());
    assert_eq!(recorded.is_empty(), azure.exchanges().is_empty());
    for (name, exchange) in recorded {
        let exchange: Value = serde_json::from_slice(&exchange).expect("it is JSON");
        assert_eq!(exchange["liveRequest"]["headers"]["user-agent"], *expected, "{name}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The registry's sums are of archives; a lock file that is written from a mirror has the hash of what is in them.
fn a_lock_file_has_the_hash_that_the_release_states(_: &Azure, cli: &mut Cli) {
    let folder = release(&[LINUX, WINDOWS]);
    for registry in ["registry.terraform.io", "registry.opentofu.org"] {
        let place = cli.path("mirror").join(registry).join(MIRRORED);
        fs::create_dir_all(&place).expect("a folder can be made");
        for archive in ["linux_amd64.zip", "windows_amd64.zip"].map(name) {
            fs::copy(folder.path().join(&archive), place.join(&archive)).expect("it is there");
        }
    }
    cli.write_file("cli.tfrc", "");
    cli.write(REQUIRED_PROVIDERS);
    let lock = [
        "providers",
        "lock",
        "-fs-mirror=mirror",
        "-platform=linux_amd64",
        "-platform=windows_amd64",
    ];
    cli.run(&lock).succeeds();
    let lock = cli.read_file(".terraform.lock.hcl");
    let locked: BTreeSet<_> = lock.split('"').filter(|text| text.starts_with("h1:")).collect();
    let stated = read(folder.path(), "hashes.json");
    let stated: Vec<_> = stated.as_object().expect("by platform").values().collect();
    assert_eq!(stated.len(), 2, "{stated:?}");
    assert!(
        stated.iter().all(|hashes| hashes[0].as_str().is_some_and(|h1| locked.contains(h1))),
        "{stated:?}: {lock}"
    );
    assert_eq!(locked.len(), 2, "one name is of Windows: {lock}");
}

#[test]
fn the_bill_of_materials_names_what_the_program_is_made_of() {
    let [linux, both] = [release(&[LINUX]), release(&[LINUX, WINDOWS])]
        .map(|folder| read(folder.path(), "sbom.cdx.json"));
    assert_eq!((&linux["bomFormat"], &linux["specVersion"]), (&json!("CycloneDX"), &json!("1.6")));
    assert_eq!(linux["metadata"]["component"]["version"], env!("CARGO_PKG_VERSION"));
    let names = |document: &Value| -> BTreeSet<String> {
        let components = document["components"].as_array().expect("a list").clone();
        for component in &components {
            let [name, version, purl] =
                ["name", "version", "purl"].map(|it| component[it].as_str().expect("a text"));
            assert_eq!(purl, format!("pkg:cargo/{name}@{version}"));
            assert!(
                component["licenses"][0]["expression"].as_str().is_some_and(|it| !it.contains('/')),
                "{component}"
            );
        }
        components.iter().map(|it| it["name"].as_str().expect("a text").to_owned()).collect()
    };
    let has = |document: &Value, name: &str| names(document).contains(name);
    for name in ["azure", "ring", "rustls", "tokio"] {
        assert!(has(&linux, name), "{name}");
    }
    // Of the tests, of macros, of the build, of another system.
    for name in ["emulator", "serde_derive", "protox", "windows-sys"] {
        assert!(!has(&linux, name), "{name}");
    }
    assert!(has(&both, "windows-sys"));
}

#[test]
fn a_tag_is_the_version_of_the_sources() {
    let tag = |tag: &str| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/dist/tag");
        let output = Command::new(script).arg(tag).output().expect("python3 is on PATH");
        String::from_utf8(output.stderr).expect("a text")
    };
    let version = concat!("Cargo.toml has the version ", env!("CARGO_PKG_VERSION"));
    assert!(tag("v99.0.0").contains(version), "{}", tag("v99.0.0"));
    assert!(tag(env!("CARGO_PKG_VERSION")).contains(version), "a tag begins with v");
    let changelog = include_str!("../../CHANGELOG.md");
    let is_dated = !changelog.contains(concat!("## ", env!("CARGO_PKG_VERSION"), " (Unreleased)"));
    assert_eq!(tag(concat!("v", env!("CARGO_PKG_VERSION"))).is_empty(), is_dated);
}
