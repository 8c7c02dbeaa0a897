//! Rows made ready, in batches, on a thread of their own.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use hefu_app::import::{Content, IncomingRow, Refusal, RowFigures, SourceNumber};
use hefu_domain::message::Why;
use hefu_synthetic::People;
use tokio::sync::mpsc::Sender;

use super::{
    booking::{Bookings, belong_together, status_of},
    guest::Flags,
    other,
};
use crate::source::{
    BookingRecord, Figures, Map, Note, Raw, Record, Rejected, RowIdentity, Rows, SourceError,
};

/// Where the guests of rows without people come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeopleFrom {
    /// Nowhere: one anonymous guest for each property.
    Nowhere,
    /// Invented people of this seed; repeat guests repeat.
    Synthetic {
        /// The seed.
        seed: u64,
    },
}

impl PeopleFrom {
    pub(super) fn text(self) -> String {
        match self {
            Self::Nowhere => "none".into(),
            Self::Synthetic { seed } => format!("synthetic:{seed}"),
        }
    }
}

/// People met so far in one property from one country: where in the file they first appeared.
type Met = HashMap<(String, Option<String>), Vec<u64>>;

/// Rows that may be held until the last of their booking arrives.
const MOST_HELD: usize = 200_000;

pub(super) type Batch = Result<Vec<IncomingRow>, SourceError>;

/// A row that was read.
struct Read {
    raw: Raw,
    record: Result<Record, Rejected>,
    /// Which invented person it is of.
    index: Option<u64>,
}

impl Read {
    fn booking(&self) -> Option<&BookingRecord> {
        match &self.record {
            Ok(Record::Booking(booking)) => Some(booking),
            _ => None,
        }
    }

    /// The day that it is of: that of the arrival, or of the charge.
    fn day(&self) -> Option<NaiveDate> {
        match &self.record {
            Ok(Record::Booking(booking)) => Some(booking.arrival),
            Ok(Record::Other(other)) => other.date,
            Err(_) => None,
        }
    }
}

/// Makes rows ready.
pub(super) struct Maker {
    map: Map,
    lenient: Map,
    people: Option<(People, u64)>,
    met: Met,
    /// The columns of the file: those of its first row.
    columns: Option<Arc<[String]>>,
    /// How often rows without a number that say the same have been met.
    times: HashMap<u64, u32>,
    /// Rows whose booking has more of them to come, by number.
    held: HashMap<u64, Vec<Read>>,
    held_rows: usize,
}

/// Rows on their way to the records.
struct Out<'a> {
    batch: Vec<IncomingRow>,
    size: usize,
    /// Rows of the file that an earlier invocation has done: the first so many, in the order in which they are sent.
    done: i64,
    sent: i64,
    to: &'a Sender<Batch>,
}

impl Out<'_> {
    /// Whether the next rows have been done before.
    fn is_done(&mut self, rows: i64) -> bool {
        self.sent += rows;
        self.sent <= self.done
    }

    /// Sends a row; `false` if nobody listens.
    fn send(&mut self, row: IncomingRow) -> bool {
        self.batch.push(row);
        self.batch.len() < self.size || self.flush()
    }

    fn flush(&mut self) -> bool {
        self.batch.is_empty() || self.to.blocking_send(Ok(std::mem::take(&mut self.batch))).is_ok()
    }
}

impl Maker {
    pub(super) fn new(map: Map, people: PeopleFrom) -> Self {
        let people = match people {
            PeopleFrom::Nowhere => None,
            PeopleFrom::Synthetic { seed } => Some((People::new(seed), seed)),
        };
        Self {
            lenient: map.without_rules(),
            map,
            people,
            met: Met::default(),
            columns: None,
            times: HashMap::new(),
            held: HashMap::new(),
            held_rows: 0,
        }
    }

    /// Sends the rows after the first `done` in batches, until the file ends or nobody listens.
    pub(super) fn send(mut self, rows: Rows, done: i64, size: usize, to: &Sender<Batch>) {
        let mut out = Out { batch: Vec::with_capacity(size), size, done, sent: 0, to };
        for raw in rows {
            let raw = match raw {
                Ok(raw) => raw,
                Err(error) => {
                    if out.flush() {
                        let _ = to.blocking_send(Err(error));
                    }
                    return;
                }
            };
            let identity = self.map.identity_of(&raw);
            let record = self.map.read(&raw);
            let index = match &record {
                Ok(Record::Booking(booking)) => self.index(booking),
                _ => None,
            };
            let read = Read { raw, record, index };
            let is_sent = match identity {
                RowIdentity { key: Some(_), rows: 2.., digest } => {
                    self.hold(digest, identity.rows, read, &mut out)
                }
                identity => {
                    let number = self.number(&identity, read.day());
                    out.is_done(1) || out.send(self.row(&read, number))
                }
            };
            if !is_sent {
                return;
            }
        }
        let mut left: Vec<Vec<Read>> = std::mem::take(&mut self.held).into_values().collect();
        left.sort_by_key(|rows| rows.first().map(|read| read.raw.row));
        for rows in left {
            if !self.send_group(rows, &mut out) {
                return;
            }
        }
        out.flush();
    }

    /// Holds a row until the last of its number arrives.
    fn hold(&mut self, digest: u64, rows: u32, read: Read, out: &mut Out<'_>) -> bool {
        let group = self.held.entry(digest).or_default();
        group.push(read);
        self.held_rows += 1;
        if group.len() < rows as usize && self.held_rows < MOST_HELD {
            return true;
        }
        let group = std::mem::take(group);
        self.held.remove(&digest);
        self.held_rows -= group.len();
        self.send_group(group, out)
    }

    /// The number of a row: that of its source, or derived from what it says. A derived one begins with the day that the row is of: records lie in the
    /// order of their numbers, and by the digest alone those of one file would lie on as many pages as there are.
    fn number(&mut self, identity: &RowIdentity, day: Option<NaiveDate>) -> SourceNumber {
        if let Some(key) = &identity.key {
            return SourceNumber { key: key.clone(), is_derived: false };
        }
        let day = day.map_or_else(String::new, |day| day.format("%Y%m%d").to_string());
        let mut key = format!("~{day}{:016x}", identity.digest);
        if identity.rows > 1 {
            let times = self.times.entry(identity.digest).or_default();
            *times += 1;
            if *times > 1 {
                key = format!("{key}-{times}");
            }
        }
        SourceNumber { key, is_derived: true }
    }

    /// Sends the rows of one number: as rooms of one booking those that belong together, and every other by itself.
    fn send_group(&mut self, rows: Vec<Read>, out: &mut Out<'_>) -> bool {
        // By number first: two may have the same digest.
        let mut by_number: BTreeMap<String, Vec<Read>> = BTreeMap::new();
        for read in rows {
            let key = self.map.identity_of(&read.raw).key.unwrap_or_default();
            by_number.entry(key).or_default().push(read);
        }
        by_number.into_iter().all(|(key, rows)| self.send_number(&key, rows, out))
    }

    fn send_number(&mut self, key: &str, rows: Vec<Read>, out: &mut Out<'_>) -> bool {
        let number = || SourceNumber { key: key.to_owned(), is_derived: false };
        let mut texts: Vec<Vec<u8>> = Vec::with_capacity(rows.len());
        for read in &rows {
            texts.push(self.received(&read.raw).1);
        }
        // Rooms of the booking, rows that say again what one of those says, and others.
        let (mut rooms, mut again, mut others): (Vec<usize>, Vec<usize>, Vec<usize>) = <_>::default();
        for (at, read) in rows.iter().enumerate() {
            match read.booking() {
                None => others.push(at),
                Some(_) if rooms.iter().any(|known| texts[*known] == texts[at]) => again.push(at),
                Some(booking) => {
                    let fits = rooms.iter().all(|known| {
                        rows[*known].booking().is_some_and(|known| belong_together(known, booking))
                    });
                    if fits { rooms.push(at) } else { others.push(at) }
                }
            }
        }
        let mut made: Vec<IncomingRow> = Vec::new();
        if let Some(first) = rooms.first().copied() {
            let mut row = self.row(&rows[first], number());
            if rooms.len() > 1 {
                let records: Vec<&BookingRecord> =
                    rooms.iter().filter_map(|at| rows[*at].booking()).collect();
                let received: Vec<serde_json::Value> =
                    rooms.iter().filter_map(|at| serde_json::from_slice(&texts[*at]).ok()).collect();
                let received = serde_json::to_vec(&received).unwrap_or_default();
                let mut flags = Flags::default();
                let bookings = Bookings { map: &self.map, people: self.people.as_ref() };
                row.content = bookings.of(&records, number(), rows[first].index, &received, &mut flags);
                row.flags = flags.0;
                for at in &rooms[1..] {
                    let other = self.row(&rows[*at], number());
                    row.more.push((other.row, other.texts));
                    row.notes.extend(other.notes);
                    if let (Some(sum), Some(more)) = (&mut row.figures, other.figures) {
                        sum.nights += more.nights;
                        if !records[0].is_total_of_booking {
                            sum.revenue += more.revenue;
                        }
                    }
                }
                row.notes.sort_unstable();
                row.notes.dedup();
            }
            let whole = row.clone();
            made.push(row);
            for at in again {
                let read = &rows[at];
                let alone = self.row(read, number());
                made.push(IncomingRow {
                    row: alone.row,
                    more: Vec::new(),
                    texts: alone.texts,
                    figures: alone.figures,
                    ..whole.clone()
                });
            }
        }
        for at in others {
            let mut row = self.row(&rows[at], number());
            if row.content.is_ok() && !rooms.is_empty() {
                row.content = Err(Refusal::of("source_key", Why::SameRoom));
            }
            made.push(row);
        }
        made.into_iter().all(|row| out.is_done(1 + row.more.len() as i64) || out.send(row))
    }

    /// Which invented person a booking is of. It follows from the rows before, so the file is always
    /// read from the beginning.
    fn index(&mut self, record: &BookingRecord) -> Option<u64> {
        let (_, seed) = self.people.as_ref().filter(|_| record.people.is_empty())?;
        let met = self.met.entry((record.property.clone(), record.nationality.clone())).or_default();
        if record.repeat_guest && !met.is_empty() {
            let digest = hefu_app::request_digest(&[&seed.to_be_bytes(), &record.row.to_be_bytes()]);
            let mut draw = [0; 8];
            draw.copy_from_slice(&digest[..8]);
            let at = u64::from_be_bytes(draw) % met.len() as u64;
            return met.get(usize::try_from(at).unwrap_or(0)).copied();
        }
        met.push(record.row);
        Some(record.row)
    }

    /// The columns of the file, and the texts of a row: in their order, or with the names of its own columns where it has others.
    fn received(&mut self, raw: &Raw) -> (Arc<[String]>, Vec<u8>) {
        let columns = self
            .columns
            .get_or_insert_with(|| raw.fields().map(|(column, _)| column.to_owned()).collect())
            .clone();
        let is_alike = raw.fields().map(|(column, _)| column).eq(columns.iter().map(String::as_str));
        let texts = if is_alike {
            serde_json::to_vec(&raw.fields().map(|(_, text)| text).collect::<Vec<_>>())
        } else {
            serde_json::to_vec(&raw.fields().collect::<Vec<_>>())
        };
        (columns, texts.unwrap_or_default())
    }

    fn row(&mut self, read: &Read, number: SourceNumber) -> IncomingRow {
        let Read { raw, record, index } = read;
        let (columns, texts) = self.received(raw);
        let figures = self.map.figures(raw).map(|Figures { status, nights, revenue_minor }| RowFigures {
            status: status_of(status),
            nights: nights.into(),
            revenue: revenue_minor,
        });
        let lenient = if record.is_err() { self.lenient.read(raw).ok() } else { None };
        let seen = record.as_ref().ok().or(lenient.as_ref());
        let (told, currency) = match seen {
            Some(Record::Booking(record)) => (record.notes.as_slice(), Some(record.currency.as_str())),
            Some(Record::Other(record)) => (record.notes.as_slice(), record.currency.as_deref()),
            None => (&[][..], None),
        };
        let mut notes: Vec<String> = told.iter().filter_map(note).collect();
        let mut flags = Flags::default();
        for note in told {
            if let Note::Dropped { field } = note {
                flags.dropped(field);
            }
        }
        let currency = currency.and_then(|currency| currency.parse().ok());
        let content = match record {
            Ok(Record::Booking(record)) => {
                let bookings = Bookings { map: &self.map, people: self.people.as_ref() };
                bookings.of(&[&**record], number, *index, &texts, &mut flags)
            }
            Ok(Record::Other(record)) => other::of(&self.map, record, number, &texts, &mut flags)
                .map(|other| Content::Other(Box::new(other))),
            Err(rejected) => Err(Refusal::of(&rejected.field, rejected.why.clone())),
        };
        notes.extend(flags.0.iter().map(|flag| format!("{}_{}", flag.outcome, flag.field)));
        notes.sort_unstable();
        notes.dedup();
        IncomingRow {
            row: i64::try_from(raw.row).unwrap_or(i64::MAX),
            more: Vec::new(),
            figures,
            currency,
            notes,
            flags: flags.0,
            content,
            columns,
            texts,
        }
    }
}

fn note(note: &Note) -> Option<String> {
    Some(match note {
        Note::LeftOnAnotherDay => "left_on_another_day".into(),
        Note::NoNight => "no_night".into(),
        Note::RateOutlier { .. } => "rate_outlier".into(),
        Note::Undefined { field } => format!("undefined_{field}"),
        // Flags of the guest.
        Note::Dropped { .. } | Note::Repaired { .. } | Note::Kept { .. } => return None,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_derived_number_begins_with_its_day() {
        let map = Map::builtin("hotel-booking-demand").unwrap();
        let mut maker = Maker::new(map, PeopleFrom::Nowhere);
        let identity = |digest, rows| RowIdentity { key: None, digest, rows };
        let day = NaiveDate::from_ymd_opt(2026, 1, 3);
        for key in ["~202601030000000000000007", "~202601030000000000000007-2"] {
            let number = maker.number(&identity(7, 2), day);
            assert_eq!((number.key.as_str(), number.is_derived), (key, true));
        }
        assert_eq!(maker.number(&identity(8, 1), None).key, "~0000000000000008");
        let given = RowIdentity { key: Some("B-7".into()), ..identity(9, 1) };
        assert_eq!(maker.number(&given, day).key, "B-7");
    }
}
