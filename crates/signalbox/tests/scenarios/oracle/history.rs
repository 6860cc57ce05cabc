//! A made-up year: clicks, landing clicks and postbacks of 2024 as the journals would hold them, and a ledger of the same in plain words.
//!
//! Real requests can only come now. What reports do with half-hour offsets and with nights on which clocks change needs events of such
//! nights, so these are journaled as the services journal them; everything behind the journals is the product. The same seed makes the
//! same year.

use serde_json::{Map, Value, json};
use signalbox_domain::{
    AffiliateNetworkId, BotReason, CampaignId, ClickId, ConnectionType, ConversionStatus as Status, Currency,
    DestinationId, DeviceType, DomainId, Money, Percent, StreamId, Timestamp, TrafficSourceId, WorkspaceId,
};
use signalbox_events::wire::{
    ClickDims, ClickV1, ClickV2, CostOnConversion, LandingClickV1, LandingClickV2, Outcome, PostbackRawV1,
    Record, UniqueFlags,
};
use std::borrow::Cow;

/// Moments at which clocks change in one of the oracle's zones, in seconds since 1970.
const MOMENTS: &[i64] = &[
    1_711_846_800, // Europe forward
    1_729_990_800, // Europe back
    1_710_054_000, // New York forward
    1_730_613_600, // New York back
    1_710_046_800, // Havana forward: no midnight
    1_730_610_000, // Havana back: midnight twice
    1_712_415_600, // Lord Howe back by half an hour
    1_728_142_200, // Lord Howe forward by half an hour
    1_712_458_800, // Santiago back
    1_725_768_000, // Santiago forward: no midnight
    1_712_412_000, // Chatham back
    1_727_532_000, // Chatham forward
    1_709_231_400, // the end of 29 February in Kolkata
];
/// February to shortly before the end of the year 2024.
const YEAR: (i64, i64) = (1_706_745_600, 1_734_652_800);

const TEXTS: &[&str] =
    &["", "", "shoes", "Schuhe günstig", "a%b_c", "O'Brien", "back\\slash", "=1+1", "ЖАРА", "a.b,c"];
const COUNTRIES: &[&str] = &["", "DE", "DE", "US", "IN", "AU", "BR"];
const BROWSERS: &[&str] = &["", "Chrome", "Chrome", "Firefox", "Safari"];
const REFERRERS: &[&str] = &["", "", "news.example", "Forum.example", "search.example"];
const COSTS: &[&str] = &["0", "0.01", "0.0123", "0.000000001", "1.5", "0.333333333"];
const PAYOUTS: &[&str] = &["1.10", "0.333333333", "25", "7.77", "0", "120.5"];
const ASNS: &[u32] = &[0, 3320, 7922, 64512];
const CONNECTIONS: &[ConnectionType] =
    &[ConnectionType::Unknown, ConnectionType::Cable, ConnectionType::Cellular];
const DEVICES: &[DeviceType] =
    &[DeviceType::Unknown, DeviceType::Desktop, DeviceType::Mobile, DeviceType::Mobile, DeviceType::Tv];
const BOTS: &[BotReason] = &[BotReason::KnownBot, BotReason::DataCenter, BotReason::HeadRequest];
const CHAINS: &[&[Status]] = &[
    &[Status::Sale],
    &[Status::Lead],
    &[Status::Lead, Status::Sale],
    &[Status::Lead, Status::Rejected],
    &[Status::Lead, Status::Trash],
    &[Status::Sale, Status::Rejected],
    &[Status::Lead, Status::Sale, Status::Rejected],
    &[Status::Rejected, Status::Sale],
    &[Status::Registration],
    &[Status::Deposit],
    &[Status::Rebill],
];

/// Whose year it is.
pub struct Owner {
    pub workspace: WorkspaceId,
    pub campaigns: Vec<CampaignId>,
    pub networks: Vec<AffiliateNetworkId>,
}

/// The year.
#[derive(Default)]
pub struct History {
    /// For the journal of clicks, in order of time.
    pub clicks: Vec<Record<'static>>,
    /// For the journal of postbacks, in order of time; the heads are to be filled in.
    pub postbacks: Vec<PostbackRawV1<'static>>,
    /// The same in plain words, a line each.
    pub ledger: Vec<Value>,
    /// What reports must come to before anything is compared: enough to know that everything has arrived.
    pub hits: u64,
    pub conversions: u64,
    pub revenue: Money,
    pub rejected: Money,
}

/// A small generator of its own: the year must not change with a library.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.abs_diff(low).max(1)).cast_signed()
    }

    fn one_in(&mut self, number: u64) -> bool {
        self.below(number) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let at = self.below(of.len() as u64);
        of[usize::try_from(at).unwrap()]
    }
}

/// Makes the year.
pub fn history(seed: u64, visits: usize, owner: &Owner) -> History {
    let mut random = Random(seed);
    let mut history = History::default();
    let mut records: Vec<(i64, Record<'static>)> = Vec::new();
    for number in 0..visits {
        let visit = Visit::draw(number, owner, &mut random);
        visit.arrive(&mut records, &mut history, &mut random);
    }
    records.sort_by_key(|(at, _)| *at);
    history.clicks = records.into_iter().map(|(_, record)| record).collect();
    history.postbacks.sort_by_key(|postback| postback.at);
    history
}

fn moment(number: usize, random: &mut Random) -> Timestamp {
    // The first visits stand exactly at the changes and one millisecond before them.
    if let Some(second) = MOMENTS.get(number / 2).filter(|_| number < MOMENTS.len() * 2) {
        return Timestamp(second * 1_000 - i64::from(number % 2 == 1));
    }
    if random.below(10) < 7 {
        let near = random.pick(MOMENTS) * 1_000;
        return Timestamp(near + random.between(-3 * 3_600_000, 3 * 3_600_000));
    }
    Timestamp(random.between(YEAR.0 * 1_000, YEAR.1 * 1_000))
}

struct Visit<'o> {
    number: usize,
    owner: &'o Owner,
    click: ClickV1<'static>,
}

impl<'o> Visit<'o> {
    fn draw(number: usize, owner: &'o Owner, random: &mut Random) -> Self {
        let at = moment(number, random);
        let is_bot = random.one_in(8);
        let dims = dims(owner, is_bot, random);
        let (outcome, status) = match random.below(12) {
            _ if !dims.stream.is_none() => (Outcome::Routed, 302),
            0..4 => (Outcome::CampaignPaused, 302),
            4..8 => (Outcome::CapReached, 302),
            _ => (Outcome::NoStream, 302),
        };
        let campaign = !is_bot && random.below(3) > 0;
        let cost_on_conversion = match random.below(7) {
            0 => CostOnConversion::PerConversion(money("0.75")),
            6 => CostOnConversion::PerLead(money("0.41")),
            // Of a share that does not divide, the rest is rounded; the oracle does so too.
            1 => CostOnConversion::RevenueShare(Percent(333_333)),
            _ => CostOnConversion::None,
        };
        let low = u128::from(random.next());
        let click = ClickV1 {
            id: ClickId::new(at, low << 16 | number as u128),
            at,
            dims,
            outcome,
            status,
            unique: UniqueFlags {
                campaign,
                stream: campaign && random.below(2) == 0,
                workspace: campaign && random.one_in(3),
            },
            cost: money(random.pick(COSTS)),
            currency: Currency::USD,
            cost_on_conversion,
            external_id: Cow::Borrowed(""),
            ip: std::net::Ipv4Addr::from(0xc633_6400 | u32::try_from(random.below(256)).unwrap()).into(),
            user_agent: Cow::Borrowed(crate::world::CHROME),
            referrer: Cow::Borrowed(""),
            host: Cow::Borrowed("go.example"),
            path_and_query: Cow::Borrowed("/year"),
            target: Cow::Borrowed("https://offer.example/"),
        };
        Self { number, owner, click }
    }

    fn arrive(self, records: &mut Vec<(i64, Record<'static>)>, history: &mut History, random: &mut Random) {
        let click = &self.click;
        history.ledger.push(json!({
            "kind": "visit", "id": click.id, "at_ms": click.at.0, "dims": plain(&click.dims),
            "outcome": click.outcome.as_str(), "cost": click.cost.to_string(),
            "unique": {"campaign": click.unique.campaign, "stream": click.unique.stream, "workspace": click.unique.workspace},
            "cost_on_conversion": match click.cost_on_conversion {
                CostOnConversion::None => Value::Null,
                CostOnConversion::PerConversion(amount) => json!({"each": amount.to_string()}),
                CostOnConversion::RevenueShare(share) => json!({"share_ppm": share.0}),
                CostOnConversion::PerLead(amount) => json!({"lead": amount.to_string()}),
            },
        }));
        records.push((click.at.0, Record::ClickV2(Box::new(ClickV2::of(click.clone())))));
        let network = self.go_on(records, history, random);
        if random.below(10) < 4 {
            for conversion in 0..=u8::from(random.one_in(4)) {
                self.convert((network, conversion), history, random);
            }
        }
    }

    /// Goes on from the landing page, if there is one; the network that pays for the last destination.
    fn go_on(
        &self,
        records: &mut Vec<(i64, Record<'static>)>,
        history: &mut History,
        random: &mut Random,
    ) -> AffiliateNetworkId {
        let click = &self.click;
        let mut network = click.dims.network;
        if click.dims.landing.is_none() || random.below(5) < 2 {
            return network;
        }
        let mut at = click.at;
        for hit in 0..=u8::from(random.one_in(4)) {
            at = at.plus_ms(random.between(500, 900_000));
            let (destination, pays) = destination(self.owner, random);
            network = pays;
            let mut dims = click.dims.clone();
            (dims.destination, dims.network) = (destination, pays);
            history.hits += 1;
            history.ledger.push(json!({
                "kind": "going_on", "visit": click.id, "at_ms": at.0, "destination": destination,
                "network": id(pays.0, &pays),
                "first": hit == 0,
            }));
            let landing = LandingClickV1 {
                click: click.id,
                at,
                clicked_at: click.at,
                dims,
                first: hit == 0,
                target: Cow::Borrowed("https://offer.example/"),
            };
            records.push((at.0, Record::LandingClickV2(Box::new(LandingClickV2::of(landing)))));
        }
        network
    }

    fn convert(
        &self,
        (network, conversion): (AffiliateNetworkId, u8),
        history: &mut History,
        random: &mut Random,
    ) {
        let network = if network.is_none() { self.owner.networks[0] } else { network };
        let transaction = format!("t{}-{conversion}", self.number);
        let soon = random.below(2) == 0;
        let mut at =
            self.click.at.plus_ms(random.between(1_000, if soon { 7_200_000 } else { 12 * 86_400_000 }));
        let chain = random.pick(CHAINS);
        let mut last = (Status::Lead, Money::ZERO);
        for status in chain {
            last = (*status, money(random.pick(PAYOUTS)));
            let times = if random.one_in(10) { 2 } else { 1 };
            for _ in 0..times {
                self.report((network, &transaction), last, at, history);
                at = at.plus_ms(1_000);
            }
            at = at.plus_ms(random.between(60_000, 5 * 86_400_000));
        }
        let class = last.0.class();
        history.conversions += u64::from(class.counts);
        if class.earns {
            history.revenue += last.1;
        }
        if last.0 == Status::Rejected {
            history.rejected += last.1;
        }
    }

    fn report(
        &self,
        (network, transaction): (AffiliateNetworkId, &str),
        (status, payout): (Status, Money),
        at: Timestamp,
        history: &mut History,
    ) {
        history.ledger.push(json!({
            "kind": "report", "visit": self.click.id, "at_ms": at.0, "network": network, "transaction": transaction,
            "status": status.as_str(), "payout": payout.to_string(),
        }));
        let parameters = [
            ("subid", self.click.id.to_string()),
            ("payout", payout.to_string()),
            ("status", status.as_str().to_owned()),
            ("tid", transaction.to_owned()),
        ];
        history.postbacks.push(PostbackRawV1 {
            at,
            workspace: self.owner.workspace,
            network,
            method: Cow::Borrowed("GET"),
            parameters: parameters.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            ip: std::net::Ipv4Addr::LOCALHOST.into(),
            user_agent: Cow::Borrowed("network"),
            heads: Vec::new(),
        });
    }
}

/// One of six destinations and the network that pays for it; every third is paid by nobody.
fn destination(owner: &Owner, random: &mut Random) -> (DestinationId, AffiliateNetworkId) {
    let number = random.below(6);
    let network = match number % 3 {
        2 => AffiliateNetworkId::NONE,
        at => owner.networks[usize::try_from(at).unwrap()],
    };
    (DestinationId(9_000 + number), network)
}

fn dims(owner: &Owner, is_bot: bool, random: &mut Random) -> ClickDims<'static> {
    let routed = random.below(10) > 0;
    let landing = if routed && random.below(5) < 2 {
        DestinationId(8_000 + random.below(3))
    } else {
        DestinationId::NONE
    };
    let (destination, network) = if routed && landing.is_none() {
        destination(owner, random)
    } else {
        (DestinationId::NONE, AffiliateNetworkId::NONE)
    };
    let mut sub_ids: Vec<(u8, Cow<'static, str>)> = vec![
        (1, format!("zone-{}", random.below(40)).into()),
        (2, random.pick(TEXTS).into()),
        (30, random.pick(TEXTS).into()),
    ];
    sub_ids.retain(|(_, value)| !value.is_empty());
    ClickDims {
        workspace: owner.workspace,
        campaign: owner.campaigns[usize::try_from(random.below(owner.campaigns.len() as u64)).unwrap()],
        stream: if routed { StreamId(7_000 + random.below(4)) } else { StreamId::NONE },
        landing,
        destination,
        source: TrafficSourceId(6_000 * random.below(3)),
        network,
        domain: DomainId(5_000 * random.below(2)),
        country: random.pick(COUNTRIES).into(),
        region: Cow::Borrowed(""),
        city: Cow::Borrowed(""),
        isp: random.pick(TEXTS).into(),
        asn: random.pick(ASNS),
        connection: random.pick(CONNECTIONS),
        device_type: random.pick(DEVICES),
        device_brand: Cow::Borrowed(""),
        device_model: Cow::Borrowed(""),
        os: Cow::Borrowed("Android"),
        os_version: Cow::Borrowed(""),
        browser: random.pick(BROWSERS).into(),
        browser_version: Cow::Borrowed(""),
        language: Cow::Borrowed("de"),
        referrer_domain: random.pick(REFERRERS).into(),
        keyword: random.pick(TEXTS).into(),
        ad_campaign_id: Cow::Borrowed(""),
        creative_id: Cow::Borrowed(""),
        site: Cow::Borrowed(""),
        sub_ids,
        bot: if is_bot { random.pick(BOTS) } else { BotReason::None },
    }
}

/// Dimensions by name; what is not there is empty.
fn plain(dims: &ClickDims<'_>) -> Value {
    let mut plain = Map::new();
    let ids = [
        ("campaign", id(dims.campaign.0, &dims.campaign)),
        ("stream", id(dims.stream.0, &dims.stream)),
        ("landing", id(dims.landing.0, &dims.landing)),
        ("destination", id(dims.destination.0, &dims.destination)),
        ("source", id(dims.source.0, &dims.source)),
        ("network", id(dims.network.0, &dims.network)),
        ("domain", id(dims.domain.0, &dims.domain)),
    ];
    for (name, id) in ids {
        plain.insert(name.to_owned(), id.into());
    }
    let words: [(&str, &str); 10] = [
        ("country", &dims.country),
        ("isp", &dims.isp),
        ("connection_type", dims.connection.as_str()),
        ("device_type", dims.device_type.as_str()),
        ("os", &dims.os),
        ("browser", &dims.browser),
        ("language", &dims.language),
        ("referrer_domain", &dims.referrer_domain),
        ("keyword", &dims.keyword),
        ("bot_reason", dims.bot.as_str()),
    ];
    for (name, word) in words {
        // "unknown" is how a word that is not known is stored; in plain words it is nothing.
        let word = if word == "unknown" { "" } else { word };
        plain.insert(name.to_owned(), word.into());
    }
    plain.insert("asn".to_owned(), if dims.asn == 0 { "".into() } else { dims.asn.to_string().into() });
    for (number, value) in &dims.sub_ids {
        plain.insert(format!("sub_id_{number}"), value.as_ref().into());
    }
    plain.into()
}

fn id(number: u64, text: &impl ToString) -> String {
    if number == 0 { String::new() } else { text.to_string() }
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}
