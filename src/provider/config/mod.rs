//! The provider block as written, and what it becomes together with the environment.
//!
//! The only place that reads settings from the environment. What the block says wins.

mod cloud;
mod environment;
mod kubernetes;
mod programs;
mod proxy;
mod settings;
mod sign_in;
#[cfg(test)]
mod tests;

use framework::{
    Attr, AttrList, Attribute, Block, Diagnostic, Diagnostics, Sensitive, block, flag, text, texts,
};
use serde::{Deserialize, Serialize};

pub(crate) use cloud::Cloud;
use environment::variables;
use kubernetes::Kubernetes;
pub(crate) use kubernetes::{
    ClusterConnection, ClusterSettings, OnUnreachable, block_of_kubernetes, insecure_warning,
};
pub(crate) use settings::{Headers, Settings};
pub(crate) use sign_in::{CERTIFICATE, MESSAGES, Services, SignIn, describe_methods};

// === schema ===

/// The arguments of the provider block.
pub(crate) fn attributes() -> Vec<Attribute> {
    [sign_in(), other_methods(), place(), vec![kubernetes::on_unreachable()]].concat()
}

/// The blocks of the provider block.
pub(crate) fn endpoint() -> Block {
    block(
        "endpoint",
        [
            setting("resource_manager_endpoint", "Where Azure Resource Manager is served."),
            setting(
                "resource_manager_audience",
                "Whom its tokens are for. Defaults to `resource_manager_endpoint`.",
            ),
            setting("active_directory_authority_host", "Where tokens are issued."),
        ],
    )
    .help("Endpoints of an Azure that `environment` does not name, or in the place of its own.")
}

fn sign_in() -> Vec<Attribute> {
    vec![
        setting("tenant_id", "Tenant to sign in to."),
        texts("auxiliary_tenant_ids").optional().help(with_variables(
            "auxiliary_tenant_ids",
            "Up to three tenants whose tokens go with each request besides.",
        )),
        setting(
            "client_id",
            "Application (client) ID of a service principal, or of a user-assigned managed identity.",
        ),
        setting("client_id_file_path", "File that holds the client ID."),
        setting("client_secret", "Secret of the service principal.").sensitive(),
        setting("client_secret_file_path", "File that holds the client secret."),
        setting(
            "client_certificate",
            "Certificate of the service principal with its private key: a PKCS #12 bundle or PEM, \
             base64.",
        )
        .sensitive(),
        setting("client_certificate_path", "Path of such a bundle, `.pfx` or `.pem`."),
        setting("client_certificate_password", "Password of the bundle.").sensitive(),
        setting("access_token", "A token for Azure Resource Manager, ready to use.").sensitive(),
        switch("use_cli", "Sign in as the Azure CLI is signed in. On by default."),
        setting(
            "subscription_id",
            "Subscription for which the Azure CLI is asked for a token where `tenant_id` is not set, \
             and in which a data source looks that names none.",
        ),
    ]
}

fn other_methods() -> Vec<Attribute> {
    vec![
        switch("use_oidc", "Sign in as the service principal by a token of a pipeline (OIDC)."),
        setting("oidc_token", "Token for `use_oidc`.").sensitive(),
        setting(
            "oidc_token_file_path",
            "File of the token for `use_oidc`. It is read anew each time.",
        ),
        setting("oidc_request_url", "Where the token for `use_oidc` is requested, by https."),
        setting("oidc_request_token", "Bearer token of that request.").sensitive(),
        setting(
            "ado_pipeline_service_connection_id",
            "Service connection of Azure DevOps whose token is requested.",
        ),
        switch("use_msi", "Sign in as the managed identity of this machine or service."),
        setting("msi_endpoint", "Endpoint of the managed identity, if it is not found by itself."),
        switch("use_aks_workload_identity", "Sign in as the workload identity of this pod on AKS."),
    ]
}

fn place() -> Vec<Attribute> {
    vec![
        setting(
            "environment",
            "Azure cloud: `public`, `usgovernment` or `china`; beside `metadata_host` one of the \
             clouds that it lists. Defaults to `public`.",
        ),
        setting(
            "metadata_host",
            "Host that describes a cloud, such as `management.local.azurestack.external`. It is \
             asked when Azure is first needed.",
        ),
        setting("ca_certificate_path", "PEM file of a certificate authority to trust as well."),
        setting("partner_id", "GUID that attributes usage to a partner."),
        switch("disable_correlation_request_id", "Send no correlation ID."),
        setting(
            "resource_provider_registrations",
            "Resource providers to register. Only `none`, the default, is supported yet: \
             a missing registration is an error with the command that registers it.",
        ),
    ]
}

/// An optional text whose help ends with its variables.
fn setting(name: &'static str, help: &str) -> Attribute {
    text(name).optional().help(with_variables(name, help))
}

fn switch(name: &'static str, help: &str) -> Attribute {
    flag(name).optional().help(with_variables(name, help))
}

fn with_variables(name: &str, help: &str) -> String {
    if variables(name).is_empty() {
        return help.to_owned();
    }
    let quoted: Vec<_> = variables(name).iter().map(|name| format!("`{name}`")).collect();
    format!("{help} Also from {}.", quoted.join(" or "))
}

// === as written ===

/// The provider block as written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Config {
    pub(crate) tenant_id: Attr<String>,
    pub(crate) client_id: Attr<String>,
    pub(crate) client_id_file_path: Attr<String>,
    pub(crate) client_secret: Attr<Sensitive<String>>,
    pub(crate) client_secret_file_path: Attr<String>,
    pub(crate) access_token: Attr<Sensitive<String>>,
    pub(crate) use_cli: Attr<bool>,
    pub(crate) subscription_id: Attr<String>,
    pub(crate) client_certificate: Attr<Sensitive<String>>,
    pub(crate) client_certificate_path: Attr<String>,
    pub(crate) client_certificate_password: Attr<Sensitive<String>>,
    pub(crate) use_oidc: Attr<bool>,
    pub(crate) oidc_token: Attr<Sensitive<String>>,
    pub(crate) oidc_token_file_path: Attr<String>,
    pub(crate) oidc_request_url: Attr<String>,
    pub(crate) oidc_request_token: Attr<Sensitive<String>>,
    pub(crate) ado_pipeline_service_connection_id: Attr<String>,
    pub(crate) use_msi: Attr<bool>,
    pub(crate) msi_endpoint: Attr<String>,
    pub(crate) use_aks_workload_identity: Attr<bool>,
    pub(crate) auxiliary_tenant_ids: AttrList<String>,
    pub(crate) environment: Attr<String>,
    pub(crate) metadata_host: Attr<String>,
    pub(crate) ca_certificate_path: Attr<String>,
    pub(crate) partner_id: Attr<String>,
    pub(crate) disable_correlation_request_id: Attr<bool>,
    pub(crate) resource_provider_registrations: Attr<String>,
    pub(crate) on_unreachable: Attr<String>,
    pub(crate) endpoint: Attr<Endpoint>,
    pub(crate) kubernetes: Attr<Kubernetes>,
}

/// The block `endpoint`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "these are azapi's names of the arguments")]
pub(crate) struct Endpoint {
    pub(crate) resource_manager_endpoint: Attr<String>,
    pub(crate) resource_manager_audience: Attr<String>,
    pub(crate) active_directory_authority_host: Attr<String>,
}

// === what is wrong with it by itself ===

/// Refuses what cannot be right whatever the environment holds when Azure is called.
pub(crate) fn validate(config: &Config, found: &mut Diagnostics) {
    refuse_unsupported(config, found);
    cloud::validate(config, found);
    kubernetes::validate(config, found);
    let partner = config.partner_id.known();
    partner
        .and_then(|partner| settings::refuse_partner(partner))
        .into_iter()
        .for_each(|wrong| found.push(wrong));
}

/// What this version does not have is refused, never passed over in silence.
fn refuse_unsupported(config: &Config, found: &mut Diagnostics) {
    let registrations = config.resource_provider_registrations.known();
    if registrations.is_some_and(|mode| mode != "none") {
        let refused = Diagnostic::error("Not supported by this version").detail(
            "`resource_provider_registrations` is not supported by this version of the provider. \
             Use `none`, and register with `az provider register`.",
        );
        found.push(refused.at("resource_provider_registrations"));
    }
}
