//! The tenant's keys in all their versions.

mod file;

use aws_lc_rs::{hkdf, hmac};
use hefu_kernel::Rng;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::bytes::framed;
use crate::cipher::{AES_256_GCM_ID, Cipher, KEY_LEN, OVERHEAD, Secret, new_secret};
use crate::{CryptoError, DataKey};

/// A data key as it is stored: algorithm id (1 = AES-256-GCM), version of the key ring as a 16-bit big-endian number,
/// 12-byte nonce, encrypted key, 16-byte tag; 63 bytes together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey(
    /// The bytes to store.
    pub Vec<u8>,
);

/// The tenant's keys. Each version, from 1 on, has a key that wraps data keys and a key for search tokens.
///
/// The newest version is the *current* one: it wraps, and new tokens are made with it. The *live* versions, the current
/// one among them, are searched. A *retired* version is no longer searched; it still unwraps, so that an old backup can
/// be read. All keys are wiped when dropped.
pub struct KeyRing {
    tenant: Uuid,
    /// Ascending, all below `current`.
    older: Vec<Version>,
    current: Version,
}

struct Version {
    number: u16,
    live: bool,
    /// As in the key file; the two below are made of these once, because preparing them costs more than using them.
    wrapping_secret: Secret,
    token_secret: Secret,
    wrapping: Cipher,
    token: hmac::Key,
}

impl Version {
    fn new(number: u16, live: bool, wrapping_secret: Secret, token_secret: Secret) -> Self {
        Self {
            number,
            live,
            wrapping: Cipher::new(&wrapping_secret),
            token: hmac::Key::new(hmac::HMAC_SHA256, token_secret.as_slice()),
            wrapping_secret,
            token_secret,
        }
    }

    fn generate(number: u16, rng: &dyn Rng) -> Self {
        Self::new(number, true, new_secret(rng), new_secret(rng))
    }

    fn token(&self, kind: &str, normalised: &str) -> i64 {
        let mut context = hmac::Context::with_key(&self.token);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(normalised.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&context.sign().as_ref()[..8]);
        i64::from_be_bytes(first)
    }
}

impl KeyRing {
    /// A ring for a new tenant with one version.
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut tenant = [0; 16];
        rng.fill(&mut tenant);
        Self {
            tenant: uuid::Builder::from_random_bytes(tenant).into_uuid(),
            older: Vec::new(),
            current: Version::generate(1, rng),
        }
    }

    /// The tenant whose keys these are.
    pub fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// The version that wraps new data keys and makes new tokens.
    pub fn current(&self) -> u16 {
        self.current.number
    }

    /// The versions whose tokens are searched, ascending; the current one is the last.
    pub fn live(&self) -> Vec<u16> {
        self.live_versions().map(|version| version.number).collect()
    }

    /// Adds a version, makes it the current one and returns its number; the former current one stays live. Save the
    /// ring before using it: what the new version wraps can't be read without it.
    ///
    /// After version 65,535 there is no further number: nothing changes, and 65,535 is returned again.
    pub fn rotate(&mut self, rng: &dyn Rng) -> u16 {
        if let Some(number) = self.current.number.checked_add(1) {
            let former = std::mem::replace(&mut self.current, Version::generate(number, rng));
            self.older.push(former);
        }
        self.current.number
    }

    /// Takes `version` out of search, once every token and data key was renewed. Its keys stay in the file and still
    /// unwrap.
    ///
    /// # Errors
    /// [`CryptoError::CurrentVersion`] or [`CryptoError::UnknownVersion`].
    pub fn retire(&mut self, version: u16) -> Result<(), CryptoError> {
        if version == self.current.number {
            return Err(CryptoError::CurrentVersion(version));
        }
        let found = self.older.iter_mut().find(|older| older.number == version);
        found.ok_or(CryptoError::UnknownVersion(version))?.live = false;
        Ok(())
    }

    /// A new data key for `owner`, ready for use and as it is stored.
    pub fn new_data_key(&self, rng: &dyn Rng, owner: Uuid) -> (DataKey, WrappedKey) {
        let secret = new_secret(rng);
        (DataKey::new(&secret), WrappedKey(self.wrap(rng, owner, &secret)))
    }

    /// The data key of `owner`.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`], [`CryptoError::UnknownAlgorithm`], [`CryptoError::UnknownVersion`], or
    /// [`CryptoError::Unauthentic`] where the tenant, the owner, the key or a single bit is another.
    pub fn unwrap_key(&self, owner: Uuid, wrapped: &[u8]) -> Result<DataKey, CryptoError> {
        Ok(DataKey::new(&self.unwrap_secret(owner, wrapped)?))
    }

    /// The same data key wrapped anew by the current version.
    ///
    /// # Errors
    /// As [`KeyRing::unwrap_key`].
    pub fn rewrap(&self, rng: &dyn Rng, owner: Uuid, wrapped: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(self.wrap(rng, owner, &self.unwrap_secret(owner, wrapped)?))
    }

    /// The version that `wrapped` is wrapped by; `None` where the bytes are no wrapped key.
    pub fn wrapped_version(wrapped: &[u8]) -> Option<u16> {
        split(wrapped).ok().map(|(version, _)| version)
    }

    /// The search token of a normalised value under `version`, live or retired; `None` where the ring has no such
    /// version.
    ///
    /// It is the first 64 bits of HMAC-SHA-256 (RFC 2104, FIPS 180-4) over `kind`, a zero byte and the value. `kind`
    /// (`"phone"`, say) has no zero byte in it; it keeps equal values of different kinds apart. Two values can share a
    /// token, so a search decrypts what it finds and compares.
    pub fn token(&self, version: u16, kind: &str, normalised: &str) -> Option<i64> {
        self.version(version).map(|version| version.token(kind, normalised))
    }

    /// The search token to store: that of the current version.
    pub fn token_current(&self, kind: &str, normalised: &str) -> i64 {
        self.current.token(kind, normalised)
    }

    /// The search tokens to look for: one for each live version, in the order of [`KeyRing::live`].
    pub fn tokens_live(&self, kind: &str, normalised: &str) -> Vec<i64> {
        self.live_versions().map(|version| version.token(kind, normalised)).collect()
    }

    /// The secret that the ledger's checkpoints are signed with. It follows from the first version, which
    /// stays in the ring for good, so a ledger has one key for its life: witnesses know it by that.
    pub fn ledger_secret(&self) -> Zeroizing<[u8; 32]> {
        self.derived(b"ledger signing key")
    }

    /// The key that seals answers in a shared cache.
    pub fn cache_key(&self) -> DataKey {
        DataKey::new(&self.derived(b"shared cache key"))
    }

    /// A secret for one purpose (HKDF-SHA-256, RFC 5869).
    fn derived(&self, purpose: &'static [u8]) -> Secret {
        let first = self.older.first().unwrap_or(&self.current);
        let mut secret = Secret::default();
        let filled = hkdf::Salt::new(hkdf::HKDF_SHA256, self.tenant.as_bytes())
            .extract(first.wrapping_secret.as_slice())
            .expand(&[purpose], hkdf::HKDF_SHA256)
            .and_then(|derived| derived.fill(secret.as_mut_slice()));
        if filled.is_err() {
            crate::give_up("no key could be derived");
        }
        secret
    }

    fn versions(&self) -> impl Iterator<Item = &Version> {
        self.older.iter().chain(std::iter::once(&self.current))
    }

    fn live_versions(&self) -> impl Iterator<Item = &Version> {
        self.versions().filter(|version| version.live)
    }

    fn version(&self, number: u16) -> Option<&Version> {
        self.versions().find(|version| version.number == number)
    }

    fn wrap(&self, rng: &dyn Rng, owner: Uuid, secret: &Secret) -> Vec<u8> {
        let number = self.current.number;
        let [high, low] = number.to_be_bytes();
        let header = [AES_256_GCM_ID, high, low];
        self.current.wrapping.seal(rng, &self.wrapping_aad(owner, number), &header, secret.as_slice())
    }

    fn unwrap_secret(&self, owner: Uuid, wrapped: &[u8]) -> Result<Secret, CryptoError> {
        let (number, body) = split(wrapped)?;
        let version = self.version(number).ok_or(CryptoError::UnknownVersion(number))?;
        let opened = Zeroizing::new(version.wrapping.open(&self.wrapping_aad(owner, number), body)?);
        let mut secret = Secret::default();
        secret.copy_from_slice(&opened);
        Ok(secret)
    }

    fn wrapping_aad(&self, owner: Uuid, version: u16) -> Vec<u8> {
        framed(&[
            &[AES_256_GCM_ID],
            self.tenant.as_bytes(),
            owner.as_bytes(),
            b"data_key",
            &version.to_be_bytes(),
        ])
    }
}

/// Version and body of a wrapped key; the body has the length of a sealed key.
fn split(wrapped: &[u8]) -> Result<(u16, &[u8]), CryptoError> {
    match wrapped {
        [AES_256_GCM_ID, high, low, body @ ..] if body.len() == KEY_LEN + OVERHEAD => {
            Ok((u16::from_be_bytes([*high, *low]), body))
        }
        [AES_256_GCM_ID, ..] | [] => Err(CryptoError::Malformed),
        [other, ..] => Err(CryptoError::UnknownAlgorithm(*other)),
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing")
            .field("tenant", &self.tenant)
            .field("current", &self.current())
            .field("live", &self.live())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use hefu_kernel::SeededRng;
    use proptest::prelude::*;

    use super::*;
    use crate::Aad;

    const OWNER: Uuid = Uuid::from_u128(7);

    fn ring() -> KeyRing {
        KeyRing::generate(&SeededRng::new(1))
    }

    fn place(ring: &KeyRing) -> Aad<'static> {
        Aad { tenant: ring.tenant(), table: "guest", column: "person", row: OWNER }
    }

    #[test]
    fn a_wrapped_key_opens_what_the_first_sealed() {
        let (ring, rng) = (ring(), SeededRng::new(2));
        let (key, wrapped) = ring.new_data_key(&rng, OWNER);
        assert_eq!((wrapped.0.len(), &wrapped.0[..3]), (63, &[1, 0, 1][..]));
        let sealed = key.seal(&rng, &place(&ring), b"Wang Lan");
        let again = ring.unwrap_key(OWNER, &wrapped.0).unwrap();
        assert_eq!(again.open(&place(&ring), &sealed).unwrap(), b"Wang Lan");
    }

    #[test]
    fn a_wrapped_key_belongs_to_its_owner_and_tenant() {
        let ring = ring();
        let (_, wrapped) = ring.new_data_key(&SeededRng::new(3), OWNER);
        let stranger = ring.unwrap_key(Uuid::from_u128(8), &wrapped.0);
        assert_eq!(stranger.unwrap_err(), CryptoError::Unauthentic);

        let mut moved = self::ring();
        moved.tenant = Uuid::from_u128(9);
        assert_eq!(moved.unwrap_key(OWNER, &wrapped.0).unwrap_err(), CryptoError::Unauthentic);
    }

    #[test]
    fn no_bit_of_a_wrapped_key_can_be_flipped() {
        let mut ring = ring();
        ring.rotate(&SeededRng::new(4));
        ring.rotate(&SeededRng::new(5));
        let (_, wrapped) = ring.new_data_key(&SeededRng::new(6), OWNER);
        for bit in 0..wrapped.0.len() * 8 {
            let mut altered = wrapped.0.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(ring.unwrap_key(OWNER, &altered).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn rotation_rewraps_and_retiring_ends_search() {
        let (mut ring, rng) = (ring(), SeededRng::new(7));
        let (key, first) = ring.new_data_key(&rng, OWNER);
        let sealed = key.seal(&rng, &place(&ring), b"Wang Lan");

        assert_eq!(ring.rotate(&rng), 2);
        assert_eq!((ring.current(), ring.live()), (2, vec![1, 2]));
        let second = ring.rewrap(&rng, OWNER, &first.0).unwrap();
        assert_eq!(KeyRing::wrapped_version(&first.0), Some(1));
        assert_eq!(KeyRing::wrapped_version(&second), Some(2));

        assert_eq!(ring.retire(2), Err(CryptoError::CurrentVersion(2)));
        assert_eq!(ring.retire(3), Err(CryptoError::UnknownVersion(3)));
        assert_eq!(ring.retire(1), Ok(()));
        assert_eq!((ring.current(), ring.live()), (2, vec![2]));

        // The retired version still reads an old backup.
        for wrapped in [&first.0, &second] {
            let key = ring.unwrap_key(OWNER, wrapped).unwrap();
            assert_eq!(key.open(&place(&ring), &sealed).unwrap(), b"Wang Lan");
        }
        // A ring from before the rotation can't read what came after, and says why.
        assert_eq!(self::ring().unwrap_key(OWNER, &second).unwrap_err(), CryptoError::UnknownVersion(2));
        assert_eq!(self::ring().rewrap(&rng, OWNER, &second), Err(CryptoError::UnknownVersion(2)));
    }

    #[test]
    fn the_ledgers_key_outlives_rotation_and_is_the_tenants_own() {
        let mut ring = ring();
        let before = ring.ledger_secret();
        ring.rotate(&SeededRng::new(9));
        ring.retire(1).unwrap();
        assert_eq!(ring.ledger_secret(), before);
        assert_ne!(KeyRing::generate(&SeededRng::new(10)).ledger_secret(), before);
    }

    #[test]
    fn the_last_number_is_not_passed() {
        let (mut ring, rng) = (ring(), SeededRng::new(8));
        ring.current.number = u16::MAX;
        assert_eq!(ring.rotate(&rng), u16::MAX);
        assert_eq!(ring.live(), [u16::MAX]);
    }

    #[test]
    fn bytes_that_are_no_wrapped_key_have_no_version() {
        assert_eq!(KeyRing::wrapped_version(&[]), None);
        assert_eq!(KeyRing::wrapped_version(&[1, 0, 1]), None);
        assert_eq!(KeyRing::wrapped_version(&[2; 63]), None);
        assert_eq!(ring().unwrap_key(OWNER, &[2; 63]).unwrap_err(), CryptoError::UnknownAlgorithm(2));
    }

    #[test]
    fn a_token_follows_from_version_kind_and_value() {
        let mut ring = ring();
        ring.rotate(&SeededRng::new(9));
        let token = ring.token_current("phone", "+8613800000000");
        assert_eq!(token, ring.token_current("phone", "+8613800000000"));
        assert_eq!(Some(token), ring.token(2, "phone", "+8613800000000"));
        assert_ne!(token, ring.token_current("phone", "+8613800000001"));
        assert_ne!(token, ring.token_current("document", "+8613800000000"));
        assert_ne!(ring.token_current("a", "bc"), ring.token_current("ab", "c"));
        assert_ne!(Some(token), ring.token(1, "phone", "+8613800000000"));
        assert_eq!(ring.token(3, "phone", "+8613800000000"), None);
    }

    #[test]
    fn search_asks_for_the_live_versions() {
        let mut ring = ring();
        let first = ring.token_current("phone", "1");
        ring.rotate(&SeededRng::new(10));
        assert_eq!(ring.tokens_live("phone", "1"), [first, ring.token_current("phone", "1")]);
        ring.retire(1).unwrap();
        assert_eq!(ring.tokens_live("phone", "1"), [ring.token_current("phone", "1")]);
        assert_eq!(ring.token(1, "phone", "1"), Some(first));
    }

    /// HMAC written out as RFC 2104 defines it, checked against RFC 4231 test case 2 and then against a token.
    #[test]
    fn a_token_is_the_head_of_an_hmac() {
        fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
            use aws_lc_rs::digest::{SHA256, digest};
            let pad = |with: u8| (0..64).map(|at| key.get(at).unwrap_or(&0) ^ with).collect::<Vec<u8>>();
            let inner = digest(&SHA256, &[pad(0x36), message.to_vec()].concat());
            digest(&SHA256, &[pad(0x5c), inner.as_ref().to_vec()].concat()).as_ref().to_vec()
        }
        let published = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(published[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);

        let ring = ring();
        let expected = hmac_sha256(ring.current.token_secret.as_slice(), b"phone\0+8613800000000");
        assert_eq!(ring.token_current("phone", "+8613800000000").to_be_bytes(), expected[..8]);
    }

    #[test]
    fn debug_shows_no_key() {
        let mut ring = ring();
        ring.rotate(&SeededRng::new(11));
        assert_eq!(
            format!("{ring:?}"),
            format!("KeyRing {{ tenant: {:?}, current: 2, live: [1, 2], .. }}", ring.tenant())
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_refused(bytes: Vec<u8>, body: [u8; KEY_LEN]) {
            let ring = ring();
            prop_assert!(ring.unwrap_key(OWNER, &bytes).is_err());
            // The right shape, so that the cipher itself gets to see it.
            let shaped = [&[1, 0, 1][..], &body, &[0; OVERHEAD]].concat();
            prop_assert_eq!(ring.unwrap_key(OWNER, &shaped).unwrap_err(), CryptoError::Unauthentic);
        }
    }
}
