//! The texts of `--version` and `--help`, which are also for whoever starts a plugin by hand.

use std::fmt;

/// What `--version` and `--help` print, and the address that `-debug` attaches.
#[derive(Clone, Copy, Debug)]
pub struct ProgramInfo {
    /// Source address with its host, as `registry.terraform.io/hashicorp/null`.
    pub address: &'static str,
    /// The program's version, as `1.2.3`.
    pub version: &'static str,
    /// What it is for, in a few words.
    pub purpose: &'static str,
    /// What else it does when a human asks, as lines for the help.
    pub commands: &'static str,
}

impl ProgramInfo {
    /// One line for `--version`.
    pub fn version(&self) -> String {
        format!("terraform-provider-{} {}\n", self.name(), self.version)
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
             {}\n\
             Options: --version, --help, and -debug, which serves until it is interrupted and\n\
             prints what lets Terraform attach to it.\n",
            self.version(),
            self.purpose,
            self.commands,
        )
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
