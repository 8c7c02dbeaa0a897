//! AES-256-GCM with random nonces: the one cipher under data keys and key wrapping.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hefu_kernel::Rng;
use zeroize::Zeroize as _;

use crate::CryptoError;

/// The first byte of everything sealed, so that a later algorithm can stand beside this one.
pub(crate) const AES_256_GCM_ID: u8 = 1;

/// Length of a key in bytes.
pub(crate) const KEY_LEN: usize = 32;

/// What sealing adds to a message, in bytes: nonce and tag.
pub(crate) const OVERHEAD: usize = NONCE_LEN + 16;

/// A 256-bit key outside a cipher. It lies in one place until it is wiped there: whoever hands it on hands on the way to it, and no copy stays
/// behind on the stack or where a list of keys was before it grew.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Secret(Box<[u8; KEY_LEN]>);

impl std::ops::Deref for Secret {
    type Target = [u8; KEY_LEN];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl std::ops::DerefMut for Secret {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A new random key.
pub(crate) fn new_secret(rng: &dyn Rng) -> Secret {
    let mut secret = Secret::default();
    rng.fill(secret.as_mut_slice());
    secret
}

/// A key made ready for sealing and opening. aws-lc wipes the prepared key when it frees it.
pub(crate) struct Cipher(LessSafeKey);

impl Cipher {
    pub(crate) fn new(secret: &Secret) -> Self {
        match UnboundKey::new(&AES_256_GCM, secret.as_slice()) {
            Ok(key) => Self(LessSafeKey::new(key)),
            Err(_) => crate::give_up("AES-256 refuses a key of its own length"),
        }
    }

    /// `header`, then nonce, ciphertext and tag.
    ///
    /// NIST SP 800-38D §8.3 allows 2^32 messages under one key when the 96-bit nonces are random; two of them then
    /// meet with a probability below 2^-32. A data key seals a few fields of one person and a wrapping key one data
    /// key per person, so both stay far below.
    pub(crate) fn seal(&self, rng: &dyn Rng, aad: &[u8], header: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill(&mut nonce);
        let mut out = Vec::with_capacity(header.len() + OVERHEAD + plaintext.len());
        out.extend_from_slice(header);
        out.extend_from_slice(&nonce);
        let start = out.len();
        out.extend_from_slice(plaintext);
        let nonce = Nonce::assume_unique_for_key(nonce);
        match self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut out[start..]) {
            Ok(tag) => out.extend_from_slice(tag.as_ref()),
            Err(_) => crate::give_up("AES-GCM cannot seal a message (its limit is 64 GiB)"),
        }
        out
    }

    /// The plaintext of `body`: what [`Cipher::seal`] wrote after its header.
    pub(crate) fn open(&self, aad: &[u8], body: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (nonce, sealed) = body.split_first_chunk().ok_or(CryptoError::Malformed)?;
        let mut out = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = match self.0.open_in_place(nonce, Aad::from(aad), &mut out) {
            Ok(plaintext) => plaintext.len(),
            Err(_) => return Err(CryptoError::Unauthentic),
        };
        out.truncate(length);
        Ok(out)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    struct Fixed(&'static [u8]);

    impl Rng for Fixed {
        fn fill(&self, out: &mut [u8]) {
            out.copy_from_slice(self.0);
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    /// McGrew and Viega, "The Galois/Counter Mode of Operation" (submission to NIST), appendix B, test case 16.
    #[test]
    fn the_published_vector_comes_out() {
        let key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let plaintext = hex(concat!(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72",
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        ));
        let aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let expected = hex(concat!(
            "cafebabefacedbaddecaf888",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa",
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ));
        let rng = Fixed(&[0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88]);

        let mut secret = Secret::default();
        secret.copy_from_slice(&key);
        let cipher = Cipher::new(&secret);
        assert_eq!(cipher.seal(&rng, &aad, b"", &plaintext), expected);
        assert_eq!(cipher.open(&aad, &expected).unwrap(), plaintext);
    }
}
