//! Conversions that come to the tracking domain, in the URL shapes of other trackers.
//!
//! They are not understood here. When one process hosts both services, the postback service takes them as if they had come to it; otherwise
//! they are journaled as received, on disk before they are answered, for the postback service to judge.

use crate::{
    app::App,
    respond::{self, cookie},
    visit::{Visit, cut},
};
use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request},
    response::Response,
};
use http::{HeaderValue, StatusCode, Uri, header, request::Parts};
use sha2::{Digest as _, Sha256};
use signalbox_chassis::{embed, warn_limited};
use signalbox_domain::{AddressPolicy, AffiliateNetworkId, ClickId, Timestamp, WorkspaceId};
use signalbox_engine::Query;
use signalbox_events::{
    Journal,
    wire::{HeadPosition, PostbackRawV1, PostbackUnmatchedV1, Record},
};
use std::{borrow::Cow, net::SocketAddr};
use tower::ServiceExt as _;

/// The parameter that says which click the browser's cookie is of; postback-service reads it after all others.
const CLICK: &str = cookie::CLICK;

/// Takes a conversion; `key` is the network's, when the URL has one, `click` that of the browser's own landing visit, which counts when the
/// parameters name none.
pub(crate) async fn receive(
    app: &App,
    peer: SocketAddr,
    mut parts: Parts,
    (key, click, bytes): (Option<String>, Option<ClickId>, Bytes),
    (addresses, now): (Option<AddressPolicy>, Timestamp),
) -> Response {
    app.metrics.conversions.increment(1);
    let Some(router) = &app.postbacks else {
        let Some(journal) = &app.received else {
            let text = "Send postbacks to the postback address of this tracker\n";
            return respond::plain(StatusCode::NOT_FOUND, text);
        };
        let mut record = unmatched(app, peer, &parts, (key.as_deref(), &bytes), now);
        record.raw.ip = addresses.unwrap_or_default().cut(record.raw.ip);
        record.raw.parameters.extend(click.map(|click| (CLICK.into(), click.to_string().into())));
        return keep(journal, record).await;
    };
    let path = key.map_or_else(|| "/postback".to_owned(), |key| format!("/{key}/postback"));
    let click = click.map(|click| format!("{CLICK}={click}"));
    let said = parts.uri.query().filter(|query| !query.is_empty()).map(str::to_owned);
    let query = said.into_iter().chain(click).collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    match Uri::try_from(format!("{path}{mark}{query}")) {
        Ok(uri) => parts.uri = uri,
        Err(_) => return respond::not_found(),
    }
    parts.extensions.insert(ConnectInfo(peer));
    // A visitor's browser sends it, not a network's server.
    addresses.map(|addresses| parts.extensions.insert(addresses));
    let request = Request::from_parts(parts, Body::from(bytes));
    match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The postback as it came, with the digest of its key: keys themselves are kept nowhere.
fn unmatched<'a>(
    app: &App,
    peer: SocketAddr,
    parts: &'a Parts,
    (key, bytes): (Option<&str>, &Bytes),
    now: Timestamp,
) -> PostbackUnmatchedV1<'a> {
    let visit = Visit::read(parts, peer, &app.proxies);
    let mut parameters = Vec::new();
    for text in [visit.query, &String::from_utf8_lossy(bytes)] {
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
            Ok(object) => parameters.extend(object.into_iter().filter_map(scalar)),
            Err(_) => parameters.extend(
                Query::parse(text)
                    .iter()
                    .map(|(name, value)| (name.to_owned().into(), value.to_owned().into())),
            ),
        }
    }
    let raw = PostbackRawV1 {
        at: now,
        workspace: WorkspaceId::NONE,
        network: AffiliateNetworkId::NONE,
        method: Cow::Borrowed(parts.method.as_str()),
        parameters,
        ip: visit.ip,
        user_agent: cut(visit.user_agent, 300).into(),
        heads: vec![HeadPosition { journal: app.clicks.id().get(), head: app.clicks.head() }],
    };
    let host = visit.host.into_owned().into();
    let key_sha256 = key.map(|key| Sha256::digest(key.as_bytes()).into());
    PostbackUnmatchedV1 { raw, host, key_sha256 }
}

fn scalar((name, value): (String, serde_json::Value)) -> Option<(Cow<'static, str>, Cow<'static, str>)> {
    let text = match value {
        serde_json::Value::String(text) => text,
        serde_json::Value::Number(number) => number.to_string(),
        serde_json::Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    Some((name.into(), text.into()))
}

/// On disk, then answered.
async fn keep(journal: &Journal, record: PostbackUnmatchedV1<'_>) -> Response {
    let parameters = &record.raw.parameters;
    let taken = embed::taken(parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref())));
    let kept = match Record::PostbackUnmatched(record).encode() {
        Ok(bytes) => journal.append_durable(&bytes).await.map(drop).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match kept {
        Ok(()) => taken,
        Err(error) => {
            warn_limited!(6, %error, "a postback could not be journaled and was answered 503");
            let mut response = respond::plain(StatusCode::SERVICE_UNAVAILABLE, "Not kept; try again\n");
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            response
        }
    }
}
