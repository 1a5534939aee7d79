//! PKCS #12 (RFC 7292), as far as a certificate and its key need it.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Choice, Decode, DecodeValue, Encode, ErrorKind, Sequence};
use des::TdesEde3;
use pkcs5::{AlgorithmIdentifierRef, EncryptionScheme};
use rc2::Rc2;
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use ring::hmac;

use super::key_derivation::{Purpose, derive_key, encode_password};
use super::{CertificateError, Contents, encode_secret};

/// More rounds than any writer makes, and seconds of work.
const MAX_ROUNDS: u32 = 10_000_000;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const ENCRYPTED_KEY_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const X509_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");

/// The file as a whole.
#[derive(Sequence)]
struct Pfx<'a> {
    version: u8,
    contents: ContentInfo<'a>,
    #[asn1(optional = "true")]
    authentication: Option<Authentication<'a>>,
}

#[derive(Sequence)]
struct ContentInfo<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: AnyRef<'a>,
}

#[derive(Sequence)]
struct Authentication<'a> {
    code: AuthenticationCode<'a>,
    salt: &'a OctetStringRef,
    #[asn1(default = "one_round")]
    rounds: u32,
}

#[derive(Sequence)]
struct AuthenticationCode<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    code: &'a OctetStringRef,
}

#[derive(Sequence)]
struct EncryptedData<'a> {
    version: u8,
    contents: EncryptedContent<'a>,
}

#[derive(Sequence)]
struct EncryptedContent<'a> {
    kind: ObjectIdentifier,
    algorithm: AlgorithmIdentifierRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    ciphertext: &'a OctetStringRef,
}

#[derive(Sequence)]
struct Bag<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: AnyRef<'a>,
    #[asn1(optional = "true")]
    attributes: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct CertificateBag<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    certificate: &'a OctetStringRef,
}

/// A private key with a password, as in PEM too.
#[derive(Sequence)]
pub(super) struct EncryptedKey<'a> {
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) ciphertext: &'a OctetStringRef,
}

/// The parameters of the old encryptions.
#[derive(Sequence)]
struct OldParameters<'a> {
    salt: &'a OctetStringRef,
    rounds: u32,
}

fn one_round() -> u32 {
    1
}

pub(super) fn read(bytes: &[u8], password: &str) -> Result<Contents, CertificateError> {
    let file = Pfx::from_der(bytes).map_err(|error| match error.kind() {
        ErrorKind::IndefiniteLength => CertificateError::IndefiniteLength,
        _ => CertificateError::Unreadable,
    })?;
    let safe = octets(file.contents.content)?;
    let opener = Opener::new(password, file.authentication.as_ref(), safe)?;
    let mut contents = Contents::default();
    for part in decode::<Vec<ContentInfo<'_>>>(safe)? {
        let bags = match part.kind {
            DATA => octets(part.content)?.to_vec(),
            ENCRYPTED_DATA => {
                let data: EncryptedData<'_> = convert(part.content)?;
                opener.decrypt(data.contents.algorithm, data.contents.ciphertext.as_bytes())?
            }
            other => return Err(CertificateError::UnknownEncryption(other.to_string())),
        };
        for bag in decode::<Vec<Bag<'_>>>(&bags)? {
            add_bag(&bag, &opener, &mut contents)?;
        }
    }
    Ok(contents)
}

fn add_bag(
    bag: &Bag<'_>, opener: &Opener, contents: &mut Contents,
) -> Result<(), CertificateError> {
    match bag.kind {
        KEY_BAG => contents.keys.push(encode_secret(&encode(bag.value)?)),
        ENCRYPTED_KEY_BAG => {
            let key: EncryptedKey<'_> = convert(bag.value)?;
            let key = opener.decrypt(key.algorithm, key.ciphertext.as_bytes())?;
            contents.keys.push(encode_secret(&key));
        }
        CERTIFICATE_BAG => {
            let bag: CertificateBag<'_> = convert(bag.value)?;
            if bag.kind == X509_CERTIFICATE {
                contents.certificates.push(bag.certificate.as_bytes().to_vec());
            }
        }
        _ => {}
    }
    Ok(())
}

/// A password in the two forms in which it is used.
struct Opener {
    password: String,
    /// For the keys of PKCS #12's own derivation.
    encoded: Vec<u8>,
}

impl Opener {
    /// Checks the password where the file tells its authentication code.
    fn new(
        password: &str, authentication: Option<&Authentication<'_>>, safe: &[u8],
    ) -> Result<Self, CertificateError> {
        let opener = |encoded| Self { password: password.to_owned(), encoded };
        let usual = encode_password(password);
        let Some(authentication) = authentication else { return Ok(opener(usual)) };
        if authentication.is_by(&usual, safe)? {
            return Ok(opener(usual));
        }
        if !password.is_empty() {
            return Err(CertificateError::WrongPassword);
        }
        if authentication.is_by(&[], safe)? {
            Ok(opener(Vec::new()))
        } else {
            Err(CertificateError::PasswordMissing)
        }
    }

    fn decrypt(
        &self, algorithm: AlgorithmIdentifierRef<'_>, ciphertext: &[u8],
    ) -> Result<Vec<u8>, CertificateError> {
        match OldCipher::of(algorithm.oid) {
            Some(cipher) => self.decrypt_old(cipher, algorithm, ciphertext),
            None => find_scheme(algorithm)?
                .decrypt(&self.password, ciphertext)
                .map_err(|_| self.refusal()),
        }
    }

    fn decrypt_old(
        &self, cipher: OldCipher, algorithm: AlgorithmIdentifierRef<'_>, ciphertext: &[u8],
    ) -> Result<Vec<u8>, CertificateError> {
        let parameters = algorithm.parameters.ok_or(CertificateError::Unreadable)?;
        let OldParameters { salt, rounds } = convert(parameters)?;
        let rounds = require_bounded(rounds)?;
        let derive = |purpose, length| {
            let password = &self.encoded;
            let salt = salt.as_bytes();
            derive_key(&SHA1_FOR_LEGACY_USE_ONLY, purpose, password, salt, rounds, length)
        };
        let key = derive(Purpose::Encryption, cipher.key_bytes());
        let initial_value = derive(Purpose::InitialValue, 8);
        cipher.decrypt(&key, &initial_value, ciphertext).ok_or_else(|| self.refusal())
    }

    fn refusal(&self) -> CertificateError {
        if self.password.is_empty() {
            CertificateError::PasswordMissing
        } else {
            CertificateError::WrongPassword
        }
    }
}

impl Authentication<'_> {
    /// Whether the code is one by this password. So is any by a method that is not known: the
    /// decryption tells then.
    fn is_by(&self, password: &[u8], authenticated: &[u8]) -> Result<bool, CertificateError> {
        let Some((digest, code)) = digest_of(self.code.algorithm.oid) else { return Ok(true) };
        let (rounds, salt) = (require_bounded(self.rounds)?, self.salt.as_bytes());
        let length = digest.output_len();
        let key = derive_key(digest, Purpose::Authentication, password, salt, rounds, length);
        let key = hmac::Key::new(code, &key);
        Ok(hmac::verify(&key, authenticated, self.code.code.as_bytes()).is_ok())
    }
}

fn digest_of(identifier: ObjectIdentifier) -> Option<(&'static Algorithm, hmac::Algorithm)> {
    Some(match identifier.to_string().as_str() {
        "1.3.14.3.2.26" => (&SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        "2.16.840.1.101.3.4.2.1" => (&SHA256, hmac::HMAC_SHA256),
        "2.16.840.1.101.3.4.2.2" => (&SHA384, hmac::HMAC_SHA384),
        "2.16.840.1.101.3.4.2.3" => (&SHA512, hmac::HMAC_SHA512),
        _ => return None,
    })
}

/// The encryptions of RFC 7292, appendix C, that are still met, all in CBC mode.
#[derive(Clone, Copy)]
enum OldCipher {
    ThreeDes,
    TwoKeyDes,
    Rc2Of128Bits,
    Rc2Of40Bits,
}

impl OldCipher {
    fn of(identifier: ObjectIdentifier) -> Option<Self> {
        Some(match identifier.to_string().as_str() {
            "1.2.840.113549.1.12.1.3" => Self::ThreeDes,
            "1.2.840.113549.1.12.1.4" => Self::TwoKeyDes,
            "1.2.840.113549.1.12.1.5" => Self::Rc2Of128Bits,
            "1.2.840.113549.1.12.1.6" => Self::Rc2Of40Bits,
            _ => return None,
        })
    }

    fn key_bytes(self) -> usize {
        match self {
            Self::ThreeDes => 24,
            Self::TwoKeyDes | Self::Rc2Of128Bits => 16,
            Self::Rc2Of40Bits => 5,
        }
    }

    fn decrypt(self, key: &[u8], initial_value: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::ThreeDes => {
                decrypt_with(TdesEde3::new_from_slice(key).ok()?, initial_value, ciphertext)
            }
            Self::TwoKeyDes => {
                let key = [key, key.get(..8)?].concat();
                decrypt_with(TdesEde3::new_from_slice(&key).ok()?, initial_value, ciphertext)
            }
            Self::Rc2Of128Bits => {
                decrypt_with(Rc2::new_with_eff_key_len(key, 128), initial_value, ciphertext)
            }
            Self::Rc2Of40Bits => {
                decrypt_with(Rc2::new_with_eff_key_len(key, 40), initial_value, ciphertext)
            }
        }
    }
}

/// The encryption of PBES2 (RFC 8018) with a key of PBKDF2. Another derivation could ask for any
/// amount of memory, and no writer of certificates has one.
pub(super) fn find_scheme(
    algorithm: AlgorithmIdentifierRef<'_>,
) -> Result<EncryptionScheme, CertificateError> {
    let unknown = || CertificateError::UnknownEncryption(algorithm.oid.to_string());
    let scheme = EncryptionScheme::try_from(algorithm).map_err(|_| unknown())?;
    let derivation = scheme.pbes2().and_then(|parameters| parameters.kdf.pbkdf2());
    require_bounded(derivation.ok_or_else(unknown)?.iteration_count)?;
    Ok(scheme)
}

fn decrypt_with<C: BlockCipherDecrypt>(
    cipher: C, initial_value: &[u8], ciphertext: &[u8],
) -> Option<Vec<u8>> {
    let mode = cbc::Decryptor::inner_iv_slice_init(cipher, initial_value).ok()?;
    mode.decrypt_padded_vec::<Pkcs7>(ciphertext).ok()
}

fn require_bounded(rounds: u32) -> Result<u32, CertificateError> {
    if rounds <= MAX_ROUNDS { Ok(rounds) } else { Err(CertificateError::Unreadable) }
}

/// What cannot be read once it is decrypted was decrypted wrongly, which a padding may hide.
fn decode<'a, T: Decode<'a>>(bytes: &'a [u8]) -> Result<T, CertificateError> {
    T::from_der(bytes).map_err(|_| CertificateError::Unreadable)
}

fn convert<'a, T>(value: AnyRef<'a>) -> Result<T, CertificateError>
where
    T: Choice<'a> + DecodeValue<'a, Error = der::Error>,
{
    value.decode_as().map_err(|_| CertificateError::Unreadable)
}

fn octets(value: AnyRef<'_>) -> Result<&[u8], CertificateError> {
    let octets: &OctetStringRef = value.decode_as().map_err(|_| CertificateError::Unreadable)?;
    Ok(octets.as_bytes())
}

fn encode(value: AnyRef<'_>) -> Result<Vec<u8>, CertificateError> {
    value.to_der().map_err(|_| CertificateError::Unreadable)
}
