//! The configuration this service works by: networks with their keys, payouts, outputs, currencies. In memory, swapped whole.
//!
//! With the catalog down the last configuration goes on; before the first one there is none, and postbacks are answered 503 so that the
//! network tries again.

mod removed;

use arc_swap::ArcSwapOption;
use ipnet::IpNet;
use sha2::{Digest as _, Sha256};
use signalbox_catalog::{Catalog, ErasedKey, Error as CatalogError, Mark, Routing, SystemScope};
use signalbox_chassis::{health::Check, warn_limited};
use signalbox_domain::{
    AddressPolicy, AffiliateNetwork, AffiliateNetworkId, Campaign, CampaignId, Clearing, Destination,
    DestinationId, DestinationState, Erasure, Output, Subject, Timestamp, Workspace, WorkspaceId,
    counted_subjects,
};
use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use subtle::ConstantTimeEq as _;
use tokio_util::sync::CancellationToken;

const SYSTEM: SystemScope = SystemScope::new("postback configuration");
const POLL: Duration = Duration::from_millis(250);
const RECONCILE_EVERY: Duration = Duration::from_secs(30);

/// A network with its tenant.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub(crate) workspace: WorkspaceId,
    pub(crate) network: AffiliateNetwork,
    /// Where its postbacks may come from; empty: anywhere.
    allowed: Vec<IpNet>,
}

impl Network {
    /// Whether its postbacks may come from this address.
    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|range| range.contains(&address))
    }

    /// Why an address is refused, with the fix.
    pub(crate) fn refusal_of(&self, address: IpAddr) -> String {
        format!(
            "{address} is not among the addresses that this network's postbacks may come from: add it under Networks → {} → Addresses, if it is the network's",
            self.network.name
        )
    }
}

/// Whose a key is, and how long it counts when it was replaced.
#[derive(Debug, Clone, Copy)]
struct KnownKey {
    network: AffiliateNetworkId,
    until: Option<Timestamp>,
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
    /// Of what was read; `None`: unknown.
    mark: Option<Mark>,
    by_digest: HashMap<[u8; 32], KnownKey>,
    /// Whether the key of some network is sealed with a secret that is not here.
    lacks_keys: bool,
    networks: HashMap<AffiliateNetworkId, Network>,
    workspaces: HashMap<WorkspaceId, Workspace>,
    hosts: HashMap<String, WorkspaceId>,
    destinations: HashMap<DestinationId, Destination>,
    /// Days after which conversions of a campaign's clicks count no more.
    lookback_days: HashMap<CampaignId, u16>,
    outputs: HashMap<WorkspaceId, Vec<Output>>,
    clearings: HashMap<WorkspaceId, Vec<Clearing>>,
    /// Oldest first.
    erasures: HashMap<WorkspaceId, Vec<Erasure>>,
    /// Where something was erased: what fingerprints of clicks are made with.
    erased_key: Option<ErasedKey>,
    counted: BTreeMap<Subject, Counted>,
}

impl Config {
    fn from_routing(routing: Routing) -> Self {
        let counted = counted(&routing);
        let mut config = Self { revision: routing.revision, counted, ..Self::default() };
        config.hosts =
            routing.domains.iter().map(|stored| (stored.value.host.clone(), stored.workspace)).collect();
        for stored in routing.networks {
            config.learn_keys(&stored.value);
            let allowed = stored.value.ip_ranges();
            let network = Network { workspace: stored.workspace, network: stored.value, allowed };
            config.networks.insert(network.network.id, network);
        }
        config.workspaces =
            routing.workspaces.into_iter().map(|stored| (stored.value.id, stored.value)).collect();
        config.destinations =
            routing.destinations.into_iter().map(|stored| (stored.value.id, stored.value)).collect();
        let lookback = |campaign: &Campaign| Some((campaign.id, campaign.lookback_days?));
        config.lookback_days =
            routing.campaigns.iter().filter_map(|stored| lookback(&stored.value)).collect();
        for stored in routing.clearings {
            config.clearings.entry(stored.workspace).or_default().push(stored.value);
        }
        for stored in routing.erasures {
            config.erasures.entry(stored.workspace).or_default().push(stored.value);
        }
        for stored in routing.outputs {
            config.outputs.entry(stored.workspace).or_default().push(stored.value);
        }
        config
    }

    fn learn_keys(&mut self, network: &AffiliateNetwork) {
        if network.postback_key.is_empty() {
            self.lacks_keys = true;
        } else {
            let known = KnownKey { network: network.id, until: None };
            self.by_digest.insert(digest(&network.postback_key), known);
        }
        for retired in &network.retired_keys {
            let known = KnownKey { network: network.id, until: Some(retired.until) };
            // The present key of a network comes before a retired one.
            self.by_digest.entry(digest(&retired.key)).or_insert(known);
        }
    }

    /// The network whose key has this SHA-256 at this time. Only digests are compared, whole, in constant time: how long it takes says
    /// nothing about a key.
    pub(crate) fn network_by_digest(&self, digest: &[u8; 32], now: Timestamp) -> Option<&Network> {
        let (stored, known) = self.by_digest.get_key_value(digest)?;
        let same = bool::from(stored.ct_eq(digest)) && known.until.is_none_or(|until| now < until);
        self.networks.get(&known.network).filter(|_| same)
    }

    /// Whether there are networks whose key cannot be read here: an unknown key may be one of theirs.
    pub(crate) const fn lacks_keys(&self) -> bool {
        self.lacks_keys
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

    /// How much of the address of one of its visitors a workspace keeps; of an unknown one, the least that any does.
    pub(crate) fn addresses_of(&self, workspace: WorkspaceId) -> AddressPolicy {
        let strictest = || self.workspaces.values().map(|workspace| workspace.addresses).max();
        let known = self.workspaces.get(&workspace).map(|workspace| workspace.addresses);
        known.or_else(strictest).unwrap_or_default()
    }

    /// A tenant.
    pub(crate) fn workspace(&self, id: WorkspaceId) -> Option<&Workspace> {
        self.workspaces.get(&id)
    }

    /// Every tenant.
    pub(crate) fn workspace_ids(&self) -> Vec<WorkspaceId> {
        self.workspaces.keys().copied().collect()
    }

    /// A destination.
    pub(crate) fn destination(&self, id: DestinationId) -> Option<&Destination> {
        self.destinations.get(&id)
    }

    /// Days after its click in which a conversion counts; `None`: always.
    pub(crate) fn lookback_days(&self, campaign: CampaignId) -> Option<u16> {
        self.lookback_days.get(&campaign).copied()
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

/// SHA-256 of a key as it stands in a path.
pub(crate) fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
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
        // Before everything else: what is written meanwhile makes another one.
        let mark = catalog.routing_mark(SYSTEM).await?;
        let mut config =
            Config { mark: Some(mark), ..Config::from_routing(catalog.load_routing(SYSTEM).await?) };
        if !config.erasures.is_empty() {
            config.erased_key = Some(catalog.erased_key(SYSTEM).await?);
        }
        if config.lacks_keys {
            warn_limited!(
                6,
                "the keys of some networks cannot be read: catalog.secret_key is not the one that they were sealed with; postbacks with an unknown key are answered 503 until it is"
            );
        }
        self.0.store(Some(Arc::new(config)));
        Ok(())
    }

    /// Polls the revision until told to stop.
    pub(crate) async fn follow(self, catalog: Catalog, check: Check, stop: CancellationToken) {
        let mut reconciled = Instant::now();
        while !stop.is_cancelled() {
            match self.refresh(&catalog, reconciled.elapsed() >= RECONCILE_EVERY).await {
                Ok(compared) => {
                    check.ready();
                    if compared {
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

    /// Reads everything when anything changed. Returns whether more was compared than the revision.
    async fn refresh(&self, catalog: &Catalog, reconcile: bool) -> Result<bool, CatalogError> {
        let revision = catalog.config_revision(SYSTEM).await?;
        if let Some(known) = self.get()
            && known.revision == revision
            && (!reconcile || known.mark == Some(catalog.routing_mark(SYSTEM).await?))
        {
            return Ok(reconcile);
        }
        self.load(catalog).await?;
        Ok(true)
    }
}
