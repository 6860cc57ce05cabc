//! Conversions that come to the tracking domain, in the URL shapes of other trackers.
//!
//! They are not understood here. When one process hosts both services, the postback service takes them as if they had come to it; otherwise
//! they are journaled as received, on disk before they are answered, for the postback service to judge.

use crate::{app::App, respond};
use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request},
    response::Response,
};
use http::{StatusCode, Uri, request::Parts};
use signalbox_domain::Timestamp;
use std::net::SocketAddr;
use tower::ServiceExt as _;

/// Takes a conversion; `key` is the network's, when the URL has one.
pub(crate) async fn receive(
    app: &App,
    peer: SocketAddr,
    mut parts: Parts,
    (key, bytes): (Option<String>, Bytes),
    _now: Timestamp,
) -> Response {
    app.metrics.conversions.increment(1);
    let Some(router) = &app.postbacks else {
        return respond::plain(
            StatusCode::NOT_FOUND,
            "Send postbacks to the postback address of this tracker\n",
        );
    };
    let path = key.map_or_else(|| "/postback".to_owned(), |key| format!("/{key}/postback"));
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    match Uri::try_from(format!("{path}{query}")) {
        Ok(uri) => parts.uri = uri,
        Err(_) => return respond::not_found(),
    }
    parts.extensions.insert(ConnectInfo(peer));
    let request = Request::from_parts(parts, Body::from(bytes));
    match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
