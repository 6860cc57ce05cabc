//! What is said of one click is judged in the order in which it came, whenever the click is found.

use super::*;
use crate::attribute::Ahead;
use signalbox_events::wire::HeadPosition;

const SEQS: [u64; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/// A lead and, a minute apart, what refuses it, for a click that stands before this head.
fn reports(click: ClickId, raw: JournalId, heads: &[HeadPosition]) -> Open {
    let report = |seq: u64| {
        let status = if seq == 0 { "lead" } else { "trash" };
        let said = [("subid", click.to_string()), ("status", status.to_owned()), ("tid", "t".to_owned())];
        let postback = PostbackRawV1 {
            at: click.timestamp().plus_ms(60_000 * i64::try_from(seq + 1).unwrap()),
            workspace: WORKSPACE,
            network: NETWORK,
            method: Cow::Borrowed("GET"),
            parameters: said.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            ip: std::net::Ipv4Addr::LOCALHOST.into(),
            user_agent: Cow::Borrowed(""),
            heads: heads.to_vec(),
        };
        let raw = RawRef { journal: raw.get(), seq };
        (seq, Received { raw, postback, told_held: false, from: From::Network })
    };
    SEQS.into_iter().map(report).collect()
}

/// The click is seen while they are judged again and again: at whichever of them that is, the first one is the first.
pub(super) async fn the_first_report_is_the_first_when_its_click_comes_while_others_are_judged(
    catalog: &Catalog,
) {
    let nodes = Nodes::start(catalog).await;
    let judge = nodes.nodes[0].judge_of(catalog, &nodes.clicks, &nodes.stop).await;
    let config = judge.config.get().unwrap();
    for number in 0..20 {
        let click = ClickId::new(Timestamp::now(), 100 + number);
        let heads = [HeadPosition { journal: nodes.clicks.id().get(), head: nodes.clicks.head() + 1 }];
        let open = reports(click, judge.postbacks, &heads);
        let clicks = nodes.clicks.clone();
        let coming = tokio::spawn(async move { clicks.append(&click_record(click)).map(drop) });
        let begun = Instant::now();
        loop {
            let judged = judge.judge_in_order(&config, &open, SEQS.to_vec(), 0).await.unwrap();
            if judged.iter().all(|(_, judged)| judged.verdict != Verdict::Held) {
                break;
            }
            assert!(begun.elapsed() < WAIT_MAX, "the click is not found");
            tokio::task::yield_now().await;
        }
        coming.await.unwrap().unwrap();
        let found = nodes.conversions().await;
        let conversion = found.iter().find(|conversion| conversion.click.id == click).unwrap();
        let told: Vec<_> = conversion.history.iter().map(|state| (state.at, state.status.as_str())).collect();
        assert_eq!(told, [(open[&0].postback.at, "lead"), (open[&1].postback.at, "trash")], "click {number}");
    }
    nodes.stop().await;
}

/// One of them was received when the journals could not be asked, so it waits for none of them, and its look-up found the click.
pub(super) async fn a_click_that_was_looked_up_for_one_report_is_there_for_those_before_it(
    catalog: &Catalog,
) {
    let nodes = Nodes::start(catalog).await;
    let mut judge = nodes.nodes[0].judge_of(catalog, &nodes.clicks, &nodes.stop).await;
    let known = crate::conversion::tests::state(1, signalbox_domain::ConversionStatus::Sale, "1");
    let click = ClickId::new(Timestamp::now(), 77);
    let known = crate::conversion::tests::conversion(known).click;
    judge.attributor.ahead = Ahead::of(crate::conversion::Click { id: click, ..known });
    let heads = [HeadPosition { journal: nodes.clicks.id().get(), head: nodes.clicks.head() + 1 }];
    let mut open = reports(click, judge.postbacks, &heads);
    open.get_mut(&1).unwrap().postback.heads.clear();
    let config = judge.config.get().unwrap();
    let judged = judge.judge_in_order(&config, &open, vec![0, 1], 0).await.unwrap();
    let verdicts: Vec<_> = judged.iter().map(|(_, judged)| judged.verdict).collect();
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::Updated]);
    nodes.stop().await;
}
