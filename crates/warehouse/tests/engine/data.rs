//! Generated records: the same for the same seed, of every kind, over two months, with repeated values so that groups form.

use signalbox_domain::{
    AffiliateNetworkId, BotReason, CampaignId, ClickId, ConnectionType, ConversionId, ConversionStatus,
    Currency, DestinationId, DeviceType, DomainId, EventValues, Money, OutputId, Percent, StreamId,
    Timestamp, TrafficSourceId, WorkspaceId,
};
use signalbox_events::wire::*;
use signalbox_warehouse::{VisitorSource, visitor_key};

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

pub const WORKSPACE: WorkspaceId = WorkspaceId(1_000_001);
pub const OTHER_WORKSPACE: WorkspaceId = WorkspaceId(1_000_002);

/// Statuses of conversions that are about money.
const OF_MONEY: [ConversionStatus; 7] = {
    use ConversionStatus::*;
    [Lead, Sale, Rejected, Trash, Rebill, Registration, Deposit]
};

/// When the generated traffic begins and how long it lasts.
#[derive(Clone, Copy)]
pub struct Span {
    pub from: i64,
    pub to: i64,
}

impl Span {
    pub fn between(from: &str, to: &str) -> Self {
        let ms = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        Self { from: ms(from), to: ms(to) }
    }

    /// Two partitions.
    pub fn two_months() -> Self {
        Self::between("2026-01-20T00:00:00Z", "2026-02-10T00:00:00Z")
    }
}

pub fn dims(random: &mut Random, workspace: WorkspaceId) -> ClickDims<'static> {
    let campaign = 10 + random.below(6);
    let mut sub_ids = Vec::new();
    for number in [1u8, 2, 7, 30] {
        if !random.one_in(4) {
            sub_ids.push((number, format!("v{}", random.below(4)).into()));
        }
    }
    ClickDims {
        workspace,
        campaign: CampaignId(campaign),
        stream: StreamId(campaign * 10 + random.below(2)),
        landing: DestinationId(if random.one_in(2) { 500 + random.below(2) } else { 0 }),
        destination: DestinationId(random.pick(&[0, 600, 601, 602])),
        source: TrafficSourceId(random.pick(&[0, 700, 701])),
        network: AffiliateNetworkId(random.pick(&[0, 800])),
        domain: DomainId(900),
        country: random.pick(&["", "DE", "US", "BR", "IN"]).into(),
        region: random.pick(&["", "Hessen", "Rio de Janeiro", "O'Brien \\ \"x\""]).into(),
        city: random.pick(&["", "Frankfurt am Main", "São Paulo"]).into(),
        isp: random.pick(&["Telekom", "Vivo", ""]).into(),
        asn: random.pick(&[0, 3320, 26599]),
        connection: random.pick(&[ConnectionType::Unknown, ConnectionType::Cable, ConnectionType::Cellular]),
        device_type: random.pick(&[DeviceType::Unknown, DeviceType::Desktop, DeviceType::Mobile]),
        device_brand: random.pick(&["", "Samsung", "Apple"]).into(),
        device_model: random.pick(&["", "SM-G991B", "iPhone"]).into(),
        os: random.pick(&["Android", "iOS", "Windows"]).into(),
        os_version: random.pick(&["14", "17.4", ""]).into(),
        browser: random.pick(&["Chrome", "Safari"]).into(),
        browser_version: random.pick(&["130.0", "17"]).into(),
        language: random.pick(&["de", "en", "pt", ""]).into(),
        referrer_domain: random.pick(&["", "example.org", "news.example"]).into(),
        keyword: random.pick(&["", "shoes", "Red Shoes", "ключ"]).into(),
        ad_campaign_id: random.pick(&["", "ac1", "ac2"]).into(),
        creative_id: random.pick(&["", "cr1"]).into(),
        site: random.pick(&["", "site1", "site2", "site3"]).into(),
        sub_ids,
        bot: random.pick(&[
            BotReason::None,
            BotReason::None,
            BotReason::None,
            BotReason::KnownBot,
            BotReason::DataCenter,
        ]),
    }
}

pub fn click(random: &mut Random, workspace: WorkspaceId, at: i64) -> ClickV1<'static> {
    let plain = plain_click(random, workspace, at);
    let sub_id =
        |number: u8| plain.dims.sub_ids.iter().find(|(at, _)| *at == number).map_or("", |(_, value)| value);
    // Addresses say most of the rest once more, as they do in life.
    let path_and_query = format!(
        "{}&ext={}&cost={}0&s1={}&s7={}&c={}",
        plain.path_and_query,
        plain.external_id,
        plain.cost,
        sub_id(1),
        sub_id(7),
        plain.dims.country
    );
    let target = match random.below(3) {
        0 => String::new(),
        1 => plain.target.clone().into_owned(),
        _ => format!("https://offer.example/{}?click={}&k={}", sub_id(2), plain.id, plain.dims.keyword),
    };
    ClickV1 { path_and_query: path_and_query.into(), target: target.into(), ..plain }
}

fn plain_click(random: &mut Random, workspace: WorkspaceId, at: i64) -> ClickV1<'static> {
    let at = Timestamp(at);
    ClickV1 {
        id: ClickId::new(at, u128::from(random.next()) << 16 | u128::from(random.below(1 << 16))),
        at,
        dims: dims(random, workspace),
        outcome: random.pick(&[
            Outcome::Routed,
            Outcome::Routed,
            Outcome::Routed,
            Outcome::NoStream,
            Outcome::NotFound,
            Outcome::CapReached,
            Outcome::Answered,
        ]),
        status: 302,
        unique: UniqueFlags {
            campaign: !random.one_in(3),
            stream: !random.one_in(4),
            workspace: !random.one_in(2),
        },
        cost: Money::from_nanos(i128::from(random.below(50_000_000)) + 1),
        currency: Currency::USD,
        cost_on_conversion: random.pick(&[
            CostOnConversion::None,
            CostOnConversion::PerConversion(Money::from_whole(1)),
            CostOnConversion::PerLead(Money::from_whole(2)),
            CostOnConversion::RevenueShare(Percent(125_000)),
        ]),
        external_id: format!("ext-{}", random.below(1_000)).into(),
        ip: std::net::Ipv4Addr::from(0xc000_0200 + random.below(250) as u32).into(),
        user_agent: random.pick(&["Mozilla/5.0 (X11)", "curl/8", ""]).into(),
        referrer: random.pick(&["", "https://example.org/?a=1&b=2"]).into(),
        host: "t.example.com".into(),
        path_and_query: format!("/slug?zone={}", random.below(9)).into(),
        target: "https://offer.example/?id=1".into(),
    }
}

fn measures(random: &mut Random, status: ConversionStatus, of: CostOnConversion) -> ConversionMeasures {
    // A refund now and then.
    let sign = if random.one_in(12) { -1 } else { 1 };
    let payout = Money::from_nanos(sign * i128::from(random.below(9_000_000_000) + 1));
    ConversionMeasures { status, payout, cost: of.of(status, payout) }
}

fn conversion(click: &ClickV1<'static>, random: &mut Random, number: u64) -> ConversionV1<'static> {
    let delay = if random.one_in(10) { 20 * 86_400_000 } else { random.below(7_200_000) as i64 };
    let converted_at = click.at.plus_ms(delay + 1);
    let status = random.pick(&OF_MONEY);
    ConversionV1 {
        id: ConversionId::new(converted_at, u128::from(number) << 20 | u128::from(random.below(1 << 20))),
        revision: 1,
        click: click.id,
        clicked_at: click.at,
        converted_at,
        at: converted_at,
        dims: click.dims.clone(),
        before: None,
        after: Some(measures(random, status, click.cost_on_conversion)),
        original_status: random.pick(&["", "approved", "hold"]).into(),
        transaction: format!("tx-{number}").into(),
        original_payout: Money::from_whole(3),
        original_currency: "EUR".parse().unwrap(),
        currency: Currency::USD,
        external_id: click.external_id.clone(),
        raw_journal: 5,
        raw_seq: number,
    }
}

fn changed(last: &ConversionV1<'static>, of: CostOnConversion, random: &mut Random) -> ConversionV1<'static> {
    let status = random.pick(&OF_MONEY);
    let after = (!random.one_in(8)).then(|| measures(random, status, of));
    let (revision, at) = (last.revision + 1, last.at.plus_ms(60_000));
    ConversionV1 { revision, at, before: last.after, after, ..last.clone() }
}

/// Events of a click and a change of them.
fn say_events(click: &ClickV1<'static>, random: &mut Random, number: u64, out: &mut Vec<Record<'static>>) {
    let said_at = click.at.plus_ms(random.below(90_000_000) as i64);
    let measures =
        ConversionMeasures { status: ConversionStatus::Event, payout: Money::ZERO, cost: Money::ZERO };
    let mut before = EventValues::new();
    for revision in 1..=2 {
        let value = Money::from_nanos(i128::from(random.below(9_000_000_000)) - 4_000_000_000);
        let after = match random.below(3) {
            0 => vec![(1, value)],
            1 => vec![(1, Money::from_whole(1)), (2, value)],
            _ => vec![(2, Money::from_whole(-3)), (30, value)],
        };
        let conversion = ConversionV1 {
            id: ConversionId::new(said_at, u128::from(number) << 20 | 1),
            revision,
            converted_at: said_at,
            at: said_at.plus_ms(i64::from(revision) * 1_000),
            before: (revision > 1).then_some(measures),
            after: Some(measures),
            transaction: "".into(),
            ..conversion(click, random, number)
        };
        let events = ClickEventsV1 { conversion, before, after: after.clone() };
        out.push(Record::ClickEvents(Box::new(events)));
        before = after;
    }
}

/// What follows from a click: landing clicks, events, conversions with their changes, verdicts, deliveries.
fn follow(click: &ClickV1<'static>, random: &mut Random, number: u64, out: &mut Vec<Record<'static>>) {
    if !click.dims.landing.is_none() && !random.one_in(3) {
        for first in [true, false].into_iter().take(1 + random.below(2) as usize) {
            let dims = ClickDims {
                destination: DestinationId(601),
                network: AffiliateNetworkId(801),
                ..click.dims.clone()
            };
            let at = click.at.plus_ms(5_000 + i64::from(!first));
            let target = "https://offer.example/".into();
            let landing = LandingClickV1 { click: click.id, at, clicked_at: click.at, dims, first, target };
            out.push(match number % 3 {
                0 => Record::LandingClick(Box::new(landing)),
                // Going on without counting comes after the first time.
                rest => Record::LandingClickV2(Box::new(LandingClickV2 {
                    counted: first || rest == 1,
                    ..LandingClickV2::of(landing)
                })),
            });
        }
    }
    if random.one_in(5) {
        say_events(click, random, number, out);
    }
    if !random.one_in(4) {
        return;
    }
    let mut state = conversion(click, random, number);
    out.push(Record::Conversion(Box::new(state.clone())));
    while state.after.is_some() && random.one_in(2) {
        state = changed(&state, click.cost_on_conversion, random);
        out.push(Record::Conversion(Box::new(state.clone())));
    }
    out.push(Record::Verdict(VerdictV1 {
        raw_journal: 5,
        raw_seq: number,
        received_at: state.converted_at,
        at: state.converted_at.plus_ms(10),
        workspace: click.dims.workspace,
        network: click.dims.network,
        verdict: Verdict::Accepted,
        code: "".into(),
        reason: "Made a conversion.".into(),
        click: click.id,
        conversion: state.id,
        method: "GET".into(),
        query: "cid=1&payout=2".into(),
        ip: "198.51.100.9".parse().unwrap(),
    }));
    out.push(Record::Delivery(DeliveryV1 {
        at: state.converted_at.plus_ms(500),
        workspace: click.dims.workspace,
        output: OutputId(3_000 + random.below(2)),
        conversion: state.id,
        revision: 1,
        click: click.id,
        campaign: click.dims.campaign,
        source: click.dims.source,
        attempt: 1,
        outcome: random.pick(&[DeliveryOutcome::Delivered, DeliveryOutcome::Retry, DeliveryOutcome::Dead]),
        method: "GET".into(),
        url: "https://source.example/postback?id=1".into(),
        status: 200,
        response: "OK".into(),
        duration_ms: 31,
    }));
}

/// `clicks` clicks and what follows from them, mostly of one workspace.
pub fn records(seed: u64, clicks: u64, span: Span) -> Vec<Record<'static>> {
    let mut random = Random(seed);
    let mut out = Vec::new();
    let step = (span.to - span.from) / clicks.max(1) as i64;
    for number in 0..clicks {
        let at = span.from + step * number as i64 + random.below(step.max(1) as u64) as i64;
        let workspace = if random.one_in(10) { OTHER_WORKSPACE } else { WORKSPACE };
        let click = click(&mut random, workspace, at);
        out.push(match number % 2 {
            0 => Record::Click(Box::new(click.clone())),
            _ => Record::ClickV2(Box::new(ClickV2 {
                visitor: match number % 4 {
                    1 => visitor_key(VisitorSource::IpUserAgent(click.ip, &click.user_agent)),
                    _ => random.next(),
                },
                passed_to: CampaignId(random.pick(&[0, 11])),
                trace: random.pick(&["", r#"{"streams":[]}"#]).into(),
                by_script: random.one_in(5),
                ..ClickV2::of(click.clone())
            })),
        });
        follow(&click, &mut random, number, &mut out);
        if random.one_in(6) {
            out.push(Record::PostbackRaw(PostbackRawV1 {
                at: Timestamp(at),
                workspace,
                network: click.dims.network,
                method: "GET".into(),
                parameters: vec![("cid".into(), click.id.to_string().into()), ("payout".into(), "1".into())],
                ip: "198.51.100.9".parse().unwrap(),
                user_agent: "network/1".into(),
                heads: vec![],
            }));
        }
    }
    out
}

pub fn encode(records: &[Record<'_>]) -> Vec<Vec<u8>> {
    records.iter().map(|record| record.encode().unwrap()).collect()
}
