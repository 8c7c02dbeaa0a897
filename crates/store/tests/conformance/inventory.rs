//! No double booking, whatever happens at the same time.

use std::{sync::Arc, time::Duration};

use chrono::Days;
use futures_util::future::{BoxFuture, join};
use hefu_domain::{
    ids::VisitId,
    property::RoomType,
    stay::{RoomNight, RoomPart},
};
use hefu_kernel::Id as _;
use hefu_store::{
    StoreError, Tx,
    query::{self, inventory},
};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;
use tokio::{sync::watch, time::timeout};

use crate::{a_type, at_once, day, happened, property};

type Unit = Arc<dyn for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<(), StoreError>> + Send + Sync>;

/// Runs the second unit while the first has done everything but commit, as far as the engine lets it.
async fn one_within_another(
    db: &TestDb,
    first: Unit,
    second: Unit,
) -> (Result<(), StoreError>, Result<(), StoreError>) {
    let (has_done, done) = watch::channel(false);
    let (has_ended, ended) = watch::channel(false);
    let write_first = db.store.write(move |tx| {
        let (first, has_done, mut ended) = (first.clone(), has_done.clone(), ended.clone());
        Box::pin(async move {
            first(tx).await?;
            has_done.send_replace(true);
            // Where the second has to wait for the first, it does not end before.
            let _ = timeout(Duration::from_millis(300), ended.wait_for(|ended| *ended)).await;
            Ok(())
        })
    });
    let write_second = async {
        done.clone().wait_for(|done| *done).await.unwrap();
        let end = db.store.write(move |tx| second(tx)).await;
        has_ended.send_replace(true);
        end
    };
    join(write_first, write_second).await
}

both_engines! {
    async fn the_last_room_of_a_type_is_sold_once(db: TestDb) {
        let (property, room_type, _) = property(&db).await;
        let night = day("2026-10-03");
        let take = |store: hefu_store::Store| async move {
            store
                .write(move |tx| {
                    Box::pin(async move {
                        inventory::take(tx, property, room_type, (night, RoomPart::Night), false).await?;
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
            .write(move |tx| Box::pin(inventory::resize(tx, property, room_type, -1, (night, day("2026-10-04")), false)))
            .await;
        assert!(matches!(fewer, Err(StoreError::Check { .. })), "{fewer:?}");
        db.store
            .write(move |tx| {
                Box::pin(async move {
                    inventory::give_back(tx, property, room_type, (night, RoomPart::Night)).await?;
                    tx.journal(happened(property.uuid(), json!("given back"))).await.map(drop)
                })
            })
            .await
            .unwrap();
        take(db.store.clone()).await.unwrap();
    }

    async fn what_is_sold_beyond_the_rooms_is_wanted_and_shown(db: TestDb) {
        let (property, room_type, _) = property(&db).await;
        let night = day("2026-10-03");
        let (next, part) = (day("2026-10-04"), RoomPart::Night);
        let at = (night, part);
        let write = |unit: Unit| {
            let store = db.store.clone();
            async move {
                store
                    .write(move |tx| {
                        let unit = unit.clone();
                        Box::pin(async move {
                            unit(tx).await?;
                            tx.journal(happened(property.uuid(), json!("changed"))).await.map(drop)
                        })
                    })
                    .await
            }
        };
        let take = |beyond| -> Unit {
            Arc::new(move |tx| Box::pin(inventory::take(tx, property, room_type, at, beyond)))
        };
        let give_back = || -> Unit { Arc::new(move |tx| Box::pin(inventory::give_back(tx, property, room_type, at))) };
        let resize = |by, beyond| -> Unit {
            Arc::new(move |tx| Box::pin(inventory::resize(tx, property, room_type, by, (night, next), beyond)))
        };
        let allow = |beyond| -> Unit {
            Arc::new(move |tx| Box::pin(inventory::allow(tx, property, room_type, beyond, night)))
        };
        // What is done, whether it can be, and then capacity, sold and excess of the one room.
        let steps = [
            ("one is sold", take(false), Some((1, 1, 0))),
            ("none is left", take(false), None),
            ("somebody wants it all the same", take(true), Some((1, 2, 1))),
            ("none is left for the others", take(false), None),
            ("the room is out of order", resize(-1, false), None),
            ("and that cannot be helped", resize(-1, true), Some((0, 2, 2))),
            ("one is given back", give_back(), Some((0, 1, 1))),
            ("the room is back", resize(1, false), Some((1, 1, 0))),
            ("one more may be sold", allow(1), Some((2, 1, 0))),
            ("and is", take(false), Some((2, 2, 0))),
            ("but not two", take(false), None),
            ("what is sold stays sold", allow(0), Some((1, 2, 1))),
            ("what is given back is not sold again", give_back(), Some((1, 1, 0))),
            ("none is left again", take(false), None),
        ];
        for (what, unit, expected) in steps {
            let end = write(unit).await;
            match expected {
                None => assert!(matches!(&end, Err(StoreError::Check { check }) if check == "inventory_not_oversold"), "{what}: {end:?}"),
                Some(expected) => {
                    end.unwrap();
                    let mut conn = db.store.read().await.unwrap();
                    let counters = inventory::sold(&mut conn, property, night, next).await.unwrap();
                    let counted: Vec<_> = counters.iter().map(|c| (c.capacity, c.sold, c.excess)).collect();
                    assert_eq!(counted, [expected], "{what}");
                }
            }
        }
    }

    async fn a_night_of_a_room_is_held_once(db: TestDb) {
        let (property_id, _, room_id) = property(&db).await;
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
                            inventory::release(tx, property_id, room_id, (night, next), (visit, line)).await?;
                        tx.journal(happened(property_id.uuid(), json!("released"))).await?;
                        Ok::<_, StoreError>(released)
                    })
                })
                .await;
            assert_eq!(released.unwrap(), expected);
        }
    }

    async fn a_counter_is_made_of_the_rooms_there_are_when_it_can_be_sold(db: TestDb) {
        let (property, room_type, room) = property(&db).await;
        for (night, room_goes_first) in [("2026-10-03", false), ("2026-10-04", true)] {
            let night = day(night);
            let sell: Unit = Arc::new(move |tx| {
                Box::pin(async move {
                    inventory::take(tx, property, room_type, (night, RoomPart::Night), false).await?;
                    tx.journal(happened(property.uuid(), json!("sold"))).await.map(drop)
                })
            });
            let to_another_type: Unit = Arc::new(move |tx| {
                Box::pin(async move {
                    let mut room = query::property::room(tx, property, room).await?.ok_or(StoreError::Closed)?;
                    let other = RoomType { id: tx.vault().ids.id(), code: "STE".into(), ..a_type(property) };
                    tx.insert(&other).await?;
                    inventory::resize_type(tx, property, room_type, -1, night).await?;
                    room.room_type_id = other.id;
                    tx.update(&mut room).await?;
                    tx.journal(happened(property.uuid(), json!("changed"))).await.map(drop)
                })
            });
            let (first, second) =
                if room_goes_first { (to_another_type, sell) } else { (sell, to_another_type) };
            let ends = one_within_another(&db, first, second).await;
            assert!(matches!(&ends, (Ok(()), Err(StoreError::Check { .. }))), "{ends:?}");
            let mut conn = db.store.read().await.unwrap();
            let counters = inventory::sold(&mut conn, property, night, night + Days::new(1)).await.unwrap();
            let expected = if room_goes_first { vec![] } else { vec![(1, 1)] };
            assert_eq!(counters.iter().map(|c| (c.capacity, c.sold)).collect::<Vec<_>>(), expected);
        }
    }
}
