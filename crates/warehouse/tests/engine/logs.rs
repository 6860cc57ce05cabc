//! Logs: the right rows in the right order, page by page, whatever comes in meanwhile.

use super::Test;
use super::data::{Span, WORKSPACE, encode, records};
use super::support::{Cursors, Env, Events, drain};
use signalbox_domain::{AffiliateNetworkId, ConversionId, Scope, Timestamp};
use signalbox_events::wire::*;
use signalbox_warehouse::log::{ConversionEntry, Log, fields};
use signalbox_warehouse::{Condition, Error, Filter, LogQuery, Operator, Warehouse};
use std::collections::HashMap;

pub const TESTS: &[Test] = &[
    ("logs::pages_of_clicks_are_stable_while_clicks_come_in", |env| Box::pin(clicks(env))),
    ("logs::every_filter_selects_what_it_says", |env| Box::pin(filters(env))),
    ("logs::conversions_are_shown_in_their_latest_state", |env| Box::pin(conversions(env))),
    ("logs::the_latest_verdict_on_a_postback_wins", |env| Box::pin(postbacks(env))),
    ("logs::deliveries_show_every_attempt", |env| Box::pin(deliveries(env))),
    ("logs::bad_queries_name_the_field", |env| Box::pin(refusals(env))),
];

pub fn scope() -> Scope {
    Scope::system(WORKSPACE)
}

pub fn filter(field: &str, op: Operator, values: &[&str]) -> Condition {
    Filter { field: field.to_owned(), op, values: values.iter().map(|value| (*value).to_owned()).collect() }
        .into()
}

pub fn clicks_of(records: &[Record<'static>]) -> Vec<ClickV2<'static>> {
    let of = |record: &Record<'static>| match record {
        Record::Click(click) => Some(ClickV2::of((**click).clone())),
        Record::ClickV2(click) => Some((**click).clone()),
        _ => None,
    };
    let ours = |click: &ClickV2<'static>| click.click.dims.workspace == WORKSPACE;
    let mut clicks: Vec<ClickV2<'static>> = records.iter().filter_map(of).filter(ours).collect();
    clicks.sort_by_key(|click| std::cmp::Reverse((click.click.at, click.click.id)));
    clicks
}

pub async fn filled(env: &Env, records: &[Record<'static>]) -> (Warehouse, Events) {
    let (warehouse, events) = (env.database().await, Events::new());
    events.append(&encode(records));
    drain(&mut events.writer(&warehouse, &Cursors::new(), 5_000)).await;
    (warehouse, events)
}

async fn clicks(env: &Env) {
    let records = records(91, 400, Span::two_months());
    let (warehouse, _events) = filled(env, &records).await;
    let expected = clicks_of(&records);
    let mut query = LogQuery { limit: 37, ..LogQuery::default() };
    let mut found = Vec::new();
    for page in 0.. {
        // More clicks arrive in the same time between any two pages, in another journal.
        if page == 2 {
            let late =
                super::data::records(92, 50, Span::between("2026-02-09T23:00:00Z", "2026-02-10T00:00:00Z"));
            let events = Events::new();
            events.append(&encode(&late));
            drain(&mut events.writer(&warehouse, &Cursors::new(), 5_000)).await;
        }
        let read = warehouse.list_clicks(&scope(), &query).await.unwrap();
        found.extend(read.rows);
        match read.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(found.len(), expected.len());
    assert_eq!(found, expected);

    let (from, to) = (Timestamp(1_769_500_000_000), Timestamp(1_769_900_000_000));
    let ranged = LogQuery { from: Some(from), to: Some(to), limit: 1_000, ..LogQuery::default() };
    let found = warehouse.list_clicks(&scope(), &ranged).await.unwrap();
    let expected: Vec<_> =
        expected.into_iter().filter(|click| from <= click.click.at && click.click.at < to).collect();
    assert!(!expected.is_empty());
    assert!(found.rows == expected && found.next_cursor.is_none());
}

type Predicate = fn(&ClickV1<'_>) -> bool;

async fn filters(env: &Env) {
    let records = records(93, 300, Span::two_months());
    let (warehouse, _events) = filled(env, &records).await;
    let all = clicks_of(&records);
    let contains = |text: &str, part: &str| text.to_lowercase().contains(part);
    let _ = contains;
    let ten = signalbox_domain::CampaignId(10).to_string();
    let first = all[5].click.id.to_string();
    for click in all.iter().filter(|click| click.click.target.contains("?click=")).take(5) {
        for (field, text) in
            [("target", &click.click.target), ("path_and_query", &click.click.path_and_query)]
        {
            let filters = vec![filter(field, Operator::Equals, &[text.as_ref()])];
            let query = LogQuery { filters, limit: 1_000, ..LogQuery::default() };
            let found = warehouse.list_clicks(&scope(), &query).await.unwrap();
            assert!(found.rows.contains(click), "{field} {text}");
        }
    }
    let cases: Vec<(Condition, Predicate)> = vec![
        (filter("target", Operator::EndsWith, &["&k=shoes", "?id=1"]), |c| {
            c.target.ends_with("&k=shoes") || c.target.ends_with("?id=1")
        }),
        (filter("target", Operator::Contains, &["/V1?CLICK="]), |c| c.target.contains("/v1?click=")),
        (filter("target", Operator::IsNotSet, &[]), |c| c.target.is_empty()),
        (filter("path_and_query", Operator::Contains, &["&s1=v2&", "&ext=ext-7"]), |c| {
            c.path_and_query.contains("&s1=v2&") || c.path_and_query.contains("&ext=ext-7")
        }),
        (filter("path_and_query", Operator::EndsWith, &["&c=DE"]), |c| c.path_and_query.ends_with("&c=DE")),
        (filter("country", Operator::Equals, &["DE", "US"]), |c| {
            c.dims.country == "DE" || c.dims.country == "US"
        }),
        (filter("country", Operator::NotEquals, &["DE"]), |c| c.dims.country != "DE"),
        (filter("country", Operator::IsSet, &[]), |c| !c.dims.country.is_empty()),
        (filter("country", Operator::IsNotSet, &[]), |c| c.dims.country.is_empty()),
        (filter("region", Operator::Equals, &["O'Brien \\ \"x\""]), |c| c.dims.region.starts_with("O'Brien")),
        (filter("keyword", Operator::Contains, &["SHOES", "nothing"]), |c| {
            c.dims.keyword.to_lowercase().contains("shoes")
        }),
        (filter("keyword", Operator::NotContains, &["shoes"]), |c| {
            !c.dims.keyword.to_lowercase().contains("shoes")
        }),
        (filter("keyword", Operator::Contains, &["КЛЮ"]), |c| c.dims.keyword == "ключ"),
        (filter("site", Operator::BeginsWith, &["site"]), |c| c.dims.site.starts_with("site")),
        (filter("site", Operator::EndsWith, &["1", "3"]), |c| {
            c.dims.site.ends_with('1') || c.dims.site.ends_with('3')
        }),
        (filter("site", Operator::Matches, &["^site[12]$"]), |c| {
            c.dims.site == "site1" || c.dims.site == "site2"
        }),
        (filter("site", Operator::NotMatches, &["^site[12]$"]), |c| {
            c.dims.site != "site1" && c.dims.site != "site2"
        }),
        (filter("asn", Operator::GreaterThan, &["3320"]), |c| c.dims.asn > 3320),
        (filter("asn", Operator::Between, &["1", "3320"]), |c| c.dims.asn == 3320),
        (filter("asn", Operator::IsNotSet, &[]), |c| c.dims.asn == 0),
        (filter("cost", Operator::AtMost, &["0.02"]), |c| c.cost.nanos() <= 20_000_000),
        (filter("is_bot", Operator::IsTrue, &[]), |c| c.dims.bot.is_bot()),
        (filter("is_bot", Operator::Equals, &["false"]), |c| !c.dims.bot.is_bot()),
        (filter("bot_reason", Operator::Equals, &["known_bot"]), |c| c.dims.bot.as_str() == "known_bot"),
        (filter("device_type", Operator::IsNotSet, &[]), |c| c.dims.device_type.as_str() == "unknown"),
        (filter("outcome", Operator::Equals, &["no_stream"]), |c| c.outcome == Outcome::NoStream),
        (filter("trafficback", Operator::IsTrue, &[]), |c| c.outcome.is_trafficback()),
        (filter("outcome", Operator::Equals, &["cap_reached"]), |c| c.outcome == Outcome::CapReached),
        (filter("unique_stream", Operator::IsFalse, &[]), |c| !c.unique.stream),
        (filter("ip", Operator::Equals, &["192.0.2.7"]), |c| c.ip.to_string() == "192.0.2.7"),
        (filter("sub_id_30", Operator::IsSet, &[]), |c| {
            c.dims.sub_ids.iter().any(|(number, _)| *number == 30)
        }),
        (filter("external_id", Operator::LessThan, &["ext-5"]), |_| false),
        (filter("campaign", Operator::Equals, &[&ten]), |c| c.dims.campaign.0 == 10),
        (filter("landing", Operator::IsNotSet, &[]), |c| c.dims.landing.0 == 0),
    ];
    for (filter, predicate) in cases {
        let query = LogQuery { filters: vec![filter.clone()], limit: 1_000, ..LogQuery::default() };
        let found = warehouse.list_clicks(&scope(), &query).await;
        if matches!(&filter, Condition::Filter(filter) if filter.op == Operator::LessThan) {
            assert!(
                matches!(found, Err(Error::Invalid { field, .. }) if field == "filters[0].op"),
                "no order on text"
            );
            continue;
        }
        let found = found.unwrap();
        let expected: Vec<&ClickV2<'_>> = all.iter().filter(|click| predicate(&click.click)).collect();
        assert!(!expected.is_empty(), "{filter:?} is no test");
        assert!(
            found.rows.iter().eq(expected.iter().copied()),
            "{filter:?}: {} of {}",
            found.rows.len(),
            expected.len()
        );
    }
    let by_id = LogQuery {
        filters: vec![filter("click_id", Operator::Equals, &[&first.to_uppercase()])],
        ..LogQuery::default()
    };
    assert_eq!(warehouse.list_clicks(&scope(), &by_id).await.unwrap().rows, [all[5].clone()]);
    for (field, predicate) in [
        ("traced", (|click| !click.trace.is_empty()) as fn(&ClickV2<'_>) -> bool),
        ("by_script", |click| click.by_script),
    ] {
        let filters = vec![filter(field, Operator::IsTrue, &[])];
        let query = LogQuery { filters, limit: 1_000, ..LogQuery::default() };
        let found = warehouse.list_clicks(&scope(), &query).await.unwrap().rows;
        assert!(!found.is_empty());
        assert!(found.iter().eq(all.iter().filter(|click| predicate(click))), "{field}");
    }
}

async fn conversions(env: &Env) {
    let records = records(94, 700, Span::two_months());
    let (warehouse, _events) = filled(env, &records).await;
    let mut states: HashMap<ConversionId, Vec<ConversionEntry>> = HashMap::new();
    for record in &records {
        let entry = match record {
            Record::Conversion(it) => ConversionEntry { conversion: (**it).clone(), events: Vec::new() },
            Record::ClickEvents(it) => {
                ConversionEntry { conversion: it.conversion.clone(), events: it.after.clone() }
            }
            _ => continue,
        };
        if entry.conversion.dims.workspace == WORKSPACE {
            states.entry(entry.conversion.id).or_default().push(entry);
        }
    }
    let mut latest: Vec<ConversionEntry> = states.values().map(|all| all.last().unwrap().clone()).collect();
    let newest = |entry: &ConversionEntry| (entry.conversion.converted_at, entry.conversion.id);
    latest.sort_by_key(|entry| std::cmp::Reverse(newest(entry)));
    let mut query = LogQuery { limit: 19, ..LogQuery::default() };
    let mut found = Vec::new();
    loop {
        let page = warehouse.list_conversions(&scope(), &query).await.unwrap();
        found.extend(page.rows);
        let Some(cursor) = page.next_cursor else { break };
        query.cursor = Some(cursor);
    }
    assert_eq!(found, latest);
    let sales = LogQuery {
        filters: vec![filter("status", Operator::Equals, &["sale"])],
        limit: 1_000,
        ..LogQuery::default()
    };
    let found = warehouse.list_conversions(&scope(), &sales).await.unwrap().rows;
    let is_sale = |entry: &&ConversionEntry| {
        entry.conversion.after.is_some_and(|state| state.status == signalbox_domain::ConversionStatus::Sale)
    };
    assert!(found.iter().eq(latest.iter().filter(is_sale)), "the status filter looks at the latest state");
    let (id, all) = states.iter().max_by_key(|(_, all)| all.len()).unwrap();
    assert!(all.len() > 2);
    assert_eq!(&warehouse.conversion_history(&scope(), *id).await.unwrap(), all);
}

async fn postbacks(env: &Env) {
    let raw = |seq: i64| {
        Record::PostbackRaw(PostbackRawV1 {
            at: Timestamp(1_769_500_000_000 + seq),
            workspace: WORKSPACE,
            network: AffiliateNetworkId(800),
            method: "GET".into(),
            parameters: vec![("cid".into(), format!("{seq}").into())],
            ip: "198.51.100.9".parse().unwrap(),
            user_agent: "network/1".into(),
            heads: vec![],
        })
    };
    let raws: Vec<Record<'static>> = (0..4).map(raw).collect();
    let (warehouse, events) = filled(env, &raws).await;
    let journal = events.journal.id().get();
    let verdict = |raw_seq: u64, after_ms: i64, verdict, code: &'static str| {
        Record::Verdict(VerdictV1 {
            raw_journal: journal,
            raw_seq,
            received_at: Timestamp(1_769_500_000_000 + raw_seq as i64),
            at: Timestamp(1_769_500_000_000 + raw_seq as i64 + after_ms),
            workspace: WORKSPACE,
            network: AffiliateNetworkId(800),
            verdict,
            code: code.into(),
            reason: "because".into(),
            click: signalbox_domain::ClickId(5),
            conversion: ConversionId(6),
            method: "GET".into(),
            query: format!("cid={raw_seq}").into(),
            ip: "198.51.100.9".parse().unwrap(),
        })
    };
    let verdicts = [
        verdict(1, 0, Verdict::Held, "waiting"),
        verdict(2, 0, Verdict::Held, "waiting"),
        verdict(2, 0, Verdict::Accepted, ""),
        verdict(3, 5, Verdict::Orphan, "unknown_click"),
        verdict(3, 900, Verdict::Accepted, "rematched"),
    ];
    let facts = Events::new();
    facts.append(&encode(&verdicts));
    drain(&mut facts.writer(&warehouse, &Cursors::new(), 5_000)).await;

    let page = warehouse.list_postbacks(&scope(), &LogQuery::default()).await.unwrap();
    let shown: Vec<(u64, Option<Verdict>)> = page
        .rows
        .iter()
        .map(|row| (row.raw.seq, row.verdict.as_ref().map(|verdict| verdict.verdict)))
        .collect();
    let expected =
        [(3, Some(Verdict::Accepted)), (2, Some(Verdict::Accepted)), (1, Some(Verdict::Held)), (0, None)];
    assert_eq!(shown, expected);
    assert!(page.rows.iter().all(|row| row.user_agent == "network/1" && row.method == "GET"));
    assert_eq!(page.rows[0].verdict.as_ref().unwrap().code, "rematched");
    assert_eq!(page.rows[3].query, "cid=0");
    for (word, seqs) in
        [("held", vec![1]), ("received", vec![0]), ("accepted", vec![3, 2]), ("orphan", vec![])]
    {
        let filters = vec![filter("verdict", Operator::Equals, &[word])];
        let page =
            warehouse.list_postbacks(&scope(), &LogQuery { filters, ..LogQuery::default() }).await.unwrap();
        assert_eq!(page.rows.iter().map(|row| row.raw.seq).collect::<Vec<u64>>(), seqs, "{word}");
    }
    let mut query = LogQuery { limit: 1, ..LogQuery::default() };
    let mut paged = Vec::new();
    loop {
        let page = warehouse.list_postbacks(&scope(), &query).await.unwrap();
        paged.extend(page.rows.into_iter().map(|row| row.raw.seq));
        let Some(cursor) = page.next_cursor else { break };
        query.cursor = Some(cursor);
    }
    assert_eq!(paged, [3, 2, 1, 0]);
}

async fn deliveries(env: &Env) {
    let records = records(95, 500, Span::two_months());
    let (warehouse, _events) = filled(env, &records).await;
    let of = |record: &Record<'static>| match record {
        Record::Delivery(delivery) if delivery.workspace == WORKSPACE => Some(delivery.clone()),
        _ => None,
    };
    let mut expected: Vec<DeliveryV1<'static>> = records.iter().filter_map(of).collect();
    expected.sort_by_key(|delivery| std::cmp::Reverse((delivery.at, delivery.conversion, delivery.output)));
    let mut query = LogQuery { limit: 11, ..LogQuery::default() };
    let mut found = Vec::new();
    loop {
        let page = warehouse.list_deliveries(&scope(), &query).await.unwrap();
        found.extend(page.rows);
        let Some(cursor) = page.next_cursor else { break };
        query.cursor = Some(cursor);
    }
    assert_eq!(found, expected);
    let filters = vec![filter("outcome", Operator::Equals, &["dead"])];
    let dead = warehouse
        .list_deliveries(&scope(), &LogQuery { filters, limit: 1_000, ..LogQuery::default() })
        .await
        .unwrap();
    assert!(
        dead.rows.iter().eq(expected.iter().filter(|delivery| delivery.outcome == DeliveryOutcome::Dead))
    );
}

async fn refusals(env: &Env) {
    let warehouse = env.database().await;
    let with = |filters: Vec<Condition>| LogQuery { filters, ..LogQuery::default() };
    let cases = [
        (LogQuery { limit: 0, ..LogQuery::default() }, "limit"),
        (LogQuery { limit: 1_001, ..LogQuery::default() }, "limit"),
        (LogQuery { cursor: Some("v1.1.2.3.4".to_owned()), ..LogQuery::default() }, "cursor"),
        (with(vec![filter("workspace", Operator::Equals, &["1"])]), "filters[0].field"),
        (with(vec![filter("1=1) OR (1", Operator::Equals, &["1"])]), "filters[0].field"),
        (with(vec![filter("ip", Operator::Equals, &["1.2.3.4' OR 1"])]), "filters[0].values[0]"),
        (with(vec![filter("asn", Operator::Equals, &["1 OR 1=1"])]), "filters[0].values[0]"),
        (with(vec![filter("click_id", Operator::Equals, &["nonsense"])]), "filters[0].values[0]"),
        (with(vec![filter("country", Operator::Equals, &[])]), "filters[0].values"),
        (with(vec![filter("site", Operator::Matches, &["(unclosed"])]), "filters"),
        (with(vec![filter("country", Operator::Between, &["A"])]), "filters[0].op"),
        (with(vec![filter("asn", Operator::Between, &["1"])]), "filters[0].values"),
        (with(vec![filter("device_type", Operator::Equals, &["toaster"])]), "filters[0].values[0]"),
    ];
    for (query, wanted) in cases {
        let error = warehouse.list_clicks(&scope(), &query).await.unwrap_err();
        assert!(matches!(&error, Error::Invalid { field, .. } if field == wanted), "{query:?}: {error}");
    }
    for log in
        [Log::Clicks, Log::LandingClicks, Log::Conversions, Log::Postbacks, Log::Deliveries, Log::DeadLetters]
    {
        let all = fields(log);
        let keys: std::collections::HashSet<&str> = all.iter().map(|field| field.key).collect();
        assert_eq!(keys.len(), all.len(), "{log:?}");
        assert!(all.iter().all(|field| !field.operators.is_empty()));
    }
}
