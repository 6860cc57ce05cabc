//! What a rule builder offers: every criterion, how it is compared and which values it can have.

use crate::types::{CriterionInfo, Operator, ValueKind, WordInfo};
use signalbox_domain::{BotReason, ConnectionType, Criterion, DeviceType};

fn operators(kind: ValueKind) -> Vec<Operator> {
    use Operator as O;
    let presence = [O::Exists, O::Empty];
    let sets = [O::In, O::NotIn];
    let texts = [O::Contains, O::NotContains, O::StartsWith, O::NotStartsWith, O::EndsWith, O::NotEndsWith];
    let patterns = [O::Mask, O::NotMask, O::Regex, O::NotRegex];
    let order = [O::MoreThan, O::AtLeast, O::LessThan, O::AtMost];
    let ranges = [O::Between, O::NotBetween];
    let parts: &[&[Operator]] = match kind {
        ValueKind::Country | ValueKind::Word | ValueKind::Source => &[&sets, &presence],
        ValueKind::Text => &[&sets, &texts, &patterns, &presence],
        ValueKind::Number => &[&sets, &order, &ranges, &presence],
        ValueKind::Count | ValueKind::Percent => &[&order, &ranges],
        ValueKind::Version => &[&sets, &order, &ranges, &texts, &patterns, &presence],
        ValueKind::Address => &[&sets, &ranges, &patterns],
        ValueKind::Flag => &[&[O::In]],
        ValueKind::Weekday => &[&sets],
        ValueKind::Time | ValueKind::Date => &[&ranges],
        ValueKind::Any => &[&sets, &texts, &patterns, &order, &ranges, &presence],
    };
    parts.concat()
}

/// Criterion, shown name, group, kind of values, example.
type Row = (Criterion, &'static str, &'static str, ValueKind, &'static str);

fn rows() -> Vec<Row> {
    use {Criterion as C, ValueKind as K};
    vec![
        (C::Country, "Country", "Place", K::Country, "DE"),
        (C::Continent, "Continent", "Place", K::Word, "EU"),
        (C::Region, "Region", "Place", K::Text, "Bavaria"),
        (C::City, "City", "Place", K::Text, "Munich"),
        (C::Isp, "Provider", "Connection", K::Text, "Deutsche Telekom"),
        (C::Carrier, "Mobile carrier", "Connection", K::Text, "Vodafone"),
        (C::Asn, "Autonomous system", "Connection", K::Number, "3320"),
        (C::ConnectionType, "Kind of connection", "Connection", K::Word, "cellular"),
        (C::Ip, "IP address", "Connection", K::Address, "203.0.113.0/24"),
        (C::IpVersion, "IP version", "Connection", K::Word, "6"),
        (C::Proxy, "Proxy or VPN", "Connection", K::Flag, "true"),
        (C::DataCenter, "Data centre", "Connection", K::Flag, "true"),
        (C::DeviceType, "Device type", "Device", K::Word, "mobile"),
        (C::DeviceBrand, "Device brand", "Device", K::Text, "Samsung"),
        (C::DeviceModel, "Device model", "Device", K::Text, "SM-G991B"),
        (C::Os, "Operating system", "Device", K::Text, "Android"),
        (C::OsVersion, "OS version", "Device", K::Version, "14"),
        (C::Browser, "Browser", "Device", K::Text, "Chrome"),
        (C::BrowserVersion, "Browser version", "Device", K::Version, "120"),
        (C::UserAgent, "User agent", "Device", K::Text, "Instagram"),
        (C::Language, "Preferred language", "Visitor", K::Text, "de"),
        (C::AcceptsLanguage, "Accepted language", "Visitor", K::Text, "de-at"),
        (C::Bot, "Bot", "Visitor", K::Flag, "true"),
        (C::BotReason, "Why it is a bot", "Visitor", K::Word, "known_bot"),
        (C::Percent, "Share of visitors", "Visitor", K::Percent, "30"),
        (C::Unique, "New to the campaign", "History", K::Flag, "true"),
        (C::UniqueStream, "New to the stream", "History", K::Flag, "true"),
        (C::UniqueWorkspace, "New to the workspace", "History", K::Flag, "true"),
        (C::Converted, "Converted in the campaign", "History", K::Flag, "true"),
        (C::ConvertedWorkspace, "Converted in the workspace", "History", K::Flag, "true"),
        (C::StreamClicksHour, "Clicks of the stream this hour", "History", K::Count, "100"),
        (C::StreamClicksDay, "Clicks of the stream today", "History", K::Count, "1000"),
        (C::StreamClicksTotal, "Clicks of the stream ever", "History", K::Count, "10000"),
        (C::Source, "Traffic source", "Traffic", K::Source, "0d3k5v8t2m9qa"),
        (C::Keyword, "Keyword", "Traffic", K::Text, "running shoes"),
        (C::AdCampaignId, "Ad campaign id", "Traffic", K::Any, "4711"),
        (C::CreativeId, "Creative id", "Traffic", K::Any, "banner-7"),
        (C::Site, "Site or zone", "Traffic", K::Any, "news.example.com"),
        (C::ExternalId, "External click id", "Traffic", K::Text, "abc123"),
        (C::Referrer, "Referrer", "Traffic", K::Text, "https://news.example.com/"),
        (C::ReferrerDomain, "Referrer domain", "Traffic", K::Text, "news.example.com"),
        (C::Host, "Tracking domain", "Traffic", K::Text, "go.example.com"),
        (C::TimeOfDay, "Time of day", "Time", K::Time, "22:00-06:00"),
        (C::Weekday, "Weekday", "Time", K::Weekday, "mon"),
        (C::Date, "Date", "Time", K::Date, "2026-12-01..2026-12-24"),
    ]
}

/// Prefix, shown name, what the argument is, kind of values, example.
const WITH_ARGUMENT: &[(&str, &str, &str, ValueKind, &str)] = &[
    ("query.", "Query parameter", "Name of the parameter", ValueKind::Any, "summer"),
    ("sub_id.", "Sub id", "1 to 30", ValueKind::Any, "zone-17"),
    ("header.", "Header", "Name of the header", ValueKind::Any, "com.example.app"),
];

fn words(list: &[(&str, &str)]) -> Vec<WordInfo> {
    let word =
        |(name, title): &(&str, &str)| WordInfo { name: (*name).to_owned(), title: (*title).to_owned() };
    list.iter().map(word).collect()
}

/// `empty_user_agent` as it is shown: `Empty user agent`.
fn sentence(name: &str) -> WordInfo {
    let text = name.replace('_', " ");
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    WordInfo { name: name.to_owned(), title: first.into_iter().chain(letters).collect() }
}

fn values(criterion: &Criterion) -> Vec<WordInfo> {
    match criterion {
        flag if flag.is_flag() => words(&[("true", "Yes"), ("false", "No")]),
        Criterion::IpVersion => words(&[("4", "IPv4"), ("6", "IPv6")]),
        Criterion::Weekday => words(&[
            ("mon", "Monday"),
            ("tue", "Tuesday"),
            ("wed", "Wednesday"),
            ("thu", "Thursday"),
            ("fri", "Friday"),
            ("sat", "Saturday"),
            ("sun", "Sunday"),
        ]),
        Criterion::Continent => words(&[
            ("AF", "Africa"),
            ("AN", "Antarctica"),
            ("AS", "Asia"),
            ("EU", "Europe"),
            ("NA", "North America"),
            ("OC", "Oceania"),
            ("SA", "South America"),
        ]),
        Criterion::DeviceType => {
            use DeviceType as D;
            let all = [
                D::Desktop,
                D::Mobile,
                D::Tablet,
                D::Tv,
                D::Console,
                D::Wearable,
                D::Bot,
                D::Other,
                D::Unknown,
            ];
            all.iter().map(|kind| sentence(kind.as_str())).collect()
        }
        Criterion::ConnectionType => {
            use ConnectionType as C;
            let all = [C::Cable, C::Cellular, C::Corporate, C::Dialup, C::Satellite, C::Unknown];
            all.iter().map(|kind| sentence(kind.as_str())).collect()
        }
        Criterion::BotReason => {
            use BotReason as B;
            let all = [
                B::Prefetch,
                B::HeadRequest,
                B::KnownBot,
                B::ClientLibrary,
                B::EmptyUserAgent,
                B::DataCenter,
                B::OperatorList,
                B::SelfDeclared,
            ];
            all.iter().map(|reason| sentence(reason.as_str())).collect()
        }
        _ => Vec::new(),
    }
}

/// Every criterion, by group.
pub(super) fn criteria() -> Vec<CriterionInfo> {
    let plain = rows().into_iter().map(|(criterion, title, group, kind, example)| CriterionInfo {
        name: criterion.to_string(),
        title: title.to_owned(),
        group: group.to_owned(),
        kind,
        argument: None,
        operators: operators(kind),
        values: values(&criterion),
        example: example.to_owned(),
    });
    let with_argument = WITH_ARGUMENT.iter().map(|(name, title, argument, kind, example)| CriterionInfo {
        name: (*name).to_owned(),
        title: (*title).to_owned(),
        group: "Traffic".to_owned(),
        kind: *kind,
        argument: Some((*argument).to_owned()),
        operators: operators(*kind),
        values: Vec::new(),
        example: (*example).to_owned(),
    });
    plain.chain(with_argument).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::OperatorValues;
    use signalbox_domain::{Rule, Test, Validator};

    /// A value that fits an operator and a kind.
    fn value(info: &CriterionInfo, shape: OperatorValues) -> String {
        match (shape, info.kind) {
            (OperatorValues::Ranges, ValueKind::Time | ValueKind::Date) => info.example.clone(),
            (OperatorValues::Ranges, ValueKind::Address) => "10.0.0.1-10.0.0.9".to_owned(),
            (OperatorValues::Ranges, _) => "1..2".to_owned(),
            (OperatorValues::Patterns, _) => "a.c".to_owned(),
            _ => info.values.first().map_or_else(|| info.example.clone(), |word| word.name.clone()),
        }
    }

    #[test]
    fn every_criterion_is_offered_with_operators_that_fit() {
        let offered = criteria();
        for (name, _) in Criterion::plain() {
            assert!(offered.iter().any(|info| info.name == name), "{name} is not offered");
        }
        for info in offered {
            let name = match info.name.as_str() {
                "query." => "query.utm_source",
                "sub_id." => "sub_id.1",
                "header." => "header.x-requested-with",
                name => name,
            };
            for &op in &info.operators {
                let shape = super::super::OPERATORS.iter().find(|(name, ..)| *name == op).unwrap().2;
                let op = signalbox_domain::Operator::from(op);
                let values = if op.takes_values() { vec![value(&info, shape)] } else { Vec::new() };
                let rule = Rule::Test(Test { criterion: name.parse().unwrap(), op, values, timezone: None });
                let mut v = Validator::new();
                rule.validate(&mut v);
                assert_eq!(v.finish(), Ok(()), "{name} {op:?}");
            }
        }
    }
}
