//! Who makes a demonstration: a client of the API, who invents people.

use anyhow::{Context as _, bail};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use chrono::NaiveDate;
use hefu_app::{App, Context, setup::ListProperties};
use hefu_kernel::SeededRng;
use hefu_synthetic::{People, Person};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// The same people every time.
const SEED: u64 = 2026;

/// The day in China.
pub(super) fn today(app: &App) -> anyhow::Result<NaiveDate> {
    let zone = chrono::FixedOffset::east_opt(8 * 3600).context("UTC+8")?;
    Ok(app.clock().now().with_timezone(&zone).date_naive())
}

/// Makes a demonstration by requests to the API.
pub(super) struct Demo {
    router: Router,
    people: People,
    pub(super) rng: SeededRng,
    next: std::cell::Cell<u64>,
    /// Who is here after the departure.
    pub(super) stays_on: std::cell::RefCell<Option<String>>,
}

impl Demo {
    /// A demonstration over some records.
    pub(super) fn of(app: &App) -> Self {
        Self {
            router: hefu_http::router(app.clone()),
            people: People::new(SEED),
            rng: SeededRng::new(SEED),
            next: std::cell::Cell::new(0),
            stays_on: std::cell::RefCell::new(None),
        }
    }

    /// Whether there is a property.
    pub(super) async fn has(&self, app: &App, code: &str) -> anyhow::Result<bool> {
        let properties = app.ask(&Context::command_line("demo"), ListProperties).await?;
        Ok(properties.iter().any(|property| property.code == code))
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: Value) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT_LANGUAGE, "en")
            .body(Body::from(body.to_string()))?;
        let response = self.router.clone().oneshot(request).await?;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if !status.is_success() {
            bail!(
                "the demonstration chain: {path} answered {status} {} {}",
                answer["code"],
                answer["detail"]
            );
        }
        Ok(answer)
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, body).await
    }

    /// The next invented guest, as a channel or a desk would send it.
    pub(super) fn guest(&self) -> Value {
        let person: Person = self.people.person(self.next.replace(self.next.get() + 1), None);
        json!({ "profile": {
            "full_name": person.full_name, "surname": person.surname, "given_name": person.given,
            "birth": person.birth, "nationality": person.nationality, "language": person.language,
            "phones": [person.phone], "emails": person.email.into_iter().collect::<Vec<_>>(), "city": person.city,
            "documents": [{ "type": person.document_type, "number": person.document_number }],
        } })
    }
}
