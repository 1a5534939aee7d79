//! How the provider signs in, and what it says when it cannot.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::arc_extension::resource;
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{stage_in, with_terraform};

with_terraform!(
    the_azure_cli_signs_in,
    missing_credentials_name_the_argument,
    a_refused_token_names_the_argument,
    a_dead_endpoint_names_the_argument,
    a_principal_without_its_secret_stops,
    a_missing_method_stops_with_advice_that_works_beside_azurerm,
    a_partner_that_is_no_guid_is_refused,
    garbage_of_the_azure_cli_is_not_shown,
);

const ADDRESS: &str = "azureml_arc_extension.this";

/// Lets `az` be a script that answers as `az account get-access-token` does, and so sign in to this Azure.
fn log_in(azure: &Azure, cli: &mut Cli) {
    let token = &azure.environment()["AZUREML_ACCESS_TOKEN"];
    let answer = format!(
        r#"{{"accessToken": "{token}", "expires_on": 4102444800, "expiresOn": "2100-01-01 00:00:00.000000", "tenant": "t", "tokenType": "Bearer"}}"#
    );
    az_prints(cli, &answer);
    cli.unset("AZUREML_ACCESS_TOKEN");
}

fn az_prints(cli: &mut Cli, text: &str) {
    cli.write_file("az", &format!("#!/bin/sh\ncat <<'END'\n{text}\nEND\n"));
    let az = cli.path("az");
    fs::set_permissions(&az, fs::Permissions::from_mode(0o755))
        .expect("the script can be made executable");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folder = az.parent().expect("a file is in a folder");
    cli.set("PATH", &format!("{}:{}", folder.display(), path.display()));
}

fn the_azure_cli_signs_in(azure: &Azure, cli: &mut Cli) {
    log_in(azure, cli);
    cli.write(&extension(""));
    cli.apply().succeeds().never_says(&azure.environment()["AZUREML_ACCESS_TOKEN"]);
}

fn a_principal_without_its_secret_stops(azure: &Azure, cli: &mut Cli) {
    log_in(azure, cli);
    let written =
        "provider \"azureml\" {\n  client_id = \"00000000-0000-0000-0000-00000000000b\"\n}\n";
    cli.write(&(extension("") + written));
    cli.validate().succeeds();
    cli.plan(&[]).ran().fails_with("`client_id` names a principal").says("`client_secret`");
    cli.set("ARM_CLIENT_ID", "00000000-0000-0000-0000-00000000000b");
    for block in ["", "provider \"azureml\" {\n  use_cli = false\n}\n"] {
        cli.write(&(extension("") + block));
        cli.apply().fails_with("ARM_CLIENT_ID names a principal").says("ARM_CLIENT_SECRET");
    }
    assert!(azure.exchanges().is_empty(), "{:#?}", azure.exchanges());
}

fn a_missing_method_stops_with_advice_that_works_beside_azurerm(azure: &Azure, cli: &mut Cli) {
    log_in(azure, cli);
    cli.set("ARM_USE_OIDC", "true");
    cli.set("ARM_CLIENT_ID", "00000000-0000-0000-0000-00000000000b");
    cli.write(&extension(""));
    cli.apply().fails_with("ARM_USE_OIDC").says("use_cli = true").says("other providers");
    assert!(azure.exchanges().is_empty(), "{:#?}", azure.exchanges());
    // As the error says, with the variables as they were.
    cli.write(&(extension("") + "provider \"azureml\" {\n  use_cli = true\n}\n"));
    cli.apply().succeeds();
}

fn garbage_of_the_azure_cli_is_not_shown(_: &Azure, cli: &mut Cli) {
    az_prints(cli, "{\"accessToken\": [\"canary-garbage\"]}");
    cli.unset("AZUREML_ACCESS_TOKEN");
    cli.write(&extension(""));
    let apply = cli.apply();
    apply.fails_with("printed something else than").says("az account get-access-token");
    apply.never_says("canary-garbage");
}

fn a_partner_that_is_no_guid_is_refused(_: &Azure, cli: &mut Cli) {
    cli.write(&(extension("") + "provider \"azureml\" {\n  partner_id = \"junk\"\n}\n"));
    cli.validate().fails_with("\"junk\"").at("partner_id");
    cli.set("ARM_PARTNER_ID", "junk");
    cli.write(&extension(""));
    cli.plan(&[]).ran().fails_with("ARM_PARTNER_ID");
}

fn missing_credentials_name_the_argument(azure: &Azure, cli: &mut Cli) {
    cli.unset("AZUREML_ACCESS_TOKEN");
    cli.set("ARM_USE_CLI", "false");
    cli.write(&extension(""));
    cli.validate().succeeds();
    cli.plan(&[]).plans("create", ADDRESS);
    cli.apply().fails_with("access_token").says("client_secret");
    assert!(
        azure.exchanges().is_empty(),
        "nothing is asked without a token: {:#?}",
        azure.exchanges()
    );
}

fn a_refused_token_names_the_argument(azure: &Azure, cli: &mut Cli) {
    cli.set("AZUREML_ACCESS_TOKEN", "not-one-of-yours");
    cli.write(&extension(""));
    cli.apply().fails_with("access_token");
    cli.apply().never_says("not-one-of-yours");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
}

fn a_dead_endpoint_names_the_argument(_: &Azure, cli: &mut Cli) {
    // Nobody listens on this port: it is bound, and closed again at once.
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let endpoint = format!("http://{}", free.expect("a port is free"));
    cli.set("ARM_RESOURCE_MANAGER_ENDPOINT", &endpoint);
    cli.write(&extension("timeouts {\n    create = \"5s\"\n  }"));
    cli.apply().fails_with("resource_manager_endpoint").says(&endpoint);
}

fn extension(arguments: &str) -> String {
    resource(&format!("  enable_training = true\n  {arguments}"))
}

/// As azurerm is told of an Azure that has no name: the host describes it, here over TLS, before
/// anybody signs in.
#[test]
fn a_metadata_host_tells_where_azure_is() {
    stage_in(&Azure::over_tls(), TERRAFORM_1_11, |azure, cli| {
        let endpoint = &azure.environment()["ARM_RESOURCE_MANAGER_ENDPOINT"];
        cli.set("ARM_METADATA_HOSTNAME", endpoint.trim_start_matches("https://"));
        for described in [
            "AZUREML_ACCESS_TOKEN",
            "ARM_RESOURCE_MANAGER_ENDPOINT",
            "ARM_RESOURCE_MANAGER_AUDIENCE",
            "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST",
        ] {
            cli.unset(described);
        }
        cli.write(&extension(""));
        cli.validate().succeeds();
        assert!(azure.exchanges().is_empty(), "{:#?}", azure.exchanges());
        cli.apply().succeeds();
        let asked: Vec<_> = azure.exchanges().into_iter().map(|seen| seen.path).collect();
        let descriptions = asked.iter().filter(|path| path.ends_with("/metadata/endpoints"));
        assert_eq!(descriptions.count(), 1, "{asked:#?}");
        assert!(asked[0].ends_with("/metadata/endpoints"), "{asked:#?}");
        // What its list does not have is told with what it has.
        cli.write(
            &(extension("") + "provider \"azureml\" {\n  environment = \"usgoverment\"\n}\n"),
        );
        cli.validate().fails_with("`environment` (ARM_ENVIRONMENT) is \"usgoverment\"");
    });
}
