//! The two first-party cookies: the click of a landing visit, and the visitor of campaigns that tell visitors apart by cookie.
//!
//! Neither can be read by scripts, neither is sent along from other sites but for a plain link, both only travel encrypted where the
//! visit did.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

/// Tells the landing page's link which click it belongs to: a landing token.
pub(crate) const CLICK: &str = "sbx_click";
/// The visitor, for campaigns whose uniqueness goes by cookie.
pub(crate) const VISITOR: &str = "sbx_visitor";
/// How long the cookie of a landing visit lives, seconds.
const CLICK_AGE: u32 = 7 * 86_400;

/// The value of a cookie that a request carries.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(sent, _)| *sent == name).map(|(_, value)| value).filter(|value| value.len() <= 256)
}

fn set(response: &mut Response, name: &str, value: &str, age: u32, https: bool) {
    let secure = if https { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

/// Gives the visitor the token of its landing visit.
pub(crate) fn set_click(response: &mut Response, token: &str, https: bool) {
    set(response, CLICK, token, CLICK_AGE, https);
}

/// Gives the visitor its name for so many hours.
pub(crate) fn set_visitor(response: &mut Response, value: &str, hours: u16, https: bool) {
    set(response, VISITOR, value, u32::from(hours) * 3_600, https);
}
