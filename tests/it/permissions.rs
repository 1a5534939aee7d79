//! The role of the guide "Permissions and costs": it is enough, and nothing of it is too much.

use emulator::{Options, Role};
use serde_json::{Value, json};

use crate::arc_extension;
use crate::docs::{blocks, docs};
use crate::support::REQUIRED_PROVIDERS;
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::tools::TERRAFORM_1_11;

/// What a life without it still does, as the page says of some, or what this life does not need.
const WITHOUT: [(&str, &str); 7] = [
    ("Microsoft.ContainerService/managedClusters/read", "the cluster is Arc-enabled"),
    (
        "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
        "nothing is asked of a cluster",
    ),
    ("Microsoft.KubernetesConfiguration/extensionTypes/read", "the apply goes on"),
    ("Microsoft.KubernetesConfiguration/extensionTypes/versions/read", "the apply goes on"),
    ("Microsoft.KubernetesConfiguration/extensions/operations/read", "the extension tells too"),
    (
        "Microsoft.Relay/namespaces/hybridConnections/authorizationRules/read",
        "it is read where the answer to its write was lost",
    ),
    ("Microsoft.Resources/subscriptions/providers/read", "the apply goes on"),
];

#[test]
fn the_role_of_the_guide_is_enough() {
    let azure = in_role(&actions());
    let Some(cli) = Cli::new(TERRAFORM_1_11, &azure) else { return };
    cli.write(&configuration());
    let before = azure.objects();
    cli.apply().succeeds();
    settled(&cli);
    cli.write(&configuration().replace("\"4Gi\"", "\"8Gi\""));
    cli.apply().succeeds();
    settled(&cli);
    cli.destroy().succeeds();
    assert!(azure.objects().keys().eq(before.keys()), "what was made is gone");
}

#[test]
fn nothing_of_the_role_is_too_much() {
    let actions = actions();
    for (named, _) in WITHOUT {
        assert!(actions.iter().any(|action| action == named), "the role has no {named}");
    }
    let may_lack = |missing: &String| WITHOUT.iter().any(|(named, _)| named == missing);
    let wrong: Vec<_> =
        actions.iter().filter(|it| is_missed(&actions, it) == may_lack(it)).collect();
    assert!(wrong.is_empty(), "not as told: {wrong:#?}");
}

/// Whether a life without an action is told of it: by an error or, of what stays behind, by a warning.
fn is_missed(actions: &[String], missing: &str) -> bool {
    let rest: Vec<_> = actions.iter().filter(|it| *it != missing).cloned().collect();
    let azure = in_role(&rest);
    let Some(cli) = Cli::new(TERRAFORM_1_11, &azure) else { return false };
    cli.write(&configuration());
    let named = format!("'{missing}'");
    let mut ran = cli.apply();
    if ran.code() == Some(0) {
        ran = cli.destroy();
    }
    ran.diagnostics().iter().any(|told| told.text.contains(&named))
}

fn actions() -> Vec<String> {
    let role: Value =
        serde_json::from_str(&blocks(&docs().join("guides/permissions.md"), "json")[0])
            .expect("JSON");
    serde_json::from_value(role["Actions"].clone()).expect("a list of actions")
}

fn in_role(actions: &[String]) -> Azure {
    let role = Role::from_definition(&json!({ "Actions": actions })).expect("a role");
    Azure::with(Options { role: Some(role), ..Options::default() })
}

/// An extension with a relay, a version that is looked up, and a compute with an identity.
fn configuration() -> String {
    let cluster = arc_extension::cluster();
    format!(
        r#"{REQUIRED_PROVIDERS}
resource "azureml_arc_extension" "this" {{
  name            = "amlarc-compute"
  cluster_id      = "{cluster}"
  enable_training = true
  version         = "1.1.31"
  relay           = {{ mode = "managed" }}
}}

resource "azureml_kubernetes_compute" "this" {{
  name                  = "amlarc-compute"
  workspace_id          = "{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id            = azureml_arc_extension.this.cluster_id
  extension_id          = azureml_arc_extension.this.id
  default_instance_type = "cpu"
  instance_types = {{
    cpu = {{ resources = {{ requests = {{ cpu = "1", memory = "4Gi" }}, limits = {{ cpu = "2", memory = "16Gi" }} }} }}
  }}

  identity {{
    type         = "UserAssigned"
    identity_ids = ["{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/amlarc-identity"]
  }}
}}
"#
    )
}
