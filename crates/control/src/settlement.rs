//! A payment channel's settlement file 【支付渠道对账单】 against what was paid here: its lines are kept, compared with the payments of those days, and what
//! does not agree becomes findings. The same file again changes nothing; the next one settles what had not come yet.

mod compare;
mod paid;

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{Days, NaiveDate};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Context, Operation, Operator, Result, Unit};
use hefu_domain::{
    Message,
    event::FindingEvent,
    finding::{FindingState, SettlementLine},
    ids::{FindingId, VisitId},
    message::{Codes, Missing},
    property::{CodeKind, Property},
};
use hefu_findings::{Finding, FindingKind};
use hefu_front_office::property::find_property;
use hefu_kernel::{Currency, Id as _, hex};
use hefu_reconcile::file::{Columns, Fault, Ledger, ledger};
use hefu_store::{StoreError, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    JOB,
    keep::{KeepFindings, Known, OfVisit, Steps},
    show::{FindingView, views},
};
use compare::{Of, Paid, Told, compare, identities};

/// Lines of a file at most.
const MOST_LINES: usize = 20_000;

/// Lines written in one unit.
const AT_ONCE: usize = 500;

/// The largest amount of a line, minor units.
const LARGEST: i64 = 1_000_000_000_000;

/// Days between the business date and a line's at most: what is further was mistyped, or is another column.
const FURTHEST: i64 = 3_660;

/// Days that a file tells of at most.
const LONGEST_FILE: i64 = 62;

/// The longest key of a line, and the longest reference, characters.
const LONGEST: usize = 128;

/// Days before and after those of a file whose payments and lines are compared with it: a channel settles some days later.
const AROUND: u64 = 7;

/// Findings that an answer shows at most.
const MOST_SHOWN: usize = 500;

/// A payment channel's settlement file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettlementInput {
    /// Transaction code of the payments that the channel settles: `ALIPAY`, `WECHAT`, `CARD`.
    pub code: String,
    /// What the columns of the file mean: `alipay` or `wechat`, or a map of one file as TOML, as `hefu reconcile files` reads it.
    pub map: String,
    /// The file as the channel gives it, in Base64.
    pub file: String,
    /// The last day whose payments are all in the file, at most a week after its last line. Default: the day before its last line, because the last day may not be
    /// whole; of a file of one day, that day.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

/// How many findings of each kind a file led to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettlementCounts {
    /// Payments that the file does not have.
    pub missing: usize,
    /// Lines without a payment here.
    pub unknown: usize,
    /// Payments or lines that are there twice.
    pub doubled: usize,
    /// Payments settled with another amount.
    pub differs: usize,
    /// Payments that several lines may be.
    pub unclear: usize,
}

/// What came of a settlement file. It is the same whenever the file is sent again, `changed` aside, until something is done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettlementResult {
    /// Code of the property.
    pub property: String,
    /// Transaction code of the payments.
    pub code: String,
    /// The first day of the file.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The last day whose payments were expected in it.
    pub until: NaiveDate,
    /// Lines of the file that were read.
    pub lines: usize,
    /// Lines that were left out: nothing was paid, or in another currency.
    pub left_out: usize,
    /// Lines that were known and say something else now: another amount, day, fee or reference.
    pub changed: usize,
    /// Lines that tell of payments here.
    pub settled: usize,
    /// What the channel kept of them, minor units.
    pub fees: i64,
    /// The currency.
    pub currency: Currency,
    /// What does not agree.
    pub counts: SettlementCounts,
    /// The findings, those with the most money first, at most 500.
    pub findings: Vec<FindingView>,
}

/// Reads a settlement file and compares it with what was paid.
#[derive(Debug, Clone)]
pub struct TakeSettlement {
    /// Code of the property.
    pub property: String,
    /// The file.
    pub input: SettlementInput,
}

/// What is wrong with a file, at its line and column and in both languages. What it says is not repeated: columns are named as the map names them.
fn refused(fault: &Fault) -> AppError {
    let line = |line: &u64| i64::try_from(*line).unwrap_or(i64::MAX);
    let columns = |column: &String| Codes::of([column]);
    let message = match fault {
        Fault::NoHeader => Message::SettlementBlank,
        Fault::UnknownColumn { column, .. } | Fault::DoubledColumn { column, .. } => {
            let message = Message::SettlementColumns { columns: columns(column) };
            return AppError::invalid("map", message);
        }
        Fault::Row { line: at, .. } | Fault::Encoding { line: at, .. } => {
            Message::SettlementRow { line: line(at) }
        }
        Fault::Amount { line: at, column, .. } => {
            Message::SettlementAmount { line: line(at), columns: columns(column) }
        }
        Fault::Date { line: at, column, .. } => {
            Message::SettlementDate { line: line(at), columns: columns(column) }
        }
        Fault::EmptyId { line: at, column } | Fault::DuplicateId { line: at, column, .. } => {
            Message::SettlementId { line: line(at), columns: columns(column) }
        }
    };
    AppError::invalid("file", message)
}

/// What the columns of the file mean.
fn columns_of(map: &str, currency: Currency) -> Result<Columns> {
    let wrong = |message| AppError::invalid("map", message);
    let map = map.trim();
    let columns =
        match Columns::built_in(map) {
            Some(columns) => columns,
            None => Columns::parse(map).map_err(|fault| {
                wrong(fault.key.map_or(Message::SettlementMap, |key| Message::SettlementMapKey {
                    key: Codes::of([key]),
                }))
            })?,
        };
    if columns.date.is_none() {
        return Err(wrong(Message::SettlementMapDate));
    }
    if columns.decimals != currency.exponent() {
        return Err(wrong(Message::SettlementDecimals { decimals: currency.exponent().into() }));
    }
    Ok(columns)
}

/// The name of a line whose file gives it none, the same in every file that has it.
fn named_by_content(day: NaiveDate, amount: i64, reference: &str) -> String {
    const MOST: usize = 40;
    let mut name = format!("{day} {amount}");
    match reference.chars().count() {
        0 => {}
        1..=MOST => name.extend([" ", reference]),
        _ => {
            let digest = hefu_core::request_digest(&[reference.as_bytes()]);
            name.push(' ');
            name.push_str(&hex(&digest[..12]));
        }
    }
    name
}

/// The lines of a file that settle something in the property's currency, and how many do not.
fn lines_of(
    file: Ledger,
    (property, channel): (&Property, &str),
    columns: &Columns,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(Vec<SettlementLine>, usize)> {
    let are_named = !columns.id.as_slice().is_empty();
    let amount = || Codes::of([&columns.amount, &columns.credit, &columns.debit].into_iter().flatten());
    let (mut lines, mut left_out) = (Vec::new(), 0);
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for ((record, fee), line) in file.records.into_iter().zip(file.fees).zip(file.lines) {
        let line = i64::try_from(line).unwrap_or(i64::MAX);
        let is_own = record.currency.is_empty()
            || record.currency.eq_ignore_ascii_case(property.currency.code())
            || property.currency == Currency::CNY && matches!(record.currency.as_str(), "RMB" | "人民币");
        if record.amount == 0 || !is_own {
            left_out += 1;
            continue;
        }
        if record.amount.saturating_abs() > LARGEST {
            return Err(AppError::invalid("file", Message::SettlementAmount { line, columns: amount() }));
        }
        if fee.saturating_abs() > record.amount.saturating_abs() {
            return Err(AppError::invalid("file", Message::SettlementFee { line }));
        }
        let is_near = |date: &NaiveDate| (*date - property.business_date).num_days().abs() <= FURTHEST;
        let settled_on = record.date.filter(is_near).ok_or_else(|| {
            let columns = Codes::of(&columns.date);
            AppError::invalid("file", Message::SettlementDate { line, columns })
        })?;
        if record.id.chars().count() > LONGEST || record.reference.chars().count() > LONGEST {
            let names = columns.id.as_slice().iter().chain(&columns.reference);
            let columns = Codes::of(names);
            return Err(AppError::invalid("file", Message::SettlementId { line, columns }));
        }
        let mut name = record.id;
        if !are_named {
            // By what it says: the number of a line is that of another one in the next file.
            name = named_by_content(settled_on, record.amount, &record.reference);
            let count = counted.entry(name.clone()).or_default();
            *count += 1;
            if *count > 1 {
                name = format!("{name} ({count})");
            }
        }
        lines.push(SettlementLine {
            property_id: property.id,
            channel: channel.to_owned(),
            settled_on,
            line: name,
            amount: record.amount,
            fee,
            reference: Some(record.reference).filter(|reference| !reference.is_empty()),
            read_at: now,
            version: 1,
        });
    }
    Ok((lines, left_out))
}

/// Keeps lines of a file: those that are new, and those that say something else now.
#[derive(Debug, Clone)]
struct KeepSettlement {
    property: String,
    channel: String,
    lines: Vec<SettlementLine>,
}

#[async_trait]
impl Command for KeepSettlement {
    const ACTION: Action = Action::SettlementKeep;
    /// How many lines said something else before, and the days of those that are on another now.
    type Out = (usize, BTreeSet<NaiveDate>);

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Self::Out> {
        let property = u.property(&self.property).await?;
        let (mut written, mut changed, mut left) = (0, 0, BTreeSet::new());
        for line in &self.lines {
            match query::finding::settlement_line(u.tx, property.id, &self.channel, &line.line).await? {
                None => u.tx.insert(line).await.map_err(|error| match error {
                    // Somebody sends the same file at the same moment.
                    StoreError::Duplicate { table } => StoreError::Conflict { table },
                    other => other,
                })?,
                Some(known) => {
                    let mut now =
                        SettlementLine { version: known.version, read_at: known.read_at, ..line.clone() };
                    if now == known {
                        continue;
                    }
                    left.extend(Some(known.settled_on).filter(|before| *before != now.settled_on));
                    now.read_at = u.now;
                    u.tx.update(&mut now).await?;
                    changed += 1;
                }
            }
            written += 1;
        }
        let days = || self.lines.iter().map(|line| line.settled_on);
        if let (1.., Some(from), Some(to)) = (written, days().min(), days().max()) {
            let event = FindingEvent::Settlement { channel: self.channel.clone(), lines: written, from, to };
            u.record(About::Property(property.id, "property", property.id.uuid()), event).await?;
        }
        Ok((changed, left))
    }
}

#[async_trait]
impl Operation for TakeSettlement {
    const ACTION: Action = Action::SettlementTake;
    type Out = SettlementResult;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<SettlementResult> {
        let SettlementInput { code, map, file, until } = &self.input;
        let mut c = o.read().await?;
        let property = find_property(&mut c, &self.property).await?;
        let codes = query::property::codes(&mut c, property.id).await?;
        drop(c);
        if !codes.iter().any(|known| known.code == *code && known.kind == CodeKind::Payment) {
            return Err(AppError::not_found(Missing::TransactionCode, code).at("code"));
        }
        let columns = columns_of(map, property.currency)?;
        // Some programs write it in lines.
        let file: String = file.split_whitespace().collect();
        let bytes = STANDARD.decode(file).map_err(|_| AppError::invalid("file", Message::SettlementFile))?;
        let file = ledger(&bytes, &columns).map_err(|fault| refused(&fault))?;
        if file.records.is_empty() {
            return Err(AppError::invalid("file", Message::SettlementBlank));
        }
        if file.records.len() > MOST_LINES {
            let most = MOST_LINES as i64;
            return Err(AppError::invalid("file", Message::SettlementLines { most }));
        }
        let (lines, left_out) = lines_of(file, (&property, code), &columns, o.clock().now())?;
        let days = || lines.iter().map(|line| line.settled_on);
        let (Some(from), Some(to)) = (days().min(), days().max()) else {
            return Err(AppError::invalid("file", Message::SettlementEmpty));
        };
        if (to - from).num_days() >= LONGEST_FILE {
            return Err(AppError::invalid("file", Message::SettlementTooLong { most: LONGEST_FILE }));
        }
        let before = to.pred_opt().filter(|before| *before >= from).unwrap_or(to);
        // The last days of a file may have had no payments.
        let latest = to.checked_add_days(Days::new(AROUND)).unwrap_or(to);
        let until = until.unwrap_or(before);
        if !(from..=latest).contains(&until) {
            return Err(AppError::invalid("until", Message::SettlementUntil { from, to: latest }));
        }
        let (mut left, mut changed) = (BTreeSet::new(), 0);
        for some in lines.chunks(AT_ONCE) {
            let keep = KeepSettlement {
                property: property.code.clone(),
                channel: code.clone(),
                lines: some.to_vec(),
            };
            let (some_changed, some_left) = o.execute(keep).await?;
            changed += some_changed;
            left.extend(some_left);
        }
        // What a line told of before may be told of by none now.
        for day in left.into_iter().filter(|day| !(from..=to).contains(day)) {
            let names = BTreeSet::new();
            let read = Read { from: day, to: day, until: day, names, left_out: 0, changed: 0 };
            self.compare(o, &property, &read).await?;
        }
        let names = lines.into_iter().map(|line| line.line).collect();
        self.compare(o, &property, &Read { from, to, until, names, left_out, changed }).await
    }
}

/// What was read of a file.
#[derive(Debug, Clone)]
struct Read {
    from: NaiveDate,
    to: NaiveDate,
    until: NaiveDate,
    /// Its lines.
    names: BTreeSet<String>,
    left_out: usize,
    changed: usize,
}

impl Read {
    /// Whether a finding is about the days of the file: a payment that it should have, or a line that it has.
    fn is_about(&self, told: &Told) -> bool {
        let last = if told.is_missing { self.until } else { self.to };
        (self.from..=last).contains(&told.date)
    }
}

impl TakeSettlement {
    /// Compares the days of the file, and those around them, with what was paid; keeps what is found of its days, and settles what was found before.
    async fn compare(&self, o: &Operator<'_>, property: &Property, read: &Read) -> Result<SettlementResult> {
        let code = &self.input.code;
        let mut c = o.snapshot().await?;
        let first = read.from.checked_sub_days(Days::new(AROUND)).unwrap_or(read.from);
        let last = read.to.checked_add_days(Days::new(AROUND)).unwrap_or(read.to);
        let lines = query::finding::settlement_lines(&mut c, property.id, code, (first, last)).await?;
        let paid = paid::paid(&mut c, property, code, (first, last)).await?;
        let of = Of { channel: code, property: &property.code, currency: property.currency };
        let mut done = compare(of, &paid, &lines);
        let by_id: BTreeMap<FindingId, &Paid> =
            paid.iter().flat_map(|paid| missing_ids(paid).map(|id| (id, paid))).collect();
        // What was taken back later is missing rightly.
        let mut gone = BTreeSet::new();
        for told in done.found.iter().filter(|told| told.is_missing) {
            if let Some(paid) = by_id.get(&told.finding.id)
                && paid::is_taken_back(&mut c, property, paid).await?
            {
                gone.insert(told.finding.id);
            }
        }
        done.found.retain(|told| !gone.contains(&told.finding.id));

        let known = identities(code, &paid, &lines);
        let mut scopes: BTreeMap<VisitId, Vec<Finding>> = BTreeMap::new();
        let with_visits = paid.iter().filter_map(|paid| paid.visit);
        let by_day = paid.iter().map(|paid| paid.date).chain(lines.iter().map(|line| line.settled_on));
        let by_day: BTreeSet<NaiveDate> = by_day.collect();
        for kept_with in with_visits.chain(by_day.into_iter().map(|day| compare::scope(code, day))) {
            scopes.entry(kept_with).or_default();
        }
        let mut shown: Vec<(i64, FindingId)> = Vec::new();
        let mut counts = SettlementCounts::default();
        for told in &done.found {
            let is_about = read.is_about(told);
            // Around the file only what is known already is looked at again: what came before the first file is nobody's.
            let row = query::finding::find(&mut c, property.id, told.finding.id).await?;
            let is_open = row.as_ref().is_some_and(|row| row.state != FindingState::Resolved);
            // A line that said another date before: its findings are kept with that.
            if let Some(before) = row.map(|row| row.visit_id).filter(|before| *before != told.kept_with) {
                scopes.entry(before).or_default();
            }
            if is_about || is_open {
                scopes.entry(told.kept_with).or_default().push(told.finding.clone());
            }
            if is_about {
                counts.add(told.finding.kind);
                shown.push((told.finding.stake, told.finding.id));
            }
        }
        let (mut visits, mut found): (Vec<VisitId>, Vec<OfVisit>) = (Vec::new(), Vec::new());
        for (kept_with, findings) in scopes {
            let mut rows = query::finding::of_visit(&mut c, property.id, kept_with).await?;
            rows.retain(|row| known.contains(&row.id));
            let of_scope: Vec<OfVisit> = findings.into_iter().map(|finding| (kept_with, finding)).collect();
            if !Steps::of(rows, &of_scope).are_none() {
                visits.push(kept_with);
                found.extend(of_scope);
            }
        }
        drop(c);
        if !visits.is_empty() {
            let property = property.code.clone();
            let keep = KeepFindings { property, visits, found, corrected: None, known: Known::These(known) };
            o.app().execute(Context::job(JOB), keep).await?;
        }

        shown.sort_unstable_by(|one, two| two.cmp(one));
        let mut c = o.read().await?;
        let mut rows = Vec::new();
        for (_, id) in shown.into_iter().take(MOST_SHOWN) {
            rows.extend(query::finding::find(&mut c, property.id, id).await?);
        }
        let is_of_file =
            |place: &&usize| lines.get(**place).is_some_and(|line| read.names.contains(&line.line));
        Ok(SettlementResult {
            property: property.code.clone(),
            code: code.clone(),
            from: read.from,
            to: read.to,
            until: read.until,
            lines: read.names.len(),
            left_out: read.left_out,
            changed: read.changed,
            settled: done.settled.iter().filter(is_of_file).count(),
            fees: done.fees.iter().filter(|(place, _)| is_of_file(place)).map(|(_, fee)| fee).sum(),
            currency: property.currency,
            counts,
            findings: views(&mut c, property, rows).await?,
        })
    }
}

/// The identities of findings that a file does not have a payment for certain.
fn missing_ids(paid: &Paid) -> [FindingId; 2] {
    [FindingKind::SettlementMissing, FindingKind::SettlementUnclear]
        .map(|kind| Finding::id_of(kind, &[compare::of_payment(&paid.id)]))
}

impl SettlementCounts {
    const fn add(&mut self, kind: FindingKind) {
        match kind {
            FindingKind::SettlementMissing => self.missing += 1,
            FindingKind::SettlementUnknown => self.unknown += 1,
            FindingKind::SettlementDoubled => self.doubled += 1,
            FindingKind::SettlementDiffers => self.differs += 1,
            FindingKind::SettlementUnclear => self.unclear += 1,
            _ => {}
        }
    }
}
