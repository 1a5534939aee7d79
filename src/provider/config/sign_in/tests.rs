//! Who is signed in, for each way of naming somebody.

use std::any::Any;
use std::sync::Arc;

use azure::{Client, Cloud, Transport};
use framework::Diagnostic;
use serde_json::json;

use super::access_token::AccessToken;
use super::azure_cli::AzureCli;
use super::client_certificate::ClientCertificate;
use super::client_secret::ClientSecret;
use super::managed_identity::{Endpoint, ManagedIdentity};
use super::oidc::{Issuer, Oidc};
use super::workload_identity::WorkloadIdentity;
use super::{Services, SignInMethod, describe_methods};
use crate::config::Config;
use crate::config::tests::{file, settle};

/// What becomes of a block and an environment.
#[derive(Debug, PartialEq)]
enum Outcome {
    Token,
    /// The client ID and the secret that are sent.
    Secret(String, String),
    /// The client ID of the certificate.
    Certificate(String),
    /// The client ID, and where its token comes from.
    Oidc(String, &'static str),
    Workload(String),
    /// The client ID of a user-assigned identity, and what gives the tokens.
    Managed(Option<String>, &'static str),
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
        return secret_of(&principal.principal.client, principal.secret.expose());
    }
    if let Some(certificate) = method.downcast_ref::<ClientCertificate>() {
        return Outcome::Certificate(certificate.principal.client.clone());
    }
    if let Some(oidc) = method.downcast_ref::<Oidc>() {
        let issuer = match oidc.issuer {
            Issuer::Token(_) => "token",
            Issuer::File(_) => "file",
            Issuer::GitHub { .. } => "GitHub",
            Issuer::AzureDevOps { .. } => "Azure DevOps",
        };
        return Outcome::Oidc(oidc.principal.client.clone(), issuer);
    }
    if let Some(pod) = method.downcast_ref::<WorkloadIdentity>() {
        return Outcome::Workload(pod.principal.client.clone());
    }
    if let Some(managed) = method.downcast_ref::<ManagedIdentity>() {
        let endpoint = match managed.endpoint {
            Endpoint::Imds(_) => "IMDS",
            Endpoint::AppService(..) => "App Service",
            Endpoint::ArcServer(..) => "Arc",
        };
        return Outcome::Managed(managed.client_id.clone(), endpoint);
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
        let is_whole = ["AZURE", "ACTIONS_", "SYSTEM_", "IDENTITY_", "IMDS_"]
            .iter()
            .any(|it| name.starts_with(it));
        let name = if is_whole { name.into() } else { format!("ARM_{name}") };
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
        ("", "AZURE_CLIENT_ID AZURE_TENANT_ID AZURE_FEDERATED_TOKEN_FILE IDENTITY_ENDPOINT", Cli),
    ] {
        expect(arguments, variables, &expected);
    }
}

/// The path of a certificate with its key.
const CERTIFICATE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/sign_in/bundle.pem");

#[test]
fn a_method_that_is_incomplete_stops_unless_the_azure_cli_is_asked_for() {
    for (written, exported, argument) in [
        ("use_oidc=true", "USE_OIDC=true", "use_oidc"),
        // Half of what asks for a token, or of Azure DevOps.
        ("use_oidc=true oidc_request_token", "USE_OIDC=1 OIDC_REQUEST_TOKEN", "use_oidc"),
        (
            "use_oidc=true",
            "USE_OIDC=true SYSTEM_OIDCREQUESTURI=https://a SYSTEM_ACCESSTOKEN",
            "use_oidc",
        ),
        (
            "use_aks_workload_identity=true",
            "USE_AKS_WORKLOAD_IDENTITY=t",
            "use_aks_workload_identity",
        ),
    ] {
        // With a principal, as beside azurerm, and without.
        for (block, variables) in [
            (String::new(), exported.to_owned()),
            (String::new(), format!("{exported} CLIENT_ID TENANT_ID")),
            (written.to_owned(), exported.to_owned()),
            (format!("{written} client_id"), format!("{exported} TENANT_ID")),
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
    // The token is there, and whose it is not.
    expect("use_oidc=true oidc_token", "TENANT_ID", &refused("client_id"));
    expect("use_oidc=true oidc_token client_id", "", &refused("tenant_id"));
    expect("use_oidc=true oidc_token client_id use_cli=true", "", &Cli);
}

#[test]
fn each_method_is_chosen_by_what_it_needs_in_azurerms_order() {
    let principal = "tenant_id client_id";
    let oidc = |issuer| Outcome::Oidc("written".to_owned(), issuer);
    let managed = |client: &str, endpoint| {
        Outcome::Managed((!client.is_empty()).then(|| client.to_owned()), endpoint)
    };
    let certificate = format!("{principal} client_certificate_path={CERTIFICATE}");
    let pod = "AZURE_CLIENT_ID=pod AZURE_TENANT_ID=t AZURE_FEDERATED_TOKEN_FILE=/token";
    let github = "ACTIONS_ID_TOKEN_REQUEST_URL=https://a ACTIONS_ID_TOKEN_REQUEST_TOKEN=t";
    let devops = "SYSTEM_OIDCREQUESTURI=https://a SYSTEM_ACCESSTOKEN=t";
    for (arguments, variables, expected) in [
        (&*certificate, "", Outcome::Certificate("written".to_owned())),
        (
            &format!("{certificate} client_secret use_oidc=true"),
            github,
            Outcome::Certificate("written".into()),
        ),
        (
            principal,
            &format!("CLIENT_CERTIFICATE_PATH={CERTIFICATE} CLIENT_SECRET USE_MSI=1 USE_CLI=1"),
            Outcome::Certificate("written".into()),
        ),
        (
            &format!("{principal} client_secret use_oidc=true oidc_token"),
            "",
            secret_of("written", "written"),
        ),
        (&format!("{principal} use_oidc=true oidc_token"), github, oidc("token")),
        (
            &format!("{principal} use_oidc=true"),
            "OIDC_TOKEN OIDC_TOKEN_FILE_PATH=/t",
            oidc("token"),
        ),
        (&format!("{principal} use_oidc=true oidc_token_file_path=/t"), "OIDC_TOKEN", oidc("file")),
        (&format!("{principal} use_oidc=true use_msi=true use_cli=true"), github, oidc("GitHub")),
        (principal, &format!("USE_OIDC=true {github}"), oidc("GitHub")),
        (
            &format!("{principal} use_oidc=true ado_pipeline_service_connection_id=c"),
            devops,
            oidc("Azure DevOps"),
        ),
        (
            &format!("{principal} use_oidc=true"),
            &format!("OIDC_AZURE_SERVICE_CONNECTION_ID=c {devops}"),
            oidc("Azure DevOps"),
        ),
        ("use_aks_workload_identity=true", pod, Outcome::Workload("pod".into())),
        (
            "use_aks_workload_identity=true client_id=pod use_msi=true",
            pod,
            Outcome::Workload("pod".into()),
        ),
        (
            "use_aks_workload_identity=true client_id=c tenant_id=t oidc_token_file_path=/t",
            "",
            Outcome::Workload("c".into()),
        ),
        ("use_aks_workload_identity=true client_id=other", pod, refused("client_id")),
        ("use_aks_workload_identity=true", &format!("{pod} TENANT_ID=other"), refused("tenant_id")),
        ("use_msi=true", "", managed("", "IMDS")),
        ("use_msi=true client_id", "TENANT_ID USE_CLI=true", managed("written", "IMDS")),
        (
            "",
            "USE_MSI=true CLIENT_ID MSI_ENDPOINT=http://10.0.0.4/token",
            managed("exported", "IMDS"),
        ),
        (
            "use_msi=true",
            "IDENTITY_ENDPOINT=http://127.0.0.1/t IDENTITY_HEADER=h",
            managed("", "App Service"),
        ),
        (
            "use_msi=true",
            "IDENTITY_ENDPOINT=http://localhost:40342 IMDS_ENDPOINT=x",
            managed("", "Arc"),
        ),
        ("use_msi=true", "IDENTITY_ENDPOINT=http://127.0.0.1/t", managed("", "IMDS")),
        ("use_msi=true msi_endpoint=169.254.169.254", "", refused("msi_endpoint")),
        ("use_msi=true", "IDENTITY_ENDPOINT=nonsense IDENTITY_HEADER=h", refused("msi_endpoint")),
        ("use_msi=true", "AUXILIARY_TENANT_IDS=a", refused("auxiliary_tenant_ids")),
        ("access_token", "AUXILIARY_TENANT_IDS=a", refused("auxiliary_tenant_ids")),
        ("", "AUXILIARY_TENANT_IDS=a;b;c", Cli),
        ("", "AUXILIARY_TENANT_IDS=a;b;c;d", refused("auxiliary_tenant_ids")),
    ] {
        expect(arguments, variables, &expected);
    }
}

#[test]
fn what_proves_a_principal_is_looked_at_where_it_is_given() {
    let principal = "tenant_id client_id";
    let fixture = |name: &str| CERTIFICATE.replace("bundle.pem", name);
    for (arguments, argument, words) in [
        (
            format!("client_certificate_path={}", fixture("gone.pem")),
            "client_certificate_path",
            "No such file",
        ),
        (
            format!("client_certificate_path={}", fixture("README.md")),
            "client_certificate_path",
            "neither PKCS #12",
        ),
        (
            format!("client_certificate_path={}", fixture("rc2.pfx")),
            "client_certificate_password",
            "no password",
        ),
        (
            format!(
                "client_certificate_path={} client_certificate_password=wrong",
                fixture("rc2.pfx")
            ),
            "client_certificate_password",
            "does not open it",
        ),
        (
            format!("client_certificate_path={}", fixture("expired.pem")),
            "client_certificate_path",
            "valid until",
        ),
        (
            format!("client_certificate_path={}", fixture("ec.pem")),
            "client_certificate_path",
            "RSA",
        ),
        ("client_certificate=%%%".to_owned(), "client_certificate", "not base64"),
        ("client_certificate=AAAA".to_owned(), "client_certificate", "neither PKCS #12"),
        (
            "use_oidc=true oidc_request_token oidc_request_url=http://a.example".to_owned(),
            "oidc_request_url",
            "https",
        ),
        (
            "use_oidc=true oidc_request_token oidc_request_url=nonsense".to_owned(),
            "oidc_request_url",
            "not a URL",
        ),
        (
            "use_oidc=true oidc_request_token oidc_request_url=https://u:p@a".to_owned(),
            "oidc_request_url",
            "password",
        ),
    ] {
        let error = settle(&block(&format!("{principal} {arguments}")), &[]).expect_err(&arguments);
        assert_eq!(error.path, Some(argument.into()), "{arguments}");
        assert!(error.detail.contains(words), "{arguments}: {}", error.detail);
    }
    let certificate = format!("client_certificate_path={CERTIFICATE}");
    expect(&certificate, "CLIENT_ID", &refused("tenant_id"));
    expect(&format!("{certificate} use_cli=true"), "TENANT_ID", &refused("client_id"));
}

#[test]
fn the_advice_works_beside_other_providers() {
    let refusal = |arguments: &str, variables: &[(&str, &str)]| -> Diagnostic {
        settle(&block(arguments), variables).expect_err("it is refused")
    };
    for (error, words) in [
        (
            refusal("client_id", &[]),
            vec!["`client_id`", "`client_secret`", "ARM_CLIENT_SECRET", "use_msi = true"],
        ),
        (
            refusal("use_cli=false", &[("ARM_CLIENT_ID", "x")]),
            vec!["ARM_CLIENT_ID", "`client_secret`", "use_oidc = true"],
        ),
        (
            refusal("", &[("ARM_USE_OIDC", "true")]),
            vec!["ARM_USE_OIDC", "use_cli = true", "provider \"azureml\"", "id-token: write"],
        ),
        (
            refusal("use_aks_workload_identity=true", &[("AZURE_CLIENT_ID", "c")]),
            vec!["`tenant_id`", "AZURE_TENANT_ID", "use_cli = true", "service account"],
        ),
    ] {
        let text = format!("{}: {}", error.summary, error.detail);
        for word in words {
            assert!(text.contains(word), "{word} is missing in: {text}");
        }
        assert!(!text.to_lowercase().contains("unset"), "{text}");
    }
}

#[test]
fn secrets_of_a_method_are_learned_and_never_printed() {
    for (arguments, variables, expected) in [
        ("access_token=canary-1", "", vec!["canary-1"]),
        ("tenant_id client_id client_secret=canary-2", "", vec!["canary-2"]),
        (
            &format!(
                "tenant_id client_id client_certificate_password=canary-3 client_certificate_path={CERTIFICATE}"
            ),
            "",
            vec![CERTIFICATE, "canary-3"],
        ),
        ("tenant_id client_id use_oidc=true oidc_token=canary-4", "", vec!["canary-4"]),
        (
            "tenant_id client_id use_oidc=true",
            "OIDC_REQUEST_URL=https://a/?k=canary OIDC_REQUEST_TOKEN=canary-5",
            vec!["canary-5"],
        ),
        ("use_msi=true", "IDENTITY_ENDPOINT=http://a IDENTITY_HEADER=canary-6", vec!["canary-6"]),
    ] {
        let exported = environment(variables);
        let exported: Vec<_> = exported.iter().map(|(name, value)| (&**name, &**value)).collect();
        let method = settle(&block(arguments), &exported).expect("settings").sign_in.method;
        let method = method.expect("a method");
        let secrets: Vec<_> = method.secrets().into_iter().map(|it| it.expose().clone()).collect();
        assert_eq!(secrets, expected, "{arguments}");
        assert!(!format!("{method:?}").contains("canary-"), "{method:?}");
    }
}

#[test]
fn the_guide_has_the_arguments_of_every_method() {
    let guide = include_str!("../../guides/authentication.md");
    let methods = describe_methods(&[]);
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
    let certificate = format!("tenant_id client_id client_certificate_path={CERTIFICATE}");
    let pod = "use_aks_workload_identity=true tenant_id client_id oidc_token_file_path=/t";
    for (arguments, expected) in [
        ("access_token", vec!["access token"]),
        (&*certificate, vec!["client certificate"]),
        ("tenant_id client_id client_secret", vec!["client secret"]),
        ("tenant_id client_id use_oidc=true oidc_token", vec!["OIDC"]),
        (pod, vec!["workload identity"]),
        ("use_msi=true", vec!["managed identity"]),
        ("use_cli=true", vec!["Azure CLI"]),
        ("use_cli=false", vec![]),
    ] {
        let sign_in = settle(&block(arguments), &[]).expect("settings").sign_in;
        let services = Services {
            cloud: &Cloud::public().into(),
            transport: &transport,
            direct_transport: &transport,
        };
        let sources = sign_in.token_sources(&services);
        let names: Vec<_> = sources.iter().map(|source| source.name()).collect();
        assert_eq!(names, expected);
        assert_eq!(sign_in.cluster_token_sources(&services).is_none(), arguments == "access_token");
        // An error tells of each method whether it is the one that failed.
        let told = describe_methods(&names);
        assert_eq!(told.lines().count(), 7, "{told}");
        assert_eq!(told.matches("failed as above").count(), names.len(), "{told}");
    }
}
