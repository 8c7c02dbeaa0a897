use proptest::prelude::*;

use super::{Term::*, *};

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// A Saturday.
fn today() -> NaiveDate {
    day(2026, 11, 21)
}

fn parse(text: &str) -> Query {
    parse_query(text, today(), "CN")
}

fn number(text: &str) -> Term {
    Number(text.to_owned())
}
fn room(text: &str) -> Term {
    Room(text.to_owned())
}
fn phone(text: &str) -> Term {
    Phone(text.to_owned())
}
fn phone_tail(text: &str) -> Term {
    PhoneTail(text.to_owned())
}
fn document(text: &str) -> Term {
    Document(text.to_owned())
}
fn document_tail(text: &str) -> Term {
    DocumentTail(text.to_owned())
}
fn email(text: &str) -> Term {
    Email(text.to_owned())
}
fn name(text: &str) -> Term {
    Name(text.to_owned())
}

/// All possible meanings of four digits.
fn short(text: &str) -> Vec<Term> {
    vec![room(text), phone_tail(text), document_tail(text), number(text)]
}

#[test]
fn one_thing() {
    for (typed, expected) in [
        ("", vec![]),
        ("  ", vec![]),
        ("3081 947 262", vec![document("3081947262"), number("3081947262")]),
        // With its check digit.
        ("308-194-7264", vec![number("3081947264"), document("3081947264")]),
        ("BK-2026-778812", vec![document("BK2026778812"), number("BK2026778812")]),
        ("bk2026778812", vec![document("BK2026778812"), number("BK2026778812")]),
        ("0412", short("0412")),
        ("８０００", short("8000")),
        ("412", vec![room("412")]),
        ("B412", vec![room("B412"), number("B412")]),
        ("b-412", vec![room("B-412"), number("B412")]),
        ("778812", vec![phone_tail("778812"), document_tail("778812"), document("778812"), number("778812")]),
        ("13800138000", vec![phone("+8613800138000"), document("13800138000"), number("13800138000")]),
        ("138 0013 8000", vec![phone("+8613800138000"), document("13800138000"), number("13800138000")]),
        ("138-0013-8000", vec![phone("+8613800138000"), document("13800138000"), number("13800138000")]),
        (
            "+86 138 0013 8000",
            vec![phone("+8613800138000"), document("8613800138000"), number("8613800138000")],
        ),
        ("+1 (212) 555-0123", vec![phone("+12125550123"), document("12125550123"), number("12125550123")]),
        ("021-61234567", vec![phone("+862161234567"), document("02161234567"), number("02161234567")]),
        ("13800000000", vec![document("13800000000"), number("13800000000")]),
        ("11010519491231002x", vec![document("11010519491231002X"), number("11010519491231002X")]),
        ("110105491231002", vec![document("11010519491231002X"), number("110105491231002")]),
        ("110105194912310021", vec![number("110105194912310021")]),
        ("002X", vec![document_tail("002X"), room("002X"), number("002X")]),
        ("82HK13578", vec![document("82HK13578"), number("82HK13578")]),
        ("E12345678", vec![document("E12345678"), number("E12345678")]),
        ("H1234567801", vec![document("H12345678"), number("H1234567801")]),
        ("Wei@Example.com", vec![email("wei@example.com")]),
        ("张伟", vec![name("张伟")]),
        ("佐々木希", vec![name("佐々木希")]),
        ("山田はな", vec![name("山田はな")]),
        ("張偉先生", vec![name("张伟")]),
        ("zhang wei", vec![name("zhang wei")]),
        ("ZHANG, Wei", vec![name("zhang wei")]),
        ("O'Brien", vec![name("obrien")]),
        ("Smith-Jones", vec![name("smith jones")]),
        ("room 412", vec![room("412")]),
        ("Room412", vec![room("412")]),
        ("rm b12", vec![room("B12")]),
        ("#0412", vec![room("0412")]),
        ("房间412", vec![room("412")]),
        ("房间 0412", vec![room("0412")]),
        ("412房", vec![room("412")]),
        ("0412号房间", vec![room("0412")]),
        ("12A室", vec![room("12A")]),
    ] {
        let query = parse(typed);
        assert_eq!(query.terms, expected, "{typed}");
        assert_eq!(query.dates, None, "{typed}");
    }
}

#[test]
fn grouped_resident_number_is_no_date() {
    let query = parse("440524 18800101 0014");
    assert_eq!(query.terms, [document("440524188001010014")]);
    let mut typed = parse("110105 20260101 0012 ");
    // The check digit is wrong, so the middle is a date.
    assert_eq!(typed.dates.take(), Some((day(2026, 1, 1), day(2026, 1, 1))));
}

#[test]
fn dates() {
    let one = |date| Some((date, date));
    let october = Some((day(2026, 10, 1), day(2026, 10, 31)));
    for (typed, expected) in [
        ("today", one(today())),
        ("今天", one(today())),
        ("昨天", one(day(2026, 11, 20))),
        ("yesterday", one(day(2026, 11, 20))),
        ("明天", one(day(2026, 11, 22))),
        ("TOMORROW", one(day(2026, 11, 22))),
        ("2026-10-03", one(day(2026, 10, 3))),
        ("20261003", one(day(2026, 10, 3))),
        ("10-03", one(day(2026, 10, 3))),
        ("10月3日", one(day(2026, 10, 3))),
        ("10 月 3 日", one(day(2026, 10, 3))),
        ("2026 年 10 月 3 日", one(day(2026, 10, 3))),
        ("3 Oct", one(day(2026, 10, 3))),
        ("Oct 3, 2026", one(day(2026, 10, 3))),
        ("2026-10", october),
        ("2026年10月", october),
        ("October 2026", october),
        ("2026-10-01 2026-10-31", october),
        ("31 Oct 1 Oct", october),
    ] {
        let query = parse(typed);
        assert_eq!(query.dates, expected, "{typed}");
        assert_eq!(query.terms, [], "{typed}");
        assert_eq!(query.rest, [""; 0], "{typed}");
    }
    // Swapped it would be another day, so it is not a date; nor is it a name.
    let query = parse("10/03/2026");
    assert_eq!((query.dates, query.terms, query.rest), (None, vec![], vec!["10/03/2026".to_owned()]));
}

#[test]
fn eight_digits_of_a_year_nobody_books_for_are_a_document() {
    let permit = parse("20560217");
    assert_eq!(permit.dates, None);
    assert!(permit.terms.contains(&Term::Document("20560217".into())), "{:?}", permit.terms);
    assert!(parse("20270217").dates.is_some());
}

#[test]
fn several_things() {
    let one = |date| Some((date, date));
    for (typed, terms, dates) in [
        ("0412 today", short("0412"), one(today())),
        ("0412 今天", short("0412"), one(today())),
        ("0412今天", short("0412"), one(today())),
        ("今天0412", short("0412"), one(today())),
        ("0412 2026-10-03", short("0412"), one(day(2026, 10, 3))),
        ("0412 20261003", short("0412"), one(day(2026, 10, 3))),
        ("0412 10-03", short("0412"), one(day(2026, 10, 3))),
        ("3 Oct 0412", short("0412"), one(day(2026, 10, 3))),
        ("0412 3 Oct", short("0412"), one(day(2026, 10, 3))),
        ("412房今天", vec![room("412")], one(today())),
        ("张伟 2026-10", vec![name("张伟")], Some((day(2026, 10, 1), day(2026, 10, 31)))),
        ("张伟2026年10月", vec![name("张伟")], Some((day(2026, 10, 1), day(2026, 10, 31)))),
        ("张伟昨天", vec![name("张伟")], one(day(2026, 11, 20))),
        ("zhang wei yesterday", vec![name("zhang wei")], one(day(2026, 11, 20))),
        ("Müller 0412", [short("0412"), vec![name("muller")]].concat(), None),
        ("0412 Müller", [short("0412"), vec![name("muller")]].concat(), None),
        ("张伟0412", [short("0412"), vec![name("张伟")]].concat(), None),
        ("room 412 zhang wei", vec![room("412"), name("zhang wei")], None),
        (
            "0412 138 0013 8000",
            [
                vec![number("041213800138000")],
                short("0412"),
                vec![phone("+8613800138000"), document("13800138000"), number("13800138000")],
            ]
            .concat(),
            None,
        ),
        ("wei@example.com today", vec![email("wei@example.com")], one(today())),
    ] {
        let query = parse(typed);
        assert_eq!(query.terms, terms, "{typed}");
        assert_eq!(query.dates, dates, "{typed}");
    }
}

#[test]
fn two_numbers_side_by_side_are_read_apart_too() {
    let terms = parse("0412 8000").terms;
    assert_eq!(terms.first(), Some(&phone_tail("04128000")));
    for term in [short("0412"), short("8000")].concat() {
        assert!(terms.contains(&term), "{term:?}");
    }
}

#[test]
fn words_may_name_the_property() {
    let reading = |name: &str, leftover: &[&str]| NameReading {
        name: name.to_owned(),
        leftover: leftover.iter().map(|word| (*word).to_owned()).collect(),
    };
    let query = parse("zhang wei Shanghai");
    assert_eq!(query.terms, [name("zhang wei shanghai")]);
    assert_eq!(query.rest, ["zhang", "wei", "Shanghai"]);
    assert_eq!(
        query.names,
        [
            reading("zhang wei shanghai", &[]),
            reading("zhang wei", &["Shanghai"]),
            reading("zhang", &["wei", "Shanghai"]),
            reading("wei shanghai", &["zhang"]),
            reading("shanghai", &["zhang", "wei"]),
        ]
    );

    let query = parse("上海 张伟");
    assert_eq!(
        query.names,
        [reading("上海张伟", &[]), reading("上海", &["张伟"]), reading("张伟", &["上海"])]
    );

    let query = parse("0412 SH01");
    assert_eq!(query.rest, ["SH01"]);
    assert_eq!(query.names, []);
    assert_eq!(parse("8000").rest, [""; 0]);
}

#[test]
fn a_long_line_is_cut() {
    assert_eq!(parse(&"0".repeat(1000)).terms, []);
    let query = parse(&"zhang ".repeat(1000));
    assert!(query.rest.len() <= MAX_CHARS);
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>(), region in "[A-Z]{0,2}") {
        parse_query(&text, today(), &region);
    }

    #[test]
    fn desk_like_text_is_answered_once(
        text in "((张伟|zhang|Oct|today|房间|0412|138|2026|X|年|月|3|房|-|\\+|@|\\.|,)( ?)){0,10}",
    ) {
        let query = parse(&text);
        let distinct: std::collections::HashSet<_> = query.terms.iter().collect();
        prop_assert_eq!(distinct.len(), query.terms.len());
        if let Some((first, last)) = query.dates {
            prop_assert!(first <= last);
        }
    }

    #[test]
    fn case_and_width_do_not_matter(text in "[a-zA-Z0-9 -]{0,20}") {
        let wide: String = text
            .chars()
            .map(|c| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c })
            .collect();
        prop_assert_eq!(parse(&wide).terms, parse(&text).terms.clone());
        prop_assert_eq!(parse(&text.to_uppercase()).terms, parse(&text).terms);
    }
}

#[test]
fn numbers_in_a_text_are_found_as_they_are_typed() {
    let found = |text| numbers_in(text);
    assert_eq!(found("Arrives MU5123 at 21:40"), ["MU5123"]);
    assert_eq!(found("mu 5123, pick up"), ["5123", "MU5123"]);
    assert_eq!(found("航班ＭＵ５１２３，车牌沪A·12345"), ["MU5123", "班MU5123", "A12345", "沪A12345"]);
    assert_eq!(found("凭证号 VC-2026/778812。"), ["VC2026778812"]);
    assert_eq!(found("room 412, 2 pillows, no numbers here"), Vec::<String>::new());
    assert_eq!(found("138 0013 8000"), ["0013", "8000"]);
    assert_eq!(found("13800138000 13800138000"), ["13800138000"]);
    let many: String = (1_000..2_000).map(|n| format!("{n} ")).collect();
    assert_eq!(found(&many).len(), 40);
}
