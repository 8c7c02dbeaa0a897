//! `hefu demo subsidiaries`, as somebody types it, and what a browser then gets over HTTP.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Serving, Site};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

fn said(site: &Site) -> String {
    let done = site.hefu(&["demo", "subsidiaries"]).output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{text}{}", String::from_utf8_lossy(&done.stderr));
    text
}

both_engines! {
    async fn thirty_seven_subsidiaries_booked_120_rooms_135_were_received_and_each_difference_is_explained(db: TestDb) {
        let site = Site::of(db).await;
        site.begin();
        let first = said(&site);
        assert!(first.contains("37 subsidiaries: 120 rooms booked, 135 received"), "{first}");
        assert!(first.contains("18 differences explained in") && first.contains("rooms 15, points 3, other 0"), "{first}");
        assert!(first.contains("预订 4 间，实际接待 5 间") && first.contains("3 rooms were booked and 4 received"), "{first}");
        // Shown again, nothing is made again and nothing is found twice.
        let again = said(&site);
        let told = |text: &str| text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(told(&again), told(&first));

        let serving: Serving = site.serve();
        let mut client = serving.client();
        let found = client.get("/api/v1/findings?property=EXPO1&kind=points_twice&limit=10").await;
        let found = found["items"].as_array().unwrap().clone();
        assert_eq!(found.len(), 3, "{found:#?}");
        for finding in &found {
            let (Value::Number(due), Value::Number(counted)) = (&finding["expected"]["value"], &finding["found"]["value"]) else { panic!("{finding}") };
            assert_eq!(counted.as_i64().unwrap(), 3 * due.as_i64().unwrap());
            assert_eq!((finding["cause"].as_str(), finding["correction"].clone()), (Some("member_versus_stay"), Value::Null));
        }
        let counts = client.get("/api/v1/properties/EXPO1/findings/counts").await;
        let kinds: Vec<(Value, Value)> = counts["kinds"].as_array().unwrap().iter().map(|kind| (kind["kind"].clone(), kind["open"].clone())).collect();
        assert_eq!(kinds, [(json!("points_twice"), json!(3)), (json!("rooms"), json!(15))]);
        // The account of the whole group says the same in one line.
        let account = client.get("/api/v1/companies/EXPOCO/account").await;
        let total = &account["total"][0];
        assert_eq!((&account["subsidiaries"], &total["blocked"], &total["received"]), (&json!(37), &json!(120), &json!(135)), "{total}");
        assert_eq!((&total["findings"], account["companies"].as_array().unwrap().len()), (&json!(18), 37), "{total}");
        serving.stop();
        site.verify();
    }
}
