//! What browsers and authenticators say of passkeys (WebAuthn, level 3), read and checked.
//!
//! No attestation is asked for, and what comes of it is not looked at: which make of authenticator somebody has is no business of a hotel, and without
//! it there are no certificates to judge. What is signed is checked to the letter.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use ciborium::Value;
use hefu_crypto::{KeyRing, PublicKey, plain_sha256};
use hefu_domain::ids::AccountId;
use hefu_kernel::Id as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a challenge can be answered.
pub const VALID: TimeDelta = TimeDelta::minutes(5);

/// The longest name an authenticator gives a passkey, bytes.
const LONGEST_CREDENTIAL: usize = 1023;

/// The algorithms that are taken, as COSE numbers them: ECDSA over P-256, Ed25519, RSA.
pub(crate) const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// Bits of the authenticator's data: somebody touched it, and was verified; the key may be on several devices, and is; what follows.
mod flag {
    pub(super) const PRESENT: u8 = 0x01;
    pub(super) const VERIFIED: u8 = 0x04;
    pub(super) const MAY_BE_SYNCED: u8 = 0x08;
    pub(super) const IS_SYNCED: u8 = 0x10;
    pub(super) const CREDENTIAL: u8 = 0x40;
    pub(super) const EXTENSIONS: u8 = 0x80;
}

/// Where a browser reached this server: a passkey belongs to the name it was made under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The name, without a port.
    pub domain: String,
    /// The origins of pages that may use it.
    origins: Vec<String>,
}

impl Site {
    /// The site of a `Host`; none: it is an address, for which browsers make no passkeys. `secure`: connections are encrypted by Hefu itself; where
    /// not, a proxy may do so, and this machine needs it not.
    pub fn of(host: &str, secure: bool) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let domain = host.split(':').next().unwrap_or_default();
        let is_name = domain.contains(|c: char| c.is_ascii_alphabetic())
            && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
        if !is_name {
            return None;
        }
        let mut origins = vec![format!("https://{host}")];
        if !secure && (domain == "localhost" || domain.ends_with(".localhost")) {
            origins.push(format!("http://{host}"));
        }
        Some(Self { domain: domain.to_owned(), origins })
    }
}

/// What a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To make a passkey for an account.
    Make(AccountId),
    /// To show one.
    Show,
}

const NONCE: usize = 16;
const TIME: usize = 8;
const TAG: usize = 32;

fn tag(ring: &KeyRing, purpose: Purpose, site: &Site, plain: &[u8]) -> [u8; 32] {
    let account = match purpose {
        Purpose::Make(account) => account.uuid(),
        Purpose::Show => uuid::Uuid::nil(),
    };
    let parts: [&[u8]; 3] = [account.as_bytes(), site.domain.as_bytes(), plain];
    ring.seal_of(b"passkey challenge", &parts)
}

/// A new challenge. Nothing is kept of it: it says when it was given, under a seal, and whoever shows a passkey shows none for an earlier one.
pub(crate) fn challenge(
    ring: &KeyRing,
    purpose: Purpose,
    site: &Site,
    nonce: [u8; NONCE],
    now: DateTime<Utc>,
) -> String {
    let mut bytes = nonce.to_vec();
    bytes.extend(now.timestamp_micros().to_be_bytes());
    let tag = tag(ring, purpose, site, &bytes);
    bytes.extend(tag);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// When a challenge was given, microseconds since 1970; none: it is not one of ours, not for this, or too old.
fn given_at(
    ring: &KeyRing,
    purpose: Purpose,
    site: &Site,
    challenge: &[u8],
    now: DateTime<Utc>,
) -> Option<i64> {
    use subtle::ConstantTimeEq as _;

    let (plain, sealed) = challenge.split_at_checked(NONCE + TIME)?;
    if sealed.len() != TAG || !bool::from(tag(ring, purpose, site, plain).ct_eq(sealed)) {
        return None;
    }
    let given = i64::from_be_bytes(plain[NONCE..].try_into().ok()?);
    let age = now.timestamp_micros().checked_sub(given)?;
    (0..=VALID.num_microseconds()?).contains(&age).then_some(given)
}

/// What a browser collected (`clientDataJSON`). More may stand there, and in any order.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<String>,
}

/// The challenge that a browser passed on, if it was asked for by a page of ours, and not in a frame of somebody else's.
fn challenge_of(json: &[u8], kind: &str, site: &Site) -> Option<Vec<u8>> {
    let data: ClientData = serde_json::from_slice(json).ok()?;
    let is_ours = data.kind == kind
        && site.origins.contains(&data.origin)
        && !data.cross_origin
        && data.top_origin.is_none();
    URL_SAFE_NO_PAD.decode(data.challenge).ok().filter(|_| is_ours)
}

/// What an authenticator says beside its signature.
struct AuthenticatorData<'a> {
    flags: u8,
    counter: u32,
    rest: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Its parts, if it was made for this site and its owner was there and was verified.
    fn read(bytes: &'a [u8], site: &Site) -> Option<Self> {
        let (domain, rest) = bytes.split_first_chunk::<32>()?;
        let (&flags, rest) = rest.split_first()?;
        let (counter, rest) = rest.split_first_chunk::<4>()?;
        let has = |bit| flags & bit != 0;
        let is_right = *domain == plain_sha256(site.domain.as_bytes())
            && has(flag::PRESENT)
            && has(flag::VERIFIED)
            && (has(flag::MAY_BE_SYNCED) || !has(flag::IS_SYNCED));
        is_right.then(|| Self { flags, counter: u32::from_be_bytes(*counter), rest })
    }

    fn has(&self, bit: u8) -> bool {
        self.flags & bit != 0
    }

    fn may_be_synced(&self) -> bool {
        self.has(flag::MAY_BE_SYNCED)
    }

    /// Whether `rest` is what the flags say may still come: extensions, or nothing.
    fn ends_with(&self, mut rest: &[u8]) -> bool {
        let is_read = !self.has(flag::EXTENSIONS) || item(&mut rest).is_some_and(|item| item.is_map());
        is_read && rest.is_empty()
    }
}

/// The next item of CBOR; `bytes` then is what stands behind it.
fn item(bytes: &mut &[u8]) -> Option<Value> {
    ciborium::de::from_reader_with_recursion_limit(&mut *bytes, 16).ok()
}

fn field(map: &Value, key: i64) -> Option<&Value> {
    let found = map.as_map()?.iter().find(|(name, _)| name.as_integer() == Some(key.into()));
    found.map(|(_, value)| value)
}

/// A public key as authenticators write it (COSE, RFC 9052 and 9053); none: it is of no kind that is taken.
fn public_key(cose: &[u8]) -> Option<PublicKey> {
    let mut rest = cose;
    let map = item(&mut rest).filter(|_| rest.is_empty())?;
    let number = |key| i64::try_from(field(&map, key)?.as_integer()?).ok();
    let bytes = |key, length: usize| {
        field(&map, key).and_then(Value::as_bytes).filter(|bytes| bytes.len() == length).cloned()
    };
    let long = |key| field(&map, key).and_then(Value::as_bytes).cloned();
    match (number(1)?, number(3)?) {
        (2, -7) if number(-1)? == 1 => {
            let point = [vec![4], bytes(-2, 32)?, bytes(-3, 32)?].concat();
            Some(PublicKey::Es256(point))
        }
        (1, -8) if number(-1)? == 6 => bytes(-2, 32).map(PublicKey::Ed25519),
        (3, -257) => Some(PublicKey::Rs256 { n: long(-1)?, e: long(-2)? }),
        _ => None,
    }
}

/// A passkey as its authenticator makes it known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) credential: Vec<u8>,
    pub(crate) public_key: Vec<u8>,
    pub(crate) synced: bool,
    pub(crate) counter: i64,
}

/// What a browser answers when it was asked to make a passkey, as `PublicKeyCredential.toJSON()` has it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// What its owner is to know it by: a device, say.
    pub name: String,
    /// `response.clientDataJSON`; base64url.
    pub client_data: String,
    /// `response.attestationObject`; base64url.
    pub attestation_object: String,
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// The passkey that was made, if it answers a challenge that was given to make one for this account.
pub(crate) fn made(
    ring: &KeyRing,
    site: &Site,
    account: AccountId,
    new: &NewPasskey,
    now: DateTime<Utc>,
) -> Option<Made> {
    let challenge = challenge_of(&decoded(&new.client_data)?, "webauthn.create", site)?;
    given_at(ring, Purpose::Make(account), site, &challenge, now)?;
    let object = decoded(&new.attestation_object)?;
    let mut rest = object.as_slice();
    let object = item(&mut rest).filter(|_| rest.is_empty())?;
    let data = object.as_map()?.iter().find(|(name, _)| name.as_text() == Some("authData"))?;
    read_made(data.1.as_bytes()?, site)
}

fn read_made(data: &[u8], site: &Site) -> Option<Made> {
    let data = AuthenticatorData::read(data, site)?;
    if !data.has(flag::CREDENTIAL) {
        return None;
    }
    // The make of the authenticator, which is not looked at.
    let (_, rest) = data.rest.split_first_chunk::<16>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (credential, key_on) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let mut rest = key_on;
    item(&mut rest)?;
    let key = &key_on[..key_on.len() - rest.len()];
    public_key(key)?;
    let fits = (1..=LONGEST_CREDENTIAL).contains(&credential.len()) && data.ends_with(rest);
    fits.then(|| Made {
        credential: credential.to_vec(),
        public_key: key.to_vec(),
        synced: data.may_be_synced(),
        counter: i64::from(data.counter),
    })
}

/// What a browser answers when it was asked to show a passkey, as `PublicKeyCredential.toJSON()` has it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownPasskey {
    /// `id`; base64url.
    pub id: String,
    /// `response.clientDataJSON`; base64url.
    pub client_data: String,
    /// `response.authenticatorData`; base64url.
    pub authenticator_data: String,
    /// `response.signature`; base64url.
    pub signature: String,
    /// `response.userHandle`, if there is one; base64url.
    #[serde(default)]
    pub user_handle: Option<String>,
}

impl ShownPasskey {
    /// The name the authenticator knows it by; empty: it is none.
    pub(crate) fn credential(&self) -> Vec<u8> {
        decoded(&self.id).filter(|id| id.len() <= LONGEST_CREDENTIAL).unwrap_or_default()
    }
}

/// What a passkey that was shown proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    /// When the challenge was given, microseconds since 1970.
    pub(crate) given_at: i64,
    /// What its authenticator has counted.
    pub(crate) counter: i64,
}

/// Whether a passkey with this public key was shown by an account's owner, here, and for a challenge of ours.
pub(crate) fn proof(
    ring: &KeyRing,
    site: &Site,
    (account, cose): (AccountId, &[u8]),
    shown: &ShownPasskey,
    now: DateTime<Utc>,
) -> Option<Proof> {
    let client_data = decoded(&shown.client_data)?;
    let challenge = challenge_of(&client_data, "webauthn.get", site)?;
    let given_at = given_at(ring, Purpose::Show, site, &challenge, now)?;
    let authenticator_data = decoded(&shown.authenticator_data)?;
    let data = AuthenticatorData::read(&authenticator_data, site)?;
    if data.has(flag::CREDENTIAL) || !data.ends_with(data.rest) {
        return None;
    }
    if let Some(handle) = &shown.user_handle
        && decoded(handle)? != account.uuid().as_bytes()
    {
        return None;
    }
    let signed = [authenticator_data.as_slice(), &plain_sha256(&client_data)].concat();
    let counter = i64::from(data.counter);
    public_key(cose)?.has_signed(&signed, &decoded(&shown.signature)?).then_some(Proof { given_at, counter })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use hefu_kernel::SeededRng;
    use proptest::prelude::*;

    use super::*;

    fn site() -> Site {
        Site::of("hefu.example:8443", true).unwrap()
    }

    #[test]
    fn a_site_is_a_name_and_never_an_address() {
        for none in ["127.0.0.1:8080", "[::1]:8080", "[::1]", "", ":80", "192.0.2.7", "hefu_example", "a b"] {
            assert_eq!(Site::of(none, true), None, "{none}");
        }
        assert_eq!(site().domain, "hefu.example");
        assert_eq!(site().origins, ["https://hefu.example:8443"]);
        let local = |host, secure| Site::of(host, secure).unwrap().origins;
        assert_eq!(local("LocalHost:8080", false), ["https://localhost:8080", "http://localhost:8080"]);
        assert_eq!(local("localhost:8080", true), ["https://localhost:8080"]);
        // A proxy may encrypt.
        assert_eq!(local("hefu.example", false), ["https://hefu.example"]);
    }

    #[test]
    fn a_challenge_is_for_one_thing_one_place_and_five_minutes() {
        let (ring, now) =
            (KeyRing::generate(&SeededRng::new(1)), DateTime::from_timestamp(1_790_000_000, 0).unwrap());
        let (one, two) =
            (AccountId::from_uuid(uuid::Uuid::from_u128(1)), AccountId::from_uuid(uuid::Uuid::from_u128(2)));
        let text = challenge(&ring, Purpose::Make(one), &site(), [7; 16], now);
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        let at = |purpose, site: &Site, bytes: &[u8], now| given_at(&ring, purpose, site, bytes, now);
        let given = Some(now.timestamp_micros());
        assert_eq!(at(Purpose::Make(one), &site(), &bytes, now), given);
        assert_eq!(at(Purpose::Make(one), &site(), &bytes, now + VALID), given);
        for (purpose, place, late) in [
            (Purpose::Make(two), "hefu.example:8443", TimeDelta::zero()),
            (Purpose::Show, "hefu.example:8443", TimeDelta::zero()),
            (Purpose::Make(one), "evil.example", TimeDelta::zero()),
            (Purpose::Make(one), "hefu.example:8443", VALID + TimeDelta::microseconds(1)),
            (Purpose::Make(one), "hefu.example:8443", TimeDelta::microseconds(-1)),
        ] {
            assert_eq!(
                at(purpose, &Site::of(place, true).unwrap(), &bytes, now + late),
                None,
                "{purpose:?} {place} {late}"
            );
        }
        for bit in 0..bytes.len() * 8 {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(at(Purpose::Make(one), &site(), &other, now), None, "bit {bit}");
        }
    }

    #[test]
    fn only_pages_of_ours_ask() {
        let json = |kind: &str, origin: &str, more: &str| {
            format!("{{\"type\":\"{kind}\",\"challenge\":\"AQID\",\"origin\":\"{origin}\"{more}}}")
                .into_bytes()
        };
        let read = |json: Vec<u8>| challenge_of(&json, "webauthn.get", &site());
        let ours = "https://hefu.example:8443";
        assert_eq!(read(json("webauthn.get", ours, "")), Some(vec![1, 2, 3]));
        assert_eq!(
            read(json("webauthn.get", ours, ",\"crossOrigin\":false,\"other\":[1]")),
            Some(vec![1, 2, 3])
        );
        for (kind, origin, more) in [
            ("webauthn.create", ours, ""),
            ("webauthn.get", "https://hefu.example", ""),
            ("webauthn.get", "http://hefu.example:8443", ""),
            ("webauthn.get", "https://hefu.example:8443.evil.example", ""),
            ("webauthn.get", ours, ",\"crossOrigin\":true"),
            ("webauthn.get", ours, ",\"topOrigin\":\"https://evil.example\""),
        ] {
            assert_eq!(read(json(kind, origin, more)), None, "{kind} {origin} {more}");
        }
        assert_eq!(read(b"{}".to_vec()), None);
    }

    /// Authenticator data with these flags, and what stands behind.
    fn data(flags: u8, rest: &[u8]) -> Vec<u8> {
        [&plain_sha256(b"hefu.example")[..], &[flags], &7_u32.to_be_bytes(), rest].concat()
    }

    #[test]
    fn nobody_is_taken_for_verified_who_was_not() {
        let read = |flags| AuthenticatorData::read(&data(flags, &[]), &site()).is_some();
        for (flags, is_right) in [
            (0x05, true),
            (0x0d, true),
            (0x1d, true),
            (0x01, false),
            (0x04, false),
            (0x00, false),
            (0x15, false),
        ] {
            assert_eq!(read(flags), is_right, "{flags:#x}");
        }
        let other = Site::of("other.example", true).unwrap();
        assert!(AuthenticatorData::read(&data(0x05, &[]), &other).is_none());
        // Nothing stands behind that is not announced.
        let whole = |flags, rest: &[u8]| {
            let data = data(flags, rest);
            AuthenticatorData::read(&data, &site()).is_some_and(|data| data.ends_with(data.rest))
        };
        assert!(whole(0x05, &[]) && whole(0x85, &[0xa0]));
        assert!(
            !whole(0x05, &[0xa0]) && !whole(0x85, &[]) && !whole(0x85, &[0xa0, 0]) && !whole(0x85, &[0x80])
        );
    }

    /// A key of P-256 as authenticators write it.
    fn cose() -> Vec<u8> {
        let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        cose.extend([1; 32]);
        cose.extend([0x22, 0x58, 0x20]);
        cose.extend([2; 32]);
        cose
    }

    #[test]
    fn a_passkey_is_read_to_its_last_byte() {
        let key = cose();
        assert!(
            matches!(public_key(&key), Some(PublicKey::Es256(point)) if point.len() == 65 && point[0] == 4)
        );
        let rest = [&[9_u8; 16][..], &[0, 3], b"abc", &key].concat();
        let made = read_made(&data(0x5d, &rest), &site()).unwrap();
        let expected =
            Made { credential: b"abc".to_vec(), public_key: key.clone(), synced: true, counter: 7 };
        assert_eq!(made, expected);
        for length in 0..rest.len() {
            assert_eq!(read_made(&data(0x5d, &rest[..length]), &site()), None, "{length}");
        }
        assert_eq!(read_made(&data(0x5d, &[&rest[..], &[0]].concat()), &site()), None);
        assert_eq!(read_made(&data(0x1d, &rest), &site()), None);
        // Of another algorithm, of another curve.
        for (at, byte) in [(4, 0x27), (6, 0x02), (2, 0x01)] {
            let mut other = key.clone();
            other[at] = byte;
            assert_eq!(public_key(&other), None, "{at}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = public_key(&bytes);
            let _ = read_made(&bytes, &site());
            let _ = read_made(&data(0xdd, &bytes), &site());
            let _ = challenge_of(&bytes, "webauthn.get", &site());
            let ring = KeyRing::generate(&SeededRng::new(1));
            let text = URL_SAFE_NO_PAD.encode(&bytes);
            let shown = ShownPasskey {
                id: text.clone(), client_data: text.clone(), authenticator_data: text.clone(), signature: text, user_handle: None,
            };
            let of = (AccountId::NIL, bytes.as_slice());
            prop_assert_eq!(proof(&ring, &site(), of, &shown, DateTime::UNIX_EPOCH), None);
        }
    }
}
