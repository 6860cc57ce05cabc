//! What the tracking domain answers beside clicks: files, the script and what it tells, decisions for servers, conversions, updates.
//!
//! These may wait for a body or a disk; none of them holds up a click.

use crate::{
    app::App,
    click::not_found,
    click_api,
    compat::{self, Asked},
    hosted::Asset,
    landing, privacy, receive, record,
    respond::{self, page},
    script,
    visit::Visit,
};
use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use signalbox_chassis::embed::{self, Form};
use signalbox_domain::Timestamp;
use signalbox_engine::Query;
use std::{net::SocketAddr, sync::Arc};

/// What `/robots.txt` says where robots may come…
const EVERYTHING: &str = "User-agent: *\nDisallow:\n";
/// …and where they should not: a robot that follows a link makes a click and costs an advertiser's answer.
const NOTHING: &str = "User-agent: *\nDisallow: /\n";

/// Answers a request that is no click.
pub(crate) async fn answer(
    app: &Arc<App>,
    peer: SocketAddr,
    parts: Parts,
    body: Body,
    now: Timestamp,
) -> Response {
    let visit = Visit::read(&parts, peer, &app.proxies);
    let query = Query::parse(visit.query);
    let asked = compat::read(visit.path, &query);
    let looks = matches!(parts.method, Method::GET | Method::HEAD);
    let tells = looks || parts.method == Method::POST;
    match asked {
        Asked::PageView(_) | Asked::PageClick if parts.method == Method::OPTIONS => script::preflight(),
        Asked::Robots | Asked::Script | Asked::Onward | Asked::Asset(_) if !looks => respond::wrong_method(),
        _ if !tells => respond::wrong_method(),
        Asked::Robots => {
            let allowed = app.snapshot.load().domain(&visit.host).is_some_and(|domain| domain.robots);
            respond::plain(StatusCode::OK, if allowed { EVERYTHING } else { NOTHING })
        }
        Asked::Script => script::source(&parts.headers),
        Asked::Onward => page::onward(&app.signer, visit.query, now),
        Asked::Asset(rest) => {
            let found = match Asset::read(rest) {
                Some(asset) => asset.answer(app.hosted.root(), &parts.method, &parts.headers).await,
                None => None,
            };
            found.unwrap_or_else(respond::not_found)
        }
        Asked::PageView(name) => {
            let Some(form) = form(app, body).await else { return too_large() };
            let told = Query::parse(if form.is_empty() { visit.query } else { &form });
            let view = script::page_view(app, name, &visit, &told, now);
            script::kept(app, view).await
        }
        Asked::PageClick => {
            let Some(form) = form(app, body).await else { return too_large() };
            let told = Query::parse(if form.is_empty() { visit.query } else { &form });
            let click = script::page_click(app, &visit, &told, now);
            script::kept(app, click).await
        }
        Asked::ClickApi => {
            let Some(form) = form(app, body).await else { return too_large() };
            click_api::answer(app, &visit, &form, now).await
        }
        Asked::Update => update(app, &visit, now).await,
        Asked::Events => {
            let known = landing::told_events(app, &visit, now);
            app.metrics.landing_unknown.increment(known.is_none().into());
            record::keep(app, &known.unwrap_or_default()).await;
            picture()
        }
        Asked::Conversion(key) => {
            let (form, key) = (Form::of(visit.path), key.map(str::to_owned));
            let click = landing::held(app, &visit, now).map(|token| token.click);
            let addresses = privacy::of_sender(app, &app.snapshot.load(), &visit, now);
            let Some(bytes) = bytes(app, body).await else { return too_large() };
            form.dress(receive::receive(app, peer, parts, (key, click, bytes), (addresses, now)).await)
        }
        // A click is answered before it gets here.
        Asked::Path | Asked::Named(_) | Asked::Landing(_) => {
            let snapshot = app.snapshot.load();
            not_found(app, snapshot.domain(&visit.host), &visit, now).response
        }
    }
}

async fn update(app: &App, visit: &Visit<'_>, now: Timestamp) -> Response {
    let Some(kept) = landing::update(app, visit, now) else {
        let text = "Unknown click or key, or nothing said: upd_key is the Click API token of the click's campaign; events need upd_clickid alone, sub ids a click of the last day\n";
        return respond::plain(StatusCode::NOT_FOUND, text);
    };
    record::keep(app, &kept).await;
    respond::plain(StatusCode::OK, "OK\n")
}

async fn bytes(app: &App, body: Body) -> Option<Bytes> {
    axum::body::to_bytes(body, app.body_bytes_max).await.ok()
}

async fn form(app: &App, body: Body) -> Option<String> {
    Some(String::from_utf8_lossy(&bytes(app, body).await?).into_owned())
}

fn too_large() -> Response {
    respond::plain(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large or was cut off\n")
}

fn picture() -> Response {
    let mut picture = Response::new(Body::from(embed::PIXEL));
    let headers = picture.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/gif"));
    headers.insert(header::CACHE_CONTROL, respond::NO_STORE);
    picture
}
