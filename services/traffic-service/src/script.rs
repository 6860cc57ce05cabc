//! Tracking without a redirect: the script, and what it tells.
//!
//! The script runs on pages of any site, so its requests come from anywhere: every answer may be read by any page, none says who the
//! visitor is, and no cookie of the tracking domain plays a part (`Access-Control-Allow-Origin: *`, which excludes credentials).

use crate::{
    app::App,
    click::find_named,
    compat::{Landing, Which},
    landing, record, respond,
    stamp::{Arrival, By, name_of, stamp},
    visit::{self, Visit, cut, domain_of, lower_host},
};
use axum::{body::Body, response::Response};
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use signalbox_domain::Timestamp;
use signalbox_engine::Query;
use std::{borrow::Cow, io::Write as _, sync::LazyLock};

/// The script, built from `web/tracker/track.js`.
const SCRIPT: &str = include_str!("../../../web/tracker/track.min.js");

struct Packed {
    tag: String,
    gzip: Vec<u8>,
}

static PACKED: LazyLock<Packed> = LazyLock::new(|| {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail; should it, the script is sent as it is.
    let gzip = encoder.write_all(SCRIPT.as_bytes()).and_then(|()| encoder.finish()).unwrap_or_default();
    Packed { tag: format!("\"{:08x}\"", crc32c::crc32c(SCRIPT.as_bytes())), gzip }
});

/// `/track.js`: kept by caches for an hour, then asked for by its tag.
pub(crate) fn source(headers: &HeaderMap) -> Response {
    let packed = &*PACKED;
    let said = |name| visit::text(headers, name);
    let fresh =
        said(header::IF_NONE_MATCH).split(',').any(|one| one.trim().trim_start_matches("W/") == packed.tag);
    let gzip = said(header::ACCEPT_ENCODING).contains("gzip") && !packed.gzip.is_empty();
    let mut response = Response::new(match (fresh, gzip) {
        (true, _) => Body::empty(),
        (false, true) => Body::from(packed.gzip.as_slice()),
        (false, false) => Body::from(SCRIPT),
    });
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let answer = response.headers_mut();
    if !fresh {
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
        if gzip {
            answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    if let Ok(tag) = HeaderValue::from_str(&packed.tag) {
        answer.insert(header::ETAG, tag);
    }
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for_any_page(&mut response);
    response
}

/// Lets any page read the answer, without credentials.
fn for_any_page(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
}

/// What a browser asks before a request that the script itself never makes.
pub(crate) fn preflight() -> Response {
    let mut response = respond::nothing();
    for_any_page(&mut response);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

/// A page view: records the click of the page's campaign parameters and says its id. `said` is the form of the request: `u` the page,
/// `r` its referrer, `v` the site's own name for the visitor.
pub(crate) fn page_view(
    app: &App,
    name: &str,
    visit: &Visit<'_>,
    said: &Query<'_>,
    now: Timestamp,
) -> (record::Kept, Response) {
    let snapshot = app.snapshot.load();
    let Some(arrival) = find_named(&snapshot, visit, name) else {
        app.metrics.not_found.increment(1);
        return (
            record::Kept::default(),
            answer(StatusCode::NOT_FOUND, &serde_json::json!({ "error": "no such campaign" })),
        );
    };
    let value = |name: &str| said.get(name).unwrap_or_default();
    let page = Page::read(value("u"));
    let referrer = cut(value("r"), visit::REFERRER_MAX);
    let of_page = Visit {
        host: page.host,
        path: page.path,
        query: page.query,
        path_and_query: page.path_and_query,
        referrer,
        referrer_domain: domain_of(referrer),
        method: &Method::GET,
        ..visit.clone()
    };
    let visitor_name = name_of(value("v"));
    let arrival = Arrival { by: By::Script(visitor_name), ..arrival };
    let stamped = stamp(app, &snapshot, &arrival, (&of_page, &Query::parse(of_page.query)), now);
    let body = serde_json::json!({
        "click_id": stamped.id.to_string(),
        "token": stamped.token,
        "is_bot": stamped.visitor.bot.is_bot(),
        "is_unique": stamped.unique.campaign,
    });
    (stamped.kept, answer(StatusCode::OK, &body))
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = respond::json(status, body);
    for_any_page(&mut response);
    response
}

/// The visitor followed a link of the page: `t` the token of its click, `n` the destination if one is meant, `u` where the link leads.
pub(crate) fn page_click(
    app: &App,
    visit: &Visit<'_>,
    said: &Query<'_>,
    now: Timestamp,
) -> (record::Kept, Response) {
    let snapshot = app.snapshot.load();
    let value = |name: &str| said.get(name).unwrap_or_default();
    let which = Landing { which: Which::read(value("n")), uncounted: false };
    let target = cut(value("u"), visit::PATH_AND_QUERY_MAX);
    let query = format!("_token={}", value("t"));
    let of_token = Visit { query: &query, ..visit.clone() };
    let told = landing::told(app, &snapshot, &which, &of_token, (target, now));
    if told.is_none() {
        app.metrics.landing_unknown.increment(1);
    }
    let mut response = respond::nothing();
    for_any_page(&mut response);
    (told.unwrap_or_default(), response)
}

/// The address of a page, taken apart and capped.
struct Page<'a> {
    host: Cow<'a, str>,
    path: &'a str,
    query: &'a str,
    path_and_query: &'a str,
}

impl<'a> Page<'a> {
    fn read(address: &'a str) -> Self {
        let (_, rest) = address.split_once("://").unwrap_or(("", ""));
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let path_and_query = cut(path_and_query, visit::PATH_AND_QUERY_MAX);
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let host = lower_host(authority.rsplit('@').next().unwrap_or_default());
        Self { host, path, query, path_and_query }
    }
}

/// Records what the script said.
pub(crate) async fn kept(app: &App, (kept, response): (record::Kept, Response)) -> Response {
    record::keep(app, &kept).await;
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;
    use std::io::Read as _;

    #[tokio::test]
    async fn the_script_is_small_packed_and_kept() {
        assert!(PACKED.gzip.len() <= 1_500, "{} bytes", PACKED.gzip.len());
        let mut headers = HeaderMap::new();
        let plain = source(&headers);
        assert_eq!(plain.headers()[header::CACHE_CONTROL], "public, max-age=3600");
        assert_eq!(plain.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        let tag = plain.headers()[header::ETAG].clone();
        assert_eq!(plain.into_body().collect().await.unwrap().to_bytes(), SCRIPT.as_bytes());
        headers.insert(header::ACCEPT_ENCODING, "gzip, br".parse().unwrap());
        let packed = source(&headers);
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        let bytes = packed.into_body().collect().await.unwrap().to_bytes();
        let mut text = String::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, SCRIPT);
        headers.insert(header::IF_NONE_MATCH, tag);
        assert_eq!(source(&headers).status(), 304);
    }

    #[test]
    fn pages_are_taken_apart() {
        for (address, host, path_and_query, query) in [
            ("https://Shop.example:8443/a/b?x=1&y#top?z", "shop.example", "/a/b?x=1&y", "x=1&y"),
            ("https://u:p@shop.example", "shop.example", "", ""),
            ("http://shop.example?x=1", "shop.example", "?x=1", "x=1"),
            ("nonsense", "", "", ""),
            ("", "", "", ""),
        ] {
            let page = Page::read(address);
            assert_eq!(
                (&*page.host, page.path_and_query, page.query),
                (host, path_and_query, query),
                "{address}"
            );
        }
    }
}
