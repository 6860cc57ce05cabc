use super::*;
use crate::counters::tests::{Rig, until};
use signalbox_domain::{
    CampaignId, ClickId, ConversionId, ConversionStatus, Currency, Money, StreamId, WorkspaceId,
};
use signalbox_events::{
    LocalSource,
    wire::{ConversionMeasures, ConversionV1, ConversionV2},
};

fn conversion(number: u64, visitor: u64, status: ConversionStatus) -> Record<'static> {
    let dims = crate::conversion::tests::conversion(crate::conversion::tests::state(
        number,
        ConversionStatus::Sale,
        "1",
    ))
    .click
    .dims;
    let conversion = ConversionV1 {
        id: ConversionId(u128::from(number)),
        revision: 1,
        click: ClickId(u128::from(number)),
        clicked_at: Timestamp(1),
        converted_at: Timestamp(2),
        at: Timestamp(2),
        dims,
        before: None,
        after: Some(ConversionMeasures { status, payout: Money::ZERO, cost: Money::ZERO }),
        original_status: "".into(),
        transaction: "".into(),
        original_payout: Money::ZERO,
        original_currency: Currency::USD,
        currency: Currency::USD,
        external_id: "".into(),
        raw_journal: 1,
        raw_seq: number,
    };
    Record::ConversionV2(Box::new(ConversionV2 {
        conversion,
        visitor,
        passed_to: CampaignId::NONE,
        passed_to_stream: StreamId::NONE,
    }))
}

fn tell(rig: &Rig) -> CancellationToken {
    let stop = CancellationToken::new();
    let converted =
        Converted { catalog: rig.catalog.clone(), source: Arc::new(LocalSource::new([rig.facts.clone()])) };
    tokio::spawn(converted.run(stop.clone()));
    stop
}

async fn told(rig: &Rig) -> Vec<u64> {
    let head = rig.catalog.live().converted_head(SYSTEM).await.unwrap().value;
    let mut all = Vec::new();
    for number in head.first..=head.last {
        if let Some(found) = rig.catalog.live().find_converted(SYSTEM, number).await.unwrap() {
            all.extend(found.value.visitors(0).map(|visitor| visitor.visitor));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_visitor_that_converted_is_told_whatever_stops() {
    let rig = Rig::new().await;
    let count = CONVERTED_BATCH_MAX as u64 + 500;
    let mut stop = tell(&rig);
    for number in 1..=count {
        rig.append(&conversion(number, number, ConversionStatus::Sale));
        if number % 700 == 0 {
            stop.cancel();
            stop = tell(&rig);
        }
    }
    // A machine, and a rebill, which is no conversion of its own.
    rig.append(&conversion(count + 1, 0, ConversionStatus::Sale));
    rig.append(&conversion(count + 2, 99_999, ConversionStatus::Rebill));
    rig.append(&conversion(count + 3, 77_777, ConversionStatus::Lead));
    until(async || told(&rig).await.contains(&77_777)).await;
    let mut all = told(&rig).await;
    all.sort_unstable();
    all.dedup();
    let expected: Vec<u64> = (1..=count).chain([77_777]).collect();
    assert_eq!(all, expected);
    let head = rig.catalog.live().converted_head(SYSTEM).await.unwrap().value;
    assert_eq!((head.first, head.last), (1, 2), "a full batch is followed by another");
    let batch = rig.catalog.live().find_converted(SYSTEM, 1).await.unwrap().unwrap().value;
    assert_eq!(batch.visitors(0).next().map(|first| first.workspace), Some(WorkspaceId(1)));
    stop.cancel();
}
