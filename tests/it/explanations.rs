//! What a user of a real program reads when something is wrong: which line, which cause, which way out.

use serde_json::{Value, json};

use crate::aks::aks;
use crate::arc_extension;
use crate::kubernetes_compute;
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::{with_every_program, with_terraform};

with_every_program!(
    each_error_shows_the_line_of_its_attribute,
    what_a_terminal_would_hide_or_obey_is_written_out,
);
with_terraform!(
    an_operation_that_failed_is_explained_by_what_stands_innermost,
    a_policy_is_shown_with_what_can_be_done_about_it,
    a_plan_that_finds_an_extension_failed_says_why,
    a_plan_that_finds_a_compute_failed_says_why,
    a_deadline_tells_the_last_status_and_body,
    a_read_that_was_throttled_names_its_time_limit,
);

const EXTENSION: &str = "azureml_arc_extension.this";
const COMPUTE: &str = "azureml_kubernetes_compute.this";
const ALONE: &str = "  enable_training = true\n  relay           = { mode = \"none\" }\n";

const ONE_TYPE: &str = r#"
  default_instance_type = "small"
  instance_types = {
    big = {
      resources = { limits = { cpu = "many" } }
    }
    small = {
      resources = { limits = { cpu = "1" } }
    }
  }
"#;

/// However deep an attribute stands, in nested attributes and in blocks.
fn each_error_shows_the_line_of_its_attribute(_: &Azure, cli: &mut Cli) {
    cli.write(&kubernetes_compute::resource(ONE_TYPE));
    cli.validate()
        .fails_with("\"many\" is not a Kubernetes quantity")
        .at("big = {")
        .says("It stands at instance_types[\"big\"].resources.limits[\"cpu\"].");

    cli.write(&arc_extension::resource(
        "  enable_training = true\n  relay           = { mode = \"borrowed\" }\n",
    ));
    cli.validate().fails_with("Invalid relay.mode").at("relay           =");

    cli.write(&kubernetes_compute::resource("  identity {\n    type = \"Robot\"\n  }\n"));
    cli.validate().fails_with("There is no identity of type \"Robot\"").at("type = \"Robot\"");

    cli.write(&kubernetes_compute::resource("  timeouts {\n    read = \"soon\"\n  }\n"));
    cli.validate().fails_with("\"soon\" cannot be a time limit").at("read = \"soon\"");

    cli.write(&arc_extension::resource(
        "  enable_training = true\n  node_selector   = { \"no label\" = \"x\" }\n",
    ));
    cli.validate().fails_with("\"no label\" is not a label key").at("node_selector");
}

fn what_a_terminal_would_hide_or_obey_is_written_out(_: &Azure, cli: &mut Cli) {
    for (name, shown) in [
        ("ml\\u200bcompute", "\"ml\\u{200b}compute\""),
        ("\\ufeffcompute", "\"\\u{feff}compute\""),
        ("com\\u2028pute", "\"com\\u{2028}pute\""),
        ("com\\u202epute", "\"com\\u{202e}pute\""),
        ("com\\u001bpute", "\"com\\u{1b}pute\""),
    ] {
        let hcl = kubernetes_compute::resource("");
        cli.write(&hcl.replace("\"amlarc-compute\"", &format!("\"{name}\"")));
        let ran = cli.validate();
        ran.fails_with("is not a name for a compute").says(shown);
        for hidden in ['\u{200b}', '\u{feff}', '\u{2028}', '\u{202e}', '\u{1b}'] {
            ran.fails_with("is not a name for a compute").never_says(&hidden.to_string());
        }
    }
    let long = "n".repeat(1 << 20);
    cli.write(
        &kubernetes_compute::resource("").replace("\"amlarc-compute\"", &format!("\"{long}\"")),
    );
    let ran = cli.validate();
    ran.fails_with("a compute's name has 2 to 24").says("(1048578 characters)").never_says(&long);

    let cluster = arc_extension::cluster();
    let hcl = arc_extension::resource("enable_training = true\n");
    cli.write(&hcl.replace(&cluster, &format!("{cluster}\\n")));
    cli.validate().fails_with("cannot be part of an ID").says("amlarc-cluster\\n\"");
}

// === failures ===

/// The next operation on an extension ends so. ARM wraps what the service says.
fn fails_with(azure: &Azure, message: &str) {
    let inner = json!({ "code": "ExtensionOperationFailed", "message": message });
    let text = "The resource operation completed with terminal provisioning state 'Failed'.";
    let error = json!({ "code": "ResourceOperationFailure", "message": text, "details": [inner] });
    let body = json!({ "id": "x", "name": "x", "status": "Failed", "error": error });
    let polls = json!({ "method": "GET", "path": "extensions/amlarc-compute/operations/" });
    azure.fails(&polls, &json!({ "body": body }));
}

fn an_operation_that_failed_is_explained_by_what_stands_innermost(azure: &Azure, cli: &mut Cli) {
    let agents = "Unable to get response from the Agent in time, please ensure the extension agents \
                  on the cluster are able to connect to Azure services";
    let on_arc = arc_extension::resource(ALONE);
    cli.write(&on_arc);
    fails_with(azure, agents);
    cli.apply()
        .fails_with("Extension was not created")
        .says("ResourceOperationFailure: The resource operation completed")
        .says(agents)
        .says("kubectl get pods -n azure-arc")
        .never_says("Helm");
    cli.destroy().succeeds();

    let timed_out = "Error: [ InnerError: [Helm installation failed : InnerError [release ml failed, and \
                     has been uninstalled due to atomic being set: timed out waiting for the condition]]]";
    cli.write(
        &on_arc
            .replace(&arc_extension::cluster(), &aks())
            .replace("  relay           = { mode = \"none\" }\n", ""),
    );
    fails_with(azure, timed_out);
    cli.apply()
        .fails_with("Extension was not created")
        .says("kubectl get pods -n azureml")
        .never_says("azure-arc");
    cli.destroy().succeeds();

    cli.write(&on_arc);
    fails_with(azure, "Something that nobody has met before");
    cli.apply()
        .fails_with("Something that nobody has met before")
        .says("Where to look: az k8s-extension show --name amlarc-compute --cluster-name amlarc-cluster")
        .never_says("Helm could not");
    cli.destroy().succeeds();
}

/// The shape of `additionalInfo` is Azure Resource Manager's.
fn a_policy_is_shown_with_what_can_be_done_about_it(azure: &Azure, cli: &mut Cli) {
    let expression = json!({ "result": "True", "expressionKind": "Field", "expression": "tags['team']",
        "path": "tags['team']", "operator": "Exists", "targetValue": "false" });
    let info = json!({ "policyDefinitionDisplayName": "Require a tag",
        "policyAssignmentDisplayName": "corp", "policyDefinitionEffect": "deny",
        "evaluationDetails": { "evaluatedExpressions": [expression] } });
    let refused = |name: &str| {
        let text = format!("Resource '{name}' was disallowed by policy.");
        let body = json!({ "error": { "code": "RequestDisallowedByPolicy", "message": text,
            "additionalInfo": [{ "type": "PolicyViolation", "info": info }] } });
        json!({ "status": 403, "body": body })
    };
    let shown = "policy \"Require a tag\" (assignment \"corp\"): tags['team'] Exists \"false\"";
    cli.write(&arc_extension::resource("  enable_training = true\n"));
    let relays = json!({ "method": "PUT", "path": "Microsoft.Relay/namespaces/" });
    azure.fails(&relays, &refused("relay"));
    cli.apply()
        .fails_with("disallowed by policy")
        .says(shown)
        .says("set `tags` in `relay`")
        .says("relay = { mode = \"existing\"");
    let extensions = json!({ "method": "PUT", "path": "extensions/" });
    azure.fails(&extensions, &refused("extension"));
    cli.apply()
        .fails_with("disallowed by policy")
        .says(shown)
        .says("An extension has no tags")
        .says("az policy exemption create");
}

/// Real answers leave the level of a status out.
fn a_plan_that_finds_an_extension_failed_says_why(azure: &Azure, cli: &mut Cli) {
    cli.write(&arc_extension::resource(ALONE));
    cli.apply().succeeds();
    let status = |code: &str, message: &str| json!({ "code": code, "displayStatus": null, "level": null, "message": message, "time": null });
    azure.drift(&arc_extension::id(), |extension| {
        extension["properties"]["provisioningState"] = json!("Failed");
        extension["properties"]["statuses"] = json!([
            status(
                "InstallationFailed",
                "Error: [ InnerError: [timed out waiting for the condition]]"
            ),
            status("Verification", "Successfully verified the chart"),
        ]);
    });
    let plan = cli.plan(&[]);
    plan.plans("update", EXTENSION)
        .ran()
        .warns_of("Extension amlarc-compute is not ready")
        .says("InstallationFailed: Error: [ InnerError: [timed out waiting for the condition]]")
        .says("kubectl get pods -n azureml");
    plan.ran().never_says("Successfully verified the chart");
}

fn a_plan_that_finds_a_compute_failed_says_why(azure: &Azure, cli: &mut Cli) {
    cli.write(&kubernetes_compute::with_extension(""));
    cli.apply().succeeds();
    azure.drift(&kubernetes_compute::id(), |compute| {
        compute["properties"]["provisioningState"] = json!("Failed");
        compute["properties"]["provisioningErrors"] = json!([nested(&[
            ("BadRequest", "Bad request"),
            ("ClusterError", "The request to the cluster failed"),
            ("RelayError", "Relay resource id or connection string are not provided"),
        ])]);
    });
    cli.plan(&[])
        .plans("update", COMPUTE)
        .ran()
        .warns_of("Compute amlarc-compute reports errors")
        .says(
            "BadRequest: Bad request; ClusterError: The request to the cluster failed; RelayError:",
        )
        .says("relay = { mode = \"managed\" }");
    cli.run(&["apply", "-refresh-only", "-auto-approve", "-json"]).succeeds();
    let errors = &cli.state(COMPUTE).expect("it is in the state")["provisioning_errors"];
    assert_eq!(errors[0]["code"], "BadRequest");
    assert_eq!(errors[2]["message"], "Relay resource id or connection string are not provided");
}

/// As Azure ML nests them: `{error: {code, message, details: […]}}`.
fn nested(errors: &[(&str, &str)]) -> Value {
    let chain = errors.iter().rev().fold(Value::Null, |inner, (code, message)| {
        let details = if inner.is_null() { json!([]) } else { json!([inner]) };
        json!({ "code": code, "message": message, "details": details })
    });
    json!({ "error": chain })
}

fn a_deadline_tells_the_last_status_and_body(azure: &Azure, cli: &mut Cli) {
    let timed = format!("{ALONE}  timeouts {{\n    create = \"4s\"\n  }}\n");
    cli.write(&arc_extension::resource(&timed));
    let puts = json!({ "method": "PUT", "path": "extensions/" });
    azure.fails(&puts, &json!({ "stick_operation": true }));
    cli.apply()
        .fails_with("Extension was not created")
        .says("the last state was \"Creating\"")
        .says("it answered 200 OK: {")
        .says("\"status\":\"Creating\"");
}

fn a_read_that_was_throttled_names_its_time_limit(azure: &Azure, cli: &mut Cli) {
    cli.write(&arc_extension::resource(&format!(
        "{ALONE}  timeouts {{\n    read = \"3s\"\n  }}\n"
    )));
    cli.apply().succeeds();
    let busy = json!({ "error": { "code": "TooManyRequests", "message": "slow down" } });
    for fault in [
        json!({ "status": 429, "headers": { "Retry-After": "1" }, "body": busy }),
        json!({ "status": 503, "body": "" }),
        json!({ "status": 504, "body": "<html><h1>Gateway Timeout</h1></html>" }),
    ] {
        azure.fails_times(0, &json!({ "method": "GET", "path": "extensions/" }), &fault);
        cli.plan(&[])
            .ran()
            .fails_with("Extension cannot be read")
            .says("timeouts { read = ")
            .never_says("Correct what the service names");
        azure.clears_faults();
    }
}
