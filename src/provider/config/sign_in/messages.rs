//! What is said of a way to sign in that cannot be used.

use crate::message::Message;

/// All of them, for the guide to troubleshooting.
pub(crate) const MESSAGES: [Message; 8] = [
    INCOMPLETE,
    NO_PROOF,
    NO_OIDC_TOKEN,
    NO_POD,
    NOT_CLEAR,
    CERTIFICATE_PASSWORD,
    CERTIFICATE_FILE,
    TOKEN_URL,
];

const NOT_COMPLETE: &str = "Sign-in is not complete";

pub(super) const INCOMPLETE: Message = Message {
    summary: NOT_COMPLETE,
    of: "a principal of which something is missing",
    detail: "{proof} needs `{argument}` beside it. Set it, or {variables} in the environment.",
    fix: "",
};
pub(super) const NO_PROOF: Message = Message {
    summary: NOT_COMPLETE,
    of: "a principal that is named alone",
    detail: "{client} names a principal, and nothing proves it. The provider does not sign in as anybody \
             else in its place, so the account of the Azure CLI is not used.",
    fix: "Set `tenant_id` (ARM_TENANT_ID) with one of `client_secret` (ARM_CLIENT_SECRET), \
          `client_secret_file_path` (ARM_CLIENT_SECRET_FILE_PATH) and `client_certificate_path` \
          (ARM_CLIENT_CERTIFICATE_PATH); or write in the block `provider \"azureml\"` how it proves \
          itself: `use_oidc = true` in a pipeline, `use_msi = true` for a managed identity, \
          `use_aks_workload_identity = true` in a pod. To sign in as the Azure CLI is signed in \
          where a pipeline's token is not there, write `use_oidc = true` and `use_cli = true`.",
};
pub(super) const NO_OIDC_TOKEN: Message = Message {
    summary: NOT_COMPLETE,
    of: "`use_oidc` without a token",
    detail: "`use_oidc` (ARM_USE_OIDC) is true, and there is no token to sign in with. Give one of\n\n  \
             oidc_token_file_path (ARM_OIDC_TOKEN_FILE_PATH), or oidc_token (ARM_OIDC_TOKEN)\n  \
             in GitHub Actions `permissions: id-token: write` for the job, which sets \
             ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN\n  \
             in Azure DevOps ado_pipeline_service_connection_id \
             (ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID), and SYSTEM_ACCESSTOKEN in the environment of \
             the step",
    fix: "The provider does not sign in as anybody else in its place. To sign in as the Azure CLI \
          is signed in, write `use_cli = true` in the block `provider \"azureml\"`; variables may \
          stay as they are for other providers.",
};
pub(super) const NO_POD: Message = Message {
    summary: NOT_COMPLETE,
    of: "`use_aks_workload_identity` outside of a pod that has one",
    detail: "`use_aks_workload_identity` (ARM_USE_AKS_WORKLOAD_IDENTITY) is true, and neither \
             `{argument}` nor {variables} is set. Kubernetes sets it in a pod with the label \
             `azure.workload.identity/use: \"true\"` whose service account is annotated with \
             `azure.workload.identity/client-id`.",
    fix: "The provider does not sign in as anybody else in its place. To sign in as the Azure CLI \
          is signed in, write `use_cli = true` in the block `provider \"azureml\"`.",
};
pub(super) const NOT_CLEAR: Message = Message {
    summary: "Sign-in is not clear",
    of: "",
    detail: "`{argument}` is {given}, and the pod's own workload identity has {other} ({variables}). \
             Remove `{argument}` with its variables, or let both say the same.",
    fix: "",
};
pub(super) const CERTIFICATE_PASSWORD: Message = Message {
    summary: CERTIFICATE,
    of: "a certificate whose password is wrong or missing",
    detail: "{given}: {why}. Set `client_certificate_password` (ARM_CLIENT_CERTIFICATE_PASSWORD).",
    fix: "",
};
pub(super) const CERTIFICATE_FILE: Message = Message {
    summary: CERTIFICATE,
    of: "",
    detail: "{given}: {why}. Give a .pfx or .pem file with the application's certificate and private \
             key.",
    fix: "",
};
/// What is said first of a certificate: the rest is in its error.
pub(crate) const CERTIFICATE: &str = "Certificate cannot be used";
pub(super) const TOKEN_URL: Message = Message {
    summary: "Invalid URL of a token",
    of: "",
    detail: "{given}: {why}. It must be an https URL, as the pipeline gives it.",
    fix: "",
};
