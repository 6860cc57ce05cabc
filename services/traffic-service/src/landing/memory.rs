//! Clicks whose visitors stand on a landing page.

use moka::sync::Cache;
use signalbox_domain::ClickId;
use signalbox_events::wire::ClickV2;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long a click is remembered.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(24 * 3600);
/// Clicks remembered at most; beyond it those least recently used are forgotten.
const REMEMBERED_MAX: u64 = 200_000;
/// Clicks known by their token alone that have gone on, remembered at most.
const GONE_ON_MAX: u64 = 200_000;

/// A click that showed a landing page.
pub(crate) struct Landed {
    click: ClickV2<'static>,
    gone_on: AtomicBool,
}

/// Clicks that showed a landing page, by id.
pub(crate) struct Landings {
    clicks: Cache<ClickId, Arc<Landed>>,
    gone_on: Cache<ClickId, ()>,
}

impl Landed {
    pub(crate) const fn click(&self) -> &ClickV2<'static> {
        &self.click
    }

    /// Notes that the visitor goes on; true the first time.
    pub(super) fn go_on(&self) -> bool {
        !self.gone_on.swap(true, Ordering::Relaxed)
    }
}

impl Landings {
    pub(crate) fn new() -> Self {
        Self {
            clicks: Cache::builder().max_capacity(REMEMBERED_MAX).time_to_live(REMEMBERED).build(),
            gone_on: Cache::builder().max_capacity(GONE_ON_MAX).time_to_live(REMEMBERED * 7).build(),
        }
    }

    /// Keeps a click whose visitor was shown a landing page.
    pub(crate) fn remember(&self, click: &ClickV2<'_>) {
        // The reasons of a decision may be long, and nobody asks for them here.
        let click = ClickV2 { trace: "".into(), ..click.clone() };
        let landed = Landed { click: click.to_static(), gone_on: AtomicBool::new(false) };
        self.clicks.insert(landed.click.click.id, Arc::new(landed));
    }

    /// A click that is remembered.
    pub(crate) fn find(&self, id: ClickId) -> Option<Arc<Landed>> {
        self.clicks.get(&id)
    }

    /// Remembers `click` in place of what was known of it.
    pub(super) fn replace(&self, before: &Landed, click: ClickV2<'static>) {
        let gone_on = AtomicBool::new(before.gone_on.load(Ordering::Relaxed));
        self.clicks.insert(click.click.id, Arc::new(Landed { click, gone_on }));
    }

    /// Notes that the visitor went on, as a journal says; true the first time.
    pub(crate) fn gone_on(&self, id: ClickId) -> bool {
        match self.clicks.get(&id) {
            Some(landed) => landed.go_on(),
            None => self.gone_on_unknown(id),
        }
    }

    /// The same of a click that is not remembered here; true the first time.
    pub(super) fn gone_on_unknown(&self, id: ClickId) -> bool {
        self.gone_on.entry(id).or_insert(()).is_fresh()
    }
}
