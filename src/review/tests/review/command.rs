//! The command: options, files, exit codes.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::support::{SCHEMAS, fixture, path, rendered};

/// What a run of the command answers.
pub(crate) struct Ran {
    pub(crate) code: ExitCode,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn run(arguments: &[&str], mut stdin: &[u8]) -> Ran {
    let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = review::run(&SCHEMAS, arguments.into_iter(), &mut stdin, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code, out: text(out), err: text(err) }
}

#[test]
fn a_plan_comes_from_a_file_or_from_standard_input() {
    let plan = fixture("written/update");
    let file = path("fixtures", "written/update.json");
    let expected = rendered(&plan);
    assert_eq!(run(&[], &plan).out, expected);
    assert_eq!(run(&["-"], &plan).out, expected);
    assert_eq!(run(&[file.to_str().unwrap()], b"").out, expected);
    assert_eq!(run(&["--format=markdown"], &plan).out, expected);
}

#[test]
fn the_facts_as_json() {
    let plan = fixture("written/update");
    let forms: [&[&str]; 5] = [
        &["--format", "json"],
        &["-format", "json"],
        &["--format=json"],
        &["-format=json", "-"],
        &["-", "-format=markdown", "--detailed-exitcode", "-format=json"],
    ];
    for arguments in forms {
        let facts: serde_json::Value = serde_json::from_str(&run(arguments, &plan).out).unwrap();
        assert_eq!(facts["format_version"], "1.3");
        assert_eq!(facts["result"], "changes");
    }
}

#[test]
fn exit_codes_tell_changes_apart_on_request() {
    let cases = [
        ("terraform-1.11.4/empty", 0),
        ("tofu-1.12.6/empty", 0),
        ("written/nothing", 0),
        ("terraform-1.11.4/one-quantity", 2),
        ("tofu-1.12.6/one-quantity", 2),
        ("written/others", 2),
        ("written/unclear", 2),
        ("written/errored", 1),
    ];
    for (plan, code) in cases {
        let plan_json = fixture(plan);
        let ran = run(&["--detailed-exitcode"], &plan_json);
        assert_eq!(ran.code, ExitCode::from(code), "{plan}");
        assert!(!ran.out.is_empty(), "{plan}");
        assert_eq!(run(&[], &plan_json).code, ExitCode::SUCCESS, "{plan}");
    }
    assert_eq!(run(&["--detailed-exitcode"], b"{").code, ExitCode::from(1));
}

#[test]
fn what_cannot_be_done_is_told() {
    let cases: [(&[&str], &str); 19] = [
        (&["--nope"], "invalid option '--nope'"),
        (&["-nope"], "invalid option '--nope'"),
        (&["-x"], "invalid option '-x'"),
        (&["--format", "xml"], "\"xml\": the formats are `markdown`, `json`"),
        (&["--format="], "\"\": the formats are `markdown`, `json`"),
        (&["--format"], "missing argument for option '--format'"),
        (&["--detailed-exitcode=2"], "unexpected argument for option '--detailed-exitcode'"),
        (&["a", "b"], "a: several plans need names, as in NAME=a"),
        (&["x=a", "b"], "b: several plans need names, as in NAME=b"),
        (&["x=a", "x=b"], "\"x\": two plans have this name"),
        (&["x=-", "y=-"], "standard input holds one plan only"),
        (&["a--b=c"], "\"a--b\": a name has no `<`, `>` or `--`"),
        (&["--title", "-->"], "a name has no `<`, `>` or `--`"),
        (&["--title="], "a name has 1 to 100 characters"),
        (&["--commit", "main"], "a commit is 7 to 64 hexadecimal digits"),
        (&["--run-url", "javascript:x"], "an URL begins with https://"),
        (&["--max-length", "10"], "less than 8192 characters"),
        (&["--max-length", "many"], "a length is a whole number"),
        (&["/no/such/file"], "/no/such/file: "),
    ];
    for (arguments, why) in cases {
        let ran = run(arguments, b"");
        assert!(ran.err.contains(why), "{why:?} in {:?}", ran.err);
        assert_eq!((ran.code, ran.out.as_str()), (ExitCode::FAILURE, ""));
    }
    for arguments in [["--help"], ["-help"], ["-h"]] {
        let help = run(&arguments, b"");
        assert!(help.out.starts_with("Usage: ") && help.code == ExitCode::SUCCESS);
        for told in ["GitHub Actions", "Azure Pipelines", "GitLab CI/CD", "--digest", "NAME=DIR"] {
            assert!(help.out.contains(told), "{told}");
        }
        let longest = help.out.lines().map(|line| line.chars().count()).max();
        assert!(longest.is_some_and(|longest| longest <= 100), "{longest:?}");
    }
}
