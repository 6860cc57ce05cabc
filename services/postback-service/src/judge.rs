//! Judges postbacks: reads what was received, finds the click, makes or changes the conversion, and says what became of it.
//!
//! The cursor stands at the first postback that is not settled. After a crash everything from there is judged again, which changes nothing:
//! a conversion names every postback that was judged against it. A postback whose click may still appear waits without holding up the
//! others; the number that may wait is bounded, and at the bound reading stops until one is settled.
//!
//! Past postbacks that are judged again go through the same hands between two rounds, so that no conversion is in two hands at once.

pub(crate) mod again;
mod by_hand;
mod cleared;
mod convert;
mod events;
mod keyless;
pub(crate) mod position;
mod verdict;

use crate::{
    attribute::{Attribution, Attributor},
    config::{Config, CurrentConfig},
    conversion::RawRef,
    metrics::Metrics,
    outbox::Outbox,
    reading::{self, Reading},
};
pub(crate) use by_hand::METHOD as METHOD_BY_HAND;
pub(crate) use convert::keys;
use convert::too_fast;
use futures::{StreamExt, stream};
use position::Position;
use signalbox_catalog::{Catalog, Error as CatalogError};
use signalbox_chassis::warn_limited;
use signalbox_domain::Timestamp;
use signalbox_events::{
    EventSource, Journal, JournalId, ReadLimit,
    wire::{PostbackRawV1, Record, Verdict},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
pub(crate) use verdict::{Before, Judged, query};

/// Postbacks that may wait for their click at one time.
const HELD_MAX: usize = 50_000;
/// Clicks judged side by side, so that they share commits; postbacks of one click are judged one after another.
const SIDE_BY_SIDE: usize = 256;
/// Verdicts are journaled in writes of about so many bytes.
const WRITE_BYTES: usize = 1 << 20;
const RETRY: Duration = Duration::from_millis(300);
/// How soon a waiting postback is tried again.
const HELD_RETRY: Duration = Duration::from_millis(25);
/// Tries of one compare-and-set.
const CAS_TRIES: usize = 50;

/// What judging needs.
pub(crate) struct Judge {
    pub(crate) catalog: Catalog,
    pub(crate) config: CurrentConfig,
    pub(crate) source: Arc<dyn EventSource>,
    pub(crate) postbacks: JournalId,
    pub(crate) facts: Journal,
    pub(crate) attributor: Attributor,
    pub(crate) outbox: Outbox,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) again: again::Queue,
}

/// Whether a postback is judged as it comes, or again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// For the first time; everything before this number is settled.
    Fresh(u64),
    /// Again: it takes the place among the others that its time of receipt gives it.
    Again,
}

/// A received postback, owned.
#[derive(Debug, Clone)]
struct Received {
    raw: RawRef,
    postback: PostbackRawV1<'static>,
    told_held: bool,
    from: From,
}

/// Who sent what was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// A network, or whoever knows the click's id.
    Network,
    /// A tracking domain, about the events of a click alone.
    TrackingDomain,
}

impl Received {
    /// Whether another one of the same click may be about the same conversion; whose a postback without key is, its click tells.
    fn may_share_conversion_with(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.postback.workspace, other.postback.workspace);
        mine == theirs || mine.is_none() || theirs.is_none()
    }
}

/// Postbacks read and not settled, by sequence number.
type Open = BTreeMap<u64, Received>;

/// Why judging must stop for a moment.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JudgeError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("event log: {0}")]
    Events(#[from] signalbox_events::Error),
    #[error("facts journal: {0}")]
    Append(#[from] signalbox_events::AppendError),
    #[error("a record could not be encoded: {0}")]
    Encode(#[from] signalbox_events::wire::DecodeError),
}

impl Judge {
    /// Judges until told to stop. Errors pass: the store or the journal is tried again, from the cursor.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.run_once(&stop).await {
                warn_limited!(6, %error, "judging postbacks waits");
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(RETRY) => {}
                }
            }
        }
    }

    async fn run_once(&self, stop: &CancellationToken) -> Result<(), JudgeError> {
        let Some(config) = self.config.get() else {
            tokio::time::sleep(RETRY).await;
            return Ok(());
        };
        self.outbox.recover(&config).await?;
        let mut position = Position::load(&self.catalog, self.postbacks).await?;
        let mut open = Open::new();
        let mut next = position.next();
        while !stop.is_cancelled() {
            self.read(&mut open, &mut next).await?;
            let Some(config) = self.config.get() else {
                tokio::time::sleep(RETRY).await;
                continue;
            };
            self.round(&config, &mut open).await?;
            self.judge_again(&config).await?;
            let settled = open.keys().next().copied().unwrap_or(next);
            if settled != position.next() {
                self.facts.sync().await?;
                position.advance(&self.catalog, settled).await?;
                self.source.trim(self.postbacks, position::CONSUMER, settled).await?;
            }
            self.metrics.held().set(open.len() as f64);
            self.metrics.unjudged().set(self.unread(next).await as f64);
        }
        Ok(())
    }

    /// Postbacks journaled that were not read yet.
    async fn unread(&self, next: u64) -> u64 {
        let journals = self.source.journals().await.unwrap_or_default();
        let head =
            journals.iter().find(|journal| journal.id == self.postbacks).map_or(next, |journal| journal.head);
        head.saturating_sub(next)
    }

    /// Reads what has come; waits shortly when postbacks are held, longer when there is nothing to do.
    async fn read(&self, open: &mut Open, next: &mut u64) -> Result<(), JudgeError> {
        let room = HELD_MAX.saturating_sub(open.len());
        if room == 0 {
            tokio::time::sleep(HELD_RETRY).await;
            return Ok(());
        }
        let idle = open.is_empty() && !self.again.is_busy();
        let wait = if idle { Duration::from_millis(500) } else { HELD_RETRY };
        let limit = ReadLimit { records: room.min(2_000), bytes: 4 << 20, wait };
        let batch = self.source.read(self.postbacks, *next, limit).await?;
        *next = batch.next;
        for stored in batch.records {
            let raw = RawRef { journal: self.postbacks.get(), seq: stored.seq };
            let received = |postback: PostbackRawV1<'_>, from| {
                let postback = postback.to_static();
                Received { raw, postback, told_held: false, from }
            };
            match Record::decode(&stored.payload) {
                Ok(Record::PostbackRaw(postback)) => {
                    open.insert(stored.seq, received(postback, From::Network));
                }
                Ok(Record::EventsRaw(said)) => {
                    open.insert(stored.seq, received(said, From::TrackingDomain));
                }
                Ok(_) => tracing::error!(
                    seq = stored.seq,
                    "a record in the postback journal is no postback; it is passed over"
                ),
                Err(error) => {
                    tracing::error!(seq = stored.seq, %error, "a postback cannot be read; it is passed over")
                }
            }
        }
        Ok(())
    }

    /// Judges everything open once; what is settled leaves.
    async fn round(&self, config: &Config, open: &mut Open) -> Result<(), JudgeError> {
        let mut by_click: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        let mut wanted = Vec::new();
        for (seq, received) in &*open {
            let click = reading::read_click_of(&received.postback.parameters).ok();
            let key = click.map_or_else(|| format!("#{}", received.raw.seq), |click| click.to_string());
            by_click.entry(key).or_default().push(*seq);
            wanted.extend(
                click.map(|click| (received.postback.workspace, click, received.postback.heads.as_slice())),
            );
        }
        self.attributor.look_ahead(wanted.into_iter()).await;
        let first_open = open.keys().next().copied().unwrap_or_default();
        let shared: &Open = open;
        let judged: Vec<Result<Vec<(u64, Judged)>, JudgeError>> = stream::iter(by_click.into_values())
            .map(|seqs| self.judge_in_order(config, shared, seqs, first_open))
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await;
        let mut told = Vec::new();
        for group in judged {
            for (seq, judged) in group? {
                self.tell(open, seq, &judged, &mut told)?;
            }
        }
        self.write(&mut told)
    }

    /// Journals what was told.
    fn write(&self, told: &mut Vec<Vec<u8>>) -> Result<(), JudgeError> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for record in told.drain(..) {
            bytes += record.len();
            batch.push(record);
            if bytes >= WRITE_BYTES {
                self.facts.append_batch(&batch)?;
                (batch, bytes) = (Vec::new(), 0);
            }
        }
        self.facts.append_batch(&batch)?;
        Ok(())
    }

    /// Judges the postbacks of one click, one after another. Behind one that waits for the click the others wait too: the click may be
    /// found at any moment, and a later report that found it first would be taken for the first one.
    async fn judge_in_order(
        &self,
        config: &Config,
        open: &Open,
        seqs: Vec<u64>,
        first_open: u64,
    ) -> Result<Vec<(u64, Judged)>, JudgeError> {
        let mut judged = Vec::with_capacity(seqs.len());
        let mut waiting: Vec<&Received> = Vec::new();
        for seq in seqs {
            let Some(received) = open.get(&seq) else { continue };
            let before = waiting.iter().find(|before| before.may_share_conversion_with(received));
            let click = before.and_then(|it| reading::read_click_of(&it.postback.parameters).ok());
            let verdict = match click {
                Some(click) => Judged::held_click(click),
                None => self.judge(config, received, Mode::Fresh(first_open)).await?,
            };
            if verdict.verdict == Verdict::Held {
                waiting.push(received);
            }
            judged.push((seq, verdict));
        }
        Ok(judged)
    }

    /// Says the verdict; a postback that goes on waiting is told once.
    fn tell(
        &self,
        open: &mut Open,
        seq: u64,
        judged: &Judged,
        told: &mut Vec<Vec<u8>>,
    ) -> Result<(), JudgeError> {
        let Some(received) = open.get_mut(&seq) else { return Ok(()) };
        let held = judged.verdict == Verdict::Held;
        // What a tracking domain said is in no log of postbacks; what it did is in that of conversions.
        if received.from == From::TrackingDomain {
            self.metrics.judged(judged.verdict).increment(u64::from(!held));
        } else if !(held && received.told_held) {
            let record = Record::Verdict(judged.record(received.raw, &received.postback, Timestamp::now()))
                .encode()?;
            told.push(record);
            self.metrics.judged(judged.verdict).increment(1);
            received.told_held = held;
        }
        if !held {
            open.remove(&seq);
        }
        Ok(())
    }

    fn read_postback(&self, config: &Config, received: &Received) -> Result<Reading, Judged> {
        let postback = &received.postback;
        let network = config.network(postback.network).ok_or_else(Judged::network_gone)?;
        let workspace = config.workspace(network.workspace);
        reading::read(&postback.parameters, &network.network, workspace).map_err(Judged::refused)
    }

    async fn judge(&self, config: &Config, received: &Received, mode: Mode) -> Result<Judged, JudgeError> {
        if received.from == From::Network && received.postback.method == by_hand::METHOD {
            self.judge_by_hand(config, received).await
        } else if received.from == From::TrackingDomain {
            self.judge_said_events(config, received, mode).await
        } else if received.postback.network.is_none() {
            self.judge_keyless(config, received, mode).await
        } else {
            self.judge_known(config, received, mode).await
        }
    }

    async fn judge_known(
        &self,
        config: &Config,
        received: &Received,
        mode: Mode,
    ) -> Result<Judged, JudgeError> {
        let reading = match self.read_postback(config, received) {
            Ok(reading) => reading,
            Err(judged) => return Ok(judged),
        };
        let postback = &received.postback;
        let found = self.attributor.find(postback.workspace, reading.click, &postback.heads).await;
        if let Some((_, refused)) =
            self.refused_as_gone(config, &[postback.workspace], reading.click, &found).await?
        {
            return Ok(refused);
        }
        let click = match found {
            Attribution::Found(click) => click,
            Attribution::Wait => return Ok(Judged::held(&reading)),
            Attribution::Unknown => return Ok(Judged::orphan(&reading)),
        };
        let of_events = match reading.events.as_slice() {
            [] => None,
            said => Some(self.judge_events(config, received, (&click, said), mode).await?),
        };
        let judged = match of_events {
            Some(judged) if reading.only_events => judged,
            _ => self.judge_conversion(config, received, (&reading, &click), mode).await?,
        };
        Ok(judged.also(&reading.events_left_out))
    }
}

#[cfg(test)]
mod tests;
