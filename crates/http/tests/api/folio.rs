//! The bill over HTTP on both engines: charges, payments, reversals, deposits, cards, the city ledger.

use crate::common::{Server, booking, digits};
use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// What a visit consumed and paid.
async fn bill(s: &Server, number: &str) -> Value {
    s.get(&format!("/api/v1/visits/{number}")).await["consumption"].clone()
}

/// The balances of the windows, in order.
fn windows(bill: &Value) -> Vec<(i64, i64)> {
    let folios = bill["folios"].as_array().unwrap();
    folios.iter().map(|f| (f["window"].as_i64().unwrap(), f["balance"].as_i64().unwrap())).collect()
}

/// The lines of a code.
fn lines<'a>(bill: &'a Value, code: &str) -> Vec<&'a Value> {
    bill["postings"].as_array().unwrap().iter().filter(|line| line["code"] == code).collect()
}

fn sum(lines: &[&Value]) -> i64 {
    lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum()
}

/// Every window is the sum of its lines, and the whole is charged less paid.
fn assert_adds_up(bill: &Value) {
    let all = bill["postings"].as_array().unwrap();
    for folio in bill["folios"].as_array().unwrap() {
        let own: i64 = all
            .iter()
            .filter(|l| l["window"] == folio["window"])
            .map(|l| l["amount"].as_i64().unwrap())
            .sum();
        assert_eq!(folio["balance"], own, "{folio}");
    }
    let of = |name: &str| bill[name].as_i64().unwrap();
    assert_eq!(of("charged") - of("paid"), of("balance"));
    assert_eq!(sum(&all.iter().collect::<Vec<_>>()), of("balance"));
}

both_engines! {
    async fn a_bill_adds_up_through_everything_that_happens_to_it(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&at("routing"), json!({ "code_group": "laundry", "window": 2 })).await;
        s.post(&at("charges"), json!({ "code": "MINI", "amount": 25_50, "quantity": 2, "reference": "slip 7" })).await;
        let state = s.post(&at("charges"), json!({ "code": "LAUN", "amount": 80_00 })).await;
        // 51.00 + 3.06 tax, 80.00 + 4.80 tax.
        assert_eq!(state["balance"], 54_06 + 84_80);
        let now = bill(&s, &number).await;
        assert_eq!(windows(&now), [(1, 54_06), (2, 84_80)]);
        assert_adds_up(&now);
        let mini = lines(&now, "MINI")[0]["id"].clone();
        assert_eq!(lines(&now, "TAX")[0]["belongs_to"], mini);

        // Laundry moves to window 3 and its tax with it; sums by code stay.
        let laundry = lines(&now, "LAUN")[0]["id"].clone();
        s.post(&at("transfers"), json!({ "posting_ids": [laundry], "to_window": 3 })).await;
        let now = bill(&s, &number).await;
        assert_eq!(windows(&now), [(1, 54_06), (2, 0), (3, 84_80)]);
        assert_eq!((sum(&lines(&now, "LAUN")), sum(&lines(&now, "TAX"))), (80_00, 7_86));
        assert_eq!(now["charged"], 54_06 + 84_80);
        assert_adds_up(&now);

        // A moved line is reversed where it counts now, tax with it; and moves no more.
        s.post(&at("reversals"), json!({ "posting_id": laundry, "reason": "not his" })).await;
        assert_eq!(s.refused(&at("reversals"), json!({ "posting_id": laundry })).await, (409, "already_reversed".into()));
        let again = json!({ "posting_ids": [laundry], "to_window": 1 });
        assert_eq!(s.refused(&at("transfers"), again).await.1, "already_reversed");
        let now = bill(&s, &number).await;
        assert_eq!(windows(&now), [(1, 54_06), (2, 0), (3, 0)]);
        let reversal = lines(&now, "LAUN").into_iter().find(|l| l["reverses"] == laundry).unwrap()["id"].clone();
        assert_eq!(s.refused(&at("reversals"), json!({ "posting_id": reversal })).await.1, "already_reversed");

        // Foreign money with the rate used.
        let dollars = json!({ "code": "CASH", "foreign": { "currency": "USD", "amount": 5_00, "rate": "7.1234" } });
        let state = s.post(&at("payments"), dollars).await;
        assert_eq!(state["balance"], 54_06 - 35_62);
        let now = bill(&s, &number).await;
        let cash = lines(&now, "CASH")[0].clone();
        assert_eq!((cash["foreign_currency"].as_str(), cash["foreign_amount"].as_i64(), cash["foreign_rate"].as_str()),
            (Some("USD"), Some(-5_00), Some("7.1234")));
        s.post(&at("payments"), json!({ "code": "WECHAT", "amount": 20_00, "reference": "4200002026100312345678901234" })).await;
        s.post(&at("refunds"), json!({ "code": "WECHAT", "amount": 1_56 })).await;
        let now = bill(&s, &number).await;
        assert_eq!((now["charged"].as_i64(), now["paid"].as_i64(), now["balance"].as_i64()), (Some(54_06), Some(54_06), Some(0)));
        assert_adds_up(&now);

        // Without routing laundry comes to the first window again.
        s.post(&at("routing"), json!({ "code_group": "laundry" })).await;
        s.post(&at("charges"), json!({ "code": "LAUN", "amount": 10_00 })).await;
        let now = bill(&s, &number).await;
        assert_eq!((windows(&now), &now["routings"]), (vec![(1, 10_60), (2, 0), (3, 0)], &json!([])));
    }

    async fn what_cannot_be_posted_is_refused_with_its_place(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        for (what, body, place, code) in [
            ("charges", json!({ "code": "MINI", "amount": 0 }), "/amount", "bad_amount"),
            ("charges", json!({ "code": "MINI", "amount": 1_000_000_000_001i64 }), "/amount", "bad_amount"),
            ("charges", json!({ "code": "MINI", "amount": 1_000_000_000_000i64, "quantity": 2 }), "/quantity", "bad_amount"),
            ("charges", json!({ "code": "CASH", "amount": 1 }), "/code", "invalid"),
            ("charges", json!({ "code": "MINI", "amount": 1, "window": 9 }), "/window", "invalid"),
            ("payments", json!({ "code": "MINI", "amount": 1 }), "/code", "invalid"),
            ("payments", json!({ "code": "POINTS", "amount": 1 }), "/code", "invalid"),
            ("payments", json!({ "code": "CASH", "amount": -1 }), "/amount", "bad_amount"),
            ("payments", json!({ "code": "CASH" }), "/amount", "bad_amount"),
            ("payments", json!({ "code": "CARD", "amount": 1, "reference": "4111 1111 1111 1111" }), "/reference", "invalid"),
            ("payments", json!({ "code": "CASH", "foreign": { "currency": "CNY", "amount": 1, "rate": "1" } }),
                "/foreign/currency", "wrong_currency"),
            ("payments", json!({ "code": "CASH", "foreign": { "currency": "USD", "amount": 1, "rate": "x" } }),
                "/foreign/rate", "bad_amount"),
            ("refunds", json!({ "code": "CASH", "amount": 1 }), "/amount", "bad_amount"),
            ("routing", json!({ "code_group": "nothing", "window": 2 }), "/code_group", "not_found"),
            ("window", json!({ "window": 1 }), "/company", "invalid"),
        ] {
            let (status, answer) = s.send(Method::POST, &at(what), Some(body.clone()), &[]).await;
            assert!(status.is_client_error(), "{body}: {answer}");
            assert_eq!((answer["pointer"].as_str(), answer["code"].as_str()), (Some(place), Some(code)), "{body}: {answer}");
            assert!(!answer.to_string().contains("4111"), "{answer}");
        }
        assert_eq!(bill(&s, &number).await["postings"], json!([]));
    }

    async fn a_line_is_reversed_once_however_many_try(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&at("charges"), json!({ "code": "MINI", "amount": 100_00 })).await;
        s.post(&at("charges"), json!({ "code": "DMG", "amount": 7_00 })).await;
        let line = lines(&bill(&s, &number).await, "MINI")[0]["id"].clone();
        let path = at("reversals");
        let tries = (0..6).map(|_| s.send(Method::POST, &path, Some(json!({ "posting_id": line })), &[]));
        let answers = join_all(tries).await;
        let done = answers.iter().filter(|(status, _)| *status == StatusCode::OK).count();
        let refused = answers.iter().filter(|(_, answer)| answer["code"] == "already_reversed").count();
        assert_eq!((done, refused), (1, 5), "{answers:?}");
        let now = bill(&s, &number).await;
        assert_eq!((sum(&lines(&now, "MINI")), sum(&lines(&now, "TAX")), now["balance"].as_i64()), (0, 0, Some(7_00)));
        assert_adds_up(&now);
    }

    async fn a_payment_sent_three_times_counts_once(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let path = format!("/api/v1/visits/{number}/payments");
        let body = json!({ "code": "CARD", "amount": 500_00 });
        let key = [("idempotency-key", "pay-1")];
        let answers = join_all((0..3).map(|_| s.send(Method::POST, &path, Some(body.clone()), &key))).await;
        assert!(answers.iter().all(|a| *a == answers[0] && a.0 == StatusCode::OK), "{answers:?}");
        assert_eq!(answers[0].1["balance"], -500_00);
        // Without a key each is a payment of its own, also at the same time on a window just opened.
        let other = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let path = format!("/api/v1/visits/{other}/payments");
        let answers = join_all((0..3).map(|_| s.send(Method::POST, &path, Some(body.clone()), &[]))).await;
        assert!(answers.iter().all(|(status, _)| *status == StatusCode::OK), "{answers:?}");
        assert_eq!(bill(&s, &number).await["paid"], 500_00);
        assert_eq!(bill(&s, &other).await["paid"], 1_500_00);
    }

    async fn no_more_is_refunded_than_was_paid(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        s.post(&format!("/api/v1/visits/{number}/payments"), json!({ "code": "CASH", "amount": 100_00 })).await;
        let path = format!("/api/v1/visits/{number}/refunds");
        let body = json!({ "code": "CASH", "amount": 60_00 });
        let answers = join_all((0..4).map(|_| s.send(Method::POST, &path, Some(body.clone()), &[]))).await;
        let done = answers.iter().filter(|(status, _)| *status == StatusCode::OK).count();
        assert_eq!(done, 1, "{answers:?}");
        assert_eq!(bill(&s, &number).await["paid"], 40_00);
    }

    async fn deposits_come_to_the_bill_once(db: TestDb) {
        let s = Server::new(db).await;
        let mut body = booking("DBL", "2026-10-03", "2026-10-05");
        body["deposits"] = json!([{ "due": "2026-10-03", "amount": 100_00 }, { "due": "2026-10-04", "amount": 200_00 },
            { "due": "2026-10-04", "amount": 50_00 }]);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let at = |what: &str| format!("/api/v1/visits/{number}/deposits/{what}");
        s.post(&at("pay"), json!({ "instalment": 1, "code": "WECHAT" })).await;
        s.post(&at("pay"), json!({ "instalment": 2, "code": "CARD" })).await;
        assert_eq!(s.refused(&at("pay"), json!({ "instalment": 2, "code": "CARD" })).await, (409, "wrong_state".into()));
        s.post(&at("waive"), json!({ "instalment": 3 })).await;
        assert_eq!(bill(&s, &number).await["paid"], 0, "it lies in the deposit ledger");
        let path = at("apply");
        let answers = join_all((0..4).map(|_| s.send(Method::POST, &path, Some(json!({})), &[]))).await;
        assert!(answers.iter().all(|(status, _)| *status == StatusCode::OK), "{answers:?}");
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!(lines(&view["consumption"], "DEP").len(), 1);
        assert_eq!((view["consumption"]["paid"].as_i64(), view["consumption"]["charged"].as_i64()), (Some(300_00), Some(0)));
        let states: Vec<_> = view["booking"]["deposits"].as_array().unwrap().iter()
            .map(|d| (d["state"].as_str().unwrap(), d["paid"].as_i64().unwrap())).collect();
        assert_eq!(states, [("paid", 100_00), ("paid", 200_00), ("waived", 0)]);
        let moved: Vec<_> = view["booking"]["deposit_entries"].as_array().unwrap().iter()
            .map(|e| (e["kind"].as_str().unwrap(), e["amount"].as_i64().unwrap(), e["method"].as_str(), e["receipt"].as_i64())).collect();
        assert_eq!(moved, [("received", 100_00, Some("WECHAT"), Some(1)), ("received", 200_00, Some("CARD"), Some(2)),
            ("applied", -300_00, None, None)]);
        let deposit = lines(&view["consumption"], "DEP")[0]["id"].clone();
        let path = format!("/api/v1/visits/{number}/reversals");
        assert_eq!(s.refused(&at("refund"), json!({})).await, (422, "bad_amount".into()));
        // Taken back from the bill it is held again, once.
        s.post(&path, json!({ "posting_id": deposit })).await;
        assert_eq!(s.refused(&path, json!({ "posting_id": deposit })).await.1, "already_reversed");
        assert_eq!(s.get(&format!("/api/v1/visits/{number}")).await["booking"]["deposit_held"], 300_00);
    }

    async fn a_cancellation_keeps_deposits_up_to_its_penalty(db: TestDb) {
        let s = Server::new(db).await;
        let mut body = booking("DBL", "2026-10-03", "2026-10-05");
        body["deposits"] = json!([{ "due": "2026-10-03", "amount": 200_00 }, { "due": "2026-10-03", "amount": 250_00 },
            { "due": "2026-10-04", "amount": 50_00 }]);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        for instalment in [1, 2] {
            s.post(&at("deposits/pay"), json!({ "instalment": instalment, "code": "CARD" })).await;
        }
        assert_eq!(s.refused(&at("deposits/settle-cancellation"), json!({})).await.1, "wrong_state");
        assert_eq!(s.post(&at("cancel"), json!({})).await["penalty"], 300_00);
        for _ in 0..2 {
            s.post(&at("deposits/settle-cancellation"), json!({})).await;
            let view = s.get(&format!("/api/v1/visits/{number}")).await;
            let deposits: Vec<_> = view["booking"]["deposits"].as_array().unwrap().iter()
                .map(|d| (d["instalment"].as_i64().unwrap(), d["amount"].as_i64().unwrap(), d["state"].as_str().unwrap())).collect();
            assert_eq!(deposits, [(1, 200_00, "paid"), (2, 250_00, "paid"), (3, 50_00, "waived")]);
            let moved: Vec<_> = view["booking"]["deposit_entries"].as_array().unwrap().iter().skip(2)
                .map(|e| (e["kind"].as_str().unwrap(), e["amount"].as_i64().unwrap(), e["method"].as_str())).collect();
            assert_eq!(moved, [("forfeited", -300_00, None), ("refunded", -150_00, Some("CARD"))]);
            assert_eq!((&view["booking"]["deposit_held"], &view["consumption"]["balance"]), (&json!(0), &json!(0)));
        }
    }

    async fn who_does_not_come_loses_what_the_house_keeps(db: TestDb) {
        let s = Server::new(db).await;
        let mut body = booking("DBL", "2026-10-03", "2026-10-05");
        body["deposits"] = json!([{ "due": "2026-10-03", "amount": 100_00 }, { "due": "2026-10-03", "amount": 200_00 },
            { "due": "2026-10-03", "amount": 300_00 }]);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        for instalment in [1, 2] {
            s.post(&at("deposits/pay"), json!({ "instalment": instalment, "code": "CARD" })).await;
        }
        s.post(&at("pre-authorisations"), json!({ "amount": 10_00, "card_token": "tok_a", "last_four": "1111",
            "expires": "2026-10-20", "pending": true })).await;
        let id = bill(&s, &number).await["pre_authorisations"][0]["id"].clone();
        s.post(&at("pre-authorisations/fail"), json!({ "pre_auth_id": id })).await;
        assert_eq!(s.refused(&at("pre-authorisations/confirm"), json!({ "pre_auth_id": id })).await.1, "wrong_state");

        let gone = s.post(&at("no-show"), json!({ "reason": "no call" })).await;
        assert_eq!((gone["state"].as_str(), gone["penalty"].as_i64()), (Some("no_show"), Some(600_00)));
        for (what, body, code) in [("refund", json!({ "amount": 200_00 }), "bad_amount"), ("forfeit", json!({}), "bad_amount"),
            ("waive", json!({ "instalment": 3 }), "wrong_state")] {
            s.post(&at(&format!("deposits/{what}")), body.clone()).await;
            let again = s.refused(&at(&format!("deposits/{what}")), body).await;
            assert_eq!(again.1, code, "{what}");
        }
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        let states: Vec<_> = view["booking"]["deposits"].as_array().unwrap().iter().map(|d| d["state"].clone()).collect();
        assert_eq!(states, ["paid", "paid", "waived"]);
        // What is kept is paid towards what not coming cost.
        assert_eq!((&view["booking"]["deposit_held"], &view["consumption"]["balance"]), (&json!(0), &json!(500_00)));
        // Each was done once, however often it was sent.
        for action in ["reservation.no_show", "pre_auth.fail", "deposit.forfeit", "deposit.refund", "deposit.waive"] {
            let entries = view["journal"].as_array().unwrap().iter();
            assert_eq!(entries.filter(|entry| entry["action"] == action).count(), 1, "{action}");
        }
    }

    async fn pre_authorisations_are_captured_once_and_never_hold_a_card_number(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        let take = |token: &str, four: &str| json!({ "amount": 1_000_00, "card_token": token, "last_four": four,
            "expires": "2026-10-20", "pending": true });
        for (token, four) in [("4111111111111111", "1111"), ("tok 4111-1111-1111-1111", "1111"), ("tok_a", "4111111111111111")] {
            let (status, answer) = s.send(Method::POST, &at("pre-authorisations"), Some(take(token, four)), &[]).await;
            assert_eq!((status.as_u16(), answer["code"].as_str()), (422, Some("invalid")), "{answer}");
            assert!(answer["detail"].as_str().is_some_and(|text| text.starts_with("此处不接受银行卡号")), "{answer}");
            assert!(!answer.to_string().contains("4111"), "{answer}");
        }
        s.post(&at("pre-authorisations"), take("tok_a", "1111")).await;
        let id = bill(&s, &number).await["pre_authorisations"][0]["id"].clone();
        let capture = |amount: i64| json!({ "pre_auth_id": id, "amount": amount });
        assert_eq!(s.refused(&at("pre-authorisations/capture"), capture(10)).await.1, "wrong_state");
        s.post(&at("pre-authorisations/confirm"), json!({ "pre_auth_id": id })).await;
        assert_eq!(s.refused(&at("pre-authorisations/capture"), capture(1_000_01)).await.1, "bad_amount");
        let path = at("pre-authorisations/capture");
        let answers = join_all((0..4).map(|_| s.send(Method::POST, &path, Some(capture(640_00)), &[]))).await;
        assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::OK).count(), 1, "{answers:?}");
        let now = bill(&s, &number).await;
        assert_eq!((now["paid"].as_i64(), now["pre_authorisations"][0]["state"].as_str()), (Some(640_00), Some("charged")));
        assert_eq!(now["pre_authorisations"][0]["captured"], 640_00);
        assert_eq!(s.refused(&at("pre-authorisations/release"), json!({ "pre_auth_id": id })).await.1, "wrong_state");
    }

    async fn a_company_owes_no_more_than_its_credit(db: TestDb) {
        let s = Server::new(db).await;
        let account = "/api/v1/properties/SH01/city-accounts/ACME";
        let put = json!({ "name": "Acme (invented)", "credit_limit": 250_00 });
        assert_eq!(s.send(Method::PUT, account, Some(put), &[]).await.0, StatusCode::OK);
        let mut numbers = Vec::new();
        for _ in 0..4 {
            let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
            s.post(&format!("/api/v1/visits/{number}/window"), json!({ "window": 2, "company": "Acme (invented)" })).await;
            s.post(&format!("/api/v1/visits/{number}/charges"), json!({ "code": "DMG", "amount": 100_00, "window": 2 })).await;
            numbers.push(number);
        }
        let path = |number: &str| format!("/api/v1/visits/{number}/city-ledger");
        let body = json!({ "account": "ACME", "window": 2 });
        let too_much = json!({ "account": "ACME", "window": 2, "amount": 100_01 });
        assert_eq!(s.refused(&path(&numbers[0]), too_much).await.1, "bad_amount");
        let paths: Vec<String> = numbers.iter().map(|number| path(number)).collect();
        let answers = join_all(paths.iter().map(|path| s.send(Method::POST, path, Some(body.clone()), &[]))).await;
        let moved: Vec<bool> = answers.iter().map(|(status, _)| *status == StatusCode::OK).collect();
        let refused = answers.iter().filter(|(_, answer)| answer["code"] == "credit_exceeded").count();
        assert_eq!((moved.iter().filter(|m| **m).count(), refused), (2, 2), "{answers:?}");
        let view = s.get(account).await;
        assert_eq!((view["account"]["balance"].as_i64(), view["entries"].as_array().unwrap().len()), (Some(200_00), 2));
        for (number, moved) in numbers.iter().zip(&moved) {
            let now = bill(&s, number).await;
            assert_eq!(now["balance"], if *moved { 0 } else { 100_00 });
            assert_adds_up(&now);
        }
        // The company pays; a transfer that was wrong is taken back.
        let paid = s.post(&format!("{account}/payments"), json!({ "amount": 120_00, "reference": "INV-1" })).await;
        assert_eq!(paid["balance"], 80_00);
        let number = numbers.iter().zip(&moved).find(|(_, moved)| **moved).unwrap().0;
        let line = lines(&bill(&s, number).await, "CITY")[0]["id"].clone();
        s.post(&format!("/api/v1/visits/{number}/reversals"), json!({ "posting_id": line })).await;
        assert_eq!(s.get(account).await["account"]["balance"], -20_00);
        assert_eq!(bill(&s, number).await["balance"], 100_00);
    }
}
