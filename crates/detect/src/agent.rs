//! What a user agent says: device, system, browser, and whether it is a machine's. Read once, then remembered.

mod crawlers;
mod hints;
mod kind;
mod lexicon;
mod names;
mod patterns;

use crate::{RequestFacts, cut, lists::Lists, recent::Recent};
use ahash::RandomState;
use crawlers::Crawlers;
use kind::Kinds;
use lexicon::{Lexicon, Writing};
use moka::sync::Cache;
use patterns::Patterns;
use signalbox_domain::{BotReason, Device, DeviceType};
use std::{
    cell::RefCell,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
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
    pub(crate) device: Arc<Device>,
    /// What the user agent and the hints alone say.
    pub(crate) bot: BotReason,
    /// Whether the operator's lists name the user agent…
    pub(crate) listed: Listed,
    /// …as they were in this generation.
    generation: u64,
    /// As sent, cut to [`USER_AGENT_BYTES_MAX`].
    pub(crate) user_agent: Arc<str>,
}

/// Whether the operator's lists name a user agent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) allowed: bool,
    pub(crate) denied: bool,
}

/// Understands user agents. What they are compared with is read at first use.
pub(crate) struct Agents {
    /// Visitors choose the keys: the hash is a keyed one.
    cache: Cache<Arc<str>, Arc<Agent>, RandomState>,
    /// Tells these from all others of the process.
    number: u64,
}

static MADE: AtomicU64 = AtomicU64::new(0);

/// What is compiled once in a process, since it is all compiled in.
static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(Knowledge::read);

struct Knowledge {
    lexicon: Lexicon,
    patterns: Patterns,
    crawlers: Crawlers,
    kinds: Kinds,
}

impl Knowledge {
    fn read() -> Self {
        let mut writing = Writing::default();
        let patterns = Patterns::read_all(&mut writing);
        let kinds = Kinds::write(&mut writing);
        Self { lexicon: writing.compile(), patterns, crawlers: Crawlers::compile(), kinds }
    }
}

/// User agents that a thread remembers.
const RECENT_MAX: usize = 512;

thread_local! {
    /// The user agents of the hour, before all others are asked for.
    static RECENT: RefCell<Recent<String, Arc<Agent>, RECENT_MAX>> = const { RefCell::new(Recent::new()) };
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
            cache: Cache::builder()
                .max_capacity(bytes_max)
                .weigher(bytes)
                .build_with_hasher(RandomState::new()),
            number: MADE.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// What the user agent and the client hints of a request say.
    pub(crate) fn describe(&self, facts: &RequestFacts<'_>, lists: &Lists) -> Arc<Agent> {
        let user_agent = cut(facts.user_agent.trim(), USER_AGENT_BYTES_MAX);
        let understand = || understand(user_agent, facts, lists);
        let recall = |key: &str| {
            let slower = || self.remembered(key, lists.generation, understand);
            RECENT.with_borrow_mut(|recent| recent.get_or(self.number << 32 | lists.generation, key, slower))
        };
        if facts.hints.is_empty() {
            return recall(user_agent);
        }
        KEY.with_borrow_mut(|key| {
            key.clear();
            key.push_str(user_agent);
            hints::push_key(&facts.hints, key);
            recall(key)
        })
    }

    fn remembered(&self, key: &str, generation: u64, understand: impl FnOnce() -> Agent) -> Arc<Agent> {
        if let Some(known) = self.cache.get(key)
            && known.generation == generation
        {
            return known;
        }
        let agent = Arc::new(understand());
        self.cache.insert(key.into(), Arc::clone(&agent));
        agent
    }
}

/// Compiles the patterns now.
pub(crate) fn warm_up() {
    LazyLock::force(&KNOWLEDGE);
}

fn understand(user_agent: &str, facts: &RequestFacts<'_>, lists: &Lists) -> Agent {
    let Knowledge { lexicon, patterns, crawlers, kinds } = &*KNOWLEDGE;
    let words = lexicon.find(user_agent);
    let (mut device, is_spider) = patterns.read((user_agent, &words));
    names::forget_frozen_version(user_agent, &mut device.os);
    device.kind = kinds.of((user_agent, &words), &device);
    hints::apply(&facts.hints, (lexicon, patterns), &mut device);
    let bot = if crawlers.is_known(user_agent) || hints::is_headless(&facts.hints) {
        BotReason::KnownBot
    } else if crawlers.is_library(user_agent) {
        BotReason::ClientLibrary
    } else if is_spider {
        BotReason::KnownBot
    } else if user_agent.len() < USER_AGENT_BYTES_MIN || !user_agent.contains('/') {
        BotReason::EmptyUserAgent
    } else if crawlers::names_an_address(user_agent) {
        BotReason::SelfDeclared
    } else {
        BotReason::None
    };
    let listed =
        Listed { allowed: lists.allow.has_agent(user_agent), denied: lists.deny.has_agent(user_agent) };
    if bot.is_bot() && !listed.allowed {
        device.kind = if user_agent.is_empty() { DeviceType::Unknown } else { DeviceType::Bot };
    }
    Agent {
        device: Arc::new(device),
        bot,
        listed,
        generation: lists.generation,
        user_agent: user_agent.into(),
    }
}

#[cfg(test)]
mod tests;
