//! Public keys of others, and whether something was signed with their other half.

use aws_lc_rs::{
    digest,
    signature::{
        ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
        UnparsedPublicKey,
    },
};

/// A public key of somebody else: an authenticator, say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// ECDSA over P-256 with SHA-256; the point, uncompressed. Signatures are DER.
    Es256(Vec<u8>),
    /// Ed25519; 32 bytes.
    Ed25519(Vec<u8>),
    /// RSA with SHA-256 and PKCS #1 1.5, from 2048 bits on; modulus and exponent, big-endian.
    Rs256 {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
}

impl PublicKey {
    /// Whether `signature` is one of `message` by the other half of this key. A key that is none has signed nothing.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let checked = match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::Rs256 { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        checked.is_ok()
    }
}

/// SHA-256 (FIPS 180-4) of bytes as they are, for the forms of others. What Hefu itself makes digests of has parts: see [`crate::sha256`].
pub fn plain_sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use aws_lc_rs::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
    };

    use super::*;

    #[test]
    fn only_what_was_signed_was_signed() {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap();
        let p256 = PublicKey::Es256(pair.public_key().as_ref().to_vec());
        let signed = pair.sign(&random, b"check in").unwrap();
        assert!(p256.has_signed(b"check in", signed.as_ref()));
        assert!(!p256.has_signed(b"check out", signed.as_ref()));

        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        let ed = PublicKey::Ed25519(pair.public_key().as_ref().to_vec());
        let other = pair.sign(b"check in");
        assert!(ed.has_signed(b"check in", other.as_ref()));
        assert!(
            !ed.has_signed(b"check in", signed.as_ref()) && !p256.has_signed(b"check in", other.as_ref())
        );

        // Keys that are none.
        for key in [
            PublicKey::Es256(Vec::new()),
            PublicKey::Es256(vec![4; 65]),
            PublicKey::Ed25519(vec![0; 31]),
            PublicKey::Rs256 { n: Vec::new(), e: Vec::new() },
            PublicKey::Rs256 { n: vec![3; 128], e: vec![1, 0, 1] },
        ] {
            assert!(!key.has_signed(b"check in", signed.as_ref()), "{key:?}");
        }
    }

    #[test]
    fn the_plain_digest_is_of_the_bytes_alone() {
        // FIPS 180-4: "abc".
        assert_eq!(plain_sha256(b"abc")[..8], [0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea]);
        assert_ne!(plain_sha256(b"abc"), crate::sha256(&[b"abc"]));
    }
}
