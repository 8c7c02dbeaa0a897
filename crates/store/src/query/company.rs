//! Companies and agents, their accounts, and the visits for them.

use hefu_domain::{
    company::{Company, CompanyAccount, VisitCompany},
    folio::CityAccount,
    ids::{CityAccountId, CompanyId, PropertyId, VisitId},
};

use crate::{
    Conn, StoreError, Tx,
    sql::{Sql, statements},
    value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    FIND = "SELECT * FROM company WHERE id = $1";
    BY_CODE = "SELECT * FROM company WHERE code = $1";
    BY_TAX_ID = "SELECT * FROM company WHERE tax_id = $1";
    // Letters and digits only: no sign in it means anything to LIKE.
    NAMED = "SELECT * FROM company WHERE name_key LIKE '%' || $1 || '%' ORDER BY name_key, code LIMIT $2";
    SUBSIDIARIES = "SELECT * FROM company WHERE parent_id = $1 ORDER BY code";
    ACCOUNT = "SELECT * FROM company_account WHERE property_id = $1 AND account_id = $2";
    ACCOUNTS = "SELECT a.* FROM company_account c JOIN city_account a ON a.property_id = c.property_id AND a.id = c.account_id
        WHERE c.company_id = $1 ORDER BY a.code, a.property_id";
    OF_VISIT = "SELECT * FROM visit_company WHERE property_id = $1 AND visit_id = $2 ORDER BY role";
    VISITS_FOR = "SELECT * FROM visit_company WHERE company_id = $1 ORDER BY visit_id DESC LIMIT $2";
    VISITS = "SELECT r.number FROM visit_company v CROSS JOIN reservation r
        WHERE v.company_id = $1 AND v.visit_id < $2 AND r.property_id = v.property_id AND r.id = v.visit_id
        ORDER BY v.visit_id DESC LIMIT $3";
}

/// On PostgreSQL whoever else moves money to an account of the company waits; the embedded engine has one writer.
pub(crate) const LOCK: [Sql; 2] = [FIND, Sql("SELECT * FROM company WHERE id = $1 FOR NO KEY UPDATE")];

/// A company.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, id: CompanyId) -> Result<Option<Company>> {
    c.first(FIND, args![id]).await
}

/// A company, held until this unit ends: nobody else counts what it owes meanwhile.
///
/// # Errors
/// The database fails, or asks to try again.
pub async fn lock(tx: &mut Tx, id: CompanyId) -> Result<Option<Company>> {
    let sql = LOCK[usize::from(!tx.is_sqlite())];
    tx.first(sql, args![id]).await
}

/// The company with a code.
///
/// # Errors
/// The database fails.
pub async fn by_code(c: &mut Conn, code: &str) -> Result<Option<Company>> {
    c.first(BY_CODE, args![code.to_owned()]).await
}

/// The company with a tax number.
///
/// # Errors
/// The database fails.
pub async fn by_tax_id(c: &mut Conn, tax_id: &str) -> Result<Option<Company>> {
    c.first(BY_TAX_ID, args![tax_id.to_owned()]).await
}

/// Companies with a part of a name in theirs; `key` as it is searched.
///
/// # Errors
/// The database fails.
pub async fn named(c: &mut Conn, key: &str, limit: i64) -> Result<Vec<Company>> {
    c.all(NAMED, args![key.to_owned(), limit]).await
}

/// The subsidiaries of a company.
///
/// # Errors
/// The database fails.
pub async fn subsidiaries(c: &mut Conn, id: CompanyId) -> Result<Vec<Company>> {
    c.all(SUBSIDIARIES, args![id]).await
}

/// Which company pays by an account.
///
/// # Errors
/// The database fails.
pub async fn of_account(
    c: &mut Conn,
    property: PropertyId,
    account: CityAccountId,
) -> Result<Option<CompanyAccount>> {
    c.first(ACCOUNT, args![property, account]).await
}

/// The accounts that a company pays by, in all properties.
///
/// # Errors
/// The database fails.
pub async fn accounts(c: &mut Conn, id: CompanyId) -> Result<Vec<CityAccount>> {
    c.all(ACCOUNTS, args![id]).await
}

/// The company and the agent of a visit.
///
/// # Errors
/// The database fails.
pub async fn of_visit(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<VisitCompany>> {
    c.all(OF_VISIT, args![property, visit]).await
}

/// Numbers of the visits for a company, the newest first, those before `before`.
///
/// # Errors
/// The database fails.
pub async fn visits(c: &mut Conn, id: CompanyId, before: VisitId, limit: i64) -> Result<Vec<String>> {
    let found = c.all::<(String,)>(VISITS, args![id, before, limit]).await?;
    Ok(found.into_iter().map(|(number,)| number).collect())
}

/// The latest visits that name a company, the last first.
///
/// # Errors
/// The database fails.
pub async fn visits_for(c: &mut Conn, company: CompanyId, limit: i64) -> Result<Vec<VisitCompany>> {
    c.all(VISITS_FOR, args![company, limit]).await
}
