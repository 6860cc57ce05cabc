//! The configuration entities: which collection holds them, what is unique, who may change them, what they
//! refer to. The stored format of each is pinned by `tests/golden`.

use std::fmt::Display;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use signalbox_domain::{
    Action, AffiliateNetwork, AffiliateNetworkId, ApiKey, ApiKeyId, Campaign, CampaignId, Clearing,
    ClearingId, Destination, DestinationId, Domain, DomainId, Erasure, ErasureId, Invalid, Output, OutputId,
    OutputScope, Role, TrafficSource, TrafficSourceId, User, UserId, Workspace, WorkspaceId,
};

use super::references::Reference;
use crate::Reach::{Instance, Workspace as InWorkspace};
use crate::{CollectionSpec, IndexSpec, Secrets, UniqueKey};

/// To which workspace an entity's document belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// The one of the caller's scope.
    Scope,
    /// This one (a workspace belongs to itself).
    Own(WorkspaceId),
    /// None: it belongs to the instance, and only system scopes reach it.
    Instance,
}

/// Something kept by a [`super::Repo`].
pub trait Entity: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Its id.
    type Id: Display + FromStr + Copy + PartialEq + Send + Sync;
    /// Format that this version writes; it reads all up to it.
    const SCHEMA: u16 = 1;
    /// Least role that may change it.
    const WRITE: Role = Role::Editor;
    /// Whether routing depends on it: each change raises the configuration revision.
    const ROUTED: bool = true;
    /// Fields that are sealed before they are stored.
    const SECRETS: Option<Secrets> = None;

    /// The collection.
    fn spec() -> &'static CollectionSpec;
    /// Its id.
    fn id(&self) -> Self::Id;
    /// Rules of the domain.
    ///
    /// # Errors
    /// Every problem with its field.
    fn check(&self) -> Result<(), Invalid>;
    /// Rules of the domain for what is stored already, whose secrets may be sealed with a key that is not here.
    ///
    /// # Errors
    /// As [`Entity::check`].
    fn check_stored(&self) -> Result<(), Invalid> {
        self.check()
    }
    /// To which workspace it belongs.
    fn home(&self) -> Home {
        Home::Scope
    }
    /// Values to look it up by that are no field of its own.
    fn derived(&self) -> Option<Value> {
        None
    }
    /// What it refers to.
    fn references(&self) -> Vec<Reference> {
        Vec::new()
    }
}

const fn collection(
    name: &'static str,
    unique: &'static [UniqueKey],
    indexes: &'static [IndexSpec],
) -> CollectionSpec {
    CollectionSpec { name, unique, indexes }
}

/// A unique key over the instance whose field and path are the same.
macro_rules! unique {
    ($field:literal) => {
        &[UniqueKey { field: $field, reach: Instance, paths: &[$field] }]
    };
}

static WORKSPACES: CollectionSpec = collection("workspaces", &[], &[]);
static DOMAINS: CollectionSpec = collection("domains", unique!("host"), &[]);
/// `_index.link` is `<domain id or *>/<slug>`: a slug is taken once per domain, and once among the campaigns
/// that answer on every host, because two of those would meet on a host that no domain claims.
static CAMPAIGNS: CollectionSpec =
    collection("campaigns", &[UniqueKey { field: "slug", reach: Instance, paths: &["_index.link"] }], &[]);
static DESTINATIONS: CollectionSpec = collection("destinations", &[], &[]);
static TRAFFIC_SOURCES: CollectionSpec = collection("traffic_sources", &[], &[]);
static AFFILIATE_NETWORKS: CollectionSpec = collection("affiliate_networks", unique!("postback_key"), &[]);
static OUTPUTS: CollectionSpec = collection("outputs", &[], &[]);
static USERS: CollectionSpec = collection("users", unique!("email"), &[]);
static API_KEYS: CollectionSpec = collection("api_keys", unique!("secret_sha256"), &[]);
pub(super) static SESSIONS: CollectionSpec = collection(
    "sessions",
    &[],
    &[
        IndexSpec { reach: Instance, paths: &["user_id"] },
        IndexSpec { reach: Instance, paths: &["expires_at"] },
    ],
);
pub(super) static META: CollectionSpec = collection("meta", &[], &[]);
pub(super) static CURSORS: CollectionSpec = collection("cursors", &[], &[]);
pub(super) static COUNTERS: CollectionSpec = collection("counters", &[], &[]);

const RECORD_INDEXES: &[IndexSpec] = &[
    IndexSpec { reach: InWorkspace, paths: &["_index.click", "_index.at"] },
    IndexSpec { reach: InWorkspace, paths: &["_index.at"] },
    IndexSpec { reach: Instance, paths: &["_index.pending"] },
];
pub(super) static CONVERSIONS: CollectionSpec = collection("conversions", &[], RECORD_INDEXES);
pub(super) static ORPHANS: CollectionSpec = collection("orphans", &[], RECORD_INDEXES);
/// Past postbacks that are judged again.
pub(super) static REPLAYS: CollectionSpec = collection("postback_replays", &[], RECORD_INDEXES);
/// Conversions that people bring in.
pub(super) static UPLOADS: CollectionSpec = collection("postback_uploads", &[], RECORD_INDEXES);
pub(super) static DELIVERIES: CollectionSpec = collection(
    "deliveries",
    &[],
    &[
        IndexSpec { reach: Instance, paths: &["due_at"] },
        IndexSpec { reach: Instance, paths: &["output_id", "due_at"] },
        IndexSpec { reach: Instance, paths: &["state", "changed_at"] },
        IndexSpec { reach: InWorkspace, paths: &["state", "changed_at"] },
        IndexSpec { reach: InWorkspace, paths: &["output_id", "changed_at"] },
        IndexSpec { reach: InWorkspace, paths: &["changed_at"] },
    ],
);

/// What was cleared, by workspace.
static CLEARINGS: CollectionSpec = collection("clearings", &[], &[]);
/// Whose data was erased, by workspace; no longer whose, once it is.
static ERASURES: CollectionSpec = collection("erasures", &[], &[]);

/// Every collection.
pub(super) static COLLECTIONS: &[&CollectionSpec] = &[
    &META,
    &WORKSPACES,
    &DOMAINS,
    &CAMPAIGNS,
    &DESTINATIONS,
    &TRAFFIC_SOURCES,
    &AFFILIATE_NETWORKS,
    &OUTPUTS,
    &USERS,
    &API_KEYS,
    &SESSIONS,
    &CURSORS,
    &COUNTERS,
    &CONVERSIONS,
    &ORPHANS,
    &REPLAYS,
    &UPLOADS,
    &DELIVERIES,
    &super::reporting::CUSTOM_METRICS,
    &super::reporting::SAVED_VIEWS,
    &super::reporting::SHARE_LINKS,
    &super::reporting::ALERTS,
    &super::reporting::SCHEDULED_EXPORTS,
    &super::reporting::RETENTION,
    &super::rates::RATE_FETCHES,
    &super::reporting::JOBS,
    &CLEARINGS,
    &ERASURES,
    &super::erased::ERASED_CLICKS,
    &super::costs::COSTS,
    &super::costs::COST_HEADS,
    &super::graves::GRAVES,
];

/// The collection of a kind, for checking references.
pub(super) fn spec_of(kind: &str) -> Option<&'static CollectionSpec> {
    COLLECTIONS.iter().copied().find(|spec| spec.name == kind)
}

/// Collections whose entities may refer to one of `kind`.
pub(super) fn users_of(kind: &str) -> Vec<&'static CollectionSpec> {
    match kind {
        "campaigns" => vec![&DOMAINS, &CAMPAIGNS, &OUTPUTS],
        "destinations" => vec![&CAMPAIGNS, &DESTINATIONS],
        "traffic_sources" => vec![&CAMPAIGNS, &OUTPUTS],
        "affiliate_networks" => vec![&DESTINATIONS, &OUTPUTS],
        "domains" => vec![&CAMPAIGNS],
        "saved_views" => vec![&super::reporting::SCHEDULED_EXPORTS],
        "workspaces" => vec![&USERS],
        _ => vec![],
    }
}

/// Collections that must be empty in a workspace before it can go.
pub(super) static CONTENT: &[&CollectionSpec] = &[
    &DOMAINS,
    &CAMPAIGNS,
    &DESTINATIONS,
    &TRAFFIC_SOURCES,
    &AFFILIATE_NETWORKS,
    &OUTPUTS,
    &API_KEYS,
    &CONVERSIONS,
    &super::reporting::ALERTS,
    &super::reporting::SCHEDULED_EXPORTS,
];

/// The parts of [`Entity`] that are the same for all.
macro_rules! entity {
    ($id:ty, $spec:ident) => {
        type Id = $id;

        fn spec() -> &'static CollectionSpec {
            &$spec
        }

        fn id(&self) -> $id {
            self.id
        }

        fn check(&self) -> Result<(), Invalid> {
            self.validate()
        }
    };
}

impl Entity for Workspace {
    entity!(WorkspaceId, WORKSPACES);
    const WRITE: Role = Role::Admin;

    fn home(&self) -> Home {
        Home::Own(self.id)
    }
}

impl Entity for Domain {
    entity!(DomainId, DOMAINS);

    fn references(&self) -> Vec<Reference> {
        let campaign =
            self.default_campaign_id.map(|id| Reference::new("default_campaign_id", "campaigns", id));
        campaign.into_iter().collect()
    }
}

impl Entity for Campaign {
    entity!(CampaignId, CAMPAIGNS);

    fn derived(&self) -> Option<Value> {
        let domain = self.domain_id.map_or_else(|| "*".to_owned(), |id| id.to_string());
        Some(json!({ "link": format!("{domain}/{}", self.slug.as_str()) }))
    }

    fn references(&self) -> Vec<Reference> {
        let domain = self.domain_id.map(|id| Reference::new("domain_id", "domains", id));
        let source = self.source_id.map(|id| Reference::new("source_id", "traffic_sources", id));
        let mut references: Vec<Reference> = domain.into_iter().chain(source).collect();
        for (number, stream) in self.streams.iter().enumerate() {
            if let Action::Campaign { campaign_id } = stream.action {
                let field = format!("streams[{number}].action.campaign_id");
                references.push(Reference::new(field, "campaigns", campaign_id));
            }
            for (list, routes) in [("landings", &stream.landings), ("routes", &stream.routes)] {
                references.extend(routes.iter().enumerate().map(|(index, route)| {
                    let field = format!("streams[{number}].{list}[{index}].destination_id");
                    Reference::new(field, "destinations", route.destination_id)
                }));
            }
        }
        references
    }
}

impl Entity for Destination {
    entity!(DestinationId, DESTINATIONS);

    fn references(&self) -> Vec<Reference> {
        let network = self.network_id.map(|id| Reference::new("network_id", "affiliate_networks", id));
        let alternative = self.alternative_id.map(|id| Reference::new("alternative_id", "destinations", id));
        network.into_iter().chain(alternative).collect()
    }
}

impl Entity for TrafficSource {
    entity!(TrafficSourceId, TRAFFIC_SOURCES);
}

impl Entity for AffiliateNetwork {
    entity!(AffiliateNetworkId, AFFILIATE_NETWORKS);
    const SECRETS: Option<Secrets> =
        Some(Secrets { found_by: Some("postback_key"), more: &["retired_keys"] });

    fn check_stored(&self) -> Result<(), Invalid> {
        self.validate_stored()
    }
}

impl Entity for Output {
    entity!(OutputId, OUTPUTS);
    const SECRETS: Option<Secrets> = Some(Secrets { found_by: None, more: &["credentials"] });

    fn check_stored(&self) -> Result<(), Invalid> {
        self.validate_stored()
    }

    fn references(&self) -> Vec<Reference> {
        match self.scope {
            OutputScope::Workspace => Vec::new(),
            OutputScope::Source(id) => vec![Reference::new("scope.id", "traffic_sources", id)],
            OutputScope::Campaign(id) => vec![Reference::new("scope.id", "campaigns", id)],
            OutputScope::Network(id) => vec![Reference::new("scope.id", "affiliate_networks", id)],
        }
    }
}

/// Postbacks for cleared clicks are refused, so the services that judge them must know it at once.
impl Entity for Clearing {
    entity!(ClearingId, CLEARINGS);
    const WRITE: Role = Role::Admin;
}

/// The same of erased clicks.
impl Entity for Erasure {
    entity!(ErasureId, ERASURES);
    const WRITE: Role = Role::Admin;
}

impl Entity for User {
    entity!(UserId, USERS);
    const WRITE: Role = Role::Admin;
    const ROUTED: bool = false;

    fn home(&self) -> Home {
        Home::Instance
    }

    fn references(&self) -> Vec<Reference> {
        let memberships = self.memberships.iter().enumerate();
        let reference = |(index, membership): (usize, &signalbox_domain::Membership)| {
            let field = format!("memberships[{index}].workspace_id");
            Reference::new(field, "workspaces", membership.workspace_id)
        };
        memberships.map(reference).collect()
    }
}

impl Entity for ApiKey {
    entity!(ApiKeyId, API_KEYS);
    const WRITE: Role = Role::Admin;
    const ROUTED: bool = false;
}
