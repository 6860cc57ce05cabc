//! Entry points for fuzzers: everything that parses the outside, with its promises checked. A panic is a finding.

use crate::{CompiledUrl, MacroContext, MappedParams, Query, Request};
use jiff::tz::TimeZone;
use signalbox_domain::{Timestamp, Visitor};
use std::net::Ipv4Addr;

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
    let text = String::from_utf8_lossy(data);
    let (template, sent) = text.split_once('\n').unwrap_or((&text, ""));
    let (url, _) = CompiledUrl::compile(template, &TimeZone::UTC).ok()?;
    let visitor = Visitor { user_agent: sent.into(), ..Visitor::unknown(Ipv4Addr::LOCALHOST.into()) };
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
    let mut out = String::new();
    url.expand(&MacroContext::without_campaign(&request, data.len() as u64), &mut out);
    assert!(out.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "not fit for a header: {out:?}");
    let host = |text: &str| url::Url::parse(text).ok().map(|url| url.origin().ascii_serialization());
    let literal_host = &template[..template.find("://").map_or(0, |start| start + 3)];
    let rest = &template[literal_host.len()..];
    let literal_host = format!("{literal_host}{}", &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())]);
    assert_eq!(host(&out), host(&literal_host), "another host: {out:?}");
    assert!(template.contains('#') || !out.contains('#'), "another fragment: {out:?}");
    Some(out)
}
