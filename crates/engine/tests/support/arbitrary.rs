//! Arbitrary configurations, sound and unsound, and arbitrary visitors.

use proptest::{collection::vec, option, prelude::*, sample::select};
use signalbox_domain::{
    Action, AffiliateNetwork, AffiliateNetworkId, BotReason, Campaign, CampaignId, CampaignState, Choosing,
    CostModel, Criterion, Destination, DestinationId, DestinationKind, DestinationState, DeviceType, Domain,
    DomainId, Money, Operator, ParameterMapping, ParameterRole, Payout, Percent, RedirectStatus, Route, Rule,
    Slug, Stream, StreamId, StreamKind, StreamSelection, Test, Timestamp, TrafficSource, TrafficSourceId,
    Uniqueness, Visitor, Workspace, WorkspaceId,
};
use signalbox_engine::{MappedParams, Query, Request, RoutingInput};

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
    let status = select(vec![MovedPermanently301, Found302, SeeOther303, Temporary307, Permanent308]);
    prop_oneof![
        6 => status.prop_map(|status| Action::Redirect { status }),
        1 => url().prop_map(|url| Action::Url { url }),
        1 => Just(Action::NotFound)
    ]
}

fn stream() -> impl Strategy<Value = Stream> {
    let kind =
        select(vec![StreamKind::Forced, StreamKind::Regular, StreamKind::Regular, StreamKind::Default]);
    let choosing = select(vec![Choosing::Weighted, Choosing::Waterfall]);
    let body = (vec(route(), 0..3), vec(route(), 0..5), option::weighted(0.2, url()));
    (kind, prop::bool::weighted(0.9), weight(), rule(), action(), choosing, body).prop_map(
        |(kind, active, weight, rules, action, choosing, (landings, routes, trafficback_url))| Stream {
            id: StreamId(1),
            name: "s".to_owned(),
            kind,
            active,
            weight,
            rules,
            action,
            choosing,
            landings,
            routes,
            trafficback_url,
            notes: String::new(),
        },
    )
}

fn cost() -> impl Strategy<Value = CostModel> {
    let amount = (-2_i64..50).prop_map(|cents| Money::from_nanos(i128::from(cents) * 10_000_000));
    prop_oneof![
        Just(CostModel::None),
        amount.clone().prop_map(|amount| CostModel::Cpc { amount }),
        amount.clone().prop_map(|amount| CostModel::Cpm { amount }),
        amount.prop_map(|amount| CostModel::Cpa { amount }),
        (0_u32..1_200_000).prop_map(|percent| CostModel::RevShare { percent: Percent(percent) })
    ]
}

fn campaign() -> impl Strategy<Value = (WorkspaceId, Campaign)> {
    let state = prop_oneof![8 => Just(CampaignState::Active), 1 => Just(CampaignState::Paused), 1 => Just(CampaignState::Archived)];
    let selection = select(vec![StreamSelection::Position, StreamSelection::Weight]);
    let slug = prop_oneof![12 => select(vec!["a", "b", "c"]).prop_map(str::to_owned), 1 => ".{0,4}"];
    let ids = (1_u64..9, option::of(id()), option::of(id()));
    let body = (vec(stream(), 0..6), option::weighted(0.4, url()), cost(), any::<bool>());
    (workspace_id(), ids, slug, state, selection, body).prop_map(
        |(
            workspace,
            (id, domain, source),
            slug,
            state,
            selection,
            (mut streams, trafficback_url, cost, cost_from_parameter),
        )| {
            streams.iter_mut().zip(1..).for_each(|(stream, id)| stream.id = StreamId(id));
            let campaign = Campaign {
                id: CampaignId(id),
                name: "c & d".to_owned(),
                slug: Slug(slug),
                domain_id: domain.map(DomainId),
                state,
                source_id: source.map(TrafficSourceId),
                cost,
                cost_from_parameter,
                currency: Some("EUR".parse().unwrap()),
                uniqueness: Uniqueness::default(),
                stream_selection: selection,
                trafficback_url,
                streams,
                tags: Vec::new(),
                notes: String::new(),
            };
            (workspace, campaign)
        },
    )
}

fn destination() -> impl Strategy<Value = (WorkspaceId, Destination)> {
    use DestinationState::*;
    let state = prop_oneof![6 => Just(Active), 1 => Just(Paused), 1 => Just(Down), 1 => Just(Archived)];
    (workspace_id(), id(), url(), option::of(id()), state).prop_map(|(workspace, id, url, network, state)| {
        let destination = Destination {
            id: DestinationId(id),
            name: "d".to_owned(),
            kind: DestinationKind::Offer,
            url,
            network_id: network.map(AffiliateNetworkId),
            payout: Payout::Auto,
            currency: None,
            state,
            tags: Vec::new(),
            notes: String::new(),
        };
        (workspace, destination)
    })
}

fn network() -> impl Strategy<Value = (WorkspaceId, AffiliateNetwork)> {
    let parameters = select(vec!["", "aff_sub={click_id}", "&a=1&b={_keyword}", "a b#c"]);
    (workspace_id(), id(), parameters).prop_map(|(workspace, id, parameters)| {
        let network = AffiliateNetwork {
            id: AffiliateNetworkId(id),
            name: "n".to_owned(),
            postback_key: String::new(),
            click_id_token: String::new(),
            payout_token: String::new(),
            status_token: String::new(),
            transaction_token: String::new(),
            statuses: Vec::new(),
            currency: None,
            offer_parameters: parameters.to_owned(),
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
    }
}

/// Any configuration.
pub fn world() -> impl Strategy<Value = RoutingInput> {
    let lists = (
        vec(campaign(), 1..5),
        vec(destination(), 0..16),
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
        id: StreamId(number),
        name: format!("s{number}"),
        kind: StreamKind::Regular,
        active: true,
        weight: *weight,
        rules: if number + 1 == streams.len() as u64 { Rule::Any(Vec::new()) } else { Rule::default() },
        action: Action::default(),
        choosing: Choosing::Weighted,
        landings: Vec::new(),
        routes: (0..).zip(routes).map(route).collect(),
        trafficback_url: None,
        notes: String::new(),
    };
    let destination = |number: u64| {
        let destination = Destination {
            id: DestinationId(100 + number),
            name: "d".to_owned(),
            kind: DestinationKind::Offer,
            url: "https://a.example/?c={click_id}".to_owned(),
            network_id: None,
            payout: Payout::Auto,
            currency: None,
            state: DestinationState::Active,
            tags: Vec::new(),
            notes: String::new(),
        };
        (WorkspaceId(1), destination)
    };
    let campaign = Campaign {
        id: CampaignId(1),
        name: "c".to_owned(),
        slug: Slug("go".to_owned()),
        domain_id: None,
        state: CampaignState::Active,
        source_id: None,
        cost: CostModel::default(),
        cost_from_parameter: false,
        currency: None,
        uniqueness: Uniqueness::default(),
        stream_selection: StreamSelection::Weight,
        trafficback_url: None,
        streams: (0..).zip(streams).map(stream).collect(),
        tags: Vec::new(),
        notes: String::new(),
    };
    RoutingInput {
        workspaces: vec![workspace(1, "UTC")],
        campaigns: vec![(WorkspaceId(1), campaign)],
        destinations: (0..routes.len() as u64).map(destination).collect(),
        ..RoutingInput::default()
    }
}

/// What is seen of a visitor.
#[derive(Debug, Clone)]
pub struct Seen {
    visitor: Visitor,
    pub query: String,
    header: String,
    now: i64,
    unique: bool,
}

impl Seen {
    pub fn request<'a>(&'a self, query: &'a Query<'a>, params: &'a MappedParams<'a>) -> Request<'a> {
        Request {
            visitor: &self.visitor,
            query,
            referrer: &self.header,
            referrer_domain: &self.header,
            host: "t.example:8081",
            params,
            unique_campaign: self.unique,
            now: Timestamp(self.now),
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
    (known, sent, any::<String>(), now, any::<bool>()).prop_map(
        |((country, version, kind, bot, asn), query, header, now, unique)| {
            let mut visitor = Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into());
            visitor.geo.country = country.into();
            visitor.geo.asn = asn;
            visitor.device.os.version = version.into();
            visitor.device.browser.version = version.into();
            visitor.device.kind = kind;
            visitor.bot = bot;
            visitor.user_agent = header.as_str().into();
            Seen { visitor, query: query.to_owned(), header, now, unique }
        },
    )
}
