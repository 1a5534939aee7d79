//! What the tests of this binary stand on.

pub(crate) mod azure;
mod control;
pub(crate) mod core;
pub(crate) mod lifecycle;
pub(crate) mod peers;
pub(crate) mod plan;
pub(crate) mod plugin;
pub(crate) mod running;
pub(crate) mod tools;
pub(crate) mod toy;
mod transcript;

use self::azure::Azure;
use self::core::Core;
use self::tools::{Feature, Program};

/// Sets up an emulator and a working folder, and runs one test in them. A missing program is a skip.
pub(crate) fn stage(program: Program, test: fn(&Azure, &mut Core)) {
    stage_in(&Azure::start(), program, test);
}

/// The same in an Azure that behaves in a way of its own.
pub(crate) fn stage_in(azure: &Azure, program: Program, test: fn(&Azure, &mut Core)) {
    if let Some(mut core) = Core::new(program, azure) {
        test(azure, &mut core);
    }
}

/// The same for what not every program has. A program that does not have it is a skip by version, and says so.
pub(crate) fn stage_with(feature: Feature, program: Program, test: fn(&Azure, &mut Core)) {
    if program.has(feature) {
        stage(program, test);
    }
}

/// Makes tests of functions `fn(&Azure, &mut Core)`: one for each program, in a module of the function's name.
macro_rules! with_every_program {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            use crate::support::{stage, tools};

            #[test]
            fn terraform_1_11() {
                stage(tools::TERRAFORM_1_11, super::$test);
            }

            #[test]
            fn terraform_1_15() {
                stage(tools::TERRAFORM_1_15, super::$test);
            }

            #[test]
            fn tofu_1_12() {
                stage(tools::TOFU_1_12, super::$test);
            }
        }
    )+};
}

/// The same for what needs a feature: `with_every_program_of!(IDENTITY: test, …)`.
macro_rules! with_every_program_of {
    ($feature:ident: $($test:ident),+ $(,)?) => {$(
        mod $test {
            use crate::support::{stage_with, tools};

            #[test]
            fn terraform_1_11() {
                stage_with(tools::$feature, tools::TERRAFORM_1_11, super::$test);
            }

            #[test]
            fn terraform_1_15() {
                stage_with(tools::$feature, tools::TERRAFORM_1_15, super::$test);
            }

            #[test]
            fn tofu_1_12() {
                stage_with(tools::$feature, tools::TOFU_1_12, super::$test);
            }
        }
    )+};
}

/// The same for what does not depend on the program: one test, with the quickest to start.
macro_rules! with_terraform {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            use crate::support::{stage, tools};

            #[test]
            fn terraform_1_11() {
                stage(tools::TERRAFORM_1_11, super::$test);
            }
        }
    )+};
}

pub(crate) use {with_every_program, with_every_program_of, with_terraform};
