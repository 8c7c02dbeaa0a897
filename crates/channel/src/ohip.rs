//! Reservations of OPERA Cloud, by the Oracle Hospitality Integration Platform.
//!
//! Its list knows no filter by the moment of the last change, so a round reads every reservation that arrives in a long period, page by page: what did not change
//! since is recognised by its moment and written nowhere.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{Days, NaiveDate};
use form_urlencoded::Serializer;
use hefu_domain::{channel::ChannelFeed, property::Property};
use hefu_ota::ohip_page;
use serde_json::Value;

use crate::{
    client::{Asking, Cursor, Failed, FeedFault, FeedRequest, Page, field},
    feed::FeedCredentials,
};

/// Reservations of a page.
const PAGE: usize = 100;

/// How far before the business date a round begins, days of arrival: whoever arrived then may still be in the house.
const BEFORE: u64 = 31;

/// How far behind the business date it goes, days.
const BEHIND: u64 = 500;

/// How long a token is used that does not say how long it lasts, seconds.
const TOKEN_LASTS: i64 = 600;

/// The next page.
pub(crate) async fn page(
    asking: &Asking<'_>,
    feed: &ChannelFeed,
    property: &Property,
    credentials: &FeedCredentials,
) -> Result<Page, Failed> {
    let hotel = feed.hotel.as_deref().unwrap_or_default();
    let cursor =
        feed.cursor.as_deref().and_then(Cursor::read).unwrap_or_else(|| round(property.business_date));
    let offset: usize = cursor.at.parse().unwrap_or(0);
    let query = query_of(&cursor, offset);
    let token = token(asking, feed, credentials).await?;
    let request = FeedRequest {
        url: format!("{}/rsv/v1/hotels/{hotel}/reservations?{query}", feed.url),
        headers: vec![
            ("authorization", format!("Bearer {token}")),
            ("x-app-key", credentials.app_key.clone().unwrap_or_default()),
            ("x-hotelid", hotel.to_owned()),
        ],
        body: None,
    };
    let answer = asking.ask(request).await.inspect_err(|failed| {
        if failed.fault == FeedFault::Unauthorised {
            asking.forget(feed);
        }
    })?;
    let page = match answer {
        Some(answer) => ohip_page(&answer, &property.time_zone).map_err(|_| FeedFault::Malformed)?,
        None => return Ok(Page { records: Vec::new(), cursor: None, since: asking.now, again: false }),
    };
    let told = page.records.len();
    let has_more = told > 0 && page.has_more.unwrap_or(told >= PAGE);
    let next = Cursor { at: (offset + told).to_string(), ..cursor };
    Ok(Page { records: page.records, cursor: has_more.then_some(next), since: asking.now, again: false })
}

/// What is asked for.
fn query_of(cursor: &Cursor, offset: usize) -> String {
    let (limit, offset) = (PAGE.to_string(), offset.to_string());
    let mut query = Serializer::new(String::new());
    query.append_pair("limit", &limit);
    query.append_pair("offset", &offset);
    query.append_pair("arrivalStartDate", &cursor.from);
    query.append_pair("arrivalEndDate", &cursor.until);
    query.append_pair("orderBy", "ArrivalDate");
    query.append_pair("sortOrder", "Asc");
    query.append_pair("excludePseudoRoomReservations", "true");
    query.append_pair("fetchInstructions", "Reservation");
    query.finish()
}

/// The beginning of a round.
fn round(business_date: NaiveDate) -> Cursor {
    let from = business_date.checked_sub_days(Days::new(BEFORE)).unwrap_or(business_date);
    let until = business_date.checked_add_days(Days::new(BEHIND)).unwrap_or(business_date);
    Cursor { from: from.to_string(), until: until.to_string(), at: "0".to_owned() }
}

/// What a token is asked for with.
fn form_of(credentials: &FeedCredentials) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let mut form = Serializer::new(String::new());
    if credentials.username.is_some() {
        form.append_pair("grant_type", "password");
        form.append_pair("username", &text(&credentials.username));
        form.append_pair("password", &text(&credentials.password));
    } else {
        form.append_pair("grant_type", "client_credentials");
        form.append_pair("scope", &text(&credentials.scope));
    }
    form.finish()
}

/// A token, which is asked for if there is none.
async fn token(
    asking: &Asking<'_>,
    feed: &ChannelFeed,
    credentials: &FeedCredentials,
) -> Result<String, Failed> {
    if let Some(token) = asking.token(feed) {
        return Ok(token);
    }
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let client = format!("{}:{}", text(&credentials.client_id), text(&credentials.client_secret));
    let mut headers = vec![
        ("authorization", format!("Basic {}", BASE64_STANDARD.encode(client))),
        ("x-app-key", text(&credentials.app_key)),
    ];
    if let Some(enterprise) = &credentials.enterprise {
        headers.push(("enterpriseid", enterprise.clone()));
    }
    let request = FeedRequest {
        url: format!("{}/oauth/v1/tokens", feed.url),
        headers,
        body: Some(("application/x-www-form-urlencoded", form_of(credentials))),
    };
    let answer = asking.ask(request).await?.unwrap_or_default();
    let answer: Value = serde_json::from_str(&answer).map_err(|_| FeedFault::Malformed)?;
    let token = field(&answer, "access_token").ok_or(FeedFault::Malformed)?;
    let lasts = answer.get("expires_in").and_then(Value::as_i64).unwrap_or(TOKEN_LASTS);
    asking.keep(feed, &token, lasts);
    Ok(token)
}
