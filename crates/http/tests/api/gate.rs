//! The gate: every use case passes it once, denied or not, and is counted; what shows personal data unmasked is journalled each time.

use crate::common::Server;
use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use hefu_app::{
    AppError, Context, Origin, Query, Reader, Result,
    authz::{Action, Principal, Resource, Scope},
    housekeeping::ShowBoard,
    people::guest::RevealGuest,
    record::ShowRecord,
};
use hefu_domain::ids::GuestId;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;
use uuid::Uuid;

/// A use case about a visit that never says in which property the visit lies.
struct Unplaced;

#[async_trait]
impl Query for Unplaced {
    const ACTION: Action = Action::VisitShow;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::visit("1")
    }

    async fn run(&self, _: &mut Reader<'_>) -> Result<()> {
        Ok(())
    }
}

fn code<T>(result: Result<T>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

both_engines! {
    async fn nobody_but_the_administrator_and_jobs_gets_anything(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-04", "2026-10-06").await;
        let show = || ShowRecord { number: number.clone(), property: None };
        for (principal, wanted) in [
            (Principal::LocalAdministrator, "ok"),
            (Principal::job("night-audit"), "ok"),
            (Principal::Staff(Uuid::from_u128(1)), "forbidden"),
            (Principal::ApiClient(Uuid::from_u128(2)), "forbidden"),
            (Principal::Guest(GuestId::NIL), "forbidden"),
        ] {
            let ctx = Context::new(principal.clone(), Origin::Http(None));
            assert_eq!(code(s.app.ask(&ctx, show()).await), wanted, "{principal}");
            assert_eq!(code(s.app.ask(&ctx, ShowBoard { property: "SH01".into() }).await), wanted, "{principal}");
        }
    }

    async fn a_visit_is_decided_by_the_property_it_turns_out_to_be_of(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-04", "2026-10-06").await;
        let scoped = |code: &str| Context { scope: Scope::Only(vec![code.into()]), ..Context::local_administrator() };
        let show = || ShowRecord { number: number.clone(), property: None };
        // The first time from the database, the second from memory.
        for _ in 0..2 {
            assert_eq!(code(s.app.ask(&scoped("SH01"), show()).await), "ok");
            assert_eq!(code(s.app.ask(&scoped("HZ01"), show()).await), "forbidden");
        }
        let other = s.app.ask(&scoped("HZ01"), ShowBoard { property: "SH01".into() }).await;
        assert_eq!(code(other), "forbidden");
        let unplaced = s.app.ask(&Context::local_administrator(), Unplaced).await;
        assert!(matches!(unplaced, Err(AppError::Internal(_))), "{unplaced:?}");
    }

    async fn a_reveal_needs_a_reason_and_is_journalled_each_time(db: TestDb) {
        let s = Server::new(db).await;
        let guest = s.post("/api/v1/guests", json!({ "full_name": "陶梦瑶", "phones": ["13900001111"] })).await;
        let id: GuestId = guest["id"].as_str().unwrap().parse().unwrap();
        let without = s.app.ask(&Context::local_administrator(), RevealGuest { id, reason: None, classes: Vec::new() }).await;
        assert_eq!(code(without), "invalid");
        let path = format!("/api/v1/guests/{id}/reveal");
        for _ in 0..2 {
            let (status, shown) =
                s.send(Method::POST, &path, Some(json!({ "reason": "call back" })), &[("idempotency-key", "again")]).await;
            assert_eq!((status, shown["profile"]["phones"][0].as_str()), (StatusCode::OK, Some("+8613900001111")));
        }
        let journal = s.get("/api/v1/journal?limit=20").await;
        let reveals = journal["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "guest.reveal");
        assert_eq!(reveals.count(), 0, "an entry has its place once it is sequenced");
        use hefu_test_app::TestApp as _;
        s.app.sequence().await.unwrap();
        let journal = s.get("/api/v1/journal?limit=20").await;
        let reveals = journal["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "guest.reveal");
        assert_eq!(reveals.count(), 2);
    }

    async fn use_cases_are_counted_by_how_they_end(db: TestDb) {
        let s = Server::new(db).await;
        s.get("/api/v1/properties/SH01/today").await;
        s.send(Method::GET, "/api/v1/properties/NONE/today", None, &[]).await;
        let (status, text) = s.text("/metrics").await;
        assert_eq!(status, StatusCode::OK);
        for line in [
            "hefu_use_cases_total{action=\"board.show\",outcome=\"ok\"} 1",
            "hefu_use_cases_total{action=\"board.show\",outcome=\"not_found\"} 1",
            "hefu_use_case_duration_seconds_count{action=\"board.show\"} 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
        assert!(!text.contains("SH01"), "no property, no person");
    }
}
