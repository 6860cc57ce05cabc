//! Everything that happens beside: edits through the API, reports, inserts; for as long as something else is measured, and with an account
//! of how much of it there was.

use super::{
    super::{Mix, metrics, mix::Seeded, place::Place},
    engine::Engine,
    rows::Rows,
};
use crate::{Error, api::Api};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    future::Future,
    net::SocketAddr,
    pin::pin,
    time::{Duration, Instant},
};

/// An edit comes so often.
const EDIT_EVERY: Duration = Duration::from_secs(1);
/// A batch is inserted so often, as the writer does.
const INSERT_EVERY: Duration = Duration::from_millis(500);
/// Rows of a batch.
const INSERTED_ROWS: u64 = 10_000;
/// Merges that the engine has begun since its start.
const MERGES: &str = "SELECT value FROM system.events WHERE event = 'Merge'";

/// How much there was, in the turns of both servers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::bench) struct Amount {
    pub(super) seconds: u64,
    /// Campaigns saved.
    pub(super) edits: u64,
    /// Snapshots that came into use; several edits may come with one.
    pub(super) swaps: u64,
    pub(super) reports: u64,
    pub(super) report_ms_median: u64,
    pub(super) rows_inserted: u64,
    pub(super) merges: u64,
}

impl Amount {
    /// Fails when there was none of something: then nothing interfered.
    pub(super) fn hold(&self) -> Result<(), Error> {
        let none = [
            ("edit", self.edits),
            ("swap of a snapshot", self.swaps),
            ("report", self.reports),
            ("merge", self.merges),
        ];
        match none.iter().find(|(_, count)| *count == 0) {
            Some((what, _)) => Err(Error::Mismatch(format!("nothing interfered: there was no {what}"))),
            None => Ok(()),
        }
    }
}

/// What disturbs.
pub(super) struct Disturbance<'a> {
    api: Api,
    mix: Mix,
    seeded: Seeded,
    health: SocketAddr,
    engine: &'a Engine,
    rows: &'a Rows,
    amount: Amount,
    elapsed: Duration,
    report_ms: Vec<u64>,
    edits: usize,
}

impl<'a> Disturbance<'a> {
    /// Of a `traffic-service` with this health listener.
    pub(super) fn of(
        place: &Place<'_>,
        health: SocketAddr,
        engine: &'a Engine,
        rows: &'a Rows,
    ) -> Result<Self, Error> {
        Ok(Self {
            api: place.api()?,
            mix: place.mix.clone(),
            seeded: place.seeded.clone(),
            health,
            engine,
            rows,
            amount: Amount::default(),
            elapsed: Duration::ZERO,
            report_ms: Vec::new(),
            edits: 0,
        })
    }

    /// Disturbs until `work` is done, and finishes what it has begun by then.
    ///
    /// # Errors
    /// Those of `work`, and what was refused.
    pub(super) async fn during<T>(
        &mut self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let begun = Instant::now();
        let merges = self.engine.number(MERGES).await?;
        let revision = self.revision().await?;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut work = pin!(async {
            let done = work.await;
            stop.send_replace(true);
            done
        });
        let over = || *stopped.borrow();
        let (api, engine, rows) = (&self.api, self.engine, self.rows);
        let (mut inserted, mut swaps) = (0, 0);
        let edits = edit(api, &self.mix, &mut self.seeded, (&mut self.edits, &over));
        let reports = report(api, &mut self.report_ms, &over);
        let inserts = insert(engine, rows, &mut inserted, &over);
        let watched = watch(self.health, revision, &mut swaps, &over);
        let (done, edited, reported, stored, seen) =
            tokio::join!(&mut work, edits, reports, inserts, watched);
        edited?;
        reported?;
        stored?;
        seen?;
        self.amount.rows_inserted += inserted;
        self.amount.swaps += swaps;
        self.amount.merges += self.engine.number(MERGES).await?.saturating_sub(merges);
        self.elapsed += begun.elapsed();
        done
    }

    /// How much there was until now.
    pub(super) fn amount(&self) -> Amount {
        let mut took = self.report_ms.clone();
        took.sort_unstable();
        Amount {
            seconds: self.elapsed.as_secs(),
            edits: self.edits as u64,
            reports: took.len() as u64,
            report_ms_median: took.get(took.len() / 2).copied().unwrap_or_default(),
            ..self.amount
        }
    }

    async fn revision(&self) -> Result<u64, Error> {
        revision(self.health).await
    }
}

async fn revision(health: SocketAddr) -> Result<u64, Error> {
    Ok(metrics::read(health, "traffic_snapshot_revision").await? as u64)
}

type Over<'a> = &'a dyn Fn() -> bool;

async fn edit(
    api: &Api,
    mix: &Mix,
    seeded: &mut Seeded,
    (edits, over): (&mut usize, Over<'_>),
) -> Result<(), Error> {
    while !over() {
        let begun = Instant::now();
        seeded.edit(api, mix, *edits).await?;
        *edits += 1;
        tokio::time::sleep(EDIT_EVERY.saturating_sub(begun.elapsed())).await;
    }
    Ok(())
}

async fn report(api: &Api, took_ms: &mut Vec<u64>, over: Over<'_>) -> Result<(), Error> {
    let query = json!({
        "dimensions": ["campaign", "country"], "metrics": ["clicks", "cost"], "range": {"token": "all_time"}, "limit": 100,
        "sort": [{"key": "clicks", "dir": "desc"}],
    });
    while !over() {
        let begun = Instant::now();
        match api.post("/reports/query", &query).await {
            Ok(_) => took_ms.push(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)),
            // The engine refuses when it has too much to do: that is interference too.
            Err(error) if error.is_retryable() => tokio::time::sleep(INSERT_EVERY).await,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn insert(engine: &Engine, rows: &Rows, inserted: &mut u64, over: Over<'_>) -> Result<(), Error> {
    while !over() {
        let begun = Instant::now();
        rows.add(engine, INSERTED_ROWS).await?;
        *inserted += INSERTED_ROWS;
        tokio::time::sleep(INSERT_EVERY.saturating_sub(begun.elapsed())).await;
    }
    Ok(())
}

/// Counts snapshots that came into use.
async fn watch(health: SocketAddr, mut last: u64, swaps: &mut u64, over: Over<'_>) -> Result<(), Error> {
    while !over() {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let now = revision(health).await?;
        *swaps += u64::from(now != last);
        last = now;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_interference_there_is_no_result() {
        let some = Amount { edits: 1, swaps: 1, reports: 1, merges: 1, ..Amount::default() };
        assert!(some.hold().is_ok());
        let error = Amount { swaps: 0, ..some }.hold().unwrap_err().to_string();
        assert!(error.contains("no swap"), "{error}");
    }
}
