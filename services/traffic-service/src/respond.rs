//! Answers to visitors: redirects, pages that send on, pages and texts of streams, and plain fallbacks.
//!
//! Promises: no answer that depends on a decision is kept by a shared cache; a target is never written where it could become another
//! header, element or script; a target that is no web address is not sent.

pub(crate) mod cookie;
pub(crate) mod escape;
pub(crate) mod page;

use crate::token::Signer;
use axum::{body::Body, response::Response};
use http::{HeaderValue, Method, StatusCode, header};
use signalbox_domain::{Timestamp, Via};

pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// What a permanent redirect may be kept for, by the visitor's browser alone: the next edit must not wait for it.
const SHORTLY: HeaderValue = HeaderValue::from_static("private, max-age=30");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// How a visitor is sent on.
pub(crate) struct SendOn<'a> {
    pub(crate) via: Via,
    pub(crate) status: u16,
    pub(crate) target: &'a str,
    pub(crate) method: &'a Method,
    pub(crate) now: Timestamp,
}

impl SendOn<'_> {
    /// The answer that does it.
    pub(crate) fn answer(&self, signer: &Signer) -> Response {
        match self.via {
            Via::Http => redirect(status_for(self.status, self.method), self.target),
            Via::Meta => page::meta(self.target),
            Via::DoubleMeta => page::double_meta(signer, self.target, self.now),
            Via::Js => page::js(self.target),
            Via::Form => page::form(self.target),
            Via::Iframe => page::iframe(self.target),
        }
    }
}

/// Browsers do as they like with a body on 301 and 302: anything but a look gets a clear 303. 307 and 308 mean to repeat the request.
fn status_for(status: u16, method: &Method) -> u16 {
    let looks = matches!(*method, Method::GET | Method::HEAD);
    if matches!(status, 301 | 302) && !looks { 303 } else { status }
}

/// A redirect to `target`. A target that is no header value or no web address (which expansion never makes) is answered 404, never sent
/// broken.
pub(crate) fn redirect(status: u16, target: &str) -> Response {
    let Some(location) = HeaderValue::from_str(target).ok().filter(|_| page::is_web(target)) else {
        return not_found();
    };
    let mut response = Response::new(Body::empty());
    let status = StatusCode::from_u16(status).ok().filter(StatusCode::is_redirection);
    let status = status.unwrap_or(StatusCode::FOUND);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    let permanent = matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
    headers.insert(header::CACHE_CONTROL, if permanent { SHORTLY } else { NO_STORE });
    response
}

/// Lets the landing page see the whole address its visitor came from.
pub(crate) fn with_referrer(response: &mut Response) {
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("unsafe-url"));
}

/// A page that is not cached and not guessed at.
pub(crate) fn html_page(status: StatusCode, html: String) -> Response {
    body(status, "text/html; charset=utf-8", html)
}

/// A text that is not cached and not guessed at.
pub(crate) fn text_page(status: StatusCode, text: String) -> Response {
    body(status, "text/plain; charset=utf-8", text)
}

/// JSON that is not cached and not guessed at.
pub(crate) fn json(status: StatusCode, value: &serde_json::Value) -> Response {
    body(status, "application/json", value.to_string())
}

fn body(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    response
}

/// The page of a stream. Its own scripts are the operator's; what visitors sent is escaped in it, and no plug-in or foreign base is allowed.
pub(crate) fn shown_html(html: String) -> Response {
    let mut response = html_page(StatusCode::OK, html);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("object-src 'none'; base-uri 'self'"),
    );
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("origin"));
    response
}

/// The text of a stream: whatever stands in it, it is no page.
pub(crate) fn shown_text(text: String) -> Response {
    let mut response = text_page(StatusCode::OK, text);
    let nothing = HeaderValue::from_static("default-src 'none'; sandbox");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, nothing);
    response
}

/// Nothing to show and nothing to do: whoever asked goes on with its own page.
pub(crate) fn stay() -> Response {
    let mut response = Response::new(Body::empty());
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    response
}

/// The visitor stays where it is.
pub(crate) fn nothing() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    response
}

/// Nothing here.
pub(crate) fn not_found() -> Response {
    plain(StatusCode::NOT_FOUND, "Not found\n")
}

/// A method that nothing here answers.
pub(crate) fn wrong_method() -> Response {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "Use GET\n");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    response
}

/// Too many requests are worked on.
pub(crate) fn overloaded() -> Response {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "Busy, try again\n");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// A short text.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response {
    body(status, "text/plain; charset=utf-8", text)
}

#[cfg(test)]
mod tests;
