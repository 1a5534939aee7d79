//! Every Terraform and OpenTofu that the README names, from the oldest that speaks the protocol on: `make matrix`.
//!
//! Each type lives on each of them. What came later than a program works where it is known, and where it is not the user
//! reads why. The README's table is made of the same two lists.

use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::tools::{
    FUNCTIONS, Feature, IDENTITY, IMPORT_BLOCKS, MOCKS, MOVES, Program, QUERY, TERRAFORM_1_0,
    TERRAFORM_1_6, TERRAFORM_1_10, TERRAFORM_1_11, TERRAFORM_1_12, TERRAFORM_1_15, TOFU_1_10,
    TOFU_1_12, WRITE_ONLY,
};
use crate::support::{REQUIRED_PROVIDERS, stage, stage_in};
use crate::{
    arc_extension, data_sources, examples, extension_settings, functions, instance_type,
    kubernetes_compute, mocks, moves, query,
};

const PROGRAMS: [Program; 8] = [
    TERRAFORM_1_0,
    TERRAFORM_1_6,
    TERRAFORM_1_10,
    TERRAFORM_1_11,
    TERRAFORM_1_12,
    TERRAFORM_1_15,
    TOFU_1_10,
    TOFU_1_12,
];

/// What not every program knows: how it is used, and what is read where it is not known.
struct Addition {
    feature: Feature,
    works: Test,
    /// The configuration and the command of one who tries it all the same, and what the answer has.
    tried: (&'static str, &'static [&'static str]),
    answers: &'static [&'static str],
}

const ADDITIONS: [Addition; 7] = [
    Addition {
        feature: IMPORT_BLOCKS,
        works: an_import_block_takes_over,
        tried: (IMPORT, &["validate", "-no-color"]),
        answers: &["Blocks of type \"import\" are not expected here"],
    },
    Addition {
        feature: MOCKS,
        works: mocks::a_bare_mock_is_enough,
        tried: ("mock_provider \"azureml\" {}\n", &["test", "-no-color"]),
        answers: &["Blocks of type \"mock_provider\" are not expected here", "No tests defined"],
    },
    Addition {
        feature: FUNCTIONS,
        works: functions::each_gives_its_result,
        tried: (FUNCTION, &["validate", "-no-color"]),
        answers: &["value = provider::azureml::quantity_equal"],
    },
    Addition {
        feature: MOVES,
        works: moves::an_extension_of_azapi,
        tried: (MOVED, &["plan", "-no-color"]),
        answers: &["Blocks of type \"moved\" are not expected here", "Resource type mismatch"],
    },
    Addition {
        feature: WRITE_ONLY,
        works: extension_settings::a_version_of_a_secret_is_one_line,
        tried: (SECRET, &["validate", "-no-color"]),
        answers: &["Write-only attributes need a newer Terraform"],
    },
    Addition {
        feature: IDENTITY,
        works: examples::identities_import_what_was_created,
        tried: (IDENTIFIED, &["validate", "-no-color"]),
        answers: &["not expected here"],
    },
    Addition {
        feature: QUERY,
        works: query::both_types_are_found,
        tried: ("", &["query"]),
        answers: &["has no command named \"query\""],
    },
];

const IMPORT: &str = "import {
  to = azureml_arc_extension.this
  id = \"a\"
}
";

const FUNCTION: &str = "output \"equal\" {
  value = provider::azureml::quantity_equal(\"1\", \"1000m\")
}
";

const MOVED: &str = "moved {
  from = azapi_resource.old
  to   = azureml_arc_extension.this
}
";

const SECRET: &str = "resource \"azureml_arc_extension\" \"this\" {
  name                                        = \"amlarc-compute\"
  cluster_id                                  = \"/subscriptions/s/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/c\"
  enable_training                             = true
  configuration_protected_settings_wo         = { \"custom.key\" = \"v1\" }
  configuration_protected_settings_wo_version = 1
}
";

const IDENTIFIED: &str = "import {
  to       = azureml_arc_extension.this
  identity = { name = \"a\", cluster_id = \"b\" }
}
";

macro_rules! matrix {
    ($($name:ident = $program:ident),+ $(,)?) => {
        $(mod $name {
            use super::*;

            #[test]
            #[ignore = "one of `make matrix`"]
            fn an_extension_lives() {
                stage($program, by($program, arc_extension::lives, written_out::an_extension_lives));
            }

            #[test]
            #[ignore = "one of `make matrix`"]
            fn a_compute_lives() {
                stage($program, by($program, kubernetes_compute::lives, written_out::a_compute_lives));
            }

            #[test]
            #[ignore = "one of `make matrix`"]
            fn an_instance_type_lives() {
                stage($program, instance_type::lives_in_a_cluster);
            }

            #[test]
            #[ignore = "one of `make matrix`"]
            fn data_sources_find_what_is_there() {
                let (now, then) = (data_sources::what_is_there_is_found, written_out::what_is_there_is_found);
                stage($program, by($program, now, then));
            }

            #[test]
            #[ignore = "one of `make matrix`"]
            fn what_came_later_works_or_says_why_not() {
                check_additions($program);
            }
        })+
    };
}

matrix!(
    terraform_1_0 = TERRAFORM_1_0,
    terraform_1_6 = TERRAFORM_1_6,
    terraform_1_10 = TERRAFORM_1_10,
    terraform_1_11 = TERRAFORM_1_11,
    terraform_1_12 = TERRAFORM_1_12,
    terraform_1_15 = TERRAFORM_1_15,
    tofu_1_10 = TOFU_1_10,
    tofu_1_12 = TOFU_1_12,
);

type Test = fn(&Azure, &mut Cli);

/// The test as it is, or as Terraform 1.0 can run it.
fn by(program: Program, now: Test, then: Test) -> Test {
    if program == TERRAFORM_1_0 { then } else { now }
}

/// Terraform before 1.0.9 may crash where a nested argument is left out (hashicorp/terraform#29388, fixed in 1.0.5, and
/// #29697), with any provider. In a file that overrides the configuration they are written out.
mod written_out {
    use super::*;

    pub(super) fn an_extension_lives(azure: &Azure, cli: &mut Cli) {
        write(cli);
        arc_extension::lives_with(azure, cli, &["relay", "service_bus", "log_analytics"]);
    }

    pub(super) fn a_compute_lives(azure: &Azure, cli: &mut Cli) {
        write(cli);
        kubernetes_compute::lives(azure, cli);
    }

    pub(super) fn what_is_there_is_found(azure: &Azure, cli: &mut Cli) {
        write(cli);
        data_sources::what_is_there_is_found_without_postconditions(azure, cli);
    }

    fn write(cli: &Cli) {
        cli.write_file(
            "override.tf",
            "resource \"azureml_arc_extension\" \"this\" {
  relay         = { mode = \"managed\" }
  service_bus   = { mode = \"none\" }
  log_analytics = { mode = \"none\" }
}
",
        );
    }
}

fn check_additions(program: Program) {
    for addition in &ADDITIONS {
        if program.knows(addition.feature) {
            stage(program, addition.works);
        } else {
            stage_in(&Azure::start(), program, |_, cli| addition.says_why_not(cli));
        }
    }
}

impl Addition {
    #[track_caller]
    fn says_why_not(&self, cli: &Cli) {
        let (configuration, command) = self.tried;
        if configuration.starts_with("mock_provider") {
            cli.write(REQUIRED_PROVIDERS);
            cli.write_file("it.tftest.hcl", configuration);
        } else {
            cli.write(&format!("{REQUIRED_PROVIDERS}{configuration}"));
        }
        let ran = cli.run(command);
        let (what, said) = (self.feature.what, ran.output());
        assert!(self.answers.iter().any(|it| said.contains(it)), "{what} is not known, and {ran}");
    }
}

/// A block takes an extension over that is there.
fn an_import_block_takes_over(_: &Azure, cli: &mut Cli) {
    let resource = arc_extension::resource(arc_extension::TRAINING);
    cli.write(&resource);
    cli.apply().succeeds();
    let address = "azureml_arc_extension.this";
    cli.forget(address).succeeds();
    let block = IMPORT.replace("\"a\"", &format!("\"{}\"", arc_extension::id()));
    cli.write_file("import.tf", &block);
    cli.plan(&[]).plans("no-op", address);
    cli.apply().succeeds();
    assert!(cli.state(address).is_some(), "it is in the state");
    cli.destroy().succeeds();
}

/// What a reader of the README is told is what these tests hold.
#[test]
fn the_readme_has_the_table() {
    let readme = examples::read(&examples::examples().join("../README.md"));
    assert!(readme.contains(&table()), "README.md does not have\n\n{}", table());
}

fn table() -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let whats = ADDITIONS.iter().map(|addition| addition.feature.what.to_owned());
    let head = [String::new(), "resources, data sources".to_owned()].into_iter().chain(whats);
    let rule = format!("|{}\n", "---|".repeat(ADDITIONS.len() + 2));
    let rows = PROGRAMS.map(|program| {
        let known = ADDITIONS.iter().map(|addition| program.knows(addition.feature));
        let known = known.map(|known| if known { "yes" } else { "no" }.to_owned());
        let name = if program.name == "tofu" { "OpenTofu" } else { "Terraform" };
        let lives = if program == TERRAFORM_1_0 { "see below" } else { "yes" };
        let lead = [format!("{name} {}", program.version), lives.to_owned()];
        row(lead.into_iter().chain(known).collect())
    });
    format!("{}{rule}{}", row(head.collect()), rows.concat())
}
