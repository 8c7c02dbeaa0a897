//! The story of the article as a demonstration: 37 subsidiaries of one company book through different channels, 120 rooms are agreed and 135 received, and
//! the member system counts points three times in places. Where it took people eight hours to explain the difference, it is asked here and answered.

use std::{collections::BTreeMap, io::Write as _, ops::ControlFlow, time::Instant};

use anyhow::Context as _;
use axum::http::Method;
use chrono::{Days, NaiveDate};
use hefu_app::{
    App, Context,
    control::{
        refresh::{Period, RefreshFindings},
        show::{FindingView, ListFindings, Wanted},
    },
};
use hefu_domain::finding::FindingKind;
use hefu_exchange::{
    import::{BATCH, Import, PeopleFrom},
    source::Map,
};
use hefu_findings::Value as Found;
use hefu_kernel::{Currency, Money};
use serde_json::{Value, json};

use super::client::{Demo, today};
use crate::{checkpoint, config::Config, open, out::out, private};

/// The property that receives them.
const PROPERTY: &str = "EXPO1";

/// How many subsidiaries there are.
const SUBSIDIARIES: usize = 37;

/// The channels that they book through.
const CHANNELS: [&str; 4] = ["direct", "ctrip", "meituan", "agent"];

/// Those whose points are counted three times.
const COUNTED_THRICE: [usize; 3] = [5, 17, 29];

/// The map of what the member system gives.
const MEMBERS: &str = r#"
name = "member-card-system"
kind = "points"
[property]
value = "EXPO1"
[fields]
source_key = { column = "id" }
booking = { column = "visit" }
date = { column = "day" }
points = { column = "points" }
"#;

/// Rooms that a subsidiary agreed on: 120 in all.
const fn agreed(subsidiary: usize) -> u64 {
    if subsidiary < 9 { 4 } else { 3 }
}

/// Rooms that it received: 135 in all.
const fn received(subsidiary: usize) -> u64 {
    agreed(subsidiary) + (subsidiary.is_multiple_of(2) && subsidiary < 30) as u64
}

fn code(subsidiary: usize) -> String {
    format!("SUB{:02}", subsidiary + 1)
}

/// Makes the property unless it is there, examines it and tells what differs.
pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    let app = open::app(config).await?;
    let demo = Demo::of(&app);
    if !demo.has(&app, PROPERTY).await? {
        tracing::info!("creating {PROPERTY} with {SUBSIDIARIES} subsidiaries (fictitious people)");
        demo.subsidiaries(&app).await?;
    }
    let began = Instant::now();
    let refresh = RefreshFindings { property: PROPERTY.to_owned(), period: Period::default() };
    let examined = app.operate(&Context::command_line("demo"), refresh).await?;
    let wanted = Wanted { property: Some(PROPERTY.to_owned()), ..Wanted::default() };
    let list = ListFindings { wanted, after: None, limit: 500 };
    let (findings, _) = app.ask(&Context::command_line("demo"), list).await?;
    let seconds = began.elapsed().as_secs_f64();
    tell(&findings, examined.visits, seconds)?;
    checkpoint::sequence(&app, config, "demo").await?;
    app.close().await;
    Ok(())
}

/// How many more there were than expected.
fn more(finding: &FindingView) -> i64 {
    match (&finding.expected, &finding.found) {
        (Found::Count(expected), Found::Count(found)) => found - expected,
        _ => 0,
    }
}

fn tell(findings: &[FindingView], visits: usize, seconds: f64) -> std::io::Result<()> {
    let agreed: u64 = (0..SUBSIDIARIES).map(agreed).sum();
    let of = |kind: FindingKind| findings.iter().filter(move |finding| finding.kind == kind);
    let rooms: i64 = of(FindingKind::Rooms).map(more).sum();
    let mut out = out();
    writeln!(out, "{SUBSIDIARIES} subsidiaries: {agreed} rooms booked, {} received", agreed as i64 + rooms)?;
    writeln!(
        out,
        "{} differences explained in {seconds:.2} s ({visits} visits): rooms {}, points {}, other {}",
        findings.len(),
        of(FindingKind::Rooms).count(),
        of(FindingKind::PointsTwice).count(),
        findings.len() - of(FindingKind::Rooms).count() - of(FindingKind::PointsTwice).count(),
    )?;
    let mut at_stake: BTreeMap<Currency, i64> = BTreeMap::new();
    for finding in findings {
        *at_stake.entry(finding.currency).or_default() += finding.stake;
    }
    for (currency, minor) in at_stake {
        writeln!(out, "at stake: {}", Money { minor, currency })?;
    }
    for finding in findings {
        let whose = match finding.visit.as_str() {
            "" => finding.evidence.first().map(|evidence| evidence.record.as_str()).unwrap_or_default(),
            number => number,
        };
        // Points are no money.
        let stake = match finding.stake {
            0 => String::new(),
            minor => Money { minor, currency: finding.currency }.to_string(),
        };
        writeln!(
            out,
            "  {:<14} {:<13} {stake:>14}  {}\n  {:<44} {}",
            finding.kind.code(),
            whose,
            finding.explanation.zh,
            "",
            finding.explanation.en
        )?;
    }
    Ok(())
}

impl Demo {
    /// The property and everything that happened in it.
    async fn subsidiaries(&self, app: &App) -> anyhow::Result<()> {
        let today = today(app)?;
        let yesterday = today - Days::new(1);
        let base = format!("/api/v1/properties/{PROPERTY}");
        let put = |path: String, body: Value| async move { self.send(Method::PUT, &path, body).await };
        put(
            base.clone(),
            json!({ "name": "合符会展酒店", "name_en": "Hefu Exhibition Hotel", "time_zone": "Asia/Shanghai",
                "currency": "CNY", "business_date": yesterday }),
        )
        .await?;
        put(format!("{base}/room-types/TWN"), json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 }))
            .await?;
        // What is blocked and what channels sell of it beside: nobody keeps them apart, so there is room for both.
        let rooms: Vec<Value> = (0..280)
            .map(|room| {
                let floor = 1 + room / 10;
                let number = format!("{floor:02}{:02}", 1 + room % 10);
                json!({ "number": number, "room_type": "TWN", "floor": floor.to_string() })
            })
            .collect();
        put(format!("{base}/rooms"), json!(rooms)).await?;
        put(
            format!("{base}/rate-plans/GRP"),
            json!({ "name": "团队价", "name_en": "Group", "kind": "nightly", "tax": 600, "service_fee": 1000,
                "rates": [{ "room_type": "TWN", "valid_from": "2020-01-01", "amount": 400_00 }] }),
        )
        .await?;
        put("/api/v1/companies/EXPOCO".to_owned(), json!({ "name": "示例集团有限公司" })).await?;
        let mut leads = Vec::new();
        for subsidiary in 0..SUBSIDIARIES {
            leads.push(self.subsidiary(subsidiary, yesterday).await?);
        }
        let audit = json!({ "force": true, "no_shows": "mark" });
        self.post(&format!("{base}/night-audit"), audit).await?;
        let mut extract = String::from("id,visit,day,points\n");
        for subsidiary in COUNTED_THRICE {
            let Some(number) = leads.get(subsidiary) else { continue };
            let points = self.leaves(number).await?;
            // Branch, brand and group each send the same stay.
            for from in ["branch", "brand", "group"] {
                extract.push_str(&format!("{from}-{},{number},{today},{points}\n", code(subsidiary)));
            }
        }
        member_extract(app, &extract).await
    }

    /// A subsidiary with its block and its guests; answers the number of the first.
    async fn subsidiary(&self, subsidiary: usize, arrival: NaiveDate) -> anyhow::Result<String> {
        let code = code(subsidiary);
        let company = json!({ "name": format!("示例集团第 {} 分公司", subsidiary + 1), "parent": "EXPOCO" });
        self.send(Method::PUT, &format!("/api/v1/companies/{code}"), company).await?;
        let group = json!({ "name": format!("会展团 {code}") });
        self.send(Method::PUT, &format!("/api/v1/groups/{code}"), group).await?;
        let night = arrival + Days::new(1);
        let rooms = json!([{ "room_type": "TWN", "from": arrival, "until": night, "rooms": agreed(subsidiary),
            "price": 400_00 }]);
        let block = json!({ "rate_plan": "GRP", "rooms": rooms });
        self.send(Method::PUT, &format!("/api/v1/properties/{PROPERTY}/blocks/{code}"), block).await?;
        let mut first = None;
        for room in 0..received(subsidiary) {
            let is_leaving = room == 0 && COUNTED_THRICE.contains(&subsidiary);
            // Who comes beside what was agreed comes through another channel.
            let beside = usize::from(room >= agreed(subsidiary));
            let body = json!({
                "property": PROPERTY, "guest": self.guest(), "group": code, "contract": code,
                "channel": CHANNELS[(subsidiary + beside) % CHANNELS.len()],
                "rooms": [{ "room_type": "TWN", "rate_plan": "GRP", "arrival": arrival,
                    "departure": arrival + Days::new(if is_leaving { 1 } else { 3 }) }],
            });
            let booked = self.post("/api/v1/reservations", body).await?;
            let number = booked["number"].as_str().unwrap_or_default().replace('-', "");
            let came = json!({ "room": "auto", "accept_dirty": true, "accept_early": true });
            self.post(&format!("/api/v1/visits/{number}/check-in"), came).await?;
            first.get_or_insert(number);
        }
        first.context("a subsidiary without rooms")
    }

    /// A member who pays and goes; answers the points that were earned.
    async fn leaves(&self, number: &str) -> anyhow::Result<i64> {
        let visit = format!("/api/v1/visits/{number}");
        let record = self.send(Method::GET, &visit, Value::Null).await?;
        let guest = record["guest"]["id"].as_str().context("a visit without a guest")?;
        let card = self.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await?;
        if let Some(balance @ 1..) = record["consumption"]["balance"].as_i64() {
            self.post(&format!("{visit}/payments"), json!({ "code": "WECHAT", "amount": balance })).await?;
        }
        self.post(&format!("{visit}/check-out"), json!({})).await?;
        let card = format!("/api/v1/members/{}", card["number"].as_str().unwrap_or_default());
        let member = self.send(Method::GET, &card, Value::Null).await?;
        member["membership"]["points"].as_i64().context("a member without points")
    }
}

/// What the member system says, imported as any file is.
async fn member_extract(app: &App, text: &str) -> anyhow::Result<()> {
    let path = std::env::temp_dir().join(format!("hefu-demo-{}.csv", std::process::id()));
    private::create(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .context("the member extract")?;
    let map = Map::parse(MEMBERS).context("the map of the member extract")?;
    let name = Some("member-card-system.csv".to_owned());
    let import = Import { path: path.clone(), name, map, people: PeopleFrom::Nowhere, batch: BATCH };
    let done = import.run(app, Context::command_line("demo"), |_, _| ControlFlow::Continue(())).await;
    // What was imported is kept with its records.
    let _ = std::fs::remove_file(&path);
    done?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_and_twenty_rooms_are_agreed_and_fifteen_more_received() {
        let sum = |of: fn(usize) -> u64| (0..SUBSIDIARIES).map(of).sum::<u64>();
        assert_eq!((sum(agreed), sum(received)), (120, 135));
    }
}
