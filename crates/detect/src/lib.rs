//! From a request to a described visitor: where the address is, what the device is, whether it is a machine.
//!
//! In-memory look-ups only; no network, no clock, no randomness. Promises: [`Detector::new`] and [`Detector::describe`] never fail; what
//! is missing or damaged is a [`Warning`] at start and `Unknown` afterwards, never an error and never a refusal. Caches are bounded and
//! drop what is used least.

mod agent;
mod bot;
mod config;
mod facts;
mod geo;
mod language;
mod words;

pub use config::DetectorConfig;
pub use facts::{ClientHints, RequestFacts};
pub use geo::Warning;

use agent::Agents;
use geo::GeoBook;
use language::Languages;
use signalbox_domain::Visitor;

/// Describes visitors. Made once, shared by all threads.
pub struct Detector {
    agents: Agents,
    geo: GeoBook,
    languages: Languages,
    warnings: Vec<Warning>,
}

impl Detector {
    /// Opens what there is of geo data and says in [`Self::warnings`] what there is not.
    pub fn new(config: &DetectorConfig) -> Self {
        let (geo, warnings) = GeoBook::open(config);
        Self { agents: Agents::new(config.user_agents_max), geo, languages: Languages::default(), warnings }
    }

    /// What is missing or damaged, and what follows from it.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Files of geo data in use; empty when addresses are not looked up. Some of their licences ask for a credit.
    pub fn geo_files(&self) -> &[std::path::PathBuf] {
        self.geo.files()
    }

    /// Compiles the user-agent patterns now (some tenths of a second) instead of at the first request.
    pub fn warm_up(&self) {
        self.agents.warm_up();
    }

    /// Who made a request, as far as can be told.
    pub fn describe(&self, facts: &RequestFacts<'_>) -> Visitor {
        let agent = self.agents.describe(facts);
        let accepted = self.languages.read(facts.accept_language);
        Visitor {
            ip: facts.ip.to_canonical(),
            geo: self.geo.find(facts.ip),
            device: agent.device.clone(),
            language: accepted.first,
            languages: accepted.all,
            user_agent: agent.user_agent.clone(),
            bot: bot::verdict(facts, agent.bot),
        }
    }
}

/// The longest beginning of `text` with at most `bytes` bytes that ends at a character.
fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    &text[..end]
}
