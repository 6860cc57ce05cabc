//! The conversion log: the latest state of each conversion, and the history of one.

use super::page::Spec;
use super::{Log, LogPage, LogQuery};
use crate::rows::ConversionRow;
use crate::sql::{Bound, Params};
use crate::{Error, Warehouse};
use signalbox_domain::{ConversionId, EventValues, Scope};
use signalbox_events::wire::ConversionV1;

pub(super) const SPEC: Spec = Spec {
    log: Log::Conversions,
    tag: 'v',
    table: "conversions",
    only: "",
    order: &[("converted_at", ""), ("conversion_id", "UInt128")],
    latest: Some(("revision DESC", "conversion_id")),
};

/// A state of a conversion as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversionEntry {
    /// The state.
    pub conversion: ConversionV1<'static>,
    /// Values of the click's events after it; of status event alone.
    pub events: EventValues,
}

impl ConversionEntry {
    fn of(row: &ConversionRow<'_>) -> Self {
        Self { conversion: row.to_conversion(), events: row.to_events() }
    }
}

impl Warehouse {
    /// Conversions in their latest state, by conversion time, newest first.
    ///
    /// # Errors
    /// As for [`Warehouse::list_clicks`].
    pub async fn list_conversions(
        &self,
        scope: &Scope,
        query: &LogQuery,
    ) -> Result<LogPage<ConversionEntry>, Error> {
        self.page::<ConversionRow<'_>, _>(&SPEC, scope, query, |row| {
            (vec![row.converted_at as u128, row.conversion_id], ConversionEntry::of(&row))
        })
        .await
    }

    /// Every state a conversion has had, oldest first.
    ///
    /// # Errors
    /// As for [`Warehouse::list_clicks`].
    pub async fn conversion_history(
        &self,
        scope: &Scope,
        id: ConversionId,
    ) -> Result<Vec<ConversionEntry>, Error> {
        let mut params = Params::default();
        let workspace = params.bind("UInt64", Bound::Unsigned(scope.workspace.0.into()));
        let id = params.bind("UInt128", Bound::Unsigned(id.0));
        let sql = format!(
            "SELECT ?fields FROM conversions WHERE workspace = {workspace} AND conversion_id = {id} ORDER BY revision LIMIT 10000"
        );
        let query = params.apply(self.client.query(&sql));
        self.fetch_map::<ConversionRow<'_>, _>(query, |row| ConversionEntry::of(&row)).await
    }
}
