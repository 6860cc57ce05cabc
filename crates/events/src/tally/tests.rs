use super::*;
use crate::wire::tests::{click, conversion, dims};
use crate::wire::{ClickV1, ClickV2, ConversionV2, LandingClickV1, LandingClickV2};
use signalbox_domain::{BotReason, ClickId, ConversionStatus};
use std::collections::BTreeMap;

const CAMPAIGN: Subject = Subject::Campaign(CampaignId(2));
const STREAM: Subject = Subject::Stream(StreamId(3));

fn counted(record: &Record<'_>) -> BTreeMap<Subject, (i64, i64, String, String)> {
    let mut found = BTreeMap::new();
    each(record, &mut |subject, _, tally| {
        let words = (tally.clicks, tally.conversions, tally.cost.to_string(), tally.revenue.to_string());
        assert!(found.insert(subject, words).is_none(), "{subject:?} twice");
    });
    found
}

fn once(cost: &str) -> (i64, i64, String, String) {
    (1, 0, cost.to_owned(), "0".to_owned())
}

fn priced() -> ClickV1<'static> {
    ClickV1 { cost: "0.5".parse().unwrap(), outcome: crate::wire::Outcome::Routed, ..click() }
}

#[test]
fn a_click_counts_where_it_was_sent() {
    let to = DestinationId(4);
    let expected = BTreeMap::from([
        (CAMPAIGN, once("0.5")),
        (STREAM, once("0.5")),
        (Subject::Destination(to), once("0.5")),
        (Subject::Route(StreamId(3), to), once("0.5")),
    ]);
    assert_eq!(counted(&Record::Click(Box::new(priced()))), expected);
    assert_eq!(counted(&Record::ClickV2(Box::new(ClickV2::of(priced())))), expected);

    let mut bot = priced();
    bot.dims.bot = BotReason::KnownBot;
    assert!(counted(&Record::Click(Box::new(bot))).is_empty());

    let mut lost = priced();
    (lost.dims.stream, lost.dims.destination) = (StreamId::NONE, DestinationId::NONE);
    let fallback = ClickV1 { outcome: crate::wire::Outcome::NoDestination, ..priced() };
    let fallback = counted(&Record::ClickV2(Box::new(ClickV2::of(fallback))));
    let lost = counted(&Record::Click(Box::new(lost)));
    assert_eq!(fallback, lost);
    assert_eq!(lost, BTreeMap::from([(CAMPAIGN, (0, 0, "0.5".to_owned(), "0".to_owned()))]));
}

#[test]
fn a_destination_behind_a_landing_gets_the_click_when_the_visitor_goes_on_first() {
    let (page, to) = (DestinationId(9), DestinationId(4));
    let mut shown = priced();
    shown.dims.landing = page;
    let at_click = counted(&Record::Click(Box::new(shown.clone())));
    assert_eq!(at_click[&Subject::Destination(page)], once("0.5"));
    assert!(
        !at_click.contains_key(&Subject::Destination(to)),
        "chosen before the landing click, but not sent yet"
    );

    let landing = |first, counted| {
        let landing_click = LandingClickV1 {
            click: ClickId(8),
            at: Timestamp(9),
            clicked_at: Timestamp(5),
            dims: shown.dims.clone(),
            first,
            target: "".into(),
        };
        Record::LandingClickV2(Box::new(LandingClickV2 {
            counted,
            cost: shown.cost,
            ..LandingClickV2::of(landing_click)
        }))
    };
    let expected = BTreeMap::from([
        (Subject::Destination(to), once("0.5")),
        (Subject::Route(StreamId(3), to), once("0.5")),
    ]);
    assert_eq!(counted(&landing(true, true)), expected);
    assert!(counted(&landing(false, true)).is_empty());
    assert!(counted(&landing(true, false)).is_empty());
}

#[test]
fn a_click_passed_on_counts_for_both_campaigns_and_costs_once() {
    let (other, inner, to) = (CampaignId(20), StreamId(30), DestinationId(4));
    let full = ClickV2 { passed_to: other, passed_to_stream: inner, ..ClickV2::of(priced()) };
    let expected = BTreeMap::from([
        (CAMPAIGN, once("0.5")),
        (STREAM, once("0.5")),
        (Subject::Campaign(other), once("0")),
        (Subject::Stream(inner), once("0")),
        (Subject::Destination(to), once("0.5")),
        (Subject::Route(inner, to), once("0.5")),
    ]);
    assert_eq!(counted(&Record::ClickV2(Box::new(full))), expected);
}

#[test]
fn a_conversion_counts_what_it_changes() {
    let state = |status, payout: &str| ConversionMeasures {
        status,
        payout: payout.parse().unwrap(),
        cost: "1".parse().unwrap(),
    };
    let record = |before: Option<ConversionMeasures>, after| {
        let conversion = ConversionV1 { before, after: Some(after), dims: dims(), ..conversion() };
        let full = ConversionV2 {
            conversion,
            visitor: 0,
            passed_to: CampaignId::NONE,
            passed_to_stream: StreamId::NONE,
        };
        counted(&Record::ConversionV2(Box::new(full)))
    };
    let lead = record(None, state(ConversionStatus::Lead, "4"));
    assert_eq!(lead.len(), 4, "campaign, stream, destination, route");
    assert!(lead.values().all(|counted| *counted == (0, 1, "1".to_owned(), "4".to_owned())));
    let sale = record(Some(state(ConversionStatus::Lead, "4")), state(ConversionStatus::Sale, "5"));
    assert!(sale.values().all(|counted| *counted == (0, 0, "0".to_owned(), "1".to_owned())));
    let refused = record(Some(state(ConversionStatus::Sale, "5")), state(ConversionStatus::Rejected, "5"));
    assert!(refused.values().all(|counted| *counted == (0, 0, "0".to_owned(), "-5".to_owned())));
    let rebill = record(None, state(ConversionStatus::Rebill, "2"));
    assert!(rebill.values().all(|counted| *counted == (0, 0, "1".to_owned(), "2".to_owned())));
}
