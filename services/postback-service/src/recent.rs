//! Recent clicks in memory, fed by the event stream, so that a conversion finds its click without asking ClickHouse.
//!
//! Bounded: beyond `recent_clicks_max` the clicks least recently used leave; ClickHouse has them. `passed` tells how far each click journal
//! has come, which decides whether an unknown click can still appear.

use moka::{policy::EvictionPolicy, sync::Cache};
use signalbox_chassis::warn_limited;
use signalbox_domain::ClickId;
use signalbox_events::{
    EventSource, JournalId, ReadLimit, Stream,
    wire::{ClickDims, HeadPosition, Record},
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::conversion::Click;

const BATCH: ReadLimit = ReadLimit { records: 5_000, bytes: 4 << 20, wait: Duration::from_millis(500) };
const RETRY: Duration = Duration::from_millis(500);

/// The memory.
pub(crate) struct RecentClicks {
    clicks: Cache<ClickId, Arc<Click>>,
    /// By journal the first sequence number that has not been seen here.
    passed: watch::Sender<HashMap<u64, u64>>,
    max: u64,
}

impl RecentClicks {
    pub(crate) fn new(max: usize) -> Self {
        // Not the policy of the library, which would rather keep clicks that were asked for than take new ones in.
        let clicks = Cache::builder().max_capacity(max as u64).eviction_policy(EvictionPolicy::lru()).build();
        Self { clicks, passed: watch::Sender::new(HashMap::new()), max: max as u64 }
    }

    /// A click, if it is here.
    pub(crate) fn find(&self, id: ClickId) -> Option<Arc<Click>> {
        self.clicks.get(&id)
    }

    /// The first sequence number of a journal that has not been seen here.
    pub(crate) fn passed(&self, journal: u64) -> u64 {
        self.passed.borrow().get(&journal).copied().unwrap_or(0)
    }

    /// Waits until everything before these positions has been seen here, at most until `deadline`. Whether it has.
    pub(crate) async fn wait_until_passed(&self, heads: &[HeadPosition], deadline: Instant) -> bool {
        let mut passed = self.passed.subscribe();
        let all = |passed: &HashMap<u64, u64>| {
            heads.iter().all(|head| passed.get(&head.journal).copied().unwrap_or(0) >= head.head)
        };
        matches!(tokio::time::timeout_at(deadline, passed.wait_for(all)).await, Ok(Ok(_)))
    }

    fn pass(&self, journal: JournalId, next: u64) {
        self.passed.send_modify(|passed| {
            passed.insert(journal.get(), next);
        });
    }

    fn take(&self, payload: &[u8]) {
        let Ok(record) = Record::decode(payload) else { return };
        if let Some(click) = record.click() {
            let mut known = Click::of(click, record.visitor());
            if let Record::ClickV2(full) = &record {
                (known.passed_to, known.passed_to_stream) = (full.passed_to, full.passed_to_stream);
            }
            self.clicks.insert(click.id, Arc::new(known));
        } else if let Some((landing, _)) = record.landing_click() {
            self.redirected(landing.click, &landing.dims);
        }
    }

    /// The visitor went on from the landing, or its parameters were updated: its conversions belong to what was chosen then.
    fn redirected(&self, id: ClickId, dims: &ClickDims<'_>) {
        if let Some(click) = self.clicks.get(&id) {
            let click = Click { dims: dims.to_static(), ..(*click).clone() };
            self.clicks.insert(id, Arc::new(click));
        }
    }

    /// Follows every click journal of the source until told to stop.
    pub(crate) async fn follow(self: Arc<Self>, source: Arc<dyn EventSource>, stop: CancellationToken) {
        let mut followed: Vec<JournalId> = Vec::new();
        while !stop.is_cancelled() {
            match source.journals().await {
                Ok(journals) => {
                    for journal in journals.into_iter().filter(|journal| journal.stream == Stream::Clicks) {
                        if !followed.contains(&journal.id) {
                            followed.push(journal.id);
                            let from = journal.tail.max(journal.head.saturating_sub(self.max));
                            let (this, source, stop) = (Arc::clone(&self), Arc::clone(&source), stop.clone());
                            tokio::spawn(
                                async move { this.follow_one(&*source, journal.id, from, stop).await },
                            );
                        }
                    }
                }
                Err(error) => warn_limited!(6, %error, "the click journals cannot be listed"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    async fn follow_one(
        &self,
        source: &dyn EventSource,
        journal: JournalId,
        from: u64,
        stop: CancellationToken,
    ) {
        let mut next = from;
        self.pass(journal, next);
        while !stop.is_cancelled() {
            match source.read(journal, next, BATCH).await {
                Ok(batch) => {
                    batch.records.iter().for_each(|record| self.take(&record.payload));
                    next = batch.next;
                    self.pass(journal, next);
                }
                Err(error) => {
                    warn_limited!(6, %error, "clicks cannot be read; conversions wait for them");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversion::tests::{conversion, state};

    #[test]
    fn a_full_memory_takes_new_clicks_in_and_forgets_the_oldest() {
        let like = conversion(state(1, signalbox_domain::ConversionStatus::Sale, "1")).click;
        let recent = RecentClicks::new(100);
        for number in 1..=1_000 {
            let id = ClickId(number);
            recent.clicks.insert(id, Arc::new(Click { id, ..like.clone() }));
            recent.clicks.run_pending_tasks();
        }
        let known = |range: std::ops::RangeInclusive<u128>| {
            range.filter(|number| recent.find(ClickId(*number)).is_some()).count()
        };
        assert_eq!((known(1..=900), known(901..=1_000)), (0, 100));
    }

    #[tokio::test]
    async fn whoever_waits_goes_on_as_soon_as_all_journals_have_come_so_far() {
        let recent = Arc::new(RecentClicks::new(100));
        let head = |journal, head| HeadPosition { journal, head };
        let heads = vec![head(1, 10), head(2, 5)];
        let far = Instant::now() + Duration::from_secs(3_600);
        assert!(recent.wait_until_passed(&[], Instant::now()).await);
        assert!(!recent.wait_until_passed(&heads, Instant::now()).await, "the time is over");
        let waiting = {
            let (recent, heads) = (Arc::clone(&recent), heads.clone());
            tokio::spawn(async move { recent.wait_until_passed(&heads, far).await })
        };
        for (journal, next) in [(1, 9), (2, 5), (1, 10)] {
            assert!(!waiting.is_finished());
            recent.pass(JournalId::new(journal), next);
            tokio::task::yield_now().await;
        }
        assert!(waiting.await.unwrap());
        assert!(recent.wait_until_passed(&heads, Instant::now()).await, "nobody who is there waits");
    }
}
