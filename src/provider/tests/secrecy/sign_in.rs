//! Each way to sign in, where it is refused, and where what comes after is.

use std::path::Path;

use azure::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::repeater::{Answer, half, lost, page, redirect, refuse, refuse_sign_in};
use super::{CLIENT_SECRET, ID_TOKEN, Scene, extension};

const IDENTITY_HEADER: &str = "3mIdent1tyHeader7y";
const REQUEST_TOKEN: &str = "5rRequestT0kenOfTheJob2h";
const GIVEN_TOKEN: &str = "8nGivenAccessT0ken1j";
const PASSWORD: &str = "pässwörd";

const PRINCIPAL: [(&str, &str); 2] = [("ARM_TENANT_ID", "t"), ("ARM_CLIENT_ID", "c")];
const OIDC: (&str, &str) = ("ARM_USE_OIDC", "true");

/// A way to sign in, what of it a service comes to see, and what nobody ever does.
struct Way {
    name: &'static str,
    variables: Vec<(&'static str, String)>,
    seen: Vec<&'static str>,
    unseen: Vec<String>,
    /// What is asked first, by its method and a part of its URL.
    first: (Method, &'static str),
}

fn way(
    name: &'static str, variables: &[(&'static str, &str)], seen: &[&'static str],
    first: (Method, &'static str),
) -> Way {
    let variables = variables.iter().map(|&(name, value)| (name, value.to_owned())).collect();
    Way { name, variables, seen: seen.to_vec(), unseen: Vec::new(), first }
}

/// A principal with what proves it.
fn principal(name: &'static str, variables: &[(&'static str, &str)], seen: &[&'static str]) -> Way {
    let all = [&PRINCIPAL[..], variables].concat();
    way(name, &all, seen, (Method::POST, "https://login.example/"))
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/sign_in/");
    std::fs::read(format!("{folder}{name}")).expect("a fixture")
}

/// A secret or a token, given by itself or in a file.
fn ways_of_a_principal(folder: &Path) -> [Way; 5] {
    let file = |name: &str, content: &str| {
        let path = folder.join(name);
        std::fs::write(&path, content).expect("a file");
        path.display().to_string()
    };
    let (secret, token) = (file("secret", CLIENT_SECRET), file("token", ID_TOKEN));
    let pod = [("ARM_USE_AKS_WORKLOAD_IDENTITY", "true"), ("AZURE_FEDERATED_TOKEN_FILE", &*token)];
    [
        principal("secret", &[("ARM_CLIENT_SECRET", CLIENT_SECRET)], &[CLIENT_SECRET]),
        principal("secret file", &[("ARM_CLIENT_SECRET_FILE_PATH", &secret)], &[CLIENT_SECRET]),
        principal("token", &[OIDC, ("ARM_OIDC_TOKEN", ID_TOKEN)], &[ID_TOKEN]),
        principal("token file", &[OIDC, ("ARM_OIDC_TOKEN_FILE_PATH", &token)], &[ID_TOKEN]),
        principal("pod", &pod, &[ID_TOKEN]),
    ]
}

/// What they sign themselves is seen; neither bundle, key nor password ever is.
fn ways_of_a_certificate() -> [Way; 2] {
    let (pem, bundle) = (fixture("bundle.pem"), STANDARD.encode(fixture("rc2.pfx")));
    let text = String::from_utf8_lossy(&pem).into_owned();
    let key = text.split("-----BEGIN PRIVATE KEY-----").nth(1).and_then(|key| key.lines().nth(3));
    let key = key.expect("a line of the key").to_owned();
    let pem = STANDARD.encode(&pem);
    let protected =
        [("ARM_CLIENT_CERTIFICATE", &*bundle), ("ARM_CLIENT_CERTIFICATE_PASSWORD", PASSWORD)];
    let mut ways = [
        principal("PEM", &[("ARM_CLIENT_CERTIFICATE", &pem)], &[]),
        principal("PKCS #12", &protected, &[]),
    ];
    ways[0].unseen = vec![pem, key];
    ways[1].unseen = vec![bundle, PASSWORD.to_owned()];
    ways
}

/// A pipeline, a service of Azure, and a token that somebody else has fetched.
fn ways_of_the_surroundings() -> [Way; 4] {
    let job = |more: &[(&'static str, &'static str)]| {
        [&PRINCIPAL[..], &[OIDC, ("ARM_OIDC_REQUEST_TOKEN", REQUEST_TOKEN)], more].concat()
    };
    let github = job(&[("ARM_OIDC_REQUEST_URL", "https://pipeline.example/github")]);
    let devops = job(&[
        ("ARM_OIDC_REQUEST_URL", "https://pipeline.example/devops"),
        ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "s"),
    ]);
    let app = [
        ("ARM_USE_MSI", "true"),
        ("IDENTITY_ENDPOINT", "http://127.0.0.1:9/msi/token"),
        ("IDENTITY_HEADER", IDENTITY_HEADER),
    ];
    let given = [("AZUREML_ACCESS_TOKEN", GIVEN_TOKEN)];
    let seen = [REQUEST_TOKEN, ID_TOKEN];
    [
        way("GitHub", &github, &seen, (Method::GET, "/github")),
        way("Azure DevOps", &devops, &seen, (Method::POST, "/devops")),
        way("App Service", &app, &[IDENTITY_HEADER], (Method::GET, "/msi/token")),
        way("access token", &given, &[GIVEN_TOKEN], (Method::GET, "https://arm.example/")),
    ]
}

/// All ways but the Azure CLI, which is a program, and an Arc server, whose keys lie in a folder of the system.
fn ways(folder: &Path) -> Vec<Way> {
    let of_principals = ways_of_a_principal(folder).into_iter().chain(ways_of_a_certificate());
    of_principals.chain(ways_of_the_surroundings()).collect()
}

impl Way {
    fn scene(&self) -> Scene {
        let variables: Vec<_> =
            self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut scene = Scene::new(&variables);
        scene.others = self.unseen.clone();
        scene
    }
}

/// Everything that may come in place of a token.
const REFUSALS: [(&str, Answer); 9] = [
    ("400", refuse_sign_in::<400>),
    ("401", refuse_sign_in::<401>),
    ("200 without a token", refuse_sign_in::<200>),
    ("an error of another form", refuse::<403>),
    ("a page", page::<200>),
    ("a page that refuses", page::<403>),
    ("a redirect", redirect),
    ("half", half),
    ("a proxy that refuses", lost::<5>),
];

#[tokio::test(start_paused = true)]
async fn no_way_to_sign_in_shows_a_secret_where_it_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for way in ways(folder.path()) {
        let scene = way.scene();
        for (name, answer) in REFUSALS {
            let case = format!("{}: {name}", way.name);
            let (method, part) = way.first.clone();
            scene.azure.fails(method, part, answer);
            let mut core = scene.core("arc_extension");
            let told = core.apply(&extension(1, json!({}))).await;
            assert!(told.iter().any(|text| text.starts_with("error ")), "{case}: {told:#?}");
            scene.keeps(&case, &core, &told);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_way_to_sign_in_shows_a_secret_where_it_works() {
    let folder = tempfile::tempdir().expect("a folder");
    for way in ways(folder.path()) {
        let scene = way.scene();
        let mut core = scene.core("arc_extension");
        let told = core.apply(&extension(1, json!({}))).await;
        assert_eq!(told, [""; 0], "{}", way.name);
        scene.azure.fails(Method::PATCH, "/extensions/aml", refuse::<403>);
        let told = core.apply(&extension(2, json!({}))).await;
        assert!(told.iter().any(|text| text.contains("(sensitive)")), "{}: {told:#?}", way.name);
        scene.knows(way.name, &way.seen);
        scene.keeps(way.name, &core, &told);
    }
}
