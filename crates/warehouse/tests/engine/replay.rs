//! Past postbacks that are to be judged again: the selection stands still at its moment, page by page.

use super::Test;
use super::data::{Span, WORKSPACE, encode, records};
use super::support::{Cursors, Env, Events, drain};
use signalbox_domain::{
    AffiliateNetworkId, ClickId, ConversionId, PostbackId, ReplayCursor, ReplaySelection, Scope, Timestamp,
    WorkspaceId,
};
use signalbox_events::wire::*;
use signalbox_warehouse::{Error, Warehouse};

pub const TESTS: &[Test] = &[
    ("replay::a_selection_is_what_it_was_at_its_moment", |env| Box::pin(selection(env))),
    ("replay::orphans_are_found_once_their_click_is_there", |env| Box::pin(orphans(env))),
];

const BEGAN: i64 = 1_769_500_000_000;
const COUNT: u64 = 12;

fn scope() -> Scope {
    Scope::system(WORKSPACE)
}

fn raw(seq: u64) -> Record<'static> {
    Record::PostbackRaw(PostbackRawV1 {
        // Two at a time came in the same millisecond.
        at: Timestamp(BEGAN + (seq / 2) as i64),
        workspace: if seq == 11 { WorkspaceId(4) } else { WORKSPACE },
        network: AffiliateNetworkId(800 + seq % 2),
        method: "GET".into(),
        parameters: vec![("cid".into(), format!("{seq} &=").into())],
        ip: "198.51.100.9".parse().unwrap(),
        user_agent: "network/1".into(),
        heads: vec![],
    })
}

fn verdict(
    journal: u64,
    raw_seq: u64,
    after_ms: i64,
    (verdict, code): (Verdict, &'static str),
) -> Record<'static> {
    Record::Verdict(VerdictV1 {
        raw_journal: journal,
        raw_seq,
        received_at: Timestamp(BEGAN + (raw_seq / 2) as i64),
        at: Timestamp(BEGAN + after_ms),
        workspace: WORKSPACE,
        network: AffiliateNetworkId(800 + raw_seq % 2),
        verdict,
        code: code.into(),
        reason: "because".into(),
        click: ClickId(5),
        conversion: ConversionId(6),
        method: "GET".into(),
        query: format!("cid={raw_seq}%20%26%3D").into(),
        ip: "198.51.100.9".parse().unwrap(),
    })
}

/// Numbers of the selected requests, read in pages of `limit`.
async fn numbers(warehouse: &Warehouse, selection: &ReplaySelection, as_of: i64, limit: u32) -> Vec<u64> {
    let (mut found, mut after): (Vec<u64>, Option<ReplayCursor>) = (Vec::new(), None);
    loop {
        let at = (selection, Timestamp(as_of));
        let page = warehouse.list_for_replay(&scope(), at, after.as_ref(), limit).await.unwrap();
        found.extend(page.iter().map(|entry| entry.raw.seq));
        if page.len() < limit as usize {
            let total = warehouse.count_for_replay(&scope(), at).await.unwrap();
            assert_eq!(total, found.len() as u64, "{selection:?}");
            return found;
        }
        after = page.last().map(|entry| ReplayCursor {
            received_at: entry.received_at,
            id: PostbackId { journal: entry.raw.journal.get(), seq: entry.raw.seq },
        });
    }
}

async fn orphans(env: &Env) {
    let (warehouse, facts) = (env.database().await, Events::new());
    let orphan = (Verdict::Orphan, "click_unknown");
    let of = |seq: u64, click: ClickId, after_ms: i64, what| {
        let Record::Verdict(of) = verdict(7, seq, after_ms, what) else { unreachable!("made so") };
        Record::Verdict(VerdictV1 { click, ..of })
    };
    let span = Span { from: BEGAN, to: BEGAN + 100_000 };
    let clicks = records(3, 60, span);
    let known: Vec<ClickId> = clicks
        .iter()
        .filter_map(Record::click)
        .filter(|click| click.dims.workspace == WORKSPACE)
        .map(|click| click.id)
        .collect();
    let foreign =
        clicks.iter().filter_map(Record::click).find(|it| it.dims.workspace != WORKSPACE).unwrap().id;
    let verdicts = [
        of(0, known[0], 100, orphan),
        of(2, ClickId(5), 100, orphan),
        of(4, known[1], 100, orphan),
        of(4, known[1], 900, (Verdict::Accepted, "")),
        of(6, foreign, 100, orphan),
        of(8, known[2], 100, orphan),
        of(9, known[3], 100, (Verdict::Refused, "status_unknown")),
    ];
    facts.append(&encode(&verdicts));
    drain(&mut facts.writer(&warehouse, &Cursors::new(), 5_000)).await;
    let (since, as_of) = (Timestamp(BEGAN), Timestamp(BEGAN + 5_000));
    let found = async |after: Option<&ReplayCursor>, limit| {
        warehouse.list_rematchable(&scope(), (since, as_of), after, limit).await.unwrap()
    };
    assert!(found(None, 100).await.is_empty(), "no click is there yet");
    let events = Events::new();
    events.append(&encode(&clicks));
    drain(&mut events.writer(&warehouse, &Cursors::new(), 5_000)).await;
    let first = found(None, 1).await;
    let cursor = ReplayCursor {
        received_at: first[0].received_at,
        id: PostbackId { journal: first[0].raw.journal.get(), seq: first[0].raw.seq },
    };
    let rest = found(Some(&cursor), 100).await;
    let seqs: Vec<u64> = first.iter().chain(&rest).map(|entry| entry.raw.seq).collect();
    assert_eq!(seqs, [0, 8], "of this workspace, orphans still, with a click that is there");
}

async fn selection(env: &Env) {
    let (warehouse, events) = (env.database().await, Events::new());
    let raws: Vec<Record<'static>> = (0..COUNT).map(raw).collect();
    events.append(&encode(&raws));
    drain(&mut events.writer(&warehouse, &Cursors::new(), 5_000)).await;
    let journal = events.journal.id().get();
    let refused = (Verdict::Refused, "status_unknown");
    let mut verdicts: Vec<Record<'static>> =
        (0..8).map(|seq| verdict(journal, seq, 100 + seq as i64, refused)).collect();
    // Judged again, later.
    verdicts.extend((0..4).map(|seq| verdict(journal, seq, 1_000, (Verdict::Accepted, ""))));
    verdicts.push(verdict(journal, 8, 100, (Verdict::Orphan, "click_unknown")));
    let facts = Events::new();
    facts.append(&encode(&verdicts));
    drain(&mut facts.writer(&warehouse, &Cursors::new(), 5_000)).await;

    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let all = ReplaySelection { from: Some(Timestamp(BEGAN)), ..ReplaySelection::default() };
    let of_refused = ReplaySelection { verdicts: words(&["refused"]), ..all.clone() };
    for limit in [1, 3, 100] {
        assert_eq!(numbers(&warehouse, &all, BEGAN + 5_000, limit).await, (0..11).collect::<Vec<u64>>());
        assert_eq!(numbers(&warehouse, &of_refused, BEGAN + 5_000, limit).await, [4, 5, 6, 7]);
        assert_eq!(
            numbers(&warehouse, &of_refused, BEGAN + 500, limit).await,
            (0..8).collect::<Vec<u64>>(),
            "verdicts that were made later are none of its business"
        );
    }
    let one = |selection: ReplaySelection| {
        let warehouse = &warehouse;
        async move { numbers(warehouse, &selection, BEGAN + 5_000, 100).await }
    };
    let network = Some(AffiliateNetworkId(801));
    assert_eq!(one(ReplaySelection { network, ..of_refused.clone() }).await, [5, 7]);
    let until = Some(Timestamp(BEGAN + 3));
    assert_eq!(one(ReplaySelection { to: until, ..of_refused.clone() }).await, [4, 5]);
    assert_eq!(one(ReplaySelection { codes: words(&["click_unknown"]), ..all.clone() }).await, [8]);
    let ids = [2, 9, 77].map(|seq| PostbackId { journal, seq }).to_vec();
    let elsewhere = PostbackId { journal: journal ^ 1, seq: 3 };
    let ids = [ids, vec![elsewhere]].concat();
    assert_eq!(one(ReplaySelection { ids, ..ReplaySelection::default() }).await, [2, 9]);

    let page =
        warehouse.list_for_replay(&scope(), (&all, Timestamp(BEGAN + 5_000)), None, 100).await.unwrap();
    assert_eq!((page[0].query.as_str(), page[9].query.as_str()), ("cid=0%20%26%3D", "cid=9+%26%3D"));
    assert_eq!(page[0].verdict.as_ref().map(|verdict| verdict.verdict), Some(Verdict::Accepted));
    assert_eq!(page[9].verdict, None);
    let unknown = ReplaySelection { verdicts: words(&["fine"]), ..all };
    let refused = warehouse.count_for_replay(&scope(), (&unknown, Timestamp(BEGAN))).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "verdicts"));
}
