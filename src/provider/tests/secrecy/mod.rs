//! Each secret that the provider has to do with is a word of its own, and none of them comes out: of no class of
//! errors, in no diagnostic, in no state and in no line of the log.

mod cluster;
mod errors;
mod repeater;
mod sign_in;

use std::ffi::OsString;

use azure::Transport;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use framework::Server;
use serde_json::{Value as Json, json};
use testing::canaries::find_leak;
use testing::{Core, LoggedLines};

use super::{GROUP, Memory};
use crate::clients::Transports;
use crate::config::{Config, Settings};
use crate::context::AzureMl;
use repeater::Repeater;

const PROXY_PASSWORD: &str = "9xPr0xyPassw0rd3v";
const CLIENT_SECRET: &str = "7kCl1ent~Secret/2w+Q";
const ACCESS_TOKEN: &str = "4tAccessT0kenOfManager8z";
const PROTECTED: &str = "hG5protected/\"value\"+9&";
const PASSING: &str = "zL2passing\\value=3%";
const RELAY_KEY: &str = "Rk8relayKey+7/pQwErTyUiOpAsDfGhJk=";
const BUS_KEY: &str = "Bb3busKey/5+mNbVcXzLkJhGfDsAqWeRt=";
const LOGS_KEY: &str = "Lw6logsKey+1/yXcVbNmAsDfGhJkQwErT=";
const KUBECONFIG_TOKEN: &str = "u5KubeconfigOfAzure1c";
/// As a pipeline hands it out: whose it is may be read, and its signature is all that is secret.
const ID_TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJpIiwic3ViIjoicyIsImF1ZCI6ImFwaTovL0F6dXJlQURUb2tlbkV4Y2hhbmdlIn0.MnE5c2lnbmVkSWRUb2tlbjZi";

/// What no text may have a part of.
const NEVER: [(&str, &str); 10] = [
    ("the password of the proxy", PROXY_PASSWORD),
    ("the client secret", CLIENT_SECRET),
    ("the access token", ACCESS_TOKEN),
    ("the ID token", ID_TOKEN),
    ("a protected setting", PROTECTED),
    ("a protected setting that is only passed on", PASSING),
    ("the key of the relay", RELAY_KEY),
    ("the key of the service bus", BUS_KEY),
    ("the key of the workspace of logs", LOGS_KEY),
    ("the token of the kubeconfig", KUBECONFIG_TOKEN),
];

/// What stands for all ways to sign in where another thing is looked at.
const BY_SECRET: &[(&str, &str)] =
    &[("ARM_TENANT_ID", "t"), ("ARM_CLIENT_ID", "c"), ("ARM_CLIENT_SECRET", CLIENT_SECRET)];

const ARC: &str = "Microsoft.Kubernetes/connectedClusters/c";
const AKS: &str = "Microsoft.ContainerService/managedClusters/k";

/// A provider in its environment, the service that it calls, and the log of both.
struct Scene {
    azure: Repeater,
    server: Server,
    log: LoggedLines,
    /// What no text may have a part of, beyond [`NEVER`].
    others: Vec<String>,
}

impl Scene {
    /// A provider that signs in as these variables say.
    fn new(variables: &[(&str, &str)]) -> Self {
        Self::of(&Config::default(), variables)
    }

    fn of(block: &Config, variables: &[(&str, &str)]) -> Self {
        let log = LoggedLines::catch();
        let proxy = format!("http://user:{PROXY_PASSWORD}@127.0.0.1:9");
        let lookup = |name: &str| {
            let always = [
                ("ARM_RESOURCE_MANAGER_ENDPOINT", "https://arm.example"),
                ("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", "https://login.example"),
                ("HTTPS_PROXY", proxy.as_str()),
            ];
            let mut all = variables.iter().copied().chain(always);
            all.find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        let settings = Settings::resolve(block, &lookup).expect("the settings are good");
        let azure = Repeater::over(memory());
        let transport = || -> std::sync::Arc<dyn Transport> { std::sync::Arc::new(azure.clone()) };
        let transports = Transports { proxied: transport(), direct: transport() };
        let provider = AzureMl::new(settings, transports);
        Self { server: Server::with(provider), azure, log, others: Vec::new() }
    }

    fn core(&self, resource: &str) -> Core {
        Core::new(resource, self.server.clone())
    }

    /// Nothing of any secret is in these texts, in the object's state or memory, or in what was logged since the last
    /// time.
    #[track_caller]
    fn keeps(&self, case: &str, core: &Core, told: &[String]) {
        let known = self.azure.known();
        let more = known.iter().chain(&self.others).map(|secret| ("what was sent", &**secret));
        let more = more.filter(|(_, secret)| NEVER.iter().all(|(_, other)| other != secret));
        let secrets = NEVER.into_iter().chain(more);
        let mut state = core.state();
        if let Some(given) = state.get_mut("configuration_protected_settings") {
            *given = Json::Null;
        }
        let private = String::from_utf8_lossy(&core.private).into_owned();
        // As the log's writer does with every field.
        let log = framework::redact_active(&self.log.take().join("\n"));
        // In one go, since forms take longer to make than to look for.
        let text = [told.join("\n"), state.to_string(), private, log];
        let text = text.join("\n=== the next: state, private state, log ===\n");
        assert_eq!(find_leak(&text, secrets), None, "{case}: {text}");
    }

    /// The service was sent each of these, or gave it: what it never knew it cannot repeat.
    #[track_caller]
    fn knows(&self, case: &str, secrets: &[&str]) {
        let known = self.azure.known();
        for secret in secrets {
            assert!(known.iter().any(|one| one == secret), "{case}: {secret} is not in {known:?}");
        }
    }
}

fn id(below: &str) -> String {
    format!("{GROUP}/{below}")
}

fn extension_id() -> String {
    id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml"))
}

/// A cluster of Arc, and one of AKS.
fn memory() -> Memory {
    let arc = json!({ "connectivityStatus": "Connected", "totalNodeCount": 3 });
    let aks = json!({ "fqdn": "127.0.0.1", "agentPoolProfiles": [{ "count": 3 }] });
    Memory::default()
        .with(&id(ARC), json!({ "name": "c", "location": "eastus", "properties": arc }))
        .with(&id(AKS), json!({ "name": "k", "location": "eastus", "properties": aks }))
}

/// An extension with everything that has a secret.
fn extension(version: i64, more: Json) -> Json {
    let mut config = json!({
        "name": "aml", "cluster_id": id(ARC), "enable_training": true,
        "relay": { "mode": "managed" }, "service_bus": { "mode": "managed" },
        "log_analytics": { "mode": "managed" },
        "configuration_protected_settings": { "a": PROTECTED },
        "configuration_protected_settings_wo": { "b": PASSING },
        "configuration_protected_settings_wo_version": version,
    });
    if let (Some(fields), Json::Object(more)) = (config.as_object_mut(), more) {
        fields.extend(more);
    }
    config
}

/// What Azure says of the way to the cluster of AKS: one with local accounts, at a port that nobody listens on.
fn kubeconfig_text() -> String {
    let authority = include_str!("../../clusters/tests/kubeconfig.b64").trim();
    let authority = STANDARD.decode(authority).expect("it is base64");
    let authority = String::from_utf8(authority).expect("it is text");
    let data = authority.split_once("certificate-authority-data: ").expect("it has one").1;
    let data = data.split(['\n', ',', '}']).next().unwrap_or_default().trim();
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
         clusters: [{{name: k, cluster: {{server: \"https://127.0.0.1:9\", \
         certificate-authority-data: {data}}}}}]\n\
         users: [{{name: u, user: {{token: {KUBECONFIG_TOKEN}}}}}]\n"
    )
}

fn kubeconfig() -> String {
    STANDARD.encode(kubeconfig_text())
}
