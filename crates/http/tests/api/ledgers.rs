//! Random days at a hotel: whatever happens to its money, in whatever order, money is on exactly one ledger at a time, the ledgers of every
//! date balance, and a closed date never changes.
//!
//! `HEFU_MONEY_STEPS` and `HEFU_MONEY_SEED` make it longer and repeat a failure: the seed and the last steps are printed.

use std::collections::BTreeMap;

use crate::common::{
    Server, booking, digits,
    money::{ClosedDays, assert_money_is_somewhere},
};
use axum::http::Method;
use hefu_kernel::SeededRng;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// Steps of one run in the quick tests.
const STEPS: u64 = 160;

/// After so many steps everything is looked at.
const LOOK_EVERY: u64 = 8;

const SHIFTS: &str = "/api/v1/properties/SH01/shifts";

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
        let rate = json!({ "rate": "7.1234" });
        let path = "/api/v1/properties/SH01/exchange-rates/USD";
        assert!(s.send(Method::PUT, path, Some(rate), &[]).await.0.is_success());
        s.post(SHIFTS, json!({})).await;
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
        if self.rng.below(10) == 0 {
            return self.of_company().await;
        }
        if self.rng.below(20) == 0 {
            return self.at_the_drawer().await;
        }
        if self.rng.below(12) == 0 {
            return self.invoice().await;
        }
        let visit = self.one(&self.visits).clone();
        let view = self.s.get(&format!("/api/v1/visits/{visit}")).await;
        let (what, body) = self.on_visit(&view);
        self.ask(&format!("/api/v1/visits/{visit}/{what}"), body).await;
    }

    /// Allocates a payment of a company, or takes one or its allocation back.
    async fn of_company(&mut self) {
        let account = *self.one(&["ACME", "BETA"]);
        let path = format!("/api/v1/properties/SH01/city-accounts/{account}");
        let view = self.s.get(&path).await;
        let any = |rows: &Value| {
            let rows = rows.as_array().unwrap();
            if rows.is_empty() { Value::Null } else { self.one(rows)["id"].clone() }
        };
        let (entry, allocation) = (any(&view["entries"]), any(&view["allocations"]));
        if entry.is_null() {
            return;
        }
        let body = json!({ "payment_id": entry });
        match self.rng.below(8) {
            0 => {
                let body = json!({ "payment_id": entry, "reason": "bounced" });
                self.ask(&format!("{path}/payments/reverse"), body).await;
            }
            1 if !allocation.is_null() => {
                let body = json!({ "allocation_id": allocation });
                self.ask(&format!("{path}/allocations/reverse"), body).await;
            }
            2 => {
                let to = json!([{ "id": any(&view["entries"]), "amount": self.amount() }]);
                let body = json!({ "payment_id": entry, "to": to });
                self.ask(&format!("{path}/allocations"), body).await;
            }
            _ => {
                self.ask(&format!("{path}/allocations"), body).await;
            }
        }
    }

    /// Brings cash to the safe, or counts the drawer and hands it to the next shift.
    async fn at_the_drawer(&mut self) {
        let shift = self.s.get(&format!("{SHIFTS}?limit=1")).await[0]["number"].clone();
        if self.rng.below(2) == 0 {
            self.ask(&format!("{SHIFTS}/{shift}/drops"), json!({ "amount": self.amount() })).await;
            return;
        }
        let sums = self.s.get(&format!("{SHIFTS}/{shift}")).await["sums"].clone();
        let off = self.rng.below(3) as i64;
        let counts: Vec<Value> = sums
            .as_array()
            .unwrap()
            .iter()
            .map(|sum| {
                let counted = sum["expected"].as_i64().unwrap() - off;
                json!({ "method": sum["method"], "currency": sum["currency"], "counted": counted })
            })
            .collect();
        let closed = json!({ "counts": counts, "reason": "counted" });
        assert!(self.ask(&format!("{SHIFTS}/{shift}/close"), closed).await.is_some());
        assert!(self.ask(SHIFTS, json!({ "float": [{ "amount": 100_00 }] })).await.is_some());
    }

    /// Invoices something of a visit, or takes an invoice back.
    async fn invoice(&mut self) {
        let visit = self.one(&self.visits).clone();
        let path = format!("/api/v1/visits/{visit}/invoices");
        let known = self.s.get(&path).await;
        let invoices: Vec<&Value> =
            known["invoices"].as_array().unwrap().iter().filter(|one| one["kind"] == "invoice").collect();
        if !invoices.is_empty() && self.rng.below(3) == 0 {
            let number = self.one(&invoices)["number"].clone();
            let credit = json!({ "reason": "wrong",
                "lines": [{ "line": 1, "amount": (self.rng.below(2) == 0).then(|| self.amount()) }] });
            let body = if self.rng.below(2) == 0 { credit } else { json!({ "reason": "wrong" }) };
            self.ask(&format!("/api/v1/properties/SH01/invoices/INV/{number}/credit-notes"), body).await;
            return;
        }
        let open = known["open"].as_array().unwrap();
        if open.is_empty() {
            return;
        }
        let one = self.one(open).clone();
        let mut body = json!({ "window": one["window"] });
        match self.rng.below(3) {
            0 => body["amount"] = json!(self.amount()),
            1 => body["posting_ids"] = json!([one["posting_id"]]),
            _ => {}
        }
        self.ask(&path, body).await;
    }

    /// Something to do to a visit, possible or not.
    fn on_visit(&self, view: &Value) -> (&'static str, Value) {
        let window = 1 + self.rng.below(3);
        let method = *self.one(&["CASH", "CARD", "WECHAT"]);
        let (amount, posting) = (self.amount(), self.line(view));
        let mut foreign = json!({ "currency": "USD", "amount": 1 + self.rng.below(50_00) });
        if self.rng.below(2) == 0 {
            foreign["rate"] = json!("7.05");
        }
        let balance = view["consumption"]["folios"][0]["balance"].as_i64().unwrap_or(0);
        match self.rng.below(30) {
            0..=2 => ("check-in", json!({ "accept_early": true, "accept_dirty": true })),
            3 | 4 => ("check-out", json!({ "allow_balance": self.rng.below(2) == 0 })),
            5 => ("undo-check-out", json!({})),
            6 => ("undo-check-in", json!({})),
            7 => ("cancel", json!({ "waive_penalty": self.rng.below(3) == 0 })),
            8 => ("no-show", json!({})),
            9 => ("reinstate", json!({})),
            10 => ("charges", json!({ "code": self.one(&["MINI", "FB", "DMG"]), "amount": amount })),
            11 if amount % 3 == 0 => ("paid-outs", json!({ "amount": amount, "reason": "taxi" })),
            11 => ("charges", json!({ "code": "FB", "amount": amount, "includes_tax": true })),
            12 if balance > 0 => ("payments", json!({ "code": method, "amount": balance })),
            12 | 13 => ("payments", json!({ "code": method, "amount": amount, "window": window })),
            14 => ("payments", json!({ "code": "CASH", "foreign": foreign, "window": window })),
            15 => ("refunds", json!({ "code": method, "amount": amount / 4 + 1 })),
            16 | 17 => ("reversals", json!({ "posting_id": posting })),
            18 => ("allowances", json!({ "posting_id": posting, "amount": amount / 2 + 1 })),
            19 => ("allowances", json!({ "posting_id": posting, "total": amount / 2 + 1 })),
            20 => ("corrections", json!({ "posting_id": posting, "amount": amount })),
            21 if amount % 2 == 0 => {
                ("splits", json!({ "posting_id": posting, "to_window": window, "share": 1 + amount % 9_999 }))
            }
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
        self.assert_somebody_holds_it().await;
        self.assert_charged_is_invoiced_or_open().await;
    }

    /// What the ledgers say was paid, method by method and currency by currency, is in the books of the shifts: one was open all the time.
    async fn assert_somebody_holds_it(&self) {
        let (mut paid, mut held): (BTreeMap<_, i64>, BTreeMap<_, i64>) = Default::default();
        let add = |sums: &mut BTreeMap<(String, String), i64>, method: &Value, row: &Value, amount: i64| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            *sums.entry((text(method), text(&row["currency"]))).or_default() += amount;
        };
        let mut days = vec![self.s.get("/api/v1/properties/SH01/ledgers").await];
        days.extend(self.closed.days().cloned());
        for row in days.iter().flat_map(|day| day["ledgers"].as_array().unwrap()) {
            if row["ledger"] == "payment" {
                assert_eq!(row["cashier"], "local-administrator");
                add(&mut paid, &row["account"], row, row["in_currency"].as_i64().unwrap());
            }
        }
        for shift in self.s.get(&format!("{SHIFTS}?limit=500")).await.as_array().unwrap() {
            let view = self.s.get(&format!("{SHIFTS}/{}", shift["number"])).await;
            for entry in view["entries"].as_array().unwrap() {
                if !["float", "drop"].contains(&entry["kind"].as_str().unwrap()) {
                    add(&mut held, &entry["method"], entry, entry["amount"].as_i64().unwrap());
                }
            }
        }
        paid.retain(|_, amount| *amount != 0);
        held.retain(|_, amount| *amount != 0);
        assert_eq!(paid, held, "what was paid is in no drawer");
    }

    /// Revenue and tax of every bill are what was invoiced and what is open, credit notes and all.
    async fn assert_charged_is_invoiced_or_open(&self) {
        for visit in &self.visits {
            let view = self.s.get(&format!("/api/v1/visits/{visit}")).await;
            let charged: i64 = view["consumption"]["postings"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|line| line["kind"] == "revenue" || line["kind"] == "tax")
                .map(|line| line["amount"].as_i64().unwrap())
                .sum();
            let known = self.s.get(&format!("/api/v1/visits/{visit}/invoices")).await;
            let sum = |rows: &Value, fields: &[&str]| -> i64 {
                let rows = rows.as_array().unwrap().iter();
                rows.flat_map(|row| fields.iter().map(|field| row[*field].as_i64().unwrap())).sum()
            };
            let told = sum(&known["invoices"], &["total"]) + sum(&known["open"], &["net", "tax"]);
            assert_eq!(charged, told, "{visit}: {known}");
        }
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
