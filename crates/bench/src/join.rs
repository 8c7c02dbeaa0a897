//! Merging two guests with thousands of visits, and separating them again: the guest without a name of either property of
//! the real file, imported without people. The baseline does the same with two guests who have no visit.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use hefu_app::{
    App, Context,
    people::merge::{MergeGuests, UndoMerge},
    people::{guest::CreateGuest, profile::GuestInput},
};
use hefu_domain::ids::GuestId;
use hefu_exchange::{
    import::{BATCH, Import, PeopleFrom},
    source::Map,
};
use hefu_store::query;
use hefu_test_app::TestApp as _;

use crate::{
    figure::Figure,
    import::file,
    place::{Engine, Place},
};

/// How often they are merged and separated.
const TIMES: usize = 100;

/// Measures merges on one engine.
pub async fn run(engine: Engine) -> anyhow::Result<Vec<Figure>> {
    let place = Place::new(engine).await?;
    let app = place.app().await?;
    let map = Map::builtin("hotel-booking-demand").context("no such map")?;
    let import = Import { path: file()?, name: None, map, people: PeopleFrom::Nowhere, batch: BATCH };
    import.run(&app, Context::job("bench"), |_, _| ControlFlow::Continue(())).await?;
    let mut c = app.store().read().await?;
    let guests: Vec<GuestId> = query::identity::newest(&mut c, 3).await?.iter().map(|row| row.id).collect();
    let [one, two] = guests[..] else { anyhow::bail!("the file is of two properties") };
    let mut visits = Vec::new();
    for guest in [one, two] {
        visits.push(query::identity::belongings(&mut c, guest).await?.visits);
    }
    drop(c);
    ensure!(visits.iter().all(|visits| *visits > 10_000), "thousands of visits: {visits:?}");
    let mut plain = Vec::new();
    for name in ["Anna Schmidt", "王建国"] {
        let input = GuestInput { full_name: name.into(), ..GuestInput::default() };
        plain.push(app.execute(Context::job("bench"), CreateGuest(input)).await?.id);
    }
    let ours = times(&app, one, two).await?;
    let baseline = times(&app, plain[0], plain[1]).await?;
    app.close().await;
    place.remove().await?;
    let note = format!("guests of {} and {} visits; baseline: two guests of none", visits[0], visits[1]);
    let figure = |what: &str, at: usize| Figure {
        what: format!("{what}, 99 of 100 within ({engine})"),
        ours: ours[at].as_secs_f64() * 1e6,
        baseline: baseline[at].as_secs_f64() * 1e6,
        unit: "µs",
        note: note.clone(),
    };
    Ok(vec![figure("join of two guests", 0), figure("undoing it", 1)])
}

/// The 99th percentile of a hundred merges, and of undoing them.
async fn times(app: &App, survivor: GuestId, merged: GuestId) -> anyhow::Result<[Duration; 2]> {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..TIMES {
        let began = Instant::now();
        let done = app.execute(Context::job("bench"), MergeGuests { survivor, merged }).await?;
        times[0].push(began.elapsed());
        let began = Instant::now();
        app.execute(Context::job("bench"), UndoMerge { id: done.merge.id }).await?;
        times[1].push(began.elapsed());
    }
    Ok(times.map(|mut times| {
        times.sort_unstable();
        times[times.len() * 99 / 100]
    }))
}
