//! Answers to visitors: redirects that nobody caches, and plain fallbacks.

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use signalbox_domain::ClickId;

/// Cookie that tells the landing page's link which click it belongs to.
pub(crate) const CLICK_COOKIE: &str = "sbx_click";
/// How long the cookie lives, seconds.
const CLICK_COOKIE_AGE: u32 = 86_400;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NO_REFERRER_POLICY: HeaderValue = HeaderValue::from_static("unsafe-url");

/// A redirect to `target`; with `click`, the cookie of a landing visit. A target that is no header value (which expansion never makes)
/// is answered 404, never sent broken.
pub(crate) fn redirect(status: u16, target: &str, click: Option<ClickId>) -> Response {
    let Ok(location) = HeaderValue::from_str(target) else { return not_found() };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::FOUND);
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    if let Some(click) = click {
        let cookie =
            format!("{CLICK_COOKIE}={click}; Path=/; Max-Age={CLICK_COOKIE_AGE}; HttpOnly; SameSite=Lax");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.insert(header::SET_COOKIE, cookie);
        }
        headers.insert(header::REFERRER_POLICY, NO_REFERRER_POLICY);
    }
    response
}

/// Nothing here.
pub(crate) fn not_found() -> Response {
    plain(StatusCode::NOT_FOUND, "Not found\n")
}

/// Too many requests are worked on.
pub(crate) fn overloaded() -> Response {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "Busy, try again\n");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// A short text.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_not_cached_and_broken_targets_not_sent() {
        let response = redirect(302, "https://a.example/?x=1", None);
        assert_eq!(response.status(), 302);
        assert_eq!(response.headers()[header::LOCATION], "https://a.example/?x=1");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert!(response.headers().get(header::SET_COOKIE).is_none());
        assert_eq!(redirect(302, "https://a.example/\r\nSet-Cookie: x", None).status(), 404);
    }
}
