//! What companies owe: transfers, invoices, payments and what they are for, over HTTP on both engines.

use crate::common::{
    Server,
    money::{ClosedDays, assert_money_is_somewhere},
};
use axum::http::Method;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";
const ACME: &str = "/api/v1/properties/SH01/city-accounts/ACME";

async fn account(s: &Server, code: &str, limit: i64) {
    let path = format!("{HOUSE}/city-accounts/{code}");
    let body = json!({ "name": "Acme (invented)", "credit_limit": limit });
    assert!(s.send(Method::PUT, &path, Some(body), &[]).await.0.is_success());
}

async fn audit(s: &Server) {
    s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await;
}

fn at(visit: &str, what: &str) -> String {
    format!("/api/v1/visits/{visit}/{what}")
}

/// Charges so much for damages, which are under no tax, and moves it to the company.
async fn owes(s: &Server, visit: &str, amount: i64, more: Value) {
    s.post(&at(visit, "charges"), json!({ "code": "DMG", "amount": amount })).await;
    let mut body = json!({ "account": "ACME", "window": 1 });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    s.post(&at(visit, "city-ledger"), body).await;
}

/// A payment of the company; answers its id.
async fn pays(s: &Server, amount: i64) -> Value {
    s.post(&format!("{ACME}/payments"), json!({ "amount": amount, "reference": "PAY-1", "code": "BANK" }))
        .await;
    s.get(ACME).await["entries"][0]["id"].clone()
}

/// What of each movement is open, in order.
async fn open(s: &Server) -> Vec<i64> {
    let view = s.get(ACME).await;
    view["entries"].as_array().unwrap().iter().rev().filter_map(|entry| entry["open"].as_i64()).collect()
}

/// Owed by age, on account, balance.
async fn aged(s: &Server) -> Vec<i64> {
    let view = s.get(&format!("{HOUSE}/city-ageing")).await;
    let of = view.as_array().unwrap().iter().find(|of| of["account"] == "ACME").unwrap();
    let number = |field: &&str| of[*field].as_i64().unwrap();
    ["to_30", "to_60", "to_90", "over_90", "on_account", "balance"].iter().map(number).collect()
}

both_engines! {
    async fn a_payment_is_for_what_is_owed_and_both_can_be_taken_back(db: TestDb) {
        let s = Server::new(db).await;
        account(&s, "ACME", 10_000_00).await;
        account(&s, "BETA", 10_000_00).await;
        let visit = s.book("DBL", "2026-10-03", "2026-12-20").await;
        s.post(&at(&visit, "check-in"), json!({})).await;
        s.post(&at(&visit, "charges"), json!({ "code": "DMG", "amount": 100_00, "window": 2 })).await;
        let invoice = s.post(&at(&visit, "invoices"), json!({ "window": 2 })).await;
        let named = json!({ "series": invoice["series"], "number": invoice["number"] });
        // The invoice is of the other window.
        s.post(&at(&visit, "charges"), json!({ "code": "DMG", "amount": 1_00 })).await;
        let wrong = json!({ "account": "ACME", "window": 1, "invoice": named });
        assert_eq!(s.refused(&at(&visit, "city-ledger"), wrong).await, (404, "not_found".into()));
        s.post(&at(&visit, "city-ledger"), json!({ "account": "ACME", "window": 2, "invoice": named })).await;
        s.post(&at(&visit, "city-ledger"), json!({ "account": "ACME", "window": 1 })).await;
        assert_eq!(open(&s).await, [100_00, 1_00]);

        let first = pays(&s, 130_00).await;
        assert_eq!(aged(&s).await, [101_00, 0, 0, 0, 130_00, -29_00]);
        let allocations = format!("{ACME}/allocations");
        for (body, expected) in [
            (json!({ "payment_id": first, "to": [{ "invoice": named, "amount": 100_01 }] }), (422, "bad_amount")),
            (json!({ "payment_id": first, "to": [{ "amount": 1 }] }), (422, "invalid")),
            (json!({ "payment_id": first, "to": [] }), (422, "invalid")),
            (json!({ "payment_id": first, "to": [{ "id": first }] }), (404, "not_found")),
            (json!({ "payment_id": first, "to": [{ "invoice": { "series": "INV", "number": 9 } }] }), (404, "not_found")),
            (json!({ "payment_id": first, "to": [{ "invoice": named }, { "invoice": named }] }), (422, "invalid")),
            (json!({ "payment_id": "01920000-0000-7000-8000-000000000000" }), (404, "not_found")),
        ] {
            let refused = s.refused(&allocations, body.clone()).await;
            assert_eq!((refused.0, refused.1.as_str()), expected, "{body}");
        }
        let other = format!("{HOUSE}/city-accounts/BETA/allocations");
        assert_eq!(s.refused(&other, json!({ "payment_id": first })).await, (404, "not_found".into()));
        let made = s.post(&allocations, json!({ "payment_id": first, "to": [{ "invoice": named, "amount": 40_00 }] })).await;
        assert_eq!(made[0]["amount"], 40_00);
        assert_eq!(open(&s).await, [60_00, 1_00, -90_00]);
        // Without a word: the oldest first, as far as it goes.
        let rest = s.post(&allocations, json!({ "payment_id": first })).await;
        assert_eq!(rest.as_array().unwrap().iter().map(|one| one["amount"].as_i64().unwrap()).collect::<Vec<_>>(), [60_00, 1_00]);
        assert_eq!(open(&s).await, [0, 0, -29_00]);
        assert_eq!(s.refused(&allocations, json!({ "payment_id": first })).await, (409, "wrong_state".into()));

        let undo = format!("{allocations}/reverse");
        let id = json!({ "allocation_id": made[0]["id"], "reason": "核销错误" });
        s.post(&undo, id.clone()).await;
        assert_eq!(open(&s).await, [40_00, 0, -69_00]);
        assert_eq!(s.refused(&undo, id).await, (409, "already_reversed".into()));
        let back = s.get(ACME).await["allocations"][0].clone();
        assert_eq!((&back["amount"], &back["reverses"]), (&json!(-40_00), &made[0]["id"]));
        assert_eq!(s.refused(&undo, json!({ "allocation_id": back["id"] })).await, (409, "already_reversed".into()));

        // The payment bounces on a later day: what it was for is owed again, from the day on which it was.
        audit(&s).await;
        let bounce = format!("{ACME}/payments/reverse");
        assert_eq!(s.refused(&bounce, json!({ "payment_id": first })).await, (422, "invalid".into()));
        s.post(&bounce, json!({ "payment_id": first, "reason": "银行退票" })).await;
        assert_eq!(open(&s).await, [100_00, 1_00, 0]);
        assert_eq!(aged(&s).await, [101_00, 0, 0, 0, 0, 101_00]);
        assert_eq!(s.refused(&bounce, json!({ "payment_id": first, "reason": "x" })).await, (409, "already_reversed".into()));
        assert_eq!(s.refused(&allocations, json!({ "payment_id": first })).await, (409, "already_reversed".into()));
        let back = s.get(ACME).await["entries"][0].clone();
        assert_eq!((&back["amount"], &back["reverses"], &back["business_date"]), (&json!(130_00), &first, &json!("2026-10-04")));
        assert_eq!(s.refused(&bounce, json!({ "payment_id": back["id"], "reason": "x" })).await, (404, "not_found".into()));

        // A transfer that is taken back on the bill frees what was paid of it.
        let second = pays(&s, 101_00).await;
        s.post(&allocations, json!({ "payment_id": second })).await;
        assert_eq!(open(&s).await, [0, 0, 0, 0]);
        let view = s.get(&format!("/api/v1/visits/{visit}")).await;
        let lines = view["consumption"]["postings"].as_array().unwrap();
        let line = lines.iter().find(|line| line["code"] == "CITY").unwrap()["id"].clone();
        s.post(&at(&visit, "reversals"), json!({ "posting_id": line })).await;
        assert_eq!(open(&s).await, [0, 0, 0, -100_00]);
        assert_eq!(aged(&s).await, [0, 0, 0, 0, 100_00, -100_00]);
        let visits = [visit];
        assert_money_is_somewhere(&s, "SH01", &visits, &["ACME", "BETA"], &mut ClosedDays::default()).await;
        // Each on its business date, and every currency of it somewhere.
        audit(&s).await;
        assert_money_is_somewhere(&s, "SH01", &visits, &["ACME", "BETA"], &mut ClosedDays::default()).await;
    }

    async fn what_is_owed_ages_by_business_date(db: TestDb) {
        let s = Server::new(db).await;
        account(&s, "ACME", 10_000_00).await;
        let visit = s.book("DBL", "2026-10-03", "2026-10-04").await;
        s.post(&at(&visit, "check-in"), json!({})).await;
        owes(&s, &visit, 1_00, json!({})).await;
        for _ in 0..31 {
            audit(&s).await;
        }
        owes(&s, &visit, 2_00, json!({ "amount": 2_00 })).await;
        assert_eq!(aged(&s).await, [2_00, 1_00, 0, 0, 0, 3_00]);
        let paid = pays(&s, 50).await;
        s.post(&format!("{ACME}/allocations"), json!({ "payment_id": paid })).await;
        assert_eq!(aged(&s).await, [2_00, 50, 0, 0, 0, 2_50]);
    }

    async fn two_who_allocate_one_payment_at_once_use_it_once(db: TestDb) {
        let s = Server::new(db).await;
        account(&s, "ACME", 10_000_00).await;
        let visit = s.book("DBL", "2026-10-03", "2026-10-05").await;
        s.post(&at(&visit, "check-in"), json!({})).await;
        owes(&s, &visit, 100_00, json!({})).await;
        let payment = pays(&s, 60_00).await;
        let body = || Some(json!({ "payment_id": payment }));
        let path = format!("{ACME}/allocations");
        let (one, other) = tokio::join!(s.send(Method::POST, &path, body(), &[]), s.send(Method::POST, &path, body(), &[]));
        let done = [&one, &other].iter().filter(|answer| answer.0.is_success()).count();
        assert_eq!(done, 1, "{one:?} {other:?}");
        assert_eq!(open(&s).await, [40_00, 0]);
    }
}
