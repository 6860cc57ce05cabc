//! The log of landing clicks: visitors who went on from a landing page.

use super::page::Spec;
use super::{Log, LogPage, LogQuery};
use crate::rows::ClickRow;
use crate::{Error, Warehouse};
use signalbox_domain::Scope;
use signalbox_events::wire::LandingClickV1;

pub(super) const SPEC: Spec = Spec {
    log: Log::LandingClicks,
    tag: 'l',
    table: "clicks",
    only: " AND kind = 'landing_click'",
    order: &[("click_at", ""), ("click_id", "UInt128"), ("_journal", "UInt64"), ("_seq", "UInt64")],
    latest: None,
};

impl Warehouse {
    /// Landing clicks, by the time of the click that brought the visitor, newest first, as reports count them.
    ///
    /// # Errors
    /// As for [`Warehouse::list_clicks`].
    pub async fn list_landing_clicks(
        &self,
        scope: &Scope,
        query: &LogQuery,
    ) -> Result<LogPage<LandingClickV1<'static>>, Error> {
        self.page::<ClickRow<'_>, _>(&SPEC, scope, query, |row| {
            let key = vec![row.click_at as u128, row.click_id, row._journal.into(), row._seq.into()];
            (key, row.to_landing_click())
        })
        .await
    }
}
