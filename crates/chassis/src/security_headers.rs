//! The headers that make a browser careful with our pages.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// For pages that load everything from here and may be framed by nobody.
pub const STRICT_CSP: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// For answers that are data and never a page.
pub const DATA_CSP: &str = "default-src 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// Adds the headers that the answer does not have yet; `csp` is the Content-Security-Policy.
pub fn apply(headers: &mut HeaderMap, csp: &'static str) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(csp));
}

/// Use it with `middleware::from_fn_with_state(STRICT_CSP, security_headers::middleware)`.
pub async fn middleware(State(csp): State<&'static str>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    apply(response.headers_mut(), csp);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_and_leaves_what_is_there() {
        let mut headers =
            HeaderMap::from_iter([(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"))]);
        apply(&mut headers, STRICT_CSP);
        assert_eq!(headers[header::X_FRAME_OPTIONS], "SAMEORIGIN");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], STRICT_CSP);
    }
}
