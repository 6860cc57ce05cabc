use super::*;
use signalbox_domain::{Actor, AffiliateNetworkId, RowSender};
use signalbox_events::{JournalOptions, LocalSource, ReadLimit, Stream};
use std::time::Instant;

const CLICK: &str = "01jzzzzzzzzzzzzzzzzzzzzzzz";
const WORKSPACE: WorkspaceId = WorkspaceId(1);

struct Setup {
    _folder: tempfile::TempDir,
    catalog: Catalog,
    postbacks: Journal,
}

impl Setup {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = crate::testing::catalog(folder.path()).await;
        let network: AffiliateNetwork = serde_json::from_value(serde_json::json!({
            "id": "0000000000009", "name": "Net", "postback_key": "0123456789abcdef",
            "statuses": [{ "word": "bought", "status": "sale" }]
        }))
        .unwrap();
        catalog.affiliate_networks().create(&Scope::system(WORKSPACE), network).await.unwrap();
        let postbacks =
            Journal::open(folder.path().join("postbacks"), JournalOptions::new(Stream::Postbacks)).unwrap();
        Self { _folder: folder, catalog, postbacks }
    }

    fn uploader(&self, node: &str) -> Uploader {
        Uploader {
            catalog: self.catalog.clone(),
            postbacks: self.postbacks.clone(),
            heads: ClickHeads { clicks: Arc::new(LocalSource::new([self.postbacks.clone()])), own: None },
            metrics: Arc::new(Metrics),
            node: node.to_owned(),
        }
    }

    async fn bring(&self, id: u64, upload: &PostbackUpload) -> ConversionId {
        let id = ConversionId::new(upload.created_at, id.into());
        let pending = upload.is_open().then_some(upload.created_at);
        let keys = RecordKeys { click: None, at: upload.created_at, pending };
        self.catalog.uploads().insert(&Scope::system(WORKSPACE), id, &keys, upload).await.unwrap();
        id
    }

    async fn find(&self, id: ConversionId) -> Stored<PostbackUpload> {
        self.catalog.uploads().find(&Scope::system(WORKSPACE), id).await.unwrap().unwrap()
    }

    /// Works until the upload is as it should be.
    async fn until(&self, id: ConversionId, state: UploadState) -> PostbackUpload {
        let stop = CancellationToken::new();
        let running = tokio::spawn(self.uploader("a").run(stop.clone()));
        let began = Instant::now();
        let found = loop {
            let found = self.find(id).await.value;
            if found.state == state {
                break found;
            }
            assert!(began.elapsed().as_secs() < 60, "{:?}", found.state);
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        stop.cancel();
        running.await.unwrap();
        found
    }

    fn kept(&self) -> Vec<PostbackRawV1<'static>> {
        let limit = ReadLimit { records: 10_000, bytes: 64 << 20, wait: Duration::ZERO };
        let batch = self.postbacks.reader(0).read(limit).unwrap();
        let read = |payload: &[u8]| match Record::decode(payload).unwrap() {
            Record::PostbackRaw(raw) => raw.to_static(),
            other => panic!("{other:?}"),
        };
        batch.records.iter().map(|stored| read(&stored.payload)).collect()
    }
}

fn upload(state: UploadState, origin: UploadOrigin, rows: Vec<UploadRow>) -> PostbackUpload {
    PostbackUpload {
        created_by: Actor::System,
        created_at: Timestamp::now(),
        ip: "192.0.2.9".parse().unwrap(),
        network: AffiliateNetworkId(9),
        origin,
        state,
        checked: false,
        rows,
        finished_at: None,
        lease: None,
    }
}

#[tokio::test]
async fn rows_are_told_what_a_request_would_be_told_and_the_good_ones_are_taken() {
    let setup = Setup::new().await;
    let rows = vec![
        UploadRow::new(1, format!("subid={CLICK}&payout=1.50&status=bought")),
        UploadRow::new(2, "subid=%7Bclickid%7D&payout=1".to_owned()),
        UploadRow::new(3, format!("subid={CLICK}&payout=much")),
        UploadRow::refused(4, String::new(), "row_malformed", "has 9 cells".to_owned()),
        UploadRow::new(5, format!("subid={CLICK}&tid=7")),
    ];
    let id = setup.bring(1, &upload(UploadState::Checking, UploadOrigin::Text, rows)).await;
    let checked = setup.until(id, UploadState::Checked).await;
    let codes: Vec<&str> =
        checked.rows.iter().map(|row| row.refusal.as_ref().map_or("", |it| it.code.as_str())).collect();
    assert_eq!(codes, ["", "macro_not_replaced", "payout_not_a_number", "row_malformed", ""]);
    assert_eq!((checked.rows[0].status.as_str(), checked.rows[0].payout.as_str()), ("sale", "1.5"));
    assert_eq!(
        (checked.counts(), setup.kept().len()),
        ((2, 0), 0),
        "nothing is taken before it is asked for"
    );

    let stored = setup.find(id).await;
    let taking = PostbackUpload { state: UploadState::Taking, ..stored.value };
    let keys = RecordKeys { click: None, at: taking.created_at, pending: Some(taking.created_at) };
    let scope = Scope::system(WORKSPACE);
    setup.catalog.uploads().replace(&scope, (id, stored.version), &keys, &taking).await.unwrap();
    let done = setup.until(id, UploadState::Done).await;
    assert_eq!(done.counts(), (2, 2));
    let kept = setup.kept();
    assert_eq!(kept.len(), 2);
    assert_eq!((kept[0].network, &*kept[0].method, kept[0].ip), (AffiliateNetworkId(9), METHOD, done.ip));
    let journal = setup.postbacks.id().get();
    assert_eq!(done.rows[4].taken, Some(PostbackId { journal, seq: 1 }));
    assert!(done.finished_at.is_some() && done.lease.is_none());
}

#[tokio::test]
async fn many_rows_are_taken_in_steps_and_a_taken_row_is_never_taken_again() {
    let setup = Setup::new().await;
    let mut rows: Vec<UploadRow> =
        (1..=1_000).map(|line| UploadRow::new(line, format!("subid={CLICK}&tid={line}"))).collect();
    // As if a node had been killed after two steps.
    for row in &mut rows[..400] {
        row.taken = Some(PostbackId { journal: 1, seq: row.line.into() });
    }
    let mut half = upload(UploadState::Taking, UploadOrigin::Rows, rows);
    half.checked = true;
    half.lease = Some(ReplayLease { node: "a".to_owned(), until: Timestamp::now().plus_ms(60_000) });
    let id = setup.bring(1, &half).await;
    assert!(!setup.uploader("b").work_on_next().await.unwrap(), "another node works on it");
    let done = setup.until(id, UploadState::Done).await;
    assert_eq!((done.counts(), setup.kept().len()), ((1_000, 1_000), 600));
}

#[tokio::test]
async fn requests_of_nobody_come_as_they_came() {
    let setup = Setup::new().await;
    let sender = RowSender {
        at: Timestamp(1_790_000_000_000),
        method: "GET".to_owned(),
        ip: "198.51.100.7".parse().unwrap(),
        user_agent: "network/1".to_owned(),
        stray: "x".to_owned(),
    };
    let row = |query: &str| UploadRow { sender: Some(sender.clone()), ..UploadRow::new(1, query.to_owned()) };
    let rows = vec![row(&format!("subid={CLICK}")), row("subid=%7Bclickid%7D")];
    let id = setup.bring(1, &upload(UploadState::Taking, UploadOrigin::Strays, rows)).await;
    setup.until(id, UploadState::Done).await;
    let kept = setup.kept();
    assert_eq!(kept.len(), 2, "what cannot be understood is in the log too");
    assert_eq!(
        (kept[0].at, &*kept[0].method, kept[0].ip, &*kept[0].user_agent),
        (sender.at, "GET", sender.ip, "network/1")
    );
}

#[tokio::test]
async fn a_network_that_is_gone_takes_nothing() {
    let setup = Setup::new().await;
    let mut lost =
        upload(UploadState::Taking, UploadOrigin::Rows, vec![UploadRow::new(1, format!("subid={CLICK}"))]);
    lost.network = AffiliateNetworkId(77);
    let id = setup.bring(1, &lost).await;
    let done = setup.until(id, UploadState::Done).await;
    assert_eq!(done.rows[0].refusal.as_ref().unwrap().code, "network_gone");
    assert!(setup.kept().is_empty());
}
