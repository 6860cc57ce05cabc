use super::*;
use crate::config::CurrentConfig;
use axum::body::Body;
use http_body_util::BodyExt as _;
use signalbox_catalog::{Catalog, SystemScope, Vault};
use signalbox_domain::{AffiliateNetwork, Scope};
use signalbox_events::{JournalOptions, LocalSource, ReadLimit, Stream};
use std::time::Duration;
use tower::ServiceExt as _;

const KEY: &str = "0123456789abcdefghjk";
const OLD: &str = "old-key-that-works-on";
const OVER: &str = "old-key-that-is-over-";
const CLICK: &str = "01jzzzzzzzzzzzzzzzzzzzzzzz";

/// A receiver with one network, as it answers requests from 192.0.2.1.
struct Setup {
    folder: tempfile::TempDir,
    catalog: Catalog,
    config: CurrentConfig,
    postbacks: Journal,
    strays: Strays,
    router: Router,
}

impl Setup {
    async fn new(network: serde_json::Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = crate::testing::catalog(folder.path()).await.with_vault(Some(Vault::new(&[1; 32])));
        let mut fields = serde_json::json!({ "id": "0000000000009", "name": "Net", "postback_key": KEY });
        fields.as_object_mut().unwrap().extend(network.as_object().unwrap().clone());
        let network: AffiliateNetwork = serde_json::from_value(fields).unwrap();
        catalog.affiliate_networks().create(&Scope::system(WorkspaceId(1)), network).await.unwrap();
        let config = CurrentConfig::default();
        config.load(&catalog).await.unwrap();
        let postbacks =
            Journal::open(folder.path().join("postbacks"), JournalOptions::new(Stream::Postbacks)).unwrap();
        let strays = Strays::default();
        let receiver = Receiver {
            config: config.clone(),
            postbacks: postbacks.clone(),
            heads: ClickHeads { clicks: Arc::new(LocalSource::new([postbacks.clone()])), own: None },
            proxies: TrustedProxies::none(),
            limiter: RateLimiter::new(1_000, Duration::from_secs(60), 100),
            strays: strays.clone(),
            metrics: Arc::new(Metrics),
        };
        let router = router(Arc::new(receiver), 10_000);
        Self { folder, catalog, config, postbacks, strays, router }
    }

    async fn send(
        &self,
        request: http::request::Builder,
        body: &'static str,
    ) -> (http::response::Parts, Vec<u8>) {
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 5000))));
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        (parts, body.collect().await.unwrap().to_bytes().to_vec())
    }

    async fn get(&self, uri: &str) -> (u16, String) {
        let (parts, body) = self.send(http::Request::get(uri), "").await;
        (parts.status.as_u16(), String::from_utf8(body).unwrap())
    }

    /// What was journaled: network and parameters.
    fn kept(&self) -> Vec<(u64, String)> {
        let limit = ReadLimit { records: 100, bytes: 1 << 20, wait: Duration::ZERO };
        let batch = self.postbacks.reader(0).read(limit).unwrap();
        let read = |payload: &[u8]| match Record::decode(payload).unwrap() {
            Record::PostbackRaw(raw) => (raw.network.0, crate::judge::query(&raw.parameters)),
            other => panic!("{other:?}"),
        };
        batch.records.iter().map(|stored| read(&stored.payload)).collect()
    }

    /// Code and query of what belongs to nobody.
    async fn strays(&self) -> Vec<(String, String)> {
        let stop = tokio_util::sync::CancellationToken::new();
        stop.cancel();
        let node = "node".to_owned();
        self.strays
            .clone()
            .publish(
                (self.catalog.clone(), crate::config::CurrentConfig::default()),
                node,
                Arc::new(Metrics),
                stop,
            )
            .await;
        let ring = self.catalog.live().strays(SystemScope::new("tests")).await.unwrap();
        ring.into_iter().map(|stray| (stray.code, stray.query)).collect()
    }
}

#[tokio::test]
async fn a_replaced_key_counts_until_its_time_is_over() {
    let now = Timestamp::now();
    let setup = Setup::new(serde_json::json!({ "retired_keys": [
        { "key": OLD, "until": now.plus_ms(3_600_000) }, { "key": OVER, "until": now.plus_ms(-1) }
    ] }))
    .await;
    for (key, status) in [(KEY, 200), (OLD, 200), (OVER, 404), ("nobody-has-this-key", 404)] {
        assert_eq!(setup.get(&format!("/{key}/postback?subid={CLICK}")).await.0, status, "{key}");
    }
    assert_eq!(setup.kept().iter().map(|(network, _)| *network).collect::<Vec<_>>(), [9, 9]);
    assert_eq!(setup.strays().await.len(), 2);
}

#[tokio::test]
async fn only_addresses_of_the_network_may_report() {
    let setup = Setup::new(serde_json::json!({ "allowed_ips": ["198.51.100.0/24"] })).await;
    let form = http::Request::post(format!("/{KEY}/postback"))
        .header("content-type", "application/x-www-form-urlencoded");
    let (parts, body) = setup.send(form, "subid=lost&payout=1").await;
    let text = String::from_utf8(body).unwrap();
    assert_eq!((parts.status.as_u16(), text.contains("192.0.2.1")), (403, true), "{text}");
    assert!(setup.kept().is_empty());
    assert_eq!(setup.strays().await, [("address_not_allowed".to_owned(), "subid=lost&payout=1".to_owned())]);

    let inside = Setup::new(serde_json::json!({ "allowed_ips": ["198.51.100.0/24", "192.0.2.1"] })).await;
    assert_eq!(inside.get(&format!("/{KEY}/postback?subid={CLICK}")).await.0, 200);
}

#[tokio::test]
async fn a_key_that_cannot_be_read_here_is_not_called_unknown() {
    let setup = Setup::new(serde_json::json!({})).await;
    let url = format!("sqlite:{}", setup.folder.path().join("catalog.db").display());
    let lacking = Catalog::open(&url).await.unwrap().with_vault(Some(Vault::new(&[2; 32])));
    setup.config.load(&lacking).await.unwrap();
    let (status, text) = setup.get(&format!("/{KEY}/postback?subid={CLICK}")).await;
    assert_eq!(status, 503, "{text}");
    assert!(setup.strays().await.is_empty(), "it is sent again");
    setup.config.load(&setup.catalog).await.unwrap();
    assert_eq!(setup.get(&format!("/{KEY}/postback?subid={CLICK}")).await.0, 200);
}

#[tokio::test]
async fn pages_embed_a_picture_or_a_frame_and_networks_choose_their_answer() {
    let setup = Setup::new(serde_json::json!({})).await;
    for (uri, kind, begins) in [
        (format!("/conversion.gif?cid={CLICK}"), "image/gif", &b"GIF89a"[..]),
        (format!("/conversion.html?cid={CLICK}"), "text/html; charset=utf-8", b"<!doctype html>"),
        ("/conversion.gif?cid={clickid}".to_owned(), "image/gif", b"GIF89a"),
        ("/conversion.html".to_owned(), "text/html; charset=utf-8", b"<!doctype html>"),
        (format!("/{KEY}/postback?subid={CLICK}&return=%3Cb%3E1"), "text/plain; charset=utf-8", b"<b>1"),
        (format!("/postback?cid={CLICK}&RETURN=done"), "text/plain; charset=utf-8", b"done"),
        (format!("/{KEY}/postback?subid={CLICK}"), "text/plain; charset=utf-8", b"OK\n"),
    ] {
        let (parts, body) = setup.send(http::Request::get(&uri), "").await;
        assert_eq!(
            (parts.status.as_u16(), &parts.headers["content-type"]),
            (200, &kind.parse().unwrap()),
            "{uri}"
        );
        assert!(body.starts_with(begins), "{uri}");
    }
    assert_eq!(setup.kept().len(), 5, "what names no click is nobody's");
    let refused = setup.get(&format!("/{KEY}/postback?subid=%7Bclickid%7D&return=1")).await;
    assert_eq!((refused.0, refused.1.starts_with("macro_not_replaced")), (400, true), "a refusal is told");
}

#[tokio::test]
async fn a_page_may_name_the_click_by_its_cookie_alone() {
    let setup = Setup::new(serde_json::json!({})).await;
    // The tracking domain adds what the visitor's cookie says.
    assert_eq!(setup.get(&format!("/postback?payout=1&sbx_click={CLICK}")).await.0, 200);
    assert_eq!(setup.get(&format!("/postback?payout=1&cid=%7Bcid%7D&sbx_click={CLICK}")).await.0, 400);
    assert_eq!(setup.kept().len(), 1);
}
