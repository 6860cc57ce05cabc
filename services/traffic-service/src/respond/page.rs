//! Pages that send a visitor on by other means than a header: meta refresh, script, form, frame.
//!
//! Promises: a page allows itself nothing but what it needs (a policy with a fresh nonce), is not cached, and holds the target escaped for
//! its place; only http and https targets are put into a page.

use super::escape::{to_html, to_script};
use super::{html_page, not_found};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use signalbox_domain::Timestamp;

use crate::token::Signer;

/// Path of the second page of a double redirect.
pub(crate) const ONWARD: &str = "/lp/onward";

/// Whether a target may stand in a page: nothing else than http and https is ever opened.
pub(crate) fn is_web(target: &str) -> bool {
    let scheme = target.split_once("://").map_or("", |(scheme, _)| scheme);
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

/// A number nobody can guess, for the policy of one page.
fn nonce() -> String {
    format!("{:032x}", rand::random::<u128>())
}

struct Page<'a> {
    head: String,
    body: String,
    policy: String,
    referrer: &'a str,
}

impl Page<'_> {
    fn answer(self) -> Response {
        let html = format!(
            "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"robots\" content=\"noindex\"><title></title>{}</head><body>{}</body></html>\n",
            self.head, self.body
        );
        let mut response = html_page(StatusCode::OK, html);
        let headers = response.headers_mut();
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, self.policy.as_str()),
            (header::REFERRER_POLICY, self.referrer),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

fn refresh(target: &str, referrer: &str) -> Response {
    let target = to_html(target);
    Page {
        head: format!("<meta http-equiv=\"refresh\" content=\"0;url={target}\">"),
        body: format!("<a href=\"{target}\" rel=\"noreferrer\">Continue</a>"),
        policy: "default-src 'none'; base-uri 'none'; form-action 'none'".to_owned(),
        referrer,
    }
    .answer()
}

/// A meta refresh; the target sees the tracker's origin as referrer.
pub(crate) fn meta(target: &str) -> Response {
    if is_web(target) { refresh(target, "origin") } else { not_found() }
}

/// The first of two meta refreshes: to a page of our own whose address is signed for this target and ends soon.
pub(crate) fn double_meta(signer: &Signer, target: &str, now: Timestamp) -> Response {
    if !is_web(target) {
        return not_found();
    }
    let (until, signature) = signer.onward(target, now);
    let target = utf8_percent_encode(target, NON_ALPHANUMERIC);
    refresh(&format!("{ONWARD}?e={until}&s={signature}&u={target}"), "no-referrer")
}

/// The second one; anything that was not signed here leads nowhere, so this is no open redirect.
pub(crate) fn onward(signer: &Signer, query: &str, now: Timestamp) -> Response {
    let raw = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    };
    let target = percent_decode_str(raw("u")).decode_utf8_lossy();
    let until = raw("e").parse().unwrap_or(0);
    if is_web(&target) && signer.is_onward(&target, until, raw("s"), now) {
        refresh(&target, "no-referrer")
    } else {
        not_found()
    }
}

/// A script that replaces the location.
pub(crate) fn js(target: &str) -> Response {
    if !is_web(target) {
        return not_found();
    }
    let nonce = nonce();
    Page {
        head: format!("<script nonce=\"{nonce}\">location.replace({})</script>", to_script(target)),
        body: format!("<noscript><a href=\"{}\">Continue</a></noscript>", to_html(target)),
        policy: format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'"
        ),
        referrer: "origin",
    }
    .answer()
}

/// A form that posts the target's query to the target at once.
pub(crate) fn form(target: &str) -> Response {
    if !is_web(target) {
        return not_found();
    }
    let (before, fragment) = target.split_once('#').map_or((target, ""), |(before, rest)| (before, rest));
    let (action, query) = before.split_once('?').unwrap_or((before, ""));
    let hash = if fragment.is_empty() { String::new() } else { format!("#{fragment}") };
    let decode = |text: &str| to_html(&percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy());
    let mut fields = String::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.push_str(&format!(
            "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
            decode(name),
            decode(value)
        ));
    }
    let nonce = nonce();
    Page {
        head: String::new(),
        body: format!(
            "<form id=\"f\" method=\"post\" action=\"{}{}\">{fields}<noscript><button>Continue</button></noscript></form><script nonce=\"{nonce}\">HTMLFormElement.prototype.submit.call(document.getElementById(\"f\"))</script>",
            to_html(action),
            to_html(&hash)
        ),
        policy: format!("default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action http: https:"),
        referrer: "origin",
    }
    .answer()
}

/// The target in a frame over the whole window.
pub(crate) fn iframe(target: &str) -> Response {
    if !is_web(target) {
        return not_found();
    }
    let nonce = nonce();
    Page {
        head: format!(
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><style nonce=\"{nonce}\">html,body{{margin:0;height:100%;overflow:hidden}}iframe{{border:0;width:100%;height:100%}}</style>"
        ),
        body: format!("<iframe src=\"{}\" allowfullscreen></iframe>", to_html(target)),
        policy: format!(
            "default-src 'none'; frame-src http: https:; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'"
        ),
        referrer: "origin",
    }
    .answer()
}
