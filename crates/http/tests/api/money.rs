//! Money in the situations of a hotel, over HTTP on both engines. Each test is named after its cell: moment, money, correction.

use crate::common::{
    Server, booking, digits,
    money::{ClosedDays, assert_balanced, assert_money_is_somewhere, assert_shown_is_billed, of_ledger},
};
use axum::http::{Method, StatusCode};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

pub(crate) const HOUSE: &str = "/api/v1/properties/SH01";

/// A visit of the test and its paths.
pub(crate) struct Visit<'s> {
    pub(crate) s: &'s Server,
    pub(crate) number: String,
}

impl Visit<'_> {
    pub(crate) fn at(&self, what: &str) -> String {
        format!("/api/v1/visits/{}/{what}", self.number)
    }

    pub(crate) async fn does(&self, what: &str, body: Value) -> Value {
        self.s.post(&self.at(what), body).await
    }

    pub(crate) async fn refused(&self, what: &str, body: Value) -> (u16, String) {
        self.s.refused(&self.at(what), body).await
    }

    pub(crate) async fn view(&self) -> Value {
        self.s.get(&format!("/api/v1/visits/{}", self.number)).await
    }

    pub(crate) async fn bill(&self) -> Value {
        self.view().await["consumption"].clone()
    }

    async fn balance(&self) -> i64 {
        self.bill().await["balance"].as_i64().unwrap()
    }

    /// The id of the last line of a code.
    async fn line(&self, code: &str) -> Value {
        let bill = self.bill().await;
        let lines = bill["postings"].as_array().unwrap();
        lines.iter().rfind(|line| line["code"] == code).unwrap()["id"].clone()
    }

    /// Code, amount and date of every line.
    pub(crate) async fn lines(&self) -> Vec<(String, i64, String)> {
        let bill = self.bill().await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let lines = bill["postings"].as_array().unwrap().iter();
        lines
            .map(|line| (text(&line["code"]), line["amount"].as_i64().unwrap(), text(&line["business_date"])))
            .collect()
    }

    pub(crate) async fn windows(&self) -> Vec<(i64, String)> {
        let bill = self.bill().await;
        let folios = bill["folios"].as_array().unwrap().iter();
        folios
            .map(|folio| (folio["balance"].as_i64().unwrap(), folio["state"].as_str().unwrap().to_owned()))
            .collect()
    }
}

pub(crate) async fn book<'s>(
    s: &'s Server,
    room_type: &str,
    arrival: &str,
    departure: &str,
    more: Value,
) -> Visit<'s> {
    let mut body = booking(room_type, arrival, departure);
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    Visit { s, number: digits(&s.post("/api/v1/reservations", body).await) }
}

pub(crate) async fn audit(s: &Server) -> Value {
    s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await
}

pub(crate) async fn put(s: &Server, path: &str, body: Value) {
    let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
}

pub(crate) async fn today(s: &Server) -> Value {
    s.get(&format!("{HOUSE}/ledgers")).await
}

/// Debit less credit of the open date by method and currency of payments.
fn payments(day: &Value) -> Vec<(String, String, i64, i64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = day["ledgers"].as_array().unwrap().iter().filter(|row| row["ledger"] == "payment");
    rows.map(|row| {
        let moved = row["debit"].as_i64().unwrap() - row["credit"].as_i64().unwrap();
        (text(&row["account"]), text(&row["currency"]), moved, row["in_currency"].as_i64().unwrap())
    })
    .collect()
}

/// A guest of the suite for one night who left after paying 932.80 and 106.00 for laundry, and whose day was closed.
pub(crate) async fn departed<'s>(s: &'s Server) -> Visit<'s> {
    let visit = book(s, "STE", "2026-10-03", "2026-10-04", json!({})).await;
    visit.does("check-in", json!({})).await;
    visit.does("charges", json!({ "code": "LAUN", "amount": 100_00 })).await;
    audit(s).await;
    visit.does("payments", json!({ "code": "CARD", "amount": 1_038_80 })).await;
    visit.does("check-out", json!({})).await;
    audit(s).await;
    assert_eq!(visit.windows().await, [(0, "closed".into())]);
    visit
}

both_engines! {
    async fn checked_out_and_day_closed_a_line_is_reversed_and_the_money_given_back_today(db: TestDb) {
        let s = Server::new(db).await;
        let visit = departed(&s).await;
        let laundry = visit.line("LAUN").await;
        visit.does("reversals", json!({ "posting_id": laundry, "reason": "not his" })).await;
        assert_eq!(visit.windows().await, [(-106_00, "open".into())]);
        let owed = s.get(&format!("{HOUSE}/unsettled")).await;
        assert_eq!((owed[0]["balance"].as_i64(), owed[0]["window"].as_i64()), (Some(-106_00), Some(1)));
        visit.does("refunds", json!({ "code": "CARD", "amount": 106_00 })).await;
        assert_eq!(visit.windows().await, [(0, "closed".into())]);
        assert_eq!(s.get(&format!("{HOUSE}/unsettled")).await, json!([]));
        let lines = visit.lines().await;
        let of_today: Vec<_> = lines.iter().filter(|line| line.2 == "2026-10-05").map(|line| (line.0.as_str(), line.1)).collect();
        assert_eq!(of_today, [("LAUN", -100_00), ("TAX", -6_00), ("CARD", 106_00)]);
        assert_money_is_somewhere(&s, "SH01", std::slice::from_ref(&visit.number), &[], &mut ClosedDays::default()).await;
    }

    async fn checked_out_and_day_closed_a_late_charge_is_paid_by_somebody_else(db: TestDb) {
        let s = Server::new(db).await;
        put(&s, &format!("{HOUSE}/city-accounts/ACME"), json!({ "name": "Acme (invented)", "credit_limit": 1_000_00 })).await;
        let visit = departed(&s).await;
        visit.does("charges", json!({ "code": "MINI", "amount": 50_00 })).await;
        assert_eq!(visit.windows().await, [(53_00, "open".into())]);
        let mini = visit.line("MINI").await;
        visit.does("window", json!({ "window": 2, "company": "Acme (invented)" })).await;
        visit.does("transfers", json!({ "posting_ids": [mini], "to_window": 2 })).await;
        assert_eq!(visit.windows().await, [(0, "closed".into()), (53_00, "open".into())]);
        visit.does("city-ledger", json!({ "account": "ACME", "window": 2 })).await;
        assert_eq!(visit.windows().await, [(0, "closed".into()), (0, "closed".into())]);
        // The payer of a closed window changes without opening it.
        let guest = visit.view().await["guest"]["id"].clone();
        visit.does("window", json!({ "window": 2, "guest": guest })).await;
        assert_eq!(visit.windows().await[1].1, "closed");
        s.post(&format!("{HOUSE}/city-accounts/ACME/payments"), json!({ "amount": 20_00, "reference": "INV-1", "code": "BANK" })).await;
        assert_money_is_somewhere(&s, "SH01", std::slice::from_ref(&visit.number), &["ACME"], &mut ClosedDays::default()).await;
        let day = today(&s).await;
        assert_eq!((of_ledger(&day, "city", "closing"), of_ledger(&day, "revenue", "credit")), (33_00, 50_00));
        assert_eq!(payments(&day), [("BANK".into(), "CNY".into(), 20_00, 20_00)]);
    }

    async fn checked_out_and_day_closed_a_room_is_corrected_to_another_price_with_fee_and_tax(db: TestDb) {
        let s = Server::new(db).await;
        let visit = departed(&s).await;
        let room = visit.line("ROOM").await;
        visit.does("corrections", json!({ "posting_id": room, "amount": 300_00, "reason": "promised at the desk" })).await;
        // 932.80 (800.00, 80.00 fee, 52.80 tax) came down to 349.80 (300.00, 30.00 fee, 19.80 tax).
        assert_eq!(visit.balance().await, 349_80 - 932_80);
        let bill = visit.bill().await;
        let new: Vec<&Value> = bill["postings"].as_array().unwrap().iter()
            .filter(|line| line["business_date"] == "2026-10-05" && line["reverses"].is_null()).collect();
        let shown: Vec<_> = new.iter().map(|line| (line["code"].as_str().unwrap(), line["amount"].as_i64().unwrap())).collect();
        assert_eq!(shown, [("ROOM", 300_00), ("SVC", 30_00), ("TAX", 19_80)]);
        assert_eq!((&new[0]["corrects"], &new[0]["night"]), (&room, &json!("2026-10-03")));
        // A second time, and by reversal of the corrected line.
        let again = visit.line("ROOM").await;
        assert_eq!(visit.refused("corrections", json!({ "posting_id": room, "amount": 1 })).await.1, "already_reversed");
        visit.does("corrections", json!({ "posting_id": again, "amount": 320_00 })).await;
        let last = visit.line("ROOM").await;
        visit.does("reversals", json!({ "posting_id": last })).await;
        assert_eq!(visit.balance().await, -932_80);
        // What came with a charge is not corrected by itself.
        let tax = visit.line("TAX").await;
        assert_eq!(visit.refused("corrections", json!({ "posting_id": tax, "amount": 1 })).await.0, 409);
        assert_money_is_somewhere(&s, "SH01", std::slice::from_ref(&visit.number), &[], &mut ClosedDays::default()).await;
    }

    async fn checked_out_and_day_closed_allowances_follow_with_fee_and_tax_and_end_as_a_reversal(db: TestDb) {
        let s = Server::new(db).await;
        let visit = departed(&s).await;
        let room = visit.line("ROOM").await;
        let allow = |body: Value| {
            let mut body = body;
            body["posting_id"] = room.clone();
            body
        };
        // 33.33 of 800.00 takes 3.33 of the fee and 2.20 of the tax with it.
        visit.does("allowances", allow(json!({ "amount": 33_33 }))).await;
        let lines = visit.lines().await;
        let credited: Vec<(&str, i64)> = lines[lines.len() - 3..].iter().map(|line| (line.0.as_str(), line.1)).collect();
        assert_eq!(credited, [("ROOM", -33_33), ("SVC", -3_33), ("TAX", -2_20)]);
        // All in: 100.00 of what is left.
        visit.does("allowances", allow(json!({ "total": 100_00 }))).await;
        assert_eq!(visit.balance().await, -(33_33 + 3_33 + 2_20) - 100_00);
        for body in [json!({}), json!({ "amount": 1, "total": 1 })] {
            assert_eq!(visit.refused("allowances", allow(body)).await, (422, "invalid".into()));
        }
        assert_eq!(visit.refused("allowances", allow(json!({ "total": 900_00 }))).await, (422, "bad_amount".into()));
        // The first one was a mistake: it is taken back with its fee and tax.
        let bill = visit.bill().await;
        let first = bill["postings"].as_array().unwrap().iter().find(|line| line["corrects"] == room).unwrap()["id"].clone();
        visit.does("reversals", json!({ "posting_id": first })).await;
        assert_eq!(visit.balance().await, -100_00);
        // The rest in one piece: what a reversal would have been, code by code.
        visit.does("allowances", allow(json!({ "total": 832_80 }))).await;
        let lines = visit.lines().await;
        for code in ["ROOM", "SVC"] {
            assert_eq!(lines.iter().filter(|line| line.0 == code).map(|line| line.1).sum::<i64>(), 0, "{code}");
        }
        assert_eq!(visit.balance().await, -932_80);
        assert_eq!(visit.refused("allowances", allow(json!({ "total": 1 }))).await.1, "bad_amount");
        // A charge that is reversed takes its allowances with it.
        visit.does("reversals", json!({ "posting_id": room })).await;
        assert_eq!(visit.balance().await, -932_80);
        assert_money_is_somewhere(&s, "SH01", std::slice::from_ref(&visit.number), &[], &mut ClosedDays::default()).await;
    }

    async fn in_house_a_settled_window_is_closed_and_opens_when_something_is_charged(db: TestDb) {
        let s = Server::new(db).await;
        let visit = book(&s, "DBL", "2026-10-03", "2026-10-05", json!({})).await;
        visit.does("check-in", json!({})).await;
        visit.does("charges", json!({ "code": "DMG", "amount": 10_00 })).await;
        assert_eq!(visit.refused("window/close", json!({ "window": 1 })).await, (409, "balance_due".into()));
        assert_eq!(visit.refused("window/close", json!({ "window": 2 })).await.1, "not_found");
        visit.does("payments", json!({ "code": "CASH", "amount": 10_00 })).await;
        assert_eq!(visit.windows().await, [(0, "open".into())], "somebody lives here");
        visit.does("window/close", json!({ "window": 1 })).await;
        assert_eq!(visit.windows().await, [(0, "closed".into())]);
        visit.does("window/reopen", json!({ "window": 1 })).await;
        visit.does("window/close", json!({ "window": 1 })).await;
        // The night audit is not stopped by it.
        assert_eq!(audit(&s).await["rooms_charged"], 1);
        assert_eq!(visit.windows().await, [(349_80, "open".into())]);
    }

    async fn well_before_arrival_a_deposit_is_paid_in_parts_corrected_and_applied_at_check_in(db: TestDb) {
        let s = Server::new(db).await;
        let asked = json!({ "deposits": [{ "due": "2026-10-10", "amount": 200_00 }] });
        let visit = book(&s, "DBL", "2026-10-04", "2026-10-05", asked).await;
        visit.does("deposits/pay", json!({ "instalment": 1, "code": "WECHAT", "amount": 50_00 })).await;
        let dollars = json!({ "currency": "USD", "amount": 10_00, "rate": "7.1234" });
        visit.does("deposits/pay", json!({ "instalment": 1, "code": "CASH", "foreign": dollars })).await;
        // The wrong method, and more than was asked for.
        visit.does("deposits/pay", json!({ "code": "CARD", "amount": 500_00, "reference": "slip 7" })).await;
        let view = visit.view().await;
        let entries = view["booking"]["deposit_entries"].as_array().unwrap().clone();
        let receipts: Vec<_> = entries.iter().map(|entry| entry["receipt"].as_i64().unwrap()).collect();
        assert_eq!(receipts, [1, 2, 3]);
        assert_eq!(view["booking"]["deposits"][0], json!({ "instalment": 1, "due": "2026-10-10", "amount": 200_00, "state": "due",
            "paid": 121_23, "version": 3 }));
        audit(&s).await;
        visit.does("deposits/reverse", json!({ "entry_id": entries[2]["id"], "reason": "another guest's" })).await;
        let again = visit.refused("deposits/reverse", json!({ "entry_id": entries[2]["id"] })).await;
        assert_eq!(again, (409, "already_reversed".into()));
        visit.does("deposits/pay", json!({ "instalment": 1, "code": "WECHAT" })).await;
        assert_eq!(visit.refused("deposits/pay", json!({ "instalment": 1, "code": "CARD" })).await.1, "wrong_state");
        let view = visit.view().await;
        assert_eq!((view["booking"]["deposit_held"].as_i64(), view["booking"]["deposits"][0]["state"].as_str()), (Some(200_00), Some("paid")));
        assert_eq!(view["consumption"]["paid"], 0, "it is on no bill");
        // They stand in the totals of the date on which they came.
        let first = s.get(&format!("{HOUSE}/days/2026-10-03/ledgers")).await;
        assert_eq!(payments(&first), [("CARD".into(), "CNY".into(), 500_00, 500_00), ("CASH".into(), "USD".into(), 71_23, 10_00),
            ("WECHAT".into(), "CNY".into(), 50_00, 50_00)]);
        assert_eq!(of_ledger(&first, "deposit", "closing"), -621_23);
        let day = today(&s).await;
        assert_eq!(payments(&day), [("CARD".into(), "CNY".into(), -500_00, -500_00), ("WECHAT".into(), "CNY".into(), 78_77, 78_77)]);
        // A part is given back, the rest goes to the bill when the guest comes; it is no second payment.
        visit.does("deposits/refund", json!({ "amount": 20_00 })).await;
        assert_eq!(visit.refused("deposits/refund", json!({ "amount": 180_01 })).await.1, "bad_amount");
        let state = visit.does("check-in", json!({ "accept_early": true })).await;
        assert_eq!(state["balance"], -180_00);
        let day = today(&s).await;
        assert_eq!(payments(&day).last().unwrap(), &("WECHAT".into(), "CNY".into(), 58_77, 58_77));
        assert_eq!((of_ledger(&day, "deposit", "closing"), of_ledger(&day, "guest", "closing")), (0, -180_00));
        // Moved to the bill by mistake: held again, and seen before the day is closed.
        let deposit = visit.line("DEP").await;
        visit.does("reversals", json!({ "posting_id": deposit })).await;
        let check = s.get(&format!("{HOUSE}/night-audit/check")).await;
        assert_eq!(check["deposits_held"][0]["held"], 180_00);
        visit.does("deposits/apply", json!({ "amount": 100_00, "window": 2 })).await;
        assert_eq!(visit.windows().await, [(0, "open".into()), (-100_00, "open".into())]);
        let mut closed = ClosedDays::default();
        assert_money_is_somewhere(&s, "SH01", std::slice::from_ref(&visit.number), &[], &mut closed).await;
    }

    async fn receipts_of_deposits_have_no_gap_however_many_pay_at_once(db: TestDb) {
        let s = Server::new(db).await;
        let mut visits = Vec::new();
        for _ in 0..3 {
            visits.push(book(&s, "DBL", "2026-10-04", "2026-10-05", json!({})).await);
        }
        let pay = |visit: &Visit<'_>, amount: i64| (visit.at("deposits/pay"), json!({ "code": "CASH", "amount": amount }));
        // Every fourth is refused, and takes no number with it.
        let asked: Vec<_> = (0..12).map(|i| pay(&visits[i % 3], if i % 4 == 3 { 0 } else { 10_00 })).collect();
        let answers = futures_util::future::join_all(
            asked.iter().map(|(path, body)| s.send(Method::POST, path, Some(body.clone()), &[])),
        ).await;
        assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::OK).count(), 9, "{answers:?}");
        let mut receipts = Vec::new();
        for visit in &visits {
            let view = visit.view().await;
            let entries = view["booking"]["deposit_entries"].as_array().unwrap().iter();
            receipts.extend(entries.map(|entry| entry["receipt"].as_i64().unwrap()));
        }
        receipts.sort_unstable();
        assert_eq!(receipts, (1..=9).collect::<Vec<i64>>());
    }

    async fn cancelled_within_the_deadline_a_deposit_is_forfeited_and_comes_back_when_the_booking_does(db: TestDb) {
        let s = Server::new(db).await;
        put(&s, &format!("{HOUSE}/transaction-codes/FORFEIT"),
            json!({ "name": "没收定金", "name_en": "Deposit forfeited", "group": "penalty", "kind": "revenue", "tax": 600 })).await;
        let visit = book(&s, "DBL", "2026-10-04", "2026-10-06", json!({})).await;
        visit.does("deposits/pay", json!({ "code": "CARD", "amount": 512_00 })).await;
        // One night, 300.00, within a day of arrival.
        let cancelled = visit.does("cancel", json!({ "reason": "ill" })).await;
        assert_eq!((cancelled["penalty"].as_i64(), cancelled["balance"].as_i64()), (Some(300_00), Some(300_00)));
        visit.does("deposits/forfeit", json!({})).await;
        // 300.00 against the penalty, and 212.00 more: 200.00 with 12.00 tax in it.
        let lines = visit.lines().await;
        let shown: Vec<(&str, i64)> = lines.iter().map(|line| (line.0.as_str(), line.1)).collect();
        assert_eq!(shown, [("CXL", 300_00), ("DEP", -512_00), ("FORFEIT", 200_00), ("TAX", 12_00)]);
        assert_eq!(visit.windows().await, [(0, "closed".into())]);
        let day = today(&s).await;
        assert_eq!((of_ledger(&day, "revenue", "credit"), of_ledger(&day, "tax", "credit"), of_ledger(&day, "deposit", "closing")),
            (500_00, 12_00, 0));
        audit(&s).await;
        // Reinstated after the audit: nothing is owed, and all of the deposit is held again.
        let back = visit.does("reinstate", json!({ "reason": "well again" })).await;
        assert_eq!((back["penalty"].as_i64(), back["balance"].as_i64()), (Some(0), Some(0)));
        assert_eq!(visit.view().await["booking"]["deposit_held"], 512_00);
        let day = today(&s).await;
        assert_eq!((of_ledger(&day, "revenue", "debit"), of_ledger(&day, "deposit", "closing")), (500_00, -512_00));
        assert_eq!(payments(&day), []);
        // Cancelled again, with the penalty waived: nothing is posted, and all goes back.
        let waived = visit.does("cancel", json!({ "waive_penalty": true })).await;
        assert_eq!((waived["penalty"].as_i64(), waived["balance"].as_i64()), (Some(0), Some(0)));
        visit.does("deposits/settle-cancellation", json!({ "reason": "kindness" })).await;
        assert_eq!(visit.view().await["booking"]["deposit_held"], 0);
        assert_eq!(payments(&today(&s).await), [("CARD".into(), "CNY".into(), -512_00, -512_00)]);
        assert_money_is_somewhere(&s, "SH01", std::slice::from_ref(&visit.number), &[], &mut ClosedDays::default()).await;
    }

    async fn no_show_after_the_audit_owes_what_the_deposit_does_not_cover(db: TestDb) {
        let s = Server::new(db).await;
        let asked = json!({ "deposits": [{ "due": "2026-10-03", "amount": 100_00 }] });
        let visit = book(&s, "DBL", "2026-10-03", "2026-10-05", asked).await;
        visit.does("deposits/pay", json!({ "instalment": 1, "code": "CASH" })).await;
        audit(&s).await;
        // All of two nights; it is a line of the date that was closed.
        assert_eq!(visit.lines().await, [("NOSHOW".into(), 600_00, "2026-10-03".into())]);
        let unsettled = s.get(&format!("{HOUSE}/unsettled")).await;
        assert_eq!((unsettled[0]["state"].as_str(), unsettled[0]["balance"].as_i64()), (Some("no_show"), Some(600_00)));
        visit.does("deposits/settle-cancellation", json!({})).await;
        assert_eq!(visit.windows().await, [(500_00, "open".into())]);
        visit.does("payments", json!({ "code": "CARD", "amount": 500_00 })).await;
        assert_eq!(visit.windows().await, [(0, "closed".into())]);
        // Reinstated after the audit: what was paid stands to the guest's credit, the deposit is held again.
        visit.does("reinstate", json!({})).await;
        assert_eq!((visit.balance().await, visit.view().await["booking"]["deposit_held"].clone()), (-500_00, json!(100_00)));
        // Not coming would have cost the first night, which is charged as it was sold.
        let came = visit.does("check-in", json!({ "accept_early": true })).await;
        assert_eq!(came["balance"], -600_00 + 349_80);
        assert_money_is_somewhere(&s, "SH01", std::slice::from_ref(&visit.number), &[], &mut ClosedDays::default()).await;
    }

    async fn pre_authorised_a_capture_that_is_taken_back_can_be_made_again(db: TestDb) {
        let s = Server::new(db).await;
        let visit = book(&s, "DBL", "2026-10-03", "2026-10-05", json!({})).await;
        visit.does("pre-authorisations", json!({ "amount": 1_000_00, "card_token": "tok_a", "last_four": "1111", "expires": "2026-10-20" })).await;
        let id = visit.bill().await["pre_authorisations"][0]["id"].clone();
        for amount in [640_00, 350_00, 1_000_00] {
            visit.does("pre-authorisations/capture", json!({ "pre_auth_id": id, "amount": amount })).await;
            let auth = visit.bill().await["pre_authorisations"][0].clone();
            assert_eq!((auth["state"].as_str(), auth["captured"].as_i64()), (Some("charged"), Some(amount)));
            let line = visit.line("PREAUTH").await;
            let lines = visit.bill().await["postings"].as_array().unwrap().clone();
            let line = lines.iter().find(|posting| posting["id"] == line && posting["reverses"].is_null()).unwrap()["id"].clone();
            visit.does("reversals", json!({ "posting_id": line })).await;
            let auth = visit.bill().await["pre_authorisations"][0].clone();
            assert_eq!((auth["state"].as_str(), auth["captured"].as_i64()), (Some("chargeable"), Some(0)));
        }
        assert_eq!(visit.balance().await, 0);
        visit.does("pre-authorisations/release", json!({ "pre_auth_id": id })).await;
    }

    async fn arrival_and_departure_on_one_day_the_bill_is_seen_and_paid_before_check_out(db: TestDb) {
        let s = Server::new(db).await;
        let part_day = json!({ "rooms": [{ "room_type": "DBL", "rate_plan": "DAY4", "arrival": "2026-10-03", "departure": "2026-10-03" }] });
        let visit = book(&s, "DBL", "2026-10-03", "2026-10-03", part_day).await;
        // Also before anybody came: what is shown at the sale is what is billed.
        assert_eq!(visit.bill().await["at_check_out"], 127_20);
        visit.does("check-in", json!({})).await;
        visit.does("charges", json!({ "code": "MINI", "amount": 10_00 })).await;
        let bill = visit.bill().await;
        assert_eq!((bill["balance"].as_i64(), bill["at_check_out"].as_i64()), (Some(10_60), Some(137_80)));
        let night = bill["to_come"][0].clone();
        assert_eq!((night["code"].as_str(), night["room"].as_i64(), night["tax"].as_i64(), night["total"].as_i64(), night["at"].as_str()),
            (Some("DAYUSE"), Some(120_00), Some(7_20), Some(127_20), Some("check_out")));
        visit.does("payments", json!({ "code": "CASH", "amount": 137_80 })).await;
        assert_eq!(visit.does("check-out", json!({})).await["balance"], 0);
        // Or it is charged first.
        let night = book(&s, "STE", "2026-10-03", "2026-10-04", json!({})).await;
        night.does("check-in", json!({})).await;
        assert_shown_is_billed(&s, &night.number).await;
        assert_eq!(night.bill().await["to_come"], json!([]));
        assert_eq!(audit(&s).await["rooms_charged"], 0, "it was charged before");
        night.does("payments", json!({ "code": "CASH", "amount": 932_80 })).await;
        assert_eq!(night.does("check-out", json!({})).await["balance"], 0);
        assert_eq!(night.refused("nights", json!({})).await.1, "wrong_state");
        let all = [visit.number.clone(), night.number.clone()];
        assert_money_is_somewhere(&s, "SH01", &all, &[], &mut ClosedDays::default()).await;
    }

    async fn overstayed_the_night_is_shown_before_and_charged_by_the_rule_of_the_property(db: TestDb) {
        let s = Server::new(db).await;
        let rule = |rule: &str| json!({ "name": "合符外滩酒店", "name_en": "Hefu on the Bund", "time_zone": "Asia/Shanghai", "currency": "CNY",
            "overstay": rule });
        let prices = json!({ "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-03", "departure": "2026-10-04",
            "prices": [200_00] }] });
        let visit = book(&s, "DBL", "2026-10-03", "2026-10-04", prices).await;
        visit.does("check-in", json!({})).await;
        audit(&s).await;
        assert_eq!(visit.balance().await, 233_20);
        let mut nights = Vec::new();
        for (name, room) in [("last_price", Some(200_00)), ("plan_price", Some(300_00)), ("free", None)] {
            put(&s, HOUSE, rule(name)).await;
            let bill = visit.bill().await;
            let shown = bill["to_come"].as_array().unwrap();
            assert_eq!(shown.first().and_then(|night| night["room"].as_i64()), room, "{name}: {bill}");
            assert!(shown.iter().all(|night| night["at"] == "night_audit"));
            assert_eq!(bill["at_check_out"], bill["balance"], "who leaves now does not pay it");
            let check = s.get(&format!("{HOUSE}/night-audit/check")).await;
            assert_eq!(check["departures_not_gone"].as_array().unwrap().len(), 1);
            assert_eq!(check["to_be_charged"].as_array().unwrap().len(), usize::from(room.is_some()));
            let done = audit(&s).await;
            assert_eq!((done["room_revenue"].as_i64(), done["pending_check_outs"].as_i64()), (Some(room.unwrap_or(0)), Some(1)));
            nights.extend(room);
        }
        // 200.00 twice and 300.00, each with fee and tax.
        assert_eq!(visit.balance().await, 233_20 * 2 + 349_80);
        visit.does("payments", json!({ "code": "CASH", "amount": 233_20 * 2 + 349_80 })).await;
        visit.does("check-out", json!({})).await;
        assert_eq!(nights, [200_00, 300_00]);
        assert_money_is_somewhere(&s, "SH01", std::slice::from_ref(&visit.number), &[], &mut ClosedDays::default()).await;
    }

    async fn after_midnight_before_the_audit_somebody_says_what_becomes_of_who_did_not_come(db: TestDb) {
        let s = Server::new(db).await;
        let mut visits = Vec::new();
        for _ in 0..3 {
            visits.push(book(&s, "DBL", "2026-10-03", "2026-10-06", json!({ "guarantee": "card" })).await);
        }
        let path = format!("{HOUSE}/night-audit");
        let check = s.get(&format!("{path}/check")).await;
        let arrivals = check["arrivals_not_come"].as_array().unwrap();
        assert_eq!((arrivals.len(), arrivals[0]["guarantee"].as_str(), arrivals[0]["line"].as_i64()), (3, Some("card"), Some(1)));
        let (status, answer) = s.send(Method::POST, &path, Some(json!({ "force": true })), &[]).await;
        assert_eq!((status.as_u16(), answer["code"].as_str(), answer["pointer"].as_str()), (409, Some("wrong_state"), Some("/no_shows")));
        assert!(answer["detail"].as_str().unwrap().contains("3 间预订房"), "{answer}");
        let unknown = json!({ "force": true, "no_shows": { "only": [{ "visit": "NOBODY-7" }] } });
        let (_, answer) = s.send(Method::POST, &path, Some(unknown), &[]).await;
        assert_eq!(answer["pointer"], "/no_shows/only/0/visit", "{answer}");
        let state = async |visit: &Visit<'_>| visit.view().await["booking"]["reservation"]["state"].as_str().unwrap().to_owned();
        // Kept: they come late.
        let done = s.post(&path, json!({ "force": true, "no_shows": "keep" })).await;
        assert_eq!((done["no_shows"].as_i64(), done["no_shows_said"].as_str()), (Some(0), Some("keep")));
        assert_eq!(state(&visits[0]).await, "reserved");
        visits[0].does("check-in", json!({ "accept_early": true })).await;
        // One of the others is named, with a number as people write it.
        let number = arrivals.iter().find(|one| digits(&json!({ "number": one["visit"] })) == visits[1].number).unwrap()["visit"].clone();
        let done = s.post(&path, json!({ "force": true, "no_shows": { "only": [{ "visit": number, "line": 1 }] } })).await;
        assert_eq!((done["no_shows"].as_i64(), done["rooms_charged"].as_i64()), (Some(1), Some(1)));
        assert_eq!((state(&visits[1]).await, state(&visits[2]).await), ("no_show".into(), "reserved".into()));
        // By itself it marks who is left.
        s.app.night_audit(hefu_app::Context::job("night-audit"), "SH01", true).await.unwrap();
        assert_eq!(state(&visits[2]).await, "no_show");
        // Nobody is missing: nothing has to be said.
        s.post(&path, json!({ "force": true })).await;
    }

    async fn the_audit_runs_when_the_property_says(db: TestDb) {
        let s = Server::new(db).await;
        let set = |minute: i64, automatic: bool| json!({ "name": "合符外滩酒店", "name_en": "Hefu on the Bund", "time_zone": "Asia/Shanghai",
            "currency": "CNY", "audit_minute": minute, "audit_automatic": automatic });
        let due = async |moment: &str| {
            s.db.clock.set(moment.parse().unwrap());
            s.app.due_audits().await.unwrap()
        };
        // 05:30 in Shanghai is 21:30 in UTC.
        put(&s, HOUSE, set(330, true)).await;
        assert_eq!(due("2026-10-03T21:29:00Z").await, Vec::<String>::new());
        assert_eq!(due("2026-10-03T21:30:00Z").await, ["SH01"]);
        put(&s, HOUSE, set(330, false)).await;
        assert_eq!(due("2026-10-05T12:00:00Z").await, Vec::<String>::new());
        let (status, answer) = s.send(Method::PUT, HOUSE, Some(set(1_440, true)), &[]).await;
        assert_eq!((status.as_u16(), answer["pointer"].as_str()), (422, Some("/audit_minute")));
        // What is not given stays.
        put(&s, HOUSE, json!({ "name": "合符外滩酒店", "name_en": "Hefu on the Bund", "time_zone": "Asia/Shanghai", "currency": "CNY" })).await;
        let property = s.get(HOUSE).await["property"].clone();
        assert_eq!((property["audit_minute"].as_i64(), property["audit_automatic"].as_bool()), (Some(330), Some(false)));
        // Nor do the hours of check-in and check-out, from which the deadlines of what was sold are counted.
        let mut hours = set(330, false);
        (hours["check_in_minute"], hours["check_out_minute"]) = (json!(900), json!(660));
        put(&s, HOUSE, hours).await;
        put(&s, HOUSE, set(330, false)).await;
        let property = s.get(HOUSE).await["property"].clone();
        assert_eq!((property["check_in_minute"].as_i64(), property["check_out_minute"].as_i64()), (Some(900), Some(660)));
    }

    async fn a_closed_day_is_shown_as_it_was_and_others_are_not(db: TestDb) {
        let s = Server::new(db).await;
        let visit = departed(&s).await;
        let first = s.get(&format!("{HOUSE}/days/2026-10-03/ledgers")).await;
        assert_balanced(&first);
        let report = s.get(&format!("{HOUSE}/night-audits/2026-10-03")).await;
        assert_eq!(report["ledgers"], first["ledgers"]);
        // 800.00 and 80.00 for the suite, 100.00 for laundry, 58.80 tax.
        assert_eq!((of_ledger(&first, "revenue", "credit"), of_ledger(&first, "tax", "credit"), of_ledger(&first, "guest", "closing")),
            (980_00, 58_80, 1_038_80));
        let open = s.get(&format!("{HOUSE}/days/2026-10-05/ledgers")).await;
        assert_eq!((&open, open["closed"].as_bool()), (&today(&s).await, Some(false)));
        for date in ["2026-10-02", "2026-10-06"] {
            let (status, _) = s.send(Method::GET, &format!("{HOUSE}/days/{date}/ledgers"), None, &[]).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{date}");
        }
        visit.does("charges", json!({ "code": "MINI", "amount": 1_00 })).await;
        assert_eq!(s.get(&format!("{HOUSE}/days/2026-10-03/ledgers")).await, first);
    }

    async fn points_are_for_what_counts_and_follow_a_correction(db: TestDb) {
        let s = Server::new(db).await;
        let visit = book(&s, "STE", "2026-10-03", "2026-10-04", json!({})).await;
        let guest = visit.view().await["guest"]["id"].as_str().unwrap().to_owned();
        let member = s.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await["number"].as_str().unwrap().to_owned();
        let points = async || s.get(&format!("/api/v1/members/{member}")).await["membership"]["points"].as_i64().unwrap();
        visit.does("check-in", json!({})).await;
        visit.does("charges", json!({ "code": "DMG", "amount": 5_000_00 })).await;
        audit(&s).await;
        visit.does("payments", json!({ "code": "CARD", "amount": 5_932_80 })).await;
        visit.does("check-out", json!({})).await;
        // 800.00 and the fee of 80.00; nothing for what was broken.
        assert_eq!(points().await, 880);
        audit(&s).await;
        let room = visit.line("ROOM").await;
        visit.does("allowances", json!({ "posting_id": room, "amount": 400_00 })).await;
        assert_eq!(points().await, 440);
        visit.does("corrections", json!({ "posting_id": room, "amount": 300_00 })).await;
        assert_eq!(points().await, 330);
        // Not coming earns nothing.
        let late = book(&s, "DBL", "2026-10-05", "2026-10-06", json!({})).await;
        late.does("no-show", json!({})).await;
        late.does("payments", json!({ "code": "CARD", "amount": 300_00 })).await;
        assert_eq!((late.windows().await, points().await), (vec![(0, "closed".into())], 330));
    }
}
