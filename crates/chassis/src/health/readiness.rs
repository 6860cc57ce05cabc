//! What must be true before traffic may come: named checks, each a switch that its owner turns.
//!
//! Promises: nothing is ready before its first check was registered, so that a part which has not begun to start never says yes; a stop is
//! told before anything else of it happens. What a part can do without for a while is told beside, and takes nothing out of service.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;

use crate::shutdown::Shutdown;

/// All checks of a process. Clones are the same.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Inner>);

#[derive(Default)]
struct Inner {
    checks: Mutex<Vec<Entry>>,
    shutdown: Option<Shutdown>,
    /// What this is a part of.
    whole: Option<Readiness>,
}

struct Entry {
    name: String,
    /// Why it is not ready; `None`: it is.
    reason: Option<String>,
    /// Whether traffic must not come without it.
    needed: bool,
}

/// A check that says no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The check.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Readiness {
    /// Ready when all checks are and `shutdown` has not begun.
    pub fn new(shutdown: &Shutdown) -> Self {
        Self(Arc::new(Inner { checks: Mutex::default(), shutdown: Some(shutdown.clone()), whole: None }))
    }

    /// A part of the process that has an answer of its own: its checks count for the whole as well, those of other parts do not count for it.
    pub fn part(&self) -> Self {
        let shutdown = self.0.shutdown.clone();
        Self(Arc::new(Inner { checks: Mutex::default(), shutdown, whole: Some(self.clone()) }))
    }

    /// Adds a check that says no until its owner says [`Check::ready`].
    pub fn register(&self, name: impl Into<String>) -> Check {
        self.add(name.into(), true)
    }

    /// As [`Readiness::register`], for something that can be done without for a while: it is told, and traffic may come all the same.
    pub fn register_optional(&self, name: impl Into<String>) -> Check {
        self.add(name.into(), false)
    }

    fn add(&self, name: String, needed: bool) -> Check {
        let whole = self.0.whole.as_ref().map(|whole| Box::new(whole.add(name.clone(), needed)));
        let mut checks = self.0.checks.lock();
        checks.push(Entry { name, reason: Some("starting".to_owned()), needed });
        Check { readiness: self.clone(), index: checks.len() - 1, whole }
    }

    /// Whether traffic may come.
    pub fn is_ready(&self) -> bool {
        self.missing().is_empty()
    }

    /// What is missing, in the order of registration; empty when ready.
    pub fn missing(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        if self.is_stopping() {
            missing.push(Missing::new("shutdown", "stopping"));
        }
        let checks = self.0.checks.lock();
        if !checks.iter().any(|entry| entry.needed) {
            missing.push(Missing::new("start", "starting"));
        }
        missing.extend(checks.iter().filter(|entry| entry.needed).filter_map(Entry::missing));
        missing
    }

    /// What is done without, in the order of registration.
    pub fn without(&self) -> Vec<Missing> {
        let checks = self.0.checks.lock();
        checks.iter().filter(|entry| !entry.needed).filter_map(Entry::missing).collect()
    }

    fn is_stopping(&self) -> bool {
        self.0.shutdown.as_ref().is_some_and(Shutdown::is_triggered)
    }
}

impl Missing {
    fn new(name: &str, reason: &str) -> Self {
        Self { name: name.to_owned(), reason: reason.to_owned() }
    }
}

impl Entry {
    fn missing(&self) -> Option<Missing> {
        self.reason.as_deref().map(|reason| Missing::new(&self.name, reason))
    }
}

/// One switch. Turning it is cheap; it may be turned as often as the truth changes.
#[derive(Clone)]
pub struct Check {
    readiness: Readiness,
    index: usize,
    /// The same check in the whole that this is a part of.
    whole: Option<Box<Check>>,
}

impl Check {
    /// Says yes.
    pub fn ready(&self) {
        self.set(None);
    }

    /// Says no, and why. The reason is shown to operators and must hold no secret.
    pub fn not_ready(&self, reason: impl Into<String>) {
        self.set(Some(reason.into()));
    }

    fn set(&self, reason: Option<String>) {
        if let Some(whole) = &self.whole {
            whole.set(reason.clone());
        }
        if let Some(entry) = self.readiness.0.checks.lock().get_mut(self.index) {
            entry.reason = reason;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn is_ready_when_every_check_is() {
        let readiness = Readiness::default();
        assert_eq!(readiness.missing(), [Missing::new("start", "starting")], "nothing has begun to start");
        let (snapshot, journal) = (readiness.register("snapshot"), readiness.register("journal"));
        snapshot.ready();
        assert_eq!(readiness.missing(), [Missing { name: "journal".into(), reason: "starting".into() }]);
        journal.clone().ready();
        assert!(readiness.is_ready());
        journal.not_ready("disk full");
        assert_eq!(readiness.missing(), [Missing { name: "journal".into(), reason: "disk full".into() }]);
    }

    #[test]
    fn a_part_answers_for_itself_and_the_whole_for_all() {
        let whole = Readiness::default();
        let (traffic, admin) = (whole.part(), whole.part());
        let (snapshot, catalog) = (traffic.register("snapshot"), admin.register("catalog"));
        snapshot.ready();
        assert!(traffic.is_ready() && !admin.is_ready() && !whole.is_ready());
        catalog.ready();
        assert!(whole.is_ready());
        snapshot.not_ready("gone");
        assert_eq!(whole.missing(), traffic.missing());
        assert!(admin.is_ready());
    }

    #[test]
    fn a_part_that_has_not_begun_is_not_ready_whatever_the_others_are() {
        let whole = Readiness::default();
        let (traffic, postback) = (whole.part(), whole.part());
        postback.register("configuration").ready();
        assert!(postback.is_ready() && !traffic.is_ready());
        traffic.register_optional("catalog").ready();
        assert!(!traffic.is_ready(), "what can be done without does not make it ready");
        traffic.register("snapshot").ready();
        assert!(traffic.is_ready());
    }

    #[test]
    fn what_can_be_done_without_is_told_beside() {
        let whole = Readiness::default();
        let part = whole.part();
        part.register("snapshot").ready();
        let catalog = part.register_optional("catalog");
        catalog.not_ready("no answer");
        assert!(part.is_ready() && whole.is_ready());
        assert_eq!(part.without(), [Missing::new("catalog", "no answer")]);
        assert_eq!(whole.without(), part.without());
        catalog.ready();
        assert_eq!((part.without(), whole.without()), (vec![], vec![]));
    }

    #[tokio::test]
    async fn a_stop_makes_it_not_ready_first() {
        let shutdown = Shutdown::new(Duration::from_secs(5));
        let readiness = Readiness::new(&shutdown);
        readiness.register("snapshot").ready();
        assert!(readiness.is_ready());
        shutdown.trigger("test");
        assert!(!readiness.is_ready());
        assert_eq!(readiness.missing()[0].name, "shutdown");
    }
}
