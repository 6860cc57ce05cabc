//! Entry points for fuzzers: everything that parses the outside, with its promises checked. A panic is a finding.

use crate::{
    CompiledText, CompiledUrl, MacroContext, MappedParams, Query, Request, Snapshot, check_rule,
    problem::Report,
    rules::{self, Scope},
    snapshot::normalise_host,
};
use jiff::tz::TimeZone;
use signalbox_domain::{CampaignId, ClickId, Rule, StreamId, Timestamp, Validator, Visitor, WorkspaceId};
use std::net::{IpAddr, Ipv4Addr};

/// The bytes as text: the first line, and the rest.
fn lines(data: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(data);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    (first.to_owned(), rest.to_owned())
}

/// A visitor who sent `sent` wherever something can be sent.
fn visitor(sent: &str) -> Visitor {
    let ip = sent.parse::<IpAddr>().unwrap_or(Ipv4Addr::LOCALHOST.into());
    let mut visitor = Visitor::unknown(ip);
    let text = || sent.into();
    (visitor.user_agent, visitor.language, visitor.languages) = (text(), text(), text());
    let geo = visitor.geo_mut();
    (geo.city, geo.country, geo.isp) = (text(), text(), text());
    let device = visitor.device_mut();
    (device.os.version, device.browser.version) = (text(), text());
    visitor
}

/// Reads the first line as a rule (JSON as stored, or else an expression) and asks it for a visitor who sent the rest. What validation
/// and [`check_rule`] let through can be compiled; asking it and explaining it say the same.
pub fn rule(data: &[u8]) {
    let (first, sent) = lines(data);
    let rule = serde_json::from_str(&first).unwrap_or(Rule::Expression(first));
    let mut v = Validator::new();
    rule.validate(&mut v);
    let checked = check_rule(&rule, "rules");
    if v.finish().is_err() {
        return;
    }
    let mut problems = Vec::new();
    let mut report =
        Report { problems: &mut problems, workspace: WorkspaceId(1), campaign: None, stream: None };
    let scope = Scope {
        workspace: WorkspaceId(1),
        campaign: CampaignId(2),
        stream: StreamId(3),
        timezone: &TimeZone::UTC,
    };
    let compiled = rules::compile(&rule, &scope, &mut rules::Shared::default(), &mut report);
    assert!(compiled.is_some() || !checked.is_empty(), "nobody was told: {problems:?}");
    assert_eq!(checked.len(), problems.len(), "{checked:?} {problems:?}");
    let Some(compiled) = compiled else { return };
    let visitor = visitor(&sent);
    let query = Query::parse(&sent);
    let params = MappedParams::from_query(&query, None);
    let request = Request {
        referrer: &sent,
        host: &sent,
        visitor_key: data.len() as u64,
        ..Request::new(&visitor, &query, &params, Timestamp(data.len() as i64 * 1_000_000_007))
    };
    assert_eq!(compiled.holds(&request), compiled.explain(&request).held());
}

/// Reads the first line as a page and shows it for a visitor who sent the rest: nothing that begins or ends an element or a text comes
/// from the visitor.
pub fn page(data: &[u8]) {
    let (template, sent) = lines(data);
    let (page, _) = CompiledText::compile(&template, true, &TimeZone::UTC);
    let show = |sent: &str| {
        let visitor = visitor(sent);
        let query = Query::default();
        let params = MappedParams { sub_ids: [sent; 30], keyword: sent, ..MappedParams::default() };
        let request = Request { referrer: sent, ..Request::new(&visitor, &query, &params, Timestamp(0)) };
        let mut out = String::new();
        page.expand(&MacroContext::without_campaign(&request, 0), &mut out);
        out
    };
    let (hostile, harmless) = (show(&sent), show("a"));
    for delimiter in ['<', '>', '"', '\'', '`'] {
        let count = |page: &str| page.matches(delimiter).count();
        // A value that runs something is left out, and so is what stands in its place.
        assert!(count(&hostile) <= count(&harmless), "{delimiter} in {hostile}");
    }
    let (text, _) = CompiledText::compile(&template, false, &TimeZone::UTC);
    assert!(!text.html());
}

/// Reads the first line as a host and the rest as a path.
pub fn place(data: &[u8]) {
    let (host, path) = lines(data);
    let snapshot = Snapshot::default();
    let _ = snapshot.find(&host, &path);
    if let Some(host) = normalise_host(&host, &mut [0; _]) {
        assert!(!host.bytes().any(|byte| byte.is_ascii_uppercase()), "{host:?}");
    }
}

/// Reads any bytes as a query string.
pub fn query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let query = Query::parse(&text);
    assert!(query.iter().count() <= crate::query::PARAMETERS_MAX);
    for (name, value) in query.iter() {
        assert!(!name.is_empty() && name.len() <= crate::query::NAME_BYTES_MAX);
        assert!(value.len() <= crate::query::VALUE_BYTES_MAX);
        assert!(query.get(name).is_some());
    }
    let params = MappedParams::from_query(&query, None);
    assert!(params.sub_ids_sent().all(|(number, value)| params.sub_id(number) == value));
}

/// Reads the bytes up to the first line end as a template and the rest as the query string of a click, and expands the one with the
/// other. Returns the target when the template is one.
pub fn target(data: &[u8]) -> Option<String> {
    let (template, sent) = lines(data);
    let (template, sent) = (template.as_str(), sent.as_str());
    let (url, _) = CompiledUrl::compile(template, &TimeZone::UTC).ok()?;
    let visitor = visitor(sent);
    let query = Query::parse(sent);
    let params = MappedParams::from_query(&query, None);
    let at = Timestamp(data.len() as i64 * 1_000_003);
    let request = Request {
        referrer: sent,
        referrer_domain: sent,
        host: sent,
        extra_path: sent,
        unique_campaign: false,
        ..Request::new(&visitor, &query, &params, at)
    };
    let context =
        MacroContext { click_id: ClickId(7), ..MacroContext::without_campaign(&request, data.len() as u64) };
    let (mut out, mut forwarded) = (String::new(), String::new());
    url.expand(&context, &mut out);
    url.expand_forwarding(&context, Some(&query), sent, &mut forwarded);
    sound(template, &forwarded);
    sound(template, &out);
    Some(out)
}

/// What holds for every target of `template`.
fn sound(template: &str, out: &str) {
    assert!(out.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "not fit for a header: {out:?}");
    let host = |text: &str| url::Url::parse(text).ok().map(|url| url.origin().ascii_serialization());
    let literal_host = &template[..template.find("://").map_or(0, |start| start + 3)];
    let rest = &template[literal_host.len()..];
    let literal_host = format!("{literal_host}{}", &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())]);
    assert_eq!(host(out), host(&literal_host), "another host: {out:?}");
    assert!(template.contains('#') || !out.contains('#'), "another fragment: {out:?}");
}
