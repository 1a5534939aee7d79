//! Where an argument that the provider block leaves out may come from.

use std::ffi::OsString;
use std::io::Read;

use framework::{Attr, AttrList, Diagnostic, Sensitive};

/// Where an argument may also come from: the first variable of its row that is set and not empty.
///
/// The names are those of the azurerm, azapi and kubernetes providers; with the prefix `AZUREML_`,
/// our own.
pub(crate) const VARIABLES: &[(&str, &[&str])] = &[
    ("access_token", &["AZUREML_ACCESS_TOKEN"]),
    ("active_directory_authority_host", &["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"]),
    (
        "ado_pipeline_service_connection_id",
        &["ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"],
    ),
    ("auxiliary_tenant_ids", &["ARM_AUXILIARY_TENANT_IDS"]),
    ("ca_certificate_path", &["AZUREML_CA_CERTIFICATE_PATH"]),
    ("client_certificate", &["ARM_CLIENT_CERTIFICATE"]),
    ("client_certificate_password", &["ARM_CLIENT_CERTIFICATE_PASSWORD"]),
    ("client_certificate_path", &["ARM_CLIENT_CERTIFICATE_PATH"]),
    ("client_id", &["ARM_CLIENT_ID"]),
    ("client_id_file_path", &["ARM_CLIENT_ID_FILE_PATH"]),
    ("client_secret", &["ARM_CLIENT_SECRET"]),
    ("client_secret_file_path", &["ARM_CLIENT_SECRET_FILE_PATH"]),
    ("correlation_request_id", &["ARM_CORRELATION_REQUEST_ID"]),
    ("disable_correlation_request_id", &["ARM_DISABLE_CORRELATION_REQUEST_ID"]),
    ("environment", &["ARM_ENVIRONMENT"]),
    ("kubernetes.client_certificate", &["KUBE_CLIENT_CERT_DATA"]),
    ("kubernetes.client_key", &["KUBE_CLIENT_KEY_DATA"]),
    ("kubernetes.cluster_ca_certificate", &["KUBE_CLUSTER_CA_CERT_DATA"]),
    ("kubernetes.config_context", &["KUBE_CTX"]),
    ("kubernetes.config_path", &["KUBE_CONFIG_PATH"]),
    ("kubernetes.config_paths", &["KUBE_CONFIG_PATHS"]),
    ("kubernetes.host", &["KUBE_HOST"]),
    ("kubernetes.insecure", &["KUBE_INSECURE"]),
    ("kubernetes.proxy_url", &["KUBE_PROXY_URL"]),
    ("kubernetes.tls_server_name", &["KUBE_TLS_SERVER_NAME"]),
    ("kubernetes.token", &["KUBE_TOKEN"]),
    // What App Service and the agent of Azure Arc set; `IMDS_ENDPOINT` tells the agent.
    ("managed_identity.endpoint", &["IDENTITY_ENDPOINT"]),
    ("managed_identity.header", &["IDENTITY_HEADER"]),
    ("managed_identity.imds", &["IMDS_ENDPOINT"]),
    ("managed_identity.program_data", &["ProgramData"]),
    ("metadata_host", &["ARM_METADATA_HOSTNAME"]),
    ("msi_endpoint", &["ARM_MSI_ENDPOINT"]),
    (
        "oidc_request_token",
        &["ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"],
    ),
    (
        "oidc_request_url",
        &["ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"],
    ),
    ("oidc_token", &["ARM_OIDC_TOKEN"]),
    ("oidc_token_file_path", &["ARM_OIDC_TOKEN_FILE_PATH"]),
    ("partner_id", &["ARM_PARTNER_ID"]),
    ("resource_manager_audience", &["ARM_RESOURCE_MANAGER_AUDIENCE"]),
    ("resource_manager_endpoint", &["ARM_RESOURCE_MANAGER_ENDPOINT"]),
    ("subscription_id", &["ARM_SUBSCRIPTION_ID"]),
    ("tenant_id", &["ARM_TENANT_ID"]),
    ("use_aks_workload_identity", &["ARM_USE_AKS_WORKLOAD_IDENTITY"]),
    ("use_cli", &["ARM_USE_CLI"]),
    ("use_msi", &["ARM_USE_MSI"]),
    ("use_oidc", &["ARM_USE_OIDC"]),
    // What Kubernetes sets in a pod with a workload identity.
    ("workload_identity.client_id", &["AZURE_CLIENT_ID"]),
    ("workload_identity.tenant_id", &["AZURE_TENANT_ID"]),
    ("workload_identity.token_file", &["AZURE_FEDERATED_TOKEN_FILE"]),
];

/// No certificate, secret or token is larger.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// How a variable of the environment is read.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// A setting, or why it cannot be used.
pub(super) type Resolved<T> = Result<T, Diagnostic>;

/// The variables of one argument; the first that is set counts.
pub(super) fn variables(argument: &str) -> &'static [&'static str] {
    VARIABLES.iter().find(|(name, _)| *name == argument).map_or(&[], |(_, names)| names)
}

/// Reads arguments: as written, else from the environment.
pub(super) struct Source<'a> {
    pub(super) lookup: Lookup<'a>,
}

impl Source<'_> {
    /// A text; an empty one counts as not given.
    pub(super) fn text(&self, argument: &str, written: &Attr<String>) -> Resolved<Option<String>> {
        match written.known().filter(|text| !text.is_empty()) {
            Some(text) => Ok(Some(text.clone())),
            None => Ok(self.variable(argument)?.map(|(_, value)| value)),
        }
    }

    /// A text that is never shown.
    pub(super) fn secret(
        &self, argument: &str, written: &Attr<Sensitive<String>>,
    ) -> Resolved<Option<Sensitive<String>>> {
        match written.known().filter(|secret| !secret.expose().is_empty()) {
            Some(secret) => Ok(Some(secret.clone())),
            None => Ok(self.variable(argument)?.map(|(_, value)| Sensitive::new(value))),
        }
    }

    /// A switch: `true`, `false`, `1` or `0`, as other providers read it.
    pub(super) fn flag(&self, argument: &str, written: Attr<bool>) -> Resolved<Option<bool>> {
        if let Some(on) = written.into_known() {
            return Ok(Some(on));
        }
        let Some((name, value)) = self.variable(argument)? else { return Ok(None) };
        match value.to_ascii_lowercase().as_str() {
            "true" | "1" | "t" => Ok(Some(true)),
            "false" | "0" | "f" => Ok(Some(false)),
            _ => {
                Err(variable_error()
                    .detail(format!("{name} is {value:?}. Set it to true or false.")))
            }
        }
    }

    /// What the file of that argument holds, without the white space around it. An empty file is
    /// an error: to pass it over would be to do without what it is there to give.
    pub(super) fn file(
        &self, argument: &'static str, written: &Attr<String>,
    ) -> Resolved<Option<String>> {
        let Some(path) = self.text(argument, written)? else { return Ok(None) };
        read(argument, &path).map(Some)
    }

    /// A text with how it was given.
    pub(super) fn value(
        &self, argument: &'static str, written: Option<&str>,
    ) -> Resolved<Option<SettingValue>> {
        if let Some(value) = written.filter(|value| !value.is_empty()) {
            let origin = format!("`{argument}`");
            return Ok(Some(SettingValue::new(argument, origin, value.to_owned())));
        }
        let exported = self.variable(argument)?;
        Ok(exported.map(|(name, value)| SettingValue::new(argument, name.to_owned(), value)))
    }

    /// The texts of a list; of a variable, those between commas, semicolons or spaces.
    pub(super) fn texts(
        &self, argument: &str, written: &AttrList<String>,
    ) -> Resolved<Vec<String>> {
        if let Some(texts) = written.known().filter(|texts| !texts.is_empty()) {
            return Ok(texts.iter().filter_map(Attr::known).cloned().collect());
        }
        let exported = self.variable(argument)?.map(|(_, value)| value).unwrap_or_default();
        let texts = exported.split([',', ';', ' ']).filter(|text| !text.is_empty());
        Ok(texts.map(str::to_owned).collect())
    }

    /// A value that may also stand in a file. What the block says wins, in either form.
    pub(super) fn value_or_file(
        &self, [argument, in_file]: [&'static str; 2], [written, path]: [Option<&str>; 2],
    ) -> Resolved<Option<SettingValue>> {
        match self.value_or_path([argument, in_file], [written, path])? {
            Some(given) if given.argument == in_file => {
                let value = read(in_file, given.value.expose())?;
                Ok(Some(SettingValue::new(in_file, given.origin, value)))
            }
            given => Ok(given),
        }
    }

    /// A value that may also be given by the path of its file, which is not read. What the block
    /// says wins, in either form.
    pub(super) fn value_or_path(
        &self, arguments: [&'static str; 2], written: [Option<&str>; 2],
    ) -> Resolved<Option<SettingValue>> {
        let is_written = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
        let is_in_block = written.into_iter().any(is_written);
        for (argument, written) in arguments.into_iter().zip(written) {
            if is_in_block && !is_written(written) {
                continue;
            }
            if let Some(given) = self.value(argument, written)? {
                return Ok(Some(given));
            }
        }
        Ok(None)
    }

    /// The name and value of the first variable that is set and not empty.
    fn variable(&self, argument: &str) -> Resolved<Option<(&'static str, String)>> {
        let given = |name: &&'static str| {
            let value = (self.lookup)(name).filter(|value| !value.is_empty())?;
            Some((*name, value))
        };
        let Some((name, value)) = variables(argument).iter().find_map(given) else {
            return Ok(None);
        };
        Ok(Some((name, text_of(name, value)?)))
    }
}

/// A value and how it was given. It may be a secret, so it is treated as one.
pub(super) struct SettingValue {
    pub(super) value: Sensitive<String>,
    /// The argument it belongs to, of the value itself or of its file.
    pub(super) argument: &'static str,
    /// As a user wrote it: the argument, or the variable in its place.
    pub(super) origin: String,
}

impl SettingValue {
    fn new(argument: &'static str, origin: String, value: String) -> SettingValue {
        SettingValue { value: Sensitive::new(value), argument, origin }
    }
}

fn read(argument: &'static str, path: &str) -> Resolved<String> {
    let bytes = read_bytes(argument, path)?;
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| unreadable_error(argument, path, "it is no text"))?;
    match text.trim() {
        "" => Err(unreadable_error(argument, path, "the file is empty")),
        text => Ok(text.to_owned()),
    }
}

/// The content of the file of an argument.
pub(super) fn read_bytes(argument: &'static str, path: &str) -> Resolved<Vec<u8>> {
    let unreadable = |error: std::io::Error| unreadable_error(argument, path, &error.to_string());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(unreadable_error(argument, path, "it is larger than 1 MiB"));
    }
    Ok(bytes)
}

fn unreadable_error(argument: &'static str, path: &str, why: &str) -> Diagnostic {
    Diagnostic::error("File cannot be read")
        .detail(format!("`{argument}` is {path:?}: {why}. Give the path of a file."))
        .at(argument)
}

/// The value of a variable as text.
pub(super) fn text_of(name: &str, value: OsString) -> Resolved<String> {
    let not_text =
        || variable_error().detail(format!("{name} is not UTF-8. Set it to plain text."));
    value.into_string().map_err(|_| not_text())
}

fn variable_error() -> Diagnostic {
    Diagnostic::error("Environment variable cannot be used")
}
