//! One of each entity with every field set, so that a field lost on the way shows.

#![allow(dead_code, reason = "each test binary uses its part")]

use serde_json::json;
use signalbox_catalog::{Delivery, DeliveryState, Session};
use signalbox_domain::*;

/// An id that looks like one, the same at each call.
pub fn id<T: From<Id>>(number: u64) -> T {
    T::from(Id(number))
}

pub struct Id(u64);

macro_rules! ids {
    ($($name:ident),+) => { $(impl From<Id> for $name {
        fn from(id: Id) -> Self {
            Self::new(Timestamp(1_790_000_000_000), id.0)
        }
    })+ };
}
ids!(
    AffiliateNetworkId,
    AlertId,
    ApiKeyId,
    CampaignId,
    CostCorrectionId,
    CustomMetricId,
    DestinationId,
    DomainId,
    ExportId,
    OutputId,
    SavedViewId,
    SessionId,
    ShareLinkId,
    StreamId,
    TrafficSourceId,
    UserId,
    WorkspaceId
);

pub fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub fn currency(text: &str) -> Currency {
    text.parse().unwrap()
}

pub fn workspace() -> Workspace {
    Workspace {
        id: id(1),
        name: "Café „North\" $1.50".to_owned(),
        currency: currency("EUR"),
        timezone: "Europe/Berlin".to_owned(),
        rates: vec![CurrencyRate {
            currency: currency("USD"),
            rate: money("0.923456789"),
            since: Some(Timestamp(1_790_000_000_000)),
            source: RateSource::Ecb,
        }],
        earlier_rates: vec![CurrencyRate {
            currency: currency("USD"),
            rate: money("0.91"),
            since: None,
            source: RateSource::Manual,
        }],
        conversion_types: vec![
            ConversionType {
                status: ConversionStatus::Custom1,
                name: "Qualified lead".to_owned(),
                words: vec!["qualified".to_owned()],
                repeat: RepeatPolicy::Add,
            },
            ConversionType {
                status: ConversionStatus::Sale,
                name: String::new(),
                words: Vec::new(),
                repeat: RepeatPolicy::Keep,
            },
        ],
        addresses: signalbox_domain::AddressPolicy::Truncate,
    }
}

pub fn domain() -> Domain {
    Domain {
        id: id(2),
        host: "trk.example.com".to_owned(),
        default_campaign_id: Some(id(7)),
        not_found_url: Some("https://example.com/404?from={click_id}".to_owned()),
        https: false,
        robots: true,
        notes: "DNS at the registrar".to_owned(),
    }
}

pub fn traffic_source() -> TrafficSource {
    let mapping = |parameter: &str, token: &str, role, label: &str| ParameterMapping {
        parameter: parameter.to_owned(),
        token: token.to_owned(),
        role,
        label: label.to_owned(),
    };
    TrafficSource {
        id: id(3),
        name: "PropellerAds".to_owned(),
        parameters: vec![
            mapping("visitor_id", "${SUBID}", ParameterRole::ExternalId, ""),
            mapping("cost", "{cost}", ParameterRole::Cost, "Bid"),
            mapping("zone", "{zoneid}", ParameterRole::SubId(1), "Zone"),
        ],
        currency: Some(currency("USD")),
        notes: "account 42".to_owned(),
    }
}

pub fn affiliate_network() -> AffiliateNetwork {
    AffiliateNetwork {
        id: id(4),
        name: "Adcombo".to_owned(),
        postback_key: "k3y-0123456789_ABCdef".to_owned(),
        retired_keys: vec![RetiredKey {
            key: "0ld-0123456789_ABCdef".to_owned(),
            until: Timestamp(1_900_000_000_000),
        }],
        allowed_ips: vec!["192.0.2.0/24".to_owned(), "2001:db8::7".to_owned()],
        click_id_token: "{subacc}".to_owned(),
        payout_token: "{revenue}".to_owned(),
        status_token: "{goal_id}".to_owned(),
        transaction_token: "{trans_id}".to_owned(),
        statuses: vec![
            StatusMapping { word: "9".to_owned(), status: ConversionStatus::Trash },
            StatusMapping { word: "Paid Out".to_owned(), status: ConversionStatus::Sale },
        ],
        currency: Some(currency("GBP")),
        offer_parameters: "subacc={click_id}&aff=7".to_owned(),
        keyless: false,
        notes: "manager: see wiki".to_owned(),
    }
}

pub fn destination() -> Destination {
    Destination {
        id: id(5),
        name: "Offer DE".to_owned(),
        kind: DestinationKind::Offer,
        url: "https://offer.example/?s={click_id}".to_owned(),
        network_id: Some(id(4)),
        payout: Payout::Fixed { amount: money("12.345678901") },
        payout_rules: vec![PayoutRule {
            statuses: vec![ConversionStatus::Rebill],
            countries: vec!["DE".to_owned()],
            payout: Payout::Fixed { amount: money("3") },
        }],
        currency: Some(currency("USD")),
        state: DestinationState::Paused,
        hosted: false,
        caps: vec![
            cap(Measure::Conversions, CapPeriod::Day, "50", Some("Europe/Lisbon")),
            cap(Measure::Revenue, CapPeriod::Rolling { hours: 48 }, "1000.5", None),
        ],
        alternative_id: Some(id(6)),
        schedule: Some(schedule()),
        health: Some(HealthCheck {
            url: Some("https://offer.example/up".to_owned()),
            interval_seconds: 30,
            failures: 2,
        }),
        loss_rule: Some(LossRule { roi_below: money("-30"), clicks_min: 500, window_hours: 24 }),
        tags: vec!["de".to_owned(), "nutra".to_owned()],
        notes: "cap 50 a day".to_owned(),
    }
}

pub fn landing() -> Destination {
    Destination {
        id: id(6),
        name: "Lander".to_owned(),
        kind: DestinationKind::Landing,
        url: "https://lander.example/".to_owned(),
        network_id: None,
        payout: Payout::Auto,
        payout_rules: Vec::new(),
        currency: None,
        state: DestinationState::Active,
        hosted: true,
        caps: Vec::new(),
        alternative_id: None,
        schedule: None,
        health: None,
        loss_rule: None,
        tags: Vec::new(),
        notes: String::new(),
    }
}

fn cap(measure: Measure, period: CapPeriod, limit: &str, timezone: Option<&str>) -> Cap {
    Cap { measure, period, limit: money(limit), timezone: timezone.map(str::to_owned) }
}

fn schedule() -> Schedule {
    Schedule {
        timezone: Some("Europe/Lisbon".to_owned()),
        from: Some("2026-12-01".to_owned()),
        until: Some("2026-12-24T18:30".to_owned()),
        weekly: vec![WeeklySlot {
            days: vec!["mon".to_owned(), "fri".to_owned()],
            time: "22:00-06:00".to_owned(),
        }],
    }
}

pub fn campaign() -> Campaign {
    let test = |criterion: &str, op, values: &[&str], timezone: Option<&str>| {
        Rule::Test(Test {
            criterion: criterion.parse().unwrap(),
            op,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            timezone: timezone.map(str::to_owned),
        })
    };
    let stream = Stream {
        id: id(8),
        name: "Germany by night".to_owned(),
        kind: StreamKind::Forced,
        active: false,
        weight: 70,
        rules: Rule::All(vec![
            test("country", Operator::In, &["DE", "AT"], None),
            Rule::None(vec![test("query.debug", Operator::Exists, &[], None)]),
            test("time_of_day", Operator::Between, &["22:00-06:00"], Some("Europe/Vienna")),
            Rule::Expression("asn > 0".to_owned()),
        ]),
        action: Action::Redirect { status: RedirectStatus::Temporary307, via: Via::DoubleMeta },
        choosing: Choosing::Adaptive(Adaptive {
            goal: Goal::Roi,
            clicks_min: 250,
            exploration: "7.5".parse().unwrap(),
            half_life_hours: 36,
        }),
        landings: vec![Route { destination_id: id(6), weight: 100, active: true }],
        routes: vec![Route { destination_id: id(5), weight: 30, active: false }],
        offer_choice: OfferChoice::BeforeLanding,
        no_repeat: Some(NoRepeat { ttl_hours: 72, exhausted: Exhausted::NextStream }),
        caps: vec![cap(Measure::Clicks, CapPeriod::Hour, "900", Some("UTC"))],
        schedule: Some(schedule()),
        collect_clicks: false,
        trafficback_url: Some("https://back.example/".to_owned()),
        notes: "n".to_owned(),
    };
    let rest = Stream {
        action: Action::Url {
            url: "https://rest.example/?c={country}".to_owned(),
            status: RedirectStatus::SeeOther303,
            via: Via::Form,
        },
        choosing: Choosing::Sticky { ttl_hours: 12 },
        ..Stream::new(id(9), "The rest", StreamKind::Default)
    };
    Campaign {
        id: id(7),
        name: "Summer".to_owned(),
        slug: Slug("summer-26".to_owned()),
        domain_id: Some(id(2)),
        state: CampaignState::Paused,
        source_id: Some(id(3)),
        cost: CostModel::RevShare { percent: "12.5".parse().unwrap() },
        cost_from_parameter: true,
        currency: Some(currency("USD")),
        uniqueness: Uniqueness { key: UniquenessKey::Parameter("uid".to_owned()), ttl_hours: 48 },
        stream_selection: StreamSelection::Weight,
        sticky_streams_hours: Some(240),
        caps: vec![cap(Measure::Cost, CapPeriod::Total, "250.75", None)],
        bots: BotPolicy::Url { url: "https://bots.example/?b={click_id}".to_owned() },
        forward_query: true,
        extra_path: ExtraPath::Append,
        trafficback_url: Some("https://example.com/".to_owned()),
        lookback_days: Some(30),
        api_token: None,
        streams: vec![stream, rest],
        tags: vec!["q3".to_owned()],
        notes: "first test".to_owned(),
    }
}

pub fn output() -> Output {
    Output {
        id: id(10),
        name: "Postback to the source".to_owned(),
        active: false,
        scope: OutputScope::Source(id(3)),
        statuses: vec![ConversionStatus::Sale, ConversionStatus::Rebill],
        second_statuses: vec!["called".to_owned()],
        method: HttpMethod::Post,
        url: "https://source.example/conv?id={external_id}".to_owned(),
        body: "{\"payout\":\"{payout}\"}".to_owned(),
        payout_percent: "80".parse().unwrap(),
        conversion_api: None,
        credentials: Default::default(),
        notes: "n".to_owned(),
    }
}

pub fn conversion_api_output() -> Output {
    let credentials = Credentials {
        developer_token: "developer".to_owned(),
        client_id: "client".to_owned(),
        client_secret: "secret".to_owned(),
        refresh_token: "refresh".to_owned(),
        ..Credentials::default()
    };
    let api = ConversionApi {
        platform: Platform::Google,
        account: "1234567890".to_owned(),
        manager_account: "5556667777".to_owned(),
        token_url: "https://tokens.example/".to_owned(),
        events: vec![ApiEvent { status: ConversionStatus::Sale, event: "987".to_owned() }],
        click_id: ParameterRole::SubId(4),
        test_code: String::new(),
    };
    Output {
        scope: OutputScope::Workspace,
        statuses: Vec::new(),
        url: "https://googleads.googleapis.com/v26".to_owned(),
        body: String::new(),
        conversion_api: Some(api),
        credentials,
        ..output()
    }
}

pub fn user() -> User {
    User {
        id: id(11),
        email: "owner@example.com".to_owned(),
        name: "The owner".to_owned(),
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g".to_owned(),
        state: UserState::Disabled,
        memberships: vec![Membership { workspace_id: id(1), role: Role::Admin }],
        session_epoch: 3,
    }
}

pub fn api_key() -> ApiKey {
    ApiKey {
        id: id(12),
        name: "Importer".to_owned(),
        role: Role::Editor,
        secret_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        prefix: "sb_9f86".to_owned(),
        created_at: Timestamp(1_790_000_000_001),
        expires_at: Some(Timestamp(1_890_000_000_000)),
    }
}

pub fn session() -> Session {
    Session {
        id: id(13),
        token_sha256: "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8".to_owned(),
        user_id: id(11),
        epoch: 3,
        csrf: "c5rf".to_owned(),
        created_at: Timestamp(1_790_000_000_002),
        seen_at: Timestamp(1_790_000_000_003),
        expires_at: Timestamp(1_790_000_600_000),
        user_agent: "Firefox on Linux".to_owned(),
    }
}

pub fn delivery() -> Delivery<serde_json::Value> {
    Delivery {
        output_id: id(10),
        state: DeliveryState::Queued,
        due_at: Some(Timestamp(1_790_000_060_000)),
        worker: "node-1".to_owned(),
        attempts: 2,
        last_error: "connection refused".to_owned(),
        changed_at: Timestamp(1_790_000_000_004),
        payload: json!({"url": "https://source.example/", "revision": 1}),
    }
}

pub fn custom_metric() -> CustomMetric {
    CustomMetric {
        id: id(81),
        key: "custom_net".to_owned(),
        title: "Net".to_owned(),
        description: "Confirmed money per visitor.".to_owned(),
        formula: "(revenue_confirmed − cost) ÷ unique_clicks".to_owned(),
        format: MetricFormat::Money,
        decimals: 5,
    }
}

pub fn saved_view() -> SavedView {
    SavedView {
        id: id(82),
        name: "Countries".to_owned(),
        owner_id: Some(id(9)),
        page: "campaigns".to_owned(),
        query: r#"{"dimensions":["country"]}"#.to_owned(),
        display: r#"{"columns":["clicks"]}"#.to_owned(),
    }
}

pub fn alert() -> Alert {
    Alert {
        id: id(85),
        name: "Loss".to_owned(),
        active: false,
        metric: "roi".to_owned(),
        query: r#"{"filters":[],"bots":"exclude"}"#.to_owned(),
        window_minutes: 1_440,
        subject: AlertSubject::Change,
        comparison: Comparison::AtMost,
        threshold: "-30".to_owned(),
        cooldown_minutes: 120,
        tells_resolved: false,
        channels: vec![
            AlertChannel::Webhook {
                url: "https://hooks.example/t0p".to_owned(),
                authorization: "Bearer t0p".to_owned(),
            },
            AlertChannel::Telegram {
                base_url: "https://api.telegram.org".to_owned(),
                token: "1:t0p".to_owned(),
                chat_id: "-100".to_owned(),
            },
            AlertChannel::Email { to: vec!["ana@example.com".to_owned()] },
        ],
    }
}

pub fn scheduled_export() -> ScheduledExport {
    ScheduledExport {
        id: id(86),
        name: "Countries by month".to_owned(),
        active: false,
        view_id: id(82),
        format: FileFormat::Parquet,
        every: ExportTime { days: ExportDays::Monthly { day: 31 }, minute: 390 },
        timezone: "Asia/Kolkata".to_owned(),
        file_name: "{name} {date}".to_owned(),
        keep: 12,
    }
}

pub fn rate_fetch() -> RateFetch {
    RateFetch {
        id: id(1),
        active: true,
        feed: Some(RateFeed::Json {
            url: "https://rates.example/latest?app_id=t0p".to_owned(),
            base: "/base".to_owned(),
            rates: "/rates".to_owned(),
        }),
        currencies: vec![currency("USD"), currency("GBP")],
        minute: 1_020,
    }
}

pub fn clearing() -> signalbox_domain::Clearing {
    signalbox_domain::Clearing {
        id: signalbox_domain::ClearingId(86),
        campaign: Some(id(7)),
        from: Timestamp(1_790_000_000_000),
        to: Timestamp(1_790_000_500_000),
        timezone: "Asia/Kolkata".to_owned(),
        created_by: Actor::User(id(9)),
        by: "ana@example.com".to_owned(),
        created_at: Timestamp(1_790_000_600_000),
        sums: signalbox_domain::ClearedSums {
            clicks: 12,
            conversions: 3,
            revenue: money("4.5"),
            cost: money("0.123456789"),
        },
        state: signalbox_domain::ClearingState::Waiting,
        heads: vec![signalbox_domain::JournalHead { journal: u64::MAX - 1, head: 7 }],
        deleted: [("clicks".to_owned(), 12)].into(),
        finished_at: Some(Timestamp(1_790_000_700_000)),
    }
}

pub fn erasure() -> signalbox_domain::Erasure {
    signalbox_domain::Erasure {
        id: signalbox_domain::ErasureId(87),
        by: signalbox_domain::ErasureBy::Address,
        subject: Some(signalbox_domain::ErasureSubject::Address { address: "2001:db8::7".parse().unwrap() }),
        from: Some(Timestamp(1_790_000_000_000)),
        to: Some(Timestamp(1_790_000_500_000)),
        note: "Request 7".to_owned(),
        created_by: Actor::User(id(9)),
        asked_by: "ana@example.com".to_owned(),
        created_at: Timestamp(1_790_000_600_000),
        counts: signalbox_domain::ErasedCounts { clicks: 12, conversions: 3, postbacks: 4, deliveries: 5 },
        state: signalbox_domain::ErasureState::Waiting,
        marked_at: Some(Timestamp(1_790_000_610_000)),
        heads: vec![signalbox_domain::JournalHead { journal: u64::MAX - 1, head: 7 }],
        erased: [("clicks".to_owned(), 12)].into(),
        finished_at: Some(Timestamp(1_790_000_700_000)),
    }
}

pub fn retention() -> Retention {
    Retention {
        id: id(1),
        clicks_days: Some(90),
        bots_days: Some(7),
        conversions_days: Some(365),
        postbacks_days: Some(30),
        deliveries_days: None,
        dead_letters_days: Some(14),
    }
}

pub fn share_link() -> ShareLink {
    ShareLink {
        id: id(83),
        name: "Client".to_owned(),
        created_by: Actor::User(id(9)),
        token_sha256: "5e88".to_owned(),
        prefix: "ab12cd".to_owned(),
        query: r#"{"dimensions":["day"]}"#.to_owned(),
        range_open: true,
        password_hash: Some("$argon2id$…".to_owned()),
        expires_at: Some(Timestamp(1_790_000_000_009)),
    }
}

pub fn cost_correction() -> CostCorrection {
    CostCorrection {
        id: id(84),
        created_by: Actor::ApiKey(id(10)),
        origin: CostOrigin::File,
        from: Timestamp(1_790_000_000_000),
        to: Timestamp(1_790_086_400_000),
        timezone: "Asia/Kolkata".to_owned(),
        filters: r#"[{"field":"country","op":"equals","values":["DE"]}]"#.to_owned(),
        bots: CostBots::Exclude,
        only_unique: true,
        spread: CostSpread::PerClick,
        amount: money("0.000000001"),
        currency: "EUR".parse().unwrap(),
        converted: money("0.000000002"),
        adds: true,
        note: "invoice 7".to_owned(),
        idempotency_key: Some("may/2".to_owned()),
        state: CostState::Undoing,
        clicks: 3,
        before: money("0.1"),
        after: money("0.100000006"),
        order: 12,
        applied_at: Some(Timestamp(1_790_000_000_005)),
        undone_at: None,
    }
}
