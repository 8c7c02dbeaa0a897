//! Passkeys, shown by an authenticator and a browser that are not ours (1Password's passkey-rs); and what is done about a forgotten password.

use axum::http::Method;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use hefu_app::{Options, accounts::totp::code_at};
use hefu_domain::{event::IdentityEvent, ids::AccountId};
use hefu_kernel::Id as _;
use hefu_store::{JournalDraft, StoreError, query};
use hefu_test_kit::{TestDb, both_engines};
use passkey_authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey_client::{Client, DefaultClientData};
use passkey_crypto::AvailableBackend;
use passkey_types::{
    Passkey,
    ctap2::{Aaguid, Ctap2Error},
    webauthn::{
        CredentialCreationOptions, CredentialRequestOptions, PublicKeyCredentialCreationOptions,
        PublicKeyCredentialRequestOptions,
    },
};
use public_suffix::PublicSuffixList;
use serde_json::{Value, json};
use url::Url;

use crate::accounts::{Answer, Browser, Hotel, PASSWORD};

const ASK: &str = "/api/v1/session/passkey/options";
const SIGN_IN: &str = "/api/v1/session/passkey";
const SHOW: &str = "/api/v1/session/second-factor";
const MINE: &str = "/api/v1/me/passkeys";
const OTHER: &str = "orchid-harbour-51-kite";

/// The account's only passkey is kept as one that was used so often, and that may be on several devices or not.
async fn count_on(h: &Hotel, account: AccountId, synced: bool, counter: i64) {
    let at = h.now();
    let written = h.s.db.store.write(move |tx| {
        Box::pin(async move {
            let mut passkey = query::account::passkeys(tx, account).await?.remove(0);
            (passkey.synced, passkey.counter) = (synced, counter);
            tx.update(&mut passkey).await?;
            let event = IdentityEvent::Begin {}.into();
            let (subject, owner) = (("account", account.uuid()), account.uuid());
            tx.journal(JournalDraft {
                actor: "test",
                at,
                event,
                reason: None,
                property_id: None,
                visit_id: None,
                subject,
                owner,
            })
            .await?;
            Ok::<(), StoreError>(())
        })
    });
    written.await.unwrap();
}

/// Somebody who is there, and is verified by a finger or a face.
struct Finger;

#[async_trait::async_trait]
impl UserValidationMethod for Finger {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        hint: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        match hint {
            // Whoever is told that this device has one already looks for another device.
            UiHint::InformExcludedCredentialFound(_) => Err(Ctap2Error::CredentialExcluded),
            _ => Ok(UserCheck { presence, verification }),
        }
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// A device with room for one passkey, and a browser at a page of the server.
struct Device(Client<Option<Passkey>, Finger, AvailableBackend, PublicSuffixList, ()>);

impl Device {
    /// One that counts, or not.
    fn new(counts: bool) -> Self {
        let mut inside = Authenticator::new(Aaguid::new_empty(), None, Finger, AvailableBackend);
        inside.set_make_credentials_with_signature_counter(counts);
        Self(Client::new(inside).allows_insecure_localhost(true))
    }

    fn page() -> Url {
        Url::parse("http://localhost").unwrap()
    }

    /// What its browser answers when it is asked to make a passkey; none: it has one already.
    async fn make(&mut self, options: &Value) -> Option<Value> {
        let public_key: PublicKeyCredentialCreationOptions = serde_json::from_value(options.clone()).unwrap();
        let asked = CredentialCreationOptions { public_key };
        let made = self.0.register(&Self::page(), asked, DefaultClientData).await.ok()?;
        Some(json!({ "name": " 前台电脑 ",
            "client_data": URL_SAFE_NO_PAD.encode(&*made.response.client_data_json),
            "attestation_object": URL_SAFE_NO_PAD.encode(&*made.response.attestation_object) }))
    }

    /// What its browser answers when it is asked to show one.
    async fn show(&mut self, options: &Value) -> Option<Value> {
        let mut options = options.clone();
        // Any will do: browsers take no list and an empty one for the same.
        if options["allowCredentials"] == json!([]) {
            options.as_object_mut().unwrap().remove("allowCredentials");
        }
        let public_key: PublicKeyCredentialRequestOptions = serde_json::from_value(options).unwrap();
        let asked = CredentialRequestOptions { public_key };
        let shown = self.0.authenticate(&Self::page(), asked, DefaultClientData).await.ok()?;
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Some(json!({ "id": text(&shown.raw_id), "client_data": text(&shown.response.client_data_json),
            "authenticator_data": text(&shown.response.authenticator_data), "signature": text(&shown.response.signature),
            "user_handle": shown.response.user_handle.as_deref().map(|handle| text(handle)) }))
    }
}

impl Hotel {
    /// Makes a passkey for whoever has signed in; the session goes on under another token.
    async fn add(&self, browser: &mut Browser, device: &mut Device) -> Value {
        let begun = self.post(browser, "/api/v1/me/passkeys/options", json!({ "password": PASSWORD })).await;
        assert_eq!(begun.status, 200, "{}", begun.text);
        let made = device.make(&begun.body["public_key"]).await.unwrap();
        let added = self.post(browser, MINE, made.clone()).await;
        assert_eq!(added.status, 201, "{}", added.text);
        let before = std::mem::replace(&mut browser.cookie, added.token);
        assert!(browser.cookie.is_some() && browser.cookie != before);
        // What was answered once is not taken again.
        assert_eq!(self.post(browser, MINE, made).await.code(), (409, "already_exists"));
        added.body
    }

    /// Asks for a passkey and has one shown. Time passes between any two.
    async fn shown(&self, by: &Browser, device: &mut Device) -> Value {
        self.later(TimeDelta::seconds(1));
        let asked = self.post(by, ASK, json!({})).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        device.show(&asked.body["public_key"]).await.unwrap()
    }

    async fn sign_in_by(&self, device: &mut Device) -> Answer {
        let shown = self.shown(&Browser::default(), device).await;
        self.post(&Browser::default(), SIGN_IN, json!({ "passkey": shown })).await
    }
}

fn of(answer: Answer) -> Browser {
    Browser { cookie: answer.token, key: None }
}

both_engines! {
    async fn a_passkey_alone_signs_in_and_no_code_is_asked_for(db: TestDb) {
        let h = Hotel::new(db).await;
        let mut desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let mut device = Device::new(false);
        let added = h.add(&mut desk, &mut device).await;
        assert_eq!(added["recovery_codes"].as_array().unwrap().len(), 10);
        assert_eq!((&added["passkey"]["name"], &added["passkey"]["used_at"]), (&json!("前台电脑"), &Value::Null));

        let signed_in = h.sign_in_by(&mut device).await;
        assert_eq!(signed_in.code(), (200, "ok"), "{}", signed_in.text);
        assert_eq!(signed_in.body, json!({ "second_factor": false, "must_change_password": false, "totp": false, "passkey": false }));
        let browser = of(signed_in);
        let me = h.get(&browser, "/api/v1/me").await.body;
        assert_eq!((&me["second_factor"], &me["second_factor_fresh"], &me["totp"], &me["passkeys"]),
            (&json!(true), &json!(true), &json!(false), &json!(1)));
        assert_eq!(h.get(&browser, "/api/v1/properties/SH01").await.status, 200);
        let mine = h.get(&browser, MINE).await.body;
        assert!(mine[0]["used_at"].is_string() && mine[0]["made_at"].is_string(), "{mine}");
        assert_eq!(h.told("session.begin_passkey").await, 1);
        // With codes of an app beside it, neither asks for the other.
        let (secret, _) = { let mut browser = browser.clone(); h.enrol(&mut browser).await };
        let again = h.sign_in_by(&mut device).await;
        assert_eq!((again.status, &again.body["second_factor"]), (200, &json!(false)));
        let by_password = h.try_sign_in("desk", PASSWORD).await;
        assert_eq!(by_password.body, json!({ "second_factor": true, "must_change_password": false, "totp": true, "passkey": true }));
        h.later(TimeDelta::minutes(1));
        let code = code_at(&secret, h.now()).unwrap();
        let half = of(by_password);
        assert_eq!(h.get(&half, "/api/v1/me").await.code(), (401, "second_factor_required"));
        let whole = of(h.post(&half, SHOW, json!({ "code": code })).await);
        assert_eq!(h.get(&whole, "/api/v1/properties/SH01").await.status, 200);
    }

    async fn a_passkey_is_a_second_factor_and_counts_once(db: TestDb) {
        let h = Hotel::new(db).await;
        let mut desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let (mut device, mut stranger) = (Device::new(false), Device::new(false));
        h.add(&mut desk, &mut device).await;
        let mut other = h.signed_in("other", &[("front_desk", Some("SH01"))]).await;
        h.add(&mut other, &mut stranger).await;
        let by_password = h.try_sign_in("desk", PASSWORD).await;
        assert_eq!((&by_password.body["second_factor"], &by_password.body["totp"], &by_password.body["passkey"]),
            (&json!(true), &json!(false), &json!(true)));
        let half = of(by_password);
        assert_eq!(h.get(&half, "/api/v1/properties/SH01").await.code(), (401, "second_factor_required"));
        // Only one's own are asked for, and only one's own count.
        let asked = h.post(&half, ASK, json!({})).await.body;
        assert_eq!(asked["public_key"]["allowCredentials"].as_array().unwrap().len(), 1);
        assert!(stranger.show(&asked["public_key"]).await.is_none());
        let foreign = h.shown(&Browser::default(), &mut stranger).await;
        assert_eq!(h.post(&half, SHOW, json!({ "passkey": foreign })).await.code(), (401, "sign_in_refused"));

        let right = h.shown(&half, &mut device).await;
        let earlier = right.clone();
        for field in ["id", "client_data", "authenticator_data", "signature", "user_handle"] {
            let mut wrong = right.clone();
            let backwards: String = right[field].as_str().unwrap_or("AQID").chars().rev().collect();
            for value in ["", "AAAA", "!", backwards.as_str()] {
                wrong[field] = json!(value);
                h.later(TimeDelta::minutes(1));
                let answer = h.post(&half, SHOW, json!({ "passkey": wrong })).await;
                assert!(answer.status == 401 || answer.status == 429, "{field} {value}: {}", answer.text);
            }
        }
        h.later(TimeDelta::minutes(61));
        let half = of(h.try_sign_in("desk", PASSWORD).await);
        // It was for a moment that has passed.
        assert_eq!(h.post(&half, SHOW, json!({ "passkey": earlier })).await.code(), (401, "sign_in_refused"));
        let (first, second) = (h.shown(&half, &mut device).await, h.shown(&half, &mut device).await);
        let both = json!({ "passkey": second, "code": "123456" });
        assert_eq!(h.post(&half, SHOW, both).await.code(), (422, "invalid"));
        let whole = h.post(&half, SHOW, json!({ "passkey": second })).await;
        assert_eq!(whole.code(), (200, "ok"), "{}", whole.text);
        let whole = of(whole);
        assert_eq!(h.get(&whole, "/api/v1/properties/SH01").await.status, 200);
        // The same again, and one that was asked for before it.
        for replayed in [second, first] {
            let by = of(h.try_sign_in("desk", PASSWORD).await);
            assert_eq!(h.post(&by, SHOW, json!({ "passkey": replayed })).await.code(), (401, "sign_in_refused"));
            assert_eq!(h.post(&Browser::default(), SIGN_IN, json!({ "passkey": replayed })).await.code(), (401, "sign_in_refused"));
        }
        assert!(h.told("session.refuse").await >= 6);
        // What is grave wants it anew, and a passkey shows it.
        h.later(TimeDelta::minutes(16));
        assert_eq!(h.get(&whole, "/api/v1/me").await.body["second_factor_fresh"], false);
        let shown = h.shown(&whole, &mut device).await;
        let fresh = of(h.post(&whole, SHOW, json!({ "passkey": shown })).await);
        assert_eq!(h.get(&fresh, "/api/v1/me").await.body["second_factor_fresh"], true);
    }

    async fn a_passkey_is_made_and_taken_away_with_the_factors_there_are(db: TestDb) {
        // Whoever has these roles has to have a second factor: a passkey will do.
        let h = Hotel::with(db, Options::default()).await;
        let mut manager = h.signed_in("manager", &[("manager", Some("SH01"))]).await;
        assert_eq!(h.get(&manager, "/api/v1/properties/SH01").await.code(), (403, "second_factor_enrolment_required"));
        let begin = "/api/v1/me/passkeys/options";
        assert_eq!(h.post(&manager, begin, json!({ "password": OTHER })).await.code(), (422, "invalid"));
        let mut device = Device::new(true);
        h.add(&mut manager, &mut device).await;
        assert_eq!(h.get(&manager, "/api/v1/properties/SH01").await.status, 200);
        // Not twice on one device.
        let begun = h.post(&manager, begin, json!({ "password": PASSWORD })).await.body;
        assert!(device.make(&begun["public_key"]).await.is_none());
        // What was made for somebody else's challenge, or too late, is none.
        let mut second = Device::new(false);
        let late = second.make(&begun["public_key"]).await.unwrap();
        let mut desk = h.signed_in("desk", &[]).await;
        assert_eq!(h.post(&desk, MINE, late.clone()).await.code(), (422, "invalid"));
        h.later(TimeDelta::minutes(6));
        assert_eq!(h.post(&manager, MINE, late).await.code(), (422, "invalid"));
        // Nor without the factor there is.
        h.later(TimeDelta::minutes(10));
        assert_eq!(h.post(&manager, begin, json!({ "password": PASSWORD })).await.code(), (403, "second_factor_required"));
        let id = h.get(&manager, MINE).await.body[0]["id"].as_str().unwrap().to_owned();
        let gone = format!("{MINE}/{id}");
        assert_eq!(h.ask(&manager, Method::DELETE, &gone, None).await.code(), (403, "second_factor_required"));
        let mut manager = of(h.sign_in_by(&mut device).await);
        let mut third = Device::new(false);
        assert_eq!(h.add(&mut manager, &mut third).await["recovery_codes"], json!([]), "there are some");
        let elsewhere = of(h.sign_in_by(&mut third).await);
        // Somebody else's passkey is not there.
        h.enrol(&mut desk).await;
        assert_eq!(h.ask(&desk, Method::DELETE, &gone, None).await.code(), (404, "not_found"));
        assert_eq!(h.ask(&manager, Method::DELETE, &gone, None).await.status, 204);
        assert_eq!(h.ask(&manager, Method::DELETE, &gone, None).await.code(), (404, "not_found"));
        assert_eq!(h.get(&elsewhere, "/api/v1/me").await.code(), (401, "not_signed_in"), "all other sessions have ended");
        assert_eq!(h.sign_in_by(&mut device).await.code(), (401, "sign_in_refused"));
        let last = h.get(&manager, MINE).await.body[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(h.ask(&manager, Method::DELETE, &format!("{MINE}/{last}"), None).await.status, 204);
        assert_eq!(h.get(&manager, "/api/v1/me").await.body["recovery_codes"], 0);
        assert_eq!(h.get(&manager, "/api/v1/properties/SH01").await.code(), (403, "second_factor_enrolment_required"));
        assert_eq!(h.told("factor.passkey").await, 2);
        assert_eq!(h.told("factor.passkey_remove").await, 2);
    }

    async fn a_key_that_is_there_twice_is_refused_and_one_that_is_shared_is_not(db: TestDb) {
        let h = Hotel::new(db).await;
        let id = h.account("desk", &[]).await.parse().unwrap();
        let mut desk = h.sign_in("desk").await;
        let mut device = Device::new(true);
        h.add(&mut desk, &mut device).await;
        assert_eq!(h.sign_in_by(&mut device).await.status, 200);
        let rows = "SELECT CAST(counter AS TEXT) FROM passkey";
        let counts: i64 = h.s.db.texts(rows, 1).await[0][0].parse().unwrap();
        assert!(counts > 0, "it counts");
        // Another copy of it has counted further.
        count_on(&h, id, false, counts + 10).await;
        assert_eq!(h.sign_in_by(&mut device).await.code(), (401, "sign_in_refused"));
        // One that several devices share counts on none of them. The row is then written anew, as all others are.
        count_on(&h, id, true, counts + 10).await;
        assert_eq!(h.sign_in_by(&mut device).await.status, 200);
        assert_eq!(h.s.db.texts(rows, 1).await[0][0], (counts + 10).to_string());
    }

    async fn a_recovery_code_changes_a_password_and_opens_nothing(db: TestDb) {
        let h = Hotel::new(db).await;
        let mut desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let (secret, codes) = h.enrol(&mut desk).await;
        let recover = async |login: &str, code: &str, new: &str| {
            let body = json!({ "login": login, "recovery_code": code, "new": new });
            h.post(&Browser::default(), "/api/v1/session/recovery", body).await
        };
        let unknown = recover("nobody", &codes[0], OTHER).await;
        let wrong = recover("desk", "0000-0000-0000-0000", OTHER).await;
        assert_eq!((unknown.code(), &unknown.text), ((401, "sign_in_refused"), &wrong.text));
        assert_eq!(recover("desk", &codes[0], "desk1").await.code(), (422, "invalid"));
        assert_eq!(h.get(&desk, "/api/v1/me").await.status, 200);
        let done = recover(" Desk ", &codes[0].to_uppercase(), OTHER).await;
        assert_eq!((done.status, done.token.is_none()), (204, true), "{}", done.text);
        // All sessions and codes have ended, and the second factor has not.
        assert_eq!(h.get(&desk, "/api/v1/me").await.code(), (401, "not_signed_in"));
        assert_eq!(recover("desk", &codes[1], PASSWORD).await.code(), (401, "sign_in_refused"));
        assert_eq!(h.try_sign_in("desk", PASSWORD).await.code(), (401, "sign_in_refused"));
        let by_password = h.try_sign_in("desk", OTHER).await;
        assert_eq!(by_password.body["second_factor"], true);
        let half = of(by_password);
        assert_eq!(h.post(&half, SHOW, json!({ "recovery_code": codes[2] })).await.code(), (401, "sign_in_refused"));
        h.later(TimeDelta::minutes(1));
        let code = code_at(&secret, h.now()).unwrap();
        assert_eq!(h.post(&half, SHOW, json!({ "code": code })).await.status, 200);
        assert_eq!(h.told("factor.recover").await, 1);
        // Attempts are counted as all others.
        let mut answers = Vec::new();
        for _ in 0..6 {
            answers.push(recover("desk", "0000-0000-0000-0000", OTHER).await.status);
        }
        assert_eq!(answers.last(), Some(&429), "{answers:?}");
    }

    async fn passkeys_belong_to_names_and_to_accounts_that_can_be_used(db: TestDb) {
        let h = Hotel::new(db).await;
        let id = h.account("desk", &[]).await;
        let mut desk = h.sign_in("desk").await;
        let mut device = Device::new(false);
        h.add(&mut desk, &mut device).await;
        for host in ["127.0.0.1:8080", "[::1]"] {
            let answer = h.ask_at(host, &Browser::default(), ASK, json!({})).await;
            assert_eq!(answer.code(), (409, "wrong_state"), "{host}: {}", answer.text);
        }
        // Under another name of this machine it is another site's.
        let asked = h.ask_at("app.localhost", &Browser::default(), ASK, json!({})).await;
        assert!(asked.status == 403 || asked.body["public_key"]["rpId"] == "app.localhost", "{}", asked.text);
        h.s.send(Method::PATCH, &format!("/api/v1/accounts/{id}"), Some(json!({ "state": "disabled" })), &[]).await;
        assert_eq!(h.sign_in_by(&mut device).await.code(), (401, "sign_in_refused"));
        h.s.send(Method::PATCH, &format!("/api/v1/accounts/{id}"), Some(json!({ "state": "active" })), &[]).await;
        assert_eq!(h.sign_in_by(&mut device).await.status, 200);
        // Whoever has lost everything asks an administrator.
        let change = json!({ "remove_second_factor": true });
        h.s.send(Method::PATCH, &format!("/api/v1/accounts/{id}"), Some(change), &[]).await;
        assert_eq!(h.sign_in_by(&mut device).await.code(), (401, "sign_in_refused"));
        assert_eq!(h.try_sign_in("desk", PASSWORD).await.body["second_factor"], false);
    }
}
