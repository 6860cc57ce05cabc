//! The log of outgoing postbacks: every attempt.

use super::page::Spec;
use super::{Log, LogPage, LogQuery};
use crate::rows::DeliveryRow;
use crate::{Error, Warehouse};
use signalbox_domain::Scope;
use signalbox_events::wire::DeliveryV1;

pub(super) const SPEC: Spec = Spec {
    log: Log::Deliveries,
    tag: 'd',
    table: "deliveries",
    only: "",
    order: &[
        ("at", ""),
        ("conversion_id", "UInt128"),
        ("output", "UInt64"),
        ("attempt", "UInt32"),
        ("_journal", "UInt64"),
        ("_seq", "UInt64"),
    ],
    latest: None,
};

impl Warehouse {
    /// Attempts to deliver outgoing postbacks, newest first.
    ///
    /// # Errors
    /// As for [`Warehouse::list_clicks`].
    pub async fn list_deliveries(
        &self,
        scope: &Scope,
        query: &LogQuery,
    ) -> Result<LogPage<DeliveryV1<'static>>, Error> {
        self.page::<DeliveryRow<'_>, _>(&SPEC, scope, query, |row| {
            let key = vec![
                row.at as u128,
                row.conversion_id,
                row.output.into(),
                row.attempt.into(),
                row._journal.into(),
                row._seq.into(),
            ];
            (key, row.to_delivery())
        })
        .await
    }
}
