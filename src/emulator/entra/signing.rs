//! Tokens that others can verify.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use serde_json::{Value, json};
use std::io;

const KEY_ID: &str = "emulator";
/// The first byte of a public key that is a point with both coordinates.
const COORDINATES_FOLLOW: u8 = 4;

/// A key pair of its own for each emulator.
#[derive(Debug)]
pub(crate) struct SigningKey(EcdsaKeyPair);

impl SigningKey {
    pub(crate) fn generate() -> io::Result<Self> {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &random)
            .map_err(|error| io::Error::other(error.to_string()))?;
        let key = EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random);
        Ok(Self(key.map_err(|error| io::Error::other(error.to_string()))?))
    }

    /// The public key, as a set of JSON Web Keys.
    pub(super) fn key_set(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let coordinates = point.strip_prefix(&[COORDINATES_FOLLOW]).unwrap_or(point);
        let (x, y) = coordinates.split_at(coordinates.len() / 2);
        json!({"keys": [{
            "kty": "EC",
            "crv": "P-256",
            "use": "sig",
            "alg": "ES256",
            "kid": KEY_ID,
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
        }]})
    }

    /// Whether a signature over a text is this key's.
    pub(super) fn has_signed(&self, signed: &str, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.0.public_key().as_ref());
        key.verify(signed.as_bytes(), signature).is_ok()
    }

    /// A JSON Web Token.
    pub(crate) fn sign(&self, claims: &Value) -> io::Result<String> {
        let header = json!({"alg": "ES256", "kid": KEY_ID, "typ": "JWT"});
        let [header, claims] =
            [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|error| io::Error::other(error.to_string()))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
