//! Landing clicks, and fields of logs that need more than a column.

use super::Test;
use super::data::{Span, WORKSPACE, encode, records};
use super::logs::{clicks_of, filled, filter, scope};
use super::support::{Cursors, Env, Events, drain};
use signalbox_domain::{AffiliateNetworkId, ClickId, ConversionId, Timestamp};
use signalbox_events::wire::*;
use signalbox_warehouse::log::Log;
use signalbox_warehouse::{Cell, Condition, Error, Group, LogQuery, Operator, VisitorSource, visitor_key};
use std::collections::HashMap;

pub const TESTS: &[Test] = &[
    ("log_fields::landing_clicks_have_a_log_of_their_own", |env| Box::pin(landing_clicks(env))),
    ("log_fields::a_visitors_key_finds_all_clicks_of_the_visitor", |env| Box::pin(visitors(env))),
    ("log_fields::conversions_and_deliveries", |env| Box::pin(conversions(env))),
    ("log_fields::postbacks_by_sender_and_time_of_the_verdict", |env| Box::pin(postbacks(env))),
];

fn query(filters: Vec<Condition>) -> LogQuery {
    LogQuery { filters, limit: 1_000, ..LogQuery::default() }
}

fn text(at: Timestamp) -> String {
    at.to_rfc3339()
}

async fn landing_clicks(env: &Env) {
    let records = records(191, 600, Span::two_months());
    let (warehouse, _events) = filled(env, &records).await;
    let mut expected: Vec<LandingClickV1<'static>> = records
        .iter()
        .filter_map(Record::landing_click)
        .map(|(landing, _)| landing.clone())
        .filter(|landing| landing.dims.workspace == WORKSPACE)
        .collect();
    assert!(expected.len() > 20);
    let key = |it: &LandingClickV1<'_>| std::cmp::Reverse((it.clicked_at, it.click));
    expected.sort_by_key(key);
    let mut page = LogQuery { limit: 7, ..LogQuery::default() };
    let mut found = Vec::new();
    loop {
        let read = warehouse.list_landing_clicks(&scope(), &page).await.unwrap();
        found.extend(read.rows);
        let Some(cursor) = read.next_cursor else { break };
        page.cursor = Some(cursor);
    }
    // Several of one click stand in the order in which they were journaled, the last one first.
    let all_of = |rows: &[LandingClickV1<'static>]| {
        let mut all: Vec<_> = rows
            .iter()
            .map(|it| (key(it), it.at, it.first, it.target.to_string(), it.dims.clone()))
            .collect();
        all.sort_by(|a, b| (a.0, a.1, a.2, &a.3).cmp(&(b.0, b.1, b.2, &b.3)));
        all
    };
    assert!(found.is_sorted_by_key(key));
    assert_eq!(all_of(&found), all_of(&expected));
    let middle = &expected[expected.len() / 3];
    let stay = middle.at.since_ms(middle.clicked_at);
    let slow = |it: &&LandingClickV1<'static>| it.at.since_ms(it.clicked_at) >= stay;
    let moment = text(expected[expected.len() / 2].at);
    let later = |it: &&LandingClickV1<'static>| text(it.at) >= moment;
    for (one, count) in [
        (
            filter("on_landing_ms", Operator::AtLeast, &[&stay.to_string()]),
            expected.iter().filter(slow).count(),
        ),
        (filter("first", Operator::IsTrue, &[]), expected.iter().filter(|it| it.first).count()),
        (filter("went_on_at", Operator::AtLeast, &[&moment]), expected.iter().filter(later).count()),
        (
            filter("click_id", Operator::Equals, &[&expected[0].click.to_string()]),
            expected.iter().filter(|it| it.click == expected[0].click).count(),
        ),
        (
            filter("country", Operator::Equals, &["DE"]),
            expected.iter().filter(|it| it.dims.country == "DE").count(),
        ),
        (filter("target", Operator::IsSet, &[]), expected.iter().filter(|it| !it.target.is_empty()).count()),
    ] {
        let rows = warehouse.list_landing_clicks(&scope(), &query(vec![one.clone()])).await.unwrap().rows;
        assert_eq!(rows.len(), count, "{one:?}");
        assert!(count > 0, "{one:?} is no test");
    }
    let mut stream = warehouse.export_log(&scope(), Log::LandingClicks, &LogQuery::default()).unwrap();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    while let Some(part) = stream.next().await.unwrap() {
        rows.extend(part);
    }
    assert_eq!(rows.len(), expected.len());
}

async fn visitors(env: &Env) {
    let mut records = records(192, 300, Span::two_months());
    // Half are known by address and user agent, the others by something else.
    for (index, record) in records.iter_mut().enumerate() {
        if let Record::ClickV2(click) = record {
            click.visitor = match index % 2 {
                0 => visitor_key(VisitorSource::IpUserAgent(click.click.ip, &click.click.user_agent)),
                _ => visitor_key(VisitorSource::Cookie(["a", "b", "c"][index % 3])),
            };
        }
    }
    let (warehouse, _events) = filled(env, &records).await;
    let all = clicks_of(&records);
    let mut keys: Vec<u64> = all.iter().map(|click| click.visitor).filter(|key| *key != 0).collect();
    keys.sort_unstable();
    keys.dedup();
    assert!(keys.len() > 4);
    let hex = |key: u64| format!("{key:016x}");
    let found = async |filters: Vec<Condition>| {
        let query = warehouse.with_visitors(&scope(), query(filters)).await.unwrap();
        warehouse.list_clicks(&scope(), &query).await.unwrap().rows
    };
    for key in &keys {
        let rows = found(vec![filter("visitor_key", Operator::Equals, &[&hex(*key)])]).await;
        assert!(rows.iter().eq(all.iter().filter(|click| click.visitor == *key)), "{key:x}: {}", rows.len());
    }
    let two = [hex(keys[0]), hex(keys[1])];
    let is_one = |click: &&ClickV2<'static>| keys[..2].contains(&click.visitor);
    let not = found(vec![filter("visitor_key", Operator::NotEquals, &[&two[0], &two[1]])]).await;
    assert_eq!(not.len(), all.len() - all.iter().filter(is_one).count());
    let nested = Group::None(vec![filter("visitor_key", Operator::Equals, &[&two[0], &two[1]])]);
    assert_eq!(found(vec![nested.into()]).await.len(), not.len());
    let wrong = query(vec![filter("visitor_key", Operator::Equals, &["me"])]);
    let error = warehouse.list_clicks(&scope(), &wrong).await.unwrap_err();
    assert!(matches!(&error, Error::Invalid { field, .. } if field == "filters[0].values[0]"), "{error}");
}

type Meets<'m> = Box<dyn Fn(&ConversionV1<'_>) -> bool + Send + 'm>;

async fn conversions(env: &Env) {
    let records = records(193, 900, Span::two_months());
    let (warehouse, _events) = filled(env, &records).await;
    let all = warehouse.list_conversions(&scope(), &query(vec![])).await.unwrap().rows;
    let middle = &all[all.len() / 2].conversion;
    let (clicked, changed) = (text(middle.clicked_at), text(middle.at));
    let cases: Vec<(Condition, Meets<'_>)> = vec![
        (
            filter("previous_status", Operator::Equals, &["lead"]),
            Box::new(|it| it.before.is_some_and(|state| state.status.as_str() == "lead")),
        ),
        (filter("previous_status", Operator::IsNotSet, &[]), Box::new(|it| it.before.is_none())),
        (
            filter("currency", Operator::Equals, &[middle.currency.as_str()]),
            Box::new(|it| it.currency == middle.currency),
        ),
        (
            filter("clicked_at", Operator::LessThan, &[&clicked]),
            Box::new(|it| it.clicked_at < middle.clicked_at),
        ),
        (
            filter("changed_at", Operator::Between, &[&changed, "2100-01-01T00:00:00Z"]),
            Box::new(|it| it.at >= middle.at),
        ),
    ];
    for (one, meets) in cases {
        let rows = warehouse.list_conversions(&scope(), &query(vec![one.clone()])).await.unwrap().rows;
        let expected: Vec<_> = all.iter().filter(|entry| meets(&entry.conversion)).collect();
        assert!(!expected.is_empty() && rows.iter().eq(expected.iter().copied()), "{one:?}: {}", rows.len());
    }
    let yesterday = query(vec![filter("clicked_at", Operator::AtLeast, &["yesterday"])]);
    let error = warehouse.list_conversions(&scope(), &yesterday).await.unwrap_err();
    assert!(matches!(&error, Error::Invalid { field, .. } if field == "filters[0].values[0]"), "{error}");

    let all = warehouse.list_deliveries(&scope(), &query(vec![])).await.unwrap().rows;
    let revision = all[0].revision;
    let rows = warehouse
        .list_deliveries(
            &scope(),
            &query(vec![filter("revision", Operator::Equals, &[&revision.to_string()])]),
        )
        .await
        .unwrap()
        .rows;
    assert!(!rows.is_empty() && rows.iter().eq(all.iter().filter(|it| it.revision == revision)));
    let currency = clicks_of(&records)[0].click.currency;
    let rows = warehouse
        .list_clicks(&scope(), &query(vec![filter("currency", Operator::Equals, &[currency.as_str()])]))
        .await
        .unwrap()
        .rows;
    assert!(!rows.is_empty() && rows.iter().all(|click| click.click.currency == currency));
}

async fn postbacks(env: &Env) {
    let at = |seq: i64| Timestamp(1_769_500_000_000 + seq * 1_000);
    let raw = |seq: i64| {
        Record::PostbackRaw(PostbackRawV1 {
            at: at(seq),
            workspace: WORKSPACE,
            network: AffiliateNetworkId(800),
            method: "GET".into(),
            parameters: vec![("cid".into(), format!("{seq}").into())],
            ip: "198.51.100.9".parse().unwrap(),
            user_agent: ["network/1", "curl/8"][seq as usize % 2].into(),
            heads: vec![],
        })
    };
    let raws: Vec<Record<'static>> = (0..6).map(raw).collect();
    let (warehouse, events) = filled(env, &raws).await;
    let journal = events.journal.id().get();
    // All but the last two are judged, a minute later.
    let verdict = |raw_seq: u64| {
        Record::Verdict(VerdictV1 {
            raw_journal: journal,
            raw_seq,
            received_at: at(raw_seq as i64),
            at: at(raw_seq as i64 + 60),
            workspace: WORKSPACE,
            network: AffiliateNetworkId(800),
            verdict: Verdict::Accepted,
            code: "".into(),
            reason: "".into(),
            click: ClickId(5),
            conversion: ConversionId(6),
            method: "GET".into(),
            query: "cid=1".into(),
            ip: "198.51.100.9".parse().unwrap(),
        })
    };
    let facts = Events::new();
    facts.append(&encode(&(0..4).map(verdict).collect::<Vec<_>>()));
    drain(&mut facts.writer(&warehouse, &Cursors::new(), 5_000)).await;
    let cases = HashMap::from([
        ("agent", (filter("user_agent", Operator::Contains, &["CURL"]), vec![5, 3, 1])),
        ("other", (filter("user_agent", Operator::NotContains, &["curl"]), vec![4, 2, 0])),
        ("before", (filter("judged_at", Operator::LessThan, &[&text(at(62))]), vec![1, 0])),
        ("after", (filter("judged_at", Operator::AtLeast, &[&text(at(62))]), vec![3, 2])),
    ]);
    for (name, (one, seqs)) in cases {
        let rows = warehouse.list_postbacks(&scope(), &query(vec![one])).await.unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.raw.seq).collect::<Vec<_>>(), seqs, "{name}");
    }
    let mut stream = warehouse.export_log(&scope(), Log::Postbacks, &LogQuery::default()).unwrap();
    let column = |key: &str, stream: &signalbox_warehouse::ExportStream| {
        stream.columns().iter().position(|column| column.key == key).unwrap()
    };
    let (agent, judged) = (column("user_agent", &stream), column("judged_at", &stream));
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    while let Some(part) = stream.next().await.unwrap() {
        rows.extend(part);
    }
    assert_eq!((&rows[0][agent], &rows[0][judged]), (&Cell::Text("curl/8".to_owned()), &Cell::Null));
    assert_eq!(rows[5][judged], Cell::Integer(at(60).0));
}
