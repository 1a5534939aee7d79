//! Scripts with which a shell completes the program's commands and the flags of `review`.
//!
//! They are made of the tables that `--help` is made of, so that the two cannot differ. Nothing in these
//! tables is a user's: names are words, and summaries are quoted as each shell wants it.

use std::fmt::Write;

use plugin::{OPTIONS, ProgramInfo};
use review::{Flag, Takes, flags};

const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

pub(crate) const HELP: &str = "\
Usage: terraform-provider-azureml completion bash|zsh|fish

Prints a script that completes commands, flags and their words. The program must be on PATH under the
name terraform-provider-azureml. For every new shell:

  bash  source <(terraform-provider-azureml completion bash)   in ~/.bashrc
  zsh   source <(terraform-provider-azureml completion zsh)    in ~/.zshrc, after compinit
  fish  terraform-provider-azureml completion fish > ~/.config/fish/completions/terraform-provider-azureml.fish
";

/// The script of a shell; `None` for one that is not known.
pub(crate) fn script(shell: &str, program: &ProgramInfo) -> Option<String> {
    match shell {
        "bash" => Some(bash(program)),
        "zsh" => Some(zsh(program)),
        "fish" => Some(fish(program)),
        _ => None,
    }
}

/// That there is no script for a shell. One line.
pub(crate) fn explain_unknown(shell: &str) -> String {
    format!("unknown shell `{}`: the shells are bash, zsh and fish\n", shell.escape_debug())
}

/// The commands and, in place of one, the options.
fn first_words(program: &ProgramInfo) -> String {
    let commands = program.commands.iter().map(|command| command.name);
    commands.chain(OPTIONS).collect::<Vec<_>>().join(" ")
}

fn names(program: &ProgramInfo) -> String {
    program.commands.iter().map(|command| command.name).collect::<Vec<_>>().join(" ")
}

fn words(flag: &Flag) -> Option<String> {
    let Takes::OneOf(words) = flag.takes else { return None };
    Some(words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" "))
}

// === bash ===

/// Where nothing is offered, bash goes on with files (`-o default`): plans, and folders of sources.
fn bash(program: &ProgramInfo) -> String {
    let (name, function) = (program.program(), function(program));
    let (first, names, shells) = (first_words(program), names(program), SHELLS.join(" "));
    let all: Vec<String> = flags().map(|flag| format!("--{}", flag.name)).collect();
    format!(
        r#"# bash completion of {name}
{function}() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" words=""
    # Readline takes the equals sign of --flag=word for a word of its own.
    if [ "$word" = "=" ]; then
        word=""
    elif [ "$before" = "=" ]; then
        before="${{COMP_WORDS[COMP_CWORD-2]}}"
    fi
    COMPREPLY=()
    case "$COMP_CWORD:${{COMP_WORDS[1]}}" in
    1:*) words="{first}" ;;
    2:completion) words="{shells}" ;;
    2:help) words="{names}" ;;
    *:review)
        case "$before" in
{values}        *) case "$word" in -*) words="{all}" ;; esac ;;
        esac
        ;;
    esac
    if [ -n "$words" ]; then
        COMPREPLY=($(compgen -W "$words" -- "$word"))
    fi
}}
complete -o default -F {function} {name}
"#,
        values = bash_values(),
        all = all.join(" "),
    )
}

/// What follows each flag that takes something.
fn bash_values() -> String {
    let (mut values, mut free) = (String::new(), Vec::new());
    for flag in flags().filter(|flag| !matches!(flag.takes, Takes::Nothing)) {
        match words(flag) {
            // Writing to a string cannot fail.
            Some(words) => _ = writeln!(values, "        --{}) words=\"{words}\" ;;", flag.name),
            None => free.push(format!("--{}", flag.name)),
        }
    }
    format!("{values}        {}) ;;\n", free.join("|"))
}

// === zsh ===

fn zsh(program: &ProgramInfo) -> String {
    let (name, function) = (program.program(), function(program));
    let commands = program.commands.iter();
    let commands: Vec<String> =
        commands.map(|it| zsh_quote(&format!("{}:{}", it.name, it.summary))).collect();
    let specs: Vec<String> = flags().map(zsh_spec).collect();
    format!(
        "#compdef {name}\n\
         {function}() {{\n    \
         local -a commands=({commands})\n    \
         if (( CURRENT == 2 )); then\n        \
         _describe command commands\n        \
         compadd -- {options}\n        \
         return\n    \
         fi\n    \
         case $words[2] in\n    \
         completion) (( CURRENT == 3 )) && compadd -- {shells} ;;\n    \
         help) (( CURRENT == 3 )) && _describe command commands ;;\n    \
         review)\n        \
         shift words\n        \
         (( CURRENT-- ))\n        \
         _arguments {specs} '*:plan:_files'\n        \
         ;;\n    \
         esac\n\
         }}\n\
         if [[ $funcstack[1] == {function} ]]; then\n    \
         {function} \"$@\"\n\
         else\n    \
         compdef {function} {name}\n\
         fi\n",
        commands = commands.join(" "),
        options = OPTIONS.join(" "),
        shells = SHELLS.join(" "),
        specs = specs.join(" "),
    )
}

/// What `_arguments` is told of a flag.
fn zsh_spec(flag: &Flag) -> String {
    let summary: String = flag.summary().chars().fold(String::new(), |mut summary, c| {
        if "[]:\\".contains(c) {
            summary.push('\\');
        }
        summary.push(c);
        summary
    });
    let takes = match flag.takes {
        Takes::Nothing => String::new(),
        Takes::OneOf(_) => format!(":word:({})", words(flag).unwrap_or_default()),
        Takes::Text(named) => format!(":{named}: "),
        Takes::Folder(named) => format!(":{named}:_files -/"),
    };
    let equals = if takes.is_empty() { "" } else { "=" };
    zsh_quote(&format!("--{}{equals}[{summary}]{takes}", flag.name))
}

fn zsh_quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

// === fish ===

fn fish(program: &ProgramInfo) -> String {
    let (name, function) = (program.program(), function(program));
    let mut script = format!(
        "# fish completion of {name}\n\
         function {function}\n    \
         set -l words (commandline -opc)\n    \
         test (count $words) -ge 2; and test $words[2] = $argv[1]\n    \
         and test (count $words) -le $argv[2]\n\
         end\n\
         complete -c {name} -f\n"
    );
    let mut line = |when: &str, rest: &str| {
        // Writing to a string cannot fail.
        _ = writeln!(script, "complete -c {name} -n {} {rest}", fish_quote(when));
    };
    let first = "test (count (commandline -opc)) -eq 1";
    let after = |command: &str, most: usize| format!("{function} {command} {most}");
    for command in program.commands {
        let offer = format!("-a {} -d {}", command.name, fish_quote(command.summary));
        line(first, &offer);
        line(&after("help", 2), &offer);
    }
    line(first, &format!("-a '{}'", OPTIONS.join(" ")));
    line(&after("completion", 2), &format!("-a '{}'", SHELLS.join(" ")));
    let review = after("review", MANY);
    line(&review, "-F");
    for flag in flags() {
        line(&review, &fish_flag(flag));
    }
    script
}

/// More words than anybody types.
const MANY: usize = 9_999;

fn fish_flag(flag: &Flag) -> String {
    let takes = match flag.takes {
        Takes::Nothing => String::new(),
        Takes::OneOf(_) => format!(" -x -a '{}'", words(flag).unwrap_or_default()),
        Takes::Text(_) => " -x".to_owned(),
        Takes::Folder(_) => " -x -a '(__fish_complete_directories)'".to_owned(),
    };
    format!("-l {}{takes} -d {}", flag.name, fish_quote(flag.summary()))
}

fn fish_quote(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// What the script's function is called.
fn function(program: &ProgramInfo) -> String {
    format!("_{}", program.program().replace('-', "_"))
}
