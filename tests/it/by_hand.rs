//! The program as a person starts it: what it says of itself, of what it does not know, and to a shell
//! that completes what is being typed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::tools::if_on_path;

const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-azureml");
const NAME: &str = "terraform-provider-azureml";

/// Exit code, stdout, stderr.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(PROGRAM);
    let ran = command.args(arguments).env_remove(plugin::COOKIE).output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("a text");
    (ran.status.code(), text(ran.stdout), text(ran.stderr))
}

#[test]
fn the_program_explains_itself() {
    let version = format!("{NAME} {}\n", env!("CARGO_PKG_VERSION"));
    for arguments in ["version", "--version", "-version"] {
        assert_eq!(run(&[arguments]), (Some(0), version.clone(), String::new()));
    }
    let (_, help, _) = run(&["help"]);
    assert!(help.starts_with(&version) && help.contains("terraform init"), "{help}");
    for arguments in [&["--help"][..], &["-h"], &["-help"], &["help", "version"]] {
        assert_eq!(run(arguments), (Some(0), help.clone(), String::new()));
    }
    for command in ["review", "completion"] {
        let (code, own, _) = run(&["help", command]);
        assert_eq!((code, own.starts_with(&format!("Usage: {NAME} {command} "))), (Some(0), true));
        assert_eq!(run(&[command, "--help"]), (Some(0), own, String::new()));
    }
    // Without a host that started it.
    assert_eq!(run(&[]), (Some(1), String::new(), help));
}

#[test]
fn what_is_not_known_is_told_with_what_is_meant() {
    for (arguments, told) in [
        (&["reveiw"][..], "unknown command `reveiw`: did you mean `review`?"),
        (&["reveiw", "--help"], "unknown command `reveiw`: did you mean `review`?"),
        (
            &["help", "complete"],
            "unknown command `complete`: see `terraform-provider-azureml help`",
        ),
        (&["--versoin"], "unknown option `--versoin`: did you mean `--version`?"),
        (&["-debgu"], "unknown option `-debgu`: did you mean `-debug`?"),
        (&["plan.json"], "unknown command `plan.json`: see `terraform-provider-azureml help`"),
        (&[""], "unknown command ``: see `terraform-provider-azureml help`"),
        (&["a\u{1b}[2J"], "unknown command `a\\u{1b}[2J`: see `terraform-provider-azureml help`"),
        (&["version", "more"], "unexpected argument `more`"),
        (&["help", "review", "more"], "unexpected argument `more`"),
        (&["-debug", "more"], "unexpected argument `more`"),
        (&["completion"], "completion needs one shell: bash, zsh or fish"),
        (&["completion", "tcsh"], "unknown shell `tcsh`: the shells are bash, zsh and fish"),
        (&["completion", "bash", "zsh"], "completion needs one shell: bash, zsh or fish"),
    ] {
        assert_eq!(run(arguments), (Some(2), String::new(), format!("{told}\n")), "{arguments:?}");
    }
    // 2 is what `review --detailed-exitcode` says of a plan that changes something.
    for (arguments, told) in [
        (["--formta=json"], "review: invalid option '--formta': did you mean `--format`?"),
        (["--format=jsn"], "did you mean `json`?"),
    ] {
        let (code, out, err) = run(&[&["review"][..], &arguments].concat());
        assert_eq!((code, out.as_str(), err.contains(told)), (Some(1), "", true), "{err}");
    }
}

/// A shell whose answers are asked for, with the script that the program prints for it.
struct Shell {
    folder: TempDir,
    script: String,
}

impl Shell {
    fn of(shell: &str) -> Shell {
        let (code, script, err) = run(&["completion", shell]);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("script"), &script).expect("it can be written");
        Shell { folder, script }
    }

    /// The words that a program prints in the folder of the script.
    fn words(&self, program: &Path, arguments: &[&str]) -> BTreeSet<String> {
        let mut command = Command::new(program);
        let ran = command.args(arguments).current_dir(&self.folder).env("HOME", self.folder.path());
        let ran = ran.output().expect("the shell starts");
        let err = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && err.is_empty(), "{arguments:?}: {err}\n{}", self.script);
        let out = String::from_utf8(ran.stdout).expect("a text");
        out.split_whitespace().map(str::to_owned).collect()
    }
}

/// What is typed, of which the last word is not complete, and what a shell offers for it.
fn cases() -> Vec<(Vec<&'static str>, Vec<String>)> {
    let list = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let formats = ["github-annotations", "gitlab", "json", "markdown"];
    vec![
        (vec!["rev"], list(&["review"])),
        (vec!["ver"], list(&["version"])),
        (vec!["help", ""], list(&["completion", "help", "review", "version"])),
        (vec!["completion", ""], list(&["bash", "fish", "zsh"])),
        (vec!["review", "--"], flags_of_the_help()),
        (vec!["review", "plan.json", "--d"], list(&["--detailed-exitcode", "--digest"])),
        (vec!["review", "--format", ""], list(&formats)),
        (vec!["review", "--format", "g"], list(&["github-annotations", "gitlab"])),
        (vec!["completion", "bash", ""], vec![]),
        (vec!["version", "--"], vec![]),
    ]
}

/// The flags in the first column of `review --help`.
fn flags_of_the_help() -> Vec<String> {
    let (_, help, _) = run(&["help", "review"]);
    let lines = help.lines().filter_map(|line| line.strip_prefix("  --"));
    let names = lines.filter_map(|line| line.split_whitespace().next());
    let flags: BTreeSet<String> = names.map(|name| format!("--{name}")).collect();
    assert!(flags.len() > 8 && flags.contains("--run-url"), "{flags:?}");
    flags.into_iter().collect()
}

#[test]
fn bash_completes_commands_and_flags() {
    let shell = Shell::of("bash");
    let ask = |words: &[&str], index: usize| {
        let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
        let script = format!(
            "set -eu; source ./script; complete -p {NAME} > /dev/null; COMP_WORDS=({NAME} {}); \
             COMP_CWORD={index}; _terraform_provider_azureml; printf '%s\\n' \"${{COMPREPLY[@]-}}\"",
            quoted.join(" "),
        );
        shell.words(Path::new("bash"), &["--norc", "--noprofile", "-c", &script])
    };
    for (typed, offered) in cases() {
        assert_eq!(Vec::from_iter(ask(&typed, typed.len())), offered, "{typed:?}");
    }
    let first = ask(&[""], 1);
    assert!(first.contains("review") && first.contains("-debug"), "{first:?}");
    // Readline makes three words of one that has an equals sign.
    assert_eq!(Vec::from_iter(ask(&["review", "--format", "=", "js"], 4)), ["json"]);
    assert_eq!(ask(&["review", "--format", "="], 3).len(), 4);
    // Of a value that is free, and of a plan, the names of files are offered by bash itself.
    for free in [&["review", "--title", "--"][..], &["review", ""]] {
        assert!(ask(free, free.len()).is_empty(), "{free:?}");
    }
    assert!(shell.script.contains("complete -o default -F "), "{}", shell.script);
}

/// Its own functions are played by ones that print what they are told.
#[test]
fn zsh_completes_commands_and_flags() {
    let shell = Shell::of("zsh");
    let Some(zsh) = if_on_path("zsh") else { return };
    shell.words(&zsh, &["-f", "-n", "script"]);
    for (typed, offered) in cases() {
        let script = format!(
            "compdef() {{ :; }}
             compadd() {{ shift; print -l -- \"$@\"; }}
             _describe() {{ for it in \"${{(@P)2}}\"; do print -r -- \"${{it%%:*}}\"; done; }}
             _arguments() {{
                 for it in \"$@\"; do
                     if [[ $words[CURRENT-1] == --format && $it == --format=* ]]; then
                         print -l -- ${{=${{it##*\\(}}%\\)}}; return
                     fi
                 done
                 [[ $words[CURRENT-1] == --format ]] && return
                 for it in \"$@\"; do [[ $it == --* ]] && print -r -- ${{${{it%%\\[*}}%=}}; done
             }}
             source ./script
             words=({NAME} {}); CURRENT=$#words; _terraform_provider_azureml; true",
            typed.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
        );
        let all = shell.words(&zsh, &["-f", "-c", &script]);
        let typed_last = typed.last().expect("a word");
        let fitting: Vec<_> = all.into_iter().filter(|it| it.starts_with(typed_last)).collect();
        assert_eq!(fitting, offered, "{typed:?}");
    }
}

#[test]
fn fish_completes_commands_and_flags() {
    let shell = Shell::of("fish");
    let Some(fish) = if_on_path("fish") else { return };
    shell.words(&fish, &["--no-config", "--no-execute", "script"]);
    for (typed, offered) in cases() {
        let script = format!("source ./script; complete -C '{NAME} {}'", typed.join(" "));
        let script = format!("for it in ({script}); string split -f 1 \\t -- $it; end; true");
        let all = shell.words(&fish, &["--no-config", "-c", &script]);
        assert_eq!(Vec::from_iter(all), offered, "{typed:?}");
    }
}
