//! The cluster that this runs in, as its service account.

use std::path::Path;

use super::arguments::Arguments;
use crate::error::Error;

/// Where Kubernetes mounts the service account of a pod.
pub const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The connection of a pod. `host` and `port` are what Kubernetes sets as variables of its
/// containers; `service_account` is the folder of its token.
pub fn arguments(
    host: Option<&str>, port: Option<&str>, service_account: &Path,
) -> Result<Arguments, Error> {
    let (Some(host), Some(port)) = (host, port) else {
        return Err(Error::Configuration {
            why: "this does not run in a pod: Kubernetes sets KUBERNETES_SERVICE_HOST and \
                  KUBERNETES_SERVICE_PORT there"
                .to_owned(),
        });
    };
    let is_v6 = host.contains(':') && !host.starts_with('[');
    let address =
        if is_v6 { format!("https://[{host}]:{port}") } else { format!("https://{host}:{port}") };
    let ca = service_account.join("ca.crt");
    let ca_certificate = std::fs::read_to_string(&ca).map_err(|error| Error::Configuration {
        why: format!("the CA certificate of the pod, {}, cannot be read: {error}", ca.display()),
    })?;
    Ok(Arguments {
        address: Some(address),
        ca_certificate: Some(ca_certificate),
        token_file: Some(service_account.join("token")),
        ..Arguments::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_finds_its_cluster() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.crt"), "certificate").unwrap();
        for (host, expected) in [
            ("10.0.0.1", "https://10.0.0.1:443"),
            ("fd00::1", "https://[fd00::1]:443"),
            ("kubernetes.default", "https://kubernetes.default:443"),
        ] {
            let found = arguments(Some(host), Some("443"), folder.path()).unwrap();
            assert_eq!(found.address.as_deref(), Some(expected));
            assert_eq!(found.ca_certificate.as_deref(), Some("certificate"));
            assert_eq!(found.token_file, Some(folder.path().join("token")));
        }
    }

    #[test]
    fn elsewhere_it_says_what_is_missing() {
        let nowhere = Path::new("/nowhere");
        for (host, port, expected) in [
            (None, Some("443"), "does not run in a pod"),
            (Some("10.0.0.1"), None, "does not run in a pod"),
            (Some("10.0.0.1"), Some("443"), "/nowhere/ca.crt, cannot be read"),
        ] {
            let error = arguments(host, port, nowhere).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
