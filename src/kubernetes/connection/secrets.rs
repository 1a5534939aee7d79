//! What a connection holds that nobody may see.

use vocabulary::Sensitive;

use super::{Connection, Token};

impl Connection {
    /// Every secret that it holds by itself: of the proxy, of the identity, and what a plugin is
    /// given to ask for a credential. What a plugin, a file or a source then gives is not among
    /// them.
    pub fn secrets(&self) -> Vec<Sensitive<String>> {
        let proxy = self.proxy.iter().flat_map(super::Proxy::secrets);
        let key = self.identity.certificate.iter().map(|certificate| certificate.key.clone());
        let token = match &self.identity.token {
            Token::Fixed(token) | Token::File(_, Some(token)) => vec![token.clone()],
            Token::Exec(plugin) => plugin.secrets(),
            Token::None | Token::File(_, None) | Token::Source(_) => Vec::new(),
        };
        proxy.chain(key).chain(token).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::Cluster;
    use crate::connection::{ClientCertificate, ExecPlugin, Identity, Proxy, Roots, Server};

    fn plugin() -> ExecPlugin {
        let version = "client.authentication.k8s.io/v1";
        let mut plugin = ExecPlugin::new("kubelogin", version, None).expect("a plugin");
        plugin.env = vec![("CLIENT_SECRET".to_owned(), "of-the-plugin".into())];
        plugin
    }

    #[test]
    fn what_a_connection_holds_is_told_before_it_is_used() {
        let certificate =
            ClientCertificate { certificate: "public".to_owned(), key: "private".into() };
        let file = |token: Option<&str>| Token::File(PathBuf::from("/t"), token.map(Into::into));
        let proxy = |url: &str| Some(Proxy::explicit("`proxy_url`", url.to_owned()));
        for (identity, proxy, expected) in [
            (Identity::from(Token::None), None, &[][..]),
            (Token::Fixed("fixed".into()).into(), None, &["fixed"]),
            (file(None).into(), proxy("http://proxy.example"), &[]),
            (file(Some("beside")).into(), None, &["beside"]),
            (Token::Exec(Box::new(plugin())).into(), None, &["of-the-plugin"]),
            (certificate.into(), None, &["private"]),
            (
                Token::None.into(),
                proxy("socks5://user:p%40ss@proxy.example"),
                &["p%40ss", "p@ss", "user:p@ss"],
            ),
            (Token::None.into(), proxy("user:pass@proxy.example:1"), &["pass", "user:pass"]),
            (Token::None.into(), proxy("http://token@proxy.example"), &["token"]),
        ] {
            let server = Server::new("cluster.example", Roots::Platform).expect("an address");
            let told = Arc::new(Mutex::new(Vec::new()));
            let learned = told.clone();
            let connection = Connection { server, identity, proxy };
            let _cluster = Cluster::new(
                connection,
                "test".to_owned(),
                Arc::new(move |secret: &str| {
                    learned.lock().expect("no panic").push(secret.to_owned());
                }),
            );
            assert_eq!(*told.lock().expect("no panic"), expected);
        }
    }
}
