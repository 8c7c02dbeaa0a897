//! Random days at a hotel: whatever happens to its money, in whatever order, money is on exactly one ledger at a time, the ledgers of every
//! date balance, and a closed date never changes.
//!
//! `HEFU_MONEY_STEPS` and `HEFU_MONEY_SEED` make it longer and repeat a failure: the seed and the last steps are printed.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use axum::http::Method;
use common::{
    Server, booking, digits,
    money::{ClosedDays, assert_money_is_somewhere},
};
use hefu_kernel::SeededRng;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// Steps of one run in the quick tests.
const STEPS: u64 = 160;

/// After so many steps everything is looked at.
const LOOK_EVERY: u64 = 8;

/// So many visits at once at most: each is looked at every time.
const VISITS: usize = 8;

struct Hotel<'s> {
    s: &'s Server,
    rng: SeededRng,
    visits: Vec<String>,
    closed: ClosedDays,
    done: Vec<String>,
    refused: usize,
}

impl<'s> Hotel<'s> {
    async fn new(s: &'s Server, seed: u64) -> Self {
        for account in ["ACME", "BETA"] {
            let body = json!({ "name": "Acme (invented)", "credit_limit": 5_000_00 });
            let path = format!("/api/v1/properties/SH01/city-accounts/{account}");
            assert!(s.send(Method::PUT, &path, Some(body), &[]).await.0.is_success());
        }
        for (code, tax) in [("FORFEIT", 600), ("CXL", 600)] {
            let body = json!({ "name": "违约", "name_en": "Penalty", "group": "penalty", "kind": "revenue", "tax": tax });
            let path = format!("/api/v1/properties/SH01/transaction-codes/{code}");
            assert!(s.send(Method::PUT, &path, Some(body), &[]).await.0.is_success());
        }
        let (rng, closed) = (SeededRng::new(seed), ClosedDays::default());
        Self { s, rng, visits: Vec::new(), closed, done: Vec::new(), refused: 0 }
    }

    fn one<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.rng.below(of.len() as u64) as usize]
    }

    /// An amount that is seldom round.
    fn amount(&self) -> i64 {
        1 + self.rng.below(400_00) as i64
    }

    /// Asks; what the state of things does not allow is refused and changes nothing.
    async fn ask(&mut self, path: &str, body: Value) -> Option<Value> {
        let (status, answer) = self.s.send(Method::POST, path, Some(body.clone()), &[]).await;
        self.done.push(format!("{} {path} {body}", status.as_u16()));
        assert!(status.as_u16() < 500, "{path} {body}: {answer}");
        self.refused += usize::from(!status.is_success());
        status.is_success().then_some(answer)
    }

    async fn today(&self) -> chrono::NaiveDate {
        let property = self.s.get("/api/v1/properties/SH01").await;
        property["property"]["business_date"].as_str().unwrap().parse().unwrap()
    }

    async fn book(&mut self) {
        let today = self.today().await;
        let from = today + chrono::Days::new(self.rng.below(2));
        let until = from + chrono::Days::new(1 + self.rng.below(3));
        let room_type: &str = ["DBL", "DBL", "STE"][self.rng.below(3) as usize];
        let mut body = booking(room_type, &from.to_string(), &until.to_string());
        if self.rng.below(4) == 0 {
            let date = from.to_string();
            body["rooms"] =
                json!([{ "room_type": "DBL", "rate_plan": "DAY4", "arrival": date, "departure": date }]);
        }
        if self.rng.below(2) == 0 {
            body["deposits"] = json!([{ "due": from.to_string(), "amount": self.amount() }]);
        }
        if let Some(booked) = self.ask("/api/v1/reservations", body).await {
            self.visits.push(digits(&booked));
        }
    }

    /// A line of the visit's bill, whichever.
    fn line(&self, view: &Value) -> Value {
        let lines = view["consumption"]["postings"].as_array().unwrap();
        if lines.is_empty() {
            json!("01920000-0000-7000-8000-000000000000")
        } else {
            self.one(lines)["id"].clone()
        }
    }

    async fn step(&mut self) {
        if self.visits.len() < 2 || self.visits.len() < VISITS && self.rng.below(8) == 0 {
            return self.book().await;
        }
        if self.rng.below(12) == 0 {
            let no_shows = self
                .one(&[json!("mark"), json!("keep"), json!({ "only": [{ "visit": self.visits[0] }] })])
                .clone();
            let audit = json!({ "force": true, "no_shows": no_shows });
            assert!(self.ask("/api/v1/properties/SH01/night-audit", audit).await.is_some());
            return;
        }
        if self.rng.below(20) == 0 {
            let account = *self.one(&["ACME", "BETA"]);
            let paid =
                json!({ "amount": self.amount(), "reference": "INV-1", "code": self.one(&["BANK", "CASH"]) });
            let path = format!("/api/v1/properties/SH01/city-accounts/{account}/payments");
            self.ask(&path, paid).await;
            return;
        }
        let visit = self.one(&self.visits).clone();
        let view = self.s.get(&format!("/api/v1/visits/{visit}")).await;
        let (what, body) = self.on_visit(&view);
        self.ask(&format!("/api/v1/visits/{visit}/{what}"), body).await;
    }

    /// Something to do to a visit, possible or not.
    fn on_visit(&self, view: &Value) -> (&'static str, Value) {
        let window = 1 + self.rng.below(3);
        let method = *self.one(&["CASH", "CARD", "WECHAT"]);
        let (amount, posting) = (self.amount(), self.line(view));
        let foreign = json!({ "currency": "USD", "amount": 1 + self.rng.below(50_00), "rate": "7.1234" });
        let balance = view["consumption"]["folios"][0]["balance"].as_i64().unwrap_or(0);
        match self.rng.below(30) {
            0..=2 => ("check-in", json!({ "accept_early": true, "accept_dirty": true })),
            3 | 4 => ("check-out", json!({ "allow_balance": self.rng.below(2) == 0 })),
            5 => ("undo-check-out", json!({})),
            6 => ("undo-check-in", json!({})),
            7 => ("cancel", json!({ "waive_penalty": self.rng.below(3) == 0 })),
            8 => ("no-show", json!({})),
            9 => ("reinstate", json!({})),
            10 | 11 => ("charges", json!({ "code": self.one(&["MINI", "FB", "DMG"]), "amount": amount })),
            12 if balance > 0 => ("payments", json!({ "code": method, "amount": balance })),
            12 | 13 => ("payments", json!({ "code": method, "amount": amount, "window": window })),
            14 => ("payments", json!({ "code": "CASH", "foreign": foreign, "window": window })),
            15 => ("refunds", json!({ "code": method, "amount": amount / 4 + 1 })),
            16 | 17 => ("reversals", json!({ "posting_id": posting })),
            18 => ("allowances", json!({ "posting_id": posting, "amount": amount / 2 + 1 })),
            19 => ("allowances", json!({ "posting_id": posting, "total": amount / 2 + 1 })),
            20 => ("corrections", json!({ "posting_id": posting, "amount": amount })),
            21 => ("transfers", json!({ "posting_ids": [posting], "to_window": window })),
            22 => ("city-ledger", json!({ "account": self.one(&["ACME", "BETA"]), "window": window })),
            23 => ("nights", json!({})),
            24 => ("deposits/pay", json!({ "code": method, "amount": amount })),
            25 => ("deposits/pay", json!({ "code": "CASH", "foreign": foreign, "instalment": 1 })),
            26 => ("deposits/refund", json!({ "amount": amount })),
            27 => match self.rng.below(3) {
                0 => ("deposits/forfeit", json!({})),
                1 => ("deposits/apply", json!({ "window": window })),
                _ => ("deposits/settle-cancellation", json!({})),
            },
            28 => {
                let entries = view["booking"]["deposit_entries"].as_array().unwrap();
                let entry = if entries.is_empty() { posting } else { self.one(entries)["id"].clone() };
                ("deposits/reverse", json!({ "entry_id": entry }))
            }
            _ => match view["consumption"]["pre_authorisations"].as_array().unwrap().last() {
                Some(card) => {
                    ("pre-authorisations/capture", json!({ "pre_auth_id": card["id"], "amount": amount }))
                }
                None => (
                    "pre-authorisations",
                    json!({ "amount": 500_00, "card_token": "tok", "last_four": "1111", "expires": "2027-10-20" }),
                ),
            },
        }
    }

    async fn look(&mut self) {
        let accounts = ["ACME", "BETA"];
        assert_money_is_somewhere(self.s, "SH01", &self.visits, &accounts, &mut self.closed).await;
    }
}

/// Says how a run that failed can be repeated.
struct Tell(u64);

impl Drop for Tell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("failed with HEFU_MONEY_SEED={}", self.0);
        }
    }
}

both_engines! {
    async fn whatever_happens_money_is_on_one_ledger_and_closed_days_stay(db: TestDb) {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let seed = number("HEFU_MONEY_SEED").unwrap_or_else(|| u64::from(std::process::id()));
        let s = Server::new(db).await;
        let _tell = Tell(seed);
        let mut hotel = Hotel::new(&s, seed).await;
        let steps = number("HEFU_MONEY_STEPS").unwrap_or(STEPS);
        for step in 1..=steps {
            hotel.step().await;
            if step % LOOK_EVERY == 0 || step == steps {
                let last: Vec<&String> = hotel.done.iter().rev().take(LOOK_EVERY as usize).rev().collect();
                eprintln!("step {step}: {last:#?}");
                hotel.look().await;
            }
        }
        // Most of what was tried was possible.
        assert!(hotel.refused * 3 < hotel.done.len() * 2, "{} of {} refused", hotel.refused, hotel.done.len());
    }
}
