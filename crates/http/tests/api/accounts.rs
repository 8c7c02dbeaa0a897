//! Accounts: signing in and out, second factors, what is granted and where, what the roles are shown, and what is refused.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Mutex,
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use chrono::{DateTime, TimeDelta, Utc};
use hefu_app::{
    Options, WatchLimits,
    accounts::{
        leaked::LeakedPasswords,
        settings::{AccountSettings, PasswordProfile, SessionLimits},
        setup,
        totp::{self, code_at},
    },
};
use hefu_http::{
    connection::{Limits, Peer},
    door::Doorway,
};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::common::{Server, booking, digits};

pub(crate) const PASSWORD: &str = "tide-lantern-47-orchid";
const ADDRESS: &str = "192.0.2.7";

/// A server where everybody has to sign in.
pub(crate) struct Hotel {
    pub(crate) s: Server,
    pub(crate) door: Router,
    /// The second factors that were enrolled, by login.
    factors: Mutex<HashMap<String, Vec<u8>>>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// The token the browser is to keep; empty: it is to forget it.
    pub(crate) token: Option<String>,
    pub(crate) text: String,
    /// After how many seconds to ask again.
    pub(crate) retry_after: Option<i64>,
}

impl Answer {
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or("ok"))
    }
}

/// Somebody at a browser, or a program with a key.
#[derive(Clone, Default)]
pub(crate) struct Browser {
    pub(crate) cookie: Option<String>,
    pub(crate) key: Option<String>,
}

/// Settings under which no role needs a second factor for everything.
fn nobody_enrols() -> AccountSettings {
    AccountSettings { second_factor: Some(BTreeSet::new()), ..AccountSettings::default() }
}

impl Hotel {
    /// One where no role needs a second factor for everything.
    pub(crate) async fn new(db: TestDb) -> Self {
        Self::with(db, Options { accounts: nobody_enrols(), ..Options::default() }).await
    }

    /// The same with other limits.
    pub(crate) async fn watched(db: TestDb, watch: WatchLimits) -> Self {
        Self::with(db, Options { accounts: nobody_enrols(), watch, ..Options::default() }).await
    }

    pub(crate) async fn with(db: TestDb, options: Options) -> Self {
        let s = Server::with_options(db, options).await;
        s.send(
            Method::PUT,
            "/api/v1/properties/HZ01",
            Some(json!({ "name": "合符西湖酒店", "name_en": "Hefu West Lake", "time_zone": "Asia/Shanghai",
                "currency": "CNY", "business_date": "2026-10-03" })),
            &[],
        )
        .await;
        let doorway = Doorway { accounts: true, ..Doorway::default() };
        let door = hefu_http::router_with(s.app.clone(), &Limits::default(), doorway, &[]);
        Self { s, door, factors: Mutex::default() }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.s.app.clock().now()
    }

    pub(crate) async fn ask(&self, by: &Browser, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.ask_from(ADDRESS, by, method, path, body).await
    }

    pub(crate) async fn ask_from(
        &self,
        address: &str,
        by: &Browser,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        self.ask_of((address, "localhost"), by, method, path, (body, None)).await
    }

    /// Asks under an idempotency key.
    pub(crate) async fn post_once(&self, by: &Browser, path: &str, body: Value, key: &str) -> Answer {
        self.ask_of((ADDRESS, "localhost"), by, Method::POST, path, (Some(body), Some(key))).await
    }

    /// Sends a request as it is.
    pub(crate) async fn raw(&self, request: Request<Body>) -> axum::response::Response {
        self.door.clone().oneshot(request).await.unwrap()
    }

    /// Asks under another name of the server.
    pub(crate) async fn ask_at(&self, host: &str, by: &Browser, path: &str, body: Value) -> Answer {
        self.ask_of((ADDRESS, host), by, Method::POST, path, (Some(body), None)).await
    }

    async fn ask_of(
        &self,
        (address, host): (&str, &str),
        by: &Browser,
        method: Method,
        path: &str,
        (body, once): (Option<Value>, Option<&str>),
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::ACCEPT_LANGUAGE, "en");
        request = request.header(header::HOST, host);
        if let Some(key) = once {
            request = request.header("idempotency-key", key);
        }
        request = request.extension(Peer(address.parse().unwrap()));
        if let Some(cookie) = &by.cookie {
            request = request.header(header::COOKIE, format!("other=1; hefu={cookie}"));
        }
        if let Some(key) = &by.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let body = match body {
            None => Body::empty(),
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
        };
        let answer = self.door.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let cookie =
            answer.headers().get(header::SET_COOKIE).map(|cookie| cookie.to_str().unwrap().to_owned());
        let token = cookie.map(|cookie| {
            assert!(
                cookie.contains("; Path=/") && cookie.contains("; HttpOnly; SameSite=Strict"),
                "{cookie}"
            );
            cookie.strip_prefix("hefu=").unwrap().split(';').next().unwrap().to_owned()
        });
        let retry_after = answer.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after.map(|seconds| seconds.to_str().unwrap().parse().unwrap());
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status, body: serde_json::from_str(&text).unwrap_or_default(), token, text, retry_after }
    }

    pub(crate) async fn get(&self, by: &Browser, path: &str) -> Answer {
        self.ask(by, Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, by: &Browser, path: &str, body: Value) -> Answer {
        self.ask(by, Method::POST, path, Some(body)).await
    }

    pub(crate) async fn try_sign_in(&self, login: &str, password: &str) -> Answer {
        self.post(&Browser::default(), "/api/v1/session", json!({ "login": login, "password": password }))
            .await
    }

    pub(crate) async fn sign_in(&self, login: &str) -> Browser {
        let answer = self.try_sign_in(login, PASSWORD).await;
        assert_eq!(answer.code(), (200, "ok"), "{login}: {}", answer.text);
        Browser { cookie: answer.token, key: None }
    }

    /// An account with these roles, made by the local administrator and with its password changed to the same again.
    pub(crate) async fn account(&self, login: &str, grants: &[(&str, Option<&str>)]) -> String {
        let body = json!({ "login": login, "name": "王芳", "password": "first-lantern-93-orchid" });
        let account = self.s.post("/api/v1/accounts", body).await;
        let id = account["id"].as_str().unwrap().to_owned();
        for (role, property) in grants {
            let grant = json!({ "role": role, "property": property });
            self.s.post(&format!("/api/v1/accounts/{id}/grants"), grant).await;
        }
        let first = self.try_sign_in(login, "first-lantern-93-orchid").await;
        assert_eq!(first.body["must_change_password"], true, "{}", first.text);
        let browser = Browser { cookie: first.token, key: None };
        // Nothing else is answered before.
        assert_eq!(self.get(&browser, "/api/v1/properties").await.code(), (403, "password_change_required"));
        let change = json!({ "current": "first-lantern-93-orchid", "new": PASSWORD });
        let changed = self.ask(&browser, Method::PUT, "/api/v1/me/password", Some(change)).await;
        assert_eq!(changed.status, 204, "{}", changed.text);
        id
    }

    /// Somebody with these roles, signed in.
    pub(crate) async fn signed_in(&self, login: &str, grants: &[(&str, Option<&str>)]) -> Browser {
        self.account(login, grants).await;
        self.sign_in(login).await
    }

    /// Enrols a second factor; answers its secret and the recovery codes. The session goes on under another token.
    pub(crate) async fn enrol(&self, browser: &mut Browser) -> (Vec<u8>, Vec<String>) {
        let enrolled = self.post(browser, "/api/v1/me/totp", json!({ "password": PASSWORD })).await;
        assert_eq!(enrolled.status, 200, "{}", enrolled.text);
        let secret = base32(enrolled.body["secret"].as_str().unwrap());
        let code = code_at(&secret, self.now()).unwrap();
        let confirmed = self.post(browser, "/api/v1/me/totp/confirm", json!({ "code": code })).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.text);
        browser.cookie = confirmed.token;
        let codes = confirmed.body["recovery_codes"].as_array().unwrap();
        let me = self.get(browser, "/api/v1/me").await.body["login"].as_str().unwrap().to_owned();
        self.factors.lock().unwrap().insert(me, secret.clone());
        (secret, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
    }

    /// Somebody signed in with the second factor, if there is one. A minute passes, so that the code is another one.
    pub(crate) async fn sign_in_with_factor(&self, login: &str) -> Browser {
        let mut browser = self.sign_in(login).await;
        let secret = self.factors.lock().unwrap().get(login).cloned();
        if let Some(secret) = secret {
            self.later(TimeDelta::minutes(1));
            let code = code_at(&secret, self.now()).unwrap();
            let shown = self.post(&browser, "/api/v1/session/second-factor", json!({ "code": code })).await;
            assert_eq!(shown.status, 200, "{}", shown.text);
            browser.cookie = shown.token;
        }
        browser
    }

    /// How often the journal has an action.
    pub(crate) async fn told(&self, action: &str) -> usize {
        self.s.app.sequence().await.unwrap();
        let page = self.s.get("/api/v1/journal?limit=500").await;
        page["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == action).count()
    }

    pub(crate) fn later(&self, by: TimeDelta) {
        self.s.db.clock.advance(by);
    }
}

/// The bytes of an authenticator's secret (RFC 4648).
fn base32(text: &str) -> Vec<u8> {
    let value = |c: u8| u16::from(if c.is_ascii_digit() { c - b'2' + 26 } else { c - b'A' });
    let (mut bits, mut count, mut bytes) = (0_u16, 0, Vec::new());
    for c in text.bytes() {
        (bits, count) = (bits << 5 | value(c), count + 5);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

both_engines! {
    async fn without_signing_in_only_what_is_public_is_answered(db: TestDb) {
        let h = Hotel::new(db).await;
        let nobody = Browser::default();
        let api = serde_json::to_value(hefu_http::openapi()).unwrap();
        let open = ["/api/v1/session", "/api/v1/setup", "/api/v1/session/passkey", "/api/v1/session/passkey/options", "/api/v1/session/recovery",
            "/api/v1/session/providers"];
        for (path, item) in api["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                if open.contains(&path.as_str()) {
                    continue;
                }
                let body = (method != "get").then(|| json!({}));
                let plain = path.replace(['{', '}'], "");
                let answer = h.ask(&nobody, method.to_uppercase().parse().unwrap(), &plain, body).await;
                assert_eq!(answer.code(), (401, "not_signed_in"), "{method} {path}");
            }
        }
        for path in ["/metrics", "/nowhere", "/api/v1/nowhere", "/log"] {
            assert_eq!(h.get(&nobody, path).await.code(), (401, "not_signed_in"), "{path}");
        }
        for path in ["/", "/sign-in", "/setup", "/docs", "/openapi.json", "/healthz", "/log/keys"] {
            assert!(h.get(&nobody, path).await.status < 300, "{path}");
        }
        // A key that is none is told so, also where none is needed.
        for key in ["", "x", "hefu_1_2", "hefu_01900000000070008000000000000001_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let program = Browser { key: Some(key.into()), ..Browser::default() };
            assert_eq!(h.get(&program, "/healthz").await.code(), (401, "not_signed_in"), "{key}");
        }
        for cookie in ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "../..", "%00"] {
            let browser = Browser { cookie: Some(cookie.into()), ..Browser::default() };
            assert_eq!(h.get(&browser, "/api/v1/properties").await.code(), (401, "not_signed_in"), "{cookie}");
        }
    }

    async fn a_wrong_password_and_an_unknown_login_are_answered_alike(db: TestDb) {
        let h = Hotel::new(db).await;
        h.account("wang.fang", &[("front_desk", Some("SH01"))]).await;
        let refused = h.told("session.refuse").await;
        let wrong = h.try_sign_in("wang.fang", "lantern-orchid-47-tide").await;
        let unknown = h.try_sign_in("li.na", PASSWORD).await;
        assert_eq!(wrong.code(), (401, "sign_in_refused"));
        assert_eq!(wrong.text, unknown.text);
        assert!(wrong.token.is_none() && unknown.token.is_none());
        // Letters that look like others are no login.
        assert_eq!(h.try_sign_in("w\u{430}ng.fang", PASSWORD).await.text, wrong.text);
        assert_eq!(h.told("session.refuse").await, refused + 3);
        // The login is small letters, however it is typed.
        assert_eq!(h.try_sign_in(" Wang.Fang ", PASSWORD).await.code(), (200, "ok"));
    }

    async fn attempts_that_fail_cost_more_and_more_time(db: TestDb) {
        let h = Hotel::new(db).await;
        h.account("wang.fang", &[]).await;
        for login in ["wang.fang", "nobody"] {
            let mut codes = Vec::new();
            for _ in 0..7 {
                codes.push(h.try_sign_in(login, "lantern-orchid-47-tide").await.code().0);
            }
            assert_eq!(codes, [401, 401, 401, 401, 401, 429, 429], "{login}");
        }
        // Also with the right password, and from elsewhere.
        assert_eq!(h.try_sign_in("wang.fang", PASSWORD).await.code(), (429, "too_many_attempts"));
        h.later(TimeDelta::seconds(2));
        assert_eq!(h.try_sign_in("wang.fang", PASSWORD).await.code(), (200, "ok"));
        // Whoever tries many logins from one address is stopped there, and nobody else is.
        let mut stopped = 0;
        for n in 0..40 {
            let body = json!({ "login": format!("guess{n}"), "password": "lantern-orchid-47-tide" });
            let answer = h.ask_from("198.51.100.9", &Browser::default(), Method::POST, "/api/v1/session", Some(body)).await;
            stopped += usize::from(answer.status == 429);
        }
        assert!((1..15).contains(&stopped), "{stopped}");
        h.sign_in("wang.fang").await;
    }

    async fn a_session_ends_when_it_is_said_and_when_it_is_time(db: TestDb) {
        let h = Hotel::new(db).await;
        let first = h.signed_in("wang.fang", &[("front_desk", Some("SH01"))]).await;
        let second = h.sign_in("wang.fang").await;
        assert_ne!(first.cookie, second.cookie);
        let sessions = h.get(&first, "/api/v1/me/sessions").await.body;
        let sessions = sessions.as_array().unwrap();
        assert_eq!(sessions.iter().filter(|session| session["this"] == true).count(), 1);
        assert!(sessions.iter().all(|session| session["address"] == ADDRESS), "{sessions:?}");
        assert_eq!(h.get(&first, "/api/v1/me").await.body["login"], "wang.fang");

        let out = h.ask(&first, Method::DELETE, "/api/v1/session", None).await;
        assert_eq!((out.status, out.token.as_deref()), (204, Some("")));
        // Whoever has stolen the cookie has nothing now.
        assert_eq!(h.get(&first, "/api/v1/me").await.code(), (401, "not_signed_in"));
        assert_eq!(h.get(&second, "/api/v1/me").await.status, 200);
        let third = h.sign_in("wang.fang").await;
        let everywhere = h.post(&third, "/api/v1/me/sessions/end", json!({ "password": PASSWORD })).await;
        assert_eq!((everywhere.status, everywhere.token.as_deref()), (204, Some("")));
        for browser in [&second, &third] {
            assert_eq!(h.get(browser, "/api/v1/me").await.code(), (401, "not_signed_in"));
        }

        let idle = h.sign_in("wang.fang").await;
        h.later(TimeDelta::minutes(29));
        assert_eq!(h.get(&idle, "/api/v1/me").await.status, 200);
        h.later(TimeDelta::minutes(29));
        assert_eq!(h.get(&idle, "/api/v1/me").await.status, 200);
        h.later(TimeDelta::minutes(31));
        assert_eq!(h.get(&idle, "/api/v1/me").await.code(), (401, "not_signed_in"));
        let long = h.sign_in("wang.fang").await;
        for _ in 0..29 {
            h.later(TimeDelta::minutes(25));
            if h.get(&long, "/api/v1/me").await.status != 200 {
                break;
            }
        }
        assert_eq!(h.get(&long, "/api/v1/me").await.status, 401, "twelve hours are over");
        assert!(h.told("session.begin").await >= 5 && h.told("session.end").await == 2);
    }

    async fn a_code_counts_once_and_a_recovery_code_too(db: TestDb) {
        let h = Hotel::new(db).await;
        let mut browser = h.signed_in("wang.fang", &[("front_desk", Some("SH01"))]).await;
        let before = browser.clone();
        let (secret, recovery) = h.enrol(&mut browser).await;
        assert_eq!(recovery.len(), totp::RECOVERY_CODES);
        assert_eq!(h.get(&before, "/api/v1/me").await.code(), (401, "not_signed_in"), "the token before");
        assert_eq!(h.get(&browser, "/api/v1/me").await.body["second_factor_fresh"], true);

        let half = h.sign_in("wang.fang").await;
        assert_eq!(h.get(&half, "/api/v1/properties").await.code(), (401, "second_factor_required"));
        assert_eq!(h.get(&half, "/api/v1/me").await.code(), (401, "second_factor_required"));
        let show = async |body: Value| h.post(&half, "/api/v1/session/second-factor", body).await;
        // The code it was enrolled with was used, an old one is over, and others are wrong.
        let code = code_at(&secret, h.now()).unwrap();
        assert_eq!(show(json!({ "code": code })).await.code(), (401, "sign_in_refused"));
        let old = code_at(&secret, h.now() - TimeDelta::minutes(5)).unwrap();
        assert_eq!(show(json!({ "code": old })).await.code(), (401, "sign_in_refused"));
        assert_eq!(show(json!({ "code": "12345x" })).await.code(), (401, "sign_in_refused"));
        assert_eq!(show(json!({})).await.code(), (422, "invalid"));
        h.later(TimeDelta::minutes(1));
        let code = code_at(&secret, h.now()).unwrap();
        let shown = show(json!({ "code": code })).await;
        assert_eq!(shown.code(), (200, "ok"));
        let whole = Browser { cookie: shown.token, key: None };
        assert_eq!(h.get(&half, "/api/v1/me").await.code(), (401, "not_signed_in"), "the token before");
        assert_eq!(h.get(&whole, "/api/v1/properties").await.status, 200);

        // A recovery code opens nothing by itself, and stands for the code once.
        let alone = json!({ "recovery_code": recovery[0] });
        let nobody = h.post(&Browser::default(), "/api/v1/session/second-factor", alone.clone()).await;
        assert_eq!(nobody.code(), (401, "not_signed_in"));
        let half = h.sign_in("wang.fang").await;
        assert_eq!(h.post(&half, "/api/v1/session/second-factor", alone.clone()).await.code(), (200, "ok"));
        let half = h.sign_in("wang.fang").await;
        assert_eq!(h.post(&half, "/api/v1/session/second-factor", alone).await.code(), (401, "sign_in_refused"));
        assert_eq!(h.get(&whole, "/api/v1/me").await.body["recovery_codes"], 9);
        // Another factor is enrolled with the one there is.
        h.later(TimeDelta::minutes(16));
        let enrol = h.post(&whole, "/api/v1/me/totp", json!({ "password": PASSWORD })).await;
        assert_eq!(enrol.code(), (403, "second_factor_required"));
    }

    async fn a_front_desk_has_its_own_property_and_no_other(db: TestDb) {
        let h = Hotel::new(db).await;
        let number = h.s.book("DBL", "2026-10-04", "2026-10-06").await;
        let here = h.signed_in("desk.sh", &[("front_desk", Some("SH01"))]).await;
        let there = h.signed_in("desk.hz", &[("front_desk", Some("HZ01"))]).await;
        let visit = format!("/api/v1/visits/{number}");
        // Twice: from the database and from memory.
        for _ in 0..2 {
            assert_eq!(h.get(&here, &visit).await.status, 200);
            assert_eq!(h.get(&there, &visit).await.code(), (403, "forbidden"));
        }
        assert_eq!(h.get(&here, "/api/v1/properties/HZ01").await.code(), (403, "forbidden"));
        assert_eq!(h.get(&here, "/api/v1/properties/NONE").await.code(), (403, "forbidden"));
        assert_eq!(h.get(&there, "/api/v1/properties/HZ01").await.status, 200);
        let cancel = h.post(&there, &format!("{visit}/cancel"), json!({ "reason": "1" })).await;
        assert_eq!(cancel.code(), (403, "forbidden"));
        let book = h.post(&there, "/api/v1/reservations", booking("DBL", "2026-10-04", "2026-10-05")).await;
        assert_eq!(book.code(), (403, "forbidden"));
        // A refusal says nothing of the visit, and a search of the other property's desk finds none.
        let refused = h.get(&there, &visit).await;
        for told in ["SH01", "张", "2026-10-04", "DBL"] {
            assert!(!refused.text.contains(told), "{}", refused.text);
        }
        let found = h.get(&there, &format!("/api/v1/search?q={number}")).await;
        assert_eq!(found.body["visits"], json!([]), "{}", found.text);
        let found = h.get(&here, &format!("/api/v1/search?q={number}")).await;
        assert_eq!(found.body["visits"].as_array().unwrap().len(), 1, "{}", found.text);
        assert!(h.told("access.refuse").await >= 6);
        // Both at once, each under its own rights.
        let both = h.signed_in("desk.both", &[("front_desk", Some("SH01")), ("housekeeping", Some("HZ01"))]).await;
        assert_eq!(h.get(&both, &visit).await.status, 200);
        assert_eq!(h.get(&both, "/api/v1/properties/HZ01/today").await.code(), (403, "forbidden"));
    }

    async fn what_only_a_manager_may_is_refused_to_the_desk_and_needs_a_reason(db: TestDb) {
        let h = Hotel::new(db).await;
        let desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let manager = h.signed_in("manager", &[("manager", Some("SH01"))]).await;
        h.s.book("STE", "2026-10-10", "2026-10-11").await;
        let closed = json!({ "room_type": "DBL", "from": "2026-10-10", "until": "2026-10-11", "stop_sell": true });
        let path = "/api/v1/properties/SH01/rate-calendar/restrictions";
        assert_eq!(h.ask(&desk, Method::PUT, path, Some(closed.clone())).await.code(), (403, "forbidden"));
        assert_eq!(h.ask(&manager, Method::PUT, path, Some(closed)).await.status, 200);
        let limit = json!({ "from": "2026-10-20", "until": "2026-10-21", "beyond": 1 });
        let path = "/api/v1/properties/SH01/room-types/STE/overbooking";
        assert_eq!(h.ask(&desk, Method::PUT, path, Some(limit)).await.code(), (403, "forbidden"));
        // Sold out, closed, and for nothing.
        for (room_type, refused, asked) in [
            ("STE", Some("no_inventory"), json!({ "oversell": true })),
            ("DBL", Some("stop_sell"), json!({ "override_restrictions": true })),
            ("DBL", None, json!({ "override_restrictions": true, "usage": "complimentary" })),
        ] {
            let mut body = booking(room_type, "2026-10-10", "2026-10-11");
            if let Some(refused) = refused {
                let sold = h.post(&desk, "/api/v1/reservations", body.clone()).await;
                assert_eq!(sold.code(), (409, refused), "{}", sold.text);
            }
            for (field, value) in asked.as_object().unwrap() {
                let of = if field == "usage" { &mut body["rooms"][0] } else { &mut body };
                of[field.as_str()] = value.clone();
            }
            let silent = h.post(&manager, "/api/v1/reservations", body.clone()).await;
            assert_eq!(silent.code(), (422, "invalid"), "{}", silent.text);
            body["reason"] = json!("a guest of the board");
            let desks = h.post(&desk, "/api/v1/reservations", body.clone()).await;
            assert_eq!(desks.code(), (403, "forbidden"), "{}", desks.text);
            let managers = h.post(&manager, "/api/v1/reservations", body).await;
            assert_eq!(managers.status, 201, "{}", managers.text);
        }
        let left = h.s.get("/api/v1/properties/SH01/availability?from=2026-10-10&to=2026-10-11").await;
        assert!(left.as_array().unwrap().iter().any(|row| row["room_type"] == "STE" && row["overbooked"] == 1), "{left}");
    }

    async fn each_role_is_shown_what_it_needs(db: TestDb) {
        let h = Hotel::new(db).await;
        let number = digits(&h.s.post("/api/v1/reservations", booking("DBL", "2026-10-04", "2026-10-06")).await);
        let visit = format!("/api/v1/visits/{number}");
        let of = async |role: &str| h.signed_in(&role.replace('_', "."), &[(role, Some("SH01"))]).await;
        let (desk, finance, keeping) = (of("front_desk").await, of("finance").await, of("housekeeping").await);
        let steward = of("data_steward").await;
        let guest = h.get(&desk, &visit).await.body["guest"].clone();
        assert_eq!(guest["profile"]["full_name"], "张伟");
        assert_eq!(guest["profile"]["phones"], json!(["+86138****5678"]));
        let id = guest["id"].as_str().unwrap();
        assert_eq!(h.get(&finance, &visit).await.body["guest"]["profile"]["full_name"], "张伟");
        assert_eq!(h.get(&finance, &format!("/api/v1/guests/{id}")).await.code(), (403, "forbidden"));
        assert_eq!(h.get(&keeping, &visit).await.code(), (403, "forbidden"));
        assert_eq!(h.get(&keeping, "/api/v1/search?q=138").await.code(), (403, "forbidden"));
        let shown = h.get(&steward, &format!("/api/v1/guests/{id}")).await.body;
        assert_eq!(shown["profile"]["documents"][0]["number"], "110***********002X");
        assert_eq!(shown["masked"], true);
        // Whoever sees names at one property only sees none where it is not said which one it is.
        let both = h.signed_in("both", &[("front_desk", Some("SH01")), ("front_desk", Some("HZ01"))]).await;
        assert_eq!(h.get(&both, &format!("/api/v1/guests/{id}")).await.body["profile"]["full_name"], "张伟");
        let mixed = h.signed_in("mixed", &[("front_desk", Some("SH01")), ("housekeeping", Some("HZ01"))]).await;
        assert_eq!(h.get(&mixed, &format!("/api/v1/guests/{id}")).await.body["profile"]["full_name"], "张*");
        // The record of the property is not masked by what holds elsewhere, and no cache mixes the two.
        assert_eq!(h.get(&mixed, &visit).await.body["guest"]["profile"]["full_name"], "张伟");
        assert_eq!(h.get(&desk, &visit).await.body["guest"]["profile"]["full_name"], "张伟");
        for by in [&desk, &finance, &keeping, &steward, &mixed] {
            assert_eq!(h.get(by, "/api/v1/accounts").await.code(), (403, "forbidden"));
            assert_eq!(h.get(by, "/api/v1/journal").await.code(), (403, "forbidden"));
        }
    }

    /// Reasons are texts that people write: the journal shows them to nobody from whom the record hides them, but to whoever audits.
    async fn whoever_is_signed_in_learns_who_is_behind_an_opaque_name(db: TestDb) {
        let h = Hotel::new(db).await;
        let desk = h.signed_in("desk.names", &[("front_desk", Some("SH01"))]).await;
        let me = h.get(&desk, "/api/v1/me").await.body;
        let actor = format!("staff:{}", me["id"].as_str().unwrap());
        let nobody = "staff:01920000-0000-7000-8000-000000000001";
        let asked = format!("/api/v1/colleagues?actors={actor},night-audit,{nobody},staff:nonsense,");
        let housekeeper = h.signed_in("rooms.names", &[("housekeeping", Some("HZ01"))]).await;
        for browser in [&desk, &housekeeper] {
            let named = h.get(browser, &asked).await;
            assert_eq!((named.status, &named.body), (200, &json!([{ "actor": actor, "name": me["name"] }])));
        }
        // Nobody who hasn't signed in, no program, and not everybody at once.
        assert_eq!(h.get(&Browser::default(), &asked).await.code(), (401, "not_signed_in"));
        let many = vec![nobody; 101].join(",");
        let refused = h.get(&desk, &format!("/api/v1/colleagues?actors={many}")).await;
        assert_eq!(refused.code(), (422, "invalid"));
        assert_eq!(refused.body["pointer"], "/actors");
    }

    async fn the_journal_masks_reasons_as_the_record_does(db: TestDb) {
        let h = Hotel::new(db).await;
        let number = h.s.book("DBL", "2026-10-04", "2026-10-06").await;
        h.s.post(&format!("/api/v1/visits/{number}/cancel"), json!({ "reason": "客人突发急病" })).await;
        h.s.app.sequence().await.unwrap();
        let of = async |role: &str, property: Option<&str>| h.signed_in(&role.replace('_', "."), &[(role, property)]).await;
        let (desk, finance) = (of("front_desk", Some("SH01")).await, of("finance", Some("SH01")).await);
        let (steward, mut auditor) = (of("data_steward", Some("SH01")).await, of("auditor", None).await);
        h.enrol(&mut auditor).await;
        let (visit, entries) = (format!("/api/v1/visits/{number}"), format!("/api/v1/journal?visit={number}"));
        for (by, sees) in [(&desk, true), (&finance, false), (&steward, false)] {
            for path in [&visit, &entries] {
                let answer = h.get(by, path).await;
                assert_eq!((answer.status, answer.text.contains("急病")), (200, sees), "{path}: {}", answer.text);
            }
        }
        for path in [entries.as_str(), "/api/v1/journal", "/api/v1/journal?action=reservation.cancel"] {
            let answer = h.get(&auditor, path).await;
            assert!(answer.text.contains("急病"), "{path}: {}", answer.text);
        }
    }

    async fn unmasking_needs_a_reason_and_a_fresh_second_factor(db: TestDb) {
        let h = Hotel::new(db).await;
        let guest = h.s.post("/api/v1/guests", json!({ "full_name": "陶梦瑶", "phones": ["13900001111"] })).await;
        let reveal = format!("/api/v1/guests/{}/reveal", guest["id"].as_str().unwrap());
        let mut desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let ask = async |by: &Browser, body: Value| h.post(by, &reveal, body).await;
        assert_eq!(ask(&desk, json!({ "reason": "call back" })).await.code(), (403, "second_factor_required"));
        h.enrol(&mut desk).await;
        assert_eq!(ask(&desk, json!({ "reason": " " })).await.code(), (422, "invalid"));
        let shown = ask(&desk, json!({ "reason": "call back" })).await;
        assert_eq!(shown.body["profile"]["phones"], json!(["+8613900001111"]), "{}", shown.text);
        h.later(TimeDelta::minutes(16));
        assert_eq!(ask(&desk, json!({ "reason": "call back" })).await.code(), (403, "second_factor_required"));
        assert_eq!(h.told("guest.reveal").await, 1);
    }

    async fn administrators_see_no_guest_and_auditors_change_nothing(db: TestDb) {
        let h = Hotel::new(db).await;
        let number = h.s.book("DBL", "2026-10-04", "2026-10-06").await;
        let guest = h.s.get(&format!("/api/v1/visits/{number}")).await["guest"]["id"].as_str().unwrap().to_owned();
        let id = h.account("admin", &[("administrator", None)]).await;
        let mut admin = h.sign_in("admin").await;
        assert_eq!(h.get(&admin, "/api/v1/accounts").await.code(), (403, "second_factor_required"));
        h.enrol(&mut admin).await;
        assert_eq!(h.get(&admin, "/api/v1/accounts").await.status, 200);
        for path in [format!("/api/v1/visits/{number}"), format!("/api/v1/guests/{guest}"), "/api/v1/search?q=138".into(),
            "/api/v1/properties/SH01/today".into(), "/api/v1/journal".into()] {
            assert_eq!(h.get(&admin, &path).await.code(), (403, "forbidden"), "{path}");
        }
        let reveal = h.post(&admin, &format!("/api/v1/guests/{guest}/reveal"), json!({ "reason": "1" })).await;
        assert_eq!(reveal.code(), (403, "forbidden"));
        // Nobody grants anything to themselves, nor both to grant and to audit to anybody.
        let grants = format!("/api/v1/accounts/{id}/grants");
        assert_eq!(h.post(&admin, &grants, json!({ "role": "manager" })).await.code(), (409, "wrong_state"));
        let body = json!({ "login": "audit", "name": "审计", "password": "first-lantern-93-orchid" });
        let other = h.post(&admin, "/api/v1/accounts", body).await.body["id"].as_str().unwrap().to_owned();
        let grants = format!("/api/v1/accounts/{other}/grants");
        assert_eq!(h.post(&admin, &grants, json!({ "role": "auditor" })).await.status, 201);
        assert_eq!(h.post(&admin, &grants, json!({ "role": "administrator" })).await.code(), (409, "wrong_state"));
        assert_eq!(h.post(&admin, &grants, json!({ "role": "wizard" })).await.code(), (404, "not_found"));
        assert_eq!(h.post(&admin, &grants, json!({ "role": "own" })).await.code(), (404, "not_found"));
        let mine = json!({ "state": "disabled" });
        let own = h.ask(&admin, Method::PATCH, &format!("/api/v1/accounts/{id}"), Some(mine)).await;
        assert_eq!(own.code(), (409, "wrong_state"));

        let mut auditor = h.signed_in("auditor2", &[("auditor", None)]).await;
        h.enrol(&mut auditor).await;
        assert_eq!(h.get(&auditor, "/api/v1/journal").await.status, 200);
        assert_eq!(h.get(&auditor, &grants).await.status, 200);
        assert_eq!(h.post(&auditor, &grants, json!({ "role": "manager" })).await.code(), (403, "forbidden"));
        assert_eq!(h.get(&auditor, &format!("/api/v1/guests/{guest}")).await.code(), (403, "forbidden"));
    }

    async fn grants_count_from_the_next_request_on_and_end_when_they_end(db: TestDb) {
        let h = Hotel::new(db).await;
        let id = h.account("wang.fang", &[]).await;
        let browser = h.sign_in("wang.fang").await;
        let may = async || h.get(&browser, "/api/v1/properties/SH01").await.code().0;
        assert_eq!(may().await, 403);
        let grants = format!("/api/v1/accounts/{id}/grants");
        let until = h.now() + TimeDelta::minutes(10);
        let given = h.s.post(&grants, json!({ "role": "front_desk", "property": "SH01", "until": until })).await;
        assert_eq!(may().await, 200);
        h.later(TimeDelta::minutes(9));
        assert_eq!(may().await, 200);
        h.later(TimeDelta::minutes(2));
        assert_eq!(may().await, 403);
        let over = h.ask(&Browser::default(), Method::DELETE, &format!("{grants}/{}", given["id"].as_str().unwrap()), None).await;
        assert_eq!(over.status, 401);
        let given = h.s.post(&grants, json!({ "role": "front_desk", "property": "SH01" })).await;
        assert_eq!(may().await, 200);
        let (status, _) = h.s.send(Method::DELETE, &format!("{grants}/{}", given["id"].as_str().unwrap()), None, &[]).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(may().await, 403);
        let past = json!({ "role": "front_desk", "until": h.now() });
        assert_eq!(h.s.refused(&grants, past).await, (422, "invalid".into()));
        // An account that can be used no longer is signed out at once.
        let (status, _) = h.s.send(Method::PATCH, &format!("/api/v1/accounts/{id}"), Some(json!({ "state": "disabled" })), &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(h.get(&browser, "/api/v1/me").await.code(), (401, "not_signed_in"));
        assert_eq!(h.try_sign_in("wang.fang", PASSWORD).await.code(), (401, "sign_in_refused"));
    }

    async fn a_program_has_a_key_of_its_own_and_changes_it_in_its_own_time(db: TestDb) {
        let h = Hotel::new(db).await;
        let number = h.s.book("DBL", "2026-10-04", "2026-10-06").await;
        let made = h.s.post("/api/v1/api-clients", json!({ "name": "channel manager", "days": 30 })).await;
        let id = made["client"]["id"].as_str().unwrap();
        let with = |made: &Value| Browser { key: made["key"].as_str().map(str::to_owned), ..Browser::default() };
        let first = with(&made);
        let visit = format!("/api/v1/visits/{number}");
        assert_eq!(h.get(&first, &visit).await.code(), (403, "forbidden"));
        let grants = format!("/api/v1/api-clients/{id}/grants");
        h.s.post(&grants, json!({ "role": "front_desk", "property": "SH01" })).await;
        assert_eq!(h.get(&first, &visit).await.status, 200);
        assert_eq!(h.get(&first, "/api/v1/properties/HZ01").await.code(), (403, "forbidden"));
        assert_eq!(h.get(&first, "/api/v1/me").await.code(), (403, "forbidden"));
        let guest = h.get(&first, &visit).await.body["guest"]["id"].as_str().unwrap().to_owned();
        let reveal = h.post(&first, &format!("/api/v1/guests/{guest}/reveal"), json!({ "reason": "sync" })).await;
        assert_eq!(reveal.code(), (403, "second_factor_required"));
        let mut altered = first.clone();
        altered.key = first.key.as_ref().map(|key| format!("{}{}", &key[..key.len() - 1], if key.ends_with('A') { 'E' } else { 'A' }));
        assert_eq!(h.get(&altered, &visit).await.code(), (401, "not_signed_in"));

        let rotated = h.s.post(&format!("/api/v1/api-clients/{id}/rotate"), json!({})).await;
        let second = with(&rotated);
        for key in [&first, &second] {
            assert_eq!(h.get(key, &visit).await.status, 200);
        }
        h.later(TimeDelta::days(8));
        assert_eq!(h.get(&first, &visit).await.code(), (401, "not_signed_in"));
        assert_eq!(h.get(&second, &visit).await.status, 200);
        h.later(TimeDelta::days(90));
        assert_eq!(h.get(&second, &visit).await.code(), (401, "not_signed_in"));
        let third = with(&h.s.post(&format!("/api/v1/api-clients/{id}/rotate"), json!({ "at_once": true })).await);
        assert_eq!(h.get(&third, &visit).await.status, 200);
        let (status, _) = h.s.send(Method::DELETE, &format!("/api/v1/api-clients/{id}"), None, &[]).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(h.get(&third, &visit).await.code(), (401, "not_signed_in"));
        assert_eq!(h.s.refused(&format!("/api/v1/api-clients/{id}/rotate"), json!({})).await, (404, "not_found".into()));
    }

    async fn the_first_account_is_made_once(db: TestDb) {
        let h = Hotel::new(db).await;
        let nobody = Browser::default();
        let body = |token: &str| json!({ "token": token, "login": "admin", "name": "Admin", "password": PASSWORD });
        assert_eq!(h.post(&nobody, "/api/v1/setup", body("")).await.code(), (401, "sign_in_refused"));
        let token = setup::issue(&h.s.app).await.unwrap().unwrap();
        assert_eq!(h.post(&nobody, "/api/v1/setup", body("x")).await.code(), (401, "sign_in_refused"));
        let weak = json!({ "token": *token, "login": "admin", "name": "Admin", "password": "password123" });
        assert_eq!(h.post(&nobody, "/api/v1/setup", weak).await.body["pointer"], "/password");
        let (one, two) = tokio::join!(h.post(&nobody, "/api/v1/setup", body(&token)), h.post(&nobody, "/api/v1/setup", body(&token)));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert!(statuses[0] == 201 && statuses[1] >= 400, "{statuses:?}");
        assert_eq!(h.post(&nobody, "/api/v1/setup", body(&token)).await.code(), (401, "sign_in_refused"));
        assert!(setup::issue(&h.s.app).await.unwrap().is_none());
        let mut admin = h.sign_in("admin").await;
        h.enrol(&mut admin).await;
        assert_eq!(h.get(&admin, "/api/v1/roles").await.body.as_array().unwrap().len(), 8);
    }

    async fn no_secret_lies_open_in_the_database_or_the_journal(db: TestDb) {
        let h = Hotel::new(db).await;
        let mut browser = h.signed_in("wang.fang", &[("front_desk", Some("SH01"))]).await;
        let (secret, recovery) = h.enrol(&mut browser).await;
        let key = h.s.post("/api/v1/api-clients", json!({ "name": "channel manager" })).await["key"].as_str().unwrap().to_owned();
        h.s.app.sequence().await.unwrap();
        let journal = h.s.get("/api/v1/journal?limit=500").await.to_string();
        for hidden in [PASSWORD, "first-lantern", browser.cookie.as_deref().unwrap(), &recovery[0], &key] {
            assert!(!journal.contains(hidden), "{hidden}");
        }
        assert!(!secret.is_empty());
        let listed = h.s.get("/api/v1/accounts").await.to_string();
        assert!(!listed.contains("hash") && !listed.contains("salt"), "{listed}");
    }

    async fn whoever_unmasks_administers_or_audits_enrols_before_anything_else(db: TestDb) {
        let h = Hotel::with(db, Options::default()).await;
        let finance = h.signed_in("finance", &[("finance", Some("SH01"))]).await;
        assert_eq!(h.get(&finance, "/api/v1/properties/SH01").await.status, 200);
        for (login, role, path) in [
            ("desk", "front_desk", "/api/v1/properties/SH01"),
            ("manager", "manager", "/api/v1/properties/SH01"),
            ("admin", "administrator", "/api/v1/accounts"),
            ("audit", "auditor", "/api/v1/journal"),
        ] {
            let mut browser = h.signed_in(login, &[(role, None)]).await;
            let needed = (403, "second_factor_enrolment_required");
            for path in [path, "/api/v1/properties", "/api/v1/search?q=138", "/metrics"] {
                assert_eq!(h.get(&browser, path).await.code(), needed, "{role} {path}");
            }
            assert_eq!(h.post(&browser, "/api/v1/guests", json!({ "full_name": "王芳" })).await.code(), needed);
            let me = h.get(&browser, "/api/v1/me").await.body;
            assert_eq!((&me["must_enrol_second_factor"], &me["second_factor"]), (&json!(true), &json!(false)), "{me}");
            h.enrol(&mut browser).await;
            assert_eq!(h.get(&browser, path).await.status, 200, "{role}");
            assert_eq!(h.get(&browser, "/api/v1/me").await.body["must_enrol_second_factor"], false);
        }
        // A role that comes later asks for it later.
        let id = h.get(&finance, "/api/v1/me").await.body["id"].as_str().unwrap().to_owned();
        h.s.post(&format!("/api/v1/accounts/{id}/grants"), json!({ "role": "front_desk", "property": "SH01" })).await;
        assert_eq!(h.get(&finance, "/api/v1/properties/SH01").await.code(), (403, "second_factor_enrolment_required"));
        // Whoever knows the password alone enrols nothing where there is a factor.
        let half = h.sign_in("desk").await;
        let enrol = h.post(&half, "/api/v1/me/totp", json!({ "password": PASSWORD })).await;
        assert_eq!(enrol.code(), (401, "second_factor_required"));
    }

    async fn sessions_last_as_long_as_the_narrowest_role_says(db: TestDb) {
        let limits = |idle, hours| SessionLimits { idle: TimeDelta::minutes(idle), absolute: TimeDelta::hours(hours) };
        let accounts = AccountSettings {
            sessions: limits(60, 3),
            sessions_of: BTreeMap::from([("finance".to_owned(), limits(5, 1))]),
            ..nobody_enrols()
        };
        let h = Hotel::with(db, Options { accounts, ..Options::default() }).await;
        let alive = async |by: &Browser| h.get(by, "/api/v1/me").await.status == 200;
        let desk = h.signed_in("desk", &[("housekeeping", Some("SH01"))]).await;
        let finance = h.signed_in("finance", &[("finance", Some("SH01")), ("housekeeping", Some("SH01"))]).await;
        h.later(TimeDelta::minutes(6));
        assert!(alive(&desk).await && !alive(&finance).await);
        let finance = h.sign_in("finance").await;
        for _ in 0..14 {
            h.later(TimeDelta::minutes(4));
            assert!(alive(&finance).await);
        }
        assert!(alive(&desk).await);
        h.later(TimeDelta::minutes(4));
        assert!(!alive(&finance).await && alive(&desk).await);
        for _ in 0..2 {
            h.later(TimeDelta::minutes(50));
            assert!(alive(&desk).await);
        }
        h.later(TimeDelta::minutes(30));
        assert!(!alive(&desk).await);
    }

    async fn a_password_that_was_leaked_is_refused_wherever_it_is_chosen(db: TestDb) {
        const LEAKED: &str = "harbour-kite-51-tram";
        let path = db.key_file().with_file_name("leaked.txt");
        // Digests of two passwords of nobody, and of this one.
        let list = "37B5E398A4E92D66665E2D7E7D76EF4583377990:3\r\nB6E27D1DE9D12B237E99CC54D38F2D3B4CB396A8:17\r\nBFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF:1\r\n";
        std::fs::write(&path, list).unwrap();
        let accounts = AccountSettings { leaked: Some(LeakedPasswords::of(path.clone()).unwrap()), ..nobody_enrols() };
        let h = Hotel::with(db, Options { accounts, ..Options::default() }).await;
        let body = |password: &str| json!({ "login": "li.na", "name": "李娜", "password": password });
        assert_eq!(h.s.refused("/api/v1/accounts", body(LEAKED)).await, (422, "invalid".into()));
        let mut browser = h.signed_in("wang.fang", &[("housekeeping", Some("SH01"))]).await;
        let change = |to: &str| Some(json!({ "current": PASSWORD, "new": to }));
        let put = async |by: &Browser, to: &str| h.ask(by, Method::PUT, "/api/v1/me/password", change(to)).await;
        let refused = put(&browser, LEAKED).await;
        assert_eq!((refused.code(), refused.body["pointer"].as_str()), ((422, "invalid"), Some("/new")));
        assert!(!refused.text.contains(LEAKED), "{}", refused.text);
        let (_, recovery) = h.enrol(&mut browser).await;
        let recover = json!({ "login": "wang.fang", "recovery_code": recovery[0], "new": LEAKED });
        let recovered = h.post(&Browser::default(), "/api/v1/session/recovery", recover).await;
        assert_eq!(recovered.code(), (422, "invalid"), "{}", recovered.text);
        // Without the list nobody gets a password that was not looked for.
        std::fs::remove_file(&path).unwrap();
        assert_eq!(put(&browser, "another-wharf-52-kestrel").await.code(), (500, "internal"));
        std::fs::write(&path, list).unwrap();
        assert_eq!(put(&browser, "another-wharf-52-kestrel").await.status, 204);
    }

    async fn the_classified_protection_has_passwords_of_its_own(db: TestDb) {
        let accounts = AccountSettings { passwords: PasswordProfile::Mlps3, ..nobody_enrols() };
        let h = Hotel::with(db, Options { accounts, ..Options::default() }).await;
        let body = |password: &str| json!({ "login": "li.na", "name": "李娜", "password": password });
        let refused = h.s.refused("/api/v1/accounts", body("tidelanternorchidmoss")).await;
        assert_eq!(refused, (422, "invalid".into()));
        let browser = h.signed_in("wang.fang", &[("housekeeping", Some("SH01"))]).await;
        assert_eq!(h.get(&browser, "/api/v1/me").await.body["must_change_password"], false);
        h.later(TimeDelta::days(91));
        let old = h.sign_in("wang.fang").await;
        assert_eq!(h.get(&old, "/api/v1/properties").await.code(), (403, "password_change_required"));
        assert_eq!(h.get(&old, "/api/v1/me").await.body["must_change_password"], true);
        let change = json!({ "current": PASSWORD, "new": "harbour-kite-51-Tram" });
        assert_eq!(h.ask(&old, Method::PUT, "/api/v1/me/password", Some(change)).await.status, 204);
        assert_eq!(h.get(&old, "/api/v1/properties").await.status, 200);
    }
}
