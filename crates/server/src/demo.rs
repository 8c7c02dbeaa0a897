//! A small demonstration chain: two properties, 60 rooms, three days of history, guests in house,
//! arrivals today. It is made as any client would make it, by requests to the API, so it also shows
//! what the API can do. All people are invented.

mod client;
mod subsidiaries;

use axum::http::Method;
use chrono::{Days, NaiveDate};
use hefu_app::{App, Context, setup::ListProperties};
use serde_json::{Value, json};

use crate::config::Config;
use client::{Demo, today};

/// Days of history before today.
const HISTORY: u64 = 3;

/// A kind of room to be made.
struct Kind {
    code: &'static str,
    name: &'static str,
    name_en: &'static str,
    /// How many people it holds.
    capacity: i64,
    /// A night, minor units.
    price: i64,
    floors: &'static [u32],
    rooms_a_floor: u32,
}

/// A property to be made.
struct Property {
    code: &'static str,
    name: &'static str,
    name_en: &'static str,
    kinds: &'static [Kind],
    /// How many arrive on a day.
    arrivals: u64,
}

const PROPERTIES: [Property; 2] = [
    Property {
        code: "SH01",
        name: "合符外滩酒店",
        name_en: "Hefu on the Bund",
        kinds: &[
            Kind {
                code: "DBL",
                name: "双床房",
                name_en: "Twin",
                capacity: 2,
                price: 468_00,
                floors: &[3, 4],
                rooms_a_floor: 9,
            },
            Kind {
                code: "KNG",
                name: "大床房",
                name_en: "King",
                capacity: 2,
                price: 528_00,
                floors: &[5, 6],
                rooms_a_floor: 9,
            },
            Kind {
                code: "STE",
                name: "江景套房",
                name_en: "River suite",
                capacity: 4,
                price: 1_288_00,
                floors: &[7],
                rooms_a_floor: 4,
            },
        ],
        arrivals: 11,
    },
    Property {
        code: "HZ01",
        name: "合符西湖客栈",
        name_en: "Hefu West Lake Inn",
        kinds: &[
            Kind {
                code: "DBL",
                name: "双床房",
                name_en: "Twin",
                capacity: 2,
                price: 388_00,
                floors: &[1, 2],
                rooms_a_floor: 7,
            },
            Kind {
                code: "LAK",
                name: "湖景房",
                name_en: "Lake view",
                capacity: 3,
                price: 688_00,
                floors: &[3],
                rooms_a_floor: 6,
            },
        ],
        arrivals: 5,
    },
];

/// Makes the chain if there is no property yet.
pub async fn load(app: &App) -> anyhow::Result<()> {
    if !app.ask(&Context::command_line("demo"), ListProperties).await?.is_empty() {
        return Ok(());
    }
    tracing::info!("creating the demonstration chain (fictitious people)");
    let today = today(app)?;
    let demo = Demo::of(app);
    demo.programme().await?;
    for property in &PROPERTIES {
        demo.property(property, today - Days::new(HISTORY)).await?;
        for back in (0..=HISTORY).rev() {
            demo.day(property, today - Days::new(back), back == 0).await?;
        }
    }
    tracing::info!("the demonstration chain is ready: properties SH01 and HZ01");
    Ok(())
}

/// Demonstrations that are made on their own, beside whatever is there.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// A property whose 37 corporate subsidiaries book through different channels: 120 rooms agreed, 135 received, points counted three times in
    /// places; every difference is explained
    Subsidiaries,
}

/// Makes a demonstration in the records that the configuration names, and shows it.
///
/// # Errors
/// The records cannot be opened, or refuse what it asks for.
pub(crate) async fn run(command: &Command, config: &Config) -> anyhow::Result<()> {
    match command {
        Command::Subsidiaries => subsidiaries::run(config).await,
    }
}

impl Demo {
    /// What members of the chain have.
    async fn programme(&self) -> anyhow::Result<()> {
        let tiers = json!([
            { "tier": "silver", "late_check_out": 13 * 60 },
            { "tier": "gold", "late_check_out": 14 * 60, "upgrade": true },
            { "tier": "platinum", "late_check_out": 16 * 60, "upgrade": true },
        ]);
        let programme = json!({ "tiers": tiers, "night_points": 40_000 });
        self.send(Method::PUT, "/api/v1/member-programme", programme).await.map(drop)
    }

    async fn property(&self, property: &Property, first_day: NaiveDate) -> anyhow::Result<()> {
        let base = format!("/api/v1/properties/{}", property.code);
        let put = |path: String, body: Value| async move { self.send(Method::PUT, &path, body).await };
        put(
            base.clone(),
            json!({ "name": property.name, "name_en": property.name_en, "time_zone": "Asia/Shanghai", "currency": "CNY",
                "business_date": first_day }),
        )
        .await?;
        let (mut rooms, mut rates, mut day_rates) = (Vec::new(), Vec::new(), Vec::new());
        for Kind { code, name, name_en, capacity, price, floors, rooms_a_floor } in property.kinds {
            put(
                format!("{base}/room-types/{code}"),
                json!({ "name": name, "name_en": name_en, "capacity": capacity }),
            )
            .await?;
            for floor in *floors {
                for n in 1..=*rooms_a_floor {
                    let number = format!("{:02}{n:02}", floor);
                    rooms.push(json!({ "number": number, "room_type": code, "floor": floor.to_string(),
                        "accessible": n == 1 }));
                }
            }
            rates.push(json!({ "room_type": code, "valid_from": "2020-01-01", "amount": price }));
            day_rates.push(json!({ "room_type": code, "valid_from": "2020-01-01", "amount": price * 2 / 5 }));
        }
        put(format!("{base}/rooms"), json!(rooms)).await?;
        put(
            format!("{base}/cancellation-policies/FLEX"),
            json!({ "name": "灵活取消", "name_en": "Flexible", "no_show": { "kind": "nights", "value": 1 },
                "rules": [{ "within_hours": 24, "penalty": { "kind": "nights", "value": 1 } }] }),
        )
        .await?;
        put(
            format!("{base}/rate-plans/BAR"),
            json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly", "tax": 600, "service_fee": 1000,
                "policy": "FLEX", "rates": rates }),
        )
        .await?;
        put(
            format!("{base}/rate-plans/DAY4"),
            json!({ "name": "四小时钟点房", "name_en": "Four hours", "kind": "part_day", "hours": 4, "tax": 600,
                "overrun": { "price": 60_00, "grace_minutes": 15 }, "rates": day_rates }),
        )
        .await?;
        put(
            format!("{base}/rate-plans/BB"),
            json!({ "name": "含早价", "name_en": "Bed and breakfast", "kind": "nightly", "tax": 600, "service_fee": 1000,
                "policy": "FLEX", "derived": { "from": "BAR", "amount": 80_00, "round_to": 1_00 },
                "people": { "included": 2, "fewer": 30_00, "more": 120_00, "extra_bed": 100_00,
                    "children": [{ "until_age": 5, "amount": 0 }, { "until_age": 11, "amount": 40_00 }] },
                "inclusions": [{ "code": "FB", "adult": 48_00, "child": 24_00, "pricing": "within" }] }),
        )
        .await?;
        // Weekends of the season cost more.
        for Kind { code, price, .. } in property.kinds {
            put(
                format!("{base}/rate-calendar/prices"),
                json!({ "rate_plan": "BAR", "room_types": [code], "weekdays": [5, 6], "amount": price * 6 / 5,
                    "from": first_day, "until": first_day + Days::new(120) }),
            )
            .await?;
        }
        let high = first_day + Days::new(30);
        put(
            format!("{base}/seasons/HIGH"),
            json!({ "name": "旺季", "name_en": "High season", "dates": [{ "from": high, "until": high + Days::new(21) }] }),
        )
        .await?;
        for Kind { code, price, .. } in property.kinds {
            put(
                format!("{base}/seasons/HIGH/prices"),
                json!({ "rate_plan": "BAR", "room_types": [code], "amount": price * 3 / 2 }),
            )
            .await?;
        }
        put(
            format!("{base}/city-accounts/ACME"),
            json!({ "name": "示例商贸有限公司", "credit_limit": 5_000_000 }),
        )
        .await?;
        put(
            format!("{base}/billing"),
            json!({ "title": "合符酒店管理有限公司", "tax_id": "91310000MA1HEFU00X", "address": "示例路 1 号",
                "phone": "021-00000000", "bank": "示例银行", "bank_account": "1000 2000 3000" }),
        )
        .await?;
        put(format!("{base}/exchange-rates/USD"), json!({ "rate": "7.1234" })).await?;
        Ok(())
    }

    async fn book(
        &self,
        property: &Property,
        arrival: NaiveDate,
        nights: u64,
        guest: Value,
    ) -> anyhow::Result<String> {
        let first = self.rng.below(property.kinds.len() as u64) as usize;
        let channel = ["direct", "ctrip", "meituan", "booking.com", "corporate"][self.rng.below(5) as usize];
        let mut body = json!({
            "property": property.code, "guest": guest, "channel": channel,
            "rooms": [{ "room_type": "", "rate_plan": if nights > 1 { "BB" } else { "BAR" }, "arrival": arrival,
                "departure": arrival + Days::new(nights), "adults": 1 + self.rng.below(2) }],
        });
        if !matches!(channel, "direct" | "corporate") {
            let number = format!("{}{:08}", &channel[..2].to_uppercase(), self.rng.below(100_000_000));
            body["numbers"] = json!([{ "system": channel, "number": number }]);
        }
        let mut booked = Err(anyhow::anyhow!("a property without rooms"));
        // As a desk would: when a kind is sold out, offer the next.
        for kind in property.kinds.iter().cycle().skip(first).take(property.kinds.len()) {
            body["rooms"][0]["room_type"] = json!(kind.code);
            booked = self.post("/api/v1/reservations", body.clone()).await;
            if booked.is_ok() {
                break;
            }
        }
        let booked = booked?;
        Ok(booked["number"].as_str().unwrap_or_default().replace('-', ""))
    }

    /// Plays one day of a property: departures, arrivals, some consumption; the night audit, unless it is today.
    async fn day(&self, property: &Property, day: NaiveDate, is_today: bool) -> anyhow::Result<()> {
        if is_today && property.code == "SH01" {
            let shifts = format!("/api/v1/properties/{}/shifts", property.code);
            self.post(&shifts, json!({ "float": [{ "amount": 1_000_00 }] })).await?;
        }
        self.departures(property, is_today).await?;
        if is_today && property.code == "SH01" {
            self.group(property, day).await?;
        }
        for i in 0..property.arrivals {
            let guest = if property.code == "SH01" && is_today && i == 0 {
                json!({ "profile": { "full_name": "张伟", "phones": ["138 1234 5678"],
                    "documents": [{ "type": "resident_id", "number": "11010519491231002X" }] } })
            } else {
                self.guest()
            };
            let number = self.book(property, day, 1 + self.rng.below(4), guest).await?;
            // Of today's arrivals the first half is still to come.
            if is_today && i < property.arrivals / 2 {
                continue;
            }
            let visit = format!("/api/v1/visits/{number}");
            let came = self
                .post(
                    &format!("{visit}/check-in"),
                    json!({ "room": "auto", "accept_dirty": true, "accept_early": true }),
                )
                .await;
            // Somebody may be in the last room who was to leave: the guest finds another house.
            match came {
                Err(_) if self.stays_on.borrow().is_some() => continue,
                came => drop(came?),
            }
            if self.rng.below(3) == 0 {
                let code = ["MINI", "LAUN", "FB"][self.rng.below(3) as usize];
                let amount = 1_500 + 500 * self.rng.below(20) as i64;
                self.post(&format!("{visit}/charges"), json!({ "code": code, "amount": amount })).await?;
            }
        }
        if is_today && property.code == "SH01" {
            self.by_the_hour(property, day).await?;
        }
        if is_today {
            for ahead in 1..=6 {
                let number =
                    self.book(property, day + Days::new(ahead), 1 + self.rng.below(3), self.guest()).await?;
                if ahead == 3 {
                    let visit = format!("/api/v1/visits/{number}");
                    let due = day + Days::new(2);
                    self.post(&format!("{visit}/deposits"), json!({ "due": due, "amount": 300_00 })).await?;
                    let paid = json!({ "instalment": 1, "code": "WECHAT", "amount": 200_00 });
                    self.post(&format!("{visit}/deposits/pay"), paid).await?;
                }
                if ahead == 5 {
                    self.post(
                        &format!("/api/v1/visits/{number}/cancel"),
                        json!({ "reason": "plans changed" }),
                    )
                    .await?;
                }
            }
        } else {
            self.post(
                &format!("/api/v1/properties/{}/night-audit", property.code),
                json!({ "force": true, "no_shows": "mark" }),
            )
            .await?;
        }
        Ok(())
    }

    /// Two by the hour in one room: one is here, and another one comes tomorrow morning after a first, with a flight that is written down.
    async fn by_the_hour(&self, property: &Property, day: NaiveDate) -> anyhow::Result<()> {
        let tomorrow = day + Days::new(1);
        let left = self
            .send(
                Method::GET,
                &format!("/api/v1/properties/{}/availability?from={day}&to={tomorrow}", property.code),
                Value::Null,
            )
            .await?;
        // Where most is left tonight: who comes for it finds a room.
        let most = left.as_array().into_iter().flatten().max_by_key(|row| row["left"].as_i64());
        let kind = most.map(|row| row["room_type"].clone()).unwrap_or_default();
        let room = |date: NaiveDate, minute: Option<i64>, number: Value| {
            json!({ "property": property.code, "guest": self.guest(), "walk_in": minute.is_none(),
                "rooms": [{ "room_type": kind, "rate_plan": "DAY4", "arrival": date, "departure": date,
                    "arrival_minute": minute, "room": number }] })
        };
        let here = self.post("/api/v1/reservations", room(day, None, Value::Null)).await?;
        let visit =
            format!("/api/v1/visits/{}", here["number"].as_str().unwrap_or_default().replace('-', ""));
        let came =
            self.post(&format!("{visit}/check-in"), json!({ "room": "auto", "accept_dirty": true })).await?;
        let number = came["rooms"][0]["room"].clone();
        for (minute, flight) in [(9 * 60, "MU5123"), (14 * 60, "CA1857")] {
            let booked =
                self.post("/api/v1/reservations", room(tomorrow, Some(minute), number.clone())).await;
            // Where somebody has the room tomorrow, any other one will do.
            let booked = match booked {
                Ok(booked) => booked,
                Err(_) => {
                    self.post("/api/v1/reservations", room(tomorrow, Some(minute), Value::Null)).await?
                }
            };
            let visit =
                format!("/api/v1/visits/{}", booked["number"].as_str().unwrap_or_default().replace('-', ""));
            let note = json!({ "kind": "note", "text": format!("航班 {flight}，落地后到店") });
            self.post(&format!("{visit}/notes"), note).await?;
        }
        Ok(())
    }

    /// A group that is in house, three rooms under one name.
    async fn group(&self, property: &Property, day: NaiveDate) -> anyhow::Result<()> {
        let group = json!({ "name": "江南茶文化交流团" });
        self.send(Method::PUT, "/api/v1/groups/TEA", group).await?;
        for _ in 0..3 {
            let booked = self
                .post(
                    "/api/v1/reservations",
                    json!({ "property": property.code, "guest": self.guest(), "group": "TEA",
                        "rooms": [{ "room_type": "DBL", "rate_plan": "BB", "arrival": day, "departure": day + Days::new(2), "adults": 2 }] }),
                )
                .await;
            // Where no twin is left, the group is smaller.
            let Ok(booked) = booked else { continue };
            let number = booked["number"].as_str().unwrap_or_default().replace('-', "");
            let path = format!("/api/v1/visits/{number}/check-in");
            let body = json!({ "room": "auto", "accept_dirty": true, "accept_early": true });
            drop(self.post(&path, body).await);
        }
        Ok(())
    }

    /// Everybody who leaves today pays and goes; but one stays on from yesterday, and one of today goes without having paid.
    async fn departures(&self, property: &Property, is_today: bool) -> anyhow::Result<()> {
        let today = self
            .send(Method::GET, &format!("/api/v1/properties/{}/today", property.code), Value::Null)
            .await?;
        let mut leaving: Vec<String> = today["due_out"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|leaving| leaving["number"].as_str().unwrap_or_default().replace('-', ""))
            .collect();
        if property.code == "SH01" {
            leaving.retain(|number| self.stays_on.borrow().as_deref() != Some(number));
            let is_first = self.stays_on.borrow().is_none();
            if !is_today && is_first && leaving.len() > 1 {
                *self.stays_on.borrow_mut() = leaving.pop();
            }
            if is_today && let Some(unpaid) = leaving.pop() {
                self.post(&format!("/api/v1/visits/{unpaid}/check-out"), json!({ "allow_balance": true }))
                    .await?;
            }
        }
        for number in leaving {
            let visit = format!("/api/v1/visits/{number}");
            let balance =
                self.send(Method::GET, &visit, Value::Null).await?["consumption"]["balance"].as_i64();
            if let Some(balance @ 1..) = balance {
                let code = ["WECHAT", "ALIPAY", "CARD"][self.rng.below(3) as usize];
                self.post(&format!("{visit}/payments"), json!({ "code": code, "amount": balance })).await?;
            }
            self.post(&format!("{visit}/check-out"), json!({})).await?;
        }
        Ok(())
    }
}
