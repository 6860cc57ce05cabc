//! URL shapes of other trackers, conversions on the tracking domain included.

use crate::support::*;
use axum::{Router, extract::Request, routing::any};
use reqwest::Method;
use signalbox_domain::{Domain, DomainId, Scope, Via};
use signalbox_events::{Journal, JournalOptions, ReadLimit, Stream, wire::Record};

/// Stands where the postback service's routes stand: says what came.
pub fn postbacks() -> Router {
    async fn said(request: Request) -> String {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1_000).await.unwrap();
        format!("{} {} {}", parts.method, parts.uri, String::from_utf8_lossy(&body))
    }
    Router::new().route("/postback", any(said)).route("/{key}/postback", any(said))
}

#[tokio::test]
async fn conversions_of_every_shape_reach_the_postback_service() {
    let service = Service::start(vec![campaign("cc", vec![stream(redirect(Via::Http), &[OFFER])])]).await;
    for (path, said) in [
        ("/KEY/postback?subid=1&payout=2", "GET /KEY/postback?subid=1&payout=2 "),
        ("/postback?cid=1&payout=2&txid=3&et=sale", "GET /postback?cid=1&payout=2&txid=3&et=sale "),
        ("/click.php?cnv_id=1&payout=2&cnv_status=sale", "GET /postback?cnv_id=1&payout=2&cnv_status=sale "),
        ("/click?cnv_id=1&upd_clickid=2&lp=1&key=c", "GET /postback?cnv_id=1&upd_clickid=2&lp=1&key=c "),
        ("/cf/cv?click_id=1&payout=2", "GET /postback?click_id=1&payout=2 "),
        ("/adclick.php?subid=1&revenue=2", "GET /postback?subid=1&revenue=2 "),
        ("/tracking202/static/gpb.php?subid=1", "GET /postback?subid=1 "),
    ] {
        assert_eq!(service.get(path).await.text().await.unwrap(), said, "{path}");
    }
    let posted = service.request(Method::POST, "/click?cnv_id=1").body("payout=2").send().await.unwrap();
    assert_eq!(posted.text().await.unwrap(), "POST /postback?cnv_id=1 payout=2");
    let pixel = service.get("/conversion.gif?cid=1").await;
    assert_eq!(
        (header_of(&pixel, "content-type").as_str(), header_of(&pixel, "cache-control").as_str()),
        ("image/gif", "no-store")
    );
    assert!(pixel.bytes().await.unwrap().starts_with(b"GIF89a"));
    let framed = service.get("/conversion.html?cid=1").await;
    assert_eq!(header_of(&framed, "content-type"), "text/html; charset=utf-8");
    let large =
        service.request(Method::POST, "/click?cnv_id=1").body("x".repeat(100_000)).send().await.unwrap();
    assert_eq!(large.status().as_u16(), 413);
    assert!(service.clicks().is_empty() && service.landing_clicks().is_empty(), "conversions are no clicks");
}

#[tokio::test]
async fn campaigns_are_found_by_slug_or_id_in_the_query() {
    let by_slug = campaign("summer", vec![stream(redirect(Via::Http), &[OFFER])]);
    let id = by_slug.id;
    let service = Service::start(vec![by_slug]).await;
    for path in [
        "/summer".to_owned(),
        "/c/summer".to_owned(),
        "/click?key=summer".to_owned(),
        format!("/click.php?camp_id={id}"),
        "/click.php?camp_id=7&key=summer".to_owned(),
        format!("/base.php?c={id}&key="),
        "/base.php?c=9&key=summer".to_owned(),
    ] {
        let target = location(
            &service.get(&format!("{path}{}keyword=k", if path.contains('?') { "&" } else { "?" })).await,
        );
        assert!(target.starts_with("https://offer.example/?cid="), "{path}: {target}");
        assert_eq!(parameter(&target, "k"), "k", "{path}");
    }
    assert_eq!(service.clicks().len(), 7);
    for path in ["/click?key=other", "/base.php?c=9", "/", "/winter"] {
        assert_eq!(service.get(path).await.status().as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn without_the_postback_service_conversions_are_journaled_as_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let options = JournalOptions::new(Stream::Postbacks);
    let journal = Journal::open(folder.path().join("received"), options).unwrap();
    let service = Service::start_alone(journal.clone()).await;
    assert_eq!(service.get("/SECRETKEY/postback?subid=1&payout=2%2C5").await.status().as_u16(), 200);
    let posted = service.request(Method::POST, "/click?cnv_id=7").body(r#"{"payout":1.5,"deep":{}}"#);
    assert_eq!(posted.send().await.unwrap().text().await.unwrap(), "OK\n");
    let limit = ReadLimit { records: 10, bytes: 1 << 20, wait: std::time::Duration::ZERO };
    let batch = journal.reader(0).read(limit).unwrap();
    let kept: Vec<(bool, String, String)> = batch
        .records
        .iter()
        .map(|stored| match Record::decode(&stored.payload).unwrap() {
            Record::PostbackUnmatched(postback) => {
                let parameters = &postback.raw.parameters;
                let said =
                    parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
                assert_eq!(postback.raw.heads.len(), 1);
                (postback.key_sha256.is_some(), postback.raw.method.to_string(), said.join("&"))
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [(true, "GET", "subid=1&payout=2,5"), (false, "POST", "cnv_id=7&payout=1.5")];
    assert_eq!(kept, expected.map(|(key, method, said)| (key, method.to_owned(), said.to_owned())));
    assert!(!format!("{batch:?}").contains("SECRETKEY"), "keys are kept nowhere");
    let head = journal.head();
    assert_eq!(service.get("/click").await.status().as_u16(), 404, "a landing click is none");
    assert_eq!(journal.head(), head);
}

#[tokio::test]
async fn robots_are_told_where_they_may_come() {
    let service = Service::start(vec![campaign("cc", vec![stream(redirect(Via::Http), &[OFFER])])]).await;
    let told = service.get("/robots.txt").await;
    assert_eq!(header_of(&told, "content-type"), "text/plain; charset=utf-8");
    let nothing = told.text().await.unwrap();
    assert_eq!(nothing, "User-agent: *\nDisallow: /\n");
    let domain = Domain {
        id: DomainId(1),
        host: "127.0.0.1".to_owned(),
        default_campaign_id: None,
        not_found_url: None,
        https: false,
        robots: true,
        notes: String::new(),
    };
    service.catalog.domains().create(&Scope::system(WORKSPACE), domain).await.unwrap();
    let told = service.until("/robots.txt", |told| told.content_length() != Some(nothing.len() as u64)).await;
    assert_eq!(told.text().await.unwrap(), "User-agent: *\nDisallow:\n");
    assert!(service.clicks().is_empty(), "who asks makes no click");
}
