//! The click log.

use super::page::Spec;
use super::{Log, LogPage, LogQuery};
use crate::rows::ClickRow;
use crate::{Error, Warehouse};
use signalbox_domain::Scope;
use signalbox_events::wire::ClickV2;

pub(super) const SPEC: Spec = Spec {
    log: Log::Clicks,
    tag: 'c',
    table: "clicks",
    only: " AND kind = 'click'",
    order: &[("click_at", ""), ("click_id", "UInt128"), ("_journal", "UInt64"), ("_seq", "UInt64")],
    latest: None,
};

impl Warehouse {
    /// Clicks, newest first, with the trace where one was kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field of the query, [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn list_clicks(
        &self,
        scope: &Scope,
        query: &LogQuery,
    ) -> Result<LogPage<ClickV2<'static>>, Error> {
        self.page::<ClickRow<'_>, _>(&SPEC, scope, query, |row| {
            let key = vec![row.click_at as u128, row.click_id, row._journal.into(), row._seq.into()];
            (key, row.to_click_v2())
        })
        .await
    }
}
