//! The configuration this service works by: networks with their keys, payouts, outputs, currencies. In memory, swapped whole.
//!
//! With the catalog down the last configuration goes on; before the first one there is none, and postbacks are answered 503 so that the
//! network tries again.

use arc_swap::ArcSwapOption;
use sha2::{Digest as _, Sha256};
use signalbox_catalog::{Catalog, Error as CatalogError, Routing, SystemScope};
use signalbox_chassis::{health::Check, warn_limited};
use signalbox_domain::{
    AffiliateNetwork, AffiliateNetworkId, Destination, DestinationId, DestinationState, Output, Subject,
    Workspace, WorkspaceId, counted_subjects,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

const SYSTEM: SystemScope = SystemScope::new("postback configuration");
const POLL: Duration = Duration::from_millis(250);
const RECONCILE_EVERY: Duration = Duration::from_secs(30);

/// A network with its tenant.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub(crate) workspace: WorkspaceId,
    pub(crate) network: AffiliateNetwork,
}

/// A counter that the configuration needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Tenant of the subject.
    pub(crate) workspace: WorkspaceId,
    /// How far its longest window looks back, hours.
    pub(crate) hours: u16,
}

/// Everything at one revision.
#[derive(Debug, Default)]
pub(crate) struct Config {
    revision: u64,
    by_key: HashMap<String, AffiliateNetworkId>,
    by_digest: HashMap<[u8; 32], AffiliateNetworkId>,
    networks: HashMap<AffiliateNetworkId, Network>,
    workspaces: HashMap<WorkspaceId, Workspace>,
    hosts: HashMap<String, WorkspaceId>,
    destinations: HashMap<DestinationId, Destination>,
    outputs: HashMap<WorkspaceId, Vec<Output>>,
    counted: BTreeMap<Subject, Counted>,
}

impl Config {
    fn from_routing(routing: Routing) -> Self {
        let counted = counted(&routing);
        let mut config = Self { revision: routing.revision, counted, ..Self::default() };
        config.hosts =
            routing.domains.iter().map(|stored| (stored.value.host.clone(), stored.workspace)).collect();
        for stored in routing.networks {
            let digest = Sha256::digest(stored.value.postback_key.as_bytes()).into();
            config.by_digest.insert(digest, stored.value.id);
            config.by_key.insert(stored.value.postback_key.clone(), stored.value.id);
            config
                .networks
                .insert(stored.value.id, Network { workspace: stored.workspace, network: stored.value });
        }
        config.workspaces =
            routing.workspaces.into_iter().map(|stored| (stored.value.id, stored.value)).collect();
        config.destinations =
            routing.destinations.into_iter().map(|stored| (stored.value.id, stored.value)).collect();
        for stored in routing.outputs {
            config.outputs.entry(stored.workspace).or_default().push(stored.value);
        }
        config
    }

    /// The network that a key belongs to. The key is 16 to 64 random characters, looked up by its hash, so timing tells nothing useful.
    pub(crate) fn network_by_key(&self, key: &str) -> Option<&Network> {
        self.networks.get(self.by_key.get(key)?)
    }

    /// The network whose key has this SHA-256.
    pub(crate) fn network_by_digest(&self, digest: &[u8; 32]) -> Option<&Network> {
        self.networks.get(self.by_digest.get(digest)?)
    }

    /// The tenant that a postback without a key can only mean: the owner of the domain it came to, or the only one there is.
    pub(crate) fn workspace_of_host(&self, host: &str) -> Option<WorkspaceId> {
        let only = || self.workspaces.keys().next().copied().filter(|_| self.workspaces.len() == 1);
        self.hosts.get(host).copied().or_else(only)
    }

    /// Tenants with a network that takes postbacks without its key.
    pub(crate) fn keyless_workspaces(&self) -> Vec<WorkspaceId> {
        let keyless = self.networks.values().filter(|network| network.network.keyless);
        let mut workspaces: Vec<WorkspaceId> = keyless.map(|network| network.workspace).collect();
        workspaces.sort_unstable();
        workspaces.dedup();
        workspaces
    }

    /// A network by id.
    pub(crate) fn network(&self, id: AffiliateNetworkId) -> Option<&Network> {
        self.networks.get(&id)
    }

    /// A tenant.
    pub(crate) fn workspace(&self, id: WorkspaceId) -> Option<&Workspace> {
        self.workspaces.get(&id)
    }

    /// A destination.
    pub(crate) fn destination(&self, id: DestinationId) -> Option<&Destination> {
        self.destinations.get(&id)
    }

    /// Revision of the configuration.
    pub(crate) const fn revision(&self) -> u64 {
        self.revision
    }

    /// Every counter that is needed.
    pub(crate) const fn counted(&self) -> &BTreeMap<Subject, Counted> {
        &self.counted
    }

    /// Destinations whose health is checked: those that could take traffic.
    pub(crate) fn checked(&self) -> impl Iterator<Item = &Destination> {
        let takes = |state| matches!(state, DestinationState::Active | DestinationState::Down);
        self.destinations.values().filter(move |it| it.health.is_some() && takes(it.state))
    }

    /// Outputs of a tenant.
    pub(crate) fn outputs(&self, workspace: WorkspaceId) -> &[Output] {
        self.outputs.get(&workspace).map_or(&[], Vec::as_slice)
    }

    /// Every output, of all tenants.
    pub(crate) fn output_ids(&self) -> Vec<signalbox_domain::OutputId> {
        self.outputs.values().flatten().map(|output| output.id).collect()
    }

    /// One output of a tenant.
    pub(crate) fn output(&self, workspace: WorkspaceId, id: signalbox_domain::OutputId) -> Option<&Output> {
        self.outputs(workspace).iter().find(|output| output.id == id)
    }
}

fn counted(routing: &Routing) -> BTreeMap<Subject, Counted> {
    let mut counted = BTreeMap::new();
    let mut note = |workspace, subjects: BTreeMap<Subject, u16>| {
        for (subject, hours) in subjects {
            let longest = counted.entry(subject).or_insert(Counted { workspace, hours });
            longest.hours = longest.hours.max(hours);
        }
    };
    for stored in &routing.campaigns {
        note(stored.workspace, counted_subjects([&stored.value], []));
    }
    for stored in &routing.destinations {
        note(stored.workspace, counted_subjects([], [&stored.value]));
    }
    counted
}

/// The current configuration; empty until the catalog answered once.
#[derive(Clone, Default)]
pub(crate) struct CurrentConfig(Arc<ArcSwapOption<Config>>);

impl CurrentConfig {
    /// The configuration, if there is one.
    pub(crate) fn get(&self) -> Option<Arc<Config>> {
        self.0.load_full()
    }

    /// Reads everything once.
    pub(crate) async fn load(&self, catalog: &Catalog) -> Result<(), CatalogError> {
        let routing = catalog.load_routing(SYSTEM).await?;
        self.0.store(Some(Arc::new(Config::from_routing(routing))));
        Ok(())
    }

    /// Polls the revision until told to stop.
    pub(crate) async fn follow(self, catalog: Catalog, check: Check, stop: CancellationToken) {
        let mut reconciled = Instant::now();
        while !stop.is_cancelled() {
            match self.refresh(&catalog, reconciled.elapsed() >= RECONCILE_EVERY).await {
                Ok(read_all) => {
                    check.ready();
                    if read_all {
                        reconciled = Instant::now();
                    }
                }
                Err(error) => {
                    warn_limited!(6, %error, "the catalog does not answer; postbacks go on with the last configuration")
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    async fn refresh(&self, catalog: &Catalog, reconcile: bool) -> Result<bool, CatalogError> {
        let known = self.get().map(|config| config.revision);
        if !reconcile && known == Some(catalog.config_revision(SYSTEM).await?) {
            return Ok(false);
        }
        self.load(catalog).await?;
        Ok(true)
    }
}
