//! No double booking, whatever happens at the same time.

use hefu_domain::{
    ids::VisitId,
    stay::{RoomNight, RoomPart},
};
use hefu_kernel::Id as _;
use hefu_store::{StoreError, query::inventory};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

use crate::{at_once, day, happened, house};

both_engines! {
    async fn the_last_room_of_a_type_is_sold_once(db: TestDb) {
        let (property, room_type, _) = house(&db).await;
        let night = day("2026-10-03");
        let take = |store: hefu_store::Store| async move {
            store
                .write(move |tx| {
                    Box::pin(async move {
                        inventory::take(tx, property, room_type, night, RoomPart::Night).await?;
                        tx.journal(happened(property.uuid(), json!("sold"))).await.map(drop)
                    })
                })
                .await
        };
        let ends = at_once(50, |_| take(db.store.clone())).await;
        let sold = ends.iter().filter(|end| end.is_ok()).count();
        let refused = ends
            .iter()
            .filter(|end| matches!(end, Err(StoreError::Check { check }) if check == "inventory_not_oversold"))
            .count();
        assert_eq!((sold, refused), (1, 49), "{ends:?}");

        let mut conn = db.store.read().await.unwrap();
        let counters = inventory::sold(&mut conn, property, night, day("2026-10-04")).await.unwrap();
        let counted: Vec<_> = counters.iter().map(|c| (c.night, c.part, c.capacity, c.sold)).collect();
        assert_eq!(counted, [(night, RoomPart::Night, 1, 1)]);

        let fewer = db
            .store
            .write(move |tx| Box::pin(inventory::resize(tx, property, room_type, -1, night, day("2026-10-04"))))
            .await;
        assert!(matches!(fewer, Err(StoreError::Check { .. })), "{fewer:?}");
        db.store
            .write(move |tx| {
                Box::pin(async move {
                    inventory::give_back(tx, property, room_type, night, RoomPart::Night).await?;
                    tx.journal(happened(property.uuid(), json!("given back"))).await.map(drop)
                })
            })
            .await
            .unwrap();
        take(db.store.clone()).await.unwrap();
    }

    async fn a_night_of_a_room_is_held_once(db: TestDb) {
        let (property_id, _, room_id) = house(&db).await;
        let night = day("2026-10-03");
        let ends = at_once(50, |_| {
            let store = db.store.clone();
            let visit: VisitId = store.ids().id();
            async move {
                let end = store
                    .write(move |tx| {
                        Box::pin(async move {
                            let held = RoomNight {
                                property_id,
                                room_id,
                                night,
                                part: RoomPart::Night,
                                visit_id: Some(visit),
                                line: 1,
                            };
                            tx.insert(&held).await?;
                            tx.journal(happened(property_id.uuid(), json!("held"))).await.map(drop)
                        })
                    })
                    .await;
                (visit, end)
            }
        })
        .await;
        let holders: Vec<VisitId> =
            ends.iter().filter(|(_, end)| end.is_ok()).map(|(visit, _)| *visit).collect();
        let refused = ends
            .iter()
            .filter(|(_, end)| matches!(end, Err(StoreError::Duplicate { table }) if table == "room_night"))
            .count();
        assert_eq!((holders.len(), refused), (1, 49), "{ends:?}");

        let next = day("2026-10-04");
        let mut conn = db.store.read().await.unwrap();
        let held = inventory::held(&mut conn, property_id, room_id, night, next).await.unwrap();
        assert_eq!(held.iter().map(|held| held.visit_id).collect::<Vec<_>>(), [Some(holders[0])]);

        // Only who holds a room can let go of it.
        for (visit, line, expected) in
            [(VisitId::NIL, 1, 0), (holders[0], 2, 0), (holders[0], 1, 1), (holders[0], 1, 0)]
        {
            let released = db
                .store
                .write(move |tx| {
                    Box::pin(async move {
                        let released =
                            inventory::release(tx, property_id, room_id, night, next, (visit, line)).await?;
                        tx.journal(happened(property_id.uuid(), json!("released"))).await?;
                        Ok::<_, StoreError>(released)
                    })
                })
                .await;
            assert_eq!(released.unwrap(), expected);
        }
    }
}
