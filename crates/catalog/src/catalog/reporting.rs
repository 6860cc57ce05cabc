//! What a workspace keeps about its reports: its own metrics, saved views, share links, alerts. Routing does not depend on any of it.

use signalbox_domain::{
    Alert, AlertId, CustomMetric, CustomMetricId, ExportId, Invalid, Retention, Role, SavedView, SavedViewId,
    ScheduledExport, ShareLink, ShareLinkId, WorkspaceId,
};

use super::{Entity, Reference, Repo, Stored};
use crate::Reach::{Instance, Workspace};
use crate::{CollectionSpec, Result, Secrets, SystemScope, UniqueKey};

pub(super) static CUSTOM_METRICS: CollectionSpec = CollectionSpec {
    name: "custom_metrics",
    unique: &[UniqueKey { field: "key", reach: Workspace, paths: &["key"] }],
    indexes: &[],
};
pub(super) static SAVED_VIEWS: CollectionSpec =
    CollectionSpec { name: "saved_views", unique: &[], indexes: &[] };
pub(super) static SHARE_LINKS: CollectionSpec = CollectionSpec {
    name: "share_links",
    unique: &[UniqueKey { field: "token_sha256", reach: Instance, paths: &["token_sha256"] }],
    indexes: &[],
};
pub(super) static ALERTS: CollectionSpec = CollectionSpec { name: "alerts", unique: &[], indexes: &[] };
pub(super) static SCHEDULED_EXPORTS: CollectionSpec =
    CollectionSpec { name: "scheduled_exports", unique: &[], indexes: &[] };
/// How long single events are kept: one document for each workspace, under the workspace's id.
pub(super) static RETENTION: CollectionSpec = CollectionSpec { name: "retention", unique: &[], indexes: &[] };
/// What work that recurs remembers, and which node does it.
pub(super) static JOBS: CollectionSpec = CollectionSpec { name: "jobs", unique: &[], indexes: &[] };

/// An entity that routing does not depend on.
macro_rules! entity {
    ($kind:ty, $id:ty, $spec:ident, $write:expr) => {
        impl Entity for $kind {
            type Id = $id;
            const WRITE: Role = $write;
            const ROUTED: bool = false;

            fn spec() -> &'static CollectionSpec {
                &$spec
            }

            fn id(&self) -> $id {
                self.id
            }

            fn check(&self) -> Result<(), Invalid> {
                self.validate()
            }
        }
    };
}

entity!(CustomMetric, CustomMetricId, CUSTOM_METRICS, Role::Editor);
// Everybody keeps views of their own; who may change a view of all is for the caller to say.
entity!(SavedView, SavedViewId, SAVED_VIEWS, Role::Viewer);
entity!(ShareLink, ShareLinkId, SHARE_LINKS, Role::Editor);

impl Entity for Alert {
    type Id = AlertId;
    const ROUTED: bool = false;
    // Addresses of webhooks are often secrets themselves.
    const SECRETS: Option<Secrets> = Some(Secrets { found_by: None, more: &["channels"] });

    fn spec() -> &'static CollectionSpec {
        &ALERTS
    }

    fn id(&self) -> AlertId {
        self.id
    }

    fn check(&self) -> std::result::Result<(), Invalid> {
        self.validate()
    }

    fn check_stored(&self) -> std::result::Result<(), Invalid> {
        self.validate_stored()
    }
}

impl Entity for Retention {
    type Id = WorkspaceId;
    const WRITE: Role = Role::Admin;
    const ROUTED: bool = false;

    fn spec() -> &'static CollectionSpec {
        &RETENTION
    }

    fn id(&self) -> WorkspaceId {
        self.id
    }

    fn check(&self) -> Result<(), Invalid> {
        self.validate()
    }
}

impl Entity for ScheduledExport {
    type Id = ExportId;
    const ROUTED: bool = false;

    fn spec() -> &'static CollectionSpec {
        &SCHEDULED_EXPORTS
    }

    fn id(&self) -> ExportId {
        self.id
    }

    fn check(&self) -> Result<(), Invalid> {
        self.validate()
    }

    fn references(&self) -> Vec<Reference> {
        vec![Reference::new("view_id", "saved_views", self.view_id)]
    }
}

impl Repo<'_, ShareLink> {
    /// The link with this token, by its SHA-256 in hexadecimal; its workspace is in the envelope.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find_by_token(
        &self,
        system: SystemScope,
        sha256: &str,
    ) -> Result<Option<Stored<ShareLink>>> {
        self.find_by(system, "token_sha256", sha256).await
    }
}
