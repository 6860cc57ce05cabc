//! The verdict: is it a machine, and why. Order: what the request itself says, then what its user agent says.

use crate::RequestFacts;
use signalbox_domain::BotReason;

/// The verdict on a request whose user agent was judged `agent`.
pub(crate) fn verdict(facts: &RequestFacts<'_>, agent: BotReason) -> BotReason {
    let names = |header: &str, word: &str| {
        header.split([',', ';']).any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    let prefetch = names(facts.sec_purpose, "prefetch")
        || names(facts.sec_purpose, "prerender")
        || names(facts.purpose, "prefetch")
        || names(facts.purpose, "preview")
        || names(facts.x_moz, "prefetch");
    if prefetch {
        BotReason::Prefetch
    } else if facts.method.eq_ignore_ascii_case("HEAD") {
        BotReason::HeadRequest
    } else {
        agent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn what_the_request_says_comes_first() {
        let plain = RequestFacts::new(Ipv4Addr::LOCALHOST.into(), "");
        let library = BotReason::ClientLibrary;
        for (facts, expected) in [
            (plain, library),
            (RequestFacts { method: "HEAD", ..plain }, BotReason::HeadRequest),
            (
                RequestFacts { sec_purpose: "prefetch;prerender", method: "HEAD", ..plain },
                BotReason::Prefetch,
            ),
            (RequestFacts { purpose: "Preview", ..plain }, BotReason::Prefetch),
            (RequestFacts { x_moz: "prefetch", ..plain }, BotReason::Prefetch),
            (RequestFacts { purpose: "other", ..plain }, library),
        ] {
            assert_eq!(verdict(&facts, library), expected, "{facts:?}");
        }
        assert_eq!(verdict(&plain, BotReason::None), BotReason::None);
    }
}
