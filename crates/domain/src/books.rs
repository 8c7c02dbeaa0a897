//! The ledgers of a business date.
//!
//! Every movement of money debits one account and credits another, so the ledgers balance by construction: what the three ledgers of claims
//! (guest, deposit, city) moved is what was earned and taxed less what was paid. They are worked out from postings, deposit entries and
//! city-ledger entries; that folios, held deposits and accounts stand where these ledgers close is another matter, and checked.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hefu_kernel::{Currency, codes};
use serde::{Deserialize, Serialize};

use crate::{deposit::DepositKind, ids::PropertyId, property::CodeKind};

codes! {
    /// A ledger of a business date.
    pub enum Ledger {
        /// What was earned, by transaction code.
        Revenue = "revenue",
        /// What is owed to the state, by transaction code.
        Tax = "tax",
        /// What was paid in and given back, by method, cashier and currency.
        Payment = "payment",
        /// Money held for guests until it is applied, given back or forfeited: a debt of the property, so its balance is on the credit side.
        Deposit = "deposit",
        /// What guests owe on their bills.
        Guest = "guest",
        /// What companies owe, by account.
        City = "city",
        /// What bills of other systems brought into the guest ledger. Nothing, where nothing was imported.
        OtherSystems = "other_systems",
    }
}

impl Ledger {
    /// Whether its balance is carried to the next date. The others begin every date at nothing.
    pub const fn is_carried(self) -> bool {
        matches!(self, Self::Deposit | Self::Guest | Self::City)
    }
}

/// An account of a ledger on a business date: opening + debit - credit = closing. Written when the date is closed, and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayLedger {
    /// The property.
    pub property_id: PropertyId,
    /// The date.
    pub business_date: NaiveDate,
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
    /// Balance at the end of the date.
    pub closing: i64,
    /// Debit less credit in `currency`, minor units of it: what of a foreign currency came in.
    pub in_currency: i64,
}

/// A series of numbers that are given out without a gap, e.g. of receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberSeries {
    /// The property.
    pub property_id: PropertyId,
    /// What it numbers.
    pub series: String,
    /// The number given out last.
    pub last: i64,
    /// Version of the record.
    pub version: i64,
}

/// The account of a movement: ledger, account, cashier, currency.
type Key = (Ledger, String, String, String);

/// The ledgers of one business date while they are worked out.
#[derive(Debug, Clone)]
pub struct Books {
    property_id: PropertyId,
    date: NaiveDate,
    currency: Currency,
    rows: BTreeMap<Key, DayLedger>,
}

/// Money that was taken or given back.
#[derive(Debug, Clone, Copy)]
pub struct Paid<'a> {
    /// By which method: a payment code. Of a charge its transaction code.
    pub method: &'a str,
    /// Who took it.
    pub cashier: &'a str,
    /// In which foreign currency, and how much of it, minor units; below zero what was given back.
    pub foreign: Option<(&'a str, i64)>,
}

impl Books {
    /// The books of a date: they begin with what the date before closed with.
    pub fn open(property_id: PropertyId, date: NaiveDate, currency: Currency, before: &[DayLedger]) -> Self {
        let mut books = Self { property_id, date, currency, rows: BTreeMap::new() };
        for row in before.iter().filter(|row| row.ledger.is_carried() && row.closing != 0) {
            let (opening, closing) = (row.closing, row.closing);
            let carried = DayLedger {
                opening,
                closing,
                debit: 0,
                credit: 0,
                in_currency: 0,
                business_date: date,
                ..row.clone()
            };
            books.rows.insert(key_of(&carried), carried);
        }
        // A date on which nothing happened has them too.
        for ledger in [Ledger::Deposit, Ledger::Guest] {
            let key = books.key(ledger, "");
            books.row(key);
        }
        books
    }

    fn key(&self, ledger: Ledger, account: &str) -> Key {
        (ledger, account.to_owned(), String::new(), self.currency.code().to_owned())
    }

    fn payment(&self, paid: Paid<'_>) -> Key {
        let currency = paid.foreign.map_or(self.currency.code(), |(currency, _)| currency);
        (Ledger::Payment, paid.method.to_owned(), paid.cashier.to_owned(), currency.to_owned())
    }

    fn row(&mut self, key: Key) -> &mut DayLedger {
        let (property_id, business_date) = (self.property_id, self.date);
        self.rows.entry(key.clone()).or_insert_with(|| DayLedger {
            property_id,
            business_date,
            ledger: key.0,
            account: key.1,
            cashier: key.2,
            currency: key.3,
            opening: 0,
            debit: 0,
            credit: 0,
            closing: 0,
            in_currency: 0,
        })
    }

    /// Debits one account and credits another; below zero the other way round. `in_debited` is the amount in the currency of the debited one.
    fn transfer(&mut self, debit: Key, credit: Key, amount: i64, in_debited: i64) {
        if amount < 0 {
            let (row, back) = (self.row(debit), amount.saturating_neg());
            row.credit += back;
            row.closing -= back;
            row.in_currency += in_debited;
            let row = self.row(credit);
            row.debit += back;
            row.closing += back;
            row.in_currency += back;
        } else {
            let row = self.row(debit);
            row.debit += amount;
            row.closing += amount;
            row.in_currency += in_debited;
            let row = self.row(credit);
            row.credit += amount;
            row.closing -= amount;
            row.in_currency -= amount;
        }
    }

    /// Lines of bills of one kind and code with the same sign. Lines that only move others, or stand for what another ledger did, count there.
    pub fn post(&mut self, kind: CodeKind, amount: i64, paid: Paid<'_>) {
        let guest = self.key(Ledger::Guest, "");
        match kind {
            CodeKind::Revenue => self.transfer(guest, self.key(Ledger::Revenue, paid.method), amount, amount),
            CodeKind::Tax => self.transfer(guest, self.key(Ledger::Tax, paid.method), amount, amount),
            CodeKind::Payment => {
                // A payment stands below zero on the bill.
                let foreign = paid.foreign.map(|(currency, amount)| (currency, -amount));
                let taken = Paid { foreign, ..paid };
                let in_currency = foreign.map_or(-amount, |(_, amount)| amount);
                self.transfer(self.payment(taken), guest, -amount, in_currency);
            }
            CodeKind::Wrapper => {}
        }
    }

    /// Deposit entries of one kind with the same sign.
    pub fn deposit(&mut self, kind: DepositKind, amount: i64, paid: Paid<'_>) {
        let (deposit, guest) = (self.key(Ledger::Deposit, ""), self.key(Ledger::Guest, ""));
        match kind {
            DepositKind::Received | DepositKind::Refunded => {
                let in_currency = paid.foreign.map_or(amount, |(_, amount)| amount);
                self.transfer(self.payment(paid), deposit, amount, in_currency);
            }
            DepositKind::Applied | DepositKind::Forfeited => self.transfer(deposit, guest, -amount, -amount),
        }
    }

    /// City-ledger entries of an account with the same sign: moved from a bill, or paid by the company with `paid`.
    pub fn city(&mut self, account: &str, amount: i64, paid: Option<Paid<'_>>) {
        let city = self.key(Ledger::City, account);
        match paid {
            None => self.transfer(city, self.key(Ledger::Guest, ""), amount, amount),
            Some(paid) => self.transfer(self.payment(paid), city, -amount, -amount),
        }
    }

    /// Where the ledger of an account closes, minor units.
    pub fn closing(&self, ledger: Ledger, account: &str) -> i64 {
        self.rows.get(&self.key(ledger, account)).map_or(0, |row| row.closing)
    }

    /// Brings the guest ledger to what the bills say. What they say more came with bills of other systems, whose lines are on none of these
    /// ledgers; where nothing was imported there is nothing.
    pub fn settle_guest(&mut self, on_bills: i64) {
        let brought = on_bills - self.closing(Ledger::Guest, "");
        if brought != 0 {
            let (guest, others) = (self.key(Ledger::Guest, ""), self.key(Ledger::OtherSystems, ""));
            self.transfer(guest, others, brought, brought);
        }
    }

    /// The rows, by ledger and account.
    pub fn rows(self) -> Vec<DayLedger> {
        self.rows.into_values().collect()
    }
}

fn key_of(row: &DayLedger) -> Key {
    (row.ledger, row.account.clone(), row.cashier.clone(), row.currency.clone())
}

/// What is wrong with the ledgers of a date: nothing if each account closes with opening + debit - credit and all debits are all credits.
pub fn faults(rows: &[DayLedger]) -> Vec<String> {
    let mut found: Vec<String> = rows
        .iter()
        .filter(|row| row.opening + row.debit - row.credit != row.closing)
        .map(|row| format!("{} {} does not close with its movements", row.ledger, row.account))
        .collect();
    let (debit, credit) = rows.iter().fold((0, 0), |(d, c), row| (d + row.debit, c + row.credit));
    if debit != credit {
        found.push(format!("debits of {debit} are not credits of {credit}"));
    }
    let moved = |wanted: &[Ledger]| -> i64 {
        rows.iter().filter(|row| wanted.contains(&row.ledger)).map(|row| row.debit - row.credit).sum()
    };
    let claims = moved(&[Ledger::Guest, Ledger::Deposit, Ledger::City]);
    let earned = -moved(&[Ledger::Revenue, Ledger::Tax, Ledger::OtherSystems]);
    if claims != earned - moved(&[Ledger::Payment]) {
        found.push(format!("claims moved by {claims}, which is not what was earned less what was paid"));
    }
    found
}

#[cfg(test)]
mod tests {

    use super::*;

    const NOBODY: Paid<'static> = Paid { method: "", cashier: "", foreign: None };

    #[test]
    fn a_day_of_everything_balances() {
        let date = NaiveDate::from_ymd_opt(2026, 10, 3).unwrap_or_default();
        let mut books = Books::open(PropertyId::NIL, date, Currency::CNY, &[]);
        let of = |method: &'static str| Paid { method, cashier: "desk", ..NOBODY };
        books.post(CodeKind::Revenue, 300_00, of("ROOM"));
        books.post(CodeKind::Revenue, -50_00, of("ROOM"));
        books.post(CodeKind::Tax, 18_00, of("TAX"));
        books.post(CodeKind::Payment, -71_23, Paid { foreign: Some(("USD", -10_00)), ..of("CASH") });
        books.deposit(DepositKind::Received, 100_00, of("CARD"));
        books.deposit(DepositKind::Applied, -60_00, NOBODY);
        books.deposit(DepositKind::Refunded, -10_00, of("CARD"));
        books.city("ACME", 80_00, None);
        books.city("ACME", -30_00, Some(of("BANK")));
        assert_eq!(books.closing(Ledger::Guest, ""), 268_00 - 71_23 - 60_00 - 80_00);
        assert_eq!(books.closing(Ledger::Deposit, ""), -30_00);
        assert_eq!(books.closing(Ledger::City, "ACME"), 50_00);
        let rows = books.clone().rows();
        assert_eq!(faults(&rows), Vec::<String>::new());
        let dollars = rows.iter().find(|row| row.currency == "USD");
        assert_eq!(dollars.map(|row| (row.debit, row.in_currency)), Some((71_23, 10_00)));
        // The next date begins where this one ended, with the claims only.
        let next = Books::open(PropertyId::NIL, date, Currency::CNY, &rows);
        let opened: Vec<_> = next.clone().rows().into_iter().map(|row| (row.ledger, row.opening)).collect();
        assert_eq!(opened, [(Ledger::Deposit, -30_00), (Ledger::Guest, 56_77), (Ledger::City, 50_00)]);
        let mut next = next;
        next.settle_guest(60_00);
        assert_eq!(next.closing(Ledger::OtherSystems, ""), -3_23);
        let mut rows = next.rows();
        assert_eq!(faults(&rows), Vec::<String>::new());
        rows[0].debit += 1;
        assert_eq!(faults(&rows).len(), 3);
    }
}
