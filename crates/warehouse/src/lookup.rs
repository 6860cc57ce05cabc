//! Clicks by id, for attribution and for the click page.

use crate::{Error, Warehouse};
use signalbox_domain::{ClickId, Scope};
use signalbox_events::wire::{ClickDims, ClickV1, LandingClickV1};

/// A click as it was recorded, and the last landing click that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredClick {
    /// The click.
    pub click: ClickV1<'static>,
    /// The latest landing click, when the visitor went on from a landing page.
    pub landing_click: Option<LandingClickV1<'static>>,
}

impl StoredClick {
    /// The dimensions a conversion of this click carries: those of the click, with the destination and network that were chosen
    /// when the visitor went on from the landing.
    pub fn conversion_dims(&self) -> &ClickDims<'static> {
        self.landing_click.as_ref().map_or(&self.click.dims, |landing| &landing.dims)
    }
}

impl Warehouse {
    /// The click with this id in the scope's workspace.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn find_click(&self, scope: &Scope, id: ClickId) -> Result<Option<StoredClick>, Error> {
        Ok(self.find_clicks(scope, &[id]).await?.pop())
    }

    /// The clicks with these ids (at most 1000) that exist in the scope's workspace, in no particular order.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too many ids, [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn find_clicks(&self, _scope: &Scope, _ids: &[ClickId]) -> Result<Vec<StoredClick>, Error> {
        Err(Error::Unavailable { reason: "not built yet".to_owned() })
    }
}
