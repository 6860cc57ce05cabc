//! Requests that another site makes a browser send.

use super::token;
use crate::{app::App, error::ApiError};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, Method, header, request::Parts},
};
use signalbox_chassis::problem::Problem;
use url::Url;

const TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The request does not come from another site's page. For logging in, where there is no session yet.
#[derive(Debug, Clone, Copy)]
pub struct SameOrigin;

impl FromRequestParts<App> for SameOrigin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        check_origin(&parts.headers, app.settings().public_url.as_ref())?;
        Ok(Self)
    }
}

/// Whether a request of a session may change something.
pub(super) fn check(parts: &Parts, app: &App, csrf: &str) -> Result<(), Problem> {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    check_origin(&parts.headers, app.settings().public_url.as_ref())?;
    let given = parts.headers.get(TOKEN).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if token::same(given, csrf) {
        return Ok(());
    }
    Err(refusal("Send the session's csrf_token (GET /api/v1/session) as X-CSRF-Token"))
}

/// A browser says where a request comes from in `Origin` or at least in `Sec-Fetch-Site`; programs say nothing.
fn check_origin(headers: &HeaderMap, public: Option<&Url>) -> Result<(), Problem> {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let Some(origin) = text(&header::ORIGIN) else {
        return match text(&FETCH_SITE) {
            None | Some("same-origin" | "none") => Ok(()),
            Some(_) => Err(refusal("This request comes from another site")),
        };
    };
    let ours = Url::parse(origin).ok().filter(|url| url.has_host()).is_some_and(|origin| {
        let host = text(&header::HOST).unwrap_or_default();
        authority(&origin).eq_ignore_ascii_case(host)
            || public.is_some_and(|public| public.origin() == origin.origin())
    });
    if ours {
        return Ok(());
    }
    Err(refusal(
        "This request comes from another site; set api.public_url when a proxy changes the Host header",
    ))
}

/// Host and port as a browser writes them into `Host`.
fn authority(url: &Url) -> String {
    match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    }
}

fn refusal(detail: &str) -> Problem {
    Problem::forbidden(detail).with_code("csrf")
}
