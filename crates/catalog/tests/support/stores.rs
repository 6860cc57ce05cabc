//! Stores to test and the collections they are tested with.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Once};

use signalbox_catalog::{
    CollectionSpec, Document, IndexSpec, MongoStore, NewDocument, Reach, SqliteOptions, SqliteStore, Store,
    SystemScope, Tenant, UniqueKey,
};

pub static THINGS: CollectionSpec = CollectionSpec {
    name: "things",
    unique: &[
        UniqueKey { field: "slug", reach: Reach::Workspace, paths: &["slug"] },
        UniqueKey { field: "host", reach: Reach::Instance, paths: &["site.host"] },
    ],
    indexes: &[
        IndexSpec { reach: Reach::Workspace, paths: &["state", "due"] },
        IndexSpec { reach: Reach::Instance, paths: &["due"] },
        IndexSpec { reach: Reach::Workspace, paths: &["flag"] },
        IndexSpec { reach: Reach::Workspace, paths: &["owner.name"] },
    ],
};

/// The same collection as a later release would declare it.
pub static THINGS_LATER: CollectionSpec = CollectionSpec {
    name: "things",
    unique: &[
        UniqueKey { field: "slug", reach: Reach::Workspace, paths: &["slug"] },
        UniqueKey { field: "host", reach: Reach::Instance, paths: &["site.host"] },
        UniqueKey { field: "code", reach: Reach::Instance, paths: &["code"] },
    ],
    indexes: &[IndexSpec { reach: Reach::Instance, paths: &["rank"] }],
};

pub const ALPHA: Tenant<'static> = Tenant::Workspace("alpha");
pub const BETA: Tenant<'static> = Tenant::Workspace("beta");
pub const SYSTEM: Tenant<'static> = Tenant::System(SystemScope::new("contract suite"));

pub async fn sqlite(home: &tempfile::TempDir, specs: &[&'static CollectionSpec]) -> Arc<dyn Store> {
    let store = SqliteStore::open(home.path().join("catalog.db"), SqliteOptions::default()).await.unwrap();
    store.ensure(specs).await.unwrap();
    Arc::new(store)
}

/// A fresh database on the server of `TEST_MONGODB_URI`; says so when there is none.
pub async fn mongodb(specs: &[&'static CollectionSpec]) -> Option<(Arc<dyn Store>, Arc<MongoStore>)> {
    static SAY_ONCE: Once = Once::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Some(uri) = std::env::var("TEST_MONGODB_URI").ok().filter(|uri| !uri.is_empty()) else {
        SAY_ONCE.call_once(|| {
            // Past the capture of the test harness: this must be seen.
            let words = b"MongoDB contract: NOT TESTED: set TEST_MONGODB_URI\n";
            std::io::stderr().write_all(words).unwrap();
        });
        return None;
    };
    let (server, options) = uri.split_once('?').map_or((uri.as_str(), ""), |(s, o)| (s, o));
    let server = match server.strip_prefix("mongodb://").and_then(|rest| rest.split_once('/')) {
        Some((hosts, _database)) => format!("mongodb://{hosts}"),
        None => server.to_owned(),
    };
    let name = format!("sbtest_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let store = Arc::new(MongoStore::connect(&format!("{server}/{name}?{options}")).await.unwrap());
    store.drop_database().await.unwrap();
    store.ensure(specs).await.unwrap();
    Some((store.clone(), store))
}

pub fn new(id: &str, workspace: &str, body: serde_json::Value) -> NewDocument {
    NewDocument { id: id.to_owned(), workspace: workspace.to_owned(), schema: 1, body }
}

pub fn ids(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|document| document.id.as_str()).collect()
}

/// Whether the server under test is FerretDB.
pub async fn is_ferretdb() -> bool {
    let Ok(uri) = std::env::var("TEST_MONGODB_URI") else { return false };
    MongoStore::connect(&uri).await.unwrap().is_ferretdb().await.unwrap()
}
