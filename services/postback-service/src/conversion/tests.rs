use super::*;
use crate::reading::Reading;
use signalbox_domain::{
    CampaignId, ClickId, CurrencyRate, Payout, RateSource, StreamId, Workspace, WorkspaceId,
};
use signalbox_events::wire::{ClickDims, CostOnConversion};

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn workspace() -> Workspace {
    let rates = vec![CurrencyRate {
        currency: "EUR".parse().unwrap(),
        rate: money("1.1"),
        since: None,
        source: RateSource::Manual,
    }];
    Workspace {
        id: WorkspaceId(1),
        name: "W".to_owned(),
        currency: Currency::USD,
        timezone: "UTC".to_owned(),
        rates,
        earlier_rates: Vec::new(),
        conversion_types: Vec::new(),
        addresses: Default::default(),
    }
}

fn reading(status: ConversionStatus, payout: Option<&str>) -> Reading {
    Reading {
        click: ClickId(1),
        status,
        original_status: String::new(),
        second_status: String::new(),
        payout: payout.map(money),
        currency: None,
        transaction: String::new(),
        events: Vec::new(),
        events_left_out: String::new(),
        quiet: false,
        only_events: false,
    }
}

fn pricing(workspace: &Workspace, payout: Payout, cost: CostOnConversion) -> Pricing<'_> {
    let (rules, country, at) = (&[][..], "DE", Timestamp(1_000));
    Pricing { workspace, payout, rules, country, at, currency: Currency::USD, cost, before: None }
}

pub(crate) fn state(seq: u64, status: ConversionStatus, payout: &str) -> State {
    State {
        at: Timestamp(1000 + i64::try_from(seq).unwrap()),
        status,
        original_status: String::new(),
        second_status: String::new(),
        transaction: String::new(),
        alone: None,
        by_hand: None,
        payout: money(payout),
        cost: Money::ZERO,
        original_payout: money(payout),
        original_currency: Currency::USD,
        raw: RawRef { journal: 9, seq },
        withdrawn: false,
        quiet: false,
        unpriced: false,
        said: Vec::new(),
        events: EventValues::new(),
        by: 0,
        told: false,
    }
}

pub(crate) fn conversion(first: State) -> Conversion {
    let unknown = signalbox_domain::Visitor::unknown("127.0.0.1".parse().unwrap());
    let dims = ClickDims {
        workspace: WorkspaceId(1),
        campaign: signalbox_domain::CampaignId(2),
        stream: signalbox_domain::StreamId(3),
        landing: signalbox_domain::DestinationId(0),
        destination: signalbox_domain::DestinationId(4),
        source: signalbox_domain::TrafficSourceId(5),
        network: AffiliateNetworkId(6),
        domain: signalbox_domain::DomainId(0),
        country: "DE".into(),
        region: "".into(),
        city: "".into(),
        isp: "".into(),
        asn: 0,
        connection: unknown.geo.connection,
        device_type: unknown.device.kind,
        device_brand: "".into(),
        device_model: "".into(),
        os: "".into(),
        os_version: "".into(),
        browser: "".into(),
        browser_version: "".into(),
        language: "".into(),
        referrer_domain: "".into(),
        keyword: "".into(),
        ad_campaign_id: "".into(),
        creative_id: "".into(),
        site: "".into(),
        sub_ids: Vec::new(),
        bot: unknown.bot,
    };
    let click = Click {
        id: ClickId(8),
        at: Timestamp(500),
        dims,
        cost_on_conversion: CostOnConversion::None,
        external_id: "x".to_owned(),
        visitor: u64::MAX,
        passed_to: CampaignId::NONE,
        passed_to_stream: StreamId::NONE,
    };
    let base = NewConversion {
        id: ConversionId(7),
        workspace: WorkspaceId(1),
        network: AffiliateNetworkId(6),
        transaction: "t".to_owned(),
        click,
        currency: Currency::USD,
        repeat: signalbox_domain::RepeatPolicy::default(),
    };
    Conversion::create(base, first)
}

#[test]
fn status_and_payout_changes_make_revisions_that_cancel_out() {
    let mut it = conversion(state(1, ConversionStatus::Lead, "2"));
    assert_eq!(it.apply(state(2, ConversionStatus::Sale, "2.5")), Effect::Changed);
    assert_eq!(it.apply(state(3, ConversionStatus::Rejected, "2.5")), Effect::Changed);
    let facts: Vec<Record<'static>> = (1..=3).map(|revision| it.fact(revision).unwrap()).collect();
    let facts: Vec<&ConversionV1<'static>> = facts.iter().map(|fact| fact.conversion().unwrap()).collect();
    assert_eq!(facts[0].before, None);
    for pair in facts.windows(2) {
        assert_eq!(pair[1].before, pair[0].after, "each fact takes away exactly what the one before added");
    }
    assert_eq!(facts[2].converted_at, Timestamp(1001));
    assert_eq!(it.fact(0), None);
    assert_eq!(it.fact(4), None);
}

#[test]
fn repeats_replays_and_steps_back_change_nothing() {
    let mut it = conversion(state(1, ConversionStatus::Sale, "2"));
    assert_eq!(
        it.apply(state(1, ConversionStatus::Rejected, "0")),
        Effect::Nothing(Unchanged::ReplayedFirst)
    );
    assert_eq!(it.apply(state(2, ConversionStatus::Sale, "2")), Effect::Nothing(Unchanged::Same));
    assert_eq!(it.apply(state(3, ConversionStatus::Lead, "9")), Effect::Nothing(Unchanged::StepBack));
    assert_eq!(it.apply(state(4, ConversionStatus::Rejected, "2")), Effect::Changed);
    assert_eq!(
        it.apply(state(2, ConversionStatus::Sale, "2")),
        Effect::Nothing(Unchanged::ReplayedDuplicate),
        "a replayed duplicate must not undo"
    );
    assert_eq!(it.revision(), 2);
    it.forget_judged_before(RawRef { journal: 9, seq: 3 });
    assert_eq!(it.judged.len(), 2);
}

#[test]
fn the_document_survives_json() {
    let it = conversion(state(u64::MAX >> 12, ConversionStatus::Sale, "0.000000001"));
    let back: Conversion = serde_json::from_value(serde_json::to_value(&it).unwrap()).unwrap();
    assert_eq!(back, it);
}

#[test]
fn prices_follow_payout_currency_and_cost() {
    let workspace = workspace();
    let auto = pricing(&workspace, Payout::Auto, CostOnConversion::None);
    assert_eq!(auto.price(&reading(ConversionStatus::Sale, Some("3"))).unwrap().payout, money("3"));
    assert_eq!(auto.price(&reading(ConversionStatus::Sale, None)).unwrap().payout, Money::ZERO);
    let kept = Pricing { before: Some((money("3"), Currency::USD)), ..auto };
    assert_eq!(kept.price(&reading(ConversionStatus::Rejected, None)).unwrap().payout, money("3"));

    let fixed = pricing(&workspace, Payout::Fixed { amount: money("5") }, CostOnConversion::None);
    assert_eq!(fixed.price(&reading(ConversionStatus::Sale, Some("3"))).unwrap().payout, money("5"));
    assert_eq!(fixed.price(&reading(ConversionStatus::Rebill, Some("3"))).unwrap().payout, money("3"));

    let mut euro = reading(ConversionStatus::Sale, Some("10"));
    euro.currency = Some("EUR".parse().unwrap());
    assert_eq!(auto.price(&euro).unwrap().payout, money("11"));
    euro.currency = Some("JPY".parse().unwrap());
    assert!(auto.price(&euro).unwrap_err().to_string().contains("JPY"));

    let share = pricing(&workspace, Payout::Auto, CostOnConversion::RevenueShare("12.5".parse().unwrap()));
    assert_eq!(share.price(&reading(ConversionStatus::Sale, Some("10"))).unwrap().cost, money("1.25"));
    assert_eq!(share.price(&reading(ConversionStatus::Rejected, Some("10"))).unwrap().cost, Money::ZERO);
    let cpa = pricing(&workspace, Payout::Auto, CostOnConversion::PerConversion(money("2")));
    assert_eq!(cpa.price(&reading(ConversionStatus::Lead, None)).unwrap().cost, money("2"));
    assert_eq!(cpa.price(&reading(ConversionStatus::Trash, None)).unwrap().cost, Money::ZERO);
    assert_eq!(cpa.price(&reading(ConversionStatus::Rebill, Some("1"))).unwrap().cost, Money::ZERO);
    let cpl = pricing(&workspace, Payout::Auto, CostOnConversion::PerLead(money("2")));
    for (status, cost) in [
        (ConversionStatus::Lead, money("2")),
        (ConversionStatus::Sale, money("2")),
        (ConversionStatus::Deposit, Money::ZERO),
        (ConversionStatus::Registration, Money::ZERO),
        (ConversionStatus::Rebill, Money::ZERO),
        (ConversionStatus::Rejected, Money::ZERO),
    ] {
        assert_eq!(cpl.price(&reading(status, Some("1"))).unwrap().cost, cost, "{status:?}");
    }
}

#[test]
fn the_first_rule_of_the_status_and_country_pays_and_the_rate_of_the_conversions_time_counts() {
    let workspace = workspace();
    let rule = |statuses: &[ConversionStatus], countries: &[&str], payout| signalbox_domain::PayoutRule {
        statuses: statuses.to_vec(),
        countries: countries.iter().map(|it| (*it).to_owned()).collect(),
        payout,
    };
    let fixed = |amount: &str| Payout::Fixed { amount: money(amount) };
    let rules = [
        rule(&[ConversionStatus::Sale], &["AT", "de"], fixed("7")),
        rule(&[], &["DE"], fixed("3")),
        rule(&[ConversionStatus::Rebill], &[], Payout::Auto),
        rule(&[ConversionStatus::Custom2], &[], fixed("9")),
    ];
    let priced = |country: &str, status, amount| {
        let base = pricing(&workspace, fixed("5"), CostOnConversion::None);
        let pricing = Pricing { rules: &rules, country, ..base };
        pricing.price(&reading(status, amount)).unwrap().payout.to_string()
    };
    for (country, status, expected) in [
        ("DE", ConversionStatus::Sale, "7"),
        ("AT", ConversionStatus::Sale, "7"),
        ("DE", ConversionStatus::Lead, "3"),
        ("DE", ConversionStatus::Rebill, "3"),
        ("FR", ConversionStatus::Rebill, "1"),
        ("FR", ConversionStatus::Custom2, "9"),
        ("FR", ConversionStatus::Custom3, "1"),
        ("FR", ConversionStatus::Sale, "5"),
        ("", ConversionStatus::Sale, "5"),
    ] {
        assert_eq!(priced(country, status, Some("1")), expected, "{country} {status:?}");
    }

    let mut workspace = workspace;
    let euro: Currency = "EUR".parse().unwrap();
    let rate = |rate: &str, since| CurrencyRate {
        currency: euro,
        rate: money(rate),
        since,
        source: RateSource::Manual,
    };
    workspace.set_rates([rate("1.1", Some(Timestamp(1_000))), rate("1.5", Some(Timestamp(2_000)))]);
    let of = Reading { currency: Some(euro), ..reading(ConversionStatus::Sale, Some("10")) };
    let at = |at| {
        Pricing { at: Timestamp(at), ..pricing(&workspace, Payout::Auto, CostOnConversion::None) }.price(&of)
    };
    assert_eq!(at(1_999).unwrap().payout, money("11"));
    assert_eq!(at(2_000).unwrap().payout, money("15"));
    let none = at(999).unwrap_err().to_string();
    assert!(none.contains("EUR") && none.contains("1970-01-01T00:00:00.999Z"), "{none}");
}

#[test]
fn a_document_of_an_earlier_version_is_read_and_the_visitor_is_kept() {
    let it = conversion(state(1, ConversionStatus::Sale, "2"));
    let mut stored = serde_json::to_value(&it).unwrap();
    assert_eq!(stored["click"]["visitor"], "ffffffffffffffff", "numbers of 64 bits are stored as text");
    assert_eq!(serde_json::from_value::<Conversion>(stored.clone()).unwrap(), it);
    let Some(Record::ConversionV2(fact)) = it.fact(1) else { panic!("a conversion is told as one") };
    assert_eq!(fact.visitor, u64::MAX);
    let click = stored["click"].as_object_mut().unwrap();
    for field in ["visitor", "passed_to", "passed_to_stream"] {
        click.remove(field).unwrap();
    }
    assert_eq!(serde_json::from_value::<Conversion>(stored).unwrap().click.visitor, 0);
}
