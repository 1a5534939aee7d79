//! Certificate and key of inference: PEM texts become the base64 that the router's chart takes.
//!
//! They are checked in three steps: [`check`] the PEM syntax, [`check_certificate`] the contents,
//! [`check_validity`] the dates.

mod certificate;
mod key;
mod pem;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use vocabulary::{Attr, Path, Problem, Sensitive};

use self::certificate::Certificate;
use self::key::RsaKey;
use self::pem::Block;
use super::declared::{Declared, is_true};
use super::wire;

/// Encodes a PEM text in base64, with the line ends of Unix.
pub(super) fn encode(pem: &Sensitive<String>) -> Sensitive<String> {
    Sensitive::from(STANDARD.encode(pem::unix_lines(pem.expose())))
}

/// The protected settings that hold certificate and key, each with the attribute for its text.
const PROTECTED_SETTINGS: [(&str, &str); 2] =
    [(wire::ROUTER_SSL_CERT, CERTIFICATE), (wire::ROUTER_SSL_KEY, KEY)];

/// Whether a certificate and its key are given, as texts or as the service takes them. `None`: not
/// known yet.
pub(super) fn is_given(declared: &Declared) -> Option<bool> {
    let texts = are_both_set([&declared.ssl_cert_pem, &declared.ssl_key_pem]);
    let taken = PROTECTED_SETTINGS.map(|(key, _)| declared.secret(key));
    match [texts, are_both_set([&taken[0], &taken[1]])] {
        [Some(true), _] | [_, Some(true)] => Some(true),
        [Some(false), Some(false)] => Some(false),
        _ => None,
    }
}

/// Whether neither certificate nor key is set, as PEM or as a protected setting.
pub(super) fn is_left_out(declared: &Declared) -> bool {
    let texts = [&declared.ssl_cert_pem, &declared.ssl_key_pem];
    let taken = PROTECTED_SETTINGS.map(|(key, _)| declared.secret(key));
    texts.into_iter().chain(&taken).all(Attr::is_null)
}

fn are_both_set(halves: [&Attr<Sensitive<String>>; 2]) -> Option<bool> {
    let given = halves.map(|half| match half {
        Attr::Unknown => None,
        half => Some(half.known().is_some_and(|half| !half.expose().is_empty())),
    });
    match given {
        [Some(certificate), Some(key)] => Some(certificate && key),
        [Some(false), None] | [None, Some(false)] => Some(false),
        _ => None,
    }
}

/// The PEM attribute that sets the same value as the protected setting `key`, if it is set.
pub(super) fn text_beside(declared: &Declared, key: &str) -> Option<&'static str> {
    let (_, attribute) = PROTECTED_SETTINGS.into_iter().find(|(taken, _)| *taken == key)?;
    let text =
        if attribute == CERTIFICATE { &declared.ssl_cert_pem } else { &declared.ssl_key_pem };
    (!text.is_null()).then_some(attribute)
}

/// Problems with the PEM syntax of certificate and key.
pub(super) fn check(
    certificate: &Attr<Sensitive<String>>, key: &Attr<Sensitive<String>>,
) -> Vec<Problem> {
    let pems = [(CERTIFICATE, certificate, Block::Certificate), (KEY, key, Block::Key)];
    let fault = |(attribute, pem, block): (&str, &Attr<Sensitive<String>>, Block)| {
        let cause = pem::fault(pem.known()?.expose(), block)?;
        Some(Problem::error(at(attribute), cause, block.fix()))
    };
    let mut found: Vec<Problem> = pems.into_iter().filter_map(fault).collect();
    found.extend(check_both_set(certificate, key));
    found
}

/// Problems with the contents of certificate and key: whether they can be read, use RSA, belong
/// together, are in order, and match `ssl_cname`. [`super::check()`] reports what is not PEM.
pub fn check_certificate(declared: &Declared) -> Vec<Problem> {
    let (chain, key) = (chain(declared), key(declared));
    let mut found = Vec::new();
    if let Some(Err(position)) = chain {
        let cause = format!("certificate {position} of ssl_cert_pem is damaged: it cannot be read");
        found.push(Problem::error(at(CERTIFICATE), cause, Block::Certificate.fix()));
    }
    if let Some(Err(cause)) = key {
        found.push(Problem::error(at(KEY), cause, RSA_FIX));
    }
    let chain = chain.and_then(Result::ok).unwrap_or_default();
    if let Some(server) = chain.first() {
        found.extend(kind(server));
        found.extend(key.and_then(Result::ok).and_then(|key| pair(&chain, &key)));
        found.extend(order(&chain));
        found.extend(name(server, declared));
    }
    found
}

/// Problems with certificates that have expired, are not valid yet, or expire within 30 days.
///
/// Only the server's own is an error: which issuers are needed differs between clients. Nothing is
/// reported where plain HTTP is allowed, since then no certificate is sent.
pub fn check_validity(declared: &Declared, now: SystemTime) -> Vec<Problem> {
    if declared.get(wire::ALLOW_INSECURE_CONNECTIONS).known().is_some_and(|value| is_true(value)) {
        return Vec::new();
    }
    let chain = chain(declared).and_then(Result::ok).unwrap_or_default();
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let chain = chain.iter().enumerate();
    chain.filter_map(|(position, one)| validity(position, one, now)).collect()
}

const CERTIFICATE: &str = "ssl_cert_pem";
const KEY: &str = "ssl_key_pem";
const RSA_FIX: &str = "give an RSA key without a passphrase, and a certificate that was issued \
                          for it";
const SOON: Duration = Duration::from_hours(30 * 24);

fn at(attribute: &str) -> Path {
    Path::root().attribute(attribute)
}

/// One without the other has no effect.
fn check_both_set(
    certificate: &Attr<Sensitive<String>>, key: &Attr<Sensitive<String>>,
) -> Option<Problem> {
    let (there, missing) = match (certificate.is_null(), key.is_null()) {
        (false, true) => (CERTIFICATE, KEY),
        (true, false) => (KEY, CERTIFICATE),
        _ => return None,
    };
    let cause = format!("{there} is not used without {missing}");
    let fix = format!("set {missing} too, or leave both out and set ssl_secret");
    Some(Problem::warning(at(there), cause, fix))
}

/// The certificates, if they are written, known and PEM.
fn chain(declared: &Declared) -> Option<Result<Vec<Certificate>, usize>> {
    readable(&declared.ssl_cert_pem, Block::Certificate).map(certificate::chain)
}

/// The public half of the key, if it is written, known and PEM.
fn key(declared: &Declared) -> Option<Result<RsaKey, &'static str>> {
    readable(&declared.ssl_key_pem, Block::Key).map(key::public)
}

fn readable(pem: &Attr<Sensitive<String>>, block: Block) -> Option<&str> {
    let text = pem.known().map(|pem| pem.expose().as_str());
    text.filter(|text| pem::fault(text, block).is_none())
}

fn kind(server: &Certificate) -> Option<Problem> {
    let cause = "the certificate is not for an RSA key, which is the only kind that is taken";
    server.key.is_none().then(|| Problem::error(at(CERTIFICATE), cause, RSA_FIX))
}

/// The key belongs to the first certificate.
fn pair(chain: &[Certificate], key: &RsaKey) -> Option<Problem> {
    let position = chain.iter().position(|one| one.key.as_ref() == Some(key));
    match position {
        Some(0) => None,
        Some(position) => {
            let place = position + 1;
            let cause =
                format!("the key belongs to certificate {place} of the text, not to the first");
            Some(Problem::error(at(CERTIFICATE), cause, ORDER))
        }
        None => {
            let cause = "the key does not belong to the certificate";
            let fix = "give the key that the certificate was issued for, or the certificate that was \
                       issued for this key";
            Some(Problem::error(at(KEY), cause, fix))
        }
    }
}

const ORDER: &str =
    "write the server's certificate first, then the intermediate that issued it, then the root";

/// Each certificate is followed by its issuer.
fn order(chain: &[Certificate]) -> Option<Problem> {
    let mut pairs = chain.windows(2);
    let position = pairs.position(|pair| !pair[0].is_issued_by(&pair[1]))?;
    let (one, next) = (position + 1, position + 2);
    let cause = format!("certificate {next} of the text did not issue certificate {one}");
    Some(Problem::warning(at(CERTIFICATE), cause, ORDER))
}

/// The certificate is for the name that is written.
fn name(server: &Certificate, declared: &Declared) -> Option<Problem> {
    let host = declared.get(wire::SSL_CNAME);
    let host = host.known().filter(|host| !host.is_empty() && !server.is_for(host))?;
    let names = match server.names.as_slice() {
        [] => "no host".to_owned(),
        names => names.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", "),
    };
    let cause = format!("the certificate is for {names}, not for {host}");
    let fix = "set it to a name of the certificate, or give the certificate of this name";
    Some(Problem::warning(at("ssl_cname"), cause, fix))
}

fn validity(position: usize, one: &Certificate, now: Duration) -> Option<Problem> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let soon = now.saturating_add(i64::try_from(SOON.as_secs()).unwrap_or(i64::MAX));
    let (start, end) = (one.starts.to_datetime().date(), one.ends.to_datetime().date());
    let (is_over, what) = if one.ends.timestamp() < now {
        (true, format!("expired on {end}"))
    } else if now < one.starts.timestamp() {
        (true, format!("is not valid before {start}"))
    } else if one.ends.timestamp() < soon {
        (false, format!("expires on {end}"))
    } else {
        return None;
    };
    let at = at(CERTIFICATE);
    let fix = "give a certificate that is valid now, and its key";
    Some(match position {
        0 if is_over => Problem::error(at, format!("the certificate {what}"), fix),
        0 => Problem::warning(at, format!("the certificate {what}"), "renew it in time"),
        _ => {
            let place = position + 1;
            let cause = format!("certificate {place} of the text, an issuer, {what}");
            Problem::warning(at, cause, "give the issuers that are valid now")
        }
    })
}

#[cfg(test)]
mod tests;
