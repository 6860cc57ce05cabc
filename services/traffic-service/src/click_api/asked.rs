//! A request of the Click API: who the visitor is, and what is to be answered.

use crate::{
    respond::cookie,
    visit::{self, Said, Visit, cut, domain_of, lower_host},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use signalbox_engine::Query;
use std::{borrow::Cow, net::IpAddr};

/// Readable in a log, and still one value.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Parameters that are about the request and no part of the click's.
const OWN: &[&str] = &[
    "token",
    "api_key",
    "version",
    "kversion",
    "info",
    "log",
    "ip",
    "ua",
    "language",
    "x_requested_with",
    "se_referrer",
    "referrer",
    "original_host",
    "original_method",
    "uri",
    "uniqueness_cookie",
    "force_redirect_offer",
    "prefetch",
];

/// What a server asks.
pub(super) struct Asked {
    pub(super) token: String,
    pub(super) info: bool,
    pub(super) log: bool,
    pub(super) force_redirect_offer: bool,
    /// The name that the visitor was given by an earlier answer.
    pub(super) cookie: Option<String>,
    ip: IpAddr,
    user_agent: String,
    languages: String,
    referrer: String,
    host: String,
    method: Method,
    https: bool,
    path_and_query: String,
    headers: HeaderMap,
}

/// The parameters of query and form, in this order, as one query string.
pub(super) fn parameters(query: &str, form: &str) -> String {
    match (query, form) {
        ("", form) => form.to_owned(),
        (query, "") => query.to_owned(),
        (query, form) => format!("{query}&{form}"),
    }
}

impl Asked {
    /// Reads `parameters`; what they do not say is taken from the request of the server itself.
    pub(super) fn read(parameters: &str, visit: &Visit<'_>) -> Self {
        let query = Query::parse(parameters);
        let value = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
        let flag = |name: &str| value(name).is_some_and(|value| value != "0");
        let headers = headers_of(&query);
        let host = value("original_host").unwrap_or(&visit.host);
        let referrer = value("referrer").or_else(|| value("se_referrer")).unwrap_or_default();
        let user_agent = value("ua").or_else(|| query.get("ua")).unwrap_or_default();
        let cookie = value("uniqueness_cookie").or_else(|| cookie::read(visit.headers, cookie::VISITOR));
        Self {
            token: value("token").unwrap_or_default().to_owned(),
            info: flag("info"),
            log: flag("log"),
            force_redirect_offer: flag("force_redirect_offer"),
            cookie: cookie.map(str::to_owned),
            // An address that cannot be read is better the server's than none.
            ip: value("ip").and_then(|ip| ip.parse().ok()).unwrap_or(visit.ip),
            user_agent: cut(user_agent, visit::USER_AGENT_MAX).to_owned(),
            languages: value("language")
                .unwrap_or_else(|| visit::text(&headers, header::ACCEPT_LANGUAGE))
                .to_owned(),
            referrer: cut(referrer, visit::REFERRER_MAX).to_owned(),
            host: lower_host(host).into_owned(),
            method: value("original_method").and_then(|method| method.parse().ok()).unwrap_or(Method::GET),
            https: visit.https,
            path_and_query: path_and_query(&query, value("uri").unwrap_or("/")),
            headers,
        }
    }

    /// The visit as if the visitor had come itself.
    pub(super) fn visit(&self) -> Visit<'_> {
        let (path, query) = self.path_and_query.split_once('?').unwrap_or((&self.path_and_query, ""));
        Visit {
            ip: self.ip,
            host: Cow::Borrowed(&self.host),
            path,
            query,
            path_and_query: cut(&self.path_and_query, visit::PATH_AND_QUERY_MAX),
            user_agent: &self.user_agent,
            referrer: &self.referrer,
            referrer_domain: domain_of(&self.referrer),
            method: &self.method,
            languages: &self.languages,
            https: self.https,
            said: Said::read(&self.headers),
            headers: &self.headers,
        }
    }
}

/// `original_headers[Name]=value`, and what stands in parameters of its own.
fn headers_of(query: &Query<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &str| {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.entry(name).or_insert(value);
        }
    };
    for (name, value) in query.iter() {
        if let Some(name) = name.strip_prefix("original_headers[").and_then(|rest| rest.strip_suffix(']')) {
            add(name, value);
        }
    }
    if let Some(app) = query.get("x_requested_with") {
        add("x-requested-with", app);
    }
    if query.get("prefetch").is_some_and(|value| value == "1") {
        add("purpose", "prefetch");
    }
    headers
}

/// The page's own path with the click's parameters: what the click is told by later. No token, nothing about the request.
fn path_and_query(query: &Query<'_>, uri: &str) -> String {
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    let path =
        if path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()) { path } else { "/" };
    let mut out = path.to_owned();
    let mut separator = '?';
    for (name, value) in query.iter() {
        let own =
            OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) || name.starts_with("original_headers[");
        if !own {
            out.push(separator);
            out.extend(utf8_percent_encode(name, VALUE));
            out.push('=');
            out.extend(utf8_percent_encode(value, VALUE));
            separator = '&';
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::Request;
    use signalbox_chassis::client_ip::TrustedProxies;

    fn read(parameters: &str) -> Asked {
        let (parts, _) = Request::builder()
            .uri("/click_api/v3")
            .header("host", "trk.example")
            .header("user-agent", "KHttpClient")
            .header("cookie", "sbx_visitor=abc")
            .body(())
            .unwrap()
            .into_parts();
        let visit = Visit::read(&parts, "192.0.2.9:1".parse().unwrap(), &TrustedProxies::none());
        Asked::read(parameters, &visit)
    }

    #[test]
    fn a_request_of_the_php_client_is_read() {
        let asked = read(
            "token=T&version=3&info=1&ip=198.51.100.7&ua=Mozilla%2F5.0+x&language=de&se_referrer=https%3A%2F%2Fr.example%2F&referrer=https%3A%2F%2Fr.example%2F&original_headers%5BX-Test%5D=yes&original_headers%5BAccept-Language%5D=fr&original_host=Shop.example&kversion=3.4&sub_id_1=a%26b&keyword=%D0%BA&prefetch=1&x_requested_with=com.app&uri=%2Fland%3Fx%3D1",
        );
        assert_eq!(
            (asked.token.as_str(), asked.info, asked.log, asked.force_redirect_offer),
            ("T", true, false, false)
        );
        assert_eq!(asked.cookie.as_deref(), Some("abc"));
        let visit = asked.visit();
        assert_eq!((visit.ip.to_string().as_str(), visit.user_agent), ("198.51.100.7", "Mozilla/5.0 x"));
        assert_eq!(
            (visit.languages, &*visit.host, &*visit.referrer_domain),
            ("de", "shop.example", "r.example")
        );
        assert_eq!(visit.path_and_query, "/land?sub_id_1=a%26b&keyword=%D0%BA");
        assert_eq!((visit.path, visit.query), ("/land", "sub_id_1=a%26b&keyword=%D0%BA"));
        let header = |name: &str| visit.headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(
            (header("x-test"), header("x-requested-with"), header("purpose")),
            ("yes", "com.app", "prefetch")
        );
    }

    #[test]
    fn nonsense_is_read_as_nothing() {
        let asked = read(
            "ip=nonsense&original_headers[bad name]=x&original_headers[x]=%0d%0aevil&uri=%0d%0a&original_method=%20",
        );
        let visit = asked.visit();
        assert_eq!((asked.token.as_str(), visit.ip.to_string().as_str()), ("", "192.0.2.9"));
        assert!(visit.headers.is_empty() && *visit.method == Method::GET);
        assert_eq!((visit.path_and_query, visit.user_agent, &*visit.host), ("/", "", "trk.example"));
    }
}
