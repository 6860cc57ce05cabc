//! What a user agent says: device, system, browser, and whether it is a machine's. Read once, then remembered.

mod crawlers;
mod hints;
mod kind;
mod names;
mod patterns;

use crate::{RequestFacts, cut};
use crawlers::Crawlers;
use moka::sync::Cache;
use patterns::Patterns;
use signalbox_domain::{BotReason, Device, DeviceType};
use std::{
    cell::RefCell,
    sync::{Arc, OnceLock},
};

/// Longest user agent that is looked at and kept, bytes.
const USER_AGENT_BYTES_MAX: usize = 1024;
/// A user agent shorter than this is no browser's, bytes.
const USER_AGENT_BYTES_MIN: usize = 12;

/// What an entry of the cache takes at most times, bytes. Longer ones count for several, so that made-up user agents cannot fill more
/// memory than real ones.
const ENTRY_BYTES_USUAL: u64 = 700;
/// What an entry takes beside its texts, bytes.
const ENTRY_BYTES_OVERHEAD: usize = 300;

/// A user agent, understood.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) device: Device,
    pub(crate) bot: BotReason,
    /// As sent, cut to [`USER_AGENT_BYTES_MAX`].
    pub(crate) user_agent: Arc<str>,
}

/// Understands user agents. Patterns are compiled at first use.
pub(crate) struct Agents {
    cache: Cache<Arc<str>, Arc<Agent>>,
    patterns: OnceLock<(Patterns, Crawlers)>,
}

thread_local! {
    /// Where keys are put together without allocating.
    static KEY: RefCell<String> = const { RefCell::new(String::new()) };
}

impl Agents {
    pub(crate) fn new(entries_max: u64) -> Self {
        let bytes = |key: &Arc<str>, agent: &Arc<Agent>| {
            (ENTRY_BYTES_OVERHEAD + key.len() + agent.user_agent.len()).try_into().unwrap_or(u32::MAX)
        };
        let bytes_max = entries_max.max(1).saturating_mul(ENTRY_BYTES_USUAL);
        Self {
            cache: Cache::builder().max_capacity(bytes_max).weigher(bytes).build(),
            patterns: OnceLock::new(),
        }
    }

    pub(crate) fn warm_up(&self) {
        self.patterns();
    }

    fn patterns(&self) -> &(Patterns, Crawlers) {
        self.patterns.get_or_init(|| (Patterns::compile(), Crawlers::compile()))
    }

    /// What the user agent and the client hints of a request say.
    pub(crate) fn describe(&self, facts: &RequestFacts<'_>) -> Arc<Agent> {
        let user_agent = cut(facts.user_agent.trim(), USER_AGENT_BYTES_MAX);
        if facts.hints.is_empty() {
            return self.remembered(user_agent, || self.understand(user_agent, facts));
        }
        KEY.with_borrow_mut(|key| {
            key.clear();
            key.push_str(user_agent);
            hints::push_key(&facts.hints, key);
            self.remembered(key, || self.understand(user_agent, facts))
        })
    }

    fn remembered(&self, key: &str, understand: impl FnOnce() -> Agent) -> Arc<Agent> {
        if let Some(known) = self.cache.get(key) {
            return known;
        }
        let agent = Arc::new(understand());
        self.cache.insert(key.into(), Arc::clone(&agent));
        agent
    }

    fn understand(&self, user_agent: &str, facts: &RequestFacts<'_>) -> Agent {
        let (patterns, crawlers) = self.patterns();
        let mut device = patterns.read(user_agent);
        device.kind = kind::of(user_agent, &device);
        hints::apply(&facts.hints, patterns, &mut device);
        let bot = if crawlers.is_known(user_agent) || hints::is_headless(&facts.hints) {
            BotReason::KnownBot
        } else if crawlers.is_library(user_agent) {
            BotReason::ClientLibrary
        } else if patterns.is_spider(user_agent) {
            BotReason::KnownBot
        } else if user_agent.len() < USER_AGENT_BYTES_MIN {
            BotReason::EmptyUserAgent
        } else {
            BotReason::None
        };
        if bot.is_bot() {
            device.kind = if user_agent.is_empty() { DeviceType::Unknown } else { DeviceType::Bot };
        }
        Agent { device, bot, user_agent: user_agent.into() }
    }
}

#[cfg(test)]
mod tests;
