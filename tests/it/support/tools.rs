//! Finds the real programs that drive the provider, and says what to do where one is missing.
//!
//! `tests/tools/get` knows where they may be. A program that is missing is a skip, printed past the test
//! harness's capture and counted by `make test`; where the variable `CI` is `true` it is a failure. A test of what
//! came later than a program is printed and counted too, as skipped by version, which is never a failure.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// One program at one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

pub(crate) const TERRAFORM_1_0: Program = Program { name: "terraform", version: "1.0.3" };
pub(crate) const TERRAFORM_1_6: Program = Program { name: "terraform", version: "1.6.6" };
pub(crate) const TERRAFORM_1_10: Program = Program { name: "terraform", version: "1.10.5" };
pub(crate) const TERRAFORM_1_11: Program = Program { name: "terraform", version: "1.11.4" };
pub(crate) const TERRAFORM_1_12: Program = Program { name: "terraform", version: "1.12.2" };
pub(crate) const TERRAFORM_1_15: Program = Program { name: "terraform", version: "1.15.5" };
pub(crate) const TOFU_1_10: Program = Program { name: "tofu", version: "1.10.10" };
pub(crate) const TOFU_1_12: Program = Program { name: "tofu", version: "1.12.6" };
pub(crate) const ACTIONLINT: Program = Program { name: "actionlint", version: "1.7.12" };
pub(crate) const TFPLUGINDOCS: Program = Program { name: "tfplugindocs", version: "0.25.0" };
pub(crate) const OAV: Program = Program { name: "oav", version: "4.0.3" };
pub(crate) const MERMAID: Program = Program { name: "mermaid", version: "11.17.2" };
pub(crate) const ETCD: Program = Program { name: "etcd", version: "3.7.3" };
pub(crate) const OLDER_KUBE_APISERVER: Program =
    Program { name: "kube-apiserver", version: "1.34.4" };
pub(crate) const KUBE_APISERVER: Program = Program { name: "kube-apiserver", version: "1.37.2" };
pub(crate) const KUBE_CONTROLLER_MANAGER: Program =
    Program { name: "kube-controller-manager", version: "1.37.2" };

/// A feature, and the first version of each program that has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Feature {
    pub(crate) what: &'static str,
    terraform: Since,
    tofu: Since,
}

/// A version, or `None` where no version so far can do it.
type Since = Option<(u32, u32)>;

/// Import blocks that name an ID.
pub(crate) const IMPORT_BLOCKS: Feature =
    Feature { what: "`import` blocks", terraform: Some((1, 5)), tofu: Some((1, 6)) };
/// Functions of a provider.
pub(crate) const FUNCTIONS: Feature =
    Feature { what: "functions of a provider", terraform: Some((1, 8)), tofu: Some((1, 7)) };
/// `moved` blocks that name two types.
pub(crate) const MOVES: Feature = Feature {
    what: "`moved` from a type of `azurerm` or `azapi`",
    terraform: Some((1, 8)),
    tofu: Some((1, 10)),
};
/// Arguments that no state holds.
pub(crate) const WRITE_ONLY: Feature =
    Feature { what: "write-only arguments", terraform: Some((1, 11)), tofu: Some((1, 11)) };
/// `mock_provider` in tests.
pub(crate) const MOCKS: Feature =
    Feature { what: "`mock_provider` in tests", terraform: Some((1, 7)), tofu: Some((1, 8)) };
/// Import blocks that name an identity in place of an ID.
pub(crate) const IDENTITY: Feature =
    Feature { what: "import by identity", terraform: Some((1, 12)), tofu: Some((1, 12)) };
/// `terraform query` and its list blocks.
pub(crate) const QUERY: Feature =
    Feature { what: "the command `query`", terraform: Some((1, 14)), tofu: None };
/// `override_during = plan` in `terraform test`.
pub(crate) const OVERRIDE_DURING: Feature =
    Feature { what: "`override_during`", terraform: Some((1, 11)), tofu: None };
/// Assertions of `terraform test` that call a function of a provider. OpenTofu 1.12 crashes on them.
pub(crate) const FUNCTIONS_IN_ASSERTIONS: Feature = Feature {
    what: "assertions that call a provider's function",
    terraform: Some((1, 8)),
    tofu: None,
};

/// The words for a skip over a program that no machine needs for the tests.
const OPTIONAL: &str = "skipped as optional";

/// The variable that names a file for one line a skip, so that `make test` can count them.
const SKIPS_VARIABLE: &str = "AZUREML_TEST_SKIPS";

impl Program {
    /// The executable. `None` is a skip that has been reported.
    pub(crate) fn find(self) -> Option<PathBuf> {
        static FOUND: Mutex<BTreeMap<Program, Result<PathBuf, String>>> =
            Mutex::new(BTreeMap::new());
        // Cloned, since `missing` may panic, and must not while the lock is held.
        let found = FOUND
            .lock()
            .expect("no look for a program panics")
            .entry(self)
            .or_insert_with(|| self.locate())
            .clone();
        found.map_or_else(|why| missing(&why), Some)
    }

    /// Whether the program has it. Where not, the running test is skipped by version, and this has been reported.
    pub(crate) fn has(self, feature: Feature) -> bool {
        let since = self.since(feature);
        let has = self.knows(feature);
        if !has {
            let came = since
                .map_or(String::new(), |(major, minor)| format!(" (it came with {major}.{minor})"));
            skip("skipped by version", &format!("{self} does not support {}{came}", feature.what));
        }
        has
    }

    /// The same, and no word about it.
    pub(crate) fn knows(self, feature: Feature) -> bool {
        self.since(feature).is_some_and(|since| self.major_minor() >= since)
    }

    fn since(self, feature: Feature) -> Since {
        if self.name == "tofu" { feature.tofu } else { feature.terraform }
    }

    /// Major and minor.
    fn major_minor(self) -> (u32, u32) {
        let mut numbers = self.version.split('.').map(|part| part.parse().expect("a number"));
        let mut next = || numbers.next().expect("versions have two numbers or more");
        (next(), next())
    }

    fn locate(self) -> Result<PathBuf, String> {
        let get = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/get");
        let run = Command::new("python3")
            .arg(get)
            .args(["--offline", self.name, self.version])
            .output()
            .map_err(|error| format!("{self}: python3 does not run: {error}"))?;
        let said = |output: &[u8]| String::from_utf8_lossy(output).trim().to_owned();
        if run.status.success() {
            Ok(PathBuf::from(said(&run.stdout)))
        } else {
            Err(said(&run.stderr))
        }
    }
}

impl Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// A program of any version that only the search path can have. `None` is a skip that has been reported.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    find_on_path(name).or_else(|| missing(&format!("{name} is not on PATH")))
}

/// The same of a program that no test may require, not even in CI.
pub(crate) fn if_on_path(name: &str) -> Option<PathBuf> {
    let found = find_on_path(name);
    if found.is_none() {
        skip(OPTIONAL, &format!("{name} is not on PATH, and need not be"));
    }
    found
}

fn find_on_path(name: &str) -> Option<PathBuf> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&search).map(|folder| folder.join(name)).find(|it| it.is_file())
}

/// A browser that speaks Chromium's debugging protocol, which no test may require either.
pub(crate) fn browser() -> Option<PathBuf> {
    let found =
        ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(find_on_path);
    if found.is_none() {
        skip(OPTIONAL, "no chromium, chromium-browser or google-chrome is on PATH");
    }
    found
}

fn missing(why: &str) -> Option<PathBuf> {
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "no program may be missing in CI: {why}"
    );
    skip("skipped", why);
    None
}

/// Reports that the running test is skipped, in the words of `kind`.
fn skip(kind: &str, why: &str) {
    let thread = std::thread::current();
    let line = format!("{kind} {}: {why}", thread.name().unwrap_or("a test"));
    // The harness captures what a passing test prints with the macros; a skip must be seen.
    writeln!(io::stderr(), "{line}").expect("stderr is open");
    if let Some(file) = std::env::var_os(SKIPS_VARIABLE) {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .expect("the list of skips opens");
        writeln!(file, "{line}").expect("the list of skips takes a line");
    }
}
