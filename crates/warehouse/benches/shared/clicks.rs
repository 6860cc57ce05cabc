//! Realistic clicks: the cardinalities of the traffic generator's mix, the same for the same seed.

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde::Deserialize;
use signalbox_domain::{
    AffiliateNetworkId, BotReason, CampaignId, ClickId, ConnectionType, Currency, DestinationId, DeviceType,
    DomainId, Money, StreamId, Timestamp, TrafficSourceId, WorkspaceId,
};
use signalbox_events::wire::{ClickDims, ClickV1, ClickV2, CostOnConversion, Outcome, Record, UniqueFlags};
use signalbox_warehouse::{VisitorSource, visitor_key};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};

/// What the mix says about cardinalities.
#[derive(Deserialize)]
struct Mix {
    seed: u64,
    campaigns: usize,
    streams_per_campaign: usize,
    destinations: usize,
    routes_per_stream: usize,
    user_agents: usize,
    unseen_user_agents_permille: u32,
    addresses: usize,
    sub_id_values: Vec<u32>,
}

const MIX: &str = include_str!("../../../../tools/trafficgen/mix.json");
const START_MS: i64 = 1_767_600_000_000;
const COUNTRIES: [(&str, &str); 12] = [
    ("US", "en-us"),
    ("DE", "de-de"),
    ("BR", "pt-br"),
    ("IN", "en-in"),
    ("FR", "fr-fr"),
    ("PL", "pl-pl"),
    ("GB", "en-gb"),
    ("ES", "es-es"),
    ("IT", "it-it"),
    ("MX", "es-mx"),
    ("ID", "id-id"),
    ("TH", "th-th"),
];
/// Clicks of a thousand whose trace is kept, as the default configuration has it.
const TRACED_PERMILLE: u32 = 10;

struct Person {
    ip: IpAddr,
    country: usize,
    region: String,
    city: String,
    isp: String,
    asn: u32,
    connection: ConnectionType,
}

struct Agent {
    text: String,
    device: DeviceType,
    brand: &'static str,
    model: String,
    os: (&'static str, String),
    browser: (&'static str, String),
}

struct Campaign {
    id: CampaignId,
    slug: String,
    streams: Vec<(StreamId, Vec<usize>)>,
}

/// Makes clicks for ever.
pub struct Clicks {
    mix: Mix,
    random: StdRng,
    external: bool,
    gap_ms: f64,
    at: f64,
    campaigns: Vec<Campaign>,
    destinations: Vec<(DestinationId, String)>,
    people: Vec<Person>,
    agents: Vec<Agent>,
    pages: Vec<(String, String)>,
    seen: HashSet<(u64, u64)>,
    ids: (WorkspaceId, TrafficSourceId, AffiliateNetworkId, DomainId),
}

fn config_id(random: &mut StdRng) -> u64 {
    CampaignId::new(Timestamp(START_MS - random.random_range(1..10_000_000_000)), random.random()).0
}

fn person(random: &mut StdRng) -> Person {
    let country = random.random_range(0..COUNTRIES.len());
    let code = COUNTRIES[country].0;
    let region = random.random_range(1..12);
    let isp = random.random_range(1..16);
    let ip: u32 = random.random_range(0x0100_0000..0xdf00_0000);
    Person {
        ip: Ipv4Addr::from(ip).into(),
        country,
        region: format!("Region {code} {region}"),
        city: format!("City of {code}-{region}-{}", random.random_range(1..20)),
        isp: format!("{code} Telecom and Cable {isp}"),
        asn: 1_000 + (country as u32) * 100 + isp,
        connection: if isp % 3 == 0 { ConnectionType::Cellular } else { ConnectionType::Cable },
    }
}

fn agent(number: usize) -> Agent {
    let chrome = format!("1{}", 20 + number % 12);
    let full = format!("{chrome}.0.{}.{}", 4_000 + number, number % 7);
    match number % 5 {
        0 | 1 => {
            let model = format!("SM-G99{}B", number % 9);
            let version = format!("{}", 11 + number % 4);
            Agent {
                text: format!(
                    "Mozilla/5.0 (Linux; Android {version}; {model}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{full} Mobile Safari/537.36"
                ),
                device: DeviceType::Mobile,
                brand: "Samsung",
                model,
                os: ("Android", version),
                browser: ("Chrome Mobile", chrome),
            }
        }
        2 => {
            let version = format!("17.{}", number % 6);
            Agent {
                text: format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{version} Mobile/15E148 Safari/604.1 v{number}",
                    version.replace('.', "_")
                ),
                device: DeviceType::Mobile,
                brand: "Apple",
                model: "iPhone".to_owned(),
                os: ("iOS", version.clone()),
                browser: ("Mobile Safari", version),
            }
        }
        _ => Agent {
            text: format!(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{full} Safari/537.36"
            ),
            device: DeviceType::Desktop,
            brand: "",
            model: String::new(),
            os: ("Windows", "10".to_owned()),
            browser: ("Chrome", chrome),
        },
    }
}

impl Clicks {
    /// Clicks that come `rate` a second, with or without an external click id.
    pub fn new(rate: f64, external: bool) -> Self {
        let mix: Mix = serde_json::from_str(MIX).unwrap();
        let mut random = StdRng::seed_from_u64(mix.seed);
        let destinations: Vec<_> = (0..mix.destinations)
            .map(|number| {
                (DestinationId(config_id(&mut random)), format!("https://offer-{number}.example/path"))
            })
            .collect();
        let campaign = |number: usize| Campaign {
            id: CampaignId(config_id(&mut random)),
            slug: format!("bench-{number}"),
            streams: (0..mix.streams_per_campaign)
                .map(|stream| {
                    let route = |at| (number * 7 + stream * 3 + at) % mix.destinations;
                    (StreamId(config_id(&mut random)), (0..mix.routes_per_stream).map(route).collect())
                })
                .collect(),
        };
        let campaigns = (0..mix.campaigns).map(campaign).collect();
        let people = (0..mix.addresses).map(|_| person(&mut random)).collect();
        let agents = (0..mix.user_agents).map(agent).collect();
        let page = |number: usize| {
            let site = format!("news-{}.example", number % 25);
            (format!("https://{site}/articles/2026/01/what-happened-{number}"), site)
        };
        let pages = (0..200).map(page).collect();
        let ids = (
            WorkspaceId(config_id(&mut random)),
            TrafficSourceId(config_id(&mut random)),
            AffiliateNetworkId(config_id(&mut random)),
            DomainId(config_id(&mut random)),
        );
        let (gap_ms, at) = (1000.0 / rate, START_MS as f64);
        Self {
            mix,
            random,
            external,
            gap_ms,
            at,
            campaigns,
            destinations,
            people,
            agents,
            pages,
            seen: HashSet::new(),
            ids,
        }
    }

    /// The workspace of all clicks.
    pub fn workspace(&self) -> WorkspaceId {
        self.ids.0
    }

    /// The campaigns.
    pub fn campaigns(&self) -> impl Iterator<Item = CampaignId> {
        self.campaigns.iter().map(|campaign| campaign.id)
    }

    /// The first moment that clicks may have, and the last one that one had.
    pub fn range(&self) -> (Timestamp, Timestamp) {
        (Timestamp(START_MS), Timestamp(self.at as i64))
    }

    /// The next click, encoded.
    pub fn next(&mut self) -> Vec<u8> {
        self.next_and(|_| ())
    }

    /// The next click, encoded, when `look` has seen it.
    pub fn next_and(&mut self, look: impl FnOnce(&ClickV1<'_>)) -> Vec<u8> {
        let random = &mut self.random;
        self.at += -self.gap_ms * (1.0 - random.random::<f64>()).ln();
        let at = Timestamp(self.at as i64);
        let id = ClickId::new(at, random.random());
        let campaign = self.campaigns.choose(random).unwrap();
        let (stream, routes) = campaign.streams.choose(random).unwrap();
        // Weights 100, 50 and 33.
        let drawn = random.random_range(0..183);
        let (destination, offer) =
            &self.destinations[routes[usize::from(drawn >= 100) + usize::from(drawn >= 150)]];
        let person = self.people.choose(random).unwrap();
        let agent = self.agents.choose(random).unwrap();
        let unseen = random.random_range(0..1000) < self.mix.unseen_user_agents_permille;
        let user_agent = if unseen {
            format!("{} Build/{:08}", agent.text, random.random_range(0..100_000_000))
        } else {
            agent.text.clone()
        };
        let (referrer, referrer_domain) = if random.random_range(0..10) < 3 {
            ("", "")
        } else {
            self.pages.choose(random).map(|(url, site)| (url.as_str(), site.as_str())).unwrap()
        };
        let external: String = if self.external {
            (0..22)
                .map(|_| {
                    char::from(
                        *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                            .choose(random)
                            .unwrap(),
                    )
                })
                .collect()
        } else {
            String::new()
        };
        let cost = format!("0.{:04}", random.random_range(1..900));
        let mut path = format!("/{}?", campaign.slug);
        if self.external {
            path.push_str(&format!("ext={external}&"));
        }
        path.push_str(&format!("cost={cost}"));
        let mut sub_ids = Vec::new();
        for (number, values) in (1_u8..).zip(&self.mix.sub_id_values) {
            let value = format!("value-{}", random.random_range(0..*values));
            path.push_str(&format!("&s{number}={value}"));
            sub_ids.push((number, value));
        }
        let (country, language) = COUNTRIES[person.country];
        let target = format!("{offer}?s={}&c={country}&aff_sub={id}", sub_ids[0].1);
        let visitor = visitor_key(VisitorSource::IpUserAgent(person.ip, &user_agent));
        let mut first = |of: u64| self.seen.insert((of, visitor));
        let unique = UniqueFlags {
            campaign: first(campaign.id.0),
            stream: first(stream.0),
            workspace: first(self.ids.0.0),
        };
        let trace = if random.random_range(0..1000) < TRACED_PERMILLE {
            trace(campaign, *stream, routes, &self.destinations)
        } else {
            String::new()
        };
        let dims = ClickDims {
            workspace: self.ids.0,
            campaign: campaign.id,
            stream: *stream,
            landing: DestinationId::NONE,
            destination: *destination,
            source: self.ids.1,
            network: self.ids.2,
            domain: self.ids.3,
            country: country.into(),
            region: person.region.as_str().into(),
            city: person.city.as_str().into(),
            isp: person.isp.as_str().into(),
            asn: person.asn,
            connection: person.connection,
            device_type: agent.device,
            device_brand: agent.brand.into(),
            device_model: agent.model.as_str().into(),
            os: agent.os.0.into(),
            os_version: agent.os.1.as_str().into(),
            browser: agent.browser.0.into(),
            browser_version: agent.browser.1.as_str().into(),
            language: language.into(),
            referrer_domain: referrer_domain.into(),
            keyword: "".into(),
            ad_campaign_id: "".into(),
            creative_id: "".into(),
            site: "".into(),
            sub_ids: sub_ids.iter().map(|(number, value)| (*number, value.as_str().into())).collect(),
            bot: BotReason::None,
        };
        let click = ClickV1 {
            id,
            at,
            dims,
            outcome: Outcome::Routed,
            status: 302,
            unique,
            cost: cost.parse::<Money>().unwrap(),
            currency: Currency::USD,
            cost_on_conversion: CostOnConversion::None,
            external_id: external.as_str().into(),
            ip: person.ip,
            user_agent: user_agent.as_str().into(),
            referrer: referrer.into(),
            host: "t.example.com".into(),
            path_and_query: path.as_str().into(),
            target: target.as_str().into(),
        };
        look(&click);
        let click = ClickV2 { visitor, trace: trace.as_str().into(), ..ClickV2::of(click) };
        Record::ClickV2(Box::new(click)).encode().unwrap()
    }
}

/// Why a click went where it went: every stream with its rules, and the routes of the one that took it.
fn trace(
    campaign: &Campaign,
    taken: StreamId,
    routes: &[usize],
    destinations: &[(DestinationId, String)],
) -> String {
    let streams: Vec<String> = campaign
        .streams
        .iter()
        .map(|(id, _)| {
            let rules: Vec<String> = ["country", "device_type", "os", "sub_id.1", "referrer_domain"]
                .iter()
                .map(|criterion| format!(r#"{{"criterion":"{criterion}","passed":true}}"#))
                .collect();
            format!(r#"{{"stream":"{id}","taken":{},"rules":[{}]}}"#, *id == taken, rules.join(","))
        })
        .collect();
    let routes: Vec<String> = routes
        .iter()
        .map(|at| format!(r#"{{"destination":"{}","weight":50}}"#, destinations[*at].0))
        .collect();
    format!(
        r#"{{"campaign":"{}","streams":[{}],"landings":[],"routes":[{}],"outcome":"routed"}}"#,
        campaign.id,
        streams.join(","),
        routes.join(",")
    )
}
