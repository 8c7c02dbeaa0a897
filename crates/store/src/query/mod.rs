//! Questions to the records, a module for each aggregate. Each takes a connection, so it can be
//! asked by a reader and within a unit of work alike.

pub mod audit;
pub mod guest;
pub mod identity;
pub mod import;
pub mod inventory;
pub mod journal;
pub mod ledger;
pub mod member;
pub mod property;
pub mod stay;
pub mod visit;

/// Every statement of the query modules, for the test that prepares them on both engines.
#[cfg(test)]
pub(crate) fn statements() -> Vec<(&'static str, crate::sql::Sql)> {
    [
        audit::STATEMENTS,
        guest::STATEMENTS,
        identity::STATEMENTS,
        import::STATEMENTS,
        inventory::STATEMENTS,
        journal::STATEMENTS,
        ledger::STATEMENTS,
        member::STATEMENTS,
        property::STATEMENTS,
        stay::STATEMENTS,
        visit::STATEMENTS,
        crate::keys::STATEMENTS,
        crate::evidence::STATEMENTS,
    ]
    .concat()
}
