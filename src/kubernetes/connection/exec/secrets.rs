//! What a plugin is given that nobody may see.

use vocabulary::Sensitive;

use super::ExecPlugin;

/// Words in the names of variables and flags whose values are secret.
const SECRET_WORDS: [&str; 6] = ["secret", "password", "passwd", "token", "key", "credential"];
/// How names end whose values only say where a secret is, or what it is called.
const HARMLESS_ENDS: [&str; 9] =
    ["file", "path", "dir", "id", "url", "uri", "name", "type", "host"];

impl ExecPlugin {
    /// The values of variables and flags whose names say that they are secret.
    pub(in crate::connection) fn secrets(&self) -> Vec<Sensitive<String>> {
        let variables = self.env.iter().filter(|(name, _)| is_secret_name(name));
        let variables = variables.map(|(_, value)| value.clone());
        variables.chain(self.secret_arguments().map(Sensitive::from)).collect()
    }

    /// What no complaint of the plugin's may repeat: the values of all its variables, and of flags
    /// whose names say that they are secret.
    pub(super) fn hidden_texts(&self) -> Vec<&str> {
        let variables = self.env.iter().map(|(_, value)| value.expose().as_str());
        variables.chain(self.secret_arguments()).collect()
    }

    /// The value in `--client-secret=VALUE` or after `--client-secret`.
    fn secret_arguments(&self) -> impl Iterator<Item = &str> {
        let next = self.args.iter().skip(1).map(Some).chain([None]);
        self.args.iter().zip(next).filter_map(|(argument, next)| {
            let flag = argument.strip_prefix('-')?;
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (flag, next.map(String::as_str)),
            };
            value.filter(|_| is_secret_name(name))
        })
    }
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
        && !HARMLESS_ENDS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_which_variables_and_flags_are_secret() {
        let version = "client.authentication.k8s.io/v1";
        let mut plugin = ExecPlugin::new("kubelogin", version, None).expect("a plugin");
        let variables = [
            ("AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "one"),
            ("AAD_LOGIN_METHOD", "spn"),
            ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/token"),
            ("ACCESS_TOKEN", "two"),
        ];
        plugin.env = variables.map(|(name, value)| (name.to_owned(), value.into())).to_vec();
        let args = "get-token --client-id c --client-secret three --password=four \
                    --token-cache-dir /cache --legacy --api-key";
        plugin.args = args.split_whitespace().map(str::to_owned).collect();
        let found: Vec<_> = plugin.secrets().iter().map(|it| it.expose().clone()).collect();
        assert_eq!(found, ["one", "two", "three", "four"]);
        let hidden = ["one", "spn", "/var/run/token", "two", "three", "four"];
        assert_eq!(plugin.hidden_texts(), hidden);
    }
}
