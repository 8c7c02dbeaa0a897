//! Which domain type is which table. The columns stand in the order of the migrations, so `SELECT t.*`
//! reads a row; a test holds both to it.

use chrono::{DateTime, Utc};
use hefu_domain::{
    account::{
        AccessGrant, Account, AccountFactor, Alarm, ApiClient, ApiKey, Canary, Passkey, ProviderLink,
        RecoveryCode, Session, SignInFailures, UnmaskingCount,
    },
    audit::NightAudit,
    billing::Billing,
    block::{Block, BlockNight},
    books::{DayLedger, NumberSeries},
    channel::{Channel, ChannelCalendar, ChannelFeed, ChannelMessage, ChannelSaid},
    city_ledger::{CityAllocation, CityItem},
    clock::TimeSeen,
    closing::SetupClosing,
    company::{Company, CompanyAccount, VisitCompany},
    deposit::{DepositAccount, DepositEntry},
    exchange_rate::ExchangeRate,
    finding::{Finding, FindingRule, SettlementLine},
    folio::{CityAccount, CityEntry, Folio, GroupRouting, Posting, PostingOrigin, PreAuth, Routing},
    guest::{GuestFlag, GuestMerge, GuestPair, GuestState, IdentityPlan, IdentityRun, IdentityStep},
    ids::{GuestId, ImportRunId, JournalEntryId, NoteId, PropertyId, VisitId},
    import_file::{ImportFile, QuarantineDecision},
    invoice::{Invoice, InvoiceCopy, InvoiceLine},
    job::{Job, JournalCursor},
    journal::JournalEntry,
    lock::{KeyOrder, RoomKey},
    member::{Membership, PointsEntry},
    message::Why,
    note::VisitNote,
    programme::{FreeNight, NightVoucher, Programme},
    property::{CancellationPolicy, Property, Rate, RatePlan, Room, RoomType, TransactionCode},
    rate::{RateDay, Restriction},
    reservation::{Deposit, Reservation, ReservationRoom, ReservationVersion, VisitAlias, VisitGroup},
    season::{PlanAccess, Season},
    shift::{CashierShift, ShiftCount, ShiftEntry},
    source::{Difference, SourceRecord},
    stay::{RoomNight, Stay, StayGuest, StayRoom, StayShare},
    task::{RoomSeen, RoomTask},
    upkeep::{FoundItem, MaintenanceOrder, WakeUp},
};
use uuid::Uuid;

use crate::{
    StoreError,
    table::table,
    value::{Row, Value, args},
};

/// A guest as stored: the profile is one ciphertext under the guest's own data key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestRow {
    /// Identifier.
    pub id: GuestId,
    /// Whether the record can be used.
    pub state: GuestState,
    /// The guest this one was joined into.
    pub merged_into: Option<GuestId>,
    /// Sealed: the key-ring version its search tokens were made under, and the profile.
    pub profile: Vec<u8>,
    /// Version of the record.
    pub version: i64,
}

/// Where a guest's data came from, with the record as received, sealed under the guest's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceProfile {
    /// The outside system.
    pub system: String,
    /// The guest's key there.
    pub external_id: String,
    /// The guest here.
    pub guest_id: GuestId,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// The sealed record.
    pub record: Vec<u8>,
}

/// That a guest has a part in a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestVisit {
    /// The guest.
    pub guest_id: GuestId,
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// Arrival date.
    pub arrival: chrono::NaiveDate,
    /// Departure date.
    pub departure: chrono::NaiveDate,
}

/// A blind search token of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The token.
    pub token: i64,
    /// Whose it is.
    pub guest_id: GuestId,
}

/// A blind search token of a number in a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteToken {
    /// The token.
    pub token: i64,
    /// The note.
    pub note_id: NoteId,
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
}

/// What lies sealed behind a journal entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalChange {
    /// The entry.
    pub entry_id: JournalEntryId,
    /// Whose data key seals the change.
    pub owner: Uuid,
    /// Event and reason, and what it says of rows that are the owner's own, sealed under the owner's data key.
    pub change: Vec<u8>,
    /// What it says of all other rows, sealed under the data key of the property or the chain: it outlives the owner's key.
    pub evidence: Vec<u8>,
}

/// The first answer to a request, kept for its repetitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// Keyed digest of actor and key.
    pub key: String,
    /// Keyed digest of the request.
    pub request: Vec<u8>,
    /// The sealed answer.
    pub answer: Vec<u8>,
    /// When, by the running clock ([`TimeSeen`]), which nobody can set: it says how long the answer has been kept and not which day it was.
    pub at: DateTime<Utc>,
}

impl Idempotency {
    /// What binds the sealed answer to the rest of its row: no row can be altered, or copied under another key, and still be opened.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.key, hefu_kernel::hex(&self.request), self.at.timestamp_micros())
    }
}

/// A run of the history import over one file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ImportRun {
    /// Identifier.
    pub id: ImportRunId,
    /// Name of the map.
    pub map: String,
    /// What makes the run the same run: digest of file, map and options.
    pub digest: String,
    /// `running` or `finished`; `live` of a source that speaks by itself; `mending` and `mended` of a row that somebody put right.
    pub state: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was done.
    pub finished_at: Option<DateTime<Utc>>,
    /// The report as JSON; no personal data.
    pub report: String,
    /// Version of the record.
    pub version: i64,
    /// The columns of the file, a JSON array: source records of the run keep the texts only.
    pub columns: String,
}

/// An input row that could not be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    /// The run.
    pub run_id: ImportRunId,
    /// The row, counted from 1 after the header.
    pub row_number: i64,
    /// The field that was wrong.
    pub field: String,
    /// Stable code of the reason.
    pub reason: String,
    /// What was wrong.
    pub detail: Why,
    /// The row as received, sealed under the run's data key.
    pub record: Vec<u8>,
}

/// What the database was made of when a release had migrated it; see [`crate::schema`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaFingerprint {
    /// The last migration.
    pub version: i64,
    /// SHA-256 over what the database was made of.
    pub digest: Vec<u8>,
    /// When it was noted.
    pub recorded_at: DateTime<Utc>,
}

/// Which room type has how many left; see `inventory` queries for how it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// The property.
    pub property_id: PropertyId,
    /// The room type.
    pub room_type_id: hefu_domain::ids::RoomTypeId,
    /// The date.
    pub night: chrono::NaiveDate,
    /// Night or day.
    pub part: hefu_domain::stay::RoomPart,
    /// How many can be sold, overbooking included.
    pub capacity: i64,
    /// How many are.
    pub sold: i64,
    /// How many of these are sold beyond the capacity, because somebody wanted it or it could not be helped.
    pub excess: i64,
    /// How many of the capacity are beyond the rooms there are, on this date only.
    pub allowance: i64,
}

table!(Property = "property" #1 { id; code, name, name_en, time_zone, currency, business_date, check_in_minute, check_out_minute, version, audit_minute, audit_automatic, overstay } version);
table!(RoomType = "room_type" #2 { property_id, id; code, name, name_en, capacity, overbooking, version } version);
table!(Room = "room" #3 { property_id, id; number, room_type_id, floor, accessible, state, version, features, closed_from } version);
table!(CancellationPolicy = "cancellation_policy" #4 { property_id, id; code, name, name_en, rules, no_show, version } version);
table!(RatePlan = "rate_plan" #5 { property_id, id; code, name, name_en, kind, hours, tax, service_fee, inclusive, policy_id, version, derived, people, inclusions, overrun } version);
table!(Rate = "rate" #6 { property_id, rate_plan_id, room_type_id, valid_from; amount, version } version);
table!(RateDay = "rate_day" #100 { property_id, rate_plan_id, night, room_type_id; amount, version } version);
table!(Season = "season" #150 { property_id, id; code, name, name_en, dates, version } version);
table!(PlanAccess = "rate_plan_access" #151 { property_id, rate_plan_id; companies, promotion, version } version);
table!(SetupClosing = "setup_closing" #152 { property_id, kind, code; record_id, from_date, version } version);
table!(Restriction = "restriction" #101 { property_id, night, rate_plan_id, room_type_id, channel; minimum_stay, maximum_stay, closed_to_arrival, closed_to_departure, stop_sell, version } version);
table!(TransactionCode = "transaction_code" #7 { property_id, code; name, name_en, group, kind, tax, version, includes_tax } version);
table!(RoomNight = "room_night" #8 { property_id, room_id, night, part; visit_id, line });
table!(GuestRow = "guest" #9 { id; state, merged_into, profile, version } version; personal);
table!(Token = "token" #10 { token, guest_id; }; personal);
table!(SourceProfile = "source_profile" #11 { system, external_id; guest_id, received_at, record }; personal);
table!(VisitAlias = "visit_alias" #12 { number, system, scope; property_id, visit_id });
table!(GuestVisit = "guest_visit" #13 { guest_id, property_id, visit_id; arrival, departure });
table!(VisitGroup = "visit_group" #14 { id; code, name, version } version);
table!(Block = "room_block" #111 { property_id, id; group_id, rate_plan_id, release_on, released_on, version } version);
table!(BlockNight = "room_block_night" #112 { property_id, block_id, night, room_type_id; rooms, picked_up, price, version } version);
table!(Company = "company" #113 { id; code, kind, name, name_key, tax_id, address, contract, commission, credit_limit, currency, parent_id, contact_id, version } version);
table!(CompanyAccount = "company_account" #114 { property_id, account_id; company_id });
table!(VisitCompany = "visit_company" #115 { property_id, visit_id, role; company_id });
table!(Reservation = "reservation" #15 { property_id, id; number, guest_id, state, arrival, departure, adults, children, channel, segment, guarantee, currency, walk_in, group_id, company, penalty, state_reason, version, booked_at } version);
table!(ReservationRoom = "reservation_room" #16 { property_id, visit_id, line; room_type_id, rate_plan_id, arrival, departure, adults, children, prices, discount, room_id, stay_id, version, state, state_reason, penalty, terms, counted_type_id, counted_until, wishes, from_minute, until_minute } version);
table!(ReservationVersion = "reservation_version" #17 { property_id, visit_id, version; replaced_at, snapshot });
table!(VisitNote = "visit_note" #130 { property_id, visit_id, id; kind, state, line, department, due, owner, text, written_by, written_at, done_by, done_at, version } version);
table!(NoteToken = "note_token" #190 { token, note_id; property_id, visit_id }; personal);
table!(GuestFlag = "guest_flag" #131 { guest_id, kind; reason, set_by, set_at, version } version; personal);
table!(RoomTask = "room_task" #132 { property_id, date, room_id; kind, state, credits, attendant, place, started_at, finished_at, version } version);
table!(RoomSeen = "room_seen" #133 { property_id, date, room_id; occupied, people, seen_by, seen_at, version } version);
table!(FoundItem = "found_item" #134 { property_id, id; found_on, room_id, state, details, recorded_by, recorded_at, version } version);
table!(MaintenanceOrder = "maintenance_order" #135 { property_id, id; room_id, state, urgent, fault, closed_from, closed_until, reported_by, reported_at, ended_at, version } version);
table!(WakeUp = "wake_up" #136 { property_id, id; visit_id, line, date, minute, state, noted_by, version } version);
table!(RoomKey = "room_key" #140 { property_id, visit_id, id; line, stay_id, room_id, state, due, valid_until, version } version);
table!(KeyOrder = "key_order" #141 { property_id, id; visit_id, key_id, kind, state, room_id, valid_until, ordered_by, ordered_at, answered_at, answer, version } version);
table!(Deposit = "deposit" #18 { property_id, visit_id, id; instalment, due, amount, state, version, paid } version);
table!(DepositEntry = "deposit_entry" #70 { property_id, visit_id, id; business_date, posted_at, kind, amount, method, instalment, receipt, posting_id, reverses, reference, foreign_currency, foreign_amount, foreign_rate, posted_by });
table!(DepositAccount = "deposit_account" #71 { property_id, visit_id; held, version } version);
table!(NumberSeries = "number_series" #72 { property_id, series; last, version } version);
table!(DayLedger = "day_ledger" #73 { property_id, business_date, ledger, account, cashier, currency; opening, debit, credit, closing, in_currency });
table!(Billing = "billing" #120 { property_id; cash_needs_shift, title, tax_id, address, phone, bank, bank_account, version } version);
table!(CashierShift = "cashier_shift" #121 { property_id, id; number, cashier, state, opened_on, opened_at, closed_on, closed_at, closed_by, version } version);
table!(ShiftEntry = "shift_entry" #122 { property_id, shift_id, id; kind, method, currency, amount, business_date, posted_at, visit_id, source_id, reference });
table!(ShiftCount = "shift_count" #123 { property_id, shift_id, method, currency; expected, counted });
table!(ExchangeRate = "exchange_rate" #124 { property_id, currency, valid_from; rate, set_by, version } version);
table!(Invoice = "invoice" #125 { property_id, visit_id, id; series, number, kind, corrects, window, business_date, issued_at, issued_by, currency, net, tax, seller, owner, buyer });
table!(InvoiceLine = "invoice_line" #126 { property_id, visit_id, invoice_id, line; posting_id, code, name, name_en, date, quantity, tax_rate, net, tax, corrects_line });
table!(InvoiceCopy = "invoice_copy" #127 { property_id, visit_id, invoice_id, copy; printed_at, printed_by });
table!(Stay = "stay" #19 { property_id, visit_id, id; line, state, room_id, arrival, departure, adults, children, checked_in_at, checked_out_at, share_of, version } version);
table!(StayGuest = "stay_guest" #20 { property_id, visit_id, stay_id, guest_id; role });
table!(StayRoom = "stay_room" #21 { property_id, visit_id, stay_id, seq; room_id, from_date, reason });
table!(StayShare = "stay_share" #110 { property_id, visit_id, stay_id; from_date, prices, window, holds_from, version } version);
table!(Folio = "folio" #22 { property_id, visit_id, id; window, guest_id, company, state, currency, balance, version } version);
table!(Posting = "posting" #23 { property_id, visit_id, id; folio_id, stay_id, business_date, posted_at, code, kind, amount, quantity, night, belongs_to, reverses, once, reference, foreign_currency, foreign_amount, foreign_rate, origin, posted_by, corrects });
table!(PostingOrigin = "posting_origin" #116 { property_id, visit_id, posting_id; from_visit_id, room_id });
table!(GroupRouting = "group_routing" #117 { group_id, property_id, code_group; visit_id, window, version } version);
table!(PreAuth = "pre_auth" #24 { property_id, visit_id, id; state, amount, captured, last_four, expires, version, owner, card_token } version);
table!(Routing = "routing" #25 { property_id, visit_id, code_group; window, version } version);
table!(CityAccount = "city_account" #26 { property_id, id; code, name, credit_limit, balance, version } version);
table!(CityEntry = "city_entry" #27 { property_id, account_id, id; visit_id, business_date, amount, reference, method, posted_by, posting_id, reverses });
table!(CityItem = "city_item" #128 { property_id, account_id, id; business_date, amount, open, series, number, version } version);
table!(CityAllocation = "city_allocation" #129 { property_id, account_id, id; payment_id, item_id, amount, business_date, allocated_at, allocated_by, reverses });
table!(Membership = "membership" #28 { id; guest_id, number, tier, points, lifetime_points, joined, version } version);
table!(PointsEntry = "points_entry" #29 { membership_id, source; kind, points, property_id, visit_id, at, guest_id });
table!(Programme = "member_programme" #145 { property_id; counts, tiers, night_points, version } version);
table!(NightVoucher = "night_voucher" #146 { membership_id, id; property_id, expires, state, issued_by, version } version);
table!(FreeNight = "free_night" #147 { property_id, visit_id, id; line, night, points, membership_id, voucher_id, state, version } version);
table!(NightAudit = "night_audit" #30 { property_id, business_date; step, started_at, finished_at, room_revenue, rooms_charged, no_shows, pending_check_outs, pre_auths_expired, rooms_dirtied, version, no_shows_said, complimentary, house_use } version);
table!(JournalEntry = "journal" #31 { id; at, actor, action, property_id, visit_id, subject_kind, subject_id, commitment, log_index });
table!(JournalChange = "journal_change" #32 { entry_id; owner, change, evidence });
table!(Idempotency = "idempotency" #33 { key; request, answer, at });
table!(ImportRun = "import_run" #34 { id; map, digest, state, started_at, finished_at, report, version, columns } version);
table!(Quarantine = "quarantine" #35 { run_id, row_number; field, reason, detail, record });
table!(ImportFile = "import_file" #210 { id; name, size, state, map, map_name, property, run_id, row_count, problem, received_by, received_at, started_at, finished_at, version } version);
table!(QuarantineDecision = "quarantine_decision" #211 { run_id, row_number; state, mended_by, decided_by, decided_at });
table!(Inventory = "inventory" #36 { property_id, room_type_id, night, part; capacity, sold, excess, allowance });
table!(GuestMerge = "guest_merge" #37 { id; survivor, merged, at, actor, automatic, undone_at, version } version);
table!(GuestPair = "guest_pair" #38 { one, two; state, score, asked_at, decided_at, decided_by, version } version);
table!(IdentityRun = "identity_run" #39 { id; started_at, guests, joined, asked });
table!(IdentityPlan = "identity_plan" #47 { id; started_at, whole, guests, compared, joined, kept_apart, asked, version } version);
table!(IdentityStep = "identity_step" #48 { plan_id, place; one, two, score });
table!(SourceRecord = "source_record" #60 { property_id, system, kind, external_id, version; visit_id, part_id, parts, state, run_id, received_at, owner, digest, record });
table!(Difference = "difference" #61 { property_id, visit_id, id; system, kind, external_id, record_version, field, owner, says, state, opened_at, resolved_at, version } version);
table!(SchemaFingerprint = "schema_fingerprint" #62 { version; digest, recorded_at });
table!(Channel = "channel" #220 { property_id, id; code, name, hotel, room_types, rate_plans, run_id, version } version);
table!(ChannelSaid = "channel_said" #221 { property_id, channel_id, external_id; content, cancelled, version } version);
table!(ChannelMessage = "channel_message" #222 { property_id, id; channel_id, external_id, state, field, reason, detail, received_at, times, settled_at, record, version } version);
table!(ChannelCalendar = "channel_calendar" #223 { property_id, id; channel_id, code, room_type, blocked, url, read_at, next_at, failures, failed, version } version);
table!(ChannelFeed = "channel_feed" #224 { property_id, channel_id; kind, url, hotel, service, is_on, every, credentials, cursor, since, read_at, next_at, failures, failed, version } version);
table!(Finding = "finding" #200 { property_id, id; visit_id, kind, cause, severity, state, stake, currency, says, found_at, reopened, decided_at, decided_by, resolved_at, version } version);
table!(SettlementLine = "settlement_line" #230 { property_id, line, channel; settled_on, amount, fee, reference, read_at, version } version);
table!(FindingRule = "finding_rule" #231 { property_id, kind; enabled_by, enabled_at });
table!(Account = "account" #155 { id; login, name, state, password, must_change, password_at, version } version);
table!(AccountFactor = "account_factor" #156 { account_id, state; secret, last_step, enrolled_at, version } version);
table!(RecoveryCode = "recovery_code" #157 { account_id, digest; made_at });
table!(AccessGrant = "access_grant" #158 { holder_id, id; role, property_id, until, granted_by, granted_at, version } version);
table!(ApiClient = "api_client" #159 { id; name, state, version } version);
table!(Alarm = "alarm" #163 { id; kind, holder_id, guest_id, raised_at, seen_at, seen_by, version } version);
table!(Canary = "canary" #164 { guest_id; marked_by, marked_at });
table!(Passkey = "passkey" #240 { account_id, id; credential, public_key, domain, name, synced, counter, last_challenge, made_at, used_at, version } version);
table!(ProviderLink = "provider_link" #241 { subject; account_id, provider, linked_at });
table!(ApiKey = "api_key" #160 { id; client_id, digest, expires_at, made_at, version } version);

// No records: written by their own statements only (`query/job.rs`, `query/cursor.rs`, `query/clock.rs`, `query/account.rs`).
table!(Job = "job" #90 { id; kind, payload, dedupe, state, run_at, deadline, attempts, again, leased_by, lease_until, last_error, enqueued_at, finished_at });
table!(JournalCursor = "journal_cursor" #91 { name; log_index, updated_at });
table!(TimeSeen = "clock" #92 { id; running, believed, wall, boot, elapsed, version } version);

table!(Session = "session" #161 { digest; id, account_id, began_at, seen_at, second_factor_at, address, seal });
table!(SignInFailures = "sign_in_failures" #162 { key; failures, last_at });
table!(UnmaskingCount = "unmasking_count" #165 { day, holder_id; used });

/// Every table whose rows the journal binds, handed to a macro.
macro_rules! records {
    ($macro:ident) => {
        $macro! {
            hefu_domain::property::Property,
            hefu_domain::property::RoomType,
            hefu_domain::property::Room,
            hefu_domain::property::CancellationPolicy,
            hefu_domain::property::RatePlan,
            hefu_domain::property::Rate,
            hefu_domain::rate::RateDay,
            hefu_domain::rate::Restriction,
            hefu_domain::season::Season,
            hefu_domain::season::PlanAccess,
            hefu_domain::closing::SetupClosing,
            hefu_domain::property::TransactionCode,
            hefu_domain::stay::RoomNight,
            $crate::GuestRow,
            $crate::Token,
            $crate::SourceProfile,
            hefu_domain::reservation::VisitAlias,
            $crate::GuestVisit,
            hefu_domain::reservation::VisitGroup,
            hefu_domain::block::Block,
            hefu_domain::block::BlockNight,
            hefu_domain::company::Company,
            hefu_domain::company::CompanyAccount,
            hefu_domain::company::VisitCompany,
            hefu_domain::reservation::Reservation,
            hefu_domain::reservation::ReservationRoom,
            hefu_domain::reservation::ReservationVersion,
            hefu_domain::note::VisitNote,
            $crate::NoteToken,
            hefu_domain::guest::GuestFlag,
            hefu_domain::task::RoomTask,
            hefu_domain::task::RoomSeen,
            hefu_domain::upkeep::FoundItem,
            hefu_domain::upkeep::MaintenanceOrder,
            hefu_domain::upkeep::WakeUp,
            hefu_domain::lock::RoomKey,
            hefu_domain::lock::KeyOrder,
            hefu_domain::reservation::Deposit,
            hefu_domain::deposit::DepositEntry,
            hefu_domain::deposit::DepositAccount,
            hefu_domain::books::NumberSeries,
            hefu_domain::books::DayLedger,
            hefu_domain::billing::Billing,
            hefu_domain::shift::CashierShift,
            hefu_domain::shift::ShiftEntry,
            hefu_domain::shift::ShiftCount,
            hefu_domain::exchange_rate::ExchangeRate,
            hefu_domain::invoice::Invoice,
            hefu_domain::invoice::InvoiceLine,
            hefu_domain::invoice::InvoiceCopy,
            hefu_domain::stay::Stay,
            hefu_domain::stay::StayGuest,
            hefu_domain::stay::StayRoom,
            hefu_domain::stay::StayShare,
            hefu_domain::folio::Folio,
            hefu_domain::folio::Posting,
            hefu_domain::folio::PostingOrigin,
            hefu_domain::folio::GroupRouting,
            hefu_domain::folio::PreAuth,
            hefu_domain::folio::Routing,
            hefu_domain::folio::CityAccount,
            hefu_domain::folio::CityEntry,
            hefu_domain::city_ledger::CityItem,
            hefu_domain::city_ledger::CityAllocation,
            hefu_domain::member::Membership,
            hefu_domain::member::PointsEntry,
            hefu_domain::programme::Programme,
            hefu_domain::programme::NightVoucher,
            hefu_domain::programme::FreeNight,
            hefu_domain::audit::NightAudit,
            $crate::ImportRun,
            $crate::Quarantine,
            hefu_domain::import_file::ImportFile,
            hefu_domain::import_file::QuarantineDecision,
            $crate::Inventory,
            hefu_domain::guest::GuestMerge,
            hefu_domain::guest::GuestPair,
            hefu_domain::guest::IdentityRun,
            hefu_domain::guest::IdentityPlan,
            hefu_domain::guest::IdentityStep,
            hefu_domain::source::SourceRecord,
            hefu_domain::source::Difference,
            hefu_domain::channel::Channel,
            hefu_domain::channel::ChannelSaid,
            hefu_domain::channel::ChannelMessage,
            hefu_domain::channel::ChannelCalendar,
            hefu_domain::channel::ChannelFeed,
            hefu_domain::finding::Finding,
            hefu_domain::finding::SettlementLine,
            hefu_domain::finding::FindingRule,
            $crate::SchemaFingerprint,
            hefu_domain::account::Account,
            hefu_domain::account::AccountFactor,
            hefu_domain::account::RecoveryCode,
            hefu_domain::account::AccessGrant,
            hefu_domain::account::ApiClient,
            hefu_domain::account::ApiKey,
            hefu_domain::account::Alarm,
            hefu_domain::account::Canary,
            hefu_domain::account::Passkey,
            hefu_domain::account::ProviderLink,
        }
    };
}
pub(crate) use records;

/// A table as declared, for the tests that hold it to the migrations.
#[cfg(test)]
pub(crate) struct Declared {
    pub(crate) name: &'static str,
    pub(crate) code: u8,
    pub(crate) columns: &'static [&'static str],
    /// Every statement generated for it.
    pub(crate) statements: Vec<crate::sql::Sql>,
}

/// Every table.
#[cfg(test)]
pub(crate) fn all() -> Vec<Declared> {
    use crate::table::Table;

    macro_rules! list {
        ($($type:ty),+ $(,)?) => { vec![$(Declared {
            name: <$type>::NAME,
            code: <$type>::CODE,
            columns: <$type>::COLUMNS,
            statements: {
                let texts = <$type>::texts();
                let mut sql = vec![texts.inserts.one, texts.delete];
                if <$type>::COLUMNS.len() > <$type>::KEYS {
                    sql.push(texts.update);
                }
                sql
            },
        }),+] };
    }
    let mut all = records!(list);
    // The journal binds itself by the ledger's tree; answers kept for repeated requests, jobs, cursors, the clock, sessions, failed attempts and what was unmasked of a day's budget are no records.
    all.extend(list![
        JournalEntry,
        JournalChange,
        Idempotency,
        Job,
        JournalCursor,
        TimeSeen,
        Session,
        SignInFailures,
        UnmaskingCount
    ]);
    all
}
