//! Points of guests who are joined, parted and joined again, over HTTP on both engines: a charge earns once, whichever card earned it, and
//! its points are with whoever is read as its booker.

use crate::common::{Server, digits};
use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use hefu_app::authz::{Action, Resource, ResourceKind};
use hefu_app::{About, Command, Context, Result, Unit};
use hefu_domain::{
    event::MemberEvent,
    ids::PostingId,
    member::{PointsEntry, PointsKind},
};
use hefu_kernel::{Rng as _, SeededRng};
use hefu_store::query;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

fn id(guest: &Value) -> String {
    guest["id"].as_str().unwrap().to_owned()
}

/// A guest who is like no other.
async fn guest(s: &Server, name: &str, phone: &str) -> String {
    id(&s.post("/api/v1/guests", json!({ "full_name": name, "phones": [phone] })).await)
}

/// Anna and Bo (both invented), who have nothing in common.
async fn two(s: &Server) -> (String, String) {
    (guest(s, "孙丽", "13412345801").await, guest(s, "马文龙", "13598127634").await)
}

/// A booking of the guest; answers its number.
async fn book(s: &Server, guest: &str) -> String {
    let body = json!({ "property": "SH01", "guest": { "id": guest }, "state": "requested",
        "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-04", "departure": "2026-10-05" }] });
    digits(&s.post("/api/v1/reservations", body).await)
}

/// Makes the guest a member; answers the card's number.
async fn enrol(s: &Server, guest: &str) -> String {
    let made = s.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await;
    made["number"].as_str().unwrap().to_owned()
}

async fn adjust(s: &Server, card: &str, points: i64) {
    s.post(
        &format!("/api/v1/members/{card}/adjust"),
        json!({ "points": points, "reason": "test", "key": "k" }),
    )
    .await;
}

async fn merge(s: &Server, survivor: &str, merged: &str) -> String {
    let done = s.post(&format!("/api/v1/guests/{survivor}/merge"), json!({ "merged": merged })).await;
    id(&done["merge"])
}

/// Undoes a join; answers how many points were spent.
async fn undo(s: &Server, merge: &str) -> i64 {
    s.post(&format!("/api/v1/identity/merges/{merge}/undo"), json!({})).await["points_spent"]
        .as_i64()
        .unwrap()
}

/// The visit's latest line.
async fn last_line(s: &Server, visit: &str) -> String {
    let lines = s.get(&format!("/api/v1/visits/{visit}")).await["consumption"]["postings"].clone();
    let main = lines.as_array().unwrap().iter().rfind(|line| line["code"] != "TAX").unwrap();
    id(main)
}

/// Charges whole yuan; answers the line.
async fn charge(s: &Server, visit: &str, yuan: i64) -> String {
    s.post(&format!("/api/v1/visits/{visit}/charges"), json!({ "code": "MINI", "amount": yuan * 100 })).await;
    last_line(s, visit).await
}

async fn accrue(s: &Server, visit: &str) {
    s.post(&format!("/api/v1/visits/{visit}/accrue-points"), json!({})).await;
}

/// Charges and accrues; answers the line.
async fn earn(s: &Server, visit: &str, yuan: i64) -> String {
    let line = charge(s, visit, yuan).await;
    accrue(s, visit).await;
    line
}

/// Pays with points; answers the line.
async fn redeem(s: &Server, visit: &str, points: i64) -> String {
    s.post(&format!("/api/v1/visits/{visit}/redeem-points"), json!({ "points": points })).await;
    last_line(s, visit).await
}

async fn reverse(s: &Server, visit: &str, line: &str) {
    s.post(&format!("/api/v1/visits/{visit}/reversals"), json!({ "posting_id": line })).await;
}

/// What is on a card, which is the sum of its movements.
async fn on(s: &Server, card: &str) -> i64 {
    let view = s.get(&format!("/api/v1/members/{card}")).await;
    let sum: i64 =
        view["entries"].as_array().unwrap().iter().map(|entry| entry["points"].as_i64().unwrap()).sum();
    assert_eq!(
        view["membership"]["points"].as_i64().unwrap(),
        sum,
        "the balance is the sum of the movements"
    );
    sum
}

/// What a visit left on a card.
async fn left_on(s: &Server, card: &str, visit: &str) -> i64 {
    let view = s.get(&format!("/api/v1/members/{card}")).await;
    let of_visit = |entry: &&Value| entry["visit"] == visit;
    view["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(of_visit)
        .map(|entry| entry["points"].as_i64().unwrap())
        .sum()
}

both_engines! {
    async fn what_a_charge_earned_is_taken_when_guests_part_and_earned_again_when_they_join(db: TestDb) {
        let s = Server::new(db).await;
        let (a, b) = two(&s).await;
        let card = enrol(&s, &a).await;
        let of_b = book(&s, &b).await;
        let mut merged = merge(&s, &a, &b).await;
        let line = earn(&s, &of_b, 100).await;
        assert_eq!(on(&s, &card).await, 100);
        for _ in 0..3 {
            assert_eq!(undo(&s, &merged).await, 0);
            assert_eq!(on(&s, &card).await, 0);
            accrue(&s, &of_b).await;
            assert_eq!(on(&s, &card).await, 0, "the booker has no card");
            merged = merge(&s, &a, &b).await;
            assert_eq!(on(&s, &card).await, 100);
            accrue(&s, &of_b).await;
            assert_eq!(on(&s, &card).await, 100, "once");
        }
        // The other is the survivor now; it makes no difference.
        undo(&s, &merged).await;
        let merged = merge(&s, &b, &a).await;
        assert_eq!(on(&s, &card).await, 100);
        reverse(&s, &of_b, &line).await;
        assert_eq!(on(&s, &card).await, 0);
        undo(&s, &merged).await;
        merge(&s, &a, &b).await;
        accrue(&s, &of_b).await;
        assert_eq!(on(&s, &card).await, 0, "what is reversed is not earned again");
    }

    async fn a_charge_that_is_reversed_while_guests_are_apart_is_not_earned_again(db: TestDb) {
        let s = Server::new(db).await;
        let (a, b) = two(&s).await;
        let card = enrol(&s, &a).await;
        let of_b = book(&s, &b).await;
        let merged = merge(&s, &a, &b).await;
        let (gone, kept) = (earn(&s, &of_b, 100).await, earn(&s, &of_b, 30).await);
        undo(&s, &merged).await;
        reverse(&s, &of_b, &gone).await;
        merge(&s, &a, &b).await;
        accrue(&s, &of_b).await;
        assert_eq!(on(&s, &card).await, 30);
        reverse(&s, &of_b, &kept).await;
        assert_eq!(on(&s, &card).await, 0);
    }

    async fn the_card_of_the_side_set_apart_gives_back_what_it_earned_by_the_other(db: TestDb) {
        let s = Server::new(db).await;
        let (a, b) = two(&s).await;
        let of_b_card = enrol(&s, &b).await;
        let of_a = book(&s, &a).await;
        let merged = merge(&s, &a, &b).await;
        let line = earn(&s, &of_a, 250).await;
        assert_eq!(on(&s, &of_b_card).await, 250);
        assert_eq!(undo(&s, &merged).await, 0);
        assert_eq!(on(&s, &of_b_card).await, 0);
        // Whose visit it was earns it again as soon as there is a card.
        let of_a_card = enrol(&s, &a).await;
        assert_eq!((on(&s, &of_a_card).await, on(&s, &of_b_card).await), (250, 0));
        let merged = merge(&s, &a, &b).await;
        accrue(&s, &of_a).await;
        assert_eq!((on(&s, &of_a_card).await, on(&s, &of_b_card).await), (250, 0), "not twice");
        undo(&s, &merged).await;
        assert_eq!((on(&s, &of_a_card).await, on(&s, &of_b_card).await), (250, 0), "it is the guest's own");
        reverse(&s, &of_a, &line).await;
        assert_eq!((on(&s, &of_a_card).await, on(&s, &of_b_card).await), (0, 0));
    }

    async fn a_redemption_from_two_cards_comes_back_to_both(db: TestDb) {
        let s = Server::new(db).await;
        let (a, b) = two(&s).await;
        let (of_a, of_b) = (enrol(&s, &a).await, enrol(&s, &b).await);
        adjust(&s, &of_a, 300).await;
        adjust(&s, &of_b, 500).await;
        let visit = book(&s, &b).await;
        let merged = merge(&s, &a, &b).await;
        let line = redeem(&s, &visit, 600).await;
        assert_eq!((on(&s, &of_a).await, on(&s, &of_b).await), (200, 0));
        let points = s.get(&format!("/api/v1/visits/{visit}")).await["points"].clone();
        assert_eq!((&points["points"], points["entries"].as_array().unwrap().len()), (&json!(-600), 2));
        undo(&s, &merged).await;
        assert_eq!((on(&s, &of_a).await, on(&s, &of_b).await), (200, 0));
        reverse(&s, &visit, &line).await;
        assert_eq!((on(&s, &of_a).await, on(&s, &of_b).await), (300, 500));
    }

    async fn what_is_spent_is_told_and_not_doubled(db: TestDb) {
        let s = Server::new(db).await;
        let (a, b) = two(&s).await;
        let of_a_card = enrol(&s, &a).await;
        let (of_a, of_b) = (book(&s, &a).await, book(&s, &b).await);
        let merged = merge(&s, &a, &b).await;
        earn(&s, &of_b, 200).await;
        redeem(&s, &of_a, 150).await;
        assert_eq!(undo(&s, &merged).await, 150);
        assert_eq!(on(&s, &of_a_card).await, 0);
        let of_b_card = enrol(&s, &b).await;
        assert_eq!(on(&s, &of_b_card).await, 50);
        let merged = merge(&s, &a, &b).await;
        accrue(&s, &of_b).await;
        assert_eq!((on(&s, &of_a_card).await, on(&s, &of_b_card).await), (0, 50));
        assert_eq!(undo(&s, &merged).await, 150);
    }

    async fn what_a_visit_earned_and_spent_on_the_card_of_another_leaves_it_as_it_was(db: TestDb) {
        let s = Server::new(db).await;
        let (a, b) = two(&s).await;
        let of_a_card = enrol(&s, &a).await;
        let of_b = book(&s, &b).await;
        let merged = merge(&s, &a, &b).await;
        let line = earn(&s, &of_b, 300).await;
        let spent = redeem(&s, &of_b, 100).await;
        assert_eq!(undo(&s, &merged).await, 0);
        assert_eq!(on(&s, &of_a_card).await, 0);
        let of_b_card = enrol(&s, &b).await;
        assert_eq!(on(&s, &of_b_card).await, 200);
        // What comes back to the card that paid was earned by this visit: it goes where the visit is.
        reverse(&s, &of_b, &spent).await;
        assert_eq!((on(&s, &of_a_card).await, on(&s, &of_b_card).await), (0, 300));
        reverse(&s, &of_b, &line).await;
        assert_eq!((on(&s, &of_a_card).await, on(&s, &of_b_card).await), (0, 0));
    }

    async fn a_join_asks_nothing_of_visits_and_of_points_only_what_crosses_it(db: TestDb) {
        let s = Server::new(db).await;
        let (a, b) = two(&s).await;
        let (of_a, of_b) = (enrol(&s, &a).await, enrol(&s, &b).await);
        let (visit_of_a, visit_of_b) = (book(&s, &a).await, book(&s, &b).await);
        earn(&s, &visit_of_a, 70).await;
        earn(&s, &visit_of_b, 80).await;
        for (guest, card) in [(&a, &of_a), (&b, &of_b)] {
            let view = s.get(&format!("/api/v1/members/{card}")).await;
            assert_eq!(view["membership"]["guest_id"], **guest);
            s.app.execute(Context::job("test"), LongHistory(card.clone())).await.unwrap();
        }
        // Whoever reads or writes a row of a visit now fails.
        let tables = ["reservation", "reservation_room", "guest_visit", "stay", "stay_guest", "folio", "posting"];
        let rename = |from: &str, to: &str| {
            let all = tables.map(|table| format!("ALTER TABLE {from}{table} RENAME TO {to}{table};"));
            all.concat()
        };
        s.is_tampered_with();
        s.db.tamper(&rename("", "gone_")).await;
        assert_eq!(s.send(Method::GET, &format!("/api/v1/visits/{visit_of_a}/duplicates"), None, &[]).await.0, 500);
        let merged = merge(&s, &a, &b).await;
        assert_eq!(undo(&s, &merged).await, 0);
        s.db.tamper(&rename("gone_", "")).await;
        let points = [70 + VISITS as i64, 80 + VISITS as i64];
        for (card, points) in [&of_a, &of_b].into_iter().zip(points) {
            let view = s.get(&format!("/api/v1/members/{card}")).await;
            assert_eq!(view["membership"]["points"], points);
            let entries = view["entries"].as_array().unwrap();
            assert!(entries.iter().all(|entry| entry["kind"] == "earned"), "nothing was moved");
        }
    }

    async fn points_that_are_earned_at_the_moment_of_parting_are_not_left_behind(db: TestDb) {
        let s = Server::new(db).await;
        let (a, b) = two(&s).await;
        let card = enrol(&s, &a).await;
        let visit = book(&s, &b).await;
        let mut expected = 0;
        for _ in 0..5 {
            let merged = merge(&s, &a, &b).await;
            charge(&s, &visit, 10).await;
            expected += 10;
            let accrue_path = format!("/api/v1/visits/{visit}/accrue-points");
            let undo_path = format!("/api/v1/identity/merges/{merged}/undo");
            let paths = [&accrue_path, &undo_path, &accrue_path];
            let answers = join_all(paths.map(|path| s.send(Method::POST, path, Some(json!({})), &[]))).await;
            assert!(answers.iter().all(|(status, _)| *status == StatusCode::OK), "{answers:?}");
            assert_eq!(on(&s, &card).await, 0, "the booker is apart");
        }
        merge(&s, &a, &b).await;
        accrue(&s, &visit).await;
        assert_eq!(on(&s, &card).await, expected);
    }

    async fn whatever_is_done_in_whatever_order_the_cards_hold_what_the_bills_say(db: TestDb) {
        let s = Server::new(db).await;
        for seed in 0..3 {
            story(&s, seed).await;
        }
    }
}

const VISITS: usize = 3_000;

/// Thousands of visits of a member, each of which earned a point.
struct LongHistory(String);

#[async_trait]
impl Command for LongHistory {
    const ACTION: Action = Action::HealthShow;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let property = u.property("SH01").await?;
        let Some(mut membership) = query::member::by_number(u.tx, &self.0).await? else {
            unreachable!("the card was handed out above")
        };
        let entries: Vec<PointsEntry> = (0..VISITS)
            .map(|_| PointsEntry {
                membership_id: membership.id,
                source: format!("posting:{}", u.id::<PostingId>()),
                kind: PointsKind::Earned,
                points: 1,
                property_id: Some(property.id),
                visit_id: Some(u.id()),
                at: u.now,
                guest_id: None,
            })
            .collect();
        membership.points += VISITS as i64;
        u.tx.insert_all(&entries).await?;
        u.tx.update(&mut membership).await?;
        u.record(About::Guest(membership.guest_id), MemberEvent::Accrue { points: VISITS as i64 }).await
    }
}

/// What a guest of a story has.
struct Person {
    guest: String,
    visit: String,
    card: Option<String>,
    /// Into whom it is joined, and by which join.
    joined: Option<(usize, String)>,
    /// Charges that stand, and their points.
    charges: Vec<(String, i64)>,
    /// Redemptions that stand, and their points.
    spent: Vec<(String, i64)>,
}

fn root(people: &[Person], mut of: usize) -> usize {
    while let Some((into, _)) = &people[of].joined {
        of = *into;
    }
    of
}

/// Forty things at random among three guests, of whom one has no card at first and another one is enrolled during the story.
async fn story(s: &Server, seed: u64) {
    let rng = SeededRng::new(seed);
    let below = |n: usize| (rng.next_u64() % n as u64) as usize;
    let mut people = Vec::new();
    for (place, name) in ["孙丽", "马文龙", "古力娜"].iter().enumerate() {
        let guest = guest(s, name, &format!("1{}4{seed}23{place}5801", 3 + place)).await;
        let visit = book(s, &guest).await;
        let card = if place == 0 { Some(enrol(s, &guest).await) } else { None };
        if let Some(card) = &card {
            adjust(s, card, 5_000).await;
        }
        let (charges, spent) = (Vec::new(), Vec::new());
        people.push(Person { guest, visit, card, joined: None, charges, spent });
    }
    for step in 0..40 {
        let at = below(people.len());
        let has_card = |people: &[Person], of: usize| {
            (0..people.len())
                .any(|other| root(people, other) == root(people, of) && people[other].card.is_some())
        };
        match below(7) {
            0 => {
                let (one, two) = (root(&people, at), root(&people, below(3)));
                if one != two {
                    let merged = merge(s, &people[one].guest, &people[two].guest).await;
                    people[two].joined = Some((one, merged));
                }
            }
            1 => {
                if let Some((_, merged)) = people[at].joined.take() {
                    assert_eq!(undo(s, &merged).await, 0, "there is always enough");
                }
            }
            2 | 3 => {
                let points = 1 + below(300) as i64;
                let line = charge(s, &people[at].visit, points).await;
                people[at].charges.push((line, points));
            }
            4 if has_card(&people, at) => {
                let points = 1 + below(50) as i64;
                let (status, _) = s
                    .send(
                        Method::POST,
                        &format!("/api/v1/visits/{}/redeem-points", people[at].visit),
                        Some(json!({ "points": points })),
                        &[],
                    )
                    .await;
                if status == StatusCode::OK {
                    let line = last_line(s, &people[at].visit).await;
                    people[at].spent.push((line, points));
                }
            }
            5 => {
                let person = &mut people[at];
                let lines = if below(2) == 0 { &mut person.charges } else { &mut person.spent };
                if let Some((line, _)) = lines.pop() {
                    let (path, body) =
                        (format!("/api/v1/visits/{}/reversals", person.visit), json!({ "posting_id": line }));
                    let (status, answer) = s.send(Method::POST, &path, Some(body), &[]).await;
                    assert_eq!(status, StatusCode::OK, "{seed} {step}: {answer}");
                }
            }
            6 if step > 20 && !has_card(&people, at) => {
                let card = enrol(s, &people[at].guest).await;
                adjust(s, &card, 5_000).await;
                // Of several who are read as one the one that is kept is the member.
                let member = root(&people, at);
                people[member].card = Some(card);
            }
            _ => {}
        }
        for person in &people {
            accrue(s, &person.visit).await;
        }
        for (of, person) in people.iter().enumerate() {
            let (mut sum, mut own) = (0, 0);
            for (other, owner) in people.iter().enumerate() {
                let Some(card) = &owner.card else { continue };
                let left = left_on(s, card, &person.visit).await;
                let is_own = root(&people, other) == root(&people, of);
                assert!(is_own || left <= 0, "{seed} {step}: {left} of {of} are left on the card of {other}");
                (sum, own) = (sum + left, own + left * i64::from(is_own));
            }
            let total = |lines: &[(String, i64)]| lines.iter().map(|(_, points)| points).sum::<i64>();
            if has_card(&people, of) {
                assert_eq!(
                    sum,
                    total(&person.charges) - total(&person.spent),
                    "{seed} {step}: the visit of {of}"
                );
            } else {
                assert_eq!(own, 0);
            }
        }
    }
}
