//! Past postbacks, judged again between two rounds of fresh ones.
//!
//! A verdict is written when it is news. What counted stays counted unless the postback now counts as something else: one that made a sale
//! and is mapped to a registration now leaves the sale and makes the registration.

use super::verdict::settles;
use super::{Before, CAS_TRIES, From, Judge, JudgeError, Judged, Mode, Received, SIDE_BY_SIDE, too_fast};
use crate::{
    config::Config,
    conversion::{Conversion, RawRef},
    reading,
};
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use signalbox_catalog::{Error as CatalogError, Stored};
use signalbox_domain::{ConversionId, Scope, Timestamp};
use signalbox_events::wire::{PostbackRawV1, Record, Verdict};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{mpsc, oneshot};

/// A past postback.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    pub(crate) raw: RawRef,
    /// As received; its workspace is known.
    pub(crate) postback: PostbackRawV1<'static>,
    /// Its last verdict; `None` when it had none.
    pub(crate) before: Option<Before>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Another verdict than before.
    News(Verdict),
    /// As before.
    Unchanged,
    /// The clicks could not be asked: judge it again.
    Wait,
}

/// Postbacks to judge again together.
pub(crate) struct Batch {
    pub(crate) past: Vec<Past>,
    /// Told an outcome for each, in order, when everything is on disk. Dropped when judging failed: send them again.
    pub(crate) done: oneshot::Sender<Vec<Outcome>>,
}

/// Where batches come from: one at a time.
pub(crate) struct Queue {
    batches: Mutex<mpsc::Receiver<Batch>>,
    busy: Arc<AtomicBool>,
}

/// The other end of the queue.
#[derive(Clone)]
pub(crate) struct Feeder {
    batches: mpsc::Sender<Batch>,
    busy: Arc<AtomicBool>,
}

/// A queue and its feeder.
pub(crate) fn queue() -> (Feeder, Queue) {
    let (sender, receiver) = mpsc::channel(1);
    let busy = Arc::new(AtomicBool::new(false));
    (Feeder { batches: sender, busy: Arc::clone(&busy) }, Queue { batches: Mutex::new(receiver), busy })
}

impl Queue {
    /// Whether batches are to be expected soon.
    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }
}

impl Feeder {
    /// Whether batches will follow one another from now on.
    pub(crate) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// What became of each; `None` when judging failed or ended, and nothing is known.
    pub(crate) async fn judge(&self, past: Vec<Past>) -> Option<Vec<Outcome>> {
        let (done, told) = oneshot::channel();
        self.batches.send(Batch { past, done }).await.ok()?;
        told.await.ok()
    }
}

impl Judge {
    /// Judges the next batch, if there is one.
    pub(super) async fn judge_again(&self, config: &Config) -> Result<(), JudgeError> {
        let Ok(batch) = self.again.batches.lock().try_recv() else { return Ok(()) };
        let mut by_click: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, past) in batch.past.iter().enumerate() {
            let click = reading::read_click_of(&past.postback.parameters);
            let key = click.map_or_else(|_| format!("#{index}"), |click| click.to_string());
            by_click.entry(key).or_default().push(index);
        }
        let past = &batch.past;
        let wanted = past.iter().filter_map(|past| {
            let click = reading::read_click_of(&past.postback.parameters).ok()?;
            Some((past.postback.workspace, click, past.postback.heads.as_slice()))
        });
        self.attributor.look_ahead(wanted).await;
        let judged: Vec<Result<Vec<(usize, Outcome)>, JudgeError>> = stream::iter(by_click.into_values())
            .map(|indices| async move {
                let mut outcomes = Vec::with_capacity(indices.len());
                for index in indices {
                    let outcome = self.judge_past(config, &past[index]).await?;
                    outcomes.push((index, outcome));
                    // As with fresh ones, none overtakes one that waits for their click.
                    if outcome == Outcome::Wait {
                        break;
                    }
                }
                Ok(outcomes)
            })
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await;
        let mut outcomes = vec![Outcome::Wait; batch.past.len()];
        for group in judged {
            group?.into_iter().for_each(|(index, outcome)| outcomes[index] = outcome);
        }
        self.facts.sync().await?;
        // Nobody may wait any more, at a stop.
        let _heard = batch.done.send(outcomes).is_ok();
        Ok(())
    }

    async fn judge_past(&self, config: &Config, past: &Past) -> Result<Outcome, JudgeError> {
        if past.before.as_ref().is_some_and(Before::is_erased) {
            return Ok(Outcome::Unchanged);
        }
        let postback = past.postback.clone();
        let received = Received { raw: past.raw, postback, told_held: true, from: From::Network };
        let judged = self.judge(config, &received, Mode::Again).await?;
        if judged.verdict == Verdict::Held {
            return Ok(Outcome::Wait);
        }
        self.leave_earlier(config, past, &judged).await?;
        if !judged.is_news(past.before.as_ref()) {
            return Ok(Outcome::Unchanged);
        }
        let record = judged.record(past.raw, &past.postback, Timestamp::now());
        self.facts.append(&Record::Verdict(record).encode()?)?;
        self.metrics.judged(judged.verdict).increment(1);
        Ok(Outcome::News(judged.verdict))
    }

    /// Takes the postback out of the conversion that it was part of, when it is part of another one now.
    async fn leave_earlier(&self, config: &Config, past: &Past, judged: &Judged) -> Result<(), JudgeError> {
        let earlier = past.before.as_ref().map_or(ConversionId::NONE, |before| before.conversion);
        if earlier.is_none() || earlier == judged.conversion() || !settles(judged.verdict) {
            return Ok(());
        }
        let scope = Scope::system(past.postback.workspace);
        for _ in 0..CAS_TRIES {
            let found: Option<Stored<Conversion>> = self.catalog.conversions().find(&scope, earlier).await?;
            let Some(mut stored) = found else { return Ok(()) };
            let before = stored.value.clone();
            stored.value.take_out(past.raw, self.postbacks.get());
            if stored.value == before {
                return Ok(());
            }
            match self.store(&scope, stored).await {
                Ok(stored) => return self.outbox.flush(config, stored).await,
                Err(CatalogError::VersionMismatch { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(too_fast(earlier))
    }
}
