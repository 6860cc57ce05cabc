//! MongoDB that is not there or not what was meant: no server is needed for these.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::time::{Duration, Instant};

use signalbox_catalog::{Catalog, Error, MongoStore, Store as _, SystemScope};

const SYSTEM: SystemScope = SystemScope::new("outage tests");

#[tokio::test]
async fn a_process_starts_without_mongodb_and_is_told_so_at_each_call() {
    // A port that was free a moment ago and that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("mongodb://127.0.0.1:{port}/signalbox?serverSelectionTimeoutMS=300");
    let started = Instant::now();
    let catalog = Catalog::new(signalbox_catalog::open(&url).await.unwrap());
    assert!(started.elapsed() < Duration::from_millis(300), "connecting waits for nobody");
    let refused = [
        catalog.prepare().await.map(drop),
        catalog.load_routing(SYSTEM).await.map(drop),
        catalog.config_revision(SYSTEM).await.map(drop),
        catalog.cursors().compare_and_set(SYSTEM, "c", 0, serde_json::json!({})).await.map(drop),
        catalog.cursors().compare_and_set(SYSTEM, "c", 1, serde_json::json!({})).await.map(drop),
        catalog.cursors().delete(SYSTEM, "c", 1).await,
        catalog.store().ping().await,
    ];
    for outcome in refused {
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }) && error.is_retryable(), "{error}");
    }
    assert!(started.elapsed() < Duration::from_secs(10), "each call gave up in its time");
    catalog.store().close().await;
}

#[tokio::test]
async fn a_wrong_url_is_refused_without_repeating_its_password() {
    for url in
        ["mongodb://user:hunter2@host:notaport/db", "mongodb://user:hunter2@", "mongodb://user:hun%ter2@h/"]
    {
        let error = MongoStore::connect(url).await.unwrap_err();
        assert!(matches!(&error, Error::Invalid { field, .. } if field == "catalog.url"), "{error}");
        assert!(!format!("{error} {error:?}").contains("hun"), "{error:?}");
    }
    for url in ["postgres://x", "", "/var/lib/catalog.db"] {
        let Err(error) = signalbox_catalog::open(url).await else { panic!("{url} was accepted") };
        assert!(matches!(&error, Error::Invalid { field, .. } if field == "catalog.url"), "{error}");
    }
}

#[tokio::test]
async fn mongodb_is_not_copied_to_a_file() {
    let store = MongoStore::connect("mongodb://127.0.0.1:1/").await.unwrap();
    let error = store.backup_to(std::path::Path::new("/tmp/x")).await.unwrap_err();
    assert!(error.to_string().contains("mongodump"), "{error}");
}
