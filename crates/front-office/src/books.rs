//! The ledgers of a business date: as they stand while it is open, as they were written when it was closed.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_domain::{
    books::{Books, DayLedger, Ledger, Paid},
    ids::GuestId,
    message::Missing,
    property::Property,
    reservation::ReservationState,
};
use hefu_kernel::Currency;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{property::find_property, visit::grouped};
use hefu_authz::{Action, Resource};
use hefu_core::{AppError, Query, Reader, Result};

/// What of a foreign currency was paid, if the currency is foreign.
fn foreign(currency: &str, amount: i64) -> Option<(&str, i64)> {
    (!currency.is_empty()).then_some((currency, amount))
}

/// What moved on the open date, after what the date before closed with.
async fn moved(c: &mut Conn, property: &Property) -> Result<Books> {
    let (id, date) = (property.id, property.business_date);
    let before = match date.pred_opt() {
        Some(before) => query::books::day(c, id, before).await?,
        None => Vec::new(),
    };
    let mut books = Books::open(id, date, property.currency, &before);
    for sum in query::books::posted_on(c, id, date).await? {
        let foreign = foreign(&sum.foreign_currency, sum.in_currency);
        let paid = Paid { method: &sum.code, cashier: &sum.posted_by, foreign };
        books.post(sum.kind, sum.amount, paid);
    }
    for sum in query::books::deposits_on(c, id, date).await? {
        let foreign = foreign(&sum.foreign_currency, sum.in_currency);
        let paid = Paid { method: &sum.code, cashier: &sum.posted_by, foreign };
        books.deposit(sum.kind, sum.amount, paid);
    }
    for (account, of_bill, method, cashier, amount) in query::books::city_on(c, id, date).await? {
        let paid = Paid { method: &method, cashier: &cashier, foreign: None };
        books.city(&account, amount, (!of_bill).then_some(paid));
    }
    Ok(books)
}

/// The ledgers of the open date of a property, the guest ledger brought to what the bills say.
///
/// # Errors
/// The database fails.
pub async fn of_open_date(c: &mut Conn, property: &Property) -> Result<Books> {
    let mut books = moved(c, property).await?;
    books.settle_guest(query::books::on_bills(c, property.id).await?);
    Ok(books)
}

/// Where a ledger of the open date does not say what is owed or held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutOfBalance {
    /// The ledger.
    pub ledger: Ledger,
    /// The account; empty for the ledgers of one account.
    pub account: String,
    /// Where the ledger closes, minor units.
    pub ledger_says: i64,
    /// What the bills, the deposits or the account itself come to.
    pub records_say: i64,
}

/// Where the ledgers of the open date do not say what is owed and held. Of the guest ledger it is what bills of other systems brought.
///
/// # Errors
/// The database fails.
pub async fn out_of_balance(c: &mut Conn, property: &Property) -> Result<Vec<OutOfBalance>> {
    let books = moved(c, property).await?;
    let id = property.id;
    let mut all = vec![
        (Ledger::Guest, String::new(), query::books::on_bills(c, id).await?),
        (Ledger::Deposit, String::new(), -query::books::held(c, id).await?),
    ];
    let accounts = query::property::city_accounts(c, id).await?;
    all.extend(accounts.into_iter().map(|account| (Ledger::City, account.code, account.balance)));
    let compared = all.into_iter().map(|(ledger, account, records_say)| {
        let ledger_says = books.closing(ledger, &account);
        OutOfBalance { ledger, account, ledger_says, records_say }
    });
    Ok(compared.filter(|one| one.ledger_says != one.records_say).collect())
}

/// An account of a ledger on a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedgerRow {
    /// The ledger.
    pub ledger: Ledger,
    /// Transaction code, payment method or code of the city-ledger account; empty for the ledgers of one account.
    pub account: String,
    /// Who took or gave the money, as the journal calls them; empty but for payments.
    pub cashier: String,
    /// The currency in which it was paid; the property's for everything else.
    pub currency: String,
    /// Balance brought from the date before, minor units of the property's currency; below zero on the credit side.
    pub opening: i64,
    /// Debited on the date.
    pub debit: i64,
    /// Credited on the date.
    pub credit: i64,
    /// Opening + debit - credit.
    pub closing: i64,
    /// Debit less credit in `currency`, minor units of it.
    pub in_currency: i64,
}

impl From<DayLedger> for LedgerRow {
    fn from(row: DayLedger) -> Self {
        Self {
            ledger: row.ledger,
            account: row.account,
            cashier: row.cashier,
            currency: row.currency,
            opening: row.opening,
            debit: row.debit,
            credit: row.credit,
            closing: row.closing,
            in_currency: row.in_currency,
        }
    }
}

/// The ledgers of a business date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DayView {
    /// Code of the property.
    pub property: String,
    /// The date.
    pub business_date: NaiveDate,
    /// Whether it is closed: then nothing of it changes any more.
    pub closed: bool,
    /// The property's currency.
    pub currency: Currency,
    /// Account by account. All debits together are all credits: what guests, companies and the deposits held for guests moved is what was earned
    /// and taxed less what was paid.
    pub ledgers: Vec<LedgerRow>,
}

/// The ledgers of a business date; none: the open one.
#[derive(Debug, Clone)]
pub struct ShowDay {
    /// Code of the property.
    pub property: String,
    /// The date; none: the open one.
    pub date: Option<NaiveDate>,
}

#[async_trait]
impl Query for ShowDay {
    const ACTION: Action = Action::DayShow;
    type Out = DayView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let date = self.date.unwrap_or(property.business_date);
        let closed = date < property.business_date;
        let rows = if closed {
            query::books::day(c, property.id, date).await?
        } else if date == property.business_date {
            of_open_date(c, &property).await?.rows()
        } else {
            Vec::new()
        };
        if rows.is_empty() && date != property.business_date {
            return Err(AppError::not_found(Missing::Day, date));
        }
        Ok(DayView {
            property: property.code,
            business_date: date,
            closed,
            currency: property.currency,
            ledgers: rows.into_iter().map(LedgerRow::from).collect(),
        })
    }
}

/// A window with a balance although nobody of its visit is in house or expected any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnsettledWindow {
    /// The visit's number, in groups.
    pub visit: String,
    /// Where its reservation stands.
    pub state: ReservationState,
    /// When everybody left, or should have.
    pub departure: NaiveDate,
    /// The window of the bill.
    pub window: i64,
    /// Who pays, when it is a guest.
    pub guest_id: Option<GuestId>,
    /// Who pays, when it is a company.
    pub company: Option<String>,
    /// What is to be paid, minor units; below zero: to be given back.
    pub balance: i64,
}

/// Windows with a balance of visits that are over, by visit.
///
/// # Errors
/// The database fails.
pub async fn unsettled(c: &mut Conn, property: &Property, limit: i64) -> Result<Vec<UnsettledWindow>> {
    let found = query::books::unsettled(c, property.id, limit).await?;
    Ok(found
        .into_iter()
        .map(|(number, state, departure, window, guest_id, company, balance)| UnsettledWindow {
            visit: grouped(&number),
            state,
            departure,
            window,
            guest_id,
            company,
            balance,
        })
        .collect())
}

/// Who has left, or did not come, and still has to pay or to get something back.
#[derive(Debug, Clone)]
pub struct ListUnsettled {
    /// Code of the property.
    pub property: String,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListUnsettled {
    const ACTION: Action = Action::FolioUnsettled;
    type Out = Vec<UnsettledWindow>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        unsettled(c, &property, self.limit).await
    }
}
