//! What the tests of this binary stand on.

pub(crate) mod azure;
pub(crate) mod azurerm;
pub(crate) mod browser;
pub(crate) mod cli;
pub(crate) mod cluster;
pub(crate) mod connections;
mod control;
pub(crate) mod lifecycle;
pub(crate) mod peers;
pub(crate) mod plan;
pub(crate) mod plugin;
pub(crate) mod running;
pub(crate) mod served;
pub(crate) mod tools;
mod transcript;

use self::azure::Azure;
use self::cli::Cli;
use self::tools::{Feature, Program};

/// What stands above every configuration.
pub(crate) const REQUIRED_PROVIDERS: &str = "terraform {
  required_providers {
    azureml = { source = \"azureml/azureml\" }
  }
}
";

/// Sets up an emulator and a working folder, and runs one test in them. A missing program is a skip.
pub(crate) fn stage(program: Program, test: fn(&Azure, &mut Cli)) {
    stage_in(&Azure::start(), program, test);
}

/// The same in an Azure that behaves in a way of its own.
pub(crate) fn stage_in(azure: &Azure, program: Program, test: impl FnOnce(&Azure, &mut Cli)) {
    if let Some(mut cli) = Cli::new(program, azure) {
        test(azure, &mut cli);
    }
}

/// The same for what not every program has. A program that does not have it is a skip by version, and says so.
pub(crate) fn stage_with(feature: Feature, program: Program, test: fn(&Azure, &mut Cli)) {
    if program.has(feature) {
        stage(program, test);
    }
}

/// Makes tests of functions `fn(&Azure, &mut Cli)`: one for each program, in a module of the function's name. This is
/// for what depends on the program. Where it needs a feature that not every program has: `(IDENTITY: test, …)`.
macro_rules! with_every_program {
    ($feature:ident: $($test:ident),+ $(,)?) => {
        $($crate::support::tests! {
            $test,
            |program, test| {
                $crate::support::stage_with($crate::support::tools::$feature, program, test)
            },
            terraform_1_11 = TERRAFORM_1_11, terraform_1_15 = TERRAFORM_1_15, tofu_1_12 = TOFU_1_12
        })+
    };
    ($($test:ident),+ $(,)?) => {
        $($crate::support::tests! {
            $test, $crate::support::stage,
            terraform_1_11 = TERRAFORM_1_11, terraform_1_15 = TERRAFORM_1_15, tofu_1_12 = TOFU_1_12
        })+
    };
}

/// The same for what does not depend on the program: one test, with the quickest to start.
macro_rules! with_terraform {
    ($($test:ident),+ $(,)?) => {
        $($crate::support::tests! {
            $test, $crate::support::stage, terraform_1_11 = TERRAFORM_1_11
        })+
    };
}

/// The same, once in each Azure that decides one open question the less usual way: `(module: test, name = Trait, …)`.
macro_rules! with_traits {
    ($module:ident: $test:ident, $($name:ident = $one:ident),+ $(,)?) => {
        mod $module {
            $(#[test]
            fn $name() {
                let azure = $crate::support::azure::Azure::with_traits([emulator::Trait::$one]);
                let program = $crate::support::tools::TERRAFORM_1_11;
                $crate::support::stage_in(&azure, program, super::$test);
            })+
        }
    };
}

/// One module of tests: each runs the function of the module's name with its program.
macro_rules! tests {
    ($test:ident, $stage:expr, $($name:ident = $program:ident),+) => {
        mod $test {
            $(#[test]
            fn $name() {
                ($stage)($crate::support::tools::$program, super::$test);
            })+
        }
    };
}

pub(crate) use {tests, with_every_program, with_terraform, with_traits};
