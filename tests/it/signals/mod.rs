//! Each signal, to the program and to its provider, at each seam of each call: nothing is lost, nothing is done
//! twice, nothing is left running, and the next apply goes on.

mod object;
mod stage;
mod table;

use object::Ground;
use stage::Stage;
use table::{Kind, ROWS, Row, Seam, Signal, Verb};

use crate::support::cli::{Diagnostic, Ran};
use crate::support::tools::{Program, TERRAFORM_1_11, TOFU_1_12};

#[test]
fn terraform_is_cut_short_at_an_extension() {
    play_rows(Kind::Extension, TERRAFORM_1_11);
}

#[test]
fn tofu_is_cut_short_at_an_extension() {
    play_rows(Kind::Extension, TOFU_1_12);
}

#[test]
fn terraform_is_cut_short_at_a_compute() {
    play_rows(Kind::Compute, TERRAFORM_1_11);
}

#[test]
fn tofu_is_cut_short_at_a_compute() {
    play_rows(Kind::Compute, TOFU_1_12);
}

#[test]
fn terraform_is_cut_short_at_an_instance_type() {
    play_rows(Kind::InstanceType, TERRAFORM_1_11);
}

#[test]
fn tofu_is_cut_short_at_an_instance_type() {
    play_rows(Kind::InstanceType, TOFU_1_12);
}

/// The rows of one kind and one program.
#[expect(clippy::print_stdout, reason = "a failed test shows which row it was")]
fn play_rows(kind: Kind, program: Program) {
    let rows = ROWS.into_iter().filter(|row| row.kind == kind && row.program == program);
    let rows: Vec<_> = rows.collect();
    let Some(ground) = Ground::prepare(&rows) else { return };
    for (number, row) in rows.iter().enumerate() {
        println!("{row:?}");
        let Some(stage) = Stage::new(&ground, number, row) else { return };
        let ran = stage.cut_short();
        check_what_is_said(row, &ran);
        check_next_apply(&stage);
    }
}

/// What a user reads of it.
#[track_caller]
fn check_what_is_said(row: &Row, ran: &Ran) {
    match row.signal {
        Signal::Interrupt | Signal::InterruptProgram | Signal::Terminate => {
            assert_eq!(ran.code(), Some(1), "{ran}");
            let told = ran.diagnostics().iter().any(|it| it.text.contains("interrupted"));
            assert!(told, "{ran}");
        }
        Signal::InterruptTwice | Signal::InterruptProgramTwice => {
            assert_ne!(ran.code(), Some(0), "{ran}");
            // What waits for anything else answers at the first, and then there is nobody to hear the second.
            if matches!(row.seam, Seam::WriteRequest | Seam::WriteResponse) {
                ran.mentions("Two interrupts received");
            }
        }
        Signal::KillProvider => {
            assert_eq!(ran.code(), Some(1), "{ran}");
            let told = ["Plugin did not respond", "Request cancelled"];
            let is_told = |it: &Diagnostic| told.iter().any(|text| it.text.starts_with(text));
            assert!(ran.diagnostics().iter().any(is_told), "{ran}");
        }
        Signal::KillProgram => assert_eq!(ran.code(), None, "{ran}"),
    }
}

/// The next apply makes it what is written, or says how to import what is there, which then works. Nobody has
/// written twice what was received once.
#[track_caller]
fn check_next_apply(stage: &Stage<'_>) {
    let Stage { row, cli, .. } = stage;
    let address = row.kind.address();
    let (is_there, is_known) = (stage.is_there(), cli.state(&address).is_some());
    assert_eq!(is_there, is_there_after(row));
    if let Some(known) = is_known_after(row) {
        assert_eq!(is_known, known, "whether the state has it");
    }
    if is_there && !is_known {
        let ran = cli.apply();
        ran.fails_with("already exists");
        cli.write_file("import.tf", &import_block(&ran));
    }
    cli.apply().succeeds();
    cli.plan(&[]).plans_nothing();
    let is_written = row.verb != Verb::Delete;
    assert_eq!((stage.is_there(), cli.state(&address).is_some()), (is_written, is_written));
    assert_eq!(stage.writes(), 1, "what was received is not repeated");
    // Nobody removes the socket of a provider that was killed.
    let killed = usize::from(row.signal == Signal::KillProvider);
    assert_eq!(stage.sockets(), killed, "sockets of providers are left");
    assert!(!cli.path(".terraform.tfstate.lock.info").exists(), "the state is locked");
}

/// Whether the service has the object, once it has carried out what it had received.
fn is_there_after(row: &Row) -> bool {
    match row.verb {
        Verb::Create => row.seam != Seam::Look,
        Verb::Update => true,
        Verb::Delete => row.seam == Seam::Look,
    }
}

/// Whether the state has the object. `None`: it depends on who is faster. A program that is interrupted twice may end
/// while it writes a state, which then is empty.
fn is_known_after(row: &Row) -> Option<bool> {
    let is_accepted = matches!(row.seam, Seam::Poll | Seam::LastRead);
    match (row.signal, row.verb) {
        (Signal::InterruptTwice | Signal::InterruptProgramTwice, Verb::Create) => {
            (!is_accepted).then_some(false)
        }
        (Signal::InterruptTwice | Signal::InterruptProgramTwice, _) => None,
        (_, Verb::Update | Verb::Delete) => Some(true),
        (Signal::KillProvider | Signal::KillProgram, Verb::Create) => Some(false),
        (Signal::Interrupt | Signal::InterruptProgram | Signal::Terminate, Verb::Create) => {
            Some(is_accepted)
        }
    }
}

/// The block of the error, with the name of the resource.
#[track_caller]
fn import_block(ran: &Ran) -> String {
    let details =
        ran.messages().filter_map(|line| line["diagnostic"]["detail"].as_str().map(str::to_owned));
    let blocks = details.filter_map(|detail| {
        let block = &detail[detail.find("import {")?..];
        let end = block.find('}')?;
        Some(block[..=end].replace(".NAME", ".this"))
    });
    blocks.last().unwrap_or_else(|| panic!("there is no import block\n{ran}"))
}
