//! Jobs over HTTP: what was given up is shown, and can be run again.

use crate::common::Server;
use axum::http::{Method, StatusCode};
use hefu_app::{job::MOST_ATTEMPTS, people::reconsider::ReconsiderGuest};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

both_engines! {
    async fn a_dead_job_is_shown_and_can_be_run_again(db: TestDb) {
        let s = Server::new(db).await;
        let guest = s.post("/api/v1/guests", json!({ "full_name": "孙一", "phones": ["13900000001"] })).await;
        let id = guest["id"].as_str().unwrap();
        let edited = json!({ "full_name": "孙一", "phones": ["13900000002"] });
        let (status, answer) = s.send(Method::PUT, &format!("/api/v1/guests/{id}"), Some(edited), &[]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let done = s.get("/api/v1/jobs?state=done").await;
        assert_eq!(done["items"][0]["kind"], "guest.reconsider");
        assert_eq!(done["items"][0]["payload"], json!({ "guest": id }), "ids only");
        assert_eq!(s.get("/api/v1/jobs?state=dead").await["items"], json!([]));

        s.db.tamper("UPDATE job SET state = 'running', attempts = 20, leased_by = id, lease_until = run_at").await;
        assert_eq!(MOST_ATTEMPTS, 20);
        s.db.clock.advance(chrono::TimeDelta::seconds(1));
        s.app.bring_back_jobs().await.unwrap();
        let dead = s.get("/api/v1/jobs").await;
        assert_eq!((dead["items"].as_array().unwrap().len(), &dead["items"][0]["last_error"]), (1, &json!("lease_expired")));
        let job = dead["items"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/jobs/{job}/retry");
        let key = [("idempotency-key", "again")];
        let (status, first) = s.send(Method::POST, &path, Some(json!({})), &key).await;
        assert_eq!((status, &first["state"]), (StatusCode::OK, &json!("waiting")), "{first}");
        // The same request is answered as before, although the job is done by now.
        assert_eq!(s.send(Method::POST, &path, Some(json!({})), &key).await, (status, first));
        assert_eq!(s.get("/api/v1/jobs?state=done").await["items"][0]["id"], job.as_str());
        assert_eq!(s.app.run_jobs::<ReconsiderGuest>().await.unwrap(), 0);
        assert_eq!(s.refused(&path, json!({})).await, (409, "wrong_state".into()));
        let unknown = format!("/api/v1/jobs/{id}/retry");
        assert_eq!(s.refused(&unknown, json!({})).await.0, 404);
    }

    async fn a_page_of_jobs_leads_to_the_next(db: TestDb) {
        let s = Server::new(db).await;
        for n in 1..=5 {
            let guest = s.post("/api/v1/guests", json!({ "full_name": "孙一", "phones": [format!("1390000000{n}")] })).await;
            let path = format!("/api/v1/guests/{}", guest["id"].as_str().unwrap());
            let edited = json!({ "full_name": "孙一", "phones": [format!("1390000001{n}")] });
            assert_eq!(s.send(Method::PUT, &path, Some(edited), &[]).await.0, StatusCode::OK);
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = s.get(&format!("/api/v1/jobs?state=done&limit=2{cursor}")).await;
            seen.extend(page["items"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let mut sorted = seen.clone();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        sorted.dedup();
        assert_eq!((seen.len(), &seen), (5, &sorted));
    }
}
