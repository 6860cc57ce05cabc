//! A catalog that may come later, for processes that can do most of their work without it for a while.
//!
//! Promises: until the catalog answered for the first time every call is `Unavailable` at once, with the last reason; from then on this is
//! the store itself. Tried for ever, because nobody knows how long an outage lasts. Never: hides what no waiting mends (a URL that cannot be
//! used, data of a newer version).

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::{
    BackupReport, Catalog, CollectionSpec, Document, Error, Mark, NewDocument, Page, Query, Replacement,
    Result, Store, SystemScope, Tenant,
};

/// Pause between two attempts.
const RETRY: Duration = Duration::from_millis(500);

impl Catalog {
    /// As [`Catalog::open`], and when the catalog is not there within `patience` it is opened in the background. `failed` is told when it
    /// then turns out that no waiting mends it.
    ///
    /// # Errors
    /// What no waiting mends, when the first attempt finds it within `patience`.
    pub async fn open_late(
        url: &str,
        patience: Duration,
        failed: impl FnOnce(Error) + Send + 'static,
    ) -> Result<Self> {
        let late = Arc::new(Late::new(if url.starts_with("sqlite:") { "sqlite" } else { "mongodb" }));
        let (told, first) = oneshot::channel();
        tokio::spawn(open(url.to_owned(), Arc::clone(&late), told, failed));
        match timeout(patience, first).await {
            Ok(Ok(Err(error))) if !error.is_retryable() => Err(error),
            Ok(Ok(Ok(()))) => Ok(Self::new(late)),
            _ => {
                tracing::warn!(
                    reason = late.reason(),
                    "the catalog does not answer; going on without it until it does"
                );
                Ok(Self::new(late))
            }
        }
    }
}

async fn open(
    url: String,
    late: Arc<Late>,
    told: oneshot::Sender<Result<()>>,
    failed: impl FnOnce(Error) + Send + 'static,
) {
    let mut told = Some(told);
    loop {
        let outcome = Catalog::open(&url).await.map(|catalog| late.arrived(Arc::clone(catalog.store())));
        let again = outcome.as_ref().is_err_and(Error::is_retryable);
        if let Err(error) = &outcome {
            late.failed(error);
        }
        // Whoever waits for the first attempt hears of it; if nobody waits any more, a failure that stays is told otherwise.
        let unheard = match told.take() {
            Some(told) => told.send(outcome).err(),
            None => Some(outcome),
        };
        if !again {
            match unheard {
                Some(Err(error)) => failed(error),
                Some(Ok(())) => tracing::info!("the catalog answers"),
                None => {}
            }
            return;
        }
        sleep(RETRY).await;
    }
}

/// The store once it is there.
struct Late {
    kind: &'static str,
    store: OnceLock<Arc<dyn Store>>,
    reason: Mutex<String>,
}

impl Late {
    fn new(kind: &'static str) -> Self {
        Self { kind, store: OnceLock::new(), reason: Mutex::new("it has not answered yet".to_owned()) }
    }

    fn arrived(&self, store: Arc<dyn Store>) {
        // Only one task opens, and only once.
        let _first = self.store.set(store);
    }

    fn failed(&self, error: &Error) {
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = error.to_string();
    }

    fn reason(&self) -> String {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn store(&self) -> Result<&dyn Store> {
        self.store.get().map(|store| &**store).ok_or_else(|| Error::unavailable(self.reason()))
    }
}

#[async_trait]
impl Store for Late {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn ensure(&self, specs: &[&'static CollectionSpec]) -> Result<()> {
        self.store()?.ensure(specs).await
    }

    async fn insert(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        document: NewDocument,
    ) -> Result<Document> {
        self.store()?.insert(tenant, spec, document).await
    }

    async fn find(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        id: &str,
    ) -> Result<Option<Document>> {
        self.store()?.find(tenant, spec, id).await
    }

    async fn replace(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        replacement: Replacement,
    ) -> Result<Document> {
        self.store()?.replace(tenant, spec, replacement).await
    }

    async fn delete(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        id: &str,
        expected: u64,
    ) -> Result<()> {
        self.store()?.delete(tenant, spec, id, expected).await
    }

    async fn list(&self, tenant: Tenant<'_>, spec: &'static CollectionSpec, query: &Query) -> Result<Page> {
        self.store()?.list(tenant, spec, query).await
    }

    async fn count(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        query: &Query,
        at_most: u32,
    ) -> Result<u32> {
        self.store()?.count(tenant, spec, query, at_most).await
    }

    async fn mark(&self, system: SystemScope, spec: &'static CollectionSpec) -> Result<Mark> {
        self.store()?.mark(system, spec).await
    }

    async fn ping(&self) -> Result<()> {
        self.store()?.ping().await
    }

    async fn scrub(&self) -> Result<()> {
        self.store()?.scrub().await
    }

    async fn backup_to(&self, target: &Path) -> Result<BackupReport> {
        self.store()?.backup_to(target).await
    }

    async fn close(&self) {
        if let Ok(store) = self.store() {
            store.close().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: SystemScope = SystemScope::new("tests");

    #[tokio::test]
    async fn a_catalog_that_is_not_there_yet_is_unavailable_and_then_itself() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("folder");
        // A file stands where the folder of the catalog has to be.
        std::fs::write(&folder, b"in the way").unwrap();
        let url = format!("sqlite:{}", folder.join("catalog.db").display());
        let catalog =
            Catalog::open_late(&url, Duration::from_secs(20), |error| panic!("{error}")).await.unwrap();
        let error = catalog.config_revision(SYSTEM).await.unwrap_err();
        assert!(error.is_retryable() && error.to_string().contains("catalog.db"), "{error}");
        std::fs::remove_file(&folder).unwrap();
        for _ in 0..3_000 {
            if catalog.store().ping().await.is_ok() {
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(catalog.config_revision(SYSTEM).await.unwrap(), 0);
        catalog.store().close().await;
    }

    #[tokio::test]
    async fn what_no_waiting_mends_is_an_error_at_once() {
        let error = Catalog::open_late("nonsense", Duration::from_secs(20), |error| panic!("{error}"))
            .await
            .unwrap_err();
        assert!(!error.is_retryable(), "{error}");
    }
}
