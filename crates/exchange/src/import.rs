//! The history importer: reads a file, attaches people, and hands batches to the records.
//!
//! Rows are read, mapped and made ready on a thread of their own, while the batch before is written.

use std::{
    borrow::Cow,
    fmt::Write as _,
    fs::File,
    io::{self, Read},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use hefu_app::{
    App, AppError, Context,
    import::{
        ImportReport, IncomingBooking, IncomingGuest, IncomingRow, NAMED, Refusal, RowFigures, RunRequest,
        StartImport, TakeQuarantined,
    },
    people::profile::{DocumentInput, GuestInput, normalise, search_keys},
};
use hefu_domain::{
    Language,
    guest::Profile,
    ids::ImportRunId,
    reservation::Guarantee,
    source::{BookingClaim, ClaimStatus},
};
use hefu_identity::date::parse_date;
use hefu_kernel::cell::needs_apostrophe;
use hefu_synthetic::{People, Person, Sex};

use crate::source::{
    self, BookingRecord, DepositKind, Figures, Map, Note, PersonRecord, Raw, SourceError, Status,
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
    fn text(self) -> String {
        match self {
            Self::Nowhere => "none".into(),
            Self::Synthetic { seed } => format!("synthetic:{seed}"),
        }
    }
}

/// A good number of rows for a unit of work. Each row's tokens lie all over their index: the more rows are written together, the more
/// of them share a page. Half a second of work is lost when an import is killed.
pub const BATCH: usize = 4_000;

/// What to import and how.
#[derive(Debug, Clone)]
pub struct Import {
    /// The file.
    pub path: PathBuf,
    /// What its columns mean.
    pub map: Map,
    /// Where missing people come from.
    pub people: PeopleFrom,
    /// Rows in one unit of work; see [`BATCH`].
    pub batch: usize,
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file, or the rest of it, cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The file cannot be read at all.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The records refused.
    #[error(transparent)]
    App(#[from] AppError),
    /// The quarantine cannot be written.
    #[error("cannot write the quarantine")]
    Export(#[from] csv::Error),
}

/// How an import ended.
#[derive(Debug)]
pub struct Imported {
    /// The run.
    pub run: ImportRunId,
    /// What became of the rows; of all that were read so far if it was stopped.
    pub report: ImportReport,
    /// Whether the whole file is done.
    pub finished: bool,
}

impl Import {
    /// Imports the file, or the rest of it when an earlier run was stopped. `progress` sees the report
    /// after each batch and can stop.
    ///
    /// # Errors
    /// The file cannot be read, or the database fails. What was imported until then stays.
    pub async fn run(
        self,
        app: &App,
        ctx: Context,
        mut progress: impl FnMut(&ImportReport) -> ControlFlow<()> + Send,
    ) -> Result<Imported, ImportError> {
        let began = Instant::now();
        let file_digest =
            digest_of(&self.path).map_err(|source| ImportError::File { path: self.path.clone(), source })?;
        let request = RunRequest {
            file: self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            file_digest: file_digest.clone(),
            map: self.map.name().to_owned(),
            map_text: self.map.text().to_owned(),
            time_zone: self.map.time_zone().to_owned(),
            people: self.people.text(),
        };
        let mut importer = app.operate(&ctx, StartImport(request)).await?;
        let run = importer.id();
        if importer.is_finished() {
            return Ok(Imported { run, report: importer.repeated(), finished: true });
        }
        let done = importer.report().rows;
        let rows = source::open(&self.path, &self.map)?;
        let (sender, mut batches) = tokio::sync::mpsc::channel(2);
        let size = self.batch.clamp(1, 5_000);
        let system = format!("import:{}:{}", self.map.name(), &file_digest[..16]);
        let maker = Maker::new(self.map, self.people, system);
        tokio::task::spawn_blocking(move || maker.send(rows, done, size, &sender));
        while let Some(batch) = batches.recv().await {
            match batch {
                Ok(rows) => {
                    if let Err(error) = importer.write(rows).await {
                        // Why it stops is said, and not what stopping meets as well.
                        let _ = importer.stop().await;
                        return Err(error.into());
                    }
                }
                Err(error) => {
                    importer.stop().await?;
                    return Err(error.into());
                }
            }
            if progress(importer.report()).is_break() {
                let report = importer.report().clone();
                importer.stop().await?;
                return Ok(Imported { run, report, finished: false });
            }
        }
        let report = importer.finish(began).await?;
        Ok(Imported { run, report, finished: true })
    }
}

/// Digest of a file's contents, hexadecimal: SHA-256 chained over pieces, so that a file of any size is
/// read in constant memory.
fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut piece = Vec::with_capacity(1 << 20);
    let mut digest = [0; 32];
    loop {
        piece.clear();
        if file.by_ref().take(1 << 20).read_to_end(&mut piece)? == 0 {
            break;
        }
        digest = hefu_app::request_digest(&[&digest, &piece]);
    }
    Ok(digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// A cell that no spreadsheet takes for a formula.
fn for_spreadsheets(text: &str) -> Cow<'_, [u8]> {
    match needs_apostrophe(text.as_bytes()) {
        true => Cow::Owned([b"'", text.as_bytes()].concat()),
        false => Cow::Borrowed(text.as_bytes()),
    }
}

/// Writes the quarantined rows of a run as CSV in the columns of their file, to be mended and fed
/// again with the same map. Answers how many.
///
/// # Errors
/// The rows cannot be read or written.
pub async fn export_quarantine(
    app: &App,
    ctx: Context,
    run: ImportRunId,
    out: impl io::Write + Send,
) -> Result<u64, ImportError> {
    let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(out);
    let (mut after, mut count) = (0, 0);
    loop {
        let rows = app.execute(ctx.clone(), TakeQuarantined { run, after }).await?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        for (_, fields) in &rows {
            if count == 0 {
                csv.write_record(fields.iter().map(|(column, _)| for_spreadsheets(column)))?;
            }
            csv.write_record(fields.iter().map(|(_, text)| for_spreadsheets(text)))?;
            count += 1;
        }
    }
    csv.flush().map_err(csv::Error::from)?;
    Ok(count)
}

/// Characters of a record's key in another system at most, as at the desk.
const LONGEST_ID: usize = 200;

/// People met so far in one property from one country: where in the file they first appeared.
type Met = std::collections::HashMap<(String, Option<String>), Vec<u64>>;

/// Makes rows ready.
struct Maker {
    map: Map,
    lenient: Map,
    people: Option<(People, u64)>,
    system: String,
    met: Met,
    /// The columns of the file: those of its first row.
    columns: Option<Arc<[String]>>,
}

type Batch = Result<Vec<IncomingRow>, SourceError>;

impl Maker {
    fn new(map: Map, people: PeopleFrom, system: String) -> Self {
        let people = match people {
            PeopleFrom::Nowhere => None,
            PeopleFrom::Synthetic { seed } => Some((People::new(seed), seed)),
        };
        Self { lenient: map.without_rules(), map, people, system, met: Met::default(), columns: None }
    }

    /// Sends the rows after the first `done` in batches, until the file ends or nobody listens.
    fn send(mut self, rows: source::Rows, done: i64, size: usize, to: &tokio::sync::mpsc::Sender<Batch>) {
        let mut batch = Vec::with_capacity(size);
        for raw in rows {
            let raw = match raw {
                Ok(raw) => raw,
                Err(error) => {
                    let _ = to.blocking_send(Err(error));
                    return;
                }
            };
            let record = self.map.record(&raw);
            let index = record.as_ref().ok().and_then(|record| self.index(record));
            if i64::try_from(raw.row).is_ok_and(|row| row <= done) {
                continue;
            }
            batch.push(self.row(&raw, record, index));
            if batch.len() == size && to.blocking_send(Ok(std::mem::take(&mut batch))).is_err() {
                return;
            }
        }
        if !batch.is_empty() {
            let _ = to.blocking_send(Ok(batch));
        }
    }

    /// Which invented person a booking is of. It follows from the rows before, so the file is always
    /// read from the beginning.
    fn index(&mut self, record: &BookingRecord) -> Option<u64> {
        let (_, seed) = self.people.as_ref().filter(|_| record.person.is_none())?;
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

    fn row(
        &mut self,
        raw: &Raw,
        record: Result<BookingRecord, source::Rejected>,
        index: Option<u64>,
    ) -> IncomingRow {
        let (columns, texts) = self.received(raw);
        let figures = self.map.figures(raw).map(|Figures { status, nights, revenue_minor }| RowFigures {
            status: status_of(status),
            nights: nights.into(),
            revenue: revenue_minor,
        });
        let lenient = if record.is_err() { self.lenient.record(raw).ok() } else { None };
        let seen = record.as_ref().ok().or(lenient.as_ref());
        let mut notes: Vec<String> = seen.map_or_else(Vec::new, |r| r.notes.iter().map(note).collect());
        notes.dedup();
        IncomingRow {
            row: i64::try_from(raw.row).unwrap_or(i64::MAX),
            figures,
            currency: seen.and_then(|record| record.currency.parse().ok()),
            notes,
            booking: match record {
                Ok(record) => self.booking(record, index, &texts).map(Box::new),
                Err(rejected) => Err(Refusal {
                    field: rejected.field,
                    reason: rejected.reason.code().to_owned(),
                    detail: rejected.detail,
                }),
            },
            columns,
            texts,
        }
    }

    fn booking(
        &self,
        record: BookingRecord,
        index: Option<u64>,
        received: &[u8],
    ) -> Result<IncomingBooking, Refusal> {
        let guest = match (&record.person, &self.people, index) {
            (Some(person), ..) => self.described(&record, person)?,
            (None, Some((people, seed)), Some(index)) => {
                invented(&people.person(index, record.nationality.as_deref()), *seed, index)?
            }
            _ => anonymous(&record.property),
        };
        let currency = record.currency.parse().map_err(|_| Refusal {
            field: "currency".into(),
            reason: "unknown_value".into(),
            detail: "not an ISO 4217 code".into(),
        })?;
        let guarantee = match (record.deposit, &record.company, &record.agent) {
            (DepositKind::Refundable | DepositKind::NonRefundable, ..) => Guarantee::Deposit,
            (_, Some(_), _) => Guarantee::Company,
            (_, _, Some(_)) => Guarantee::Agent,
            _ => Guarantee::None,
        };
        let other = serde_json::json!({
            "meal": record.meal, "agent": record.agent, "changes": record.changes, "parking": record.parking,
            "requests": record.requests, "waiting_days": record.waiting_days,
            "customer_type": record.customer_type, "status_date": record.status_date,
        });
        let status = status_of(record.status);
        let left = record.status_date.unwrap_or(record.departure).max(record.arrival);
        let claim = BookingClaim {
            status,
            left: Some(left).filter(|_| status == ClaimStatus::CheckedOut),
            arrival: record.arrival,
            departure: record.departure,
            booked_on: record.booked_at,
            adults: record.adults.into(),
            children: i64::from(record.children) + i64::from(record.babies),
            rate: record.rate_minor,
            currency,
            room_type_given: record.room_type_assigned.filter(|given| *given != record.room_type_booked),
            room_type: record.room_type_booked,
            room: record.room,
            channel: record.channel.map_or_else(|| "direct".into(), |channel| channel.to_lowercase()),
            segment: record.segment,
            company: record.company,
            guarantee,
            guest: record.person.as_ref().map(|person| match &person.id {
                Some(id) => format!("id:{id}"),
                None => format!("{NAMED}{}", guest.profile.full_name),
            }),
        };
        let property = (record.property, record.property_name);
        Ok(IncomingBooking::new(property, record.source_key, claim, guest, received, &other))
    }

    /// A guest as the file describes them.
    fn described(&self, record: &BookingRecord, person: &PersonRecord) -> Result<IncomingGuest, Refusal> {
        let refuse = |field: &str, detail: &str| Refusal {
            field: field.to_owned(),
            reason: "bad_person".into(),
            detail: detail.to_owned(),
        };
        let birth = person.birth.as_deref().map(parse_date).transpose();
        let birth = birth.map_err(|error| refuse("birth", &error.to_string()))?;
        let documents = person.document_number.iter().map(|number| DocumentInput {
            kind: person.document_type.clone(),
            number: number.clone(),
            country: None,
            expires: None,
            verified: false,
        });
        let input = GuestInput {
            full_name: person.full_name.clone().unwrap_or_default(),
            surname: person.surname.clone(),
            given_name: person.given.clone(),
            birth,
            nationality: record.nationality.clone(),
            phones: person.phone.iter().cloned().collect(),
            emails: person.email.iter().cloned().collect(),
            documents: documents.collect(),
            ..GuestInput::default()
        };
        let profile = normalise(&input).map_err(|error| match &error {
            AppError::Rule(rule) => {
                let field = match rule.at.pointer().unwrap_or_default() {
                    at if at.starts_with("/phones") => "phone",
                    at if at.starts_with("/emails") => "email",
                    at if at.ends_with("/type") => "document_type",
                    at if at.starts_with("/documents") => "document_number",
                    _ => "full_name",
                };
                refuse(field, &rule.message.text(Language::English))
            }
            _ => refuse("full_name", "makes no guest"),
        })?;
        let (system, external_id) = match &person.id {
            // Properties count their guests each for itself.
            Some(id) => (format!("import:{}", self.map.name()), format!("{}/{id}", record.property)),
            None => (self.system.clone(), format!("{:010}", record.row)),
        };
        if external_id.chars().count() > LONGEST_ID {
            return Err(refuse("id", "the guest's number is too long"));
        }
        Ok(IncomingGuest {
            system,
            external_id,
            keys: search_keys(&profile),
            record: serde_json::to_vec(&input).unwrap_or_default(),
            recognise: true,
            profile,
        })
    }
}

fn invented(person: &Person, seed: u64, index: u64) -> Result<IncomingGuest, Refusal> {
    let sex = match person.sex {
        Sex::Male => "male",
        Sex::Female => "female",
    };
    let input = GuestInput {
        full_name: person.full_name.clone(),
        surname: Some(person.surname.clone()),
        given_name: Some(person.given.clone()),
        sex: Some(sex.into()),
        birth: Some(person.birth),
        nationality: Some(person.nationality.into()),
        language: Some(person.language.into()),
        phones: vec![person.phone.clone()],
        emails: person.email.iter().cloned().collect(),
        documents: vec![DocumentInput {
            kind: Some(person.document_type.into()),
            number: person.document_number.clone(),
            country: Some(person.nationality.into()),
            expires: None,
            verified: false,
        }],
        city: Some(person.city.clone()),
        ..GuestInput::default()
    };
    let profile = normalise(&input).map_err(|error| Refusal {
        field: "people".into(),
        reason: "bad_person".into(),
        detail: error.to_string(),
    })?;
    Ok(IncomingGuest {
        system: format!("synthetic:{seed}"),
        external_id: format!("{index:010}"),
        keys: search_keys(&profile),
        record: serde_json::to_vec(&input).unwrap_or_default(),
        recognise: false,
        profile,
    })
}

/// The guest of bookings without people: one for each property.
fn anonymous(property: &str) -> IncomingGuest {
    let profile = Profile { full_name: "Anonymous".into(), ..Profile::default() };
    IncomingGuest {
        system: "anonymous".into(),
        external_id: property.to_owned(),
        keys: Vec::new(),
        record: b"{}".to_vec(),
        recognise: false,
        profile,
    }
}

const fn status_of(status: Status) -> ClaimStatus {
    match status {
        Status::Reserved => ClaimStatus::Reserved,
        Status::InHouse => ClaimStatus::InHouse,
        Status::CheckedOut => ClaimStatus::CheckedOut,
        Status::Cancelled => ClaimStatus::Cancelled,
        Status::NoShow => ClaimStatus::NoShow,
    }
}

fn note(note: &Note) -> String {
    match note {
        Note::LeftOnAnotherDay => "left_on_another_day".into(),
        Note::NoNight => "no_night".into(),
        Note::RateOutlier { .. } => "rate_outlier".into(),
        Note::Undefined { field } => format!("undefined_{field}"),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use chrono::NaiveDate;
    use hefu_identity::{
        name::name_keys,
        query::{Term, parse_query},
    };

    use super::*;

    /// What is stored of a person is what is looked for when somebody types it.
    #[test]
    fn whoever_is_invented_is_found_as_typed() {
        let people = People::new(7);
        let today = NaiveDate::from_ymd_opt(2026, 10, 3).unwrap();
        let terms = |text: &str| parse_query(text, today, "CN").terms;
        for index in 0..4_000 {
            let person = people.person(index, None);
            let profile = invented(&person, 7, index).unwrap().profile;
            let keys = name_keys(&profile.full_name);
            let by_name = terms(&profile.full_name).into_iter().any(
                |term| matches!(term, Term::Name(name) if name_keys(&name).iter().any(|key| keys.contains(key))),
            );
            assert!(by_name, "{}", profile.full_name);
            for phone in [&person.phone, &profile.phones[0]] {
                assert!(terms(phone).contains(&Term::Phone(profile.phones[0].clone())), "{phone}");
            }
            for number in [&person.document_number, &profile.documents[0].number] {
                let document = Term::Document(profile.documents[0].number.clone());
                assert!(terms(number).contains(&document), "{} {number}", person.document_type);
            }
        }
    }
}
