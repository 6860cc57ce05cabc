//! Arbitrary configurations, sound and unsound, and arbitrary visitors.

use proptest::{collection::vec, option, prelude::*, sample::select};
use signalbox_domain::{
    Action, Adaptive, AffiliateNetwork, AffiliateNetworkId, BotPolicy, BotReason, Campaign, CampaignId,
    CampaignState, Cap, CapPeriod, Choosing, CostModel, Criterion, Destination, DestinationId,
    DestinationKind, DestinationState, DeviceType, Domain, DomainId, Exhausted, ExtraPath, HealthCheck,
    LossRule, Measure, Money, NoRepeat, OfferChoice, Operator, ParameterMapping, ParameterRole, Percent,
    RedirectStatus, Route, Rule, Schedule, Slug, Stream, StreamId, StreamKind, StreamSelection, Subject,
    Test, Timestamp, TrafficSource, TrafficSourceId, Via, Visitor, WeeklySlot, Workspace, WorkspaceId,
};
use signalbox_engine::{Live, MappedParams, OutReason, Population, Query, Request, RoutingInput, Shares};

fn id() -> impl Strategy<Value = u64> {
    1_u64..6
}

fn workspace_id() -> impl Strategy<Value = WorkspaceId> {
    prop_oneof![12 => Just(WorkspaceId(1)), 2 => Just(WorkspaceId(2)), 1 => Just(WorkspaceId(3))]
}

fn url() -> impl Strategy<Value = String> {
    let unsound = select(vec!["javascript:alert(1)", "", "https://a.example:99999/"]);
    let sound = select(vec![
        "https://a.example/",
        "https://a.example/{sub_id_1}/x?c={click_id}&u={user_agent}#{city}",
        "https://b.example?z={zone}&r={_referrer}&d={date:Y-m-d,Asia/Tokyo}&n={random:1,9}&{offer_id}{campaign_name}",
        "https://bücher.example/ü?q={keyword:none}&c={cost}{currency}",
    ]);
    prop_oneof![16 => sound.prop_map(str::to_owned), 1 => unsound.prop_map(str::to_owned), 2 => "https://a\\.example/[ -~ü]{0,30}"]
}

fn criterion() -> impl Strategy<Value = Criterion> {
    let plain: Vec<Criterion> = Criterion::plain().map(|(_, criterion)| criterion.clone()).collect();
    prop_oneof![
        6 => select(plain),
        1 => select(vec!["zone", "A", "sub_id_1"]).prop_map(|name| Criterion::Query(name.to_owned())),
        1 => (1_u8..=30).prop_map(Criterion::SubId)
    ]
}

fn operator() -> impl Strategy<Value = Operator> {
    use Operator::*;
    select(vec![
        In,
        NotIn,
        Contains,
        NotContains,
        StartsWith,
        EndsWith,
        AtLeast,
        AtMost,
        Between,
        NotBetween,
        Exists,
        Empty,
    ])
}

fn value() -> impl Strategy<Value = String> {
    let usual = select(vec![
        "DE",
        "EU",
        "mobile",
        "true",
        "false",
        "10.2",
        "1..100",
        "22:00-06:00",
        "2026-01-01..2026-12-31",
        "mon",
        "Chrome",
        "AS13335",
        "",
        "x",
        "09:00-17:00",
        "unknown",
    ]);
    prop_oneof![8 => usual.prop_map(str::to_owned), 1 => ".{0,8}"]
}

/// A test that passes validation: the value fits the criterion and the operator.
fn sound_test() -> impl Strategy<Value = Test> {
    use Operator::{
        AtLeast, AtMost, Between, Contains, EndsWith, In, NotBetween, NotContains, NotIn, StartsWith,
    };
    let ranged = any::<bool>().prop_map(|negated| if negated { NotBetween } else { Between });
    (
        criterion(),
        select(vec![In, NotIn, Contains, NotContains, StartsWith, EndsWith, AtLeast, AtMost]),
        ranged,
        0_u8..10,
    )
        .prop_map(|(criterion, plain, ranged, choice)| {
            let (op, value) = match &criterion {
                Criterion::TimeOfDay => (ranged, "22:00-06:00"),
                Criterion::Date => (ranged, "2020-01-01..2050-12-31"),
                Criterion::Weekday => (plain, ["mon", "sat"][usize::from(choice % 2)]),
                Criterion::Bot | Criterion::Unique => (plain, ["true", "false"][usize::from(choice % 2)]),
                Criterion::Country => (plain, "DE"),
                Criterion::Continent => (plain, "EU"),
                Criterion::DeviceType => (plain, ["mobile", "unknown"][usize::from(choice % 2)]),
                _ => (plain, ["10", "x", "AS13335", "17"][usize::from(choice % 4)]),
            };
            match choice {
                8 => Test { criterion, op: Operator::Exists, values: Vec::new(), timezone: None },
                9 => Test { criterion, op: Operator::Empty, values: Vec::new(), timezone: None },
                _ => Test { criterion, op, values: vec![value.to_owned()], timezone: None },
            }
        })
}

fn test() -> impl Strategy<Value = Rule> {
    let timezone =
        option::weighted(0.1, select(vec!["Europe/Berlin", "Mars/Olympus"]).prop_map(str::to_owned));
    let wild = (criterion(), operator(), vec(value(), 0..4), timezone)
        .prop_map(|(criterion, op, values, timezone)| Test { criterion, op, values, timezone });
    prop_oneof![30 => sound_test().boxed(), 1 => wild.boxed()].prop_map(Rule::Test)
}

fn rule() -> impl Strategy<Value = Rule> {
    test().prop_recursive(4, 24, 4, |part| {
        prop_oneof![
            3 => vec(part.clone(), 0..4).prop_map(Rule::All),
            2 => vec(part.clone(), 0..4).prop_map(Rule::Any),
            1 => vec(part, 0..4).prop_map(Rule::None)
        ]
    })
}

fn weight() -> impl Strategy<Value = u32> {
    prop_oneof![10 => Just(0), 60 => 1_u32..200, 10 => Just(1_000_000), 1 => Just(u32::MAX)]
}

fn route() -> impl Strategy<Value = Route> {
    (id(), weight(), prop::bool::weighted(0.9)).prop_map(|(id, weight, active)| Route {
        destination_id: DestinationId(id),
        weight,
        active,
    })
}

fn action() -> impl Strategy<Value = Action> {
    use RedirectStatus::*;
    let status = || select(vec![MovedPermanently301, Found302, SeeOther303, Temporary307, Permanent308]);
    let via =
        || select(vec![Via::Http, Via::Http, Via::Meta, Via::DoubleMeta, Via::Js, Via::Form, Via::Iframe]);
    let body = || select(vec!["", "<p>{city}", "{sub_id_1} & {_zone}", "{"]).prop_map(str::to_owned);
    prop_oneof![
        16 => (status(), via()).prop_map(|(status, via)| Action::Redirect { status, via }),
        2 => (url(), status(), via()).prop_map(|(url, status, via)| Action::Url { url, status, via }),
        5 => (1_u64..9).prop_map(|id| Action::Campaign { campaign_id: CampaignId(id) }),
        1 => body().prop_map(|body| Action::ShowHtml { body }),
        1 => body().prop_map(|body| Action::ShowText { body }),
        1 => Just(Action::Nothing),
        1 => Just(Action::NotFound)
    ]
}

fn cap() -> impl Strategy<Value = Cap> {
    let measure = select(vec![Measure::Clicks, Measure::Conversions, Measure::Cost, Measure::Revenue]);
    let period = prop_oneof![
        Just(CapPeriod::Hour),
        Just(CapPeriod::Day),
        Just(CapPeriod::Total),
        (0_u16..800).prop_map(|hours| CapPeriod::Rolling { hours })
    ];
    let zone = option::weighted(0.3, select(vec!["Africa/Cairo", "Australia/Lord_Howe", "Mars/Olympus"]));
    (measure, period, -1_i64..20, zone).prop_map(|(measure, period, limit, zone)| Cap {
        measure,
        period,
        limit: Money::from_whole(limit),
        timezone: zone.map(str::to_owned),
    })
}

fn some_caps() -> impl Strategy<Value = Vec<Cap>> {
    option::weighted(0.2, cap()).prop_map(|cap| cap.into_iter().collect())
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let moment =
        || option::weighted(0.3, select(vec!["2020-01-01", "2030-06-01T12:00", "2026-03-29T02:30", "x"]));
    let slot = (
        select(vec!["mon", "fri", "sun", "?"]),
        select(vec!["09:00-17:00", "22:00-06:00", "00:00-24:00", "9"]),
    );
    let slot = slot.prop_map(|(day, time)| WeeklySlot { days: vec![day.to_owned()], time: time.to_owned() });
    let zone = option::of(select(vec!["America/Havana", "Asia/Kathmandu", "Nowhere"]));
    (zone, moment(), moment(), vec(slot, 0..3)).prop_map(|(zone, from, until, weekly)| Schedule {
        timezone: zone.map(str::to_owned),
        from: from.map(str::to_owned),
        until: until.map(str::to_owned),
        weekly,
    })
}

fn choosing() -> impl Strategy<Value = Choosing> {
    prop_oneof![
        2 => Just(Choosing::Weighted),
        1 => (0_u16..50).prop_map(|ttl_hours| Choosing::Sticky { ttl_hours }),
        1 => Just(Choosing::RoundRobin),
        1 => Just(Choosing::Waterfall),
        1 => Just(Choosing::Adaptive(Adaptive::default()))
    ]
}

fn stream() -> impl Strategy<Value = Stream> {
    let kind =
        select(vec![StreamKind::Forced, StreamKind::Regular, StreamKind::Regular, StreamKind::Default]);
    let rules = prop_oneof![2 => Just(Rule::default()).boxed(), 3 => rule().boxed()];
    let exhausted = select(vec![Exhausted::Repeat, Exhausted::NextStream, Exhausted::Trafficback]);
    let no_repeat = exhausted.prop_map(|exhausted| NoRepeat { ttl_hours: 24, exhausted });
    let offer_choice = select(vec![OfferChoice::AfterLanding, OfferChoice::BeforeLanding]);
    let limits = (
        option::weighted(0.5, no_repeat),
        some_caps(),
        option::weighted(0.15, schedule()),
        offer_choice,
        any::<bool>(),
    );
    let body = (vec(route(), 0..3), vec(route(), 1..5), option::weighted(0.2, url()), limits);
    (kind, prop::bool::weighted(0.9), weight(), rules, action(), choosing(), body).prop_map(
        |(kind, active, weight, rules, action, choosing, (landings, routes, trafficback_url, limits))| {
            let (no_repeat, caps, schedule, offer_choice, collect_clicks) = limits;
            Stream {
                active,
                weight,
                rules,
                action,
                choosing,
                landings,
                routes,
                offer_choice,
                no_repeat,
                caps,
                schedule,
                collect_clicks,
                trafficback_url,
                ..Stream::new(StreamId(1), "s", kind)
            }
        },
    )
}

fn cost() -> impl Strategy<Value = CostModel> {
    let amount = (-2_i64..50).prop_map(|cents| Money::from_nanos(i128::from(cents) * 10_000_000));
    prop_oneof![
        Just(CostModel::None),
        amount.clone().prop_map(|amount| CostModel::Cpc { amount }),
        amount.clone().prop_map(|amount| CostModel::Cpm { amount }),
        amount.clone().prop_map(|amount| CostModel::Cpa { amount }),
        amount.prop_map(|amount| CostModel::Cpl { amount }),
        (0_u32..1_200_000).prop_map(|percent| CostModel::RevShare { percent: Percent(percent) })
    ]
}

fn campaign() -> impl Strategy<Value = (WorkspaceId, Campaign)> {
    let state = prop_oneof![8 => Just(CampaignState::Active), 1 => Just(CampaignState::Paused), 1 => Just(CampaignState::Archived)];
    let selection = select(vec![StreamSelection::Position, StreamSelection::Weight]);
    let slug = prop_oneof![12 => select(vec!["a", "b", "c"]).prop_map(str::to_owned), 1 => ".{0,4}"];
    let ids = (1_u64..9, option::of(id()), option::of(id()));
    let bots = prop_oneof![
        6 => Just(BotPolicy::Route),
        1 => url().prop_map(|url| BotPolicy::Url { url }),
        1 => Just(BotPolicy::NotFound),
        1 => Just(BotPolicy::Ignore)
    ];
    let extra_path = select(vec![ExtraPath::Refuse, ExtraPath::Ignore, ExtraPath::Append]);
    let limits = (option::weighted(0.3, 0_u16..50), some_caps(), bots, extra_path);
    let body = (vec(stream(), 0..6), option::weighted(0.4, url()), cost(), any::<bool>(), limits);
    (workspace_id(), ids, slug, state, selection, body).prop_map(
        |(workspace, (id, domain, source), slug, state, selection, body)| {
            let (mut streams, trafficback_url, cost, cost_from_parameter, limits) = body;
            let (sticky_streams_hours, caps, bots, extra_path) = limits;
            streams.iter_mut().zip(1..).for_each(|(stream, id)| stream.id = StreamId(id));
            let campaign = Campaign {
                domain_id: domain.map(DomainId),
                state,
                source_id: source.map(TrafficSourceId),
                cost,
                cost_from_parameter,
                currency: Some("EUR".parse().unwrap()),
                stream_selection: selection,
                sticky_streams_hours,
                caps,
                bots,
                extra_path,
                trafficback_url,
                streams,
                ..Campaign::new(CampaignId(id), "c & d", Slug(slug))
            };
            (workspace, campaign)
        },
    )
}

fn destination() -> impl Strategy<Value = (WorkspaceId, Destination)> {
    use DestinationState::*;
    let state = prop_oneof![6 => Just(Active), 1 => Just(Paused), 1 => Just(Down), 1 => Just(Archived)];
    let health = HealthCheck { url: None, interval_seconds: 60, failures: 3 };
    let loss = LossRule { roi_below: Money::ZERO, clicks_min: 1, window_hours: 24 };
    let limits = (
        some_caps(),
        option::weighted(0.15, schedule()),
        option::weighted(0.3, id()),
        option::weighted(0.3, Just(health)),
        option::weighted(0.3, Just(loss)),
    );
    (workspace_id(), id(), url(), option::of(id()), state, limits).prop_map(
        |(workspace, id, url, network, state, (caps, schedule, alternative, health, loss_rule))| {
            let destination = Destination {
                network_id: network.map(AffiliateNetworkId),
                state,
                caps,
                schedule,
                alternative_id: alternative.map(DestinationId),
                health,
                loss_rule,
                ..Destination::new(DestinationId(id), "d", DestinationKind::Offer, url)
            };
            (workspace, destination)
        },
    )
}

fn network() -> impl Strategy<Value = (WorkspaceId, AffiliateNetwork)> {
    let parameters = select(vec!["", "aff_sub={click_id}", "&a=1&b={_keyword}", "a b#c"]);
    (workspace_id(), id(), parameters).prop_map(|(workspace, id, parameters)| {
        let network = AffiliateNetwork {
            id: AffiliateNetworkId(id),
            name: "n".to_owned(),
            postback_key: String::new(),
            retired_keys: Vec::new(),
            allowed_ips: Vec::new(),
            click_id_token: String::new(),
            payout_token: String::new(),
            status_token: String::new(),
            transaction_token: String::new(),
            statuses: Vec::new(),
            currency: None,
            offer_parameters: parameters.to_owned(),
            keyless: false,
            notes: String::new(),
        };
        (workspace, network)
    })
}

fn source() -> impl Strategy<Value = (WorkspaceId, TrafficSource)> {
    let role = prop_oneof![
        Just(ParameterRole::ExternalId),
        Just(ParameterRole::Cost),
        Just(ParameterRole::Keyword),
        any::<u8>().prop_map(ParameterRole::SubId)
    ];
    let mapping = (select(vec!["zone", "a", "cost", "kw"]), role).prop_map(|(parameter, role)| {
        ParameterMapping { parameter: parameter.to_owned(), token: String::new(), role, label: String::new() }
    });
    (workspace_id(), id(), vec(mapping, 0..4)).prop_map(|(workspace, id, parameters)| {
        let source = TrafficSource {
            id: TrafficSourceId(id),
            name: "t".to_owned(),
            parameters,
            currency: None,
            notes: String::new(),
        };
        (workspace, source)
    })
}

fn domain() -> impl Strategy<Value = (WorkspaceId, Domain)> {
    let host = select(vec!["t.example", "u.example", "Bad Host", "2001:db8::1"]);
    (workspace_id(), id(), host, option::of(1_u64..9), option::of(url())).prop_map(
        |(workspace, id, host, campaign, not_found_url)| {
            let domain = Domain {
                id: DomainId(id),
                host: host.to_owned(),
                default_campaign_id: campaign.map(CampaignId),
                not_found_url,
                https: true,
                robots: false,
                notes: String::new(),
            };
            (workspace, domain)
        },
    )
}

fn workspace(id: u64, timezone: &str) -> Workspace {
    Workspace {
        id: WorkspaceId(id),
        name: "w".to_owned(),
        currency: "USD".parse().unwrap(),
        timezone: timezone.to_owned(),
        rates: Vec::new(),
        earlier_rates: Vec::new(),
        conversion_types: Vec::new(),
        addresses: Default::default(),
    }
}

/// Any configuration.
pub fn world() -> impl Strategy<Value = RoutingInput> {
    let lists = (
        vec(campaign(), 1..5),
        vec(destination(), 4..16),
        vec(source(), 0..4),
        vec(network(), 0..4),
        vec(domain(), 0..4),
    );
    lists.prop_map(|(campaigns, destinations, sources, networks, domains)| RoutingInput {
        workspaces: vec![workspace(1, "Europe/Berlin"), workspace(2, "UTC")],
        campaigns,
        destinations,
        sources,
        networks,
        domains,
        revision: 1,
    })
}

/// A campaign whose regular streams have these weights, each with routes of those; the last stream refuses everybody.
pub fn weighted(streams: &[u32], routes: &[u32]) -> RoutingInput {
    let route = |(number, weight): (u64, &u32)| Route {
        destination_id: DestinationId(100 + number),
        weight: *weight,
        active: true,
    };
    let stream = |(number, weight): (u64, &u32)| Stream {
        weight: *weight,
        rules: if number + 1 == streams.len() as u64 { Rule::Any(Vec::new()) } else { Rule::default() },
        routes: (0..).zip(routes).map(route).collect(),
        ..Stream::new(StreamId(number), format!("s{number}"), StreamKind::Regular)
    };
    let destination = |number: u64| {
        let url = "https://a.example/?c={click_id}";
        let id = DestinationId(100 + number);
        (WorkspaceId(1), Destination::new(id, "d", DestinationKind::Offer, url))
    };
    let campaign = Campaign {
        stream_selection: StreamSelection::Weight,
        streams: (0..).zip(streams).map(stream).collect(),
        ..Campaign::new(CampaignId(1), "c", Slug("go".to_owned()))
    };
    RoutingInput {
        workspaces: vec![workspace(1, "UTC")],
        campaigns: vec![(WorkspaceId(1), campaign)],
        destinations: (0..routes.len() as u64).map(destination).collect(),
        ..RoutingInput::default()
    }
}

/// Whatever might be live: made of one number, the same each time it is asked.
#[derive(Debug, Clone)]
pub struct Anything {
    seed: u64,
    shares: Shares,
}

impl Anything {
    fn one_in(&self, many: u64, salt: u64) -> bool {
        (self.seed ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40 & 0xffff < 0x1_0000 / many
    }
}

impl Live for Anything {
    fn seen(&self, _population: Population) -> bool {
        self.one_in(2, 1)
    }
    fn converted(&self, _population: Population) -> bool {
        self.one_in(2, 2)
    }
    fn visited(&self, stream: StreamId, destination: DestinationId) -> bool {
        self.one_in(2, 3 + stream.0 * 8 + destination.0)
    }
    fn counted(&self, _subject: Subject, measure: Measure, since: Option<Timestamp>) -> Money {
        let limit =
            if self.one_in(3, measure as u64 + since.map_or(0, |since| since.0 as u64)) { 100 } else { 3 };
        Money::from_whole(limit)
    }
    fn out(&self, destination: DestinationId) -> Option<OutReason> {
        let reason = if self.one_in(2, 5) { OutReason::Unhealthy } else { OutReason::Loss };
        self.one_in(3, 40 + destination.0).then_some(reason)
    }
    fn shares(&self, stream: StreamId) -> Option<&Shares> {
        self.one_in(2, 60 + stream.0).then_some(&self.shares)
    }
    fn turn(&self, _stream: StreamId) -> u64 {
        self.seed
    }
}

fn anything() -> impl Strategy<Value = Anything> {
    (any::<u64>(), vec(0_u32..500_000, 0..5), 0_u32..1_000_000).prop_map(|(seed, best, exploration)| {
        Anything {
            seed,
            shares: Shares {
                reasons: best.iter().map(|_| "so it is".into()).collect(),
                best: best.into(),
                exploration,
            },
        }
    })
}

/// What is seen of a visitor.
#[derive(Debug, Clone)]
pub struct Seen {
    visitor: Visitor,
    pub query: String,
    header: String,
    now: i64,
    unique: bool,
    key: u64,
    live: Anything,
}

impl Seen {
    pub fn request<'a>(&'a self, query: &'a Query<'a>, params: &'a MappedParams<'a>) -> Request<'a> {
        Request {
            referrer: &self.header,
            referrer_domain: &self.header,
            host: "t.example:8081",
            extra_path: "/a/../b",
            unique_campaign: self.unique,
            visitor_key: self.key,
            live: &self.live,
            ..Request::new(&self.visitor, query, params, Timestamp(self.now))
        }
    }
}

/// Any visitor.
pub fn seen() -> impl Strategy<Value = Seen> {
    let known = (
        select(vec!["", "DE", "FR"]),
        select(vec!["", "10.2", "17", "XP"]),
        select(vec![DeviceType::Unknown, DeviceType::Mobile, DeviceType::Desktop]),
        select(vec![BotReason::None, BotReason::KnownBot]),
        select(vec![0_u32, 13_335]),
    );
    let sent = select(vec![
        "",
        "zone=x&a=1",
        "sub_id_1=%0d%0a&zone=%26",
        "cost=0.5&keyword=a+b",
        "cost=-3",
        "cost={cost}",
    ]);
    let now = prop_oneof![Just(1_790_000_000_000), 0_i64..4_102_444_800_000, any::<i64>()];
    (known, sent, any::<String>(), now, any::<bool>(), any::<u64>(), anything()).prop_map(
        |((country, version, kind, bot, asn), query, header, now, unique, key, live)| {
            let mut visitor = Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into());
            visitor.geo_mut().country = country.into();
            visitor.geo_mut().asn = asn;
            visitor.device_mut().os.version = version.into();
            visitor.device_mut().browser.version = version.into();
            visitor.device_mut().kind = kind;
            visitor.bot = bot;
            visitor.user_agent = header.as_str().into();
            Seen { visitor, query: query.to_owned(), header, now, unique, key, live }
        },
    )
}
