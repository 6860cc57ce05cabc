//! Clicks that were never sent, written into the ledger by the engine itself: what a report has to read, and what it has to merge.

use super::{super::place::Place, engine::Engine};
use crate::Error;
use signalbox_domain::{CampaignId, WorkspaceId};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Rows of one statement while filling; each becomes a part or two, which are merged later.
const BLOCK: u64 = 1_000_000;
/// How long filling may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// Campaigns that the rows are spread over; a statement has room for so many.
const CAMPAIGNS: usize = 1_000;
/// Rows are spread over so many seconds.
const SPREAD_SECONDS: u64 = 28 * 86_400;

/// How rows are made.
#[derive(Debug)]
pub(super) struct Rows {
    workspace: WorkspaceId,
    campaigns: String,
    made: AtomicU64,
}

impl Rows {
    /// For the workspace and campaigns of a place that is at rest.
    pub(super) fn of(place: &Place<'_>) -> Result<Self, Error> {
        let id = |text: &str| {
            let id: Result<CampaignId, _> = text.parse();
            id.map(|id| id.0.to_string()).map_err(|error| Error::Mismatch(format!("{text}: {error}")))
        };
        let ids: Result<Vec<_>, _> =
            place.seeded.campaigns.iter().take(CAMPAIGNS).map(|made| id(&made.id)).collect();
        let workspace = place.workspace.parse();
        let workspace = workspace.map_err(|error| Error::Mismatch(format!("the workspace's id: {error}")))?;
        Ok(Self { workspace, campaigns: ids?.join(","), made: AtomicU64::new(0) })
    }

    /// Makes so many, spread over four weeks.
    ///
    /// # Errors
    /// When the engine refuses, or takes too long.
    pub(super) async fn fill(&self, engine: &Engine, count: u64) -> Result<(), Error> {
        let begun = Instant::now();
        let mut left = count;
        while left > 0 {
            if begun.elapsed() > PATIENCE {
                return Err(Error::Mismatch(format!("{left} of {count} rows could not be made in time")));
            }
            let block = left.min(BLOCK);
            engine.run(&self.statement(block, SPREAD_SECONDS)).await?;
            left -= block;
        }
        Ok(())
    }

    /// Makes so many of this moment, as the writer does with a batch.
    ///
    /// # Errors
    /// When the engine refuses.
    pub(super) async fn add(&self, engine: &Engine, count: u64) -> Result<(), Error> {
        engine.run(&self.statement(count, 1)).await.map(drop)
    }

    fn statement(&self, count: u64, spread_seconds: u64) -> String {
        let Self { workspace, campaigns, made } = self;
        let first = made.fetch_add(count, Ordering::Relaxed);
        format!(
            "INSERT INTO facts (workspace, click_at, at, kind, campaign, country, city, device_type, os, browser, language, \
             sub_id_1, sub_id_2, sub_id_3, clicks, unique_campaign, cost, _journal, _seq) \
             WITH cityHash64(number) AS dice, now64(3) - toIntervalSecond(dice % {spread_seconds}) AS moment \
             SELECT {workspace}, moment, moment, 'click', [{campaigns}][1 + (dice DIV 7) % {campaign_count}], \
             ['US','DE','BR','IN','FR','PL','GB','ES','IT','MX','ID','TH'][1 + dice % 12], \
             concat('City ', toString((dice DIV 11) % 300)), ['mobile','desktop','tablet'][1 + (dice DIV 13) % 3], \
             ['Android','iOS','Windows','Mac OS X'][1 + (dice DIV 17) % 4], \
             ['Chrome','Safari','Firefox','Edge','Samsung Internet'][1 + (dice DIV 19) % 5], \
             ['en','de','pt','fr','es','it'][1 + (dice DIV 23) % 6], \
             concat('value-', toString((dice DIV 29) % 500)), concat('value-', toString((dice DIV 31) % 50)), \
             concat('value-', toString((dice DIV 37) % 10)), 1, toInt8((dice DIV 41) % 2), \
             toDecimal128((dice DIV 43) % 900, 9) / 10000, 1, number FROM numbers({first}, {count})",
            workspace = workspace.0,
            campaign_count = campaigns.split(',').count(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_statement_makes_rows_of_its_own() {
        let rows = Rows { workspace: WorkspaceId(7), campaigns: "11,12".into(), made: AtomicU64::new(0) };
        assert!(rows.statement(100, 1).contains("numbers(0, 100)"));
        let next = rows.statement(50, 60);
        assert!(next.contains("numbers(100, 50)") && next.contains("SELECT 7,"));
        assert!(next.contains("[11,12][1 + (dice DIV 7) % 2]"));
    }
}
