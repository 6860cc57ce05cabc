//! Clicks by id.

use super::Test;
use super::data::{OTHER_WORKSPACE, Random, Span, WORKSPACE, click, encode, records};
use super::support::{Cursors, Env, Events, drain};
use signalbox_domain::{ClickId, Scope, Timestamp};
use signalbox_events::wire::{ClickV1, LandingClickV1, Record};
use signalbox_warehouse::{ConvertingClick, Error};
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
    let found = warehouse.find_converting(&ours, &ids).await.unwrap();
    let expected = clicks.values().filter(|click| click.dims.workspace == WORKSPACE).count();
    assert_eq!(found.len(), expected);
    for found in &found {
        let (click, landing) = (clicks[&found.id], landings.get(&found.id).copied());
        assert_eq!(found, &converting(click, visitors[&found.id], landing));
        let one = warehouse.find_converting(&ours, &[found.id]).await.unwrap();
        assert_eq!(one.as_slice(), std::slice::from_ref(found), "one as all");
    }
    for click in clicks.values().filter(|click| click.dims.workspace == WORKSPACE).take(100) {
        let stored = warehouse.find_click(&ours, click.id).await.unwrap().unwrap();
        assert_eq!(&&stored.click, click);
        assert_eq!(stored.visitor, visitors[&click.id]);
        assert_eq!(stored.landing_click.as_ref(), landings.get(&click.id).copied());
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
    assert!(matches!(warehouse.find_converting(&ours, &many).await, Err(Error::Invalid { .. })));
    assert_eq!(warehouse.find_converting(&ours, &[unknown, ClickId::NONE]).await.unwrap(), []);
    assert_eq!(warehouse.find_converting(&ours, &[theirs_id]).await.unwrap(), []);
}

fn converting(
    click: &ClickV1<'_>,
    visitor: u64,
    landing: Option<&LandingClickV1<'static>>,
) -> ConvertingClick {
    ConvertingClick {
        id: click.id,
        at: click.at,
        dims: landing.map_or_else(|| click.dims.to_static(), |landing| landing.dims.clone()),
        cost_on_conversion: click.cost_on_conversion,
        external_id: click.external_id.to_string(),
        visitor,
        ip: click.ip,
        user_agent: click.user_agent.to_string(),
    }
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
    let found = warehouse.find_converting(&Scope::system(WORKSPACE), &[imported.id]).await.unwrap();
    assert_eq!(found, [converting(&imported, 0, None)]);
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
        let found = warehouse.find_converting(&Scope::system(WORKSPACE), &[id]).await.unwrap();
        times.push(began.elapsed());
        assert_eq!(found[0].id, id);
    }
    times.sort();
    println!("look-up of one click among {}: median {:?}, p99 {:?}", ids.len(), times[100], times[197]);
}
