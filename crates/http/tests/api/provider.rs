//! Signing in by a provider of identities, which is not ours: `tests/oidc-provider`.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use chrono::{DateTime, TimeDelta, Utc};
use hefu_app::{
    Options,
    accounts::settings::{AccountSettings, ClientSecret, GroupRole, ProviderSettings},
};
use hefu_kernel::Clock as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;
use ureq::{Agent, http::Response};
use zeroize::Zeroizing;

use crate::accounts::{Browser, Hotel, PASSWORD};

const LEAVE: &str = "/api/v1/session/provider/chain";
const REFUSED: &str = "/sign-in?refused=1";

/// A provider that runs, and somebody's browser at its pages.
struct Provider {
    process: Child,
    issuer: String,
    agent: Agent,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Provider {
    /// One whose clock shows `now`.
    fn start(now: DateTime<Utc>) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/oidc-provider/start.sh");
        let mut command = Command::new(script);
        command.env("NOW_MS", now.timestamp_millis().to_string());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let issuer = lines.find_map(|line| line.ok().filter(|line| line.starts_with("http://127.0.0.1:")));
        let issuer = issuer.unwrap();
        let agent = Agent::config_builder().http_status_as_error(false).max_redirects(0).build().new_agent();
        Self { process, issuer, agent, cookies: Mutex::default() }
    }

    fn settings(&self) -> ProviderSettings {
        let role = |group: &str, role: &str, property: Option<&str>| GroupRole {
            group: group.into(),
            role: role.into(),
            property: property.map(str::to_owned),
        };
        ProviderSettings {
            id: "chain".into(),
            name: "集团统一登录".into(),
            issuer: self.issuer.clone(),
            client_id: "hefu".into(),
            client_secret: Some(ClientSecret::new(Zeroizing::new("not a secret: a test's".into()))),
            groups: "groups".into(),
            roles: vec![
                role("desk-sh01", "front_desk", Some("SH01")),
                role("desk-hz01", "front_desk", Some("HZ01")),
                role("managers", "manager", Some("SH01")),
                role("nowhere", "front_desk", Some("XX")),
            ],
            two_factors: vec!["mfa".into()],
            always_two_factors: false,
        }
    }

    /// Goes on as a browser would, as somebody, until it is sent back; answers where to.
    fn browse(&self, location: &str, login: &str) -> String {
        let mut at = format!("{location}&login_hint={login}");
        for _ in 0..10 {
            let cookies: Vec<String> =
                self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
            let answer = self.agent.get(&at).header("cookie", cookies.join("; ")).call().unwrap();
            self.keep(&answer);
            let next = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
            let next = next.unwrap_or_else(|| panic!("{at}: {}", answer.status()));
            match next.strip_prefix("http://localhost") {
                Some(back) => return back.to_owned(),
                None if next.starts_with('/') => at = format!("{}{next}", self.issuer),
                None => at = next,
            }
        }
        panic!("{at} leads nowhere");
    }

    fn keep(&self, answer: &Response<ureq::Body>) {
        let mut kept = self.cookies.lock().unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match value {
                "" => drop(kept.remove(name)),
                value => drop(kept.insert(name.to_owned(), value.to_owned())),
            }
        }
    }

    /// Another browser.
    fn forget(&self) {
        self.cookies.lock().unwrap().clear();
    }

    fn move_to(&self, login: &str, groups: &[&str]) {
        let body = json!({ "login": login, "groups": groups }).to_string();
        let moved = self.agent.post(format!("{}/people", self.issuer)).send(body).unwrap();
        assert!(moved.status().is_success());
    }
}

/// What a browser was answered: the status, where it is sent, and its cookies.
struct Seen {
    status: u16,
    to: String,
    cookies: BTreeMap<String, String>,
}

impl Seen {
    fn browser(&self) -> Browser {
        Browser { cookie: self.cookies.get("hefu").cloned(), key: None }
    }
}

/// Follows a link from another site's page.
async fn follow(h: &Hotel, path: &str, cookies: &BTreeMap<String, String>) -> Seen {
    let cookies: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::builder()
        .method(Method::GET)
        .uri(path)
        .header(header::HOST, "localhost")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header(header::COOKIE, cookies.join("; "));
    let answer = h.raw(request.body(Body::empty()).unwrap()).await;
    let mut cookies = BTreeMap::new();
    for cookie in answer.headers().get_all(header::SET_COOKIE) {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.contains("; HttpOnly; SameSite="), "{cookie}");
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        assert_eq!(cookie.contains("SameSite=Strict"), name == "hefu", "{cookie}");
        cookies.insert(name.to_owned(), value.to_owned());
    }
    let to = answer.headers().get(header::LOCATION).map_or("", |to| to.to_str().unwrap()).to_owned();
    Seen { status: answer.status().as_u16(), to, cookies }
}

/// Leaves for the provider, by a link of our own page.
async fn leave(h: &Hotel) -> Seen {
    let request = Request::builder().uri(LEAVE).header(header::HOST, "localhost");
    let request = request.header("sec-fetch-site", "same-origin").body(Body::empty()).unwrap();
    let answer = h.raw(request).await;
    let way = answer.headers().get(header::SET_COOKIE).map(|cookie| cookie.to_str().unwrap().to_owned());
    let way = way.map(|cookie| cookie.split(';').next().unwrap().split_once('=').unwrap().1.to_owned());
    let cookies = way.map(|way| BTreeMap::from([("hefu-way".to_owned(), way)])).unwrap_or_default();
    let to = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
    Seen { status: answer.status().as_u16(), to, cookies }
}

/// Signs in by the provider as somebody.
async fn sign_in(h: &Hotel, provider: &Provider, login: &str) -> Seen {
    provider.forget();
    let left = leave(h).await;
    assert_eq!(left.status, 303);
    let back = provider.browse(&left.to, login);
    follow(h, &back, &left.cookies).await
}

async fn hotel(db: TestDb, provider: ProviderSettings, second_factor: Option<BTreeSet<String>>) -> Hotel {
    let accounts = AccountSettings { providers: vec![provider], second_factor, ..AccountSettings::default() };
    Hotel::with(db, Options { accounts, ..Options::default() }).await
}

both_engines! {
    async fn whoever_a_provider_knows_comes_in_with_the_roles_of_their_groups(db: TestDb) {
        let provider = Provider::start(db.clock.now());
        let h = hotel(db, provider.settings(), Some(BTreeSet::new())).await;
        let listed = h.get(&Browser::default(), "/api/v1/session/providers").await;
        assert_eq!(listed.body, json!([{ "id": "chain", "name": "集团统一登录" }]));
        let seen = sign_in(&h, &provider, "wang.fang").await;
        assert_eq!((seen.status, seen.to.as_str()), (303, "/"));
        assert_eq!(seen.cookies["hefu-way"], "", "it is forgotten");
        let browser = seen.browser();
        let me = h.get(&browser, "/api/v1/me").await.body;
        assert_eq!((&me["name"], &me["second_factor"], &me["must_change_password"]), (&json!("王芳"), &json!(false), &json!(false)));
        assert_eq!((&me["grants"][0]["role"], &me["grants"][0]["property"]), (&json!("front_desk"), &json!("SH01")));
        assert_eq!(h.get(&browser, "/api/v1/properties/SH01").await.status, 200);
        assert_eq!(h.get(&browser, "/api/v1/properties/HZ01").await.code(), (403, "forbidden"));
        // Nobody signs in with the account's password.
        assert_eq!(h.try_sign_in(me["login"].as_str().unwrap(), PASSWORD).await.code(), (401, "sign_in_refused"));

        // Again it is the same account; what the groups grant follows them, and what an administrator granted stays.
        let id = me["id"].as_str().unwrap().to_owned();
        h.s.post(&format!("/api/v1/accounts/{id}/grants"), json!({ "role": "finance", "property": "SH01" })).await;
        provider.move_to("wang.fang", &["desk-hz01", "nowhere"]);
        let again = sign_in(&h, &provider, "wang.fang").await.browser();
        let me = h.get(&again, "/api/v1/me").await.body;
        assert_eq!(me["id"], json!(id));
        let mut held: Vec<String> = me["grants"].as_array().unwrap().iter().filter(|grant| grant["in_force"] == true)
            .map(|grant| format!("{} {}", grant["role"].as_str().unwrap(), grant["property"].as_str().unwrap())).collect();
        held.sort();
        assert_eq!(held, ["finance SH01", "front_desk HZ01"]);
        assert_eq!(h.get(&again, "/api/v1/properties/HZ01").await.status, 200);

        // Somebody else with the same e-mail address is somebody else.
        let other = sign_in(&h, &provider, "li.na").await.browser();
        let other = h.get(&other, "/api/v1/me").await.body;
        assert!(other["id"] != json!(id) && other["name"] == "李娜", "{other}");
        // Whoever belongs to no group, or no longer to one, is not let in.
        assert_eq!(sign_in(&h, &provider, "nobody").await.to, REFUSED);
        provider.move_to("wang.fang", &["everybody"]);
        assert_eq!(sign_in(&h, &provider, "wang.fang").await.to, REFUSED);
        provider.move_to("wang.fang", &["desk-sh01"]);
        h.s.send(Method::PATCH, &format!("/api/v1/accounts/{id}"), Some(json!({ "state": "disabled" })), &[]).await;
        let disabled = sign_in(&h, &provider, "wang.fang").await;
        assert_eq!((disabled.to.as_str(), disabled.cookies.contains_key("hefu")), (REFUSED, false));
        assert_eq!(h.told("session.begin_provider").await, 3);
        // The administrator here remains.
        h.account("admin", &[("administrator", None)]).await;
        assert_eq!(h.try_sign_in("admin", PASSWORD).await.code(), (200, "ok"));
    }

    async fn what_did_not_begin_here_or_is_not_of_the_provider_lets_nobody_in(db: TestDb) {
        let provider = Provider::start(db.clock.now());
        let h = hotel(db, provider.settings(), Some(BTreeSet::new())).await;
        let left = leave(&h).await;
        for part in ["code_challenge_method=S256", "response_type=code", "scope=openid+profile", "state=", "nonce=",
            "redirect_uri=http%3A%2F%2Flocalhost%2Fapi%2Fv1%2Fsession%2Fprovider%2Fchain%2Fcallback"] {
            assert!(left.to.contains(part), "{part}: {}", left.to);
        }
        let back = provider.browse(&left.to, "wang.fang");
        // Another browser; none; one that left another time.
        let other = leave(&h).await;
        for cookies in [BTreeMap::new(), other.cookies.clone(), BTreeMap::from([("hefu-way".to_owned(), "AAAA".to_owned())])] {
            let seen = follow(&h, &back, &cookies).await;
            assert_eq!((seen.to.as_str(), seen.cookies.contains_key("hefu")), (REFUSED, false));
        }
        // Another state, another provider's name, no code, an error.
        for (from, to) in [("state=", "state=x"), ("iss=", "iss=x"), ("code=", "c="), ("code=", "error=access_denied&c=")] {
            let seen = follow(&h, &back.replacen(from, to, 1), &left.cookies).await;
            assert_eq!((seen.status, seen.to.as_str()), (303, REFUSED), "{from} {to}");
        }
        assert_eq!(follow(&h, &back.replace("/chain/", "/other/"), &left.cookies).await.status, 404);
        // Still the code is good, once.
        assert_eq!(follow(&h, &back, &left.cookies).await.to, "/");
        assert_eq!(follow(&h, &back, &left.cookies).await.to, REFUSED);
        // The code of one sign-in in another: the nonce and the verifier are not its.
        let (first, second) = (leave(&h).await, leave(&h).await);
        let code = |url: &str| url.split(['?', '&']).find(|part| part.starts_with("code=")).unwrap().to_owned();
        let (one, two) = (provider.browse(&first.to, "wang.fang"), provider.browse(&second.to, "li.na"));
        assert_eq!(follow(&h, &two.replace(&code(&two), &code(&one)), &second.cookies).await.to, REFUSED);
        // Whoever takes too long.
        let late = leave(&h).await;
        let back = provider.browse(&late.to, "wang.fang");
        h.later(TimeDelta::minutes(11));
        assert_eq!(follow(&h, &back, &late.cookies).await.to, REFUSED);
        assert!(h.told("session.refuse").await >= 10);
    }

    async fn two_factors_at_the_provider_are_two_factors_and_clocks_may_differ_a_little(db: TestDb) {
        let now = db.clock.now();
        let provider = Provider::start(now);
        // Managers need a second factor, and the provider does not say that it saw one.
        let h = hotel(db, provider.settings(), None).await;
        let manager = sign_in(&h, &provider, "li.na").await.browser();
        assert_eq!(h.get(&manager, "/api/v1/properties/SH01").await.code(), (403, "second_factor_enrolment_required"));
        // Its clock is a minute and a half behind, then much more.
        h.later(TimeDelta::seconds(90));
        assert_eq!(sign_in(&h, &provider, "li.na").await.to, "/");
        h.later(TimeDelta::hours(3));
        assert_eq!(sign_in(&h, &provider, "li.na").await.to, REFUSED);
    }

    async fn a_provider_that_always_asks_for_two_factors_is_enough_for_managers(db: TestDb) {
        let provider = Provider::start(db.clock.now());
        let settings = ProviderSettings { always_two_factors: true, ..provider.settings() };
        let h = hotel(db, settings, None).await;
        let manager = sign_in(&h, &provider, "li.na").await.browser();
        let me = h.get(&manager, "/api/v1/me").await.body;
        assert_eq!((&me["second_factor_fresh"], &me["must_enrol_second_factor"]), (&json!(true), &json!(false)));
        assert_eq!(h.get(&manager, "/api/v1/properties/SH01").await.status, 200);
    }

    /// What is asked of a provider is asked of nobody else, wherever it sends us.
    async fn no_provider_sends_the_server_elsewhere(db: TestDb) {
        let (provider, elsewhere) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        elsewhere.set_nonblocking(true).unwrap();
        let (at, to) = (provider.local_addr().unwrap(), elsewhere.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        std::thread::spawn(move || {
            for stream in provider.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = [0; 4_096];
                if stream.read(&mut request).is_ok_and(|read| read > 0) {
                    counted.fetch_add(1, Ordering::Relaxed);
                    let head = format!("HTTP/1.1 302 Found\r\nLocation: http://{to}/\r\n");
                    let _ = stream.write_all((head + "Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes());
                }
            }
        });
        let settings = ProviderSettings {
            id: "chain".into(),
            name: "chain".into(),
            issuer: format!("http://{at}"),
            client_id: "hefu".into(),
            groups: "groups".into(),
            ..ProviderSettings::default()
        };
        let h = hotel(db, settings, Some(BTreeSet::new())).await;
        let left = leave(&h).await;
        assert_eq!((left.status, left.to.as_str()), (303, REFUSED));
        assert!(asked.load(Ordering::Relaxed) > 0, "the provider was asked");
        assert!(elsewhere.accept().is_err());
    }

    async fn a_provider_that_is_down_stops_nobody_else(db: TestDb) {
        let nowhere = ProviderSettings {
            id: "chain".into(),
            name: "Chain".into(),
            issuer: "http://127.0.0.1:9".into(),
            client_id: "hefu".into(),
            ..ProviderSettings::default()
        };
        let h = hotel(db, nowhere, Some(BTreeSet::new())).await;
        let left = leave(&h).await;
        assert_eq!((left.status, left.to.as_str()), (303, REFUSED));
        h.account("desk", &[]).await;
        assert_eq!(h.try_sign_in("desk", PASSWORD).await.code(), (200, "ok"));
    }
}
