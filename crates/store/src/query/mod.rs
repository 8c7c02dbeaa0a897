//! Questions to the records, a module for each aggregate. Each takes a connection, so it can be
//! asked by a reader and within a unit of work alike.

use hefu_domain::ids::{GuestId, PropertyId, VisitId};
use hefu_kernel::{FIRST_DATE, LAST_DATE};

use crate::{Conn, StoreError, keys::Vault};

pub mod account;
pub mod audit;
pub mod block;
pub mod books;
pub mod cash;
pub mod channel;
pub mod city;
pub mod clock;
pub mod company;
pub mod cursor;
pub mod desk;
pub mod finding;
pub mod guest;
pub mod identity;
pub mod import;
pub mod inventory;
pub mod invoice;
pub mod job;
pub mod journal;
pub mod ledger;
pub mod lock;
pub mod member;
pub mod property;
pub mod rate;
pub mod source;
pub mod stay;
pub mod upkeep;
pub mod visit;
pub mod watch;

/// Asks what a search asks, of nobody: the engine has then prepared and planned it for this connection.
pub(crate) async fn rehearse(c: &mut Conn, vault: &Vault) -> Result<(), StoreError> {
    let nobody = (PropertyId::NIL, VisitId::NIL);
    for keys in [1, 2, 4, 8] {
        let keys: Vec<guest::SearchKey> = (0..keys).map(|key| ("rehearsal", key.to_string())).collect();
        guest::newest(c, vault, &keys, None, 1).await?;
    }
    guest::records(c, vault, &[GuestId::NIL]).await?;
    visit::by_number(c, "").await?;
    visit::reservation(c, nobody.0, nobody.1).await?;
    visit::stay_guests(c, nobody.0, nobody.1).await?;
    visit::of_guests(c, &[GuestId::NIL], (FIRST_DATE, LAST_DATE), None, 1).await?;
    visit::whereabouts(c, &[nobody]).await?;
    Ok(())
}

/// Every statement of the query modules, for the test that prepares them on both engines.
#[cfg(test)]
pub(crate) fn statements() -> Vec<(&'static str, crate::sql::Sql)> {
    [
        account::STATEMENTS,
        audit::STATEMENTS,
        block::STATEMENTS,
        books::STATEMENTS,
        cash::STATEMENTS,
        channel::STATEMENTS,
        city::STATEMENTS,
        clock::STATEMENTS,
        company::STATEMENTS,
        cursor::STATEMENTS,
        desk::STATEMENTS,
        finding::STATEMENTS,
        guest::STATEMENTS,
        identity::STATEMENTS,
        import::STATEMENTS,
        inventory::STATEMENTS,
        invoice::STATEMENTS,
        job::STATEMENTS,
        journal::STATEMENTS,
        ledger::STATEMENTS,
        lock::STATEMENTS,
        member::STATEMENTS,
        property::STATEMENTS,
        rate::STATEMENTS,
        source::STATEMENTS,
        stay::STATEMENTS,
        upkeep::STATEMENTS,
        visit::STATEMENTS,
        watch::STATEMENTS,
        crate::enqueue::STATEMENTS,
        crate::keys::STATEMENTS,
        crate::binding::STATEMENTS,
        crate::evidence::STATEMENTS,
        crate::holder::STATEMENTS,
        crate::unbound::STATEMENTS,
        crate::schema::STATEMENTS,
    ]
    .concat()
}
