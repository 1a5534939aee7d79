//! What an update turns on: a create does not send what inference needs while it is off, nor a
//! certificate while plain HTTP is allowed, so the update that changes that has to.

use std::collections::BTreeMap;

use super::declared::{Declared, is_true};
use super::update::plain;
use super::wire;

/// Plain settings as the service holds them.
type Held = BTreeMap<String, String>;

/// Adds to the `settings` of an update what its change of them asks for, in a service that holds
/// `held`.
pub(super) fn turn_on(held: &Held, declared: &Declared, settings: &mut Held) {
    let next = merge(held, settings);
    let serves = is_inference_on(&next) && !is_inference_on(held);
    let encrypts = serves_https(&next) && !serves_https(held);
    let begins = |key: &str| match key {
        wire::ROUTER_SSL_SECRET => encrypts,
        wire::ROUTER_NODE_PORT | wire::ROUTER_INTERNAL_LOAD_BALANCER => serves,
        _ => false,
    };
    settings.extend(plain(declared).into_iter().filter(|(key, _)| begins(key)));
}

/// Whether an update of these `settings` makes the router use the certificate that is written, which
/// was not sent before.
pub fn turns_on_certificate(held: &Held, declared: &Declared, settings: &Held) -> bool {
    let written = !declared.ssl_cert_pem.is_null() && !declared.ssl_key_pem.is_null();
    written && serves_https(&merge(held, settings)) && !serves_https(held)
}

fn merge(held: &Held, settings: &Held) -> Held {
    let mut next = held.clone();
    next.extend(settings.clone());
    next
}

fn is_inference_on(held: &Held) -> bool {
    held.get(wire::ENABLE_INFERENCE).is_some_and(|value| is_true(value))
}

/// Whether inference answers over HTTPS.
pub fn serves_https(held: &Held) -> bool {
    is_inference_on(held)
        && !held.get(wire::ALLOW_INSECURE_CONNECTIONS).is_some_and(|value| is_true(value))
}

#[cfg(test)]
mod tests {
    use vocabulary::{Attr, Sensitive};

    use super::{Held, turn_on, turns_on_certificate};
    use crate::settings::{Declared, Settings};

    #[test]
    fn inference_brings_its_router() {
        let text = |value: &str| Attr::Known(value.to_owned());
        let settings = Settings {
            inference_router_service_type: text("nodePort"),
            ssl_secret: text("router"),
            ..Settings::default()
        };
        let declared = Declared { settings, ..Declared::default() };
        let on = held(&[("enableInference", "True")]);
        let router =
            held(&[("scoringFe.serviceType.nodePort", "True"), ("scoringFe.sslSecret", "router")]);
        assert_eq!(sent_beside(&held(&[("enableInference", "False")]), &declared, &on), router);
        assert_eq!(sent_beside(&on, &declared, &held(&[("enableInference", "true")])), held(&[]));
        let insecure = held(&[("enableInference", "True"), ("allowInsecureConnections", "True")]);
        let secure = held(&[("allowInsecureConnections", "False")]);
        let secret = held(&[("scoringFe.sslSecret", "router")]);
        assert_eq!(sent_beside(&insecure, &declared, &secure), secret);
    }

    #[test]
    fn a_certificate_is_turned_on_with_encryption() {
        let mut declared = Declared::default();
        let insecure = held(&[("enableInference", "True"), ("allowInsecureConnections", "True")]);
        let secure = held(&[("allowInsecureConnections", "False")]);
        assert!(!turns_on_certificate(&insecure, &declared, &secure));
        declared.ssl_cert_pem = Attr::Unknown;
        declared.ssl_key_pem = Attr::Known(Sensitive::from("key"));
        assert!(turns_on_certificate(&insecure, &declared, &secure));
        assert!(!turns_on_certificate(&insecure, &declared, &held(&[])));
        assert!(!turns_on_certificate(&held(&[]), &declared, &secure));
    }

    fn sent_beside(before: &Held, declared: &Declared, settings: &Held) -> Held {
        let mut sent = settings.clone();
        turn_on(before, declared, &mut sent);
        sent.retain(|key, _| !settings.contains_key(key));
        sent
    }

    fn held(entries: &[(&str, &str)]) -> Held {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }
}
