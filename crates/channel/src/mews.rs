//! Reservations of Mews, by its Connector API.
//!
//! A round reads what was updated between two moments, page by page, the latest first. What is updated while it goes on is of the next round, so that no page moves
//! under it. The first rounds catch up with what is there already.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use hefu_domain::{channel::ChannelFeed, property::Property};
use hefu_ota::{MewsList, mews_customers, mews_ids, mews_list, mews_records, mews_services};
use serde_json::{Map, Value, json};

use crate::{
    client::{Asking, Cursor, Failed, FeedFault, FeedRequest, Page},
    feed::FeedCredentials,
};

/// Reservations of a page.
const PAGE: usize = 50;

/// The most that a list may be asked for at once.
const MOST: usize = 1_000;

/// The most pages of what belongs to the reservations of one page.
const MOST_PAGES: usize = 20;

/// How far back the first round begins, days.
const BACKLOG: i64 = 400;

/// The longest period that may be asked for, days: a little less than three months.
const LONGEST: i64 = 85;

/// How far a round reaches into the one before it, minutes: what was written there late, or under another clock.
const OVERLAP: i64 = 5;

/// The next page.
pub(crate) async fn page(
    asking: &Asking<'_>,
    feed: &ChannelFeed,
    property: &Property,
    credentials: &FeedCredentials,
) -> Result<Page, Failed> {
    let cursor = feed.cursor.as_deref().and_then(Cursor::read);
    let cursor = cursor.unwrap_or_else(|| round(feed.since, asking.now));
    let until: DateTime<Utc> = cursor.until.parse().map_err(|_| FeedFault::Malformed)?;
    let at = Some(cursor.at.as_str()).filter(|at| !at.is_empty());
    let mut filter = Map::new();
    filter.insert("UpdatedUtc".into(), json!({ "StartUtc": cursor.from, "EndUtc": cursor.until }));
    if let Some(hotel) = &feed.hotel {
        filter.insert("EnterpriseIds".into(), json!([hotel]));
    }
    if let Some(service) = &feed.service {
        filter.insert("ServiceIds".into(), json!([service]));
    }
    let of = Of { asking, feed, credentials };
    let told = of.list(("reservations/getAll/2023-06-06", "Reservations"), filter, at, PAGE).await?;
    let reservations = told.items;
    let mut records = Vec::new();
    if !reservations.is_empty() {
        let ids = |name: &str, ids: Vec<String>| {
            let mut filter = Map::new();
            filter.insert(name.to_owned(), json!(ids));
            filter
        };
        let customers = match mews_customers(&reservations) {
            nobody if nobody.is_empty() => Vec::new(),
            customers => {
                let mut filter = ids("CustomerIds", customers);
                filter.insert("Extent".into(), json!({ "Customers": true, "Addresses": false }));
                of.all(("customers/getAll", "Customers"), filter).await?
            }
        };
        let mut filter = ids("ServiceOrderIds", mews_ids(&reservations));
        filter.insert("Types".into(), json!(["SpaceOrder"]));
        let orders = of.all(("orderItems/getAll", "OrderItems"), filter).await?;
        let filter = ids("ServiceIds", mews_services(&reservations));
        let ages = of.all(("ageCategories/getAll", "AgeCategories"), filter).await?;
        records = mews_records(&property.time_zone, &reservations, (&customers, &orders, &ages));
    }
    // Fewer than were asked for: they were the last.
    let next = told.cursor.filter(|next| reservations.len() >= PAGE && Some(next.as_str()) != at);
    let again = next.is_none() && until + TimeDelta::minutes(OVERLAP) < asking.now;
    Ok(Page { records, cursor: next.map(|at| Cursor { at, ..cursor }), since: until, again })
}

/// The beginning of the round behind what has been read.
fn round(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Cursor {
    let text = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let from = match since {
        Some(since) => since - TimeDelta::minutes(OVERLAP),
        None => now - TimeDelta::days(BACKLOG),
    };
    let until = now.min(from + TimeDelta::days(LONGEST));
    Cursor { from: text(from), until: text(until), at: String::new() }
}

/// Of whom lists are asked.
struct Of<'a> {
    asking: &'a Asking<'a>,
    feed: &'a ChannelFeed,
    credentials: &'a FeedCredentials,
}

impl Of<'_> {
    /// A page of a list.
    async fn list(
        &self,
        (operation, name): (&str, &str),
        filter: Map<String, Value>,
        at: Option<&str>,
        most: usize,
    ) -> Result<MewsList, Failed> {
        let mut body = filter;
        body.insert("ClientToken".into(), json!(self.credentials.client_token));
        body.insert("AccessToken".into(), json!(self.credentials.access_token));
        body.insert("Client".into(), json!(concat!("Hefu ", env!("CARGO_PKG_VERSION"))));
        let limitation = match at {
            Some(at) => json!({ "Cursor": at, "Count": most }),
            None => json!({ "Count": most }),
        };
        body.insert("Limitation".into(), limitation);
        let request = FeedRequest {
            url: format!("{}/api/connector/v1/{operation}", self.feed.url),
            headers: Vec::new(),
            body: Some(("application/json", Value::Object(body).to_string())),
        };
        match self.asking.ask(request).await? {
            Some(answer) => Ok(mews_list(&answer, name).map_err(|_| FeedFault::Malformed)?),
            None => Ok(MewsList { items: Vec::new(), cursor: None }),
        }
    }

    /// A whole list.
    async fn all(&self, of: (&str, &str), filter: Map<String, Value>) -> Result<Vec<Value>, Failed> {
        let (mut all, mut at) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let page = self.list(of, filter.clone(), at.as_deref(), MOST).await?;
            let is_full = page.items.len() >= MOST;
            all.extend(page.items);
            match page.cursor.filter(|next| is_full && Some(next) != at.as_ref()) {
                Some(next) => at = Some(next),
                None => return Ok(all),
            }
        }
        // Part of it would be taken for all of it.
        Err(FeedFault::Malformed.into())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn rounds_follow_one_another_without_a_gap_until_now() {
        let now: DateTime<Utc> = "2026-10-03T08:00:00Z".parse().unwrap();
        let (mut since, mut rounds) = (None, Vec::new());
        while since != Some(now) {
            let next = round(since, now);
            let (from, until): (DateTime<Utc>, DateTime<Utc>) =
                (next.from.parse().unwrap(), next.until.parse().unwrap());
            assert!(from < until && until - from <= TimeDelta::days(89), "{next}");
            assert!(since.is_none_or(|since| from < since), "{next}");
            since = Some(until);
            rounds.push(next);
        }
        assert_eq!(rounds.len(), 5, "{rounds:?}");
    }
}
