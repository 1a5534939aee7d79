//! A service principal and its certificate.

use std::sync::Arc;

use azure::credential::{self, CertificateBundle, CertificateError, Principal, TokenSource};
use framework::{Diagnostic, Sensitive};

use super::messages::{CERTIFICATE_FILE, CERTIFICATE_PASSWORD};
use super::{Chosen, Method, SignInContext, SignInMethod, proven_principal};
use crate::config::Config;
use crate::config::environment::{Resolved, SettingValue, Source, read_bytes};

pub(super) const METHOD: Method = Method {
    name: "client certificate",
    usage: "tenant_id, client_id and client_certificate_path or client_certificate \
            (ARM_CLIENT_CERTIFICATE_PATH, ARM_CLIENT_CERTIFICATE), with \
            client_certificate_password where it has one",
    choose,
};

#[derive(Debug)]
pub(crate) struct ClientCertificate {
    pub(crate) principal: Principal,
    bundle: Arc<CertificateBundle>,
    /// What was given: the bundle, if it was no file, and the password.
    given: Vec<Sensitive<String>>,
}

fn choose(config: &Config, source: &Source<'_>) -> Chosen {
    let written = config.client_certificate.known().map(|bundle| bundle.expose().as_str());
    let path = config.client_certificate_path.known().map(String::as_str);
    let given =
        source.value_or_path(["client_certificate", "client_certificate_path"], [written, path])?;
    let Some(given) = given else { return Ok(None) };
    let principal = proven_principal(config, source, &given)?;
    let password =
        source.secret("client_certificate_password", &config.client_certificate_password)?;
    let password = password.unwrap_or_else(|| Sensitive::new(String::new()));
    let bundle = Arc::new(read_bundle(&given, &password)?);
    Ok(Some(Arc::new(ClientCertificate { principal, bundle, given: vec![given.value, password] })))
}

fn read_bundle(given: &SettingValue, password: &Sensitive<String>) -> Resolved<CertificateBundle> {
    let bundle = if given.argument == "client_certificate_path" {
        let bytes = read_bytes(given.argument, given.value.expose())?;
        CertificateBundle::read(&bytes, password)
    } else {
        CertificateBundle::read_text(&given.value, password)
    };
    bundle.map_err(|error| refused_error(given, &error))
}

fn refused_error(given: &SettingValue, error: &CertificateError) -> Diagnostic {
    let is_about_password =
        matches!(error, CertificateError::WrongPassword | CertificateError::PasswordMissing);
    let (at, message) = if is_about_password {
        ("client_certificate_password", CERTIFICATE_PASSWORD)
    } else {
        (given.argument, CERTIFICATE_FILE)
    };
    message.error(&[("given", &given.origin), ("why", &error.to_string())]).at(at)
}

impl SignInMethod for ClientCertificate {
    fn secrets(&self) -> Vec<&Sensitive<String>> {
        self.given.iter().collect()
    }

    fn token_source(&self, context: &SignInContext<'_>) -> Box<dyn TokenSource> {
        Box::new(credential::ClientCertificate::new(
            context.cloud,
            self.principal.clone(),
            Arc::clone(&self.bundle),
            context.transport.clone(),
        ))
    }
}
