//! An invented history of two properties of sixty rooms each, written by the engine itself: ten arrivals a day each for as many days as
//! wanted, up to fifteen days after today. Whoever is in house or expected is as many however long the history is.

use chrono::NaiveDate;
use hefu_kernel::Id;
use uuid::Uuid;

/// The two properties' business date.
pub(super) const TODAY: &str = "2026-06-30";
/// Arrivals of a day, in both properties together.
const ARRIVALS: usize = 20;
/// Days after today with arrivals.
const AHEAD: usize = 15;

/// What an id stands for; the first half of it.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Property = 1,
    RoomType,
    Room,
    Guest,
    Visit,
    Stay,
    Folio,
    Posting,
    Entry,
    Membership,
    Group,
    Plan,
    Account,
    Run,
}

/// The id of the `n`th of its kind.
pub(super) fn id<T: Id>(of: Of, n: usize) -> T {
    T::from_uuid(uuid(of, n))
}

pub(super) fn uuid(of: Of, n: usize) -> Uuid {
    Uuid::from_u128((of as u128) << 96 | n as u128)
}

pub(super) fn today() -> NaiveDate {
    TODAY.parse().unwrap()
}

/// The visits of a history of `visits`: the place of one that arrived, so many visits before or after today's first.
pub(super) fn place(visits: usize, from_today: isize) -> usize {
    (visits - ARRIVALS * (AHEAD + 1)).strict_add_signed(from_today)
}

/// The words of an engine.
struct Words {
    sqlite: bool,
}

impl Words {
    fn id(&self, of: Of, n: &str) -> String {
        let of = of as u8;
        match self.sqlite {
            true => format!("unhex(printf('%08x%024x', {of}, {n}))"),
            false => {
                format!(
                    "CAST(lpad(to_hex({of}), 8, '0') || lpad(to_hex(CAST({n} AS BIGINT)), 24, '0') AS UUID)"
                )
            }
        }
    }

    /// The date so many days after today.
    fn date(&self, days: &str) -> String {
        match self.sqlite {
            true => format!("date('{TODAY}', ({days}) || ' days')"),
            false => format!("(DATE '{TODAY}' + CAST({days} AS INTEGER))"),
        }
    }

    fn time(&self, days: &str) -> String {
        match self.sqlite {
            true => format!("{} || 'T08:00:00+00:00'", self.date(days)),
            false => format!("CAST({} AS TIMESTAMPTZ)", self.date(days)),
        }
    }

    fn bytes(&self, count: usize) -> String {
        match self.sqlite {
            true => format!("zeroblob({count})"),
            false => format!("decode(repeat('00', {count}), 'hex')"),
        }
    }

    /// A table of the whole numbers below `count`.
    fn below(&self, count: usize) -> String {
        match self.sqlite {
            true => format!(
                "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {} - 1) SELECT i FROM n) AS n",
                count
            ),
            false => {
                format!("(SELECT CAST(i AS BIGINT) AS i FROM generate_series(0, {count} - 1) AS i) AS n")
            }
        }
    }
}

/// The statements that write the history.
pub(super) fn sql(sqlite: bool, visits: usize) -> Vec<String> {
    let w = Words { sqlite };
    let [property, visit, guest, stay, folio] = [Of::Property, Of::Visit, Of::Guest, Of::Stay, Of::Folio]
        .map(|of| {
            let n = match of {
                Of::Property => "i % 2",
                // Two visits each.
                Of::Guest => "i / 2",
                _ => "i",
            };
            w.id(of, n)
        });
    let room = w.id(Of::Room, "i % 120");
    let room_type = w.id(Of::RoomType, "i % 2");
    let (arrival, departure) = (w.date("a"), w.date("z"));
    let days = visits / ARRIVALS;
    let arrival_day = format!("i / {ARRIVALS} - {days} + {AHEAD} + 1");
    let mut all = vec![
        // A visit each, with what all its rows are made of: `a` and `z` are arrival and departure in days after today.
        format!(
            "CREATE TEMP TABLE visit AS SELECT v.*, CASE WHEN i % 20 = 7 THEN 'cancelled' WHEN a < 0 AND i % 20 = 13 THEN 'no_show'
                WHEN a > 0 OR a = 0 AND i % 4 < 2 THEN 'expected' WHEN z < 0 OR z = 0 AND i % 4 < 2 THEN 'gone' ELSE 'in_house' END AS s
            FROM (SELECT i, {arrival_day} AS a, {arrival_day} + 1 + (i / 2) % 3 AS z FROM {}) AS v",
            w.below(visits)
        ),
        format!(
            "INSERT INTO property SELECT {property}, 'P' || i, 'P', 'P', 'Asia/Shanghai', 'CNY', '{TODAY}', 840, 720, 1, 180, TRUE, 'last_price' FROM {}",
            w.below(2)
        ),
        format!(
            "INSERT INTO room_type SELECT {property}, {room_type}, 'DBL', 'D', 'D', 2, 0, 1 FROM {}",
            w.below(2)
        ),
        format!(
            "INSERT INTO room SELECT {property}, {}, CAST(100 + i / 2 AS TEXT), {room_type}, '1', FALSE, 'clean', 1, '[]', NULL FROM {}",
            w.id(Of::Room, "i"),
            w.below(120)
        ),
        format!(
            "INSERT INTO rate_plan SELECT {property}, {}, 'BAR', 'B', 'B', 'nightly', NULL, 600, 0, FALSE, NULL, 1, NULL, NULL, '[]', NULL FROM {}",
            w.id(Of::Plan, "0"),
            w.below(2)
        ),
        format!(
            "INSERT INTO rate_day SELECT {}, {}, {}, {}, 30000, 1 FROM {}",
            w.id(Of::Property, "i % 2"),
            w.id(Of::Plan, "0"),
            w.date(&format!("i / 2 - {days} + {AHEAD} + 1")),
            w.id(Of::RoomType, "i % 2"),
            w.below(2 * (days + 3))
        ),
        format!(
            "INSERT INTO restriction SELECT {}, {}, {}, {}, '', 2, NULL, FALSE, FALSE, FALSE, 1 FROM {}",
            w.id(Of::Property, "i % 2"),
            w.date(&format!("i / 2 - {days} + {AHEAD} + 1")),
            w.id(Of::Plan, "0"),
            w.id(Of::RoomType, "i % 2"),
            w.below(2 * (days + 3))
        ),
        format!(
            "INSERT INTO inventory SELECT {}, {}, {}, 'night', 30, 20, 0, 0 FROM {}",
            w.id(Of::Property, "i % 2"),
            w.id(Of::RoomType, "i % 2"),
            w.date(&format!("i / 2 - {days} + {AHEAD} + 1")),
            w.below(2 * (days + 3))
        ),
        format!(
            "INSERT INTO night_audit SELECT {}, {}, 'done', {}, NULL, 0, 0, 0, 0, 0, 0, 1, '\"mark\"', 0, 0 FROM {}",
            w.id(Of::Property, "i % 2"),
            w.date(&format!("i / 2 - {days} + {AHEAD} + 1")),
            w.time("0"),
            w.below(2 * (days - AHEAD - 1))
        ),
        format!(
            "INSERT INTO reservation SELECT {property}, {visit}, CAST(1000000000 + i AS TEXT), {guest},
                CASE WHEN s = 'cancelled' OR s = 'no_show' THEN s WHEN s = 'expected' AND i % 10 = 8 THEN 'requested' ELSE 'reserved' END,
                {arrival}, {departure}, 2, 0, 'direct', NULL, 'card', 'CNY', FALSE,
                CASE WHEN i / 40 * 40 = i THEN {} END, NULL, 0, CASE s WHEN 'no_show' THEN 'audit' END, 1, {} FROM visit",
            w.id(Of::Group, "i / 160"),
            w.time("a - 20")
        ),
        format!(
            "INSERT INTO visit_group SELECT {}, 'G' || i, 'G', 1 FROM {}",
            w.id(Of::Group, "i"),
            w.below(visits / 160)
        ),
        format!(
            "INSERT INTO group_routing SELECT {}, {}, 'room', {}, 1, 1 FROM {}",
            w.id(Of::Group, "i"),
            w.id(Of::Property, "0"),
            w.id(Of::Visit, "i * 160"),
            w.below(visits / 160)
        ),
        format!(
            "INSERT INTO room_block SELECT {}, {}, {}, {}, {}, {}, 1 FROM {}",
            w.id(Of::Property, "0"),
            w.id(Of::Group, "i"),
            w.id(Of::Group, "i"),
            w.id(Of::Plan, "0"),
            w.date(&format!("i * 160 / {ARRIVALS} - {days}")),
            w.date(&format!("i * 160 / {ARRIVALS} - {days}")),
            w.below(visits / 160)
        ),
        format!(
            "INSERT INTO room_block_night SELECT {}, {}, {}, {}, 3, 1, NULL, 1 FROM {}",
            w.id(Of::Property, "0"),
            w.id(Of::Group, "i / 3"),
            w.date(&format!("i / 3 * 160 / {ARRIVALS} - {days} + i % 3")),
            w.id(Of::RoomType, "0"),
            w.below(visits / 160 * 3)
        ),
        format!(
            "INSERT INTO visit_company SELECT {property}, {visit}, 'company', {} FROM visit WHERE i % 10 < 2",
            w.id(Of::Account, "i % 40")
        ),
        format!(
            "INSERT INTO stay_share SELECT {property}, {visit}, {stay}, {arrival}, '[100]', NULL, NULL, 1 FROM visit
            WHERE s IN ('gone', 'in_house') AND i % 10 < 2"
        ),
        format!(
            "INSERT INTO posting_origin SELECT {property}, {visit}, {}, {visit}, {room} FROM visit WHERE s = 'gone' AND i % 10 < 2",
            w.id(Of::Posting, "i * 10")
        ),
        format!(
            "INSERT INTO reservation_room SELECT {property}, {visit}, 1, {room_type}, {}, {arrival}, {departure}, 2, 0, '[]', 0,
                CASE WHEN s IN ('gone', 'in_house') THEN {room} END, CASE WHEN s IN ('gone', 'in_house') THEN {stay} END,
                1, CASE WHEN s IN ('cancelled', 'no_show') THEN s ELSE 'reserved' END, CASE s WHEN 'no_show' THEN 'audit ' || a END, 0, '{{}}',
                CASE WHEN s IN ('in_house', 'expected') THEN {room_type} END, {departure}, '{{}}', NULL, NULL FROM visit",
            w.id(Of::Plan, "0")
        ),
        format!(
            "INSERT INTO reservation_version SELECT {property}, {visit}, 1, {}, '{{}}' FROM visit WHERE i % 5 = 0",
            w.time("a - 10")
        ),
        // The work of every day in the rooms, something found and mended, and a call.
        format!(
            "INSERT INTO room_task SELECT {property}, {arrival}, {room}, 'departure', 'finished', 30, 'LI', 1, NULL, NULL, 1 FROM visit
            WHERE a < 0"
        ),
        format!(
            "INSERT INTO room_seen SELECT {property}, {arrival}, {room}, TRUE, NULL, 'desk', {}, 1 FROM visit WHERE a < 0",
            w.time("a")
        ),
        format!(
            "INSERT INTO found_item SELECT {property}, {visit}, {arrival}, NULL, CASE WHEN a < -1 THEN 'returned' ELSE 'kept' END, {}, 'desk', {}, 1 FROM visit
            WHERE a < 0 AND i % 20 < 2",
            w.bytes(60),
            w.time("a")
        ),
        format!(
            "INSERT INTO maintenance_order SELECT {property}, {visit}, NULL, CASE WHEN a < -1 THEN 'done' ELSE 'open' END, FALSE, {},
                NULL, NULL, 'desk', {}, NULL, 1 FROM visit WHERE a < 0 AND i % 20 < 2",
            w.bytes(60),
            w.time("a")
        ),
        format!(
            "INSERT INTO finding SELECT {property}, {visit}, {visit}, 'rate', 'operator_error', 'warning',
                CASE WHEN a < -1 THEN 'resolved' ELSE 'open' END, i, 'CNY', '{{}}', {}, 0, NULL, NULL, NULL, 1 FROM visit
            WHERE a < 0 AND i % 20 < 2",
            w.time("a")
        ),
        // A channel that everybody came through; of today's messages some wait.
        format!("INSERT INTO channel SELECT p.id, {}, 'ctrip', 'Ctrip', NULL, '{{}}', '{{}}', {}, 1 FROM property p", w.id(Of::Plan, "0"), w.id(Of::Run, "0")),
        format!(
            "INSERT INTO channel_calendar SELECT p.id, {}, {}, 'loft', 'DBL', '[]', NULL, NULL, {}, 0, NULL, 1 FROM property p",
            w.id(Of::Plan, "1"),
            w.id(Of::Plan, "0"),
            w.time("0")
        ),
        format!(
            "INSERT INTO channel_feed SELECT p.id, {}, 'mews', 'https://example.com', NULL, NULL, TRUE, 15, {}, NULL, NULL, NULL, {}, 0, NULL, 1 FROM property p",
            w.id(Of::Plan, "0"),
            w.bytes(60),
            w.time("0")
        ),
        format!(
            "INSERT INTO channel_said SELECT {property}, {}, 'R-' || i, '0000', NULL, 1 FROM visit",
            w.id(Of::Plan, "0")
        ),
        format!(
            "INSERT INTO channel_message SELECT {property}, {visit}, {}, 'R-' || i, CASE WHEN a < -1 THEN 'taken' ELSE 'waiting' END, 'f', 'r', 'd',
                {}, 1, NULL, {}, 1 FROM visit WHERE a < 0 AND i % 20 < 2",
            w.id(Of::Plan, "0"),
            w.time("a"),
            w.bytes(60)
        ),
        format!(
            "INSERT INTO settlement_line SELECT {property}, CAST(1000000000 + i AS TEXT), 'WECHAT', {departure}, 100, 1, NULL, {}, 1
            FROM visit WHERE a < 0",
            w.time("a")
        ),
        format!("INSERT INTO finding_rule SELECT {property}, 'points_missing', 'desk', {} FROM visit WHERE i < 2", w.time("a")),
        format!(
            "INSERT INTO wake_up SELECT {property}, {visit}, {visit}, 1, {departure}, 390, 'answered', 'desk', 1 FROM visit WHERE a < 0"
        ),
        // A key for everybody who came, told of twice; the last ones of who is in house wait.
        format!(
            "INSERT INTO room_key SELECT {property}, {visit}, {}, 1, {stay}, {room}, CASE s WHEN 'gone' THEN 'cancelled' ELSE 'live' END,
                {}, {}, 1 FROM visit WHERE s IN ('gone', 'in_house')",
            w.id(Of::Posting, "i * 10"),
            w.time("z"),
            w.time("z")
        ),
        format!(
            "INSERT INTO key_order SELECT {property}, {}, {visit}, {}, CASE j WHEN 0 THEN 'issue' ELSE 'cancel' END,
                CASE WHEN j = 1 AND s = 'in_house' THEN 'waiting' ELSE 'done' END, {room}, {}, 'desk', {}, NULL, NULL, 1
            FROM visit, (SELECT i AS j FROM {}) AS orders WHERE s IN ('gone', 'in_house')",
            w.id(Of::Posting, "i * 10 + j"),
            w.id(Of::Posting, "i * 10"),
            w.time("z"),
            w.time("a"),
            w.below(2)
        ),
        // What was written down of a visit: one to know, one that was done, or is still to be.
        format!(
            "INSERT INTO visit_note SELECT {property}, {visit}, {}, CASE j WHEN 0 THEN 'note' ELSE 'trace' END,
                CASE WHEN j = 0 THEN 'kept' WHEN s IN ('expected', 'in_house') THEN 'open' ELSE 'done' END, NULL,
                CASE j WHEN 1 THEN 'housekeeping' END, CASE j WHEN 1 THEN {arrival} END, {guest}, {}, 'desk', {}, NULL, NULL, 1
            FROM visit, (SELECT i AS j FROM {}) AS notes WHERE i % 5 = 0",
            w.id(Of::Posting, "i * 10 + j"),
            w.bytes(60),
            w.time("a - 10"),
            w.below(2)
        ),
        "INSERT INTO note_token SELECT row_number() OVER (ORDER BY id) / 5, id, property_id, visit_id FROM visit_note".to_owned(),
        format!(
            "INSERT INTO guest_flag SELECT {}, 'vip', {}, 'desk', {}, 1 FROM {}",
            w.id(Of::Guest, "i * 10"),
            w.bytes(60),
            w.time("0"),
            w.below(visits / 20)
        ),
        format!(
            "INSERT INTO deposit SELECT {property}, {visit}, {visit}, 1, {arrival}, 100, 'paid', 1, 100
            FROM visit WHERE i % 5 = 0"
        ),
        // Paid before arrival, and applied when the guest came.
        format!(
            "INSERT INTO deposit_entry SELECT {property}, {visit}, {}, {}, {}, CASE j WHEN 0 THEN 'received' ELSE 'applied' END,
                CASE j WHEN 0 THEN 100 ELSE -100 END, CASE j WHEN 0 THEN 'CARD' END, 1, CASE j WHEN 0 THEN i END, NULL, NULL, NULL,
                NULL, NULL, NULL, 'desk'
            FROM visit, (SELECT i AS j FROM {}) AS moves WHERE i % 5 = 0 AND (j = 0 OR s IN ('gone', 'in_house'))",
            w.id(Of::Posting, "i * 10 + j"),
            w.date("a - 10 + 10 * j"),
            w.time("a - 10 + 10 * j"),
            w.below(2)
        ),
        format!(
            "INSERT INTO deposit_account SELECT {property}, {visit}, CASE s WHEN 'expected' THEN 100 ELSE 0 END, 1 FROM visit
            WHERE i % 5 = 0"
        ),
        format!(
            "INSERT INTO number_series SELECT {property}, 'deposit_receipt', {visits}, 1 FROM {}",
            w.below(2)
        ),
        // An invoice of two lines for everybody who came, printed again.
        format!(
            "INSERT INTO invoice SELECT {property}, {visit}, {}, 'INV', i, 'invoice', NULL, 1, {departure}, {}, 'desk', 'CNY', 100, 6,
                '{{}}', {guest}, {} FROM visit WHERE s IN ('gone', 'in_house')",
            w.id(Of::Entry, "i"),
            w.time("z"),
            w.bytes(60)
        ),
        format!(
            "INSERT INTO invoice_line SELECT {property}, {visit}, {}, j + 1, {}, 'ROOM', 'R', 'R', {arrival}, 1, 600, 100, 6, NULL
            FROM visit, (SELECT i AS j FROM {}) AS lines WHERE s IN ('gone', 'in_house')",
            w.id(Of::Entry, "i"),
            w.id(Of::Posting, "i * 10 + j"),
            w.below(2)
        ),
        format!(
            "INSERT INTO invoice_copy SELECT {property}, {visit}, {}, 1, {}, 'desk' FROM visit WHERE s IN ('gone', 'in_house')",
            w.id(Of::Entry, "i"),
            w.time("z")
        ),
        // A shift a day in each property, with twenty entries; the last is open. And a rate a day.
        format!(
            "INSERT INTO cashier_shift SELECT {}, {}, i / 2, 'desk', CASE WHEN i / 2 = {days} - 1 THEN 'open' ELSE 'closed' END,
                {}, {}, NULL, NULL, NULL, 1 FROM {}",
            w.id(Of::Property, "i % 2"),
            w.id(Of::Entry, "i"),
            w.date(&format!("i / 2 - {days} + 1")),
            w.time(&format!("i / 2 - {days} + 1")),
            w.below(2 * days)
        ),
        format!(
            "INSERT INTO shift_entry SELECT {}, {}, {}, 'bill', 'CASH', 'CNY', 100, {}, {}, NULL, NULL, NULL
            FROM {}, (SELECT i AS j FROM {}) AS entries",
            w.id(Of::Property, "i % 2"),
            w.id(Of::Entry, "i"),
            w.id(Of::Posting, "i * 100 + j"),
            w.date(&format!("i / 2 - {days} + 1")),
            w.time(&format!("i / 2 - {days} + 1")),
            w.below(2 * days),
            w.below(20)
        ),
        format!(
            "INSERT INTO shift_count SELECT {}, {}, 'CASH', 'CNY', 2000, 2000 FROM {}",
            w.id(Of::Property, "i % 2"),
            w.id(Of::Entry, "i"),
            w.below(2 * days - 2)
        ),
        format!(
            "INSERT INTO exchange_rate SELECT {}, 'USD', {}, 700000000, 'desk', 1 FROM {}",
            w.id(Of::Property, "i % 2"),
            w.date(&format!("i / 2 - {days} + 1")),
            w.below(2 * days)
        ),
        // A few accounts every day.
        format!(
            "INSERT INTO day_ledger SELECT {}, {}, CASE j WHEN 0 THEN 'guest' ELSE 'revenue' END, CAST(j AS TEXT), '', 'CNY', 0, 1, 1, 0, 0
            FROM {}, (SELECT i AS j FROM {}) AS accounts",
            w.id(Of::Property, "i % 2"),
            w.date(&format!("i / 2 - {days} + {AHEAD} + 1")),
            w.below(2 * (days - AHEAD - 1)),
            w.below(8)
        ),
        format!(
            "INSERT INTO stay SELECT {property}, {visit}, {stay}, 1, CASE s WHEN 'gone' THEN 'checked_out' ELSE s END,
                {room}, {arrival}, {departure}, 2, 0, {}, CASE s WHEN 'gone' THEN {} END, NULL, 1
            FROM visit WHERE s IN ('gone', 'in_house')",
            w.time("a"),
            w.time("z")
        ),
        format!(
            "INSERT INTO stay_guest SELECT {property}, {visit}, {stay}, {guest}, 'primary' FROM visit WHERE s IN ('gone', 'in_house')"
        ),
        format!(
            "INSERT INTO stay_room SELECT {property}, {visit}, {stay}, 1, {room}, {arrival}, 'check_in' FROM visit
            WHERE s IN ('gone', 'in_house')"
        ),
        format!(
            "INSERT INTO folio SELECT {property}, {visit}, {folio}, 1, {guest}, NULL, CASE s WHEN 'gone' THEN 'closed' ELSE 'open' END,
                'CNY', CASE WHEN s IN ('expected', 'in_house') THEN 30000 ELSE 0 END, 1 FROM visit WHERE s <> 'cancelled'"
        ),
        // A charge, its tax and a payment for every night.
        format!(
            "INSERT INTO posting SELECT {property}, {visit}, {}, {folio}, {stay}, {}, {}, 'ROOM',
                CASE j % 3 WHEN 0 THEN 'revenue' WHEN 1 THEN 'tax' ELSE 'payment' END, 100, 1, {}, NULL, NULL,
                CASE j % 3 WHEN 0 THEN 'room:' || i || ':' || (a + j / 3) END, NULL, NULL, NULL, NULL, 'here', 'desk', NULL
            FROM visit, (SELECT i AS j FROM {}) AS nights WHERE s IN ('gone', 'in_house') AND a + j / 3 < z AND a + j / 3 < 0",
            w.id(Of::Posting, "i * 10 + j"),
            w.date("a + j / 3"),
            w.time("a + j / 3"),
            w.date("a + j / 3"),
            w.below(9)
        ),
        format!(
            "INSERT INTO pre_auth SELECT {property}, {visit}, {visit}, CASE WHEN z < 0 THEN 'released' ELSE 'chargeable' END, 1000, 0,
                '0000', {}, 1, {guest}, {} FROM visit WHERE s IN ('gone', 'in_house')",
            w.date("z + 5"),
            w.bytes(60)
        ),
        format!(
            "INSERT INTO routing SELECT {property}, {visit}, 'minibar', 1, 1 FROM visit WHERE i % 10 = 0"
        ),
        format!(
            "INSERT INTO room_night SELECT {property}, {room}, {}, 'night', {visit}, 1
            FROM visit, (SELECT i AS j FROM {}) AS nights WHERE s IN ('gone', 'in_house') AND a + j < z",
            w.date("a + j"),
            w.below(3)
        ),
        format!(
            "INSERT INTO visit_alias SELECT CAST(1000000000 + i AS TEXT), 'hefu', {property}, {property}, {visit} FROM visit"
        ),
        format!(
            "INSERT INTO visit_alias SELECT 'OTA' || i, 'ota', {property}, {property}, {visit} FROM visit WHERE i % 3 = 0"
        ),
        format!(
            "INSERT INTO guest SELECT {}, 'active', CASE WHEN i % 50 = 1 THEN {} END, {}, 1 FROM {}",
            w.id(Of::Guest, "i"),
            w.id(Of::Guest, "i - 1"),
            w.bytes(200),
            w.below(visits / 2)
        ),
        format!(
            "INSERT INTO keys.data_key SELECT {}, {} FROM {}",
            w.id(Of::Guest, "i"),
            w.bytes(60),
            w.below(visits / 2)
        ),
        format!("INSERT INTO guest_visit SELECT {guest}, {property}, {visit}, {arrival}, {departure} FROM visit"),
        format!(
            "INSERT INTO token SELECT i * 7 + j, {} FROM {}, (SELECT i AS j FROM {}) AS tokens",
            w.id(Of::Guest, "i"),
            w.below(visits / 2),
            w.below(4)
        ),
        format!(
            "INSERT INTO source_profile SELECT 'pms', 'G' || i, {}, {}, {} FROM {}",
            w.id(Of::Guest, "i"),
            w.time("0"),
            w.bytes(100),
            w.below(visits / 2)
        ),
        format!(
            "INSERT INTO source_record SELECT {property}, 'pms', 'booking', 'B' || i, 1, {visit}, NULL, 'booking,stay', 'linked', NULL,
                {}, {guest}, {}, {} FROM visit",
            w.time("a"),
            w.bytes(29),
            w.bytes(300)
        ),
        format!(
            "INSERT INTO difference SELECT {property}, {visit}, {visit}, 'pms', 'booking', 'B' || i, 1, 'rate', {guest}, {},
                CASE WHEN a > 0 THEN 'open' ELSE 'resolved' END, {}, NULL, 1 FROM visit WHERE i % 20 = 0",
            w.bytes(60),
            w.time("a")
        ),
        format!(
            "INSERT INTO guest_merge SELECT {}, {}, {}, {}, 'a', TRUE, CASE WHEN i % 2 = 0 THEN {} END, 1 FROM {}",
            w.id(Of::Entry, "i"),
            w.id(Of::Guest, "i * 50"),
            w.id(Of::Guest, "i * 50 + 1"),
            w.time("0"),
            w.time("0"),
            w.below(visits / 100)
        ),
        // Ten of them are still asked.
        format!(
            "INSERT INTO guest_pair SELECT {}, {}, CASE WHEN i < 10 THEN 'open' ELSE 'apart' END, i, {}, NULL, NULL, 1 FROM {}",
            w.id(Of::Guest, "i"),
            w.id(Of::Guest, "i + 1"),
            w.time("0"),
            w.below(visits / 100)
        ),
        format!(
            "INSERT INTO membership SELECT {}, {}, 'M' || i, 'silver', 100, 100, '{TODAY}', 1 FROM {}",
            w.id(Of::Membership, "i"),
            w.id(Of::Guest, "i * 5"),
            w.below(visits / 10)
        ),
        format!(
            "INSERT INTO member_programme SELECT {}, '[]', '[]', NULL, 1 FROM {}",
            w.id(Of::Property, "i"),
            w.below(2)
        ),
        format!(
            "INSERT INTO night_voucher SELECT {}, {}, NULL, '{TODAY}', 'open', 'desk', 1 FROM {}",
            w.id(Of::Membership, "i"),
            w.id(Of::Entry, "i"),
            w.below(visits / 10)
        ),
        format!(
            "INSERT INTO free_night SELECT {property}, {visit}, {}, 1, {arrival}, 100, NULL, NULL, 'live', 1 FROM visit WHERE i % 10 = 0",
            w.id(Of::Posting, "i * 10")
        ),
        format!(
            "INSERT INTO points_entry SELECT {}, 'stay:' || i, 'accrual', 10, {property}, {visit}, {}, CASE WHEN i % 100 = 0 THEN {guest} END
            FROM visit WHERE i % 10 < 2",
            w.id(Of::Membership, "i / 10"),
            w.time("z")
        ),
        format!(
            "INSERT INTO city_account SELECT {property}, {}, 'C', 'C', 1000000, 0, 1 FROM {}",
            w.id(Of::Account, "0"),
            w.below(2)
        ),
        format!(
            "INSERT INTO city_entry SELECT {property}, {}, {visit}, {visit}, {departure}, 0, NULL, NULL, 'desk', {visit}, NULL FROM visit WHERE i % 10 = 0",
            w.id(Of::Account, "0")
        ),
        // Paid by now, unless it was moved in the last days.
        format!(
            "INSERT INTO city_item SELECT {property}, {}, {visit}, {departure}, 100, CASE WHEN z < -5 THEN 0 ELSE 100 END, NULL, NULL, 1
            FROM visit WHERE i % 10 = 0",
            w.id(Of::Account, "0")
        ),
        format!(
            "INSERT INTO city_allocation SELECT {property}, {}, {visit}, {visit}, {visit}, 100, {departure}, {}, 'desk', NULL
            FROM visit WHERE i % 10 = 0 AND z < -5",
            w.id(Of::Account, "0"),
            w.time("z")
        ),
        // An alarm now and then, of which auditors have seen all but five; and what was unmasked day by day.
        format!(
            "INSERT INTO alarm SELECT {}, 'many_guests', {}, NULL, {}, CASE WHEN i >= 5 THEN {} END, NULL, 1 FROM {}",
            w.id(Of::Entry, "i"),
            w.id(Of::Account, "1"),
            w.time("0"),
            w.time("1"),
            w.below(visits / 10)
        ),
        format!(
            "INSERT INTO unmasking_count SELECT {}, {}, 5 FROM {}",
            w.date(&format!("i - {}", visits / 10)),
            w.id(Of::Account, "1"),
            w.below(visits / 10)
        ),
        // Three entries each, the last ten of all without a place.
        format!(
            "INSERT INTO journal (id, at, actor, action, property_id, visit_id, subject_kind, subject_id, commitment, log_index)
            SELECT {}, {}, 'a', 'booked', {}, {}, 'visit', {}, {}, CASE WHEN i < {} THEN i END FROM {}",
            w.id(Of::Entry, "i"),
            w.time("0"),
            w.id(Of::Property, "i / 3 % 2"),
            w.id(Of::Visit, "i / 3"),
            w.id(Of::Visit, "i / 3"),
            w.bytes(32),
            3 * visits - 10,
            w.below(3 * visits)
        ),
        format!(
            "INSERT INTO journal_change SELECT {}, {}, {}, {} FROM {}",
            w.id(Of::Entry, "i"),
            w.id(Of::Guest, "i / 6"),
            w.bytes(80),
            w.bytes(80),
            w.below(3 * visits)
        ),
        format!("UPDATE ledger_tree SET size = {}", 3 * visits - 10),
        format!("INSERT INTO ledger_tile SELECT 0, i, {} FROM {}", w.bytes(8_192), w.below(3 * visits / 256)),
        format!(
            "INSERT INTO ledger_checkpoint SELECT i * 10, {}, 'n' FROM {}",
            w.time("0"),
            w.below(3 * visits / 10)
        ),
        format!(
            "INSERT INTO idempotency SELECT 'key' || i, {}, {}, {} FROM {}",
            w.bytes(32),
            w.bytes(100),
            w.time("1"),
            w.below(visits)
        ),
        format!(
            "INSERT INTO import_run SELECT {}, 'm', 'D' || i, 'finished', {}, NULL, '{{}}', 1, '[]' FROM {}",
            w.id(Of::Run, "i"),
            w.time("0"),
            w.below(3)
        ),
        format!(
            "INSERT INTO quarantine SELECT {}, i, 'f', 'r', 'd', {} FROM {}",
            w.id(Of::Run, "0"),
            w.bytes(50),
            w.below(visits / 20)
        ),
        format!(
            "INSERT INTO import_file SELECT {}, 'f', 1, 'finished', NULL, NULL, 'P', NULL, NULL, NULL, 'li', {}, NULL, NULL, 1 FROM {}",
            w.id(Of::Run, "i"),
            w.time("0"),
            w.below(visits / 20)
        ),
        format!(
            "INSERT INTO quarantine_decision SELECT {}, i, 'left_out', NULL, 'li', {} FROM {}",
            w.id(Of::Run, "0"),
            w.time("0"),
            w.below(20)
        ),
        "DROP TABLE visit".into(),
    ];
    all.insert(0, "BEGIN".into());
    all.push("COMMIT".into());
    all
}
