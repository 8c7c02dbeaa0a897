//! Companies, agents and subsidiaries: found by what is known of them, named by visits, and held to what they may owe. Both engines.

use crate::common::{Server, booking, digits};
use axum::http::{Method, StatusCode};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

async fn put(s: &Server, path: &str, body: Value) -> (StatusCode, Value) {
    s.send(Method::PUT, path, Some(body), &[]).await
}

async fn company(s: &Server, code: &str, body: Value) -> Value {
    let (status, answer) = put(s, &format!("/api/v1/companies/{code}"), body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// A visit with something to pay.
async fn owes(s: &Server, amount: i64) -> String {
    let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
    s.post(&format!("/api/v1/visits/{number}/charges"), json!({ "code": "DMG", "amount": amount })).await;
    number
}

both_engines! {
    async fn companies_are_found_by_code_tax_number_and_any_part_of_the_name(db: TestDb) {
        let s = Server::new(db).await;
        company(&s, "ACME", json!({ "name": "Acme （Shanghai） Co., Ltd.", "tax_id": "91310000ma1fl0000x", "commission": 800 })).await;
        company(&s, "YUNFAN", json!({ "name": "云帆会展服务有限公司", "kind": "agent", "address": "上海市示例路 2 号", "contract": "2026-17" })).await;
        let found = async |text: &str| -> Vec<String> {
            let path = format!("/api/v1/companies?text={text}");
            s.get(&path).await.as_array().unwrap().iter().map(|company| company["code"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(found("ACME").await, ["ACME"]);
        assert_eq!(found("91310000MA1FL0000X").await, ["ACME"]);
        assert_eq!(found("shanghai%20co").await, ["ACME"]);
        assert_eq!(found("%E4%BC%9A%E5%B1%95").await, ["YUNFAN"], "a part of the name");
        assert_eq!(found("%25").await, Vec::<String>::new(), "a sign means nothing");
        assert_eq!(found("").await, ["ACME", "YUNFAN"]);
        let shown = s.get("/api/v1/companies/YUNFAN").await;
        assert_eq!((&shown["kind"], &shown["contract"], &shown["commission"]), (&json!("agent"), &json!("2026-17"), &json!(0)));
        assert_eq!(s.send(Method::GET, "/api/v1/companies/NONE", None, &[]).await.0, StatusCode::NOT_FOUND);
        for (wrong, at, code) in [
            (json!({ "name": " " }), "/name", "invalid"),
            (json!({ "name": "()" }), "/name", "invalid"),
            (json!({ "name": "B", "tax_id": "12 34" }), "/tax_id", "invalid"),
            (json!({ "name": "B", "tax_id": "91310000MA1FL0000X" }), "/tax_id", "already_exists"),
            (json!({ "name": "B", "commission": 10_001 }), "/commission", "invalid"),
            (json!({ "name": "B", "credit_limit": -1, "currency": "CNY" }), "/credit_limit", "invalid"),
            (json!({ "name": "B", "credit_limit": 1 }), "/currency", "invalid"),
            (json!({ "name": "B", "parent": "NONE" }), "/parent", "not_found"),
            (json!({ "name": "B", "contract": "ask Mr Li" }), "/contract", "invalid"),
        ] {
            let (_, answer) = put(&s, "/api/v1/companies/B", wrong.clone()).await;
            assert_eq!((&answer["pointer"], &answer["code"]), (&json!(at), &json!(code)), "{wrong}: {answer}");
        }
        // What is not given stays, and null takes it away.
        company(&s, "ACME", json!({ "name": "Acme (Shanghai)", "credit_limit": 1_000_00, "currency": "CNY" })).await;
        company(&s, "ACME", json!({ "name": "Acme (Shanghai) Co., Ltd.", "contract": "2026-18" })).await;
        let shown = s.get("/api/v1/companies/ACME").await;
        assert_eq!((&shown["tax_id"], &shown["commission"], &shown["credit_limit"], &shown["contract"]),
            (&json!("91310000MA1FL0000X"), &json!(800), &json!(1_000_00), &json!("2026-18")));
        company(&s, "ACME", json!({ "name": "Acme (Shanghai) Co., Ltd.", "contract": null, "credit_limit": null, "commission": 0 })).await;
        let shown = s.get("/api/v1/companies/ACME").await;
        assert_eq!((&shown["tax_id"], &shown["commission"], &shown["credit_limit"], &shown["contract"]),
            (&json!("91310000MA1FL0000X"), &json!(0), &Value::Null, &Value::Null));
        // A subsidiary has no subsidiaries, and nobody is his own parent.
        company(&s, "ACME-BJ", json!({ "name": "Acme Beijing", "parent": "ACME" })).await;
        for (code, parent) in [("ACME", "ACME"), ("ACME", "YUNFAN"), ("OTHER", "ACME-BJ")] {
            let (_, answer) = put(&s, &format!("/api/v1/companies/{code}"), json!({ "name": "X", "parent": parent })).await;
            assert_eq!(answer["pointer"], "/parent", "{code} under {parent}");
        }
        assert_eq!(s.get("/api/v1/companies/ACME").await["subsidiaries"][0]["code"], "ACME-BJ");
        let stale = s.send(Method::PUT, "/api/v1/companies/ACME", Some(json!({ "name": "X" })), &[("if-match", "\"7\"")]).await;
        assert_eq!(stale.0, StatusCode::PRECONDITION_FAILED);
    }

    async fn a_visit_names_its_company_and_its_agent(db: TestDb) {
        let s = Server::new(db).await;
        company(&s, "ACME", json!({ "name": "Acme" })).await;
        company(&s, "TRIP", json!({ "name": "Trip", "kind": "agent", "contact": { "profile": { "full_name": "周敏", "phones": ["13612345678"] } } })).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
        let at = format!("/api/v1/visits/{number}/companies");
        assert_eq!(s.refused(&at, json!({ "agent": "ACME" })).await, (422, "invalid".into()), "it is no agent");
        assert_eq!(s.refused(&at, json!({ "company": "NONE" })).await, (404, "not_found".into()));
        s.post(&at, json!({ "company": "ACME", "agent": "TRIP" })).await;
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!(view["booking"]["companies"], json!([
            { "role": "agent", "code": "TRIP", "name": "Trip" }, { "role": "company", "code": "ACME", "name": "Acme" }]));
        assert_eq!(view["booking"]["reservation"]["company"], "Acme");
        let shown = s.get("/api/v1/companies/TRIP").await;
        assert_eq!(shown["visits"].as_array().unwrap().len(), 1);
        assert!(shown["contact"].is_string() && !shown.to_string().contains("周敏"), "the person is shown by id");
        // What is not given stays; empty takes it away.
        s.post(&at, json!({ "company": "" })).await;
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!(view["booking"]["companies"], json!([{ "role": "agent", "code": "TRIP", "name": "Trip" }]));
        assert_eq!(view["booking"]["reservation"]["company"], Value::Null);
    }

    async fn a_booking_that_gives_a_companys_code_is_for_that_company(db: TestDb) {
        let s = Server::new(db).await;
        company(&s, "ACME", json!({ "name": "Acme Ltd." })).await;
        company(&s, "OTHER", json!({ "name": "Other Ltd." })).await;
        let plan = json!({ "name": "协议价", "name_en": "Contract", "kind": "nightly", "tax": 600,
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 250_00 }] });
        let (status, answer) = put(&s, &format!("{HOUSE}/rate-plans/CORP"), plan).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let (status, answer) = put(&s, &format!("{HOUSE}/rate-plans/CORP/access"), json!({ "companies": ["ACME"] })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let asked = |plan: &str, more: Value| {
            let mut body = booking("DBL", "2026-12-01", "2026-12-02");
            body["rooms"][0]["rate_plan"] = json!(plan);
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        // What is asked for, the company that the visit is for, and the name that stands in the booking.
        for (more, is_for, name) in [
            (json!({ "company": " ACME " }), Some("ACME"), "Acme Ltd."),
            (json!({ "contract": "ACME" }), Some("ACME"), "Acme Ltd."),
            (json!({ "company": "Acme, sales department", "contract": "ACME" }), Some("ACME"), "Acme, sales department"),
            (json!({ "company": "OTHER", "contract": "ACME" }), Some("ACME"), "OTHER"),
            (json!({ "company": "Acme Ltd. (invented)" }), None, "Acme Ltd. (invented)"),
        ] {
            let number = digits(&s.post("/api/v1/reservations", asked("BAR", more.clone())).await);
            let view = s.get(&format!("/api/v1/visits/{number}")).await;
            let companies = view["booking"]["companies"].as_array().cloned().unwrap_or_default();
            assert_eq!(companies.first().and_then(|named| named["code"].as_str()), is_for, "{more}: {view}");
            assert_eq!((view["booking"]["reservation"]["company"].as_str(), companies.len()), (Some(name), usize::from(is_for.is_some())));
            s.post(&format!("/api/v1/visits/{number}/cancel"), json!({})).await;
        }
        let shown = s.get("/api/v1/companies/ACME").await;
        assert_eq!(shown["visits"].as_array().unwrap().len(), 4, "{shown}");
        // What was agreed with it can be booked by its code, and by nobody else.
        for more in [json!({}), json!({ "company": "OTHER" }), json!({ "company": "Acme Ltd." })] {
            assert_eq!(s.refused("/api/v1/reservations", asked("CORP", more)).await, (409, "plan_restricted".into()));
        }
        let number = digits(&s.post("/api/v1/reservations", asked("CORP", json!({ "company": "ACME" }))).await);
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!((&view["booking"]["rooms"][0]["total"], &view["booking"]["companies"][0]["code"]), (&json!(265_00), &json!("ACME")));
    }

    async fn an_account_sums_up_a_company_with_its_subsidiaries(db: TestDb) {
        let s = Server::new(db).await;
        company(&s, "ACME", json!({ "name": "Acme" })).await;
        for code in ["ACME-BJ", "ACME-SH", "ACME-GZ"] {
            company(&s, code, json!({ "name": code, "parent": "ACME" })).await;
        }
        company(&s, "OTHER", json!({ "name": "Other" })).await;
        let mut numbers = Vec::new();
        for (code, amount) in [("ACME", 10_00), ("ACME-BJ", 20_00), ("ACME-BJ", 30_00), ("OTHER", 40_00)] {
            let number = owes(&s, amount).await;
            s.post(&format!("/api/v1/visits/{number}/companies"), json!({ "company": code })).await;
            numbers.push(number);
        }
        s.post(&format!("/api/v1/visits/{}/payments", numbers[1]), json!({ "code": "CARD", "amount": 5_00 })).await;
        let period = "from=2026-10-01&to=2026-10-31";
        let account = s.get(&format!("/api/v1/companies/ACME/account?{period}")).await;
        let sums: Vec<_> = account["companies"].as_array().unwrap().iter().map(|sum| (sum["company"].clone(), sum["reservations"].clone(), sum["charged"].clone(), sum["paid"].clone())).collect();
        assert_eq!(sums, [(json!("ACME"), json!(1), json!(10_00), json!(0)), (json!("ACME-BJ"), json!(2), json!(50_00), json!(5_00))], "{account}");
        let total = &account["total"][0];
        assert_eq!((&account["subsidiaries"], &total["rooms"], &total["charged"], &total["balance"]), (&json!(3), &json!(3), &json!(60_00), &json!(55_00)));
        assert_eq!(account["visits"].as_array().unwrap().len(), 3);
        // Nobody has come, and nothing of other dates counts.
        assert_eq!(total["received"], 0);
        let later = s.get("/api/v1/companies/ACME/account?from=2026-11-01&to=2026-11-30").await;
        assert_eq!((&later["total"], &later["companies"]), (&json!([]), &json!([])));
        let alone = s.get(&format!("/api/v1/companies/ACME-BJ/account?{period}")).await;
        assert_eq!((&alone["subsidiaries"], &alone["total"][0]["charged"]), (&json!(0), &json!(50_00)));
        let (status, csv) = s.text(&format!("/api/v1/companies/ACME/account?{period}&format=csv")).await;
        assert!(status == StatusCode::OK && csv.lines().count() == 4 && csv.contains("ACME-BJ,SH01,"), "{csv}");
        let (status, kind, book) = s.bytes(&format!("/api/v1/companies/ACME/account?{period}&format=xlsx")).await;
        assert!(status == StatusCode::OK && kind.ends_with("spreadsheetml.sheet") && book.starts_with(b"PK"), "{kind}");
        for (path, status) in [("NONE/account", 404), ("ACME/account?from=2026-01-01&to=2028-01-01", 422), ("ACME/account?from=2026-02-01&to=2026-01-01", 422)] {
            let (is, answer) = s.send(Method::GET, &format!("/api/v1/companies/{path}"), None, &[]).await;
            assert_eq!(is.as_u16(), status, "{answer}");
        }
    }

    async fn a_company_owes_no_more_than_its_limit_with_all_its_subsidiaries(db: TestDb) {
        let s = Server::new(db).await;
        company(&s, "GROUP", json!({ "name": "Group", "credit_limit": 100_00, "currency": "CNY" })).await;
        company(&s, "SUB", json!({ "name": "Sub", "parent": "GROUP", "credit_limit": 80_00, "currency": "CNY" })).await;
        for (account, owner) in [("A1", "GROUP"), ("A2", "SUB"), ("A3", "")] {
            put(&s, &format!("{HOUSE}/city-accounts/{account}"), json!({ "name": account, "credit_limit": 1_000_00 })).await;
            let (status, answer) = put(&s, &format!("{HOUSE}/city-accounts/{account}/company"), json!({ "company": owner })).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
        let number = owes(&s, 500_00).await;
        let at = format!("/api/v1/visits/{number}/city-ledger");
        let to = |account: &str, amount: i64| json!({ "account": account, "window": 1, "amount": amount });
        s.post(&at, to("A1", 30_00)).await;
        assert_eq!(s.refused(&at, to("A2", 80_01)).await, (409, "credit_exceeded".into()), "its own limit");
        assert_eq!(s.refused(&at, to("A2", 70_01)).await, (409, "credit_exceeded".into()), "the limit of the parent");
        s.post(&at, to("A2", 70_00)).await;
        assert_eq!(s.refused(&at, to("A1", 1)).await, (409, "credit_exceeded".into()));
        // Nobody's account goes by its own limit alone.
        s.post(&at, to("A3", 200_00)).await;
        // What was refused left nothing behind, and a payment makes room.
        let shown = s.get("/api/v1/companies/SUB").await;
        assert_eq!(shown["accounts"], json!([{ "property": "SH01", "account": "A2", "balance": 70_00, "currency": "CNY" }]));
        s.post(&format!("{HOUSE}/city-accounts/A2/payments"), json!({ "amount": 70_00, "reference": "INV 1" })).await;
        s.post(&at, to("A1", 70_00)).await;
        assert_eq!(s.refused(&at, to("A2", 1)).await, (409, "credit_exceeded".into()));
    }
}
