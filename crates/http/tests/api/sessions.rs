//! Sessions: one is ended elsewhere, all are ended by whoever administers, none is made or put back at the database; and a first password that is not used.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use chrono::TimeDelta;
use hefu_app::{Options, accounts::settings::AccountSettings};
use hefu_http::{
    connection::{Limits, Peer},
    door::Doorway,
};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;
use tower::ServiceExt as _;

use crate::accounts::{Browser, Hotel, PASSWORD};

/// Each server remembers for a tenth of a second who may do what, and whoever changes that is answered after as long. The embedded engine has one server only.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_grants_or_ends_counts_on_the_others_from_the_next_request_on() {
    let h = Hotel::new(TestDb::postgres().await).await;
    let accounts = AccountSettings { second_factor: Some(BTreeSet::new()), ..AccountSettings::default() };
    let options = Options { accounts, ..Options::default() };
    let other = hefu_app::open(h.s.db.another_store().await, h.s.db.clock.clone(), options);
    let doorway = Doorway { accounts: true, ..Doorway::default() };
    let there = hefu_http::router_with(other.clone(), &Limits::default(), doorway, &[]);
    // Twice: the second time from what it remembers.
    let status = async |by: &Browser| {
        let mut seen = BTreeSet::new();
        for _ in 0..2 {
            let request = Request::get("/api/v1/properties/SH01").header(header::HOST, "localhost");
            let request = request.extension(Peer("192.0.2.9".parse().unwrap()));
            let request = match (&by.cookie, &by.key) {
                (Some(cookie), _) => request.header(header::COOKIE, format!("hefu={cookie}")),
                (None, Some(key)) => request.header(header::AUTHORIZATION, format!("Bearer {key}")),
                (None, None) => request,
            };
            let answer = there.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            seen.insert(answer.status().as_u16());
        }
        seen.into_iter().collect::<Vec<_>>()
    };
    let end = async |path: String| {
        let (status, answer) = h.s.send(Method::DELETE, &path, None, &[]).await;
        assert_eq!(status, 204, "{path}: {answer}");
    };

    let id = h.account("desk", &[]).await;
    let desk = h.sign_in("desk").await;
    assert_eq!(status(&desk).await, [403], "the session is known");
    let grants = format!("/api/v1/accounts/{id}/grants");
    let role = json!({ "role": "front_desk", "property": "SH01" });
    for _ in 0..2 {
        let given = h.s.post(&grants, role.clone()).await;
        assert_eq!(status(&desk).await, [200]);
        end(format!("{grants}/{}", given["id"].as_str().unwrap())).await;
        assert_eq!(status(&desk).await, [403]);
    }
    h.s.post(&grants, role.clone()).await;
    assert_eq!(status(&desk).await, [200]);
    assert_eq!(h.ask(&desk, Method::DELETE, "/api/v1/session", None).await.status, 204);
    assert_eq!(status(&desk).await, [401], "signed out");
    let again = h.sign_in("desk").await;
    assert_eq!(status(&again).await, [200]);
    let disabled = json!({ "state": "disabled" });
    h.s.send(Method::PATCH, &format!("/api/v1/accounts/{id}"), Some(disabled), &[]).await;
    assert_eq!(status(&again).await, [401], "disabled");

    let made = h.s.post("/api/v1/api-clients", json!({ "name": "channel manager" })).await;
    let program = Browser { key: made["key"].as_str().map(str::to_owned), ..Browser::default() };
    let client = format!("/api/v1/api-clients/{}", made["client"]["id"].as_str().unwrap());
    assert_eq!(status(&program).await, [403]);
    h.s.post(&format!("{client}/grants"), role).await;
    assert_eq!(status(&program).await, [200]);
    end(client).await;
    assert_eq!(status(&program).await, [401]);
    other.close().await;
}

both_engines! {
    async fn a_first_password_is_used_within_a_week_and_not_kept(db: TestDb) {
        const FIRST: &str = "first-lantern-93-orchid";
        let h = Hotel::new(db).await;
        for (login, days, expected) in [("early", 6, (200, "ok")), ("late", 7, (401, "sign_in_refused"))] {
            let account = h.s.post("/api/v1/accounts", json!({ "login": login, "name": "王芳", "password": FIRST })).await;
            h.later(TimeDelta::days(days));
            assert_eq!(h.try_sign_in(login, FIRST).await.code(), expected, "{login}");
            if expected.0 == 200 {
                // It is changed, and not to itself.
                let browser = Browser { cookie: h.try_sign_in(login, FIRST).await.token, key: None };
                let same = json!({ "current": FIRST, "new": FIRST });
                assert_eq!(h.ask(&browser, Method::PUT, "/api/v1/me/password", Some(same)).await.code(), (422, "invalid"));
                let other = json!({ "current": FIRST, "new": PASSWORD });
                assert_eq!(h.ask(&browser, Method::PUT, "/api/v1/me/password", Some(other)).await.status, 204);
                // One's own choice lasts.
                h.later(TimeDelta::days(30));
                assert_eq!(h.try_sign_in(login, PASSWORD).await.code(), (200, "ok"));
            } else {
                // Whoever administers sets another.
                let path = format!("/api/v1/accounts/{}", account["id"].as_str().unwrap());
                h.s.send(Method::PATCH, &path, Some(json!({ "password": "second-lantern-93-orchid" })), &[]).await;
                assert_eq!(h.try_sign_in(login, "second-lantern-93-orchid").await.code(), (200, "ok"));
            }
        }
    }

    async fn whoever_administers_ends_all_sessions_of_an_account(db: TestDb) {
        let h = Hotel::new(db).await;
        let id = h.account("desk", &[("front_desk", Some("SH01"))]).await;
        let (one, two) = (h.sign_in("desk").await, h.sign_in("desk").await);
        let mut admin = h.signed_in("admin", &[("administrator", None)]).await;
        h.enrol(&mut admin).await;
        let path = format!("/api/v1/accounts/{id}/sessions");
        assert_eq!(h.ask(&one, Method::DELETE, &path, None).await.code(), (403, "forbidden"));
        assert_eq!(h.ask(&admin, Method::DELETE, &path, None).await.status, 204);
        for browser in [&one, &two] {
            assert_eq!(h.get(browser, "/api/v1/me").await.code(), (401, "not_signed_in"));
        }
        assert_eq!(h.get(&admin, "/api/v1/me").await.status, 200);
        let nobody = "/api/v1/accounts/01890000-0000-7000-8000-000000000000/sessions";
        assert_eq!(h.ask(&admin, Method::DELETE, nobody, None).await.code(), (404, "not_found"));
        assert_eq!(h.try_sign_in("desk", PASSWORD).await.code(), (200, "ok"));
    }

    async fn signing_out_has_the_browser_forget(db: TestDb) {
        let h = Hotel::new(db).await;
        h.account("desk", &[]).await;
        let mut told = BTreeSet::new();
        let everywhere = json!({ "password": PASSWORD }).to_string();
        for (method, path, body) in [
            (Method::DELETE, "/api/v1/session", Body::empty()),
            (Method::POST, "/api/v1/me/sessions/end", Body::from(everywhere)),
        ] {
            let browser = h.sign_in("desk").await;
            let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
            let request = request.header(header::CONTENT_TYPE, "application/json");
            let request = request.header(header::COOKIE, format!("hefu={}", browser.cookie.unwrap()));
            let answer = h.raw(request.body(body).unwrap()).await;
            assert_eq!(answer.status(), 204);
            assert_eq!(answer.headers()["clear-site-data"], "\"cache\"");
            assert_eq!(answer.headers()["cache-control"], "no-store");
            told.insert(answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned());
        }
        assert!(told.iter().all(|cookie| cookie.starts_with("hefu=;") && cookie.contains("Max-Age=0")), "{told:?}");
    }

    async fn whoever_shows_again_who_they_are_ends_one_session_elsewhere_or_all(db: TestDb) {
        const END: &str = "/api/v1/me/sessions/end";
        let h = Hotel::new(db).await;
        let mut here = h.signed_in("desk", &[]).await;
        let there = h.sign_in("desk").await;
        let other = h.signed_in("other", &[]).await;
        let is_in = async |browser: &Browser| h.get(browser, "/api/v1/me").await.status == 200;
        let elsewhere = async |by: &Browser| {
            let sessions = h.get(by, "/api/v1/me/sessions").await.body;
            let found = sessions.as_array().unwrap().iter().rfind(|session| session["this"] == false).unwrap();
            found["id"].clone()
        };
        let one = elsewhere(&here).await;
        // Without a second factor it is the password that shows who asks: a session that somebody left open will not do.
        let missing = h.post(&here, END, json!({ "session": one })).await;
        assert_eq!((missing.code(), &missing.body["pointer"]), ((422, "invalid"), &json!("/password")));
        let wrong = h.post(&here, END, json!({ "session": one, "password": "lantern-orchid-47-tide" })).await;
        assert_eq!((wrong.code(), &wrong.body["pointer"]), ((422, "invalid"), &json!("/password")));
        assert_eq!(h.post(&other, END, json!({ "session": one, "password": PASSWORD })).await.code(), (404, "not_found"));
        assert!(is_in(&there).await);
        let ended = h.post(&here, END, json!({ "session": one, "password": PASSWORD })).await;
        assert_eq!((ended.status, ended.token.as_deref()), (204, None), "the one that asks goes on");
        assert!(!is_in(&there).await && is_in(&here).await);
        assert_eq!(h.post(&here, END, json!({ "session": one, "password": PASSWORD })).await.code(), (404, "not_found"));

        // Whoever has a second factor shows it, or gives the password: a lost phone keeps nobody from it.
        h.enrol(&mut here).await;
        let there = h.sign_in_with_factor("desk").await;
        let one = elsewhere(&here).await;
        h.later(TimeDelta::minutes(16));
        for body in [json!({ "session": one }), json!({})] {
            assert_eq!(h.post(&here, END, body).await.code(), (403, "second_factor_required"));
        }
        assert!(is_in(&there).await);
        let again = h.sign_in_with_factor("desk").await;
        assert_eq!(h.post(&again, END, json!({ "session": one })).await.status, 204);
        assert!(!is_in(&there).await && is_in(&here).await && is_in(&again).await);
        let told = h.told("session.end").await;
        assert_eq!(h.post(&again, END, json!({})).await.status, 204);
        assert!(!is_in(&here).await && !is_in(&again).await && is_in(&other).await);
        assert_eq!(h.told("session.end").await, told + 1);
        let nobody = h.post(&Browser::default(), END, json!({ "password": PASSWORD })).await;
        assert_eq!(nobody.code(), (401, "not_signed_in"));
    }

    async fn whoever_writes_to_the_database_alone_can_make_no_session_and_put_none_back(db: TestDb) {
        let h = Hotel::new(db).await;
        h.account("admin", &[("administrator", None)]).await;
        h.account("desk", &[("front_desk", Some("SH01"))]).await;
        let db = &h.s.db;
        let is_in = async |browser: &Browser| h.get(browser, "/api/v1/me").await.status == 200;
        let last = "SELECT id FROM session ORDER BY id DESC LIMIT 1";
        // Each of these would make the session another's, more than it is, or last longer. Time passes, so that nothing is remembered of it.
        for change in [
            "account_id = (SELECT id FROM account WHERE login = 'admin')",
            "second_factor_at = began_at",
            "began_at = (SELECT max(password_at) FROM account)",
            "address = seal",
            "seal = digest",
        ] {
            let desk = h.sign_in("desk").await;
            assert!(is_in(&desk).await);
            h.later(TimeDelta::minutes(2));
            assert!(is_in(&desk).await, "it is noted that it was used");
            db.tamper(&format!("UPDATE session SET {change} WHERE id = ({last})")).await;
            h.later(TimeDelta::minutes(2));
            assert!(!is_in(&desk).await, "{change}");
            // `hefu verify` names it, whose test changes every column.
            db.tamper(&format!("DELETE FROM session WHERE id = ({last})")).await;
        }
        // One that has ended is put back.
        let again = h.sign_in("desk").await;
        assert!(is_in(&again).await);
        db.tamper("CREATE TABLE kept AS SELECT * FROM session").await;
        assert_eq!(h.ask(&again, Method::DELETE, "/api/v1/session", None).await.status, 204);
        db.tamper("INSERT INTO session SELECT * FROM kept WHERE digest NOT IN (SELECT digest FROM session); DROP TABLE kept").await;
        assert!(!is_in(&again).await);
    }

    async fn whoever_writes_to_the_database_alone_gives_nobody_a_right_or_a_way_in(db: TestDb) {
        let h = Hotel::new(db).await;
        h.account("admin", &[("administrator", None)]).await;
        let grants_of_desk = format!("/api/v1/accounts/{}/grants", h.account("desk", &[("front_desk", Some("SH01"))]).await);
        let mut desk = h.sign_in("desk").await;
        h.enrol(&mut desk).await;
        let id = h.account("left", &[("manager", None)]).await;
        h.s.send(Method::PATCH, &format!("/api/v1/accounts/{id}"), Some(json!({ "state": "disabled" })), &[]).await;
        let mut keys = Vec::new();
        for (name, role) in [("channel manager", "front_desk"), ("reports", "manager")] {
            let made = h.s.post("/api/v1/api-clients", json!({ "name": name })).await;
            let grants = format!("/api/v1/api-clients/{}/grants", made["client"]["id"].as_str().unwrap());
            h.s.post(&grants, json!({ "role": role, "property": "SH01" })).await;
            keys.push(Browser { key: made["key"].as_str().map(str::to_owned), ..Browser::default() });
        }
        let db = &h.s.db;
        let is_in = async |browser: &Browser| {
            // Time passes, so that nothing is remembered of it.
            h.later(TimeDelta::minutes(2));
            h.get(browser, "/api/v1/properties/SH01").await.code() != (401, "not_signed_in")
        };
        let of = |login: &str| format!("(SELECT id FROM account WHERE login = '{login}')");
        let (of_admin, of_desk) = (of("admin"), of("desk"));
        let program = |name: &str| format!("(SELECT id FROM api_client WHERE name = '{name}')");
        let (channel, reports) = (program("channel manager"), program("reports"));
        let sign_in = async |login: &str| h.try_sign_in(login, PASSWORD).await.status;
        let refused = h.told("session.refuse").await;
        for (table, change) in [
            ("access_grant", format!("UPDATE access_grant SET role = 'manager' WHERE holder_id = {of_desk}")),
            ("access_grant", format!("UPDATE access_grant SET property_id = NULL WHERE holder_id = {of_desk}")),
            ("access_grant", format!("UPDATE access_grant SET holder_id = {of_desk} WHERE holder_id = {of_admin}")),
            ("account_factor", format!("DELETE FROM account_factor WHERE account_id = {of_desk}")),
            ("recovery_code", "UPDATE recovery_code SET digest = (SELECT name FROM account WHERE login = 'admin') WHERE digest = (SELECT digest FROM recovery_code ORDER BY digest LIMIT 1)".to_owned()),
            ("passkey", "INSERT INTO passkey (account_id, id, credential, public_key, domain, name, synced, counter, last_challenge, made_at, used_at, version)
                SELECT id, id, name, name, 'localhost', name, must_change, 0, 0, password_at, NULL, 1 FROM account WHERE login = 'desk'".to_owned()),
            ("holder_seal", format!("DELETE FROM holder_seal WHERE holder_id = {of_desk}")),
            ("holder_seal", format!("UPDATE holder_seal SET rest = seal WHERE holder_id = {of_desk}")),
        ] {
            assert!(is_in(&desk).await);
            db.tamper(&format!("CREATE TABLE kept AS SELECT * FROM {table}")).await;
            db.tamper(&change).await;
            // Of a recovery code the door asks nothing; whoever signs in is refused.
            assert_eq!(is_in(&desk).await, table == "recovery_code", "{change}");
            assert_eq!(sign_in("desk").await, 401, "{change}");
            // Nor is it made good by what Hefu writes of the account itself.
            let grant = json!({ "role": "housekeeping", "property": "SH01" });
            assert_eq!(h.s.refused(&grants_of_desk, grant).await, (500, "storage_failed".into()), "{change}");
            db.tamper(&format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept")).await;
        }
        assert!(is_in(&desk).await);
        assert_eq!(sign_in("desk").await, 200);
        assert_eq!(h.told("session.refuse").await, refused + 8);
        // Somebody who has left is let in again; programs get more than they were given, or another's place.
        for (table, change, browser) in [
            ("account", "UPDATE account SET state = 'active' WHERE login = 'left'".to_owned(), None),
            ("access_grant", format!("UPDATE access_grant SET role = 'manager' WHERE holder_id = {channel}"), Some(&keys[0])),
            ("api_key", format!("UPDATE api_key SET client_id = {reports} WHERE client_id = {channel}"), Some(&keys[0])),
        ] {
            db.tamper(&format!("CREATE TABLE kept AS SELECT * FROM {table}")).await;
            db.tamper(&change).await;
            match browser {
                Some(browser) => assert!(!is_in(browser).await, "{change}"),
                None => assert_eq!(sign_in("left").await, 401, "{change}"),
            }
            db.tamper(&format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept")).await;
        }
        for key in &keys {
            assert!(is_in(key).await);
        }
    }
}
