//! A clock that jumps forgets no answer and closes no day, on both engines; people are asked.

use crate::common::Server;
use axum::http::Method;
use chrono::TimeDelta;
use hefu_app::{clock::WatchClock, health::CheckHealth, ledger::ForgetAnswers};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

async fn watch(s: &Server) {
    s.app.run(WatchClock).await.unwrap();
}

/// A minibar charge under one key, as a desk repeats it that has had no answer.
async fn charge(s: &Server, number: &str) -> (u16, Value) {
    let path = format!("/api/v1/visits/{number}/charges");
    let body = json!({ "code": "MINI", "amount": 30_00 });
    let (status, answer) = s.send(Method::POST, &path, Some(body), &[("idempotency-key", "minibar-1")]).await;
    (status.as_u16(), answer)
}

async fn charges(s: &Server, number: &str) -> usize {
    let view = s.get(&format!("/api/v1/visits/{number}")).await;
    let postings = view["consumption"]["postings"].as_array().unwrap().clone();
    postings.iter().filter(|posting| posting["code"] == "MINI").count()
}

/// The server stops and is started again, on the same machine.
async fn restarted(s: Server) -> Server {
    let Server { end, db, .. } = s;
    drop(end);
    Server::over(db.reopen().await)
}

async fn held(s: &Server) -> Vec<(String, String)> {
    let jobs = s.get("/api/v1/jobs").await;
    let held = jobs["held_night_audits"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    held.iter().map(|audit| (text(&audit["property"]), text(&audit["business_date"]))).collect()
}

fn one(date: &str) -> Vec<(String, String)> {
    vec![("SH01".to_owned(), date.to_owned())]
}

both_engines! {
    async fn answers_are_forgotten_after_a_day_that_has_passed(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({})).await;
        watch(&s).await;
        let first = charge(&s, &number).await;
        assert_eq!(first.0, 200, "{first:?}");
        s.db.clock.jump(TimeDelta::days(2));
        assert_eq!(s.app.run(ForgetAnswers).await.unwrap(), 0);
        assert_eq!(charge(&s, &number).await, first);
        // Nor by one that is started after the jump, or on another start of the machine.
        let s = restarted(s).await;
        assert_eq!(s.app.run(ForgetAnswers).await.unwrap(), 0);
        assert_eq!(charge(&s, &number).await, first);
        s.db.clock.restart(TimeDelta::days(3));
        let s = restarted(s).await;
        assert_eq!(s.app.run(ForgetAnswers).await.unwrap(), 0);
        assert_eq!(charge(&s, &number).await, first);
        // Set back by a year, then a day passes.
        s.db.clock.jump(TimeDelta::days(-365));
        s.db.clock.advance(TimeDelta::hours(23));
        assert_eq!(s.app.run(ForgetAnswers).await.unwrap(), 0);
        assert_eq!(charge(&s, &number).await, first);
        assert_eq!(charges(&s, &number).await, 1);
        s.db.clock.advance(TimeDelta::hours(2));
        assert!(s.app.run(ForgetAnswers).await.unwrap() > 0);
        assert_eq!(charge(&s, &number).await.0, 200);
        assert_eq!(charges(&s, &number).await, 2);
    }

    async fn a_day_that_is_over_by_the_clock_alone_asks_a_person(db: TestDb) {
        let s = Server::new(db).await;
        watch(&s).await;
        // 16:00 on the third in Shanghai. Two days later by the clock, two dates would be closed.
        s.db.clock.jump(TimeDelta::days(2));
        watch(&s).await;
        assert_eq!(s.app.due_audits().await.unwrap(), Vec::<String>::new());
        assert_eq!(held(&s).await, one("2026-10-03"));
        let health = s.app.get(CheckHealth).await.unwrap();
        assert_eq!(health.held_audits.len(), 1);
        assert_eq!(health.time.doubt(), Some(TimeDelta::days(2)));
        // So it is after a restart, and for the night in which the date is over in fact: then it is closed by itself.
        let s = restarted(s).await;
        assert_eq!(held(&s).await, one("2026-10-03"));
        for _ in 0..12 {
            s.db.clock.advance(TimeDelta::hours(1));
            watch(&s).await;
        }
        assert_eq!(s.app.due_audits().await.unwrap(), ["SH01"]);
        assert_eq!(held(&s).await, []);
        s.app.audit_units(hefu_app::Context::job("night-audit"), "SH01", false, usize::MAX).await.unwrap();
        assert_eq!(held(&s).await, one("2026-10-04"));
        // Set right, nothing is held.
        s.db.clock.jump(TimeDelta::days(-2));
        watch(&s).await;
        assert_eq!(held(&s).await, []);
        assert_eq!(s.app.due_audits().await.unwrap(), Vec::<String>::new());
    }

    async fn whoever_runs_the_audits_that_wait_says_that_the_clock_is_right(db: TestDb) {
        let s = Server::new(db).await;
        watch(&s).await;
        // The machine was off from the third to the fifth.
        s.db.clock.restart(TimeDelta::days(2));
        let s = restarted(s).await;
        watch(&s).await;
        assert_eq!((s.app.due_audits().await.unwrap().len(), held(&s).await), (0, one("2026-10-03")));
        s.post(&format!("{HOUSE}/night-audit"), json!({})).await;
        // One date, and not the next by itself.
        assert_eq!((s.app.due_audits().await.unwrap().len(), held(&s).await), (0, one("2026-10-04")));
        s.post(&format!("{HOUSE}/night-audit"), json!({})).await;
        assert_eq!(held(&s).await, []);
        assert_eq!(s.app.get(CheckHealth).await.unwrap().time.doubt(), None);
        // From then on as ever.
        for _ in 0..12 {
            s.db.clock.advance(TimeDelta::hours(1));
            watch(&s).await;
        }
        assert_eq!(s.app.due_audits().await.unwrap(), ["SH01"]);
    }

    async fn a_machine_that_is_off_at_night_closes_the_day_in_the_morning(db: TestDb) {
        let s = Server::new(db).await;
        s.db.clock.advance(TimeDelta::hours(6));
        watch(&s).await;
        s.db.clock.restart(TimeDelta::hours(9));
        let s = restarted(s).await;
        watch(&s).await;
        assert_eq!((s.app.due_audits().await.unwrap(), held(&s).await), (vec!["SH01".to_owned()], Vec::new()));
    }
}
