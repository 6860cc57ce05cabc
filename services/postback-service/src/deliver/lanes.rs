//! A lane for each output, each a task of its own that takes what is due and sends it: no lane waits for another one's receiver, breaker,
//! leases or retries.
//!
//! A lane whose circuit is open asks the queue for nothing, and nothing is written about what waits in it.

use super::{
    Parcel,
    breaker::{Admission, OnTrial},
    slots::{Slot, Slots},
    worker::{Deliverer, SYSTEM},
};
use signalbox_catalog::{Error as CatalogError, LeaseRequest, Leased, PAGE_MAX, PageRequest};
use signalbox_chassis::warn_limited;
use signalbox_domain::{OutputId, Timestamp};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    task::{JoinHandle, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// How often a lane asks the queue while nothing is due…
const POLL: Duration = Duration::from_millis(200);
/// …and how much less often for each lane that there is, so that a thousand of them do not keep the catalog busy with nothing.
const POLL_PER_LANE: Duration = Duration::from_millis(1);
/// How long a lease lasts beyond the longest attempt.
const LEASE_SLACK_MS: i64 = 30_000;
/// Most deliveries leased at one time.
const LEASE_MAX: usize = 100;
/// How often deliveries of outputs that no longer exist are looked for…
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// …and in how many pages of what is due; the next time goes on from there.
const SWEEP_PAGES: usize = 20;

/// What a lane waits for.
enum Next {
    /// Nothing: there may be more.
    More,
    /// Something that is queued for it.
    Queued,
    /// A slot, or the end of a pause.
    Room,
    /// A moment: the queue did not answer.
    Answer,
}

/// One output's.
struct Lane {
    deliverer: Deliverer,
    output: OutputId,
    slots: Arc<Slots>,
    queued: Arc<Notify>,
    freed: Arc<Notify>,
    poll: Duration,
}

/// A lane that was started.
struct Started {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Deliverer {
    /// Delivers until told to stop, then finishes what is under way.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let slots = Slots::new(self.bounds.in_flight_max, self.bounds.per_output_max);
        let mut lanes: HashMap<OutputId, Started> = HashMap::new();
        let mut sweep: Option<JoinHandle<Option<String>>> = None;
        let (mut swept, mut place) = (Instant::now(), None);
        while !stop.is_cancelled() {
            let outputs = self.config.get().map(|config| config.output_ids()).unwrap_or_default();
            self.keep_lanes(&mut lanes, &outputs, (&slots, &stop));
            self.breakers.retain(&outputs);
            self.metrics.deliveries_in_flight().set(slots.taken() as f64);
            let told = self.breakers.tell((&self.catalog, &self.worker), &self.metrics, Timestamp::now());
            if let Err(error) = told.await {
                warn_limited!(6, %error, "which outputs get nothing cannot be told now");
            }
            if let Some(ended) = sweep.take_if(|sweep| sweep.is_finished()) {
                place = ended.await.unwrap_or_default();
            }
            if sweep.is_none() && swept.elapsed() >= SWEEP_EVERY {
                swept = Instant::now();
                sweep = Some(tokio::spawn(self.clone().sweep(place.take(), stop.clone())));
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        if let Some(sweep) = sweep {
            drop(sweep.await);
        }
        for (output, lane) in lanes {
            if lane.task.await.is_err() {
                tracing::error!(%output, "the deliveries of an output ended by a panic");
            }
        }
    }

    /// A lane for each output, and none for what no longer exists; one that ended by a panic begins again.
    fn keep_lanes(
        &self,
        lanes: &mut HashMap<OutputId, Started>,
        outputs: &[OutputId],
        (slots, stop): (&Arc<Slots>, &CancellationToken),
    ) {
        for (output, lane) in &*lanes {
            if !outputs.contains(output) {
                lane.stop.cancel();
            }
        }
        lanes.retain(|output, lane| {
            let runs = !lane.task.is_finished();
            if !runs {
                self.bells.remove(*output);
            }
            runs
        });
        let poll = POLL.max(POLL_PER_LANE * u32::try_from(outputs.len()).unwrap_or(u32::MAX));
        for output in outputs {
            lanes.entry(*output).or_insert_with(|| {
                let lane = Lane {
                    deliverer: self.clone(),
                    output: *output,
                    slots: Arc::clone(slots),
                    queued: self.bells.of(*output),
                    freed: Arc::default(),
                    poll,
                };
                let stop = stop.child_token();
                Started { stop: stop.clone(), task: tokio::spawn(lane.run(stop)) }
            });
        }
    }

    /// Gives up what is due for outputs that no longer exist. It only reads what belongs to the others: a lane that stands still may have
    /// very much that is due. Returns where the next sweep goes on.
    async fn sweep(self, mut place: Option<String>, stop: CancellationToken) -> Option<String> {
        for _ in 0..SWEEP_PAGES {
            let page = PageRequest { after: place.take(), limit: PAGE_MAX, newest_first: false };
            let due = self.catalog.deliveries().list_outputs_due(SYSTEM, Timestamp::now(), &page).await;
            let swept = match due {
                Ok((outputs, next)) => {
                    place = next;
                    self.give_up_all(outputs, &stop).await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = swept {
                warn_limited!(6, %error, "deliveries of outputs that no longer exist cannot be looked for");
                return None;
            }
            if place.is_none() || stop.is_cancelled() {
                break;
            }
        }
        place
    }

    /// Gives up what is due for those of these outputs that do not exist.
    async fn give_up_all(
        &self,
        outputs: Vec<OutputId>,
        stop: &CancellationToken,
    ) -> Result<(), CatalogError> {
        let known = self.config.get().map(|config| config.output_ids()).unwrap_or_default();
        for output in outputs.into_iter().filter(|output| !known.contains(output)) {
            // Another node may know an output that was made a moment ago.
            if self.catalog.outputs().find(SYSTEM, output).await?.is_some() {
                continue;
            }
            while !stop.is_cancelled() {
                let leased = self.lease(output, LEASE_MAX).await?;
                if leased.is_empty() {
                    break;
                }
                let mut ends = JoinSet::new();
                for delivery in leased {
                    let this = self.clone();
                    ends.spawn(async move { this.attempt_noted(delivery).await });
                }
                while ends.join_next().await.is_some() {}
            }
        }
        Ok(())
    }

    async fn lease(&self, output: OutputId, most: usize) -> Result<Vec<Leased<Parcel>>, CatalogError> {
        let lease_ms =
            i64::try_from(self.bounds.timeout.as_millis()).unwrap_or(i64::MAX / 2) + LEASE_SLACK_MS;
        let request = LeaseRequest {
            worker: &self.worker,
            output: Some(output),
            now: Timestamp::now(),
            lease_ms,
            limit: u16::try_from(most).unwrap_or(PAGE_MAX),
        };
        self.catalog.deliveries().lease(SYSTEM, &request).await
    }
}

impl Lane {
    async fn run(self, stop: CancellationToken) {
        let mut under_way = JoinSet::new();
        while !stop.is_cancelled() {
            while under_way.try_join_next().is_some() {}
            let next = match self.start_due(&mut under_way).await {
                Ok(next) => next,
                Err(error) => {
                    warn_limited!(6, %error, "the delivery queue does not answer");
                    Next::Answer
                }
            };
            let (queued, freed) = match next {
                Next::More => continue,
                Next::Queued => (true, false),
                Next::Room => (false, true),
                Next::Answer => (false, false),
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.poll) => {}
                () = self.queued.notified(), if queued => {}
                () = self.freed.notified(), if freed => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Starts what is due, as far as there is room.
    async fn start_due(&self, under_way: &mut JoinSet<()>) -> Result<Next, CatalogError> {
        let breakers = &self.deliverer.breakers;
        let (most, on_trial) = match breakers.admission(self.output, Timestamp::now()) {
            Admission::All => (LEASE_MAX, false),
            Admission::Trial => (1, true),
            Admission::Nothing => return Ok(Next::Room),
        };
        let mut slots = self.slots.take(self.output, most, &self.freed);
        if slots.is_empty() {
            return Ok(Next::Room);
        }
        let leased = self.deliverer.lease(self.output, slots.len()).await?;
        if leased.is_empty() {
            return Ok(Next::Queued);
        }
        // It may have opened while the lease was taken: what is given back uses up no attempt.
        let open = !on_trial && breakers.admission(self.output, Timestamp::now()) != Admission::All;
        for (delivery, slot) in leased.into_iter().zip(slots.drain(..)) {
            if open {
                under_way.spawn(self.deliverer.clone().put_back(delivery));
                continue;
            }
            let trial = on_trial.then(|| OnTrial::begin(breakers, self.output));
            under_way.spawn(self.deliverer.clone().deliver(delivery, slot, trial));
        }
        Ok(Next::More)
    }
}

impl Deliverer {
    /// The trial and the slot are over however this ends.
    async fn deliver(self, delivery: Leased<Parcel>, slot: Slot, trial: Option<OnTrial>) {
        self.attempt_noted(delivery).await;
        drop((trial, slot));
    }

    /// Gives a delivery back that was not tried.
    async fn put_back(self, mut delivery: Leased<Parcel>) {
        delivery.value.attempts = delivery.value.attempts.saturating_sub(1);
        let (now, error) = (Timestamp::now(), delivery.value.last_error.clone());
        if let Err(error) = self.catalog.deliveries().retry(SYSTEM, delivery, now, (now, &error)).await {
            warn_limited!(6, %error, "a delivery could not be given back; its lease does");
        }
    }

    async fn attempt_noted(&self, delivery: Leased<Parcel>) {
        if let Err(error) = self.attempt(delivery).await {
            warn_limited!(6, %error, "a delivery could not be noted; its lease gives it back");
        }
    }
}

#[cfg(test)]
mod tests;
