//! What has to hold for every campaign, every visitor and every roll of the dice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "support/support.rs"]
mod support;

use proptest::prelude::*;
use signalbox_domain::{
    CampaignState, Choosing, ClickId, Currency, Money, StreamSelection, Timestamp, Visitor,
};
use signalbox_engine::{
    CompiledUrl, Decision, MacroContext, MappedParams, Outcome, Query, Request, RouteState, RuleTrace,
    Snapshot, StreamVerdict, choose_after_landing, decide, decide_traced, fuzzing,
};
use support::{Seeded, arbitrary, chi_square, request_query};
use url::Url;

/// How many cases are tried; `PROPTEST_CASES` asks for more or fewer.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// Texts a visitor might send: anything, with what is special in URLs and headers more often.
fn hostile() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "&",
        "=",
        "#",
        "?",
        "/",
        "..",
        ".",
        "%",
        "%26",
        "%2e",
        "\r\n",
        "\n",
        "\0",
        " ",
        "+",
        "{",
        "}",
        "{click_id}",
        ";",
        "\\",
        "//",
        "@",
        ":",
        "ü",
        "\u{202e}",
        "'",
        "\"",
        "<script>",
        "javascript:",
        "http://evil.example/",
        "[",
        "]",
        "|",
        "^",
        "`",
    ]);
    let piece =
        prop_oneof![3 => special.prop_map(str::to_owned), 1 => "[a-zA-Z0-9]{0,6}", 1 => any::<String>()];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// Expands `template` for a click that sent `values` as `sub_id_1`, `sub_id_2` and `zone`, and `header` in its headers.
fn expanded(template: &str, values: &[String; 3], header: &str) -> String {
    let (url, _) = CompiledUrl::compile(template, &jiff::tz::TimeZone::UTC).unwrap();
    let [one, two, zone] = values;
    let sent = format!("sub_id_1={}&sub_id_2={}&zone={}", encoded(one), encoded(two), encoded(zone));
    let mut visitor = Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into());
    visitor.user_agent = header.into();
    visitor.geo_mut().city = header.into();
    let query = Query::parse(&sent);
    let params = MappedParams::from_query(&query, None);
    let request = Request {
        referrer: header,
        referrer_domain: header,
        host: header,
        ..Request::new(&visitor, &query, &params, Timestamp(1_790_000_000_000))
    };
    let context = MacroContext {
        click_id: ClickId(7),
        cost: Money::ZERO,
        currency: Currency::USD,
        ..MacroContext::without_campaign(&request, 1)
    };
    let mut out = String::new();
    url.expand(&context, &mut out);
    out
}

/// A value as it arrives: an empty one is as good as none, and what is longer than the cap is cut.
fn pairs(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(1500), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn encoded_values_arrive_as_sent_and_change_nothing_else(one in hostile(), two in hostile(), zone in hostile(), header in hostile()) {
        let values = [one, two, zone];
        let template = "https://a.example/p/{sub_id_1}/q/{zone}?a={sub_id_1}&b={sub_id_2}&{zone}&c={user_agent}&d={referrer}{city}&e=x{sub_id_2}y&click={click_id}#f={zone}&g=1";
        let out = expanded(template, &values, &header);
        prop_assert!(out.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "{out:?}");
        let url = Url::parse(&out).unwrap();
        let [one, two, zone] = &values;
        let names: Vec<_> = pairs(&url).into_iter().map(|(name, _)| name).collect();
        let named = zone.clone();
        // A parameter without name and value is no parameter to a parser.
        let unnamed = usize::from(zone.is_empty());
        prop_assert_eq!(names.len(), 7 - unnamed, "{}", out);
        prop_assert!(zone.is_empty() || names[2] == named);
        let value = |name: &str| pairs(&url).into_iter().find(|(n, _)| n == name).map(|(_, value)| value);
        if !["a", "b", "c", "d", "e", "click"].contains(&named.as_str()) {
            prop_assert_eq!(value("a"), Some(one.clone()));
            prop_assert_eq!(value("b"), Some(two.clone()));
            prop_assert_eq!(value("c"), Some(header.clone()));
            prop_assert_eq!(value("d"), Some(format!("{header}{header}")));
            prop_assert_eq!(value("e"), Some(format!("x{two}y")));
            prop_assert_eq!(value("click"), Some(ClickId(7).to_string()));
        }
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        prop_assert_eq!(segments.len(), 4, "{}", out);
        let decoded = |segment: &str| percent_encoding::percent_decode_str(segment).decode_utf8().unwrap().into_owned();
        let climbing = |value: &str| !value.is_empty() && value.bytes().all(|byte| byte == b'.');
        prop_assert_eq!(decoded(segments[1]), if climbing(one) { "" } else { one.as_str() });
        prop_assert_eq!(decoded(segments[3]), if climbing(zone) { "" } else { zone.as_str() });
        let fragment = format!("f={}&g=1", percent_encoding::utf8_percent_encode(zone, support::UNRESERVED));
        prop_assert_eq!(url.fragment(), Some(fragment.as_str()));
        prop_assert_eq!(url.host_str(), Some("a.example"));
    }

    #[test]
    fn raw_values_add_no_parameter_no_fragment_and_no_header(one in hostile(), two in hostile(), zone in hostile(), header in hostile()) {
        let values = [one, two, zone];
        let template = "https://a.example/p/{_sub_id_1}?a={_sub_id_1}&b={_sub_id_2}&n{_zone}&c={_user_agent}#f{_zone}";
        let out = expanded(template, &values, &header);
        prop_assert!(out.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "{out:?}");
        let url = Url::parse(&out).unwrap();
        let [one, two, zone] = &values;
        let expected = [("a".to_owned(), one.clone()), ("b".to_owned(), two.clone()), (format!("n{zone}"), String::new()), ("c".to_owned(), header)];
        prop_assert_eq!(pairs(&url), expected, "{}", out);
        prop_assert_eq!(url.host_str(), Some("a.example"));
        prop_assert!(url.path().starts_with("/p/"), "{}", out);
        prop_assert!(url.fragment().is_some_and(|fragment| fragment.starts_with('f') && !fragment.contains('#')));
    }

    #[test]
    fn any_template_expands_to_a_header_on_its_own_host(path in hostile(), middle in "[a-z_:.{}&?#=/]{0,40}", sent in hostile()) {
        let text = format!("https://a.example/{path}{middle}{{sub_id_1}}\nsub_id_1={}", encoded(&sent));
        fuzzing::target(text.as_bytes());
        fuzzing::target(format!("https://b.example{middle}\n{sent}").as_bytes());
    }

    #[test]
    fn queries_are_read_like_forms(raw in "[a-zA-Z0-9=&%+; ü]{0,80}", wild in any::<String>()) {
        for raw in [raw, wild] {
            fuzzing::query(raw.as_bytes());
            let raw = raw.trim_start_matches('?');
            let query = Query::parse(raw);
            let ours: Vec<_> = query.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            let forms: Vec<_> = url::form_urlencoded::parse(raw.as_bytes())
                .map(|(n, v)| (n.into_owned(), v.into_owned()))
                .filter(|(name, _)| !name.is_empty())
                .collect();
            if !query.is_truncated() {
                prop_assert_eq!(ours, forms);
            }
        }
    }
}

fn target(decision: &Decision<'_>) -> Option<CompiledUrl> {
    decision.target.cloned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(600), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_campaign_has_an_answer_and_the_trace_tells_the_same(world in arbitrary::world(), seen in arbitrary::seen(), seed in any::<u64>()) {
        let compiled = Snapshot::compile(&world);
        let snapshot = &compiled.snapshot;
        let query = Query::parse(&seen.query);
        for campaign in snapshot.campaigns() {
            let params = MappedParams::from_query(&query, campaign.source());
            let request = seen.request(&query, &params);
            let decision = decide(campaign, snapshot, &request, &mut Seeded(seed));
            let (traced, trace) = decide_traced(campaign, snapshot, &request, &mut Seeded(seed));
            prop_assert_eq!(decision.stream.map(|s| s.id), traced.stream.map(|s| s.id));
            prop_assert_eq!(decision.landing.map(|d| d.id), traced.landing.map(|d| d.id));
            prop_assert_eq!(decision.destination.map(|d| d.id), traced.destination.map(|d| d.id));
            prop_assert_eq!(target(&decision), target(&traced));
            prop_assert_eq!((decision.outcome, decision.status), (traced.outcome, traced.status));
            prop_assert_eq!(trace.outcome, decision.outcome);
            let answered = decision.target.is_some() || decision.outcome == Outcome::Answered;
            prop_assert_eq!(!answered, decision.status == 404);
            let paused = campaign.state != CampaignState::Active;
            prop_assert!(!paused || decision.outcome == Outcome::CampaignPaused);
            let stored = serde_json::to_string(&trace).unwrap();
            prop_assert_eq!(&serde_json::from_str::<signalbox_engine::Trace>(&stored).unwrap(), &trace);
            if let Some(stream) = decision.stream {
                prop_assert!(stream.active);
                let weighted = campaign.selection == StreamSelection::Weight && stream.kind == signalbox_domain::StreamKind::Regular;
                prop_assert!(!weighted || stream.weight > 0);
            }
            // What was chosen takes traffic, or its last alternative does; a visitor sent again has been there.
            for chosen in trace.routes.iter().chain(&trace.landings).filter(|route| route.chosen) {
                let state = chosen.alternatives.last().map_or(chosen.state, |last| last.state);
                prop_assert!(matches!(state, RouteState::Available | RouteState::Visited), "{:?}", chosen);
            }
            for destination in decision.landing.iter().chain(&decision.destination) {
                prop_assert_eq!(destination.state, signalbox_domain::DestinationState::Active);
                prop_assert_eq!(destination.workspace, campaign.workspace.id);
            }
            if let Some(url) = decision.target {
                let cost = campaign.click_cost(&params);
                prop_assert!(!cost.amount.is_negative());
                let context = MacroContext::new(ClickId(9), &request, campaign, &decision, (&cost, seed));
                let mut out = String::new();
                url.expand(&context, &mut out);
                prop_assert!(out.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "{}", out);
            }
        }
    }

    #[test]
    fn any_host_and_path_has_an_answer(world in arbitrary::world(), host in any::<String>(), path in any::<String>()) {
        let compiled = Snapshot::compile(&world);
        let _ = compiled.snapshot.find(&host, &path);
    }
}

#[test]
fn streams_and_routes_share_traffic_by_weight() {
    let world = arbitrary::weighted(&[300, 100, 0, 100], &[70, 30]);
    let compiled = Snapshot::compile(&world);
    let campaign = &compiled.snapshot.campaigns()[0];
    let query = Query::parse("");
    let params = MappedParams::default();
    let visitor = Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into());
    let request = request_query(&visitor, &query, &params);
    let mut dice = Seeded(5);
    let (mut streams, mut routes) = ([0_u64; 4], [0_u64; 2]);
    for _ in 0..100_000 {
        let decision = decide(campaign, &compiled.snapshot, &request, &mut dice);
        streams[decision.stream.unwrap().id.0 as usize] += 1;
        routes[decision.destination.unwrap().id.0 as usize - 100] += 1;
    }
    // The last stream refuses everybody: its share goes to the first and second, three to one.
    assert_eq!((streams[2], streams[3]), (0, 0));
    assert!(chi_square(&streams[..2], &[300, 100]) < 15.2, "{streams:?}");
    assert!(chi_square(&routes, &[70, 30]) < 15.2, "{routes:?}");
}

#[test]
fn the_worlds_made_up_here_are_worth_asking() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut outcomes = std::collections::BTreeMap::new();
    let (mut refused, mut landings, mut redrawn) = (0, 0, 0);
    for seed in 0..3000 {
        let world = arbitrary::world().new_tree(&mut runner).unwrap().current();
        let seen = arbitrary::seen().new_tree(&mut runner).unwrap().current();
        let compiled = Snapshot::compile(&world);
        let query = Query::parse(&seen.query);
        for campaign in compiled.snapshot.campaigns() {
            let params = MappedParams::from_query(&query, campaign.source());
            let request = seen.request(&query, &params);
            let (decision, trace) = decide_traced(campaign, &compiled.snapshot, &request, &mut Seeded(seed));
            *outcomes.entry(format!("{:?}", decision.outcome)).or_insert(0) += 1;
            landings += usize::from(decision.landing.is_some());
            let asked = trace.streams.iter().filter(|stream| stream.turn.is_some());
            let no =
                asked.filter(|stream| stream.verdict == signalbox_engine::StreamVerdict::Refused).count();
            refused += usize::from(no > 0);
            redrawn += usize::from(no > 1 && campaign.selection == StreamSelection::Weight);
        }
    }
    assert!(outcomes.len() == 10 && outcomes.values().all(|count| *count >= 15), "{outcomes:?}");
    // Loops and exhausted visitors are the rarest.
    assert!(refused >= 100 && landings >= 20 && redrawn >= 10, "{refused} {landings} {redrawn}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(600), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_that_refuses_is_never_picked(world in arbitrary::world(), seen in arbitrary::seen(), seed in any::<u64>()) {
        let compiled = Snapshot::compile(&world);
        let query = Query::parse(&seen.query);
        for campaign in compiled.snapshot.campaigns() {
            let params = MappedParams::from_query(&query, campaign.source());
            let request = seen.request(&query, &params);
            let (decision, trace) = decide_traced(campaign, &compiled.snapshot, &request, &mut Seeded(seed));
            let hops = trace.passed_through.iter().map(|hop| &hop.streams);
            let mut took = Vec::new();
            for stream in hops.chain([&trace.streams]).flatten() {
                let held = stream.rules.as_ref().is_some_and(RuleTrace::held);
                // Asked at most once, and only who is switched on; passed over only what would have let the click in.
                prop_assert_eq!(stream.turn.is_some(), stream.rules.is_some());
                match stream.verdict {
                    StreamVerdict::Taken => took.push(stream.turn),
                    StreamVerdict::Refused => prop_assert!(!held && stream.turn.is_some()),
                    StreamVerdict::SwitchedOff | StreamVerdict::NotReached => prop_assert!(stream.turn.is_none()),
                    StreamVerdict::Closed | StreamVerdict::Exhausted => prop_assert!(held && stream.cap.is_none()),
                    StreamVerdict::CapReached => prop_assert!(held && stream.cap.is_some()),
                }
                prop_assert!(stream.verdict != StreamVerdict::Taken || held);
            }
            let streams = usize::from(decision.stream.is_some()) + decision.passed_through.iter().filter(|(_, s)| s.is_some()).count();
            prop_assert_eq!(took.len(), streams, "one in each campaign it passed");
            took.sort();
            took.dedup();
            prop_assert_eq!(took.len(), streams);
        }
    }

    #[test]
    fn sticky_visitors_stay_when_another_weight_changes(
        weights in prop::collection::vec(0_u32..1000, 2..8), changed in any::<prop::sample::Index>(), weight in 0_u32..1000, visitors in any::<u64>()
    ) {
        let changed = changed.index(weights.len());
        let mut others = weights.clone();
        others[changed] = weight;
        let (before, after) = (sticky(&weights), sticky(&others));
        for visitor in visitors..visitors.saturating_add(50) {
            let ((stream, route), (stream_now, route_now)) = (homes(&before, visitor), homes(&after, visitor));
            for (was, is) in [(stream, stream_now), (route, route_now)] {
                prop_assert!(was == is || was == Some(changed as u64) || is == Some(changed as u64), "{:?} to {:?}", was, is);
            }
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(60), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn draws_converge_to_their_weights(weights in prop::collection::vec(1_u32..1000, 2..7), seed in any::<u64>()) {
        // Streams and routes at once; the last stream refuses, so one more is added.
        let mut streams = weights.clone();
        streams.push(500);
        let compiled = Snapshot::compile(&arbitrary::weighted(&streams, &weights));
        let (visitor, query) = (Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into()), Query::parse(""));
        let params = MappedParams::default();
        let request = request_query(&visitor, &query, &params);
        let mut dice = Seeded(seed);
        let (mut taken, mut routed) = (vec![0_u64; weights.len()], vec![0_u64; weights.len()]);
        for _ in 0..3000 {
            let decision = decide(&compiled.snapshot.campaigns()[0], &compiled.snapshot, &request, &mut dice);
            taken[decision.stream.unwrap().id.0 as usize] += 1;
            routed[decision.destination.unwrap().id.0 as usize - 100] += 1;
        }
        // With five degrees of freedom one in ten million draws is beyond 40.
        prop_assert!(chi_square(&taken, &weights) < 40.0 + rare(&weights), "{:?} {:?}", taken, weights);
        prop_assert!(chi_square(&routed, &weights) < 40.0 + rare(&weights), "{:?} {:?}", routed, weights);
    }
}

/// What chi-square may be above its bound because entries that hardly ever come are far from normal.
fn rare(weights: &[u32]) -> f64 {
    let total: u32 = weights.iter().sum();
    let expected = |weight: &u32| 3000.0 * f64::from(*weight) / f64::from(total);
    weights.iter().map(expected).filter(|expected| *expected < 5.0).map(|expected| 30.0 / expected).sum()
}

/// A campaign whose streams and routes are sticky; the last stream, which refuses everybody, has weight 0.
fn sticky(weights: &[u32]) -> Snapshot {
    let mut streams = weights.to_vec();
    streams.push(0);
    let mut world = arbitrary::weighted(&streams, weights);
    let (_, campaign) = &mut world.campaigns[0];
    campaign.sticky_streams_hours = Some(720);
    for stream in &mut campaign.streams {
        stream.choosing = Choosing::Sticky { ttl_hours: 720 };
    }
    Snapshot::compile(&world).snapshot
}

/// The stream of a visitor, and the route in the first stream, where landing pages would send it.
fn homes(snapshot: &Snapshot, visitor_key: u64) -> (Option<u64>, Option<u64>) {
    let (visitor, query) = (Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into()), Query::parse(""));
    let params = MappedParams::default();
    let request = Request { visitor_key, ..request_query(&visitor, &query, &params) };
    let campaign = &snapshot.campaigns()[0];
    let decision = decide(campaign, snapshot, &request, &mut Seeded(1));
    let route = choose_after_landing(&campaign.streams[0], snapshot, None, &request, &mut Seeded(1));
    (decision.stream.map(|stream| stream.id.0), route.map(|route| route.id.0 - 100))
}
