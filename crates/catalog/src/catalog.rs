//! Domain types on top of the document store: typed repositories, the configuration revision, the feed of the
//! routing snapshot, and the operational state of the services.
//!
//! Every call names on whose behalf it asks ([`Access`]): a [`signalbox_domain::Scope`] sees its workspace, a
//! [`SystemScope`] all of them. Configuration writes check the role, the entity, and that what it refers to
//! exists; deletions are refused while something refers to the thing.
//!
//! Never spans documents: two people who delete a destination and put it into a campaign in the same instant
//! may both succeed; the snapshot compiler leaves such a route out and says so.

mod access;
mod costs;
mod deliveries;
mod entity;
mod erased;
mod graves;
mod jobs;
pub mod live;
mod lookup;
mod meta;
mod named;
mod rates;
mod records;
mod references;
mod repo;
mod reporting;
mod routing;
mod sessions;
mod stored;

use std::sync::Arc;

use signalbox_domain::{
    AffiliateNetwork, Alert, ApiKey, Campaign, Clearing, CustomMetric, Destination, Domain, Erasure, Output,
    RateFetch, Retention, SavedView, ScheduledExport, ShareLink, TrafficSource, User, Workspace,
};

pub use access::Access;
pub use costs::Costs;
pub use deliveries::{
    Deliveries, Delivery, DeliveryList, DeliveryState, DeliveryStats, LeaseRequest, Leased, NewDelivery,
    delivery_id,
};
pub use entity::{Entity, Home};
pub use erased::{ERASED_KNOWN_MS, ErasedClicks, ErasedKey};
pub use graves::Graves;
pub use jobs::{JobKind, Jobs};
pub use meta::{Instance, Setup};
pub use named::{Named, NamedDocument};
pub use records::{RecordKeys, Records};
pub use references::Reference;
pub use repo::{LIST_ALL_MAX, Repo};
pub use routing::Routing;
pub use sessions::{Session, Sessions};
pub use stored::{Listed, PageRequest, Stored};

use crate::{CollectionSpec, Result, Store, SystemScope, Vault};

/// The catalog. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    store: Arc<dyn Store>,
    vault: Option<Arc<Vault>>,
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalog").field("store", &self.store.kind()).finish()
    }
}

impl Catalog {
    /// On top of an opened store; call [`Catalog::prepare`] before use.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, vault: None }
    }

    /// The same, which seals and opens secrets. Without a vault they are stored as they are, and what is sealed cannot be read.
    #[must_use]
    pub fn with_vault(self, vault: Option<Vault>) -> Self {
        Self { vault: vault.map(Arc::new), ..self }
    }

    /// Whether secrets are sealed.
    #[must_use]
    pub const fn seals(&self) -> bool {
        self.vault.is_some()
    }

    /// Seals the secrets that were stored before there was a vault; how many documents.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn seal_secrets(&self, system: SystemScope) -> Result<usize> {
        Ok(self.affiliate_networks().seal_all(system).await?
            + self.outputs().seal_all(system).await?
            + self.alerts().seal_all(system).await?
            + self.rate_fetches().seal_all(system).await?)
    }

    fn repo<T: Entity>(&self) -> Repo<'_, T> {
        Repo::new(&*self.store, self.vault.as_deref())
    }

    /// Opens the store of a URL (see [`crate::open`]) and prepares it.
    ///
    /// # Errors
    /// As [`crate::open`] and [`Catalog::prepare`].
    pub async fn open(url: &str) -> Result<Self> {
        let catalog = Self::new(crate::open(url).await?);
        catalog.prepare().await?;
        Ok(catalog)
    }

    /// Makes collections and indexes and checks the version of the stored data; safe from several nodes. A
    /// process that can work without the catalog for a while repeats this until it is not `Unavailable`.
    ///
    /// # Errors
    /// `Invalid{catalog.url}` when a newer version wrote the data, `Unavailable`.
    pub async fn prepare(&self) -> Result<Instance> {
        self.store.ensure(Self::collections()).await?;
        meta::prepare(&*self.store).await
    }

    /// Every collection of the catalog.
    #[must_use]
    pub fn collections() -> &'static [&'static CollectionSpec] {
        entity::COLLECTIONS
    }

    /// The store below, for health checks and backups.
    #[must_use]
    pub const fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Tenants. A scope reads and changes its own; making and listing them needs a system scope.
    #[must_use]
    pub fn workspaces(&self) -> Repo<'_, Workspace> {
        self.repo()
    }

    /// Tracking domains.
    #[must_use]
    pub fn domains(&self) -> Repo<'_, Domain> {
        self.repo()
    }

    /// Campaigns with their streams.
    #[must_use]
    pub fn campaigns(&self) -> Repo<'_, Campaign> {
        self.repo()
    }

    /// Destinations.
    #[must_use]
    pub fn destinations(&self) -> Repo<'_, Destination> {
        self.repo()
    }

    /// Traffic sources.
    #[must_use]
    pub fn traffic_sources(&self) -> Repo<'_, TrafficSource> {
        self.repo()
    }

    /// Affiliate networks.
    #[must_use]
    pub fn affiliate_networks(&self) -> Repo<'_, AffiliateNetwork> {
        self.repo()
    }

    /// Outgoing postbacks and webhooks.
    #[must_use]
    pub fn outputs(&self) -> Repo<'_, Output> {
        self.repo()
    }

    /// Clearings of test data.
    #[must_use]
    pub fn clearings(&self) -> Repo<'_, Clearing> {
        self.repo()
    }

    /// Erasures of visitors' data.
    #[must_use]
    pub fn erasures(&self) -> Repo<'_, Erasure> {
        self.repo()
    }

    /// People; documents of the instance, so only for system scopes.
    #[must_use]
    pub fn users(&self) -> Repo<'_, User> {
        self.repo()
    }

    /// Programs' credentials.
    #[must_use]
    pub fn api_keys(&self) -> Repo<'_, ApiKey> {
        self.repo()
    }

    /// Metrics of a workspace's own.
    #[must_use]
    pub fn custom_metrics(&self) -> Repo<'_, CustomMetric> {
        self.repo()
    }

    /// Saved reports.
    #[must_use]
    pub fn saved_views(&self) -> Repo<'_, SavedView> {
        self.repo()
    }

    /// Links to reports.
    #[must_use]
    pub fn share_links(&self) -> Repo<'_, ShareLink> {
        self.repo()
    }

    /// Figures that are watched.
    #[must_use]
    pub fn alerts(&self) -> Repo<'_, Alert> {
        self.repo()
    }

    /// Saved reports that are written to files.
    #[must_use]
    pub fn scheduled_exports(&self) -> Repo<'_, ScheduledExport> {
        self.repo()
    }

    /// How workspaces have their exchange rates fetched.
    #[must_use]
    pub fn rate_fetches(&self) -> Repo<'_, RateFetch> {
        self.repo()
    }

    /// How long workspaces keep single events.
    #[must_use]
    pub fn retention(&self) -> Repo<'_, Retention> {
        self.repo()
    }

    /// What work that recurs remembers, and which node does it.
    #[must_use]
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs::new(Named::new(&*self.store, &reporting::JOBS))
    }

    /// Corrections of costs.
    #[must_use]
    pub fn costs(&self) -> Costs<'_> {
        Costs::new(&*self.store)
    }

    /// What is being brought into the ledger, by workspace, changed by compare-and-set.
    #[must_use]
    pub fn cost_heads(&self) -> Named<'_> {
        Named::new(&*self.store, &costs::COST_HEADS)
    }

    /// Names of what was deleted.
    #[must_use]
    pub fn graves(&self) -> Graves<'_> {
        Graves::new(&*self.store)
    }

    /// Login sessions.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions::new(&*self.store)
    }

    /// Positions of consumers, changed by compare-and-set.
    #[must_use]
    pub fn cursors(&self) -> Named<'_> {
        Named::new(&*self.store, &entity::CURSORS)
    }

    /// Published state by name, changed by compare-and-set; [`Catalog::live`] gives it types.
    #[must_use]
    pub fn counters(&self) -> Named<'_> {
        Named::new(&*self.store, &entity::COUNTERS)
    }

    /// What services tell each other about the present: totals, visitors that converted, health of destinations.
    #[must_use]
    pub fn live(&self) -> live::Live<'_> {
        live::Live(self.counters())
    }

    /// Conversions with their outbox.
    #[must_use]
    pub fn conversions(&self) -> Records<'_> {
        Records::new(&*self.store, &entity::CONVERSIONS)
    }

    /// Postbacks whose click is not known (yet).
    #[must_use]
    pub fn orphans(&self) -> Records<'_> {
        Records::new(&*self.store, &entity::ORPHANS)
    }

    /// Past postbacks that are judged again; what is pending is not finished.
    #[must_use]
    pub fn replays(&self) -> Records<'_> {
        Records::new(&*self.store, &entity::REPLAYS)
    }

    /// Conversions that people bring in; what is pending waits for postback-service.
    #[must_use]
    pub fn uploads(&self) -> Records<'_> {
        Records::new(&*self.store, &entity::UPLOADS)
    }

    /// The queue of outgoing deliveries.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries<'_> {
        Deliveries::new(&*self.store)
    }
}
