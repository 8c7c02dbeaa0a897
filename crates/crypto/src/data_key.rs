//! The key of one owner, and what is sealed under it.

use hefu_kernel::Rng;
use uuid::Uuid;

use crate::CryptoError;
use crate::bytes::framed;
use crate::cipher::{AES_256_GCM_ID, Cipher, OVERHEAD, Secret};

/// The place a ciphertext belongs to. It opens nowhere else, so ciphertexts can't be swapped between rows or columns.
#[derive(Debug, Clone, Copy)]
pub struct Aad<'a> {
    /// The tenant.
    pub tenant: Uuid,
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's id.
    pub row: Uuid,
}

impl Aad<'_> {
    fn encode(&self) -> Vec<u8> {
        framed(&[
            &[AES_256_GCM_ID],
            self.tenant.as_bytes(),
            self.table.as_bytes(),
            self.column.as_bytes(),
            self.row.as_bytes(),
        ])
    }
}

/// The key of one owner (a guest, say), ready for use; made and unwrapped by a [`KeyRing`](crate::KeyRing), wiped when
/// dropped.
pub struct DataKey(Cipher);

impl DataKey {
    pub(crate) fn new(secret: &Secret) -> Self {
        Self(Cipher::new(secret))
    }

    /// Seals `plaintext` for the place `aad`: algorithm id (1 = AES-256-GCM, NIST SP 800-38D), 12-byte random nonce,
    /// ciphertext, 16-byte tag. The length of `plaintext` stays visible.
    pub fn seal(&self, rng: &dyn Rng, aad: &Aad<'_>, plaintext: &[u8]) -> Vec<u8> {
        self.0.seal(rng, &aad.encode(), &[AES_256_GCM_ID], plaintext)
    }

    /// What [`DataKey::seal`] sealed for the same place.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`], [`CryptoError::UnknownAlgorithm`], or [`CryptoError::Unauthentic`] where the key,
    /// the place or a single bit is another.
    pub fn open(&self, aad: &Aad<'_>, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match sealed {
            [AES_256_GCM_ID, body @ ..] if body.len() >= OVERHEAD => self.0.open(&aad.encode(), body),
            [AES_256_GCM_ID, ..] | [] => Err(CryptoError::Malformed),
            [other, ..] => Err(CryptoError::UnknownAlgorithm(*other)),
        }
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(..)")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use hefu_kernel::SeededRng;
    use proptest::prelude::*;

    use super::*;
    use crate::cipher::new_secret;

    const PLACE: Aad<'static> =
        Aad { tenant: Uuid::from_u128(1), table: "guest", column: "person", row: Uuid::from_u128(2) };

    fn key() -> DataKey {
        DataKey::new(&new_secret(&SeededRng::new(1)))
    }

    #[test]
    fn what_is_sealed_opens_again() {
        for text in ["", "Wang Lan", &"a".repeat(10_000)] {
            let sealed = key().seal(&SeededRng::new(2), &PLACE, text.as_bytes());
            assert_eq!(sealed.len(), 1 + 12 + text.len() + 16);
            assert_eq!(sealed[0], 1);
            assert_eq!(key().open(&PLACE, &sealed).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn two_sealings_of_the_same_text_differ() {
        let rng = SeededRng::new(3);
        assert_ne!(key().seal(&rng, &PLACE, b"same"), key().seal(&rng, &PLACE, b"same"));
    }

    #[test]
    fn it_opens_in_its_own_place_only() {
        let sealed = key().seal(&SeededRng::new(4), &PLACE, b"Wang Lan");
        for elsewhere in [
            Aad { tenant: Uuid::from_u128(9), ..PLACE },
            Aad { table: "member", ..PLACE },
            Aad { column: "note", ..PLACE },
            Aad { row: Uuid::from_u128(9), ..PLACE },
            Aad { tenant: PLACE.row, row: PLACE.tenant, ..PLACE },
            Aad { table: "guestp", column: "erson", ..PLACE },
        ] {
            assert_eq!(key().open(&elsewhere, &sealed), Err(CryptoError::Unauthentic), "{elsewhere:?}");
        }
    }

    #[test]
    fn another_key_does_not_open_it() {
        let sealed = key().seal(&SeededRng::new(5), &PLACE, b"Wang Lan");
        let other = DataKey::new(&new_secret(&SeededRng::new(6)));
        assert_eq!(other.open(&PLACE, &sealed), Err(CryptoError::Unauthentic));
    }

    #[test]
    fn no_bit_can_be_flipped_and_no_byte_cut() {
        let sealed = key().seal(&SeededRng::new(7), &PLACE, b"Wang Lan");
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let expected = match bit / 8 {
                0 => CryptoError::UnknownAlgorithm(altered[0]),
                _ => CryptoError::Unauthentic,
            };
            assert_eq!(key().open(&PLACE, &altered), Err(expected), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(key().open(&PLACE, &sealed[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", key()), "DataKey(..)");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_refused(mut bytes: Vec<u8>, known_algorithm: bool) {
            if known_algorithm {
                bytes.insert(0, AES_256_GCM_ID);
            }
            prop_assert!(key().open(&PLACE, &bytes).is_err());
        }
    }
}
