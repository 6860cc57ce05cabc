//! Configurations that are measured.

use serde_json::{Value, json};
use signalbox_domain::CampaignId;
use signalbox_engine::{RoutingInput, Snapshot};

/// What the campaign of a small world does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 20 streams of 5 rules; four of each hold, and only the last stream takes the click.
    Twenty,
    /// The same with 5 rules of which only the search in the user agent refuses, so that each stream reads all of it.
    Searched,
    /// One stream of 5 rules that takes it.
    One,
    /// One stream without rules.
    Plain,
    /// The same, by weighted rendezvous hashing among ten routes.
    Sticky,
    /// In turns among ten routes.
    Turns,
    /// Ten routes whose destinations have caps and a schedule in a timezone.
    Limited,
}

impl Kind {
    pub const ALL: [Self; 7] =
        [Self::Twenty, Self::Searched, Self::One, Self::Plain, Self::Sticky, Self::Turns, Self::Limited];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Twenty => "decide, 20 streams of 5 rules",
            Self::Searched => "decide, 20 streams refused by user agent",
            Self::One => "decide, 1 stream of 5 rules",
            Self::Plain => "decide, 1 stream",
            Self::Sticky => "decide, sticky among 10 routes",
            Self::Turns => "decide, in turns among 10 routes",
            Self::Limited => "decide, 10 routes with caps and hours",
        }
    }

    pub const fn budget_ns(self) -> Option<u64> {
        match self {
            Self::Twenty => Some(2000),
            Self::One | Self::Plain => Some(300),
            Self::Searched | Self::Sticky | Self::Turns | Self::Limited => None,
        }
    }
}

const SOUND: &str = "the bench's own configuration is sound";

const COUNTRIES: [&str; 30] = [
    "AT", "AU", "BE", "BR", "CA", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "GR", "HU", "ID", "IE",
    "IN", "IT", "JP", "MX", "NL", "NO", "PL", "PT", "RO", "SE", "TH", "TR", "US",
];

fn id(number: u64) -> String {
    CampaignId(number).to_string()
}

fn test(criterion: &str, op: &str, values: &[&str]) -> Value {
    json!({"test": {"criterion": criterion, "op": op, "values": values}})
}

fn five_rules(needle: &str, last: &str) -> Value {
    json!({"all": [
        test("country", "in", &["US", "CA", "GB", "DE", "FR", "AU"]),
        test("device_type", "in", &["mobile", "tablet"]),
        test("os_version", "at_least", &["14"]),
        test("user_agent", "not_contains", &["headless", "bot", needle]),
        test("query.zone", "in", &[last]),
    ]})
}

/// A world of one campaign.
pub fn one(kind: Kind) -> Snapshot {
    let stream = |number: u64, rules: Value, routes: u64, choosing: Value| {
        let routes: Vec<Value> = (0..routes)
            .map(|route| json!({"destination_id": id(101 + route), "weight": 50 + route}))
            .collect();
        json!({"id": id(number), "name": "s", "kind": "regular", "rules": rules, "choosing": choosing, "routes": routes})
    };
    let (always, weighted) = (json!({"all": []}), json!("weighted"));
    let streams = match kind {
        Kind::Twenty => (1..=20)
            .map(|number| {
                stream(
                    number,
                    five_rules("spider", if number == 20 { "c" } else { "x" }),
                    2,
                    weighted.clone(),
                )
            })
            .collect(),
        Kind::Searched => (1..=20)
            .map(|number| {
                let needle = if number == 20 { "spider" } else { "604.1" };
                stream(number, five_rules(needle, "c"), 2, weighted.clone())
            })
            .collect(),
        Kind::One => vec![stream(1, five_rules("spider", "c"), 2, weighted)],
        Kind::Plain => vec![stream(1, always, 2, weighted)],
        Kind::Sticky => vec![stream(1, always, 10, json!({"type": "sticky", "ttl_hours": 24}))],
        Kind::Turns => vec![stream(1, always, 10, json!("round_robin"))],
        Kind::Limited => vec![stream(1, always, 10, weighted)],
    };
    let limits = json!({"caps": [{"measure": "clicks", "period": {"type": "day"}, "limit": "100"}],
        "schedule": {"timezone": "Europe/Berlin", "weekly": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "time": "00:00-24:00"}]}});
    let destination = |number: u64| {
        let mut destination = json!({"id": id(number), "name": "offer", "url": "https://offer.example/lp?c={click_id}&z={zone}&g={country}"});
        if let (Kind::Limited, Some(fields), Some(limits)) =
            (kind, destination.as_object_mut(), limits.as_object())
        {
            fields.extend(limits.clone());
        }
        json!([id(1), destination])
    };
    let input: RoutingInput = serde_json::from_value(json!({
        "workspaces": [{"id": id(1), "name": "w", "currency": "USD", "timezone": "UTC"}],
        "campaigns": [[id(1), {"id": id(10), "name": "c", "slug": "go", "streams": streams}]],
        "destinations": (101..111).map(destination).collect::<Vec<_>>(),
        "sources": [], "networks": [], "domains": [[id(1), {"id": id(50), "host": "trk.example.com"}]], "revision": 1
    }))
    .expect(SOUND);
    Snapshot::compile(&input).snapshot
}

/// A world of many campaigns, each of three streams, of which two have rules, with two offers each of one in ten destinations.
pub fn many(campaigns: u64) -> RoutingInput {
    let destinations = (campaigns / 10).max(1);
    let route = |number: u64| json!({"destination_id": id(1_000_000 + number % destinations)});
    let stream = |number: u64, kind: &str, rules: Value| {
        json!({"id": id(number), "name": format!("stream {number}"), "kind": kind, "rules": rules,
               "routes": [route(number), route(number * 7 + 1)]})
    };
    let campaign = |number: u64| {
        let first = 10_000_000 + number * 3;
        // Thirty countries and hundred providers: some lists come again, as those of people do.
        let land = |step: u64| COUNTRIES[((number * 7 + step * number / 30) % 30) as usize];
        let country = json!({"all": [test("country", "in", &[land(1), land(2), land(3)]), test("device_type", "in", &["mobile"])]});
        let provider = format!("provider {}", number % 100);
        let carrier = json!({"any": [test("isp", "contains", &[&provider]), test("connection_type", "in", &["cellular"])]});
        json!([id(1), {"id": id(100_000_000 + number), "name": format!("campaign {number}"), "slug": format!("c-{number}"),
            "trafficback_url": "https://back.example/?c={campaign_id}",
            "streams": [stream(first, "forced", country), stream(first + 1, "regular", carrier), stream(first + 2, "default", json!({"all": []}))]}])
    };
    let destination = |number: u64| json!([id(1), {"id": id(1_000_000 + number), "name": format!("offer {number}"), "url": "https://offer.example/lp?c={click_id}&z={sub_id_1}&g={country}"}]);
    // Read part by part: the whole as JSON would be a gigabyte.
    let mut input: RoutingInput = serde_json::from_value(json!({
        "workspaces": [{"id": id(1), "name": "w", "currency": "USD", "timezone": "UTC"}],
        "campaigns": [], "destinations": [], "sources": [], "networks": [], "domains": [], "revision": 1
    }))
    .expect(SOUND);
    input.campaigns =
        (0..campaigns).map(|number| serde_json::from_value(campaign(number)).expect(SOUND)).collect();
    input.destinations =
        (0..destinations).map(|number| serde_json::from_value(destination(number)).expect(SOUND)).collect();
    input
}
