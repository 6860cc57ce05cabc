//! Postbacks that came to tracking domains on other machines: matched to their network and taken into this service's own journal, where they
//! are judged like any other.
//!
//! At least once: the cursor moves after a postback is on disk here. One that is taken twice, after a crash or because two nodes did it at the
//! same moment, is judged a duplicate. One with a key that no network has is shown among the requests that
//! belong to nobody.

use crate::{
    config::{Config, CurrentConfig},
    judge::{JudgeError, position::Position},
    metrics::Metrics,
    strays::{self, Stray, Strays},
};
use signalbox_catalog::Catalog;
use signalbox_chassis::warn_limited;
use signalbox_domain::{AffiliateNetworkId, WorkspaceId};
use signalbox_events::{
    EventSource, Journal, JournalId, ReadLimit, Stream,
    wire::{HeadPosition, PostbackRawV1, PostbackUnmatchedV1, Record},
};
use std::{borrow::Cow, sync::Arc, time::Duration};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const RETRY: Duration = Duration::from_millis(500);
const BATCH: ReadLimit = ReadLimit { records: 500, bytes: 1 << 20, wait: Duration::from_millis(500) };

/// What taking over needs.
#[derive(Clone)]
pub(crate) struct Relay {
    pub(crate) catalog: Catalog,
    pub(crate) config: CurrentConfig,
    pub(crate) source: Arc<dyn EventSource>,
    /// The own journal of postbacks.
    pub(crate) own: Journal,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) strays: Strays,
}

impl Relay {
    /// Follows every other journal of postbacks that appears, until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut followed: Vec<(JournalId, JoinHandle<()>)> = Vec::new();
        while !stop.is_cancelled() {
            for journal in self.source.journals().await.unwrap_or_default() {
                let other = journal.stream == Stream::Postbacks && journal.id != self.own.id();
                if other && !followed.iter().any(|(id, _)| *id == journal.id) {
                    let following = tokio::spawn(self.clone().follow(journal.id, stop.clone()));
                    followed.push((journal.id, following));
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(RETRY) => {}
            }
        }
        for (journal, following) in followed {
            if following.await.is_err() {
                tracing::error!(%journal, "taking over postbacks ended by a panic");
            }
        }
    }

    async fn follow(self, journal: JournalId, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.take_over(journal, &stop).await {
                warn_limited!(6, %error, %journal, "postbacks of a tracking domain wait");
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    /// Takes over from the cursor on; an error, another node's cursor among them, ends it, and it begins anew.
    async fn take_over(&self, journal: JournalId, stop: &CancellationToken) -> Result<(), JudgeError> {
        let mut position = Position::named(&self.catalog, format!("relay:{journal}")).await?;
        while !stop.is_cancelled() {
            let Some(config) = self.config.get() else {
                tokio::time::sleep(RETRY).await;
                continue;
            };
            let batch = self.source.read(journal, position.next(), BATCH).await?;
            for stored in &batch.records {
                let Ok(Record::PostbackUnmatched(unmatched)) = Record::decode(&stored.payload) else {
                    tracing::error!(seq = stored.seq, %journal, "a record is no postback; it is passed over");
                    continue;
                };
                let heads = self.click_heads().await?;
                match matched(&config, &unmatched, heads) {
                    Matched::Ours(raw) => {
                        let record = Record::PostbackRaw(raw).encode()?;
                        self.own.append_durable(&record).await?;
                        self.metrics.answered("relayed").increment(1);
                    }
                    Matched::Unreadable => return Err(unreadable()),
                    Matched::Stray(code, reason) => self.stray(&unmatched, (code, &reason)),
                }
            }
            if batch.next != position.next() {
                position.advance(&self.catalog, batch.next).await?;
            }
        }
        Ok(())
    }

    /// Nobody proved it to be a network's: it is shown among such requests.
    fn stray(&self, unmatched: &PostbackUnmatchedV1<'_>, (code, reason): (&'static str, &str)) {
        self.metrics
            .answered(if code == "key_unknown" { "unknown_key" } else { "address_refused" })
            .increment(1);
        let raw = &unmatched.raw;
        let stray = Stray {
            code,
            reason,
            key_sha256: unmatched.key_sha256,
            method: &raw.method,
            query: &crate::judge::query(&raw.parameters),
            ip: raw.ip,
            user_agent: &raw.user_agent,
        };
        self.strays.note(&stray, raw.at);
    }

    /// Where the click journals stand now: later than when the postback came, which only makes judging wait a little longer.
    async fn click_heads(&self) -> Result<Vec<HeadPosition>, JudgeError> {
        let journals = self.source.journals().await?;
        let clicks = journals.into_iter().filter(|journal| journal.stream == Stream::Clicks);
        Ok(clicks.map(|journal| HeadPosition { journal: journal.id.get(), head: journal.head }).collect())
    }
}

/// What a postback of another machine is.
enum Matched {
    /// With its tenant and network, when it has a key.
    Ours(PostbackRawV1<'static>),
    /// Nobody's: a code and the reason.
    Stray(&'static str, Cow<'static, str>),
    /// It may be of a network whose key cannot be read here.
    Unreadable,
}

/// Nothing is passed over that may be somebody's.
fn unreadable() -> JudgeError {
    let reason = "the keys of some networks cannot be read here: set catalog.secret_key".to_owned();
    signalbox_catalog::Error::Unavailable { reason, source: None }.into()
}

fn matched(config: &Config, unmatched: &PostbackUnmatchedV1<'_>, heads: Vec<HeadPosition>) -> Matched {
    let raw = &unmatched.raw;
    let (workspace, network) = match &unmatched.key_sha256 {
        Some(digest) => match config.network_by_digest(digest, raw.at) {
            Some(known) if known.allows(raw.ip) => (known.workspace, known.network.id),
            Some(known) => return Matched::Stray("address_not_allowed", known.refusal_of(raw.ip).into()),
            None if config.lacks_keys() => return Matched::Unreadable,
            None => return Matched::Stray("key_unknown", strays::KEY_UNKNOWN.into()),
        },
        None => {
            let workspace = config.workspace_of_host(&unmatched.host).unwrap_or(WorkspaceId::NONE);
            (workspace, AffiliateNetworkId::NONE)
        }
    };
    let mut all = heads;
    let missing = |head: &&HeadPosition| !all.iter().any(|known| known.journal == head.journal);
    let more: Vec<HeadPosition> = unmatched.raw.heads.iter().filter(missing).copied().collect();
    all.extend(more);
    Matched::Ours(PostbackRawV1 { workspace, network, heads: all, ..raw.to_static() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest as _, Sha256};
    use signalbox_domain::{AffiliateNetwork, Scope, Timestamp};
    use signalbox_events::{JournalOptions, LocalSource};
    use std::time::Instant;

    const KEY: &str = "0123456789abcdef";

    fn unmatched(key: Option<&str>) -> Vec<u8> {
        let raw = PostbackRawV1 {
            at: Timestamp(5),
            workspace: WorkspaceId::NONE,
            network: AffiliateNetworkId::NONE,
            method: "GET".into(),
            parameters: vec![("subid".into(), "x".into())],
            ip: "192.0.2.1".parse().unwrap(),
            user_agent: "network/1".into(),
            heads: vec![HeadPosition { journal: 77, head: 3 }],
        };
        let key_sha256 = key.map(|key| Sha256::digest(key.as_bytes()).into());
        let record = PostbackUnmatchedV1 { raw, host: "trk.example".into(), key_sha256 };
        Record::PostbackUnmatched(record).encode().unwrap()
    }

    #[tokio::test]
    async fn postbacks_of_other_machines_are_matched_and_taken_over_once() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = crate::testing::catalog(folder.path()).await;
        let network: AffiliateNetwork = serde_json::from_value(serde_json::json!({
            "id": "0000000000009", "name": "Net", "postback_key": KEY
        }))
        .unwrap();
        catalog.affiliate_networks().create(&Scope::system(WorkspaceId(1)), network).await.unwrap();
        let config = CurrentConfig::default();
        config.load(&catalog).await.unwrap();
        let open = |name: &str| {
            Journal::open(folder.path().join(name), JournalOptions::new(Stream::Postbacks)).unwrap()
        };
        let (own, other) = (open("own"), open("other"));
        for record in
            [unmatched(Some(KEY)), unmatched(None), unmatched(Some("no-such-key-here")), b"junk".to_vec()]
        {
            other.append_durable(&record).await.unwrap();
        }
        let relay = Relay {
            catalog,
            config,
            source: Arc::new(LocalSource::new([own.clone(), other.clone()])),
            own: own.clone(),
            metrics: Arc::new(Metrics),
            strays: Strays::default(),
        };
        let began = Instant::now();
        for round in 1..=2_u64 {
            let stop = CancellationToken::new();
            let running = tokio::spawn(relay.clone().run(stop.clone()));
            while own.head() < round + 1 {
                assert!(began.elapsed().as_secs() < 20, "{} taken over", own.head());
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let position = format!("relay:{}", other.id());
            while Position::named(&relay.catalog, position.clone()).await.unwrap().next() < 3 + round {
                assert!(began.elapsed().as_secs() < 20);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            stop.cancel();
            running.await.unwrap();
            if round == 1 {
                // A restart takes over what comes afterwards, and nothing twice.
                other.append_durable(&unmatched(None)).await.unwrap();
            }
        }
        let limit = ReadLimit { records: 10, bytes: 1 << 20, wait: Duration::ZERO };
        let batch = own.reader(0).read(limit).unwrap();
        let taken: Vec<(WorkspaceId, AffiliateNetworkId)> = batch
            .records
            .iter()
            .map(|stored| match Record::decode(&stored.payload).unwrap() {
                Record::PostbackRaw(raw) => {
                    assert!(raw.heads.contains(&HeadPosition { journal: 77, head: 3 }));
                    (raw.workspace, raw.network)
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let (ours, net, none) = (WorkspaceId(1), AffiliateNetworkId(9), AffiliateNetworkId::NONE);
        assert_eq!(taken, [(ours, net), (ours, none), (ours, none)]);
    }
}
