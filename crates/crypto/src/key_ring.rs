//! The tenant's keys in all their versions.

mod file;
mod ledger_key;

pub use ledger_key::LedgerKey;

use std::fmt::Write as _;

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

/// What tells a key from any other and nothing else of it: kept in the database, so that records are opened with their own keys or not at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyCheck {
    /// Which key: `wrapping`, `search`.
    pub key: &'static str,
    /// Its version in the ring.
    pub version: u16,
    /// 128 bits of an HMAC-SHA-256 that the key makes of its own name.
    pub value: [u8; 16],
}

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
    /// The keys of the ledger, the oldest first.
    ledger: Vec<LedgerKey>,
}

struct Version {
    number: u16,
    live: bool,
    /// As in the key file; the two below are made of these once, because preparing them costs more than using them.
    wrapping_secret: Secret,
    token_secret: Secret,
    wrapping: Cipher,
    /// On the heap, like the rest: a key that is moved leaves a copy behind.
    token: Box<hmac::Key>,
}

impl Version {
    fn new(number: u16, live: bool, wrapping_secret: Secret, token_secret: Secret) -> Self {
        Self {
            number,
            live,
            wrapping: Cipher::new(&wrapping_secret),
            token: Box::new(hmac::Key::new(hmac::HMAC_SHA256, token_secret.as_slice())),
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
        let tenant = uuid::Builder::from_random_bytes(tenant).into_uuid();
        let current = Version::generate(1, rng);
        let mut ledger = LedgerKey::generate(rng, format!("hefu/{tenant}"));
        ledger.from = Some(0);
        Self { tenant, older: Vec::new(), current, ledger: vec![ledger] }
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
        let (number, body) = split(wrapped)?;
        let version = self.version(number).ok_or(CryptoError::UnknownVersion(number))?;
        Ok(DataKey::new(&self.unwrap_by(version, owner, body)?))
    }

    /// The same data key wrapped anew by the current version, whichever version opens it now.
    ///
    /// # Errors
    /// As [`KeyRing::unwrap_key`], where no version opens it.
    pub fn rewrap(&self, rng: &dyn Rng, owner: Uuid, wrapped: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(self.wrap(rng, owner, &self.found(owner, wrapped)?.1))
    }

    /// The version that really opens `wrapped`, whatever the bytes say.
    ///
    /// # Errors
    /// No version does: the error for the one that they name.
    pub fn opened_by(&self, owner: Uuid, wrapped: &[u8]) -> Result<u16, CryptoError> {
        self.found(owner, wrapped).map(|(version, _)| version)
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

    /// The key that seals answers in a shared cache: another one with each version.
    pub fn cache_key(&self) -> DataKey {
        DataKey::new(&self.derived(&self.current.wrapping_secret, b"shared cache key"))
    }

    /// A keyed digest by which a request is known again: nobody without the ring can try out what was asked. It follows from the first version,
    /// which stays in the ring for good: a request that is repeated after a rotation must still find its answer.
    pub fn request_digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let first = self.older.first().unwrap_or(&self.current);
        let secret = self.derived(&first.token_secret, b"request digests");
        let mut digest = [0; 32];
        digest.copy_from_slice(hmac_sha256(&secret, parts).as_ref());
        digest
    }

    /// A keyed digest that seals what no entry of the journal binds, a session say: nobody without the ring can make one. `purpose` keeps those of
    /// different kinds apart. It follows from the first version, as [`KeyRing::request_digest`] does: what is sealed outlasts a rotation.
    pub fn seal_of(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let first = self.older.first().unwrap_or(&self.current);
        let secret = self.derived(&first.token_secret, b"seals");
        let framed = framed(parts);
        let mut digest = [0; 32];
        digest.copy_from_slice(hmac_sha256(&secret, &[purpose, &framed]).as_ref());
        digest
    }

    /// The check values of every key, in a fixed order. They tell nothing of the keys and belong into the database.
    pub fn checks(&self) -> Vec<KeyCheck> {
        let check = |key: &'static str, version: u16, secret: &Secret| {
            let parts =
                [&b"hefu key check"[..], self.tenant.as_bytes(), key.as_bytes(), &version.to_be_bytes()];
            let mut value = [0; 16];
            value.copy_from_slice(&hmac_sha256(secret, &parts).as_ref()[..16]);
            KeyCheck { key, version, value }
        };
        let of_version = |version: &Version| {
            [
                check("search", version.number, &version.token_secret),
                check("wrapping", version.number, &version.wrapping_secret),
            ]
        };
        self.versions().flat_map(of_version).collect()
    }

    /// The passwords of backup repositories: 64 hexadecimal digits for each version, the newest first. A repository accepts the newest as of its last
    /// backup.
    pub fn backup_passwords(&self) -> Vec<Zeroizing<String>> {
        let password = |version: &Version| {
            let secret = self.derived(&version.wrapping_secret, b"backup repository password");
            let mut hex = Zeroizing::new(String::with_capacity(2 * KEY_LEN));
            secret.iter().for_each(|byte| {
                let _ = write!(*hex, "{byte:02x}");
            });
            hex
        };
        self.versions().rev().map(password).collect()
    }

    /// A secret for one purpose (HKDF-SHA-256, RFC 5869).
    fn derived(&self, from: &Secret, purpose: &'static [u8]) -> Secret {
        let mut secret = Secret::default();
        let filled = hkdf::Salt::new(hkdf::HKDF_SHA256, self.tenant.as_bytes())
            .extract(from.as_slice())
            .expand(&[purpose], hkdf::HKDF_SHA256)
            .and_then(|derived| derived.fill(secret.as_mut_slice()));
        if filled.is_err() {
            crate::give_up("no key could be derived");
        }
        secret
    }

    fn versions(&self) -> impl DoubleEndedIterator<Item = &Version> {
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

    /// The version that opens `wrapped`, and what is in it. The version that the bytes name is tried first; bytes that were altered to name
    /// another one do not keep a key from being found.
    fn found(&self, owner: Uuid, wrapped: &[u8]) -> Result<(u16, Secret), CryptoError> {
        let (named, body) = split(wrapped)?;
        let unknown = Err(CryptoError::UnknownVersion(named));
        let first = self.version(named).map_or(unknown, |version| self.unwrap_by(version, owner, body));
        let error = match first {
            Ok(secret) => return Ok((named, secret)),
            Err(error) => error,
        };
        let mut others = self.versions().filter(|version| version.number != named);
        others.find_map(|v| Some((v.number, self.unwrap_by(v, owner, body).ok()?))).ok_or(error)
    }

    fn unwrap_by(&self, version: &Version, owner: Uuid, body: &[u8]) -> Result<Secret, CryptoError> {
        let aad = self.wrapping_aad(owner, version.number);
        let opened = Zeroizing::new(version.wrapping.open(&aad, body)?);
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

fn hmac_sha256(secret: &Secret, parts: &[&[u8]]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_slice()), &framed(parts))
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
    fn a_seal_is_of_its_purpose_and_its_parts_and_outlasts_a_rotation() {
        let mut ring = ring();
        let seal = ring.seal_of(b"session", &[b"a", b"bc"]);
        for (purpose, parts) in
            [(&b"session"[..], [&b"ab"[..], b"c"]), (b"other", [b"a", b"bc"]), (b"session", [b"a", b"bd"])]
        {
            assert_ne!(ring.seal_of(purpose, &parts), seal);
        }
        assert_ne!(ring.request_digest(&[b"session", b"a", b"bc"]), seal);
        assert_ne!(KeyRing::generate(&SeededRng::new(9)).seal_of(b"session", &[b"a", b"bc"]), seal);
        ring.rotate(&SeededRng::new(4));
        assert_eq!(ring.seal_of(b"session", &[b"a", b"bc"]), seal);
    }

    #[test]
    fn every_version_has_its_own_password_for_backups() {
        let mut ring = ring();
        let before = ring.backup_passwords();
        ring.rotate(&SeededRng::new(9));
        ring.retire(1).unwrap();
        let after = ring.backup_passwords();
        assert_eq!((after.len(), &after[1..]), (2, &before[..]));
        assert_ne!(after[0], after[1]);
        assert!(after.iter().all(|password| password.len() == 64));
        assert_ne!(KeyRing::generate(&SeededRng::new(10)).backup_passwords(), before);
    }

    #[test]
    fn a_key_is_found_under_whatever_version_its_bytes_name() {
        let (mut ring, rng) = (ring(), SeededRng::new(12));
        let (key, wrapped) = ring.new_data_key(&rng, OWNER);
        let sealed = key.seal(&rng, &place(&ring), b"Wang Lan");
        ring.rotate(&rng);
        for named in [2, 7, u16::MAX] {
            let mut altered = wrapped.0.clone();
            altered[1..3].copy_from_slice(&u16::to_be_bytes(named));
            assert!(ring.unwrap_key(OWNER, &altered).is_err(), "nothing is read by it");
            assert_eq!(ring.opened_by(OWNER, &altered), Ok(1));
            let again = ring.rewrap(&rng, OWNER, &altered).unwrap();
            assert_eq!(KeyRing::wrapped_version(&again), Some(2));
            let again = ring.unwrap_key(OWNER, &again).unwrap();
            assert_eq!(again.open(&place(&ring), &sealed).unwrap(), b"Wang Lan");
        }
        let mut altered = wrapped.0;
        altered[20] ^= 1;
        assert_eq!(ring.opened_by(OWNER, &altered), Err(CryptoError::Unauthentic));
        assert_eq!(ring.rewrap(&rng, OWNER, &altered), Err(CryptoError::Unauthentic));
    }

    #[test]
    fn each_key_has_a_check_value_of_its_own() {
        let (mut ring, rng) = (ring(), SeededRng::new(13));
        let before = ring.checks();
        assert_eq!(
            before.iter().map(|c| (c.key, c.version)).collect::<Vec<_>>(),
            [("search", 1), ("wrapping", 1)]
        );
        ring.rotate(&rng);
        ring.retire(1).unwrap();
        assert_eq!(ring.checks()[..2], before, "they stay");
        let mut values: Vec<_> = ring.checks().into_iter().map(|check| check.value).collect();
        values.extend(KeyRing::generate(&rng).checks().into_iter().map(|check| check.value));
        // The same keys in another's name.
        let mut moved = self::ring();
        moved.tenant = Uuid::from_u128(9);
        values.extend(moved.checks().into_iter().map(|check| check.value));
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), 4 + 2 + 2);
    }

    #[test]
    fn the_cache_has_another_key_with_each_version() {
        let (mut ring, rng) = (ring(), SeededRng::new(14));
        let sealed = ring.cache_key().seal(&rng, &place(&ring), b"rendered");
        assert!(ring.cache_key().open(&place(&ring), &sealed).is_ok());
        ring.rotate(&rng);
        assert!(ring.cache_key().open(&place(&ring), &sealed).is_err());
    }

    #[test]
    fn a_request_is_known_again_after_a_rotation_and_by_nobody_else() {
        let (mut ring, rng) = (ring(), SeededRng::new(15));
        let digest = ring.request_digest(&[b"POST /guests", b"139 0000 0001"]);
        assert_ne!(digest, ring.request_digest(&[b"POST /guests", b"139 0000 0002"]));
        assert_ne!(digest, ring.request_digest(&[b"POST /guests1", b"39 0000 0001"]));
        assert_ne!(digest, KeyRing::generate(&rng).request_digest(&[b"POST /guests", b"139 0000 0001"]));
        ring.rotate(&rng);
        ring.retire(1).unwrap();
        assert_eq!(digest, ring.request_digest(&[b"POST /guests", b"139 0000 0001"]));
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
