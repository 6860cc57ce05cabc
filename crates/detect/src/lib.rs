//! From a request to a described visitor: where the address is, what the device is, whether it is a machine.
//!
//! In-memory look-ups only; no network, no randomness. Promises: [`Detector::new`] and [`Detector::describe`] never fail; what is missing
//! or damaged is a [`Warning`] and `Unknown`, never an error and never a refusal. Caches are bounded and drop what is used least. Changed
//! files are read beside the hot path and swapped in whole.

mod agent;
mod bot;
pub mod cache;
mod config;
mod facts;
pub mod fuzzing;
mod geo;
mod language;
mod list;
mod lists;
#[cfg(test)]
mod mmdb;
mod recent;
mod sources;
mod warning;
mod watch;
mod words;

pub use config::{DetectorConfig, ListConfig};
pub use facts::{ClientHints, RequestFacts};
pub use signalbox_chassis::settings::DataCenterBots;
pub use sources::{Change, Held, Kind};
pub use warning::Warning;

use agent::Agents;
use arc_swap::ArcSwap;
use geo::GeoBook;
use language::Languages;
use lists::Lists;
use parking_lot::Mutex;
use recent::Recent;
use signalbox_chassis::{memory, settings::Settings};
use signalbox_domain::{Geo, Visitor};
use sources::Sources;
use std::{
    cell::RefCell,
    net::IpAddr,
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
        mpsc::Sender,
    },
    time::Duration,
};

/// Describes visitors. Made once, shared by all threads.
pub struct Detector {
    agents: Agents,
    languages: Languages,
    data_center_bots: DataCenterBots,
    /// What the files say. Requests load it, [`Detector::refresh`] swaps it.
    known: ArcSwap<Known>,
    /// Held while files are read, never by a request.
    sources: Mutex<Sources>,
    warnings: Vec<Warning>,
    /// Ends the watching thread when it is dropped.
    watch: OnceLock<Sender<()>>,
}

/// What the files say.
struct Known {
    geo: Arc<GeoBook>,
    lists: Arc<Lists>,
    /// Tells this state of the data from all others of the process.
    number: u64,
}

/// Addresses that a thread remembers: who comes more than once mostly comes again soon, and with whoever shares the address.
const RECENT_MAX: usize = 32_768;

thread_local! {
    /// Where the last addresses are.
    static RECENT: RefCell<Recent<IpAddr, Arc<Geo>, RECENT_MAX>> = const { RefCell::new(Recent::new()) };
}

static STATES: AtomicU64 = AtomicU64::new(0);

impl Known {
    fn new(geo: Arc<GeoBook>, lists: Arc<Lists>) -> Self {
        Self { geo, lists, number: STATES.fetch_add(1, Ordering::Relaxed) }
    }

    /// Where an address is, and whether that is a data centre.
    fn find(&self, ip: IpAddr) -> Arc<Geo> {
        let slower = || {
            let mut geo = self.geo.find(ip);
            if !geo.data_center && self.lists.is_data_center(ip, &geo) {
                Arc::make_mut(&mut geo).data_center = true;
            }
            geo
        };
        RECENT.with_borrow_mut(|recent| recent.get_or(self.number, &ip, slower))
    }
}

impl Detector {
    /// Opens what there is of data and says in [`Self::warnings`] what there is not.
    pub fn new(config: &DetectorConfig) -> Self {
        let (sources, changes) = Sources::open(config);
        let refused = changes.into_iter().filter_map(|change| match change {
            Change::Refused { warning, .. } => Some(warning),
            Change::Loaded { .. } | Change::Removed { .. } => None,
        });
        let warnings = missing(&sources).into_iter().chain(refused).collect();
        let known = Known::new(Arc::new(sources.geo()), Arc::new(sources.lists(0)));
        Self {
            agents: Agents::new(config.user_agents_max),
            languages: Languages::default(),
            data_center_bots: config.data_center_bots,
            known: ArcSwap::from_pointee(known),
            sources: Mutex::new(sources),
            warnings,
            watch: OnceLock::new(),
        }
    }

    /// A detector as the settings want it, for a process: logs what is missing and follows changes of the files.
    pub fn start(settings: &Settings) -> Arc<Self> {
        watch::describe();
        let detector =
            Arc::new(Self::new(&DetectorConfig::from_settings(&settings.geo, &settings.detection)));
        for warning in detector.warnings() {
            tracing::warn!(%warning, "data of detection");
        }
        watch::publish(&detector);
        // Reading tables takes a multiple of what they are kept in.
        memory::give_back();
        detector.watch(settings.detection.reload_check());
        detector
    }

    /// Calls [`Self::refresh`] at this interval on a thread that ends with the detector. A second call changes nothing.
    pub fn watch(self: &Arc<Self>, every: Duration) {
        if self.watch.get().is_none()
            && let Some(stop) = watch::start(self, every)
        {
            let _ = self.watch.set(stop);
        }
    }

    /// Looks at the files and takes changed ones into use: at the second look that finds them the same, so that a file that is being
    /// written is left alone. Reads files; not for the hot path.
    pub fn refresh(&self) -> Vec<Change> {
        let mut sources = self.sources.lock();
        let changes = sources.refresh();
        let concerns = |lists: bool| {
            changes.iter().any(|change| match change {
                Change::Loaded { kind, .. } | Change::Removed { kind, .. } => kind.is_list() == lists,
                Change::Refused { .. } => false,
            })
        };
        let (geo_changed, lists_changed) = (concerns(false), concerns(true));
        if geo_changed || lists_changed {
            let known = self.known.load();
            let geo = if geo_changed { Arc::new(sources.geo()) } else { Arc::clone(&known.geo) };
            let lists = if lists_changed {
                Arc::new(sources.lists(known.lists.generation + 1))
            } else {
                Arc::clone(&known.lists)
            };
            self.known.store(Arc::new(Known::new(geo, lists)));
        }
        changes
    }

    /// What was missing or damaged at the start, and what follows from it.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Files of geo data in use; empty when addresses are not looked up. Some of their licences ask for a credit.
    pub fn geo_files(&self) -> Vec<PathBuf> {
        self.sources.lock().geo_files()
    }

    /// What there is of each kind of data.
    pub fn held(&self) -> Vec<Held> {
        self.sources.lock().held()
    }

    /// Compiles the user-agent patterns now (some tenths of a second) instead of at the first request.
    pub fn warm_up(&self) {
        agent::warm_up();
        memory::give_back();
    }

    /// Who made a request, as far as can be told.
    pub fn describe(&self, facts: &RequestFacts<'_>) -> Visitor {
        let known = self.known.load();
        let agent = self.agents.describe(facts, &known.lists);
        let accepted = self.languages.read(facts.accept_language);
        let ip = facts.ip.to_canonical();
        let geo = known.find(ip);
        let bot = bot::verdict(facts, &agent, &geo, &known.lists, self.data_center_bots);
        Visitor {
            ip,
            geo,
            device: Arc::clone(&agent.device),
            language: accepted.first,
            languages: accepted.all,
            user_agent: agent.user_agent.clone(),
            bot,
        }
    }
}

/// The kinds of databases that nobody named and the cache does not have.
fn missing(sources: &Sources) -> Vec<Warning> {
    let has = |kinds: &[Kind]| kinds.iter().any(|kind| sources.wants(*kind));
    let mut warnings = Vec::new();
    let mut warn = |there: bool, kind, consequence| {
        if !there {
            warnings.push(Warning::NotConfigured { kind, consequence });
        }
    };
    warn(has(&[Kind::City]), "city", "region and city are unknown");
    warn(has(&[Kind::City, Kind::Country]), "country", "countries are unknown and rules on them never hold");
    warn(has(&[Kind::Asn, Kind::More]), "provider", "providers are unknown");
    warnings
}

/// The longest beginning of `text` with at most `bytes` bytes that ends at a character.
fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    &text[..end]
}
