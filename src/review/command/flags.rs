//! The flags of `review`, said once: what reads them, `--help`, and what completes them in a shell are
//! made of this table.

use std::fmt::Write;

/// One flag.
#[derive(Debug)]
pub struct Flag {
    /// Its name, without hyphens.
    pub name: &'static str,
    /// What follows it.
    pub takes: Takes,
    pub(super) sets: Sets,
    help: &'static str,
}

/// What follows a flag.
#[derive(Debug)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// One of some words, each with what it means.
    OneOf(&'static [(&'static str, &'static str)]),
    /// A text, by the name that the help gives it.
    Text(&'static str),
    /// A folder, by the name that the help gives it.
    Folder(&'static str),
}

/// What a flag changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sets {
    Format,
    Digest,
    Mermaid,
    Title,
    Commit,
    RunUrl,
    MaxLength,
    Source,
    DetailedExitcode,
    Help,
}

pub(super) const FORMATS: [(&str, &str); 4] = [
    ("markdown", "Markdown, the worst first (the default)"),
    ("json", "the same facts for policy checks (docs/review-format.schema.json)"),
    (
        "github-annotations",
        "the warnings at the lines of resources in the .tf files, for GitHub Actions",
    ),
    ("gitlab", "the same as GitLab's report of code quality"),
];

/// The flags in the order of the help, under what stands above them there.
const GROUPS: [(&str, &[Flag]); 3] =
    [("What is written:\n", &WRITTEN), ("Around it:\n", &AROUND), ("", &OTHERS)];

const WRITTEN: [Flag; 3] = [
    Flag {
        name: "format",
        sets: Sets::Format,
        takes: Takes::OneOf(&FORMATS),
        help: "what is written",
    },
    Flag {
        name: "digest",
        sets: Sets::Digest,
        takes: Takes::Nothing,
        help: "only a hash of the facts, by which an apply knows the plan that was reviewed",
    },
    Flag {
        name: "mermaid",
        sets: Sets::Mermaid,
        takes: Takes::Nothing,
        help: "in the Markdown also a picture of what fits on the nodes, as far as the plan tells it",
    },
];

const AROUND: [Flag; 5] = [
    Flag {
        name: "title",
        sets: Sets::Title,
        takes: Takes::Text("NAME"),
        help: "in headline and first line, by which a workflow finds its comment again",
    },
    Flag {
        name: "commit",
        sets: Sets::Commit,
        takes: Takes::Text("SHA"),
        help: "the commit that was planned, for the last line",
    },
    Flag {
        name: "run-url",
        sets: Sets::RunUrl,
        takes: Takes::Text("URL"),
        help: "the run that planned it, for the last line",
    },
    Flag {
        name: "max-length",
        sets: Sets::MaxLength,
        takes: Takes::Text("N"),
        help: "how many characters a comment takes (default: 65536); what is left out is counted, and the last \
               paragraph says where the whole stands",
    },
    Flag {
        name: "source",
        sets: Sets::Source,
        takes: Takes::Folder("DIR"),
        help: "the folder of the .tf files, from the root of the repository; of several plans NAME=DIR \
               (default: the working folder)",
    },
];

const OTHERS: [Flag; 2] = [
    Flag {
        name: "detailed-exitcode",
        sets: Sets::DetailedExitcode,
        takes: Takes::Nothing,
        help: "exit with 0: the plan is empty, 2: it changes something, 1: it failed",
    },
    Flag { name: "help", sets: Sets::Help, takes: Takes::Nothing, help: "this text" },
];

/// Every flag, in the order of the help.
pub fn flags() -> impl Iterator<Item = &'static Flag> {
    GROUPS.iter().flat_map(|(_, flags)| flags.iter())
}

pub(super) fn find(name: &str) -> Option<&'static Flag> {
    flags().find(|flag| flag.name == name)
}

impl Flag {
    /// What it does, in a line.
    pub fn summary(&self) -> &'static str {
        self.help
    }

    /// Its lines in the help: one for each word that may follow it.
    fn write_help(&self, to: &mut String) {
        match self.takes {
            Takes::OneOf(words) => {
                for (word, means) in words {
                    write_lines(to, &format!("--{} {word}", self.name), means);
                }
            }
            Takes::Nothing => write_lines(to, &format!("--{}", self.name), self.help),
            Takes::Text(named) | Takes::Folder(named) => {
                write_lines(to, &format!("--{} {named}", self.name), self.help);
            }
        }
    }
}

/// The part of the help that lists them.
pub(super) fn help() -> String {
    let mut text = String::new();
    for (heading, flags) in GROUPS {
        text += heading;
        for flag in flags {
            flag.write_help(&mut text);
        }
        text += "\n";
    }
    text
}

/// Where the second column begins.
const COLUMN: usize = 24;
/// The longest line.
const WIDTH: usize = 100;

fn write_lines(to: &mut String, flag: &str, means: &str) {
    let mut line = format!("  {flag:width$}", width = COLUMN - 2);
    if flag.len() + 4 > COLUMN {
        _ = writeln!(to, "{line}");
        line = " ".repeat(COLUMN);
    }
    for word in means.split(' ') {
        if line.len() + word.len() > WIDTH {
            _ = writeln!(to, "{}", line.trim_end());
            line = " ".repeat(COLUMN);
        }
        line += word;
        line.push(' ');
    }
    _ = writeln!(to, "{}", line.trim_end());
}
