//! Records of geo databases, whatever their maker's shape: nested (MaxMind, DB-IP, IP2Location) or flat (DB-IP's packages, IPinfo,
//! IP2Proxy). A field of an unexpected type is passed over.

mod loose;

#[cfg(test)]
mod tests;

use loose::Loose;
use serde::Deserialize;
use signalbox_domain::ConnectionType;

/// What one or several databases say about an address; empty is unknown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) country: &'a str,
    pub(super) continent: &'a str,
    pub(super) region: &'a str,
    pub(super) city: &'a str,
    pub(super) isp: &'a str,
    pub(super) connection: ConnectionType,
    pub(super) asn: u32,
    /// A proxy, VPN, relay or exit node.
    pub(super) proxy: bool,
    /// Hosting.
    pub(super) data_center: bool,
}

impl<'a> Record<'a> {
    /// Takes what is still unknown from another database.
    pub(super) fn fill_from(&mut self, other: &Record<'a>) {
        // A region or city of another country would be nonsense.
        let same_country = self.country.is_empty()
            || other.country.is_empty()
            || self.country.eq_ignore_ascii_case(other.country);
        if same_country {
            fill(&mut self.region, other.region);
            fill(&mut self.city, other.city);
            fill(&mut self.continent, other.continent);
        }
        fill(&mut self.country, other.country);
        fill(&mut self.isp, other.isp);
        if self.connection == ConnectionType::Unknown {
            self.connection = other.connection;
        }
        if self.asn == 0 {
            self.asn = other.asn;
        }
        self.proxy |= other.proxy;
        self.data_center |= other.data_center;
    }
}

fn fill<'a>(slot: &mut &'a str, text: &'a str) {
    if slot.is_empty() {
        *slot = text;
    }
}

/// Every field any of the shapes has, at the top or under `traits`.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Fields<'a> {
    country: Loose<'a>,
    country_code: Loose<'a>,
    country_short: Loose<'a>,
    registered_country: Loose<'a>,
    continent: Loose<'a>,
    continent_code: Loose<'a>,
    subdivisions: Loose<'a>,
    state1: Loose<'a>,
    region: Loose<'a>,
    region_name: Loose<'a>,
    city: Loose<'a>,
    city_name: Loose<'a>,

    isp: Loose<'a>,
    organization: Loose<'a>,
    autonomous_system_organization: Loose<'a>,
    as_name: Loose<'a>,
    #[serde(rename = "as")]
    as_text: Loose<'a>,
    autonomous_system_number: Loose<'a>,
    asn: Loose<'a>,

    connection_type: Loose<'a>,
    user_type: Loose<'a>,
    usage_type: Loose<'a>,
    net_speed: Loose<'a>,

    is_anonymous: Loose<'a>,
    is_anonymous_proxy: Loose<'a>,
    is_anonymous_vpn: Loose<'a>,
    is_public_proxy: Loose<'a>,
    is_residential_proxy: Loose<'a>,
    is_tor_exit_node: Loose<'a>,
    is_proxy: Loose<'a>,
    is_hosting_provider: Loose<'a>,
    is_hosting: Loose<'a>,
    vpn: Loose<'a>,
    proxy: Loose<'a>,
    tor: Loose<'a>,
    relay: Loose<'a>,
    hosting: Loose<'a>,
    proxy_type: Loose<'a>,

    traits: Option<Box<Fields<'a>>>,
}

impl<'a, 'de: 'a> Deserialize<'de> for Record<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut top = Fields::deserialize(deserializer)?;
        let mut record = top.place();
        let traits = top.traits.take();
        for fields in traits.as_deref().into_iter().chain([&top]) {
            record.fill_from(&fields.network());
        }
        Ok(record)
    }
}

impl<'a> Fields<'a> {
    fn place(&self) -> Record<'a> {
        let country_text = if self.country.text.len() == 2 { self.country.text } else { "" };
        Record {
            country: first([
                self.country_code.text,
                self.country.code,
                country_text,
                self.country_short.text,
                self.registered_country.code,
            ]),
            continent: first([self.continent.code, self.continent_code.text]),
            region: first([
                self.subdivisions.name,
                self.state1.text,
                self.region_name.text,
                self.region.text,
                self.region.name,
            ]),
            city: first([self.city.name, self.city.text, self.city_name.text]),
            ..Record::default()
        }
    }

    fn network(&self) -> Record<'a> {
        let words = [&self.connection_type, &self.net_speed, &self.usage_type, &self.user_type];
        let known = words.into_iter().map(|word| connection(word.text));
        let hidden = [
            &self.is_anonymous_proxy,
            &self.is_anonymous_vpn,
            &self.is_public_proxy,
            &self.is_residential_proxy,
            &self.is_tor_exit_node,
            &self.vpn,
            &self.proxy,
            &self.tor,
            &self.relay,
        ];
        let usage = [self.usage_type.text, self.user_type.text, self.proxy_type.text];
        let data_center =
            [&self.is_hosting_provider, &self.is_hosting, &self.hosting].iter().any(|it| it.flag())
                || usage.into_iter().any(is_hosting);
        // What hosts also counts as anonymous in MaxMind's databases, and as a proxy in IP2Proxy's: only other signs tell.
        let anonymous = !data_center && (self.is_anonymous.flag() || self.is_proxy.flag());
        Record {
            isp: first([
                self.isp.text,
                self.organization.text,
                self.autonomous_system_organization.text,
                self.as_name.text,
                self.as_text.text,
            ]),
            asn: first_number([self.autonomous_system_number.number(), self.asn.number()]),
            connection: known.into_iter().find(|it| *it != ConnectionType::Unknown).unwrap_or_default(),
            proxy: anonymous
                || hidden.iter().any(|it| it.flag())
                || usage.into_iter().any(|word| HIDDEN.contains(&word)),
            data_center,
            ..Record::default()
        }
    }
}

/// Words for those who are somewhere else: IP2Proxy's kinds of proxies, MaxMind's word for relays.
const HIDDEN: &[&str] = &["VPN", "TOR", "PUB", "WEB", "RES", "CPN", "EPN", "consumer_privacy_network"];

fn is_hosting(word: &str) -> bool {
    // IP2Location writes several in one: `DCH/ISP` is not for programs alone.
    matches!(word, "hosting" | "DCH" | "SES" | "search_engine_spider")
}

/// The words of MaxMind, DB-IP and IP2Location for connections.
fn connection(word: &str) -> ConnectionType {
    match word {
        "Cable/DSL" | "DSL" | "ISP" | "residential" => ConnectionType::Cable,
        "Cellular" | "MOB" | "cellular" => ConnectionType::Cellular,
        "Corporate" | "COMP" | "COM" | "business" => ConnectionType::Corporate,
        "Dialup" | "DIAL" => ConnectionType::Dialup,
        "Satellite" | "SAT" => ConnectionType::Satellite,
        _ => ConnectionType::Unknown,
    }
}

fn first<const N: usize>(texts: [&str; N]) -> &str {
    // IP2Location writes a dash for nothing.
    texts.into_iter().find(|text| !matches!(*text, "" | "-")).unwrap_or("")
}

fn first_number<const N: usize>(numbers: [u32; N]) -> u32 {
    numbers.into_iter().find(|number| *number != 0).unwrap_or(0)
}
