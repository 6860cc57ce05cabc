//! How workspaces have their exchange rates fetched. The rates themselves are in the workspace.

use signalbox_domain::{Invalid, RateFetch, Role, WorkspaceId};

use super::Entity;
use crate::{CollectionSpec, Secrets};

/// One document for each workspace, under the workspace's id.
pub(super) static RATE_FETCHES: CollectionSpec =
    CollectionSpec { name: "rate_fetches", unique: &[], indexes: &[] };

impl Entity for RateFetch {
    type Id = WorkspaceId;
    const WRITE: Role = Role::Admin;
    const ROUTED: bool = false;
    // Addresses of services that sell rates hold a key.
    const SECRETS: Option<Secrets> = Some(Secrets { found_by: None, more: &["feed"] });

    fn spec() -> &'static CollectionSpec {
        &RATE_FETCHES
    }

    fn id(&self) -> WorkspaceId {
        self.id
    }

    fn check(&self) -> Result<(), Invalid> {
        self.validate()
    }

    fn check_stored(&self) -> Result<(), Invalid> {
        self.validate_stored()
    }
}
