//! What must be true of the money of a property at any moment, for tests that do many things in any order.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Server;

/// The closed dates of a property as they were first seen.
#[derive(Debug, Default)]
pub struct ClosedDays {
    /// The ledgers that were written.
    ledgers: BTreeMap<String, Value>,
    /// The lines of bills and the movements of deposits that are dated with it.
    lines: BTreeMap<String, Vec<String>>,
}

impl ClosedDays {
    /// The ledgers of the closed dates.
    pub fn days(&self) -> impl Iterator<Item = &Value> {
        self.ledgers.values()
    }
}

/// What must not change of a line or movement: all of it but where its room is now.
fn kept(line: &Value) -> String {
    let mut line = line.clone();
    line.as_object_mut().unwrap().remove("room_number");
    line.to_string()
}

fn rows(day: &Value) -> &Vec<Value> {
    day["ledgers"].as_array().unwrap()
}

fn number(row: &Value, field: &str) -> i64 {
    row[field].as_i64().unwrap()
}

/// The sum of a field over the rows of a ledger.
pub fn of_ledger(day: &Value, ledger: &str, field: &str) -> i64 {
    rows(day).iter().filter(|row| row["ledger"] == ledger).map(|row| number(row, field)).sum()
}

/// The ledgers of a date balance: each account closes with its movements, all debits are all credits, and what guests, companies and deposits
/// moved is what was earned and taxed less what was paid.
pub fn assert_balanced(day: &Value) {
    let mut total = 0;
    for row in rows(day) {
        let (opening, closing) = (number(row, "opening"), number(row, "closing"));
        assert_eq!(opening + number(row, "debit") - number(row, "credit"), closing, "{row}");
        total += number(row, "debit") - number(row, "credit");
    }
    assert_eq!(total, 0, "{day}");
    let moved = |ledgers: &[&str]| -> i64 {
        ledgers.iter().map(|ledger| of_ledger(day, ledger, "debit") - of_ledger(day, ledger, "credit")).sum()
    };
    let earned = -moved(&["revenue", "tax", "other_systems"]);
    assert_eq!(moved(&["guest", "deposit", "city"]), earned - moved(&["payment"]), "{day}");
}

/// Money is on exactly one ledger at a time: the open date's ledgers balance, begin where the last closed date ended, and say what the bills, the
/// deposits and the accounts of these visits and companies say. Closed dates are as they were when they were first seen here.
///
/// `visits` are all of the property; nothing was imported into it.
pub async fn assert_money_is_somewhere(
    s: &Server,
    property: &str,
    visits: &[String],
    accounts: &[&str],
    closed: &mut ClosedDays,
) {
    let at = format!("/api/v1/properties/{property}");
    let today = s.get(&format!("{at}/ledgers")).await;
    assert_balanced(&today);
    assert_eq!(today["closed"], false);
    assert!(rows(&today).iter().all(|row| row["ledger"] != "other_systems"), "{today}");
    let (mut on_bills, mut held) = (0, 0);
    let mut dated: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut earned: BTreeMap<String, i64> = BTreeMap::new();
    for visit in visits {
        let view = s.get(&format!("/api/v1/visits/{visit}")).await;
        on_bills += view["consumption"]["balance"].as_i64().unwrap();
        held += view["booking"]["deposit_held"].as_i64().unwrap();
        let lines = view["consumption"]["postings"].as_array().unwrap();
        for line in lines.iter().chain(view["booking"]["deposit_entries"].as_array().unwrap()) {
            let date = line["business_date"].as_str().unwrap().to_owned();
            if line["code"].is_string() && (line["kind"] == "revenue" || line["kind"] == "tax") {
                *earned.entry(date.clone()).or_default() += number(line, "amount");
            }
            dated.entry(date).or_default().push(kept(line));
        }
        let sum: i64 = lines.iter().map(|line| number(line, "amount")).sum();
        assert_eq!(view["consumption"]["balance"], sum, "{visit}: a bill is the sum of its lines");
        for line in lines {
            let names =
                |field: &str| line[field].is_null() || lines.iter().any(|one| one["id"] == line[field]);
            assert!(names("reverses") && names("corrects") && names("belongs_to"), "{line}");
        }
    }
    assert_eq!(of_ledger(&today, "guest", "closing"), on_bills, "{today}");
    assert_eq!(of_ledger(&today, "deposit", "closing"), -held, "{today}");
    for account in accounts {
        let view = s.get(&format!("{at}/city-accounts/{account}")).await;
        let row = rows(&today).iter().find(|row| row["ledger"] == "city" && row["account"] == *account);
        assert_eq!(view["account"]["balance"], row.map_or(0, |row| number(row, "closing")), "{account}");
        let aged = s.get(&format!("{at}/city-ageing")).await;
        let aged = aged.as_array().unwrap().iter().find(|of| of["account"] == *account).cloned();
        let open = aged.map_or(0, |of| {
            let owed = ["to_30", "to_60", "to_90", "over_90"].map(|age| number(&of, age));
            owed.iter().sum::<i64>() - number(&of, "on_account")
        });
        assert_eq!(view["account"]["balance"], open, "{account}: what is open is not what is owed");
    }
    let check = s.get(&format!("{at}/night-audit/check")).await;
    assert_eq!(check["out_of_balance"], serde_json::json!([]));

    let runs = s.get(&format!("{at}/night-audits?limit=500")).await;
    let mut before: Option<Value> = None;
    let mut dates: Vec<&str> = runs
        .as_array()
        .unwrap()
        .iter()
        .filter(|run| run["step"] == "done")
        .map(|run| run["business_date"].as_str().unwrap())
        .collect();
    dates.sort_unstable();
    for date in dates {
        let day = s.get(&format!("{at}/days/{date}/ledgers")).await;
        assert_eq!(day["closed"], true);
        assert_balanced(&day);
        let first = closed.ledgers.entry(date.to_owned()).or_insert_with(|| day.clone());
        assert_eq!(*first, day, "a closed date has changed");
        let mut lines = dated.remove(date).unwrap_or_default();
        lines.sort_unstable();
        let first = closed.lines.entry(date.to_owned()).or_insert_with(|| lines.clone());
        assert_eq!(*first, lines, "something was dated with a closed date, or changed there");
        let credit = |ledger| of_ledger(&day, ledger, "credit") - of_ledger(&day, ledger, "debit");
        assert_eq!(credit("revenue") + credit("tax"), earned.get(date).copied().unwrap_or(0), "{day}");
        if let Some(before) = &before {
            assert_carried(before, &day);
        }
        before = Some(day);
    }
    if let Some(before) = &before {
        assert_carried(before, &today);
    }
}

/// A date begins where the date before ended.
fn assert_carried(before: &Value, day: &Value) {
    for ledger in ["guest", "deposit", "city"] {
        assert_eq!(of_ledger(before, ledger, "closing"), of_ledger(day, ledger, "opening"), "{ledger}");
    }
    for ledger in ["revenue", "tax", "payment"] {
        assert_eq!(of_ledger(day, ledger, "opening"), 0, "{ledger}");
    }
}

/// What is shown before is what is billed: the nights still to come with their fee and tax, posted now, bring the bill to what was shown.
/// The visit is in house and leaves on the business date.
pub async fn assert_shown_is_billed(s: &Server, visit: &str) {
    let at = format!("/api/v1/visits/{visit}");
    let shown = s.get(&at).await["consumption"]["at_check_out"].clone();
    s.post(&format!("{at}/nights"), serde_json::json!({})).await;
    let billed = s.get(&at).await["consumption"].clone();
    assert_eq!((&billed["balance"], &billed["at_check_out"]), (&shown, &shown));
}
