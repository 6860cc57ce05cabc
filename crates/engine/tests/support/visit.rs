//! What is known about a visit in a case.

use crate::live;
use serde::Deserialize;
use signalbox_domain::{BotReason, ConnectionType, DeviceType, Timestamp, Visitor};
use signalbox_engine::Headers;
use std::collections::BTreeMap;

/// What is not named is unknown; the address is 192.0.2.1 and the time 2026-11-22 10:30:05 UTC.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    pub host: String,
    pub path: Option<String>,
    pub query: String,
    pub referrer: String,
    pub referrer_domain: String,
    pub unique: bool,
    pub at: Option<String>,
    pub ip: Option<String>,
    pub country: String,
    pub continent: String,
    pub region: String,
    pub city: String,
    pub isp: String,
    pub asn: u32,
    pub connection: ConnectionType,
    pub device_type: DeviceType,
    pub brand: String,
    pub model: String,
    pub os: String,
    pub os_version: String,
    pub browser: String,
    pub browser_version: String,
    pub language: String,
    pub languages: String,
    pub user_agent: String,
    pub bot: BotReason,
    pub proxy: bool,
    pub data_center: bool,
    pub headers: BTreeMap<String, String>,
    pub visitor_key: u64,
    /// Which offer the landing page asks for.
    pub offer: Option<usize>,
    /// Id of the campaign's traffic source, `"#61"`; for tests of rules.
    pub source: Option<String>,
    pub live: live::Facts,
}

/// Headers of a case.
pub struct Sent<'a>(pub &'a BTreeMap<String, String>);

impl Headers for Sent<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl Facts {
    pub fn visitor(&self) -> Visitor {
        let ip = self.ip.as_deref().unwrap_or("192.0.2.1").parse().unwrap();
        let mut visitor = Visitor::unknown(ip);
        let text = |text: &str| text.into();
        visitor.geo_mut().country = text(&self.country);
        visitor.geo_mut().continent = text(&self.continent);
        visitor.geo_mut().region = text(&self.region);
        visitor.geo_mut().city = text(&self.city);
        visitor.geo_mut().isp = text(&self.isp);
        visitor.geo_mut().asn = self.asn;
        visitor.geo_mut().connection = self.connection;
        visitor.device_mut().kind = self.device_type;
        visitor.device_mut().brand = text(&self.brand);
        visitor.device_mut().model = text(&self.model);
        visitor.device_mut().os.name = text(&self.os);
        visitor.device_mut().os.version = text(&self.os_version);
        visitor.device_mut().browser.name = text(&self.browser);
        visitor.device_mut().browser.version = text(&self.browser_version);
        visitor.language = text(&self.language);
        visitor.languages = text(&self.languages);
        visitor.geo_mut().proxy = self.proxy;
        visitor.geo_mut().data_center = self.data_center;
        visitor.user_agent = text(&self.user_agent);
        visitor.bot = self.bot;
        visitor
    }

    pub fn now(&self) -> Timestamp {
        let now: jiff::Timestamp = self.at.as_deref().unwrap_or("2026-11-22T10:30:05Z").parse().unwrap();
        Timestamp(now.as_millisecond())
    }
}
