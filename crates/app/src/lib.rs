//! Hefu's use cases in one place, for whoever opens a door to them: HTTP, the importer, background jobs, the command line.
//!
//! Each area is a crate of its own; this one wires them together and gives them one name.

use std::sync::Arc;

use hefu_front_office::{lock::Locks, member::observer::PointsFollowMerges};
use hefu_kernel::Clock;
use hefu_people::{model::Model, observer::MergeObservers};
use hefu_records::{
    ledger::{Ledger, LedgerOptions},
    record::RecordCache,
    shared::SharedCache,
};
use hefu_store::Store;

pub use hefu_accounts as accounts;
pub use hefu_authz as authz;
pub use hefu_channel as channel;
pub use hefu_control as control;
pub use hefu_core::{
    About, App, AppError, CHAIN, Command, Context, Disclosed, IdempotencyKey, Metrics, Operation, Operator,
    Origin, Query, Reader, Result, Rush, Unit, WatchLimits, check_version, clock, follow, job,
    request_digest,
};
pub use hefu_front_office::{
    audit, billing, block, books, city_ledger, closing, company, deposit, duplicates, exchange_rate, folio,
    group, guest, house, housekeeping, invoice, kitchen, list, lock, member, note, pre_auth, property, rates,
    rooms, setup, shift, task, terms, upkeep, view, visit, wake_up,
};
pub use hefu_import as import;
pub use hefu_people as people;
pub use hefu_records::{
    backup, changes, evidence, health, journal, ledger, record, rotation, schema, shared, verify,
};
pub use hefu_search as search;

/// What an application is opened with, beside its records and the time.
#[derive(Default)]
pub struct Options {
    /// A cache that several servers share.
    pub shared: Option<Arc<SharedCache>>,
    /// A model to recognise guests by instead of the one that is built in; used once what is frequent was learnt.
    pub model: Option<hefu_identity::matching::Model>,
    /// Where the ledger is remembered outside the database, and who witnesses it. None: nothing outlives the process; for tests and tools.
    pub ledger: Option<LedgerOptions>,
    /// The lock systems that make the properties' room keys.
    pub locks: Locks,
    /// What keeps and reads the files that are sent to be imported.
    pub files: hefu_import::received::ReceivedFiles,
    /// How calendars of channels are read from their addresses.
    pub calendars: hefu_channel::calendar::Calendars,
    /// How other hotel systems are asked.
    pub feeds: hefu_channel::client::Feeds,
    /// What the roles may do, instead of what the policies that Hefu comes with say.
    pub policies: Option<Arc<hefu_authz::Policies>>,
    /// What the installation chose about sessions, second factors and passwords.
    pub accounts: hefu_accounts::settings::AccountSettings,
    /// How much accounts may do before they are stopped, or auditors alarmed.
    pub watch: WatchLimits,
}

/// The application over `store`.
pub fn open(store: Store, clock: Arc<dyn Clock>, options: Options) -> App {
    let store = match &options.shared {
        Some(shared) => store.telling(shared.clone()),
        None => store,
    };
    let ledger = Ledger::with(store.vault().clone(), options.ledger.unwrap_or_default());
    let records = RecordCache::sharing(&store, options.shared);
    let app = App::new(store, clock)
        .with(Arc::new(ledger))
        .with(Arc::new(options.locks))
        .with(Arc::new(options.files))
        .with(Arc::new(options.calendars))
        .with(Arc::new(options.feeds))
        .with(Arc::new(MergeObservers(vec![Arc::new(PointsFollowMerges)])))
        .with(Arc::new(records))
        .with(Arc::new(hefu_accounts::settings::Settings(options.accounts)))
        .with(Arc::new(hefu_core::Watch::within(options.watch)));
    let app = match options.policies {
        Some(policies) => app.with(Arc::new(hefu_accounts::roles::Roles(policies))),
        None => app,
    };
    match options.model {
        Some(model) => app.with(Arc::new(Model::of(model))),
        None => app,
    }
}
