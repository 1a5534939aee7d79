//! Where a run may have left a secret.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use testing::canaries::find_leak;

use crate::support::cli::{Cli, Ran};

/// A secret, and whether the states and plans of the program hold it by its own rules.
pub(super) struct Secret {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) is_stored: bool,
}

/// A working folder in which everything is looked at, with the folder for temporary files in it.
pub(super) struct Places {
    folder: PathBuf,
    temporary: PathBuf,
}

impl Places {
    pub(super) fn new(folder: PathBuf, temporary: PathBuf) -> Self {
        Self { folder, temporary }
    }

    /// No secret is in what a command has printed, nor in a file that it has left; no file is left beside its own. The
    /// log is looked at once.
    #[track_caller]
    pub(super) fn keep(&self, cli: &Cli, ran: &Ran, all: &[Secret]) {
        self.look("what was printed", ran.output(), all);
        let log = cli.read_file("log");
        assert!(log.contains("provider.azureml"), "the provider writes to the log");
        for (name, text) in self.texts() {
            let may_store = name.starts_with("terraform.tfstate") || name.starts_with("plan");
            self.look(&name, &text, all.iter().filter(|it| !(may_store && it.is_stored)));
            assert!(!text.contains("client-key-data") && !text.contains("kind: Config"), "{name}");
        }
        let left = fs::read_dir(&self.temporary).expect("the folder is there");
        let left: Vec<_> = left.map(|entry| entry.expect("it is read").file_name()).collect();
        assert!(left.is_empty(), "temporary files are left: {left:?}");
        self.keep_private(&cli.read_file("terraform.tfstate"), all);
        fs::remove_file(cli.path("log")).expect("the log can be taken away");
    }

    /// What the provider remembers of its objects holds none either, also not what the state may hold.
    #[track_caller]
    fn keep_private(&self, state: &str, all: &[Secret]) {
        let state: Value = serde_json::from_str(state).expect("a state is JSON");
        let resources = state["resources"].as_array().cloned().unwrap_or_default();
        for instance in resources.iter().filter_map(|each| each["instances"].as_array()).flatten() {
            let private = instance["private"].as_str().unwrap_or_default();
            self.look("the private state", &decode(private), all);
            let mut attributes = instance["attributes"].clone();
            attributes["configuration_protected_settings"] = Value::Null;
            self.look("the other attributes", &attributes.to_string(), all);
        }
    }

    #[track_caller]
    #[expect(clippy::unused_self, reason = "it reads as a question to the places")]
    pub(super) fn look<'a>(
        &self, place: &str, text: &str, all: impl IntoIterator<Item = &'a Secret>,
    ) {
        let secrets = all.into_iter().map(|it| (it.name, &*it.value));
        assert_eq!(find_leak(text, secrets), None, "{place}");
    }

    /// Every file below the folder, by its name there; of an archive what is in it.
    pub(super) fn texts(&self) -> Vec<(String, String)> {
        let mut texts = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("the folder is there") {
                let path = entry.expect("it is read").path();
                // What leads elsewhere is nothing that was written here.
                if path.is_symlink() {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else if path.is_file() {
                    let name = path.strip_prefix(&self.folder).unwrap_or(&path);
                    texts.push((name.display().to_string(), text_of(&path)));
                }
            }
        }
        texts
    }
}

fn text_of(path: &Path) -> String {
    let bytes = fs::read(path).expect("the file is there");
    let bytes = if bytes.starts_with(b"PK\x03\x04") { unzip(path) } else { bytes };
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Everything in a plan's file.
fn unzip(path: &Path) -> Vec<u8> {
    let script = "import sys, zipfile\n\
                  with zipfile.ZipFile(sys.argv[1]) as plan:\n    \
                  for name in plan.namelist(): sys.stdout.buffer.write(plan.read(name))";
    let plan = Command::new("python3").arg("-c").arg(script).arg(path).output();
    let plan = plan.expect("python3 starts");
    assert!(plan.status.success() && !plan.stdout.is_empty(), "{plan:?}");
    plan.stdout
}

fn decode(text: &str) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    String::from_utf8_lossy(&STANDARD.decode(text).expect("base64")).into_owned()
}

/// A canary that is planted in each kind of place is found there.
#[test]
fn every_kind_of_place_is_looked_at() {
    const SECRET: &str = "7qPlanted/Secret+3w";
    let folder = tempfile::tempdir().expect("a folder");
    let places = Places::new(folder.path().to_owned(), folder.path().join("temporary"));
    let find = || {
        let texts = places.texts();
        let found = texts.iter().filter(|(_, text)| find_leak(text, [("it", SECRET)]).is_some());
        found.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    fs::create_dir_all(folder.path().join("temporary/deep")).expect("a folder");
    fs::write(folder.path().join("other"), "nothing of it").expect("a file");
    assert_eq!(find(), [""; 0]);
    let encoded = "N3FQbGFudGVkL1NlY3JldCsz";
    for (name, content) in [
        ("terraform.tfstate", format!("{{\"a\": {}}}", serde_json::json!(SECRET))),
        ("log", format!("2026-01-01 [TRACE] {SECRET}\n")),
        (".hidden", SECRET.to_owned()),
        ("temporary/deep/kubeconfig", format!("users: [{{token: {encoded}")),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("a file");
        assert_eq!(find(), [name]);
        fs::remove_file(path).expect("it was there");
    }
    let script = "import sys, zipfile\n\
                  with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as plan: \
                  plan.writestr('tfplan', sys.argv[2])";
    let plan = folder.path().join("plan");
    let zipped = Command::new("python3").args(["-c", script]).arg(&plan).arg(SECRET).status();
    assert!(zipped.expect("python3 starts").success());
    assert_eq!(find(), ["plan"]);
    let private = find_leak(&decode("eyJhIjoiN3FQbGFudGVkL1NlY3JldCszdyJ9"), [("it", SECRET)]);
    assert!(private.is_some());
}
