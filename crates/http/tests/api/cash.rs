//! Cashier shifts, exchange rates and prices with tax, over HTTP on both engines.

use crate::common::{Server, booking, digits, money::assert_balanced};
use axum::http::{Method, StatusCode};
use hefu_app::{
    Context,
    shift::{OpenShift, ShiftInput},
};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

async fn put(s: &Server, path: &str, body: Value) -> (StatusCode, Value) {
    s.send(Method::PUT, path, Some(body), &[]).await
}

async fn set(s: &Server, path: &str, body: Value) -> Value {
    let (status, answer) = put(s, path, body).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer
}

/// A refusal: its status, code, and the field it points at.
async fn refusal(s: &Server, method: Method, path: &str, body: Value) -> (u16, String, Value) {
    let (status, answer) = s.send(method, path, Some(body), &[]).await;
    assert!(!status.is_success(), "{path} was not refused: {answer}");
    (status.as_u16(), answer["code"].as_str().unwrap().to_owned(), answer["pointer"].clone())
}

async fn arrived(s: &Server) -> String {
    let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
    s.post(&format!("/api/v1/visits/{number}/check-in"), json!({})).await;
    number
}

async fn open(s: &Server, float: Value) -> i64 {
    s.post(&format!("{HOUSE}/shifts"), json!({ "float": float })).await["number"].as_i64().unwrap()
}

/// Method, currency and what there should be of it.
async fn sums(s: &Server, shift: i64) -> Vec<(String, String, i64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let view = s.get(&format!("{HOUSE}/shifts/{shift}")).await;
    let sums = view["sums"].as_array().unwrap().iter();
    sums.map(|sum| (text(&sum["method"]), text(&sum["currency"]), sum["expected"].as_i64().unwrap()))
        .collect()
}

fn is(method: &str, currency: &str, amount: i64) -> (String, String, i64) {
    (method.to_owned(), currency.to_owned(), amount)
}

async fn last_line(s: &Server, visit: &str, code: &str) -> Value {
    let view = s.get(&format!("/api/v1/visits/{visit}")).await;
    let lines = view["consumption"]["postings"].as_array().unwrap();
    lines.iter().rfind(|line| line["code"] == code).unwrap()["id"].clone()
}

both_engines! {
    async fn a_shift_holds_what_was_taken_and_is_counted_by_method_and_currency(db: TestDb) {
        let s = Server::new(db).await;
        let shifts = format!("{HOUSE}/shifts");
        set(&s, &format!("{HOUSE}/city-accounts/ACME"), json!({ "name": "Acme (invented)", "credit_limit": 0 })).await;
        let shift = open(&s, json!([{ "amount": 500_00 }, { "currency": "USD", "amount": 20_00 }])).await;
        assert_eq!(shift, 1);
        assert_eq!(s.refused(&shifts, json!({})).await, (409, "already_exists".into()));

        let visit = arrived(&s).await;
        let at = |what: &str| format!("/api/v1/visits/{visit}/{what}");
        s.post(&at("payments"), json!({ "code": "CASH", "amount": 100_00 })).await;
        let dollars = json!({ "currency": "USD", "amount": 10_00, "rate": "7.1234" });
        s.post(&at("payments"), json!({ "code": "CASH", "foreign": dollars })).await;
        s.post(&at("refunds"), json!({ "code": "CASH", "amount": 5_00 })).await;
        s.post(&at("payments"), json!({ "code": "CARD", "amount": 50_00 })).await;
        // A payment that goes to another window brings no money; one that is taken back gives it back.
        let line = last_line(&s, &visit, "CARD").await;
        s.post(&at("transfers"), json!({ "posting_ids": [line], "to_window": 2 })).await;
        s.post(&at("reversals"), json!({ "posting_id": line })).await;
        let unpaid = at("paid-outs");
        assert_eq!(refusal(&s, Method::POST, &unpaid, json!({ "amount": 8_00 })).await,
            (422, "invalid".into(), json!("/reason")));
        s.post(&unpaid, json!({ "amount": 8_00, "reference": "TAXI-1", "reason": "出租车" })).await;

        let expected = digits(&s.post("/api/v1/reservations", booking("DBL", "2026-10-20", "2026-10-21")).await);
        let deposits = |what: &str| format!("/api/v1/visits/{expected}/deposits/{what}");
        s.post(&deposits("pay"), json!({ "code": "CASH", "amount": 30_00 })).await;
        s.post(&deposits("refund"), json!({ "amount": 10_00 })).await;
        let paid = json!({ "code": "CASH", "amount": 20_00, "reference": "INV-1" });
        s.post(&format!("{HOUSE}/city-accounts/ACME/payments"), paid).await;

        let drops = format!("{shifts}/1/drops");
        s.post(&drops, json!({ "amount": 200_00, "reference": "BAG-1" })).await;
        let cash = 500_00 + 100_00 - 5_00 - 8_00 + 30_00 - 10_00 + 20_00 - 200_00;
        let held = [is("CARD", "CNY", 0), is("CASH", "CNY", cash), is("CASH", "USD", 30_00)];
        assert_eq!(sums(&s, 1).await, held);
        assert_eq!(refusal(&s, Method::POST, &drops, json!({ "amount": cash + 1 })).await,
            (422, "bad_amount".into(), json!("/amount")));
        assert_eq!(s.refused(&drops, json!({ "currency": "USD", "amount": 30_01 })).await,
            (422, "bad_amount".into()));

        // The check list names the cashier; the shift goes on over the audit, and the next day's money is dated with the next day.
        let check = s.get(&format!("{HOUSE}/night-audit/check")).await;
        assert_eq!(check["cashiers_open"][0]["number"], 1, "{check}");
        assert_eq!(check["out_of_balance"], json!([]));
        let day = s.get(&format!("{HOUSE}/ledgers")).await;
        assert_balanced(&day);
        let moved: i64 = day["ledgers"].as_array().unwrap().iter()
            .filter(|row| row["ledger"] == "payment" && row["account"] == "CASH" && row["currency"] == "CNY")
            .map(|row| row["debit"].as_i64().unwrap() - row["credit"].as_i64().unwrap())
            .sum();
        assert_eq!(moved, cash - 500_00 + 200_00, "the ledger says what the drawer does, but for float and drop");
        s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await;
        s.post(&at("payments"), json!({ "code": "WECHAT", "amount": 7_00 })).await;
        let book = s.get(&format!("{shifts}/1")).await;
        assert_eq!(book["entries"][0]["business_date"], "2026-10-04");
        assert_eq!(book["entries"][0]["visit"], visit);

        let close = format!("{shifts}/1/close");
        let counts = |cash: i64| json!([
            { "method": "CASH", "counted": cash },
            { "method": "CASH", "currency": "USD", "counted": 30_00 },
            { "method": "WECHAT", "counted": 7_00 }]);
        let (status, answer) =
            s.send(Method::POST, &close, Some(json!({ "counts": [counts(cash)[0]] })), &[("accept-language", "en")]).await;
        assert_eq!((status.as_u16(), &answer["pointer"]), (422, &json!("/counts")), "{answer}");
        assert!(answer["detail"].as_str().unwrap().contains("CASH USD, WECHAT CNY"), "{answer}");
        for (counts, pointer) in [
            (json!([{ "method": "ROOM", "counted": 1 }]), "/counts/0/method"),
            (json!([{ "method": "CASH", "counted": 1 }, { "method": "CASH", "currency": "CNY", "counted": 1 }]),
                "/counts/1/method"),
            (json!([{ "method": "CASH", "counted": i64::MAX }]), "/counts/0/counted"),
        ] {
            let (_, _, at) = refusal(&s, Method::POST, &close, json!({ "counts": counts })).await;
            assert_eq!(at, pointer);
        }
        assert_eq!(refusal(&s, Method::POST, &close, json!({ "counts": counts(cash - 1_00) })).await,
            (422, "invalid".into(), json!("/reason")));
        let closed = s.post(&close, json!({ "counts": counts(cash - 1_00), "reason": "少一元" })).await;
        assert_eq!((&closed["state"], &closed["closed_on"]), (&json!("closed"), &json!("2026-10-04")));
        let view = s.get(&format!("{shifts}/1")).await;
        let differences: Vec<i64> =
            view["sums"].as_array().unwrap().iter().map(|sum| sum["difference"].as_i64().unwrap()).collect();
        assert_eq!(differences, [0, -1_00, 0, 0], "{view}");

        // What was closed stays: money of later is not in it, and it is neither counted nor emptied again.
        s.post(&at("payments"), json!({ "code": "CASH", "amount": 1_00 })).await;
        assert_eq!(s.get(&format!("{shifts}/1")).await, view);
        assert_eq!(s.refused(&close, json!({})).await, (409, "wrong_state".into()));
        assert_eq!(s.refused(&drops, json!({ "amount": 1 })).await, (409, "wrong_state".into()));
        assert_eq!(s.refused(&format!("{shifts}/9/close"), json!({})).await, (404, "not_found".into()));
        assert_eq!(s.get(&format!("{HOUSE}/night-audit/check")).await["cashiers_open"], json!([]));
        let next = open(&s, json!([])).await;
        assert_eq!(next, 2);
        s.post(&format!("{shifts}/2/close"), json!({})).await;
        let listed = s.get(&shifts).await;
        let numbers: Vec<i64> = listed.as_array().unwrap().iter().map(|one| one["number"].as_i64().unwrap()).collect();
        assert_eq!(numbers, [2, 1]);
    }

    async fn each_cashier_has_a_drawer(db: TestDb) {
        let s = Server::new(db).await;
        let late = OpenShift { property: "SH01".into(), input: ShiftInput::default() };
        let late = s.app.execute(Context::job("late-desk"), late).await.unwrap();
        let mine = open(&s, json!([])).await;
        let visit = arrived(&s).await;
        s.post(&format!("/api/v1/visits/{visit}/payments"), json!({ "code": "CASH", "amount": 10_00 })).await;
        assert_eq!(sums(&s, mine).await, [is("CASH", "CNY", 10_00)]);
        assert_eq!(sums(&s, late.number).await, []);
        let check = s.get(&format!("{HOUSE}/night-audit/check")).await;
        assert_eq!(check["cashiers_open"].as_array().unwrap().len(), 2, "{check}");
        // Somebody else closes the drawer of who has gone home.
        let closed = s.post(&format!("{HOUSE}/shifts/{}/close", late.number), json!({})).await;
        assert_eq!((&closed["cashier"], &closed["closed_by"]), (&json!("late-desk"), &json!("local-administrator")));
    }

    async fn cash_needs_a_shift_where_the_property_says_so(db: TestDb) {
        let s = Server::new(db).await;
        let visit = arrived(&s).await;
        let at = |what: &str| format!("/api/v1/visits/{visit}/{what}");
        let cash = json!({ "code": "CASH", "amount": 10_00 });
        s.post(&at("payments"), cash.clone()).await;
        let out = json!({ "amount": 1_00, "reason": "flowers" });
        assert_eq!(s.refused(&at("paid-outs"), out.clone()).await, (409, "wrong_state".into()));

        let billing = set(&s, &format!("{HOUSE}/billing"), json!({ "cash_needs_shift": true })).await;
        assert_eq!(billing["title"], "");
        let before = s.get(&format!("/api/v1/visits/{visit}")).await["consumption"].clone();
        assert_eq!(s.refused(&at("payments"), cash.clone()).await, (409, "wrong_state".into()));
        assert_eq!(s.refused(&at("refunds"), cash.clone()).await, (409, "wrong_state".into()));
        let line = last_line(&s, &visit, "CASH").await;
        assert_eq!(s.refused(&at("reversals"), json!({ "posting_id": line })).await, (409, "wrong_state".into()));
        let other = s.book("DBL", "2026-10-20", "2026-10-21").await;
        let deposit = format!("/api/v1/visits/{other}/deposits/pay");
        assert_eq!(s.refused(&deposit, cash.clone()).await, (409, "wrong_state".into()));
        assert_eq!(s.get(&format!("/api/v1/visits/{visit}")).await["consumption"], before);
        s.post(&at("payments"), json!({ "code": "CARD", "amount": 1_00 })).await;

        let shift = open(&s, json!([])).await;
        s.post(&at("payments"), cash.clone()).await;
        s.post(&deposit, cash).await;
        s.post(&at("paid-outs"), out).await;
        assert_eq!(sums(&s, shift).await, [is("CASH", "CNY", 19_00)]);
        // What is not given stays.
        let billing = set(&s, &format!("{HOUSE}/billing"), json!({ "title": "合符" })).await;
        assert_eq!((&billing["cash_needs_shift"], &billing["version"]), (&json!(true), &json!(2)));
        let long = json!({ "tax_id": "9".repeat(121) });
        let refused = refusal(&s, Method::PUT, &format!("{HOUSE}/billing"), long).await;
        assert_eq!(refused, (422, "invalid".into(), json!("/tax_id")));
    }

    async fn foreign_money_is_taken_at_the_rate_of_the_day(db: TestDb) {
        let s = Server::new(db).await;
        let rates = |currency: &str| format!("{HOUSE}/exchange-rates/{currency}");
        let visit = arrived(&s).await;
        let pay = format!("/api/v1/visits/{visit}/payments");
        let dollars = |more: Value| {
            let mut foreign = json!({ "currency": "USD", "amount": 10_00 });
            foreign.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "code": "CASH", "foreign": foreign })
        };
        assert_eq!(refusal(&s, Method::POST, &pay, dollars(json!({}))).await,
            (422, "invalid".into(), json!("/foreign/rate")));
        let set_rate = set(&s, &rates("USD"), json!({ "rate": "7.12340" })).await;
        assert_eq!((&set_rate["rate"], &set_rate["valid_from"]), (&json!("7.1234"), &json!("2026-10-03")));
        set(&s, &rates("USD"), json!({ "rate": "7.2", "valid_from": "2026-10-04" })).await;
        set(&s, &rates("JPY"), json!({ "rate": "0.0475" })).await;

        let paid = async |body: Value| {
            s.post(&pay, body).await;
            let view = s.get(&format!("/api/v1/visits/{visit}")).await;
            let line = view["consumption"]["postings"].as_array().unwrap().last().unwrap().clone();
            (line["amount"].as_i64().unwrap(), line["foreign_rate"].as_str().unwrap().to_owned())
        };
        assert_eq!(paid(dollars(json!({}))).await, (-71_23, "7.1234".into()));
        // One that is said stands before it, unless it looks like a slip of the keyboard.
        assert_eq!(paid(dollars(json!({ "rate": "7.1" }))).await, (-71_00, "7.1".into()));
        assert_eq!(refusal(&s, Method::POST, &pay, dollars(json!({ "rate": "71.234" }))).await,
            (422, "bad_amount".into(), json!("/foreign/rate")));
        assert_eq!(paid(dollars(json!({ "rate": "5", "confirm_rate": true }))).await, (-50_00, "5".into()));
        let deposit = format!("/api/v1/visits/{}/deposits/pay", s.book("DBL", "2026-10-20", "2026-10-21").await);
        assert_eq!(refusal(&s, Method::POST, &deposit, dollars(json!({ "rate": "71.234" }))).await,
            (422, "bad_amount".into(), json!("/foreign/rate")));
        s.post(&deposit, dollars(json!({}))).await;

        for (currency, body, expected) in [
            ("USD", json!({ "rate": "8.95" }), (422, "bad_amount", "/rate")),
            ("USD", json!({ "rate": "0" }), (422, "bad_amount", "/rate")),
            ("USD", json!({ "rate": "7", "valid_from": "2026-10-02" }), (422, "bad_dates", "/valid_from")),
        ] {
            let (status, code, at) = refusal(&s, Method::PUT, &rates(currency), body).await;
            assert_eq!((status, code.as_str(), at), (expected.0, expected.1, json!(expected.2)));
        }
        let (status, answer) = put(&s, &rates("CNY"), json!({ "rate": "1" })).await;
        assert_eq!((status.as_u16(), &answer["code"]), (422, &json!("wrong_currency")));
        set(&s, &rates("USD"), json!({ "rate": "8.95", "confirm": true })).await;
        let listed = s.get(&format!("{HOUSE}/exchange-rates")).await;
        let now: Vec<&str> = listed.as_array().unwrap().iter().map(|rate| rate["rate"].as_str().unwrap()).collect();
        assert_eq!(now, ["0.0475", "8.95"]);
        // The rate of tomorrow holds when tomorrow comes.
        s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await;
        assert_eq!(paid(dollars(json!({}))).await, (-72_00, "7.2".into()));
        let history = s.get(&rates("USD")).await;
        let dates: Vec<&str> = history.as_array().unwrap().iter().map(|rate| rate["valid_from"].as_str().unwrap()).collect();
        assert_eq!(dates, ["2026-10-04", "2026-10-03"]);
        assert_eq!(s.send(Method::GET, &rates("EUR"), None, &[]).await.0, StatusCode::NOT_FOUND);
        assert_eq!(s.send(Method::GET, &rates("nonsense"), None, &[]).await.0, StatusCode::NOT_FOUND);
    }

    async fn a_price_with_tax_is_split_to_the_last_fen(db: TestDb) {
        let s = Server::new(db).await;
        let code = json!({ "name": "晚餐", "name_en": "Dinner", "group": "food", "kind": "revenue", "tax": 600,
            "includes_tax": true });
        let made = set(&s, &format!("{HOUSE}/transaction-codes/DINE"), code).await;
        assert_eq!(made["includes_tax"], true);
        let visit = arrived(&s).await;
        let charges = format!("/api/v1/visits/{visit}/charges");
        let bill = async || s.get(&format!("/api/v1/visits/{visit}")).await["consumption"].clone();
        let mut balance = bill().await["balance"].as_i64().unwrap();
        for (body, net, tax) in [
            (json!({ "code": "DINE", "amount": 106_00 }), 100_00, 6_00),
            (json!({ "code": "DINE", "amount": 100_00, "quantity": 3 }), 283_02, 16_98),
            (json!({ "code": "DINE", "amount": 1 }), 1, 0),
            (json!({ "code": "DINE", "amount": 9 }), 8, 1),
            (json!({ "code": "DINE", "amount": 100_00, "includes_tax": false }), 100_00, 6_00),
            (json!({ "code": "MINI", "amount": 106_00, "includes_tax": true }), 100_00, 6_00),
        ] {
            s.post(&charges, body.clone()).await;
            let now = bill().await;
            let lines = now["postings"].as_array().unwrap();
            let charge = lines.iter().rfind(|line| line["code"] == body["code"]).unwrap();
            let with = lines.iter().find(|line| line["belongs_to"] == charge["id"]);
            let taxed = with.map_or(0, |line| line["amount"].as_i64().unwrap());
            assert_eq!((charge["amount"].as_i64().unwrap(), taxed), (net, tax), "{body}");
            assert_eq!(now["balance"].as_i64().unwrap(), balance + net + tax);
            balance += net + tax;
        }
        // A correction says the price as the code does.
        s.post(&charges, json!({ "code": "DINE", "amount": 50_00 })).await;
        let line = last_line(&s, &visit, "DINE").await;
        let corrected = json!({ "posting_id": line, "amount": 53_00 });
        s.post(&format!("/api/v1/visits/{visit}/corrections"), corrected).await;
        assert_eq!(bill().await["balance"].as_i64().unwrap(), balance + 53_00);
        assert_balanced(&s.get(&format!("{HOUSE}/ledgers")).await);
        // What is not given stays.
        let kept = set(&s, &format!("{HOUSE}/transaction-codes/DINE"), json!({ "name": "晚宴" })).await;
        assert_eq!((&kept["includes_tax"], &kept["tax"]), (&json!(true), &json!(600)));
    }
}
