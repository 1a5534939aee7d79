//! What a program that is run for a credential does not inherit.

/// Variables of the host: by which it starts a plugin, which a program that this one runs is not,
/// and those that may hold secrets: values of input variables, tokens for registries, keys of an
/// encrypted state. A name that ends with `*` stands for all that begin so.
pub(super) const HOST_VARIABLES: [&str; 12] = [
    "PLUGIN_CLIENT_CERT",
    "PLUGIN_MAX_PORT",
    "PLUGIN_MIN_PORT",
    "PLUGIN_MULTIPLEX_GRPC",
    "PLUGIN_PROTOCOL_VERSIONS",
    "PLUGIN_UNIX_SOCKET_DIR",
    "TF_CLI_ARGS*",
    "TF_ENCRYPTION",
    "TF_HTTP_PASSWORD",
    "TF_PLUGIN_MAGIC_COOKIE",
    "TF_TOKEN_*",
    "TF_VAR_*",
];
/// Secrets of this provider's own, which are nobody else's business. Those by which a pipeline or
/// a service lets its jobs sign in are its own, and a program may sign in by them too.
pub(super) const SECRET_VARIABLES: [&str; 9] = [
    "ARM_CLIENT_CERTIFICATE",
    "ARM_CLIENT_CERTIFICATE_PASSWORD",
    "ARM_CLIENT_SECRET",
    "ARM_OIDC_REQUEST_TOKEN",
    "ARM_OIDC_TOKEN",
    "AZUREML_ACCESS_TOKEN",
    "KUBE_CLIENT_KEY_DATA",
    "KUBE_PROXY_URL",
    "KUBE_TOKEN",
];

/// All that `az` does not inherit.
pub(super) fn withheld_variables() -> Vec<String> {
    HOST_VARIABLES.into_iter().chain(SECRET_VARIABLES).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use framework::Schema;

    use super::*;
    use crate::config;
    use crate::config::environment::VARIABLES;

    /// By which a pipeline lets its jobs sign in, with whatever program.
    const OF_PIPELINES: [&str; 2] = ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"];

    #[test]
    fn every_variable_of_a_secret_argument_is_withheld() {
        let schema = Schema::new("").with(config::attributes());
        let schema = schema.with_blocks([config::block_of_kubernetes()]);
        let secret = schema.body().paths(&|attribute| attribute.sensitive);
        let variables = VARIABLES.iter().filter(|(name, _)| secret.iter().any(|it| it == name));
        let variables: Vec<_> = variables.flat_map(|(_, names)| names.iter().copied()).collect();
        assert!(variables.len() >= 8, "{variables:?} of {secret:?}");
        for name in variables {
            let is_withheld = SECRET_VARIABLES.contains(&name) || OF_PIPELINES.contains(&name);
            assert!(is_withheld, "{name}");
        }
        for name in SECRET_VARIABLES {
            assert!(VARIABLES.iter().any(|(_, names)| names.contains(&name)), "{name}");
        }
    }
}
