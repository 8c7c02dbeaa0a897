//! Bad input to the door: codes, cookies and keys that are wrong, used or over; properties, cursors and tokens that are not one's own; headers and bodies that say two
//! things at once; letters that look like others. All of it is refused, and tells no more than it must.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use chrono::TimeDelta;
use hefu_app::accounts::totp::code_at;
use hefu_http::{
    connection::{Limits, Peer, serve},
    door::Doorway,
};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tower::ServiceExt as _;

use crate::{
    accounts::{Browser, Hotel, PASSWORD},
    common::booking,
};

/// What a server where everybody signs in, over TLS or not, answers to a request with these headers.
async fn raw(
    h: &Hotel,
    secure: bool,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (StatusCode, HeaderMap, String) {
    let doorway = Doorway { accounts: true, secure, ..Doorway::default() };
    let router = hefu_http::router_with(h.s.app.clone(), &Limits::default(), doorway, &[]);
    let mut request =
        Request::builder().method(method).uri(path).extension(Peer("192.0.2.7".parse().unwrap()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = router.oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (head.status, head.headers, String::from_utf8_lossy(&body).into_owned())
}

both_engines! {
    async fn codes_cookies_and_keys_that_are_wrong_or_over_open_nothing(db: TestDb) {
        let h = Hotel::new(db).await;
        let mut desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let (secret, recovery) = h.enrol(&mut desk).await;
        let stolen = desk.clone();
        let code = |ago: i64| code_at(&secret, h.now() - TimeDelta::seconds(ago)).unwrap();
        // Wrong, used, long ago, still to come, of other letters, twice, none at all.
        h.later(TimeDelta::minutes(1));
        let right = code(0);
        let wide: String = right.chars().map(|c| char::from_u32(c as u32 - 0x30 + 0xff10).unwrap()).collect();
        let arabic: String = right.chars().map(|c| char::from_u32(c as u32 - 0x30 + 0x660).unwrap()).collect();
        let half = h.sign_in("desk").await;
        let show = async |body: Value| h.post(&half, "/api/v1/session/second-factor", body).await.code().0;
        for (shown, expected) in [
            (json!({ "code": code(300) }), 401),
            (json!({ "code": code(-300) }), 401),
            (json!({ "code": wide }), 401),
            (json!({ "code": arabic, "recovery_code": null }), 401),
            (json!({ "code": right, "recovery_code": recovery[0] }), 422),
            (json!({ "code": 123_456 }), 400),
            (json!({}), 422),
        ] {
            assert_eq!(show(shown.clone()).await, expected, "{shown}");
        }
        h.later(TimeDelta::minutes(20));
        assert_eq!(show(json!({ "code": code(0) })).await, 200);
        assert_eq!(show(json!({ "code": code(0) })).await, 401, "its token was exchanged");

        // The present password is asked for, and a wrong one is told at its field.
        h.later(TimeDelta::minutes(1));
        let desk = h.sign_in_with_factor("desk").await;
        let change = json!({ "current": "lantern-orchid-47-tide", "new": "harbour-kite-51-tram" });
        let refused = h.ask(&desk, Method::PUT, "/api/v1/me/password", Some(change)).await;
        assert_eq!((refused.code(), &refused.body["pointer"]), ((422, "invalid"), &json!("/current")));

        // Nor does a cookie alone end its owner's sessions; with the password they all end.
        let everywhere = "/api/v1/me/sessions/end";
        assert_eq!(h.post(&stolen, everywhere, json!({})).await.code(), (403, "second_factor_required"));
        assert_eq!(h.post(&stolen, everywhere, json!({ "password": PASSWORD })).await.status, 204);
        for browser in [&stolen, &desk, &half] {
            assert_eq!(h.get(browser, "/api/v1/properties/SH01").await.code(), (401, "not_signed_in"));
        }
        // A token that was altered, however little, is none; nor is a digest, an id, or a key in its place.
        let good = h.sign_in_with_factor("desk").await;
        let token = good.cookie.clone().unwrap();
        let altered = |at: usize| {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        };
        for wrong in [altered(0), altered(20), format!("{token}="), format!("{token}A"), token[1..].to_owned(), token.to_lowercase(), format!("\"{token}\"")] {
            let browser = Browser { cookie: Some(wrong.clone()), key: None };
            let answer = h.get(&browser, "/api/v1/properties/SH01").await;
            assert_eq!(answer.code(), (401, "not_signed_in"), "{wrong}");
            assert!(!answer.text.contains(&wrong));
        }
        let as_key = Browser { cookie: None, key: Some(token) };
        assert_eq!(h.get(&as_key, "/api/v1/properties/SH01").await.code(), (401, "not_signed_in"));
        assert_eq!(h.get(&good, "/api/v1/properties/SH01").await.status, 200);
    }

    async fn a_password_set_by_somebody_else_takes_no_factor_away(db: TestDb) {
        let h = Hotel::new(db).await;
        let mut desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        h.enrol(&mut desk).await;
        let id = h.get(&desk, "/api/v1/me").await.body["id"].as_str().unwrap().to_owned();
        let change = async |body: Value| h.s.send(Method::PATCH, &format!("/api/v1/accounts/{id}"), Some(body), &[]).await.0;
        assert_eq!(change(json!({ "password": "harbour-kite-51-tram" })).await, StatusCode::OK);
        assert_eq!(h.get(&desk, "/api/v1/me").await.status, 401, "all sessions have ended");
        let half = h.try_sign_in("desk", "harbour-kite-51-tram").await;
        assert_eq!((&half.body["second_factor"], &half.body["must_change_password"]), (&json!(true), &json!(true)));
        assert_eq!(change(json!({ "remove_second_factor": true })).await, StatusCode::OK);
        let whole = h.try_sign_in("desk", "harbour-kite-51-tram").await;
        assert_eq!(whole.body["second_factor"], false);
    }

    async fn what_belongs_to_others_and_what_was_tampered_with_is_refused(db: TestDb) {
        let h = Hotel::new(db).await;
        let number = h.s.book("DBL", "2026-10-04", "2026-10-06").await;
        let there = h.signed_in("desk.hz", &[("front_desk", Some("HZ01"))]).await;
        let mut auditor = h.signed_in("audit", &[("auditor", Some("SH01"))]).await;
        h.enrol(&mut auditor).await;
        // An auditor of one property audits nothing: the journal is the chain's.
        assert_eq!(h.get(&auditor, "/api/v1/journal").await.code(), (403, "forbidden"));
        let mut booked = booking("DBL", "2026-10-04", "2026-10-05");
        for (property, code) in [("SH01", 403), ("sh01", 403), ("HZ01 ", 403), ("HZ01\u{200b}", 403), ("\u{ff28}Z01", 403), ("../SH01", 403), ("NONE", 403)] {
            booked["property"] = json!(property);
            let answer = h.post(&there, "/api/v1/reservations", booked.clone()).await;
            assert_eq!(answer.code().0, code, "{property:?}: {}", answer.text);
        }
        for path in [
            format!("/api/v1/visits/{number}"),
            "/api/v1/properties/SH01".to_owned(),
            "/api/v1/properties/%53H01".to_owned(),
            "/api/v1/reservations?property=SH01".to_owned(),
        ] {
            assert_eq!(h.get(&there, &path).await.code(), (403, "forbidden"), "{path}");
        }
        // As if there were none.
        let elsewhere = format!("/api/v1/visits/{number}?property=HZ01");
        assert_eq!(h.get(&there, &elsewhere).await.code(), (404, "not_found"));
        for (path, code) in [
            ("/api/v1/search?q=a&cursor=-1", 422),
            ("/api/v1/search?q=a&cursor=0.01890000", 422),
            ("/api/v1/search?q=a&cursor=x'%20OR%201=1", 422),
            ("/api/v1/search?q=a&limit=99999999999999999999", 400),
            ("/api/v1/search?q=a&property=SH01", 404),
            ("/api/v1/reservations?property=HZ01&cursor=..%2F..", 422),
        ] {
            let answer = h.get(&there, path).await;
            assert!(answer.code().0 == code || answer.code().0 == 400, "{path}: {}", answer.text);
            assert!(!answer.text.contains("OR 1=1") && !answer.text.contains("999999999"), "{}", answer.text);
        }
        // A cursor leads nobody to what they do not find without it.
        let found = h.get(&there, &format!("/api/v1/search?q={number}&cursor=0")).await;
        assert_eq!(found.body["visits"], json!([]), "{}", found.text);
    }

    /// What a list shows is what the policy allows, for every role and each property.
    async fn lists_show_what_the_policy_allows_and_no_more(db: TestDb) {
        let h = Hotel::new(db).await;
        let put = async |path: &str, body: Value| {
            let (status, answer) = h.s.send(Method::PUT, &format!("/api/v1/properties/HZ01/{path}"), Some(body), &[]).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        };
        put("room-types/DBL", json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 })).await;
        put("rooms", json!([{ "number": "0401", "room_type": "DBL" }])).await;
        put("rate-plans/BAR", json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly",
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 300_00 }] })).await;
        for property in ["SH01", "HZ01", "SH01"] {
            let mut body = booking("DBL", "2026-10-04", "2026-10-06");
            body["property"] = json!(property);
            h.s.post("/api/v1/reservations", body).await;
        }
        let numbers = async |by: &Browser, path: &str| -> BTreeSet<String> {
            let answer = h.get(by, path).await;
            if answer.status == 403 {
                return BTreeSet::new();
            }
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            let of = |list: &Value| list.as_array().into_iter().flatten().map(|one| one["number"].as_str().unwrap().replace('-', "")).collect::<BTreeSet<_>>();
            of(&answer.body["visits"]).union(&of(&answer.body["items"])).cloned().collect()
        };
        let everything: BTreeSet<String> = h.s.get("/api/v1/search?q=%E5%BC%A0%E4%BC%9F&limit=100").await["visits"]
            .as_array().unwrap().iter().map(|visit| visit["number"].as_str().unwrap().replace('-', "")).collect();
        assert_eq!(everything.len(), 3);
        let roles: Vec<String> = h.s.get("/api/v1/roles").await.as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap().to_owned()).collect();
        for (at, role) in roles.iter().enumerate() {
            for property in [Some("SH01"), Some("HZ01"), None] {
                let login = format!("somebody.{at}.{}", property.unwrap_or("all").to_lowercase());
                let mut by = h.signed_in(&login, &[(role, property)]).await;
                h.enrol(&mut by).await;
                // One by one, as each is decided about by itself.
                let mut allowed = BTreeSet::new();
                for number in &everything {
                    if h.get(&by, &format!("/api/v1/visits/{number}")).await.status == 200 {
                        allowed.insert(number.clone());
                    }
                }
                let searched = numbers(&by, "/api/v1/search?q=%E5%BC%A0%E4%BC%9F&limit=100").await;
                let may_search = h.get(&by, "/api/v1/search?q=x").await.status == 200;
                assert_eq!(searched, if may_search { allowed.clone() } else { BTreeSet::new() }, "{role} at {property:?}");
                let mut listed = BTreeSet::new();
                for code in ["SH01", "HZ01"] {
                    let some = numbers(&by, &format!("/api/v1/reservations?property={code}&limit=100")).await;
                    let may_list = h.get(&by, &format!("/api/v1/reservations?property={code}")).await.status == 200;
                    assert!(!may_list || property.is_none_or(|own| own == code), "{role} at {property:?} lists {code}");
                    listed.extend(some);
                }
                assert!(listed.is_subset(&allowed), "{role} at {property:?}");
            }
        }
    }

    /// Where somebody sleeps in another property is not learnt by booking them here, nor by a guess at a number.
    async fn what_a_guest_booked_elsewhere_is_told_to_nobody_who_may_not_see_it(db: TestDb) {
        let h = Hotel::new(db).await;
        let put = async |path: &str, body: Value| {
            let (status, answer) = h.s.send(Method::PUT, &format!("/api/v1/properties/HZ01/{path}"), Some(body), &[]).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        };
        put("room-types/DBL", json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 })).await;
        put("rooms", json!([{ "number": "0401", "room_type": "DBL" }, { "number": "0402", "room_type": "DBL" }])).await;
        put("rate-plans/BAR", json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly",
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 300_00 }] })).await;
        let first = h.s.post("/api/v1/reservations", booking("DBL", "2026-10-04", "2026-10-06")).await;
        let elsewhere = first["number"].as_str().unwrap();
        let there = h.signed_in("desk.hz", &[("front_desk", Some("HZ01"))]).await;
        let both = h.signed_in("desk.both", &[("front_desk", Some("HZ01")), ("front_desk", Some("SH01"))]).await;
        let mut body = booking("DBL", "2026-10-04", "2026-10-06");
        body["property"] = json!("HZ01");
        let booked = h.post(&there, "/api/v1/reservations", body).await;
        assert_eq!(booked.status, 201, "{}", booked.text);
        assert!(!booked.text.contains(elsewhere) && !booked.text.contains("SH01"), "{}", booked.text);
        let own = format!("/api/v1/visits/{}", booked.body["number"].as_str().unwrap().replace('-', ""));
        assert_eq!(h.get(&there, &format!("{own}/duplicates")).await.body, json!([]));
        let seen = h.get(&both, &format!("{own}/duplicates")).await.body;
        assert_eq!((&seen[0]["property"], &seen[0]["number"]), (&json!("SH01"), &json!(elsewhere)), "{seen}");

        let report = |other: &str| json!({ "other": other, "text": "two messages of two platforms" });
        let path = format!("{own}/double-record");
        let guessed = h.post(&there, &path, report(elsewhere)).await;
        assert_eq!((guessed.code(), guessed.body["pointer"].as_str()), ((404, "not_found"), Some("/other")), "{}", guessed.text);
        let unknown = h.post(&there, &path, report("NONE-1")).await;
        assert_eq!((unknown.code(), &unknown.body["title"]), (guessed.code(), &guessed.body["title"]));
        let told = h.post(&both, &path, report(elsewhere)).await;
        assert_eq!(told.status, 200, "{}", told.text);
    }

    async fn letters_that_look_like_others_are_no_login(db: TestDb) {
        let h = Hotel::new(db).await;
        h.account("admin", &[]).await;
        let unknown = h.try_sign_in("nobody", PASSWORD).await;
        for login in ["\u{430}dmin", "\u{ff41}dmin", "adm\u{131}n", "admin\u{200b}", "ad\u{ad}min", "admin\u{0}", "\u{202e}nimda", "ADMIN\u{307}", "admi\u{6e}\u{303}"] {
            let answer = h.try_sign_in(login, PASSWORD).await;
            assert!(answer.text == unknown.text || answer.code().0 == 422, "{login:?}: {}", answer.text);
            h.later(TimeDelta::minutes(20));
            let made = json!({ "login": login, "name": "王芳", "password": "harbour-kite-51-tram" });
            assert_eq!(h.s.refused("/api/v1/accounts", made).await.0, 422, "{login:?}");
        }
    }

    async fn nothing_is_decoded_twice_or_counted_twice(db: TestDb) {
        let h = Hotel::new(db).await;
        let desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let token = desk.cookie.clone().unwrap();
        let cookie = format!("hefu={token}");
        let ask = async |method: Method, path: &str, headers: &[(&str, &str)], body: &str| {
            let mut all = vec![("host", "127.0.0.1"), ("cookie", cookie.as_str())];
            all.extend(headers);
            raw(&h, false, method, path, &all, body).await.0.as_u16()
        };
        assert_eq!(ask(Method::GET, "/api/v1/properties/SH01", &[], "").await, 200);
        for (path, expected) in [
            ("/api/v1/properties/%2553H01", 403),
            ("/api/v1/properties/SH01%252f..", 403),
            ("/api/v1/properties/SH01/..%2fHZ01", 404),
            ("/api/v1//properties/SH01", 404),
            ("/api/v1/properties/SH01/", 404),
            ("/API/v1/properties/SH01", 404),
            ("/api/v1/search?q=a&q=b", 400),
            ("/api/v1/search?q=a&limit=1&limit=100", 400),
            ("/api/v1/search?q=a&q%5B%5D=b", 400),
        ] {
            assert_eq!(ask(Method::GET, path, &[], "").await, expected, "{path}");
        }
        let json = ("content-type", "application/json");
        for (body, expected) in [
            (r#"{"full_name":"王芳","full_name":"李娜"}"#, 400),
            (r#"{"full_name":"王芳"}{"full_name":"李娜"}"#, 400),
            (r#"{"full_name":"王芳","__proto__":{"role":"manager"}}"#, 400),
            (r#"{"full_name":"王芳","id":"01890000-0000-7000-8000-000000000000"}"#, 400),
            (r#"[{"full_name":"王芳"}]"#, 400),
            ("{\"full_name\":\"\\ud800\"}", 400),
            ("\u{feff}{\"full_name\":\"王芳\"}", 400),
            (r#"{"full_name":"王芳"}"#, 201),
        ] {
            assert_eq!(ask(Method::POST, "/api/v1/guests", &[json], body).await, expected, "{body}");
        }
        for (headers, expected) in [
            (vec![json, ("cookie", "hefu=x")], 401),
            (vec![json, ("authorization", "Bearer x")], 401),
            (vec![json, ("x-forwarded-for", "127.0.0.1"), ("x-original-url", "/api/v1/accounts"), ("x-http-method-override", "DELETE")], 201),
            (vec![("content-type", "text/plain")], 415),
            (vec![("content-type", "application/x-www-form-urlencoded")], 415),
        ] {
            assert_eq!(ask(Method::POST, "/api/v1/guests", &headers, r#"{"full_name":"王芳"}"#).await, expected, "{headers:?}");
        }
        // Nobody becomes somebody else by saying so.
        for name in ["x-user", "x-remote-user", "x-forwarded-user", "hefu-principal"] {
            let (status, ..) = raw(&h, false, Method::GET, "/api/v1/accounts", &[("host", "127.0.0.1"), (name, "admin")], "").await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}");
        }
    }

    async fn every_answer_says_what_a_browser_may_do_with_it(db: TestDb) {
        let h = Hotel::new(db).await;
        let local = ("host", "127.0.0.1");
        for (path, status) in [("/healthz", 200), ("/api/v1/properties", 401), ("/nowhere", 401), ("/search", 200), ("/docs", 200), ("/sign-in", 200), ("/pages/search.js", 200), ("/", 200)] {
            let (found, headers, _) = raw(&h, false, Method::GET, path, &[local], "").await;
            assert_eq!(found.as_u16(), status, "{path}");
            let is = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
            assert_eq!(is("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(is("referrer-policy"), "no-referrer", "{path}");
            let policy = is("content-security-policy");
            assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
            assert!(is("access-control-allow-origin").is_empty(), "{path}");
            assert!(is("strict-transport-security").is_empty(), "in clear it means nothing");
            if path.starts_with("/api") || path == "/healthz" {
                assert_eq!(is("cache-control"), "no-store", "{path}");
            }
        }
        let (status, ..) = raw(&h, false, Method::TRACE, "/api/v1/session", &[local], "").await;
        assert!(status.is_client_error(), "{status}");
    }

    /// Refused or not, each request has a name, which is the server's and nobody else's.
    async fn every_answer_says_which_request_it_is_of(db: TestDb) {
        let h = Hotel::new(db).await;
        let local = ("host", "127.0.0.1");
        let mut names = BTreeSet::new();
        let asked = [
            ("/healthz", local), ("/healthz", local), ("/api/v1/properties", local), ("/nowhere", local), ("/", local), ("/healthz", ("host", "evil.example")),
        ];
        for (path, host) in asked {
            let (_, headers, _) = raw(&h, false, Method::GET, path, &[host, ("x-request-id", "mine")], "").await;
            let name = headers["x-request-id"].to_str().unwrap().to_owned();
            assert!(name.len() >= 17 && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'), "{path}: {name}");
            assert!(names.insert(name), "{path}");
        }
    }

    async fn cookies_are_of_this_host_and_over_tls_only(db: TestDb) {
        let h = Hotel::new(db).await;
        h.account("desk", &[("housekeeping", Some("SH01"))]).await;
        let body = json!({ "login": "desk", "password": PASSWORD }).to_string();
        let headers = [("host", "127.0.0.1"), ("content-type", "application/json")];
        let (status, answer, _) = raw(&h, true, Method::POST, "/api/v1/session", &headers, &body).await;
        assert_eq!(status, StatusCode::OK);
        let cookie = answer[header::SET_COOKIE].to_str().unwrap().to_owned();
        assert!(cookie.starts_with("__Host-hefu=") && cookie.len() < 4_096, "{cookie}");
        for part in ["; Path=/;", "; HttpOnly;", "; SameSite=Strict", "; Secure"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        let strict = answer["strict-transport-security"].to_str().unwrap();
        assert_eq!(strict, "max-age=31536000; includeSubDomains");
        let token = cookie.trim_start_matches("__Host-hefu=").split(';').next().unwrap();
        // The cookie of a server without TLS is none here, nor one of another case.
        for (name, expected) in [("__Host-hefu", 200), ("hefu", 401), ("__host-hefu", 401), ("__Secure-hefu", 401)] {
            let cookie = format!("{name}={token}");
            let (status, ..) = raw(&h, true, Method::GET, "/api/v1/me", &[("host", "127.0.0.1"), ("cookie", &cookie)], "").await;
            assert_eq!(status.as_u16(), expected, "{name}");
        }
    }
}

/// Two lengths, or a length and chunks: which of them counts is a question that two servers can answer in two ways.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_two_lengths_is_none() {
    let h = Hotel::new(TestDb::sqlite().await).await;
    let router = hefu_http::router(h.s.app.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits::default();
    let served = tokio::spawn(async move { serve(listener, router, &limits, std::future::pending()).await });
    for head in [
        "Content-Length: 2\r\nContent-Length: 40",
        "Content-Length: 2, 40",
        "Content-Length: +2",
        "Content-Length: 2\r\nTransfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST /api/v1/guests HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{head}\r\n\r\n{{}}GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4_096];
        let read = tokio::time::timeout(std::time::Duration::from_secs(5), stream.read(&mut answer)).await;
        let read = read.map_or(0, Result::unwrap_or_default);
        let text = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 400"), "{head:?}: {text}");
        assert!(!text.contains("\"status\":\"ok\""), "{head:?}: the second request was answered");
    }
    served.abort();
}
