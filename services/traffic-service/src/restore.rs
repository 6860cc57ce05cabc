//! After a start: who was seen and who stands on a landing page, from the checkpoint and the clicks that the journal took since.
//!
//! Also keeps the checkpoint: written aside every half minute, so that a start replays little. The journal holds what the checkpoint does
//! not cover yet, because the checkpoint is one of its consumers.

use crate::{
    app::App,
    landing::{self, Landings},
    live::VisitorIdentity,
    unique::{Checkpoint, Population, Seen, VisitorKey},
};
use signalbox_domain::{Timestamp, Uniqueness};
use signalbox_engine::Snapshot;
use signalbox_events::{
    Error, Journal, ReadLimit,
    wire::{ClickV1, ClickV2, Record},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Name of the checkpoint among the consumers of the click journal.
pub(crate) const CONSUMER: &str = "traffic-unique";
const CHECKPOINT_EVERY: Duration = Duration::from_secs(30);
const BATCH: ReadLimit = ReadLimit { records: 20_000, bytes: 16 << 20, wait: Duration::ZERO };

/// Memory as it was before the stop.
pub(crate) struct Restored {
    pub(crate) seen: Seen,
    pub(crate) landings: Landings,
    pub(crate) salt: [u8; 16],
    pub(crate) replayed: u64,
}

/// Where the checkpoint lies.
pub(crate) fn checkpoint_path(state_dir: &Path) -> PathBuf {
    state_dir.join("unique.bin")
}

/// Reads the checkpoint and replays the journal from there. A checkpoint that is damaged or of another journal is set aside with a
/// warning and the journal is replayed from its oldest record. Blocking.
pub(crate) fn restore(
    state_dir: &Path,
    clicks: &Journal,
    snapshot: &Snapshot,
    entries_max: usize,
) -> Result<Restored, Error> {
    let mut seen = Seen::new(entries_max);
    let mut salt: [u8; 16] = rand::random();
    let mut from = clicks.tail();
    match Checkpoint::read(&seen, &checkpoint_path(state_dir)) {
        Ok(Some(checkpoint)) => {
            salt = checkpoint.salt;
            if checkpoint.journal == clicks.id().get() {
                from = checkpoint.position.max(from);
            }
        }
        Ok(None) => {}
        Err(error) => {
            tracing::warn!(%error, "the memory of unique visitors could not be read; it is rebuilt from the journal");
            seen = Seen::new(entries_max);
        }
    }
    clicks.register_consumer(CONSUMER)?;
    let landings = Landings::new();
    let replayed = replay(clicks, from, snapshot, &salt, &seen, &landings)?;
    Ok(Restored { seen, landings, salt, replayed })
}

fn replay(
    clicks: &Journal,
    from: u64,
    snapshot: &Snapshot,
    salt: &[u8; 16],
    seen: &Seen,
    landings: &Landings,
) -> Result<u64, Error> {
    let mut reader = clicks.reader(clicks.tail());
    let landing_since = Timestamp::now().plus_ms(-(landing::REMEMBERED.as_millis() as i64));
    let mut count = 0;
    loop {
        let batch = reader.read(BATCH)?;
        if batch.is_empty() {
            return Ok(count);
        }
        for stored in &batch.records {
            let Ok(record) = Record::decode(&stored.payload) else { continue };
            if let Some(click) = record.click()
                && stored.seq >= from
            {
                mark(seen, salt, snapshot, click, record.visitor());
                count += 1;
            }
            match &record {
                Record::Click(click) => keep(landings, &ClickV2::of((**click).clone()), landing_since),
                Record::ClickV2(click) => keep(landings, click, landing_since),
                _ => {
                    if let Some((landing, true)) = record.landing_click() {
                        landings.gone_on(landing.click);
                    }
                }
            }
        }
    }
}

/// Remembers a click whose visitor may still stand on its landing page.
fn keep(landings: &Landings, click: &ClickV2<'_>, since: Timestamp) {
    if click.shows_landing() && click.click.at > since {
        landings.remember(click);
    }
}

/// Marks a journaled click as the hot path did.
fn mark(seen: &Seen, salt: &[u8; 16], snapshot: &Snapshot, click: &ClickV1<'_>, visitor: u64) {
    if click.dims.bot.is_bot() {
        return;
    }
    let uniqueness = snapshot
        .campaign(click.dims.campaign)
        .map_or_else(Uniqueness::default, |campaign| campaign.uniqueness.clone());
    // Records of the first version do not say who it was.
    let visitor = if visitor == 0 {
        let (ip, user_agent) = (click.ip, &*click.user_agent);
        let identity = VisitorIdentity { ip, user_agent, cookie: None, parameter: None, machine: false };
        identity.key(&uniqueness.key)
    } else {
        visitor
    };
    let mut populations =
        vec![Population::Campaign(click.dims.campaign), Population::Workspace(click.dims.workspace)];
    if !click.dims.stream.is_none() {
        populations.push(Population::Stream(click.dims.stream));
    }
    for population in populations {
        seen.mark(VisitorKey::of(salt, population, visitor), click.at, uniqueness.ttl_hours);
    }
}

/// Writes checkpoints until told to stop, and a last one then.
pub(crate) async fn keep_checkpoints(
    app: Arc<App>,
    state_dir: PathBuf,
    stop: tokio_util::sync::CancellationToken,
) {
    loop {
        let stopped = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(CHECKPOINT_EVERY) => false,
        };
        let (app, path) = (Arc::clone(&app), checkpoint_path(&state_dir));
        let written = tokio::task::spawn_blocking(move || checkpoint(&app, &path)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(%error, "the memory of unique visitors could not be written; the journal keeps its clicks until it can");
        }
        if stopped {
            return;
        }
    }
}

fn checkpoint(app: &App, path: &Path) -> Result<(), String> {
    // The position is taken first: a click marked after it may be in the file as well, and is marked again by a replay, which changes nothing.
    let position = app.clicks.head();
    let checkpoint = Checkpoint { salt: app.salt, journal: app.clicks.id().get(), position };
    checkpoint.write(&app.seen, path).map_err(|error| error.to_string())?;
    app.metrics.seen_entries.set(app.seen.len() as f64);
    app.metrics.in_flight.set(app.in_flight.count() as f64);
    app.clicks.trim(CONSUMER, position).map_err(|error| error.to_string())
}
