//! Invoices 【发票】 of what stands on a window of a bill, once: wholly, by lines or by an amount. What was issued stays as it was issued; a credit note
//! that names it takes it back 【红字发票】, and what it takes back can be invoiced anew.

use async_trait::async_trait;
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    billing::Billing,
    event::FolioEvent,
    folio::{Posting, share_out},
    ids::{InvoiceId, PostingId},
    invoice::{Invoice, InvoiceCopy, InvoiceKind, InvoiceLine, Party, by_rate, invoiced, nominal_rate},
    message::Missing,
    property::{CodeKind, Property, TransactionCode},
    source::Origin,
};
use hefu_kernel::{BasisPoints, Currency, Id as _, Money};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    folio::{
        bill::{Bill, Standing, is_move},
        window,
    },
    limits::{check_line, meanwhile},
    property::{check_code, check_name, find_property},
    series::next_number,
    view::names::VisitNames,
    visit::{Visit, grouped, load, locate, lock},
};
use hefu_authz::{
    Action, Masks, Personal, Resource,
    class::{FreeText, Name},
};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};

/// The series of invoices and of credit notes, unless another is said.
const SERIES: [&str; 2] = ["INV", "CN"];

/// What of a line of the bill is to be invoiced.
struct Open<'a> {
    posting: &'a Posting,
    window: i64,
    rate: BasisPoints,
    net: i64,
    tax: i64,
}

impl Open<'_> {
    const fn total(&self) -> i64 {
        self.net + self.tax
    }
}

/// What of each revenue line of a bill stands with its tax, less what of it was invoiced: above zero what is to be invoiced, below what is to be
/// credited.
fn open_lines<'a>(
    visit: &Visit,
    bill: &'a Bill,
    codes: &[TransactionCode],
    known: &[InvoiceLine],
) -> Vec<Open<'a>> {
    let is_root = |line: &&Posting| {
        line.kind == CodeKind::Revenue
            && line.origin == Origin::Here
            && line.belongs_to.is_none()
            && line.reverses.is_none()
            && !is_move(line)
            && !bill.is_reversed(line)
    };
    let mut open = Vec::new();
    let mut done = invoiced(known);
    for root in bill.lines.iter().filter(is_root) {
        let standing = Standing::of(bill, root);
        let is_tax = |line: &&Posting| line.kind == CodeKind::Tax;
        let of = |wanted: bool| -> Vec<(&Posting, i64)> {
            let both = standing.lines.iter().copied().zip(standing.left.iter().copied());
            both.filter(|(line, _)| is_tax(line) == wanted).collect()
        };
        let (revenue, tax) = (of(false), of(true).iter().map(|(_, left)| left).sum::<i64>());
        let net: Vec<i64> = revenue.iter().map(|(_, left)| *left).collect();
        let rate = nominal_rate(net.iter().sum(), tax, standing.lines.len(), &rates_of(visit, root, codes));
        for ((posting, net), tax) in revenue.into_iter().zip(share_out(tax, &net)) {
            let (had_net, had_tax) = done.remove(&posting.id).unwrap_or_default();
            let window = bill.window_of(posting);
            open.push(Open { posting, window, rate, net: net - had_net, tax: tax - had_tax });
        }
    }
    // What was invoiced and does not stand any more.
    for (id, (net, tax)) in done {
        if let Some(posting) = bill.lines.iter().find(|line| line.id == id) {
            let window = bill.window_of(posting);
            open.push(Open { posting, window, rate: BasisPoints(0), net: -net, tax: -tax });
        }
    }
    open.retain(|line| line.net != 0 || line.tax != 0);
    open
}

/// The tax that a charge may have been under: of a room what was agreed, of anything else what its code says.
fn rates_of(visit: &Visit, root: &Posting, codes: &[TransactionCode]) -> Vec<BasisPoints> {
    let stay = visit.stays.iter().find(|stay| root.night.is_some() && Some(stay.id) == root.stay_id);
    let room = stay.and_then(|stay| visit.rooms.iter().find(|room| room.line == stay.line));
    let code = codes.iter().find(|code| code.code == root.code);
    room.map(|room| room.terms.tax).into_iter().chain(code.map(|code| code.tax)).collect()
}

/// Who buys, as asked for. Of a person nothing but the name is taken.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BuyerInput {
    /// Name of the company or person 【购买方名称】.
    pub title: String,
    /// Tax id of the company 【纳税人识别号】.
    pub tax_id: Option<String>,
    /// Address of the company.
    pub address: Option<String>,
    /// Phone of the company.
    pub phone: Option<String>,
    /// Bank of the company.
    pub bank: Option<String>,
    /// The company's account there.
    pub bank_account: Option<String>,
}

impl BuyerInput {
    fn party(&self) -> Result<Party> {
        check_name(("buyer", "title"), &self.title)?;
        let text = |at: &'static str, given: &Option<String>| -> Result<String> {
            let given = given.as_deref().unwrap_or_default().trim();
            check_line(("buyer", at), given)?;
            Ok(given.to_owned())
        };
        Ok(Party {
            title: self.title.trim().to_owned(),
            tax_id: text("tax_id", &self.tax_id)?,
            address: text("address", &self.address)?,
            phone: text("phone", &self.phone)?,
            bank: text("bank", &self.bank)?,
            bank_account: text("bank_account", &self.bank_account)?,
        })
    }
}

/// What to invoice.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceInput {
    /// The window: who pays it, buys.
    pub window: i64,
    /// Only these charges of it, up to 200, each with what came with it. Default: all.
    #[serde(default)]
    pub posting_ids: Option<Vec<PostingId>>,
    /// Only so much of them with tax, minor units, divided among the lines as they stand to each other. Default: all that was not invoiced.
    #[serde(default)]
    pub amount: Option<i64>,
    /// Who buys. Default: the company or the guest who pays the window, by name.
    #[serde(default)]
    pub buyer: Option<BuyerInput>,
    /// The series of its number. Default: `INV`.
    #[serde(default)]
    pub series: Option<String>,
}

/// Issues an invoice of a visit.
#[derive(Debug, Clone)]
pub struct IssueInvoice {
    /// Any of the visit's numbers.
    pub number: String,
    /// What to invoice.
    pub input: InvoiceInput,
}

impl IssueInvoice {
    /// The lines that were asked for.
    fn chosen<'a>(&self, bill: &Bill, open: Vec<Open<'a>>) -> Result<Vec<Open<'a>>> {
        let mut open = open;
        open.retain(|line| {
            line.window == self.input.window && line.total() > 0 && line.net >= 0 && line.tax >= 0
        });
        let Some(ids) = &self.input.posting_ids else { return Ok(open) };
        if !(1..=200).contains(&ids.len()) {
            return Err(AppError::invalid("posting_ids", Message::ItemCount { from: 1, to: 200 }));
        }
        let mut roots = Vec::new();
        for (i, id) in ids.iter().enumerate() {
            let at = ("posting_ids", i);
            let line = bill.active_line(*id).map_err(|error| error.at(at))?;
            let of = |open: &Open<'_>| belongs_to(open.posting, line.id);
            if !open.iter().any(of) {
                return Err(RuleError::new(Rule::WrongState, at, Message::NothingToInvoice).into());
            }
            roots.push(line.id);
        }
        open.retain(|open| roots.iter().any(|root| belongs_to(open.posting, *root)));
        Ok(open)
    }
}

/// Whether a line is a charge or came with it.
fn belongs_to(line: &Posting, charge: PostingId) -> bool {
    line.id == charge || line.belongs_to == Some(charge)
}

#[async_trait]
impl Command for IssueInvoice {
    const ACTION: Action = Action::InvoiceIssue;
    type Out = InvoiceInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::visit(&self.number)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<InvoiceInfo> {
        let series = self.input.series.as_deref().unwrap_or(SERIES[0]);
        check_code("series", series)?;
        let given = self.input.buyer.as_ref().map(BuyerInput::party).transpose()?;
        let (property, id) = locate(u.tx, &self.number, None).await?;
        let visit = lock(u.tx, property, id).await?;
        u.within(&visit.property.code)?;
        let folio = window(u, &visit, self.input.window).await?;
        let bill = Bill::lock(u, &visit).await?;
        let codes = query::property::codes(u.tx, property).await?;
        let known = query::invoice::lines_of_visit(u.tx, property, id).await?;
        let chosen = self.chosen(&bill, open_lines(&visit, &bill, &codes, &known))?;
        let left: i64 = chosen.iter().map(Open::total).sum();
        if left == 0 {
            return Err(RuleError::new(Rule::WrongState, "window", Message::NothingToInvoice).into());
        }
        let amount = self.input.amount.unwrap_or(left);
        if !(1..=left).contains(&amount) {
            let message = Message::AmountBetween { from: visit.money(1), to: visit.money(left) };
            return Err(RuleError::new(Rule::BadAmount, "amount", message).into());
        }
        let payer = match folio.guest_id {
            Some(guest) => {
                let vault = u.tx.vault().clone();
                query::guest::find(u.tx, &vault, guest).await?
            }
            None => None,
        };
        let buyer = match (given, &folio.company, &payer) {
            (Some(given), ..) => given,
            (None, Some(company), _) => Party { title: company.clone(), ..Party::default() },
            (None, None, Some(guest)) => Party { title: guest.profile.full_name.clone(), ..Party::default() },
            (None, None, None) => return Err(AppError::invalid("buyer", Message::MissingField)),
        };
        let owner = payer.map_or(visit.reservation.guest_id, |guest| guest.id).uuid();
        let invoice_id: InvoiceId = u.id();
        let buyer = query::invoice::seal_buyer(u.tx, owner, invoice_id, &buyer).await?;
        let totals: Vec<i64> = chosen.iter().map(Open::total).collect();
        let mut lines: Vec<InvoiceLine> = Vec::new();
        for (open, total) in chosen.iter().zip(share_out(amount, &totals)).filter(|(_, total)| *total > 0) {
            let parts = share_out(total, &[open.net, open.tax]);
            let code = codes.iter().find(|code| code.code == open.posting.code);
            lines.push(InvoiceLine {
                property_id: property,
                visit_id: id,
                invoice_id,
                line: lines.len() as i64 + 1,
                posting_id: open.posting.id,
                code: open.posting.code.clone(),
                name: code.map_or_else(|| open.posting.code.clone(), |code| code.name.clone()),
                name_en: code.map_or_else(|| open.posting.code.clone(), |code| code.name_en.clone()),
                date: open.posting.night.unwrap_or(open.posting.business_date),
                quantity: open.posting.quantity,
                tax_rate: open.rate,
                net: parts[0],
                tax: parts[1],
                corrects_line: None,
            });
        }
        let billing = query::cash::billing(u.tx, property).await?;
        let invoice = Invoice {
            property_id: property,
            visit_id: id,
            id: invoice_id,
            series: series.to_owned(),
            number: next_number(u, property, &numbered(series)).await?,
            kind: InvoiceKind::Invoice,
            corrects: None,
            window: self.input.window,
            business_date: visit.property.business_date,
            issued_at: u.now,
            issued_by: u.ctx.principal.to_string(),
            currency: visit.property.currency,
            net: lines.iter().map(|line| line.net).sum(),
            tax: lines.iter().map(|line| line.tax).sum(),
            seller: billing.unwrap_or_else(|| Billing::unset(property)).into(),
            owner,
            buyer,
        };
        u.tx.insert(&invoice).await.map_err(meanwhile)?;
        u.tx.insert_all(&lines).await?;
        let event = FolioEvent::IssueInvoice {
            invoice_id,
            series: invoice.series.clone(),
            number: invoice.number,
            window: invoice.window,
            total: visit.money(invoice.total()),
            tax: visit.money(invoice.tax),
        };
        u.record(About::Visit(&visit.reservation), event).await?;
        Ok(InvoiceInfo::of(invoice, &visit.reservation.number, None))
    }
}

/// The series of numbers of a series of invoices.
fn numbered(series: &str) -> String {
    format!("invoice:{series}")
}

/// The invoice with a number.
async fn find(c: &mut Conn, property: &Property, series: &str, number: i64) -> Result<Invoice> {
    let missing =
        || AppError::not_found(Missing::Invoice, format!("{series} {number}")).at(Place::parameter("number"));
    query::invoice::by_number(c, property.id, series, number).await?.ok_or_else(missing)
}

/// What of a line of an invoice is taken back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditLine {
    /// The line of the invoice.
    pub line: i64,
    /// How much of it with tax, minor units. Default: all that was not taken back.
    #[serde(default)]
    pub amount: Option<i64>,
}

/// What of an invoice is taken back.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CreditInput {
    /// Only these lines, each once. Default: all that was not taken back.
    pub lines: Option<Vec<CreditLine>>,
    /// The series of the credit note's number. Default: `CN`.
    pub series: Option<String>,
    /// Why: needed. Kept sealed in the journal; it stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
}

/// Takes an invoice back, wholly or in part, by a credit note that names it.
#[derive(Debug, Clone)]
pub struct CreditInvoice {
    /// Code of the property.
    pub property: String,
    /// Series of the invoice.
    pub series: String,
    /// Its number.
    pub number: i64,
    /// What is taken back.
    pub input: CreditInput,
}

/// What of the lines of an invoice was not taken back yet: net and tax by line.
fn standing_of(
    invoice: InvoiceId,
    own: &[InvoiceLine],
    credits: &[InvoiceLine],
) -> BTreeMap<i64, (i64, i64)> {
    let mut left: BTreeMap<i64, (i64, i64)> = own
        .iter()
        .filter(|line| line.invoice_id == invoice)
        .map(|line| (line.line, (line.net, line.tax)))
        .collect();
    for credit in credits {
        if let Some(left) = credit.corrects_line.and_then(|line| left.get_mut(&line)) {
            *left = (left.0 + credit.net, left.1 + credit.tax);
        }
    }
    left
}

impl CreditInvoice {
    /// Line by line what is taken back, with tax.
    fn wanted(&self, left: &BTreeMap<i64, (i64, i64)>, currency: Currency) -> Result<Vec<(i64, i64)>> {
        let total = |line: i64| left.get(&line).map_or(0, |(net, tax)| net + tax);
        let Some(lines) = &self.input.lines else {
            return Ok(left.keys().map(|line| (*line, total(*line))).filter(|(_, left)| *left > 0).collect());
        };
        let mut wanted: Vec<(i64, i64)> = Vec::new();
        for (i, credit) in lines.iter().enumerate() {
            if !left.contains_key(&credit.line) {
                let missing = AppError::not_found(Missing::InvoiceLine, credit.line);
                return Err(missing.at(("lines", i, "line")));
            }
            if wanted.iter().any(|(line, _)| *line == credit.line) {
                return Err(AppError::invalid(("lines", i, "line"), Message::OnceEach));
            }
            let most = total(credit.line);
            let amount = credit.amount.unwrap_or(most);
            if most == 0 {
                return Err(RuleError::new(Rule::WrongState, ("lines", i, "line"), Message::Credited).into());
            }
            if !(1..=most).contains(&amount) {
                let (from, to) = (Money::new(1, currency), Money::new(most, currency));
                let message = Message::AmountBetween { from, to };
                return Err(RuleError::new(Rule::BadAmount, ("lines", i, "amount"), message).into());
            }
            wanted.push((credit.line, amount));
        }
        Ok(wanted)
    }
}

#[async_trait]
impl Command for CreditInvoice {
    const ACTION: Action = Action::InvoiceCredit;
    type Out = InvoiceInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<InvoiceInfo> {
        let series = self.input.series.as_deref().unwrap_or(SERIES[1]);
        check_code("series", series)?;
        u.reason()?;
        let property = find_property(u.tx, &self.property).await?;
        let invoice = find(u.tx, &property, &self.series, self.number).await?;
        let visit = lock(u.tx, property.id, invoice.visit_id).await?;
        if invoice.kind != InvoiceKind::Invoice {
            return Err(RuleError::new(Rule::WrongState, (), Message::IsCreditNote).into());
        }
        let known = query::invoice::lines_of_visit(u.tx, property.id, visit.reservation.id).await?;
        let notes = query::invoice::of_visit(u.tx, property.id, visit.reservation.id).await?;
        let notes: Vec<InvoiceId> =
            notes.iter().filter(|note| note.corrects == Some(invoice.id)).map(|note| note.id).collect();
        let credits: Vec<InvoiceLine> =
            known.iter().filter(|line| notes.contains(&line.invoice_id)).cloned().collect();
        let left = standing_of(invoice.id, &known, &credits);
        let wanted = self.wanted(&left, invoice.currency)?;
        if wanted.is_empty() {
            return Err(RuleError::new(Rule::WrongState, (), Message::Credited).into());
        }
        let note_id: InvoiceId = u.id();
        let mut lines: Vec<InvoiceLine> = Vec::new();
        for (line, amount) in wanted {
            let of_line = |one: &&InvoiceLine| one.invoice_id == invoice.id && one.line == line;
            let (Some(of), Some((net, tax))) = (known.iter().find(of_line), left.get(&line)) else {
                continue;
            };
            let parts = share_out(amount, &[*net, *tax]);
            lines.push(InvoiceLine {
                invoice_id: note_id,
                line: lines.len() as i64 + 1,
                net: -parts[0],
                tax: -parts[1],
                corrects_line: Some(line),
                ..of.clone()
            });
        }
        let note = Invoice {
            id: note_id,
            series: series.to_owned(),
            number: next_number(u, property.id, &numbered(series)).await?,
            kind: InvoiceKind::CreditNote,
            corrects: Some(invoice.id),
            business_date: visit.property.business_date,
            issued_at: u.now,
            issued_by: u.ctx.principal.to_string(),
            net: lines.iter().map(|line| line.net).sum(),
            tax: lines.iter().map(|line| line.tax).sum(),
            buyer: Vec::new(),
            ..invoice.clone()
        };
        u.tx.insert(&note).await.map_err(meanwhile)?;
        u.tx.insert_all(&lines).await?;
        let event = FolioEvent::CreditInvoice {
            invoice_id: note_id,
            series: note.series.clone(),
            number: note.number,
            corrects: invoice.id,
            total: visit.money(note.total()),
            tax: visit.money(note.tax),
        };
        u.record(About::Visit(&visit.reservation), event).await?;
        Ok(InvoiceInfo::of(note, &visit.reservation.number, Some(&invoice)))
    }
}

/// Prints an invoice again.
#[derive(Debug, Clone)]
pub struct CopyInvoice {
    /// Code of the property.
    pub property: String,
    /// Series of the invoice.
    pub series: String,
    /// Its number.
    pub number: i64,
}

/// A copy of an invoice: its content is what the invoice says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceCopyInfo {
    /// Series of the invoice.
    pub series: String,
    /// Its number.
    pub number: i64,
    /// The number of the copy, from 1: it is marked with it.
    pub copy: i64,
}

/// Nothing is said about a copy.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CopyInput {}

#[async_trait]
impl Command for CopyInvoice {
    const ACTION: Action = Action::InvoiceCopy;
    type Out = InvoiceCopyInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<InvoiceCopyInfo> {
        let property = find_property(u.tx, &self.property).await?;
        let invoice = find(u.tx, &property, &self.series, self.number).await?;
        let visit = lock(u.tx, property.id, invoice.visit_id).await?;
        let copy = InvoiceCopy {
            property_id: property.id,
            visit_id: invoice.visit_id,
            invoice_id: invoice.id,
            copy: query::invoice::copies(u.tx, &invoice).await? + 1,
            printed_at: u.now,
            printed_by: u.ctx.principal.to_string(),
        };
        u.tx.insert(&copy).await.map_err(meanwhile)?;
        let event = FolioEvent::CopyInvoice { invoice_id: invoice.id, copy: copy.copy };
        u.record(About::Visit(&visit.reservation), event).await?;
        Ok(InvoiceCopyInfo { series: invoice.series, number: invoice.number, copy: copy.copy })
    }
}

/// Which invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceNumber {
    /// The series.
    pub series: String,
    /// The number.
    pub number: i64,
}

impl InvoiceNumber {
    fn of(invoice: &Invoice) -> Self {
        Self { series: invoice.series.clone(), number: invoice.number }
    }
}

/// An invoice or a credit note without its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvoiceInfo {
    /// The series of its number.
    pub series: String,
    /// Its number, without a gap in the series of the property.
    pub number: i64,
    /// What it is.
    pub kind: InvoiceKind,
    /// The invoice that a credit note takes back.
    pub corrects: Option<InvoiceNumber>,
    /// The number of the visit, in groups.
    pub visit: String,
    /// The window of its bill.
    pub window: i64,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// Who issued it, as the journal calls them.
    pub issued_by: String,
    /// The currency.
    pub currency: Currency,
    /// Without tax, minor units; below zero in a credit note.
    pub net: i64,
    /// Tax.
    pub tax: i64,
    /// With tax.
    pub total: i64,
}

impl InvoiceInfo {
    fn of(invoice: Invoice, visit: &str, corrects: Option<&Invoice>) -> Self {
        Self {
            total: invoice.total(),
            series: invoice.series,
            number: invoice.number,
            kind: invoice.kind,
            corrects: corrects.map(InvoiceNumber::of),
            visit: grouped(visit),
            window: invoice.window,
            business_date: invoice.business_date,
            issued_at: invoice.issued_at,
            issued_by: invoice.issued_by,
            currency: invoice.currency,
            net: invoice.net,
            tax: invoice.tax,
        }
    }
}

/// The company that sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SellerView {
    /// Name 【销售方名称】.
    pub title: String,
    /// Tax id 【纳税人识别号】.
    pub tax_id: String,
    /// Address.
    pub address: String,
    /// Phone.
    pub phone: String,
    /// Bank.
    pub bank: String,
    /// Account there.
    pub bank_account: String,
}

impl From<Party> for SellerView {
    fn from(party: Party) -> Self {
        let Party { title, tax_id, address, phone, bank, bank_account } = party;
        Self { title, tax_id, address, phone, bank, bank_account }
    }
}

/// Who buys: a person by name, a company with what was written of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BuyerView {
    /// Name 【购买方名称】.
    #[schema(value_type = Option<String>)]
    pub title: Option<Personal<Name>>,
    /// Tax id of a company 【纳税人识别号】.
    #[schema(value_type = Option<String>)]
    pub tax_id: Option<Personal<FreeText>>,
    /// Its address.
    #[schema(value_type = Option<String>)]
    pub address: Option<Personal<FreeText>>,
    /// Its phone.
    #[schema(value_type = Option<String>)]
    pub phone: Option<Personal<FreeText>>,
    /// Its bank.
    #[schema(value_type = Option<String>)]
    pub bank: Option<Personal<FreeText>>,
    /// Its account there.
    #[schema(value_type = Option<String>)]
    pub bank_account: Option<Personal<FreeText>>,
}

impl BuyerView {
    fn of(party: Party, masks: Masks) -> Self {
        let text = |text: String| Personal::of(masks, text);
        Self {
            title: Personal::of(masks, party.title),
            tax_id: text(party.tax_id),
            address: text(party.address),
            phone: text(party.phone),
            bank: text(party.bank),
            bank_account: text(party.bank_account),
        }
    }
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InvoiceLineView {
    /// Its number in the invoice, from 1.
    pub line: i64,
    /// The line of the bill.
    pub posting_id: PostingId,
    /// Transaction code.
    pub code: String,
    /// Its name when it was invoiced, as the property writes it.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// The night it is for, or its accounting day.
    pub date: NaiveDate,
    /// Quantity.
    pub quantity: i64,
    /// The tax it is under.
    pub tax_rate: BasisPoints,
    /// Without tax, minor units.
    pub net: i64,
    /// Tax.
    pub tax: i64,
    /// With tax.
    pub total: i64,
    /// The line of the invoice that a credit note takes back.
    pub corrects_line: Option<i64>,
}

impl From<InvoiceLine> for InvoiceLineView {
    fn from(line: InvoiceLine) -> Self {
        Self {
            total: line.total(),
            line: line.line,
            posting_id: line.posting_id,
            code: line.code,
            name: line.name,
            name_en: line.name_en,
            date: line.date,
            quantity: line.quantity,
            tax_rate: line.tax_rate,
            net: line.net,
            tax: line.tax,
            corrects_line: line.corrects_line,
        }
    }
}

/// Net and tax of a tax rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaxSumView {
    /// The rate.
    pub rate: BasisPoints,
    /// Without tax, minor units.
    pub net: i64,
    /// Tax.
    pub tax: i64,
}

/// An invoice or a credit note as it was issued.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InvoiceView {
    /// Number, date and sums.
    #[serde(flatten)]
    pub invoice: InvoiceInfo,
    /// Who sells.
    pub seller: SellerView,
    /// Who buys; none: the guest was erased.
    pub buyer: Option<BuyerView>,
    /// Line by line.
    pub lines: Vec<InvoiceLineView>,
    /// Net and tax by tax rate.
    pub taxes: Vec<TaxSumView>,
    /// The credit notes that take it back.
    pub credited_by: Vec<InvoiceNumber>,
    /// How often it was printed again.
    pub copies: i64,
}

/// An invoice with everything on it.
#[derive(Debug, Clone)]
pub struct ShowInvoice {
    /// Code of the property.
    pub property: String,
    /// Its series.
    pub series: String,
    /// Its number.
    pub number: i64,
}

#[async_trait]
impl Query for ShowInvoice {
    const ACTION: Action = Action::InvoiceShow;
    type Out = InvoiceView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (masks, vault) = (r.masks(), r.vault());
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let invoice = find(c, &property, &self.series, self.number).await?;
        let others = query::invoice::of_visit(c, property.id, invoice.visit_id).await?;
        let corrected = others.iter().find(|other| Some(other.id) == invoice.corrects);
        let buyer = query::invoice::buyer(c, &vault, corrected.unwrap_or(&invoice)).await?;
        let lines = query::invoice::lines(c, &invoice).await?;
        let visits = VisitNames::of(c, [(property.id, invoice.visit_id)]).await?;
        let visit = visits.number(invoice.visit_id).unwrap_or_default();
        let credits = others.iter().filter(|other| other.corrects == Some(invoice.id));
        Ok(InvoiceView {
            seller: invoice.seller.clone().into(),
            buyer: buyer.map(|buyer| BuyerView::of(buyer, masks)),
            taxes: by_rate(&lines)
                .into_iter()
                .map(|sum| TaxSumView { rate: sum.rate, net: sum.net, tax: sum.tax })
                .collect(),
            lines: lines.into_iter().map(InvoiceLineView::from).collect(),
            credited_by: credits.map(InvoiceNumber::of).collect(),
            copies: query::invoice::copies(c, &invoice).await?,
            invoice: InvoiceInfo::of(invoice, &visit, corrected),
        })
    }
}

/// The latest invoices of a series of a property, the last first.
#[derive(Debug, Clone)]
pub struct ListInvoices {
    /// Code of the property.
    pub property: String,
    /// The series; none: `INV`.
    pub series: Option<String>,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListInvoices {
    const ACTION: Action = Action::InvoiceList;
    type Out = Vec<InvoiceInfo>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let series = self.series.as_deref().unwrap_or(SERIES[0]);
        let found = query::invoice::latest(c, property.id, series, self.limit).await?;
        let visits = VisitNames::of(c, found.iter().map(|one| (property.id, one.visit_id))).await?;
        let mut listed = Vec::new();
        for invoice in found {
            let visit = visits.number(invoice.visit_id).unwrap_or_default();
            let corrected = match invoice.corrects {
                Some(id) => {
                    let others = query::invoice::of_visit(c, property.id, invoice.visit_id).await?;
                    others.into_iter().find(|other| other.id == id)
                }
                None => None,
            };
            listed.push(InvoiceInfo::of(invoice, &visit, corrected.as_ref()));
        }
        Ok(listed)
    }
}

/// What of a window is to be invoiced, or to be credited below zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenLineView {
    /// The line of the bill.
    pub posting_id: PostingId,
    /// Transaction code.
    pub code: String,
    /// The window where it counts.
    pub window: i64,
    /// Without tax, minor units.
    pub net: i64,
    /// Tax.
    pub tax: i64,
}

/// The invoices of a visit, and what is to be invoiced.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VisitInvoices {
    /// What was issued, in order.
    pub invoices: Vec<InvoiceInfo>,
    /// What stands on the bill and was not invoiced; below zero what was invoiced and does not stand any more: it is to be credited.
    pub open: Vec<OpenLineView>,
}

/// The invoices of a visit, and what is to be invoiced.
#[derive(Debug, Clone)]
pub struct InvoicesOfVisit {
    /// Any of the visit's numbers.
    pub number: String,
}

#[async_trait]
impl Query for InvoicesOfVisit {
    const ACTION: Action = Action::InvoiceOfVisit;
    type Out = VisitInvoices;

    fn resource(&self) -> Resource<'_> {
        Resource::visit(&self.number)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let (property, id) = locate(c, &self.number, None).await?;
        let visit = load(c, property, id).await?;
        let bill = Bill::read(c, &visit).await?;
        let codes = query::property::codes(c, property).await?;
        let known = query::invoice::lines_of_visit(c, property, id).await?;
        let all = query::invoice::of_visit(c, property, id).await?;
        let open = open_lines(&visit, &bill, &codes, &known);
        let view = VisitInvoices {
            open: open
                .iter()
                .map(|line| OpenLineView {
                    posting_id: line.posting.id,
                    code: line.posting.code.clone(),
                    window: line.window,
                    net: line.net,
                    tax: line.tax,
                })
                .collect(),
            invoices: all
                .iter()
                .map(|one| {
                    let corrected = all.iter().find(|other| Some(other.id) == one.corrects);
                    InvoiceInfo::of(one.clone(), &visit.reservation.number, corrected)
                })
                .collect(),
        };
        let code = visit.property.code;
        r.within(&code)?;
        Ok(view)
    }
}
