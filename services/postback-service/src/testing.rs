//! What tests of several parts begin with.

use signalbox_catalog::{Catalog, MongoStore, SystemScope};
use signalbox_domain::{Currency, Workspace, WorkspaceId};
use std::{
    io::Write as _,
    path::Path,
    sync::{
        Arc, Once,
        atomic::{AtomicU32, Ordering},
    },
};

/// A catalog in this folder, with the workspace 1.
pub(crate) async fn catalog(folder: &Path) -> Catalog {
    let url = format!("sqlite:{}", folder.join("catalog.db").display());
    let catalog = Catalog::open(&url).await.unwrap();
    with_workspace(&catalog).await;
    catalog
}

/// A catalog with the workspace 1 in a fresh database on the server of `TEST_MONGODB_URI`; says so when there is none.
pub(crate) async fn mongodb() -> Option<(Catalog, Arc<MongoStore>)> {
    static SAY_ONCE: Once = Once::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Some(uri) = std::env::var("TEST_MONGODB_URI").ok().filter(|uri| !uri.is_empty()) else {
        SAY_ONCE.call_once(|| {
            // Past the capture of the test harness: this must be seen.
            let words = b"postbacks on MongoDB: NOT TESTED: set TEST_MONGODB_URI\n";
            std::io::stderr().write_all(words).unwrap();
        });
        return None;
    };
    let mut url = url::Url::parse(&uri).unwrap();
    url.set_path(&format!("sbpost_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let store = Arc::new(MongoStore::connect(url.as_str()).await.unwrap());
    store.drop_database().await.unwrap();
    let catalog = Catalog::new(store.clone());
    catalog.prepare().await.unwrap();
    with_workspace(&catalog).await;
    Some((catalog, store))
}

async fn with_workspace(catalog: &Catalog) {
    let workspace = Workspace {
        id: WorkspaceId(1),
        name: "W".to_owned(),
        currency: Currency::USD,
        timezone: "UTC".to_owned(),
        rates: Vec::new(),
        earlier_rates: Vec::new(),
        conversion_types: Vec::new(),
        addresses: Default::default(),
    };
    catalog.workspaces().create(SystemScope::new("tests"), workspace).await.unwrap();
}
