//! Invoices and their lines.

use hefu_crypto::Aad;
use hefu_domain::{
    ids::{InvoiceId, PropertyId, VisitId},
    invoice::{Invoice, InvoiceLine, Party},
};
use hefu_kernel::Id as _;
use uuid::Uuid;

use crate::{Conn, StoreError, Tx, Vault, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    BY_NUMBER = "SELECT * FROM invoice WHERE property_id = $1 AND series = $2 AND number = $3";
    LATEST = "SELECT * FROM invoice WHERE property_id = $1 AND series = $2 ORDER BY number DESC LIMIT $3";
    OF_VISIT = "SELECT * FROM invoice WHERE property_id = $1 AND visit_id = $2 ORDER BY id";
    LINES_OF_VISIT = "SELECT * FROM invoice_line WHERE property_id = $1 AND visit_id = $2 ORDER BY invoice_id, line";
    LINES = "SELECT * FROM invoice_line WHERE property_id = $1 AND visit_id = $2 AND invoice_id = $3 ORDER BY line";
    COPIES = "SELECT count(*) FROM invoice_copy WHERE property_id = $1 AND visit_id = $2 AND invoice_id = $3";
}

/// The invoice with a number.
///
/// # Errors
/// The database fails.
pub async fn by_number(
    c: &mut Conn,
    property: PropertyId,
    series: &str,
    number: i64,
) -> Result<Option<Invoice>> {
    c.first(BY_NUMBER, args![property, series.to_owned(), number]).await
}

/// The latest invoices of a series, the last first.
///
/// # Errors
/// The database fails.
pub async fn latest(c: &mut Conn, property: PropertyId, series: &str, limit: i64) -> Result<Vec<Invoice>> {
    c.all(LATEST, args![property, series.to_owned(), limit]).await
}

/// The invoices of a visit, in order.
///
/// # Errors
/// The database fails.
pub async fn of_visit(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<Invoice>> {
    c.all(OF_VISIT, args![property, visit]).await
}

/// The lines of all invoices of a visit.
///
/// # Errors
/// The database fails.
pub async fn lines_of_visit(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<InvoiceLine>> {
    c.all(LINES_OF_VISIT, args![property, visit]).await
}

/// The lines of an invoice, in order.
///
/// # Errors
/// The database fails.
pub async fn lines(c: &mut Conn, invoice: &Invoice) -> Result<Vec<InvoiceLine>> {
    c.all(LINES, args![invoice.property_id, invoice.visit_id, invoice.id]).await
}

/// How often an invoice was printed again.
///
/// # Errors
/// The database fails.
pub async fn copies(c: &mut Conn, invoice: &Invoice) -> Result<i64> {
    let of = args![invoice.property_id, invoice.visit_id, invoice.id];
    Ok(c.first::<(i64,)>(COPIES, of).await?.map_or(0, |(count,)| count))
}

/// What binds the sealed buyer to its invoice.
const fn place(tenant: Uuid, invoice: Uuid) -> Aad<'static> {
    Aad { tenant, table: "invoice", column: "buyer", row: invoice }
}

/// Seals who buys, under the data key of the invoice's owner.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_buyer(tx: &mut Tx, owner: Uuid, id: InvoiceId, buyer: &Party) -> Result<Vec<u8>> {
    let key = tx.data_key(owner).await?;
    let place = place(tx.ring().tenant(), id.uuid());
    let text = serde_json::to_vec(buyer).unwrap_or_default();
    Ok(key.seal(&*tx.vault().rng, &place, &text))
}

/// Who buys; none in a credit note, and when the owner was erased.
///
/// # Errors
/// What was sealed was changed.
pub async fn buyer(c: &mut Conn, vault: &Vault, invoice: &Invoice) -> Result<Option<Party>> {
    if invoice.buyer.is_empty() {
        return Ok(None);
    }
    let Some(key) = vault.find_to_read(c, invoice.owner).await? else { return Ok(None) };
    let opened = key
        .open(&place(vault.ring().tenant(), invoice.id.uuid()), &invoice.buyer)
        .map_err(|source| StoreError::Crypto { table: "invoice", source })?;
    Ok(serde_json::from_slice(&opened).ok())
}
