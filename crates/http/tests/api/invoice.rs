//! Invoices in the situations of a hotel, over HTTP on both engines.

use crate::common::{Server, booking, digits, money::assert_balanced};
use axum::http::Method;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

async fn set(s: &Server, path: &str, body: Value) -> Value {
    let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

async fn audit(s: &Server) {
    s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await;
}

/// A guest in house whose first night (300.00, 30.00 fee, 19.80 tax) was charged.
async fn charged(s: &Server) -> String {
    set(
        s,
        &format!("{HOUSE}/billing"),
        json!({ "title": "合符酒店管理有限公司", "tax_id": "91310000MA1HEFU00X" }),
    )
    .await;
    let number = s.book("DBL", "2026-10-03", "2026-10-06").await;
    s.post(&format!("/api/v1/visits/{number}/check-in"), json!({})).await;
    audit(s).await;
    number
}

fn at(visit: &str, what: &str) -> String {
    format!("/api/v1/visits/{visit}/{what}")
}

/// The ids of the lines of a code that are charges.
async fn lines(s: &Server, visit: &str, code: &str) -> Vec<Value> {
    let view = s.get(&format!("/api/v1/visits/{visit}")).await;
    let lines = view["consumption"]["postings"].as_array().unwrap().iter();
    lines
        .filter(|line| line["code"] == code && line["reverses"].is_null() && line["belongs_to"].is_null())
        .map(|line| line["id"].clone())
        .collect()
}

async fn shown(s: &Server, invoice: &Value) -> Value {
    let (series, number) = (invoice["series"].as_str().unwrap(), &invoice["number"]);
    s.get(&format!("{HOUSE}/invoices/{series}/{number}")).await
}

/// Number, net and tax.
fn sums(invoice: &Value) -> (i64, i64, i64) {
    let number = |field: &str| invoice[field].as_i64().unwrap();
    (number("number"), number("net"), number("tax"))
}

/// Code, tax rate, net and tax of the lines.
fn told(view: &Value) -> Vec<(String, i64, i64, i64)> {
    let lines = view["lines"].as_array().unwrap().iter();
    lines
        .map(|line| {
            let number = |field: &str| line[field].as_i64().unwrap();
            (line["code"].as_str().unwrap().to_owned(), number("tax_rate"), number("net"), number("tax"))
        })
        .collect()
}

/// What is to be invoiced and what is to be credited, with tax.
async fn open(s: &Server, visit: &str) -> (i64, i64) {
    let view = s.get(&at(visit, "invoices")).await;
    let totals: Vec<i64> = view["open"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["net"].as_i64().unwrap() + line["tax"].as_i64().unwrap())
        .collect();
    (totals.iter().filter(|total| **total > 0).sum(), totals.iter().filter(|total| **total < 0).sum())
}

fn line(code: &str, rate: i64, net: i64, tax: i64) -> (String, i64, i64, i64) {
    (code.to_owned(), rate, net, tax)
}

both_engines! {
    async fn an_invoice_says_who_sells_who_buys_and_the_tax_and_stays_as_it_is(db: TestDb) {
        let s = Server::new(db).await;
        let visit = charged(&s).await;
        s.post(&at(&visit, "charges"), json!({ "code": "DMG", "amount": 50_00 })).await;
        s.post(&at(&visit, "payments"), json!({ "code": "CASH", "amount": 10_00 })).await;
        assert_eq!(open(&s, &visit).await, (349_80 + 50_00, 0));
        let invoices = at(&visit, "invoices");
        let invoice = s.post(&invoices, json!({ "window": 1 })).await;
        assert_eq!(sums(&invoice), (1, 380_00, 19_80));
        let view = shown(&s, &invoice).await;
        assert_eq!(told(&view), [line("ROOM", 600, 300_00, 18_00), line("SVC", 600, 30_00, 1_80), line("DMG", 0, 50_00, 0)]);
        assert_eq!(view["taxes"], json!([
            { "rate": 0, "net": 50_00, "tax": 0 }, { "rate": 600, "net": 330_00, "tax": 19_80 }]));
        assert_eq!((&view["buyer"]["title"], &view["seller"]["tax_id"]), (&json!("张伟"), &json!("91310000MA1HEFU00X")));
        assert_eq!((&view["kind"], &view["business_date"], &view["copies"]), (&json!("invoice"), &json!("2026-10-04"), &json!(0)));
        assert_eq!(view["lines"][0]["date"], "2026-10-03");
        assert_eq!(open(&s, &visit).await, (0, 0));
        assert_eq!(s.refused(&invoices, json!({ "window": 1 })).await, (409, "wrong_state".into()));

        // What becomes of names, codes and taxes later is not on it.
        set(&s, &format!("{HOUSE}/billing"), json!({ "title": "另一家公司", "tax_id": "" })).await;
        set(&s, &format!("{HOUSE}/transaction-codes/DMG"), json!({ "name": "别的", "tax": 1_300 })).await;
        set(&s, &format!("{HOUSE}/rate-plans/BAR"), json!({ "tax": 900 })).await;
        s.post(&at(&visit, "window"), json!({ "window": 1, "company": "Acme (invented)" })).await;
        audit(&s).await;
        assert_eq!(shown(&s, &invoice).await, view);
        let copies = format!("{HOUSE}/invoices/INV/1/copies");
        assert_eq!(s.post(&copies, json!({})).await["copy"], 1);
        assert_eq!(s.post(&copies, json!({})).await["copy"], 2);
        let mut copied = shown(&s, &invoice).await;
        assert_eq!(copied["copies"], 2);
        copied["copies"] = json!(0);
        assert_eq!(copied, view);

        // The next one is of what came since, for who pays now, under the tax that was agreed.
        let next = s.post(&invoices, json!({ "window": 1 })).await;
        let view = shown(&s, &next).await;
        assert_eq!((sums(&next), &view["buyer"]["title"]), ((2, 330_00, 19_80), &json!("Acme (invented)")));
        assert_eq!(told(&view)[0], line("ROOM", 600, 300_00, 18_00));
        let listed = s.get(&format!("{HOUSE}/invoices")).await;
        assert_eq!(listed.as_array().unwrap().len(), 2);
        assert_eq!(listed[0], next);
        for (path, status) in [("invoices/INV/9", 404), ("invoices/XX/1", 404), ("invoices/INV/x", 404)] {
            let (answered, _) = s.send(Method::GET, &format!("{HOUSE}/{path}"), None, &[]).await;
            assert_eq!(answered.as_u16(), status, "{path}");
        }
        assert_balanced(&s.get(&format!("{HOUSE}/ledgers")).await);
    }

    async fn a_line_is_invoiced_once_also_by_lines_and_by_amounts(db: TestDb) {
        let s = Server::new(db).await;
        let visit = charged(&s).await;
        for amount in [33_33, 1, 77_77] {
            s.post(&at(&visit, "charges"), json!({ "code": "MINI", "amount": amount })).await;
        }
        s.post(&at(&visit, "charges"), json!({ "code": "LAUN", "amount": 20_00, "window": 2 })).await;
        let (all, _) = open(&s, &visit).await;
        let invoices = at(&visit, "invoices");
        let room = lines(&s, &visit, "ROOM").await;
        let company = json!({ "title": "示例商贸有限公司", "tax_id": "91310000MA1DEMO00X", "bank": "示例银行" });
        // The company gets the room, in two parts; with it goes its fee.
        let first = s.post(&invoices, json!({ "window": 1, "posting_ids": room, "amount": 100_00, "buyer": company })).await;
        assert_eq!(first["total"], 100_00);
        let view = shown(&s, &first).await;
        assert_eq!(told(&view).iter().map(|line| line.0.as_str()).collect::<Vec<_>>(), ["ROOM", "SVC"]);
        assert_eq!((&view["buyer"]["bank"], &view["buyer"]["tax_id"]), (&json!("示例银行"), &json!("91310000MA1DEMO00X")));
        let second = s.post(&invoices, json!({ "window": 1, "posting_ids": room, "buyer": company })).await;
        let both = (sums(&first), sums(&second));
        assert_eq!((both.0.1 + both.1.1, both.0.2 + both.1.2), (330_00, 19_80));
        assert_eq!(s.refused(&invoices, json!({ "window": 1, "posting_ids": room })).await, (409, "wrong_state".into()));
        // The rest in small pieces: to the last fen, and no more than there is.
        let (left, _) = open(&s, &visit).await;
        assert_eq!(left, all - 349_80);
        let mut got = 0;
        for amount in [1, 7, 50_00, 33_33] {
            got += s.post(&invoices, json!({ "window": 1, "amount": amount })).await["total"].as_i64().unwrap();
        }
        assert_eq!(got, 1 + 7 + 50_00 + 33_33);
        let of_two = 20_00 + 1_20;
        assert_eq!(s.refused(&invoices, json!({ "window": 1, "amount": left - got - of_two + 1 })).await, (422, "bad_amount".into()));
        s.post(&invoices, json!({ "window": 1 })).await;
        s.post(&invoices, json!({ "window": 2 })).await;
        assert_eq!(open(&s, &visit).await, (0, 0));
        let known = s.get(&invoices).await;
        let numbers: Vec<i64> = known["invoices"].as_array().unwrap().iter().map(|one| sums(one).0).collect();
        assert_eq!(numbers, (1..=8).collect::<Vec<_>>(), "without a gap, also after refusals");
        let net: i64 = known["invoices"].as_array().unwrap().iter().map(|one| sums(one).1).sum();
        let total: i64 = known["invoices"].as_array().unwrap().iter().map(|one| one["total"].as_i64().unwrap()).sum();
        assert_eq!((total, net), (all, 330_00 + 33_33 + 1 + 77_77 + 20_00));
        for (body, code) in [
            (json!({ "window": 9 }), "invalid"),
            (json!({ "window": 3 }), "wrong_state"),
            (json!({ "window": 1, "posting_ids": [] }), "invalid"),
            (json!({ "window": 1, "posting_ids": ["01920000-0000-7000-8000-000000000000"] }), "not_found"),
            (json!({ "window": 1, "series": "a b" }), "invalid"),
            (json!({ "window": 1, "buyer": { "title": "" } }), "invalid"),
            (json!({ "window": 1, "buyer": { "title": "x", "address": "x".repeat(121) } }), "invalid"),
        ] {
            assert_eq!(s.refused(&invoices, body.clone()).await.1, code, "{body}");
        }
    }

    async fn after_the_invoice_a_correction_is_credited_by_name(db: TestDb) {
        let s = Server::new(db).await;
        let visit = charged(&s).await;
        s.post(&at(&visit, "charges"), json!({ "code": "MINI", "amount": 100_00 })).await;
        let invoices = at(&visit, "invoices");
        let invoice = s.post(&invoices, json!({ "window": 1 })).await;
        assert_eq!(sums(&invoice), (1, 430_00, 25_80));
        let view = shown(&s, &invoice).await;
        // A part of the minibar is credited on the bill, and the night was too dear: the invoice stays, and says too much.
        let mini = lines(&s, &visit, "MINI").await.remove(0);
        s.post(&at(&visit, "allowances"), json!({ "posting_id": mini, "amount": 40_00 })).await;
        let room = lines(&s, &visit, "ROOM").await.remove(0);
        s.post(&at(&visit, "corrections"), json!({ "posting_id": room, "amount": 200_00 })).await;
        assert_eq!(open(&s, &visit).await, (233_20, -(42_40 + 349_80)));
        assert_eq!(shown(&s, &invoice).await, view);

        let credit = format!("{HOUSE}/invoices/INV/1/credit-notes");
        let minibar = view["lines"].as_array().unwrap().iter().find(|line| line["code"] == "MINI").unwrap()["line"].clone();
        assert_eq!(s.refused(&credit, json!({ "lines": [{ "line": minibar, "amount": 42_40 }] })).await.0, 422);
        let note = s.post(&credit, json!({ "lines": [{ "line": minibar, "amount": 42_40 }], "reason": "减免" })).await;
        assert_eq!((sums(&note), &note["series"], &note["kind"]), ((1, -40_00, -2_40), &json!("CN"), &json!("credit_note")));
        assert_eq!(note["corrects"], json!({ "series": "INV", "number": 1 }));
        let red = shown(&s, &note).await;
        assert_eq!(told(&red), [line("MINI", 600, -40_00, -2_40)]);
        assert_eq!((&red["buyer"], &red["seller"], &red["lines"][0]["corrects_line"]), (&view["buyer"], &view["seller"], &minibar));
        assert_eq!(open(&s, &visit).await, (233_20, -349_80));
        for (body, expected) in [
            (json!({ "reason": "x", "lines": [{ "line": minibar, "amount": 63_61 }] }), "bad_amount"),
            (json!({ "reason": "x", "lines": [{ "line": 99 }] }), "not_found"),
            (json!({ "reason": "x", "lines": [{ "line": minibar }, { "line": minibar }] }), "invalid"),
            (json!({ "reason": "x", "lines": [] }), "wrong_state"),
        ] {
            assert_eq!(s.refused(&credit, body.clone()).await.1, expected, "{body}");
        }
        // All that is left of it is taken back; then what stands is invoiced anew.
        let rest = s.post(&credit, json!({ "reason": "房价有误" })).await;
        assert_eq!(sums(&rest), (2, -390_00, -23_40));
        assert_eq!(s.refused(&credit, json!({ "reason": "x" })).await, (409, "wrong_state".into()));
        assert_eq!(s.refused(&format!("{HOUSE}/invoices/CN/1/credit-notes"), json!({ "reason": "x" })).await, (409, "wrong_state".into()));
        assert_eq!(open(&s, &visit).await, (233_20 + 63_60, 0));
        let anew = s.post(&invoices, json!({ "window": 1 })).await;
        assert_eq!(sums(&anew), (2, 280_00, 16_80));
        let now = shown(&s, &invoice).await;
        assert_eq!(now["credited_by"], json!([{ "series": "CN", "number": 1 }, { "series": "CN", "number": 2 }]));
        assert_eq!(now["lines"], view["lines"]);

        // Also after everybody has left and the day was closed.
        let balance = s.get(&format!("/api/v1/visits/{visit}")).await["consumption"]["balance"].as_i64().unwrap();
        s.post(&at(&visit, "payments"), json!({ "code": "CARD", "amount": balance })).await;
        s.post(&at(&visit, "check-out"), json!({ "allow_balance": true })).await;
        audit(&s).await;
        let credited = s.post(&format!("{HOUSE}/invoices/INV/2/credit-notes"), json!({ "reason": "抬头有误" })).await;
        assert_eq!((sums(&credited), &credited["business_date"]), ((3, -280_00, -16_80), &json!("2026-10-05")));
        assert_balanced(&s.get(&format!("{HOUSE}/ledgers")).await);
    }

    async fn two_who_invoice_at_once_get_two_numbers_and_no_line_twice(db: TestDb) {
        let s = Server::new(db).await;
        let one = charged(&s).await;
        let other = digits(&s.post("/api/v1/reservations", booking("DBL", "2026-10-04", "2026-10-06")).await);
        s.post(&at(&other, "check-in"), json!({ "accept_early": true })).await;
        for amount in [10_00, 20_00] {
            s.post(&at(&other, "charges"), json!({ "code": "MINI", "amount": amount })).await;
        }
        let (first, second) = (at(&one, "invoices"), at(&other, "invoices"));
        let body = || Some(json!({ "window": 1 }));
        let (a, b, c) = tokio::join!(
            s.send(Method::POST, &first, body(), &[]),
            s.send(Method::POST, &second, body(), &[]),
            s.send(Method::POST, &second, body(), &[])
        );
        let mut numbers: Vec<i64> =
            [&a, &b, &c].iter().filter(|one| one.0.is_success()).map(|one| sums(&one.1).0).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2], "{a:?} {b:?} {c:?}");
        assert_eq!((open(&s, &one).await, open(&s, &other).await), ((0, 0), (0, 0)));
    }
}
