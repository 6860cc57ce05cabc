//! Circuit breakers: an output whose receiver fails again and again gets nothing for a while, then one delivery to try.
//!
//! What waits meanwhile uses up no attempts. One good answer, or one that refuses a request for good, closes the circuit; a failed trial
//! doubles the pause, up to [`PAUSE_MAX_MS`]. Each node has its own, and tells the catalog which of them are open.

use crate::metrics::Metrics;
use parking_lot::Mutex;
use signalbox_catalog::{
    Catalog, Error as CatalogError, SystemScope,
    live::{NodeCircuits, OpenCircuit},
};
use signalbox_domain::{OutputId, Timestamp};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

const SYSTEM: SystemScope = SystemScope::new("circuits of outputs");
/// Longest pause.
const PAUSE_MAX_MS: i64 = 600_000;
/// How long what a node says is believed.
const BELIEVED_MS: i64 = 120_000;
/// How often a node says again what has not changed.
const AGAIN_MS: i64 = 30_000;
/// Tries of one compare-and-set.
const CAS_TRIES: usize = 10;

/// What may be sent to an output now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Everything that is due.
    All,
    /// One delivery, to see whether its receiver is well again.
    Trial,
    /// Nothing.
    Nothing,
}

#[derive(Debug, Default)]
struct Breaker {
    failures: u32,
    /// How often it opened without a good answer between.
    opened: u32,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    since: Timestamp,
    retry_at: Timestamp,
    on_trial: bool,
    error: String,
}

/// A delivery on trial. When it is dropped, even by a panic, another one may follow: else the circuit would stay open for ever.
#[derive(Debug)]
pub(super) struct OnTrial {
    breakers: Arc<Breakers>,
    output: OutputId,
}

impl OnTrial {
    /// Puts a delivery to `output` on trial.
    pub(super) fn begin(breakers: &Arc<Breakers>, output: OutputId) -> Self {
        breakers.begin_trial(output);
        Self { breakers: Arc::clone(breakers), output }
    }
}

impl Drop for OnTrial {
    fn drop(&mut self) {
        self.breakers.end_trial(self.output);
    }
}

/// The breakers of this node.
#[derive(Debug)]
pub(crate) struct Breakers {
    failures_max: u32,
    pause_ms: i64,
    by_output: Mutex<HashMap<OutputId, Breaker>>,
    changed: AtomicBool,
    told_at: Mutex<Timestamp>,
}

impl Breakers {
    /// Breakers that open after `failures_max` failures in a row, for `pause_ms` at first.
    pub(crate) fn new(failures_max: u32, pause_ms: i64) -> Self {
        Self {
            failures_max,
            pause_ms,
            by_output: Mutex::default(),
            changed: AtomicBool::new(false),
            told_at: Mutex::new(Timestamp(0)),
        }
    }

    /// What may be sent to an output.
    pub(super) fn admission(&self, output: OutputId, now: Timestamp) -> Admission {
        let all = self.by_output.lock();
        match all.get(&output).and_then(|breaker| breaker.open.as_ref()) {
            None => Admission::All,
            Some(open) if open.on_trial || now < open.retry_at => Admission::Nothing,
            Some(_) => Admission::Trial,
        }
    }

    /// A delivery is on trial.
    fn begin_trial(&self, output: OutputId) {
        if let Some(open) = self.by_output.lock().get_mut(&output).and_then(|it| it.open.as_mut()) {
            open.on_trial = true;
        }
    }

    /// The trial is over, whatever it said; another one may follow.
    fn end_trial(&self, output: OutputId) {
        if let Some(open) = self.by_output.lock().get_mut(&output).and_then(|it| it.open.as_mut()) {
            open.on_trial = false;
        }
    }

    /// The receiver answered in a way that no other attempt would change.
    pub(super) fn note_answer(&self, output: OutputId) {
        let was = self.by_output.lock().remove(&output);
        if was.is_some_and(|breaker| breaker.open.is_some()) {
            tracing::info!(%output, "the receiver of an output answers again");
            self.changed.store(true, Ordering::Relaxed);
        }
    }

    /// The receiver did not answer, or so that another attempt may help.
    pub(super) fn note_failure(&self, output: OutputId, (now, error): (Timestamp, &str)) {
        let mut all = self.by_output.lock();
        let breaker = all.entry(output).or_default();
        breaker.failures = breaker.failures.saturating_add(1);
        // What was under way when the circuit opened says nothing new.
        let opens = breaker.open.as_ref().map_or(breaker.failures >= self.failures_max, |open| open.on_trial);
        if !opens {
            return;
        }
        breaker.opened = breaker.opened.saturating_add(1);
        let doubled = self.pause_ms.saturating_mul(1_i64 << (breaker.opened - 1).min(20));
        let retry_at = now.plus_ms(doubled.clamp(1, PAUSE_MAX_MS.max(self.pause_ms)));
        let since = breaker.open.as_ref().map_or(now, |open| open.since);
        if breaker.opened == 1 {
            tracing::warn!(%output, error, "the receiver of an output fails again and again; it gets nothing for a while");
        }
        let error = error.chars().take(300).collect();
        breaker.open = Some(Open { since, retry_at, on_trial: false, error });
        self.changed.store(true, Ordering::Relaxed);
    }

    /// Forgets outputs that no longer exist.
    pub(super) fn retain(&self, known: &[OutputId]) {
        let mut all = self.by_output.lock();
        let before = all.len();
        all.retain(|output, _| known.contains(output));
        if all.len() != before {
            self.changed.store(true, Ordering::Relaxed);
        }
    }

    fn open(&self) -> Vec<(OutputId, OpenCircuit)> {
        let all = self.by_output.lock();
        let open = all.iter().filter_map(|(output, breaker)| {
            let open = breaker.open.as_ref()?;
            let circuit = OpenCircuit {
                since: open.since,
                retry_at: open.retry_at,
                failures: breaker.failures,
                last_error: open.error.clone(),
            };
            Some((*output, circuit))
        });
        open.collect()
    }

    /// Tells the catalog which circuits are open, when that has changed or is to be said again.
    pub(super) async fn tell(
        &self,
        (catalog, node): (&Catalog, &str),
        metrics: &Metrics,
        now: Timestamp,
    ) -> Result<(), CatalogError> {
        let open = self.open();
        metrics.circuits_open().set(open.len() as f64);
        let due = !open.is_empty() && now.since_ms(*self.told_at.lock()) >= AGAIN_MS;
        if !(self.changed.swap(false, Ordering::Relaxed) || due) {
            return Ok(());
        }
        let told = tell(
            catalog,
            node,
            NodeCircuits { valid_until: now.plus_ms(BELIEVED_MS), open: open.into_iter().collect() },
            now,
        )
        .await;
        match &told {
            Ok(()) => *self.told_at.lock() = now,
            Err(_) => self.changed.store(true, Ordering::Relaxed),
        }
        told
    }
}

async fn tell(catalog: &Catalog, node: &str, mine: NodeCircuits, now: Timestamp) -> Result<(), CatalogError> {
    let live = catalog.live();
    let mut last = None;
    for _ in 0..CAS_TRIES {
        let mut report = live.circuits(SYSTEM).await?;
        report.value.nodes.retain(|_, node| node.valid_until > now);
        if mine.open.is_empty() {
            report.value.nodes.remove(node);
        } else {
            report.value.nodes.insert(node.to_owned(), mine.clone());
        }
        match live.put_circuits(SYSTEM, report.version, &report.value).await {
            Ok(_) => return Ok(()),
            Err(error @ CatalogError::VersionMismatch { .. }) => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    last.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: OutputId = OutputId(5);

    fn fail(breakers: &Breakers, at: i64) {
        breakers.note_failure(OUTPUT, (Timestamp(at), "503 busy"));
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_with_a_good_trial() {
        let breakers = Breakers::new(3, 1_000);
        let at = |ms| breakers.admission(OUTPUT, Timestamp(ms));
        fail(&breakers, 1);
        fail(&breakers, 2);
        breakers.note_answer(OUTPUT);
        fail(&breakers, 3);
        fail(&breakers, 4);
        assert_eq!(at(5), Admission::All, "not in a row");
        fail(&breakers, 10);
        assert_eq!(
            (at(10), at(1_009), at(1_010)),
            (Admission::Nothing, Admission::Nothing, Admission::Trial)
        );
        // What was under way when it opened changes nothing.
        fail(&breakers, 500);
        assert_eq!(at(1_010), Admission::Trial);
        breakers.begin_trial(OUTPUT);
        assert_eq!(at(1_010), Admission::Nothing, "one at a time");
        fail(&breakers, 2_000);
        assert_eq!((at(3_999), at(4_000)), (Admission::Nothing, Admission::Trial), "twice the pause");
        breakers.begin_trial(OUTPUT);
        breakers.end_trial(OUTPUT);
        assert_eq!(at(4_000), Admission::Trial, "a trial that said nothing is made again");
        breakers.begin_trial(OUTPUT);
        breakers.note_answer(OUTPUT);
        assert_eq!((at(4_001), breakers.open().len()), (Admission::All, 0));
        fail(&breakers, 5_000);
        assert_eq!(at(5_000), Admission::All, "counted from the beginning");
    }

    #[tokio::test]
    async fn a_trial_that_panics_leaves_room_for_the_next() {
        let breakers = Arc::new(Breakers::new(1, 1_000));
        fail(&breakers, 1);
        let trial = OnTrial::begin(&breakers, OUTPUT);
        assert_eq!(breakers.admission(OUTPUT, Timestamp(5_000)), Admission::Nothing);
        let ended = tokio::spawn(async move {
            let _trial = trial;
            panic!("a delivery broke off");
        })
        .await;
        assert!(ended.unwrap_err().is_panic());
        assert_eq!(breakers.admission(OUTPUT, Timestamp(5_000)), Admission::Trial);
    }

    #[test]
    fn pauses_have_a_bound_and_other_outputs_go_on() {
        let breakers = Breakers::new(1, 1_000);
        for trial in 0..60 {
            fail(&breakers, trial);
            breakers.begin_trial(OUTPUT);
        }
        fail(&breakers, 100);
        let open = breakers.open();
        assert_eq!(open[0].1.retry_at, Timestamp(100 + PAUSE_MAX_MS));
        assert_eq!((open[0].1.since, open[0].1.failures), (Timestamp(0), 61));
        assert_eq!(breakers.admission(OutputId(6), Timestamp(100)), Admission::All);
        breakers.retain(&[OutputId(6)]);
        assert!(breakers.open().is_empty(), "it was deleted");
    }

    #[tokio::test]
    async fn nodes_tell_what_is_open_and_what_is_not_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = crate::testing::catalog(folder.path()).await;
        let (one, two) = (Breakers::new(1, 1_000), Breakers::new(1, 1_000));
        fail(&one, 7);
        fail(&two, 8);
        one.tell((&catalog, "a"), &Metrics, Timestamp(10)).await.unwrap();
        two.tell((&catalog, "b"), &Metrics, Timestamp(10)).await.unwrap();
        let report = catalog.live().circuits(SYSTEM).await.unwrap().value;
        assert_eq!(report.nodes.keys().collect::<Vec<_>>(), ["a", "b"]);
        let open = &report.nodes["a"].open[&OUTPUT];
        assert_eq!(
            (open.since, open.retry_at, open.last_error.as_str()),
            (Timestamp(7), Timestamp(1_007), "503 busy")
        );
        one.note_answer(OUTPUT);
        one.tell((&catalog, "a"), &Metrics, Timestamp(11)).await.unwrap();
        let report = catalog.live().circuits(SYSTEM).await.unwrap();
        assert_eq!(report.value.nodes.keys().collect::<Vec<_>>(), ["b"]);
        // Nothing new is not said again at once, but before it is forgotten.
        two.tell((&catalog, "b"), &Metrics, Timestamp(12)).await.unwrap();
        assert_eq!(catalog.live().circuits(SYSTEM).await.unwrap().version, report.version);
        two.tell((&catalog, "b"), &Metrics, Timestamp(10 + AGAIN_MS)).await.unwrap();
        assert_ne!(catalog.live().circuits(SYSTEM).await.unwrap().version, report.version);
        // What a node that is gone said is forgotten.
        fail(&one, 500_000);
        one.tell((&catalog, "a"), &Metrics, Timestamp(500_000)).await.unwrap();
        let report = catalog.live().circuits(SYSTEM).await.unwrap().value;
        assert_eq!(report.nodes.keys().collect::<Vec<_>>(), ["a"]);
    }
}
