//! Canaries: each secret that the provider has to do with is a word of its own, and none of them is left in what
//! only real programs make: screens, logs, plans, states, reviews, files, and the programs that are run for a
//! credential. Classes of errors are in `src/provider/tests/secrecy`.

mod crash;
mod places;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde_json::{Value, json};
use testing::canaries::forms;

use crate::arc_extension;
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::stage_in;
use crate::support::tools::{TERRAFORM_1_11, TOFU_1_12};
use places::{Places, Secret};

const PROTECTED: &str = "hG5protected/\"value\"+9&";
const PASSING: &str = "zL2passing/\"value\"+3%";
const PROXY_PASSWORD: &str = "9xPr0xyPassw0rd3v";
/// Set, and used by nobody.
const UNUSED: [(&str, &str); 3] = [
    ("ARM_CLIENT_CERTIFICATE_PASSWORD", "6dCertificate/Passw0rd+2k"),
    ("ARM_OIDC_TOKEN", "3wAssert1on/OfAPipeline+8m"),
    ("ARM_OIDC_REQUEST_TOKEN", "5eRequestT0ken/OfAPipeline+4r"),
];
const VARIABLE: &str = "4jVariableOf+The/Program8s";
const PRINTED: &str = "7vT0kenThatIsPrinted1q";
const OF_AKS: &str = "u5KubeconfigOfAzure1c";

const EXTENSION: &str = "azureml_arc_extension.this";
const VERSION: &str = "client.authentication.k8s.io/v1";

#[test]
fn no_secret_comes_out_of_terraform() {
    stage_in(&Azure::over_tls(), TERRAFORM_1_11, no_secret_comes_out);
}

#[test]
fn no_secret_comes_out_of_tofu() {
    stage_in(&Azure::over_tls(), TOFU_1_12, no_secret_comes_out);
}

/// Three processes, each of which knows some of the secrets.
fn no_secret_comes_out(azure: &Azure, cli: &mut Cli) {
    let helpers = Helpers::new(azure);
    let places = prepare(azure, cli, &helpers);
    let all = az_signs_in(azure, cli, &helpers, &places);
    an_operation_fails(azure, cli, &helpers, (&places, &all));
    another_plans(azure, cli, &helpers, (&places, &all));
}

/// An apply in which one object is made, and two fail: clusters that accept nobody.
fn az_signs_in(azure: &Azure, cli: &mut Cli, helpers: &Helpers, places: &Places) -> Vec<Secret> {
    for name in ["AZUREML_ACCESS_TOKEN", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_TENANT_ID"] {
        cli.unset(name);
    }
    azure.fails_times(
        0,
        &json!({ "path": "listClusterUserCredential" }),
        &json!({ "status": 200, "body": answer_of_aks(azure) }),
    );
    cli.write(&config(helpers, 1, ""));
    let apply = cli.apply();
    apply.fails_with("does not accept the credentials: not (sensitive)");
    apply.fails_with("aks-cluster").says("does not accept the credentials");
    assert!(cli.state(EXTENSION).is_some(), "one of three objects is there");
    let all = secrets(azure);
    places.keep(cli, &apply, &all);
    helpers.look_at_programs(&all);
    all
}

/// A client secret signs in, and the operation's own message repeats everything.
fn an_operation_fails(
    azure: &Azure, cli: &mut Cli, helpers: &Helpers, (places, all): (&Places, &[Secret]),
) {
    for name in ["ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_TENANT_ID"] {
        cli.set(name, &azure.environment()[name]);
    }
    let failure = json!({ "code": "ExtensionOperationFailed", "message": repeating(all) });
    let writes = json!({ "method": "PATCH", "path": "extensions/" });
    azure.fails_times(0, &writes, &json!({ "fail_operation": failure }));
    cli.write(&config(helpers, 2, "  install_prom_op = false\n"));
    let apply = cli.apply();
    apply.fails_with("helm failed: (sensitive)").says("see the pods");
    places.keep(cli, &apply, all);
    azure.clears_faults();
}

/// A token is given, and the write-only value is another one: nobody knows any more what was struck.
fn another_plans(
    azure: &Azure, cli: &mut Cli, helpers: &Helpers, (places, all): (&Places, &[Secret]),
) {
    cli.set("AZUREML_ACCESS_TOKEN", &azure.environment()["AZUREML_ACCESS_TOKEN"]);
    cli.set("TF_VAR_passing", "another-value");
    cli.write(&config(helpers, 3, "  install_prom_op = true\n"));
    let plan = cli.run(&["plan", "-json", "-out=plan", &format!("-target={EXTENSION}")]);
    places.keep(cli, plan.succeeds(), all);
    let shown = cli.run(&["show", "-json", "plan"]);
    shown.mentions("helm failed: (sensitive)");
    // The program marks what is sensitive there, and shows it.
    places.look("the plan as JSON", shown.output(), all.iter().filter(|it| !it.is_stored));
    let review = review(shown.succeeds().output());
    assert!(review.contains("install_prom_op"), "{review}");
    places.look("the review", &review, all);
}

/// Sets what every command has.
fn prepare(azure: &Azure, cli: &mut Cli, helpers: &Helpers) -> Places {
    let temporary = cli.path("temporary");
    fs::create_dir(&temporary).expect("the working folder takes folders");
    cli.set("TMPDIR", &temporary.to_string_lossy());
    cli.set("TF_LOG", "TRACE");
    let log = cli.path("log");
    cli.set("TF_LOG_PATH", &log.to_string_lossy());
    cli.set("TF_VAR_protected", PROTECTED);
    cli.set("TF_VAR_passing", PASSING);
    cli.set("HTTPS_PROXY", &format!("http://user:{PROXY_PASSWORD}@127.0.0.1:9"));
    for (name, value) in UNUSED {
        cli.set(name, value);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = path.to_string_lossy();
    cli.set("PATH", &format!("{}:{path}", helpers.folder.path().display()));
    assert!(azure.environment().contains_key("AZUREML_CA_CERTIFICATE_PATH"), "it has TLS");
    Places::new(cli.path("."), temporary)
}

fn secrets(azure: &Azure) -> Vec<Secret> {
    let relay = relay_key(azure).expect("the relay has a key");
    let never = |name: &'static str, value: &str| Secret {
        name,
        value: value.to_owned(),
        is_stored: false,
    };
    let variable = |name: &str| azure.environment()[name].clone();
    let mut all = vec![
        Secret { name: "a protected setting", value: PROTECTED.to_owned(), is_stored: true },
        never("a protected setting that is only passed on", PASSING),
        never("the password of the proxy", PROXY_PASSWORD),
        never("the access token", &variable("AZUREML_ACCESS_TOKEN")),
        never("the client secret", &variable("ARM_CLIENT_SECRET")),
        never("the key of the relay", &relay),
        never("a variable of the program", VARIABLE),
        never("the token of the program", PRINTED),
        never("the token of a kubeconfig of Azure", OF_AKS),
    ];
    all.extend(UNUSED.into_iter().map(|(name, value)| never(name, value)));
    all
}

/// What a service may say that repeats in each form what the process of the second apply knows.
fn repeating(all: &[Secret]) -> String {
    let names = [
        "a protected setting",
        "a protected setting that is only passed on",
        "the password of the proxy",
        "the client secret",
        "the key of the relay",
    ];
    let heard = all.iter().filter(|it| names.contains(&it.name));
    let said: Vec<_> = heard.flat_map(|it| forms(&it.value)).collect();
    format!("helm failed: {}: see the pods", said.join(", "))
}

// === programs that are run for a credential, and what they ask ===

/// What lies beside the working folder: programs, what they have seen, a kubeconfig, and an API server.
struct Helpers {
    folder: tempfile::TempDir,
}

impl Helpers {
    fn new(azure: &Azure) -> Self {
        let helpers = Self { folder: tempfile::tempdir().expect("a folder") };
        let token = &azure.environment()["AZUREML_ACCESS_TOKEN"];
        helpers.write_program(
            "az",
            &json!({
                "accessToken": token, "expires_on": 4_102_444_800_u64, "tokenType": "Bearer",
            }),
        );
        helpers.write_program(
            "plugin",
            &json!({
                "apiVersion": VERSION, "kind": "ExecCredential", "status": { "token": PRINTED },
            }),
        );
        let user = json!({ "exec": {
            "apiVersion": VERSION, "command": "plugin", "args": ["get-token"],
            "interactiveMode": "Never", "env": [{ "name": "SECRET", "value": VARIABLE }],
        } });
        let cluster = json!({ "server": format!("http://{}", repeating_server()) });
        helpers.write("kubeconfig", &kubeconfig(&cluster, &user));
        helpers
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the folder takes files");
    }

    /// A program that notes how it was called, complains of it, and prints a credential.
    fn write_program(&self, name: &str, credential: &Value) {
        let seen = self.path(&format!("{name}.seen"));
        let script = format!(
            "#!/bin/sh\nexport -p > '{0}'\necho \"$0 $*\" >> '{0}'\nexport -p >&2\ncat <<'END'\n{credential}\nEND\n",
            seen.display()
        );
        self.write(name, &script);
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755))
            .expect("the script can be made executable");
    }

    /// No program is given a secret that it does not need: a plugin gets its own variable, and both get
    /// the proxy of the environment.
    fn look_at_programs(&self, all: &[Secret]) {
        for (name, own) in [("az", None), ("plugin", Some(VARIABLE))] {
            let seen = fs::read_to_string(self.path(&format!("{name}.seen")));
            let seen = seen.unwrap_or_else(|error| panic!("{name} was not run: {error}"));
            assert!(seen.contains("get-") && seen.contains("HTTPS_PROXY"), "{seen}");
            assert_eq!(seen.contains(VARIABLE), own.is_some(), "{seen}");
            let needed = [Some(PROXY_PASSWORD), own];
            let others = all.iter().filter(|it| !needed.contains(&Some(&it.value)));
            let others = others.map(|it| (it.name, &*it.value));
            assert_eq!(testing::canaries::find_leak(&seen, others), None, "{name}");
        }
    }
}

/// A kubeconfig for local accounts whose server is this Azure, which is no cluster.
fn answer_of_aks(azure: &Azure) -> Value {
    let authority = &azure.environment()["AZUREML_CA_CERTIFICATE_PATH"];
    let authority = fs::read(authority).expect("the authority's certificate");
    let cluster = json!({
        "server": azure.environment()["ARM_RESOURCE_MANAGER_ENDPOINT"],
        "certificate-authority-data": STANDARD.encode(authority),
    });
    let text = kubeconfig(&cluster, &json!({ "token": OF_AKS }));
    json!({ "kubeconfigs": [{ "name": "clusterUser", "value": STANDARD.encode(text) }] })
}

fn kubeconfig(cluster: &Value, user: &Value) -> String {
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "contexts": [{ "name": "c", "context": { "cluster": "k", "user": "u" } }],
        "clusters": [{ "name": "k", "cluster": cluster }], "users": [{ "name": "u", "user": user }],
    });
    config.to_string()
}

/// An API server that accepts nobody, and repeats the token that it was sent.
fn repeating_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound").to_string();
    // It ends with the process of the tests.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let length = stream.read(&mut head).unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..length]);
            let token = head.split("Bearer ").nth(1).and_then(|rest| rest.lines().next());
            let said = forms(token.unwrap_or_default()).join(", ");
            let status = json!({ "kind": "Status", "apiVersion": "v1", "reason": "Unauthorized",
                "code": 401, "message": format!("not {said}") });
            let body = status.to_string();
            let length = body.len();
            // A client that has gone is no fault of a server.
            let _ = write!(
                stream,
                "HTTP/1.1 401 Unauthorized\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
    });
    address
}

// === what is applied, and what is asked ===

fn config(helpers: &Helpers, version: usize, more: &str) -> String {
    let extension = arc_extension::resource(&format!(
        r#"  enable_training = true
  configuration_protected_settings = {{ "custom.key" = var.protected }}
  configuration_protected_settings_wo = {{ "passing.key" = var.passing }}
  configuration_protected_settings_wo_version = {version}
{more}"#
    ));
    let kind = |name: &str, cluster: &str| {
        let requests = "{ cpu = \"1\", memory = \"1Gi\" }";
        format!(
            "resource \"azureml_instance_type\" \"{name}\" {{\n  name = \"{name}\"\n  cluster_id = \"{GROUP}/{cluster}\"\n  \
             resources = {{\n    requests = {requests}\n    limits = {requests}\n  }}\n}}\n"
        )
    };
    let arc = "providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster";
    let aks = "providers/Microsoft.ContainerService/managedClusters/aks-cluster";
    format!(
        "{extension}\nprovider \"azureml\" {{\n  kubernetes {{\n    config_path = {}\n    cluster_ids = [\"{GROUP}/{arc}\"]\n  }}\n}}\n\
         {}{}\
         variable \"protected\" {{\n  type = string\n  sensitive = true\n}}\n\
         variable \"passing\" {{\n  type = string\n  sensitive = true\n  ephemeral = true\n}}\n",
        json!(helpers.path("kubeconfig")),
        kind("arc", arc),
        kind("aks", aks),
    )
}

/// The key that the provider fetches of the relay.
fn relay_key(azure: &Azure) -> Option<String> {
    let rule = azure.objects().into_keys().find(|id| id.ends_with("/azureml_rw"))?;
    let keys = azure.send(Method::POST, &format!("{rule}/listKeys"), None);
    Some(keys["primaryKey"].as_str()?.to_owned())
}

fn review(plan: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-azureml"));
    let mut child = command
        .arg("review")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the provider starts");
    let mut stdin = child.stdin.take().expect("it has an input");
    stdin.write_all(plan.as_bytes()).expect("it reads the plan");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    [output.stdout, output.stderr].map(|part| String::from_utf8_lossy(&part).into_owned()).concat()
}
