//! What the store promises, held to on both engines.
#![expect(clippy::unwrap_used, reason = "tests")]

mod behind;
mod guests;
mod inventory;
mod journal;
mod keys;
mod sealed;
mod units;

use std::future::Future;

use chrono::NaiveDate;
use hefu_domain::{
    event::{Event, GuestEvent},
    ids::{PropertyId, RoomId, RoomTypeId},
    property::{Overstay, Property, Room, RoomState, RoomType},
    reservation::VisitGroup,
};
use hefu_kernel::{Currency, Id as _};
use hefu_store::{JournalDraft, StoreError, Tx};
use hefu_test_kit::TestDb;
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An entry of the journal that holds `words`, sealed for `owner`.
fn happened(owner: Uuid, words: serde_json::Value) -> JournalDraft<'static> {
    JournalDraft {
        actor: "test",
        at: "2026-10-03T08:00:00Z".parse().unwrap(),
        event: said(words),
        reason: None,
        property_id: None,
        visit_id: None,
        subject: ("test", owner),
        owner,
    }
}

/// An event that holds any words.
fn said(words: serde_json::Value) -> Event {
    GuestEvent::Source { system: "test".into(), external_id: "1".into(), record: words }.into()
}

/// Writes a row with its journal entry.
async fn write_group(tx: &mut Tx, code: &str) -> Result<(), StoreError> {
    let group =
        VisitGroup { id: tx.vault().ids.id(), code: code.to_owned(), name: "展会".into(), version: 1 };
    tx.insert(&group).await?;
    tx.journal(happened(group.id.uuid(), json!(code))).await.map(drop)
}

async fn group_exists(db: &TestDb, code: &str) -> bool {
    let mut conn = db.store.read().await.unwrap();
    hefu_store::query::visit::group_by_code(&mut conn, code).await.unwrap().is_some()
}

/// Runs `task` so many times at once; answers how each ended.
async fn at_once<T, F>(times: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    (0..times).map(task).collect::<JoinSet<T>>().join_all().await
}

fn a_type(property_id: PropertyId) -> RoomType {
    RoomType {
        property_id,
        id: RoomTypeId::NIL,
        code: "DLX".into(),
        name: "豪华房".into(),
        name_en: "Deluxe".into(),
        capacity: 2,
        overbooking: 0,
        version: 1,
    }
}

/// A property with one type of room and one room of it.
async fn property(db: &TestDb) -> (PropertyId, RoomTypeId, RoomId) {
    let ids = db.store.ids().clone();
    let (property_id, room_type_id, room_id) = (ids.id(), ids.id(), ids.id());
    let property = Property {
        id: property_id,
        code: "SHA".into(),
        name: "合符外滩".into(),
        name_en: "Hefu Bund".into(),
        time_zone: "Asia/Shanghai".into(),
        currency: Currency::CNY,
        business_date: day("2026-10-03"),
        check_in_minute: 840,
        check_out_minute: 720,
        audit_minute: 180,
        audit_automatic: true,
        overstay: Overstay::LastPrice,
        version: 1,
    };
    let room_type = RoomType { id: room_type_id, ..a_type(property_id) };
    let room = Room {
        property_id,
        id: room_id,
        number: "801".into(),
        room_type_id,
        floor: "8".into(),
        accessible: false,
        state: RoomState::Clean,
        version: 1,
        features: Vec::new(),
        closed_from: None,
    };
    db.store
        .write(move |tx| {
            let (property, room_type, room) = (property.clone(), room_type.clone(), room.clone());
            Box::pin(async move {
                tx.insert(&property).await?;
                tx.insert(&room_type).await?;
                tx.insert(&room).await?;
                tx.journal(happened(property_id.uuid(), json!("set up"))).await.map(drop)
            })
        })
        .await
        .unwrap();
    (property_id, room_type_id, room_id)
}
