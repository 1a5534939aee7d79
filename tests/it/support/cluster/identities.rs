//! Who a cluster is and whom it lets in: its authority, its certificates, and tokens that it believes.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

/// Who issues the tokens of service accounts.
pub(super) const ISSUER: &str = "https://kubernetes.default.svc";
/// For whom they are.
pub(super) const AUDIENCE: &str = "api";

/// The authority of a cluster, and the key that signs the tokens of its service accounts.
pub(super) struct Identities {
    authority: CertifiedIssuer<'static, KeyPair>,
    token_key: KeyPair,
}

/// A certificate and its key, both PEM.
pub(crate) struct Certificate {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Identities {
    pub(super) fn new() -> Self {
        let mut params = parameters("cluster authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(params, new_key()).expect("it can be signed");
        Self { authority, token_key: new_key() }
    }

    /// The authority's certificate, PEM.
    pub(super) fn authority(&self) -> String {
        self.authority.pem()
    }

    /// The key that signs tokens, and the one that checks them; both PEM.
    pub(super) fn token_keys(&self) -> [String; 2] {
        [self.token_key.serialize_pem(), self.token_key.public_key_pem()]
    }

    pub(super) fn server_certificate(&self) -> Certificate {
        let names = ["localhost", "127.0.0.1"].map(String::from);
        let mut params = CertificateParams::new(names).expect("the names are good");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params)
    }

    /// A user and the group of it.
    pub(super) fn client_certificate(&self, user: &str, group: &str) -> Certificate {
        let mut params = parameters(user);
        params.distinguished_name.push(DnType::OrganizationName, group);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    fn sign(&self, mut params: CertificateParams) -> Certificate {
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let key = new_key();
        let signed = params.signed_by(&key, &self.authority).expect("it can be signed");
        Certificate { certificate: signed.pem(), key: key.serialize_pem() }
    }

    /// A token of a service account, as the API server itself issues them, of which so many seconds are left.
    pub(super) fn token(&self, account: &Value, left: i64) -> String {
        let (namespace, name) = (&account["metadata"]["namespace"], &account["metadata"]["name"]);
        let text = |value: &Value| value.as_str().expect("an account has names").to_owned();
        let ends = now() + left;
        let began = ends - 2 * 3_600;
        let claims = json!({
            "iss": ISSUER,
            "aud": [AUDIENCE],
            "sub": format!("system:serviceaccount:{}:{}", text(namespace), text(name)),
            "iat": began,
            "nbf": began,
            "exp": ends,
            "kubernetes.io": {
                "namespace": namespace,
                "serviceaccount": {"name": name, "uid": account["metadata"]["uid"]},
            },
        });
        sign(&claims, &self.token_key)
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
    i64::try_from(since.as_secs()).expect("it is earlier than the end of time")
}

fn parameters(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::<String>::new()).expect("no name is bad");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("a key can be made")
}

fn sign(claims: &Value, key: &KeyPair) -> String {
    let header = json!({"alg": "ES256", "typ": "JWT"});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let key = EcdsaKeyPair::from_pkcs8(algorithm, &key.serialize_der(), &random)
        .expect("keys are made for this algorithm");
    let signature = key.sign(&random, signed.as_bytes()).expect("it can be signed");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
