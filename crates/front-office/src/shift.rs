//! Cashier shifts 【收银班次】. Whatever money a cashier takes and gives while their shift is open stands in its book; at the end it is counted,
//! by method and currency, and what differs is kept. A shift may last over the night audit: each entry has its own business date.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    deposit::DepositEntry,
    event::{CashEvent, cash::Counted},
    folio::{CityEntry, Posting},
    ids::VisitId,
    message::{Codes, Missing},
    property::{CodeKind, Property, TransactionCode},
    shift::{CASH, CashierShift, ShiftCount, ShiftEntry, ShiftEntryKind, ShiftState, Sum, compare},
};
use hefu_kernel::{Currency, Id as _, Money};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    limits::{MOST, check_amount, check_reference, meanwhile},
    property::find_property,
    series::next_number,
    view::names::VisitNames,
};
use hefu_authz::{Action, Masks, Personal, Resource, class::FreeText};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};

/// The series of their numbers.
const SERIES: &str = "shift";

/// Money that was taken, or given back below zero.
#[derive(Debug, Clone)]
pub struct Taken<'a> {
    kind: ShiftEntryKind,
    method: &'a str,
    amount: i64,
    foreign: Option<(&'a str, i64)>,
    visit_id: Option<VisitId>,
    source_id: Uuid,
    reference: Option<&'a str>,
}

impl<'a> Taken<'a> {
    /// A payment of a bill, which stands there below zero.
    pub fn of_line(kind: ShiftEntryKind, line: &'a Posting) -> Self {
        let foreign = line.foreign_currency.as_deref().zip(line.foreign_amount);
        Self {
            kind,
            method: &line.code,
            amount: -line.amount,
            foreign: foreign.map(|(currency, amount)| (currency, -amount)),
            visit_id: Some(line.visit_id),
            source_id: line.id.uuid(),
            reference: line.reference.as_deref(),
        }
    }

    /// A movement of the deposit ledger that was paid; none: it moved held money elsewhere.
    pub fn of_deposit(entry: &'a DepositEntry) -> Option<Self> {
        Some(Self {
            kind: ShiftEntryKind::Deposit,
            method: entry.method.as_deref()?,
            amount: entry.amount,
            foreign: entry.foreign_currency.as_deref().zip(entry.foreign_amount),
            visit_id: Some(entry.visit_id),
            source_id: entry.id.uuid(),
            reference: entry.reference.as_deref(),
        })
    }

    /// A movement of the city ledger that a company paid; none: it came from a bill.
    pub fn of_company(entry: &'a CityEntry) -> Option<Self> {
        Some(Self {
            kind: ShiftEntryKind::CityLedger,
            method: entry.method.as_deref()?,
            amount: -entry.amount,
            foreign: None,
            visit_id: None,
            source_id: entry.id.uuid(),
            reference: entry.reference.as_deref(),
        })
    }
}

/// Writes money that the cashier takes or gives into the book of their open shift.
///
/// # Errors
/// They have none, and the property wants one for cash, or it is paid out for a guest.
pub async fn take(u: &mut Unit<'_>, property: &Property, taken: Taken<'_>) -> Result<()> {
    let cashier = u.ctx.principal.to_string();
    let Some(shift) = query::cash::hold_shift_of(u.tx, property.id, &cashier).await? else {
        let is_paid_out = taken.kind == ShiftEntryKind::PaidOut;
        let billing = query::cash::billing(u.tx, property.id).await?;
        let is_needed = taken.method == CASH && billing.is_some_and(|billing| billing.cash_needs_shift);
        if is_paid_out || is_needed {
            return Err(RuleError::new(Rule::WrongState, (), Message::NoOpenShift).into());
        }
        return Ok(());
    };
    let (currency, amount) = match taken.foreign {
        Some((currency, amount)) => {
            let known = currency.parse().map_err(|_| AppError::Internal("a payment in no currency"))?;
            (known, amount)
        }
        None => (property.currency, taken.amount),
    };
    let entry = ShiftEntry {
        kind: taken.kind,
        method: taken.method.to_owned(),
        visit_id: taken.visit_id,
        source_id: Some(taken.source_id),
        reference: taken.reference.map(str::to_owned),
        ..entry(u, property, &shift, (currency, amount))
    };
    Ok(u.tx.insert(&entry).await?)
}

/// An entry of a shift's book: cash, with nothing else said.
fn entry(
    u: &Unit<'_>,
    property: &Property,
    shift: &CashierShift,
    (currency, amount): (Currency, i64),
) -> ShiftEntry {
    ShiftEntry {
        property_id: property.id,
        shift_id: shift.id,
        id: u.id(),
        kind: ShiftEntryKind::Float,
        method: CASH.into(),
        currency,
        amount,
        business_date: property.business_date,
        posted_at: u.now,
        visit_id: None,
        source_id: None,
        reference: None,
    }
}

/// Cash in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CashAmount {
    /// The currency. Default: the property's.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Minor units of it.
    pub amount: i64,
}

/// What a cashier begins with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ShiftInput {
    /// The cash in the drawer, each currency once; up to 20.
    pub float: Vec<CashAmount>,
}

/// How many currencies a drawer has at most.
const CURRENCIES: usize = 20;

/// Opens a shift of the cashier who asks.
#[derive(Debug, Clone)]
pub struct OpenShift {
    /// Code of the property.
    pub property: String,
    /// What they begin with.
    pub input: ShiftInput,
}

#[async_trait]
impl Command for OpenShift {
    const ACTION: Action = Action::ShiftOpen;
    type Out = ShiftInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<ShiftInfo> {
        let property = u.property(&self.property).await?;
        let cashier = u.ctx.principal.to_string();
        if query::cash::hold_shift_of(u.tx, property.id, &cashier).await?.is_some() {
            return Err(RuleError::new(Rule::Exists, (), Message::ShiftIsOpen).into());
        }
        if self.input.float.len() > CURRENCIES {
            return Err(AppError::invalid("float", Message::ItemCount { from: 0, to: CURRENCIES }));
        }
        let mut float: Vec<Money> = Vec::new();
        for (i, cash) in self.input.float.iter().enumerate() {
            let currency = cash.currency.unwrap_or(property.currency);
            check_amount(("float", i, "amount"), cash.amount, currency)?;
            if float.iter().any(|money| money.currency == currency) {
                return Err(AppError::invalid(("float", i, "currency"), Message::OnceEach));
            }
            float.push(Money::new(cash.amount, currency));
        }
        let shift = CashierShift {
            property_id: property.id,
            id: u.id(),
            number: next_number(u, property.id, SERIES).await?,
            cashier,
            state: ShiftState::Open,
            opened_on: property.business_date,
            opened_at: u.now,
            closed_on: None,
            closed_at: None,
            closed_by: None,
            version: 1,
        };
        u.tx.insert(&shift).await.map_err(meanwhile)?;
        for money in &float {
            let entry = entry(u, &property, &shift, (money.currency, money.minor));
            u.tx.insert(&entry).await?;
        }
        let about = About::Property(property.id, "cashier_shift", shift.id.uuid());
        u.record(about, CashEvent::OpenShift { number: shift.number, float }).await?;
        Ok(shift.into())
    }
}

/// The shift with a number, open and held for this unit.
async fn open_shift(u: &mut Unit<'_>, property: &Property, number: i64) -> Result<CashierShift> {
    let found = query::cash::lock_shift(u.tx, property.id, number).await?;
    let shift =
        found.ok_or_else(|| AppError::not_found(Missing::Shift, number).at(Place::parameter("number")))?;
    if shift.state != ShiftState::Open {
        return Err(RuleError::new(Rule::WrongState, (), Message::ShiftClosed).into());
    }
    Ok(shift)
}

/// Cash that is brought to the safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DropInput {
    /// The currency. Default: the property's.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Minor units of it, at most what the drawer should hold.
    pub amount: i64,
    /// Number of the bag or slip.
    #[serde(default)]
    pub reference: Option<String>,
}

/// Brings cash of a shift to the safe.
#[derive(Debug, Clone)]
pub struct DropCash {
    /// Code of the property.
    pub property: String,
    /// Number of the shift.
    pub number: i64,
    /// How much.
    pub input: DropInput,
}

#[async_trait]
impl Command for DropCash {
    const ACTION: Action = Action::ShiftDrop;
    type Out = ShiftInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<ShiftInfo> {
        let property = u.property(&self.property).await?;
        let currency = self.input.currency.unwrap_or(property.currency);
        check_amount("amount", self.input.amount, currency)?;
        if let Some(reference) = &self.input.reference {
            check_reference("reference", reference)?;
        }
        let shift = open_shift(u, &property, self.number).await?;
        let sums = query::cash::shift_sums(u.tx, property.id, shift.id).await?;
        let holds = sums.iter().find(|(method, of, _)| method == CASH && *of == currency);
        let holds = holds.map_or(0, |(.., amount)| *amount);
        if self.input.amount > holds {
            let held = Money::new(holds.max(0), currency);
            return Err(RuleError::new(Rule::BadAmount, "amount", Message::DrawerHolds { held }).into());
        }
        let dropped = ShiftEntry {
            kind: ShiftEntryKind::Drop,
            reference: self.input.reference.clone(),
            ..entry(u, &property, &shift, (currency, -self.input.amount))
        };
        u.tx.insert(&dropped).await?;
        let about = About::Property(property.id, "cashier_shift", shift.id.uuid());
        let event = CashEvent::DropCash {
            number: shift.number,
            amount: Money::new(self.input.amount, currency),
            reference: self.input.reference.clone(),
        };
        u.record(about, event).await?;
        Ok(shift.into())
    }
}

/// Money that was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountInput {
    /// A payment code: `CASH`, `CARD`, …
    pub method: String,
    /// The currency. Default: the property's.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Minor units of it; below zero where more was given back than taken.
    pub counted: i64,
}

/// What was counted at the end of a shift.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CloseInput {
    /// Each method and currency once, up to 100: all of which something should be there.
    pub counts: Vec<CountInput>,
    /// Why something differs: needed when it does. Kept sealed in the journal; it stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
}

/// How many methods and currencies are counted at most.
const COUNTS: usize = 100;

/// Closes a shift: the cashier's own, or that of somebody who has left.
#[derive(Debug, Clone)]
pub struct CloseShift {
    /// Code of the property.
    pub property: String,
    /// Number of the shift.
    pub number: i64,
    /// What was counted.
    pub input: CloseInput,
}

impl CloseShift {
    /// What was counted, by methods that the property has.
    async fn counted(&self, u: &mut Unit<'_>, property: &Property) -> Result<Vec<Sum>> {
        if self.input.counts.len() > COUNTS {
            return Err(AppError::invalid("counts", Message::ItemCount { from: 0, to: COUNTS }));
        }
        let codes = query::property::codes(u.tx, property.id).await?;
        let mut counted: Vec<Sum> = Vec::new();
        for (i, count) in self.input.counts.iter().enumerate() {
            let is_method =
                |code: &TransactionCode| code.kind == CodeKind::Payment && code.code == count.method;
            if !codes.iter().any(is_method) {
                let missing = AppError::not_found(Missing::TransactionCode, &count.method);
                return Err(missing.at(("counts", i, "method")));
            }
            let currency = count.currency.unwrap_or(property.currency);
            if count.counted.unsigned_abs() > MOST.unsigned_abs() {
                let (from, to) = (Money::new(-MOST, currency), Money::new(MOST, currency));
                let message = Message::AmountBetween { from, to };
                return Err(RuleError::new(Rule::BadAmount, ("counts", i, "counted"), message).into());
            }
            if counted.iter().any(|(method, of, _)| *method == count.method && *of == currency) {
                return Err(AppError::invalid(("counts", i, "method"), Message::OnceEach));
            }
            counted.push((count.method.clone(), currency, count.counted));
        }
        Ok(counted)
    }
}

#[async_trait]
impl Command for CloseShift {
    const ACTION: Action = Action::ShiftClose;
    type Out = ShiftInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<ShiftInfo> {
        let property = u.property(&self.property).await?;
        let counted = self.counted(u, &property).await?;
        let mut shift = open_shift(u, &property, self.number).await?;
        let expected = query::cash::shift_sums(u.tx, property.id, shift.id).await?;
        let counts = compare((property.id, shift.id), &expected, &counted).map_err(|missing| {
            let missing = missing.iter().map(|(method, currency)| format!("{method} {currency}"));
            AppError::invalid("counts", Message::NotCounted { missing: Codes::of(missing) })
        })?;
        if counts.iter().any(|count| count.difference() != 0) && u.reason().is_err() {
            return Err(AppError::invalid("reason", Message::DifferenceNeedsReason));
        }
        u.tx.insert_all(&counts).await?;
        shift.state = ShiftState::Closed;
        shift.closed_on = Some(property.business_date);
        shift.closed_at = Some(u.now);
        shift.closed_by = Some(u.ctx.principal.to_string());
        u.tx.update(&mut shift).await?;
        let counts = counts.into_iter().map(|count| Counted {
            method: count.method,
            expected: Money::new(count.expected, count.currency),
            counted: Money::new(count.counted, count.currency),
        });
        let about = About::Property(property.id, "cashier_shift", shift.id.uuid());
        let event = CashEvent::CloseShift { number: shift.number, counts: counts.collect() };
        u.record(about, event).await?;
        Ok(shift.into())
    }
}

/// A cashier's shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftInfo {
    /// Its number in the property.
    pub number: i64,
    /// Whose it is, as the journal calls them.
    pub cashier: String,
    /// Whether it is still open.
    pub state: ShiftState,
    /// The accounting day on which it began.
    pub opened_on: NaiveDate,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// The accounting day on which it was closed.
    pub closed_on: Option<NaiveDate>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Who closed it, as the journal calls them.
    pub closed_by: Option<String>,
    /// Version of the record.
    pub version: i64,
}

impl From<CashierShift> for ShiftInfo {
    fn from(shift: CashierShift) -> Self {
        Self {
            number: shift.number,
            cashier: shift.cashier,
            state: shift.state,
            opened_on: shift.opened_on,
            opened_at: shift.opened_at,
            closed_on: shift.closed_on,
            closed_at: shift.closed_at,
            closed_by: shift.closed_by,
            version: shift.version,
        }
    }
}

/// What of a method and currency a shift holds, or held when it was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShiftSum {
    /// The payment code.
    pub method: String,
    /// The currency.
    pub currency: Currency,
    /// What there should be by the shift's book, minor units of the currency.
    pub expected: i64,
    /// What was counted; none: the shift is open.
    pub counted: Option<i64>,
    /// What there was more than there should be.
    pub difference: Option<i64>,
}

impl From<ShiftCount> for ShiftSum {
    fn from(count: ShiftCount) -> Self {
        Self {
            expected: count.expected,
            counted: Some(count.counted),
            difference: Some(count.difference()),
            method: count.method,
            currency: count.currency,
        }
    }
}

/// Money that a shift took or gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShiftEntryView {
    /// Where it came from or went to.
    pub kind: ShiftEntryKind,
    /// The payment code.
    pub method: String,
    /// The currency.
    pub currency: Currency,
    /// Minor units of it: taken above zero, given below.
    pub amount: i64,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// The moment.
    pub posted_at: DateTime<Utc>,
    /// The number of the visit it was for, ten digits.
    pub visit: Option<String>,
    /// Receipt or slip number.
    #[schema(value_type = Option<String>)]
    pub reference: Option<Personal<FreeText>>,
}

impl ShiftEntryView {
    fn of(entry: ShiftEntry, visits: &VisitNames, masks: Masks) -> Self {
        Self {
            kind: entry.kind,
            method: entry.method,
            currency: entry.currency,
            amount: entry.amount,
            business_date: entry.business_date,
            posted_at: entry.posted_at,
            visit: entry.visit_id.and_then(|id| visits.number(id)),
            reference: Personal::of_some(masks, entry.reference),
        }
    }
}

/// A shift with its book.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ShiftView {
    /// The shift.
    #[serde(flatten)]
    pub shift: ShiftInfo,
    /// What it holds, by method and currency.
    pub sums: Vec<ShiftSum>,
    /// The latest 500 entries of its book, the last first.
    pub entries: Vec<ShiftEntryView>,
}

/// A shift with its book.
#[derive(Debug, Clone)]
pub struct ShowShift {
    /// Code of the property.
    pub property: String,
    /// Its number.
    pub number: i64,
}

#[async_trait]
impl Query for ShowShift {
    const ACTION: Action = Action::ShiftShow;
    type Out = ShiftView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let masks = r.masks();
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let missing = || AppError::not_found(Missing::Shift, self.number).at(Place::parameter("number"));
        let shift = query::cash::shift(c, property.id, self.number).await?.ok_or_else(missing)?;
        let entries = query::cash::shift_entries(c, property.id, shift.id, 500).await?;
        let visits = entries.iter().filter_map(|entry| Some((property.id, entry.visit_id?)));
        let visits = VisitNames::of(c, visits).await?;
        Ok(ShiftView {
            sums: sums(c, &shift).await?,
            entries: entries.into_iter().map(|entry| ShiftEntryView::of(entry, &visits, masks)).collect(),
            shift: shift.into(),
        })
    }
}

/// What a shift holds or was counted with.
async fn sums(c: &mut Conn, shift: &CashierShift) -> Result<Vec<ShiftSum>> {
    if shift.state == ShiftState::Closed {
        let counts = query::cash::shift_counts(c, shift.property_id, shift.id).await?;
        return Ok(counts.into_iter().map(ShiftSum::from).collect());
    }
    let held = query::cash::shift_sums(c, shift.property_id, shift.id).await?;
    Ok(held
        .into_iter()
        .map(|(method, currency, expected)| ShiftSum {
            method,
            currency,
            expected,
            counted: None,
            difference: None,
        })
        .collect())
}

/// The shifts that are open, by cashier.
///
/// # Errors
/// The database fails.
pub async fn open(c: &mut Conn, property: &Property, limit: i64) -> Result<Vec<ShiftInfo>> {
    let shifts = query::cash::open_shifts(c, property.id, limit).await?;
    Ok(shifts.into_iter().map(ShiftInfo::from).collect())
}

/// The latest shifts of a property, the last first.
#[derive(Debug, Clone)]
pub struct ListShifts {
    /// Code of the property.
    pub property: String,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListShifts {
    const ACTION: Action = Action::ShiftList;
    type Out = Vec<ShiftInfo>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let shifts = query::cash::shifts(c, property.id, self.limit).await?;
        Ok(shifts.into_iter().map(ShiftInfo::from).collect())
    }
}
