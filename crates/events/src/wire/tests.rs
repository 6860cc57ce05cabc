use super::*;
use signalbox_domain::{
    BotReason, ClickId, ConversionId, ConversionStatus, Currency, Money, Timestamp, Visitor,
};
use std::borrow::Cow;

pub(crate) fn dims() -> ClickDims<'static> {
    let unknown = Visitor::unknown("127.0.0.1".parse().unwrap());
    ClickDims {
        workspace: signalbox_domain::WorkspaceId(1),
        campaign: signalbox_domain::CampaignId(2),
        stream: signalbox_domain::StreamId(3),
        landing: signalbox_domain::DestinationId(0),
        destination: signalbox_domain::DestinationId(4),
        source: signalbox_domain::TrafficSourceId(5),
        network: signalbox_domain::AffiliateNetworkId(6),
        domain: signalbox_domain::DomainId(7),
        country: "DE".into(),
        region: "Hessen".into(),
        city: "Frankfurt".into(),
        isp: "".into(),
        asn: 64512,
        connection: unknown.geo.connection,
        device_type: unknown.device.kind,
        device_brand: "".into(),
        device_model: "".into(),
        os: "Android".into(),
        os_version: "14".into(),
        browser: "Chrome".into(),
        browser_version: "130.0".into(),
        language: "de".into(),
        referrer_domain: "".into(),
        keyword: "".into(),
        ad_campaign_id: "".into(),
        creative_id: "".into(),
        site: "".into(),
        sub_ids: vec![(1, "zone".into()), (30, "x&y".into())],
        bot: BotReason::None,
    }
}

pub(crate) fn conversion() -> ConversionV1<'static> {
    ConversionV1 {
        id: ConversionId(9),
        revision: 1,
        click: ClickId(8),
        clicked_at: Timestamp(1),
        converted_at: Timestamp(2),
        at: Timestamp(3),
        dims: dims(),
        before: None,
        after: Some(ConversionMeasures {
            status: ConversionStatus::Sale,
            payout: "1.25".parse().unwrap(),
            cost: Money::ZERO,
        }),
        original_status: "approved".into(),
        transaction: "t-1".into(),
        original_payout: "1.25".parse().unwrap(),
        original_currency: Currency::USD,
        currency: Currency::USD,
        external_id: "ext".into(),
        raw_journal: 1,
        raw_seq: 2,
    }
}

#[test]
fn conversions_round_trip_and_borrow() {
    let record = Record::Conversion(Box::new(conversion()));
    let bytes = record.encode().unwrap();
    let back = Record::decode(&bytes).unwrap();
    assert_eq!(back, record);
    let Record::Conversion(conversion) = back else { panic!("another kind") };
    assert!(matches!(conversion.dims.country, Cow::Borrowed("DE")), "texts must not be copied when read");
}

#[test]
fn garbage_is_an_error() {
    for bytes in [&b""[..], b"\xff\xff\xff", b"\x00", b"\x05\x01\x02", b"\x0a"] {
        assert!(Record::decode(bytes).is_err());
    }
}

pub(crate) fn click() -> ClickV1<'static> {
    ClickV1 {
        id: ClickId(8),
        at: Timestamp(5),
        dims: dims(),
        outcome: Outcome::Loop,
        status: 302,
        unique: UniqueFlags::default(),
        cost: Money::ZERO,
        currency: Currency::USD,
        cost_on_conversion: CostOnConversion::None,
        external_id: "".into(),
        ip: "192.0.2.7".parse().unwrap(),
        user_agent: "Mozilla".into(),
        referrer: "".into(),
        host: "t.example".into(),
        path_and_query: "/a?x=1".into(),
        target: "".into(),
    }
}

#[test]
fn both_versions_of_a_click_are_read_as_one() {
    let first = Record::Click(Box::new(click()));
    let full = ClickV2 {
        visitor: 9,
        passed_to: signalbox_domain::CampaignId(3),
        trace: "{}".into(),
        by_script: true,
        ..ClickV2::of(click())
    };
    let second = Record::ClickV2(Box::new(full.clone()));
    let (first, second) = (first.encode().unwrap(), second.encode().unwrap());
    assert_eq!((first[0], second[0]), (0, 6), "the first byte is the variant and never changes");
    let (first, second) = (Record::decode(&first).unwrap(), Record::decode(&second).unwrap());
    assert_eq!((first.click(), first.visitor()), (Some(&click()), 0));
    assert_eq!((second.click(), second.visitor()), (Some(&click()), 9));
    assert_eq!(Record::encode_click(&full).unwrap(), second.encode().unwrap(), "without the box");
    let Record::ClickV2(back) = &second else { panic!("another kind") };
    assert!(matches!(back.trace, Cow::Borrowed("{}")));
    assert_eq!(back.to_static(), full);
}

#[test]
fn both_versions_of_a_landing_click_are_read_as_one() {
    let landing = LandingClickV1 {
        click: ClickId(8),
        at: Timestamp(7),
        clicked_at: Timestamp(5),
        dims: dims(),
        first: true,
        target: "https://offer.example/".into(),
    };
    let first = Record::LandingClick(Box::new(landing.clone()));
    let second = LandingClickV2 { counted: false, ..LandingClickV2::of(landing.clone()) };
    let second = Record::LandingClickV2(Box::new(second)).encode().unwrap();
    assert_eq!(second[0], 7);
    assert_eq!(first.landing_click(), Some((&landing, true)));
    assert_eq!(Record::decode(&second).unwrap().landing_click(), Some((&landing, false)));
}

#[test]
fn every_outcome_has_its_own_word() {
    let words: std::collections::BTreeSet<_> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
    assert_eq!(words.len(), Outcome::ALL.len());
}

#[test]
fn the_click_of_a_record_is_found_without_reading_the_rest() {
    let counted = |going_on| {
        Record::Counted(CountedV1 {
            id: ClickId(8),
            at: Timestamp(5),
            workspace: signalbox_domain::WorkspaceId(1),
            campaign: signalbox_domain::CampaignId(2),
            stream: signalbox_domain::StreamId(3),
            landing: signalbox_domain::DestinationId(0),
            destination: signalbox_domain::DestinationId(4),
            passed_to: signalbox_domain::CampaignId(0),
            passed_to_stream: signalbox_domain::StreamId(0),
            cost: Money::ZERO,
            visitor: u64::MAX,
            going_on,
        })
    };
    let landing = LandingClickV1 {
        click: ClickId(8),
        at: Timestamp(7),
        clicked_at: Timestamp(5),
        dims: dims(),
        first: true,
        target: "".into(),
    };
    for (record, expected) in [
        (Record::Click(Box::new(click())), Some((ClickId(8), true))),
        (Record::ClickV2(Box::new(ClickV2::of(click()))), Some((ClickId(8), true))),
        (Record::LandingClick(Box::new(landing.clone())), Some((ClickId(8), false))),
        (Record::LandingClickV2(Box::new(LandingClickV2::of(landing))), Some((ClickId(8), false))),
        (counted(false), Some((ClickId(8), true))),
        (counted(true), Some((ClickId(8), false))),
        (Record::Conversion(Box::new(conversion())), None),
    ] {
        assert_eq!(Record::peek_click(&record.encode().unwrap()), expected, "{record:?}");
    }
    assert_eq!(Record::peek_click(&[]), None);
}
