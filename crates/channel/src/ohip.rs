//! Reservations of OPERA Cloud, by the Oracle Hospitality Integration Platform.
//!
//! Its list knows no filter by the moment of the last change, but it knows on which day a reservation was made, on which day it was called off, and when its guests
//! arrive. So a round reads what was made and what was called off since the last one, and the arrivals of these days; and all others, of which only a change is unknown,
//! are read in slices, one an hour, all of them in a day. The first round, and one after a day without any, reads everything. What did not change since is recognised by its
//! moment and written nowhere.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
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

/// How far before the business date arrivals are read, days: whoever arrived then may still be in the house.
const BEFORE: i64 = -31;

/// How far behind it, days.
const BEHIND: i64 = 500;

/// Arrivals of these days from the business date on are read in every round: a change of them matters at once.
const NEAR: (i64, i64) = (-2, 7);

/// Slices into which all other arrivals are cut; one is read in each hour of a day.
const SLICES: i64 = 24;

/// Seconds of an hour.
const HOUR: i64 = 3_600;

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
    // A place of another form is one of no round that is known: it begins anew.
    let place = feed.cursor.as_deref().and_then(Cursor::read).and_then(|cursor| Place::read(&cursor));
    let place = place.filter(|place| place.part < place.round.parts(&property.time_zone).len());
    let place = place.unwrap_or_else(|| Place::beginning(feed.since, asking.now, property.business_date));
    let parts = place.round.parts(&property.time_zone);
    let Some(part) = parts.get(place.part) else { return Err(FeedFault::Malformed.into()) };
    let token = token(asking, feed, credentials).await?;
    let request = FeedRequest {
        url: format!("{}/rsv/v1/hotels/{hotel}/reservations?{}", feed.url, part.query(place.offset)),
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
    let (records, has_more) = match answer {
        Some(answer) => {
            let page = ohip_page(&answer, &property.time_zone).map_err(|_| FeedFault::Malformed)?;
            let told = page.records.len();
            (page.records, told > 0 && page.has_more.unwrap_or(told >= PAGE))
        }
        None => (Vec::new(), false),
    };
    let next = if has_more {
        Some(Place { offset: place.offset + records.len(), ..place.clone() })
    } else if place.part + 1 < parts.len() {
        Some(Place { part: place.part + 1, offset: 0, ..place.clone() })
    } else {
        None
    };
    let since = place.round.until;
    Ok(Page { records, cursor: next.map(|next| next.cursor()), since, again: false })
}

/// What a round reads: what may have changed between two moments.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Round {
    /// Up to when the round before read; none: there was none.
    since: Option<DateTime<Utc>>,
    /// When it began.
    until: DateTime<Utc>,
    /// The property's business date then: parts of a round do not move while it goes on.
    date: NaiveDate,
}

/// One list that a round reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Reservations made on a day.
    Made(NaiveDate),
    /// Reservations called off on a day.
    CalledOff(NaiveDate),
    /// Reservations that arrive from a day to another one.
    Arrivals(NaiveDate, NaiveDate),
}

/// A day so many days after another one.
fn day_after(date: NaiveDate, days: i64) -> NaiveDate {
    let by = Days::new(days.unsigned_abs());
    let day = if days < 0 { date.checked_sub_days(by) } else { date.checked_add_days(by) };
    day.unwrap_or(date)
}

/// A slice of the arrivals that are not near, in days after the business date. Slices share a day, so that none is passed over when the business date moves on between them.
fn slice(nth: i64) -> (i64, i64) {
    if nth == 0 {
        return (BEFORE, NEAR.0);
    }
    let first = NEAR.1 + 1;
    // Rounded up: the last one is shorter.
    let length = (BEHIND - first + SLICES - 1) / (SLICES - 1);
    let from = first + (nth - 1) * length;
    (from, (from + length).min(BEHIND))
}

impl Round {
    /// The lists that it reads, in order: always the same for the same round.
    fn parts(&self, zone: &str) -> Vec<Part> {
        let arrivals = |(from, until): (i64, i64)| {
            Part::Arrivals(day_after(self.date, from), day_after(self.date, until))
        };
        let hour = |moment: DateTime<Utc>| moment.timestamp().div_euclid(HOUR);
        let is_within_a_day = |since: &DateTime<Utc>| hour(self.until) - hour(*since) < SLICES;
        let Some(since) = self.since.filter(is_within_a_day) else {
            return vec![arrivals((BEFORE, BEHIND))];
        };
        let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
        let day = |moment: DateTime<Utc>| moment.with_timezone(&zone).date_naive();
        // The other system goes by its business date, which is that of the day before until the night is closed there, or the next one already.
        let last = day(self.until);
        let (first, last) = (day_after(day(since), -1), last.max(self.date.min(day_after(last, 1))));
        let days = first.iter_days().take_while(|date| *date <= last);
        let mut parts: Vec<Part> = days.flat_map(|date| [Part::Made(date), Part::CalledOff(date)]).collect();
        parts.push(arrivals(NEAR));
        let hours = (hour(since) + 1)..=hour(self.until);
        parts.extend(hours.map(|hour| arrivals(slice(hour.rem_euclid(SLICES)))));
        parts
    }
}

impl Part {
    /// What is asked for.
    fn query(self, offset: usize) -> String {
        let mut query = Serializer::new(String::new());
        query.append_pair("limit", &PAGE.to_string());
        query.append_pair("offset", &offset.to_string());
        match self {
            Self::Made(date) => {
                query.append_pair("createdOnStartDate", &date.to_string());
            }
            Self::CalledOff(date) => {
                query.append_pair("cancelledOn", &date.to_string());
            }
            Self::Arrivals(from, until) => {
                query.append_pair("arrivalStartDate", &from.to_string());
                query.append_pair("arrivalEndDate", &until.to_string());
            }
        }
        query.append_pair("orderBy", "ArrivalDate");
        query.append_pair("sortOrder", "Asc");
        query.append_pair("excludePseudoRoomReservations", "true");
        query.append_pair("fetchInstructions", "Reservation");
        query.finish()
    }
}

/// Where a round is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    round: Round,
    /// Which of its lists.
    part: usize,
    /// Reservations of the list that were read.
    offset: usize,
}

impl Place {
    fn beginning(since: Option<DateTime<Utc>>, now: DateTime<Utc>, date: NaiveDate) -> Self {
        Self { round: Round { since, until: now, date }, part: 0, offset: 0 }
    }

    fn cursor(&self) -> Cursor {
        let text = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
        let Self { round: Round { since, until, date }, part, offset } = self;
        Cursor {
            from: since.map(text).unwrap_or_default(),
            until: text(*until),
            at: format!("{date}/{part}/{offset}"),
        }
    }

    /// The place that [`Place::cursor`] wrote.
    fn read(cursor: &Cursor) -> Option<Self> {
        let since = match cursor.from.as_str() {
            "" => None,
            since => Some(since.parse().ok()?),
        };
        let mut at = cursor.at.split('/');
        let round = Round { since, until: cursor.until.parse().ok()?, date: at.next()?.parse().ok()? };
        Some(Self { round, part: at.next()?.parse().ok()?, offset: at.next()?.parse().ok()? })
    }
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use chrono::TimeDelta;

    use super::*;

    const ZONE: &str = "Asia/Shanghai";

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn round(since: &str, until: &str, date: &str) -> Round {
        Round { since: since.parse().ok(), until: moment(until), date: date.parse().unwrap() }
    }

    /// How many days of arrivals lists read.
    fn days(parts: &[Part]) -> i64 {
        let days = parts.iter().map(|part| match part {
            Part::Arrivals(from, until) => (*until - *from).num_days() + 1,
            Part::Made(_) | Part::CalledOff(_) => 0,
        });
        days.sum()
    }

    #[test]
    fn the_first_round_and_one_after_a_day_read_everything() {
        let all = Part::Arrivals("2026-09-02".parse().unwrap(), "2028-02-15".parse().unwrap());
        for since in ["", "2026-10-02T00:15:00Z", "2026-01-01T00:00:00Z"] {
            assert_eq!(round(since, "2026-10-03T00:20:00Z", "2026-10-03").parts(ZONE), [all], "{since}");
        }
    }

    #[test]
    fn a_later_round_reads_what_is_new_what_is_near_and_a_slice_in_each_hour() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (two, three) = (date("2026-10-02"), date("2026-10-03"));
        let near = Part::Arrivals(date("2026-10-01"), date("2026-10-10"));
        let new = [Part::Made(two), Part::CalledOff(two), Part::Made(three), Part::CalledOff(three), near];
        // Within an hour.
        assert_eq!(round("2026-10-03T08:00:00Z", "2026-10-03T08:15:00Z", "2026-10-03").parts(ZONE), new);
        // Over the end of one, and of several.
        let slice = |parts: &[Part]| parts[new.len()..].to_vec();
        let over = round("2026-10-02T23:50:00Z", "2026-10-03T00:05:00Z", "2026-10-03").parts(ZONE);
        assert_eq!(over[..new.len()], new, "the days are those of the property's clocks");
        assert_eq!(slice(&over), [Part::Arrivals(date("2026-09-02"), date("2026-10-01"))]);
        let several = round("2026-10-03T00:50:00Z", "2026-10-03T03:05:00Z", "2026-10-03").parts(ZONE);
        assert_eq!(slice(&several).len(), 3);
        assert_eq!(slice(&several)[0], Part::Arrivals(date("2026-10-11"), date("2026-11-02")));
        assert_eq!(slice(&several)[1], Part::Arrivals(date("2026-11-02"), date("2026-11-24")));
        // What was made on a day that the other system calls by its own business date is among them.
        let late = round("2026-10-03T16:10:00Z", "2026-10-03T16:25:00Z", "2026-10-03").parts(ZONE);
        let made: Vec<Part> = late.into_iter().filter(|part| matches!(part, Part::Made(_))).collect();
        assert_eq!(made, [Part::Made(three), Part::Made(date("2026-10-04"))]);
        let queries: Vec<String> = new.iter().map(|part| part.query(100)).collect();
        assert!(queries[0].contains("createdOnStartDate=2026-10-02"), "{queries:?}");
        assert!(queries[0].contains("offset=100"), "{queries:?}");
        assert!(queries[1].contains("cancelledOn=2026-10-02"), "{queries:?}");
        assert!(!queries[1].contains("arrivalStartDate"), "{queries:?}");
        assert!(queries[4].contains("arrivalStartDate=2026-10-01&arrivalEndDate=2026-10-10"), "{queries:?}");
    }

    #[test]
    fn every_arrival_is_read_within_a_day_and_a_bit_while_the_date_moves_on() {
        let pauses = [TimeDelta::minutes(15), TimeDelta::minutes(50), TimeDelta::hours(3)];
        for pause in pauses {
            let begin = moment("2026-10-03T05:20:00Z");
            let (mut since, mut read, mut most) = (begin, BTreeMap::<NaiveDate, DateTime<Utc>>::new(), 0_i64);
            let mut missed = BTreeSet::new();
            while since < begin + TimeDelta::days(5) {
                let now = since + pause;
                // The night is closed at three, by the clocks of Shanghai.
                let date = (now + TimeDelta::hours(5)).date_naive();
                let parts = Round { since: Some(since), until: now, date }.parts(ZONE);
                most = most.max(days(&parts));
                for part in parts {
                    let Part::Arrivals(from, until) = part else { continue };
                    for day in from.iter_days().take_while(|day| *day <= until) {
                        let before = read.insert(day, now);
                        if before.is_some_and(|before| now - before > TimeDelta::days(1) + pause) {
                            missed.insert(day);
                        }
                    }
                }
                since = now;
            }
            assert_eq!(missed, BTreeSet::new(), "{pause}");
            // From the first day in the house to the last one that is looked at, without a gap.
            let last = *read.keys().next_back().unwrap();
            let first = *read.keys().next().unwrap();
            assert_eq!((last - first).num_days() + 1, i64::try_from(read.len()).unwrap());
            assert!(most <= 10 + 30 + 3 * 23, "a round is bounded: {most} days of arrivals");
        }
    }

    #[test]
    fn a_place_is_read_as_it_was_written_and_one_of_another_form_is_none() {
        for since in [None, Some(moment("2026-10-03T08:00:00Z"))] {
            let date = "2026-10-03".parse().unwrap();
            let place = Place::beginning(since, moment("2026-10-03T08:15:00Z"), date);
            let place = Place { part: 3, offset: 200, ..place };
            let text = place.cursor().to_string();
            assert_eq!(Cursor::read(&text).and_then(|cursor| Place::read(&cursor)), Some(place), "{text}");
        }
        let before = Cursor::read("2026-09-02/2028-02-15/200").unwrap();
        assert_eq!(Place::read(&before), None);
    }
}
