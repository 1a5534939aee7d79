//! The kubeconfig with which ARM answers `listClusterUserCredential` of an AKS cluster.
//!
//! It says where the cluster is and what proves it. Where people sign in with Entra ID it names a
//! program, which is never run: a token of the caller takes its place. Where the cluster has local
//! accounts it holds a certificate.

use std::sync::Arc;

use vocabulary::Sensitive;

use super::Connection;
use super::arguments::Arguments;
use super::identity::{BearerTokenSource, Identity, Token};
use super::kubeconfig::{Cluster, ExecPolicy, Kubeconfig, KubeconfigError, User};
use super::proxy::Proxy;
use crate::error::Error;

/// The application as which every AKS cluster with Entra ID takes tokens.
pub const SERVER_APPLICATION: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";

/// What a message calls the answer.
const NAME: &str = "that ARM answers for the cluster";

/// The connection that the answer describes.
pub struct AksConnection {
    /// The way to the cluster.
    pub connection: Connection,
    /// Certificates, keys and tokens of the answer.
    pub secrets: Vec<Sensitive<String>>,
}

impl AksConnection {
    /// Reads the answer, of which `encoded` is the kubeconfig in base64. `credential` gives tokens for [`SERVER_APPLICATION`], and is used where the
    /// cluster signs in with Entra ID; `environment` is the proxy of the environment.
    pub fn read(
        encoded: &str, credential: Arc<dyn BearerTokenSource>, environment: Option<Proxy>,
    ) -> Result<Self, Error> {
        let kubeconfig = Kubeconfig::decode(NAME, encoded)?;
        let (cluster, user) = kubeconfig.resolve(None)?;
        check_cluster(&kubeconfig, cluster)?;
        let user = user.ok_or_else(|| kubeconfig.refuse("has no user"))?;
        let signs_in = check_sign_in(&kubeconfig, user)?;
        // Programs are left out above all: nothing that ARM answers is ever run.
        let embedded = without_programs(user);
        let arguments =
            kubeconfig.arguments_of(cluster, Some(&embedded), &ExecPolicy::Forbidden)?;
        let secrets = secrets(&arguments, user);
        let mut connection = arguments.connection(environment)?;
        if !connection.server.is_https() {
            return Err(kubeconfig.refuse("names a server that is not https").into());
        }
        if signs_in {
            connection.identity = Identity::from(Token::Source(credential));
        }
        Ok(Self { connection, secrets })
    }
}

/// A cluster that is proved by its own CA and reached by no way that ARM chooses.
fn check_cluster(kubeconfig: &Kubeconfig, cluster: &Cluster) -> Result<(), KubeconfigError> {
    let has_ca = cluster.certificate_authority_data.as_deref().is_some_and(|ca| !ca.is_empty());
    if cluster.insecure_skip_tls_verify == Some(true) {
        return Err(kubeconfig.refuse("asks not to check the cluster (`insecure-skip-tls-verify`)"));
    }
    if !has_ca || cluster.certificate_authority.is_some() {
        return Err(kubeconfig.refuse("does not hold the CA certificate of the cluster"));
    }
    if cluster.proxy_url.is_some() {
        return Err(kubeconfig.refuse("names a proxy (`proxy-url`)"));
    }
    Ok(())
}

/// Whether the cluster signs in with Entra ID, as the application that is expected.
fn check_sign_in(kubeconfig: &Kubeconfig, user: &User) -> Result<bool, KubeconfigError> {
    let server = match (&user.exec, &user.auth_provider) {
        (Some(exec), _) => server_argument(exec.args.as_deref().unwrap_or_default()),
        (None, Some(provider)) => provider.config.get("apiserver-id").map(String::as_str),
        (None, None) => return Ok(false),
    };
    match server {
        Some(id) if id.eq_ignore_ascii_case(SERVER_APPLICATION) => Ok(true),
        Some(id) => Err(kubeconfig.refuse(format!(
            "asks for tokens of the application {id:?} instead of AKS' own, {SERVER_APPLICATION:?}"
        ))),
        None => Err(kubeconfig.refuse("does not say for which application tokens are")),
    }
}

/// The value of `--server-id`, in either of its forms.
fn server_argument(args: &[String]) -> Option<&str> {
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        if arg == "--server-id" {
            return args.next();
        }
        if let Some(value) = arg.strip_prefix("--server-id=") {
            return Some(value);
        }
    }
    None
}

fn without_programs(user: &User) -> User {
    let mut embedded = User::default();
    if user.exec.is_none() && user.auth_provider.is_none() {
        embedded.client_certificate_data.clone_from(&user.client_certificate_data);
        embedded.client_key_data.clone_from(&user.client_key_data);
        // A certificate says enough; the token beside it is another way in.
        if user.client_certificate_data.is_none() {
            embedded.token.clone_from(&user.token);
        }
    }
    embedded
}

/// What the answer holds that nobody may see, whether it is used or not.
fn secrets(arguments: &Arguments, user: &User) -> Vec<Sensitive<String>> {
    let certificate = arguments.client_certificate.clone().map(Sensitive::new);
    [certificate, arguments.client_key.clone(), user.token.clone()].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::connection::Roots;

    struct Own;

    #[async_trait::async_trait]
    impl BearerTokenSource for Own {
        async fn bearer_token(
            &self, _: Option<&Sensitive<String>>,
        ) -> Result<Sensitive<String>, String> {
            Ok("own".into())
        }
    }

    /// A PEM block whose content nobody looks at.
    fn pem(label: &str) -> String {
        STANDARD.encode(format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n"))
    }

    fn answer(cluster: &str, user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
             contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
             clusters: [{{name: k, cluster: {{{cluster}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
        )
    }

    fn cluster() -> String {
        let ca = pem("CERTIFICATE");
        format!("server: \"https://aks-1.hcp.example:443\", certificate-authority-data: {ca}")
    }

    fn exec(id: &str) -> String {
        format!(
            "exec: {{apiVersion: client.authentication.k8s.io/v1beta1, command: /bin/canary, \
             args: [get-token, --server-id, {id}, --client-id, c]}}"
        )
    }

    fn read(cluster: &str, user: &str) -> Result<AksConnection, Error> {
        AksConnection::read(&STANDARD.encode(answer(cluster, user)), Arc::new(Own), None)
    }

    #[test]
    fn a_cluster_with_entra_id_gets_a_token_of_our_own() {
        let provider = format!(
            "auth-provider: {{name: azure, config: {{apiserver-id: {SERVER_APPLICATION}}}}}"
        );
        let equals = exec(SERVER_APPLICATION).replace("--server-id, ", "--server-id=");
        for user in [exec(SERVER_APPLICATION), equals, provider] {
            let read = read(&cluster(), &user).unwrap();
            assert!(matches!(read.connection.identity.token, Token::Source(_)), "{user}");
            assert!(read.connection.identity.certificate.is_none() && read.secrets.is_empty());
            assert_eq!(read.connection.server.host(), "aks-1.hcp.example");
            assert_ne!(read.connection.server.roots, Roots::Platform);
        }
    }

    #[test]
    fn a_cluster_with_local_accounts_gets_its_certificate() {
        let (certificate, key) = (pem("CERTIFICATE"), pem("PRIVATE KEY"));
        let user = format!(
            "client-certificate-data: {certificate}, client-key-data: {key}, token: canary"
        );
        let read = read(&cluster(), &user).unwrap();
        assert!(read.connection.identity.certificate.is_some());
        assert!(matches!(read.connection.identity.token, Token::None));
        let secrets: Vec<_> = read.secrets.iter().map(|secret| secret.expose().as_str()).collect();
        assert!(secrets.len() == 3 && secrets.contains(&"canary"));
    }

    #[test]
    fn an_answer_that_leads_elsewhere_is_refused() {
        let own = exec(SERVER_APPLICATION);
        let ca = pem("CERTIFICATE");
        for (cluster, user, expected) in [
            (
                format!("{}, insecure-skip-tls-verify: true", cluster()),
                own.clone(),
                "insecure-skip-tls-verify",
            ),
            (format!("{}, proxy-url: \"http://p\"", cluster()), own.clone(), "proxy-url"),
            ("server: \"https://aks-1.example\"".to_owned(), own.clone(), "CA certificate"),
            (
                "server: \"https://a.example\", certificate-authority: /etc/hosts".to_owned(),
                own.clone(),
                "CA certificate",
            ),
            (
                format!("server: \"http://127.0.0.1:1\", certificate-authority-data: {ca}"),
                own.clone(),
                "not https",
            ),
            (cluster(), exec("00000000-0000-0000-0000-00000000000e"), "of the application"),
            (
                cluster(),
                own.replace("--server-id", "--other"),
                "does not say for which application",
            ),
        ] {
            let error = read(&cluster, &user).err().expect(expected).to_string();
            assert!(error.contains(expected), "{error}");
            assert!(
                error.starts_with("the kubeconfig that ARM answers for the cluster "),
                "{error}"
            );
        }
    }

    #[test]
    fn files_that_the_answer_names_are_not_read() {
        let user = "client-certificate: /etc/hosts, client-key: /etc/hosts, tokenFile: /etc/hosts";
        let read = read(&cluster(), user).unwrap();
        assert!(read.connection.identity.certificate.is_none());
        assert!(matches!(read.connection.identity.token, Token::None));
    }
}
