//! What the program says of itself to whoever starts a plugin by hand.

use std::fmt::{self, Write};

use vocabulary::nearest;

/// What the program is, and the address that `-debug` attaches.
#[derive(Clone, Copy, Debug)]
pub struct ProgramInfo {
    /// Source address with its host, as `registry.terraform.io/hashicorp/null`.
    pub address: &'static str,
    /// The program's version, as `1.2.3`.
    pub version: &'static str,
    /// What it is for, in a few words.
    pub purpose: &'static str,
    /// What else it does when a human asks.
    pub commands: &'static [Command],
}

/// What a human can ask the program for.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// The first argument, such as `review`.
    pub name: &'static str,
    /// What may follow it, as the help shows it, such as `[COMMAND]`.
    pub arguments: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
}

/// The options in place of a command.
pub const OPTIONS: [&str; 3] = ["--version", "--help", "-debug"];

impl ProgramInfo {
    /// One line for `--version`.
    pub fn version(&self) -> String {
        format!("{} {}\n", self.program(), self.version)
    }

    /// How to install it and what else the program can do.
    pub fn help(&self) -> String {
        let (name, source) = (self.name(), self.source());
        format!(
            "{}{}.\n\n\
             This program is a plugin: Terraform and OpenTofu start it, nobody else has to. To use\n\
             it, write in your configuration and then run `terraform init` or `tofu init`:\n\n    \
             terraform {{\n      \
             required_providers {{\n        \
             {name} = {{ source = \"{source}\" }}\n      \
             }}\n    \
             }}\n\n\
             {}\
             Options: {}, {}, and {}, which serves until it is interrupted and\n\
             prints what lets Terraform attach to it.\n",
            self.version(),
            self.purpose,
            self.list_commands(),
            OPTIONS[0],
            OPTIONS[1],
            OPTIONS[2],
        )
    }

    /// That there is no such command or option, and which one is meant. One line.
    pub fn explain_unknown(&self, argument: &str) -> String {
        let (kind, known) = if argument.starts_with('-') {
            ("option", OPTIONS.to_vec())
        } else {
            ("command", self.commands.iter().map(|command| command.name).collect())
        };
        let hint = match nearest(argument, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("see `{} help`", self.program()),
        };
        format!("unknown {kind} `{}`: {hint}\n", argument.escape_debug())
    }

    /// The name of the file, without a version.
    pub fn program(&self) -> String {
        format!("terraform-provider-{}", self.name())
    }

    fn list_commands(&self) -> String {
        let written = |it: &Command| format!("{} {}", it.name, it.arguments).trim_end().to_owned();
        let width = self.commands.iter().map(|it| written(it).len()).max().unwrap_or_default();
        let mut list = String::new();
        for command in self.commands {
            // Writing to a string cannot fail.
            _ = writeln!(list, "  {:width$}  {}", written(command), command.summary);
        }
        if list.is_empty() { list } else { format!("Commands:\n{list}\n") }
    }

    fn name(&self) -> &'static str {
        self.address.rsplit('/').next().unwrap_or(self.address)
    }

    /// The address without its host, as people write it.
    fn source(&self) -> &'static str {
        self.address.split_once('/').map_or(self.address, |(_, source)| source)
    }
}

impl fmt::Display for ProgramInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.help())
    }
}
