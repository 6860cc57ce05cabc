//! The past of counters that begin now: what the fold of the same records counts.

use super::Test;
use super::data::{Span, WORKSPACE, encode, records};
use super::support::{Cursors, Env, Events, drain};
use signalbox_domain::{CampaignId, ClickId, Money, Quarter, Scope, Series, Subject, Tally, Timestamp};
use signalbox_events::{
    tally,
    wire::{LandingClickV2, Record},
};
use std::collections::{BTreeMap, HashMap};

pub const TESTS: &[Test] =
    &[("history::counters_begin_with_what_the_ledger_knows", |env| Box::pin(agrees(env)))];

/// The record as a node of today writes it: with the cost of its click, and not passed on (the ledger knows only the first campaign).
fn today<'a>(record: &Record<'a>, costs: &HashMap<ClickId, Money>) -> Record<'a> {
    match record.clone() {
        Record::ClickV2(mut click) => {
            click.passed_to = CampaignId::NONE;
            Record::ClickV2(click)
        }
        Record::LandingClick(landing) => {
            let cost = costs[&landing.click];
            Record::LandingClickV2(Box::new(LandingClickV2 { cost, ..LandingClickV2::of(*landing) }))
        }
        Record::LandingClickV2(mut landing) => {
            landing.cost = costs[&landing.landing_click.click];
            Record::LandingClickV2(landing)
        }
        other => other,
    }
}

async fn agrees(env: &Env) {
    let (warehouse, events) = (env.database().await, Events::new());
    let records = records(71, 1_500, Span::two_months());
    events.append(&encode(&records));
    drain(&mut events.writer(&warehouse, &Cursors::new(), 500)).await;
    let half = records.len() / 2;
    let since = Timestamp(Span::two_months().to - 300 * 3_600_000);

    let clicks = records.iter().filter_map(Record::click);
    let costs: HashMap<ClickId, Money> = clicks.map(|click| (click.id, click.cost)).collect();
    let mut expected: BTreeMap<Subject, (Tally, BTreeMap<Quarter, Tally>)> = BTreeMap::new();
    for record in &records[..half] {
        let record = today(record, &costs);
        let workspace = match &record {
            Record::ClickV2(click) => click.click.dims.workspace,
            Record::Click(click) => click.dims.workspace,
            Record::LandingClickV2(landing) => landing.landing_click.dims.workspace,
            _ => record.conversion().map_or(WORKSPACE, |conversion| conversion.dims.workspace),
        };
        if workspace != WORKSPACE {
            continue;
        }
        tally::each(&record, &mut |subject, at, tally| {
            let (ever, quarters) = expected.entry(subject).or_default();
            ever.add(tally);
            if at >= since {
                quarters.entry(Quarter::of(at)).or_default().add(tally);
            }
        });
    }
    let unknown = Subject::Campaign(CampaignId(999));
    expected.insert(unknown, Default::default());
    let subjects: Vec<Subject> = expected.keys().copied().collect();
    assert!(subjects.len() > 40, "{}", subjects.len());
    let below = BTreeMap::from([(events.journal.id().get(), half as u64), (5, 1)]);
    let scope = Scope::system(WORKSPACE);
    let found = warehouse.history(&scope, &subjects, &below, since).await.unwrap();
    assert_eq!(found.len(), subjects.len());
    for (subject, (ever, quarters)) in expected {
        let series = &found[&subject];
        assert_eq!(*series.ever(), ever, "{subject:?}");
        let nonzero: BTreeMap<Quarter, Tally> = series
            .quarters()
            .filter(|(_, tally)| !tally.is_empty())
            .map(|(quarter, tally)| (quarter, *tally))
            .collect();
        let quarters: BTreeMap<Quarter, Tally> =
            quarters.into_iter().filter(|(_, tally)| !tally.is_empty()).collect();
        assert_eq!(nonzero, quarters, "{subject:?}");
    }
    let everything = warehouse.history(&scope, &subjects, &BTreeMap::new(), since).await.unwrap();
    let clicks =
        |found: &BTreeMap<Subject, Series>| found.values().map(|series| series.ever().clicks).sum::<i64>();
    assert!(clicks(&everything) > clicks(&found));
    let elsewhere = Scope::system(signalbox_domain::WorkspaceId(5));
    assert_eq!(clicks(&warehouse.history(&elsewhere, &subjects, &BTreeMap::new(), since).await.unwrap()), 0);
}
