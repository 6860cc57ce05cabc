//! Cookies, as far as they are needed: `HttpOnly`, `SameSite=Lax`, and `Secure` over https.

use axum::http::{HeaderMap, header};

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = crate::openapi::SESSION_COOKIE;
/// The longest that browsers keep a cookie (400 days); the server decides when a session ends.
const MAX_AGE_SECONDS: u32 = 34_560_000;

/// The value of a cookie; of several of that name the first, which is the one with the most exact path.
pub(super) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// A `Set-Cookie` line. `value` holds only letters, digits, `.`, `-` and `_`.
pub fn set_cookie(name: &str, value: &str, path: &str, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path={path}; Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax{secure}")
}

/// A `Set-Cookie` line that makes the browser forget the session.
pub fn cleared(secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}")
}
