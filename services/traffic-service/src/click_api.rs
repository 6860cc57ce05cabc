//! Decisions for servers: the Click API that existing Keitaro clients speak (`/click_api/v3`).
//!
//! A server that has the campaign's token says who its visitor is, and gets as JSON what to answer: body, headers, cookies. The click is
//! recorded like any other. Whoever has the token may say any address; without it nothing is looked at.

mod asked;

use crate::{
    app::App,
    record,
    respond::{self, SendOn, cookie},
    stamp::{Arrival, By, Stamped, stamp},
    visit::Visit,
};
use asked::Asked;
use axum::response::Response;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use signalbox_domain::{Timestamp, Via};
use signalbox_engine::{Query, Snapshot};

/// Largest body that is put into an answer, bytes.
const BODY_BYTES_MAX: usize = 4 << 20;

/// A decision before it is written as JSON.
struct Answered {
    /// What a browser would have been answered.
    response: Response,
    kept: record::Kept,
    cookies: Value,
    cookies_ttl: u16,
    uniqueness_cookie: String,
    info: Option<Value>,
    log: Option<Value>,
}

/// Answers a request; `form` is its body.
pub(crate) async fn answer(app: &App, visit: &Visit<'_>, form: &str, now: Timestamp) -> Response {
    let parameters = asked::parameters(visit.query, form);
    let asked = Asked::read(&parameters, visit);
    let answered = match asked.token.as_str() {
        "" => Err((StatusCode::BAD_REQUEST, "token is missing: it is shown with the campaign")),
        token => match app.api_tokens.load().campaign(token) {
            None => Err((StatusCode::UNAUTHORIZED, "the token belongs to no campaign")),
            Some(id) => {
                let snapshot = app.snapshot.load();
                let campaign = snapshot.campaign(id);
                let answered = campaign.map(|campaign| {
                    let arrival = Arrival {
                        campaign,
                        domain: snapshot.domain(&visit.host),
                        extra_path: "",
                        by: By::Server(asked.cookie.as_deref(), asked.force_redirect_offer),
                    };
                    decide(app, &snapshot, &arrival, &asked, now)
                });
                answered
                    .ok_or((StatusCode::UNAUTHORIZED, "the campaign of the token takes no part in routing"))
            }
        },
    };
    match answered {
        Ok(answered) => {
            record::keep(app, &answered.kept).await;
            write(answered).await
        }
        Err((status, error)) => {
            app.metrics.api_refused.increment(1);
            respond::json(status, &json!({ "error": error }))
        }
    }
}

fn decide(app: &App, snapshot: &Snapshot, arrival: &Arrival<'_>, asked: &Asked, now: Timestamp) -> Answered {
    let visit = asked.visit();
    let mut stamped = stamp(app, snapshot, arrival, (&visit, &Query::parse(visit.query)), now);
    let campaign = arrival.campaign;
    let stays = !asked.force_redirect_offer
        && stamped.decision.landing.is_none()
        && stamped.decision.destination.is_some();
    let kind = kind_of(&stamped);
    let mut cookies = serde_json::Map::new();
    if let Some(name) = &stamped.name {
        cookies.insert(cookie::VISITOR.to_owned(), json!(name));
    }
    if let Some(token) = &stamped.token {
        cookies.insert(cookie::CLICK.to_owned(), json!(token));
    }
    let info = asked.info.then(|| {
        let id = |id: Option<String>| id.map_or(Value::Null, Value::String);
        let decision = &stamped.decision;
        json!({
            "campaign_id": campaign.id.to_string(),
            "stream_id": id(decision.stream.map(|stream| stream.id.to_string())),
            "landing_id": id(decision.landing.map(|landing| landing.id.to_string())),
            "offer_id": id(decision.destination.map(|destination| destination.id.to_string())),
            "sub_id": stamped.id.to_string(),
            "token": stamped.token,
            "type": kind,
            "url": stamped.target,
            "is_bot": stamped.visitor.bot.is_bot(),
            "uniqueness": {
                "campaign": stamped.unique.campaign,
                "stream": stamped.unique.stream,
                "global": stamped.unique.workspace,
            },
        })
    });
    let log = asked.log.then(|| log_of(&stamped, campaign.name.as_ref(), kind));
    Answered {
        kept: std::mem::take(&mut stamped.kept),
        cookies: Value::Object(cookies),
        cookies_ttl: campaign.uniqueness.ttl_hours,
        uniqueness_cookie: stamped.name.clone().or_else(|| asked.cookie.clone()).unwrap_or_default(),
        info,
        log,
        response: if stays { respond::stay() } else { as_browser(app, stamped, now) },
    }
}

/// What a browser would be answered.
fn as_browser(app: &App, stamped: Stamped<'_>, now: Timestamp) -> Response {
    let Stamped { decision, target, shown, page, .. } = stamped;
    match (page, shown) {
        (Some(html), _) | (None, Some((true, html))) => respond::shown_html(html),
        (None, Some((false, text))) => respond::shown_text(text),
        (None, None) if !target.is_empty() => {
            // A second page of our own has no place on another site: one refresh without a referrer does the same there.
            let via = if decision.via == Via::DoubleMeta { Via::Meta } else { decision.via };
            SendOn { via, status: decision.status, target: &target, method: &Method::GET, now }
                .answer(&app.signer)
        }
        (None, None) if decision.status == 204 => respond::stay(),
        (None, None) => respond::not_found(),
    }
}

/// The word for what is answered, as clients of that API know it.
fn kind_of(stamped: &Stamped<'_>) -> &'static str {
    match (&stamped.page, &stamped.shown) {
        (Some(_), _) => "local_file",
        (None, Some((true, _))) => "show_html",
        (None, Some((false, _))) => "show_text",
        (None, None) if !stamped.target.is_empty() => match stamped.decision.via {
            Via::Http => "http",
            Via::Meta => "meta",
            Via::DoubleMeta => "double_meta",
            Via::Js => "js",
            Via::Form => "formsubmit",
            Via::Iframe => "iframe",
        },
        (None, None) if stamped.decision.status == 204 => "do_nothing",
        (None, None) => "status404",
    }
}

fn log_of(stamped: &Stamped<'_>, campaign: &str, kind: &str) -> Value {
    let decision = &stamped.decision;
    let visitor = &stamped.visitor;
    let mut lines = vec![
        format!("Campaign {campaign}"),
        format!(
            "Visitor {}: country {:?}, device {}, {} {}, bot {:?}",
            visitor.ip,
            visitor.geo.country,
            visitor.device.kind.as_str(),
            visitor.device.os.name,
            visitor.device.browser.name,
            visitor.bot.as_str()
        ),
    ];
    let named = [
        ("Stream", decision.stream.map(|stream| &*stream.name)),
        ("Landing", decision.landing.map(|landing| &*landing.name)),
        ("Offer", decision.destination.map(|destination| &*destination.name)),
    ];
    lines.extend(named.into_iter().filter_map(|(what, name)| Some(format!("{what} {}", name?))));
    let outcome = serde_json::to_value(decision.outcome).unwrap_or_default();
    lines.push(format!("Outcome {}, answered by {kind}", outcome.as_str().unwrap_or_default()));
    lines.push(format!("Click {}", stamped.id));
    json!(lines)
}

/// The answer with exactly the fields that clients read.
async fn write(answered: Answered) -> Response {
    let (parts, body) = answered.response.into_parts();
    let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body);
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    // What the client adds itself, or what only counts between it and us.
    let own = [header::CONTENT_TYPE, header::CACHE_CONTROL, header::SET_COOKIE, header::CONTENT_LENGTH];
    let headers = parts.headers.iter().filter(|(name, _)| !own.contains(name));
    let headers: Vec<String> = headers
        .filter_map(|(name, value)| Some(format!("{}: {}", title(name.as_str()), value.to_str().ok()?)))
        .collect();
    let mut answer = json!({
        "body": if body.is_empty() { Value::Null } else { json!(body) },
        "contentType": kind.unwrap_or("text/html; charset=utf-8"),
        "headers": headers,
        "status": parts.status.as_u16(),
        "cookies": answered.cookies,
        "cookies_ttl": answered.cookies_ttl,
        "uniqueness_cookie": answered.uniqueness_cookie,
    });
    if let Some(fields) = answer.as_object_mut() {
        fields.extend(answered.info.map(|info| ("info".to_owned(), info)));
        fields.extend(answered.log.map(|log| ("log".to_owned(), log)));
    }
    respond::json(StatusCode::OK, &answer)
}

/// `location` as `Location`: clients look for it in this spelling.
fn title(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}
