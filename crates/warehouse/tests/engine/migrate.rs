//! Migrations, and connecting.

use super::Test;
use super::support::Env;
use signalbox_warehouse::migrate::{ALL, Migration};
use signalbox_warehouse::{Error, Warehouse};

pub const TESTS: &[Test] = &[
    ("migrate::a_fresh_database_gets_every_table_once", |env| Box::pin(fresh(env))),
    ("migrate::starters_at_the_same_time_apply_once", |env| Box::pin(at_once(env))),
    ("migrate::a_newer_or_changed_schema_is_refused", |env| Box::pin(refused(env))),
    ("migrate::a_crash_in_the_middle_is_continued", |env| Box::pin(continued(env))),
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
