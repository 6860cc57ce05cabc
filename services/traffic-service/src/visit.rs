//! What a request says about itself, each part capped in length.
//!
//! Header values that are no text are read as empty; a visitor's mistakes are never an error.

use http::{HeaderMap, Method, header, request::Parts};
use signalbox_chassis::client_ip::TrustedProxies;
use signalbox_detect::{ClientHints, RequestFacts};
use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
};

/// Longest user agent kept, bytes.
pub(crate) const USER_AGENT_MAX: usize = 1024;
/// Longest referrer kept, bytes.
pub(crate) const REFERRER_MAX: usize = 2048;
/// Longest path and query kept, bytes.
pub(crate) const PATH_AND_QUERY_MAX: usize = 8192;
/// Longest host kept, bytes.
const HOST_MAX: usize = 253;

/// A request, read.
#[derive(Clone)]
pub(crate) struct Visit<'a> {
    /// Client address behind trusted proxies.
    pub(crate) ip: IpAddr,
    /// Host in lower case without port.
    pub(crate) host: Cow<'a, str>,
    /// Path as sent.
    pub(crate) path: &'a str,
    /// Query string as sent, or empty.
    pub(crate) query: &'a str,
    /// Path and query as sent, capped.
    pub(crate) path_and_query: &'a str,
    /// User agent, capped.
    pub(crate) user_agent: &'a str,
    /// Referrer, capped.
    pub(crate) referrer: &'a str,
    /// Host of the referrer, lower case.
    pub(crate) referrer_domain: Cow<'a, str>,
    /// Method.
    pub(crate) method: &'a Method,
    /// Accepted languages as sent.
    pub(crate) languages: &'a str,
    /// Whether the visitor came by https, as the trusted proxies say.
    pub(crate) https: bool,
    /// What the browser says of itself and of why it asks.
    pub(crate) said: Said<'a>,
    /// Headers, for rules and cookies.
    pub(crate) headers: &'a HeaderMap,
}

/// Headers that detection looks at; empty when they were not sent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Said<'a> {
    sec_purpose: &'a str,
    purpose: &'a str,
    x_purpose: &'a str,
    x_moz: &'a str,
    hints: ClientHints<'a>,
}

impl<'a> Said<'a> {
    /// What these headers say.
    pub(crate) fn read(headers: &'a HeaderMap) -> Self {
        Heads::read(headers).said
    }
}

/// Every header that is read of each visit, found in one go instead of by a look-up for each name.
#[derive(Default)]
struct Heads<'a> {
    host: &'a str,
    user_agent: &'a str,
    referrer: &'a str,
    languages: &'a str,
    said: Said<'a>,
}

impl<'a> Heads<'a> {
    fn read(headers: &'a HeaderMap) -> Self {
        let mut heads = Self::default();
        for (name, value) in headers {
            let Heads { said, .. } = &mut heads;
            let place = match name.as_str() {
                "host" => &mut heads.host,
                "user-agent" => &mut heads.user_agent,
                "referer" => &mut heads.referrer,
                "accept-language" => &mut heads.languages,
                "sec-purpose" => &mut said.sec_purpose,
                "purpose" => &mut said.purpose,
                "x-purpose" => &mut said.x_purpose,
                "x-moz" => &mut said.x_moz,
                "sec-ch-ua" => &mut said.hints.brands,
                "sec-ch-ua-full-version-list" => &mut said.hints.full_version_list,
                "sec-ch-ua-mobile" => &mut said.hints.mobile,
                "sec-ch-ua-platform" => &mut said.hints.platform,
                "sec-ch-ua-platform-version" => &mut said.hints.platform_version,
                "sec-ch-ua-model" => &mut said.hints.model,
                "sec-ch-ua-form-factors" => &mut said.hints.form_factors,
                _ => continue,
            };
            // Of a header that came twice the first counts.
            if place.is_empty() {
                *place = value.to_str().unwrap_or_default();
            }
        }
        heads
    }
}

/// Headers for rules.
pub(crate) struct Named<'a>(pub(crate) &'a HeaderMap);

impl signalbox_engine::Headers for Named<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }
}

impl<'a> Visit<'a> {
    /// Reads a request from `peer`.
    pub(crate) fn read(request: &'a Parts, peer: SocketAddr, proxies: &TrustedProxies) -> Self {
        let headers = &request.headers;
        let uri = &request.uri;
        let heads = Heads::read(headers);
        let referrer = cut(heads.referrer, REFERRER_MAX);
        let host = uri.host().unwrap_or(heads.host);
        Self {
            ip: proxies.client(peer.ip(), headers),
            host: lower_host(host),
            path: uri.path(),
            query: uri.query().unwrap_or_default(),
            path_and_query: cut(
                uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str),
                PATH_AND_QUERY_MAX,
            ),
            user_agent: cut(heads.user_agent, USER_AGENT_MAX),
            referrer,
            referrer_domain: domain_of(referrer),
            method: &request.method,
            languages: heads.languages,
            https: proxies.is_https(peer.ip(), headers),
            said: heads.said,
            headers,
        }
    }

    /// What detection looks at.
    pub(crate) fn facts(&self) -> RequestFacts<'a> {
        let Said { sec_purpose, purpose, x_purpose, x_moz, hints } = self.said;
        RequestFacts {
            method: self.method.as_str(),
            accept_language: self.languages,
            sec_purpose,
            purpose,
            x_purpose,
            x_moz,
            hints,
            ..RequestFacts::new(self.ip, self.user_agent)
        }
    }
}

pub(crate) fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The longest start of `value` with at most `max` bytes that ends at a character.
pub(crate) fn cut(value: &str, max: usize) -> &str {
    if value.len() <= max {
        return value;
    }
    let end = (0..=max).rev().find(|end| value.is_char_boundary(*end)).unwrap_or(0);
    &value[..end]
}

pub(crate) fn lower_host(host: &str) -> Cow<'_, str> {
    let host = cut(host, HOST_MAX + 6);
    let without_port = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = without_port.trim_end_matches('.');
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

pub(crate) fn domain_of(referrer: &str) -> Cow<'_, str> {
    let Some((_, rest)) = referrer.split_once("://") else { return Cow::Borrowed("") };
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let host = authority.rsplit('@').next().unwrap_or_default();
    lower_host(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lose_port_case_and_dot() {
        for (host, read) in [
            ("Trk.Example.COM:8081", "trk.example.com"),
            ("a.example.", "a.example"),
            ("[::1]:80", "::1"),
            ("", ""),
        ] {
            assert_eq!(lower_host(host), read);
        }
    }

    #[test]
    fn referrers_give_their_domain() {
        for (referrer, domain) in [
            ("https://News.example/a?b#c", "news.example"),
            ("https://user:pw@x.example:8443/", "x.example"),
            ("android-app://com.app", "com.app"),
            ("", ""),
            ("nonsense", ""),
            ("https://", ""),
        ] {
            assert_eq!(domain_of(referrer), domain, "{referrer}");
        }
    }

    #[test]
    fn cuts_end_at_a_character() {
        assert_eq!(cut("aü", 2), "a");
        assert_eq!(cut("aü", 3), "aü");
    }
}
