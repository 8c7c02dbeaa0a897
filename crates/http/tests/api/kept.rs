//! What is kept of requests for their repetitions: answers with everything masked, and requests that nobody can try out.

use crate::common::{Server, booking, digits};
use axum::http::{Method, StatusCode};
use hefu_app::CHAIN;
use hefu_crypto::{Aad, sha256};
use hefu_store::{StoreError, query};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const PHONE: &str = "13900001111";
const ANOTHER: &str = "13900002222";
const DOCUMENT: &str = "E12345678";
const EMAIL: &str = "tao.mengyao@example.net";

fn profile(phone: &str) -> Value {
    json!({ "full_name": "陶梦瑶", "phones": [phone], "emails": [EMAIL],
        "documents": [{ "type": "passport", "number": DOCUMENT, "country": "CHN" }] })
}

async fn post(s: &Server, path: &str, body: &Value, key: &str) -> Value {
    let headers = [("idempotency-key", key), ("hefu-reason", "story")];
    let (status, answer) = s.send(Method::POST, path, Some(body.clone()), &headers).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

/// Keys, requests and answers as they are kept.
async fn kept(s: &Server) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let bytes =
        if s.db.address().starts_with("postgres") { "convert_to(key, 'UTF8')" } else { "CAST(key AS BLOB)" };
    let column = async |what: &str| s.db.bytes(&format!("SELECT {what} FROM idempotency ORDER BY key")).await;
    let keys = column(bytes).await.into_iter().map(|key| String::from_utf8(key).unwrap());
    let (requests, answers) = (column("request").await, column("answer").await);
    keys.zip(requests).zip(answers).map(|((key, request), answer)| (key, request, answer)).collect()
}

/// The kept answers, opened as only who has the keys can.
async fn opened(s: &Server) -> Vec<String> {
    let rows = kept(s).await;
    let answers: Result<Vec<String>, StoreError> =
        s.db.store
            .write(move |tx| {
                let rows = rows.clone();
                Box::pin(async move {
                    let (key, tenant) = (tx.data_key(CHAIN).await?, tx.ring().tenant());
                    let mut answers = Vec::new();
                    for (name, _, _) in &rows {
                        let kept = query::journal::answer(tx, name).await?.unwrap();
                        let place = kept.place();
                        let aad = Aad { tenant, table: "idempotency", column: &place, row: CHAIN };
                        answers.push(String::from_utf8(key.open(&aad, &kept.answer).unwrap()).unwrap());
                    }
                    Ok(answers)
                })
            })
            .await;
    answers.unwrap()
}

both_engines! {
    async fn no_kept_answer_holds_what_is_masked(db: TestDb) {
        let s = Server::new(db).await;
        let guest = post(&s, "/api/v1/guests", &profile(PHONE), "guest").await["id"].as_str().unwrap().to_owned();
        let mut stay = booking("DBL", "2026-10-03", "2026-10-05");
        stay["guest"] = json!({ "profile": profile(PHONE) });
        let number = digits(&post(&s, "/api/v1/reservations", &stay, "book").await);
        let at = |action: &str| format!("/api/v1/visits/{number}/{action}");
        post(&s, &at("check-in"), &json!({ "room": "0401" }), "check-in").await;
        let along = json!({ "guest": { "profile": { "full_name": "顾一鸣", "phones": [ANOTHER] } } });
        post(&s, &at("add-guest"), &along, "along").await;
        post(&s, &format!("/api/v1/guests/{guest}/membership"), &json!({}), "member").await;
        let before = opened(&s).await;
        assert_eq!(before.len(), 5);

        // An unmasking is decided and journalled each time, under one key or several; nothing of it is kept.
        let reveal = format!("/api/v1/guests/{guest}/reveal");
        for key in ["reveal", "reveal", "guest"] {
            let shown = post(&s, &reveal, &json!({}), key).await;
            assert_eq!(shown["profile"]["phones"][0], "+8613900001111");
        }
        s.app.sequence().await.unwrap();
        let journal = s.get("/api/v1/journal?limit=100").await;
        let entries = journal["items"].as_array().unwrap();
        assert_eq!(entries.iter().filter(|entry| entry["action"] == "guest.reveal").count(), 3);
        let after = opened(&s).await;
        assert_eq!(after, before);
        for answer in after {
            for secret in [PHONE, ANOTHER, DOCUMENT, EMAIL] {
                assert!(!answer.contains(secret), "{secret}: {answer}");
            }
        }
    }

    async fn nobody_tries_out_what_was_asked(db: TestDb) {
        let s = Server::new(db).await;
        let body = profile(PHONE);
        post(&s, "/api/v1/guests", &body, "order-17").await;
        let (key, request, _) = kept(&s).await.remove(0);
        // What whoever has the database and knows all but the phone would compare.
        let asked = sha256(&[b"POST /api/v1/guests", body.to_string().as_bytes()]);
        assert_eq!(asked, hefu_app::request_digest(&[b"POST /api/v1/guests", body.to_string().as_bytes()]));
        let actor = hefu_app::Context::local_administrator().principal.to_string();
        let guesses = [asked, sha256(&[&asked]), sha256(&[b"request", &asked])];
        assert!(guesses.iter().all(|guess| guess[..] != request[..]));
        for guess in [sha256(&[actor.as_bytes(), b"order-17"]), sha256(&[b"key", actor.as_bytes(), b"order-17"])] {
            let guess: String = guess[..16].iter().map(|byte| format!("{byte:02x}")).collect();
            assert_ne!(guess, key);
        }
    }

    async fn a_request_is_known_again_after_a_rotation(db: TestDb) {
        let s = Server::new(db).await;
        let body = booking("DBL", "2026-10-03", "2026-10-05");
        let first = post(&s, "/api/v1/reservations", &body, "book").await;
        let mut ring = s.db.ring();
        ring.rotate(&*s.db.store.vault().rng);
        ring.save(&s.db.key_file()).unwrap();
        s.app.use_ring(s.db.ring()).await.unwrap();
        s.app.rotate_keys(|_| ()).await.unwrap();
        ring.retire(1).unwrap();
        s.app.use_ring(ring).await.unwrap();
        assert_eq!(post(&s, "/api/v1/reservations", &body, "book").await, first);
        let mut other = body;
        other["rooms"][0]["departure"] = json!("2026-10-06");
        let headers = [("idempotency-key", "book")];
        let (status, answer) = s.send(Method::POST, "/api/v1/reservations", Some(other), &headers).await;
        assert_eq!((status, &answer["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("idempotency_key_reused")));
    }
}
