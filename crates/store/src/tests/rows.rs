//! Rows of every table, there and back: one with everything filled in, one with nothing that may be
//! missing. Each column of a row has a value of its own, so that no two can be mixed up unnoticed.

use std::{collections::BTreeSet, fmt::Debug};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use hefu_domain::{
    account::{
        AccessGrant, Account, AccountFactor, AccountState, Alarm, AlarmKind, ApiClient, ApiKey, Canary,
        FactorState, Passkey, ProviderLink, RecoveryCode, Session, SignInFailures, UnmaskingCount,
    },
    audit::{AuditStep, NightAudit, NoShow, NoShows},
    billing::Billing,
    block::{Block, BlockNight},
    books::{DayLedger, Ledger, NumberSeries},
    channel::{
        BlockedNights, Channel, ChannelCalendar, ChannelFeed, ChannelMessage, ChannelSaid, CodeMap, FeedKind,
        HeldState,
    },
    city_ledger::{CityAllocation, CityItem},
    clock::TimeSeen,
    closing::{SetupClosing, SetupKind},
    company::{Company, CompanyAccount, CompanyKind, CompanyRole, VisitCompany},
    deposit::{DepositAccount, DepositEntry, DepositKind},
    event::ReservationEvent,
    exchange_rate::ExchangeRate,
    finding::{Cause, Finding, FindingKind, FindingRule, FindingState, SettlementLine, Severity},
    folio::{
        CityAccount, CityEntry, Folio, FolioState, GroupRouting, Posting, PostingOrigin, PreAuth,
        PreAuthState, Routing,
    },
    guest::{
        FlagKind, GuestFlag, GuestMerge, GuestPair, GuestState, IdentityPlan, IdentityRun, IdentityStep,
        PairState,
    },
    ids::{GuestId, ImportRunId, PropertyId, RatePlanId, RoomTypeId, VisitId},
    import_file::{ImportFile, ImportFileState, QuarantineDecision, RowDecision},
    invoice::{Invoice, InvoiceCopy, InvoiceKind, InvoiceLine, Party},
    job::{Job, JobState, JournalCursor},
    journal::JournalEntry,
    lock::{KeyOrder, KeyOrderKind, KeyOrderState, KeyState, RoomKey},
    member::{Membership, PointsEntry, PointsKind, Tier},
    message::{CellText, ChannelCode, ColumnName, Quoted, Sold, Why},
    note::{Department, NoteKind, NoteState, VisitNote},
    package::{AgreedInclusion, Inclusion, Pricing, Rhythm, Served},
    programme::{FreeNight, FreeNightState, NightVoucher, Programme, TierRule, VoucherState},
    property::{
        CancellationPolicy, CodeKind, Overstay, Penalty, PenaltyRule, Property, Rate, RateKind, RatePlan,
        Room, RoomState, RoomType, TransactionCode,
    },
    rate::{ChildRate, Derived, Overrun, PeopleRates, RateDay, Restriction, Usage},
    reservation::{
        Deposit, DepositState, Guarantee, Reservation, ReservationRoom, ReservationState, ReservationVersion,
        VisitAlias, VisitGroup, Wishes,
    },
    season::{PlanAccess, Season, SeasonDates},
    shift::{CashierShift, ShiftCount, ShiftEntry, ShiftEntryKind, ShiftState},
    source::{ClaimField, Difference, DifferenceState, Origin, SourceKind, SourceRecord, SourceState},
    stay::{RoomNight, RoomPart, Stay, StayGuest, StayRole, StayRoom, StayShare, StayState},
    task::{RoomSeen, RoomTask, TaskKind, TaskState},
    terms::{AgreedPolicy, Terms},
    upkeep::{FoundItem, FoundState, MaintenanceOrder, MaintenanceState, WakeUp, WakeUpState},
};
use hefu_kernel::{BasisPoints, Currency, Id};
use uuid::Uuid;

use super::engines;
use crate::{
    GuestRow, GuestVisit, Idempotency, ImportRun, Inventory, JournalChange, JournalDraft, NoteToken,
    Quarantine, SchemaFingerprint, SourceProfile, Store, StoreError, Table, Token, Tx, WriteError, sql::Sql,
    tables, value::args,
};

/// A failure that is told at once: what is tested here fails the same way at every try.
#[derive(Debug)]
struct AtOnce(StoreError);

impl From<StoreError> for AtOnce {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl WriteError for AtOnce {
    fn is_conflict(&self) -> bool {
        false
    }
}

fn day(n: u64) -> NaiveDate {
    NaiveDate::default() + Days::new(20_000 + n)
}

/// Moments with microseconds: both engines must keep them all.
fn moment(n: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::microseconds(1_791_014_400_123_456 + n)
}

pub(super) async fn journal(tx: &mut Tx, owner: Uuid) -> Result<(), StoreError> {
    let happened = JournalDraft {
        actor: "test",
        at: moment(0),
        event: ReservationEvent::Confirm { lines: Vec::new() }.into(),
        reason: None,
        property_id: None,
        visit_id: None,
        subject: ("test", owner),
        owner,
    };
    tx.journal(happened).await.map(drop)
}

/// Writes and reads rows of any table as every table must allow it.
struct Desk<'a> {
    store: &'a Store,
    owner: Uuid,
    /// The tables that were tried.
    tried: BTreeSet<&'static str>,
}

impl Desk<'_> {
    fn id<T: Id>(&self) -> T {
        self.store.ids().id()
    }

    async fn insert<T: Table + Clone + 'static>(&self, rows: Vec<T>) -> Result<(), AtOnce> {
        let owner = self.owner;
        self.store
            .write(move |tx| {
                let rows = rows.clone();
                Box::pin(async move {
                    tx.insert_all(&rows).await?;
                    Ok(journal(tx, owner).await?)
                })
            })
            .await
    }

    async fn update<T: Table + Clone + 'static>(&self, row: &T) -> Result<T, AtOnce> {
        let (owner, row) = (self.owner, row.clone());
        self.store
            .write(move |tx| {
                let mut row = row.clone();
                Box::pin(async move {
                    tx.update(&mut row).await?;
                    journal(tx, owner).await?;
                    Ok(row)
                })
            })
            .await
    }

    async fn rows<T: Table>(&self) -> Vec<T> {
        let sql = Sql(Box::leak(format!("SELECT * FROM {}", T::NAME).into_boxed_str()));
        self.store.read().await.unwrap().all(sql, args![]).await.unwrap()
    }

    async fn keeps<T: Table + Clone + PartialEq + Debug + 'static>(&mut self, rows: [T; 2]) {
        self.tried.insert(T::NAME);
        self.insert(rows.to_vec()).await.unwrap();
        let kept = self.rows::<T>().await;
        assert!(rows.iter().all(|row| kept.contains(row)), "{rows:?} became {kept:?}");

        let again = self.insert(vec![rows[0].clone()]).await;
        assert!(
            matches!(&again, Err(AtOnce(StoreError::Duplicate { table })) if table == T::NAME),
            "{}: {again:?}",
            T::NAME
        );

        if T::VERSIONED {
            let next = self.update(&rows[0]).await.unwrap();
            assert_ne!(next, rows[0]);
            let kept = self.rows::<T>().await;
            assert!(kept.contains(&next) && !kept.contains(&rows[0]), "{next:?} became {kept:?}");
            let stale = self.update(&rows[0]).await;
            assert!(
                matches!(&stale, Err(AtOnce(StoreError::Conflict { table })) if table == T::NAME),
                "{}: {stale:?}",
                T::NAME
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_keeps_its_rows() {
    for (_kit, store) in engines().await {
        let mut desk = Desk { store: &store, owner: store.ids().id(), tried: BTreeSet::new() };
        let property_id: PropertyId = desk.id();
        let room_type_id: RoomTypeId = desk.id();
        let rate_plan_id: RatePlanId = desk.id();
        property(&mut desk, property_id, room_type_id, rate_plan_id).await;
        guests(&mut desk, property_id).await;
        reservations(&mut desk, property_id, room_type_id, rate_plan_id).await;
        stays(&mut desk, property_id, room_type_id).await;
        room_keys(&mut desk, property_id).await;
        benefits(&mut desk, property_id).await;
        seasons(&mut desk, property_id).await;
        bills(&mut desk, property_id).await;
        sources(&mut desk, property_id).await;
        accounts(&mut desk, property_id).await;
        journals(&mut desk, property_id).await;
        let declared: BTreeSet<_> = tables::all().iter().map(|table| table.name).collect();
        assert_eq!(desk.tried, declared);
    }
}

async fn property(
    desk: &mut Desk<'_>,
    property_id: PropertyId,
    room_type_id: RoomTypeId,
    rate_plan_id: RatePlanId,
) {
    let property = Property {
        id: property_id,
        code: "SHA".into(),
        name: "合符外滩".into(),
        name_en: "Hefu Bund".into(),
        time_zone: "Asia/Shanghai".into(),
        currency: Currency::CNY,
        business_date: day(0),
        check_in_minute: 840,
        check_out_minute: 720,
        audit_minute: 180,
        audit_automatic: true,
        overstay: Overstay::LastPrice,
        version: 1,
    };
    let other = Property {
        id: desk.id(),
        code: "BER".into(),
        name: String::new(),
        currency: Currency::EUR,
        business_date: day(1),
        check_in_minute: 0,
        check_out_minute: 1_439,
        audit_minute: 0,
        audit_automatic: false,
        overstay: Overstay::Free,
        version: 7,
        ..property.clone()
    };
    desk.keeps([property, other]).await;

    let room_type = RoomType {
        property_id,
        id: room_type_id,
        code: "DLX".into(),
        name: "豪华房".into(),
        name_en: "Deluxe".into(),
        capacity: 3,
        overbooking: 2,
        version: 1,
    };
    let other =
        RoomType { id: desk.id(), code: "STD".into(), capacity: 1, overbooking: 0, ..room_type.clone() };
    desk.keeps([room_type, other]).await;

    let room = Room {
        property_id,
        id: desk.id(),
        number: "0801".into(),
        room_type_id,
        floor: "8".into(),
        accessible: true,
        state: RoomState::Inspected,
        version: 1,
        features: vec!["quiet".into(), "sea_view".into()],
        closed_from: Some(day(3)),
    };
    let other = Room {
        id: desk.id(),
        number: "801".into(),
        accessible: false,
        state: RoomState::OutOfOrder,
        features: Vec::new(),
        closed_from: None,
        ..room.clone()
    };
    desk.keeps([room, other]).await;

    let policy = CancellationPolicy {
        property_id,
        id: desk.id(),
        code: "FLEX".into(),
        name: "灵活".into(),
        name_en: "Flexible".into(),
        rules: vec![
            PenaltyRule { within_hours: 72, penalty: Penalty::Share(BasisPoints(5_000)) },
            PenaltyRule { within_hours: 24, penalty: Penalty::Fixed(100_00) },
        ],
        no_show: Penalty::Nights(1),
        version: 1,
    };
    let other = CancellationPolicy {
        id: desk.id(),
        code: "FREE".into(),
        rules: Vec::new(),
        no_show: Penalty::Free,
        ..policy.clone()
    };
    let policy_id = policy.id;
    desk.keeps([policy, other]).await;

    let plan = RatePlan {
        property_id,
        id: rate_plan_id,
        code: "HOUR".into(),
        name: "钟点房".into(),
        name_en: "Part day".into(),
        kind: RateKind::PartDay,
        hours: Some(4),
        tax: BasisPoints(600),
        service_fee: BasisPoints(1_500),
        inclusive: true,
        policy_id: Some(policy_id),
        version: 1,
        derived: Some(Derived { from: desk.id(), share: BasisPoints(-1_500), amount: 5_00, round_to: 1_00 }),
        people: Some(PeopleRates {
            included: 2,
            fewer: 30_00,
            more: 100_00,
            children: vec![ChildRate { until_age: 11, amount: 50_00 }],
            extra_bed: 80_00,
        }),
        inclusions: vec![Inclusion {
            code: "FB".into(),
            adult: 60_00,
            child: 30_00,
            room: 10_00,
            pricing: Pricing::Added,
            rhythm: Rhythm::FirstNight,
            served: Served::SameDay,
        }],
        overrun: Some(Overrun { price: 60_00, grace_minutes: 15 }),
    };
    let other = RatePlan {
        id: desk.id(),
        code: "BAR".into(),
        kind: RateKind::Nightly,
        hours: None,
        inclusive: false,
        policy_id: None,
        derived: None,
        people: None,
        inclusions: Vec::new(),
        overrun: None,
        ..plan.clone()
    };
    desk.keeps([plan, other]).await;

    let rate =
        Rate { property_id, rate_plan_id, room_type_id, valid_from: day(2), amount: 688_00, version: 1 };
    let other = Rate { valid_from: day(3), amount: 0, ..rate.clone() };
    desk.keeps([rate, other]).await;

    let price =
        RateDay { property_id, rate_plan_id, night: day(2), room_type_id, amount: 788_00, version: 1 };
    let other = RateDay { night: day(3), amount: 0, ..price.clone() };
    desk.keeps([price, other]).await;

    let restriction = Restriction {
        property_id,
        night: day(2),
        rate_plan_id,
        room_type_id,
        channel: "ctrip".into(),
        minimum_stay: Some(2),
        maximum_stay: Some(7),
        closed_to_arrival: true,
        closed_to_departure: true,
        stop_sell: true,
        version: 1,
    };
    let other = Restriction {
        rate_plan_id: RatePlanId::NIL,
        room_type_id: RoomTypeId::NIL,
        channel: String::new(),
        minimum_stay: None,
        maximum_stay: None,
        closed_to_arrival: false,
        closed_to_departure: false,
        stop_sell: false,
        ..restriction.clone()
    };
    desk.keeps([restriction, other]).await;

    let code = TransactionCode {
        property_id,
        code: "ROOM".into(),
        name: "房费".into(),
        name_en: "Room".into(),
        group: "lodging".into(),
        kind: CodeKind::Revenue,
        tax: BasisPoints(600),
        version: 1,
        includes_tax: true,
    };
    let other =
        TransactionCode { code: "CASH".into(), kind: CodeKind::Payment, includes_tax: false, ..code.clone() };
    desk.keeps([code, other]).await;

    let billing = Billing {
        property_id,
        cash_needs_shift: true,
        title: "合符酒店管理有限公司".into(),
        tax_id: "91310000MA1HEFU00X".into(),
        address: "示例路 1 号".into(),
        phone: "021-00000000".into(),
        bank: "示例银行".into(),
        bank_account: "1000".into(),
        version: 1,
    };
    let other = Billing { property_id: desk.id(), version: 2, ..Billing::unset(property_id) };
    desk.keeps([billing, other]).await;

    let rate = ExchangeRate {
        property_id,
        currency: Currency::USD,
        valid_from: day(30),
        rate: 712_340_000,
        set_by: "desk".into(),
        version: 1,
    };
    let other = ExchangeRate { valid_from: day(31), rate: 1, ..rate.clone() };
    desk.keeps([rate, other]).await;

    let account = CityAccount {
        property_id,
        id: desk.id(),
        code: "ACME".into(),
        name: "Acme 商旅".into(),
        credit_limit: 500_000_00,
        balance: 12_34,
        version: 1,
    };
    let other =
        CityAccount { id: desk.id(), code: "PAID".into(), credit_limit: 0, balance: -1, ..account.clone() };
    let account_id = account.id;
    desk.keeps([account, other]).await;

    let entry = CityEntry {
        property_id,
        account_id,
        id: desk.id(),
        visit_id: Some(desk.id()),
        business_date: day(4),
        amount: 12_34,
        reference: Some("INV-1".into()),
        method: Some("BANK".into()),
        posted_by: Some("desk".into()),
        posting_id: Some(desk.id()),
        reverses: Some(desk.id()),
    };
    let other = CityEntry {
        id: desk.id(),
        visit_id: None,
        amount: i64::MIN,
        reference: None,
        method: None,
        posted_by: None,
        posting_id: None,
        reverses: None,
        ..entry.clone()
    };
    desk.keeps([entry, other]).await;

    let item = CityItem {
        property_id,
        account_id,
        id: desk.id(),
        business_date: day(37),
        amount: 12_34,
        open: 2_34,
        series: Some("INV".into()),
        number: Some(7),
        version: 1,
    };
    let other =
        CityItem { id: desk.id(), amount: -12_34, open: -1, series: None, number: None, ..item.clone() };
    let (item_id, payment_id) = (item.id, other.id);
    desk.keeps([item, other]).await;

    let allocation = CityAllocation {
        property_id,
        account_id,
        id: desk.id(),
        payment_id,
        item_id,
        amount: 10_00,
        business_date: day(38),
        allocated_at: moment(45),
        allocated_by: "desk".into(),
        reverses: None,
    };
    let other =
        CityAllocation { id: desk.id(), amount: -10_00, reverses: Some(allocation.id), ..allocation.clone() };
    desk.keeps([allocation, other]).await;

    let audit = NightAudit {
        property_id,
        business_date: day(5),
        step: AuditStep::Done,
        started_at: moment(1),
        finished_at: Some(moment(2)),
        room_revenue: 88_000_00,
        rooms_charged: 120,
        no_shows: 3,
        pending_check_outs: 2,
        pre_auths_expired: 1,
        rooms_dirtied: 7,
        no_shows_said: NoShows::Only(vec![NoShow { visit: "1234567890".into(), line: Some(2) }]),
        version: 1,
        complimentary: 4,
        house_use: 5,
    };
    let other = NightAudit {
        business_date: day(6),
        step: AuditStep::PostRooms,
        finished_at: None,
        no_shows_said: NoShows::Keep,
        ..audit.clone()
    };
    desk.keeps([audit, other]).await;

    let ledger = DayLedger {
        property_id,
        business_date: day(5),
        ledger: Ledger::Payment,
        account: "CASH".into(),
        cashier: "desk".into(),
        currency: "USD".into(),
        opening: 1,
        debit: 712_34,
        credit: 5,
        closing: 712_30,
        in_currency: 100_00,
    };
    let other = DayLedger { ledger: Ledger::Guest, cashier: String::new(), ..ledger.clone() };
    desk.keeps([ledger, other]).await;

    let series = NumberSeries { property_id, series: "deposit_receipt".into(), last: 41, version: 1 };
    let other = NumberSeries { series: "other".into(), last: 0, ..series.clone() };
    desk.keeps([series, other]).await;
}

async fn guests(desk: &mut Desk<'_>, property_id: PropertyId) {
    let guest = GuestRow {
        id: desk.id(),
        state: GuestState::Merged,
        merged_into: Some(desk.id()),
        profile: vec![0, 1, 0xFF, b'\''],
        version: 1,
    };
    let other = GuestRow {
        id: desk.id(),
        state: GuestState::Active,
        merged_into: None,
        profile: Vec::new(),
        ..guest.clone()
    };
    let guest_id: GuestId = guest.id;
    desk.keeps([guest, other]).await;

    let token = Token { token: i64::MIN, guest_id };
    let other = Token { token: i64::MAX, guest_id };
    desk.keeps([token, other]).await;

    let source = SourceProfile {
        system: "ctrip".into(),
        external_id: "42".into(),
        guest_id,
        received_at: moment(3),
        record: vec![1; 300],
    };
    let other = SourceProfile { system: "pms".into(), record: Vec::new(), ..source.clone() };
    desk.keeps([source, other]).await;

    let visit = GuestVisit { guest_id, property_id, visit_id: desk.id(), arrival: day(7), departure: day(8) };
    let other = GuestVisit { visit_id: desk.id(), arrival: day(9), departure: day(9), ..visit.clone() };
    desk.keeps([visit, other]).await;

    let membership = Membership {
        id: desk.id(),
        guest_id,
        number: "M0001".into(),
        tier: Tier::Platinum,
        points: 1_234,
        lifetime_points: 160_000,
        joined: day(10),
        version: 1,
    };
    let other = Membership {
        id: desk.id(),
        guest_id: desk.id(),
        number: "M0002".into(),
        tier: Tier::Classic,
        points: 0,
        ..membership.clone()
    };
    let membership_id = membership.id;
    desk.keeps([membership, other]).await;

    let points = PointsEntry {
        membership_id,
        source: "posting:1".into(),
        kind: PointsKind::Earned,
        points: 688,
        property_id: Some(property_id),
        visit_id: Some(desk.id()),
        at: moment(4),
        guest_id: Some(desk.id()),
    };
    let other = PointsEntry {
        source: "gift:1".into(),
        kind: PointsKind::Redeemed,
        points: -500,
        property_id: None,
        visit_id: None,
        guest_id: None,
        ..points.clone()
    };
    desk.keeps([points, other]).await;

    let [one, two] = [desk.id(), desk.id::<GuestId>()];
    let merge = GuestMerge {
        id: desk.id(),
        survivor: one,
        merged: two,
        at: moment(5),
        actor: "test".into(),
        automatic: true,
        undone_at: Some(moment(6)),
        version: 1,
    };
    let other = GuestMerge { id: desk.id(), automatic: false, undone_at: None, ..merge.clone() };
    desk.keeps([merge, other]).await;

    let pair = GuestPair {
        one,
        two,
        state: PairState::Different,
        score: -12_345,
        asked_at: moment(7),
        decided_at: Some(moment(8)),
        decided_by: Some("test".into()),
        version: 1,
    };
    let other = GuestPair {
        two: desk.id(),
        state: PairState::Open,
        decided_at: None,
        decided_by: None,
        ..pair.clone()
    };
    desk.keeps([pair, other]).await;

    let run = IdentityRun { id: desk.id(), started_at: moment(9), guests: 3, joined: 2, asked: 1 };
    let other = IdentityRun { id: desk.id(), guests: 4, ..run.clone() };
    desk.keeps([run, other]).await;

    let plan = IdentityPlan {
        id: desk.id(),
        started_at: moment(9),
        whole: true,
        guests: 5,
        compared: 4,
        joined: 3,
        kept_apart: 2,
        asked: 1,
        version: 1,
    };
    let step = IdentityStep { plan_id: plan.id, place: 1, one, two, score: None };
    let other = IdentityPlan { id: desk.id(), whole: false, ..plan.clone() };
    desk.keeps([plan, other]).await;
    let other = IdentityStep { place: 2, score: Some(-1), ..step.clone() };
    desk.keeps([step, other]).await;
}

async fn reservations(
    desk: &mut Desk<'_>,
    property_id: PropertyId,
    room_type_id: RoomTypeId,
    rate_plan_id: RatePlanId,
) {
    let block = Block {
        property_id,
        id: desk.id(),
        group_id: desk.id(),
        rate_plan_id,
        release_on: Some(day(3)),
        released_on: Some(day(4)),
        version: 1,
    };
    let other =
        Block { id: desk.id(), group_id: desk.id(), release_on: None, released_on: None, ..block.clone() };
    let block_id = block.id;
    desk.keeps([block, other]).await;
    let night = BlockNight {
        property_id,
        block_id,
        night: day(5),
        room_type_id,
        rooms: 12,
        picked_up: 7,
        price: Some(380_00),
        version: 1,
    };
    let other = BlockNight { night: day(6), rooms: 0, picked_up: 0, price: None, ..night.clone() };
    desk.keeps([night, other]).await;
    let company = Company {
        id: desk.id(),
        code: "YUNFAN".into(),
        kind: CompanyKind::Agent,
        name: "云帆会展".into(),
        name_key: "云帆".into(),
        tax_id: Some("91310000MA1FL0000X".into()),
        address: Some("示例路 2 号".into()),
        contract: Some("2026-17".into()),
        commission: BasisPoints(1_000),
        credit_limit: Some(50_000_00),
        currency: Some(Currency::CNY),
        parent_id: Some(desk.id()),
        contact_id: Some(desk.id()),
        version: 1,
    };
    let other = Company {
        id: desk.id(),
        code: "ACME".into(),
        kind: CompanyKind::Company,
        tax_id: None,
        address: None,
        contract: None,
        credit_limit: None,
        currency: None,
        parent_id: None,
        contact_id: None,
        ..company.clone()
    };
    let company_id = company.id;
    desk.keeps([company, other]).await;
    let account = CompanyAccount { property_id, account_id: desk.id(), company_id };
    let other = CompanyAccount { account_id: desk.id(), ..account.clone() };
    desk.keeps([account, other]).await;
    let named = VisitCompany { property_id, visit_id: desk.id(), role: CompanyRole::Company, company_id };
    let other = VisitCompany { role: CompanyRole::Agent, company_id: desk.id(), ..named.clone() };
    desk.keeps([named, other]).await;
    let group = VisitGroup { id: desk.id(), code: "EXPO".into(), name: "进博会".into(), version: 1 };
    let other = VisitGroup { id: desk.id(), code: "TOUR".into(), ..group.clone() };
    let group_id = group.id;
    desk.keeps([group, other]).await;

    let visit_id: VisitId = desk.id();
    let reservation = Reservation {
        property_id,
        id: visit_id,
        number: "1234567897".into(),
        guest_id: desk.id(),
        state: ReservationState::Cancelled,
        arrival: day(11),
        departure: day(13),
        adults: 2,
        children: 1,
        channel: "ctrip".into(),
        segment: Some("leisure".into()),
        guarantee: Guarantee::Card,
        currency: Currency::JPY,
        walk_in: true,
        group_id: Some(group_id),
        company: Some("Acme".into()),
        penalty: 344_00,
        state_reason: Some("by_hand".into()),
        booked_at: Some(moment(5)),
        version: 1,
    };
    let other = Reservation {
        id: desk.id(),
        state: ReservationState::NoShow,
        segment: None,
        guarantee: Guarantee::None,
        walk_in: false,
        group_id: None,
        company: None,
        state_reason: None,
        booked_at: None,
        ..reservation.clone()
    };
    desk.keeps([reservation, other]).await;

    let room = ReservationRoom {
        property_id,
        visit_id,
        line: 1,
        room_type_id,
        rate_plan_id: Some(rate_plan_id),
        arrival: day(11),
        departure: day(13),
        adults: 2,
        children: 1,
        prices: vec![688_00, 788_00],
        discount: BasisPoints(500),
        room_id: Some(desk.id()),
        stay_id: Some(desk.id()),
        version: 1,
        state: ReservationState::NoShow,
        state_reason: Some("by_hand".into()),
        penalty: 344_00,
        terms: Terms {
            plan: Some("BAR".into()),
            tax: BasisPoints(600),
            policy: Some(AgreedPolicy {
                code: "FLEX".into(),
                name: "灵活".into(),
                name_en: "Flexible".into(),
                rules: vec![PenaltyRule { within_hours: 24, penalty: Penalty::Nights(1) }],
                no_show: Penalty::Share(BasisPoints(10_000)),
            }),
            owed: 344_00,
            inclusions: vec![
                AgreedInclusion::from("WIFI"),
                AgreedInclusion { name: "早餐".into(), adult: 60_00, ..AgreedInclusion::from("FB") },
            ],
            people: Some(PeopleRates { included: 2, ..PeopleRates::default() }),
            child_ages: vec![7],
            extra_beds: 1,
            usage: Usage::HouseUse,
            ..Terms::default()
        },
        counted_type_id: Some(desk.id()),
        counted_until: day(14),
        wishes: Wishes {
            features: vec!["accessible".into()],
            arrival_minute: Some(1_320),
            departure_minute: Some(960),
        },
        from_minute: Some(1_320),
        until_minute: Some(1_560),
    };
    let other = ReservationRoom {
        line: 2,
        rate_plan_id: None,
        prices: Vec::new(),
        room_id: None,
        stay_id: None,
        state: ReservationState::Reserved,
        state_reason: None,
        penalty: 0,
        terms: Terms::default(),
        counted_type_id: None,
        wishes: Wishes::default(),
        from_minute: None,
        until_minute: None,
        ..room.clone()
    };
    desk.keeps([room, other]).await;

    let version = ReservationVersion {
        property_id,
        visit_id,
        version: 1,
        replaced_at: moment(6),
        snapshot: r#"{"state":"reserved"}"#.into(),
    };
    let other = ReservationVersion { version: 2, replaced_at: moment(7), ..version.clone() };
    desk.keeps([version, other]).await;

    let alias = VisitAlias {
        number: "BK2026778812".into(),
        system: "ctrip".into(),
        scope: property_id,
        property_id,
        visit_id,
    };
    let other = VisitAlias { system: "hefu".into(), scope: PropertyId::NIL, ..alias.clone() };
    desk.keeps([alias, other]).await;

    let note = VisitNote {
        property_id,
        visit_id,
        id: desk.id(),
        kind: NoteKind::Trace,
        state: NoteState::Done,
        line: Some(2),
        department: Some(Department::Concierge),
        due: Some(day(12)),
        owner: desk.owner,
        text: vec![0, 2, 0xFE],
        written_by: "desk".into(),
        written_at: moment(31),
        done_by: Some("concierge".into()),
        done_at: Some(moment(32)),
        version: 1,
    };
    let other = VisitNote {
        id: desk.id(),
        kind: NoteKind::Note,
        state: NoteState::Kept,
        line: None,
        department: None,
        due: None,
        done_by: None,
        done_at: None,
        ..note.clone()
    };
    let token = NoteToken { token: i64::MIN, note_id: note.id, property_id, visit_id };
    let more = NoteToken { token: i64::MAX, ..token.clone() };
    desk.keeps([token, more]).await;
    desk.keeps([note, other]).await;

    upkeep(desk, property_id, visit_id).await;

    let flag = GuestFlag {
        guest_id: desk.id(),
        kind: FlagKind::Vip,
        reason: vec![1, 0, 0xFF],
        set_by: "desk".into(),
        set_at: moment(33),
        version: 1,
    };
    let other = GuestFlag { kind: FlagKind::Blacklist, reason: Vec::new(), ..flag.clone() };
    desk.keeps([flag, other]).await;

    let deposit = Deposit {
        property_id,
        visit_id,
        id: desk.id(),
        instalment: 1,
        due: day(14),
        amount: 200_00,
        state: DepositState::Paid,
        paid: 150_00,
        version: 1,
    };
    let other =
        Deposit { id: desk.id(), instalment: 2, state: DepositState::Due, paid: 0, ..deposit.clone() };
    desk.keeps([deposit, other]).await;

    let entry = DepositEntry {
        property_id,
        visit_id,
        id: desk.id(),
        business_date: day(15),
        posted_at: moment(27),
        kind: DepositKind::Received,
        amount: 71_23,
        method: Some("CASH".into()),
        instalment: Some(1),
        receipt: Some(9),
        posting_id: Some(desk.id()),
        reverses: Some(desk.id()),
        reference: Some("slip 10".into()),
        foreign_currency: Some("USD".into()),
        foreign_amount: Some(10_00),
        foreign_rate: Some("7.123".into()),
        posted_by: "desk".into(),
    };
    let other = DepositEntry {
        id: desk.id(),
        kind: DepositKind::Applied,
        amount: -71_23,
        method: None,
        instalment: None,
        receipt: None,
        posting_id: None,
        reverses: None,
        reference: None,
        foreign_currency: None,
        foreign_amount: None,
        foreign_rate: None,
        ..entry.clone()
    };
    desk.keeps([entry, other]).await;

    let shift = CashierShift {
        property_id,
        id: desk.id(),
        number: 11,
        cashier: "desk".into(),
        state: ShiftState::Closed,
        opened_on: day(32),
        opened_at: moment(40),
        closed_on: Some(day(33)),
        closed_at: Some(moment(41)),
        closed_by: Some("manager".into()),
        version: 1,
    };
    let shift_id = shift.id;
    let other = CashierShift {
        id: desk.id(),
        number: 12,
        state: ShiftState::Open,
        closed_on: None,
        closed_at: None,
        closed_by: None,
        ..shift.clone()
    };
    desk.keeps([shift, other]).await;

    let entry = ShiftEntry {
        property_id,
        shift_id,
        id: desk.id(),
        kind: ShiftEntryKind::Deposit,
        method: "CASH".into(),
        currency: Currency::USD,
        amount: 10_00,
        business_date: day(34),
        posted_at: moment(42),
        visit_id: Some(visit_id),
        source_id: Some(desk.owner),
        reference: Some("slip 11".into()),
    };
    let other = ShiftEntry {
        id: desk.id(),
        kind: ShiftEntryKind::Drop,
        amount: -10_00,
        visit_id: None,
        source_id: None,
        reference: None,
        ..entry.clone()
    };
    desk.keeps([entry, other]).await;

    let count = ShiftCount {
        property_id,
        shift_id,
        method: "CASH".into(),
        currency: Currency::CNY,
        expected: 500_00,
        counted: 499_00,
    };
    let other = ShiftCount { method: "CARD".into(), currency: Currency::USD, ..count.clone() };
    desk.keeps([count, other]).await;

    let account = DepositAccount { property_id, visit_id, held: 71_23, version: 1 };
    let other = DepositAccount { visit_id: desk.id(), held: 0, ..account.clone() };
    desk.keeps([account, other]).await;
}

async fn upkeep(desk: &mut Desk<'_>, property_id: PropertyId, visit_id: VisitId) {
    let task = RoomTask {
        property_id,
        date: day(20),
        room_id: desk.id(),
        kind: TaskKind::Departure,
        state: TaskState::Inspected,
        credits: 30,
        attendant: Some("LI".into()),
        place: 2,
        started_at: Some(moment(34)),
        finished_at: Some(moment(35)),
        version: 1,
    };
    let other = RoomTask {
        room_id: desk.id(),
        kind: TaskKind::Touch,
        state: TaskState::Open,
        attendant: None,
        started_at: None,
        finished_at: None,
        ..task.clone()
    };
    desk.keeps([task, other]).await;

    let seen = RoomSeen {
        property_id,
        date: day(20),
        room_id: desk.id(),
        occupied: true,
        people: Some(3),
        seen_by: "floor".into(),
        seen_at: moment(36),
        version: 1,
    };
    let other = RoomSeen { date: day(21), occupied: false, people: None, ..seen.clone() };
    desk.keeps([seen, other]).await;

    let item = FoundItem {
        property_id,
        id: desk.id(),
        found_on: day(22),
        room_id: Some(desk.id()),
        state: FoundState::Returned,
        details: vec![3, 0, 0xFD],
        recorded_by: "desk".into(),
        recorded_at: moment(37),
        version: 1,
    };
    let other = FoundItem { id: desk.id(), room_id: None, state: FoundState::Kept, ..item.clone() };
    desk.keeps([item, other]).await;

    let order = MaintenanceOrder {
        property_id,
        id: desk.id(),
        room_id: Some(desk.id()),
        state: MaintenanceState::Done,
        urgent: true,
        fault: vec![4, 0, 0xFC],
        closed_from: Some(day(23)),
        closed_until: Some(day(24)),
        reported_by: "floor".into(),
        reported_at: moment(38),
        ended_at: Some(moment(39)),
        version: 1,
    };
    let other = MaintenanceOrder {
        id: desk.id(),
        room_id: None,
        state: MaintenanceState::Open,
        urgent: false,
        closed_from: None,
        closed_until: None,
        ended_at: None,
        ..order.clone()
    };
    desk.keeps([order, other]).await;

    let call = WakeUp {
        property_id,
        id: desk.id(),
        visit_id,
        line: 2,
        date: day(25),
        minute: 390,
        state: WakeUpState::Missed,
        noted_by: "desk".into(),
        version: 1,
    };
    let other = WakeUp { id: desk.id(), minute: 0, state: WakeUpState::Open, ..call.clone() };
    desk.keeps([call, other]).await;

    let codes = |text: &str| CodeMap([(text.to_owned(), "DBL".to_owned())].into());
    let channel = Channel {
        property_id,
        id: desk.id(),
        code: "ctrip".into(),
        name: "Ctrip".into(),
        hotel: Some("8801".into()),
        room_types: codes("T1"),
        rate_plans: codes("P1"),
        run_id: desk.id(),
        version: 1,
    };
    let channel_id = channel.id;
    let other = Channel {
        id: desk.id(),
        code: "other".into(),
        hotel: None,
        room_types: CodeMap::default(),
        ..channel.clone()
    };
    desk.keeps([channel, other]).await;
    let said = ChannelSaid {
        property_id,
        channel_id,
        external_id: "R-1".into(),
        content: Some("1-0".into()),
        cancelled: Some("2-0".into()),
        version: 1,
    };
    let other = ChannelSaid { external_id: "R-2".into(), content: None, cancelled: None, ..said.clone() };
    desk.keeps([said, other]).await;
    let calendar = ChannelCalendar {
        property_id,
        id: desk.id(),
        channel_id,
        code: "loft".into(),
        room_type: "DBL".into(),
        blocked: vec![BlockedNights { from: day(1), until: day(3) }],
        url: Some(vec![4, 5, 6]),
        read_at: Some(moment(44)),
        next_at: Some(moment(45)),
        failures: 2,
        failed: Some("unreachable".into()),
        version: 1,
    };
    let other = ChannelCalendar {
        id: desk.id(),
        code: "barn".into(),
        blocked: Vec::new(),
        url: None,
        read_at: None,
        next_at: None,
        failures: 0,
        failed: None,
        ..calendar.clone()
    };
    desk.keeps([calendar, other]).await;
    let feed = ChannelFeed {
        property_id,
        channel_id,
        kind: FeedKind::Mews,
        url: "https://api.example.com".into(),
        hotel: Some("8801".into()),
        service: Some("stay".into()),
        is_on: true,
        every: 15,
        credentials: vec![4, 5, 6],
        cursor: Some("a/b/c".into()),
        since: Some(moment(40)),
        read_at: Some(moment(44)),
        next_at: Some(moment(45)),
        failures: 2,
        failed: Some("unreachable".into()),
        version: 1,
    };
    let other = ChannelFeed {
        channel_id: desk.id(),
        kind: FeedKind::Ohip,
        hotel: None,
        service: None,
        is_on: false,
        cursor: None,
        since: None,
        read_at: None,
        next_at: None,
        failures: 0,
        failed: None,
        ..feed.clone()
    };
    desk.keeps([feed, other]).await;
    let message = ChannelMessage {
        property_id,
        id: desk.id(),
        channel_id,
        external_id: "R-3".into(),
        state: HeldState::Taken,
        field: "RoomType/@RoomTypeCode".into(),
        reason: "unknown_code".into(),
        detail: Why::NotSetUp { code: ChannelCode(Some("TWIN".into())), what: Sold::RoomType },
        received_at: moment(42),
        times: 3,
        settled_at: Some(moment(43)),
        record: vec![7, 8, 9],
        version: 1,
    };
    let other =
        ChannelMessage { id: desk.id(), state: HeldState::Waiting, settled_at: None, ..message.clone() };
    desk.keeps([message, other]).await;

    let finding = Finding {
        property_id,
        id: desk.id(),
        visit_id,
        kind: FindingKind::DiscountMissing,
        cause: Cause::MemberVersusStay,
        severity: Severity::Urgent,
        state: FindingState::Decided,
        stake: 2_000_00,
        currency: Currency::CNY,
        says: "{}".into(),
        found_at: moment(40),
        reopened: 1,
        decided_at: Some(moment(41)),
        decided_by: Some("desk".into()),
        resolved_at: None,
        version: 1,
    };
    let other = Finding {
        id: desk.id(),
        state: FindingState::Resolved,
        decided_at: None,
        decided_by: None,
        resolved_at: Some(moment(41)),
        ..finding.clone()
    };
    desk.keeps([finding, other]).await;

    let line = SettlementLine {
        property_id,
        channel: "ALIPAY".into(),
        settled_on: day(25),
        line: "2026100322001".into(),
        amount: 318_00,
        fee: 1_91,
        reference: Some("1000000009".into()),
        read_at: moment(40),
        version: 1,
    };
    let other = SettlementLine { line: "2".into(), amount: -318_00, fee: 0, reference: None, ..line.clone() };
    desk.keeps([line, other]).await;
    let rule = FindingRule {
        property_id,
        kind: FindingKind::PointsMissing,
        enabled_by: "desk".into(),
        enabled_at: moment(40),
    };
    let other = FindingRule { kind: FindingKind::DepositNotApplied, ..rule.clone() };
    desk.keeps([rule, other]).await;
}

async fn seasons(desk: &mut Desk<'_>, property_id: PropertyId) {
    let season = Season {
        property_id,
        id: desk.id(),
        code: "GOLD".into(),
        name: "黄金周".into(),
        name_en: "Golden week".into(),
        dates: vec![SeasonDates { from: day(1), until: day(8) }],
        version: 1,
    };
    let other = Season { id: desk.id(), code: "LOW".into(), dates: Vec::new(), ..season.clone() };
    let access = PlanAccess {
        property_id,
        rate_plan_id: desk.id(),
        companies: vec![desk.id()],
        promotion: Some("SPRING".into()),
        version: 1,
    };
    let open =
        PlanAccess { rate_plan_id: desk.id(), companies: Vec::new(), promotion: None, ..access.clone() };
    let closing = SetupClosing {
        property_id,
        kind: SetupKind::RatePlan,
        code: "BAR".into(),
        record_id: desk.id::<RatePlanId>().uuid(),
        from_date: day(9),
        version: 1,
    };
    let another = SetupClosing { kind: SetupKind::Code, code: "SPA".into(), ..closing.clone() };
    desk.keeps([season, other]).await;
    desk.keeps([access, open]).await;
    desk.keeps([closing, another]).await;
}

async fn benefits(desk: &mut Desk<'_>, property_id: PropertyId) {
    let tiers = vec![
        TierRule {
            tier: Tier::Gold,
            from_points: 11,
            discount: BasisPoints(12),
            earning: 13,
            late_check_out: Some(14),
            upgrade: true,
        },
        TierRule { late_check_out: None, ..TierRule::standard(Tier::Platinum) },
    ];
    let programme =
        Programme { property_id, counts: vec!["room".into()], tiers, night_points: Some(15), version: 1 };
    let other = Programme {
        property_id: desk.id(),
        counts: Vec::new(),
        tiers: Vec::new(),
        night_points: None,
        ..programme.clone()
    };
    let voucher = NightVoucher {
        membership_id: desk.id(),
        id: desk.id(),
        property_id: Some(property_id),
        expires: day(27),
        state: VoucherState::Used,
        issued_by: "desk".into(),
        version: 1,
    };
    let anywhere =
        NightVoucher { id: desk.id(), property_id: None, state: VoucherState::Open, ..voucher.clone() };
    let night = FreeNight {
        property_id,
        visit_id: desk.id(),
        id: desk.id(),
        line: 16,
        night: day(28),
        points: 17,
        membership_id: Some(voucher.membership_id),
        voucher_id: Some(voucher.id),
        state: FreeNightState::Returned,
        version: 1,
    };
    let by_points = FreeNight {
        id: desk.id(),
        membership_id: None,
        voucher_id: None,
        state: FreeNightState::Live,
        ..night.clone()
    };
    desk.keeps([programme, other]).await;
    desk.keeps([voucher, anywhere]).await;
    desk.keeps([night, by_points]).await;
}

async fn room_keys(desk: &mut Desk<'_>, property_id: PropertyId) {
    let visit_id: VisitId = desk.id();
    let key = RoomKey {
        property_id,
        visit_id,
        id: desk.id(),
        line: 2,
        stay_id: desk.id(),
        room_id: desk.id(),
        state: KeyState::Cancelled,
        due: moment(29),
        valid_until: moment(30),
        version: 1,
    };
    let other = RoomKey { id: desk.id(), line: 1, state: KeyState::Live, ..key.clone() };
    let order = KeyOrder {
        property_id,
        id: desk.id(),
        visit_id,
        key_id: key.id,
        kind: KeyOrderKind::Extend,
        state: KeyOrderState::Refused,
        room_id: desk.id(),
        valid_until: moment(31),
        ordered_by: "desk".into(),
        ordered_at: moment(32),
        answered_at: Some(moment(33)),
        answer: Some("no_such_door".into()),
        version: 1,
    };
    let waiting = KeyOrder {
        id: desk.id(),
        kind: KeyOrderKind::Issue,
        state: KeyOrderState::Waiting,
        answered_at: None,
        answer: None,
        ..order.clone()
    };
    desk.keeps([key, other]).await;
    desk.keeps([order, waiting]).await;
}

async fn stays(desk: &mut Desk<'_>, property_id: PropertyId, room_type_id: RoomTypeId) {
    let visit_id: VisitId = desk.id();
    let stay = Stay {
        property_id,
        visit_id,
        id: desk.id(),
        line: 1,
        state: StayState::CheckedOut,
        room_id: desk.id(),
        arrival: day(16),
        departure: day(18),
        adults: 2,
        children: 1,
        checked_in_at: moment(8),
        checked_out_at: Some(moment(9)),
        share_of: Some(desk.id()),
        version: 1,
    };
    let other = Stay {
        id: desk.id(),
        state: StayState::InHouse,
        checked_out_at: None,
        share_of: None,
        ..stay.clone()
    };
    let (stay_id, room_id) = (stay.id, stay.room_id);
    desk.keeps([stay, other]).await;

    let person = StayGuest { property_id, visit_id, stay_id, guest_id: desk.id(), role: StayRole::Primary };
    let other = StayGuest { guest_id: desk.id(), role: StayRole::Accompanying, ..person.clone() };
    desk.keeps([person, other]).await;

    let room = StayRoom {
        property_id,
        visit_id,
        stay_id,
        seq: 1,
        room_id,
        from_date: day(16),
        reason: "check_in".into(),
    };
    let other = StayRoom { seq: 2, from_date: day(17), reason: "move".into(), ..room.clone() };
    desk.keeps([room, other]).await;

    let share = StayShare {
        property_id,
        visit_id,
        stay_id,
        from_date: day(16),
        prices: vec![150_00, 160_00],
        window: Some(2),
        holds_from: Some(day(17)),
        version: 1,
    };
    let other =
        StayShare { stay_id: desk.id(), prices: Vec::new(), window: None, holds_from: None, ..share.clone() };
    desk.keeps([share, other]).await;

    let held = RoomNight {
        property_id,
        room_id,
        night: day(19),
        part: RoomPart::Night,
        visit_id: Some(visit_id),
        line: 1,
    };
    let other = RoomNight { part: RoomPart::Day, visit_id: None, line: 0, ..held.clone() };
    desk.keeps([held, other]).await;

    let inventory = Inventory {
        property_id,
        room_type_id,
        night: day(19),
        part: RoomPart::Night,
        capacity: 12,
        sold: 15,
        excess: 3,
        allowance: 2,
    };
    let other = Inventory { part: RoomPart::Day, sold: 0, excess: 0, allowance: 0, ..inventory.clone() };
    desk.keeps([inventory, other]).await;
}

async fn bills(desk: &mut Desk<'_>, property_id: PropertyId) {
    let visit_id: VisitId = desk.id();
    let origin = PostingOrigin {
        property_id,
        visit_id,
        posting_id: desk.id(),
        from_visit_id: desk.id(),
        room_id: Some(desk.id()),
    };
    let other = PostingOrigin { posting_id: desk.id(), room_id: None, ..origin.clone() };
    desk.keeps([origin, other]).await;
    let routing = GroupRouting {
        group_id: desk.id(),
        property_id,
        code_group: "room".into(),
        visit_id,
        window: 2,
        version: 1,
    };
    let other = GroupRouting { code_group: "minibar".into(), window: 1, ..routing.clone() };
    desk.keeps([routing, other]).await;
    let folio = Folio {
        property_id,
        visit_id,
        id: desk.id(),
        window: 1,
        guest_id: Some(desk.id()),
        company: Some("Acme".into()),
        state: FolioState::Closed,
        currency: Currency::CNY,
        balance: -1_00,
        version: 1,
    };
    let other = Folio {
        id: desk.id(),
        window: 8,
        guest_id: None,
        company: None,
        state: FolioState::Open,
        balance: i64::MAX,
        ..folio.clone()
    };
    let folio_id = folio.id;
    desk.keeps([folio, other]).await;

    let invoice = Invoice {
        property_id,
        visit_id,
        id: desk.id(),
        series: "INV".into(),
        number: 7,
        kind: InvoiceKind::Invoice,
        corrects: None,
        window: 2,
        business_date: day(35),
        issued_at: moment(43),
        issued_by: "desk".into(),
        currency: Currency::CNY,
        net: 330_00,
        tax: 19_80,
        seller: Party { title: "合符酒店管理有限公司".into(), ..Party::default() },
        owner: desk.owner,
        buyer: vec![3; 60],
    };
    let invoice_id = invoice.id;
    let other = Invoice {
        id: desk.id(),
        series: "CN".into(),
        kind: InvoiceKind::CreditNote,
        corrects: Some(invoice_id),
        net: -330_00,
        tax: -19_80,
        seller: Party::default(),
        buyer: Vec::new(),
        ..invoice.clone()
    };
    desk.keeps([invoice, other]).await;

    let line = InvoiceLine {
        property_id,
        visit_id,
        invoice_id,
        line: 1,
        posting_id: desk.id(),
        code: "ROOM".into(),
        name: "房费".into(),
        name_en: "Room".into(),
        date: day(36),
        quantity: 2,
        tax_rate: BasisPoints(600),
        net: 330_00,
        tax: 19_80,
        corrects_line: Some(4),
    };
    let other = InvoiceLine { line: 3, corrects_line: None, ..line.clone() };
    desk.keeps([line, other]).await;

    let copy = InvoiceCopy {
        property_id,
        visit_id,
        invoice_id,
        copy: 1,
        printed_at: moment(44),
        printed_by: "desk".into(),
    };
    let other = InvoiceCopy { copy: 2, ..copy.clone() };
    desk.keeps([copy, other]).await;

    let posting = Posting {
        property_id,
        visit_id,
        id: desk.id(),
        folio_id,
        stay_id: Some(desk.id()),
        business_date: day(20),
        posted_at: moment(10),
        code: "CASHUSD".into(),
        kind: CodeKind::Payment,
        amount: -712_34,
        quantity: 1,
        night: Some(day(21)),
        belongs_to: Some(desk.id()),
        reverses: Some(desk.id()),
        once: Some("room:1".into()),
        reference: Some("slip 9".into()),
        foreign_currency: Some("USD".into()),
        foreign_amount: Some(100_00),
        foreign_rate: Some("7.1234".into()),
        origin: Origin::Derived,
        posted_by: Some("desk".into()),
        corrects: Some(desk.id()),
    };
    let other = Posting {
        id: desk.id(),
        stay_id: None,
        night: None,
        belongs_to: None,
        reverses: None,
        once: None,
        reference: None,
        foreign_currency: None,
        foreign_amount: None,
        foreign_rate: None,
        origin: Origin::Here,
        posted_by: None,
        corrects: None,
        ..posting.clone()
    };
    desk.keeps([posting, other]).await;

    let auth = PreAuth {
        property_id,
        visit_id,
        id: desk.id(),
        state: PreAuthState::Charged,
        amount: 1_000_00,
        captured: 800_00,
        last_four: "4242".into(),
        expires: day(22),
        version: 1,
        owner: desk.id(),
        card_token: vec![0, 1, 0xFF],
    };
    let other = PreAuth { id: desk.id(), state: PreAuthState::Pending, captured: 0, ..auth.clone() };
    desk.keeps([auth, other]).await;

    let routing = Routing { property_id, visit_id, code_group: "minibar".into(), window: 2, version: 1 };
    let other = Routing { code_group: "laundry".into(), window: 8, ..routing.clone() };
    desk.keeps([routing, other]).await;
}

async fn journals(desk: &mut Desk<'_>, property_id: PropertyId) {
    let entry = JournalEntry {
        id: desk.id(),
        at: moment(11),
        actor: "desk".into(),
        action: "stay.check_in".into(),
        property_id: Some(property_id),
        visit_id: Some(desk.id()),
        subject_kind: "stay".into(),
        subject_id: desk.id(),
        commitment: vec![7; 32],
        log_index: Some(0),
    };
    let other =
        JournalEntry { id: desk.id(), property_id: None, visit_id: None, log_index: None, ..entry.clone() };
    let entry_id = entry.id;
    desk.keeps([entry, other]).await;

    let change = JournalChange { entry_id, owner: desk.id(), change: vec![1, 2, 3], evidence: vec![4] };
    let other =
        JournalChange { entry_id: desk.id(), change: Vec::new(), evidence: Vec::new(), ..change.clone() };
    desk.keeps([change, other]).await;

    let answer = Idempotency { key: "a".into(), request: vec![1], answer: vec![2; 5_000], at: moment(12) };
    let other = Idempotency { key: "b".into(), ..answer.clone() };
    desk.keeps([answer, other]).await;

    let job = Job {
        id: desk.id(),
        kind: "reconsider".into(),
        payload: "{}".into(),
        dedupe: Some("a".into()),
        state: JobState::Dead,
        run_at: moment(20),
        deadline: moment(21),
        attempts: 3,
        again: true,
        leased_by: Some(desk.id::<GuestId>().uuid()),
        lease_until: Some(moment(22)),
        last_error: Some("conflict".into()),
        enqueued_at: moment(23),
        finished_at: Some(moment(24)),
    };
    let other = Job {
        id: desk.id(),
        dedupe: None,
        state: JobState::Waiting,
        leased_by: None,
        lease_until: None,
        last_error: None,
        finished_at: None,
        ..job.clone()
    };
    desk.keeps([job, other]).await;

    let cursor = JournalCursor { name: "one".into(), log_index: -1, updated_at: moment(25) };
    let other = JournalCursor { name: "other".into(), log_index: 7, updated_at: moment(26) };
    desk.keeps([cursor, other]).await;

    let boot = desk.id::<GuestId>().uuid();
    let (running, believed, wall) = (moment(27), moment(28), moment(29));
    let time = TimeSeen { id: 1, running, believed, wall, boot, elapsed: 30, version: 1 };
    let other = TimeSeen { id: 2, elapsed: i64::MAX, ..time.clone() };
    desk.keeps([time, other]).await;

    let run = ImportRun {
        id: desk.id(),
        map: "opera".into(),
        digest: "d1".into(),
        state: "finished".into(),
        started_at: moment(13),
        finished_at: Some(moment(14)),
        report: "{}".into(),
        version: 1,
        columns: r#"["no"]"#.into(),
    };
    let other = ImportRun {
        id: desk.id(),
        digest: "d2".into(),
        state: "running".into(),
        finished_at: None,
        ..run.clone()
    };
    let run_id: ImportRunId = run.id;
    desk.keeps([run, other]).await;

    let made = SchemaFingerprint { version: 1, digest: vec![7; 32], recorded_at: moment(27) };
    let other = SchemaFingerprint { version: 2, recorded_at: moment(28), ..made.clone() };
    desk.keeps([made, other]).await;

    let row = Quarantine {
        run_id,
        row_number: 1,
        field: "arrival".into(),
        reason: "not_a_date".into(),
        detail: Why::NoDate { cell: CellText { column: ColumnName(None), text: Quoted::of("2026-02-30") } },
        record: vec![9; 64],
    };
    let other = Quarantine { row_number: 2, record: Vec::new(), ..row.clone() };
    desk.keeps([row, other]).await;

    let file = ImportFile {
        id: desk.id(),
        name: "bookings.csv".into(),
        size: 4_711,
        state: ImportFileState::Failed,
        map: Some("name = \"x\"".into()),
        map_name: Some("x".into()),
        property: "SH01".into(),
        run_id: Some(run_id),
        row_count: Some(12),
        problem: Some("no_header".into()),
        received_by: "li.na".into(),
        received_at: moment(30),
        started_at: Some(moment(31)),
        finished_at: Some(moment(32)),
        version: 1,
    };
    let other = ImportFile {
        id: desk.id(),
        state: ImportFileState::Received,
        map: None,
        map_name: None,
        property: String::new(),
        run_id: None,
        row_count: None,
        problem: None,
        started_at: None,
        finished_at: None,
        ..file.clone()
    };
    desk.keeps([file, other]).await;

    let decision = QuarantineDecision {
        run_id,
        row_number: 1,
        state: RowDecision::Mended,
        mended_by: Some(run_id),
        decided_by: "li.na".into(),
        decided_at: moment(33),
    };
    let other = QuarantineDecision {
        row_number: 2,
        state: RowDecision::LeftOut,
        mended_by: None,
        ..decision.clone()
    };
    desk.keeps([decision, other]).await;
}

async fn sources(desk: &mut Desk<'_>, property_id: PropertyId) {
    let visit_id: VisitId = desk.id();
    let record = SourceRecord {
        property_id,
        system: "pms".into(),
        kind: SourceKind::Booking,
        external_id: "B1".into(),
        version: 1,
        visit_id: Some(visit_id),
        part_id: Some(desk.owner),
        parts: "booking,stay".into(),
        state: SourceState::Superseded,
        run_id: Some(desk.id()),
        received_at: moment(15),
        owner: desk.owner,
        digest: vec![4; 29],
        record: vec![5; 200],
    };
    let other = SourceRecord {
        version: 2,
        visit_id: None,
        part_id: None,
        state: SourceState::Waiting,
        run_id: None,
        ..record.clone()
    };
    desk.keeps([record, other]).await;

    let difference = Difference {
        property_id,
        visit_id,
        id: desk.id(),
        system: "pms".into(),
        kind: SourceKind::Booking,
        external_id: "B1".into(),
        record_version: 2,
        field: ClaimField::Rate,
        owner: desk.owner,
        says: vec![6; 40],
        state: DifferenceState::Resolved,
        opened_at: moment(16),
        resolved_at: Some(moment(17)),
        version: 1,
    };
    let other = Difference {
        id: desk.id(),
        field: ClaimField::Guest,
        state: DifferenceState::Open,
        resolved_at: None,
        ..difference.clone()
    };
    desk.keeps([difference, other]).await;
}

async fn accounts(desk: &mut Desk<'_>, property_id: PropertyId) {
    let account = Account {
        id: desk.id(),
        login: "wang.fang".into(),
        name: vec![1, 2],
        state: AccountState::Active,
        password: vec![3, 4, 5],
        must_change: true,
        password_at: moment(40),
        version: 1,
    };
    let other = Account {
        id: desk.id(),
        login: "li.na".into(),
        state: AccountState::Disabled,
        must_change: false,
        password: Vec::new(),
        ..account.clone()
    };
    let account_id = account.id;
    desk.keeps([account, other]).await;

    let factor = AccountFactor {
        account_id,
        state: FactorState::Active,
        secret: vec![6; 48],
        last_step: 59_700_480,
        enrolled_at: moment(41),
        version: 1,
    };
    let other =
        AccountFactor { account_id: desk.id(), state: FactorState::Pending, last_step: -1, ..factor.clone() };
    desk.keeps([factor, other]).await;

    let code = RecoveryCode { account_id, digest: vec![7; 32], made_at: moment(42) };
    let other = RecoveryCode { digest: vec![8; 32], ..code.clone() };
    desk.keeps([code, other]).await;

    let grant = AccessGrant {
        holder_id: account_id.uuid(),
        id: desk.id(),
        role: "front_desk".into(),
        property_id: Some(property_id),
        until: Some(moment(43)),
        granted_by: "staff:1".into(),
        granted_at: moment(44),
        version: 1,
    };
    let other = AccessGrant { id: desk.id(), property_id: None, until: None, ..grant.clone() };
    desk.keeps([grant, other]).await;

    let client =
        ApiClient { id: desk.id(), name: "channel manager".into(), state: AccountState::Active, version: 1 };
    let client_id = client.id;
    let other = ApiClient { id: desk.id(), state: AccountState::Disabled, ..client.clone() };
    desk.keeps([client, other]).await;

    let key = ApiKey {
        id: desk.id(),
        client_id,
        digest: vec![9; 32],
        expires_at: moment(45),
        made_at: moment(46),
        version: 1,
    };
    let other = ApiKey { id: desk.id(), digest: vec![10; 32], ..key.clone() };
    desk.keeps([key, other]).await;

    let session = Session {
        digest: vec![11; 32],
        id: desk.id(),
        account_id,
        began_at: moment(47),
        seen_at: moment(48),
        second_factor_at: Some(moment(49)),
        address: vec![12; 40],
        seal: vec![14; 32],
    };
    let other = Session {
        digest: vec![13; 32],
        id: desk.id(),
        second_factor_at: None,
        address: Vec::new(),
        ..session.clone()
    };
    desk.keeps([session, other]).await;

    let passkey = Passkey {
        account_id,
        id: desk.id(),
        credential: vec![15; 16],
        public_key: vec![16; 77],
        domain: "hefu.example".into(),
        name: vec![17; 40],
        synced: true,
        counter: 7,
        last_challenge: 1_790_000_000_000_000,
        made_at: moment(55),
        used_at: Some(moment(56)),
        version: 1,
    };
    let other =
        Passkey { id: desk.id(), credential: vec![18; 32], synced: false, used_at: None, ..passkey.clone() };
    desk.keeps([passkey, other]).await;

    let link =
        ProviderLink { subject: vec![19; 32], account_id, provider: "chain".into(), linked_at: moment(57) };
    let other = ProviderLink { subject: vec![20; 32], ..link.clone() };
    desk.keeps([link, other]).await;

    let alarm = Alarm {
        id: desk.id(),
        kind: AlarmKind::Canary,
        holder_id: account_id.uuid(),
        guest_id: Some(desk.id()),
        raised_at: moment(51),
        seen_at: Some(moment(52)),
        seen_by: Some("staff:1".into()),
        version: 1,
    };
    let other = Alarm {
        id: desk.id(),
        kind: AlarmKind::ManyGuests,
        guest_id: None,
        seen_at: None,
        seen_by: None,
        ..alarm.clone()
    };
    desk.keeps([alarm, other]).await;

    let canary = Canary { guest_id: desk.id(), marked_by: "staff:1".into(), marked_at: moment(53) };
    let other = Canary { guest_id: desk.id(), ..canary.clone() };
    desk.keeps([canary, other]).await;

    let count = UnmaskingCount { day: day(54), holder_id: account_id.uuid(), used: 7 };
    let other = UnmaskingCount { holder_id: client_id.uuid(), used: 1, ..count.clone() };
    desk.keeps([count, other]).await;

    let failures = SignInFailures { key: "a".into(), failures: 3, last_at: moment(50) };
    let other = SignInFailures { key: "b".into(), failures: 1, ..failures.clone() };
    desk.keeps([failures, other]).await;
}
