//! What only the file-backed store promises: restarts, kills, backups, foreign and damaged files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "support/stores.rs"]
mod stores;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use futures::StreamExt;
use serde_json::json;
use signalbox_catalog::{
    Catalog, Error, Query, Replacement, SqliteOptions, SqliteStore, Store, SystemScope, Tenant,
};
use stores::{ALPHA, SYSTEM, THINGS, new};

async fn open(path: &Path) -> SqliteStore {
    let store = SqliteStore::open(path, SqliteOptions::default()).await.unwrap();
    store.ensure(&[&THINGS]).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_everything() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("deep/er/catalog.db");
    let store = open(&path).await;
    store.insert(ALPHA, &THINGS, new("a", "alpha", json!({"slug": "s", "due": 3}))).await.unwrap();
    let before = store
        .replace(
            ALPHA,
            &THINGS,
            Replacement { id: "a".into(), expected: 1, schema: 4, body: json!({"due": 9}) },
        )
        .await
        .unwrap();
    store.close().await;
    let closed = store.insert(ALPHA, &THINGS, new("b", "alpha", json!({}))).await.unwrap_err();
    assert!(matches!(closed, Error::Unavailable { .. }) && closed.is_retryable(), "{closed}");
    assert!(store.find(ALPHA, &THINGS, "a").await.is_err());
    assert!(store.ping().await.is_err());
    assert!(!path.with_extension("db-wal").exists(), "a closed store is one plain file");

    let store = open(&path).await;
    assert_eq!(store.find(ALPHA, &THINGS, "a").await.unwrap(), Some(before));
    let page = store.list(ALPHA, &THINGS, &Query::new().order_by("due")).await.unwrap();
    assert_eq!(page.documents.len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for file in ["catalog.db", "catalog.db-wal"] {
            let mode = std::fs::metadata(path.with_file_name(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{file} holds secrets: {mode:o}");
        }
    }
}

/// Not a test of its own: the process that [`a_kill_keeps_what_was_acknowledged`] kills.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_writes_until_killed() {
    let Some(path) = std::env::var_os("CATALOG_TEST_CHILD") else { return };
    let store = Arc::new(open(Path::new(&path)).await);
    let run = std::env::var("CATALOG_TEST_RUN").unwrap();
    futures::stream::iter(0..u32::MAX)
        .for_each_concurrent(32, |number| {
            let (store, id) = (store.clone(), format!("{run}-{number}"));
            async move {
                store.insert(ALPHA, &THINGS, new(&id, "alpha", json!({"due": 1}))).await.unwrap();
                let body = json!({"due": 2, "filler": "x".repeat(2000)});
                let replacement = Replacement { id: id.clone(), expected: 1, schema: 1, body };
                store.replace(ALPHA, &THINGS, replacement).await.unwrap();
                // Past the capture of the test harness, and whole lines at once.
                std::io::stderr().write_all(format!("ACK {id}\n").as_bytes()).unwrap();
            }
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_keeps_what_was_acknowledged() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("catalog.db");
    let mut acknowledged = BTreeSet::new();
    for run in 0..4_usize {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_writes_until_killed", "--nocapture"])
            .env("CATALOG_TEST_CHILD", &path)
            .env("CATALOG_TEST_RUN", run.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let enough = acknowledged.len() + 150 + 70 * run;
        while acknowledged.len() < enough {
            let line = lines.next().expect("the child goes on writing until it is killed").unwrap();
            acknowledged.extend(line.strip_prefix("ACK ").map(str::to_owned));
        }
        // SIGKILL, in the middle of writes.
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            acknowledged.extend(line.strip_prefix("ACK ").map(str::to_owned));
        }
        let store = open(&path).await;
        for id in &acknowledged {
            let found = store.find(ALPHA, &THINGS, id).await.unwrap();
            let found = found.unwrap_or_else(|| panic!("{id} was acknowledged and is gone"));
            assert_eq!((found.version, found.body["due"].as_i64()), (2, Some(2)), "{id}");
        }
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_is_whole_while_writers_go_on() {
    let home = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&home.path().join("catalog.db")).await);
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (store, stop, written) = (store.clone(), stop.clone(), written.clone());
            tokio::spawn(async move {
                let mut number = 0;
                while !stop.load(Ordering::Relaxed) {
                    let document = new(&format!("w{writer}-{number}"), "alpha", json!({"due": number}));
                    store.insert(ALPHA, &THINGS, document).await.unwrap();
                    number += 1;
                    written.fetch_add(1, Ordering::SeqCst);
                }
                number
            })
        })
        .collect();
    for round in 0..5 {
        // Each backup starts in the middle of writes.
        let goal = written.load(Ordering::SeqCst) + 200;
        while written.load(Ordering::SeqCst) < goal {
            assert!(!writers.iter().any(tokio::task::JoinHandle::is_finished), "a writer failed");
            tokio::task::yield_now().await;
        }
        let acknowledged = written.load(Ordering::SeqCst);
        let target = home.path().join(format!("backups-{round}.db"));
        let report = store.backup_to(&target).await.unwrap();
        assert_eq!(report.bytes, std::fs::metadata(&target).unwrap().len());
        let copy = open(&target).await;
        let count = copy.count(SYSTEM, &THINGS, &Query::new(), u32::MAX).await.unwrap();
        assert!(count >= acknowledged, "{count} of {acknowledged} acknowledged before the call");
        let last = copy.insert(ALPHA, &THINGS, new("into-the-copy", "alpha", json!({}))).await;
        last.unwrap();
        copy.close().await;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&target).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "a backup holds the same secrets: {mode:o}");
        }
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(store.find(SYSTEM, &THINGS, "into-the-copy").await.unwrap(), None);
    let refused = store.backup_to(&home.path().join("backups-0.db")).await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid { field, .. } if field == "path"), "{refused}");
    let refused = store.backup_to(&home.path().join("no/such/folder/x.db")).await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable { .. }), "{refused}");
    let left: Vec<_> = std::fs::read_dir(home.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("partial"))
        .collect();
    assert!(left.is_empty(), "nothing half-made stays behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_restored_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("catalog.db");
    let store = open(&path).await;
    let kept = store.insert(ALPHA, &THINGS, new("kept", "alpha", json!({"slug": "s"}))).await.unwrap();
    let backup = home.path().join("backup.db");
    store.backup_to(&backup).await.unwrap();
    store.insert(ALPHA, &THINGS, new("later", "alpha", json!({}))).await.unwrap();
    store.close().await;
    let refused = SqliteStore::restore(&backup, &path).await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid { field, .. } if field == "path"), "{refused}");
    std::fs::remove_file(&path).unwrap();
    SqliteStore::restore(&backup, &path).await.unwrap();
    let store = open(&path).await;
    assert_eq!(store.find(ALPHA, &THINGS, "kept").await.unwrap(), Some(kept));
    assert_eq!(store.find(ALPHA, &THINGS, "later").await.unwrap(), None);
    store.close().await;

    let letter = home.path().join("letter.txt");
    std::fs::write(&letter, "dear reader\n".repeat(500)).unwrap();
    let refused = SqliteStore::restore(&letter, home.path().join("x.db")).await.unwrap_err();
    assert!(refused.to_string().contains("not an SQLite database"), "{refused}");
    let refused =
        SqliteStore::restore(home.path().join("none.db"), home.path().join("x.db")).await.unwrap_err();
    assert!(refused.to_string().contains("none.db"), "{refused}");
    assert!(!home.path().join("x.db").exists());
    // Damage in the middle of a backup is found before it is put in place.
    let mut bytes = std::fs::read(&backup).unwrap();
    let middle = 4096 * 3;
    bytes[middle..middle + 64].fill(0xff);
    std::fs::write(&backup, bytes).unwrap();
    let refused = SqliteStore::restore(&backup, home.path().join("x.db")).await.unwrap_err();
    assert!(matches!(refused, Error::Corrupt { .. } | Error::Unavailable { .. }), "{refused}");
    assert!(!home.path().join("x.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_newer_and_broken_files_are_refused_with_a_reason() {
    let home = tempfile::tempdir().unwrap();
    let refusal = async |path: &Path| {
        let refused = SqliteStore::open(path, SqliteOptions::default()).await.unwrap_err();
        (refused.code(), refused.to_string())
    };
    let foreign = home.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
    let (code, text) = refusal(&foreign).await;
    assert!(code == "invalid" && text.contains("another program"), "{text}");

    let newer = home.path().join("newer.db");
    open(&newer).await.close().await;
    rusqlite::Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version=9").unwrap();
    let (code, text) = refusal(&newer).await;
    assert!(code == "invalid" && text.contains("layout 9"), "{text}");

    let noise = home.path().join("noise.db");
    std::fs::write(&noise, "this is not a database, it is a letter\n".repeat(200)).unwrap();
    let (code, text) = refusal(&noise).await;
    assert!(code == "invalid" && text.contains("not an SQLite database"), "{text}");

    let folder = home.path().join("folder.db");
    std::fs::create_dir(&folder).unwrap();
    let (code, text) = refusal(&folder).await;
    assert!(code == "unavailable" && text.contains("folder.db"), "{text}");
    let (code, text) = refusal(&noise.join("below/a/file.db")).await;
    assert!(code == "unavailable" && text.contains("file.db"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_is_reported_and_left_out() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("catalog.db");
    let catalog = Catalog::open(&format!("sqlite:{}", path.display())).await.unwrap();
    let system = SystemScope::new("test");
    let source = |name: &str| signalbox_domain::TrafficSource {
        id: signalbox_domain::TrafficSourceId::random(signalbox_domain::Timestamp::now()),
        name: name.to_owned(),
        parameters: Vec::new(),
        currency: None,
        notes: String::new(),
    };
    let scope = signalbox_domain::Scope::system(signalbox_domain::WorkspaceId(1 << 22));
    let broken = catalog.traffic_sources().create(&scope, source("broken")).await.unwrap();
    catalog.traffic_sources().create(&scope, source("sound")).await.unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute("UPDATE traffic_sources SET body = '{\"id\": ' WHERE id = ?", [&broken.id]).unwrap();
    let routing = catalog.load_routing(system).await.unwrap();
    assert_eq!(routing.sources.len(), 1);
    assert_eq!(routing.sources[0].value.name, "sound");
    assert_eq!((routing.problems.len(), routing.problems[0].id.as_str()), (1, broken.id.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_that_holds_the_file_is_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("catalog.db");
    let store = Arc::new(open(&path).await);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = {
        let store = store.clone();
        tokio::spawn(async move { store.insert(ALPHA, &THINGS, new("a", "alpha", json!({}))).await })
    };
    // Readers do not care.
    assert_eq!(store.find(ALPHA, &THINGS, "a").await.unwrap(), None);
    assert!(!waiting.is_finished());
    other.execute_batch("COMMIT").unwrap();
    waiting.await.unwrap().unwrap();

    // Held for longer than anybody waits: a clear answer, and the store goes on afterwards.
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.insert(ALPHA, &THINGS, new("b", "alpha", json!({}))).await.unwrap_err();
    assert!(refused.is_retryable() && refused.to_string().contains("locked"), "{refused}");
    other.execute_batch("COMMIT").unwrap();
    store.insert(Tenant::Workspace("alpha"), &THINGS, new("b", "alpha", json!({}))).await.unwrap();
}

/// Whether a file has these bytes.
fn holds(path: &Path, text: &str) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_of_what_is_deleted_or_replaced_do_not_stay_in_the_files() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("catalog.db");
    let (log, store) = (path.with_extension("db-wal"), open(&path).await);
    // Small ones share pages, large ones have pages of their own.
    for (number, size) in [(1, 10), (2, 3_000), (3, 40_000), (4, 10), (5, 9_000)] {
        let body = json!({ "text": format!("marker-{number}-{}", "x".repeat(size)) });
        store.insert(ALPHA, &THINGS, new(&format!("id{number}"), "alpha", body)).await.unwrap();
    }
    store.scrub().await.unwrap();
    assert!(holds(&path, "marker-1-") && holds(&path, "marker-3-"));
    for number in [1, 2, 3] {
        store.delete(ALPHA, &THINGS, &format!("id{number}"), 1).await.unwrap();
    }
    for number in [4, 5] {
        let (id, body) = (format!("id{number}"), json!({}));
        store.replace(ALPHA, &THINGS, Replacement { id, expected: 1, schema: 1, body }).await.unwrap();
    }
    store.scrub().await.unwrap();
    for file in [&path, &log] {
        assert!(!holds(file, "marker-"), "{}", file.display());
    }
    store.close().await;
}
