//! Clicks by id.

use super::Test;
use super::data::{OTHER_WORKSPACE, Random, Span, WORKSPACE, click, encode, records};
use super::support::{Cursors, Env, Events, drain};
use signalbox_domain::{ClickId, DestinationId, Scope, Timestamp};
use signalbox_events::wire::{ClickV1, LandingClickV1, Record};
use signalbox_warehouse::Error;
use std::collections::HashMap;
use std::time::Instant;

pub const TESTS: &[Test] = &[
    ("lookup::clicks_come_back_as_they_were_written", |env| Box::pin(as_written(env))),
    ("lookup::an_id_is_found_wherever_its_click_stands", |env| Box::pin(elsewhere(env))),
    ("lookup::one_of_many_is_found_fast", |env| Box::pin(fast(env))),
];

async fn as_written(env: &Env) {
    let (warehouse, events) = (env.database().await, Events::new());
    let records = records(81, 400, Span::two_months());
    events.append(&encode(&records));
    drain(&mut events.writer(&warehouse, &Cursors::new(), 1_000)).await;
    let mut clicks: HashMap<ClickId, &ClickV1<'_>> = HashMap::new();
    let mut visitors: HashMap<ClickId, u64> = HashMap::new();
    let mut landings: HashMap<ClickId, &LandingClickV1<'_>> = HashMap::new();
    for record in &records {
        if let Some(click) = record.click() {
            clicks.insert(click.id, click);
            visitors.insert(click.id, record.visitor());
        }
        if let Some((landing, _)) = record.landing_click() {
            // Later ones come later.
            landings.insert(landing.click, landing);
        }
    }
    let (ours, theirs) = (Scope::system(WORKSPACE), Scope::system(OTHER_WORKSPACE));
    let ids: Vec<ClickId> = clicks.keys().copied().collect();
    let found = warehouse.find_clicks(&ours, &ids).await.unwrap();
    let expected = clicks.values().filter(|click| click.dims.workspace == WORKSPACE).count();
    assert_eq!(found.len(), expected);
    for stored in &found {
        assert_eq!(&stored.click, clicks[&stored.click.id]);
        assert_eq!(stored.visitor, visitors[&stored.click.id]);
        assert_eq!(stored.landing_click.as_ref(), landings.get(&stored.click.id).copied());
        if stored.landing_click.is_some() {
            assert_eq!(stored.conversion_dims().destination, DestinationId(601));
        } else {
            assert_eq!(stored.conversion_dims(), &stored.click.dims);
        }
    }
    let theirs_id = clicks.values().find(|click| click.dims.workspace == OTHER_WORKSPACE).unwrap().id;
    assert_eq!(
        warehouse.find_click(&ours, theirs_id).await.unwrap(),
        None,
        "another workspace's click does not exist"
    );
    assert!(warehouse.find_click(&theirs, theirs_id).await.unwrap().is_some());
    let unknown = ClickId::new(Timestamp(1_768_900_000_000), 5);
    assert_eq!(warehouse.find_click(&ours, unknown).await.unwrap(), None);
    assert_eq!(warehouse.find_click(&ours, ClickId::NONE).await.unwrap(), None);
    assert_eq!(warehouse.find_click(&ours, ClickId(u128::MAX)).await.unwrap(), None);
    let many = vec![unknown; 1_001];
    assert!(matches!(warehouse.find_clicks(&ours, &many).await, Err(Error::Invalid { .. })));
}

/// Imported clicks keep ids that say another time, or none.
async fn elsewhere(env: &Env) {
    let (warehouse, events) = (env.database().await, Events::new());
    let mut random = Random(82);
    let imported = ClickV1 { id: ClickId(424_242), ..click(&mut random, WORKSPACE, 1_768_900_000_000) };
    events.append(&encode(&[Record::Click(Box::new(imported.clone()))]));
    drain(&mut events.writer(&warehouse, &Cursors::new(), 10)).await;
    let found = warehouse.find_click(&Scope::system(WORKSPACE), imported.id).await.unwrap().unwrap();
    assert_eq!(found.click, imported);
}

async fn fast(env: &Env) {
    let (warehouse, events) = (env.database().await, Events::new());
    let records = records(83, 10_000, Span::two_months());
    events.append(&encode(&records));
    drain(&mut events.writer(&warehouse, &Cursors::new(), 10_000)).await;
    let ids: Vec<ClickId> = records
        .iter()
        .filter_map(Record::click)
        .filter(|click| click.dims.workspace == WORKSPACE)
        .map(|click| click.id)
        .collect();
    let mut random = Random(1);
    let mut times = Vec::new();
    for _ in 0..200 {
        let id = random.pick(&ids);
        let began = Instant::now();
        let found = warehouse.find_click(&Scope::system(WORKSPACE), id).await.unwrap();
        times.push(began.elapsed());
        assert_eq!(found.unwrap().click.id, id);
    }
    times.sort();
    println!("look-up of one click among {}: median {:?}, p99 {:?}", ids.len(), times[100], times[197]);
}
