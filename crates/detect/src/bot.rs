//! The verdict: is it a machine, and why. The first check that says something decides.
//!
//! 1. The request is a prefetch.
//! 2. It is a HEAD request.
//! 3. The operator allows the sender: no machine.
//! 4. The operator denies the sender.
//! 5. The user agent is a known machine's,
//! 6. a library's,
//! 7. none, or too short to be a browser's, or
//! 8. names a web address.
//! 9. The address is a data centre's, as far as the configuration counts that.

use crate::{RequestFacts, agent::Agent, lists::Lists};
use signalbox_chassis::settings::DataCenterBots;
use signalbox_domain::{BotReason, Geo};

/// The verdict on a request from an address at `geo` (with `data_center` set) whose user agent says `agent`.
pub(crate) fn verdict(
    facts: &RequestFacts<'_>,
    agent: &Agent,
    geo: &Geo,
    lists: &Lists,
    data_centers: DataCenterBots,
) -> BotReason {
    if is_prefetch(facts) {
        return BotReason::Prefetch;
    }
    if facts.method.eq_ignore_ascii_case("HEAD") {
        return BotReason::HeadRequest;
    }
    let ip = facts.ip.to_canonical();
    if agent.listed.allowed || lists.allow.has_address(ip, geo.asn) {
        return BotReason::None;
    }
    if agent.listed.denied || lists.deny.has_address(ip, geo.asn) {
        return BotReason::OperatorList;
    }
    if agent.bot.is_bot() {
        return agent.bot;
    }
    let counts = match data_centers {
        DataCenterBots::Never => false,
        // Browsers always name a language; programs that borrow a browser's user agent mostly forget to.
        DataCenterBots::WithoutLanguage => facts.accept_language.trim().is_empty(),
        DataCenterBots::Always => true,
    };
    if geo.data_center && counts { BotReason::DataCenter } else { BotReason::None }
}

/// Whether a browser, an app or a proxy asks ahead of a person who may never come.
fn is_prefetch(facts: &RequestFacts<'_>) -> bool {
    let names = |header: &str, words: &[&str]| {
        !header.is_empty()
            && header
                .split([',', ';'])
                .any(|part| words.iter().any(|word| part.trim().eq_ignore_ascii_case(word)))
    };
    const PURPOSES: &[&str] = &["prefetch", "prerender", "preview", "instant"];
    names(facts.sec_purpose, PURPOSES)
        || names(facts.purpose, PURPOSES)
        || names(facts.x_purpose, PURPOSES)
        || names(facts.x_moz, &["prefetch"])
}

#[cfg(test)]
mod tests;
