//! The outcome of the rows of a file.

use std::collections::BTreeMap;

use hefu_core::{AppError, Result};
use hefu_domain::source::ClaimStatus;
use hefu_kernel::{Currency, Money};
use hefu_store::{ImportRun, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    guests::Changes,
    incoming::{IncomingRow, RowFigures},
};

/// Rows and their totals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tally {
    /// Number of rows.
    pub rows: i64,
    /// Nights of those that checked out.
    pub room_nights: i64,
    /// Room revenue of those that checked out, minor units.
    pub room_revenue_minor: i64,
}

impl Tally {
    fn add(&mut self, rows: i64, figures: Option<RowFigures>) {
        self.rows += rows;
        if let Some(RowFigures { status: ClaimStatus::CheckedOut, nights, revenue }) = figures {
            self.room_nights += nights;
            self.room_revenue_minor += revenue;
        }
    }
}

/// Rows that explain a difference, or have a remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explained {
    /// Stable code.
    pub reason: String,
    /// `quarantined`: not imported. `noted`: a remark on rows of the whole file, imported or not.
    pub kind: String,
    /// Rows and figures.
    #[serde(flatten)]
    pub tally: Tally,
}

/// The report of a run. `rows` is `imported`, `already_there`, `updated`, `differs` and `quarantined_total` together, and so
/// are nights and revenue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// Name of the file.
    pub file: String,
    /// Name of the map.
    pub map: String,
    /// Where the people come from.
    pub people: String,
    /// Rows read.
    pub rows: i64,
    /// Rows imported.
    pub imported: i64,
    /// Rows whose booking existed, with the same content.
    pub already_there: i64,
    /// Rows whose booking existed, with different content: the visit was updated.
    #[serde(default)]
    pub updated: i64,
    /// Rows whose booking existed, with different content, for visits that somebody worked on here: the deviations are stored as
    /// open differences.
    #[serde(default)]
    pub differs: i64,
    /// Rows that could not be imported, by reason.
    pub quarantined: BTreeMap<String, i64>,
    /// Rows that could not be imported.
    pub quarantined_total: i64,
    /// All rows by status, before quarantine; `unreadable` where it cannot be determined.
    pub by_status: BTreeMap<String, i64>,
    /// Nights of all checked-out rows, before quarantine.
    pub room_nights: i64,
    /// Room revenue of all checked-out rows, before quarantine, as a decimal.
    pub room_revenue: String,
    /// The same in minor units.
    pub room_revenue_minor: i64,
    /// Currency of the amounts; `mixed` when the file has several, and then the sums mean little.
    pub currency: Option<String>,
    /// Imported rows by status.
    pub imported_by_status: BTreeMap<String, i64>,
    /// Nights of the imported checked-out rows.
    pub imported_room_nights: i64,
    /// Their room revenue, as a decimal.
    pub imported_room_revenue: String,
    /// The same in minor units.
    pub imported_room_revenue_minor: i64,
    /// Nights and revenue of the checked-out rows that already existed.
    pub already_there_figures: Tally,
    /// Nights and revenue of the checked-out rows whose booking existed with different content.
    #[serde(default)]
    pub revised_figures: Tally,
    /// Explanations of the differences.
    pub explained: Vec<Explained>,
    /// Guests' records that had different content before, and were replaced.
    #[serde(default)]
    pub records_replaced: i64,
    /// Records that are no bookings and wait for the booking or guest they belong to.
    #[serde(default)]
    pub waiting: i64,
    /// Records of this and earlier files that waited and have found what they belong to when the file was done.
    #[serde(default)]
    pub linked_since: i64,
    /// Pairs of guests who may be the same person, left for review.
    #[serde(default)]
    pub questions: i64,
    /// How long the last invocation worked, seconds.
    pub seconds: f64,
    /// Its rows per second.
    pub rows_per_second: f64,
    /// Peak memory of the process, mebibytes, where the system reports it.
    pub peak_memory_mb: Option<i64>,
    /// Rows when the last invocation started.
    pub rows_before: i64,
}

impl ImportReport {
    /// The report as it is kept with its run.
    ///
    /// # Errors
    /// It is no report.
    pub(crate) fn of_run(run: &ImportRun) -> Result<Self> {
        serde_json::from_str(&run.report).map_err(|e| {
            AppError::Store(StoreError::Corrupt {
                table: "import_run",
                column: "report".into(),
                detail: e.to_string(),
            })
        })
    }

    pub(crate) fn new(file: &str, map: &str, people: &str) -> Self {
        let mut report =
            Self { file: file.into(), map: map.into(), people: people.into(), ..Self::default() };
        report.render();
        report
    }

    fn explain(&mut self, reason: &str, kind: &str, row: &IncomingRow) {
        let at = self.explained.iter().position(|e| e.reason == reason && e.kind == kind);
        let at = at.unwrap_or_else(|| {
            self.explained.push(Explained {
                reason: reason.to_owned(),
                kind: kind.to_owned(),
                tally: Tally::default(),
            });
            self.explained.len() - 1
        });
        self.explained[at].tally.add(row.count(), row.figures);
    }

    /// Counts a row as read.
    pub(crate) fn read(&mut self, row: &IncomingRow) {
        self.rows += row.count();
        // What is no booking has no status.
        if row.other().is_none() {
            let status = row.figures.map_or("unreadable", |figures| figures.status.code());
            *self.by_status.entry(status.to_owned()).or_default() += row.count();
        }
        if let Some(RowFigures { status: ClaimStatus::CheckedOut, nights, revenue }) = row.figures {
            self.room_nights += nights;
            self.room_revenue_minor += revenue;
        }
        if let Some(currency) = row.currency {
            let code = currency.code();
            match self.currency.as_deref() {
                None => self.currency = Some(code.to_owned()),
                Some(known) if known == code => {}
                Some(_) => self.currency = Some("mixed".into()),
            }
        }
        for note in &row.notes {
            self.explain(note, "noted", row);
        }
    }

    pub(crate) fn imported(&mut self, row: &IncomingRow) {
        self.imported += row.count();
        if row.other().is_none() {
            let status = row.figures.map_or("unreadable", |figures| figures.status.code());
            *self.imported_by_status.entry(status.to_owned()).or_default() += row.count();
        }
        if let Some(RowFigures { status: ClaimStatus::CheckedOut, nights, revenue }) = row.figures {
            self.imported_room_nights += nights;
            self.imported_room_revenue_minor += revenue;
        }
    }

    pub(crate) fn already_there(&mut self, row: &IncomingRow) {
        self.already_there += row.count();
        self.already_there_figures.add(row.count(), row.figures);
    }

    /// Counts a row whose booking existed with different content.
    pub(crate) fn revised(&mut self, row: &IncomingRow, differs: bool) {
        if differs {
            self.differs += row.count();
        } else {
            self.updated += row.count();
        }
        self.revised_figures.add(row.count(), row.figures);
    }

    pub(crate) fn quarantined(&mut self, row: &IncomingRow, reason: &str) {
        self.quarantined_total += row.count();
        *self.quarantined.entry(reason.to_owned()).or_default() += row.count();
        self.explain(reason, "quarantined", row);
    }

    /// Counts a record that is no booking and has found what it belongs to, or waits for it.
    pub(crate) fn linked(&mut self, row: &IncomingRow, is_waiting: bool) {
        if is_waiting {
            self.waiting += row.count();
        }
    }

    /// Counts records that waited and have found what they belong to.
    pub(crate) fn found(&mut self, records: i64) {
        self.linked_since += records;
    }

    /// Counts the outcome for the guests.
    pub(crate) fn met(&mut self, guests: &Changes) {
        self.records_replaced += guests.changed();
        self.questions += guests.asked() as i64;
    }

    /// Updates the decimals.
    pub(crate) fn render(&mut self) {
        let currency: Option<Currency> = self.currency.as_deref().and_then(|code| code.parse().ok());
        let text = |minor: i64| match currency {
            Some(currency) => {
                let text = Money::new(minor, currency).to_string();
                text.split(' ').next().unwrap_or_default().to_owned()
            }
            None => minor.to_string(),
        };
        self.room_revenue = text(self.room_revenue_minor);
        self.imported_room_revenue = text(self.imported_room_revenue_minor);
    }

    /// Rows from here on belong to this invocation.
    pub(crate) fn go_on(&mut self) {
        self.rows_before = self.rows;
    }

    pub(crate) fn took(&mut self, seconds: f64) {
        self.seconds = (seconds * 1_000.0).round() / 1_000.0;
        let rows = (self.rows - self.rows_before) as f64;
        self.rows_per_second = if seconds > 0.0 { (rows / seconds).round() } else { 0.0 };
        self.peak_memory_mb = peak_memory_mb();
    }

    pub(crate) fn repeated(&self) -> Self {
        let mut report = self.clone();
        let revised = std::mem::take(&mut report.revised_figures);
        report.already_there += std::mem::take(&mut report.imported)
            + std::mem::take(&mut report.updated)
            + std::mem::take(&mut report.differs);
        report.already_there_figures.rows = report.already_there;
        report.already_there_figures.room_nights +=
            std::mem::take(&mut report.imported_room_nights) + revised.room_nights;
        report.already_there_figures.room_revenue_minor +=
            std::mem::take(&mut report.imported_room_revenue_minor) + revised.room_revenue_minor;
        report.imported_by_status.clear();
        (report.records_replaced, report.questions) = (0, 0);
        report.render();
        report
    }
}

/// The process's peak resident memory, where the system reports it (Linux).
fn peak_memory_mb() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: i64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1_024)
}
