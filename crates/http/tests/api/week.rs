//! A week at a hotel of a hundred rooms, over HTTP on both engines: three companies, a wedding, hourly guests, somebody who stays on, a burst
//! pipe, dollars, and a second property two business dates ahead. Every ledger of every day was worked out by hand; the sums stand beside the day.
//!
//! A night costs, with 10 % fee and 6 % tax on both: DBL 400.00 + 40.00 + 26.40 = 466.40, KNG 500.00 + 50.00 + 33.00 = 583.00,
//! STE 1,000.00 + 100.00 + 66.00 = 1,166.00. Four hours cost 160.00 + 9.60 = 169.60, without a fee.

use axum::http::Method;
use hefu_synthetic::People;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

use crate::common::{Server, digits, money::assert_balanced};

/// What the ledgers of a day say, minor units.
#[derive(Debug, Default, PartialEq, Eq)]
struct Day {
    /// Earned, and the tax on it.
    revenue: i64,
    tax: i64,
    /// Taken less given back, by method.
    paid: Vec<(&'static str, i64)>,
    /// Held for guests, owed by guests, owed by companies, when the day was closed.
    deposits: i64,
    guests: i64,
    city: i64,
}

struct Hotel<'s> {
    s: &'s Server,
    people: People,
    next: u64,
}

impl Hotel<'_> {
    async fn put(&self, path: &str, body: Value) {
        let (status, answer) = self.s.send(Method::PUT, path, Some(body), &[]).await;
        assert!(status.is_success(), "{path}: {answer}");
    }

    /// Asked once: whether it is done once when it is asked three times is tried elsewhere.
    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.s.send(Method::POST, path, Some(body.clone()), &[]).await;
        assert!(status.is_success(), "{path} {body}: {status} {answer}");
        answer
    }

    async fn visit(&self, number: &str, action: &str, body: Value) -> Value {
        self.post(&format!("/api/v1/visits/{number}/{action}"), body).await
    }

    /// Somebody invented whom nobody has seen.
    fn guest(&mut self) -> Value {
        self.next += 1;
        let person = self.people.person(self.next, None);
        json!({ "profile": { "full_name": person.full_name, "phones": [person.phone],
            "documents": [{ "type": person.document_type, "number": person.document_number }] } })
    }

    /// Books so many rooms of a type under a plan.
    async fn book(
        &mut self,
        (count, kind, plan): (usize, &str, &str),
        dates: (&str, &str),
        more: Value,
    ) -> String {
        let room = json!({ "room_type": kind, "rate_plan": plan, "arrival": dates.0, "departure": dates.1 });
        let mut body = json!({ "property": "SH01", "guest": self.guest(), "rooms": vec![room; count] });
        for (field, value) in more.as_object().unwrap() {
            body[field] = value.clone();
        }
        digits(&self.post("/api/v1/reservations", body).await)
    }

    async fn check_in(&self, number: &str, lines: std::ops::RangeInclusive<usize>, room: &str) {
        for line in lines {
            let body = json!({ "line": line, "room": room, "accept_dirty": true, "accept_early": true });
            self.visit(number, "check-in", body).await;
        }
    }

    async fn balance(&self, number: &str) -> i64 {
        self.s.get(&format!("/api/v1/visits/{number}")).await["consumption"]["balance"].as_i64().unwrap()
    }

    /// The bill of a visit, which must be so much, goes to a company, and everybody leaves.
    async fn leaves_by_company(&self, number: &str, owed: i64, account: &str) {
        assert_eq!(self.balance(number).await, owed, "{account}");
        self.visit(number, "city-ledger", json!({ "account": account, "window": 1 })).await;
        self.visit(number, "check-out", json!({})).await;
    }

    /// The bill of a visit, which must be so much, is paid, and everybody leaves.
    async fn leaves(&self, number: &str, owed: i64, method: &str) {
        assert_eq!(self.balance(number).await, owed, "{method}");
        self.visit(number, "payments", json!({ "code": method, "amount": owed })).await;
        self.visit(number, "check-out", json!({})).await;
    }

    /// Somebody takes a room for four hours, pays and leaves.
    async fn hours(&mut self, room: &str, date: &str, method: &str) {
        let number = self.book((1, "DBL", "DAY4"), (date, date), json!({})).await;
        self.check_in(&number, 1..=1, room).await;
        self.visit(&number, "nights", json!({})).await;
        self.leaves(&number, 169_60, method).await;
    }

    /// Closes the business date, and looks at its ledgers.
    async fn closes(&self, property: &str, date: &str, expected: Day) {
        let at = format!("/api/v1/properties/{property}");
        self.post(&format!("{at}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await;
        let day = self.s.get(&format!("{at}/days/{date}/ledgers")).await;
        assert_balanced(&day);
        let rows = day["ledgers"].as_array().unwrap();
        let number = |row: &Value, field: &str| row[field].as_i64().unwrap();
        let of = |ledger: &'static str| rows.iter().filter(move |row| row["ledger"] == ledger);
        let moved = |ledger| of(ledger).map(|row| number(row, "debit") - number(row, "credit")).sum::<i64>();
        let closing = |ledger| of(ledger).map(|row| number(row, "closing")).sum::<i64>();
        let by_method = |method: &str| -> i64 {
            let rows = of("payment").filter(|row| row["account"] == method);
            rows.map(|row| number(row, "debit") - number(row, "credit")).sum()
        };
        let said = Day {
            revenue: -moved("revenue"),
            tax: -moved("tax"),
            paid: expected.paid.iter().map(|(method, _)| (*method, by_method(method))).collect(),
            deposits: -closing("deposit"),
            guests: closing("guest"),
            city: closing("city"),
        };
        assert_eq!(said, expected, "{property} {date}: {day}");
        let paid: i64 = expected.paid.iter().map(|(_, amount)| amount).sum();
        assert_eq!(moved("payment"), paid, "{property} {date}: by no other method");
    }

    async fn sets_up(&self) {
        for (property, date, kinds) in [
            (
                "SH01",
                "2026-10-03",
                [("DBL", 'D', 60, 400_00), ("KNG", 'K', 30, 500_00), ("STE", 'S', 10, 1_000_00)].as_slice(),
            ),
            ("HZ01", "2026-10-05", &[("DBL", 'D', 10, 300_00)]),
        ] {
            let at = format!("/api/v1/properties/{property}");
            self.put(&at, json!({ "name": "合符", "name_en": "Hefu", "time_zone": "Asia/Shanghai", "currency": "CNY", "business_date": date })).await;
            let (mut rooms, mut rates) = (Vec::new(), Vec::new());
            for (code, letter, count, price) in kinds {
                self.put(
                    &format!("{at}/room-types/{code}"),
                    json!({ "name": code, "name_en": code, "capacity": 4 }),
                )
                .await;
                rooms.extend(
                    (1..=*count)
                        .map(|n: i64| json!({ "number": format!("{letter}{n:02}"), "room_type": code })),
                );
                rates.push(json!({ "room_type": code, "valid_from": "2026-01-01", "amount": price }));
            }
            self.put(&format!("{at}/rooms"), json!(rooms)).await;
            let fee = if property == "SH01" { 1_000 } else { 0 };
            self.put(
                &format!("{at}/rate-plans/BAR"),
                json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly",
                "tax": 600, "service_fee": fee, "rates": rates }),
            )
            .await;
            self.put(&format!("{at}/rate-plans/DAY4"), json!({ "name": "钟点房", "name_en": "Four hours", "kind": "part_day", "hours": 4,
                "tax": 600, "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 160_00 }] })).await;
        }
        self.put("/api/v1/properties/SH01/exchange-rates/USD", json!({ "rate": "7" })).await;
        for account in ["YUNFAN", "HANHAI", "QINGSHAN"] {
            self.put(
                &format!("/api/v1/companies/{account}"),
                json!({ "name": format!("{account} (invented)") }),
            )
            .await;
            self.put(
                &format!("/api/v1/properties/SH01/city-accounts/{account}"),
                json!({ "name": account, "credit_limit": 100_000_00 }),
            )
            .await;
        }
        self.put("/api/v1/groups/WED", json!({ "name": "Wedding" })).await;
    }
}

both_engines! {
    async fn a_week_at_a_hotel_of_a_hundred_rooms(db: TestDb) {
        let s = Server::over(db);
        let mut h = Hotel { s: &s, people: People::new(7), next: 0 };
        h.sets_up().await;
        let of = |company: &str| json!({ "contract": company });

        // Saturday, the third. Twenty twins for Yunfan, ten kings for Hanhai, five suites for Qingshan; two guests of their own; one for some hours.
        let yunfan = h.book((20, "DBL", "BAR"), ("2026-10-03", "2026-10-06"), of("YUNFAN")).await;
        h.check_in(&yunfan, 1..=20, "auto").await;
        let deposit = json!({ "contract": "HANHAI", "deposits": [{ "due": "2026-10-03", "amount": 5_000_00 }] });
        let hanhai = h.book((10, "KNG", "BAR"), ("2026-10-03", "2026-10-05"), deposit).await;
        h.visit(&hanhai, "deposits/pay", json!({ "instalment": 1, "code": "BANK" })).await;
        h.check_in(&hanhai, 1..=10, "auto").await;
        let qingshan = h.book((5, "STE", "BAR"), ("2026-10-03", "2026-10-04"), of("QINGSHAN")).await;
        h.check_in(&qingshan, 1..=5, "auto").await;
        let stays_on = h.book((1, "DBL", "BAR"), ("2026-10-03", "2026-10-04"), json!({})).await;
        h.check_in(&stays_on, 1..=1, "auto").await;
        let dollars = h.book((1, "KNG", "BAR"), ("2026-10-03", "2026-10-05"), json!({})).await;
        h.check_in(&dollars, 1..=1, "auto").await;
        h.visit(&dollars, "charges", json!({ "code": "MINI", "amount": 50_00 })).await;
        let hundred = json!({ "code": "CASH", "amount": 700_00, "foreign": { "currency": "USD", "amount": 100_00, "rate": "7" } });
        h.visit(&dollars, "payments", hundred).await;
        h.hours("D60", "2026-10-03", "WECHAT").await;
        // Revenue: Yunfan 20 × 440.00 = 8,800.00, Hanhai 10 × 550.00 = 5,500.00, Qingshan 5 × 1,100.00 = 5,500.00, one twin 440.00, one king
        // 550.00, four hours 160.00, minibar 50.00: 21,000.00. Tax on all of it, 6 %: 1,260.00.
        // Guests owe 22,260.00 less the deposit of 5,000.00, which was applied at check-in, 700.00 and 169.60.
        h.closes("SH01", "2026-10-03", Day {
            revenue: 21_000_00, tax: 1_260_00, paid: vec![("BANK", 5_000_00), ("CASH", 700_00), ("WECHAT", 169_60)],
            guests: 16_390_40, ..Day::default()
        }).await;

        // Sunday. Qingshan leaves on account; somebody due out stays on; a wedding of thirty rooms that the couple pays; two guests for some
        // hours each. Twenty-five kings are sold for tomorrow when a pipe bursts over ten.
        h.leaves_by_company(&qingshan, 5_830_00, "QINGSHAN").await;
        let block = json!({ "rate_plan": "BAR", "rooms": [{ "room_type": "DBL", "from": "2026-10-04", "until": "2026-10-05", "rooms": 30 }] });
        h.put("/api/v1/properties/SH01/blocks/WED", block).await;
        let couple = h.guest();
        let master = json!({ "name": "Wedding", "guest": couple, "group": "WED" });
        let master = digits(&h.post("/api/v1/properties/SH01/house-accounts", master).await);
        let routing = json!({ "property": "SH01", "code_group": "room", "master": master, "window": 1 });
        h.put("/api/v1/groups/WED/routing", routing).await;
        let mut rows = Vec::new();
        for _ in 0..30 {
            rows.push(json!({ "guest": h.guest(), "room_type": "DBL", "arrival": "2026-10-04", "departure": "2026-10-05" }));
        }
        h.post("/api/v1/properties/SH01/blocks/WED/rooming-list", json!({ "rows": rows })).await;
        let all = json!({ "property": "SH01", "accept_dirty": true, "accept_early": true });
        let came = h.post("/api/v1/groups/WED/check-in", all).await;
        let is_done = |room: &&Value| room["done"] == true;
        assert_eq!(came.as_array().unwrap().iter().filter(is_done).count(), 30, "{came}");
        h.visit(&master, "charges", json!({ "code": "FB", "amount": 20_000_00 })).await;
        h.visit(&master, "payments", json!({ "code": "CARD", "amount": 30_000_00 })).await;
        for room in ["D59", "D60"] {
            h.hours(room, "2026-10-04", "CASH").await;
        }
        let kings = h.book((25, "KNG", "BAR"), ("2026-10-05", "2026-10-06"), of("QINGSHAN")).await;
        for room in 21..=30 {
            let pipe = json!({ "from": "2026-10-05", "until": "2026-10-07", "reason": "burst pipe" });
            h.post(&format!("/api/v1/properties/SH01/rooms/K{room}/out-of-order"), pipe).await;
        }
        let night = s.get("/api/v1/properties/SH01/availability?from=2026-10-05&to=2026-10-06").await;
        let night = night.as_array().unwrap().iter().find(|night| night["room_type"] == "KNG").unwrap();
        assert_eq!((night["capacity"].as_i64(), night["sold"].as_i64(), night["overbooked"].as_i64()), (Some(20), Some(25), Some(5)));
        // Hangzhou is at the fifth already, and closes it before Shanghai begins it: one guest, 300.00 and 18.00 tax, paid in cash.
        let mut there = json!({ "property": "HZ01", "guest": h.guest(),
            "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-05", "departure": "2026-10-06" }] });
        there["walk_in"] = json!(true);
        let hangzhou = digits(&h.post("/api/v1/reservations", there).await);
        h.check_in(&hangzhou, 1..=1, "auto").await;
        h.visit(&hangzhou, "payments", json!({ "code": "CASH", "amount": 318_00 })).await;
        h.closes("HZ01", "2026-10-05", Day { revenue: 300_00, tax: 18_00, paid: vec![("CASH", 318_00)], ..Day::default() }).await;
        assert_eq!(s.get("/api/v1/properties/SH01").await["property"]["business_date"], "2026-10-04");
        assert_eq!(s.get("/api/v1/properties/HZ01").await["property"]["business_date"], "2026-10-06");
        h.visit(&hangzhou, "check-out", json!({})).await;

        // Revenue: Yunfan 8,800.00, Hanhai 5,500.00, who stays on 440.00, one king 550.00, the wedding 30 × 440.00 = 13,200.00 and 20,000.00,
        // 2 × 160.00: 48,810.00. Tax: 528.00 + 330.00 + 26.40 + 33.00 + 792.00 + 1,200.00 + 19.20 = 2,928.60.
        // Guests: 16,390.40 + 51,738.60 − 30,000.00 − 339.20 − 5,830.00 to the city ledger = 31,959.80.
        h.closes("SH01", "2026-10-04", Day {
            revenue: 48_810_00, tax: 2_928_60, paid: vec![("CARD", 30_000_00), ("CASH", 339_20)],
            guests: 31_959_80, city: 5_830_00, ..Day::default()
        }).await;

        // Monday. Hanhai: 20 nights of 583.00 less the deposit. Who paid in dollars: 1,166.00 + 53.00 − 700.00. Who stayed on: two nights.
        h.leaves_by_company(&hanhai, 6_660_00, "HANHAI").await;
        h.leaves(&dollars, 519_00, "CARD").await;
        h.leaves(&stays_on, 932_80, "ALIPAY").await;
        // The rooms of the wedding owe nothing: 30 × 466.40 = 13,992.00 and 21,200.00 less 30,000.00 are the couple's.
        let left = h.post("/api/v1/groups/WED/check-out", json!({ "property": "SH01" })).await;
        assert_eq!(left.as_array().unwrap().iter().filter(is_done).count(), 30, "{left}");
        assert_eq!(h.balance(&master).await, 5_192_00);
        h.visit(&master, "payments", json!({ "code": "CARD", "amount": 5_192_00 })).await;
        h.visit(&master, "close-account", json!({})).await;
        // Twenty of the twenty-five find a king, five a suite at the price of one: nothing is overbooked any more.
        h.check_in(&kings, 1..=20, "auto").await;
        for line in 21..=25 {
            h.check_in(&kings, line..=line, &format!("S{:02}", line - 20)).await;
        }
        let night = s.get("/api/v1/properties/SH01/availability?from=2026-10-05&to=2026-10-06").await;
        assert!(night.as_array().unwrap().iter().all(|night| night["overbooked"] == 0), "{night}");
        // Revenue: Yunfan 8,800.00, 25 × 550.00 = 13,750.00: 22,550.00; tax 528.00 + 825.00.
        // Guests: 31,959.80 + 23,903.00 − 6,660.00 − 519.00 − 932.80 − 5,192.00 = 42,559.00, which is 20 × 3 × 466.40 + 25 × 583.00.
        h.closes("SH01", "2026-10-05", Day {
            revenue: 22_550_00, tax: 1_353_00, paid: vec![("CARD", 5_711_00), ("ALIPAY", 932_80)],
            guests: 42_559_00, city: 12_490_00, ..Day::default()
        }).await;

        // Tuesday. Everybody leaves; Qingshan pays its first bill; the minibar of a guest who left yesterday is taken back, and the money given back.
        h.leaves_by_company(&yunfan, 27_984_00, "YUNFAN").await;
        h.leaves(&kings, 14_575_00, "BANK").await;
        h.post("/api/v1/properties/SH01/city-accounts/QINGSHAN/payments", json!({ "amount": 5_830_00, "reference": "INV-1" })).await;
        let bill = s.get(&format!("/api/v1/visits/{dollars}")).await["consumption"]["postings"].clone();
        let mini = bill.as_array().unwrap().iter().find(|line| line["code"] == "MINI").unwrap()["id"].clone();
        h.visit(&dollars, "reversals", json!({ "posting_id": mini })).await;
        h.visit(&dollars, "refunds", json!({ "code": "CASH", "amount": 53_00 })).await;
        // Revenue −50.00 and tax −3.00: the third stays as it was. City: 12,490.00 + 27,984.00 − 5,830.00.
        // Guests: 42,559.00 − 53.00 − 27,984.00 − 14,575.00 + 53.00 = 0.00.
        h.closes("SH01", "2026-10-06", Day {
            revenue: -50_00, tax: -3_00, paid: vec![("BANK", 20_405_00), ("CASH", -53_00)],
            city: 34_644_00, ..Day::default()
        }).await;
        assert_eq!(s.get("/api/v1/properties/SH01/days/2026-10-03/ledgers").await["closed"], true);

        // Wednesday: somebody walks in and takes a suite. Thursday: he pays and leaves, and Hanhai pays a part. Friday: Yunfan pays.
        let walk_in = h.book((1, "STE", "BAR"), ("2026-10-07", "2026-10-08"), json!({ "walk_in": true })).await;
        h.check_in(&walk_in, 1..=1, "S10").await;
        h.closes("SH01", "2026-10-07", Day {
            revenue: 1_100_00, tax: 66_00, guests: 1_166_00, city: 34_644_00, ..Day::default()
        }).await;
        h.leaves(&walk_in, 1_166_00, "CASH").await;
        h.post("/api/v1/properties/SH01/city-accounts/HANHAI/payments", json!({ "amount": 5_000_00, "reference": "INV-2" })).await;
        h.closes("SH01", "2026-10-08", Day {
            paid: vec![("CASH", 1_166_00), ("BANK", 5_000_00)], city: 29_644_00, ..Day::default()
        }).await;
        h.post("/api/v1/properties/SH01/city-accounts/YUNFAN/payments", json!({ "amount": 27_984_00, "reference": "INV-3" })).await;
        // What is left is what Hanhai still owes: 6,660.00 − 5,000.00.
        h.closes("SH01", "2026-10-09", Day { paid: vec![("BANK", 27_984_00)], city: 1_660_00, ..Day::default() }).await;
        let today = s.get("/api/v1/properties/SH01/today").await;
        assert_eq!((today["in_house"].as_array().unwrap().len(), today["due_out"].as_array().unwrap().len()), (0, 0));
    }
}
