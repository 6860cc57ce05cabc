//! Entry points for fuzzers: what strangers send to the hot path, with its promises checked. A panic is a finding.

use crate::{
    compat::{self, Asked},
    hosted::{Asset, Links, Template},
    respond::cookie,
    token::{LandingToken, Signer},
    visit::{PATH_AND_QUERY_MAX, REFERRER_MAX, USER_AGENT_MAX, Visit},
};
use http::{HeaderName, HeaderValue, Request};
use jiff::tz::TimeZone;
use signalbox_chassis::client_ip::TrustedProxies;
use signalbox_domain::{CampaignId, ClickId, DestinationId, StreamId, Timestamp, Visitor};
use signalbox_engine::{MacroContext, MappedParams, Query, Request as EngineRequest};
use std::net::{IpAddr, Ipv4Addr};

const NOW: Timestamp = Timestamp(1_790_000_000_000);
/// Longest cookie value that is looked at, bytes.
const COOKIE_MAX: usize = 256;

/// Reads the first line as path and query and each further one as a header (`name: value`), as a click is read.
pub fn visit(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let Ok(uri) = http::Uri::try_from(lines.next().unwrap_or_default()) else { return };
    let mut request = Request::new(());
    *request.uri_mut() = uri;
    for line in lines.take(100) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii())) {
            request.headers_mut().append(name, value);
        }
    }
    let (parts, ()) = request.into_parts();
    let peer = (Ipv4Addr::LOCALHOST, 1).into();
    let visit = Visit::read(&parts, peer, &TrustedProxies::none());
    assert_eq!(visit.ip, IpAddr::from(Ipv4Addr::LOCALHOST), "nobody is trusted");
    assert!(visit.user_agent.len() <= USER_AGENT_MAX && visit.referrer.len() <= REFERRER_MAX);
    assert!(visit.path_and_query.len() <= PATH_AND_QUERY_MAX);
    for host in [&visit.host, &visit.referrer_domain] {
        assert!(!host.bytes().any(|byte| byte.is_ascii_uppercase()) && !host.ends_with('.'));
    }
    for name in [cookie::CLICK, cookie::VISITOR] {
        assert!(cookie::read(&parts.headers, name).is_none_or(|value| value.len() <= COOKIE_MAX));
    }
    let query = Query::parse(visit.query);
    if let Asked::Asset(rest) = compat::read(visit.path, &query) {
        asset(rest.as_bytes());
    }
}

/// Reads any bytes as the path of an uploaded landing page's file.
pub fn asset(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(asset) = Asset::read(&text) {
        for part in asset.parts() {
            assert!(
                !part.is_empty() && !part.starts_with('.') && !part.contains(['/', '\\', ':', '\0']),
                "{part:?}"
            );
        }
    }
}

/// Reads any text as a token, then a real token with one byte changed: what is read is what was signed, or nothing.
pub fn token(data: &[u8]) {
    let signer = Signer::new(&[7; 32]);
    let text = String::from_utf8_lossy(data);
    assert_eq!(signer.read_landing(&text, NOW), None, "signed by nobody");
    assert!(!signer.is_onward("https://a.example/", i64::MAX, &text, NOW));
    let [at, to, passed, ..] = *data else { return };
    let id = |number: u64| if passed % 2 == 0 { 0 } else { number };
    let token = LandingToken {
        click: ClickId::new(NOW, u128::from(to)),
        campaign: CampaignId(2),
        stream: StreamId(3),
        landing: DestinationId(u64::from(passed)),
        passed_to: CampaignId(id(8)),
        passed_to_stream: StreamId(id(9)),
    };
    let mut bytes = signer.landing(&token).into_bytes();
    let at = usize::from(at) % bytes.len();
    bytes[at] = to;
    let changed = String::from_utf8_lossy(&bytes);
    assert!(signer.read_landing(&changed, NOW).is_none_or(|read| read == token), "{changed}");
}

/// Reads the first line as what a visitor sent and the rest as an uploaded page: whatever the visitor sends, the page has the same marks
/// as with a harmless value.
pub fn hosted_page(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (sent, html) = text.split_once('\n').unwrap_or(("", &text));
    let template = Template::read(html, "/lp/7/v1/", &TimeZone::UTC);
    let fill = |sent: &str| {
        let visitor = Visitor::unknown(Ipv4Addr::LOCALHOST.into());
        let query = Query::parse(sent);
        let params = MappedParams::from_query(&query, None);
        let request = EngineRequest::new(&visitor, &query, &params, NOW);
        let context = MacroContext::without_campaign(&request, 7);
        template.fill(&context, &Links { token: "TOK", here: "/summer" })
    };
    let encoded: String =
        percent_encoding::utf8_percent_encode(sent, percent_encoding::NON_ALPHANUMERIC).to_string();
    let (evil, harmless) = (fill(&format!("keyword={encoded}")), fill("keyword=x"));
    for mark in ['<', '>', '"', '\'', '`', '\u{2028}'] {
        assert_eq!(evil.matches(mark).count(), harmless.matches(mark).count(), "{mark:?}: {evil}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_send_keeps_the_promises() {
        visit(b"/summer?x=1\nhost: A.Example.:80\nreferer: https://U@B.example/\ncookie: sbx_click=1; a=b\nuser-agent: \xff");
        visit(b"/lp/0000000000007/x/..%2f..%2fetc\nx-forwarded-for: 1.2.3.4");
        visit(b"not a uri \n:");
        token(b"\x00A\x01rest");
        token(b"");
        hosted_page(b"\"><script>\n<p title='{keyword}'>{keyword}<script>f('{keyword}')</script>");
    }
}
