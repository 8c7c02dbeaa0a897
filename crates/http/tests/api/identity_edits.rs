//! Profiles that are edited while guests are joined, over HTTP on both engines: what the person left stands, and each guest has its own again
//! when they are parted.

use crate::common::Server;
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

fn id(guest: &Value) -> String {
    guest["id"].as_str().unwrap().to_owned()
}

/// Time goes on: what comes later is later.
fn tick(s: &Server) {
    s.db.clock.advance(TimeDelta::minutes(1));
}

async fn guest(s: &Server, profile: Value) -> String {
    tick(s);
    id(&s.post("/api/v1/guests", profile).await)
}

async fn merge(s: &Server, survivor: &str, merged: &str) -> String {
    tick(s);
    id(&s.post(&format!("/api/v1/guests/{survivor}/merge"), json!({ "merged": merged })).await["merge"])
}

async fn undo(s: &Server, merge: &str) {
    tick(s);
    s.post(&format!("/api/v1/identity/merges/{merge}/undo"), json!({})).await;
}

/// The profile, unmasked.
async fn profile(s: &Server, guest: &str) -> Value {
    s.post(&format!("/api/v1/guests/{guest}/reveal"), json!({ "reason": "test" })).await["profile"].clone()
}

async fn edit(s: &Server, guest: &str, profile: &Value) {
    tick(s);
    let (status, answer) =
        s.send(Method::PUT, &format!("/api/v1/guests/{guest}"), Some(profile.clone()), &[]).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

/// Edits the phones alone.
async fn edit_phones(s: &Server, guest: &str, phones: &[&str]) {
    let mut left = profile(s, guest).await;
    left["phones"] = json!(phones);
    edit(s, guest, &left).await;
    assert_eq!(profile(s, guest).await, left, "exactly what the person left");
}

async fn phones(s: &Server, guest: &str) -> Value {
    profile(s, guest).await.get("phones").cloned().unwrap_or_else(|| json!([]))
}

const A1: &str = "+8613412345801";
const A2: &str = "+8613412345802";
const B1: &str = "+8613598127634";
const B2: &str = "+8613598127635";
const C1: &str = "+8613705714329";
const NEW: &str = "+8613800138000";
const NEWER: &str = "+8613800138001";

/// Three guests who have nothing in common.
async fn three(s: &Server) -> [String; 3] {
    [
        guest(s, json!({ "full_name": "孙丽", "phones": [A1, A2] })).await,
        guest(s, json!({ "full_name": "马文龙", "phones": [B1, B2] })).await,
        guest(s, json!({ "full_name": "古力娜", "phones": [C1] })).await,
    ]
}

both_engines! {
    async fn who_edits_two_as_one_leaves_each_its_own(db: TestDb) {
        let s = Server::new(db).await;
        let a = guest(&s, json!({ "full_name": "孙丽", "phones": [A1, A2], "city": "上海", "language": "zh",
            "documents": [{ "number": "E12345670", "type": "passport" }] })).await;
        let b = guest(&s, json!({ "full_name": "马文龙", "phones": [B1, B2], "city": "杭州", "address": "文三路 1 号",
            "birth": "1980-02-03", "language": "de", "documents": [{ "number": "E12345679", "type": "passport" }],
            "consents": [{ "purpose": "marketing", "given": false, "on": "2026-02-01" }] })).await;
        let merged = merge(&s, &a, &b).await;
        let seen = profile(&s, &a).await;
        assert_eq!((&seen["city"], &seen["language"], seen["phones"].as_array().unwrap().len()), (&json!("杭州"), &json!("de"), 4));
        let mut left = seen.clone();
        left["phones"] = json!([B2, NEW, A1]);
        left["city"] = json!("北京");
        left["preferences"] = json!(["high floor"]);
        edit(&s, &a, &left).await;
        assert_eq!(profile(&s, &a).await, left);
        assert_eq!(profile(&s, &b).await, left, "under either id");
        let golden = s.get(&format!("/api/v1/guests/{a}/golden")).await;
        let of = |field: &str| golden["origins"].as_array().unwrap().iter().find(|o| o["field"] == field).unwrap()["external_id"].clone();
        assert_eq!((of("phones[0]"), of("phones[1]"), of("address")), (json!(b), json!(a), json!(b)));

        undo(&s, &merged).await;
        let (of_a, of_b) = (profile(&s, &a).await, profile(&s, &b).await);
        assert_eq!((&of_a["phones"], &of_b["phones"]), (&json!([NEW, A1]), &json!([B2])));
        assert_eq!((of_a["full_name"].clone(), of_b["full_name"].clone()), (json!("孙丽"), json!("马文龙")));
        // What was typed is the survivor's; what it replaced is gone, and what it did not is where it was.
        assert_eq!((of_a.get("city"), of_b.get("city")), (Some(&json!("北京")), None));
        assert_eq!((of_a.get("preferences"), of_b.get("preferences")), (Some(&json!(["high floor"])), None));
        assert_eq!((of_a.get("address"), of_b.get("address")), (None, Some(&json!("文三路 1 号"))));
        assert_eq!((of_a.get("birth"), of_b.get("birth")), (None, Some(&json!("1980-02-03"))));
        // The language of the one was hidden by that of the other, and nobody touched it.
        assert_eq!((of_a.get("language"), of_b.get("language")), (Some(&json!("zh")), Some(&json!("de"))));
        assert_eq!((of_a.get("consents"), of_b["consents"][0]["given"].clone()), (None, json!(false)));
        let numbers = |profile: &Value| profile["documents"].as_array().unwrap().iter().map(|d| d["number"].clone()).collect::<Vec<_>>();
        assert_eq!((numbers(&of_a), numbers(&of_b)), (vec![json!("E12345670")], vec![json!("E12345679")]));
        // They are found by what they have, and by nothing else.
        for (phone, whose) in [(A1, Some(&a)), (NEW, Some(&a)), (B2, Some(&b)), (A2, None), (B1, None)] {
            let found = s.get(&format!("/api/v1/search?q={}", &phone[3..])).await.to_string();
            for guest in [&a, &b] {
                assert_eq!(found.contains(guest), whose == Some(guest), "{phone}");
            }
        }
    }

    async fn joins_and_edits_are_undone_in_any_order(db: TestDb) {
        let s = Server::new(db).await;
        for order in [[0, 1], [1, 0]] {
            let [a, b, c] = three(&s).await;
            let b_in_a = merge(&s, &a, &b).await;
            edit_phones(&s, &a, &[B2, A1, NEW]).await;
            // Somebody who is joined afterwards adds what is known of them, and so does what comes in later.
            let c_in_a = merge(&s, &a, &c).await;
            assert_eq!(phones(&s, &a).await, json!([B2, A1, NEW, C1]));
            edit_phones(&s, &a, &[NEWER, C1, B2, NEW]).await;
            let joins = [b_in_a, c_in_a];
            undo(&s, &joins[order[0]]).await;
            let expected = [json!([NEWER, C1, NEW]), json!([NEWER, B2, NEW])];
            assert_eq!(phones(&s, &a).await, expected[order[0]], "{order:?}");
            // An edit in between.
            let still: Vec<&str> = [vec![C1, NEW], vec![B2, NEW]][order[0]].clone();
            edit_phones(&s, &a, &still).await;
            undo(&s, &joins[order[1]]).await;
            let all = [phones(&s, &a).await, phones(&s, &b).await, phones(&s, &c).await];
            assert_eq!(all, [json!([NEW]), json!([B2]), json!([C1])], "{order:?}");
            // The next round is about others.
            for guest in [&a, &b, &c] {
                edit(&s, guest, &json!({ "full_name": "Nobody" })).await;
            }
        }
    }

    async fn what_a_guest_had_of_an_edit_goes_with_it(db: TestDb) {
        let s = Server::new(db).await;
        let [a, b, c] = three(&s).await;
        // C in B, B in A: the edit is of all three.
        let c_in_b = merge(&s, &b, &c).await;
        let b_in_a = merge(&s, &a, &b).await;
        edit_phones(&s, &a, &[C1, A2, B1, NEW]).await;
        undo(&s, &b_in_a).await;
        assert_eq!((phones(&s, &a).await, phones(&s, &b).await), (json!([A2, NEW]), json!([C1, B1])));
        // Alone again they are edited, and joined the other way round: what was taken out does not come back.
        edit_phones(&s, &b, &[C1, NEWER]).await;
        edit_phones(&s, &a, &[A2]).await;
        let a_in_b = merge(&s, &b, &a).await;
        let mut both = phones(&s, &b).await.as_array().unwrap().clone();
        both.sort_by_key(ToString::to_string);
        assert_eq!(both, [A2, C1, NEWER]);
        undo(&s, &c_in_b).await;
        undo(&s, &a_in_b).await;
        let all = [phones(&s, &a).await, phones(&s, &b).await, phones(&s, &c).await];
        assert_eq!(all, [json!([A2]), json!([NEWER]), json!([C1])]);
    }
}
