//! Members over HTTP on both engines: points once, spent once, and the discount at once.

use crate::common::Server;
use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use hefu_app::authz::{Action, Resource, ResourceKind};
use hefu_app::{About, Command, Context, Result, Unit, folio, visit};
use hefu_domain::{event::AuditEvent, ids::StayId};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// A visit of a member; answers its number and the member's.
async fn member(s: &Server) -> (String, String) {
    let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
    let guest = s.get(&format!("/api/v1/visits/{number}")).await["guest"]["id"].as_str().unwrap().to_owned();
    let made = s.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await;
    assert_eq!((made["tier"].as_str(), made["points"].as_i64()), (Some("classic"), Some(0)));
    let again = s.refused(&format!("/api/v1/guests/{guest}/membership"), json!({})).await;
    assert_eq!(again, (409, "already_exists".into()));
    assert_eq!(
        s.get(&format!("/api/v1/guests/{guest}/membership")).await["membership"]["number"],
        made["number"]
    );
    (number, made["number"].as_str().unwrap().to_owned())
}

async fn points(s: &Server, member: &str) -> (i64, i64, usize) {
    let view = s.get(&format!("/api/v1/members/{member}")).await;
    let sum: i64 = view["entries"].as_array().unwrap().iter().map(|e| e["points"].as_i64().unwrap()).sum();
    let (now, ever) = (
        view["membership"]["points"].as_i64().unwrap(),
        view["membership"]["lifetime_points"].as_i64().unwrap(),
    );
    assert_eq!(now, sum, "the balance is the sum of the entries");
    (now, ever, view["entries"].as_array().unwrap().len())
}

async fn lines(s: &Server, number: &str) -> Vec<Value> {
    s.get(&format!("/api/v1/visits/{number}")).await["consumption"]["postings"].as_array().unwrap().clone()
}

/// Posts the first night of the visit's first room, as check-in and night audit do.
struct PostNight {
    number: String,
}

#[async_trait]
impl Command for PostNight {
    const ACTION: Action = Action::HealthShow;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let (property, id) = visit::locate(u.tx, &self.number, None).await?;
        let mut visit = visit::load(u.tx, property, id).await?;
        let night = visit.rooms[0].arrival;
        let stay = match visit.rooms[0].stay_id {
            Some(stay) => stay,
            None => {
                let stay: StayId = u.id();
                visit.rooms[0].stay_id = Some(stay);
                u.tx.update(&mut visit.rooms[0]).await?;
                stay
            }
        };
        let room = visit.rooms[0].clone();
        folio::post_room(u, &visit, &room, stay, night).await?;
        u.record(About::Visit(&visit.reservation), AuditEvent::PostRoom { stay_id: stay, night }).await
    }
}

both_engines! {
    async fn points_are_earned_once_however_often_they_are_accrued(db: TestDb) {
        let s = Server::new(db).await;
        let (number, member) = member(&s).await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&at("charges"), json!({ "code": "MINI", "amount": 128_50 })).await;
        s.post(&at("charges"), json!({ "code": "FB", "amount": 300_00 })).await;
        s.post(&at("payments"), json!({ "code": "CASH", "amount": 100_00 })).await;
        let path = at("accrue-points");
        let answers = join_all((0..6).map(|_| s.send(Method::POST, &path, Some(json!({})), &[]))).await;
        assert!(answers.iter().all(|(status, _)| *status == StatusCode::OK), "{answers:?}");
        // One point for a whole yuan of revenue, none for tax and payments.
        assert_eq!(points(&s, &member).await, (428, 428, 2));

        // A reversal takes them back at once, and a later accrual finds nothing left to do.
        let meal = lines(&s, &number).await.into_iter().find(|l| l["code"] == "FB").unwrap()["id"].clone();
        s.post(&at("transfers"), json!({ "posting_ids": [meal], "to_window": 2 })).await;
        s.post(&at("reversals"), json!({ "posting_id": meal })).await;
        assert_eq!(points(&s, &member).await, (128, 128, 3));
        s.post(&path, json!({})).await;
        assert_eq!(points(&s, &member).await, (128, 128, 3));

        // Charged and reversed before anything was accrued: nothing in sum.
        s.post(&at("charges"), json!({ "code": "LAUN", "amount": 99_99 })).await;
        let laundry = lines(&s, &number).await.into_iter().find(|l| l["code"] == "LAUN").unwrap()["id"].clone();
        s.post(&at("reversals"), json!({ "posting_id": laundry })).await;
        s.post(&path, json!({})).await;
        assert_eq!(points(&s, &member).await.0, 128);
        let part = s.get(&format!("/api/v1/visits/{number}")).await["points"].clone();
        assert_eq!(part["points"], 128);
    }

    async fn no_more_points_are_spent_than_there_are(db: TestDb) {
        let s = Server::new(db).await;
        let (number, member) = member(&s).await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        let adjust = json!({ "points": 1_000, "reason": "complaint 12", "key": "complaint-12" });
        let adjusted = s.post(&format!("/api/v1/members/{member}/adjust"), adjust.clone()).await;
        assert_eq!((adjusted["points"].as_i64(), adjusted["lifetime_points"].as_i64()), (Some(1_000), Some(0)));
        assert_eq!(s.refused(&format!("/api/v1/members/{member}/adjust"), adjust).await.1, "already_exists");
        let below = json!({ "points": -1_001, "reason": "mistake" });
        assert_eq!(s.refused(&format!("/api/v1/members/{member}/adjust"), below).await.1, "not_enough_points");

        assert_eq!(s.refused(&at("redeem-points"), json!({ "points": 1_001 })).await, (409, "not_enough_points".into()));
        assert!(lines(&s, &number).await.is_empty());
        let path = at("redeem-points");
        let answers = join_all((0..4).map(|_| s.send(Method::POST, &path, Some(json!({ "points": 600 })), &[]))).await;
        let done = answers.iter().filter(|(status, _)| *status == StatusCode::OK).count();
        let refused = answers.iter().filter(|(_, answer)| answer["code"] == "not_enough_points").count();
        assert_eq!((done, refused), (1, 3), "{answers:?}");
        let bill = lines(&s, &number).await;
        assert_eq!((bill.len(), bill[0]["code"].as_str(), bill[0]["amount"].as_i64()), (1, Some("POINTS"), Some(-6_00)));
        assert_eq!(points(&s, &member).await, (400, 0, 2));
        // Points are not turned into money, but a redemption can be taken back.
        assert_eq!(s.refused(&at("refunds"), json!({ "code": "CASH", "amount": 1 })).await.1, "bad_amount");
        s.post(&at("reversals"), json!({ "posting_id": bill[0]["id"] })).await;
        assert_eq!(points(&s, &member).await, (1_000, 0, 3));
    }

    async fn a_charge_whose_points_are_spent_is_not_reversed_behind_their_back(db: TestDb) {
        let s = Server::new(db).await;
        let (number, member) = member(&s).await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&at("charges"), json!({ "code": "MINI", "amount": 200_00 })).await;
        s.post(&at("accrue-points"), json!({})).await;
        s.post(&at("redeem-points"), json!({ "points": 150 })).await;
        let charge = lines(&s, &number).await[0]["id"].clone();
        assert_eq!(s.refused(&at("reversals"), json!({ "posting_id": charge })).await.1, "not_enough_points");
        // The charge, its tax, and what was paid by points.
        assert_eq!((lines(&s, &number).await.len(), points(&s, &member).await), (3, (50, 200, 2)));
        // Given back first, it can be.
        let spent = lines(&s, &number).await[2]["id"].clone();
        s.post(&at("reversals"), json!({ "posting_id": spent })).await;
        s.post(&at("reversals"), json!({ "posting_id": charge })).await;
        assert_eq!(points(&s, &member).await, (0, 0, 4));
    }

    async fn a_tier_reached_during_the_stay_lowers_the_bill_at_once(db: TestDb) {
        let s = Server::new(db).await;
        let (number, member) = member(&s).await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        let night = || s.app.execute(Context::job("test"), PostNight { number: number.clone() });
        night().await.unwrap();
        night().await.unwrap();
        // 300.00 + 30.00 service fee + 19.80 tax.
        let before = s.post(&at("charges"), json!({ "code": "FB", "amount": 50_000_00 })).await;
        assert_eq!(before["balance"], 349_80 + 53_000_00);
        s.post(&at("accrue-points"), json!({})).await;
        let view = s.get(&format!("/api/v1/members/{member}")).await;
        assert_eq!((view["membership"]["tier"].as_str(), view["discount"].as_i64()), (Some("gold"), Some(1_000)));

        let path = at("apply-member-discount");
        for _ in 0..2 {
            let answers = join_all((0..3).map(|_| s.send(Method::POST, &path, Some(json!({})), &[]))).await;
            assert!(answers.iter().all(|(status, _)| *status == StatusCode::OK), "{answers:?}");
            night().await.unwrap();
        }
        let bill = lines(&s, &number).await;
        let of = |code: &str| -> Vec<i64> {
            bill.iter().filter(|l| l["code"] == code).map(|l| l["amount"].as_i64().unwrap()).collect()
        };
        // As if the room had cost 270.00: 30.00 off the room, 3.00 off the fee, 1.98 off the tax.
        assert_eq!((of("ROOM"), of("DISC")), (vec![300_00], vec![-33_00]));
        assert_eq!(of("TAX").iter().sum::<i64>(), 19_80 + 3_000_00 - 1_98);
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!(view["consumption"]["balance"], 53_000_00 + 349_80 - 34_98);
        assert_eq!((view["booking"]["promised"].as_i64(), view["booking"]["rooms"][0]["discount"].as_i64()),
            (Some(540_00), Some(1_000)));
    }

    async fn member_numbers_notice_a_wrong_digit(db: TestDb) {
        let s = Server::new(db).await;
        let (_, member) = member(&s).await;
        let last = (member.as_bytes()[8] - b'0' + 1) % 10;
        let (status, answer) = s.send(Method::GET, &format!("/api/v1/members/{}{last}", &member[..8]), None, &[]).await;
        assert_eq!((status.as_u16(), answer["code"].as_str()), (422, Some("mistyped_number")));
        let (status, _) = s.send(Method::GET, "/api/v1/members/12", None, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let nobody = "/api/v1/guests/0192f000-0000-7000-8000-000000000000/membership";
        assert_eq!(s.send(Method::GET, nobody, None, &[]).await.0, StatusCode::NOT_FOUND);
    }
}
