//! The extension as providers that know nothing of its type send it, and as this one does.
//!
//! The bodies are azurerm's: what the user wrote, and nothing that Microsoft's CLI would derive from it.

use hyper::Method;
use serde_json::{Value, json};

use crate::aks::aks;
use crate::arc_extension;
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::with_terraform;

with_terraform!(
    fails_without_what_the_cli_derives,
    fails_without_the_relay,
    fails_without_the_certificate,
    fails_on_aks_too,
);

const ADDRESS: &str = "azureml_arc_extension.this";

fn fails_without_what_the_cli_derives(azure: &Azure, cli: &mut Cli) {
    let told = bare(azure, &arc(), &json!({ "enableTraining": "True" }));
    assert!(told.contains("ErrorMessage: the setting cluster_name is not given"), "{told}");
    succeeds_here(azure, cli, &arc(), "enable_training = true");
}

/// Whoever writes the derived settings out by hand still has no relay.
fn fails_without_the_relay(azure: &Azure, cli: &mut Cli) {
    let settings = json!({
        "enableTraining": "True",
        "cluster_name": arc(),
        "domain": "eastus.cloudapp.azure.com",
        "location": "eastus",
    });
    let told = bare(azure, &arc(), &settings);
    assert!(told.contains("Relay resource id or connection string are not provided"), "{told}");
    let arguments = r#"
  enable_training        = true
  configuration_settings = { domain = "eastus.cloudapp.azure.com" }
"#;
    succeeds_here(azure, cli, &arc(), arguments);
}

/// A key that names the secret is not the setting by which the router finds it.
fn fails_without_the_certificate(azure: &Azure, cli: &mut Cli) {
    let settings = json!({
        "enableInference": "True",
        "inferenceRouterServiceType": "loadBalancer",
        "sslSecret": "router",
        "sslCname": "ml.contoso.example",
        "cluster_name": aks(),
        "domain": "eastus.cloudapp.azure.com",
        "location": "eastus",
    });
    let told = bare(azure, &aks(), &settings);
    assert!(told.contains("ErrorCode: E40007"), "{told}");
    let arguments = r#"
  enable_inference              = true
  inference_router_service_type = "loadBalancer"
  ssl_secret                    = "router"
  ssl_cname                     = "ml.contoso.example"
"#;
    succeeds_here(azure, cli, &aks(), arguments);
}

fn fails_on_aks_too(azure: &Azure, cli: &mut Cli) {
    let told = bare(azure, &aks(), &json!({ "enableTraining": "True" }));
    assert!(told.contains("ErrorMessage: the setting cluster_name is not given"), "{told}");
    succeeds_here(azure, cli, &aks(), "enable_training = true");
}

/// Installs with these settings and nothing else; gives what the service tells of the failure.
#[track_caller]
fn bare(azure: &Azure, cluster: &str, settings: &Value) -> String {
    let mut body = json!({ "properties": {
        "extensionType": "Microsoft.AzureML.Kubernetes",
        "autoUpgradeMinorVersion": true,
        "releaseTrain": "stable",
        "scope": { "cluster": { "releaseNamespace": "azureml" } },
        "configurationSettings": settings,
    } });
    if cluster == arc() {
        body["identity"] = json!({ "type": "SystemAssigned" });
    }
    let id = extension(cluster);
    let accepted = azure.send(Method::PUT, &id, Some(&body));
    assert_eq!(accepted["properties"]["provisioningState"], "Creating", "{accepted:#}");
    let ended = azure.send(Method::GET, &id, None);
    assert_eq!(ended["properties"]["provisioningState"], "Failed", "{ended:#}");
    let told = ended["properties"]["errorInfo"]["message"].as_str().expect("it says why");
    assert!(told.contains("failed pre-install: pod healthcheck failed"), "{told}");
    told.to_owned()
}

/// The same settings of the user in the place of that failure.
#[track_caller]
fn succeeds_here(azure: &Azure, cli: &Cli, cluster: &str, arguments: &str) {
    azure.remove(&extension(cluster));
    cli.write(&arc_extension::resource(arguments).replace(&arc(), cluster));
    cli.apply().succeeds();
    let state = cli.state(ADDRESS).expect("it is in the state");
    assert_eq!(state["provisioning_state"], "Succeeded");
    settled(cli);
}

fn extension(cluster: &str) -> String {
    arc_extension::id().replace(&arc(), cluster)
}

fn arc() -> String {
    arc_extension::cluster()
}
