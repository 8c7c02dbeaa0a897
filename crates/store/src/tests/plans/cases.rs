//! What each statement is asked with, and whether it may read more when the history is longer.

use hefu_kernel::{FIRST_DATE, LAST_DATE};
use uuid::Uuid;

use super::history::{Of, id, place, today, uuid};
use crate::value::{Value, args};

/// How a statement's work goes with the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// It does not.
    WhatItAnswers,
    /// The statement reads more of a longer history, for this reason.
    More(&'static str),
}

/// A statement, what it is asked with, and what it may read.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) values: Vec<Value>,
    pub(super) reads: Reads,
}

const COUNTS: Reads = Reads::More("counts everything for a report that people ask for");
const VERIFIES: Reads = Reads::More("a verification reads everything");
const ALL_OF_IT: Reads = Reads::More("takes all work that waits, and there is none when nothing waits");
const FOLLOWERS: Reads = Reads::More("has a row for each kind of follower");
const RUNS: Reads = Reads::More("has a row for each run that people start");

/// The cases over a history of so many visits: whoever is asked about is the same distance from today.
pub(super) fn all(visits: usize) -> Vec<Case> {
    let property: Uuid = uuid(Of::Property, 0);
    let (day, tomorrow) = (today(), today() + chrono::Days::new(1));
    let now = today().and_time(chrono::NaiveTime::MIN).and_utc();
    let week = today() + chrono::Days::new(7);
    let lately = today() - chrono::Days::new(2);
    // A visit of the property in house, with even number.
    let at = place(visits, -6);
    let (visit, stay) = (uuid(Of::Visit, at), uuid(Of::Stay, at));
    let guest: Uuid = uuid(Of::Guest, at / 2);
    let (room, room_type, plan) = (uuid(Of::Room, at % 120), uuid(Of::RoomType, 0), uuid(Of::Plan, 0));
    let number = (1_000_000_000 + at).to_string();
    let entry = uuid(Of::Entry, at * 3);
    let group = uuid(Of::Group, at / 160 - 1);
    let (account, run) = (uuid(Of::Account, 0), uuid(Of::Run, 0));
    let membership = uuid(Of::Membership, at / 10);
    let first = Uuid::nil();
    let last = Uuid::max();
    let placed = 3 * visits as i64 - 10;
    let text = |text: &str| text.to_owned();
    let guests = || (0..32).map(|n| id::<hefu_domain::ids::GuestId>(Of::Guest, at / 2 - n));
    let visit_ids = || (0..32).map(|n| id::<hefu_domain::ids::VisitId>(Of::Visit, at - n));
    let repeat = |some: &mut dyn Iterator<Item = Value>| some.collect::<Vec<_>>();
    let with = |mut values: Vec<Value>, more: Vec<Value>| {
        values.extend(more);
        values
    };
    let guest_ids = || repeat(&mut guests().flat_map(|guest| args![guest]));
    let token = |n: usize| ((at / 2 - n) * 7) as i64;
    let tokens = |count: usize| repeat(&mut (0..count).flat_map(|n| args![token(n)]));
    let mut cases = Vec::new();
    let mut case = |name, values| cases.push(Case { name, values, reads: Reads::WhatItAnswers });

    let holder = uuid(Of::Account, 0);
    let digest = || vec![7_u8; 32];
    case("account::FIND", args![holder]);
    case("account::BY_LOGIN", args![text("li.na")]);
    case("account::LIST", args![text(""), 50]);
    case("account::ANY", args![]);
    case("account::FACTOR", args![holder, text("active")]);
    case("account::RECOVERY_CODES", args![holder]);
    case("account::RECOVERY_CODE", args![holder, digest()]);
    case("account::GRANTS", args![holder]);
    case("account::GRANT", args![holder, holder]);
    case("account::GRANTED_BY", args![text("channel:1")]);
    case("account::GRANTED", args![holder]);
    case("account::WHO", args![digest()]);
    case("account::WHOSE_KEY", args![holder]);
    case("account::CLIENT", args![holder]);
    case("account::CLIENTS", args![first, 50]);
    case("account::KEY", args![holder]);
    case("account::KEYS", args![holder]);
    case("account::SESSION", args![digest()]);
    case("account::SESSIONS", args![holder, 50]);
    case("account::BEGIN", args![digest(), holder, holder, now, now, Some(now), digest(), digest()]);
    case("account::SEEN", args![digest(), now, digest()]);
    case("account::SECOND_FACTOR", args![digest(), vec![8_u8; 32], now, digest()]);
    case("account::PASSKEYS", args![holder]);
    case("account::PASSKEY", args![holder, holder]);
    case("account::PASSKEY_OF", args![digest()]);
    case("account::LINK", args![digest()]);
    case("account::LINKS", args![holder]);
    case("account::END", args![holder, holder]);
    case("account::END_OTHERS", args![holder, holder]);
    case("account::EXPIRED", args![now]);
    case("account::FAILURES", args![text("a")]);
    case("account::FAILED", args![text("a"), now, now]);
    case("account::UNCOUNT", args![text("a")]);
    case("account::SUCCEEDED", args![text("a")]);
    case("account::FORGET", args![now]);
    for name in [
        "holder::SEAL",
        "holder::LOCK",
        "holder::ACCOUNT",
        "holder::FACTORS",
        "holder::CODES",
        "holder::PASSKEYS",
        "holder::LINKS",
        "holder::CLIENT",
        "holder::KEYS",
        "holder::GRANTS",
    ] {
        case(name, args![holder]);
    }
    case("holder::PUT", args![holder, digest(), digest()]);
    case("watch::ALARM", args![holder]);
    case("watch::ALARMS", args![last, 50]);
    case("watch::UNSEEN", args![last, 50]);
    case("watch::CANARY", args![guest]);
    case("watch::CANARIES", args![100]);
    case("watch::COUNT", args![day, holder, 1]);
    case("watch::COUNTED", args![day, holder]);
    case("watch::FORGET", args![day - chrono::Days::new(10_000)]);

    case("audit::FIND", args![property, day]);
    case("audit::LATEST", args![property, 10]);
    case("audit::EXPIRING", args![property, day, 10]);
    case("audit::DAY_TOTALS", args![property, lately]);
    let company = uuid(Of::Account, 1);
    case("block::OF_GROUP_IN", args![property, group]);
    case("block::OF_GROUP", args![group, text(",P0,P1,")]);
    case("block::NIGHTS", args![property, group, day]);
    case("block::DUE", args![property, day, 10]);
    case("visit::GROUP_ROUTING", args![group, property, text("room")]);
    case("visit::GROUP_ROUTINGS", args![group]);
    case("company::FIND", args![company]);
    case("company::BY_CODE", args![text("YUNFAN")]);
    case("company::BY_TAX_ID", args![text("91310000MA1FL0000X")]);
    case("company::NAMED", args![text("fan"), 50]);
    case("company::SUBSIDIARIES", args![company]);
    case("company::ACCOUNT", args![property, account]);
    case("company::ACCOUNTS", args![company]);
    case("company::ACCOUNTS_AMONG", args![company, text(",P0,P1,")]);
    case("company::OF_VISIT", args![property, visit]);
    case("company::VISITS_FOR", args![company, 50]);
    case("company::VISITS", args![company, last, text(",P0,P1,"), 50]);
    case("books::ENTRIES", args![property, visit]);
    case("books::ACCOUNT", args![property, visit]);
    case("books::SERIES", args![property, text("deposit_receipt")]);
    case("books::DAY", args![property, lately]);
    case("books::POSTED_ON", args![property, lately]);
    case("books::DEPOSITS_ON", args![property, lately]);
    case("books::CITY_ON", args![property, lately]);
    case("books::ON_BILLS", args![property]);
    case("books::HELD", args![property]);
    case("books::LEFT_HELD", args![property, 10]);
    case("books::UNSETTLED", args![property, 10]);

    let (usd, shift) = (hefu_kernel::Currency::USD, uuid(Of::Entry, at / 20 * 2));
    case("cash::BILLING", args![property]);
    case("cash::SHIFT", args![property, at as i64 / 20]);
    case("cash::SHIFT_OF", args![property, text("desk")]);
    case("cash::OPEN_SHIFTS", args![property, 10]);
    case("cash::SHIFTS", args![property, 10]);
    case("cash::SHIFT_ENTRIES", args![property, shift, 10]);
    case("cash::SHIFT_SUMS", args![property, shift]);
    case("cash::SHIFT_COUNTS", args![property, shift]);
    case("cash::RATE", args![property, usd, lately]);
    case("cash::RATES", args![property, usd, 10]);
    case("cash::NEXT_CURRENCY", args![property, text("")]);

    let (kind, job) = (text("guest.reconsider"), uuid(Of::Entry, 3));
    case("clock::FIND", args![]);
    case("clock::BEGIN", args![now, now, now, uuid(Of::Entry, 3), 0]);
    case("clock::ADVANCE", args![1, now, now, now, uuid(Of::Entry, 3), 0]);
    case("cursor::FIND", args![text("cache")]);
    case("cursor::BEGIN", args![text("cache"), 0, now]);
    case("cursor::ADVANCE", args![text("cache"), 0, 1, now]);
    case("desk::NOTES", args![property, visit]);
    case("desk::NOTE", args![property, visit, visit]);
    case("desk::NOTES_AFTER", args![property, visit, first, 100]);
    case("desk::WITH_TOKEN", args![7, 50]);
    case("desk::DROP_TOKENS", args![property, visit, visit]);
    case("desk::OPEN_NOTES", args![property, day, text("housekeeping"), FIRST_DATE, first, 50]);
    case("desk::FLAG", args![guest, text("vip")]);
    case("desk::FLAGS_OF", args![guest]);
    case("desk::NO_SHOW_ROOMS", args![property, text("audit -2"), lately, day, 50]);
    case("desk::ROOMS_IN_HOUSE", args![property]);
    case("desk::UNPAID", args![property, first, 50]);
    case("desk::STAY_PEOPLE", args![property]);
    case("job::IS_DUE", args![kind.clone(), now]);
    case("job::FINISH", args![job, job, 1, now]);
    case("job::POSTPONE", args![job, job, 1, now, text("conflict")]);
    case("job::GIVE_UP", args![job, job, 1, now, text("conflict")]);
    case("job::EXPIRED", args![now, 10]);
    case("job::FIND", args![job]);
    case("job::OPEN", args![kind.clone(), text("1")]);
    case("job::REVIVE", args![job, now, now]);
    case("job::LIST", args![text("dead"), last, 50]);
    case("job::FORGET", args![now]);
    case("enqueue::ENQUEUE", args![job, kind, text("{}"), text("1"), now, now, now]);

    let key = uuid(Of::Posting, at * 10);
    case("lock::KEYS", args![property, visit]);
    case("lock::KEY", args![property, visit, key]);
    case("lock::ORDERS", args![property, visit]);
    case("lock::ORDER", args![property, key]);
    case("lock::LOG", args![property, last, 50]);
    case("lock::WAITING", args![property, key, 2]);

    case("guest::FIND", args![guest]);
    case("guest::BY_SOURCE", args![text("pms"), text("G7")]);
    case("guest::SOURCES", args![guest]);
    case("guest::PAGE", args![guest, 10]);
    case("guest::UNSTAGE", args![guest]);
    case("guest::NEWEST_1", with(args![last, 50], tokens(1)));
    case("guest::NEWEST_2", with(args![last, 50], tokens(2)));
    case("guest::NEWEST_4", with(args![last, 50], tokens(4)));
    case("guest::NEWEST_8", with(args![last, 50], tokens(8)));
    case("guest::BY_TOKEN_IN", args![token(0), last, LAST_DATE, FIRST_DATE, false, property, 50]);
    case("guest::BY_BOTH_TOKENS", args![token(0), token(0) + 1, 50]);
    case("guest::RECORDS", guest_ids());
    case("guest::IS_STAGED", args![]);
    case("guest::DROP_TOKEN", args![token(0), guest]);

    case("identity::MERGE", args![uuid(Of::Entry, 3)]);
    case("identity::MERGED", args![uuid(Of::Guest, 51)]);
    case("identity::ABSORBED", args![uuid(Of::Guest, 50)]);
    case("identity::HISTORY", args![uuid(Of::Guest, 50)]);
    case("identity::MEMBERS", args![uuid(Of::Guest, 50)]);
    case("identity::PAIR", args![uuid(Of::Guest, 1), uuid(Of::Guest, 2)]);
    case("identity::PAIRS", args![uuid(Of::Guest, 1)]);
    case("identity::QUEUE", args![i64::MAX, last, last, 20]);
    case("identity::GUESTS", args![uuid(Of::Guest, 5), 20]);
    case("identity::NEWEST", args![20]);
    case("identity::STEPS", args![first, 20]);
    case("identity::STEPS_DONE", args![first, 20]);
    case("identity::OF_SOURCES", args![guest]);
    case("identity::OF_VISITS", args![guest]);
    case("identity::OF_FOLIOS", args![guest]);

    case("import::BY_DIGEST", args![text("D1")]);
    case("import::FIND", args![run]);
    case("import::QUARANTINED", args![run, 5, 20]);
    case("import::QUARANTINED_ROW", args![run, 5]);
    case("import::UNDECIDED", args![run, 5, 20]);
    case("import::DECISION", args![run, 5]);
    case("import::DECIDED", args![run]);
    case("import::DECISIONS", args![run, 5, 25]);
    case("import::FILE", args![run]);
    case("import::FILES", args![20]);
    case(
        "import::ALIASES",
        with(
            args![text("hefu"), property],
            repeat(&mut (0..32).flat_map(|n| args![(1_000_000_000 + at - n).to_string()])),
        ),
    );
    case(
        "import::SOURCES",
        with(args![text("pms")], repeat(&mut (0..32).flat_map(|n| args![format!("G{}", at / 2 - n)]))),
    );
    case("import::CARRIED", tokens(32));
    case("import::HELD_SINCE", args![property, day]);

    case(
        "inventory::MAKE",
        args![property, room_type, today() + chrono::Days::new(300), text("night"), 1, false],
    );
    case("inventory::SELL", args![property, room_type, day, text("night"), 1, false]);
    case("inventory::RESIZE", args![property, room_type, 1, day, week, true]);
    case("inventory::ALLOW", args![property, room_type, 2, day, true]);
    case("inventory::SOLD", args![property, day, week]);
    case("inventory::HELD_BY", args![property, room, day, week]);
    case("inventory::LET_BY_THE_HOUR", args![property, room, week]);
    case("inventory::BY_THE_HOUR", args![property, day, week]);
    case("inventory::BY_THE_HOUR_IN", args![property, room, day, week]);
    case("inventory::RELEASE", args![property, room, lately, week, visit, 1]);

    let moved = uuid(Of::Visit, at / 10 * 10);
    case("city::ENTRY", args![property, account, moved]);
    case("city::OF_LINE", args![property, moved]);
    case("city::REVERSAL", args![property, moved]);
    case("city::ITEM", args![property, account, moved]);
    case("city::ITEMS", args![property, account, 10]);
    case("city::OPEN_ITEMS", args![property, account, 10]);
    case("city::OPEN_BY_DATE", args![property]);
    case("city::ALLOCATION", args![property, account, moved]);
    case("city::ALLOCATIONS", args![property, account, 10]);
    case("city::UNDONE", args![property, moved]);
    case("city::OF_PAYMENT", args![property, moved]);
    case("city::OF_ITEM", args![property, moved]);

    let invoice = uuid(Of::Entry, at);
    case("invoice::BY_NUMBER", args![property, text("INV"), at as i64]);
    case("invoice::LATEST", args![property, text("INV"), 10]);
    case("invoice::OF_VISIT", args![property, visit]);
    case("invoice::LINES_OF_VISIT", args![property, visit]);
    case("invoice::LINES", args![property, visit, invoice]);
    case("invoice::COPIES", args![property, visit, invoice]);

    case("journal::AFTER", args![placed - 50, 20]);
    case("journal::BEFORE", args![placed, 20]);
    case("journal::AT", args![placed - 50]);
    case("journal::OF_VISIT", args![visit, 50]);
    case("journal::OF_FINDING", args![visit, 100]);
    case("journal::TOLD_AFTER", args![placed - 50, 20]);
    case("journal::TOLD_BEFORE", args![placed, 20]);
    case("journal::TOLD_AT", args![placed - 50]);
    case("journal::TOLD_OF_VISIT", args![visit, 50]);
    case("journal::TOLD_OF_ACTOR", args![text("a"), placed, 20]);
    case("journal::TOLD_OF_ACTION", args![text("booked"), placed, 20]);
    case("journal::TOLD_OF_OPENED", args![guest, placed, 20]);
    case("journal::CHANGES_AFTER", args![placed - 50, 20]);
    case("journal::PLACED_AT", args![placed - 50]);
    case("journal::PENDING", args![]);
    case("journal::CHANGE", args![entry]);
    case(
        "journal::CLAIM",
        args![text("new"), vec![0u8], vec![0u8], chrono::DateTime::<chrono::Utc>::UNIX_EPOCH],
    );
    case("journal::ANSWER", args![text("key7")]);
    case("journal::FORGET_ANSWERS", args![chrono::DateTime::<chrono::Utc>::UNIX_EPOCH]);

    case("ledger::SIZE", args![]);
    case("ledger::GROW", args![placed, placed + 10]);
    case("ledger::ENTRIES", args![placed - 50, placed]);
    case("ledger::PLACE", args![placed, 10]);
    case("ledger::IS_WAITING", args![]);
    case("ledger::TILE", args![0, 1]);
    case("ledger::KEEP_TILE", args![0, 1_000_000, vec![0u8]]);
    case("ledger::LAST_CHECKPOINT", args![]);
    case("ledger::CHECKPOINTS", args![placed - 100, 10]);
    case("ledger::KEEP_CHECKPOINT", args![i64::MAX, chrono::DateTime::<chrono::Utc>::UNIX_EPOCH, text("n")]);
    case("ledger::DROP_CHECKPOINT", args![10]);
    case("ledger::LAST_CHECKPOINTS", args![64]);
    case("ledger::CHECKPOINT", args![10]);
    case("ledger::RENEW_CHECKPOINT", args![10, text("n"), text("m")]);
    case("ledger::IS_EMPTY", args![]);

    case("member::FIND", args![membership]);
    case("member::OF_GUEST", args![guest]);
    case("member::BY_NUMBER", args![text("M7")]);
    case("member::ENTRIES", args![membership, 20]);
    case("member::OF_VISIT", args![property, visit]);
    case("rate::SEASONS", args![property]);
    case("rate::ACCESSES", args![property]);
    case("rate::ACCESS", args![property, plan]);
    case("rate::CLOSINGS", args![property]);
    case("rate::CLOSING", args![property, text("rate_plan"), text("P0")]);
    case("member::PROGRAMMES", args![Uuid::nil(), property]);
    case("member::VOUCHERS", args![membership]);
    case("member::FREE_NIGHTS", args![property, visit]);
    case("member::ON_CARD_OF_OTHER", args![guest, membership]);
    case("member::MOVED", args![guest]);

    case("property::PROPERTIES", args![]);
    case("property::PROPERTY", args![property]);
    case("property::PROPERTY_BY_CODE", args![text("P0")]);
    case("property::ROOM_TYPES", args![property]);
    case("property::ROOM_TYPE", args![property, room_type]);
    case("property::ROOMS", args![property]);
    case("property::ROOM_NUMBERS", [args![property], (0..32).flat_map(|_| args![room]).collect()].concat());
    case("property::ROOMS_BY_TYPE", args![property]);
    case("property::ROOM", args![property, room]);
    case("property::ROOM_BY_NUMBER", args![property, text("101")]);
    case("property::ROOM_COUNT", args![property, room_type]);
    case("property::RATE_PLANS", args![property]);
    case("property::RATE_PLAN", args![property, plan]);
    case("property::RATES", args![property, plan]);
    case("property::POLICIES", args![property]);
    case("property::POLICY", args![property, first]);
    case("property::CODES", args![property]);
    case("property::CODE", args![property, text("ROOM")]);
    case("property::CITY_ACCOUNTS", args![property]);
    case("property::CITY_ACCOUNT", args![property, account]);
    case("property::CITY_ACCOUNT_BY_CODE", args![property, text("C")]);
    case("property::CITY_ENTRIES", args![property, account, 20]);
    case("property::HOLDERS", args![property, day, tomorrow]);
    case("property::FREE_ROOMS", args![property, room_type, day, week, false, 10, true]);
    case("property::MIGRATIONS", args![]);

    case("rate::DAYS", args![property, plan, day, week]);
    case("rate::RESTRICTIONS", args![property, day, week]);

    case(
        "source::VERSIONS_OF",
        with(
            args![property, text("pms"), text("booking")],
            repeat(&mut (0..32).flat_map(|n| args![format!("B{}", at - n)])),
        ),
    );
    case("source::OF_RECORD", args![property, text("pms"), text("booking"), format!("B{at}")]);
    case("source::OF_VISIT", args![property, visit]);
    case("source::DIFFERENCES", args![property, visit]);
    case("source::WAITING", args![property, text("pms"), text("booking"), text(""), 10]);
    case("source::COLUMNS", args![run]);
    case("source::WORKED_ON", args![visit]);

    case("stay::MOVING_IN", args![property, room, room_type, visit, guest]);
    case("stay::AWAITED", args![property, day, 10_000]);
    case("stay::DEPARTED_ON", args![property, day]);
    case("stay::LIVED_IN", args![property]);
    case("stay::LEFT_ON", args![property, lately]);
    case("stay::ON_BOARD", args![property, day]);
    case("stay::BALANCES", args![property, day]);
    case("stay::PRIMARIES", args![property, day]);
    case("stay::UNPOSTED", args![property, day, 100, true]);
    case("stay::NO_SHOWS", args![property, text("audit -2")]);
    case("stay::STAYING_ON", args![property, lately, tomorrow, 100]);
    case("stay::OVERDUE", args![property, day]);
    case("stay::LIVED_IN_AND_READY", args![property, 100]);

    case("finding::FIND", args![property, visit]);
    case("finding::OF_VISIT", args![property, visit]);
    case("finding::LIST", args![property, text("open"), i64::MAX, last, 20]);
    case("finding::COUNTS", args![property]);
    case("finding::RULES", args![property]);
    case("finding::LINES", args![property, text("WECHAT"), lately, day]);
    case("finding::LINE", args![property, number.clone()]);
    case("finding::PAID", args![property, lately, day, text("WECHAT")]);
    case("finding::DEPOSITED", args![property, lately, day, text("WECHAT")]);
    case("finding::PAID_ON_ACCOUNT", args![property, lately, text("WECHAT")]);

    case("channel::LIST", args![property]);
    case("channel::BY_CODE", args![property, text("ctrip")]);
    case("channel::FIND", args![property, uuid(Of::Plan, 0)]);
    case("channel::SAID", args![property, uuid(Of::Plan, 0), text("R-5")]);
    case("channel::CALENDARS", args![property, uuid(Of::Plan, 0)]);
    case("channel::CALENDAR", args![property, uuid(Of::Plan, 0), text("loft")]);
    case("channel::CALENDARS_DUE", args![now, 20]);
    case("channel::FEED", args![property, uuid(Of::Plan, 0)]);
    case("channel::FEEDS", args![property]);
    case("channel::FEEDS_DUE", args![now, 20]);
    case("channel::MESSAGE", args![property, visit]);
    case("channel::MESSAGES", args![property, text("taken"), first, 20]);
    case("channel::WAITING", args![property]);
    case("channel::SAID_LAST", args![uuid(Of::Plan, 0)]);
    case("channel::SAID_SINCE", args![uuid(Of::Plan, 0), now]);
    case("channel::DROPPED", args![property, uuid(Of::Plan, 0), text("R-5")]);
    case("channel::WAITING_OF", args![property, uuid(Of::Plan, 0), text("R-5"), 20]);

    case("upkeep::TASKS", args![property, lately]);
    case("upkeep::TASK", args![property, lately, room]);
    case("upkeep::SEEN_ON", args![property, lately]);
    case("upkeep::SEEN", args![property, lately, room]);
    case("upkeep::FOUND", args![property, last, 20]);
    case("upkeep::KEPT", args![property, last, 20]);
    case("upkeep::FOUND_ITEM", args![property, visit]);
    case("upkeep::ORDERS", args![property, first, 20]);
    case("upkeep::ORDER", args![property, visit]);
    case("upkeep::WAKE_UPS", args![property, lately]);
    case("upkeep::WAKE_UP", args![property, visit, visit]);
    case("upkeep::OUT_OF_ORDER", args![property, day, week]);

    case("visit::BY_NUMBER", args![number.clone()]);
    for name in [
        "visit::ALIASES",
        "visit::RESERVATION",
        "visit::ROOMS",
        "visit::VERSIONS",
        "visit::DEPOSITS",
        "visit::STAYS",
        "visit::STAY_GUESTS",
        "visit::SHARES",
        "visit::ORIGINS",
        "visit::STAY_ROOMS",
        "visit::FOLIOS",
        "visit::POSTINGS",
        "visit::PRE_AUTHS",
        "visit::ROUTINGS",
        "visit::STANDING",
        "visit::BALANCE",
        "visit::STAYS_ARRIVED",
        "visit::CHARGED_AND_PAID",
    ] {
        case(name, args![property, visit]);
    }
    case("visit::REVISION", args![property, visit, group]);
    case("visit::NUMBERS", with(repeat(&mut visit_ids().flat_map(|visit| args![visit])), args![property]));
    case("visit::OF_GUEST", args![guest, LAST_DATE, FIRST_DATE, 20]);
    case("visit::OF_GUEST_AMONG", args![guest, LAST_DATE, FIRST_DATE, text(",P0,P1,"), 20]);
    case("visit::SPENT_BY", args![guest]);
    case("visit::BOOKED_BY", args![guest, day, week, 5, visit]);
    case("visit::MAY_BE_TWICE", args![guest, day, week, visit]);
    case("visit::ARRIVALS", args![property, day, week, text("reserved"), 50]);
    case("visit::MANY_LEAVE", args![property, lately, 5_000]);
    case("visit::RESERVATIONS", args![property, first, FIRST_DATE, LAST_DATE, text(""), 20]);
    case("visit::RESERVATIONS_TOUCHING", args![property, first, day, week, text(""), 20]);
    case("visit::IN_HOUSE", args![property]);
    case("visit::DEPARTED_SINCE", args![property, lately, 50]);
    case("visit::IN_ROOM", args![property, room, lately, week]);
    case("visit::IN_ROOM_BY_THE_HOUR", args![property, room, lately, week]);
    case("visit::IN_ROOM_BY_THE_HOUR_UNTIL", args![property, room, LAST_DATE, 10]);
    case("visit::IN_ROOM_NOW", args![property, room]);
    case("visit::IN_ROOM_UNTIL", args![property, room, LAST_DATE, 10]);
    case("visit::GROUP", args![group]);
    case("visit::GROUP_BY_CODE", args![text("G2")]);
    case("visit::GROUPS", args![20]);
    case("visit::GROUP_VISITS", args![group]);
    case("visit::GROUP_VISITS_AMONG", args![group, text(",P0,P1,")]);
    case("visit::GROUP_ROOMS", args![group]);
    case("visit::GROUP_MONEY", args![group, text(",P0,P1,")]);
    case("visit::POSTING_ONCE", args![property, format!("room:{at}:-1")]);
    case("visit::OF_GUESTS", with(guest_ids(), args![LAST_DATE, FIRST_DATE, false, property, 50, 20]));
    case("visit::LATEST_OF_GUESTS", guest_ids());
    case("visit::ROOMS_OF_NUMBER", args![text("101"), false, property, 20]);
    case("visit::WHEREABOUTS", repeat(&mut visit_ids().flat_map(|visit| args![property, visit])));
    case("visit::CURRENT", args![property, day, week, lately, 500]);

    case("keys::FIND", args![guest]);
    case("keys::PAGE", args![guest, 10]);
    case("binding::HAS_RECORDS", args![]);
    case("binding::HAS_KEYS", args![]);
    case("binding::CHECKS", args![]);
    case("binding::STORE", args![]);
    case("binding::NEWEST", args![16]);
    case("binding::BIND", args![text("search"), 2, vec![0_u8; 16]]);
    case("evidence::CHANGES", args![placed - 50, placed, first]);
    case("evidence::CHANGE", args![entry, first]);
    case("evidence::WAITING", args![]);
    case("evidence::PLACED", args![placed - 50, placed]);
    case("schema::LAST", args![]);

    let _ = stay;
    let mut case = |name, values, reads| cases.push(Case { name, values, reads });
    case("company::BOOKED_FOR", args![company, lately, week], COUNTS);
    case("company::BOOKED_BY", args![company, lately, week], COUNTS);
    case("company::BOOKED_ROOMS", args![company, lately, week], COUNTS);
    case("company::BOOKED_STAYS", args![company, lately, week], COUNTS);
    case("company::BOOKED_MONEY", args![company, lately, week], COUNTS);
    case("company::BOOKED_BALANCES", args![company, lately, week], COUNTS);
    case("company::BOOKED_FINDINGS", args![company, lately, week], COUNTS);
    case("job::COUNTS", args![], COUNTS);
    case("cursor::ALL", args![], FOLLOWERS);
    case("job::OLDEST", args![], ALL_OF_IT);
    case("job::CLAIM", args![text("guest.reconsider"), now, job, now, 10], ALL_OF_IT);
    case("guest::COUNT", args![], COUNTS);
    case("guest::WITHOUT_KEY", args![], COUNTS);
    case("identity::PAIR_COUNTS", args![], COUNTS);
    case("identity::MERGE_COUNTS", args![], COUNTS);
    case("identity::SOURCE_COUNT", args![], COUNTS);
    case("identity::STATE_COUNTS", args![], COUNTS);
    case("identity::LAST_RUN", args![], RUNS);
    case("identity::PLANS", args![], RUNS);
    case("import::RUNS", args![20], RUNS);
    case("import::UNFINISHED", args![], RUNS);
    case("import::OPEN_FILES", args![20], RUNS);
    case("import::FOLLOWED", args![text("mini"), run], RUNS);
    case("guest::HOW_MANY_STAGED", args![], ALL_OF_IT);
    case("guest::STAGED_BETWEEN", args![0, 1], ALL_OF_IT);
    case("guest::NONE_STAGED", args![], ALL_OF_IT);
    case("identity::STEP_COUNT", args![first], ALL_OF_IT);
    case("identity::UNCOMPARED", args![], ALL_OF_IT);
    case(
        "import::HELD",
        args![property],
        Reads::More("an import looks once, when it begins, for every room that is held"),
    );
    for (name, of) in [
        ("rate::TYPE_USED", args![uuid(Of::RoomType, 1)]),
        ("rate::PLAN_USED", args![uuid(Of::Plan, 1)]),
        ("rate::ROOM_USED", args![uuid(Of::Room, 1_000)]),
        ("rate::CODE_USED", args![text("SPA")]),
    ] {
        let values = with(args![property], of);
        case(
            name,
            values,
            Reads::More("looks through everything, when a record of the setup is to be deleted"),
        );
    }
    case("journal::COUNTED", args![], VERIFIES);
    case("ledger::HASHES", args![], VERIFIES);
    case("evidence::UNPLACED", args![placed], VERIFIES);
    case("evidence::OF_NO_ENTRY", args![], VERIFIES);
    case("evidence::GUESTS", args![], VERIFIES);
    case("evidence::SOURCES", args![], VERIFIES);
    case("evidence::QUARANTINED", args![], VERIFIES);
    case("evidence::SOURCE_RECORDS", args![], VERIFIES);
    case("evidence::DIFFERENCES", args![], VERIFIES);
    case("evidence::NOTES", args![], VERIFIES);
    case("evidence::NOTE_TEXTS", args![], VERIFIES);
    case("evidence::FLAGS", args![], VERIFIES);
    case("evidence::FOUND", args![], VERIFIES);
    case("evidence::FAULTS", args![], VERIFIES);
    for name in [
        "unbound::ANSWERS",
        "unbound::WAITING",
        "unbound::JOBS",
        "unbound::CURSORS",
        "unbound::CLOCK",
        "unbound::SESSIONS",
        "unbound::SEALS",
        "unbound::HOLDERS",
        "unbound::FAILURES",
        "unbound::UNMASKINGS",
        "unbound::TREE",
        "unbound::TILES",
        "unbound::CHECKPOINTS",
        "unbound::UNCOMPARED",
        "unbound::KEYS",
        "unbound::KEYS_OF_ERASED",
        "unbound::KEY_CHECKS",
        "unbound::KEY_STORES",
    ] {
        case(name, args![], VERIFIES);
    }
    case("evidence::CARDS", args![], VERIFIES);
    case("evidence::BUYERS", args![], VERIFIES);
    case("evidence::CHANNEL_MESSAGES", args![], VERIFIES);
    case("evidence::CALENDAR_URLS", args![], VERIFIES);
    case("evidence::FEED_CREDENTIALS", args![], VERIFIES);
    cases
}
