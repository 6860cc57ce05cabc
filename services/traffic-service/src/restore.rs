//! After a start: who was seen, who stands on a landing page and what was counted, from the checkpoints and the clicks that the journal
//! took since.
//!
//! Also keeps the checkpoint: written aside every half minute, so that a start replays little. The journal holds what the checkpoint does
//! not cover yet, because the checkpoint is one of its consumers.

use crate::{
    app::App,
    converted,
    counters::{Counters, checkpoint as counted},
    landing::{self, Landings},
    live::VisitorIdentity,
    unique::{Checkpoint, Population, Seen, VisitorKey},
};
use rustc_hash::FxHashMap;
use signalbox_domain::{CampaignId, DestinationId, StreamId, Timestamp, Uniqueness, WorkspaceId};
use signalbox_engine::{Snapshot, counted_subjects};
use signalbox_events::{
    Error, Journal, ReadLimit,
    wire::{ClickV1, ClickV2, Record},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// Name of the checkpoint among the consumers of the click journal.
pub(crate) const CONSUMER: &str = "traffic-unique";
const CHECKPOINT_EVERY: Duration = Duration::from_secs(30);
/// How soon what other services told is on disk.
const TOLD_EVERY: Duration = Duration::from_secs(1);
const CHECKPOINT_BYTES_A_SECOND: u64 = 2 << 20;
const BATCH: ReadLimit = ReadLimit { records: 20_000, bytes: 16 << 20, wait: Duration::ZERO };

/// Memory as it was before the stop.
pub(crate) struct Restored {
    pub(crate) seen: Seen,
    pub(crate) counters: Counters,
    pub(crate) landings: Landings,
    pub(crate) salt: [u8; 16],
    pub(crate) replayed: u64,
    /// For how many hours streams that repeat no destination remember.
    remembering: FxHashMap<StreamId, u16>,
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
    let journal = clicks.id().get();
    let counters = Counters::new(journal, counted::read(&counted::path(state_dir), journal));
    counters.want(counted_subjects(snapshot));
    let streams = snapshot.campaigns().iter().flat_map(|campaign| &campaign.streams);
    let remembering = streams.filter_map(|stream| Some((stream.id, stream.no_repeat.as_ref()?.ttl_hours)));
    let remembering = remembering.collect();
    let mut memory = Restored { seen, counters, landings: Landings::new(), salt, replayed: 0, remembering };
    memory.replayed = replay(clicks, from, snapshot, &memory)?;
    Ok(memory)
}

fn replay(clicks: &Journal, from: u64, snapshot: &Snapshot, memory: &Restored) -> Result<u64, Error> {
    let mut reader = clicks.reader(clicks.tail());
    let landing_since = Timestamp::now().plus_ms(-(landing::REMEMBERED.as_millis() as i64));
    let mut count = 0;
    loop {
        let batch = reader.read(BATCH)?;
        if batch.is_empty() {
            memory.counters.passed(reader.position());
            return Ok(count);
        }
        for stored in &batch.records {
            let Ok(record) = Record::decode(&stored.payload) else { continue };
            memory.counters.replay(stored.seq, &record);
            if stored.seq >= from {
                count += u64::from(mark(memory, snapshot, &record));
            }
            match &record {
                Record::Click(click) => {
                    keep(&memory.landings, &ClickV2::of((**click).clone()), landing_since)
                }
                Record::ClickV2(click) => keep(&memory.landings, click, landing_since),
                _ => {
                    if let Some((landing, true)) = record.landing_click() {
                        memory.landings.gone_on(landing.click);
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

/// A visit as the memory of visitors knows it.
struct Visit {
    at: Timestamp,
    campaign: CampaignId,
    workspace: WorkspaceId,
    stream: StreamId,
    /// The stream that chose the destination.
    chooser: StreamId,
    destination: DestinationId,
    /// Something that followed from a click: nobody is new by it.
    later: bool,
    visitor: u64,
}

impl Visit {
    fn of(record: &Record<'_>, snapshot: &Snapshot) -> Option<Self> {
        let routing = |inner: StreamId, own: StreamId| if inner.is_none() { own } else { inner };
        Some(match record {
            Record::Click(click) => Self::of_click(click, (0, StreamId::NONE), snapshot)?,
            Record::ClickV2(full) => {
                Self::of_click(&full.click, (full.visitor, full.passed_to_stream), snapshot)?
            }
            Record::Counted(click) if click.visitor != 0 => Self {
                at: click.at,
                campaign: click.campaign,
                workspace: click.workspace,
                stream: click.stream,
                chooser: routing(click.passed_to_stream, click.stream),
                destination: click.destination,
                later: click.going_on,
                visitor: click.visitor,
            },
            _ => return None,
        })
    }

    fn of_click(click: &ClickV1<'_>, (visitor, inner): (u64, StreamId), snapshot: &Snapshot) -> Option<Self> {
        let dims = &click.dims;
        if dims.bot.is_bot() {
            return None;
        }
        // Records of the first version do not say who it was.
        let by_address = || {
            let by = snapshot.campaign(dims.campaign).map(|campaign| campaign.uniqueness.key.clone());
            let (ip, user_agent) = (click.ip, &*click.user_agent);
            let identity =
                VisitorIdentity { ip, user_agent, cookie: None, parameter: None, machine: false, salt: None };
            identity.key(&by.unwrap_or_default())
        };
        Some(Self {
            at: click.at,
            campaign: dims.campaign,
            workspace: dims.workspace,
            stream: dims.stream,
            chooser: if inner.is_none() { dims.stream } else { inner },
            destination: dims.destination,
            later: false,
            visitor: if visitor == 0 { by_address() } else { visitor },
        })
    }
}

/// Marks a journaled visit as the hot path did. Tells whether there was one.
fn mark(memory: &Restored, snapshot: &Snapshot, record: &Record<'_>) -> bool {
    let mark = |population, visitor, at, hours| {
        memory.seen.mark(VisitorKey::of(&memory.salt, population, visitor), at, hours);
    };
    let visited = |chooser: StreamId, destination: DestinationId, visitor, at| {
        let hours = memory.remembering.get(&chooser).copied();
        if let Some(hours) = hours.filter(|_| !destination.is_none()) {
            mark(Population::Visited(chooser, destination), visitor, at, hours);
        }
    };
    if let Record::LandingClickV2(full) = record
        && let Some(landed) = memory.landings.find(full.landing_click.click)
        && !full.landing_click.dims.bot.is_bot()
    {
        let dims = &full.landing_click.dims;
        let chooser = if full.passed_to_stream.is_none() { dims.stream } else { full.passed_to_stream };
        visited(chooser, dims.destination, landed.click().visitor, full.landing_click.at);
        return true;
    }
    let Some(visit) = Visit::of(record, snapshot) else { return false };
    visited(visit.chooser, visit.destination, visit.visitor, visit.at);
    if visit.later {
        return true;
    }
    let uniqueness = snapshot.campaign(visit.campaign).map(|campaign| campaign.uniqueness.ttl_hours);
    let hours = uniqueness.unwrap_or_else(|| Uniqueness::default().ttl_hours);
    let mut populations = vec![Population::Campaign(visit.campaign), Population::Workspace(visit.workspace)];
    if !visit.stream.is_none() {
        populations.push(Population::Stream(visit.stream));
    }
    populations.into_iter().for_each(|population| mark(population, visit.visitor, visit.at, hours));
    true
}

/// Writes checkpoints until told to stop, and a last one then: what other services told as soon as possible, everything every half minute.
/// Large ones are written less often, so that they take no more than a few megabytes a second; the journal keeps what they do not cover.
pub(crate) async fn keep_checkpoints(
    app: Arc<App>,
    state_dir: PathBuf,
    stop: tokio_util::sync::CancellationToken,
) {
    let mut told = Pace::new(TOLD_EVERY);
    let mut whole = Pace::new(CHECKPOINT_EVERY);
    loop {
        let stopped = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(TOLD_EVERY) => false,
        };
        let everything = stopped || whole.is_due();
        let tells = !everything && told.is_due() && app.counters.take_told();
        if !everything && !tells {
            continue;
        }
        let (on, dir) = (Arc::clone(&app), state_dir.clone());
        let work = move || {
            if everything {
                checkpoint(&on, &dir)
            } else {
                told_checkpoint(&on, &dir).map(|(_, bytes)| bytes)
            }
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(bytes)) => {
                if everything {
                    whole.wrote(bytes)
                } else {
                    told.wrote(bytes)
                }
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the memory of visitors and counters could not be written; the journal keeps its clicks until it can");
            }
            Err(error) => tracing::error!(%error, "writing the memory of visitors and counters failed"),
        }
        if stopped {
            return;
        }
    }
}

/// How often something is written, by its size.
struct Pace {
    least: Duration,
    wait: Duration,
    wrote_at: Instant,
}

impl Pace {
    fn new(least: Duration) -> Self {
        Self { least, wait: least, wrote_at: Instant::now() }
    }

    fn is_due(&self) -> bool {
        self.wrote_at.elapsed() >= self.wait
    }

    fn wrote(&mut self, bytes: u64) {
        self.wait = self.least.max(Duration::from_secs(bytes / CHECKPOINT_BYTES_A_SECOND));
        self.wrote_at = Instant::now();
    }
}

/// Writes what other services told, with what it stands on. The position from which the journal is needed, and the bytes.
fn told_checkpoint(app: &App, state_dir: &Path) -> Result<(u64, u64), String> {
    let text = |error: std::io::Error| error.to_string();
    app.converted.write(&converted::path(state_dir)).map_err(text)?;
    app.counters.write_checkpoint(&counted::path(state_dir)).map_err(text)
}

/// Writes everything; the bytes of it.
fn checkpoint(app: &App, state_dir: &Path) -> Result<u64, String> {
    let (counted, counted_bytes) = told_checkpoint(app, state_dir)?;
    // The position is taken first: a click marked after it may be in the file as well, and is marked again by a replay, which changes nothing.
    let position = app.clicks.head();
    let checkpoint = Checkpoint { salt: app.salt, journal: app.clicks.id().get(), position };
    let bytes =
        checkpoint.write(&app.seen, &checkpoint_path(state_dir)).map_err(|error| error.to_string())?;
    app.metrics.seen_entries.set(app.seen.len() as f64);
    app.metrics.seen_bytes.set(app.seen.bytes() as f64);
    app.metrics.seen_forgotten.absolute(app.seen.forgotten());
    app.metrics.in_flight.set(app.in_flight.count() as f64);
    app.clicks.trim(CONSUMER, position.min(counted)).map_err(|error| error.to_string())?;
    Ok(bytes + counted_bytes)
}
