use super::*;
use crate::{ClientHints, DetectorConfig, ListConfig, agent::Agents, list::Entries};
use std::net::IpAddr;

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";

fn lists(allow: &str, deny: &str) -> Lists {
    let (allow, deny) = (Entries::parse(allow).unwrap(), Entries::parse(deny).unwrap());
    let none = [].iter();
    Lists::new(1, &DetectorConfig::default(), [&allow].into_iter(), [&deny].into_iter(), none)
}

fn judge(facts: &RequestFacts<'_>, geo: &Geo, lists: &Lists, data_centers: DataCenterBots) -> BotReason {
    let agent = Agents::new(10).describe(facts, lists);
    verdict(facts, &agent, geo, lists, data_centers)
}

fn plain() -> RequestFacts<'static> {
    RequestFacts::new(IpAddr::from([192, 0, 2, 7]), BROWSER)
}

#[test]
fn each_check_comes_before_the_next() {
    let hosted = Geo { data_center: true, asn: 64_496, ..Geo::default() };
    let never = DataCenterBots::Never;
    let (everybody, deny) =
        (lists("0.0.0.0/0\n::/0", "0.0.0.0/0"), lists("", "192.0.2.0/24\nAS64497\nua:NoiseMaker"));
    let nobody = lists("", "");
    let crawler = "Googlebot/2.1 (+http://www.google.com/bot.html)";
    let cases: &[(RequestFacts<'_>, &Lists, BotReason)] = &[
        (
            RequestFacts { sec_purpose: "prefetch", method: "HEAD", ..plain() },
            &everybody,
            BotReason::Prefetch,
        ),
        (RequestFacts { method: "head", ..plain() }, &everybody, BotReason::HeadRequest),
        (RequestFacts { user_agent: crawler, ..plain() }, &everybody, BotReason::None),
        (RequestFacts { user_agent: crawler, ..plain() }, &deny, BotReason::OperatorList),
        (
            RequestFacts { ip: IpAddr::from([8, 8, 8, 8]), user_agent: crawler, ..plain() },
            &deny,
            BotReason::KnownBot,
        ),
        (
            RequestFacts {
                ip: IpAddr::from([8, 8, 8, 8]),
                user_agent: "Mozilla/5.0 noisemaker/1",
                ..plain()
            },
            &deny,
            BotReason::OperatorList,
        ),
        (RequestFacts { user_agent: "curl/8.5.0", ..plain() }, &nobody, BotReason::ClientLibrary),
        (RequestFacts { user_agent: "", ..plain() }, &nobody, BotReason::EmptyUserAgent),
        (RequestFacts { user_agent: "Mozilla/5.0", ..plain() }, &nobody, BotReason::EmptyUserAgent),
        (
            RequestFacts {
                user_agent: "Mozilla/5.0 (compatible; Foo/1.0; +https://foo.example/why)",
                ..plain()
            },
            &nobody,
            BotReason::SelfDeclared,
        ),
        (plain(), &nobody, BotReason::None),
    ];
    for (facts, lists, expected) in cases {
        assert_eq!(judge(facts, &hosted, lists, never), *expected, "{facts:?}");
    }
    let by_asn = Geo { asn: 64_497, ..Geo::default() };
    let elsewhere = RequestFacts { ip: IpAddr::from([8, 8, 8, 8]), ..plain() };
    assert_eq!(judge(&elsewhere, &by_asn, &deny, never), BotReason::OperatorList);
}

#[test]
fn data_centres_count_as_configured() {
    use DataCenterBots::{Always, Never, WithoutLanguage};
    let nobody = lists("", "");
    let speaks = RequestFacts { accept_language: "de", ..plain() };
    for (setting, facts, data_center, expected) in [
        (Never, plain(), true, BotReason::None),
        (WithoutLanguage, plain(), true, BotReason::DataCenter),
        (WithoutLanguage, plain(), false, BotReason::None),
        (WithoutLanguage, speaks, true, BotReason::None),
        (Always, speaks, true, BotReason::DataCenter),
        (Always, speaks, false, BotReason::None),
    ] {
        let geo = Geo { data_center, ..Geo::default() };
        assert_eq!(judge(&facts, &geo, &nobody, setting), expected, "{setting:?}");
    }
    let allowed = lists("192.0.2.7", "");
    let geo = Geo { data_center: true, ..Geo::default() };
    assert_eq!(judge(&plain(), &geo, &allowed, Always), BotReason::None);
}

#[test]
fn every_way_to_ask_ahead_is_seen() {
    let nobody = lists("", "");
    let reason = |facts: RequestFacts<'_>| judge(&facts, &Geo::default(), &nobody, DataCenterBots::Never);
    for facts in [
        RequestFacts { sec_purpose: "prefetch;prerender", ..plain() },
        RequestFacts { sec_purpose: "prefetch;anonymous-client-ip", ..plain() },
        RequestFacts { purpose: "Preview", ..plain() },
        RequestFacts { purpose: "prefetch", ..plain() },
        RequestFacts { x_purpose: "preview", ..plain() },
        RequestFacts { x_purpose: "instant", ..plain() },
        RequestFacts { x_moz: "prefetch", ..plain() },
    ] {
        assert_eq!(reason(facts), BotReason::Prefetch, "{facts:?}");
    }
    for facts in [
        RequestFacts { purpose: "other", x_moz: "preview", ..plain() },
        RequestFacts { sec_purpose: "prefetching", ..plain() },
    ] {
        assert_eq!(reason(facts), BotReason::None, "{facts:?}");
    }
}

#[test]
fn lists_of_the_settings_count_too() {
    let deny = ListConfig { addresses: vec!["192.0.2.0/29".parse().unwrap()], ..ListConfig::default() };
    let allow = ListConfig { user_agents: vec!["firefox/127".to_owned()], ..ListConfig::default() };
    let none = || [].iter();
    let config = DetectorConfig { deny, ..DetectorConfig::default() };
    let denied = Lists::new(1, &config, none(), none(), none());
    let judged = |lists: &Lists| judge(&plain(), &Geo::default(), lists, DataCenterBots::Never);
    assert_eq!(judged(&denied), BotReason::OperatorList);
    let config = DetectorConfig { allow, ..config };
    assert_eq!(judged(&Lists::new(2, &config, none(), none(), none())), BotReason::None);
}

#[test]
fn a_headless_brand_is_a_machine() {
    let hints = ClientHints { brands: r#""HeadlessChrome";v="126""#, ..ClientHints::default() };
    let facts = RequestFacts { hints, ..plain() };
    assert_eq!(judge(&facts, &Geo::default(), &lists("", ""), DataCenterBots::Never), BotReason::KnownBot);
}
