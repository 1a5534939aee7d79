//! Each credential against what gives its tokens in the emulator, which behaves by Microsoft's documentation: how it
//! signs in, and what it says of each bad input. At the end, the built provider signs in as pipelines do.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use azure::credential::federated_identity::{
    AzureDevOps, GitHub, IdToken, IdTokenFile, RequestUrl,
};
use azure::credential::{
    CertificateBundle, ClientCertificate, ClientSecret, FederatedIdentity, IdentityEndpoint,
    ManagedIdentity, Principal, TokenRequest, TokenSource,
};
use azure::{Client, Cloud, Transport};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emulator::Options;
use framework::Sensitive;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::arc_extension::{cluster, resource};
use crate::support::azure::Azure;
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{REQUIRED_PROVIDERS, stage_in};

/// The application of AKS, whose tokens clusters take.
const AKS_SCOPE: &str = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";
const TENANT: &str = "00000000-0000-0000-0000-00000000000a";
const OTHER_TENANT: &str = "00000000-0000-0000-0000-00000000000d";
const CLIENT: &str = "00000000-0000-0000-0000-00000000000c";
const REQUEST_TOKEN: &str = "emulator-request-token";
const SERVICE_CONNECTION: &str = "00000000-0000-0000-0000-0000000000f1";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sign_in").join(name)
}

/// An Azure over TLS whose application has the certificate of the fixtures.
fn azure_with_certificate() -> Azure {
    let client_certificates = vec![fixture("certificate.crt")];
    Azure::over_tls_with(Options { client_certificates, ..Options::default() })
}

fn variable<'a>(azure: &'a Azure, name: &str) -> &'a str {
    azure.environment().get(name).unwrap_or_else(|| panic!("{name} is not set"))
}

/// The cloud that this Azure is, and the way to it.
fn reach(azure: &Azure) -> (Cloud, Arc<dyn Transport>) {
    let endpoint = variable(azure, "ARM_RESOURCE_MANAGER_ENDPOINT");
    let authority = variable(azure, "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST");
    let cloud = Cloud::from_endpoint(endpoint, None, Some(authority)).expect("a cloud");
    let authority = azure.environment().get("AZUREML_CA_CERTIFICATE_PATH");
    let authority = authority.map(|file| fs::read(file).expect("the authority's certificate"));
    (cloud, Arc::new(Client::new(authority, None)))
}

fn principal() -> Principal {
    Principal { tenant: TENANT.to_owned(), client: CLIENT.to_owned() }
}

/// The token that a source gives for a scope, or its reason.
fn fetch(source: &dyn TokenSource, scope: &str, tenant: Option<&str>) -> Result<String, String> {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let request = TokenRequest { scope, tenant, claims: None };
    let fetched = runtime.block_on(source.fetch_token(&request));
    fetched.map(|fetched| fetched.token.expose().to_owned())
}

/// A source gives tokens for Resource Manager, and others for the clusters of AKS.
#[track_caller]
fn gives_tokens(azure: &Azure, source: &dyn TokenSource) {
    let (cloud, _) = reach(azure);
    let token = fetch(source, &cloud.scope(), None).unwrap_or_else(|reason| panic!("{reason}"));
    assert!(token.starts_with("emulator."), "{token}");
    let token = fetch(source, AKS_SCOPE, None).unwrap_or_else(|reason| panic!("{reason}"));
    assert_eq!(token.split('.').count(), 3, "a signed token: {token}");
}

/// A source gives none, and says so.
#[track_caller]
fn refuses(azure: &Azure, source: &dyn TokenSource, expected: &str) {
    let (cloud, _) = reach(azure);
    let reason = fetch(source, &cloud.scope(), None).expect_err(expected);
    assert!(reason.contains(expected), "{expected}: {reason}");
    for secret in ["eyJ", REQUEST_TOKEN, "emulator-client-secret", "emulator-identity-header"] {
        assert!(!reason.contains(secret), "{secret} is in {reason}");
    }
    assert!(!reason.contains('\n'), "{reason}");
}

// === certificates and secrets ===

fn certificate(azure: &Azure, name: &str, principal: Principal) -> ClientCertificate {
    let (cloud, transport) = reach(azure);
    let bytes = fs::read(fixture(name)).expect("a fixture");
    let password = if name.starts_with("bundle") { "" } else { "pässwörd" };
    let bundle = CertificateBundle::read(&bytes, &Sensitive::from(password)).expect("a bundle");
    ClientCertificate::new(&cloud, principal, Arc::new(bundle), transport)
}

#[test]
fn a_certificate_signs_in_whatever_it_is_packed_in() {
    let azure = azure_with_certificate();
    for name in ["bundle.pem", "encrypted.pem", "modern.pfx", "rc2.pfx", "3des.pfx", "no-mac.pfx"] {
        gives_tokens(&azure, &certificate(&azure, name, principal()));
    }
}

#[test]
fn each_principal_that_entra_does_not_take_is_told_with_its_fix() {
    let (azure, without) = (azure_with_certificate(), Azure::over_tls());
    let stranger = Principal { client: SERVICE_CONNECTION.to_owned(), ..principal() };
    let elsewhere = Principal { tenant: "contoso.example".to_owned(), ..principal() };
    for (azure, principal, expected) in [
        (&without, principal(), "AADSTS700027"),
        (&without, principal(), "Upload the certificate"),
        (&azure, stranger, "AADSTS700016"),
        (&azure, elsewhere, "AADSTS90002"),
    ] {
        refuses(azure, &certificate(azure, "bundle.pem", principal), expected);
    }
    let (cloud, transport) = reach(&azure);
    let secret = |secret: &'static str| {
        ClientSecret::new(&cloud, principal(), Sensitive::from(secret), transport.clone())
    };
    gives_tokens(&azure, &secret("emulator-client-secret"));
    refuses(&azure, &secret("wrong"), "AADSTS7000215");
    refuses(&azure, &secret("wrong"), "not its ID");
    // Whoever does not know the authority of the endpoint sends it nothing.
    let blind: Arc<dyn Transport> = Arc::new(Client::new(None, None));
    let secret =
        ClientSecret::new(&cloud, principal(), Sensitive::from("emulator-client-secret"), blind);
    refuses(&azure, &secret, "TLS: ");
}

#[test]
fn a_principal_signs_in_to_other_tenants_where_it_is_known() {
    let azure = azure_with_certificate();
    let (cloud, _) = reach(&azure);
    let source = certificate(&azure, "modern.pfx", principal());
    assert!(fetch(&source, &cloud.scope(), Some(OTHER_TENANT)).is_ok());
    let reason = fetch(&source, &cloud.scope(), Some("contoso.example")).expect_err("unknown");
    assert!(reason.contains("AADSTS90002"), "{reason}");
    let asked: Vec<_> = azure.exchanges().into_iter().map(|seen| seen.path).collect();
    assert_eq!(asked[0], format!("/{OTHER_TENANT}/oauth2/v2.0/token"));
}

/// A service sends a challenge for claims only to a client that says it will answer.
#[test]
fn a_principal_says_that_it_answers_challenges_and_repeats_their_claims() {
    let azure = azure_with_certificate();
    let (cloud, transport) = reach(&azure);
    let secret = Sensitive::from("emulator-client-secret");
    let token = IdToken::new(&Sensitive::from(azure.id_token(&json!({}))));
    let sources: [Box<dyn TokenSource>; 3] = [
        Box::new(ClientSecret::new(&cloud, principal(), secret, transport)),
        Box::new(certificate(&azure, "bundle.pem", principal())),
        Box::new(federated(&azure, Box::new(token))),
    ];
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    for source in sources {
        for claims in [None, Some(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#)] {
            let request = TokenRequest { scope: AKS_SCOPE, tenant: None, claims };
            let fetched = runtime.block_on(source.fetch_token(&request));
            let token = fetched.unwrap_or_else(|reason| panic!("{}: {reason}", source.name()));
            let payload = token.token.expose().split('.').nth(1).expect("a signed token");
            let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64");
            let payload: Value = serde_json::from_slice(&payload).expect("JSON");
            assert_eq!(payload["xms_cc"], json!(["cp1"]), "{}", source.name());
            let acrs = if claims.is_some() { json!("c1") } else { Value::Null };
            assert_eq!(payload["acrs"], acrs, "{}", source.name());
        }
    }
}

// === tokens of other issuers ===

fn federated(
    azure: &Azure, issuer: Box<dyn azure::credential::federated_identity::IdTokenSource>,
) -> FederatedIdentity {
    let (cloud, transport) = reach(azure);
    FederatedIdentity::new("OIDC", &cloud, principal(), issuer, transport)
}

#[test]
fn a_token_signs_in_and_each_bad_one_is_told_for_what_it_is() {
    let azure = Azure::over_tls();
    let given =
        |token: &str| federated(&azure, Box::new(IdToken::new(&Sensitive::from(token.to_owned()))));
    gives_tokens(&azure, &given(&azure.id_token(&json!({}))));
    let pod = json!({ "sub": "system:serviceaccount:ml:terraform" });
    gives_tokens(&azure, &given(&azure.id_token(&pod)));
    let fork = json!({ "sub": "repo:somebody/fork:ref:refs/heads/main" });
    for (claims, expected) in [
        (json!({ "exp": 1_000_000_000 }), "AADSTS700024"),
        (json!({ "exp": 1_000_000_000 }), "has expired"),
        (json!({ "nbf": 4_000_000_000_u64 }), "AADSTS700024"),
        (json!({ "aud": "https://github.com/contoso" }), "AADSTS700212"),
        (json!({ "iss": "https://token.example" }), "AADSTS700211"),
        (fork.clone(), "AADSTS700213"),
        (fork, "its subject repo:somebody/fork:ref:refs/heads/main, its audience api://Azure"),
    ] {
        refuses(&azure, &given(&azure.id_token(&claims)), expected);
    }
    let good = azure.id_token(&json!({}));
    let (signed, _) = good.rsplit_once('.').expect("a signature");
    refuses(&azure, &given(&format!("{signed}.c2lnbmF0dXJl")), "AADSTS50013");
    for nonsense in ["", "canary", "a.b.c", "{}"] {
        refuses(&azure, &given(nonsense), "no JSON web token");
    }
}

#[test]
fn a_token_file_that_is_rotated_is_read_again() {
    let azure = Azure::over_tls();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    let source = federated(&azure, Box::new(IdTokenFile::new(path.clone())));
    refuses(&azure, &source, "No such file");
    let write = |text: &str| fs::write(&path, text).expect("the file can be written");
    write(" \n");
    refuses(&azure, &source, "it is empty");
    write(&azure.id_token(&json!({ "exp": 1_000_000_000 })));
    refuses(&azure, &source, "AADSTS700024");
    write(&(azure.id_token(&json!({})) + "\n"));
    gives_tokens(&azure, &source);
}

#[test]
fn a_pipeline_is_asked_for_its_token_and_redirects_are_not_followed() {
    let azure = Azure::over_tls();
    let (_, transport) = reach(&azure);
    let origin = variable(&azure, "ARM_RESOURCE_MANAGER_ENDPOINT");
    let url = |path: &str| RequestUrl::parse(&format!("{origin}{path}")).expect("a URL");
    let github = |token: &str| {
        let token = Sensitive::from(token.to_owned());
        federated(
            &azure,
            Box::new(GitHub::new(url("/oidc/github?api-version=2.0"), &token, transport.clone())),
        )
    };
    let devops = |token: &str, connection: &str| {
        let (url, token) = (url("/oidc/azure-devops"), Sensitive::from(token.to_owned()));
        let connection = connection.to_owned();
        federated(&azure, Box::new(AzureDevOps::new(url, &token, connection, transport.clone())))
    };
    gives_tokens(&azure, &github(REQUEST_TOKEN));
    gives_tokens(&azure, &devops(REQUEST_TOKEN, SERVICE_CONNECTION));
    refuses(&azure, &github("wrong"), "the request token is not accepted");
    refuses(&azure, &devops("wrong", SERVICE_CONNECTION), "the request token is not accepted");
    refuses(&azure, &devops(REQUEST_TOKEN, TENANT), "gave no token: 404");
    let asked = json!({ "path": "/oidc/" });
    let (page, none) = (json!("<html>canary</html>"), json!({ "value": "" }));
    let expired = json!({ "value": azure.id_token(&json!({ "exp": 1_000_000_000 })) });
    for (then, expected) in [
        (
            json!({ "status": 302, "headers": { "location": format!("{origin}/evil") } }),
            "302 Found",
        ),
        (json!({ "body": page }), "answered without a `value`"),
        (json!({ "body": none }), "answered without a `value`"),
        (json!({ "body": expired }), "AADSTS700024"),
    ] {
        azure.fails(&asked, &then);
        refuses(&azure, &github(REQUEST_TOKEN), expected);
    }
    assert!(azure.exchanges().iter().all(|seen| seen.path != "/evil"), "no redirect is followed");
}

// === managed identities ===

fn managed(
    azure: &Azure, path: &str, kind: impl FnOnce(url::Url) -> IdentityEndpoint,
    client: Option<&str>,
) -> ManagedIdentity {
    let origin = variable(azure, "ARM_RESOURCE_MANAGER_ENDPOINT");
    let url = url::Url::parse(&format!("{origin}{path}")).expect("a URL");
    ManagedIdentity::new(kind(url), client.map(str::to_owned), Arc::new(Client::direct(None)))
}

#[test]
fn a_virtual_machine_has_the_systems_identity_or_an_assigned_one() {
    let azure = Azure::start();
    let imds = |client: Option<&str>| {
        managed(
            &azure,
            "/metadata/identity/oauth2/token",
            |url| IdentityEndpoint::Imds { url },
            client,
        )
    };
    for client in [None, Some("00000000-0000-0000-0000-0000000000c2")] {
        gives_tokens(&azure, &imds(client));
    }
    refuses(&azure, &imds(Some(CLIENT)), "Identity not found Is the identity with the client ID");
    let asked = json!({ "path": "/metadata/identity", "query": "resource=" });
    for (then, expected) in [
        (
            json!({ "status": 403, "body": { "error": "connecting: network unreachable" } }),
            "there is no identity service",
        ),
        (json!({ "body": "<html></html>" }), "there is no identity service"),
        (json!({ "body": {} }), "brought no token"),
    ] {
        azure.fails(&asked, &then);
        refuses(&azure, &imds(None), expected);
    }
    let nowhere = Azure::start();
    let gone = managed(
        &nowhere,
        "/metadata/identity/oauth2/token",
        |url| IdentityEndpoint::Imds { url },
        None,
    );
    drop(nowhere);
    refuses(&azure, &gone, "is this a machine in Azure?");
}

#[test]
fn an_app_service_wants_its_header() {
    let azure = Azure::start();
    let app = |header: &'static str, client: Option<&str>| {
        let kind = |url| IdentityEndpoint::AppService { url, header: Sensitive::from(header) };
        managed(&azure, "/app-service/msi/token", kind, client)
    };
    gives_tokens(&azure, &app("emulator-identity-header", None));
    gives_tokens(
        &azure,
        &app("emulator-identity-header", Some("00000000-0000-0000-0000-0000000000c3")),
    );
    refuses(&azure, &app("another-header", None), "The identity header is missing or wrong.");
    refuses(&azure, &app("emulator-identity-header", Some(CLIENT)), "No User Assigned");
}

#[test]
fn an_arc_server_wants_the_key_of_a_file_in_its_own_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = folder.path().join("tokens");
    let azure = Azure::with(Options { arc_keys: Some(keys.clone()), ..Options::default() });
    let arc = |key_folder: &Path| {
        let key_folder = key_folder.to_owned();
        let kind = |url| IdentityEndpoint::ArcServer { url, key_folder };
        managed(&azure, "/arc/metadata/identity/oauth2/token", kind, None)
    };
    gives_tokens(&azure, &arc(&keys));
    refuses(&azure, &arc(folder.path()), "not in the folder of the agent's keys");
    let asked = json!({ "path": "/arc/" });
    let names = |file: &str| json!({ "status": 401, "headers": { "www-authenticate": format!("Basic realm={file}") } });
    let large = keys.join("large.key");
    fs::write(&large, "x".repeat(4097)).expect("the file can be written");
    for (then, expected) in [
        (names("/etc/passwd"), "no .key file"),
        (names("/etc/shadow.key"), "No such file"),
        (names(&large.to_string_lossy()), "larger than 4096 bytes"),
        (json!({ "status": 401 }), "names no file"),
        (json!({ "status": 404, "body": {} }), "did not ask for a key first: 404"),
    ] {
        azure.forget();
        azure.fails(&asked, &then);
        refuses(&azure, &arc(&keys), expected);
        assert_eq!(azure.exchanges().len(), 1, "{expected}: no key is shown");
    }
}

// === the built provider ===

/// A way to sign in as users set it up: by variables.
struct Way {
    azure: fn() -> Azure,
    /// In these `{origin}` stands for the emulator's address, `{token}` for a file with a pod's token, and
    /// `{fixtures}` for the folder of the certificates.
    variables: &'static [(&'static str, &'static str)],
    /// Where its tokens are asked for, by one request for each place.
    asked: &'static [&'static str],
    /// What never comes out, not even in a trace.
    secrets: &'static [&'static str],
}

const ENTRA: &str = "/00000000-0000-0000-0000-00000000000a/oauth2/v2.0/token";

const WAYS: [Way; 6] = [
    Way {
        azure: Azure::over_tls,
        variables: &[("ARM_CLIENT_SECRET", "emulator-client-secret")],
        asked: &[ENTRA],
        secrets: &["emulator-client-secret"],
    },
    Way {
        azure: azure_with_certificate,
        variables: &[
            ("ARM_CLIENT_CERTIFICATE_PATH", "{fixtures}/rc2.pfx"),
            ("ARM_CLIENT_CERTIFICATE_PASSWORD", "pässwörd"),
        ],
        asked: &[ENTRA],
        secrets: &["pässwörd", "client_assertion", "eyJ"],
    },
    Way {
        azure: Azure::over_tls,
        variables: &[
            ("ARM_USE_OIDC", "true"),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "{origin}/oidc/github?api-version=2.0"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN),
        ],
        asked: &["/oidc/github", ENTRA],
        secrets: &[REQUEST_TOKEN, "eyJ"],
    },
    Way {
        azure: Azure::over_tls,
        variables: &[
            ("ARM_USE_OIDC", "true"),
            ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", SERVICE_CONNECTION),
            ("SYSTEM_OIDCREQUESTURI", "{origin}/oidc/azure-devops"),
            ("SYSTEM_ACCESSTOKEN", REQUEST_TOKEN),
        ],
        asked: &["/oidc/azure-devops", ENTRA],
        secrets: &[REQUEST_TOKEN, "eyJ"],
    },
    Way {
        azure: Azure::over_tls,
        variables: &[
            ("ARM_USE_AKS_WORKLOAD_IDENTITY", "true"),
            ("AZURE_CLIENT_ID", CLIENT),
            ("AZURE_TENANT_ID", TENANT),
            ("AZURE_FEDERATED_TOKEN_FILE", "{token}"),
        ],
        asked: &[ENTRA],
        secrets: &["client_assertion", "eyJ"],
    },
    Way {
        azure: Azure::start,
        variables: &[
            ("ARM_USE_MSI", "true"),
            ("IDENTITY_ENDPOINT", "{origin}/app-service/msi/token"),
            ("IDENTITY_HEADER", "emulator-identity-header"),
            // Never asked: it is on this machine.
            ("HTTP_PROXY", "http://127.0.0.1:9"),
        ],
        asked: &["/app-service/msi/token"],
        secrets: &["emulator-identity-header", "Bearer emulator."],
    },
];

#[test]
fn the_provider_signs_in_in_each_way() {
    for way in WAYS {
        let azure = (way.azure)();
        let origin = variable(&azure, "ARM_RESOURCE_MANAGER_ENDPOINT").to_owned();
        stage_in(&azure, TERRAFORM_1_11, |azure, cli| {
            for name in ["AZUREML_ACCESS_TOKEN", "ARM_CLIENT_SECRET"] {
                cli.unset(name);
            }
            let pod = json!({ "sub": "system:serviceaccount:ml:terraform" });
            cli.write_file("token", &azure.id_token(&pod));
            let token = cli.path("token").display().to_string();
            for (name, value) in way.variables {
                let value = value.replace("{origin}", &origin).replace("{token}", &token);
                cli.set(name, &value.replace("{fixtures}", &fixture("").display().to_string()));
            }
            cli.set("TF_LOG", "TRACE");
            let cluster = format!(
                "data \"azureml_connected_cluster\" \"it\" {{\n  id = {:?}\n}}\n",
                cluster()
            );
            cli.write(&format!("{REQUIRED_PROVIDERS}{cluster}"));
            let plan = cli.run(&["plan", "-no-color"]);
            plan.succeeds();
            for secret in way.secrets {
                plan.never_says(secret);
            }
        });
        let exchanges = azure.exchanges();
        for place in way.asked {
            let asked = exchanges.iter().filter(|seen| seen.path == *place).count();
            assert_eq!(asked, 1, "one token serves one run: {place}");
        }
    }
}

#[test]
fn a_federated_credential_that_is_missing_is_told_with_what_it_must_say() {
    let azure = Azure::over_tls();
    let token = azure.id_token(&json!({ "sub": "repo:somebody/fork:pull_request" }));
    stage_in(&azure, TERRAFORM_1_11, |_, cli| {
        cli.unset("AZUREML_ACCESS_TOKEN");
        cli.unset("ARM_CLIENT_SECRET");
        cli.set("ARM_USE_OIDC", "true");
        cli.set("ARM_OIDC_TOKEN", &token);
        cli.write(&resource("  enable_training = true\n"));
        let apply = cli.apply();
        let told = apply.fails_with("OIDC: AADSTS700213");
        told.says("repo:somebody/fork:pull_request").says("Add a federated credential");
        apply.never_says(&token);
    });
    let writes: Vec<Value> = azure.writes().into_iter().map(|seen| seen.body).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

/// The address is one that nobody has (RFC 5737), so that it is not on this machine.
#[test]
fn a_managed_identity_is_never_asked_through_a_proxy() {
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    proxy.set_nonblocking(true).expect("it can be looked at without waiting");
    let at = format!("http://{}", proxy.local_addr().expect("it has an address"));
    stage_in(&Azure::start(), TERRAFORM_1_11, |_, cli| {
        cli.unset("AZUREML_ACCESS_TOKEN");
        cli.set("ARM_USE_MSI", "true");
        cli.set("ARM_MSI_ENDPOINT", "http://192.0.2.1/metadata/identity/oauth2/token");
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            cli.set(name, &at);
        }
        cli.write(&resource("  enable_training = true\n"));
        cli.apply().fails_with("there is no identity service at http://192.0.2.1");
    });
    let met = proxy.accept().map(drop).expect_err("nothing came to the proxy");
    assert_eq!(met.kind(), std::io::ErrorKind::WouldBlock);
}
