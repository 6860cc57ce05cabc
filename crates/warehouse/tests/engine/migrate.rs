//! Migrations, and connecting.

use super::Test;
use super::data::{Span, WORKSPACE, records};
use super::support::{Cursors, Env, Events, drain};
use signalbox_domain::{ClickId, Scope};
use signalbox_events::wire::{ClickDims, ClickV1, ClickV2, Record};
use signalbox_warehouse::migrate::{ALL, Migration};
use signalbox_warehouse::{Error, Filter, LogQuery, Operator, Warehouse};

pub const TESTS: &[Test] = &[
    ("migrate::a_fresh_database_gets_every_table_once", |env| Box::pin(fresh(env))),
    ("migrate::starters_at_the_same_time_apply_once", |env| Box::pin(at_once(env))),
    ("migrate::a_newer_or_changed_schema_is_refused", |env| Box::pin(refused(env))),
    ("migrate::a_crash_in_the_middle_is_continued", |env| Box::pin(continued(env))),
    ("migrate::rows_and_writers_of_the_schema_before_go_on", |env| Box::pin(upgraded(env))),
    ("migrate::connecting_says_what_is_wrong", |env| Box::pin(connecting(env))),
];

async fn fresh(env: &Env) {
    let warehouse = env.engine.connect(&env.database_name()).await;
    let report = warehouse.migrate().await.unwrap();
    assert_eq!(report.applied, ALL.iter().map(|migration| migration.version).collect::<Vec<_>>());
    assert!(warehouse.migrate().await.unwrap().applied.is_empty(), "a second run does nothing");
    let sql = "SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name";
    let tables = env.client(&warehouse).query(sql).fetch_all::<String>().await.unwrap();
    let expected =
        ["clicks", "conversions", "dead_letters", "deliveries", "facts", "postbacks", "schema_migrations"];
    assert_eq!(tables, expected, "the lock is gone too");
}

async fn at_once(env: &Env) {
    let name = env.database_name();
    let mut starters = Vec::new();
    for _ in 0..4 {
        let warehouse = env.engine.connect(&name).await;
        starters.push(tokio::spawn(async move { warehouse.migrate().await.unwrap().applied.len() }));
    }
    let mut applied = 0;
    for starter in starters {
        applied += starter.await.unwrap();
    }
    assert_eq!(applied, ALL.len());
}

async fn refused(env: &Env) {
    let warehouse = env.database().await;
    let changed = Migration { sql: "CREATE TABLE IF NOT EXISTS other (x UInt8) ENGINE = Memory;", ..ALL[0] };
    let error = warehouse.migrate_with(&[changed]).await.unwrap_err();
    assert!(matches!(&error, Error::Schema { reason } if reason.contains("another text")), "{error}");
    let version = ALL.last().unwrap().version + 1;
    let next = Migration {
        version,
        name: "9999_next",
        sql: "CREATE TABLE IF NOT EXISTS n (x UInt8) ENGINE = Memory;",
    };
    let more: Vec<Migration> = ALL.iter().copied().chain([next]).collect();
    assert_eq!(warehouse.migrate_with(&more).await.unwrap().applied, [version]);
    let error = warehouse.migrate().await.unwrap_err();
    assert!(matches!(&error, Error::Schema { reason } if reason.contains("newer version")), "{error}");
    assert!(!error.is_retryable());
}

async fn continued(env: &Env) {
    let warehouse = env.engine.connect(&env.database_name()).await;
    let broken = Migration {
        version: 1,
        name: "0001_x",
        sql: "CREATE TABLE IF NOT EXISTS a (x UInt8) ENGINE = MergeTree ORDER BY x;\nCREATE TABLE IF NOT EXISTS b (x Nonsense) ENGINE = Memory;\n",
    };
    let error = warehouse.migrate_with(&[broken]).await.unwrap_err();
    assert!(matches!(&error, Error::Schema { reason } if reason.contains("0001_x")), "{error}");
    let report = warehouse.migrate().await.unwrap();
    assert_eq!(report.applied.first(), Some(&1));
    assert_eq!(report.applied.len(), ALL.len());
}

/// A row as the writer before migration 4 made it; the columns left out had their defaults.
#[derive(Clone, clickhouse::Row, serde::Serialize, serde::Deserialize)]
struct EarlierClick {
    workspace: u64,
    click_at: i64,
    click_id: u128,
    kind: i8,
    at: i64,
    campaign: u64,
    stream: u64,
    landing: u64,
    destination: u64,
    country: String,
    asn: u32,
    sub_id_1: String,
    outcome: String,
    http_status: u16,
    cost: i128,
    currency: String,
    external_id: String,
    user_agent: String,
    referrer: String,
    host: String,
    path_and_query: String,
    target: String,
    visitor: u64,
    _journal: u64,
    _seq: u64,
}

impl EarlierClick {
    fn of(click: &ClickV1<'_>, visitor: u64, seq: u64) -> Self {
        let dims = &click.dims;
        let first = dims.sub_ids.iter().find(|(number, _)| *number == 1);
        Self {
            workspace: dims.workspace.0,
            click_at: click.at.0,
            click_id: click.id.0,
            kind: 1,
            at: click.at.0,
            campaign: dims.campaign.0,
            stream: dims.stream.0,
            landing: dims.landing.0,
            destination: dims.destination.0,
            country: dims.country.to_string(),
            asn: dims.asn,
            sub_id_1: first.map(|(_, value)| value.to_string()).unwrap_or_default(),
            outcome: click.outcome.as_str().to_owned(),
            http_status: click.status,
            cost: click.cost.nanos(),
            currency: click.currency.as_str().to_owned(),
            external_id: click.external_id.to_string(),
            user_agent: click.user_agent.to_string(),
            referrer: click.referrer.to_string(),
            host: click.host.to_string(),
            path_and_query: click.path_and_query.to_string(),
            target: click.target.to_string(),
            visitor,
            _journal: 4_711,
            _seq: seq,
        }
    }

    async fn insert(client: &clickhouse::Client, rows: &[Self]) {
        // Columns that are left out have their defaults.
        let client = client.clone().with_validation(false);
        let mut insert = client.insert::<Self>("clicks").await.unwrap();
        for row in rows {
            insert.write(row).await.unwrap();
        }
        insert.end().await.unwrap();
    }
}

/// The same clicks, written before the migration, after it by the writer before, and by the writer of now, read the same.
async fn upgraded(env: &Env) {
    let warehouse = env.engine.connect(&env.database_name()).await;
    warehouse.migrate_with(&ALL[..3]).await.unwrap();
    let client = env.client(&warehouse);
    let clicks: Vec<ClickV2<'static>> = records(71, 120, Span::two_months())
        .into_iter()
        .filter_map(|record| match record {
            Record::ClickV2(click) if click.click.dims.workspace == WORKSPACE => Some(*click),
            _ => None,
        })
        .collect();
    let earlier: Vec<EarlierClick> =
        (0..).zip(&clicks).map(|(seq, click)| EarlierClick::of(&click.click, click.visitor, seq)).collect();
    let (before, after) = earlier.split_at(earlier.len() / 2);
    EarlierClick::insert(&client, before).await;
    warehouse.migrate().await.unwrap();
    EarlierClick::insert(&client, after).await;
    let events = Events::new();
    let payloads = clicks.iter().map(|click| Record::ClickV2(Box::new(click.clone())).encode().unwrap());
    events.append(&payloads.collect::<Vec<_>>());
    drain(&mut events.writer(&warehouse, &Cursors::new(), 1_000)).await;
    let query = LogQuery { limit: 1_000, ..LogQuery::default() };
    let found = warehouse.list_clicks(&Scope::system(WORKSPACE), &query).await.unwrap().rows;
    assert_eq!(found.len(), clicks.len() * 2);
    for click in &clicks {
        let same: Vec<_> = found.iter().filter(|row| row.click.id == click.click.id).collect();
        assert_eq!(same.len(), 2, "{:?}", click.click.id);
        for row in same {
            let (row, click, keys) = (&row.click, &click.click, (row.visitor, click.visitor));
            assert_eq!(keys.0, keys.1);
            assert_eq!((&row.path_and_query, &row.target), (&click.path_and_query, &click.target));
            assert_eq!((&row.user_agent, &row.referrer), (&click.user_agent, &click.referrer));
            assert_eq!((row.dims.campaign, row.dims.stream), (click.dims.campaign, click.dims.stream));
            assert_eq!(
                (row.dims.landing, row.dims.destination),
                (click.dims.landing, click.dims.destination)
            );
            assert_eq!((row.dims.asn, row.cost, row.at), (click.dims.asn, click.cost, click.at));
        }
    }
    let ids: Vec<ClickId> = clicks.iter().map(|click| click.click.id).collect();
    for found in warehouse.find_converting(&Scope::system(WORKSPACE), &ids).await.unwrap() {
        let click = clicks.iter().find(|click| click.click.id == found.id).unwrap();
        let first = |dims: &ClickDims<'_>| {
            dims.sub_ids.iter().find(|(number, _)| *number == 1).map(|(_, value)| value.to_string())
        };
        assert_eq!(first(&found.dims), first(&click.click.dims), "of every writer");
    }
    for click in clicks.iter().take(3) {
        let filter = Filter {
            field: "target".to_owned(),
            op: Operator::Equals,
            values: vec![click.click.target.to_string()],
        };
        let query = LogQuery { filters: vec![filter.into()], limit: 1_000, ..LogQuery::default() };
        let found = warehouse.list_clicks(&Scope::system(WORKSPACE), &query).await.unwrap().rows;
        let same = found.iter().filter(|row| row.click.id == click.click.id).count();
        assert!(same == 2 || click.click.target.is_empty(), "{}", click.click.target);
    }
}

async fn connecting(env: &Env) {
    let warehouse = env.database().await;
    warehouse.ping().await.unwrap();
    assert!(warehouse.server_version().await.unwrap().starts_with("26."));
    let nobody = Warehouse::connect("http://127.0.0.1:1", "x", "", "").await.unwrap_err();
    assert!(matches!(nobody, Error::Unavailable { .. }) && nobody.is_retryable(), "{nobody}");
    let stranger = Warehouse::connect(&env.engine.url, "x", "default", "wrong").await.unwrap_err();
    assert!(!stranger.is_retryable(), "{stranger}");
    let name = Warehouse::connect(&env.engine.url, "x; DROP DATABASE y", "", "").await.unwrap_err();
    assert!(matches!(name, Error::Invalid { .. }));
}
