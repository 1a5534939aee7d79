//! Writes whose end is not heard: polls that are refused, answers that are none, and somebody else at the same moment.

use hyper::Method;
use serde_json::{Value, json};

use crate::arc_extension;
use crate::kubernetes_compute::{self, with_extension};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::with_terraform;

with_terraform!(
    a_create_whose_poll_is_refused_is_as_good_as_its_object,
    a_secret_whose_answer_is_a_page_is_sent_again,
    a_create_that_has_not_ended_tells_how_to_keep_it,
    an_update_whose_poll_is_refused_is_compared,
    what_may_have_arrived_is_not_said_to_be_not_taken,
    an_extension_that_somebody_else_made_at_the_same_moment_is_told,
);

const EXTENSION: &str = "azureml_arc_extension.this";
const COMPUTE: &str = "azureml_kubernetes_compute.this";
const ALONE: &str = "  enable_training = true\n  relay           = { mode = \"none\" }\n";

/// Whoever asks for the progress of an operation is refused.
fn refuses_polls(azure: &Azure, status: u16) {
    let message = "The client does not have authorization to perform action 'operations/read'.";
    let body = json!({ "error": { "code": "AuthorizationFailed", "message": message } });
    for path in ["/operations/", "/computeOperationsStatus/"] {
        let then = json!({
            "status": status, "body": body, "headers": { "Location": "https://login.example/" },
        });
        azure.fails_times(0, &json!({ "method": "GET", "path": path }), &then);
    }
}

fn a_create_whose_poll_is_refused_is_as_good_as_its_object(azure: &Azure, cli: &mut Cli) {
    for status in [401, 403, 302] {
        refuses_polls(azure, status);
        cli.write(&with_extension("  description = \"first\"\n"));
        cli.apply().succeeds();
        for address in [EXTENSION, COMPUTE] {
            let state = cli.state(address).expect("it is in the state");
            assert_eq!(state["provisioning_state"], "Succeeded", "{status} {address}");
        }
        settled(cli);
        cli.destroy().succeeds();
        azure.clears_faults();
    }
}

fn a_create_that_has_not_ended_tells_how_to_keep_it(azure: &Azure, cli: &mut Cli) {
    refuses_polls(azure, 403);
    azure.fails(
        &json!({ "method": "PUT", "path": "extensions/" }),
        &json!({ "stick_operation": true }),
    );
    let timed = format!("{ALONE}  timeouts {{\n    create = \"4s\"\n  }}\n");
    cli.write(&arc_extension::resource(&timed));
    cli.apply()
        .fails_with("AuthorizationFailed")
        .says("terraform untaint ADDRESS")
        .says("the last state was \"Creating\"");
    assert_eq!(cli.state(EXTENSION).expect("it is kept")["provisioning_state"], "Creating");
    cli.plan(&[]).plans("replace", EXTENSION);
    cli.run(&["untaint", EXTENSION]);
    azure.ends_operations();
    cli.apply().succeeds();
    assert_eq!(azure.count("PUT", &arc_extension::id()), 1, "the work is resumed");
    azure.clears_faults();
    settled(cli);
}

fn an_update_whose_poll_is_refused_is_compared(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension("  description = \"first\"\n"));
    cli.apply().succeeds();
    refuses_polls(azure, 403);
    let status = "/subscriptions/00000000-0000-0000-0000-000000000001/providers/\
                  Microsoft.MachineLearningServices/locations/eastus/computeOperationsStatus/1";
    azure.fails_times(
        2,
        &json!({ "method": "PUT", "path": kubernetes_compute::id() }),
        &json!({ "headers": { "Azure-AsyncOperation": status } }),
    );
    cli.write(&with_extension("  description = \"second\"\n"));
    cli.apply().succeeds();
    settled(cli);
    // It is accepted, and nothing of it shows.
    let old = azure.send(Method::GET, &kubernetes_compute::id(), None);
    azure.fails_times(
        0,
        &json!({ "method": "GET", "path": kubernetes_compute::id() }),
        &json!({ "status": 200, "body": old }),
    );
    cli.write(&with_extension("  description = \"third\"\n"));
    cli.apply()
        .fails_with("It is not known whether the compute was updated")
        .says("\"Reader\" --scope /subscriptions/00000000-0000-0000-0000-000000000001 Azure had")
        .says("sends again what it does not show");
    let state = cli.state(COMPUTE).expect("it is in the state");
    assert_eq!(
        (&state["description"], &state["provisioning_state"]),
        (&json!("second"), &json!("Succeeded"))
    );
    cli.plan(&[]).plans("update", COMPUTE);
    azure.clears_faults();
    cli.apply().succeeds();
    settled(cli);
}

fn a_secret_whose_answer_is_a_page_is_sent_again(azure: &Azure, cli: &mut Cli) {
    let with = |version: u32| {
        arc_extension::resource(&format!(
            "{ALONE}  configuration_protected_settings_wo         = {{ \"a.key\" = \"secret-{version}\" }}\n  \
             configuration_protected_settings_wo_version = {version}\n"
        ))
    };
    cli.write(&with(1));
    cli.apply().succeeds();
    let mut version = 1;
    let pages: [Value; 3] = [json!("<html>sign in</html>"), json!(""), json!([])];
    for page in pages {
        version += 1;
        cli.write(&with(version));
        // Nothing of it arrives: something in between answers.
        azure.fails(
            &json!({ "method": "PATCH", "path": "extensions/" }),
            &json!({ "status": 200, "body": page }),
        );
        cli.apply().fails_with("It is not known whether the extension was updated");
        let known = cli.state(EXTENSION).expect("it is in the state");
        assert_eq!(known["configuration_protected_settings_wo_version"], version - 1);
        cli.apply().succeeds();
        let sent = azure.last_body("PATCH", &arc_extension::id());
        let secret = format!("secret-{version}");
        assert_eq!(sent["properties"]["configurationProtectedSettings"]["a.key"], secret);
        settled(cli);
    }
}

fn what_may_have_arrived_is_not_said_to_be_not_taken(azure: &Azure, cli: &mut Cli) {
    let timed = format!("{ALONE}  timeouts {{\n    create = \"4s\"\n  }}\n");
    cli.write(&arc_extension::resource(&timed));
    let puts = json!({ "method": "PUT", "path": "extensions/" });
    // It is carried out, and no answer says so.
    azure.fails(&puts, &json!({ "accept_then_reset": true }));
    azure.fails_times(0, &puts, &json!({ "reset": true }));
    let ran = cli.apply();
    ran.never_says("has not taken");
    ran.fails_with("It is not known whether the extension was created")
        .says("gives the import block");
    azure.clears_faults();
    cli.apply().fails_with("already exists").says(&arc_extension::id());

    azure.remove(&arc_extension::id());
    let busy =
        json!({ "error": { "code": "AnotherOperationInProgress", "message": "an upgrade" } });
    azure.fails_times(0, &puts, &json!({ "status": 409, "body": busy }));
    cli.apply()
        .fails_with("Extension was not created")
        .says("The service has not taken the request");
}

/// At the moment of the look it is not there, at the moment of the write it is.
fn an_extension_that_somebody_else_made_at_the_same_moment_is_told(azure: &Azure, cli: &mut Cli) {
    let other = Cli::new(crate::support::tools::TERRAFORM_1_11, azure).expect("it is there");
    other.write(&arc_extension::resource(ALONE));
    other.apply().succeeds();
    let look = json!({ "method": "GET", "path": arc_extension::id() });
    azure.fails(&look, &json!({ "status": 404, "body": "" }));
    cli.write(&arc_extension::resource(ALONE));
    let ran = cli.apply();
    ran.succeeds();
    ran.warns_of("somebody else at the same moment")
        .says(&arc_extension::id())
        .says("terraform state rm ADDRESS")
        .says("az resource show --ids");
}
