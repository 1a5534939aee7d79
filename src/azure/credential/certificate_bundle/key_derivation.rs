//! How PKCS #12 makes keys of a password (RFC 7292, appendix B). Old bundles are encrypted with such
//! keys, and most bundles are authenticated by one.

use ring::digest::{Algorithm, Context, digest};

/// What a derived key is for: the diversifier of RFC 7292.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Encryption = 1,
    InitialValue = 2,
    Authentication = 3,
}

/// How a password is told: as UTF-16 with two zero bytes, or, by some writers where it is empty, as
/// nothing.
pub(super) fn encode_password(password: &str) -> Vec<u8> {
    let units = password.encode_utf16().chain([0]);
    units.flat_map(u16::to_be_bytes).collect()
}

/// Derives a key of `length` bytes.
pub(super) fn derive_key(
    algorithm: &'static Algorithm, purpose: Purpose, password: &[u8], salt: &[u8], rounds: u32,
    length: usize,
) -> Vec<u8> {
    let block = algorithm.block_len();
    let diversifier = vec![purpose as u8; block];
    let mut input = [fill(salt, block), fill(password, block)].concat();
    let mut key = Vec::new();
    while key.len() < length {
        let mut first = Context::new(algorithm);
        first.update(&diversifier);
        first.update(&input);
        let mut part = first.finish();
        for _ in 1..rounds {
            part = digest(algorithm, part.as_ref());
        }
        key.extend_from_slice(part.as_ref());
        let addend: Vec<_> = part.as_ref().iter().copied().cycle().take(block).collect();
        input.chunks_mut(block).for_each(|number| add_one_more(number, &addend));
    }
    key.truncate(length);
    key
}

/// Repeats bytes to a multiple of the block; nothing stays nothing.
fn fill(bytes: &[u8], block: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(bytes.len().div_ceil(block) * block).collect()
}

/// `number + addend + 1` of two numbers of one length, the highest byte first and the carry dropped.
fn add_one_more(number: &mut [u8], addend: &[u8]) {
    let mut carry = 1;
    for (byte, added) in number.iter_mut().zip(addend).rev() {
        let sum = u16::from(*byte) + u16::from(*added) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
}
