//! The programs of a cluster: one etcd for all, an API server for each, controllers where they are wanted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::Kind;
use super::identities::{AUDIENCE, ISSUER, Identities};
use super::process::{Process, free_port, new_folder, write};
use crate::support::tools::{ETCD, KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, OLDER_KUBE_APISERVER};

/// The application of AKS, for which its API servers take tokens.
const AKS_SERVER: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";

/// Of the administrator.
pub(super) const TOKEN: &str = "administrator";

/// Those that delete namespaces, and fill new ones.
const CONTROLLERS: &str =
    "namespace-controller,root-ca-certificate-publisher-controller,serviceaccount-controller";

/// Where the programs are.
pub(super) struct Programs {
    etcd: PathBuf,
    api_server: PathBuf,
    controller_manager: Option<PathBuf>,
}

impl Programs {
    /// `None` is a skip that has been reported.
    pub(super) fn find(kind: Kind) -> Option<Self> {
        let api_server = if kind == Kind::Older { OLDER_KUBE_APISERVER } else { KUBE_APISERVER };
        let (etcd, api_server) = (ETCD.find()?, api_server.find()?);
        let controller_manager = match kind {
            Kind::Controlled => Some(KUBE_CONTROLLER_MANAGER.find()?),
            _ => None,
        };
        Some(Self { etcd, api_server, controller_manager })
    }
}

/// Where an API server has its files, and how it is started.
pub(super) struct ApiServer {
    pub(super) identities: Identities,
    pub(super) port: u16,
    pub(super) folder: PathBuf,
    program: PathBuf,
    arguments: Vec<String>,
}

impl ApiServer {
    pub(super) fn new(programs: &Programs) -> Self {
        let (folder, identities) = (new_folder(), Identities::new());
        let server = identities.server_certificate();
        let [token_key, public_token_key] = identities.token_keys();
        for (name, text) in [
            ("ca.crt", identities.authority()),
            ("server.crt", server.certificate),
            ("server.key", server.key),
            ("tokens.key", token_key),
            ("tokens.pub", public_token_key),
            ("tokens.csv", format!("{TOKEN},administrator,1,\"system:masters\"\n")),
        ] {
            write(&folder.join(name), &text);
        }
        let port = free_port();
        let arguments = arguments(&folder, port, start_etcd(&programs.etcd));
        Self { identities, port, folder, program: programs.api_server.clone(), arguments }
    }

    /// Lets in whom an emulator over TLS signs a token for AKS, under the ID of the object in its directory.
    pub(super) fn trust(&mut self, emulator: &BTreeMap<String, String>) {
        let authority = std::fs::read_to_string(&emulator["AZUREML_CA_CERTIFICATE_PATH"]);
        let (origin, tenant) =
            (&emulator["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"], &emulator["ARM_TENANT_ID"]);
        let configuration = json!({
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "AuthenticationConfiguration",
            "jwt": [{
                "issuer": {
                    "url": format!("{origin}/{tenant}/v2.0"),
                    "audiences": [AKS_SERVER],
                    "certificateAuthority": authority.expect("the emulator wrote it"),
                },
                "claimMappings": {"username": {"claim": "oid", "prefix": ""}},
            }],
        });
        // JSON is YAML.
        write(&self.folder.join("authentication.yaml"), &configuration.to_string());
        let option = in_folder(&self.folder, "authentication-config", "authentication.yaml");
        self.arguments.push(option);
    }

    pub(super) fn start(&self) -> Process {
        Process::start(&self.folder, &self.program, &self.arguments)
    }

    pub(super) fn endpoint(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }
}

fn arguments(folder: &Path, port: u16, etcd: &str) -> Vec<String> {
    /// Each API server has its own objects in the one etcd.
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let prefix = STARTED.fetch_add(1, Ordering::Relaxed);
    let files = [
        ("cert-dir", ""),
        ("client-ca-file", "ca.crt"),
        ("tls-cert-file", "server.crt"),
        ("tls-private-key-file", "server.key"),
        ("token-auth-file", "tokens.csv"),
        ("service-account-key-file", "tokens.pub"),
        ("service-account-signing-key-file", "tokens.key"),
    ];
    let files = files.map(|(option, file)| in_folder(folder, option, file));
    let others = [
        format!("--etcd-servers={etcd}"),
        format!("--etcd-prefix=/{prefix}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        "--authorization-mode=RBAC".to_owned(),
        format!("--service-account-issuer={ISSUER}"),
        format!("--api-audiences={AUDIENCE}"),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
        // Pods need no service account, and a node is ready where a test says so.
        "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition".to_owned(),
    ];
    files.into_iter().chain(others).collect()
}

fn in_folder(folder: &Path, option: &str, file: &str) -> String {
    format!("--{option}={}", folder.join(file).display())
}

/// Starts etcd once and gives its address. An API server waits for it.
fn start_etcd(program: &Path) -> &'static str {
    static ETCD: OnceLock<(Process, String)> = OnceLock::new();
    let (_, address) = ETCD.get_or_init(|| {
        let (folder, [clients, peers]) = (new_folder(), [free_port(), free_port()]);
        let [clients, peers] = [clients, peers].map(|port| format!("http://127.0.0.1:{port}"));
        let arguments = [
            in_folder(&folder, "data-dir", "data"),
            format!("--listen-client-urls={clients}"),
            format!("--advertise-client-urls={clients}"),
            format!("--listen-peer-urls={peers}"),
            "--unsafe-no-fsync".to_owned(),
        ];
        (Process::start(&folder, program, &arguments), clients)
    });
    address
}

/// Starts the controllers of a cluster.
pub(super) fn start_controllers(
    programs: &Programs, server: &ApiServer, kubeconfig: &str,
) -> Option<Process> {
    let program = programs.controller_manager.as_ref()?;
    let folder = new_folder();
    write(&folder.join("kubeconfig"), kubeconfig);
    let arguments = [
        in_folder(&folder, "kubeconfig", "kubeconfig"),
        in_folder(&server.folder, "root-ca-file", "ca.crt"),
        format!("--controllers={CONTROLLERS}"),
        "--leader-elect=false".to_owned(),
        "--secure-port=0".to_owned(),
    ];
    Some(Process::start(&folder, program, &arguments))
}
