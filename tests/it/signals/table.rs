//! Which signal comes at which seam of which call: a table in which any two values that can meet do meet.

use super::table::Kind::{Compute, Extension, InstanceType};
use super::table::Seam::{LastRead, Look, Poll, WriteRequest, WriteResponse};
use super::table::Signal::{
    Interrupt, InterruptProgram, InterruptProgramTwice, InterruptTwice, KillProgram, KillProvider,
    Terminate,
};
use super::table::Verb::{Create, Delete, Update};
use crate::support::tools::{Program, TERRAFORM_1_11, TOFU_1_12};

/// What comes, and to whom. The program and its provider are one group, as in a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// SIGINT to the group: Ctrl-C.
    Interrupt,
    /// SIGINT to the group, until the program has ended.
    InterruptTwice,
    /// SIGINT to the program alone.
    InterruptProgram,
    InterruptProgramTwice,
    /// SIGTERM to the group.
    Terminate,
    /// SIGKILL to the provider alone.
    KillProvider,
    /// SIGKILL to the program alone.
    KillProgram,
}

/// What the call waits for when the signal comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seam {
    /// The answer to the look at the object before it is written.
    Look,
    /// The answer to the write, which the service has received and not carried out.
    WriteRequest,
    /// The answer to the write, which the service has carried out.
    WriteResponse,
    /// The answer to the first look at the operation.
    Poll,
    /// The answer to the look at the object after it was written.
    LastRead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Update,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Extension,
    Compute,
    InstanceType,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) signal: Signal,
    pub(super) seam: Seam,
    pub(super) verb: Verb,
    pub(super) kind: Kind,
    pub(super) program: Program,
}

const fn row(signal: Signal, seam: Seam, verb: Verb, kind: Kind, program: Program) -> Row {
    Row { signal, seam, verb, kind, program }
}

/// Each signal meets each seam once, which takes 35 rows; the other values are spread over these.
pub(super) const ROWS: [Row; 35] = [
    row(Interrupt, Look, Create, Extension, TERRAFORM_1_11),
    row(InterruptProgram, Look, Create, Extension, TERRAFORM_1_11),
    row(InterruptTwice, WriteRequest, Create, Extension, TERRAFORM_1_11),
    row(Terminate, WriteRequest, Create, Extension, TERRAFORM_1_11),
    row(KillProgram, Poll, Create, Extension, TERRAFORM_1_11),
    row(InterruptProgramTwice, WriteResponse, Update, Extension, TERRAFORM_1_11),
    row(InterruptTwice, Poll, Update, Extension, TERRAFORM_1_11),
    row(InterruptProgram, LastRead, Delete, Extension, TERRAFORM_1_11),
    row(KillProgram, WriteRequest, Create, Extension, TOFU_1_12),
    row(InterruptTwice, WriteResponse, Create, Extension, TOFU_1_12),
    row(KillProvider, Poll, Create, Extension, TOFU_1_12),
    row(InterruptProgram, Poll, Update, Extension, TOFU_1_12),
    row(InterruptProgramTwice, Poll, Update, Extension, TOFU_1_12),
    row(Terminate, Poll, Delete, Extension, TOFU_1_12),
    row(KillProvider, Look, Create, Compute, TERRAFORM_1_11),
    row(KillProgram, WriteResponse, Create, Compute, TERRAFORM_1_11),
    row(Interrupt, Poll, Create, Compute, TERRAFORM_1_11),
    row(Terminate, LastRead, Create, Compute, TOFU_1_12),
    row(InterruptTwice, Look, Update, Compute, TOFU_1_12),
    row(InterruptProgramTwice, Look, Update, Compute, TOFU_1_12),
    row(Terminate, Look, Update, Compute, TOFU_1_12),
    row(KillProvider, WriteResponse, Update, Compute, TOFU_1_12),
    row(Interrupt, LastRead, Update, Compute, TOFU_1_12),
    row(Interrupt, WriteRequest, Delete, Compute, TOFU_1_12),
    row(InterruptProgram, WriteResponse, Delete, Compute, TOFU_1_12),
    row(KillProvider, WriteRequest, Create, InstanceType, TERRAFORM_1_11),
    row(InterruptProgram, WriteRequest, Update, InstanceType, TERRAFORM_1_11),
    row(Interrupt, WriteResponse, Update, InstanceType, TERRAFORM_1_11),
    row(Terminate, WriteResponse, Delete, InstanceType, TERRAFORM_1_11),
    row(KillProvider, LastRead, Delete, InstanceType, TERRAFORM_1_11),
    row(KillProgram, LastRead, Delete, InstanceType, TERRAFORM_1_11),
    row(InterruptProgramTwice, WriteRequest, Create, InstanceType, TOFU_1_12),
    row(KillProgram, Look, Update, InstanceType, TOFU_1_12),
    row(InterruptTwice, LastRead, Delete, InstanceType, TOFU_1_12),
    row(InterruptProgramTwice, LastRead, Delete, InstanceType, TOFU_1_12),
];

impl Row {
    /// Whether its call has its seam. A deletion writes without a look, and of what a cluster has, only an object that
    /// was deleted is looked at afterwards.
    fn is_possible(&self) -> bool {
        match (self.kind, self.verb, self.seam) {
            (_, Delete, Look) => false,
            (InstanceType, verb, LastRead) => verb == Delete,
            (_, _, Poll) => self.has_operation(),
            _ => true,
        }
    }

    /// Whether the service says where to ask how far its work is.
    pub(super) fn has_operation(&self) -> bool {
        match self.kind {
            Extension => true,
            Compute => self.verb != Update,
            InstanceType => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn any_two_values_that_can_meet_do_meet() {
        let possible = all().into_iter().filter(Row::is_possible);
        let wanted: BTreeSet<_> = possible.flat_map(|row| pairs(&row)).collect();
        let shown: BTreeSet<_> = ROWS.iter().flat_map(pairs).collect();
        assert_eq!(wanted.len(), 150);
        assert_eq!(wanted.difference(&shown).collect::<Vec<_>>(), [] as [&[String; 2]; 0]);
        assert!(ROWS.len() <= 60);
        for row in ROWS {
            assert!(row.is_possible(), "{row:?}");
        }
    }

    /// Every row that can be written down.
    fn all() -> Vec<Row> {
        let signals = [
            Interrupt,
            InterruptTwice,
            InterruptProgram,
            InterruptProgramTwice,
            Terminate,
            KillProvider,
            KillProgram,
        ];
        let mut all = Vec::new();
        for signal in signals {
            for seam in [Look, WriteRequest, WriteResponse, Poll, LastRead] {
                for verb in [Create, Update, Delete] {
                    for kind in [Extension, Compute, InstanceType] {
                        let of = |program| row(signal, seam, verb, kind, program);
                        all.extend([TERRAFORM_1_11, TOFU_1_12].map(of));
                    }
                }
            }
        }
        all
    }

    fn pairs(row: &Row) -> Vec<[String; 2]> {
        let Row { signal, seam, verb, kind, program } = row;
        let values = [
            format!("{signal:?}"),
            format!("{seam:?}"),
            format!("{verb:?}"),
            format!("{kind:?}"),
            program.name.to_owned(),
        ];
        let pairs = values.iter().enumerate().flat_map(|(at, one)| {
            values[at + 1..].iter().map(move |other| [one.clone(), other.clone()])
        });
        pairs.collect()
    }
}
