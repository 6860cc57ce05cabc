use super::*;
use signalbox_domain::{
    BotReason, ClickId, ConversionId, ConversionStatus, Currency, Money, Timestamp, Visitor,
};
use std::borrow::Cow;

fn dims() -> ClickDims<'static> {
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

#[test]
fn conversions_round_trip_and_borrow() {
    let record = Record::Conversion(Box::new(ConversionV1 {
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
    }));
    let bytes = record.encode().unwrap();
    let back = Record::decode(&bytes).unwrap();
    assert_eq!(back, record);
    let Record::Conversion(conversion) = back else { panic!("another kind") };
    assert!(matches!(conversion.dims.country, Cow::Borrowed("DE")), "texts must not be copied when read");
}

#[test]
fn garbage_is_an_error() {
    for bytes in [&b""[..], b"\xff\xff\xff", b"\x00", b"\x05\x01\x02"] {
        assert!(Record::decode(bytes).is_err());
    }
}
