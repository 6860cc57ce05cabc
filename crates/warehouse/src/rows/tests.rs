use super::*;
use crate::rows::dims::StoredDims;
use signalbox_domain::{
    AffiliateNetworkId, BotReason, CampaignId, ClickId, ConnectionType, ConversionId, ConversionStatus,
    Currency, DestinationId, DeviceType, DomainId, Money, OutputId, Percent, StreamId, TrafficSourceId,
    WorkspaceId,
};
use signalbox_events::wire::*;

/// Rows kept as they come.
#[derive(Default)]
struct Kept {
    clicks: usize,
    facts: usize,
    landing_views: Vec<i8>,
}

impl Rows for Kept {
    fn click(&mut self, _: &ClickRow<'_>) {
        self.clicks += 1;
    }
    fn conversion(&mut self, _: &ConversionRow<'_>) {}
    fn postback(&mut self, _: &PostbackRow<'_>) {}
    fn delivery(&mut self, _: &DeliveryRow<'_>) {}
    fn fact(&mut self, row: &FactRow<'_>) {
        self.facts += 1;
        self.landing_views.push(row.landing_views);
    }
}

const IDENTITY: Identity = Identity { journal: 7, seq: 11 };

fn dims() -> ClickDims<'static> {
    ClickDims {
        workspace: WorkspaceId(1),
        campaign: CampaignId(2),
        stream: StreamId(3),
        landing: DestinationId(8),
        destination: DestinationId(4),
        source: TrafficSourceId(5),
        network: AffiliateNetworkId(6),
        domain: DomainId(9),
        country: "DE".into(),
        region: "Hessen".into(),
        city: "Frankfurt am Main".into(),
        isp: "Telekom".into(),
        asn: 3320,
        connection: ConnectionType::Cellular,
        device_type: DeviceType::Mobile,
        device_brand: "Samsung".into(),
        device_model: "SM-G991B".into(),
        os: "Android".into(),
        os_version: "14".into(),
        browser: "Chrome".into(),
        browser_version: "130.0".into(),
        language: "de".into(),
        referrer_domain: "example.org".into(),
        keyword: "ключ".into(),
        ad_campaign_id: "ac".into(),
        creative_id: "cr".into(),
        site: "site".into(),
        sub_ids: vec![(1, "one".into()), (30, "thirty".into())],
        bot: BotReason::KnownBot,
    }
}

fn click() -> ClickV1<'static> {
    ClickV1 {
        id: ClickId(77),
        at: Timestamp(1_700_000_000_123),
        dims: dims(),
        outcome: Outcome::NoDestination,
        status: 302,
        unique: UniqueFlags { campaign: true, stream: false, workspace: true },
        cost: "0.015".parse().unwrap(),
        currency: Currency::USD,
        cost_on_conversion: CostOnConversion::RevenueShare(Percent(125_000)),
        external_id: "ext".into(),
        ip: "192.0.2.7".parse().unwrap(),
        user_agent: "Mozilla".into(),
        referrer: "https://example.org/".into(),
        host: "t.example.com".into(),
        path_and_query: "/abc?x=1".into(),
        target: "".into(),
    }
}

fn conversion(
    before: Option<ConversionMeasures>,
    after: Option<ConversionMeasures>,
) -> ConversionV1<'static> {
    ConversionV1 {
        id: ConversionId(99),
        revision: 2,
        click: ClickId(77),
        clicked_at: Timestamp(1_700_000_000_000),
        converted_at: Timestamp(1_700_000_090_500),
        at: Timestamp(1_700_000_100_000),
        dims: dims(),
        before,
        after,
        original_status: "approved".into(),
        transaction: "t1".into(),
        original_payout: "9".parse().unwrap(),
        original_currency: "EUR".parse().unwrap(),
        currency: Currency::USD,
        external_id: "ext".into(),
        raw_journal: 3,
        raw_seq: 4,
    }
}

fn state(status: ConversionStatus, payout: &str, cost: &str) -> ConversionMeasures {
    ConversionMeasures { status, payout: payout.parse().unwrap(), cost: cost.parse().unwrap() }
}

fn nanos(text: &str) -> i128 {
    text.parse::<Money>().unwrap().nanos()
}

#[test]
fn a_click_is_one_fact_with_all_it_measures() {
    let click = click();
    let fact = FactRow::of_click(IDENTITY, &click, true);
    assert_eq!((fact.click_at, fact.at, fact.kind), (1_700_000_000_123, 1_700_000_000_123, 1));
    assert_eq!((fact.clicks, fact.bots, fact.landing_views, fact.trafficback), (1, 1, 1, 1));
    assert_eq!((fact.unique_campaign, fact.unique_stream, fact.unique_workspace), (1, 0, 1));
    assert_eq!((fact.cost, fact.revenue, fact.conversions), (nanos("0.015"), 0, 0));
    assert_eq!((fact.sub_id_1, fact.sub_id_2, fact.sub_id_30, fact.keyword), ("one", "", "thirty", "ключ"));
    assert_eq!((fact._journal, fact._seq, fact.workspace, fact.network), (7, 11, 1, 6));
    assert_eq!(
        (fact.connection_type, fact.device_type, fact.bot_reason),
        ("cellular", "mobile", "known_bot")
    );
}

#[test]
fn detail_rows_give_their_records_back() {
    let click = click();
    assert_eq!(ClickRow::of_click(IDENTITY, &click).to_click(), click);
    assert_eq!(ClickRow::of_click(IDENTITY, &click).dims(), dims());
    let fixed =
        ClickV1 { cost_on_conversion: CostOnConversion::PerConversion("3".parse().unwrap()), ..click };
    assert_eq!(ClickRow::of_click(IDENTITY, &fixed).to_click(), fixed);
    let lead =
        ClickV1 { cost_on_conversion: CostOnConversion::PerLead("4".parse().unwrap()), ..fixed.clone() };
    assert_eq!(ClickRow::of_click(IDENTITY, &lead).to_click(), lead);
    let full = ClickV2 {
        visitor: u64::MAX,
        passed_to: CampaignId(12),
        trace: r#"{"streams":[]}"#.into(),
        by_script: true,
        ..ClickV2::of(fixed)
    };
    assert_eq!(ClickRow::of_click_v2(IDENTITY, &full).to_click_v2(), full);
    let landing = LandingClickV1 {
        click: ClickId(77),
        at: Timestamp(1_700_000_005_000),
        clicked_at: Timestamp(1_700_000_000_123),
        dims: dims(),
        first: true,
        target: "https://offer.example/".into(),
    };
    assert_eq!(ClickRow::of_landing_click(IDENTITY, &landing).to_landing_click(), landing);
    let conversion = conversion(None, Some(state(ConversionStatus::Deposit, "12.5", "3")));
    assert_eq!(ConversionRow::of(IDENTITY, &conversion).to_conversion(), conversion);
    let delivery = DeliveryV1 {
        at: Timestamp(1_700_000_100_000),
        workspace: WorkspaceId(1),
        output: OutputId(2),
        conversion: ConversionId(99),
        revision: 1,
        click: ClickId(77),
        campaign: CampaignId(2),
        source: TrafficSourceId(5),
        attempt: 3,
        outcome: DeliveryOutcome::Retry,
        method: "GET".into(),
        url: "https://example.org/pb?x=1".into(),
        status: 503,
        response: "busy".into(),
        duration_ms: 250,
    };
    assert_eq!(DeliveryRow::of(IDENTITY, &delivery).to_delivery(), delivery);
}

#[test]
fn a_landing_click_counts_once_and_every_hit_is_kept() {
    let landing = |first| LandingClickV1 {
        click: ClickId(77),
        at: Timestamp(1_700_000_005_000),
        clicked_at: Timestamp(1_700_000_000_123),
        dims: dims(),
        first,
        target: "".into(),
    };
    let (first, second) = (landing(true), landing(false));
    let first = FactRow::of_landing_click(IDENTITY, &first);
    let second = FactRow::of_landing_click(IDENTITY, &second);
    assert_eq!((first.landing_clicks, first.landing_hits, first.clicks, first.bots), (1, 1, 0, 0));
    assert_eq!((second.landing_clicks, second.landing_hits), (0, 1));
    assert_eq!((first.landing_ms, second.landing_ms), (4_877, 0));
    assert_eq!((first.click_at, first.at), (1_700_000_000_123, 1_700_000_005_000));
}

#[test]
fn a_landing_click_that_does_not_count_is_kept_and_measures_nothing() {
    let landing = LandingClickV1 {
        click: ClickId(77),
        at: Timestamp(1_700_000_005_000),
        clicked_at: Timestamp(1_700_000_000_123),
        dims: dims(),
        first: false,
        target: "".into(),
    };
    let rows = |counted| {
        let record = LandingClickV2 { counted, ..LandingClickV2::of(landing.clone()) };
        let record = Record::LandingClickV2(Box::new(record));
        let mut tables = Kept::default();
        tables.add(IDENTITY, &record).unwrap();
        (tables.clicks, tables.facts)
    };
    assert_eq!((rows(true), rows(false)), ((1, 1), (1, 0)));
}

#[test]
fn a_click_recorded_by_the_script_is_a_view_of_its_page() {
    let v1 = ClickV1 { dims: ClickDims { landing: DestinationId(0), ..dims() }, ..click() };
    let views = |by_script| {
        let record = Record::ClickV2(Box::new(ClickV2 { by_script, ..ClickV2::of(v1.clone()) }));
        let mut tables = Kept::default();
        tables.add(IDENTITY, &record).unwrap();
        tables.landing_views[0]
    };
    assert_eq!((views(false), views(true)), (0, 1));
}

#[test]
fn every_status_measures_what_its_class_says() {
    let fact = |status| {
        let conversion = conversion(None, Some(state(status, "10", "2")));
        let rows: Vec<FactRow<'_>> = FactRow::of_conversion(IDENTITY, &conversion).collect();
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        let counts =
            [row.leads, row.sales, row.rejected, row.trash, row.rebills, row.registrations, row.deposits];
        let money = [row.revenue, row.revenue_confirmed, row.revenue_hold, row.revenue_rejected];
        assert_eq!((row.at, row.cost), (1_700_000_090_500, nanos("2")));
        (row.conversions, counts, money.map(|amount| amount / 1_000_000_000), row.convert_ms)
    };
    assert_eq!(fact(ConversionStatus::Lead), (1, [1, 0, 0, 0, 0, 0, 0], [10, 0, 10, 0], 90_500));
    assert_eq!(fact(ConversionStatus::Sale), (1, [0, 1, 0, 0, 0, 0, 0], [10, 10, 0, 0], 90_500));
    assert_eq!(fact(ConversionStatus::Rejected), (1, [0, 0, 1, 0, 0, 0, 0], [0, 0, 0, 10], 90_500));
    assert_eq!(fact(ConversionStatus::Trash), (1, [0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0], 90_500));
    assert_eq!(fact(ConversionStatus::Rebill), (0, [0, 0, 0, 0, 1, 0, 0], [10, 10, 0, 0], 0));
    assert_eq!(fact(ConversionStatus::Registration), (1, [0, 0, 0, 0, 0, 1, 0], [10, 0, 10, 0], 90_500));
    assert_eq!(fact(ConversionStatus::Deposit), (1, [0, 0, 0, 0, 0, 0, 1], [10, 10, 0, 0], 90_500));
}

#[test]
fn a_change_takes_the_old_state_away() {
    let changed = conversion(
        Some(state(ConversionStatus::Lead, "10", "2")),
        Some(state(ConversionStatus::Rejected, "10", "0")),
    );
    let rows: Vec<FactRow<'_>> = FactRow::of_conversion(IDENTITY, &changed).collect();
    let sum = |of: fn(&FactRow<'_>) -> i128| rows.iter().map(of).sum::<i128>();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].leads, rows[0].conversions, rows[0].status), (-1, -1, 1));
    assert_eq!((rows[1].rejected, rows[1].conversions, rows[1].status), (1, 1, 3));
    assert_eq!(sum(|row| row.revenue), nanos("-10"));
    assert_eq!(sum(|row| row.revenue_rejected), nanos("10"));
    assert_eq!(sum(|row| row.cost), nanos("-2"));
    assert_eq!(sum(|row| row.convert_ms.into()), 0);
    assert!(rows.iter().all(|row| row.at == 1_700_000_090_500), "both states stand at the conversion time");
    let removed = conversion(Some(state(ConversionStatus::Sale, "1", "0")), None);
    assert_eq!(FactRow::of_conversion(IDENTITY, &removed).count(), 1);
}

#[test]
fn postbacks_keep_their_parameters_as_a_query() {
    let raw = PostbackRawV1 {
        at: Timestamp(1_700_000_000_000),
        workspace: WorkspaceId(1),
        network: AffiliateNetworkId(6),
        method: "POST".into(),
        parameters: vec![("cid".into(), "a&b=c".into()), ("payout".into(), "1 €".into())],
        ip: "2001:db8::1".parse().unwrap(),
        user_agent: "curl".into(),
        heads: vec![],
    };
    let row = PostbackRow::of_raw(IDENTITY, &raw);
    assert_eq!(row.query, "cid=a%26b%3Dc&payout=1+%E2%82%AC");
    assert_eq!((row.raw_journal, row.raw_seq, row.verdict), (7, 11, 0));
    assert_eq!(IpAddr::from(row.ip), raw.ip);
}

#[test]
fn impossible_times_are_refused_and_leave_nothing() {
    let record = Record::Click(Box::new(ClickV1 { at: Timestamp(-1), ..click() }));
    let mut tables = Kept::default();
    let reason = tables.add(IDENTITY, &record).unwrap_err();
    assert!(reason.contains("time of the click"), "{reason}");
    assert_eq!((tables.clicks, tables.facts), (0, 0));
}

#[test]
fn dead_letters_keep_the_bytes() {
    let row =
        DeadLetterRow::of(IDENTITY, &[0, 255, 16], "why".to_owned(), Timestamp(5)).refused_by("clicks", 469);
    assert_eq!(
        (row.payload_hex.as_str(), row.refused_by.as_str(), row.code, row.workspace),
        ("00ff10", "clicks", 469, 0)
    );
    assert_eq!((row.payload(), row.tries, row.written), (vec![0, 255, 16], 0, 0));
    let payload = Record::Click(Box::new(click())).encode().unwrap();
    assert_eq!(DeadLetterRow::of(IDENTITY, &payload, String::new(), Timestamp(5)).workspace, 1);
}

#[test]
fn every_row_knows_its_table() {
    let places = [
        (DeadLetterRow::PLACE, "dead_letters"),
        (ClickRow::PLACE, "clicks"),
        (ConversionRow::PLACE, "conversions"),
        (PostbackRow::PLACE, "postbacks"),
        (DeliveryRow::PLACE, "deliveries"),
        (FactRow::PLACE, "facts"),
    ];
    assert!(places.into_iter().all(|(place, table)| TABLES[place] == table));
}
