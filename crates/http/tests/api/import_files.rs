//! Files sent to be imported over HTTP, on both engines: understood, imported, mended.

use crate::{
    accounts::Hotel,
    common::{MOST_OF_A_FILE, Server},
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use bytes::Bytes;
use futures_util::stream;
use hefu_app::{
    Context,
    import::{ForgetImportFiles, RunImportFiles},
};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};
use tower::ServiceExt as _;

const FILE: &str = "Booking number,Status,Check-in,Check-out,Adults,Room type,Total price,Guest name,Phone
B1,ok,13/10/2025,15/10/2025,2,Double,\"€1,100.50\",Anna Beispiel,+49 1512 3456789
B2,ok,2025-10-99,2025-10-20,2,Double,€300.00,Otto Beispiel,+49 1512 3456788
B3,ok,16/10/2025,12/10/2025,1,Double,€300.00,Emma Beispiel,+49 1512 3456787
B4,ok,16/10/2025,17/10/2025,1,Double,dear,Paul Beispiel,+49 1512 3456786
";

/// Sends a file as it is, in pieces.
async fn send(s: &Server, name: &str, pieces: Vec<Vec<u8>>, headers: &[(&str, &str)]) -> (StatusCode, Value) {
    let pieces = pieces.into_iter().map(|piece| Ok::<_, std::convert::Infallible>(Bytes::from(piece)));
    let mut request = Request::post("/api/v1/import-files").header("hefu-file-name", name);
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header(header::CONTENT_TYPE, "application/octet-stream");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from_stream(stream::iter(pieces))).unwrap();
    let answer = s.router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn sent(s: &Server, name: &str, text: &str) -> String {
    let middle = text.len() / 2;
    let pieces = vec![text.as_bytes()[..middle].to_vec(), text.as_bytes()[middle..].to_vec()];
    let (status, file) = send(s, name, pieces, &[]).await;
    assert_eq!(status, StatusCode::CREATED, "{file}");
    assert_eq!((&file["state"], &file["size"]), (&json!("received"), &json!(text.len())));
    file["id"].as_str().unwrap().to_owned()
}

/// Does what the server does beside.
async fn work(s: &Server) {
    while s.app.operate(&Context::job("import"), RunImportFiles).await.unwrap() {}
}

/// The files that lie on the server.
fn kept(s: &Server) -> usize {
    let folder = s.db.key_file().with_file_name("imports");
    std::fs::read_dir(folder).map_or(0, |entries| entries.count())
}

fn chosen() -> Value {
    json!({ "property": "OLD", "time_zone": "Europe/Berlin", "currency": "EUR" })
}

/// The file, imported by the guessed map; its address.
async fn imported(s: &Server) -> String {
    let at = format!("/api/v1/import-files/{}", sent(s, "bookings.csv", FILE).await);
    let kept = s.post(&format!("{at}/map"), chosen()).await;
    assert_eq!((&kept["kept"], &kept["problem"]), (&json!(true), &Value::Null), "{kept}");
    s.post(&format!("{at}/start"), json!({})).await;
    work(s).await;
    at
}

both_engines! {
    async fn a_file_is_looked_at_and_imported(db: TestDb) {
        let s = Server::new(db).await;
        let id = sent(&s, "bookings%202025.csv", FILE).await;
        let at = format!("/api/v1/import-files/{id}");
        assert_eq!(s.get(&at).await["name"], "bookings 2025.csv");
        // Without a map it is guessed, and nobody's name or phone is shown whole.
        let preview = s.get(&format!("{at}/preview")).await;
        assert_eq!(preview["kept"], false);
        assert_eq!(preview["columns"][2], "Check-in");
        let text = preview.to_string();
        assert!(!text.contains("Anna Beispiel") && !text.contains("3456789"), "{text}");
        assert_eq!(s.refused(&format!("{at}/start"), json!({})).await, (422, "invalid".into()));
        let preview = s.post(&format!("{at}/map"), chosen()).await;
        assert_eq!((&preview["kept"], &preview["rows_seen"], &preview["is_whole"]), (&json!(true), &json!(4), &json!(true)), "{preview}");
        let rows = preview["rows"].as_array().unwrap();
        let value = |row: usize, field: &str| {
            let cells = rows[row]["cells"].as_array().unwrap();
            cells.iter().find(|cell| cell["field"] == field).map(|cell| cell["value"].clone()).unwrap_or_default()
        };
        assert_eq!((value(0, "arrival"), value(0, "departure")), (json!("2025-10-13"), json!("2025-10-15")));
        assert!(value(0, "total").as_str().unwrap().starts_with("1100.50"), "{preview}");
        assert_eq!(rows[1]["problem"]["reason"], "not_a_date");
        // As an object, changed and sent back.
        let mut map = preview["map"].clone();
        map["name"] = json!("front-desk");
        let again = s.post(&format!("{at}/map"), json!({ "map": map })).await;
        assert_eq!((&again["map"]["name"], &again["kept"]), (&json!("front-desk"), &json!(true)), "{again}");
        s.post(&format!("{at}/start"), json!({})).await;
        assert_eq!(s.get(&at).await["state"], "waiting");
        assert_eq!(s.refused(&format!("{at}/map"), json!({ "builtin": "airbnb" })).await, (409, "import_started".into()));
        work(&s).await;
        let file = s.get(&at).await;
        assert_eq!((&file["state"], &file["rows"], &file["done"], &file["quarantined"], &file["to_mend"]),
            (&json!("finished"), &json!(4), &json!(4), &json!(3), &json!(3)), "{file}");
        assert_eq!((&file["map"], &file["property"], kept(&s)), (&json!("front-desk"), &json!("OLD"), 0));
        let run = s.get(&format!("/api/v1/imports/{}", file["run"].as_str().unwrap())).await;
        assert_eq!(run["report"]["imported"], 1);
        assert_eq!(s.get("/api/v1/visits/B1?property=OLD").await["booking"]["reservation"]["arrival"], "2025-10-13");
        assert_eq!(s.get("/api/v1/import-files").await[0]["id"], json!(id));
        assert_eq!(s.refused(&format!("{at}/withdraw"), json!({})).await, (409, "import_started".into()));
    }

    async fn rows_are_mended_in_place_or_left_out(db: TestDb) {
        let s = Server::new(db).await;
        let at = imported(&s).await;
        let items = s.get(&format!("{at}/quarantine")).await["items"].clone();
        let told: Vec<(i64, &str)> = items.as_array().unwrap().iter()
            .map(|item| (item["row"].as_i64().unwrap(), item["reason"].as_str().unwrap())).collect();
        assert_eq!(told, [(2, "not_a_date"), (3, "departure_before_arrival"), (4, "not_a_number")]);
        let text = items.to_string();
        assert!(!text.contains("Otto Beispiel") && !text.contains("3456788"), "{text}");
        let wrong: Vec<&Value> = items[0]["cells"].as_array().unwrap().iter().filter(|cell| cell["is_wrong"] == true).collect();
        assert_eq!((wrong.len(), &wrong[0]["column"], &wrong[0]["text"], &items[0]["received"]),
            (1, &json!("Check-in"), &json!("2025-10-99"), &json!("2025-10-99")));

        let mend = |row: i64| format!("{at}/quarantine/{row}/mend");
        let still = s.post(&mend(2), json!({ "cells": { "Check-in": "never" } })).await;
        assert_eq!((&still["state"], &still["problem"]["field"], &still["problem"]["reason"]), (&Value::Null, &json!("arrival"), &json!("not_a_date")));
        let (status, refused) = s.send(Method::POST, &mend(2), Some(json!({ "cells": { "Arrival": "1" } })), &[("idempotency-key", "k")]).await;
        assert_eq!((status.as_u16(), &refused["pointer"]), (422, &json!("/cells/Arrival")), "{refused}");
        // The form of dates is that of the whole file, of which one row says nothing.
        let mended = s.post(&mend(2), json!({ "cells": { "Check-in": "11/10/2025", "Check-out": "12/10/2025" } })).await;
        assert_eq!((&mended["state"], &mended["problem"]), (&json!("mended"), &Value::Null), "{mended}");
        assert_eq!(s.get("/api/v1/visits/B2?property=OLD").await["booking"]["reservation"]["arrival"], "2025-10-11");
        assert_eq!(s.refused(&mend(2), json!({ "cells": {} })).await, (409, "row_decided".into()));
        // What takes a row in is no import of its own.
        let runs = s.get("/api/v1/imports").await;
        assert_eq!(runs.as_array().map(Vec::len), Some(1), "{runs}");
        let left = s.post(&format!("{at}/quarantine/3/leave-out"), json!({})).await;
        assert_eq!(left["state"], "left_out");
        assert_eq!(s.refused(&mend(3), json!({})).await, (409, "row_decided".into()));
        assert_eq!(s.refused(&mend(99), json!({})).await, (404, "not_found".into()));
        let open = s.get(&format!("{at}/quarantine")).await["items"].clone();
        assert_eq!(open.as_array().unwrap().iter().map(|item| item["row"].clone()).collect::<Vec<_>>(), [json!(4)]);
        let all = s.get(&format!("{at}/quarantine?all=true&limit=2")).await;
        assert_eq!((&all["items"][0]["state"], &all["items"][1]["state"], &all["next"]), (&json!("mended"), &json!("left_out"), &json!("3")));
        assert_eq!(s.get(&at).await["to_mend"], 1);
        let (status, _) = s.send(Method::POST, &format!("{at}/quarantine/export"), Some(json!({})), &[]).await;
        assert_eq!(status.as_u16(), 422);
    }

    async fn what_is_wrong_with_a_row_is_said_in_the_language_of_whoever_asks(db: TestDb) {
        let s = Server::new(db).await;
        let at = imported(&s).await;
        let (zh, en) = ([("accept-language", "zh-CN")], [("accept-language", "en")]);
        let details = async |headers: &[(&str, &str)], path: &str| -> Vec<String> {
            let (status, told) = s.send(Method::GET, path, None, headers).await;
            assert_eq!(status, StatusCode::OK, "{told}");
            told["items"].as_array().unwrap().iter().map(|item| item["detail"].as_str().unwrap().to_owned()).collect()
        };
        let in_chinese = [
            "“Check-in”列的“2025-10-99”不是 1900 至 2199 年间的日期；请写作 2026-10-03。",
            "离店日 2025-10-12 早于入住日 2025-10-16；请改正日期。",
            "“Total price”列的内容（4 个字）不是金额；请填如 1234.50 的数字。",
        ];
        let in_english = [
            "This is no date between 1900 and 2199: “2025-10-99” in column “Check-in”; write it as 2026-10-03.",
            "The departure on 2025-10-12 lies before the arrival on 2025-10-16; correct the dates.",
            "This is no amount: a text of 4 characters in column “Total price”; give a number such as 1234.50.",
        ];
        let run = format!("/api/v1/imports/{}/quarantine", s.get(&at).await["run"].as_str().unwrap());
        for path in [format!("{at}/quarantine"), run] {
            assert_eq!(details(&zh, &path).await, in_chinese);
            assert_eq!(details(&en, &path).await, in_english);
        }
        // What is still wrong with a row that is put right, what the map refuses and what the property does.
        let mend = |row: i64| format!("{at}/quarantine/{row}/mend");
        for (row, column, text, chinese, english) in [
            (4, "Total price", "cheap", "内容（5 个字）不是金额", "a text of 5 characters in column"),
            (3, "Check-out", "2029-10-16", "离店日须在入住日至其后 731 晚之间", "between the arrival and 731 nights after it"),
        ] {
            for (headers, says) in [(&zh, chinese), (&en, english)] {
                let (_, still) = s.send(Method::POST, &mend(row), Some(json!({ "cells": { column: text } })), headers).await;
                assert!(still["problem"]["detail"].as_str().is_some_and(|detail| detail.contains(says)), "{still}");
            }
        }
        for (language, says) in [("zh-CN", in_chinese[0]), ("en", in_english[0])] {
            let request = Request::post(format!("{at}/quarantine/export")).header(header::CONTENT_TYPE, "application/json")
                .header(header::ACCEPT_LANGUAGE, language).body(Body::from(r#"{"reason":"to be put right"}"#)).unwrap();
            let answer = s.router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            let file = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            let file = std::str::from_utf8(&file).unwrap();
            assert!(file.contains(says) && file.contains("not_a_date"), "{file}");
        }
    }

    /// Whose row is shifted by a column, or holds more than one number in a cell, is shown no more of than anybody.
    async fn no_cell_shows_a_number_wherever_it_stands(db: TestDb) {
        let s = Server::new(db).await;
        let text = format!("{FILE}B5,ok,13812345678,18/10/2025,1,Double,€300.00,Ida Beispiel,+49 1512 3456785
B6,ok,16/10/2025,17/10/2025,1,Double,11010519491231002X,Udo Beispiel,+49 1512 3456784
B7,ok,16/10/2025,ida@beispiel.example,1,Double,+49 1512 3456783,Ida Beispiel,+49 1512 3456783
B8,ok,16/10/2025,17/10/2025,1,Double,€300.00,Ida Beispiel,13812345679/13987654321
");
        let at = format!("/api/v1/import-files/{}", sent(&s, "shifted.csv", &text).await);
        let preview = s.post(&format!("{at}/map"), chosen()).await.to_string();
        s.post(&format!("{at}/start"), json!({})).await;
        work(&s).await;
        let quarantine = s.get(&format!("{at}/quarantine")).await.to_string();
        assert!(quarantine.contains("138****5678"), "{quarantine}");
        for (what, answer) in [("preview", preview), ("quarantine", quarantine)] {
            for secret in ["13812345678", "11010519491231002X", "ida@beispiel", "1512 345678", "13812345679", "13987654321", "3456785"] {
                assert!(!answer.contains(secret), "{what} shows {secret}: {answer}");
            }
        }
    }

    async fn what_cannot_be_taken_away_is_told_and_nothing_of_it_stays(db: TestDb) {
        let s = Server::new(db).await;
        let large = vec![vec![b'x'; MOST_OF_A_FILE as usize], vec![b'x']];
        let (status, refused) = send(&s, "large.csv", large, &[]).await;
        assert_eq!((status.as_u16(), &refused["code"]), (413, &json!("too_large")));
        for (name, pieces, code) in [("", vec![b"a".to_vec()], "invalid"), ("a.csv", Vec::new(), "invalid")] {
            let (status, refused) = send(&s, name, pieces, &[]).await;
            assert_eq!((status.as_u16(), &refused["code"]), (422, &json!(code)), "{name}");
        }
        let form = [("content-type", "text/plain")];
        assert_eq!(send(&s, "a.csv", vec![b"{}".to_vec()], &form).await.0.as_u16(), 415);
        assert_eq!(kept(&s), 0);
        // Sent twice under one key it is there once.
        let key = [("idempotency-key", "one")];
        let first = send(&s, "a.csv", vec![FILE.into()], &key).await;
        assert_eq!((first.0.as_u16(), send(&s, "a.csv", vec![FILE.into()], &key).await, kept(&s)), (201, first.clone(), 1));
        assert_eq!(send(&s, "a.csv", vec![b"other".to_vec()], &key).await.0.as_u16(), 422);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let folder = s.db.key_file().with_file_name("imports");
            let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        }
        let at = format!("/api/v1/import-files/{}", first.1["id"].as_str().unwrap());
        s.post(&format!("{at}/withdraw"), json!({})).await;
        s.app.operate(&Context::job("import"), ForgetImportFiles).await.unwrap();
        assert_eq!((&s.get(&at).await["state"], kept(&s)), (&json!("withdrawn"), 0));
        assert_eq!(s.send(Method::GET, &format!("{at}/preview"), None, &[]).await.0.as_u16(), 409);
    }

    async fn a_map_that_does_not_fit_is_told_and_a_failed_file_starts_again(db: TestDb) {
        let s = Server::new(db).await;
        let at = format!("/api/v1/import-files/{}", sent(&s, "bookings.csv", FILE).await);
        let told = s.post(&format!("{at}/map"), json!({ "builtin": "airbnb", "property": "OLD", "currency": "EUR" })).await;
        assert_eq!((&told["kept"], &told["problem"]["code"], &told["columns"][0]), (&json!(false), &json!("missing_columns"), &json!("Booking number")), "{told}");
        let told = s.post(&format!("{at}/map"), json!({ "lines": ["name = 7"] })).await;
        assert_eq!((&told["kept"], &told["problem"]["code"]), (&json!(false), &json!("map_invalid")), "{told}");
        assert_eq!(s.refused(&format!("{at}/map"), json!({ "lines": [], "builtin": "airbnb" })).await, (422, "invalid".into()));
        s.post(&format!("{at}/map"), chosen()).await;
        // It is damaged meanwhile, and mended.
        let folder = s.db.key_file().with_file_name("imports");
        let path = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
        std::fs::write(&path, "nothing,of,it\n1,2,3\n").unwrap();
        s.post(&format!("{at}/start"), json!({})).await;
        work(&s).await;
        let failed = s.get(&at).await;
        assert_eq!((&failed["state"], &failed["problem"]["code"]), (&json!("failed"), &json!("missing_columns")), "{failed}");
        std::fs::write(&path, FILE).unwrap();
        s.post(&format!("{at}/start"), json!({})).await;
        work(&s).await;
        assert_eq!(s.get(&at).await["state"], "finished");
    }

    async fn files_of_one_property_are_imported_one_after_the_other_and_go_on_after_a_restart(db: TestDb) {
        let s = Server::new(db).await;
        let mut addresses = Vec::new();
        for (name, month) in [("one", 10), ("two", 11)] {
            let mut text = FILE.lines().next().unwrap().to_owned();
            for n in 0..2_500 {
                text += &format!("\n{name}-{n},ok,13/{month}/2025,15/{month}/2025,2,Double,€300.00,,");
            }
            let at = format!("/api/v1/import-files/{}", sent(&s, &format!("{name}.csv"), &text).await);
            s.post(&format!("{at}/map"), chosen()).await;
            s.post(&format!("{at}/start"), json!({})).await;
            addresses.push(at);
        }
        // A server that ends in the middle of the first.
        let ctx = Context::job("import");
        let cut_off = s.app.operate(&ctx, RunImportFiles);
        let _ = tokio::time::timeout(std::time::Duration::from_millis(250), cut_off).await;
        work(&s).await;
        for at in &addresses {
            let file = s.get(at).await;
            assert_eq!((&file["state"], &file["rows"], &file["report"]["imported"]), (&json!("finished"), &json!(2_500), &json!(2_500)), "{file}");
        }
    }

    async fn only_who_may_import_in_the_whole_chain_sends_files(db: TestDb) {
        let h = Hotel::new(db).await;
        let steward = h.signed_in("steward", &[("data_steward", None)]).await;
        let desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let of_one = h.signed_in("of.one", &[("data_steward", Some("SH01"))]).await;
        let file = json!({ "name": "a.csv", "lines": ["name,phone", "Anna Beispiel,+49 1512 3456789"] });
        for by in [&desk, &of_one] {
            assert_eq!(h.post(by, "/api/v1/import-files", file.clone()).await.code(), (403, "forbidden"));
            assert_eq!(h.get(by, "/api/v1/import-files").await.code(), (403, "forbidden"));
        }
        assert_eq!(kept(&h.s), 0);
        let sent = h.post(&steward, "/api/v1/import-files", file).await;
        assert_eq!(sent.status, 201, "{:?}", sent.body);
        assert_eq!((sent.body["by"].as_str().is_some_and(|by| !by.is_empty()), kept(&h.s)), (true, 1));
    }
}
