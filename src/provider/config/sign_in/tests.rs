//! Who is signed in, for each way of naming somebody.

use std::any::Any;
use std::sync::Arc;

use azure::{Client, Cloud, Transport};
use framework::{Attr, Diagnostic, Diagnostics};
use serde_json::json;

use super::access_token::AccessToken;
use super::azure_cli::AzureCli;
use super::client_secret::ClientSecret;
use super::{SignInMethod, describe_methods};
use crate::config::tests::{file, settle};
use crate::config::{Config, validate};

/// What becomes of a block and an environment.
#[derive(Debug, PartialEq)]
enum Outcome {
    Token,
    /// The client ID and the secret that are sent.
    Secret(String, String),
    Cli,
    /// Nobody; told when it is needed.
    Nobody,
    /// Refused at this argument.
    Refused(String),
}

use Outcome::{Cli, Nobody, Token};

fn secret_of(client: &str, secret: &str) -> Outcome {
    Outcome::Secret(client.to_owned(), secret.to_owned())
}

fn refused(argument: &str) -> Outcome {
    Outcome::Refused(argument.to_owned())
}

fn outcome(config: &Config, variables: &[(&str, &str)]) -> Outcome {
    match settle(config, variables).map(|settings| settings.sign_in.method) {
        Ok(Some(method)) => outcome_of(&*method),
        Ok(None) => Nobody,
        Err(error) => {
            let path = error.path.expect("an argument").to_string();
            refused(path.trim_start_matches('.'))
        }
    }
}

fn outcome_of(method: &dyn SignInMethod) -> Outcome {
    let method: &dyn Any = method;
    if let Some(principal) = method.downcast_ref::<ClientSecret>() {
        return secret_of(&principal.client_id, principal.secret.expose());
    }
    if method.is::<AzureCli>() {
        return Cli;
    }
    assert!(method.is::<AccessToken>());
    Token
}

/// The block with the arguments of this text: `client_id client_secret use_cli=true`.
fn block(arguments: &str) -> Config {
    let mut config = serde_json::to_value(Config::default()).expect("nothing in it is secret");
    for argument in arguments.split_whitespace() {
        let (name, value) = argument.split_once('=').unwrap_or((argument, "written"));
        let known = match value.parse::<bool>() {
            Ok(switch) => json!({ "Known": switch }),
            Err(_) => json!({ "Known": value }),
        };
        assert!(config.get(name).is_some(), "no argument {name}");
        config[name] = known;
    }
    serde_json::from_value(config).expect("arguments of the block")
}

/// The variables of this text: `ID SECRET USE_CLI=true`, each with `ARM_` before it.
fn environment(variables: &str) -> Vec<(String, String)> {
    let one = |variable: &str| {
        let (name, value) = variable.split_once('=').unwrap_or((variable, "exported"));
        let name = if name.starts_with("AZUREML_") { name.into() } else { format!("ARM_{name}") };
        (name, value.to_owned())
    };
    variables.split_whitespace().map(one).collect()
}

#[track_caller]
fn expect(arguments: &str, variables: &str, expected: &Outcome) {
    let exported = environment(variables);
    let exported: Vec<_> = exported.iter().map(|(name, value)| (&**name, &**value)).collect();
    let found = outcome(&block(arguments), &exported);
    assert_eq!(&found, expected, "[{arguments}] with [{variables}]");
}

#[test]
fn a_principal_without_its_secret_is_never_somebody_else() {
    let none = || refused("client_id");
    for ways in ["", "use_cli=true", "use_cli=false"] {
        for half in ["", " tenant_id", " client_certificate_password", " oidc_token"] {
            expect(&format!("{ways} client_id{half}"), "", &none());
            expect(&format!("{ways} client_id{half}"), "TENANT_ID USE_CLI=true", &none());
            expect(&format!("{ways}{half}"), "CLIENT_ID TENANT_ID", &none());
            expect(&format!("{ways}{half}"), "CLIENT_ID USE_CLI=true", &none());
            expect(&format!("{ways}{half}"), "CLIENT_ID USE_CLI=false OIDC_TOKEN", &none());
        }
    }
    let (_folder, path) = file("in-a-file\n");
    expect(&format!("client_id_file_path={path}"), "", &refused("client_id_file_path"));
    expect("", &format!("CLIENT_ID_FILE_PATH={path}"), &refused("client_id_file_path"));
    expect("use_cli=true", &format!("CLIENT_ID_FILE_PATH={path}"), &refused("client_id_file_path"));
    expect("client_id_file_path=/no/such/file", "", &refused("client_id_file_path"));
    expect("client_id_file_path=/no/such/file use_cli=true", "", &refused("client_id_file_path"));
    let (_folder, empty) = file("\n");
    expect(&format!("client_id_file_path={empty}"), "", &refused("client_id_file_path"));
    let secret = format!("client_id tenant_id client_secret_file_path={empty}");
    expect(&secret, "", &refused("client_secret_file_path"));
}

#[test]
fn a_secret_without_its_principal_is_not_passed_over() {
    for (arguments, variables, missing) in [
        ("client_secret", "", "tenant_id"),
        ("client_secret tenant_id", "", "client_id"),
        ("client_secret client_id", "", "tenant_id"),
        ("use_cli=true", "CLIENT_SECRET TENANT_ID", "client_id"),
        ("client_id use_cli=true", "CLIENT_SECRET", "tenant_id"),
        ("use_oidc=true use_cli=true", "CLIENT_SECRET CLIENT_ID", "tenant_id"),
        ("use_cli=false", "CLIENT_SECRET CLIENT_ID USE_OIDC=true", "tenant_id"),
    ] {
        expect(arguments, variables, &refused(missing));
    }
}

#[test]
fn a_whole_principal_signs_in_and_the_block_wins() {
    let (_folder, id) = file("id-in-file\n");
    let (_other, secret) = file("secret-in-file\n");
    let all = "CLIENT_ID CLIENT_SECRET TENANT_ID";
    expect("", all, &secret_of("exported", "exported"));
    expect("use_cli=true", all, &secret_of("exported", "exported"));
    expect("client_id client_secret", all, &secret_of("written", "written"));
    expect("client_id", all, &secret_of("written", "exported"));
    let files = format!("client_id_file_path={id} client_secret_file_path={secret}");
    expect(&files, all, &secret_of("id-in-file", "secret-in-file"));
    expect(&format!("{files} tenant_id"), "", &secret_of("id-in-file", "secret-in-file"));
    expect(&format!("{files} client_id client_secret"), all, &secret_of("written", "written"));
    let exported = format!("CLIENT_ID_FILE_PATH={id} CLIENT_SECRET_FILE_PATH={secret} TENANT_ID");
    expect("", &exported, &secret_of("id-in-file", "secret-in-file"));
    expect("client_id", &exported, &secret_of("written", "secret-in-file"));
    for better in ["access_token", "access_token client_id", "access_token use_oidc=true"] {
        expect(better, "", &Token);
        expect(better, "CLIENT_ID USE_OIDC=true USE_CLI=false", &Token);
    }
    expect("client_id", "AZUREML_ACCESS_TOKEN", &Token);
}

#[test]
fn nobody_named_is_the_azure_cli() {
    for (arguments, variables, expected) in [
        ("", "", Cli),
        ("tenant_id", "SUBSCRIPTION_ID", Cli),
        ("client_id= client_secret= access_token=", "CLIENT_ID=", Cli),
        ("use_cli=true", "USE_CLI=false", Cli),
        ("use_cli=false", "USE_CLI=true", Nobody),
        ("", "USE_CLI=false", Nobody),
        // None of these chooses a principal.
        ("", "OIDC_TOKEN OIDC_REQUEST_URL OIDC_REQUEST_TOKEN OIDC_TOKEN_FILE_PATH", Cli),
        ("", "CLIENT_CERTIFICATE_PASSWORD MSI_ENDPOINT USE_MSI=false USE_OIDC=0", Cli),
    ] {
        expect(arguments, variables, &expected);
    }
}

#[test]
fn a_method_that_is_missing_stops_unless_the_block_says_otherwise() {
    for (written, exported, argument) in [
        ("use_oidc=true", "USE_OIDC=true", "use_oidc"),
        ("use_msi=true", "USE_MSI=1", "use_msi"),
        (
            "use_aks_workload_identity=true",
            "USE_AKS_WORKLOAD_IDENTITY=t",
            "use_aks_workload_identity",
        ),
        ("client_certificate", "CLIENT_CERTIFICATE", "client_certificate"),
        ("client_certificate_path", "CLIENT_CERTIFICATE_PATH", "client_certificate_path"),
    ] {
        // With a principal, as beside azurerm, and without.
        for (block, variables) in [
            (String::new(), exported.to_owned()),
            (String::new(), format!("{exported} CLIENT_ID TENANT_ID")),
            (written.to_owned(), String::new()),
            (format!("{written} client_id"), "TENANT_ID".to_owned()),
        ] {
            expect(&block, &variables, &refused(argument));
            expect(&format!("{block} use_cli=false"), &variables, &refused(argument));
            expect(
                &format!("{block} use_cli=false"),
                &format!("{variables} USE_CLI=true"),
                &refused(argument),
            );
            expect(&block, &format!("{variables} USE_CLI=false"), &refused(argument));
            expect(&format!("{block} use_cli=true"), &variables, &Cli);
            expect(&block, &format!("{variables} USE_CLI=true"), &Cli);
            expect(&format!("{block} access_token"), &variables, &Token);
            expect(&block, &format!("{variables} AZUREML_ACCESS_TOKEN"), &Token);
            let whole = format!("{block} tenant_id client_id client_secret");
            expect(&whole, &variables, &secret_of("written", "written"));
        }
    }
    expect("use_oidc=false", "USE_OIDC=true", &Cli);
    expect("use_oidc=false", "USE_OIDC=true CLIENT_ID", &refused("client_id"));
}

#[test]
fn the_advice_works_beside_other_providers() {
    let refusal = |arguments: &str, variables: &[(&str, &str)]| -> Diagnostic {
        settle(&block(arguments), variables).expect_err("it is refused")
    };
    for (error, words) in [
        (refusal("client_id", &[]), vec!["`client_id`", "`client_secret`", "ARM_CLIENT_SECRET"]),
        (
            refusal("use_cli=false", &[("ARM_CLIENT_ID", "x")]),
            vec!["ARM_CLIENT_ID", "`client_secret`"],
        ),
        (
            refusal("", &[("ARM_USE_OIDC", "true")]),
            vec!["ARM_USE_OIDC", "use_cli = true", "provider \"azureml\""],
        ),
        (refusal("use_msi=true", &[]), vec!["`use_msi`", "use_cli = true", "access_token"]),
    ] {
        let text = format!("{}: {}", error.summary, error.detail);
        for word in words {
            assert!(text.contains(word), "{word} is missing in: {text}");
        }
        assert!(!text.to_lowercase().contains("unset"), "{text}");
    }
}

#[test]
fn validating_refuses_what_the_block_chooses_with_nothing_better() {
    let count = |arguments: &str, variables: &[(&str, &str)]| {
        let variables: Vec<_> = variables.to_vec();
        let lookup = |name: &str| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.into())
        };
        let mut found = Diagnostics::new();
        validate(&block(arguments), &lookup, &mut found);
        found.len()
    };
    assert_eq!(count("use_oidc=true client_certificate", &[]), 2);
    assert_eq!(count("use_oidc=true use_cli=true", &[]), 0);
    assert_eq!(count("use_oidc=true", &[("AZUREML_ACCESS_TOKEN", "token")]), 0);
    assert_eq!(count("client_id", &[]), 0, "the secret may come from the environment later");
    assert_eq!(count("", &[("ARM_USE_OIDC", "true")]), 0, "so may another way");
    let open: [fn(&mut Config); 4] = [
        |config| config.access_token = Attr::Unknown,
        |config| config.client_secret = Attr::Unknown,
        |config| config.client_secret_file_path = Attr::Unknown,
        |config| config.use_cli = Attr::Unknown,
    ];
    for leave_open in open {
        let mut unknown = block("use_oidc=true");
        leave_open(&mut unknown);
        let mut found = Diagnostics::new();
        validate(&unknown, &|_| None, &mut found);
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn the_guide_has_the_arguments_of_every_method() {
    let guide = include_str!("../../guides/authentication.md");
    let methods = describe_methods();
    assert!(methods.lines().count() >= 3, "{methods}");
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = methods.split(|letter| !is_name(letter));
    for name in words.filter(|word| word.contains('_')) {
        assert!(guide.contains(&format!("`{name}`")), "{name} is not in the guide");
    }
}

#[test]
fn each_way_to_sign_in_is_one_source_of_tokens() {
    let transport: Arc<dyn Transport> = Arc::new(Client::new(None, None));
    for (arguments, expected) in [
        ("access_token", vec!["access token"]),
        ("tenant_id client_id client_secret", vec!["client secret"]),
        ("use_cli=true", vec!["Azure CLI"]),
        ("use_cli=false", vec![]),
    ] {
        let sign_in = settle(&block(arguments), &[]).expect("settings").sign_in;
        let sources = sign_in.token_sources(&Cloud::public(), &transport);
        let names: Vec<_> = sources.iter().map(|source| source.name()).collect();
        assert_eq!(names, expected);
    }
}
