//! What the engine finds, and what it never does.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use hefu_reconcile::{
    Finding, FindingKind, Kind, Match, Options, Outcome, Record, Side, reconcile, reconcile_sets,
};
use proptest::prelude::*;

fn record(id: &str, day: u64, amount: i64, text: &str) -> Record {
    let date = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap().checked_add_days(Days::new(day));
    Record { id: id.into(), date, amount, text: text.into(), ..Record::default() }
}

fn with_reference(reference: &str, record: Record) -> Record {
    Record { reference: reference.into(), ..record }
}

/// Ordinary events around the ones a test is about, so that there is something to learn from.
fn crowd(left: &mut Vec<Record>, right: &mut Vec<Record>) {
    const NAMES: [&str; 8] = ["Anders", "Brook", "Castell", "Dorman", "Ellwood", "Farrow", "Gant", "Hollis"];
    for n in 0..120_u64 {
        let text = format!("{} {} invoice", NAMES[n as usize % 8], NAMES[n as usize / 8 % 8]);
        let amount = 10_000 + (n as i64 * 7_919) % 90_000;
        left.push(record(&format!("l{n}"), n % 28, amount, &text));
        right.push(record(
            &format!("r{n}"),
            n % 28 + n % 3,
            amount,
            &format!("TRANSFER {}", text.to_uppercase()),
        ));
    }
}

fn run(mut left: Vec<Record>, mut right: Vec<Record>) -> (Vec<Record>, Vec<Record>, Outcome) {
    crowd(&mut left, &mut right);
    let outcome = reconcile(&left, &right, &Options::default());
    (left, right, outcome)
}

/// The match of the first record of the left set.
fn first(outcome: &Outcome) -> &Match {
    outcome.matches.iter().find(|found| found.left.contains(&0)).unwrap()
}

fn finding(outcome: &Outcome, side: Side, index: usize) -> Option<&Finding> {
    outcome.findings.iter().find(|found| found.place.side == side && found.place.index == index)
}

#[test]
fn equal_amounts_are_exact() {
    let (.., outcome) = run(
        vec![record("a", 3, 123_45, "Marlowe Quentin deposit")],
        vec![record("b", 4, 123_45, "CARD MARLOWE QUENT")],
    );
    let found = first(&outcome);
    assert_eq!((found.kind, &found.right[..], found.difference), (Kind::Exact, &[0][..], 0));
    assert!(found.probability > 0.95 && found.evidence.amount > 5.0, "{found:?}");
    assert_eq!(outcome.findings, []);
}

#[test]
fn fees_and_slips_are_named() {
    for (paid, kind) in [
        (127_72, Kind::Less),
        (129_30, Kind::More),
        (182_49, Kind::TransposedDigits),
        (128_44, Kind::WrongDigit),
    ] {
        let (.., outcome) = run(
            vec![record("a", 3, 128_49, "Marlowe Quentin deposit")],
            vec![record("b", 4, paid, "CARD MARLOWE QUENTIN DEPOSIT")],
        );
        let expected = if paid == 182_49 { None } else { Some(kind) };
        let found = outcome.matches.iter().find(|found| found.left.contains(&0));
        if let Some(expected) = expected {
            let found = found.unwrap();
            assert_eq!((found.kind, found.difference), (expected, i128::from(paid - 128_49)), "{paid}");
        }
        let is_slip =
            found.is_some_and(|found| matches!(found.kind, Kind::TransposedDigits | Kind::WrongDigit));
        let typing = finding(&outcome, Side::Left, 0).map(|finding| finding.kind);
        assert_eq!(typing == Some(FindingKind::Typing), is_slip, "{paid}");
    }
}

#[test]
fn a_slip_is_none_where_references_contradict_or_a_sum_comes_out() {
    let pair = |paid: i64, reference: &str| {
        let (.., outcome) = run(
            vec![with_reference("INV-7501", record("a", 3, 398_00, "Marlowe Quentin"))],
            vec![with_reference(reference, record("b", 4, paid, "MARLOWE QUENTIN"))],
        );
        (outcome.matches.iter().any(|found| found.left.contains(&0)), outcome)
    };
    assert!(pair(388_00, "INV-7501").0 && !pair(388_00, "INV-8899").0);
    // A tenth is the usual deposit, and no digit that was left out.
    let (is_matched, outcome) = pair(39_80, "INV-7501");
    let kind = outcome.matches.iter().find(|found| found.left.contains(&0)).map(|found| found.kind);
    assert!(!is_matched || kind == Some(Kind::Partial), "{kind:?}");
    assert_ne!(finding(&outcome, Side::Left, 0).map(|found| found.kind), Some(FindingKind::Typing));
    // Two of three bills are what was paid, to the cent.
    let bill = |id: &str, amount: i64| record(id, 3, amount, "Marlowe Quentin bill");
    let (.., outcome) = run(
        vec![bill("a", 500_00), bill("b", 200_00), bill("c", 400_00)],
        vec![record("d", 4, 600_00, "MARLOWE QUENTIN BILL")],
    );
    assert!(!outcome.matches.iter().any(|found| found.left == [0]), "{:?}", outcome.matches);
}

#[test]
fn one_deposit_settles_four_invoices() {
    let left = vec![
        record("a", 3, 411_17, "Marlowe Quentin - invoice 1"),
        record("b", 4, 99_03, "Marlowe Quentin - invoice 2"),
        record("c", 5, 1_200_71, "Marlowe Quentin - invoice 3"),
        record("d", 6, 87_55, "Marlowe Quentin - invoice 4"),
    ];
    let sum = left.iter().map(|record| record.amount).sum();
    let (.., outcome) = run(left, vec![record("e", 7, sum, "TRANSFER MARLOWE QUENTIN")]);
    let found = first(&outcome);
    assert_eq!((found.kind, &found.left[..], &found.right[..]), (Kind::Group, &[0, 1, 2, 3][..], &[0][..]));
    assert_eq!(found.difference, 0);
}

#[test]
fn one_stay_over_two_bookings() {
    let (.., outcome) = run(
        vec![record("a", 3, 640_00, "Marlowe Quentin - stay")],
        vec![record("b", 3, 400_50, "MARLOWE QUENTIN"), record("c", 5, 239_50, "MARLOWE QUENTIN")],
    );
    let found = first(&outcome);
    assert_eq!((found.kind, &found.right[..]), (Kind::Group, &[0, 1][..]));
}

/// Two people of one surname owe the same on one day, and one of them pays in two instalments.
#[test]
fn instalments_are_never_taken_for_those_of_a_namesake() {
    let (.., outcome) = run(
        vec![
            record("paul", 12, 900_00, "Paul Vanderloo INV-9002"),
            record("petra", 12, 900_00, "Petra Vanderloo INV-9012"),
        ],
        vec![
            record("b1", 13, 300_00, "PAUL VANDERLOO INV-9002"),
            record("b2", 15, 600_00, "PAUL VANDERLOO INV-9002"),
        ],
    );
    // They may wait for a person; they are not booked as those of the other.
    assert!(outcome.matches.iter().all(|found| !found.left.contains(&1)), "{:?}", outcome.matches);
    let paid = outcome.matches.iter().find(|found| found.left.contains(&0));
    assert!(paid.is_none_or(|found| found.right == [0, 1]), "{paid:?}");
    assert!(paid.is_some() || finding(&outcome, Side::Left, 0).is_some());
}

#[test]
fn voids_offset_what_they_void_and_the_reissue_is_paid() {
    let left = vec![
        with_reference("CHK-4666", record("a", 3, 355_53, "Marlowe Quentin - consulting")),
        with_reference("CHK-4666-V", record("b", 5, -355_53, "VOID check 4666 Marlowe Quentin")),
        with_reference("CHK-4671", record("c", 5, 355_53, "Marlowe Quentin - consulting")),
    ];
    let (.., outcome) = run(left, vec![record("d", 6, 355_53, "TRANSFER MARLOWE QUENTIN")]);
    let found = first(&outcome);
    assert_eq!((found.kind, &found.left[..], found.right.is_empty()), (Kind::Offset, &[0, 1][..], true));
    assert!(outcome.matches.iter().any(|found| found.left == [2] && found.right == [0]));
}

#[test]
fn a_copy_is_a_duplicate() {
    let left = vec![
        record("b", 3, 355_53, "Marlowe Quentin - consulting"),
        record("a", 3, 355_53, "Marlowe Quentin - consulting"),
    ];
    let (.., outcome) = run(left, vec![record("d", 4, 355_53, "TRANSFER MARLOWE QUENTIN")]);
    assert!(
        outcome.matches.iter().any(|found| found.left == [1] && found.right == [0]),
        "the lower id comes first"
    );
    let copy = finding(&outcome, Side::Left, 0).unwrap();
    assert_eq!((copy.kind, copy.rivals[0].place.index, copy.amount), (FindingKind::Duplicate, 1, 355_53));
}

#[test]
fn a_part_is_paid_under_the_same_reference() {
    for (paid, kind, finds) in
        [(300_00, Kind::Partial, FindingKind::Partial), (1_700_00, Kind::Over, FindingKind::Over)]
    {
        let (.., outcome) = run(
            vec![with_reference("INV-88123", record("a", 3, 900_00, "Marlowe Quentin"))],
            vec![with_reference("inv 88123", record("b", 4, paid, "MARLOWE QUENTIN"))],
        );
        let found = first(&outcome);
        assert_eq!((found.kind, found.difference), (kind, i128::from(paid - 900_00)));
        let open = finding(&outcome, Side::Left, 0).unwrap();
        assert_eq!((open.kind, open.amount), (finds, i128::from(paid - 900_00)));
    }
}

#[test]
fn what_nothing_decides_is_for_a_person() {
    let left = vec![record("a", 3, 500_00, "cash"), record("b", 3, 500_00, "desk")];
    let right = vec![record("c", 4, 500_00, "DEPOSIT 1")];
    let (.., outcome) = run(left, right);
    assert!(outcome.matches.iter().all(|found| found.right != [0]), "{:?}", outcome.matches);
    let open = finding(&outcome, Side::Right, 0).unwrap();
    let rivals: BTreeSet<usize> = open.rivals.iter().map(|rival| rival.place.index).collect();
    assert_eq!((open.kind, rivals), (FindingKind::Undecidable, BTreeSet::from([0, 1])));
}

#[test]
fn what_looks_the_same_is_never_said_to_be_missing() {
    // Far too little to learn from: nothing is booked, and each is shown what may be its counterpart.
    let of = |id: &str, day: u64| Record { party: "Ann Marlowe".into(), ..record(id, day, 100_00, "") };
    let upper = |record: Record| Record { party: record.party.to_uppercase(), ..record };
    let left = [of("a", 1), of("b", 1)];
    let right = [upper(of("c", 2)), upper(of("d", 4))];
    let outcome = reconcile(&left, &right, &Options::default());
    let is_shown = |found: &Finding| {
        let over_there = found.rivals.iter().filter(|rival| rival.place.side != found.place.side);
        found.kind == FindingKind::Undecidable && over_there.count() == 2
    };
    assert!(outcome.matches.is_empty() && outcome.findings.len() == 4, "{outcome:?}");
    assert!(outcome.findings.iter().all(is_shown), "{outcome:?}");
    // Somebody else's of another amount are none.
    let outcome = reconcile(&left[..1], &[record("c", 2, 99_00, "Brook")], &Options::default());
    assert!(
        outcome.findings.iter().all(|found| found.kind == FindingKind::Unmatched && found.rivals.is_empty())
    );
}

#[test]
fn what_has_no_counterpart_is_unmatched() {
    let (.., outcome) = run(vec![record("a", 3, 731_31, "Marlowe Quentin")], Vec::new());
    assert_eq!(finding(&outcome, Side::Left, 0).unwrap().kind, FindingKind::Unmatched);
    assert_eq!(reconcile(&[], &[], &Options::default()), Outcome::default());
}

#[test]
fn currencies_never_mix() {
    let of = |currency: &str, record| Record { currency: currency.into(), ..record };
    let (.., outcome) = run(
        vec![of("CNY", record("a", 3, 123_45, "Marlowe Quentin deposit"))],
        vec![of("USD", record("b", 3, 123_45, "Marlowe Quentin deposit"))],
    );
    assert!(outcome.matches.iter().all(|found| !found.left.contains(&0)));
}

#[test]
fn the_same_number_with_the_opposite_sign_or_in_another_currency_is_shown() {
    let of = |id: &str, amount: i64, currency: &str| Record {
        reference: "INV-7731".into(),
        currency: currency.into(),
        ..record(id, 3, amount, "")
    };
    for (amount, currency) in [(-123_45, "CNY"), (123_45, "USD"), (17_20, "USD")] {
        let outcome = reconcile(&[of("a", 123_45, "CNY")], &[of("b", amount, currency)], &Options::default());
        assert!(outcome.matches.is_empty() && outcome.findings.len() == 2, "{outcome:?}");
        for found in &outcome.findings {
            assert_eq!(
                (found.kind, found.rivals.len()),
                (FindingKind::Undecidable, 1),
                "{amount} {currency}"
            );
        }
    }
}

#[test]
fn an_equal_amount_of_another_party_and_number_is_booked_for_nobody() {
    let of = |id: &str, day: u64, party: &str, reference: &str| Record {
        party: party.into(),
        reference: reference.into(),
        ..record(id, day, 500_00, "")
    };
    let number = |n: u64| (100_00 + 7 * n as i64, format!("INV{:04}", 1_000 + 37 * n));
    let mut left: Vec<Record> = Vec::new();
    let mut right: Vec<Record> = Vec::new();
    for n in 0..30 {
        let (amount, reference) = number(n);
        let party = format!("Guest {}", ["Ada", "Bo", "Cy", "Di", "Ed"][n as usize % 5]);
        left.push(Record { amount, ..of(&format!("l{n}"), n % 20, &party, &reference) });
        right.push(Record { amount, ..of(&format!("r{n}"), n % 20 + 1, &party, &reference) });
    }
    left.push(of("l", 5, "Kong Li", "INV7001"));
    right.push(of("r", 6, "Bellweather Ltd", "INV9912"));
    let outcome = reconcile(&left, &right, &Options::default());
    assert_eq!(outcome.matches.len(), 30, "{outcome:?}");
    assert!(outcome.matches.iter().all(|found| !found.left.contains(&30)), "{outcome:?}");
}

#[test]
fn three_systems_tell_of_one_event() {
    let (mut bookings, mut stays) = (Vec::new(), Vec::new());
    crowd(&mut bookings, &mut stays);
    let bills = stays.clone();
    let found = reconcile_sets(&[&bookings, &stays, &bills], &Options::default());
    assert_eq!(found.contradictions, []);
    assert!(found.events.len() > 110, "{}", found.events.len());
    assert!(found.events.iter().all(|event| {
        event.records.iter().all(|(_, place)| *place == event.records[0].1)
            && event.records.iter().map(|(set, _)| set).collect::<BTreeSet<_>>().len() == event.records.len()
    }));
}

/// Records of few amounts, days and words, so that they have much in common.
fn records() -> impl Strategy<Value = Vec<Record>> {
    let amount = prop_oneof![
        -300_i64..300,
        prop::sample::select(vec![i64::MIN, i64::MIN + 1, i64::MAX, i64::MAX - 1, 0, 1, -1]),
        any::<i64>(),
    ];
    let date = prop_oneof![
        8 => (0_u64..40).prop_map(|day| NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().checked_add_days(Days::new(day))),
        1 => Just(None),
        1 => prop::sample::select(vec![Some(NaiveDate::MIN), Some(NaiveDate::MAX)]),
    ];
    let one = (
        amount,
        date,
        "[ABé张李0-9 &'-]{0,10}",
        "(|R[0-9]{1,5})",
        "(|[ab]{1,3})",
        prop::sample::select(vec!["", "CNY", "USD"]),
    );
    let one = one.prop_map(|(amount, date, text, reference, party, currency)| Record {
        id: String::new(),
        date,
        amount,
        currency: currency.into(),
        party,
        reference,
        text,
    });
    prop::collection::vec(one, 0..40).prop_map(|mut records| {
        records.iter_mut().enumerate().for_each(|(place, record)| record.id = format!("{place:03}"));
        records
    })
}

/// Matches and findings by the ids of their records.
fn by_id(left: &[Record], right: &[Record], outcome: &Outcome) -> (Vec<String>, Vec<String>) {
    let ids = |set: &[Record], places: &[usize]| {
        let mut ids: Vec<String> = places.iter().map(|place| set[*place].id.clone()).collect();
        ids.sort();
        ids
    };
    let id = |side: Side, index: usize| match side {
        Side::Left => left[index].id.clone(),
        Side::Right => right[index].id.clone(),
    };
    let mut matches: Vec<String> = outcome
        .matches
        .iter()
        .map(|found| {
            let (left, right) = (ids(left, &found.left), ids(right, &found.right));
            format!("{left:?} {right:?} {:?} {} {}", found.kind, found.difference, found.probability)
        })
        .collect();
    matches.sort();
    let mut findings: Vec<String> = outcome
        .findings
        .iter()
        .map(|found| {
            let rivals: Vec<_> = found
                .rivals
                .iter()
                .map(|rival| (id(rival.place.side, rival.place.index), rival.probability))
                .collect();
            let place = id(found.place.side, found.place.index);
            format!("{:?} {place} {:?} {} {rivals:?}", found.place.side, found.kind, found.amount)
        })
        .collect();
    findings.sort();
    (matches, findings)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_order_does_not_matter_and_no_record_is_matched_twice(
        left in records(),
        right in records(),
        order in any::<prop::sample::Index>(),
    ) {
        let outcome = reconcile(&left, &right, &Options { accept_from: 0.5 });
        let mut seen = BTreeSet::new();
        for found in &outcome.matches {
            prop_assert!((0.5..=1.0).contains(&found.probability));
            let sum = |set: &[Record], places: &[usize]| -> i128 {
                places.iter().map(|place| i128::from(set[*place].amount)).sum()
            };
            let (of_left, of_right) = (sum(&left, &found.left), sum(&right, &found.right));
            match found.kind {
                Kind::Offset => prop_assert_eq!((of_left + of_right, found.difference), (0, 0)),
                Kind::Group | Kind::Exact => prop_assert_eq!((of_left, found.difference), (of_right, 0)),
                _ => prop_assert_eq!(found.difference, of_right - of_left),
            }
            for record in found.left.iter().map(|place| (Side::Left, *place)).chain(found.right.iter().map(|place| (Side::Right, *place))) {
                prop_assert!(seen.insert(record), "{:?} is in two matches", record);
            }
        }
        // Whatever is in no match is in one finding.
        let sets = [(Side::Left, left.len()), (Side::Right, right.len())];
        for (side, index) in sets.into_iter().flat_map(|(side, size)| (0..size).map(move |index| (side, index))) {
            let findings = outcome.findings.iter().filter(|found| (found.place.side, found.place.index) == (side, index)).count();
            prop_assert!(findings <= 1);
            prop_assert!(seen.contains(&(side, index)) || findings == 1, "{:?} {} is lost", side, index);
        }
        let turned = |set: &[Record]| {
            let mut set = set.to_vec();
            set.reverse();
            if !set.is_empty() {
                let middle = order.index(set.len());
                set.rotate_left(middle);
            }
            set
        };
        let (other_left, other_right) = (turned(&left), turned(&right));
        let other = reconcile(&other_left, &other_right, &Options { accept_from: 0.5 });
        prop_assert_eq!(by_id(&left, &right, &outcome), by_id(&other_left, &other_right, &other));
    }
}
