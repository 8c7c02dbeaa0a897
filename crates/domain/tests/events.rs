//! The journal stays readable: `events.snap` holds a sample of every version of every event there ever was, as it is stored.
//!
//! The test adds the samples of new events and new versions when it runs with `HEFU_UPDATE_SNAPSHOTS=1`. It never changes a line: an event
//! whose fields change gets an upcast, and so a new version.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use chrono::NaiveDate;
use hefu_domain::{
    account::{AccountState, AlarmKind, GrantTold},
    audit::AuditStep,
    channel::{FeedKind, HeldState},
    closing::SetupKind,
    company::CompanyKind,
    event::{
        AccountEvent, AuditEvent, CashEvent, ChannelEvent, Event, FindingEvent, FolioEvent, GuestEvent,
        HousekeepingEvent, IdentityEvent, ImportEvent, InstallationEvent, JobEvent, KeysEvent, MemberEvent,
        NoteEvent, PropertyEvent, ReservationEvent, StayEvent,
        cash::Counted,
        folio::ForeignPayment,
        housekeeping::PlannedTask,
        property::{BlockedRooms, PutRate, PutRoom},
        reservation::{Instalment, OutsideNumber, PromisedRoom},
        stay::Arrived,
    },
    finding::FindingKind,
    folio::PreAuthState,
    guest::{Consent, ConsentPurpose, Document, FlagKind, Profile},
    lock::{KeyOrderKind, KeyOrderState},
    member::Tier,
    note::{Department, NoteKind},
    package::{Inclusion, Pricing, Rhythm, Served},
    programme::TierRule,
    property::{CodeKind, Overstay, Penalty, PenaltyRule, RateKind, RoomState},
    rate::{ChildRate, Derived, Overrun, PeopleRates},
    reservation::{Guarantee, ReservationState},
    season::SeasonDates,
    source::ClaimField,
    stay::StayRole,
    task::{TaskKind, TaskStep},
    terms::{AgreedPolicy, Terms},
    upkeep::{FoundDetails, FoundState, MaintenanceState, WakeUpState},
};
use hefu_kernel::{BasisPoints, Currency, Id, Money};
use serde_json::{Value, json};
use uuid::Uuid;

fn id<T: Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + number))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn yuan(minor: i64) -> Money {
    Money::new(minor, Currency::CNY)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A profile with a value in every field.
fn profile() -> Profile {
    Profile {
        full_name: "王芳".into(),
        other_names: vec!["Wang Fang".into()],
        surname: some("王"),
        given_name: some("芳"),
        sex: some("female"),
        birth: Some(day("1990-02-01")),
        nationality: some("CHN"),
        language: some("zh"),
        phones: vec!["+8613900001234".into()],
        emails: vec!["fang@example.com".into()],
        documents: vec![Document {
            kind: "passport".into(),
            number: "E00000000".into(),
            country: some("CHN"),
            expires: Some(day("2030-01-01")),
            verified: true,
        }],
        city: some("上海"),
        address: some("示例路 1 号"),
        emergency_contact: some("王明 +8613900005678"),
        preferences: vec!["high floor".into()],
        consents: vec![Consent { purpose: ConsentPurpose::Marketing, given: true, on: day("2026-10-03") }],
    }
}

fn room() -> PromisedRoom {
    PromisedRoom {
        line: 1,
        room_type_id: id(1),
        rate_plan_id: Some(id(2)),
        arrival: day("2026-10-03"),
        departure: day("2026-10-05"),
        adults: 2,
        children: 1,
        prices: vec![500_00, 520_00],
        discount: BasisPoints(500),
        room_id: Some(id(3)),
        terms: Terms {
            plan: some("BAR"),
            kind: RateKind::Nightly,
            hours: None,
            tax: BasisPoints(600),
            service_fee: BasisPoints(1_000),
            inclusive: true,
            policy: Some(AgreedPolicy {
                code: "FLEX".into(),
                name: "灵活".into(),
                name_en: "Flexible".into(),
                rules: vec![PenaltyRule { within_hours: 24, penalty: Penalty::Nights(1) }],
                no_show: Penalty::Share(BasisPoints(10_000)),
            }),
            inclusions: vec!["BREAKFAST".into()],
            owed: 640_00,
            derived: true,
            ..Terms::default()
        },
    }
}

fn reservations() -> Vec<ReservationEvent> {
    vec![
        ReservationEvent::Book {
            number: "1234567890".into(),
            guest_id: id(4),
            state: ReservationState::Reserved,
            channel: "direct".into(),
            segment: some("leisure"),
            guarantee: Guarantee::Deposit,
            currency: Currency::CNY,
            walk_in: false,
            group_id: Some(id(6)),
            company: some("云帆会展服务有限公司"),
            rooms: vec![room()],
            numbers: vec![OutsideNumber {
                system: "ctrip".into(),
                number: "X1001".into(),
                per_property: false,
            }],
            deposits: vec![Instalment { due: day("2026-09-01"), amount: 300_00 }],
        },
        ReservationEvent::Change {
            segment: some("leisure"),
            guarantee: Guarantee::Card,
            company: some("云帆会展服务有限公司"),
            group_id: Some(id(6)),
            currency: Currency::CNY,
            rooms: vec![room()],
        },
        ReservationEvent::Cancel { penalty_due: yuan(500_00), waived: true, lines: vec![2] },
        ReservationEvent::NoShow { penalty_due: yuan(500_00), waived: false, lines: vec![2] },
        ReservationEvent::Reinstate { lines: vec![2] },
        ReservationEvent::Confirm { lines: vec![1, 2] },
        ReservationEvent::ChangeBooker { guest_id: id(8), was: id(4) },
        ReservationEvent::Companies { company: some("YUNFAN"), agent: some("") },
        ReservationEvent::CloseAccount {},
        ReservationEvent::ReopenAccount {},
        ReservationEvent::AddRoom { room: room() },
        ReservationEvent::SplitRoom { line: 2, to: id(11) },
        ReservationEvent::MoveRoom { line: 2, to: id(11), as_line: 3 },
        ReservationEvent::ReceiveRoom { line: 3, from: id(11) },
        ReservationEvent::AssignRoom { line: 1, room_id: Some(id(3)) },
        ReservationEvent::Wish { line: 1, features: vec!["quiet".into()], arrival_minute: Some(1_320) },
        ReservationEvent::Recount { line: 1, room_type_id: id(1) },
        ReservationEvent::AddNumber { system: "pms".into(), number: "778812".into(), per_property: true },
    ]
}

fn stays() -> Vec<StayEvent> {
    vec![
        StayEvent::CheckIn {
            line: 1,
            stay_id: id(7),
            room_id: id(3),
            people: vec![
                Arrived { guest_id: id(4), role: StayRole::Primary },
                Arrived { guest_id: id(8), role: StayRole::Accompanying },
            ],
            deposit_applied: yuan(300_00),
            first_night: None,
            released: Vec::new(),
        },
        StayEvent::UndoCheckIn { line: 1 },
        StayEvent::AddGuest { stay_id: id(7), guest_id: id(8) },
        StayEvent::RemoveGuest { stay_id: id(7), guest_id: id(8) },
        StayEvent::Share {
            line: 1,
            stay_id: id(9),
            guest_id: id(8),
            window: Some(2),
            prices: Vec::new(),
            departure: None,
        },
        StayEvent::Move { line: 1, room_id: id(10) },
        StayEvent::Swap { line: 1, room_id: id(10), with: id(18), with_line: 2 },
        StayEvent::Reprice {
            line: 1,
            from: day("2026-10-04"),
            was: vec![520_00],
            prices: vec![400_00],
            terms: room().terms,
            adults: None,
            children: None,
        },
        StayEvent::ChangePrimary { stay_id: id(7), guest_id: id(8), was: id(4), left: true },
        StayEvent::Extend { line: 1, departure: day("2026-10-06"), was: day("2026-10-05"), stay_id: None },
        StayEvent::EarlyDeparture {
            line: 1,
            departure: day("2026-10-04"),
            was: day("2026-10-05"),
            stay_id: None,
        },
        StayEvent::WakeUp { wake_up_id: id(19), line: 1, date: day("2026-10-04"), minute: 390 },
        StayEvent::EndWakeUp { wake_up_id: id(19), state: WakeUpState::Answered },
        StayEvent::LateCheckOut { line: 1, minute: Some(960) },
        StayEvent::IssueKeys {
            line: 1,
            stay_id: id(7),
            room_id: id(8),
            keys: vec![id(22), id(23)],
            valid_until: "2026-10-05T04:00:00Z".parse().unwrap(),
        },
        StayEvent::CancelKey { key_id: id(22) },
        StayEvent::Overstay { line: 1, until: day("2026-10-06") },
        StayEvent::CheckOut { stays: vec![id(7), id(9)], unsettled_windows: vec![2], points: 1_020 },
        StayEvent::UndoCheckOut { line: 1 },
    ]
}

fn folios() -> Vec<FolioEvent> {
    let (posting_id, pre_auth_id, entry_id, reference) = (id(11), id(12), id(17), some("slip 7"));
    vec![
        FolioEvent::Charge {
            posting_id,
            code: "MINI".into(),
            amount: yuan(25_50),
            quantity: 2,
            tax: 3_06,
            includes_tax: true,
            reference: reference.clone(),
        },
        FolioEvent::Payment {
            posting_id,
            code: "CASH".into(),
            amount: yuan(700_00),
            foreign: Some(ForeignPayment { amount: Money::new(100_00, Currency::USD), rate: "7.0".into() }),
            reference: reference.clone(),
        },
        FolioEvent::IssueInvoice {
            invoice_id: id(31),
            series: "INV".into(),
            number: 7,
            window: 2,
            total: yuan(349_80),
            tax: yuan(19_80),
        },
        FolioEvent::CreditInvoice {
            invoice_id: id(32),
            series: "CN".into(),
            number: 1,
            corrects: id(31),
            total: yuan(-349_80),
            tax: yuan(-19_80),
        },
        FolioEvent::CopyInvoice { invoice_id: id(31), copy: 1 },
        FolioEvent::PayOut {
            posting_id,
            code: "CASH".into(),
            amount: yuan(80_00),
            reference: reference.clone(),
        },
        FolioEvent::Refund { posting_id, code: "CASH".into(), amount: yuan(10_00), reference },
        FolioEvent::Reverse { posting_id, amount: yuan(-54_06) },
        FolioEvent::Allow { posting_id, amount: yuan(116_60) },
        FolioEvent::Correct { posting_id, corrected: id(16), amount: yuan(300_00) },
        FolioEvent::PostNights { nights: 1 },
        FolioEvent::CloseWindow { window: 2 },
        FolioEvent::ReopenWindow { window: 2 },
        FolioEvent::Transfer { posting_ids: vec![posting_id], to_window: 2, lines: 2 },
        FolioEvent::Split { posting_id, split_off: id(16), to_window: 2, amount: yuan(300_00) },
        FolioEvent::TransferToVisit { posting_ids: vec![posting_id], to: id(18), to_window: 1, lines: 2 },
        FolioEvent::ReceiveTransfer { from: id(18), lines: 2 },
        FolioEvent::Route { code_group: "minibar".into(), window: Some(2) },
        FolioEvent::Payer {
            window: 2, company: some("云帆会展服务有限公司"), guest_id: Some(id(8))
        },
        FolioEvent::CityLedger { account: "ACME".into(), window: 2, amount: yuan(54_06) },
        FolioEvent::TakePreAuth {
            pre_auth_id,
            state: PreAuthState::Pending,
            amount: yuan(1_000_00),
            last_four: "4242".into(),
            expires: day("2026-10-20"),
        },
        FolioEvent::CapturePreAuth { pre_auth_id, amount: yuan(800_00) },
        FolioEvent::ConfirmPreAuth { pre_auth_id },
        FolioEvent::FailPreAuth { pre_auth_id },
        FolioEvent::ReleasePreAuth { pre_auth_id },
        FolioEvent::ExpirePreAuth { pre_auth_id },
        FolioEvent::AskDeposit { instalment: 1, due: day("2026-09-01"), amount: yuan(300_00) },
        FolioEvent::PayDeposit {
            entry_id,
            instalment: Some(1),
            amount: yuan(71_23),
            code: "CASH".into(),
            receipt: 7,
            foreign: Some(ForeignPayment { amount: Money::new(10_00, Currency::USD), rate: "7.123".into() }),
            reference: some("slip 8"),
        },
        FolioEvent::RefundDeposit {
            entry_id,
            amount: yuan(300_00),
            code: "CASH".into(),
            receipt: 8,
            reference: some("slip 9"),
        },
        FolioEvent::ReverseDeposit { entry_id, amount: yuan(-300_00) },
        FolioEvent::ForfeitDeposit { amount: yuan(300_00) },
        FolioEvent::WaiveDeposit { instalment: 1, amount: yuan(300_00) },
        FolioEvent::ApplyDeposits { applied: yuan(300_00) },
        FolioEvent::SettleCancellation { forfeited: yuan(200_00), refunded: yuan(100_00) },
    ]
}

fn guests() -> Vec<GuestEvent> {
    let (other, merge_id, evidence) = (id(8), id(13), "document.same+14.2 prior-20.1".to_owned());
    vec![
        GuestEvent::Create { profile: profile() },
        GuestEvent::Source {
            system: "ctrip".into(),
            external_id: "42".into(),
            record: json!({ "full_name": "王芳" }),
        },
        GuestEvent::Golden { before: Profile::default(), after: profile() },
        GuestEvent::Recognise { recorded: id(4), evidence: evidence.clone() },
        GuestEvent::Ask { other, evidence },
        GuestEvent::Settle { other },
        GuestEvent::Merge { merge_id, merged: other, automatic: true },
        GuestEvent::Merged { merge_id, survivor: id(4), automatic: true },
        GuestEvent::Unmerge { merge_id, merged: other },
        GuestEvent::Unmerged { merge_id, survivor: id(4) },
        GuestEvent::Decide { other, same: false },
        GuestEvent::Decided { other, same: false },
        GuestEvent::Flag { kind: FlagKind::Vip },
        GuestEvent::Unflag { kind: FlagKind::Blacklist },
        GuestEvent::Reveal { classes: vec!["phone".into(), "email".into()] },
    ]
}

fn members() -> Vec<MemberEvent> {
    vec![
        MemberEvent::Enrol {
            membership_id: id(14),
            number: "123456782".into(),
            tier: Tier::Classic,
            points: 0,
        },
        MemberEvent::Accrue { points: 128 },
        MemberEvent::Redeem { points: 500, posting_id: id(11) },
        MemberEvent::Discount { discount: BasisPoints(500), taken_off: yuan(26_50) },
        MemberEvent::Adjust { points: 1_000, key: some("complaint-12") },
        MemberEvent::PutProgramme {
            counts: vec!["room".into()],
            tiers: vec![TierRule::standard(Tier::Gold)],
            night_points: Some(20_000),
        },
        MemberEvent::PutProgrammeOf {
            as_chain: true,
            counts: Vec::new(),
            tiers: Vec::new(),
            night_points: None,
        },
        MemberEvent::IssueVouchers { vouchers: vec![id(25)], expires: day("2027-12-31") },
        MemberEvent::CancelVoucher { voucher_id: id(25) },
        MemberEvent::RedeemNight { line: 1, night: day("2026-10-03"), points: 20_000, voucher_id: None },
        MemberEvent::ReturnNight { line: 1, night: day("2026-10-03") },
        MemberEvent::Upgrade { line: 1, room_id: id(8) },
        MemberEvent::MovePoints { taken: 100, spent: 20, given: 80 },
    ]
}

fn properties() -> Vec<PropertyEvent> {
    let (name, name_en) = (String::from("合符外滩酒店"), String::from("Hefu Bund"));
    vec![
        PropertyEvent::PutProperty {
            code: "SH01".into(),
            name: name.clone(),
            name_en: name_en.clone(),
            time_zone: "Asia/Shanghai".into(),
            currency: Currency::CNY,
            business_date: day("2026-10-03"),
            check_in_minute: 840,
            check_out_minute: 720,
            audit_minute: 180,
            audit_automatic: true,
            overstay: Overstay::LastPrice,
        },
        PropertyEvent::PutRoomType {
            code: "DBL".into(),
            name: name.clone(),
            name_en: name_en.clone(),
            capacity: 2,
            overbooking: 1,
        },
        PropertyEvent::AllowOverbooking {
            room_type: "DBL".into(),
            from: day("2026-10-10"),
            until: day("2026-10-12"),
            beyond: 2,
        },
        PropertyEvent::PutRooms {
            rooms: vec![PutRoom {
                number: "0401".into(),
                room_type: "DBL".into(),
                floor: "4".into(),
                accessible: true,
                features: vec!["quiet".into()],
            }],
        },
        PropertyEvent::PutPolicy {
            code: "FLEX".into(),
            name: name.clone(),
            name_en: name_en.clone(),
            rules: vec![
                PenaltyRule { within_hours: 72, penalty: Penalty::Share(BasisPoints(5_000)) },
                PenaltyRule { within_hours: 24, penalty: Penalty::Nights(1) },
                PenaltyRule { within_hours: 12, penalty: Penalty::Fixed(100_00) },
            ],
            no_show: Penalty::Free,
        },
        PropertyEvent::PutRatePlan {
            code: "BAR".into(),
            name: name.clone(),
            name_en: name_en.clone(),
            kind: RateKind::PartDay,
            hours: Some(4),
            tax: BasisPoints(600),
            service_fee: BasisPoints(1_000),
            inclusive: true,
            policy_id: Some(id(5)),
            rates: vec![PutRate { room_type: "DBL".into(), valid_from: day("2026-01-01"), amount: 500_00 }],
            derived: Some(Derived { from: id(2), share: BasisPoints(-1_500), amount: 5_00, round_to: 1_00 }),
            people: Some(PeopleRates {
                included: 2,
                fewer: 30_00,
                more: 100_00,
                children: vec![ChildRate { until_age: 11, amount: 50_00 }],
                extra_bed: 80_00,
            }),
            inclusions: vec![Inclusion {
                code: "BF".into(),
                adult: 60_00,
                child: 30_00,
                room: 0,
                pricing: Pricing::Within,
                rhythm: Rhythm::EveryNight,
                served: Served::NextDay,
            }],
            overrun: Some(Overrun { price: 60_00, grace_minutes: 15 }),
        },
        PropertyEvent::SetPrices {
            rate_plan: "BAR".into(),
            room_types: vec!["DBL".into()],
            from: day("2026-10-01"),
            until: day("2026-10-08"),
            weekdays: vec![5, 6],
            amount: Some(688_00),
        },
        PropertyEvent::PutSeason {
            code: "GOLD".into(),
            name: "黄金周".into(),
            name_en: "Golden week".into(),
            dates: vec![SeasonDates { from: day("2026-10-01"), until: day("2026-10-08") }],
        },
        PropertyEvent::SetSeasonPrices {
            season: "GOLD".into(),
            rate_plan: "BAR".into(),
            room_types: vec!["DBL".into()],
            weekdays: vec![5, 6],
            amount: Some(600_00),
        },
        PropertyEvent::PlanAccess {
            rate_plan: "CORP".into(),
            companies: vec!["YUNFAN".into()],
            promotion_code: some("SPRING"),
        },
        PropertyEvent::Close { kind: SetupKind::RatePlan, code: "BAR".into(), from: Some(day("2027-01-01")) },
        PropertyEvent::Delete {
            kind: SetupKind::Price,
            code: "BAR".into(),
            room_type: some("DBL"),
            valid_from: Some(day("2027-01-01")),
        },
        PropertyEvent::SetRestrictions {
            rate_plan: some("BAR"),
            room_type: some("DBL"),
            channel: some("ctrip"),
            from: day("2026-10-01"),
            until: day("2026-10-08"),
            weekdays: vec![5],
            minimum_stay: Some(2),
            maximum_stay: Some(0),
            closed_to_arrival: Some(true),
            closed_to_departure: Some(false),
            stop_sell: Some(true),
        },
        PropertyEvent::PutCode {
            code: "MINI".into(),
            name: name.clone(),
            name_en,
            group: "minibar".into(),
            kind: CodeKind::Revenue,
            tax: BasisPoints(600),
            includes_tax: true,
        },
        PropertyEvent::PutCityAccount {
            code: "ACME".into(),
            name: name.clone(),
            credit_limit: yuan(100_000_00),
        },
        PropertyEvent::ReverseCityPayment {
            account: "ACME".into(),
            payment_id: id(33),
            amount: yuan(500_00),
        },
        PropertyEvent::AllocateCityPayment {
            account: "ACME".into(),
            payment_id: id(33),
            amount: yuan(500_00),
            to: vec![id(34), id(35)],
        },
        PropertyEvent::ReverseAllocation {
            account: "ACME".into(),
            allocation_id: id(36),
            amount: yuan(200_00),
        },
        PropertyEvent::PayCityAccount {
            account: "ACME".into(),
            amount: yuan(120_00),
            reference: "INV-1".into(),
            code: "BANK".into(),
        },
        PropertyEvent::LinkCityAccount { account: "ACME".into(), company: some("YUNFAN") },
        PropertyEvent::PutCompany {
            code: "YUNFAN".into(),
            kind: CompanyKind::Company,
            name: "云帆会展服务有限公司".into(),
            tax_id: some("91310000MA1FL0000X"),
            address: some("示例路 2 号"),
            contract: some("2026-17"),
            commission: BasisPoints(1_000),
            credit_limit: Some(yuan(50_000_00)),
            parent_id: Some(id(19)),
            contact_id: Some(id(8)),
        },
        PropertyEvent::PutBlock {
            group: "EXPO".into(),
            rate_plan: "BAR".into(),
            release_on: Some(day("2026-09-20")),
            rooms: vec![BlockedRooms {
                room_type: "DBL".into(),
                from: day("2026-10-03"),
                until: day("2026-10-06"),
                rooms: 20,
                price: Some(380_00),
            }],
        },
        PropertyEvent::RouteGroup {
            group: "EXPO".into(),
            property: "SH01".into(),
            code_group: "room".into(),
            master: Some(id(18)),
            window: 2,
        },
        PropertyEvent::ReleaseBlock { group: "EXPO".into(), room_nights: 36 },
        PropertyEvent::PutGroup { code: "EXPO".into(), name },
    ]
}

fn notes() -> Vec<NoteEvent> {
    let note_id = id(16);
    vec![
        NoteEvent::Add {
            note_id,
            kind: NoteKind::Trace,
            line: Some(1),
            department: Some(Department::Housekeeping),
            due: Some(day("2026-10-03")),
            text: "婴儿床".into(),
        },
        NoteEvent::Change {
            note_id,
            department: Some(Department::Concierge),
            due: Some(day("2026-10-04")),
            text: some("两张婴儿床"),
        },
        NoteEvent::Finish { note_id },
        NoteEvent::Reopen { note_id },
        NoteEvent::Remove { note_id },
    ]
}

fn details() -> FoundDetails {
    FoundDetails {
        item: "黑色钱包".into(), place: some("床下"), finder: some("陈静"), owner: some("王芳")
    }
}

fn rooms() -> Vec<HousekeepingEvent> {
    let (from, until) = (day("2026-10-10"), day("2026-10-12"));
    vec![
        HousekeepingEvent::State { state: RoomState::Dirty },
        HousekeepingEvent::OutOfOrder { from, until },
        HousekeepingEvent::BackInOrder { from, until },
        HousekeepingEvent::PlanTasks {
            date: from,
            tasks: vec![PlannedTask { room_id: id(3), kind: TaskKind::Departure, attendant: some("LI") }],
        },
        HousekeepingEvent::ChangeTask { date: from, attendant: some("LI"), credits: 30, place: 2 },
        HousekeepingEvent::StepTask { date: from, step: TaskStep::Finish },
        HousekeepingEvent::Seen { date: from, occupied: true, people: Some(2) },
        HousekeepingEvent::TellLock {
            key_id: id(22),
            order_id: id(24),
            kind: KeyOrderKind::Issue,
            state: KeyOrderState::Refused,
            answer: some("no_such_door"),
        },
        HousekeepingEvent::Found { item_id: id(17), details: details() },
        HousekeepingEvent::FoundState { item_id: id(17), state: FoundState::Returned, details: details() },
        HousekeepingEvent::Report { order_id: id(18), fault: "空调漏水".into(), urgent: true },
        HousekeepingEvent::EndMaintenance { order_id: id(18), state: MaintenanceState::Done },
    ]
}

fn findings() -> Vec<FindingEvent> {
    let finding_id = id(30);
    vec![
        FindingEvent::Found {
            finding_id,
            visit_id: id(2),
            kind: FindingKind::DiscountMissing,
            stake: 2_000_00,
            currency: Currency::CNY,
        },
        FindingEvent::Changed { finding_id, stake: 2_100_00 },
        FindingEvent::Reopened { finding_id, stake: 2_100_00 },
        FindingEvent::Resolved {
            finding_id,
            corrected_by: Some("staff:01920000-0000-7000-8000-00000000001e".to_owned()),
        },
        FindingEvent::Decide { finding_id },
        FindingEvent::Report { finding_id, visit_id: id(2), other_id: id(3) },
        FindingEvent::Rule { kind: FindingKind::PointsMissing, enabled: true },
        FindingEvent::Settlement {
            channel: "ALIPAY".into(),
            lines: 40,
            from: day("2026-10-03"),
            to: day("2026-10-05"),
        },
    ]
}

fn channels() -> Vec<ChannelEvent> {
    let codes = |theirs: &str, ours: &str| [(theirs.to_owned(), ours.to_owned())].into();
    vec![
        ChannelEvent::Put {
            code: "ctrip".into(),
            name: "携程".into(),
            hotel: some("8801"),
            room_types: codes("T1", "DBL"),
            rate_plans: codes("P1", "BAR"),
        },
        ChannelEvent::Calendar {
            calendar_id: id(42),
            code: "loft".into(),
            room_type: "DBL".into(),
            is_read: true,
        },
        ChannelEvent::Read { calendar_id: id(42), nights: 12, failed: some("unreachable") },
        ChannelEvent::Feed {
            channel_id: id(40),
            kind: FeedKind::Mews,
            url: "https://api.example.com".into(),
            is_on: true,
            with_credentials: true,
        },
        ChannelEvent::Page { channel_id: id(40), reservations: 50, failed: some("unreachable") },
        ChannelEvent::Said { channel_id: id(40), cancels: true },
        ChannelEvent::Hold { message_id: id(41), reason: "unknown_code".into() },
        ChannelEvent::Text { message_id: id(41) },
        ChannelEvent::Mend { message_id: id(41) },
        ChannelEvent::Key { channel_id: id(40), client_id: id(43) },
        ChannelEvent::Settle { message_id: id(41), state: HeldState::Taken },
    ]
}

fn audits() -> Vec<AuditEvent> {
    vec![
        AuditEvent::Step {
            business_date: day("2026-10-03"),
            step: AuditStep::MarkNoShows,
            room_revenue: 12_000_00,
            rooms_charged: 24,
            no_shows: 2,
            pending_check_outs: 1,
            pre_auths_expired: 3,
            rooms_dirtied: 20,
            complimentary: 1,
            house_use: 2,
        },
        AuditEvent::PostRoom { stay_id: id(7), night: day("2026-10-03") },
    ]
}

fn imports() -> Vec<ImportEvent> {
    let digest = String::from("6b86b273ff34fce1");
    vec![
        ImportEvent::Begin { map: "hotel-bookings".into(), digest: digest.clone() },
        ImportEvent::Property { run: id(15), room_types: 4, rooms: 120 },
        ImportEvent::Booking { row: 7, notes: vec!["adults".into()] },
        ImportEvent::Update { row: 7, version: 2, fields: vec![ClaimField::Arrival, ClaimField::Guest] },
        ImportEvent::Differ { row: 7, version: 3, fields: vec![ClaimField::Rate] },
        ImportEvent::Agree { row: 7, version: 4 },
        ImportEvent::Records { run: id(15), records: 12, waiting: 3 },
        ImportEvent::Progress { rows: 1_000, imported: 990 },
        ImportEvent::Finish { digest },
        ImportEvent::Receive { file: id(16), size: 4_711 },
        ImportEvent::Map { file: id(16), map: "airbnb".into() },
        ImportEvent::Start { file: id(16) },
        ImportEvent::Withdraw { file: id(16) },
        ImportEvent::File { file: id(16), state: "finished".into() },
        ImportEvent::Decide { run: id(15), row: 7, state: "mended".into() },
        ImportEvent::Export { after: 0, rows: 10 },
    ]
}

fn jobs() -> Vec<JobEvent> {
    vec![JobEvent::Retry { kind: "tokens.merge".into(), last_error: some("timed_out") }]
}

fn keys() -> Vec<KeysEvent> {
    vec![
        KeysEvent::Rewrap { version: 2, count: 500 },
        KeysEvent::Reindex { version: 2, count: 100, first: id(4), last: id(8) },
        KeysEvent::ReindexNotes { version: 2, count: 100, first: id(4), last: id(8) },
        KeysEvent::RotateLedger {
            before: "hefu/one+0a0b0c0d+AQ==".into(),
            after: "hefu/one+0d0c0b0a+AQ==".into(),
        },
        KeysEvent::AcceptLedger {
            because: "checkpoint_forgotten".into(),
            size: 7,
            remembered: vec!["note".into()],
        },
    ]
}

fn identities() -> Vec<IdentityEvent> {
    vec![
        IdentityEvent::Begin {},
        IdentityEvent::Keep { steps: 2_000 },
        IdentityEvent::Plan { guests: 10_000, compared: 42_000 },
        IdentityEvent::Decide { joined: 80, kept_apart: 1, asked: 19 },
        IdentityEvent::Resolve { guests: 10_000, joined: 800, asked: 190 },
    ]
}

fn cashiers() -> Vec<CashEvent> {
    vec![
        CashEvent::OpenShift { number: 12, float: vec![yuan(500_00), Money::new(20_00, Currency::USD)] },
        CashEvent::DropCash { number: 12, amount: yuan(300_00), reference: some("BAG-1") },
        CashEvent::CloseShift {
            number: 12,
            counts: vec![Counted { method: "CASH".into(), expected: yuan(200_00), counted: yuan(199_00) }],
        },
        CashEvent::PutExchangeRate {
            currency: Currency::USD,
            valid_from: day("2026-10-03"),
            rate: "7.1234".into(),
        },
        CashEvent::PutBilling {
            cash_needs_shift: true,
            title: "合符酒店管理有限公司".into(),
            tax_id: "91310000MA1HEFU00X".into(),
            address: "示例路 1 号".into(),
            phone: "021-00000000".into(),
            bank: "示例银行".into(),
            bank_account: "1000".into(),
        },
    ]
}

fn installations() -> Vec<InstallationEvent> {
    vec![InstallationEvent::Migrate { version: 13, schema: "0a1b".repeat(16) }]
}

/// A sample of every event in its current version, with every field.
fn accounts() -> Vec<AccountEvent> {
    let from = || some("192.0.2.7");
    let until = Some("2026-12-31T16:00:00Z".parse().unwrap());
    let at = "2027-01-31T16:00:00Z".parse().unwrap();
    let grant = || GrantTold { role: "front_desk".into(), property: some("SH01"), until };
    vec![
        AccountEvent::Create { login: "wang.fang".into(), from: from() },
        AccountEvent::Change {
            state: Some(AccountState::Disabled),
            name: true,
            password: true,
            factor: true,
            from: from(),
        },
        AccountEvent::SignIn { session_id: id(50), half: true, from: from() },
        AccountEvent::SecondFactor { session_id: id(50), recovery: false, from: from() },
        AccountEvent::SignOut { session_id: Some(id(50)), from: from() },
        AccountEvent::SignInRefused { why: "password".into(), from: from() },
        AccountEvent::Refused { action: "visit.show".into(), property: some("HZ01"), from: from() },
        AccountEvent::Password { from: from() },
        AccountEvent::Enrol { from: from() },
        AccountEvent::Confirm { recovery_codes: 10, from: from() },
        AccountEvent::AddPasskey { passkey_id: id(55), synced: true, recovery_codes: 10, from: from() },
        AccountEvent::RemovePasskey { passkey_id: id(55), from: from() },
        AccountEvent::PasskeySignIn { session_id: id(50), passkey_id: id(55), from: from() },
        AccountEvent::Link { provider: "chain".into(), from: from() },
        AccountEvent::ProviderSignIn {
            session_id: id(50),
            provider: "chain".into(),
            both: true,
            from: from(),
        },
        AccountEvent::Recover { from: from() },
        AccountEvent::Grant { grant_id: id(51), grant: grant(), from: from() },
        AccountEvent::EndGrant { grant_id: id(51), grant: grant(), from: from() },
        AccountEvent::TakeRole { grant_id: id(51), grant: grant(), from: from() },
        AccountEvent::LookUp { action: "search".into(), from: from() },
        AccountEvent::Open { from: from() },
        AccountEvent::Alarm {
            alarm_id: id(54),
            kind: AlarmKind::Canary,
            guest_id: Some(id(4)),
            from: from(),
        },
        AccountEvent::SeeAlarm { alarm_id: id(54) },
        AccountEvent::MarkCanary { guest_id: id(4) },
        AccountEvent::UnmarkCanary { guest_id: id(4) },
        AccountEvent::CreateClient {
            name: "channel manager".into(),
            key_id: id(52),
            expires_at: at,
            from: from(),
        },
        AccountEvent::RotateKey { key_id: id(53), expires_at: at, others_end_at: at, from: from() },
        AccountEvent::EndClient { from: from() },
    ]
}

fn samples() -> Vec<Event> {
    fn all<T: Into<Event>>(events: Vec<T>) -> impl Iterator<Item = Event> {
        events.into_iter().map(Into::into)
    }
    all(reservations())
        .chain(all(stays()))
        .chain(all(folios()))
        .chain(all(notes()))
        .chain(all(guests()))
        .chain(all(members()))
        .chain(all(properties()))
        .chain(all(rooms()))
        .chain(all(findings()))
        .chain(all(audits()))
        .chain(all(imports()))
        .chain(all(channels()))
        .chain(all(jobs()))
        .chain(all(keys()))
        .chain(all(identities()))
        .chain(all(cashiers()))
        .chain(all(installations()))
        .chain(all(accounts()))
        .collect()
}

/// The stored samples by name and version.
fn stored() -> BTreeMap<(String, u64), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events.snap");
    let mut text = std::fs::read_to_string(&path).unwrap_or_default();
    if std::env::var_os("HEFU_UPDATE_SNAPSHOTS").is_some() {
        let known = by_version(&text);
        for event in samples() {
            if !known.contains_key(&(event.name().to_owned(), u64::from(event.version()))) {
                text.push_str(&serde_json::to_string(&event).unwrap());
                text.push('\n');
            }
        }
        std::fs::write(path, &text).unwrap();
    }
    by_version(&text)
}

fn by_version(text: &str) -> BTreeMap<(String, u64), String> {
    let mut found = BTreeMap::new();
    for line in text.lines() {
        let stored: Value = serde_json::from_str(line).unwrap();
        let key = (stored["event"].as_str().unwrap().to_owned(), stored["v"].as_u64().unwrap());
        assert_eq!(found.insert(key, line.to_owned()), None, "twice in the snapshot: {line}");
    }
    found
}

#[test]
fn every_event_has_a_sample() {
    let sampled: BTreeSet<_> = samples().iter().map(|event| (event.name(), event.version())).collect();
    assert_eq!(sampled, Event::all().collect(), "an event without a sample, or a sample twice");
    let names: BTreeSet<_> = Event::all().map(|(name, _)| name).collect();
    assert_eq!(names.len(), Event::all().count(), "two events of one name");
}

#[test]
fn the_form_of_an_event_changes_only_with_its_version() {
    let stored = stored();
    for event in samples() {
        let (key, written) =
            ((event.name().to_owned(), u64::from(event.version())), serde_json::to_string(&event).unwrap());
        assert_eq!(
            stored.get(&key),
            Some(&written),
            "a changed event needs an upcast, a new one HEFU_UPDATE_SNAPSHOTS=1"
        );
    }
}

#[test]
fn every_version_of_every_event_is_read() {
    let stored = stored();
    for line in stored.values() {
        let text: Value = serde_json::from_str(line).unwrap();
        let read = Event::of_stored(text).unwrap_or_else(|error| panic!("{line}: {error}"));
        if let Some(sample) = samples().iter().find(|sample| sample.name() == read.name()) {
            // Fields that an upcast adds need not have the values of today's sample.
            let is_present = stored.contains_key(&(read.name().to_owned(), u64::from(read.version())));
            assert!(is_present && std::mem::discriminant(sample) == std::mem::discriminant(&read), "{line}");
        }
    }
    let versions: BTreeSet<_> = stored.keys().cloned().collect();
    let all =
        Event::all().flat_map(|(name, present)| (1..=u64::from(present)).map(move |v| (name.to_owned(), v)));
    assert_eq!(
        versions,
        all.collect(),
        "a version without a stored sample, or a sample of an event that is gone"
    );
    let samples: Vec<Event> = samples();
    for sample in &samples {
        let text = serde_json::to_value(sample).unwrap();
        assert_eq!(Event::of_stored(text).as_ref(), Ok(sample));
    }
}
