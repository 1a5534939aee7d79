//! A real `terraform` or `tofu` in a folder of its own, driving the built provider.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::azure::Azure;
use super::plan::Planned;
use super::running::Running;
use super::tools::Program;
use super::transcript::Transcript;

/// The folder that holds the built provider, for `dev_overrides`.
fn provider_folder() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_terraform-provider-azureml"))
        .parent()
        .expect("a binary is in a folder")
}

/// One working folder and the program that works in it.
pub(crate) struct Cli {
    executable: PathBuf,
    folder: TempDir,
    environment: BTreeMap<String, String>,
    transcript: Transcript,
    /// How many plans there were.
    plans: AtomicUsize,
}

/// What one command did.
#[derive(Debug)]
pub(crate) struct Ran {
    command: String,
    code: Option<i32>,
    output: String,
    diagnostics: Vec<Diagnostic>,
}

/// A warning or an error as the user sees it.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    pub(crate) severity: String,
    /// Summary and detail, in one line.
    pub(crate) text: String,
    /// The lines of configuration it points at; empty where it points at none.
    pub(crate) code: String,
}

impl Cli {
    /// `None` is a skip: the program is missing.
    pub(crate) fn new(program: Program, azure: &Azure) -> Option<Self> {
        let executable = program.find()?;
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let environment = azure.environment().clone();
        let (transcript, plans) = (Transcript::new(), AtomicUsize::new(0));
        let cli = Self { executable, folder, environment, transcript, plans };
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"azureml/azureml\" = {}\n  }}\n  direct {{}}\n}}\n",
            json!(provider_folder())
        );
        cli.write_file("cli.tfrc", &overrides);
        Some(cli)
    }

    /// Replaces the configuration.
    pub(crate) fn write(&self, hcl: &str) {
        self.write_file("main.tf", hcl);
    }

    pub(crate) fn write_file(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the working folder takes files");
    }

    pub(crate) fn read_file(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file is there")
    }

    /// Where a file of the working folder is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sets one variable of the environment in which the provider runs.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.environment.remove(name);
    }

    pub(crate) fn validate(&self) -> Ran {
        self.run(&["validate", "-json"])
    }

    pub(crate) fn plan(&self, arguments: &[&str]) -> Planned {
        let ran =
            self.run(&[&["plan", "-json", "-detailed-exitcode", "-out=plan"], arguments].concat());
        if !matches!(ran.code, Some(0 | 2)) {
            return Planned::new(ran, |_| String::new());
        }
        // A later plan takes the place of this one before anything of this one may be asked for.
        let copy = format!("plan.{}", self.plans.fetch_add(1, Ordering::Relaxed));
        std::fs::copy(self.path("plan"), self.path(&copy)).expect("a plan was saved");
        let place = self.place();
        Planned::new(ran, move |option| place.text(&["show", option, &copy]))
    }

    /// A plan as a person reads it, with the warnings below it.
    pub(crate) fn plan_text(&self) -> String {
        let output = self.command(&["plan", "-no-color"]).output().expect("the program starts");
        assert!(output.status.success(), "{output:?}");
        [output.stdout, output.stderr]
            .map(|part| String::from_utf8_lossy(&part).into_owned())
            .concat()
    }

    pub(crate) fn apply(&self) -> Ran {
        self.run(&["apply", "-json", "-auto-approve"])
    }

    pub(crate) fn destroy(&self) -> Ran {
        self.run(&["destroy", "-json", "-auto-approve"])
    }

    pub(crate) fn import(&self, address: &str, id: &str) -> Ran {
        self.run(&["import", "-no-color", address, id])
    }

    /// Forgets an object without touching it.
    pub(crate) fn forget(&self, address: &str) -> Ran {
        self.run(&["state", "rm", address])
    }

    /// The attributes of one object in the state; `None` if it is not there.
    pub(crate) fn state(&self, address: &str) -> Option<Value> {
        let resources = self.state_file()["resources"].take();
        let instances = resources.as_array().into_iter().flatten().flat_map(|resource| {
            let instances = resource["instances"].as_array().into_iter().flatten();
            instances.map(move |instance| (address_of(resource, instance), instance))
        });
        let mut found = instances.filter(|(at, _)| at == address);
        found.next().map(|(_, instance)| instance["attributes"].clone())
    }

    /// The values of the outputs in the state.
    pub(crate) fn outputs(&self) -> Value {
        let outputs = self.state_file()["outputs"].take();
        let outputs = outputs.as_object().cloned().unwrap_or_default();
        outputs.into_iter().map(|(name, output)| (name, output["value"].clone())).collect()
    }

    /// What the program stored, read without it: each start costs a fifth of a second. Null where there is no state,
    /// or the file of a program that was killed before it wrote one.
    fn state_file(&self) -> Value {
        let state = std::fs::read(self.path("terraform.tfstate")).unwrap_or_default();
        match &*state {
            [] => Value::Null,
            state => serde_json::from_slice(state).expect("a state is JSON"),
        }
    }

    /// Runs one command and reads what it reports, as JSON lines, as one JSON document or as text.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().expect("the program starts");
        let ran = Ran::read(arguments, &output);
        self.transcript.note(arguments, &ran, &self.path("terraform.tfstate"));
        ran
    }

    /// Starts an apply, waits for `moment`, and interrupts everything that the apply started, as Ctrl-C does.
    pub(crate) fn apply_interrupted(&self, moment: impl FnOnce()) -> Ran {
        let running = self.start(&["apply", "-json", "-auto-approve"]);
        moment();
        running.interrupt();
        running.end()
    }

    /// Starts a command, as in a terminal of its own.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments), arguments)
    }

    /// The command, ready to be started, for tests that watch or interrupt it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.place().command(arguments)
    }

    fn place(&self) -> Place {
        Place {
            executable: self.executable.clone(),
            folder: self.folder.path().to_owned(),
            environment: self.environment.clone(),
        }
    }
}

/// Where a program runs, and in which environment.
struct Place {
    executable: PathBuf,
    folder: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Place {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.executable);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", &self.folder)
            .env("TF_CLI_CONFIG_FILE", self.folder.join("cli.tfrc"))
            .env("TF_DATA_DIR", self.folder.join(".terraform"))
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("CHECKPOINT_DISABLE", "1")
            // No command lives long enough to need its garbage collected.
            .env("GOGC", "off")
            .envs(&self.environment);
        command
    }

    fn text(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } =
            self.command(arguments).output().expect("the program starts");
        assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).expect("the program writes UTF-8")
    }
}

impl Ran {
    /// A run that only had this exit code.
    pub(crate) fn for_test(code: i32) -> Self {
        Self {
            command: String::new(),
            code: Some(code),
            output: String::new(),
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn read(arguments: &[&str], Output { status, stdout, stderr }: &Output) -> Self {
        let output =
            String::from_utf8_lossy(stdout).into_owned() + &String::from_utf8_lossy(stderr);
        let mut diagnostics: Vec<_> =
            messages(&output).filter_map(|line| Diagnostic::read(&line["diagnostic"])).collect();
        if let Ok(document) = serde_json::from_slice::<Value>(stdout) {
            let list = document["diagnostics"].as_array().into_iter().flatten();
            diagnostics.extend(list.filter_map(Diagnostic::read));
        }
        Self { command: arguments.join(" "), code: status.code(), output, diagnostics }
    }

    pub(crate) fn code(&self) -> Option<i32> {
        self.code
    }

    /// The warnings and errors that it reported.
    pub(crate) fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Everything that it wrote.
    pub(crate) fn output(&self) -> &str {
        &self.output
    }

    /// The JSON lines of what it reported.
    pub(crate) fn messages(&self) -> impl Iterator<Item = Value> {
        messages(&self.output)
    }

    #[track_caller]
    pub(crate) fn succeeds(&self) -> &Self {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    /// An error whose summary or detail has `text`.
    #[track_caller]
    pub(crate) fn fails_with(&self, text: &str) -> &Diagnostic {
        assert_ne!(self.code, Some(0), "this should have failed with {text:?}\n{self}");
        self.diagnostic("error", text)
    }

    #[track_caller]
    pub(crate) fn warns_of(&self, text: &str) -> &Diagnostic {
        self.diagnostic("warning", text)
    }

    /// That the provider warned of nothing.
    #[track_caller]
    pub(crate) fn warns_of_nothing(&self) -> &Self {
        let warned = |found: &&Diagnostic| {
            found.severity == "warning" && !found.text.starts_with("Provider development overrides")
        };
        let warnings: Vec<_> = self.diagnostics.iter().filter(warned).collect();
        assert!(warnings.is_empty(), "{warnings:#?}");
        self
    }

    /// That these words came out somewhere, as on a terminal.
    #[track_caller]
    pub(crate) fn mentions(&self, text: &str) -> &Self {
        assert!(self.output.contains(text), "{text:?} is not in\n{self}");
        self
    }

    /// That nothing secret came out.
    #[track_caller]
    pub(crate) fn never_says(&self, text: &str) -> &Self {
        assert!(!self.output.contains(text), "{text:?} is in\n{self}");
        self
    }

    #[track_caller]
    fn diagnostic(&self, severity: &str, text: &str) -> &Diagnostic {
        let wanted = |found: &&Diagnostic| found.severity == severity && found.text.contains(text);
        match self.diagnostics.iter().find(wanted) {
            Some(found) => found,
            None => panic!("no {severity} has {text:?}\n{self}"),
        }
    }
}

/// `module.m.data.type.name["key"]`.
fn address_of(resource: &Value, instance: &Value) -> String {
    let text = |key: &str| resource[key].as_str().unwrap_or_default();
    let module = resource["module"].as_str().map_or(String::new(), |module| format!("{module}."));
    let data = if resource["mode"] == "data" { "data." } else { "" };
    let key = &instance["index_key"];
    let key = if key.is_null() { String::new() } else { format!("[{key}]") };
    format!("{module}{data}{}.{}{key}", text("type"), text("name"))
}

fn messages(output: &str) -> impl Iterator<Item = Value> {
    output.lines().filter_map(|line| serde_json::from_str(line).ok())
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "`{}` ended with {:?}", self.command, self.code)?;
        for diagnostic in &self.diagnostics {
            writeln!(f, "{}: {}\n  at: {}", diagnostic.severity, diagnostic.text, diagnostic.code)?;
        }
        if self.diagnostics.is_empty() { write!(f, "{}", self.output) } else { Ok(()) }
    }
}

impl Diagnostic {
    fn read(json: &Value) -> Option<Self> {
        let severity = json["severity"].as_str()?.to_owned();
        let text = [&json["summary"], &json["detail"]]
            .map(|part| part.as_str().unwrap_or_default())
            .join(": ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Self {
            severity,
            text,
            code: json["snippet"]["code"].as_str().unwrap_or_default().to_owned(),
        })
    }

    /// That it points at the line of configuration with `text`.
    #[track_caller]
    pub(crate) fn at(&self, text: &str) -> &Self {
        assert!(self.code.contains(text), "this should point at {text:?}: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "this should say {text:?}: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn never_says(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "this should not say {text:?}: {}", self.text);
        self
    }
}
